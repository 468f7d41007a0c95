/* SPDX-License-Identifier: ISC */
#ifndef MODEL_USAGE_H
#define MODEL_USAGE_H

#include "base/str.h"

/* How one call ended: by us refused, failed behind us, or succeeded. */
enum usage_outcome {
    USAGE_SUCCEEDED, USAGE_FAILED, USAGE_REFUSED, USAGE_OUTCOME_COUNT
};

/* One call. */
struct usage_event {
    int64_t workspace_id; /* filled by usage_record */
    int64_t key_id;       /* of that workspace */
    struct str event_id;  /* the reporter's; the same twice counts once */
    int64_t at_ms;        /* Unix milliseconds */
    struct str model;     /* empty: none */
    struct str endpoint;
    enum usage_outcome outcome;
    struct str reason;    /* code of a refusal */
    int64_t input_tokens, output_tokens; /* 0..USAGE_TOKENS_MOST */
    bool estimated;       /* no figures were reported */
    int64_t cost;         /* micro-USD; worked out by usage_record */
    int64_t took_ms;      /* -1: not known */
    struct str address, request_id, upstream_id, client_id;
};
/* More in one call is a fault of the reporter, and is refused. */
#define USAGE_TOKENS_MOST INT64_C(1000000000)

/* Sums over some calls. asked = refused + failed + succeeded. */
struct usage_sum {
    int64_t refused, failed, succeeded;
    int64_t input_tokens, output_tokens;
    int64_t cost; /* micro-USD */
};

/* usage_sum_add -- add s, too. */
static inline void
usage_sum_add(struct usage_sum *to, const struct usage_sum *s)
{
    to->refused += s->refused;
    to->failed += s->failed;
    to->succeeded += s->succeeded;
    to->input_tokens += s->input_tokens;
    to->output_tokens += s->output_tokens;
    to->cost += s->cost;
}

/* usage_asked -- calls, whatever became of them. */
static inline int64_t
usage_asked(const struct usage_sum *s)
{
    return s->refused + s->failed + s->succeeded;
}

/* One row of a report: the sums of a group in a bucket. */
struct usage_row {
    int64_t start_s;      /* of the bucket; 0 when not grouped by time */
    struct str group;     /* id of the group: prefix, model, uuid, path */
    struct str label;     /* what to show */
    bool rest;            /* all groups that are not named; no id */
    struct usage_sum sum;
};

struct usage_rows {
    struct usage_row *items;
    size_t n;
};

enum usage_group {
    USAGE_BY_MODEL, USAGE_BY_KEY, USAGE_BY_MEMBER, USAGE_BY_ENDPOINT
};

/* Weeks begin on Monday, 00:00 UTC; whole: one bucket, start_s 0. */
enum usage_bucket { USAGE_DAY, USAGE_WEEK, USAGE_WHOLE };

/* What needs somebody's care: keys of any kind that were reported as leaked,
 * and the rest among the live API keys. */
enum usage_care {
    CARE_LEAKED,    /* suspended until somebody rotates or revokes it */
    CARE_EXPIRING,  /* within 7 days */
    CARE_LIMIT,     /* 80 % or more of a limit used, minutes aside */
    CARE_UNUSED,    /* for 90 days */
    CARE_NO_EXPIRY,
    CARE_COUNT
};
enum { CARE_SHOWN = 5, CARE_LIMIT_PERCENT = 80 };

struct care_key {
    struct str prefix, name;
};

/* What somebody new has done already. */
struct usage_steps {
    bool created, called, limited; /* a key; with one; one's spending */
};

struct usage_overview {
    struct usage_sum month; /* since the 1st, 00:00 UTC */
    struct usage_sum today;
    int64_t n_active;       /* live API keys that are not switched off */
    int64_t n_care;         /* keys that need care, each counted once */
    struct {
        int64_t n;
        struct care_key keys[CARE_SHOWN]; /* min(n, CARE_SHOWN) of them */
    } care[CARE_COUNT];
};

#endif
