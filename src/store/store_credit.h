/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_CREDIT_H
#define STORE_STORE_CREDIT_H

/* A workspace's balance, the entries that move it, and the lines that people
 * read.  Writers: in one transaction, all three. */

#include "model/credit.h"
#include "store/store.h"

struct credit_state {
    bool used;           /* the workspace uses credits */
    int64_t balance;     /* micro-USD */
    int64_t reserved;    /* of it, by calls under way */
    int64_t spent_month; /* charged since the month began */
};
NODISCARD enum err_code store_credit_state(struct store *st,
    int64_t workspace_id, int64_t month_s, struct credit_state *out);

/* from no balance to one of 0, or back to none; the other way round it is
 * ERR_INTERNAL */
NODISCARD enum err_code store_credit_use(struct store *st,
    int64_t workspace_id, bool on);

/* add to the balance; *used false: there is none, nothing was moved */
NODISCARD enum err_code store_credit_move(struct store *st,
    int64_t workspace_id, int64_t amount, int64_t *balance, bool *used);

struct credit_entry {
    struct str uuid;
    int64_t workspace_id, at_s;
    const char *kind; /* "model_usage" */
    int64_t amount, balance;
    struct str model, reference, note, by_name;
    struct str once;  /* MAC of the form's id; empty: no form */
};
NODISCARD enum err_code store_credit_entry_insert(struct store *st,
    const struct credit_entry *e);
/* *made: an entry of this form is there */
NODISCARD enum err_code store_credit_once(struct store *st,
    int64_t workspace_id, struct str mac, bool *made);

/* *joined: the newest line is of charges since day_s, and took this one up */
NODISCARD enum err_code store_credit_line_extend(struct store *st,
    const struct credit_entry *e, int calls, int64_t day_s, bool *joined);
NODISCARD enum err_code store_credit_line_insert(struct store *st,
    const struct credit_entry *e, const char *kind, int calls);

/* What the ledger is asked for; 0 and empty: whatever. */
struct credit_filter {
    int64_t workspace_id;
    struct str kind;
    int64_t from_s, to_s;
    int64_t before, after; /* ids of lines; at most one of them */
    int most;
};
/* newest first, whichever way was asked for */
NODISCARD enum err_code store_credit_list(struct store *st,
    const struct credit_filter *f, struct credit_line **out, size_t *n);

#endif
