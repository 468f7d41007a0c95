/* SPDX-License-Identifier: ISC */
/* Usage of one key, and its single calls, as AIMLAPI shows them
 * (contracts/README.md section 1). */
#include "api/api.h"
#include "api/part.h"
#include "api/query.h"
#include "base/buf.h"
#include "core/figures.h"
#include "text/when.h"
#include "text/zone.h"

/* What all three ask for: whose figures, and of when. */
struct ask {
    struct str prefix;
    struct key key;
    int64_t from, to; /* Unix milliseconds */
};

static enum err_code
read_ask(struct cx *cx, const struct req *req, const char *const *names,
    struct ask *out)
{
    if (query_known(cx, req, names) ||
        query_one(cx, req, "key_prefix", &out->prefix) ||
        query_window(cx, req, &out->from, &out->to))
        return cx->err.code;
    return figures_key(cx, out->prefix, &out->key);
}

/* The members that both reports begin with. */
static struct val *
put_head(struct cx *cx, const struct ask *ask, const struct usage_rows *rows)
{
    struct arena *a = cx->arena;
    struct val *v = val_map(a);
    struct usage_sum sum = { 0 };
    for (size_t i = 0; i < rows->n; i++)
        usage_sum_add(&sum, &rows->items[i].sum);
    if (ask->prefix.n)
        val_put_str(v, "api_key_prefix", ask->prefix);
    else
        val_put_null(v, "api_key_prefix");
    val_put_str(v, "start", when_rfc3339_ms(a, ask->from));
    val_put_str(v, "end", when_rfc3339_ms(a, ask->to));
    val_put(v, "spend", usd_val(a, sum.cost));
    val_put_cstr(v, "currency", "USD");
    val_put_int(v, "requests", sum.succeeded);
    return v;
}

enum err_code
api_spend(struct cx *cx, const struct req *req, struct res *res)
{
    static const char *const names[] = { "period", "start", "end",
        "key_prefix", NULL };
    struct ask ask;
    struct usage_rows rows;
    if (read_ask(cx, req, names, &ask) ||
        figures_between(cx, &ask.key, ask.from, ask.to, &rows))
        return cx->err.code;
    res_json(res, 200, put_head(cx, &ask, &rows));
    return ERR_OK;
}

/* ---- groups ---- */

enum group { BY_DAY, BY_MODEL, BY_DAY_AND_MODEL };

/* Groups in the order in which they come. */
struct groups {
    struct usage_row *items; /* start_s: day from 1970 of the zone */
    size_t n, cap;
};

static void
add_row(struct cx *cx, struct groups *g, size_t from,
    const struct usage_row *r)
{
    for (size_t i = from; i < g->n; i++)
        if (g->items[i].start_s == r->start_s &&
            str_eq(g->items[i].group, r->group)) {
            usage_sum_add(&g->items[i].sum, &r->sum);
            return;
        }
    if (g->n == g->cap) {
        struct usage_row *old = g->items;
        g->cap = g->cap ? 2 * g->cap : 64;
        g->items = arena_array(cx->arena, g->cap, sizeof *old);
        for (size_t i = 0; i < g->n; i++)
            g->items[i] = old[i];
    }
    g->items[g->n++] = *r;
}

/* A part of the span: of one local day, under one offset.  z NULL: UTC. */
struct part {
    int64_t from, to; /* Unix milliseconds */
    int64_t day;
};

static struct part
next_part(const struct zone *z, int64_t from, int64_t end)
{
    int64_t until_s, at_s = from / 1000;
    int offset = z ? zone_offset(z, at_s, &until_s) : 0;
    if (!z)
        until_s = INT64_MAX;
    int64_t day = (at_s + offset) / DAY_S;
    int64_t midnight = (day + 1) * DAY_S - offset;
    if (midnight < until_s)
        until_s = midnight;
    int64_t to = until_s > end / 1000 ? end : until_s * 1000;
    return (struct part){ from, to, day };
}

static enum err_code
sum_days(struct cx *cx, const struct ask *ask, const struct zone *z,
    enum group by, struct groups *g)
{
    size_t day_begins = 0;
    int64_t day = -1;
    struct part p = { .to = ask->from };
    while (p.to < ask->to) {
        struct usage_rows rows;
        p = next_part(z, p.to, ask->to);
        if (p.day != day) {
            day = p.day;
            day_begins = g->n;
        }
        if (figures_between(cx, &ask->key, p.from, p.to, &rows))
            return cx->err.code;
        for (size_t i = 0; i < rows.n; i++) {
            struct usage_row *r = &rows.items[i];
            r->start_s = p.day;
            if (by == BY_DAY)
                r->group = (struct str){ NULL, 0 };
            add_row(cx, g, day_begins, r);
        }
    }
    return ERR_OK;
}

static void
put_group(struct cx *cx, struct val *list, enum group by,
    const struct usage_row *r)
{
    const struct usage_sum *s = &r->sum;
    if (s->succeeded + s->failed == 0)
        return; /* only refused by us */
    struct val *v = val_add_map(list);
    if (by != BY_MODEL)
        val_put_str(v, "day", when_iso_date(cx->arena, r->start_s * DAY_S));
    if (by != BY_DAY)
        val_put_str(v, "model", r->group);
    val_put(v, "spend", usd_val(cx->arena, s->cost));
    struct val *tokens = val_put_map(v, "tokens");
    val_put_int(tokens, "input", s->input_tokens);
    val_put_int(tokens, "output", s->output_tokens);
    val_put_int(tokens, "total", s->input_tokens + s->output_tokens);
    struct val *requests = val_put_map(v, "requests");
    val_put_int(requests, "total", s->succeeded + s->failed);
    val_put_int(requests, "charged", s->succeeded);
    val_put_int(requests, "succeeded", s->succeeded);
    val_put_int(requests, "failed", s->failed);
}

static void
put_models(struct cx *cx, struct val *v, const struct usage_rows *rows)
{
    struct val *list = val_put_list(v, "models");
    for (size_t i = 0; i < rows->n; i++) {
        const struct usage_row *r = &rows->items[i];
        if (r->sum.succeeded == 0)
            continue;
        struct val *one = val_add_map(list);
        val_put_str(one, "model", r->group);
        val_put(one, "spend", usd_val(cx->arena, r->sum.cost));
        val_put_int(one, "requests", r->sum.succeeded);
    }
}

static enum err_code
read_zone(struct cx *cx, const struct req *req, int by,
    const struct zone **out)
{
    struct str tz;
    struct zone *z = arena_alloc(cx->arena, sizeof *z);
    *out = NULL;
    if (query_one(cx, req, "tz", &tz) || tz.n == 0)
        return cx->err.code;
    if (!zone_read(cx->arena, ZONE_FOLDER, tz, z))
        return err_field(&cx->err, "tz",
            "tz must be the IANA name of a time zone, such as Europe/Berlin");
    if (by < 0 || by == BY_MODEL)
        return err_field(&cx->err, "tz",
            "tz says where days begin: send it with group_by=day");
    *out = z;
    return ERR_OK;
}

enum err_code
api_spend_detail(struct cx *cx, const struct req *req, struct res *res)
{
    static const char *const names[] = { "period", "start", "end",
        "key_prefix", "group_by", "tz", NULL };
    static const char *const groups[] = { [BY_DAY] = "day",
        [BY_MODEL] = "model", [BY_DAY_AND_MODEL] = "day,model", NULL };
    struct ask ask;
    const struct zone *z = NULL;
    struct usage_rows rows;
    struct groups g = { NULL, 0, 0 };
    int by = -1;
    if (read_ask(cx, req, names, &ask) ||
        query_choice(cx, req, "group_by", groups, &by) ||
        read_zone(cx, req, by, &z) ||
        figures_between(cx, &ask.key, ask.from, ask.to, &rows))
        return cx->err.code;
    struct val *v = put_head(cx, &ask, &rows);
    put_models(cx, v, &rows);
    if (by == BY_MODEL)
        g = (struct groups){ rows.items, rows.n, rows.n };
    else if (by >= 0 &&
        sum_days(cx, &ask, z, (enum group)by, &g))
        return cx->err.code;
    struct val *list = by < 0 ? NULL : val_put_list(v, "groups");
    for (size_t i = 0; list && i < g.n; i++)
        put_group(cx, list, (enum group)by, &g.items[i]);
    res_json(res, 200, v);
    return ERR_OK;
}

/* ---- single calls ---- */

enum { ROWS = 50, ROWS_MOST = 100, MODELS_MOST = 50 };
static const int64_t SKIP_MOST = 1000000000;

/* The models asked for, each between line ends; a name cannot hold one. */
static enum err_code
read_models(struct cx *cx, const struct req *req, struct str *out)
{
    struct buf b;
    size_t n = form_count(&req->query, "model");
    *out = (struct str){ NULL, 0 };
    if (n > MODELS_MOST)
        return err_field(&cx->err, "model", "At most %d models at once",
            (int)MODELS_MOST);
    if (n == 0)
        return ERR_OK;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    buf_char(&b, '\n');
    for (size_t i = 0; i < req->query.n; i++) {
        const struct pair *p = &req->query.items[i];
        if (!str_is(p->name, "model"))
            continue;
        if (p->value.n == 0 || str_find(p->value, '\n') < p->value.n)
            return err_field(&cx->err, "model", "model must be a name");
        buf_str(&b, p->value);
        buf_char(&b, '\n');
    }
    *out = buf_view(&b);
    return ERR_OK;
}

static enum err_code
read_statuses(struct cx *cx, const struct req *req, struct figures_calls *f)
{
    f->succeeded = f->failed = form_count(&req->query, "status") == 0;
    for (size_t i = 0; i < req->query.n; i++) {
        const struct pair *p = &req->query.items[i];
        if (!str_is(p->name, "status"))
            continue;
        if (str_is(p->value, "succeeded"))
            f->succeeded = true;
        else if (str_is(p->value, "failed"))
            f->failed = true;
        else
            return err_field(&cx->err, "status",
                "status must be succeeded or failed");
    }
    return ERR_OK;
}

static void
put_text_or_null(struct val *v, const char *name, struct str s)
{
    if (s.n)
        val_put_str(v, name, s);
    else
        val_put_null(v, name);
}

static void
put_call(struct cx *cx, struct val *v, const struct usage_event *e)
{
    val_put_str(v, "created", when_rfc3339_ms(cx->arena, e->at_ms));
    val_put_cstr(v, "status",
        e->outcome == USAGE_SUCCEEDED ? "succeeded" : "failed");
    val_put_cstr(v, "origin", "api");
    val_put_str(v, "model", e->model);
    put_credits(val_put_map(v, "cost"), e->cost);
    struct val *tokens = val_put_map(v, "tokens");
    val_put_int(tokens, "input", e->input_tokens);
    val_put_int(tokens, "output", e->output_tokens);
    val_put_int(tokens, "total", e->input_tokens + e->output_tokens);
    put_text_or_null(v, "request_id", e->request_id);
    val_put_str(v, "inference_id", e->event_id);
    put_text_or_null(v, "client_request_id", e->client_id);
}

enum err_code
api_logs(struct cx *cx, const struct req *req, struct res *res)
{
    static const char *const names[] = { "period", "start", "end",
        "key_prefix", "model", "status", "limit", "offset", NULL };
    struct ask ask;
    struct figures_calls f = { .skip = 0 };
    struct usage_event *calls;
    size_t n;
    int64_t most, total;
    if (read_ask(cx, req, names, &ask) || read_models(cx, req, &f.models) ||
        read_statuses(cx, req, &f) ||
        query_int(cx, req, "limit", 1, ROWS_MOST, ROWS, &most) ||
        query_int(cx, req, "offset", 0, SKIP_MOST, 0, &f.skip))
        return cx->err.code;
    f.most = (int)most;
    f.span.from_ms = ask.from;
    f.span.to_ms = ask.to;
    if (figures_calls(cx, &ask.key, &f, &calls, &n, &total))
        return cx->err.code;
    struct val *v = val_map(cx->arena), *list = val_put_list(v, "data");
    for (size_t i = 0; i < n; i++)
        put_call(cx, val_add_map(list), &calls[i]);
    struct val *page = val_put_map(v, "pagination");
    val_put_int(page, "limit", most);
    val_put_int(page, "offset", f.skip);
    val_put_int(page, "total", total);
    val_put_bool(page, "has_more", f.skip + (int64_t)n < total);
    res_json(res, 200, v);
    return ERR_OK;
}
