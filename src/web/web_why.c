/* SPDX-License-Identifier: ISC */
/* "Why refused?": one call, and what each rule said to it. */
#include "web/pages.h"

#include "base/buf.h"
#include "core/why.h"
#include "http/problem.h"
#include "text/money.h"
#include "text/utf8.h"
#include "text/when.h"
#include "web/key_words.h"
#include "web/request_words.h"
#include "web/view.h"

enum { ID_MAX = 200 };

static void
put_fact(struct val *list, const char *label, struct str words)
{
    if (words.n == 0)
        return;
    struct val *row = val_add_map(list);
    val_put_cstr(row, "label", label);
    val_put_str(row, "words", words);
}

static struct str
tokens_words(struct cx *cx, const struct why *w)
{
    struct arena *a = cx->arena;
    const struct usage_event *e = &w->row.event;
    if (w->refused)
        return STR("");
    return arena_fmt(a, "%.*s in, %.*s out%s",
        STR_ARG(count_show(a, e->input_tokens)),
        STR_ARG(count_show(a, e->output_tokens)),
        w->under_way       ? " (reserved)"
            : e->estimated ? " (estimated)"
                           : "");
}

static void
put_facts(struct cx *cx, struct val *view, const struct why *w)
{
    struct arena *a = cx->arena;
    const struct usage_event *e = &w->row.event;
    struct val *facts = val_put_list(view, "facts");
    put_fact(facts, "Model", e->model);
    put_fact(facts, "Endpoint", e->endpoint);
    put_fact(facts, "Deployment", w->deployment);
    put_fact(facts, "From", e->address);
    put_fact(facts, "Tokens", tokens_words(cx, w));
    if (!w->refused)
        put_fact(facts, w->under_way ? "Reserved" : "Cost",
            money_show(a, e->cost));
    if (!str_eq(e->event_id, e->request_id))
        put_fact(facts, "Inference id", e->event_id);
    put_fact(facts, "Request id", e->request_id);
    put_fact(facts, "Upstream id", e->upstream_id);
}

/* ---- rules ---- */

static void
put_state(struct val *row, enum rule_state s)
{
    static const struct {
        const char *words, *class;
    } shown[] = {
        [RULE_PASSED] = { "Passed", "ok" },
        [RULE_REFUSED] = { "Refused", "bad" },
        [RULE_OVER] = { "Refused too", "bad" },
        [RULE_WOULD_REFUSE] = { "Would refuse", "warn" },
        [RULE_NOT_REACHED] = { "Not reached", "off" },
        [RULE_APPLIES] = { "Applies", "info" },
    };
    val_put_cstr(row, "state", shown[s].words);
    val_put_cstr(row, "class", shown[s].class);
}

/* "3 used, 2 held by calls under way; the call needs 1"; "3 used now; the call
 * took 1"; of credits nothing is known as used. */
static struct str
limit_used_words(struct arena *a, const struct why *w,
    const struct rule_seen *r)
{
    struct buf b;
    const struct limit *l = &r->limit;
    buf_init(&b, a, BUF_MAX_FIELD);
    if (l->source != LIMIT_CREDITS)
        buf_fmt(&b, "%.*s used%s%s", STR_ARG(why_limit_amount(a, l, l->used)),
            w->of_now ? " now" : "", l->reserved ? ", " : "; ");
    if (l->reserved)
        buf_fmt(&b, "%.*s held by calls under way; ",
            STR_ARG(why_limit_amount(a, l, l->reserved)));
    buf_fmt(&b, "the call %s %.*s",
        w->under_way ? "holds" : w->of_now ? "took" : "needs",
        STR_ARG(why_limit_amount(a, l, r->need)));
    return buf_view(&b);
}

static struct str
opens_words(struct cx *cx, const struct rule_seen *r)
{
    bool shut = r->state == RULE_REFUSED || r->state == RULE_OVER;
    if (r->opens_s && r->opens_s <= cx->now_s)
        return arena_fmt(cx->arena, "%.*s, open since",
            STR_ARG(when_long(cx->arena, r->opens_s)));
    if (r->opens_s)
        return when_long(cx->arena, r->opens_s);
    return shut ? STR("Not by waiting") : STR("");
}

static void
put_rules(struct cx *cx, struct val *view, const struct why *w)
{
    struct arena *a = cx->arena;
    struct val *list = val_put_list(view, "rules");
    val_put_null(view, "rules_title");
    val_put_null(view, "rules_caption");
    if (w->n_rules) {
        val_put_cstr(view, "rules_title",
            w->of_now ? "Now: limits of such a call"
                      : "Rules in their order");
        val_put_cstr(view, "rules_caption",
            w->of_now ? "As they stand now; how they stood when this call was "
                        "allowed is not kept"
                      : "As they stood at that moment");
    }
    for (size_t i = 0; i < w->n_rules; i++) {
        const struct rule_seen *r = &w->rules[i];
        struct val *row = val_add_map(list);
        val_put_str(row, "label", why_rule_label(a, r));
        put_state(row, r->state);
        val_put_bool(row, "refused", r->state == RULE_REFUSED);
        view_text_or_null(row, "allowed",
            r->is_limit ? why_limit_amount(a, &r->limit, r->limit.amount)
                        : r->allowed);
        view_text_or_null(row, "given",
            r->is_limit ? limit_used_words(a, w, r) : r->given);
        view_text_or_null(row, "opens", opens_words(cx, r));
    }
}

/* ---- the page ---- */

static void
put_head(struct cx *cx, struct val *view, const struct why *w)
{
    struct arena *a = cx->arena;
    const struct usage_event *e = &w->row.event;
    struct mend m;
    val_put_bool(view, "refused", w->refused);
    val_put_bool(view, "traced", w->traced);
    val_put_str(view, "id", e->event_id);
    val_put_str(view, "when", when_long(a, e->at_ms / 1000));
    val_put_str(view, "when_at", when_rfc3339_ms(a, e->at_ms));
    val_put_str(view, "ago", when_ago(a, e->at_ms / 1000, cx->now_s));
    val_put_str(view, "code", w->code);
    view_text_or_null(view, "message", w->message);
    val_put_str(view, "words", w->refused ? refusal_words(cx, e)
            : w->under_way ? arena_fmt(a, "Allowed, and under way: what it "
                  "may take is held on every limit until it is reported, or "
                  "until %.*s.", STR_ARG(when_long(a, w->ends_s)))
            : e->outcome == USAGE_FAILED
            ? STR("Allowed, and failed behind the gate. It cost nothing.")
            : STR("Every rule passed."));
    val_put_str(view, "key_name", w->row.key_name);
    struct key k = { .prefix = w->row.key_prefix };
    if (key_get(cx, w->row.key_prefix, &k))
        err_init(&cx->err, cx->arena);
    val_put_str(view, "key_href", key_href(cx, &k));
    val_put_str(view, "key_prefix", w->row.key_prefix);
    refusal_mend(cx, w, &m);
    view_text_or_null(view, "mend_words", m.words);
    view_text_or_null(view, "mend_label", m.label);
    view_text_or_null(view, "mend_href", m.href);
}

/* An id that nobody knows: what ids look like, and how long they are kept. */
static enum err_code
unknown(struct cx *cx, const struct req *req, struct res *res, struct str id)
{
    struct val *view = view_new(cx, req);
    int64_t ms = why_id_time(id);
    int64_t s = ms / 1000;
    err_init(&cx->err, cx->arena);
    val_put_str(view, "base", view_path(cx, "/requests"));
    val_put_str(view, "id", utf8_plain(id, false) ? utf8_clip(id, ID_MAX)
                                                  : STR(""));
    val_put_int(view, "days", REFUSALS_KEPT_DAYS);
    val_put_null(view, "made");
    if (ms >= 0 && s <= cx->now_s + HOUR_S)
        val_put_str(view, "made", when_long(cx->arena, s));
    val_put_bool(view, "old", ms >= 0 &&
            s < cx->now_s - REFUSALS_KEPT_DAYS * (int64_t)DAY_S);
    res_page(res, "request/unknown", view);
    res->status = problem_of(ERR_NOT_FOUND)->status;
    return ERR_OK;
}

enum err_code
web_request(struct cx *cx, const struct req *req, struct res *res)
{
    struct why w;
    struct str id = req_param(req, "id");
    enum err_code code = why_get(cx, id, req_query(req, "key"), &w);
    if (code == ERR_NOT_FOUND)
        return unknown(cx, req, res, id);
    if (code)
        return code;
    struct val *view = view_new(cx, req);
    val_put_str(view, "base", view_path(cx, "/requests"));
    put_head(cx, view, &w);
    put_facts(cx, view, &w);
    put_rules(cx, view, &w);
    res_page(res, "request/view", view);
    return ERR_OK;
}

enum err_code
web_why(struct cx *cx, const struct req *req, struct res *res)
{
    struct why w;
    if (why_find(cx, req_param(req, "id"), &w))
        return cx->err.code;
    res_see_other(res, arena_fmt(cx->arena, "%.*s/%.*s",
        STR_ARG(view_path(cx, "/requests")), STR_ARG(req_param(req, "id"))));
    return ERR_OK;
}
