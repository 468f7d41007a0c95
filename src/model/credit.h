/* SPDX-License-Identifier: ISC */
#ifndef MODEL_CREDIT_H
#define MODEL_CREDIT_H

/* Credits: the balance of a workspace and its ledger, micro-USD. */

#include "base/field.h"

/* What an entry is; names in the store: "payment", "bonus", "refund",
 * "adjustment", "model_usage", "credits_expired", "init". */
enum credit_kind {
    CREDIT_INIT,       /* credits were turned on, with this much */
    CREDIT_PAYMENT,    /* a top-up */
    CREDIT_ADJUSTMENT, /* by hand, either way */
    CREDIT_CHARGE,     /* "model_usage" */
    CREDIT_KIND_COUNT
};
const char *credit_kind_name(enum credit_kind kind);
/* false: some other name */
bool credit_kind_read(struct str s, enum credit_kind *out);

enum { CREDIT_NOTE_MAX = 200 };
#define CREDIT_AMOUNT_MOST INT64_C(1000000000000) /* a million USD */

/* The forms: turn credits on with a first amount; top up. */
struct credit_in {
    struct field_set set;
    struct str once;  /* single-use id of the form */
    int64_t amount;   /* micro-USD */
    struct str note;
};
extern const struct field credit_on_fields[];
extern const struct field credit_top_up_fields[];

enum credit_way { CREDIT_ADD, CREDIT_TAKE };
struct credit_adjust_in {
    struct field_set set;
    struct str once;
    int way;          /* enum credit_way */
    int64_t amount;   /* above 0 */
    struct str note;
};
extern const struct field credit_adjust_fields[];

/* A line of the ledger: one entry, or the charges of one day that follow each
 * other. */
struct credit_line {
    int64_t id;
    struct str kind;
    int64_t at_s, until_s; /* the first and the last of them */
    int64_t calls;         /* charged */
    int64_t amount;        /* below 0: taken away */
    int64_t balance;       /* after it */
    struct str note, by_name;
};

#endif
