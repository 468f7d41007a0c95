/* SPDX-License-Identifier: ISC */
#include "sealed.h"

#include "core/account.h"
#include "core/limit.h"
#include "core/workspace.h"
#include "store/store_rowseal.h"
#include "text/ip.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

struct sealed its;

/* A key with everything that there is about a key. */
struct key_in
full_form(void)
{
    static struct str model, category = STR_INIT("chat"),
        endpoint = STR_INIT("/v1/chat/completions"),
        network = STR_INIT("10.0.0.0/8");
    struct key_in in = key_form("sealed");
    model = str_cstr(its.st.big_uuid);
    in.category_scope = in.model_scope = in.endpoint_scope =
        in.network_scope = 1;
    in.categories = (struct strs){ &category, 1 };
    in.models = (struct strs){ &model, 1 };
    in.endpoints = (struct strs){ &endpoint, 1 };
    in.networks = (struct strs){ &network, 1 };
    in.spend_limit = 900000000;
    form_put(key_fields, &in.set, "spend_limit");
    return in;
}

int
sealed_setup(void **state)
{
    (void)state;
    struct str made;
    struct key k;
    stand_open(&its.st);
    struct key_in in = full_form(), plain = key_form("plain");
    struct cx *cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &made, &k));
    (void)snprintf(its.text, sizeof its.text, "%.*s", STR_ARG(made));
    (void)snprintf(its.prefix, sizeof its.prefix, "%.*s", STR_ARG(k.prefix));
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &plain, &made, &k));
    (void)snprintf(its.other_text, sizeof its.other_text, "%.*s", STR_ARG(made));
    stand_limit(&its.st, str_cstr(its.prefix), LIMIT_REQUESTS, LIMIT_DAY, STR(""),
        1000000, false);
    stand_limit(&its.st, STR(""), LIMIT_MONEY, LIMIT_MONTH, STR(""),
        INT64_C(90000000000), false);
    return 0;
}

int
sealed_teardown(void **state)
{
    (void)state;
    stand_close(&its.st);
    return 0;
}

/* ---- asking ---- */

void
ask(const char *key, struct decision *d)
{
    struct cx *cx = seat_nobody(&its.st.s);
    struct call call = { .key = str_cstr(key), .model = STR("a/big"),
        .endpoint = STR("/v1/chat/completions"), .estimated = true,
        .address_text = STR("10.1.2.3"), .input_tokens = 10,
        .output_tokens = 10 };
    assert_true(ip_read(call.address_text, &call.address));
    check_call(cx, &call, d);
}

bool
holds(struct str s, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= s.n; i++)
        if (memcmp(s.p + i, part, n) == 0)
            return true;
    return false;
}

void
passes(void)
{
    struct decision d;
    ask(its.text, &d);
    if (d.reason)
        fail_msg("%.*s", STR_ARG(d.message));
}

void
broken(const char *key)
{
    struct decision d;
    ask(key, &d);
    if (d.reason != REASON_DISABLED_KEY ||
        !holds(d.message, "row seal broken"))
        fail_msg("%s: %.*s", reason_code(d.reason), STR_ARG(d.message));
}

bool
enters(enum who who)
{
    struct cx *cx = seat_nobody(&its.st.s);
    OK(cx, user_by_email(cx, who_email(who), &cx->actor.user));
    cx->actor.kind = ACTOR_USER;
    return workspace_enter(cx, STR("team")) == ERR_OK;
}

void
tamper(const char *sql)
{
    world_tamper(&its.st.w, sql);
}

/* ---- people ---- */

void
people_save(void)
{
    tamper("CREATE TABLE k_user AS SELECT * FROM user; "
           "CREATE TABLE k_session AS SELECT * FROM session; "
           "CREATE TABLE k_link AS SELECT * FROM once_link; "
           "CREATE TABLE k_factor AS SELECT * FROM factor; "
           "CREATE TABLE k_code AS SELECT * FROM recovery_code; "
           "CREATE TABLE k_invite AS SELECT * FROM invite");
}

void
people_put_back(void)
{
    tamper("DELETE FROM user; INSERT INTO user SELECT * FROM k_user; "
           "DELETE FROM session; INSERT INTO session SELECT * FROM k_session; "
           "DELETE FROM once_link; INSERT INTO once_link SELECT * FROM "
           "k_link; DELETE FROM factor; INSERT INTO factor SELECT * FROM "
           "k_factor; DELETE FROM recovery_code; INSERT INTO recovery_code "
           "SELECT * FROM k_code; DELETE FROM invite; INSERT INTO invite "
           "SELECT * FROM k_invite");
}

/* ---- every column ---- */

bool
of_people(const char *table)
{
    static const char *const names[] = { "user", "session", "once_link",
        "factor", "recovery_code", "invite" };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], table) == 0)
            return true;
    return false;
}

static const char *
other_value(const char *column, const char *type)
{
    static const struct {
        const char *column, *value;
    } checked[] = {
        { "kind", "iif(kind = 'standard', 'management', 'standard')" },
        { "spend_reset", "iif(spend_reset = 'week', 'day', 'week')" },
        { "role", "iif(role = 'owner', 'admin', 'owner')" },
        { "counts", "iif(counts = 'input', 'output', 'input')" },
        { "period", "iif(period = 'week', 'day', 'week')" },
        { "operator", "1 - operator" },
    };
    for (size_t i = 0; i < COUNT_OF(checked); i++)
        if (strcmp(checked[i].column, column) == 0)
            return checked[i].value;
    if (strcmp(type, "INTEGER") == 0)
        return "ifnull(\"%w\", 0) + 1000003";
    if (strcmp(type, "TEXT") == 0)
        return "ifnull(\"%w\", '') || 'x'";
    return "CAST(x'00' || ifnull(\"%w\", x'00') AS BLOB)";
}

static bool
is_free(const char *table, const char *column)
{
    char words[512], want[80];
    (void)snprintf(words, sizeof words, " %s ", store_row_free(table));
    (void)snprintf(want, sizeof want, " %s ", column);
    return strstr(words, want) != NULL;
}

/* One flip: to another value, and where there is one to NULL and from it. */
static void
flip(sqlite3 *sql, const char *table, const char *column, const char *value,
    const char *row, works_test *works, int *covered)
{
    char *save = sqlite3_mprintf("DROP TABLE IF EXISTS temp.was; CREATE TEMP "
        "TABLE was AS SELECT * FROM main.\"%w\"", table);
    char *put_back = sqlite3_mprintf("DELETE FROM main.\"%w\"; INSERT INTO "
        "main.\"%w\" SELECT * FROM temp.was", table, table);
    char *change = sqlite3_mprintf("UPDATE \"%w\" SET \"%w\" = %s WHERE %s "
        "AND \"%w\" IS NOT %s", table, column, value, row, column, value);
    assert_int_equal(sqlite3_exec(sql, save, NULL, NULL, NULL), SQLITE_OK);
    if (sqlite3_exec(sql, change, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_changes(sql) > 0) {
        if (works(table) != is_free(table, column))
            fail_msg("%s: %s", works(table) ? "believed" : "not believed",
                change);
        ++*covered;
    }
    assert_int_equal(sqlite3_exec(sql, put_back, NULL, NULL, NULL),
        SQLITE_OK);
    if (!works(table))
        fail_msg("not whole again after: %s", change);
    sqlite3_free(save);
    sqlite3_free(put_back);
    sqlite3_free(change);
}

static void
flip_table(sqlite3 *sql, const char *table, const char *row,
    works_test *works)
{
    sqlite3_stmt *s;
    struct {
        char name[64], type[16];
        bool needed;
    } columns[64];
    size_t n = 0;
    char *list = sqlite3_mprintf("SELECT name, type, \"notnull\" FROM "
        "pragma_table_info('%q')", table);
    assert_int_equal(sqlite3_prepare_v2(sql, list, -1, &s, NULL), SQLITE_OK);
    while (sqlite3_step(s) == SQLITE_ROW && n < COUNT_OF(columns)) {
        (void)snprintf(columns[n].name, sizeof columns[n].name, "%s",
            (const char *)sqlite3_column_text(s, 0));
        (void)snprintf(columns[n].type, sizeof columns[n].type, "%s",
            (const char *)sqlite3_column_text(s, 1));
        columns[n++].needed = sqlite3_column_int(s, 2) != 0;
    }
    sqlite3_finalize(s);
    sqlite3_free(list);
    for (size_t i = 0; i < n; i++) {
        int done = 0;
        const char *name = columns[i].name;
        /* what the seal is made of and with is neither free nor covered: a
         * change of it breaks the seal */
        if (strcmp(name, "seal") == 0 || strcmp(name, "seal_n") == 0 ||
            strcmp(name, "limits_n") == 0 ||
            strcmp(name, "credits_micro") == 0)
            continue;
        char *value = sqlite3_mprintf(other_value(name, columns[i].type),
            name);
        flip(sql, table, name, value, row, works, &done);
        sqlite3_free(value);
        if (!columns[i].needed)
            flip(sql, table, name, "NULL", row, works, &done);
        if (!done)
            fail_msg("no flip of %s.%s", table, name);
    }
}

void
flip_rows(const char *table, const char *row, works_test *works)
{
    sqlite3 *sql;
    assert_int_equal(sqlite3_open(its.st.w.db_path, &sql), SQLITE_OK);
    sqlite3_busy_timeout(sql, 5000);
    if (!works(table))
        fail_msg("%s: it does not work to begin with", table);
    flip_table(sql, table, row, works);
    sqlite3_close(sql);
}
