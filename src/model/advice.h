/* SPDX-License-Identifier: ISC */
#ifndef MODEL_ADVICE_H
#define MODEL_ADVICE_H

#include "base/field.h"
#include "model/limit.h"

/* What the use of a key says about its settings, most urgent first. */
enum advice_kind {
    ADVICE_SILENT,    /* nobody used it for ADVICE_SILENT_DAYS: disable it */
    ADVICE_MODELS,    /* it may call models that it did not call */
    ADVICE_ENDPOINTS, /* the same of endpoints */
    ADVICE_LIMIT,     /* a limit ten times above the most it ever used */
    ADVICE_EXPIRY,    /* it works for ever */
    ADVICE_COUNT
};
enum {
    ADVICE_SILENT_DAYS = 45,
    ADVICE_UNUSED_DAYS = 30,
    ADVICE_TIMES = 10,       /* a limit this many times above the peak */
    ADVICE_UNDO_DAYS = 7
};
const char *advice_kind_name(enum advice_kind k); /* "models" */
bool advice_kind_read(struct str s, enum advice_kind *out);

/* A change that an advice made. */
struct advice_done {
    int64_t id;
    struct str uuid;
    int64_t key_id;
    enum advice_kind kind;
    int64_t rule_id;         /* of a limit; 0: the spending limit */
    int64_t at_s;
    struct str by_name;
    struct str was, became;  /* as core/advice.h writes a setting */
};

/* The button of an advice, and the one that undoes it. */
struct advice_in {
    struct field_set set;
    int kind;                /* enum advice_kind */
    int64_t rule;            /* id of the limit; 0: the spending limit */
};
extern const struct field advice_fields[];
struct advice_undo_in {
    struct field_set set;
    struct str done;         /* uuid of what was done */
};
extern const struct field advice_undo_fields[];

#endif
