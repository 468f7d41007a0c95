/* SPDX-License-Identifier: ISC */
/* Links that make the secret of a key: for who holds one, and for the key's
 * owner. */
#include "web/pages.h"

#include "core/form.h"
#include "core/key.h"
#include "text/when.h"
#include "web/claim_words.h"
#include "web/key_words.h"
#include "web/web.h"

/* ---- the key's owner ---- */

void
claim_options(struct form *fm, struct val *field, const char *words,
    bool pick)
{
    static const struct {
        const char *value, *days;
    } options[] = { { "1", "1 day" }, { "3", "3 days" }, { "7", "7 days" } };
    for (size_t i = 0; i < COUNT_OF(options); i++)
        form_option(fm, field, str_cstr(options[i].value),
            arena_fmt(fm->cx->arena, "%s%s", words, options[i].days), STR(""),
            pick && i == 1);
}

static void
put_ends(struct cx *cx, struct val *view, int64_t ends_s)
{
    val_put_str(view, "ends", when_long(cx->arena, ends_s));
    val_put_str(view, "ends_at", when_rfc3339(cx->arena, ends_s));
}

enum err_code
claim_link_page(struct cx *cx, const struct req *req, struct res *res,
    const struct key *k, struct str link, bool made)
{
    struct val *view = view_new(cx, req);
    put_kind(cx, view, k->kind);
    put_key(cx, view, k);
    view_text_or_null(view, "link", link);
    put_ends(cx, view, k->claim_ends_s);
    val_put_bool(view, "made", made);
    val_put_null(view, "create_href");
    if (made && key_may_create(cx, k->kind))
        val_put_fmt(view, "create_href", "%.*s/new",
            STR_ARG(kind_base(cx, k->kind)));
    res->cache = CACHE_NO_STORE;
    res->status = 0;
    res_page(res, "key/claim-link", view);
    return ERR_OK;
}

enum err_code
web_claim_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    struct form fm;
    if (key_get(cx, req_param(req, "prefix"), &k) || key_need_edit(cx, &k))
        return cx->err.code;
    if (!key_waits(&k) || k.revoked_s) { /* the page of the key says why */
        res_see_other(res, key_href(cx, &k));
        return ERR_OK;
    }
    struct val *view = view_new(cx, req);
    struct str posted = form_get(&req->form, "once");
    put_kind(cx, view, k.kind);
    put_key(cx, view, &k);
    put_ends(cx, view, k.claim_ends_s);
    val_put_bool(view, "dead", k.claim_ends_s <= cx->now_s);
    val_put_str(view, "once", posted.n ? posted : form_id(cx));
    form_begin(&fm, cx, req, view);
    claim_options(&fm, form_choice(&fm, "claim"), "", true);
    form_done(&fm);
    res_page(res, "key/claim", view);
    return ERR_OK;
}

enum err_code
web_claim_renew(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    struct str link;
    if (claim_renew(cx, req_param(req, "prefix"), req->input, &link, &k)) {
        if (!cx->err.reason || !str_is(STR("shown"), cx->err.reason))
            return cx->err.code;
        err_init(&cx->err, cx->arena); /* a second post is no failure */
    }
    return claim_link_page(cx, req, res, &k, link, false);
}

enum err_code
web_claim_withdraw(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (claim_withdraw(cx, req_param(req, "prefix"), &k))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_CLAIM_WITHDRAWN, key_href(cx, &k));
}

/* ---- who holds the link ---- */

static struct val *
holder_view(struct cx *cx, const struct req *req, const struct claim *c)
{
    struct val *view = view_new(cx, req);
    val_put_str(view, "name", c->key.name);
    val_put_str(view, "workspace", c->workspace);
    val_put_str(view, "creator", c->key.by_name);
    return view;
}

/* A link that does nothing any more. */
static enum err_code
over_page(struct cx *cx, const struct req *req, struct res *res,
    const struct claim *c)
{
    struct val *view = holder_view(cx, req, c);
    bool taken = c->state == CLAIM_TAKEN;
    view_time(cx, view, "taken", "taken_at", taken ? c->key.claimed_s : 0);
    if (taken)
        val_put_str(view, "taken", when_long(cx->arena, c->key.claimed_s));
    res->cache = CACHE_NO_STORE;
    res_page(res, "claim/over", view);
    return ERR_OK;
}

enum err_code
web_claim(struct cx *cx, const struct req *req, struct res *res)
{
    struct claim c;
    if (claim_look(cx, req_param(req, "token"), &c))
        return cx->err.code;
    if (c.state != CLAIM_OPEN)
        return over_page(cx, req, res, &c);
    struct val *view = holder_view(cx, req, &c);
    put_ends(cx, view, c.ends_s);
    val_put_str(view, "action", req->path);
    val_put_null(view, "expires");
    if (c.key.expires_s)
        val_put_str(view, "expires", when_long(cx->arena, c.key.expires_s));
    res->cache = CACHE_NO_STORE;
    res_page(res, "claim/open", view);
    return ERR_OK;
}

enum err_code
web_claim_take(struct cx *cx, const struct req *req, struct res *res)
{
    struct claim c;
    struct str text;
    if (claim_take(cx, req_param(req, "token"), &text, &c))
        return cx->err.code;
    if (!text.n)
        return over_page(cx, req, res, &c);
    struct val *view = holder_view(cx, req, &c);
    val_put_str(view, "secret", text);
    val_put_str(view, "base_url", cx->public_url);
    val_put_cstr(view, "try_path", "/v1/key");
    res->cache = CACHE_NO_STORE;
    res_page(res, "claim/shown", view);
    return ERR_OK;
}
