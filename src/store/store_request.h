/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_REQUEST_H
#define STORE_STORE_REQUEST_H

/* Single calls, for the pages about them: refused ones with their trace, and
 * the list of all.  Request lifetime. */

#include "model/request.h"
#include "store/store.h"
#include "store/store_reserve.h"

/* the same request id a second time changes nothing */
NODISCARD enum err_code store_refused_insert(struct store *st,
    const struct refused_call *c);
/* of the `most` oldest, those from before before_ms */
NODISCARD enum err_code store_refused_prune(struct store *st,
    int64_t before_ms, int64_t most);

/* Which call is asked for, and whose it must be. */
struct request_ask {
    int64_t workspace_id;
    int64_t key_id, user_id;  /* of this key; of keys of this owner; 0: any */
    struct str id;
    int64_t from_ms, to_ms;   /* the id says: between these */
};

/* *found false: none; name: prefix and name of its key */
NODISCARD enum err_code store_refused_get(struct store *st,
    const struct request_ask *ask, struct refused_call *out,
    struct str *prefix, struct str *name, bool *found);
/* the workspace of a refused call, for the shell; 0: none */
NODISCARD enum err_code store_refused_workspace(struct store *st,
    struct str id, int64_t *workspace_id);
/* an event by its own name, of ask->key_id */
NODISCARD enum err_code store_request_by_key(struct store *st,
    const struct request_ask *ask, struct request_row *out, bool *found);
/* an event by the time that its id tells */
NODISCARD enum err_code store_request_by_time(struct store *st,
    const struct request_ask *ask, struct request_row *out, bool *found);
/* a call that is under way, or whose reservation ended; id 0: none */
NODISCARD enum err_code store_request_reservation(struct store *st,
    const struct request_ask *ask, struct reservation *out,
    struct str *prefix, struct str *name);

/* Newest first.  The bounds of the time are those of the filter. */
NODISCARD enum err_code store_request_list(struct store *st,
    const struct request_filter *f, struct request_row **out, size_t *n);
/* The time of the event REQUESTS_LOOKED_AT rows from the mark, in its
 * direction, within the filter's time; -1: there are not so many. */
NODISCARD enum err_code store_request_reach(struct store *st,
    const struct request_filter *f, int64_t *at_ms);

#endif
