/* SPDX-License-Identifier: ISC */
#include "core/why.h"

#include "core/access.h"
#include "core/factor.h"
#include "core/key.h"
#include "core/key_rules.h"
#include "core/trace.h"
#include "core/usage.h"
#include "core/workspace.h"
#include "store/store_request.h"
#include "text/json.h"
#include "text/money.h"
#include "text/when.h"

static const char *const states[] = {
    [RULE_PASSED] = "passed",
    [RULE_REFUSED] = "refused",
    [RULE_OVER] = "over",
    [RULE_WOULD_REFUSE] = "would_refuse",
    [RULE_NOT_REACHED] = "not_reached",
    [RULE_APPLIES] = "applies",
};

const char *
rule_state_name(enum rule_state s)
{
    return states[s];
}

/* ---- whose calls ---- */

static bool
sees_all(const struct cx *cx)
{
    bool manages = cx->actor.kind == ACTOR_KEY &&
        cx->actor.key.kind == KEY_MANAGEMENT;
    return manages || cx->actor.kind == ACTOR_GATE ||
        access_has(cx, RIGHT_USAGE_ALL);
}

static struct request_ask
ask_of(const struct cx *cx, struct str id)
{
    struct request_ask ask = { .workspace_id = cx->ws.id, .id = id };
    if (sees_all(cx))
        return ask;
    if (cx->actor.kind == ACTOR_KEY)
        ask.key_id = cx->actor.key.id;
    else
        ask.user_id = cx->actor.user.id;
    return ask;
}

static enum err_code
need(struct cx *cx)
{
    if ((cx->actor.kind == ACTOR_KEY && cx->actor.key.kind != KEY_ADMIN) ||
        cx->actor.kind == ACTOR_GATE)
        return ERR_OK;
    return access_need(cx, RIGHT_USAGE_OWN);
}

static int64_t
kept_ms(const struct cx *cx)
{
    int64_t s = cx->now_s - REFUSALS_KEPT_DAYS * (int64_t)DAY_S;
    return (s - s % MINUTE_S + MINUTE_S) * 1000; /* whole minutes */
}

/* ---- ids ---- */

int64_t
why_id_time(struct str id)
{
    int64_t ms = 0;
    if (id.n != 36 || id.p[14] != '7')
        return -1;
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        int digit = c >= '0' && c <= '9' ? c - '0'
            : c >= 'a' && c <= 'f'       ? c - 'a' + 10
                                         : -1;
        if (dash ? c != '-' : digit < 0)
            return -1;
        if (!dash && i < 13)
            ms = ms * 16 + digit;
    }
    return ms;
}

static enum err_code
not_found(struct cx *cx)
{
    ERR(&cx->err, ERR_NOT_FOUND,
        "No call with this id is known here. Refused calls are kept for %d "
        "days, and can be looked up a second after they were made.",
        REFUSALS_KEPT_DAYS);
    cx->err.reason = "unknown_request";
    return cx->err.code;
}

/* ---- reading a trace ---- */

static int64_t
int_of(const struct val *row, const char *name)
{
    const struct val *v = val_get_cstr(row, name);
    return v && v->type == VAL_INT ? v->u.i : 0;
}

static struct str
text_of(const struct val *row, const char *name)
{
    return val_text(val_get_cstr(row, name));
}

static enum rule_state
state_of(struct str s)
{
    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (str_is(s, states[i]))
            return (enum rule_state)i;
    return RULE_NOT_REACHED;
}

static enum rule
rule_of(struct str s)
{
    for (enum rule r = RULE_KEY; r < RULE_COUNT; r++)
        if (str_is(s, trace_rule_name(r)))
            return r;
    return RULE_LIMITS;
}

/* A caller learns no amounts of its workspace. */
static bool
is_hidden(const struct cx *cx, const struct limit *l)
{
    return !sees_all(cx) && cx->actor.kind == ACTOR_KEY &&
        (l->source == LIMIT_RULE_WORKSPACE || l->source == LIMIT_CREDITS);
}

static void
hide(struct rule_seen *r)
{
    struct limit *l = &r->limit;
    if (r->hidden)
        l->amount = l->used = l->reserved = r->need = 0;
}

static void
read_limit(const struct cx *cx, const struct val *row, struct rule_seen *r)
{
    struct limit *l = &r->limit;
    int64_t source = int_of(row, "source");
    r->rule = RULE_LIMITS;
    r->is_limit = true;
    l->source = source >= LIMIT_RULE_KEY && source <= LIMIT_CREDITS
        ? (enum limit_source)source
        : LIMIT_RULE_KEY;
    (void)limit_counts_read(text_of(row, "counts"), &l->counts);
    (void)limit_period_read(text_of(row, "period"), &l->period);
    l->model = text_of(row, "model");
    l->amount = int_of(row, "amount");
    l->used = int_of(row, "used");
    l->reserved = int_of(row, "reserved");
    l->shadow = r->state == RULE_WOULD_REFUSE;
    r->need = int_of(row, "need");
    r->opens_s = int_of(row, "opens_s");
    r->hidden = is_hidden(cx, l);
    hide(r);
}

static void
read_trace(struct cx *cx, struct str text, struct why *out)
{
    struct val *list;
    struct err wrong;
    err_init(&wrong, cx->arena);
    if (json_read(cx->arena, text, &list, &wrong) || list->type != VAL_LIST)
        return;
    out->traced = list->u.list.n > 0;
    out->rules =
        arena_array(cx->arena, list->u.list.n, sizeof *out->rules);
    for (size_t i = 0; i < list->u.list.n; i++) {
        const struct val *row = list->u.list.items[i];
        struct rule_seen *r = &out->rules[out->n_rules++];
        r->state = state_of(text_of(row, "state"));
        if (str_is(text_of(row, "rule"), "limit")) {
            read_limit(cx, row, r);
            continue;
        }
        r->rule = rule_of(text_of(row, "rule"));
        r->allowed = text_of(row, "allowed");
        r->given = text_of(row, "given");
    }
}

static enum reason
reason_of(struct str code)
{
    for (enum reason r = REASON_ALLOWED; r < REASON_COUNT; r++)
        if (str_is(code, reason_code(r)))
            return r;
    return REASON_COUNT;
}

/* ---- one call ---- */

static enum err_code
find_refused(struct cx *cx, const struct request_ask *ask, struct why *out,
    bool *found)
{
    struct refused_call c;
    struct request_row *row = &out->row;
    if (store_refused_get(cx->store, ask, &c, &row->key_prefix,
            &row->key_name, found))
        return cx->err.code;
    if (!*found || c.at_ms < kept_ms(cx)) {
        *found = false;
        return ERR_OK;
    }
    out->refused = true;
    out->code = c.reason;
    out->reason = reason_of(c.reason);
    out->message = c.message;
    out->deployment = c.deployment;
    row->calls = 1;
    row->event = (struct usage_event){ .workspace_id = c.workspace_id,
        .key_id = c.key_id,
        .event_id = c.request_id,
        .at_ms = c.at_ms,
        .model = c.model,
        .endpoint = c.endpoint,
        .outcome = USAGE_REFUSED,
        .reason = c.reason,
        .took_ms = -1,
        .address = c.address,
        .request_id = c.request_id };
    read_trace(cx, c.trace, out);
    return ERR_OK;
}

static enum err_code
find_event(struct cx *cx, struct request_ask *ask, struct str prefix,
    struct why *out, bool *found)
{
    *found = false;
    if (prefix.n) {
        struct key k;
        if (key_get(cx, prefix, &k) || (ask->key_id && ask->key_id != k.id) ||
            (ask->user_id && ask->user_id != k.owner_user_id)) {
            err_init(&cx->err, cx->arena);
            return ERR_OK;
        }
        struct request_ask of_key = *ask;
        of_key.key_id = k.id;
        if (store_request_by_key(cx->store, &of_key, &out->row, found))
            return cx->err.code;
    }
    if (!*found && ask->to_ms &&
        store_request_by_time(cx->store, ask, &out->row, found))
        return cx->err.code;
    if (*found) {
        out->refused = out->row.event.outcome == USAGE_REFUSED;
        out->code = out->row.event.reason;
        out->reason = out->refused ? reason_of(out->code) : REASON_ALLOWED;
    }
    return ERR_OK;
}

static enum err_code
find_reservation(struct cx *cx, const struct request_ask *ask,
    struct why *out, bool *found)
{
    struct reservation r;
    struct request_row *row = &out->row;
    *found = false;
    if (!ask->to_ms)
        return ERR_OK;
    if (store_request_reservation(cx->store, ask, &r, &row->key_prefix,
            &row->key_name))
        return cx->err.code;
    if (!r.id)
        return ERR_OK;
    *found = true;
    out->under_way = r.state == RESERVATION_LIVE;
    out->ends_s = r.ends_s;
    row->calls = 1;
    row->event = (struct usage_event){ .workspace_id = r.workspace_id,
        .key_id = r.key_id,
        .event_id = r.uuid,
        .at_ms = r.created_s * 1000,
        .model = r.model,
        .endpoint = r.endpoint,
        .outcome = USAGE_SUCCEEDED,
        .input_tokens = r.input_tokens,
        .output_tokens = r.output_tokens,
        .estimated = true,
        .cost = r.cost,
        .took_ms = -1,
        .address = r.address,
        .request_id = r.request_id };
    return ERR_OK;
}

/* Nothing is said when there is none. */
static enum err_code
look_up(struct cx *cx, struct str id, struct str prefix, struct why *out,
    bool *found)
{
    enum { BEFORE_MS = 5000, AFTER_MS = 3600 * 1000 };
    struct request_ask ask = ask_of(cx, id);
    int64_t at_ms = why_id_time(id);
    *out = (struct why){ .reason = REASON_ALLOWED };
    if (at_ms >= 0) {
        /* a call without reservation may stand at the time of its report */
        ask.from_ms = at_ms - BEFORE_MS;
        ask.to_ms = at_ms + AFTER_MS;
    }
    if (find_refused(cx, &ask, out, found) || *found ||
        find_event(cx, &ask, prefix, out, found) || *found)
        return cx->err.code;
    return find_reservation(cx, &ask, out, found);
}

/* The limits that a call of this key and model has to pass now. */
static enum err_code
add_limits(struct cx *cx, struct why *out)
{
    struct key k;
    struct limits all;
    const struct usage_event *e = &out->row.event;
    struct need took = { e->input_tokens, e->output_tokens, e->cost };
    if (key_find(cx, out->row.key_prefix, &k) ||
        limit_of_key(cx, cx->ws.id, &k, &all))
        return cx->err.code;
    out->of_now = true;
    out->rules = arena_array(cx->arena, all.n, sizeof *out->rules);
    for (size_t i = 0; i < all.n; i++) {
        const struct limit *l = &all.items[i];
        if (l->model_id && !str_eq(l->model, e->model))
            continue;
        struct rule_seen *r = &out->rules[out->n_rules++];
        *r = (struct rule_seen){ .rule = RULE_LIMITS,
            .state = RULE_APPLIES,
            .is_limit = true,
            .hidden = is_hidden(cx, l),
            .limit = *l,
            .need = limit_need(l->counts, &took) };
        hide(r);
    }
    return ERR_OK;
}

enum err_code
why_get(struct cx *cx, struct str id, struct str prefix, struct why *out)
{
    bool found;
    if (need(cx) || look_up(cx, id, prefix, out, &found))
        return cx->err.code;
    if (!found)
        return not_found(cx);
    return out->refused ? ERR_OK : add_limits(cx, out);
}

static enum err_code
find_anywhere(struct cx *cx, struct str id, struct why *out)
{
    int64_t ws;
    if (store_refused_workspace(cx->store, id, &ws))
        return cx->err.code;
    if (!ws)
        return not_found(cx);
    if (workspace_enter_id(cx, ws))
        return cx->err.code;
    return why_get(cx, id, STR(""), out);
}

enum err_code
why_find(struct cx *cx, struct str id, struct why *out)
{
    struct workspace *mine;
    size_t n;
    bool found = false, shut;
    if (cx->actor.kind == ACTOR_SHELL || cx->actor.kind == ACTOR_GATE)
        return find_anywhere(cx, id, out);
    if (cx->actor.kind == ACTOR_KEY)
        return why_get(cx, id, STR(""), out);
    if (workspace_list(cx, &mine, &n))
        return cx->err.code;
    for (size_t i = 0; i < n && !found; i++) {
        if (factor_missing(cx, &mine[i], &shut))
            return cx->err.code;
        if (shut)
            continue;
        if (workspace_enter(cx, mine[i].slug) || need(cx) ||
            look_up(cx, id, STR(""), out, &found))
            return cx->err.code;
    }
    return found ? ERR_OK : not_found(cx);
}

/* ---- words ---- */

struct str
why_limit_amount(struct arena *a, const struct limit *l, int64_t n)
{
    return l->counts == LIMIT_MONEY ? money_show(a, n) : count_show(a, n);
}

struct str
why_rule_label(struct arena *a, const struct rule_seen *r)
{
    static const char *const labels[] = {
        [RULE_KEY] = "Key and secret",
        [RULE_REVOKED] = "Revoked",
        [RULE_EXPIRY] = "Expiry",
        [RULE_DISABLED] = "Disabled or suspended",
        [RULE_FROZEN] = "Workspace frozen",
        [RULE_KIND] = "Kind of key",
        [RULE_NETWORK] = "Client network",
        [RULE_ENDPOINT] = "Endpoint",
        [RULE_DEPLOYMENT] = "Deployment",
        [RULE_MODEL] = "Model and category",
        [RULE_LIMITS] = "Limits and credits",
    };
    static const char *const sources[] = {
        [LIMIT_RULE_KEY] = "Limit of the key",
        [LIMIT_SPEND] = "Spending limit of the key",
        [LIMIT_RULE_WORKSPACE] = "Budget of the workspace",
        [LIMIT_CREDITS] = "Credits of the workspace",
    };
    if (!r->is_limit)
        return str_cstr(labels[r->rule]);
    if (r->hidden || r->limit.source == LIMIT_CREDITS)
        return str_cstr(sources[r->limit.source]);
    return arena_fmt(a, "%s: %.*s", sources[r->limit.source],
        STR_ARG(limit_words(a, &r->limit)));
}

/* ---- the list ---- */

/* One page looks at a bounded number of events, however rare what is sought
 * is; then the list says how far it looked. */
static enum err_code
bound(struct cx *cx, struct request_filter *f, struct request_list *out)
{
    int64_t at_ms;
    bool sought = f->user_id || f->model.n || f->outcome.n || f->reason.n;
    if (!sought)
        return ERR_OK;
    if (store_request_reach(cx->store, f, &at_ms) || at_ms < 0)
        return cx->err.code;
    out->searched_ms = at_ms;
    if (f->after.at_ms)
        f->to_ms = at_ms + 1;
    else
        f->from_ms = at_ms;
    return ERR_OK;
}

enum err_code
request_list(struct cx *cx, struct str prefix, struct request_filter *f,
    struct request_list *out)
{
    struct key k = { .id = 0 };
    bool back = f->after.at_ms > 0;
    int most = f->most;
    *out = (struct request_list){ .rows = NULL };
    if (access_need(cx, RIGHT_USAGE_OWN) ||
        (prefix.n && key_get(cx, prefix, &k)))
        return cx->err.code;
    f->workspace_id = cx->ws.id;
    f->key_id = k.id;
    f->user_id = access_has(cx, RIGHT_USAGE_ALL) ? 0 : cx->actor.user.id;
    if (k.id && !usage_may_see(cx, &k))
        return access_need(cx, RIGHT_USAGE_ALL);
    if (k.id)
        f->user_id = 0; /* it is one of theirs */
    f->kept_ms = kept_ms(cx);
    f->most = most + 1; /* one more tells whether there are more */
    if (bound(cx, f, out) ||
        store_request_list(cx->store, f, &out->rows, &out->n))
        return cx->err.code;
    f->most = most;
    out->more = out->n > (size_t)most;
    if (out->more) {
        out->n--;
        if (back)
            out->rows++; /* the one too many is the newest */
        out->searched_ms = 0;
    }
    return ERR_OK;
}
