/* SPDX-License-Identifier: ISC */
#ifndef CORE_WHY_H
#define CORE_WHY_H

/*
 * Single calls: the list of them, and what was decided on one and why.
 *
 * Refused calls leave what every rule said (core/trace.h), for
 * REFUSALS_KEPT_DAYS, at most some in a minute (core/tally.h).  Allowed calls
 * leave their reservation while they are under way, and the event of their
 * report after it; one without limits leaves nothing until it is reported.
 * What the rules said to allowed calls is not kept; the limits that apply to
 * such a call are told as they stand when it is looked up.
 * An id is that of the request (x-request-id; x-inference-id of a refusal),
 * of the reservation, or the reporter's own name of a call.
 *
 * Who may not see the usage of everybody sees calls of own keys only.  A key
 * that asks for itself (ACTOR_KEY, standard) sees its own calls, without the
 * amounts of its workspace's limits; a management key sees all of them, and the
 * installation's own gates (ACTOR_GATE) see those of every workspace, which
 * they refused themselves.
 */

#include "core/check.h"
#include "model/request.h"
#include "text/val.h"

/* What a rule said to the call. */
enum rule_state {
    RULE_PASSED,
    RULE_REFUSED,      /* the answer */
    RULE_OVER,         /* a limit that would have refused too */
    RULE_WOULD_REFUSE, /* a shadow limit */
    RULE_NOT_REACHED,
    RULE_APPLIES       /* to such a call, now; what it said to this one, which
                          was allowed, is not kept */
};
const char *rule_state_name(enum rule_state s); /* "not_reached" */

struct rule_seen {
    enum rule rule;
    enum rule_state state;
    struct str allowed, given; /* in words; of limits, see below */
    bool is_limit;
    bool hidden;               /* its amounts are not for the actor */
    struct limit limit;        /* as it stood at that moment */
    int64_t need;              /* what the call would have taken; allowed:
                                  what it took, or holds */
    int64_t opens_s;           /* when it lets such a call pass; 0: waiting
                                  does not help */
};

struct why {
    bool refused;
    enum reason reason;        /* REASON_COUNT: of another program */
    struct str code;
    struct str message;        /* what the caller was told; empty: allowed */
    struct request_row row;    /* the call; tokens and cost are what was
                                  reported, or what is reserved */
    struct str deployment;
    bool traced;               /* rules are known, as they were then */
    bool of_now;               /* allowed: rules are the limits that apply to
                                  such a call, as they stand now */
    struct rule_seen *rules;
    size_t n_rules;
    bool under_way;            /* reserved, not reported */
    int64_t ends_s;            /* then: of the reservation */
};

/* why_id_time -- when an id was made, Unix ms; -1: it is no id of ours. */
int64_t why_id_time(struct str id);

/*
 * why_get -- one call of cx->ws.  prefix: of its key, for names that reporters
 * gave; may be empty.  Request lifetime.
 * Errors: ERR_NOT_FOUND (also calls of others), reason "unknown_request".
 */
NODISCARD enum err_code why_get(struct cx *cx, struct str id,
    struct str prefix, struct why *out);

/*
 * why_find -- the same wherever the actor may look: in each workspace of a
 * person, in that of a key, or (shell, the installation's own gates) in that of
 * the refused call.  Enters that workspace.
 */
NODISCARD enum err_code why_find(struct cx *cx, struct str id,
    struct why *out);

/* why_limit_amount -- of a limit's units: "$5.00", "120". */
struct str why_limit_amount(struct arena *a, const struct limit *l,
    int64_t n);

/* why_rule_label -- "Client network", "Rate limit of the key: 10 requests per
 * minute". */
struct str why_rule_label(struct arena *a, const struct rule_seen *r);

struct request_list {
    struct request_row *rows;
    size_t n;
    bool more;
    int64_t searched_ms; /* it looked no further than this; 0: to the end */
};

/*
 * request_list -- calls of cx->ws, newest first.  prefix: of one key, or
 * empty.  f: without workspace, key, user, kept_ms, which are filled in.
 * Errors: ERR_FORBIDDEN, ERR_NOT_FOUND (the key).
 */
NODISCARD enum err_code request_list(struct cx *cx, struct str prefix,
    struct request_filter *f, struct request_list *out);

#endif
