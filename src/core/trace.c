/* SPDX-License-Identifier: ISC */
#include "core/trace.h"

#include "base/buf.h"
#include "text/json.h"
#include "text/utf8.h"
#include "text/when.h"

#include <inttypes.h>

enum {
    NAME_MOST = 200,
    LIMITS_MOST = 24 /* shown; and the one that refused */
};

static const char *const names[] = {
    [RULE_KEY] = "key",
    [RULE_REVOKED] = "revoked",
    [RULE_EXPIRY] = "expiry",
    [RULE_DISABLED] = "disabled",
    [RULE_FROZEN] = "frozen",
    [RULE_KIND] = "kind",
    [RULE_NETWORK] = "network",
    [RULE_ENDPOINT] = "endpoint",
    [RULE_DEPLOYMENT] = "deployment",
    [RULE_MODEL] = "model",
    [RULE_LIMITS] = "limits",
};
_Static_assert(COUNT_OF(names) == RULE_COUNT, "every rule has its name");

const char *
trace_rule_name(enum rule rule)
{
    return names[rule];
}

struct str
trace_some(struct arena *a, const struct strs *list)
{
    enum { SHOWN = 5 };
    struct buf b;
    buf_init(&b, a, 4096);
    for (size_t i = 0; i < list->n && i < SHOWN; i++) {
        buf_cstr(&b, i ? ", " : "");
        buf_str(&b, list->items[i]);
    }
    if (list->n > SHOWN)
        buf_fmt(&b, " and %zu more", list->n - SHOWN);
    return list->n ? buf_view(&b) : STR("nothing");
}

struct str
trace_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (str_starts(str_from(s, i), STR("_kr")))
            return STR("(left out: it looks like a key)");
    return utf8_plain(s, false) ? utf8_clip(s, NAME_MOST) : STR("");
}

static struct str
listed(struct arena *a, bool all, const struct strs *list)
{
    return all ? STR("All") : trace_some(a, list);
}

static struct str
since(struct arena *a, const char *what, int64_t s)
{
    return arena_fmt(a, "%s on %.*s", what, STR_ARG(when_long(a, s)));
}

static struct str
model_rule(struct arena *a, const struct key_access *acc)
{
    if (acc->all_models && acc->all_categories)
        return STR("All");
    if (acc->all_categories)
        return trace_some(a, &acc->models);
    return arena_fmt(a, "%s%.*s%s%.*s", acc->all_models ? "" : "models ",
        STR_ARG(acc->all_models ? STR("") : trace_some(a, &acc->models)),
        acc->all_models ? "categories " : "; categories ",
        STR_ARG(trace_some(a, &acc->categories)));
}

/* What a rule asks for, and what it found. */
static void
put_values(struct cx *cx, const struct call *call, const struct decision *d,
    const struct key *k, enum rule rule, struct str *allowed,
    struct str *given)
{
    struct arena *a = cx->arena;
    const struct key_access *acc = &k->access;
    bool hit = d->rule == rule;
    switch (rule) {
    case RULE_KEY:
        *allowed = STR("A key that is known, whole and with the right secret");
        *given = arena_fmt(a, "Key %.*s", STR_ARG(k->prefix));
        break;
    case RULE_REVOKED:
        *allowed = STR("Not revoked");
        *given = hit ? since(a, "Revoked", k->revoked_s) : *allowed;
        break;
    case RULE_EXPIRY:
        *allowed = k->expires_s ? since(a, "Ends", k->expires_s)
                                : STR("Never ends");
        *given = hit ? STR("Expired") : STR("Not expired");
        break;
    case RULE_DISABLED:
        *allowed = STR("Neither disabled nor suspended");
        *given = !hit ? STR("Enabled")
            : k->suspended_s ? since(a, "Suspended", k->suspended_s)
                             : since(a, "Disabled", k->disabled_s);
        break;
    case RULE_FROZEN:
        *allowed = STR("A workspace that is not frozen");
        *given = hit ? STR("Frozen") : STR("Not frozen");
        break;
    case RULE_KIND:
        *allowed = STR("API key");
        *given = k->kind == KEY_STANDARD ? STR("API key")
            : k->kind == KEY_MANAGEMENT  ? STR("Management key")
                                         : STR("Admin key");
        break;
    case RULE_NETWORK:
        *allowed = listed(a, acc->all_networks, &acc->networks);
        *given = call->address_text;
        break;
    case RULE_ENDPOINT:
        *allowed = listed(a, acc->all_endpoints, &acc->endpoints);
        *given = trace_name(call->endpoint);
        break;
    case RULE_DEPLOYMENT:
        *allowed = !acc->deployment_id ? STR("All")
            : acc->deployment_name.n   ? acc->deployment_name
                                       : STR("One that was removed");
        *given = trace_name(call->deployment);
        break;
    case RULE_MODEL:
        *allowed = model_rule(a, acc);
        *given = trace_name(call->model);
        break;
    case RULE_LIMITS:
    case RULE_COUNT:
        break;
    }
}

static void
put_rule(struct cx *cx, struct val *list, const struct call *call,
    const struct decision *d, const struct key *k, enum rule rule)
{
    struct str allowed = STR(""), given = STR("");
    struct val *row = val_add_map(list);
    val_put_cstr(row, "rule", names[rule]);
    val_put_cstr(row, "state", rule < d->rule ? "passed"
            : rule == d->rule                 ? "refused"
                                              : "not_reached");
    put_values(cx, call, d, k, rule, &allowed, &given);
    val_put_str(row, "allowed", allowed);
    val_put_str(row, "given", rule <= d->rule ? given : STR(""));
}

static const char *
limit_state(const struct metered *m, const struct limit *l, int64_t need)
{
    if (l == m->refused)
        return "refused";
    if (!limit_over(l, need))
        return "passed";
    return l->shadow ? "would_refuse" : "over";
}

static void
put_limit(struct cx *cx, struct val *list, const struct metered *m,
    const struct limit *l)
{
    int64_t need = limit_need(l->counts, &m->need);
    int64_t wait_ms = limit_wait_ms(cx, l, need);
    int64_t now_ms = cx->now_s * 1000 + cx->sub_ms;
    bool over = limit_over(l, need);
    struct val *row = val_add_map(list);
    val_put_cstr(row, "rule", "limit");
    val_put_cstr(row, "state", limit_state(m, l, need));
    val_put_int(row, "source", l->source);
    val_put_cstr(row, "counts", limit_counts_name(l->counts));
    val_put_cstr(row, "period", limit_period_name(l->period));
    val_put_str(row, "model", l->model);
    val_put_int(row, "amount", l->amount);
    val_put_int(row, "used", l->used);
    val_put_int(row, "reserved", l->reserved);
    val_put_int(row, "need", need);
    val_put_int(row, "opens_s",
        over && wait_ms >= 0 ? (now_ms + wait_ms + 999) / 1000 : 0);
}

struct str
trace_write(struct cx *cx, const struct call *call, const struct decision *d)
{
    struct val *list = val_list(cx->arena);
    struct key k = d->key;
    struct buf b;
    /* what it may call is read here, and not for each call */
    if (store_key_access(cx->store, &k))
        err_init(&cx->err, cx->arena);
    for (enum rule rule = RULE_KEY; rule < RULE_LIMITS; rule++)
        put_rule(cx, list, call, d, &k, rule);
    if (d->rule != RULE_LIMITS)
        put_rule(cx, list, call, d, &k, RULE_LIMITS);
    for (size_t i = 0; i < d->metered.limits.n; i++) {
        const struct limit *l = &d->metered.limits.items[i];
        if (i < LIMITS_MOST || l == d->metered.refused)
            put_limit(cx, list, &d->metered, l);
    }
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    json_write(&b, list);
    return b.full ? STR("[]") : buf_view(&b);
}
