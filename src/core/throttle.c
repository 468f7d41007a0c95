/* SPDX-License-Identifier: ISC */
#include "core/throttle.h"

#include "core/change.h"
#include "secret/mac.h"
#include "store/store_attempt.h"
#include "text/money.h"
#include "text/when.h"

#include <string.h>

enum { NET_BYTES = 16, FREE_TRIES = 4, WAIT_S = 30, WAIT_MOST_S = 15 * 60 };

/* burst 0: grows with each try; else steady, by network. */
static const struct rule {
    const char *name;
    int64_t burst, each_ms;
    size_t v4_bytes, v6_bytes; /* of the 16 of an address */
    const char *words;
} rules[] = {
    [THROTTLE_LEAKS] = { "leaks", 30, 2000, 15, 7,
        "There were many reports from your network." },
    [THROTTLE_SIGN_IN] = { "sign-in", 10, 6000, 16, 8,
        "There were many attempts from your network." },
    [THROTTLE_ACCOUNT] = { "account", 0, 0, 0, 0,
        "There were too many wrong passwords for this e-mail address." },
    [THROTTLE_PROOF] = { "proof", 0, 0, 0, 0,
        "There were too many wrong answers." },
    [THROTTLE_RESET] = { "reset", 0, 0, 0, 0,
        "Several links were asked for this e-mail address." },
};
_Static_assert(COUNT_OF(rules) == THROTTLE_RULE_COUNT, "rules");

static struct str
subject_of(struct cx *cx, const struct rule *r, struct str subject)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    if (!r->burst)
        return subject;
    bool v4 = memcmp(cx->peer.b, mapped, sizeof mapped) == 0;
    char *net = arena_alloc(cx->arena, NET_BYTES);
    memset(net, 0, NET_BYTES);
    memcpy(net, cx->peer.b, v4 ? r->v4_bytes : r->v6_bytes);
    return (struct str){ net, NET_BYTES };
}

static struct str
mac_of(struct cx *cx, const struct rule *r, struct str subject)
{
    uint8_t *mac = arena_alloc(cx->arena, MAC_BYTES);
    struct str parts[] = { STR("attempt"), str_cstr(r->name),
        subject_of(cx, r, subject) };
    mac_make(cx->secrets, SUBKEY_ONCE, parts, COUNT_OF(parts), mac);
    return (struct str){ (const char *)mac, MAC_BYTES };
}

/* "40 seconds", "3 minutes"; never too short. */
static struct str
span(struct cx *cx, int64_t s)
{
    return s < 2 * MINUTE_S
        ? count_of(cx->arena, s, "second")
        : count_of(cx->arena, (s + MINUTE_S - 1) / MINUTE_S, "minute");
}

static int64_t
now_ms(const struct cx *cx)
{
    return cx->now_s * 1000 + cx->sub_ms;
}

static enum err_code
refuse(struct cx *cx, const struct rule *r, int64_t wait_ms)
{
    int64_t wait_s = (wait_ms + 999) / 1000;
    ERR(&cx->err, ERR_LIMITED, "%s Wait %.*s, then try again.", r->words,
        STR_ARG(span(cx, wait_s)));
    cx->err.retry_s = wait_s;
    cx->err.file = NULL; /* an everyday matter, not for the log */
    return cx->err.code;
}

/* Counts one more into `a`, or refuses. */
static enum err_code
count_steady(struct cx *cx, const struct rule *r, struct attempt *a)
{
    int64_t now = now_ms(cx);
    int64_t due = (a->due_ms > now ? a->due_ms : now) + r->each_ms;
    int64_t over = due - now - r->burst * r->each_ms;
    if (over > 0)
        return refuse(cx, r, over);
    a->due_ms = due;
    a->ends_s = due / 1000 + 1;
    return ERR_OK;
}

static enum err_code
count_growing(struct cx *cx, const struct rule *r, struct attempt *a)
{
    int64_t now = now_ms(cx), wait_s = WAIT_S;
    if (a->ends_s <= cx->now_s)
        *a = (struct attempt){ 0 };
    if (a->due_ms > now)
        return refuse(cx, r, a->due_ms - now);
    a->tries++;
    for (int64_t i = FREE_TRIES + 1; i < a->tries && wait_s < WAIT_MOST_S; i++)
        wait_s *= 2;
    if (a->tries > FREE_TRIES)
        a->due_ms = now + 1000 * (wait_s < WAIT_MOST_S ? wait_s : WAIT_MOST_S);
    a->ends_s = cx->now_s + DAY_S;
    return ERR_OK;
}

static enum err_code
count(struct cx *cx, const struct rule *r, struct str mac, struct attempt *a)
{
    if (store_attempt_find(cx->store, mac, a))
        return cx->err.code;
    return r->burst ? count_steady(cx, r, a) : count_growing(cx, r, a);
}

enum err_code
throttle_ask(struct cx *cx, enum throttle_rule rule, struct str subject)
{
    struct attempt a;
    return count(cx, &rules[rule], mac_of(cx, &rules[rule], subject), &a);
}

enum err_code
throttle_take(struct cx *cx, enum throttle_rule rule, struct str subject)
{
    const struct rule *r = &rules[rule];
    struct str mac = mac_of(cx, r, subject);
    struct attempt a;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (count(cx, r, mac, &a) || store_attempt_put(cx->store, mac, &a))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

enum err_code
throttle_give(struct cx *cx, enum throttle_rule rule, struct str subject)
{
    const struct rule *r = &rules[rule];
    struct str mac = mac_of(cx, r, subject);
    struct attempt a;
    if (!r->burst)
        return store_attempt_forget(cx->store, mac);
    if (store_attempt_find(cx->store, mac, &a))
        return cx->err.code;
    a.due_ms -= r->each_ms;
    return a.ends_s ? store_attempt_put(cx->store, mac, &a) : ERR_OK;
}
