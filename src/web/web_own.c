/* SPDX-License-Identifier: ISC */
/* What a key may and did, for who holds it: no account, nothing to change. */
#include "web/pages.h"

#include "core/key.h"
#include "core/own.h"
#include "text/money.h"
#include "text/when.h"
#include "web/key_words.h"
#include "web/limit_words.h"
#include "web/request_words.h"
#include "web/view.h"

#include <inttypes.h>

enum err_code
web_own_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    struct val *view = view_new(cx, req);
    form_begin(&fm, cx, req, view);
    form_secret(&fm, "key");
    form_done(&fm);
    res->cache = CACHE_NO_STORE;
    res_page(res, "own/form", view);
    return ERR_OK;
}

static void
put_limits(struct cx *cx, struct val *view, const struct own *own)
{
    struct val *list = val_put_list(view, "limits");
    for (size_t i = 0; i < own->limits.n; i++) {
        const struct limit *l = &own->limits.items[i];
        limit_row(cx, val_add_map(list), l,
            l->source == LIMIT_RULE_KEY || l->source == LIMIT_SPEND);
    }
    val_put_bool(view, "no_limits", own->limits.n == 0);
}

static void
put_sum(struct cx *cx, struct val *list, const char *label,
    const struct usage_sum *s)
{
    struct arena *a = cx->arena;
    struct val *row = val_add_map(list);
    val_put_cstr(row, "label", label);
    val_put_str(row, "calls", count_show(a, s->succeeded + s->failed));
    val_put_str(row, "refused", count_show(a, s->refused));
    val_put_str(row, "input", count_show(a, s->input_tokens));
    val_put_str(row, "output", count_show(a, s->output_tokens));
    val_put_str(row, "cost", money_show(a, s->cost));
}

static void
put_refusals(struct cx *cx, struct val *view, const struct own *own)
{
    struct val *list = val_put_list(view, "refusals");
    for (size_t i = 0; i < own->n_refusals; i++) {
        const struct request_row *r = &own->refusals[i];
        struct val *row = val_add_map(list);
        struct str words = refusal_words(cx, &r->event);
        if (r->calls > 1)
            words = arena_fmt(cx->arena, "%.*s: %.*s calls like it",
                STR_ARG(words), STR_ARG(count_show(cx->arena, r->calls)));
        val_put_str(row, "words", words);
        view_time(cx, row, "when", "when_at", r->event.at_ms / 1000);
    }
    val_put_bool(view, "no_refusals", own->n_refusals == 0);
}

static void
put_key_facts(struct cx *cx, struct val *view, const struct own *own)
{
    const struct key *k = &own->key;
    struct val *v = val_put_map(view, "key");
    put_status(cx, v, k);
    val_put_str(v, "name", k->name);
    val_put_str(v, "prefix", k->prefix);
    val_put_str(v, "status_words", status_words(cx, k));
    view_time(cx, v, "expires", "expires_at", k->expires_s);
    if (k->expires_s)
        val_put_str(v, "expires", when_long(cx->arena, k->expires_s));
    view_time(cx, v, "used", "used_at", k->used_s);
    put_access(cx, view, k);
    val_put_str(view, "workspace", own->workspace);
    val_put_bool(view, "calls", k->kind == KEY_STANDARD);
}

enum err_code
web_own(struct cx *cx, const struct req *req, struct res *res)
{
    const struct own_in *in = req->input;
    struct own own;
    if (own_look(cx, in->key, &own))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_key_facts(cx, view, &own);
    put_limits(cx, view, &own);
    struct val *sums = val_put_list(view, "sums");
    put_sum(cx, sums, "Today", &own.today);
    put_sum(cx, sums, "This month", &own.month);
    put_refusals(cx, view, &own);
    res->cache = CACHE_NO_STORE;
    res_page(res, "own/view", view);
    return ERR_OK;
}
