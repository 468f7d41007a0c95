/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_RESERVE_H
#define STORE_STORE_RESERVE_H

/* Reservations, and what is held and charged beside the cells of limits: a
 * key's spending, a workspace's credits. */

#include "model/key.h"
#include "model/usage.h"
#include "store/store.h"

/* What one decision needs; of the moment of its transaction. */
struct meter_facts {
    int64_t spend_limit;      /* micro-USD; -1: none */
    enum spend_reset spend_reset;
    bool has_credits;         /* the workspace uses credits */
    int64_t credits, credits_reserved;
    bool releases;            /* ended reservations cost nothing */
    int64_t model_id;         /* 0: not known here */
    int64_t reserve_input, reserve_output; /* of the model */
    size_t n_rules;           /* of the key and of its workspace, as they were
                                 sealed */
};
/* *found false: no such key in this workspace any more */
NODISCARD enum err_code store_meter_facts(struct store *st,
    int64_t workspace_id, int64_t key_id, struct str model,
    struct meter_facts *out, bool *found);

/* the same of a workspace alone: its credits */
NODISCARD enum err_code store_meter_workspace(struct store *st,
    int64_t workspace_id, struct meter_facts *out);

/* *found false: this period has no row yet */
NODISCARD enum err_code store_spend_get(struct store *st, int64_t key_id,
    int64_t start_s, int64_t *spent, int64_t *reserved, bool *found);
/* amounts may be negative; the row must be there */
NODISCARD enum err_code store_spend_reserve(struct store *st, int64_t key_id,
    int64_t start_s, int64_t amount);
/* forget the periods of a key that began before then */
NODISCARD enum err_code store_spend_prune(struct store *st, int64_t key_id,
    int64_t before_s);
NODISCARD enum err_code store_credits_reserve(struct store *st,
    int64_t workspace_id, int64_t amount);
struct reservation {
    int64_t id;
    struct str uuid;
    int64_t workspace_id, key_id;
    struct str model, endpoint;
    int64_t created_s, ends_s;
    int64_t input_tokens, output_tokens, cost;
    struct str rules;        /* ids of rules that hold it, by spaces */
    int64_t spend_start_s;   /* of key_spend that holds it; -1: none */
    bool credits;            /* held of the workspace's credits */
    struct str address, request_id;
    enum { RESERVATION_LIVE, RESERVATION_CHARGED, RESERVATION_RELEASED } state;
    bool releases;           /* its workspace lets ended ones go free */
};
NODISCARD enum err_code store_reservation_insert(struct store *st,
    const struct reservation *r);
/* workspace_id 0: of any; id 0: none */
NODISCARD enum err_code store_reservation_by_uuid(struct store *st,
    int64_t workspace_id, struct str uuid, struct reservation *out);
/* those whose end has passed, still live; workspace_id 0: of all; most: 1 to
 * RESERVATIONS_MOST */
enum { RESERVATIONS_MOST = 64 };
NODISCARD enum err_code store_reservation_ended(struct store *st,
    int64_t workspace_id, int64_t now_s, size_t most,
    struct reservation **out, size_t *n);
NODISCARD enum err_code store_reservation_close(struct store *st,
    const struct reservation *r, int64_t now_s);
NODISCARD enum err_code store_reservation_delete(struct store *st,
    int64_t id);

/* The key of a report; workspace_id 0: of any.  key_id 0: none. */
NODISCARD enum err_code store_report_key(struct store *st,
    int64_t workspace_id, struct str prefix, struct usage_event *e);
/* e->key_id and e->event_id are read; *found false: not reported yet */
NODISCARD enum err_code store_report_event(struct store *st,
    struct usage_event *e, bool *found);
NODISCARD enum err_code store_report_event_correct(struct store *st,
    const struct usage_event *e);
/* a refusal; e->event_id names its kind and minute, `calls` are added, of them
 * `kept` with a row of refused_call each */
NODISCARD enum err_code store_refused_event_add(struct store *st,
    const struct usage_event *e, int64_t calls, int64_t kept);

#endif
