/* SPDX-License-Identifier: ISC */
#ifndef MODEL_REQUEST_H
#define MODEL_REQUEST_H

#include "model/usage.h"

enum {
    REFUSALS_KEPT_DAYS = 30,     /* rows of refused_call */
    REQUESTS_LOOKED_AT = 20000   /* events that one page of a list reads */
};

/* A refused call with its trace (core/trace.h). */
struct refused_call {
    int64_t workspace_id, key_id;
    int64_t at_ms;
    struct str request_id, model, endpoint, deployment, address;
    struct str reason;  /* code */
    struct str message; /* what the caller was told */
    struct str trace;   /* JSON */
};

/* Where a list goes on: behind this row, in the order of the list. */
struct request_mark {
    int64_t at_ms; /* 0: from its beginning */
    int64_t kind;  /* 0: a row of usage_event, 1: of refused_call */
    int64_t id;
};

/* One line of the list of requests. */
struct request_row {
    struct request_mark mark;
    struct usage_event event; /* event_id: what its page is found by */
    int64_t calls;            /* more than 1: so many refusals in a minute */
    struct str key_prefix, key_name;
};

struct request_filter {
    int64_t workspace_id, key_id; /* key_id 0: all */
    int64_t user_id;              /* keys of this owner; 0: of anybody */
    struct str model, outcome, reason; /* empty: any */
    int64_t from_ms, to_ms;       /* to_ms not included; 0: open */
    struct request_mark before, after; /* at most one of them is set */
    int most;
    int64_t kept_ms;              /* refused_call is complete from here on */
};

#endif
