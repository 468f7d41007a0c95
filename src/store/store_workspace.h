/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_WORKSPACE_H
#define STORE_STORE_WORKSPACE_H

/* Workspaces, members, service accounts. Nothing found: ERR_OK with id 0. */

#include "model/operation.h"
#include "model/workspace.h"
#include "store/store.h"

/* store_workspace_insert -- fills w->id. ERR_CONFLICT when the slug is taken */
NODISCARD enum err_code store_workspace_insert(struct store *st,
    struct workspace *w, int64_t now_s);
/* user_id: whose role to fill in (ROLE_NONE when not a member); 0: nobody */
NODISCARD enum err_code store_workspace_by_slug(struct store *st,
    struct str slug, int64_t user_id, struct workspace *out);
NODISCARD enum err_code store_workspace_by_id(struct store *st, int64_t id,
    int64_t user_id, struct workspace *out);
/* store_workspace_of_user -- with counts, without deleted ones; personal first,
 * at most 1,000. */
NODISCARD enum err_code store_workspace_of_user(struct store *st,
    int64_t user_id, int64_t now_s, struct workspace **out, size_t *n);
/* store_workspace_ids -- that somebody is in: into out, which has room for
 * `most`. */
NODISCARD enum err_code store_workspace_ids(struct store *st, int64_t user_id,
    size_t most, int64_t *out, size_t *n);
/* store_workspace_list -- all after this id, in its order, with counts. */
NODISCARD enum err_code store_workspace_list(struct store *st, int64_t after,
    size_t most, int64_t now_s, struct workspace **out, size_t *n);
/* store_workspace_overview -- what is asked for, at most ask->most; what was
 * spent is since the UTC day that begins at since_s.  Reads each day's sums
 * once, so ERR_BUSY is possible. */
NODISCARD enum err_code store_workspace_overview(struct store *st,
    const struct operation_ask *ask, int64_t since_s, int64_t now_s,
    struct workspace_overview **out, size_t *n);
NODISCARD enum err_code store_workspace_slug_taken(struct store *st,
    struct str slug, bool *taken);
/* store_workspace_set_settings -- name and key policy of `w`, when the row
 * still has w->version; *changed tells. */
NODISCARD enum err_code store_workspace_set_settings(struct store *st,
    const struct workspace *w, int64_t now_s, bool *changed);
/* store_workspace_freeze -- write the frozen_ members of `w`;
 * store_workspace_thaw -- clear them.  Nothing else is touched. */
NODISCARD enum err_code store_workspace_freeze(struct store *st,
    const struct workspace *w);
NODISCARD enum err_code store_workspace_thaw(struct store *st, int64_t id);
/* store_workspace_set_deleted -- deleted_s 0: it is not. */
NODISCARD enum err_code store_workspace_set_deleted(struct store *st,
    int64_t id, int64_t deleted_s);
/* *id: of the demo workspace with this slug, or 0 */
NODISCARD enum err_code store_workspace_demo_id(struct store *st,
    struct str slug, int64_t *id);

NODISCARD enum err_code store_member_insert(struct store *st,
    int64_t workspace_id, int64_t user_id, enum role role, int64_t now_s);
/* store_member_page -- owners first, by name, at most `most`: those after who
 * has the id `mark` (0: from the start), or with `back` those before; in the
 * same order in any case. */
NODISCARD enum err_code store_member_page(struct store *st,
    int64_t workspace_id, int64_t mark, bool back, size_t most,
    struct member **out, size_t *n);
NODISCARD enum err_code store_member_count(struct store *st,
    int64_t workspace_id, int64_t *n);
/* at most 1,000, without second_factor and n_keys */
NODISCARD enum err_code store_member_names(struct store *st,
    int64_t workspace_id, struct member **out, size_t *n);
/* The columns of a member, of any statement that gives them. */
void store_read_member(struct q *q, struct member *m);
/* out->user_id 0: no such member here */
NODISCARD enum err_code store_member_by_uuid(struct store *st,
    int64_t workspace_id, struct str uuid, struct member *out);

NODISCARD enum err_code store_service_list(struct store *st,
    int64_t workspace_id, struct service_account **out, size_t *n);
NODISCARD enum err_code store_service_by_uuid(struct store *st,
    int64_t workspace_id, struct str uuid, struct service_account *out);
NODISCARD enum err_code store_service_insert(struct store *st,
    int64_t workspace_id, int64_t by_user_id, struct service_account *s,
    int64_t now_s);

#endif
