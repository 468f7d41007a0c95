/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* memmem */
#include "world.h"

#include "describe.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/account.h"
#include "core/catalog.h"
#include "core/key.h"
#include "core/session.h"
#include "core/signin.h"
#include "core/workspace.h"
#include "http/cookie.h"
#include "http/csrf.h"
#include "secret/secret.h"
#include "text/json.h"
#include "web/web.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEEP_BYTES = 64 * 1024, BUSY_MS = 5000 };

/* The pre-session cookie of those who are not signed in; as long as ours. */
#define BEFORE "0123456789012345678901234567890123456789012"

static const struct {
    const char *name;
    struct str email;
    enum role role; /* in the team */
} people[WHO_COUNT] = {
    [NOBODY] = { "nobody", STR_INIT(""), ROLE_NONE },
    [MEMBER] = { "member", STR_INIT("mia@team.example"), ROLE_MEMBER },
    [ADMIN] = { "admin", STR_INIT("adam@team.example"), ROLE_ADMIN },
    [OWNER] = { "owner", STR_INIT("olive@team.example"), ROLE_OWNER },
    [STRANGER] = { "stranger", STR_INIT("sam@strange.example"), ROLE_NONE },
    [DISABLED] = { "disabled", STR_INIT("dora@team.example"), ROLE_ADMIN },
    [OPERATOR] = { "operator", STR_INIT("oskar@house.example"), ROLE_NONE },
    [STANDARD] = { "standard key", STR_INIT(""), ROLE_NONE },
    [MANAGEMENT] = { "management key", STR_INIT(""), ROLE_NONE },
    [ADMIN_KEY] = { "admin key", STR_INIT(""), ROLE_NONE },
};

struct str
who_email(enum who who)
{
    return people[who].email;
}

const char *
who_name(enum who who)
{
    return people[who].name;
}

bool
world_is_person(enum who who)
{
    return people[who].email.n != 0;
}

/* ---- the folder ---- */

static void
path_in(char to[PATH_BYTES], const char *folder, const char *name)
{
    int n = snprintf(to, PATH_BYTES, "%s/%s", folder, name);
    assert_in_range(n, 1, PATH_BYTES - 1);
}

static void
folder_free(const char *folder)
{
    char path[PATH_BYTES];
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            path_in(path, folder, e->d_name);
            unlink(path);
        }
    closedir(d);
    rmdir(folder);
}

void
world_need(enum err_code code, const struct err *e)
{
    if (!code)
        return;
    for (size_t i = 0; i < e->n_fields; i++)
        print_error("  %s: %.*s\n", e->fields[i].field,
            STR_ARG(e->fields[i].msg));
    fail_msg("code %d: %.*s | %.*s", (int)code, STR_ARG(e->msg),
        STR_ARG(e->detail));
}

/* ---- who is there ---- */

struct cx *
world_as(struct world *w, enum who who)
{
    bool expired;
    struct cx *cx = worker_shell(&w->worker);
    if (who == NOBODY)
        cx->actor.kind = ACTOR_NONE;
    if (!world_is_person(who))
        return cx;
    cx->actor.kind = ACTOR_NONE;
    cx->address = STR("192.0.2.7");
    cx->agent = STR("test");
    world_need(session_open(cx, w->session[who], &expired), &cx->err);
    if (who == OPERATOR)
        return cx;
    world_need(workspace_enter(cx,
             who == STRANGER ? STR("strangers") : STR("team")),
        &cx->err);
    return cx;
}

struct str
world_sign_in(struct world *w, enum who who)
{
    struct str session, step;
    struct cx *cx = world_as(w, NOBODY);
    cx->address = STR("192.0.2.7");
    cx->agent = STR("test");
    world_need(sign_in(cx, people[who].email, STR(WORLD_PASSWORD), &session,
                   &step),
        &cx->err);
    assert_int_equal(step.n, 0);
    return arena_dup(w->keep, session);
}

struct str
world_key(struct world *w, enum who who, enum key_kind kind,
    const char *name)
{
    struct str text;
    struct key k;
    struct key_in in = { .name = str_cstr(name), .expiry = KEY_EXPIRY_NONE };
    struct cx *cx = world_as(w, who);
    world_need(key_create(cx, kind, &in, &text, &k), &cx->err);
    return arena_dup(w->keep, text);
}

static void
seed_people(struct world *w)
{
    struct user users[WHO_COUNT] = { { .id = 0 } };
    struct workspace made;
    struct workspace_in strangers = { .name = STR("Strangers") };
    struct workspace_in team = { .name = STR("Team") };
    struct cx *cx = worker_shell(&w->worker);
    for (enum who i = NOBODY; i < WHO_COUNT; i++)
        if (world_is_person(i))
            world_need(user_add(cx, people[i].email, str_cstr(people[i].name),
                     STR(WORLD_PASSWORD), &users[i]),
                &cx->err);
    world_need(workspace_create(cx, &strangers, &users[STRANGER], &made),
        &cx->err);
    world_need(workspace_create(cx, &team, &users[OWNER], &made), &cx->err);
    world_need(member_add(cx, &users[ADMIN], ROLE_ADMIN), &cx->err);
    world_need(member_add(cx, &users[DISABLED], ROLE_ADMIN), &cx->err);
    world_need(member_add(cx, &users[MEMBER], ROLE_MEMBER), &cx->err);
    for (enum who i = NOBODY; i < WHO_COUNT; i++)
        if (world_is_person(i))
            w->session[i] = world_sign_in(w, i);
}

static void
seed_keys(struct world *w)
{
    static const struct {
        enum who who, owner;
        enum key_kind kind;
        const char *name;
    } keys[] = {
        { MEMBER, MEMBER, KEY_STANDARD, "of member" },
        { ADMIN, ADMIN, KEY_STANDARD, "of admin" },
        { OWNER, OWNER, KEY_STANDARD, "of owner" },
        { STRANGER, STRANGER, KEY_STANDARD, "of stranger" },
        { STANDARD, OWNER, KEY_STANDARD, "standard" },
        { MANAGEMENT, OWNER, KEY_MANAGEMENT, "management" },
        { ADMIN_KEY, OWNER, KEY_ADMIN, "admin" },
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        enum who who = keys[i].who;
        w->key[who] =
            world_key(w, keys[i].owner, keys[i].kind, keys[i].name);
        w->prefix[who] = str_head(w->key[who], 8);
    }
    w->stranger_key = w->key[STRANGER];
}

static void
seed_catalog(struct world *w)
{
    struct deployment d;
    struct ai_model m;
    struct deployment_in d_in = { .name = STR("main"),
        .base_url = STR("https://up.example/v1") };
    struct cx *cx = world_as(w, OWNER);
    world_need(deployment_add(cx, &d_in, &d), &cx->err);
    w->deployment = arena_dup(w->keep, d.uuid);
    cx = world_as(w, OWNER);
    struct model_in m_in = { .name = STR("openai/gpt-5"),
        .category = STR("chat"),
        .input_price = 1000000,
        .output_price = 2000000 };
    world_need(model_add(cx, &m_in, &m), &cx->err);
    w->model = arena_dup(w->keep, m.uuid);
}

static void
side_open(struct world *w)
{
    int rc = sqlite3_open_v2(w->db_path, &w->side,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, NULL);
    assert_int_equal(rc, SQLITE_OK);
    sqlite3_busy_timeout(w->side, BUSY_MS);
    sqlite3_wal_autocheckpoint(w->side, 0);
    sqlite3_db_config(w->side, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    world_exec(w, "PRAGMA synchronous = OFF");
    world_exec(w, "PRAGMA foreign_keys = OFF");
    world_exec(w, "ATTACH ':memory:' AS saved");
}

static void
open_parts(struct world *w)
{
    struct err e;
    const char *source = getenv("KEYLODGE_SRC");
    err_init(&e, w->keep);
    path_in(w->db_path, w->folder, "test.db");
    path_in(w->master, w->folder, "master");
    path_in(w->templates, source ? source : ".", "templates");
    path_in(w->statics, source ? source : ".", "static");
    w->config = (struct config){
        .public_url = "http://" WORLD_HOST,
        .threads = 1,
        .gate_threads = 1,
        .gate_prefix = "/protected",
        .db_path = w->db_path,
        .master = w->master,
        .password_profile = PASSWORD_TEST,
        .templates = w->templates,
        .static_dir = w->statics,
    };
    world_need(app_open(&w->app, &w->config, APP_STORE | APP_FACES, true, &e), &e);
    world_need(worker_open(&w->worker, &w->app, &e), &e);
}

void
world_bare(struct world *w)
{
    const char *top = getenv("TMPDIR");
    *w = (struct world){ .keep = arena_new(KEEP_BYTES),
        .arena = arena_new(KEEP_BYTES) };
    (void)snprintf(w->folder, sizeof w->folder, "%s/req_test.XXXXXX",
        top && *top ? top : ".");
    if (!mkdtemp(w->folder))
        fail_msg("cannot make a folder %s", w->folder);
    clock_fix(WORLD_NOW * 1000);
    log_setup(LOG_ERROR, LOG_KEY_VALUE);
    secret_start();
    open_parts(w);
    side_open(w);
}

void
world_open(struct world *w)
{
    world_bare(w);
    seed_people(w);
    seed_keys(w);
    seed_catalog(w);
    world_exec(w, "UPDATE user SET operator = 1 "
                  "WHERE email = 'oskar@house.example'");
    world_exec(w, "UPDATE user SET disabled_s = created_s "
                  "WHERE email = 'dora@team.example'");
}

void
world_close(struct world *w)
{
    sqlite3_close(w->side);
    worker_close(&w->worker);
    app_close(&w->app);
    arena_free(w->arena);
    arena_free(w->keep);
    folder_free(w->folder);
}

void
world_forget(struct world *w)
{
    arena_reset(w->arena);
}

/* ---- requests ---- */

static void
param(struct arena *a, struct pairs *p, const char *name, struct str value)
{
    form_add(a, p, str_cstr(name), value);
}

struct ask
world_ask(struct world *w, enum who who, const char *method,
    struct str target)
{
    struct ask ask = { .method = method,
        .target = target,
        .site = "same-origin",
        .address = "192.0.2.7" };
    const char *name = world_is_person(who) ? COOKIE_SESSION : COOKIE_BEFORE;
    struct str value = world_is_person(who) ? w->session[who] : STR(BEFORE);
    if (who == STANDARD || who == MANAGEMENT || who == ADMIN_KEY)
        ask.bearer = w->key[who];
    ask.cookie = arena_fmt(w->arena, "%.*s=%.*s",
        STR_ARG(cookie_name(w->arena, w->https, name)), STR_ARG(value));
    return ask;
}

static void
params_of(struct world *w, const struct ask *ask, struct pairs *p)
{
    struct arena *a = w->arena;
    *p = (struct pairs){ NULL, 0 };
    param(a, p, "REQUEST_METHOD", str_cstr(ask->method));
    param(a, p, "REQUEST_URI", ask->target);
    param(a, p, "REMOTE_ADDR", str_cstr(ask->address));
    param(a, p, "HTTP_HOST", STR(WORLD_HOST));
    if (w->https)
        param(a, p, "HTTPS", STR("on"));
    if (ask->authorizer)
        param(a, p, "FCGI_ROLE", STR("AUTHORIZER"));
    if (ask->cookie.n)
        param(a, p, "HTTP_COOKIE", ask->cookie);
    if (ask->bearer.n)
        param(a, p, "HTTP_AUTHORIZATION",
            arena_fmt(a, "Bearer %.*s", STR_ARG(ask->bearer)));
    if (ask->site)
        param(a, p, "HTTP_SEC_FETCH_SITE", str_cstr(ask->site));
    if (ask->origin)
        param(a, p, "HTTP_ORIGIN", str_cstr(ask->origin));
    if (ask->type)
        param(a, p, "CONTENT_TYPE", str_cstr(ask->type));
    if (ask->body.n)
        param(a, p, "CONTENT_LENGTH", arena_fmt(a, "%zu", ask->body.n));
    for (size_t i = 0; i < ask->extra.n; i++)
        form_add(a, p, ask->extra.items[i].name, ask->extra.items[i].value);
}

struct reply
world_send(struct world *w, const struct ask *ask)
{
    struct pairs params;
    struct answer ans;
    struct reply r = { 0 };
    params_of(w, ask, &params);
    if (w->within)
        w->within(true);
    size_t n = dispatch_begin(&w->worker, &params);
    dispatch_end(&w->worker, n, str_head(ask->body, n), &ans);
    dispatch_log(&w->worker, &ans);
    if (w->within)
        w->within(false);
    r.status = ans.status;
    r.body = arena_dup(w->arena, ans.body);
    for (size_t i = 0; i < ans.headers.n; i++)
        form_add(w->arena, &r.headers,
            arena_dup(w->arena, ans.headers.items[i].name),
            arena_dup(w->arena, ans.headers.items[i].value));
    r.location = reply_header(&r, "Location");
    /* without memory, an answer may have no words of its family */
    if (strcmp(ask->method, "HEAD") != 0 && !w->worker.short_of_memory)
        describe_check(w, w->worker.route, &r);
    return r;
}

struct str
reply_header(const struct reply *r, const char *name)
{
    for (size_t i = 0; i < r->headers.n; i++)
        if (str_eq_nocase(r->headers.items[i].name, str_cstr(name)))
            return r->headers.items[i].value;
    return (struct str){ NULL, 0 };
}

bool
reply_holds(const struct reply *r, struct str text)
{
    return text.n == 0 ||
        (r->body.n && memmem(r->body.p, r->body.n, text.p, text.n));
}

struct val *
reply_json(struct world *w, const struct reply *r)
{
    struct err e;
    struct val *v;
    err_init(&e, w->arena);
    if (json_read(w->arena, r->body, &v, &e))
        fail_msg("no JSON: %.*s", STR_ARG(r->body));
    return v;
}

struct str
world_token(struct world *w, enum who who)
{
    return csrf_token(w->arena, w->app.secrets,
        world_is_person(who) ? w->session[who] : STR(BEFORE));
}

struct reply
req_get(struct world *w, enum who who, const char *path)
{
    struct ask ask = world_ask(w, who, "GET", str_cstr(path));
    return world_send(w, &ask);
}

struct str
world_form(struct world *w, enum who who, struct str form)
{
    return arena_fmt(w->arena, "%.*s%s" CSRF_FIELD "=%.*s", STR_ARG(form),
        form.n ? "&" : "", STR_ARG(world_token(w, who)));
}

struct reply
req_post(struct world *w, enum who who, const char *path, struct str form)
{
    struct ask ask = world_ask(w, who, "POST", str_cstr(path));
    ask.type = "application/x-www-form-urlencoded";
    ask.body = world_form(w, who, form);
    return world_send(w, &ask);
}

struct reply
req_json(struct world *w, enum who who, const char *method, const char *path,
    const char *json)
{
    struct ask ask = world_ask(w, who, method, str_cstr(path));
    ask.type = "application/json";
    ask.body = str_cstr(json);
    return world_send(w, &ask);
}
