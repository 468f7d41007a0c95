/* SPDX-License-Identifier: ISC */
#include "api/api.h"
#include "api/decision.h"
#include "api/left.h"
#include "core/trace.h"
#include "text/when.h"

static void
put_text(struct val *v, const char *name, struct str s)
{
    if (s.n)
        val_put_str(v, name, s);
    else
        val_put_null(v, name);
}

static void
put_amount(struct val *v, const char *name, bool hidden, int64_t n)
{
    if (hidden)
        val_put_null(v, name);
    else
        val_put_int(v, name, n);
}

static void
put_limit(struct val *row, const struct rule_seen *r)
{
    const struct limit *l = &r->limit;
    struct val *v = val_put_map(row, "limit");
    val_put_cstr(v, "source", left_source_name(l->source));
    val_put_cstr(v, "counts", limit_counts_name(l->counts));
    val_put_cstr(v, "period", limit_period_name(l->period));
    put_text(v, "model", l->model);
    put_amount(v, "amount", r->hidden, l->amount);
    put_amount(v, "used", r->hidden, l->used);
    put_amount(v, "reserved", r->hidden, l->reserved);
    put_amount(v, "need", r->hidden, r->need);
}

static void
put_rules(struct cx *cx, struct val *v, const struct why *w)
{
    struct val *list = val_put_list(v, "rules");
    for (size_t i = 0; i < w->n_rules; i++) {
        const struct rule_seen *r = &w->rules[i];
        struct val *row = val_add_map(list);
        val_put_cstr(row, "rule", trace_rule_name(r->rule));
        val_put_str(row, "name", why_rule_label(cx->arena, r));
        val_put_cstr(row, "state", rule_state_name(r->state));
        put_text(row, "allowed", r->allowed);
        put_text(row, "given", r->given);
        if (r->is_limit)
            put_limit(row, r);
        else
            val_put_null(row, "limit");
        put_text(row, "opens_at",
            r->opens_s ? when_rfc3339(cx->arena, r->opens_s) : STR(""));
    }
}

static void
put_usage(struct val *v, const struct why *w)
{
    const struct usage_event *e = &w->row.event;
    if (w->refused) {
        val_put_null(v, "usage");
        return;
    }
    struct val *u = val_put_map(v, "usage");
    val_put_int(u, "input_tokens", e->input_tokens);
    val_put_int(u, "output_tokens", e->output_tokens);
    val_put_int(u, "cost_micro_usd", e->cost);
    val_put_bool(u, "estimated", e->estimated);
}

struct val *
decision_json(struct cx *cx, const struct why *w)
{
    const struct usage_event *e = &w->row.event;
    struct val *v = val_map(cx->arena);
    val_put_str(v, "id", e->event_id);
    put_text(v, "request_id", e->request_id);
    val_put_str(v, "time", when_rfc3339_ms(cx->arena, e->at_ms));
    val_put_bool(v, "allowed", !w->refused);
    val_put_cstr(v, "state", w->refused       ? "refused"
            : w->under_way                    ? "under_way"
            : e->outcome == USAGE_FAILED      ? "failed"
                                              : "succeeded");
    val_put_str(v, "reason",
        w->refused ? w->code : str_cstr(reason_code(REASON_ALLOWED)));
    put_text(v, "message", w->message);
    struct val *key = val_put_map(v, "key");
    val_put_str(key, "prefix", w->row.key_prefix);
    val_put_str(key, "name", w->row.key_name);
    put_text(v, "model", e->model);
    put_text(v, "endpoint", e->endpoint);
    put_text(v, "deployment", w->deployment);
    put_text(v, "address", e->address);
    put_usage(v, w);
    put_rules(cx, v, w);
    return v;
}

enum err_code
api_decision(struct cx *cx, const struct req *req, struct res *res)
{
    struct why w;
    if (why_find(cx, req_param(req, "id"), &w))
        return cx->err.code;
    res_json(res, 200, decision_json(cx, &w));
    return ERR_OK;
}
