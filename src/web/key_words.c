/* SPDX-License-Identifier: ISC */
#include "web/key_words.h"

#include "base/buf.h"
#include "text/money.h"
#include "text/when.h"

#include <inttypes.h>

static const struct {
    const char *path, *one, *many, *what;
} kinds[] = {
    [KEY_STANDARD] = { "/keys", "API key", "API keys",
        "A key lets a program call the models in this workspace." },
    [KEY_MANAGEMENT] = { "/management-keys", "management key",
        "Management keys",
        "A management key lets a program create, change and revoke API keys "
        "of this workspace. It never calls models." },
    [KEY_ADMIN] = { "/admin-keys", "admin key", "Admin keys",
        "An admin key lets a program set rate limits and budgets of this "
        "workspace. It never calls models." },
};
_Static_assert(COUNT_OF(kinds) == KEY_KIND_COUNT, "every kind has words");

static const struct {
    const char *badge, *class;
} states[] = {
    [KEY_REVOKED] = { "Revoked", "off" },
    [KEY_EXPIRED] = { "Expired", "off" },
    [KEY_SUSPENDED] = { "Suspended", "bad" },
    [KEY_DISABLED] = { "Disabled", "off" },
    [KEY_WAITING] = { "Waiting", "info" },
    [KEY_LIMIT_REACHED] = { "Limit reached", "bad" },
    [KEY_EXPIRING] = { "", "warn" },
    [KEY_ROTATING] = { "Rotating", "info" },
    [KEY_ACTIVE] = { "Active", "ok" },
};
_Static_assert(COUNT_OF(states) == KEY_STATUS_COUNT, "every state has words");

enum key_kind
kind_of(const struct req *req)
{
    struct str head, rest = str_from(req->path, 1);
    (void)str_cut(rest, '/', &head, &rest); /* w */
    (void)str_cut(rest, '/', &head, &rest); /* the workspace */
    (void)str_cut(rest, '/', &head, &rest);
    if (str_starts(head, STR("management-keys")))
        return KEY_MANAGEMENT;
    return str_starts(head, STR("admin-keys")) ? KEY_ADMIN : KEY_STANDARD;
}

struct str
kind_base(struct cx *cx, enum key_kind kind)
{
    return view_path(cx, kinds[kind].path);
}

void
put_kind(struct cx *cx, struct val *view, enum key_kind kind)
{
    struct val *v = val_put_map(view, "kind");
    val_put_cstr(v, "one", kinds[kind].one);
    val_put_cstr(v, "many", kinds[kind].many);
    val_put_cstr(v, "what", kinds[kind].what);
    val_put_str(v, "base", kind_base(cx, kind));
    val_put_bool(v, "calls", kind == KEY_STANDARD);
}

struct str
key_href(struct cx *cx, const struct key *k)
{
    return arena_fmt(cx->arena, "%.*s/%.*s", STR_ARG(kind_base(cx, k->kind)),
        STR_ARG(k->prefix));
}

struct str
key_masked(struct cx *cx, struct str prefix, struct str last4)
{
    if (str_is(last4, KEY_LAST4_IMPORTED))
        return arena_fmt(cx->arena, "%.*s (imported, SHA-256)",
            STR_ARG(prefix));
    return arena_fmt(cx->arena, "%.*s\xe2\x80\xa6%.*s", STR_ARG(prefix),
        STR_ARG(last4));
}

struct val *
put_key(struct cx *cx, struct val *view, const struct key *k)
{
    struct val *v = val_put_map(view, "key");
    val_put_str(v, "name", k->name);
    val_put_str(v, "href", key_href(cx, k));
    val_put_str(v, "prefix", k->prefix);
    val_put_str(v, "masked", key_masked(cx, k->prefix, k->last4));
    return v;
}

/* Whole days that are left, counting a begun one. */
static int64_t
days_left(const struct cx *cx, const struct key *k)
{
    return (k->expires_s - cx->now_s + DAY_S - 1) / DAY_S;
}

/* Start of the next period of this name; 0: there is none. */
static int64_t
next_s(const struct cx *cx, struct str period)
{
    if (str_is(period, "day"))
        return when_day_start(cx->now_s) + DAY_S;
    if (str_is(period, "week"))
        return when_week_start(cx->now_s) + 7 * DAY_S;
    if (str_is(period, "month"))
        return when_month_next(cx->now_s);
    return 0;
}

/* When all limits that are used up have started again; 0: never. */
static int64_t
works_again_s(const struct cx *cx, const struct key *k)
{
    int64_t spend =
        next_s(cx, str_cstr(spend_reset_name(k->spend_reset)));
    int64_t rule = next_s(cx, k->rule_over);
    /* one that allows nothing never does */
    if ((key_spent_up(k) && (!spend || k->spend_limit == 0)) ||
        (k->rule_over.n && !rule))
        return 0;
    if (!key_spent_up(k))
        return rule;
    return k->rule_over.n && rule > spend ? rule : spend;
}

void
put_status(struct cx *cx, struct val *v, const struct key *k)
{
    enum key_status s = key_status(k, cx->now_s);
    int64_t days = days_left(cx, k);
    val_put_cstr(v, "status_class", states[s].class);
    if (s == KEY_EXPIRING)
        val_put_fmt(v, "status", "Expires in %.*s",
            STR_ARG(count_of(cx->arena, days, "day")));
    else
        val_put_cstr(v, "status", states[s].badge);
    int64_t again = s == KEY_LIMIT_REACHED ? works_again_s(cx, k) : 0;
    val_put_null(v, "status_until");
    if (again)
        val_put_fmt(v, "status_until", "until %.*s",
            STR_ARG(when_long(cx->arena, again)));
}

struct str
status_words(struct cx *cx, const struct key *k)
{
    struct arena *a = cx->arena;
    int64_t now = cx->now_s, next = works_again_s(cx, k);
    switch (key_status(k, now)) {
    case KEY_REVOKED:
        return arena_fmt(a, "Revoked by %.*s, %.*s. It is refused for good.",
            STR_ARG(k->revoked_by), STR_ARG(when_ago(a, k->revoked_s, now)));
    case KEY_EXPIRED:
        return arena_fmt(a, "Expired %.*s, on %.*s.",
            STR_ARG(when_ago(a, k->expires_s, now)),
            STR_ARG(when_long(a, k->expires_s)));
    case KEY_SUSPENDED:
        if (key_broken(k))
            return STR("Suspended: what is stored about this key was changed "
                       "outside of Keylodge (row seal broken). Nothing that "
                       "stands here is to be believed. Revoke it and make "
                       "another key, and tell whoever runs this "
                       "installation.");
        return arena_fmt(a, "Suspended %.*s: %s.",
            STR_ARG(when_ago(a, k->suspended_s, now)),
            key_leaked(k)
                ? "it was reported as leaked. Rotate it: the leaked secret "
                  "ends, and the key works again with a new one. Or revoke it"
                : "its owner left the workspace. An owner or admin says on "
                  "Members what becomes of it");
    case KEY_DISABLED:
        return arena_fmt(a, "Disabled by %.*s, %.*s. Calls get error 403.",
            STR_ARG(k->disabled_by), STR_ARG(when_ago(a, k->disabled_s, now)));
    case KEY_WAITING:
        return k->claim_ends_s > now
            ? arena_fmt(a, "Its holder has not opened the link yet, which ends "
                           "on %.*s. Until then the key does not work.",
                  STR_ARG(when_long(a, k->claim_ends_s)))
            : STR("Its link ended, and nobody opened it. Make a new one, or "
                  "revoke the key.");
    case KEY_LIMIT_REACHED:
        return arena_fmt(a, "%s is used up. %s%.*s.",
            key_spent_up(k) ? "Its spending limit" : "A limit of it",
            next ? "It works again on " : "Raise it to let the key work again",
            STR_ARG(next ? when_long(a, next) : STR("")));
    case KEY_EXPIRING:
        return arena_fmt(a, "Works. It expires on %.*s.",
            STR_ARG(when_long(a, k->expires_s)));
    case KEY_ROTATING:
        return arena_fmt(a, "Works with two secrets. The old one ends on "
                            "%.*s.", STR_ARG(when_long(a, k->old_ends_s)));
    case KEY_ACTIVE:
    case KEY_STATUS_COUNT:
        break;
    }
    return STR("Works.");
}

struct str
used_words(struct cx *cx, const struct key *k)
{
    int64_t calls;
    if (k->used_s == 0)
        return STR("It was never used.");
    struct str ago = when_ago(cx->arena, k->used_s, cx->now_s);
    if (key_calls_today(cx, k, &calls) || calls == 0)
        return arena_fmt(cx->arena, "It was used %.*s.", STR_ARG(ago));
    return arena_fmt(cx->arena,
        "It was used %.*s; %.*s in the last 24 hours.", STR_ARG(ago),
        STR_ARG(count_of(cx->arena, calls, "call")));
}

struct str
rotation_words(struct cx *cx, const struct key_secret *s)
{
    if (!s->silent_s)
        return arena_fmt(cx->arena, "ends on %.*s",
            STR_ARG(when_long(cx->arena, s->ends_s)));
    return arena_fmt(cx->arena, "ends when nobody used it for %.*s, on %.*s "
                                "at the latest",
        STR_ARG(count_of(cx->arena, s->silent_s / HOUR_S, "hour")),
        STR_ARG(when_date(cx->arena, s->ends_s)));
}

const char *
reset_words(enum spend_reset reset)
{
    static const char *const words[] = { "no reset", "daily", "weekly",
        "monthly" };
    return words[reset];
}

struct str
owner_words(const struct key *k)
{
    return k->owner_name.n ? k->owner_name : STR("nobody");
}

bool
key_can_rotate(struct cx *cx, const struct key *k)
{
    enum key_status s = key_status(k, cx->now_s);
    return s != KEY_REVOKED && s != KEY_EXPIRED && !key_waits(k) &&
        key_may_edit(cx, k);
}

static struct str
joined(struct cx *cx, bool all, const struct strs *list, const char *any)
{
    struct buf b;
    if (all)
        return str_cstr(any);
    if (list->n == 0)
        return STR("None: nothing is allowed any more");
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < list->n; i++)
        buf_fmt(&b, "%s%.*s", i ? ", " : "", STR_ARG(list->items[i]));
    return buf_view(&b);
}

static void
put_access_row(struct val *list, const char *label, struct str words)
{
    struct val *row = val_add_map(list);
    val_put_cstr(row, "label", label);
    val_put_str(row, "words", words);
}

void
put_access(struct cx *cx, struct val *view, const struct key *k)
{
    const struct key_access *a = &k->access;
    struct val *list = val_put_list(view, "access");
    put_access_row(list, "Categories",
        joined(cx, a->all_categories, &a->categories, "All"));
    put_access_row(list, "Models",
        joined(cx, a->all_models, &a->models, "All"));
    put_access_row(list, "Endpoints",
        joined(cx, a->all_endpoints, &a->endpoints, "All"));
    put_access_row(list, "Deployment", a->deployment_id
            ? a->deployment_name
            : STR("Public: every deployment"));
    put_access_row(list, "Networks",
        joined(cx, a->all_networks, &a->networks, "Any"));
}
