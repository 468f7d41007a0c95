/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_AUDIT_H
#define STORE_STORE_AUDIT_H

/* The audit log, and facts of the installation (meta). */

#include "model/audit.h"
#include "store/store.h"

/* store_audit_last -- sequence number and hash of the newest row; 0 and empty
 * when the log is empty.  Meant to run in the transaction that appends. */
NODISCARD enum err_code store_audit_last(struct store *st, int64_t *seq,
    struct str *hash);
NODISCARD enum err_code store_audit_insert(struct store *st,
    const struct audit *row);

struct audit_filter {
    int64_t workspace_id;     /* 0: the whole log, without `after` */
    int64_t before;           /* rows with a smaller seq; 0: from the newest */
    int64_t after;            /* the rows nearest above this seq instead; 0 */
    struct str find;          /* in names of actor and object, lower case */
    struct str find_id;       /* with find: or this very object id */
    struct str actor;         /* id; empty: any */
    struct str action;        /* empty: any */
    struct str object;        /* id; empty: any */
    int64_t from_s, to_s;     /* 0: open */
    int most;
};
/* newest first in any case */
NODISCARD enum err_code store_audit_list(struct store *st,
    const struct audit_filter *f, struct audit **out, size_t *n);
/* newest first, of one object */
NODISCARD enum err_code store_audit_of(struct store *st, int64_t workspace_id,
    const char *kind, struct str object_id, int most, struct audit **out,
    size_t *n);
/* in order, rows after `after` */
NODISCARD enum err_code store_audit_chain(struct store *st, int64_t after,
    int most, struct audit **out, size_t *n);
/* the same of one workspace */
NODISCARD enum err_code store_audit_chain_of(struct store *st,
    int64_t workspace_id, int64_t after, int most, struct audit **out,
    size_t *n);

/* store_audit_head_add -- one for a row that has one is left out. */
NODISCARD enum err_code store_audit_head_add(struct store *st,
    const struct audit_head *h);
/* store_audit_head_last -- the newest; seq 0: there is none. */
NODISCARD enum err_code store_audit_head_last(struct store *st,
    struct audit_head *out);
/* store_audit_heads -- in order, those of rows after `after` */
NODISCARD enum err_code store_audit_heads(struct store *st, int64_t after,
    int most, struct audit_head **out, size_t *n);

#endif
