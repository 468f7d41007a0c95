/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_PORT_H
#define STORE_STORE_PORT_H

/* What export reads and import writes beyond what others do.  Nothing found:
 * ERR_OK with id 0. */

#include "model/port.h"
#include "store/store_key.h"

/* store_port_next -- id of the workspace after `after`. */
NODISCARD enum err_code store_port_next(struct store *st, int64_t after,
    int64_t *id);

/* store_port_workspace -- the balance (*credits false: none are used), and the
 * e-mail of who is there longest. */
NODISCARD enum err_code store_port_workspace(struct store *st, int64_t id,
    bool *credits, int64_t *balance, struct str *person);

/* In order of id from the one after `after` on, at most `most`. */
NODISCARD enum err_code store_port_members(struct store *st,
    int64_t workspace_id, int64_t after, int most, struct port_member **out,
    size_t *n);
/* kind: of all that the row holds but lists, labels, secrets and limits; the
 * uuid of its deployment is left out: deployment_id is filled.  What it has
 * spent is of the period of t. */
struct port_row {
    struct port_key key;
    struct key as; /* id, uuid, workspace, kind, prefix, access, limit */
};
NODISCARD enum err_code store_port_keys(struct store *st,
    int64_t workspace_id, enum key_kind kind, const struct key_times *t,
    int64_t after, int most, struct port_row **out, size_t *n);
/* removed ones, too; at most PORT_LIST_MOST */
enum { PORT_LIST_MOST = 5000 };
NODISCARD enum err_code store_port_services(struct store *st,
    int64_t workspace_id, struct port_service **out, size_t *n);
NODISCARD enum err_code store_port_deployments(struct store *st,
    int64_t workspace_id, struct port_deployment **out, size_t *n);
/* oldest first, at most PORT_PRICES_MOST */
NODISCARD enum err_code store_port_prices(struct store *st, int64_t model_id,
    struct port_price **out, size_t *n);

/* By uuid, of the whole installation. */
NODISCARD enum err_code store_port_find_workspace(struct store *st,
    struct str uuid, int64_t *id);
NODISCARD enum err_code store_port_find_user(struct store *st,
    struct str uuid, int64_t *id);
/* *workspace_id: of the key; 0: there is none */
NODISCARD enum err_code store_port_find_key(struct store *st, struct str uuid,
    int64_t *workspace_id);
/* of one workspace, removed ones too */
NODISCARD enum err_code store_port_find_service(struct store *st,
    int64_t workspace_id, struct str uuid, int64_t *id);
/* one in use, with its uuid */
NODISCARD enum err_code store_port_find_service_name(struct store *st,
    int64_t workspace_id, struct str name, int64_t *id, struct str *uuid);
/* a model in use */
NODISCARD enum err_code store_port_find_model(struct store *st,
    int64_t workspace_id, struct str name, int64_t *id, struct str *uuid);
/* *is: the person has a personal workspace */
NODISCARD enum err_code store_port_personal(struct store *st,
    int64_t user_id, bool *is);

/* In an open transaction. */
NODISCARD enum err_code store_port_user_disable(struct store *st, int64_t id,
    int64_t now_s);
NODISCARD enum err_code store_port_service_remove(struct store *st,
    int64_t workspace_id, int64_t id, int64_t at_s);
NODISCARD enum err_code store_port_price_add(struct store *st,
    int64_t model_id, const struct port_price *p);
/* store_port_key_insert -- all of p but its lists, and of k workspace, owner
 * and access; a waiting one has a link that ended when it was made.  Fills
 * k->id.  ERR_CONFLICT when uuid, prefix or name is taken. */
NODISCARD enum err_code store_port_key_insert(struct store *st,
    const struct port_key *p, struct key *k);
NODISCARD enum err_code store_port_spend(struct store *st, int64_t key_id,
    int64_t start_s, int64_t spent);

#endif
