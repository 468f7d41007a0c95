/* SPDX-License-Identifier: ISC */
#ifndef MODEL_LIMIT_H
#define MODEL_LIMIT_H

#include "base/field.h"
#include "model/key.h"

/* What a limit counts; tokens are those of input, of output, or of both. */
enum limit_counts {
    LIMIT_REQUESTS, LIMIT_INPUT, LIMIT_OUTPUT, LIMIT_TOTAL, LIMIT_MONEY,
    LIMIT_COUNTS_COUNT
};

/* Minutes slide; days, weeks (from Monday) and months are those of UTC. */
enum limit_period {
    LIMIT_MINUTE, LIMIT_DAY, LIMIT_WEEK, LIMIT_MONTH, LIMIT_NO_RESET,
    LIMIT_PERIOD_COUNT
};

/* Where a limit stands. */
enum limit_source {
    LIMIT_RULE_KEY,       /* a rule of the key */
    LIMIT_SPEND,          /* the key's spending limit */
    LIMIT_RULE_WORKSPACE, /* a rule of its workspace */
    LIMIT_CREDITS         /* the workspace's balance */
};

/* The names of both, in the order of their enum; NULL-ended. */
extern const char *const limit_counts_names[], *const limit_period_names[];
const char *limit_counts_name(enum limit_counts c); /* "requests" */
bool limit_counts_read(struct str s, enum limit_counts *out);
const char *limit_period_name(enum limit_period p); /* "minute" */
bool limit_period_read(struct str s, enum limit_period *out);

enum { LIMIT_RULES_MOST = 100 /* of one key, or of one workspace */ };
#define LIMIT_AMOUNT_MOST INT64_C(1000000000000000) /* as KEY_SPEND_MOST */

/* One limit and how far it is used in the present period. */
struct limit {
    int64_t id;              /* of the rule; 0: spending limit, credits */
    enum limit_source source;
    enum limit_counts counts;
    enum limit_period period;
    int64_t model_id;        /* 0: all models */
    struct str model, model_uuid;
    bool shadow;             /* counts, and refuses nothing */
    int64_t amount;          /* requests, tokens, micro-USD; of credits: the
                                balance, and then used is 0 */
    int64_t used, reserved;  /* reserved: by calls under way; a minute's used
                                holds its share of `before` */
    bool begun;              /* the period has a row in the store */
    int64_t before;          /* a minute's: in the whole minute before */
    int64_t would_refuse;    /* a shadow limit's, in this period */
    int64_t start_s;         /* of the period */
    int64_t resets_s;        /* its end; 0: never */
    bool strictest;          /* the enforcing one nearest to its end */
    int64_t version;         /* of the rule */
    int64_t runs_out_s;      /* at the pace of its period; see core/limit.h */
};

struct limits {
    struct limit *items;
    size_t n;
    bool broken; /* the seal of one of them is */
};

/* What sets a limit: as read from form or JSON. */
struct limit_in {
    struct field_set set;
    int counts;          /* enum limit_counts */
    int period;          /* enum limit_period */
    struct str model;    /* uuid; empty: all models */
    int64_t amount;      /* of requests or tokens; null: no limit */
    int64_t budget;      /* of money, micro-USD; null: no limit */
    bool shadow;
};
extern const struct field limit_fields[];

/* How far back a new limit can be tried on the calls of the past. */
enum limit_try { LIMIT_TRY_1, LIMIT_TRY_7, LIMIT_TRY_30, LIMIT_TRY_COUNT };
int limit_try_days(enum limit_try t);

/* The forms of a limit: a new one, and (only `version`, `limit`, `shadow` and
 * what tries it) the change of one. */
struct limit_form_in {
    struct field_set set;
    int64_t version;     /* the one that the edit form saw */
    int counts;          /* enum limit_counts */
    int period;          /* enum limit_period */
    struct str model;    /* uuid; empty: all models */
    struct str limit;    /* as typed: "50", "$50", "1,000", "20k" */
    bool shadow;
    int days;            /* enum limit_try */
    bool test;           /* only tell what it would have refused */
};
extern const struct field limit_add_fields[];
extern const struct field limit_edit_fields[];

#endif
