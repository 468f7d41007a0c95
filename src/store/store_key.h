/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_KEY_H
#define STORE_STORE_KEY_H

/* API keys, their secrets and what they may call.  Nothing found: ERR_OK with
 * id 0.  Every statement names the workspace as well as the key. */

#include "model/key.h"
#include "store/store.h"

/* The instant of a question, and the starts of the periods that hold it. */
struct key_times {
    int64_t now_s, day_s, week_s, month_s;
};

/* store_key_insert -- fills k->id; secrets and lists are added apart.
 * ERR_CONFLICT when prefix or name is taken. */
NODISCARD enum err_code store_key_insert(struct store *st, struct key *k,
    int64_t by_key_id, int64_t now_s);
/* store_key_update -- what a form may change, when the row still has
 * k->version; *changed tells. */
NODISCARD enum err_code store_key_update(struct store *st,
    const struct key *k, int64_t now_s, bool *changed);
/* store_key_by_prefix -- with everything but the lists in access. */
NODISCARD enum err_code store_key_by_prefix(struct store *st,
    int64_t workspace_id, struct str prefix, const struct key_times *t,
    struct key *out);
/* store_key_by_uuid -- the same by its permanent id. */
NODISCARD enum err_code store_key_by_uuid(struct store *st,
    int64_t workspace_id, struct str uuid, const struct key_times *t,
    struct key *out);

/* store_key_claim_ends -- when its claim link ends, of a key that waits.
 * ERR_INTERNAL when it does not. */
NODISCARD enum err_code store_key_claim_ends(struct store *st,
    const struct key *k, int64_t ends_s, int64_t now_s);
/* store_key_claimed -- it waits no more; *changed: false when it did not wait,
 * or its link has ended. */
NODISCARD enum err_code store_key_claimed(struct store *st,
    const struct key *k, struct str address, struct str agent, int64_t now_s,
    bool *changed);

/* A claim link: id 0 when there is none of this MAC. */
struct claim_link {
    int64_t id, ends_s, used_s; /* used_s 0: not yet */
    struct str prefix;
    int64_t workspace_id;
    bool broken;                /* its row seal */
};
NODISCARD enum err_code store_key_of_claim(struct store *st, struct str mac,
    struct claim_link *out);

enum key_sort { KEY_SORT_NEWEST, KEY_SORT_NAME, KEY_SORT_USED };

struct key_filter {
    int64_t workspace_id;
    enum key_kind kind;
    struct str find;      /* lower case; in the name, or begins the prefix */
    struct str status;    /* a status name, "any", "unused"; empty: not
                             revoked */
    struct str owner;     /* uuid of a user or service account; empty: any */
    enum key_sort sort;
    bool back;            /* the page before the mark instead of after it */
    int64_t mark_id;      /* cursor: id of the row at the edge; 0: start */
    struct str mark_name; /* its name, when sorted by name */
    int64_t mark_used;    /* its used_s, when sorted by last use */
    int most;             /* rows at most */
};

/* store_key_list -- in the order of `sort` (also when `back`). */
NODISCARD enum err_code store_key_list(struct store *st,
    const struct key_filter *f, const struct key_times *t, struct key **out,
    size_t *n);
/* Whose keys: `id` is of a user, a service account, or of somebody who left
 * keys here (on which nobody has decided, or which were passed on within a
 * week). */
enum key_holder { HOLDER_USER, HOLDER_SERVICE, HOLDER_LEFT };
/* store_key_of -- theirs that are not revoked, oldest first, at most `most`
 * from the one after `after_id` on. */
NODISCARD enum err_code store_key_of(struct store *st, int64_t workspace_id,
    enum key_holder who, int64_t id, int64_t after_id, int most,
    const struct key_times *t, struct key **out, size_t *n);
/* store_key_any -- is there a key of this kind, in whatever state? */
NODISCARD enum err_code store_key_any(struct store *st, int64_t workspace_id,
    enum key_kind kind, bool *any);
/* store_key_count_live -- neither revoked nor expired; stops at `most`. */
NODISCARD enum err_code store_key_count_live(struct store *st,
    int64_t workspace_id, enum key_kind kind, int64_t now_s, int64_t most,
    int64_t *n);
/* not_id: a key that does not count (the one being edited), or 0 */
NODISCARD enum err_code store_key_name_taken(struct store *st,
    int64_t workspace_id, struct str name, int64_t not_id, bool *taken);
NODISCARD enum err_code store_key_prefix_taken(struct store *st,
    struct str prefix, bool *taken);

/* Each changes one key or nothing; *changed is false when it was so before. */
NODISCARD enum err_code store_key_disable(struct store *st,
    const struct key *k, struct str by, int64_t now_s, bool *changed);
NODISCARD enum err_code store_key_enable(struct store *st,
    const struct key *k, int64_t now_s, bool *changed);
NODISCARD enum err_code store_key_revoke(struct store *st,
    const struct key *k, struct str by, int64_t now_s, bool *changed);
NODISCARD enum err_code store_key_touched(struct store *st,
    const struct key *k, int64_t now_s);

/* store_key_used -- note a use, at minute precision (at_s rounded down by the
 * caller). Unknown ids change nothing. */
NODISCARD enum err_code store_key_used(struct store *st, int64_t key_id,
    int64_t secret_id, int64_t at_s, struct str address, struct str endpoint,
    struct str model);

NODISCARD enum err_code store_secret_insert(struct store *st, int64_t key_id,
    struct str sealed, struct str last4, int64_t now_s);
/*
 * store_secret_bring -- one that was made elsewhere.
 * s    sealed, last4, created_s, ends_s
 * mac  what an imported secret is found by (secret/foreign.h); empty for one of
 *      our form
 * ERR_CONFLICT when an imported secret of that MAC is there.
 */
NODISCARD enum err_code store_secret_bring(struct store *st, int64_t key_id,
    const struct key_secret *s, struct str mac);
/* newest first, at most 20, ended ones too */
NODISCARD enum err_code store_secret_list(struct store *st, int64_t key_id,
    struct key_secret **out, size_t *n);
/* store_secret_end -- secrets that would go on longer end at at_s. */
NODISCARD enum err_code store_secret_end(struct store *st, int64_t key_id,
    int64_t at_s);
/* store_secret_end_old -- only those on their way out; *changed: there was
 * one. */
NODISCARD enum err_code store_secret_end_old(struct store *st, int64_t key_id,
    int64_t at_s, bool *changed);

/* store_key_access -- fill k->access from the child tables. */
NODISCARD enum err_code store_key_access(struct store *st, struct key *k);
/* store_key_set_access -- replace the child rows; models by uuid. ERR_INTERNAL
 * when a model is not of this workspace: look first. */
NODISCARD enum err_code store_key_set_access(struct store *st,
    const struct key *k);

struct key_label {
    struct str name, value;
};
NODISCARD enum err_code store_key_labels(struct store *st, int64_t key_id,
    struct key_label **out, size_t *n);
NODISCARD enum err_code store_key_set_labels(struct store *st, int64_t key_id,
    const struct key_label *labels, size_t n);

/* calls since the start of the hour that holds since_s */
NODISCARD enum err_code store_key_calls_since(struct store *st,
    const struct key *k, int64_t since_s, int64_t *n);

/* What the gate reads; see core/check.h. */
struct gate_key {
    size_t n_secrets;          /* 0..2: the current one, and the one on its
                                  way out */
    struct key_secret secrets[2]; /* id and sealed only */
    struct key key;        /* the members the gate needs */
    int64_t frozen_s;      /* of the workspace; 0: not frozen */
    struct str frozen_why;
    int64_t frozen_until_s; /* 0: until somebody thaws it */
    struct str workspace_uuid, workspace_slug;
    bool metered;          /* some limit, budget or balance applies to it */
    const struct key_secret *proven; /* one of those above; NULL: none */
    bool broken;           /* proven, and the seal of the secret, of the key or
                              of its workspace does not fit */
};
/* gate_proof -- does who calls have this secret?  It may not use the store. */
typedef bool gate_proof(void *with, const struct key *k,
    const struct key_secret *s);
/*
 * store_gate_key -- the key, and which of its live secrets is proven.  Seals are
 * looked at when one is, for nobody else: how long that takes depends on what
 * was seen lately, and would tell who has not the secret (SECURITY.md K9).
 * proof  asked of each secret, newest first, until it says yes; NULL: no
 * Nothing found: ERR_OK, key.id 0.
 */
NODISCARD enum err_code store_gate_key(struct store *st, struct str prefix,
    int64_t now_s, gate_proof *proof, void *with, struct gate_key *out);
/* store_gate_other -- prefix of the key after this prefix, which need not be
 * one, or of the first; empty when there is none. */
NODISCARD enum err_code store_gate_other(struct store *st, struct str prefix,
    struct str *other);
/* store_gate_foreign -- prefix of the key that has an imported secret of this
 * MAC, ended or not; empty when there is none. */
NODISCARD enum err_code store_gate_foreign(struct store *st, struct str mac,
    struct str *prefix);
/* Is something in a list of the key?  LISTED_BROKEN: in a row whose seal is. */
enum listed { LISTED_NO, LISTED_YES, LISTED_BROKEN };
NODISCARD enum err_code store_gate_endpoint(struct store *st, int64_t key_id,
    struct str endpoint, enum listed *listed);

struct gate_model {
    int64_t id;          /* 0: this workspace does not know the model */
    struct str category;
    enum listed listed;  /* among the key's models */
    enum listed category_listed; /* its category is among the key's
                                    categories */
};
NODISCARD enum err_code store_gate_model(struct store *st,
    const struct key *k, struct str name, struct gate_model *out);
/* uuid is empty when the deployment is gone */
NODISCARD enum err_code store_gate_deployment(struct store *st, int64_t id,
    struct str *uuid);
/* *broken: the seal of a row of the list is */
NODISCARD enum err_code store_gate_networks(struct store *st, int64_t key_id,
    struct strs *out, bool *broken);
NODISCARD enum err_code store_gate_categories(struct store *st,
    int64_t key_id, struct strs *out, bool *broken);

#endif
