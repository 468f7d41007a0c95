/* SPDX-License-Identifier: ISC */
#include "core/workspace.h"

#include "base/buf.h"
#include "core/access.h"
#include "core/change.h"
#include "core/factor.h"
#include "core/rowseal.h"
#include "core/touch.h"
#include "secret/random.h"
#include "store/store_team.h"
#include "store/store_user.h"
#include "store/store_workspace.h"
#include "text/money.h"
#include "text/when.h"

#include <inttypes.h>

enum { SLUG_MAX = 32, KEYS_AT_FIRST = 10 };

/* "Acme Research, Inc." -> "acme-research-inc". */
static struct str
slug_of(struct cx *cx, struct str name)
{
    struct buf b;
    buf_init(&b, cx->arena, SLUG_MAX);
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            buf_char(&b, c);
        else if (b.n && b.p[b.n - 1] != '-')
            buf_char(&b, '-');
    }
    struct str s = buf_view(&b);
    while (s.n && s.p[s.n - 1] == '-')
        s.n--;
    return s.n ? s : STR("workspace");
}

enum err_code
workspace_free_slug(struct cx *cx, struct str name, struct str *out)
{
    enum { TRIES_MOST = 10000 };
    struct str base = slug_of(cx, name);
    bool taken = true;
    for (int i = 1; i < TRIES_MOST && taken; i++) {
        *out = i == 1
            ? base
            : arena_fmt(cx->arena, "%.*s-%d", STR_ARG(base), i);
        if (store_workspace_slug_taken(cx->store, *out, &taken))
            return cx->err.code;
    }
    return taken ? ERR_FAULT(&cx->err, "no free address for a workspace")
                 : ERR_OK;
}

/* In the open transaction. */
static enum err_code
insert(struct cx *cx, struct str name, bool personal, enum factor_rule rule,
    const struct user *owner, struct workspace *w)
{
    *w = (struct workspace){
        .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .name = name,
        .personal = personal,
        .key_max = KEYS_AT_FIRST,
        .event_months = WORKSPACE_EVENTS_USUAL,
        .second_factor = rule,
        .second_factor_s = rule ? cx->now_s + WORKSPACE_GRACE_S : 0,
        .version = 1,
        .role = ROLE_OWNER,
    };
    if (workspace_free_slug(cx, name, &w->slug) ||
        store_workspace_insert(cx->store, w, cx->now_s))
        return cx->err.code;
    return store_member_insert(cx->store, w->id, owner->id, ROLE_OWNER,
        cx->now_s);
}

enum err_code
workspace_personal(struct cx *cx, const struct user *u)
{
    struct workspace w;
    return insert(cx, u->name, true, FACTOR_NOBODY, u, &w);
}

enum err_code
workspace_list(struct cx *cx, struct workspace **out, size_t *n)
{
    *n = 0;
    if (cx->actor.kind != ACTOR_USER)
        return ERR(&cx->err, ERR_UNAUTHENTICATED, "Sign in to go on.");
    return store_workspace_of_user(cx->store, cx->actor.user.id, cx->now_s,
        out, n);
}

enum err_code
workspace_all(struct cx *cx, int64_t after, size_t most,
    struct workspace **out, size_t *n)
{
    *n = 0;
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    return store_workspace_list(cx->store, after, most, cx->now_s, out, n);
}

void
workspace_thaw_if_over(const struct cx *cx, struct workspace *w)
{
    if (!w->frozen_until_s || w->frozen_until_s > cx->now_s)
        return;
    w->frozen_s = w->frozen_until_s = 0;
    w->frozen_why = w->frozen_by = (struct str){ NULL, 0 };
}

static enum err_code
entered(struct cx *cx)
{
    workspace_thaw_if_over(cx, &cx->ws);
    /* who is no member is not told that there is such a workspace */
    if (cx->actor.kind == ACTOR_USER && (cx->ws.seal == SEAL_MEMBER_BROKEN ||
            (cx->ws.seal && cx->ws.role != ROLE_NONE)))
        return seal_refuse(cx);
    bool may = cx->actor.kind == ACTOR_SHELL ||
        cx->actor.kind == ACTOR_GATE ||
        (cx->ws.role != ROLE_NONE && !cx->ws.deleted_s);
    if (cx->ws.id && may)
        return ERR_OK;
    cx->ws = (struct workspace){ 0 };
    return ERR(&cx->err, ERR_NOT_FOUND,
        "There is no such workspace, or you are not a member of it.");
}

enum err_code
workspace_enter(struct cx *cx, struct str slug)
{
    if (store_workspace_by_slug(cx->store, slug, cx->actor.user.id, &cx->ws))
        return cx->err.code;
    if (!cx->ws.id && cx->actor.kind == ACTOR_SHELL)
        return ERR(&cx->err, ERR_NOT_FOUND, "There is no workspace %.*s. For "
            "the short names there are run: keylodge workspace list",
            STR_ARG(slug));
    if (entered(cx) || factor_need(cx))
        return cx->err.code;
    if (cx->actor.kind == ACTOR_USER)
        touch_session(cx, cx->ws.id);
    return ERR_OK;
}

enum err_code
workspace_enter_id(struct cx *cx, int64_t id)
{
    /* where it cannot be read, who asks stays where they are: the page that
     * tells them is one of this workspace */
    struct workspace found;
    if (store_workspace_by_id(cx->store, id, cx->actor.user.id, &found))
        return cx->err.code;
    cx->ws = found;
    if (cx->actor.kind == ACTOR_KEY)
        return ERR_OK;
    return entered(cx);
}

enum err_code
workspace_home(struct cx *cx, struct str *slug)
{
    struct workspace *all;
    size_t n;
    *slug = (struct str){ NULL, 0 };
    if (workspace_list(cx, &all, &n))
        return cx->err.code;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || all[i].id == cx->actor.user.last_workspace_id)
            *slug = all[i].slug;
    return ERR_OK;
}

enum err_code
workspace_create(struct cx *cx, const struct workspace_in *in,
    const struct user *owner, struct workspace *out)
{
    enum factor_rule rule = (enum factor_rule)in->second_factor;
    if (cx->actor.kind == ACTOR_USER)
        owner = &cx->actor.user;
    else if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_UNAUTHENTICATED, "Sign in to go on.");
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (insert(cx, in->name, false, rule, owner, out))
        return change_abort(cx);
    cx->ws = *out;
    struct val *details = val_map(cx->arena);
    if (rule)
        val_put_cstr(details, "who_needs_a_code", factor_rule_name(rule));
    struct audit_event event = { "workspace.create", "workspace", out->slug,
        in->name, details };
    return change_commit(cx, &event);
}

static struct str
days(struct cx *cx, int64_t s)
{
    return s ? count_of(cx->arena, s / DAY_S, "day") : STR("none");
}

static struct str
reserve_text(const struct workspace *w)
{
    return w->reserve_releases ? STR("costs nothing")
                               : STR("costs its estimate");
}

static struct str
leaver_text(const struct workspace *w)
{
    return w->leaver_passes ? STR("pass to an owner") : STR("are suspended");
}

static struct str
months(struct cx *cx, const struct workspace *w)
{
    return count_of(cx->arena, w->event_months, "month");
}

static struct val *
settings_diff(struct cx *cx, const struct workspace *a,
    const struct workspace *b)
{
    struct val *d = val_map(cx->arena);
    change_diff(d, "name", a->name, b->name);
    change_diff(d, "key_max", arena_fmt(cx->arena, "%" PRId64, a->key_max),
        arena_fmt(cx->arena, "%" PRId64, b->key_max));
    change_diff(d, "life_max", days(cx, a->key_life_max_s),
        days(cx, b->key_life_max_s));
    change_diff(d, "life_default", days(cx, a->key_life_default_s),
        days(cx, b->key_life_default_s));
    change_diff(d, "who_needs_a_code",
        str_cstr(factor_rule_name(a->second_factor)),
        str_cstr(factor_rule_name(b->second_factor)));
    change_diff(d, "keys_of_people_who_leave", leaver_text(a),
        leaver_text(b));
    change_diff(d, "without_a_report", reserve_text(a), reserve_text(b));
    change_diff(d, "calls_kept", months(cx, a), months(cx, b));
    return d;
}

/* Who asks others for codes has them: they would lock themselves out. */
static enum err_code
need_own_factor(struct cx *cx, const struct workspace *w)
{
    bool missing;
    if (factor_missing(cx, w, &missing) || !missing)
        return cx->err.code;
    return err_field(&cx->err, "second_factor",
        "Turn on codes for your own account first, on the page Security");
}

void
settings_now(const struct cx *cx, struct settings_in *out)
{
    const struct workspace *w = &cx->ws;
    *out = (struct settings_in){
        .version = w->version,
        .name = w->name,
        .key_max = w->key_max,
        .life_max_days = w->key_life_max_s / DAY_S,
        .life_default_days = w->key_life_default_s / DAY_S,
        .second_factor = (int)w->second_factor,
        .owner_leaves = w->leaver_passes ? LEAVER_PASS : LEAVER_SUSPEND,
        .reserve_ends = w->reserve_releases ? RESERVE_RELEASE : RESERVE_CHARGE,
        .event_months = w->event_months,
    };
}

enum err_code
settings_save(struct cx *cx, const struct settings_in *in)
{
    bool changed;
    if (CHANGE_BEGIN_AS(cx, RIGHT_SETTINGS))
        return cx->err.code;
    struct workspace w = cx->ws;
    w.version = in->version;
    w.name = in->name;
    w.key_max = in->key_max;
    w.key_life_max_s = in->life_max_days * DAY_S;
    w.key_life_default_s = in->life_default_days * DAY_S;
    w.second_factor = (enum factor_rule)in->second_factor;
    if (w.second_factor != cx->ws.second_factor)
        w.second_factor_s = 0; /* said on purpose: at once */
    w.leaver_passes = in->owner_leaves == LEAVER_PASS;
    w.reserve_releases = in->reserve_ends == RESERVE_RELEASE;
    w.event_months = in->event_months;
    if (w.key_life_max_s && (w.key_life_default_s == 0 ||
            w.key_life_default_s > w.key_life_max_s))
        err_field(&cx->err, "life_default_days",
            "The default expiry must be within the longest life");
    if (need_own_factor(cx, &w) || cx->err.code ||
        store_workspace_set_settings(cx->store, &w, cx->now_s, &changed))
        return change_abort(cx);
    if (!changed) {
        ERR(&cx->err, ERR_CONFLICT,
            "Somebody saved these settings after you opened them.");
        cx->err.reason = "stale";
        return change_abort(cx);
    }
    struct audit_event event = { "workspace.settings", "workspace",
        cx->ws.slug, w.name, settings_diff(cx, &cx->ws, &w) };
    return change_commit(cx, &event);
}

enum err_code
member_page(struct cx *cx, struct member_page *p, struct member **out,
    size_t *n)
{
    bool back = p->before != 0;
    *n = 0;
    if (access_need(cx, RIGHT_MEMBER_SEE) ||
        store_member_count(cx->store, cx->ws.id, &p->all) ||
        store_member_page(cx->store, cx->ws.id,
            back ? p->before : p->after, back, p->most + 1, out, n))
        return cx->err.code;
    p->more = *n > p->most;
    if (p->more && back)
        (*out)++; /* the first is the one too many */
    if (p->more)
        *n = p->most;
    return ERR_OK;
}

enum err_code
member_list(struct cx *cx, struct member **out, size_t *n)
{
    *n = 0;
    if (access_need(cx, RIGHT_MEMBER_SEE))
        return cx->err.code;
    int64_t all;
    if (store_member_count(cx->store, cx->ws.id, &all))
        return cx->err.code;
    return store_member_page(cx->store, cx->ws.id, 0, false,
        all ? (size_t)all : 1, out, n);
}

enum err_code
member_names(struct cx *cx, struct member **out, size_t *n)
{
    *n = 0;
    if (access_need(cx, RIGHT_MEMBER_SEE))
        return cx->err.code;
    return store_member_names(cx->store, cx->ws.id, out, n);
}

enum err_code
service_list(struct cx *cx, struct service_account **out, size_t *n)
{
    *n = 0;
    if (access_need(cx, RIGHT_MEMBER_SEE))
        return cx->err.code;
    return store_service_list(cx->store, cx->ws.id, out, n);
}

enum err_code
member_joinable(struct cx *cx, struct str email)
{
    bool is_member;
    if (cx->ws.personal)
        return ERR(&cx->err, ERR_CONFLICT,
            "This workspace is personal. Create a team to work with others.");
    if (store_member_is(cx->store, cx->ws.id, email, &is_member))
        return cx->err.code;
    if (is_member)
        return err_field(&cx->err, "email",
            "%.*s is a member of this workspace already", STR_ARG(email));
    return ERR_OK;
}

enum err_code
member_add(struct cx *cx, const struct user *u, enum role role)
{
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    if (CHANGE_BEGIN_AS(cx, RIGHT_MEMBER_EDIT))
        return cx->err.code;
    if (member_joinable(cx, u->email) ||
        store_member_insert(cx->store, cx->ws.id, u->id, role, cx->now_s))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    val_put_cstr(details, "role", role_name(role));
    struct audit_event event = { "member.add", "user", u->uuid, u->email,
        details };
    return change_commit(cx, &event);
}
