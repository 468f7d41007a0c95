/* SPDX-License-Identifier: ISC */
/* A person's own password, codes and sessions. */
#include "web/pages.h"

#include "base/buf.h"
#include "core/factor.h"
#include "core/session.h"
#include "core/signin.h"
#include "core/workspace.h"
#include "text/qr.h"
#include "text/url.h"
#include "text/when.h"
#include "web/view.h"
#include "web/web.h"

#define SECURITY STR("/account/security")

/* ---- sessions ---- */

/* Does a User-Agent hold this word? */
static bool
holds(struct str agent, const char *word)
{
    struct str w = str_cstr(word);
    for (size_t i = 0; i + w.n <= agent.n; i++)
        if (str_starts(str_from(agent, i), w))
            return true;
    return false;
}

struct word {
    const char *in, *say;
};

static const char *
say_of(struct str agent, const struct word *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (holds(agent, words[i].in))
            return words[i].say;
    return NULL;
}

/* "Firefox on Linux".  Order matters: most of them claim to be others, too. */
static struct str
agent_words(struct cx *cx, struct str agent)
{
    static const struct word browsers[] = { { "Edg/", "Edge" },
        { "OPR/", "Opera" }, { "Firefox/", "Firefox" },
        { "Chrome/", "Chrome" }, { "Safari/", "Safari" },
        { "curl/", "curl" } };
    static const struct word systems[] = { { "Android", "Android" },
        { "iPhone", "iPhone" }, { "iPad", "iPad" }, { "Windows", "Windows" },
        { "Mac OS X", "macOS" }, { "CrOS", "ChromeOS" },
        { "Linux", "Linux" } };
    const char *browser = say_of(agent, browsers, COUNT_OF(browsers));
    const char *system = say_of(agent, systems, COUNT_OF(systems));
    if (browser && system)
        return arena_fmt(cx->arena, "%s on %s", browser, system);
    if (browser || system)
        return str_cstr(browser ? browser : system);
    return STR("Unknown browser");
}

static enum err_code
put_sessions(struct cx *cx, struct val *view)
{
    struct session *all;
    size_t n;
    if (session_list(cx, &all, &n))
        return cx->err.code;
    struct val *list = val_put_list(view, "sessions");
    for (size_t i = 0; i < n; i++) {
        const struct session *s = &all[i];
        struct val *row = val_add_map(list);
        val_put_str(row, "id", s->uuid);
        val_put_str(row, "agent", agent_words(cx, s->agent));
        val_put_str(row, "address", s->address);
        val_put_bool(row, "current", s->id == cx->actor.session.id);
        val_put_str(row, "began", when_long(cx->arena, s->created_s));
        val_put_str(row, "began_at", when_rfc3339(cx->arena, s->created_s));
        view_time(cx, row, "seen", "seen_at", s->seen_s);
    }
    val_put_bool(view, "others", n > 1);
    return ERR_OK;
}

/* ---- the page ---- */

/* The workspaces that wait for the person to turn on codes. */
static enum err_code
put_asking(struct cx *cx, struct val *view)
{
    struct workspace *all;
    size_t n;
    struct val *list = val_put_list(view, "asking");
    if (workspace_list(cx, &all, &n))
        return cx->err.code;
    for (size_t i = 0; i < n; i++) {
        bool missing;
        if (factor_missing(cx, &all[i], &missing))
            return cx->err.code;
        if (missing)
            val_put_str(val_add_map(list), "name", all[i].name);
    }
    return ERR_OK;
}

static enum err_code
put_codes(struct cx *cx, struct val *view)
{
    enum { FEW = 3 };
    struct factor_state s;
    if (factor_state(cx, &s))
        return cx->err.code;
    val_put_bool(view, "begun", s.begun);
    val_put_null(view, "codes");
    if (!s.on)
        return ERR_OK;
    struct val *codes = val_put_map(view, "codes");
    view_time(cx, codes, "since", "since_at", s.since_s);
    val_put_int(codes, "left", s.codes_left);
    val_put_bool(codes, "one", s.codes_left == 1);
    val_put_bool(codes, "few", s.codes_left <= FEW);
    return ERR_OK;
}

enum err_code
web_security(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    struct val *view = view_new(cx, req);
    form_begin(&fm, cx, req, view);
    form_secret(&fm, "current");
    form_secret(&fm, "password");
    form_done(&fm);
    if (put_asking(cx, view) || put_codes(cx, view) ||
        put_sessions(cx, view))
        return cx->err.code;
    res_page(res, "account/security", view);
    return ERR_OK;
}

static enum err_code
back(struct cx *cx, const struct req *req, struct res *res, enum flash note)
{
    return flash_go(cx, req, res, note, SECURITY);
}

enum err_code
web_account_password(struct cx *cx, const struct req *req, struct res *res)
{
    struct str session;
    if (password_change(cx, req->input, &session))
        return cx->err.code;
    web_session_begin(cx, req, res, session);
    return back(cx, req, res, FLASH_PASSWORD_SAVED);
}

enum err_code
web_session_end(struct cx *cx, const struct req *req, struct res *res)
{
    if (session_end(cx, req_param(req, "id")))
        return cx->err.code;
    return back(cx, req, res, FLASH_SESSION_ENDED);
}

enum err_code
web_session_end_others(struct cx *cx, const struct req *req, struct res *res)
{
    if (session_end_others(cx))
        return cx->err.code;
    return back(cx, req, res, FLASH_SESSIONS_ENDED);
}

/* ---- codes ---- */

enum err_code
web_codes_begin(struct cx *cx, const struct req *req, struct res *res)
{
    (void)req;
    if (factor_begin(cx))
        return cx->err.code;
    res_see_other(res, STR("/account/security/codes"));
    return ERR_OK;
}

/* In groups of four, as people read it from the screen. */
static struct str
in_groups(struct cx *cx, struct str s)
{
    enum { GROUP = 4 };
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < s.n; i++) {
        if (i && i % GROUP == 0)
            buf_char(&b, ' ');
        buf_char(&b, s.p[i]);
    }
    must(!b.full);
    return buf_view(&b);
}

enum err_code
web_codes_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    struct factor_seed seed;
    if (factor_pending(cx, &seed))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    struct val *qr = qr_view(cx->arena, seed.uri);
    if (qr)
        val_put(view, "qr", qr);
    else
        val_put_null(view, "qr");
    val_put_str(view, "secret", in_groups(cx, seed.base32));
    val_put_str(view, "uri", seed.uri);
    form_begin(&fm, cx, req, view);
    form_secret(&fm, "code");
    form_done(&fm);
    res->cache = CACHE_NO_STORE;
    res_page(res, "account/codes", view);
    return ERR_OK;
}

/* The codes, told once: as a list, and as a file for who saves it. */
static void
recovery_page(struct cx *cx, const struct req *req, struct res *res,
    const struct str *codes, bool renewed)
{
    struct val *view = view_new(cx, req);
    struct val *list = val_put_list(view, "codes");
    struct buf text, href;
    buf_init(&text, cx->arena, BUF_MAX_FIELD);
    buf_init(&href, cx->arena, BUF_MAX_FIELD);
    buf_fmt(&text, "Recovery codes of %.*s for %.*s\n"
        "Each works once, in place of a code of the app.\n\n",
        STR_ARG(cx->actor.user.email), STR_ARG(cx->public_url));
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        val_put_str(val_add_map(list), "code", codes[i]);
        buf_fmt(&text, "%.*s\n", STR_ARG(codes[i]));
    }
    buf_cstr(&href, "data:text/plain;charset=utf-8,");
    url_encode(&href, buf_view(&text));
    must(!text.full && !href.full);
    val_put_str(view, "file_href", buf_view(&href));
    val_put_bool(view, "renewed", renewed);
    res->cache = CACHE_NO_STORE;
    res_page(res, "account/recovery", view);
}

enum err_code
web_codes_on(struct cx *cx, const struct req *req, struct res *res)
{
    const struct factor_in *in = req->input;
    struct str codes[RECOVERY_CODES], session;
    if (factor_turn_on(cx, in->code, codes, &session))
        return cx->err.code;
    web_session_begin(cx, req, res, session);
    recovery_page(cx, req, res, codes, false);
    return ERR_OK;
}

enum err_code
web_recovery_renew(struct cx *cx, const struct req *req, struct res *res)
{
    struct str codes[RECOVERY_CODES];
    if (factor_renew_codes(cx, codes))
        return cx->err.code;
    recovery_page(cx, req, res, codes, true);
    return ERR_OK;
}

enum err_code
web_codes_off_form(struct cx *cx, const struct req *req, struct res *res)
{
    struct val *view = view_new(cx, req);
    struct factor_state s;
    if (factor_state(cx, &s))
        return cx->err.code;
    if (!s.on) {
        res_see_other(res, SECURITY);
        return ERR_OK;
    }
    res_page(res, "account/codes-off", view);
    return ERR_OK;
}

enum err_code
web_codes_off(struct cx *cx, const struct req *req, struct res *res)
{
    struct str session;
    if (factor_turn_off(cx, &session))
        return cx->err.code;
    web_session_begin(cx, req, res, session);
    return back(cx, req, res, FLASH_CODES_OFF);
}
