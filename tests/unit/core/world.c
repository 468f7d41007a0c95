/* SPDX-License-Identifier: ISC */
#include "world.h"

#include "core/account.h"
#include "core/rowseal.h"
#include "core/workspace.h"
#include "secret/password.h"
#include "store/store_rowseal.h"
#include "store/store_user.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    struct str email, name;
    enum role role;
} persons[WHO_COUNT] = {
    [OWNER] = { STR_INIT("olive@team.example"), STR_INIT("Olive"),
        ROLE_OWNER },
    [ADMIN] = { STR_INIT("adam@team.example"), STR_INIT("Adam"),
        ROLE_ADMIN },
    [MEMBER] = { STR_INIT("mia@team.example"), STR_INIT("Mia"),
        ROLE_MEMBER },
    [OTHER] = { STR_INIT("oscar@team.example"), STR_INIT("Oscar"),
        ROLE_MEMBER },
    [STRANGER] = { STR_INIT("sam@strange.example"), STR_INIT("Sam"),
        ROLE_OWNER },
};

struct str
who_email(enum who who)
{
    return persons[who].email;
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

/* ---- the world ---- */

static void
need(enum err_code code, const struct err *e)
{
    if (code)
        fail_msg("code %d: %.*s | %.*s", (int)code, STR_ARG(e->msg),
            STR_ARG(e->detail));
}

void
world_bare(struct world *w)
{
    char secret[PATH_BYTES], audit_key[PATH_BYTES];
    struct arena *a = arena_new(4096);
    struct err e;
    const char *top = getenv("TMPDIR");
    err_init(&e, a);
    *w = (struct world){ .now_s = WORLD_NOW };
    (void)snprintf(w->folder, sizeof w->folder, "%s/core_test.XXXXXX",
        top && *top ? top : ".");
    if (!mkdtemp(w->folder))
        fail_msg("cannot make a folder %s", w->folder);
    path_in(w->db_path, w->folder, "test.db");
    path_in(secret, w->folder, "master");
    secret_start();
    password_setup(PASSWORD_TEST);
    need(secrets_create(secret, &e), &e);
    need(secrets_load(secret, &w->secrets, &e), &e);
    path_in(audit_key, w->folder, "master-audit");
    need(signer_create(audit_key, &e), &e);
    need(signer_load(audit_key, &w->signer, &e), &e);
    struct db_options o = { .path = w->db_path, .create = true,
        .migrate = true, .busy_ms = 10000,
        .macs = seal_macs(w->secrets) };
    need(db_open(&o, &w->db, &e), &e);
    arena_free(a);
}

void
world_new(struct world *w)
{
    struct seat s;
    struct user users[WHO_COUNT];
    struct workspace made;
    struct workspace_in strangers = { .name = STR("Strangers") };
    struct workspace_in team = { .name = STR("Team") };
    world_bare(w);
    seat_open(&s, w);
    for (enum who i = OWNER; i < WHO_COUNT; i++) {
        struct cx *cx = seat_nobody(&s);
        cx->actor.kind = ACTOR_SHELL;
        OK(cx, user_add(cx, persons[i].email, persons[i].name,
            WORLD_PASSWORD, &users[i]));
    }
    struct cx *cx = seat_nobody(&s);
    cx->actor.kind = ACTOR_SHELL;
    OK(cx, workspace_create(cx, &strangers, &users[STRANGER], &made));
    OK(cx, workspace_create(cx, &team, &users[OWNER], &made));
    for (enum who i = ADMIN; i <= OTHER; i++)
        OK(cx, member_add(cx, &users[i], persons[i].role));
    seat_close(&s);
}

void
world_free(struct world *w)
{
    db_close(w->db);
    secrets_free(w->secrets);
    signer_free(w->signer);
    folder_free(w->folder);
}

/* ---- seats ---- */

void
seat_open(struct seat *s, struct world *w)
{
    struct err e;
    *s = (struct seat){ .world = w, .arena = arena_new(64 * 1024) };
    err_init(&e, s->arena);
    need(store_new(w->db, &s->store, &e), &e);
}

void
seat_close(struct seat *s)
{
    store_free(s->store);
    arena_free(s->arena);
}

struct cx *
seat_nobody(struct seat *s)
{
    struct cx *cx = &s->cx;
    *cx = (struct cx){ .arena = s->arena,
        .store = s->store,
        .secrets = s->world->secrets,
        .signer = s->world->signer,
        .may_write = true,
        .now_s = s->world->now_s,
        .request_id = STR("test"),
        .address = STR("192.0.2.7"),
        .agent = STR("test"),
        .public_url = STR("http://localhost") };
    err_init(&cx->err, s->arena);
    store_attach(s->store, s->arena, &cx->err);
    return cx;
}

struct cx *
seat_as(struct seat *s, enum who who)
{
    struct cx *cx = seat_nobody(s);
    cx->actor.kind = ACTOR_SHELL;
    if (who != SHELL) {
        OK(cx, user_by_email(cx, persons[who].email, &cx->actor.user));
        cx->actor.kind = ACTOR_USER;
    }
    OK(cx, workspace_enter(cx,
        who == STRANGER ? STR("strangers") : STR("team")));
    return cx;
}

/* ---- looking ---- */

void
expect_code(struct cx *cx, enum err_code got, enum err_code want,
    const char *file, int line)
{
    if (got == want)
        return;
    fprintf(stderr, "code %d instead of %d: %.*s | %.*s\n", (int)got,
        (int)want, STR_ARG(cx->err.msg), STR_ARG(cx->err.detail));
    for (size_t i = 0; i < cx->err.n_fields; i++)
        fprintf(stderr, "  %s: %.*s\n", cx->err.fields[i].field,
            STR_ARG(cx->err.fields[i].msg));
    _fail(file, line);
}

void
expect_field(const struct cx *cx, const char *field)
{
    if (err_field_msg(&cx->err, field).n == 0)
        fail_msg("no message at %s", field);
}

void
form_put(const struct field *table, struct field_set *set, const char *name)
{
    int i = field_index(table, str_cstr(name));
    assert_true(i >= 0);
    set->present |= UINT64_C(1) << i;
}

struct key_in
key_form(const char *name)
{
    return (struct key_in){ .name = str_cstr(name),
        .expiry = KEY_EXPIRY_NONE };
}

static sqlite3 *
raw_open(const struct world *w)
{
    sqlite3 *sql;
    int rc = sqlite3_open_v2(w->db_path, &sql, SQLITE_OPEN_READWRITE, NULL);
    assert_int_equal(rc, SQLITE_OK);
    sqlite3_busy_timeout(sql, 5000);
    sqlite3_wal_autocheckpoint(sql, 0);
    sqlite3_db_config(sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return sql;
}

int64_t
world_int(const struct world *w, const char *text)
{
    sqlite3 *sql = raw_open(w);
    sqlite3_stmt *st;
    if (sqlite3_prepare_v2(sql, text, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(sql));
    int64_t v = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0)
                                               : INT64_MIN;
    sqlite3_finalize(st);
    sqlite3_close(sql);
    return v;
}

void
world_seal(const struct world *w)
{
    int64_t top;
    struct err e;
    struct store *st;
    struct arena *a = arena_new(4096);
    err_init(&e, a);
    need(store_new(w->db, &st, &e), &e);
    store_attach(st, a, &e);
    need(STORE_TX_BEGIN(st), &e);
    for (const enum row_kind *k = store_row_owners(); *k; k++) {
        need(store_row_top(st, *k, &top), &e);
        need(store_row_seal(st, *k, 0, top, ROWS_ALL), &e);
    }
    need(store_tx_commit(st), &e);
    store_free(st);
    arena_free(a);
}

void
world_exec(const struct world *w, const char *text)
{
    world_tamper(w, text);
    for (const char *const *t = store_row_tables(); *t; t++)
        if (strstr(text, *t)) {
            world_seal(w);
            return;
        }
}

void
world_tamper(const struct world *w, const char *text)
{
    sqlite3 *sql = raw_open(w);
    char *msg = NULL;
    if (sqlite3_exec(sql, text, NULL, NULL, &msg) != SQLITE_OK)
        fail_msg("%s: %s", text, msg);
    sqlite3_close(sql);
}
