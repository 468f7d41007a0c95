/* SPDX-License-Identifier: ISC */
/* A person's own name, password and sessions. */
#include "web/pages.h"

#include "core/account.h"
#include "core/session.h"
#include "text/when.h"
#include "web/view.h"
#include "web/web.h"

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

enum err_code
web_account(struct cx *cx, const struct req *req, struct res *res)
{
    struct form fm;
    struct val *view = view_new(cx, req);
    struct req shown = *req;
    if (form_count(&req->form, "name") == 0)
        shown.form.n = 0; /* the other form failed: the name is as stored */
    form_begin(&fm, cx, &shown, view);
    form_text(&fm, "name", cx->actor.user.name);
    form_secret(&fm, "current");
    form_secret(&fm, "password");
    form_done(&fm);
    if (put_sessions(cx, view))
        return cx->err.code;
    res_page(res, "account/view", view);
    return ERR_OK;
}

static enum err_code
back(struct cx *cx, const struct req *req, struct res *res, enum flash note)
{
    return flash_go(cx, req, res, note, STR("/account"));
}

enum err_code
web_account_name(struct cx *cx, const struct req *req, struct res *res)
{
    if (profile_set(cx, req->input))
        return cx->err.code;
    return back(cx, req, res, FLASH_PROFILE_SAVED);
}

enum err_code
web_account_password(struct cx *cx, const struct req *req, struct res *res)
{
    if (password_change(cx, req->input))
        return cx->err.code;
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
