/* SPDX-License-Identifier: ISC */
/*
 * T29: who can write the database file, and does not have the master secret,
 * changes what they like, and gets nothing by it.  "Tampered" is what a
 * connection of our own wrote, behind the program's back.
 */
#include "sealed.h"

#include "core/account.h"
#include "core/limit.h"
#include "core/member.h"
#include "core/workspace.h"
#include "store/store_rowseal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the five of T29 ---- */

static void
five_manipulations(void **state)
{
    (void)state;
    passes();
    /* the own hash in another's row: a key of ours, raised to theirs */
    tamper("CREATE TABLE kept AS SELECT * FROM key_secret");
    tamper("UPDATE key_secret SET sealed = (SELECT s.sealed FROM kept s JOIN "
           "api_key k ON k.id = s.key_id WHERE k.name = 'plain') "
           "WHERE key_id = " KEY);
    struct decision d;
    ask(its.other_text, &d); /* its own row */
    assert_int_equal(d.reason, REASON_ALLOWED);
    ask(its.text, &d);
    assert_int_equal(d.reason, REASON_INVALID_KEY);
    tamper("DELETE FROM key_secret; INSERT INTO key_secret SELECT * FROM "
           "kept");
    passes();
    /* a row copied over another: all that the richer key may */
    tamper("CREATE TABLE keys AS SELECT * FROM api_key");
    tamper("UPDATE api_key SET (all_models, all_endpoints, all_networks, "
           "all_categories, seal, seal_n) = (SELECT all_models, all_endpoints, "
           "all_networks, all_categories, seal, seal_n FROM keys "
           "WHERE name = 'plain') WHERE name = 'sealed'");
    broken(its.text);
    tamper("DELETE FROM api_key; INSERT INTO api_key SELECT * FROM keys");
    passes();
    tamper("UPDATE api_key SET spend_limit_micro = 1000000000000 "
           "WHERE id = " KEY);
    broken(its.text);
    tamper("DELETE FROM api_key; INSERT INTO api_key SELECT * FROM keys");
    tamper("UPDATE limit_rule SET amount = 1000000000 WHERE key_id = " KEY);
    broken(its.text);
    tamper("UPDATE limit_rule SET amount = 1000000 WHERE key_id = " KEY);
    passes();
    assert_true(enters(MEMBER));
    tamper("UPDATE member SET role = 'owner' WHERE user_id = " MIA);
    assert_false(enters(MEMBER));
    assert_int_equal(its.st.s.cx.err.code, ERR_FORBIDDEN);
    assert_true(holds(its.st.s.cx.err.msg, "row seal broken"));
    assert_true(enters(ADMIN));
    tamper("UPDATE member SET role = 'member' WHERE user_id = " MIA);
    assert_true(enters(MEMBER));
    /* status set back */
    struct cx *cx = seat_as(&its.st.s, OWNER);
    struct key k;
    OK(cx, key_disable(cx, str_cstr(its.prefix), &k));
    tamper("UPDATE api_key SET disabled_s = NULL WHERE id = " KEY);
    broken(its.text);
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_revoke(cx, str_cstr(its.prefix), false, STR(""), &k));
    tamper("UPDATE api_key SET revoked_s = NULL, disabled_s = NULL "
           "WHERE id = " KEY);
    broken(its.text);
}

/* ---- every column of every sealed table ---- */

/* Does it still get what it got?  A member into the workspace, a key through
 * the gate. */
static bool
works(const char *table)
{
    struct decision d;
    if (strcmp(table, "member") == 0)
        return enters(MEMBER);
    ask(its.text, &d);
    return d.reason == REASON_ALLOWED;
}

static const char *
row_of(const char *table)
{
    if (strcmp(table, "workspace") == 0)
        return "id = " TEAM;
    if (strcmp(table, "api_key") == 0)
        return "id = " KEY;
    if (strcmp(table, "member") == 0)
        return "user_id = " MIA;
    return "key_id = " KEY;
}

static void
every_column(void **state)
{
    (void)state;
    for (const char *const *t = store_row_tables(); *t; t++)
        if (!of_people(*t))
            flip_rows(*t, row_of(*t), works);
    flip_rows("limit_rule", "key_id IS NULL", works);
    passes();
}

static void
seals_themselves(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE api_key SET seal = NULL",
        "UPDATE api_key SET seal = x'00'",
        "UPDATE api_key SET seal = zeroblob(16)",
        "UPDATE api_key SET seal_n = seal_n + 1",
        "UPDATE api_key SET limits_n = 0",
        "UPDATE workspace SET seal = NULL",
        "UPDATE workspace SET limits_n = 0",
        "UPDATE workspace SET credits_micro = 0 WHERE credits_micro IS NULL",
        "UPDATE key_secret SET seal = NULL",
        "UPDATE key_model SET seal = zeroblob(16)",
        "UPDATE limit_rule SET seal = NULL",
        /* two rows of one kind change their seals */
        "UPDATE limit_rule SET seal = (SELECT o.seal FROM limit_rule o "
        "WHERE o.id <> limit_rule.id)",
        "UPDATE api_key SET seal = (SELECT o.seal FROM api_key o "
        "WHERE o.id <> api_key.id AND o.name <> 'mia''s')",
        /* limits that are gone */
        "DELETE FROM limit_rule WHERE key_id IS NOT NULL",
        "DELETE FROM limit_rule WHERE key_id IS NULL",
        /* and one that is more */
        "INSERT INTO limit_rule (workspace_id, key_id, counts, period, "
        "amount, created_s, updated_s, seal) SELECT workspace_id, key_id, "
        "'input', period, amount, 1, 1, seal FROM limit_rule "
        "WHERE key_id IS NOT NULL",
        /* none to be found, and nobody to count them */
        "DELETE FROM limit_rule; UPDATE api_key SET limits_n = 0; "
        "UPDATE workspace SET limits_n = 0",
        /* a key moved into another workspace, with all */
        "UPDATE api_key SET workspace_id = (SELECT id FROM workspace "
        "WHERE slug = 'strangers'); UPDATE limit_rule SET workspace_id = "
        "(SELECT id FROM workspace WHERE slug = 'strangers')",
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct decision d;
        passes();
        tamper("DROP TABLE IF EXISTS k; DROP TABLE IF EXISTS w; DROP TABLE IF "
               "EXISTS s; DROP TABLE IF EXISTS m; DROP TABLE IF EXISTS r; "
               "CREATE TABLE k AS SELECT * FROM api_key; CREATE TABLE w AS "
               "SELECT * FROM workspace; CREATE TABLE s AS SELECT * FROM "
               "key_secret; CREATE TABLE m AS SELECT * FROM key_model; "
               "CREATE TABLE r AS SELECT * FROM limit_rule");
        tamper(changes[i]);
        ask(its.text, &d);
        if (d.reason == REASON_ALLOWED)
            fail_msg("believed: %s", changes[i]);
        tamper("DELETE FROM api_key; INSERT INTO api_key SELECT * FROM k; "
               "DELETE FROM workspace; INSERT INTO workspace SELECT * FROM w; "
               "DELETE FROM key_secret; INSERT INTO key_secret SELECT * FROM "
               "s; DELETE FROM key_model; INSERT INTO key_model SELECT * FROM "
               "m; DELETE FROM limit_rule; INSERT INTO limit_rule SELECT * "
               "FROM r");
    }
    passes();
}

/* ---- what was taken away does not come back ---- */

static void
old_rows_put_back(void **state)
{
    (void)state;
    struct key k;
    struct decision d;
    /* a member who was removed */
    tamper("CREATE TABLE gone AS SELECT * FROM member");
    struct cx *cx = seat_as(&its.st.s, OWNER);
    struct member *all;
    size_t n;
    OK(cx, member_list(cx, &all, &n));
    struct fate_in fate = { 0 };
    for (size_t i = 0; i < n; i++)
        if (str_eq(all[i].email, who_email(OTHER))) {
            cx = seat_as(&its.st.s, OWNER);
            OK(cx, member_remove(cx, all[i].uuid, &fate));
        }
    assert_false(enters(OTHER));
    tamper("INSERT OR IGNORE INTO member SELECT * FROM gone");
    assert_false(enters(OTHER));
    assert_true(enters(MEMBER));
    /* a network that was taken off the list */
    tamper("CREATE TABLE networks AS SELECT * FROM key_network");
    struct key_in in = full_form();
    struct str narrow = STR("10.9.0.0/16");
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_get(cx, str_cstr(its.prefix), &k));
    in.version = k.version;
    in.networks = (struct strs){ &narrow, 1 };
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_edit(cx, str_cstr(its.prefix), &in, &k));
    ask(its.text, &d);
    assert_int_equal(d.reason, REASON_NETWORK);
    tamper("INSERT INTO key_network SELECT * FROM networks");
    broken(its.text);
    tamper("DELETE FROM key_network WHERE network = '10.0.0.0/8'");
    ask(its.text, &d);
    assert_int_equal(d.reason, REASON_NETWORK);
}

/* An old secret, long over, and the row of it as it was then. */
static void
old_secret_put_back(void **state)
{
    (void)state;
    struct key k;
    struct str fresh;
    struct decision d;
    struct rotate_in in = { .overlap = KEY_OVERLAP_NONE };
    struct cx *cx = seat_as(&its.st.s, OWNER);
    tamper("CREATE TABLE secrets AS SELECT * FROM key_secret "
           "WHERE key_id = " KEY);
    OK(cx, key_rotate(cx, str_cstr(its.prefix), &in, &fresh, &k));
    ask(its.text, &d);
    assert_int_equal(d.reason, REASON_INVALID_KEY);
    tamper("UPDATE key_secret SET ends_s = NULL WHERE key_id = " KEY);
    broken(its.text);
    tamper("DELETE FROM key_secret WHERE id IN (SELECT id FROM secrets); "
           "INSERT INTO key_secret SELECT * FROM secrets");
    broken(its.text);
    /* the old hash in the new row */
    tamper("UPDATE key_secret SET sealed = (SELECT sealed FROM secrets) "
           "WHERE key_id = " KEY);
    broken(its.text);
}

/* ---- an honest change does not seal a forgery ---- */

static void
nothing_is_laundered(void **state)
{
    (void)state;
    struct key k;
    struct key_in in = full_form();
    /* the key's own row */
    tamper("UPDATE api_key SET expires_s = 9999999999 WHERE id = " KEY);
    broken(its.text);
    struct cx *cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_get(cx, str_cstr(its.prefix), &k));
    in.version = k.version;
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_edit(cx, str_cstr(its.prefix), &in, &k));
    broken(its.text);
    stand_limit(&its.st, str_cstr(its.prefix), LIMIT_TOTAL, LIMIT_DAY, STR(""), 5000,
        false);
    broken(its.text);
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_disable(cx, str_cstr(its.prefix), &k));
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_enable(cx, str_cstr(its.prefix), &k));
    broken(its.text);
    /* and it can be ended all the same */
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_revoke(cx, str_cstr(its.prefix), false, STR(""), &k));
    assert_true(k.id && world_int(&its.st.w, "SELECT revoked_s IS NOT NULL FROM "
        "api_key WHERE id = " KEY));
}

static void
nothing_is_laundered_beside(void **state)
{
    (void)state;
    struct key k;
    /* a limit raised, and another one set by its owner */
    tamper("UPDATE limit_rule SET amount = amount * 1000 WHERE key_id = " KEY);
    stand_limit(&its.st, str_cstr(its.prefix), LIMIT_TOTAL, LIMIT_DAY, STR(""),
        INT64_C(5000000), false);
    broken(its.text);
    tamper("UPDATE limit_rule SET amount = amount / 1000 WHERE key_id = " KEY
           " AND counts = 'requests'");
    broken(its.text); /* its seal is of the state before: set it again */
    stand_limit(&its.st, str_cstr(its.prefix), LIMIT_REQUESTS, LIMIT_DAY, STR(""),
        1000000, false);
    broken(its.text);
    /* a role raised, and another member made */
    tamper("UPDATE member SET role = 'owner' WHERE user_id = " MIA);
    struct cx *cx = seat_as(&its.st.s, SHELL);
    struct user u;
    OK(cx, user_add(cx, STR("new@team.example"), STR("New"), WORLD_PASSWORD,
        &u));
    cx = seat_as(&its.st.s, SHELL);
    OK(cx, member_add(cx, &u, ROLE_MEMBER));
    assert_false(enters(MEMBER));
    assert_true(enters(ADMIN));
    /* rows that lie in wait for the next key */
    tamper("INSERT INTO limit_rule (workspace_id, key_id, counts, period, "
           "amount, created_s, updated_s) SELECT " TEAM ", max(id) + 1, "
           "'input', 'day', 5, 1, 1 FROM api_key; "
           "INSERT INTO key_endpoint (key_id, endpoint) SELECT max(id) + 1, "
           "'/v1/chat/completions' FROM api_key");
    struct key_in in = key_form("next");
    struct str made, none = STR("/v1/embeddings");
    char next[64];
    in.endpoint_scope = 1;
    in.endpoints = (struct strs){ &none, 1 };
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &made, &k));
    (void)snprintf(next, sizeof next, "%.*s", STR_ARG(made));
    broken(next);
}

/* The file may hold triggers; the program does not run them. */
static void
triggers_in_the_file(void **state)
{
    (void)state;
    struct key k;
    tamper("CREATE TRIGGER evil AFTER UPDATE ON api_key BEGIN UPDATE api_key "
           "SET spend_limit_micro = 999999999999 WHERE id = new.id; END");
    struct cx *cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_disable(cx, str_cstr(its.prefix), &k));
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_enable(cx, str_cstr(its.prefix), &k));
    passes();
    assert_int_equal(world_int(&its.st.w, "SELECT spend_limit_micro FROM api_key "
        "WHERE id = " KEY), 900000000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) \
    cmocka_unit_test_setup_teardown(f, sealed_setup, sealed_teardown)
        T(five_manipulations),
        T(every_column),
        T(seals_themselves),
        T(old_rows_put_back),
        T(old_secret_put_back),
        T(nothing_is_laundered),
        T(nothing_is_laundered_beside),
        T(triggers_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
