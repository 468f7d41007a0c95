/* SPDX-License-Identifier: ISC */
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

/*
 * The gate: may this key make this call?  Every face (Authorizer, sub-request,
 * JSON check, GET /v1/key) ends here, in one decision.  The order is that of
 * PRODUCT.md section 4; the first refusal is the answer.
 */

#include "core/cx.h"
#include "core/meter.h"

enum reason {
    REASON_ALLOWED,
    REASON_MISSING_KEY,
    REASON_INVALID_KEY,    /* malformed, unknown, wrong secret, revoked */
    REASON_EXPIRED_KEY,    /* the secret was right */
    REASON_DISABLED_KEY,   /* disabled or suspended */
    REASON_KEY_KIND,       /* management and admin keys call no models */
    REASON_NETWORK,
    REASON_ENDPOINT,
    REASON_DEPLOYMENT,
    REASON_MODEL,
    REASON_CATEGORY,
    REASON_RATE,           /* requests or tokens per minute or day */
    REASON_SPEND,          /* a spending limit or budget */
    REASON_CREDITS,        /* of the workspace */
    REASON_UNAVAILABLE,    /* the store cannot answer: never lets through */
    REASON_COUNT
};

/* The rules in the order in which they are asked. */
enum rule {
    RULE_KEY,        /* form, checksum, known, secret right */
    RULE_REVOKED,
    RULE_EXPIRY,
    RULE_DISABLED,   /* disabled or suspended */
    RULE_FROZEN,     /* the workspace */
    RULE_KIND,
    RULE_NETWORK,
    RULE_ENDPOINT,
    RULE_DEPLOYMENT,
    RULE_MODEL,      /* and its category */
    RULE_LIMITS,     /* rates, spending, budgets, credits */
    RULE_COUNT
};

/* reason_code -- "invalid_api_key": what programs read. */
const char *reason_code(enum reason r);

/* A call as the face read it; empty texts mean "not said". */
struct call {
    struct str key;        /* as presented, not trimmed */
    struct str model;      /* "openai/gpt-5" */
    struct str endpoint;   /* "/v1/chat/completions" */
    struct str deployment; /* uuid */
    struct ip address;     /* of the client */
    struct str address_text;
    struct str agent;      /* of the client, as it calls itself */
    int64_t workspace_id;  /* keys of others are unknown here; 0: all count */
    bool estimated;        /* the two below are said */
    int64_t input_tokens;  /* 0..USAGE_TOKENS_MOST; -1: not said */
    int64_t output_tokens; /* the most that may come out; likewise */
    bool at_least;         /* they come from the client, whom we do not trust:
                              never below those of the model */
    bool again;            /* was decided before: do not count it twice */
    bool unseen;           /* nobody sees a refusal of this: it is asked again,
                              and counted then */
};

struct decision {
    enum reason reason;
    enum rule rule;        /* the last one that was asked: it refused, if any
                              did */
    struct str message;    /* for the caller: what to do; no secrets */
    bool known;            /* the secret was right: key is filled */
    struct key key;
    struct str workspace_uuid, workspace_slug;
    int64_t secret_id;
    struct metered metered; /* of calls that came as far as limits */
};

/*
 * check_call -- decide on one call.  Never sets cx->err: a store that cannot
 * answer is REASON_UNAVAILABLE.  An allowed call stamps the key's last use and
 * reserves its estimate on every limit; without limits nothing is written.
 * Refusals of a known key are counted (core/tally.h); why is left in
 * cx->refusal.
 * Units: cx->now_s.  out: request lifetime.
 */
void check_call(struct cx *cx, const struct call *call, struct decision *out);

/*
 * check_key -- the first part only: is this a live key, of whatever kind,
 * used from where it may be (cx->peer)?  For APIs that read their own key.
 * The same reasons up to REASON_NETWORK, but not REASON_KEY_KIND; left in
 * cx->refusal, too.
 */
void check_key(struct cx *cx, struct str presented, struct decision *out);

/* A request that is signed instead of carrying its key. */
struct signature {
    struct str credential; /* prefix of a management key, as sent */
    struct str message;    /* what was signed */
    const uint8_t *mac;    /* MAC_BYTES of secret/mac.h */
};

/*
 * check_signed -- the same for a signature with the signing secret of a
 * management key (secret/signing.h).  During a rotation the old one works
 * until the old key ends.  Whether the signature is still fresh is the
 * caller's to ask.  Unknown credential, other kinds of key, wrong signature:
 * one answer after the same work.
 */
void check_signed(struct cx *cx, const struct signature *s,
    struct decision *out);

/*
 * check_proof -- less still: is this the secret of a key, in whatever state?
 * out->known tells, with key and secret_id; reason is REASON_ALLOWED,
 * REASON_INVALID_KEY or REASON_UNAVAILABLE.  No stamp, no count.
 */
void check_proof(struct cx *cx, struct str presented, struct decision *out);

#endif
