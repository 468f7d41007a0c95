/* SPDX-License-Identifier: ISC */
/* Row seals as a whole: the first sealing and its mark, who is told of a broken
 * one, and a new master secret. */
#include "sealed.h"

#include "core/accept.h"
#include "core/reseal.h"
#include "core/rowseal.h"
#include "core/workspace.h"
#include "model/notice.h"
#include "store/store_rowseal.h"

#include <stdio.h>
#include <string.h>

/* ---- the first sealing, and its mark ---- */

static char *
master_path(void)
{
    static char path[PATH_BYTES + 32];
    (void)snprintf(path, sizeof path, "%.200s/master", its.st.w.folder);
    return path;
}

static void
start(bool adopt)
{
    struct cx *cx = seat_as(&its.st.s, SHELL);
    OK(cx, seal_start(cx, master_path(), adopt));
}

static void
unsealed(bool mark)
{
    for (const char *const *t = store_row_tables(); *t; t++) {
        char sql[80];
        (void)snprintf(sql, sizeof sql, "UPDATE %s SET seal = NULL", *t);
        tamper(sql);
    }
    if (mark)
        tamper("DELETE FROM meta WHERE name = 'row_seals'");
}

static void
sealed_once(void **state)
{
    (void)state;
    /* rows have seals, and the mark is missing: nobody's first start */
    tamper("UPDATE api_key SET seal = NULL WHERE id = " KEY);
    start(false);
    broken(its.text);
    start(true);
    broken(its.text);
    /* none has: the first start of a program that knows seals */
    unsealed(true);
    broken(its.text);
    start(false);
    passes();
    /* it is not the first for the one after it, though the mark is gone */
    unsealed(true);
    tamper("UPDATE api_key SET expires_s = 9999999999");
    start(false);
    broken(its.text);
    unsealed(false);
    start(false);
    broken(its.text);
    /* the shell's word, for a backup of before */
    start(true);
    passes();
    /* a mark of somebody else's */
    tamper("UPDATE meta SET value = 'AAAAAAAAAAAAAAAAAAAAAA' "
           "WHERE name = 'row_seals'; UPDATE api_key SET seal = NULL");
    start(true);
    broken(its.text);
}

/* ---- the master secret of another database ---- */

/* The same database for a process that begins with the master secret at `path`.
 * Returns the secrets of before. */
static struct secrets *
begin_anew(const char *path)
{
    struct err e;
    struct arena *a = arena_new(4096);
    struct secrets *before = its.st.w.secrets;
    err_init(&e, a);
    assert_int_equal(secrets_load(path, &its.st.w.secrets, &e), ERR_OK);
    seat_close(&its.st.s);
    db_close(its.st.w.db);
    struct db_options o = { .path = its.st.w.db_path, .busy_ms = 10000,
        .macs = seal_macs(its.st.w.secrets) };
    assert_int_equal(db_open(&o, &its.st.w.db, &e), ERR_OK);
    seat_open(&its.st.s, &its.st.w);
    arena_free(a);
    return before;
}

static const char *
other_path(const char *end)
{
    static char path[PATH_BYTES + 32];
    (void)snprintf(path, sizeof path, "%.200s/other%s", its.st.w.folder, end);
    return path;
}

/* As after a first start: sealed, with a mark, and the file beside the secret. */
static void
marked_anew(void)
{
    unsealed(true);
    start(true);
    start(false);
    passes();
}

/* Nothing of it opens: it is refused, and left as it was. */
static void
another_master_secret(void **state)
{
    (void)state;
    static const char mark[] =
        "SELECT unicode(value) * 128 + unicode(substr(value, 2)) FROM meta "
        "WHERE name = 'row_seals'";
    marked_anew();
    int64_t before = world_int(&its.st.w, mark);
    struct cx *cx = seat_as(&its.st.s, SHELL);
    OK(cx, secrets_create(other_path(""), &cx->err));
    struct secrets *mine = begin_anew(other_path(""));
    for (int adopt = 0; adopt < 2; adopt++) {
        cx = seat_as(&its.st.s, SHELL);
        GIVES(cx, seal_start(cx, other_path(""), adopt != 0), ERR_INVALID);
        assert_true(holds(cx->err.msg, "another master secret than"));
        assert_true(holds(cx->err.msg, "other-audit"));
    }
    assert_int_equal(world_int(&its.st.w, mark), before);
    /* half of a change of the secret: what goes is beside what came */
    assert_int_equal(rename(master_path(), other_path(".old")), 0);
    secrets_free(begin_anew(other_path("")));
    start(false);
    passes();
    assert_int_equal(rename(other_path(".old"), master_path()), 0);
    secrets_free(begin_anew(master_path()));
    passes();
    secrets_free(mine);
}

/* As long as one thing fits it is the right secret, whatever was changed. */
static void
changed_outside(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE api_key SET expires_s = 9999999999",
        ("UPDATE key_secret SET seal = NULL; UPDATE api_key SET seal = NULL; "
         "UPDATE workspace SET seal = NULL; UPDATE user SET seal = NULL"),
        "UPDATE key_secret SET sealed = zeroblob(73)",
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        marked_anew();
        tamper("UPDATE meta SET value = 'AAAAAAAAAAAAAAAAAAAAAA' "
               "WHERE name = 'row_seals'");
        tamper(changes[i]);
        struct cx *cx = seat_as(&its.st.s, SHELL);
        OK(cx, seal_secret(cx, master_path()));
        start(false);
        struct decision d;
        ask(its.text, &d);
        assert_true(d.reason != 0);
    }
}

/* What has no row was robbed of nothing, whatever lies beside the secret. */
static void
nothing_to_seal(void **state)
{
    (void)state;
    struct str mark;
    marked_anew();
    for (const char *const *t = store_row_tables(); *t; t++) {
        char sql[80];
        (void)snprintf(sql, sizeof sql, "DELETE FROM %s", *t);
        tamper(sql);
    }
    tamper("DELETE FROM meta WHERE name = 'row_seals'");
    struct cx *cx = seat_nobody(&its.st.s); /* its workspace is gone, too */
    cx->actor.kind = ACTOR_SHELL;
    OK(cx, seal_start(cx, master_path(), false));
    OK(cx, store_sealed_mark(cx->store, &mark));
    assert_true(mark.n > 0);
}

/* ---- who is told ---- */

static void
sweep(void)
{
    struct seal_walk walk = { 0 };
    for (int i = 0; i < 6; i++) {
        struct cx *cx = seat_as(&its.st.s, SHELL);
        OK(cx, seal_sweep(cx, &walk));
    }
}

static void
found_and_told_once(void **state)
{
    (void)state;
    static const char events[] =
        "SELECT count(*) FROM audit WHERE action = 'seal.broken'";
    int64_t n, rows;
    sweep();
    assert_int_equal(world_int(&its.st.w, events), 0);
    tamper("UPDATE key_network SET seal = zeroblob(16) WHERE key_id = " KEY);
    tamper("UPDATE member SET role = 'owner' WHERE user_id = " MIA);
    sweep();
    sweep();
    assert_int_equal(world_int(&its.st.w, events), 2);
    struct cx *cx = seat_as(&its.st.s, OWNER);
    OK(cx, seal_broken_here(cx, &n));
    assert_int_equal(n, 2);
    OK(cx, seal_count(cx, &rows, &n));
    assert_int_equal(rows, world_int(&its.st.w, "SELECT (SELECT count(*) FROM "
        "api_key) + (SELECT count(*) FROM workspace) + (SELECT count(*) FROM "
        "user)"));
    assert_int_equal(n, 2);
    struct key k;
    cx = seat_as(&its.st.s, OWNER);
    struct key_filter f = { .kind = KEY_STANDARD, .most = 10 };
    struct key *list;
    size_t n_list, seen = 0;
    bool more;
    OK(cx, key_list(cx, &f, &list, &n_list, &more));
    for (size_t i = 0; i < n_list; i++)
        seen += str_is(list[i].suspended_why, KEY_SEAL_BROKEN);
    assert_int_equal(seen, 1);
    tamper("UPDATE member SET role = 'member' WHERE user_id = " MIA);
    world_seal(&its.st.w);
    sweep();
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, seal_broken_here(cx, &n));
    assert_int_equal(n, 0);
    assert_int_equal(world_int(&its.st.w, events), 2);
    OK(cx, key_get(cx, str_cstr(its.prefix), &k));
    assert_int_equal(k.suspended_s, 0);
    passes();
}

/* As the server sweeps: it has an address, and mail is set up. */
static void
sweep_and_tell(void)
{
    struct seal_walk walk = { 0 };
    for (int i = 0; i < 4; i++) {
        struct cx *cx = seat_as(&its.st.s, SHELL);
        cx->mails = true;
        cx->public_url = STR("https://keys.example");
        OK(cx, seal_sweep(cx, &walk));
    }
}

#define MAILS "SELECT count(*) FROM outbox WHERE webhook_id IS NULL"
#define EVENTS "SELECT count(*) FROM outbox WHERE webhook_id IS NOT NULL"
#define TO(who) MAILS " AND recipient = '" who "@team.example'"

static void
guarded(void)
{
    char sql[400];
    (void)snprintf(sql, sizeof sql, "INSERT INTO webhook (uuid, workspace_id, "
        "url, events, sealed, once, created_s, updated_s) SELECT 'h', " TEAM
        ", 'https://h.example', %d, x'00', x'00', 1, 1",
        1 << NOTICE_SEAL_BROKEN);
    world_exec(&its.st.w, sql);
    world_exec(&its.st.w, "UPDATE user SET operator = email LIKE 'adam%'");
}

/* Owners and who operates the installation get mail, webhooks an event; once
 * for each thing, and again for one that was whole in between. */
static void
people_are_told_once(void **state)
{
    (void)state;
    guarded();
    sweep_and_tell();
    assert_int_equal(world_int(&its.st.w, MAILS), 0);
    tamper("UPDATE key_network SET seal = zeroblob(16) WHERE key_id = " KEY);
    sweep_and_tell();
    sweep_and_tell();
    assert_int_equal(world_int(&its.st.w, MAILS), 2);
    assert_int_equal(world_int(&its.st.w, EVENTS), 1);
    assert_int_equal(world_int(&its.st.w, TO("adam")), 1);
    tamper("UPDATE workspace SET demo = 1, key_max = 9 WHERE id = " TEAM);
    sweep_and_tell();
    sweep_and_tell();
    assert_int_equal(world_int(&its.st.w, MAILS), 4);
    assert_int_equal(world_int(&its.st.w, EVENTS), 2);
    tamper("UPDATE workspace SET demo = 0, key_max = 10 WHERE id = " TEAM);
    world_seal(&its.st.w);
    sweep_and_tell();
    tamper("UPDATE workspace SET key_max = 9 WHERE id = " TEAM);
    sweep_and_tell();
    assert_int_equal(world_int(&its.st.w, EVENTS), 3);
}

/* Who can write the database cannot say that all of it was told already. */
static void
nobody_keeps_it_quiet(void **state)
{
    (void)state;
    guarded();
    tamper("UPDATE workspace SET key_max = 9 WHERE id = " TEAM "; "
           "INSERT INTO seal_broken (kind, row_id, workspace_id, at_s) "
           "SELECT 2, id, id, 1 FROM workspace; WITH RECURSIVE n(i) AS "
           "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) "
           "INSERT INTO seal_broken (kind, row_id, workspace_id, at_s) "
           "SELECT 1, 1000 + i, " TEAM ", 1 FROM n");
    sweep_and_tell();
    sweep_and_tell();
    assert_int_equal(world_int(&its.st.w, MAILS), 2);
    assert_int_equal(world_int(&its.st.w, EVENTS), 1);
}

/* A wrong master secret breaks everything: that is told some times, and not a
 * thousand times.  A row that names no workspace has operators only. */
static void
many_are_not_told_one_by_one(void **state)
{
    (void)state;
    guarded();
    world_exec(&its.st.w, "UPDATE workspace SET key_max = 100");
    for (int i = 0; i < 2 * SEAL_TOLD_MOST; i++) {
        char name[16];
        struct str made;
        struct key k;
        (void)snprintf(name, sizeof name, "many %d", i);
        struct key_in in = key_form(name);
        struct cx *cx = seat_as(&its.st.s, OWNER);
        OK(cx, key_create(cx, KEY_STANDARD, &in, &made, &k));
    }
    tamper("PRAGMA foreign_keys = OFF; UPDATE api_key SET workspace_id = 999 "
           "WHERE id = " KEY);
    sweep_and_tell();
    assert_int_equal(world_int(&its.st.w, MAILS), 1);
    assert_int_equal(world_int(&its.st.w, TO("adam")), 1);
    tamper("UPDATE api_key SET seal = NULL");
    sweep_and_tell();
    sweep_and_tell();
    assert_int_equal(world_int(&its.st.w, EVENTS), SEAL_TOLD_MOST);
    assert_int_equal(world_int(&its.st.w, TO("adam")), SEAL_TOLD_MOST);
    assert_int_equal(world_int(&its.st.w, MAILS), 2 * SEAL_TOLD_MOST);
    assert_int_equal(world_int(&its.st.w, "SELECT count(*) FROM audit WHERE "
        "action = 'seal.broken'"), 2 * SEAL_TOLD_MOST + 3);
}

/* ---- accepting what was changed ---- */

static struct cx *
shown(struct broken_row **rows, size_t *n)
{
    struct cx *cx = seat_as(&its.st.s, SHELL);
    OK(cx, accept_look(cx, NULL, rows, n));
    return cx;
}

static size_t
among(const struct broken_row *rows, size_t n, const char *what,
    const char *part)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += str_is(rows[i].what, what) && holds(rows[i].holds, part);
    return found;
}

/* What was shown is accepted, whole keys and workspaces of one workspace; not
 * what was changed after that, nor by anybody but the shell. */
static void
accepted_as_shown(void **state)
{
    (void)state;
    struct broken_row *rows;
    size_t n;
    int64_t left;
    struct cx *cx = shown(&rows, &n);
    assert_int_equal(n, 0);
    tamper("UPDATE api_key SET expires_s = 9999999999 WHERE id = " KEY "; "
           "UPDATE key_network SET network = '192.0.2.0/24' WHERE key_id = "
           KEY "; UPDATE member SET role = 'owner' WHERE user_id = " MIA "; "
           "UPDATE workspace SET key_max = 9 WHERE slug = 'strangers'");
    sweep();
    cx = shown(&rows, &n);
    assert_int_equal(n, 3);
    assert_int_equal(among(rows, n, "key", "\"expires\":\"2286-11-20"), 1);
    assert_int_equal(among(rows, n, "network", "192.0.2.0/24"), 1);
    assert_int_equal(among(rows, n, "member", "mia@team.example"), 1);
    tamper("UPDATE member SET role = 'admin' WHERE user_id = " MIA
           " AND workspace_id = " TEAM);
    GIVES(cx, accept_rows(cx, NULL, rows, n), ERR_CONFLICT);
    cx = shown(&rows, &n);
    tamper("UPDATE limit_rule SET amount = 2 WHERE key_id = " KEY);
    GIVES(cx, accept_rows(cx, NULL, rows, n), ERR_CONFLICT);
    broken(its.text);
    cx = shown(&rows, &n);
    assert_int_equal(among(rows, n, "limit", "\"amount\":2"), 1);
    cx = seat_as(&its.st.s, OWNER);
    GIVES(cx, accept_rows(cx, NULL, rows, n), ERR_FORBIDDEN);
    cx = shown(&rows, &n);
    OK(cx, accept_rows(cx, NULL, rows, n));
    assert_true(enters(MEMBER));
    cx = shown(&rows, &n);
    assert_int_equal(n, 0);
    OK(cx, seal_broken_here(cx, &left));
    assert_int_equal(left, 0);
    sweep();
    assert_int_equal(world_int(&its.st.w, "SELECT count(*) FROM audit WHERE "
        "action = 'seal.broken'"), 3);
    assert_int_equal(world_int(&its.st.w, "SELECT count(*) FROM audit WHERE "
        "action = 'seal.accept' AND actor_kind = 'shell'"), 2);
    /* the stranger's is as it was */
    cx = seat_as(&its.st.s, SHELL);
    cx->ws = (struct workspace){ 0 };
    OK(cx, accept_look(cx, NULL, &rows, &n));
    assert_int_equal(n, 1);
    assert_int_equal(among(rows, n, "workspace", "\"keys_most\":9"), 1);
}

/* A limit that was taken away is one less than was sealed; what no terminal
 * shows as it is was looked at by nobody. */
static void
nothing_unseen_is_accepted(void **state)
{
    (void)state;
    struct broken_row *rows;
    size_t n;
    tamper("DELETE FROM limit_rule WHERE key_id = " KEY);
    struct cx *cx = shown(&rows, &n);
    assert_int_equal(among(rows, n, "key",
        "\"limits\":0,\"limits_sealed\":1"), 1);
    OK(cx, accept_rows(cx, NULL, rows, n));
    tamper("UPDATE api_key SET name = char(155) || '31m', expires_s = "
           "9999999999 WHERE id = " KEY);
    cx = shown(&rows, &n);
    assert_int_equal(n, 1);
    assert_false(accept_can_show(rows));
    GIVES(cx, accept_rows(cx, NULL, rows, n), ERR_CONFLICT);
    broken(its.text);
}

/* Who puts another password, or token, into a row can make the rest of it look
 * as it was. */
static void
what_lets_people_in_is_not_accepted(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE key_secret SET sealed = zeroblob(60) WHERE key_id = " KEY,
        "DELETE FROM key_secret WHERE key_id = " KEY "; "
        "UPDATE user SET password = zeroblob(40) WHERE id = " MIA,
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct broken_row *rows;
        size_t n;
        tamper(changes[i]);
        struct cx *cx = seat_as(&its.st.s, SHELL);
        cx->ws = (struct workspace){ 0 };
        OK(cx, accept_look(cx, NULL, &rows, &n));
        assert_int_equal(n, 1);
        GIVES(cx, accept_rows(cx, NULL, rows, n), ERR_CONFLICT);
    }
}

/* One secret keeps its key from being accepted, and nothing else. */
static void
the_rest_is_accepted(void **state)
{
    (void)state;
    struct broken_row *rows;
    size_t n;
    tamper("UPDATE key_secret SET ends_s = 9999999999 WHERE key_id = " KEY
           "; UPDATE key_network SET network = '192.0.2.0/24' WHERE key_id = "
           KEY "; UPDATE member SET role = 'owner' WHERE user_id = " MIA);
    struct cx *cx = shown(&rows, &n);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(rows[i].judged, strcmp(rows[i].of, "key") != 0);
    OK(cx, accept_rows(cx, NULL, rows, n));
    assert_true(enters(MEMBER));
    broken(its.text);
    cx = shown(&rows, &n);
    assert_int_equal(n, 2);
    assert_int_equal(among(rows, n, "secret", "last4"), 1);
    assert_int_equal(among(rows, n, "network", "192.0.2.0/24"), 1);
    GIVES(cx, accept_rows(cx, NULL, rows, n), ERR_CONFLICT);
    assert_int_equal(world_int(&its.st.w, "SELECT count(*) FROM audit WHERE "
        "action = 'seal.accept'"), 1);
}

/* ---- a new master secret ---- */

static void
new_master_secret(void **state)
{
    (void)state;
    struct resealed r;
    struct key_in in = key_form("forged");
    struct str made;
    struct key k;
    char forged[64];
    struct cx *cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &made, &k));
    (void)snprintf(forged, sizeof forged, "%.*s", STR_ARG(made));
    tamper("UPDATE api_key SET expires_s = 9999999999 WHERE name = 'forged'");
    cx = seat_as(&its.st.s, SHELL);
    OK(cx, reseal_begin(cx, master_path(), &r));
    passes(); /* by the one that began with the old secret */
    broken(forged);
    /* and what it changes now goes on being whole */
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_disable(cx, str_cstr(its.prefix), &k));
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_enable(cx, str_cstr(its.prefix), &k));
    passes();
    struct secrets *old = begin_anew(master_path());
    passes();
    cx = seat_as(&its.st.s, SHELL);
    OK(cx, reseal_end(cx, master_path(), &r));
    passes();
    broken(forged);
    assert_true(enters(MEMBER));
    secrets_free(old);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) \
    cmocka_unit_test_setup_teardown(f, sealed_setup, sealed_teardown)
        T(sealed_once),
        T(another_master_secret),
        T(changed_outside),
        T(nothing_to_seal),
        T(found_and_told_once),
        T(people_are_told_once),
        T(nobody_keeps_it_quiet),
        T(many_are_not_told_one_by_one),
        T(accepted_as_shown),
        T(nothing_unseen_is_accepted),
        T(what_lets_people_in_is_not_accepted),
        T(the_rest_is_accepted),
        T(new_master_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
