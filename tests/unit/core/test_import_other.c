/* SPDX-License-Identifier: ISC */
/* Keys of other products: which state each comes to, what is told, and files
 * that are damaged. */
#include "stand.h"

#include "core/import_other.h"
#include "core/key.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAID_MOST = 8192, FILE_MOST = 1 << 20 };

static struct stand st;
static char path[PATH_BYTES + 16], said[SAID_MOST];
static char bytes[FILE_MOST], bad[FILE_MOST];

static int
setup(void **state)
{
    (void)state;
    stand_open(&st);
    (void)snprintf(path, sizeof path, "%.200s/other.db", st.w.folder);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    stand_close(&st);
    return 0;
}

static void
make_file(const char *sql)
{
    sqlite3 *db;
    char *msg = NULL;
    (void)unlink(path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &msg) != SQLITE_OK)
        fail_msg("%s", msg);
    sqlite3_close(db);
}

static void
hear(void *of, enum import_saying what, int64_t line, struct str words)
{
    size_t n = strlen(said);
    (void)of;
    if (what != IMPORT_THERE && n < sizeof said)
        (void)snprintf(said + n, sizeof said - n, "%" PRId64 ": %.*s\n", line,
            STR_ARG(words));
}

static void
no_step(void *of, bool writing, int64_t rows)
{
    (void)of;
    (void)writing;
    (void)rows;
}

static enum err_code
import_it(enum other_format format, struct import_file *lines, bool dry,
    struct import_counts *c)
{
    struct cx *cx = seat_as(&st.s, SHELL);
    struct other_source of = { .format = format, .path = path,
        .workspace = STR("team"), .lines = lines };
    struct import im = { .cx = cx, .say = hear, .step = no_step, .dry = dry };
    said[0] = 0;
    if (other_open(cx, &of)) {
        hear(NULL, IMPORT_WRONG, 0, cx->err.msg);
        return cx->err.code;
    }
    enum err_code code = import_run(&im, import_other_read, &of, c);
    other_close(&of);
    return code;
}

/* ---- states ---- */

#define TABLES "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, " \
    "email TEXT, status INTEGER, quota INTEGER, deleted_at TEXT);" \
    "CREATE TABLE tokens (id INTEGER PRIMARY KEY, user_id INTEGER, " \
    "key TEXT, status INTEGER, name TEXT, created_time INTEGER, " \
    "expired_time INTEGER, remain_quota INTEGER, unlimited_quota INTEGER, " \
    "models TEXT, subnet TEXT, deleted_at TEXT);" \
    "INSERT INTO users VALUES (1, 'mia', 'MIA@team.example', 1, 0, NULL), " \
    "(2, 'off', '', 2, 0, NULL), (3, 'gone', '', 1, 0, '2025'), " \
    "(4, 'bo', '', 1, 7500000, NULL);"
#define T(n) "wZ2Jx9QmT4vLr8KcYb3NfHs6PgDa5EuR7iXoWt1BkVqMzC0" n

struct token_case {
    const char *row;  /* of tokens, after id and user_id, key */
    int user;
    const char *says; /* of the gate */
    int64_t limit;    /* -1: none */
};

static const struct token_case cases[] = {
    { "1, 'on', 0, -1, 0, 1, NULL, '', NULL", 1, "allowed", -1 },
    { "1, 'later', 0, 4000000000, 0, 1, NULL, '', NULL", 1, "allowed", -1 },
    { "1, 'quota', 0, -1, 500000, 0, NULL, '', NULL", 1, "allowed", 1000000 },
    { "1, 'part', 0, -1, 1, 0, NULL, '', NULL", 1, "allowed", 2 },
    { "1, 'below', 0, -1, -5, 0, NULL, '', NULL", 1, "spend_limit_reached",
        0 },
    { "1, 'most', 0, -1, 9223372036854775807, 0, NULL, '', NULL", 1,
        "allowed", KEY_SPEND_MOST },
    { "2, 'off', 0, -1, 0, 1, NULL, '', NULL", 1, "disabled_api_key", -1 },
    { "3, 'marked', 0, -1, 0, 1, NULL, '', NULL", 1, "disabled_api_key", -1 },
    { "3, 'over', 0, 1700000000, 0, 1, NULL, '', NULL", 1, "expired_api_key",
        -1 },
    { "4, 'spent', 0, -1, 0, 0, NULL, '', NULL", 1, "spend_limit_reached",
        0 },
    { "4, 'marked spent', 0, -1, 9, 0, NULL, '', NULL", 1,
        "disabled_api_key", 18 },
    { "9, 'unknown', 0, -1, 0, 1, NULL, '', NULL", 1, "disabled_api_key",
        -1 },
    { "1, 'user off', 0, -1, 0, 1, NULL, '', NULL", 2, "disabled_api_key",
        -1 },
    { "1, 'user gone', 0, -1, 0, 1, NULL, '', NULL", 3, "disabled_api_key",
        -1 },
    { "1, 'deleted', 0, -1, 0, 1, NULL, '', '2025'", 1, "invalid_api_key",
        -1 },
    { "1, 'net', 0, -1, 0, 1, NULL, '10.0.0.0/8', NULL", 1, "ip_not_allowed",
        -1 },
    { "1, 'bad net', 0, -1, 0, 1, NULL, 'not a net', NULL", 1,
        "ip_not_allowed", -1 },
    { "1, 'models', 0, -1, 0, 1, 'a/free,new-one', '', NULL", 1, "allowed",
        -1 },
    { "1, 'other models', 0, -1, 0, 1, 'a b,gpt', '', NULL", 1,
        "model_not_allowed", -1 },
    { "1, 'control', 0, -1, 0, 1, 'x' || char(27) || '[2J', '', NULL", 1,
        "model_not_allowed", -1 },
    { "1, 'no user', 0, -1, 0, 1, NULL, '', NULL", 77, "disabled_api_key",
        -1 },
};

static void
test_states(void **state)
{
    (void)state;
    char sql[8192];
    struct import_counts c;
    int n = snprintf(sql, sizeof sql, "%s", TABLES);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        n += snprintf(sql + n, sizeof sql - (size_t)n,
            "INSERT INTO tokens VALUES (%zu, %d, '" T("%c") "', %s);", i + 1,
            cases[i].user, (char)('A' + (int)i), cases[i].row);
    make_file(sql);
    assert_int_equal(import_it(OTHER_ONE_API, NULL, true, &c), ERR_OK);
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM api_key"), 1);
    if (import_it(OTHER_ONE_API, NULL, false, &c))
        fail_msg("%s", said);
    assert_int_equal(c.made[PORT_KEY], COUNT_OF(cases) - 1);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct decision d;
        char text[64];
        (void)snprintf(text, sizeof text, "sk-" T("%c"), (char)('A' + (int)i));
        stand_ask(&st.s, text, "a/free", -1, -1, &d);
        if (strcmp(reason_code(d.reason), cases[i].says) != 0)
            fail_msg("%s: %s", cases[i].row, reason_code(d.reason));
        if (!d.known)
            continue;
        (void)snprintf(sql, sizeof sql, "SELECT ifnull(spend_limit_micro, -1) "
            "FROM api_key WHERE id = %" PRId64, d.key.id);
        if (world_int(&st.w, sql) != cases[i].limit)
            fail_msg("%s: another limit", cases[i].row);
    }
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM api_key k "
        "JOIN user u ON u.id = k.owner_user_id WHERE k.by_name = 'import' "
        "AND u.email = 'mia@team.example'"), COUNT_OF(cases) - 4);
    assert_non_null(strstr(said, "the network net cannot be carried"));
    assert_non_null(strstr(said, "the model a b cannot be carried"));
    assert_non_null(strstr(said, "model new-one is made"));
    assert_non_null(strstr(said, "the model x?[2J cannot be carried"));
    assert_null(strchr(said, 27));
}

/* More than can be counted is told as such. */
static void
test_quota(void **state)
{
    (void)state;
    struct import_counts c;
    make_file(TABLES "CREATE TABLE options (key TEXT, value TEXT);"
        "INSERT INTO options VALUES ('QuotaPerUnit', '1');"
        "INSERT INTO users VALUES (5, 'rich', '', 1, 9000000000000000000, "
        "NULL), (6, 'owing', '', 1, -9000000000000000000, NULL), "
        "(7, 'low', '', 1, 1, NULL);"
        "INSERT INTO tokens SELECT id, id, '" T("u") "' || id, 1, username, "
        "0, -1, 9000000000000000000, 0, NULL, '', NULL FROM users "
        "WHERE id > 4;");
    if (import_it(OTHER_ONE_API, NULL, true, &c))
        fail_msg("%s", said);
    assert_non_null(strstr(said,
        "user rich has more than $1,000,000,000.00 of quota left there"));
    assert_non_null(strstr(said, "user low has $1.00 of quota left there"));
    assert_null(strstr(said, "user owing"));
    assert_int_equal(c.made[PORT_KEY], 3);
}

/* Keys that can be guessed: each is told, and counted in either walk. */
static void
test_left_out(void **state)
{
    (void)state;
    struct import_counts c;
    make_file(TABLES "INSERT INTO tokens SELECT value, 1, CASE WHEN value < 4 "
        "THEN '" T("l") "' || value ELSE 'short' END, 1, 'n' || value, 0, "
        "-1, 0, 1, NULL, '', NULL FROM json_each('[1,2,3,4,5]');");
    for (int dry = 1; dry >= 0; dry--) {
        if (import_it(OTHER_ONE_API, NULL, dry, &c))
            fail_msg("%s", said);
        assert_int_equal(c.made[PORT_KEY], 3);
        assert_int_equal(c.left_out, 2);
        assert_int_equal(c.notes, 0);
        assert_non_null(strstr(said, "4: key n4 (token 4) is left out"));
        assert_non_null(strstr(said, "5: key n5 (token 5) is left out"));
    }
}

/* ---- which product? ---- */

#define USERS "CREATE TABLE users (id INTEGER, status INTEGER);"
#define COLUMNS "id, user_id, status, expired_time, remain_quota, " \
    "unlimited_quota, "

/* A key must not come with more than it had. */
static void
test_products(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *one, *new; /* what is said of it; NULL: good */
    } files[] = {
        { USERS "CREATE TABLE tokens (" COLUMNS "key)", NULL, NULL },
        { USERS "CREATE TABLE tokens (" COLUMNS "key, models, subnet)", NULL,
            "is of One API: --format one-api" },
        { USERS "CREATE TABLE tokens (" COLUMNS "key, subnet)", NULL,
            "is of One API: --format one-api" },
        { USERS "CREATE TABLE tokens (" COLUMNS "key, model_limits)",
            "is of New API: --format new-api", NULL },
        { USERS "CREATE TABLE tokens (" COLUMNS "key, allow_ips)",
            "is of New API: --format new-api", NULL },
        /* moved from One API to New API, which keeps old columns */
        { USERS "CREATE TABLE tokens (" COLUMNS "key, models, subnet, "
            "model_limits, allow_ips)",
            "is of New API: --format new-api", NULL },
        { USERS "CREATE TABLE tokens (" COLUMNS "models)",
            "tokens has no column key", "tokens has no column key" },
        { USERS "CREATE TABLE tokens (id, user_id, key, status, "
            "expired_time, remain_quota)",
            "tokens has no column unlimited_quota",
            "tokens has no column unlimited_quota" },
        { "CREATE TABLE tokens (" COLUMNS "key)", "users has no column id",
            "users has no column id" },
        { "CREATE TABLE users (id); CREATE TABLE tokens (" COLUMNS "key)",
            "users has no column status", "users has no column status" },
    };
    for (size_t i = 0; i < 2 * COUNT_OF(files); i++) {
        struct import_counts c;
        const char *want = i % 2 ? files[i / 2].new : files[i / 2].one;
        make_file(files[i / 2].sql);
        enum err_code code = import_it(i % 2 ? OTHER_NEW_API : OTHER_ONE_API,
            NULL, false, &c);
        if (code != (want ? ERR_INVALID : ERR_OK) ||
            (want && !strstr(said, want)))
            fail_msg("%s, %s: %s", files[i / 2].sql, i % 2 ? "new" : "one",
                said);
    }
}

/* Without the column that says so, a list of models still binds. */
static void
test_limits_bind(void **state)
{
    (void)state;
    struct import_counts c;
    struct decision d;
    make_file(USERS "INSERT INTO users VALUES (1, 1);"
        "CREATE TABLE tokens (" COLUMNS "key, model_limits);"
        "INSERT INTO tokens VALUES (1, 1, 1, -1, 0, 1, '" T("b") "', 'gpt');");
    if (import_it(OTHER_NEW_API, NULL, false, &c))
        fail_msg("%s", said);
    stand_ask(&st.s, "sk-" T("b"), "a/free", -1, -1, &d);
    assert_string_equal(reason_code(d.reason), "model_not_allowed");
}

/* ---- damage ---- */

static uint64_t
dice(void)
{
    static uint64_t x = 88172645463325252u;
    x ^= x << 13;
    x ^= x >> 7;
    return x ^= x << 17;
}

static int
rounds(void)
{
    return getenv("KEYLODGE_LONG") ? 10000 : 300;
}

static size_t
read_file(void)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    (void)fclose(f);
    return n;
}

static void
write_file(const char *p, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void
test_damaged_file(void **state)
{
    (void)state;
    struct import_counts c;
    make_file(TABLES "INSERT INTO tokens SELECT value, value % 5, "
        "'" T("%") "' || value, 1, 'n' || value, 1700000000, -1, value, 0, "
        "'a/free,m' || value, '10.0.0.0/8', NULL FROM json_each("
        "'[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]')");
    size_t n = read_file();
    for (int i = 0; i < rounds(); i++) {
        memcpy(bad, bytes, n);
        for (uint64_t flips = 1 + dice() % 30; flips > 0; flips--)
            bad[dice() % n] ^= (char)(1u << dice() % 8);
        write_file(bad, dice() % 4 ? n : dice() % n);
        (void)import_it(OTHER_ONE_API, NULL, true, &c);
    }
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM api_key"), 1);
}

static void
test_no_such_file(void **state)
{
    (void)state;
    struct import_counts c;
    (void)unlink(path);
    assert_int_equal(import_it(OTHER_ONE_API, NULL, false, &c), ERR_INVALID);
    make_file("CREATE TABLE other (id INTEGER)");
    assert_int_equal(import_it(OTHER_ONE_API, NULL, false, &c), ERR_INVALID);
    make_file("CREATE VIEW tokens AS SELECT 1 AS id, 'x' AS key");
    assert_int_equal(import_it(OTHER_ONE_API, NULL, false, &c), ERR_INVALID);
    write_file("no database, but long enough to look at", 39);
    assert_int_equal(import_it(OTHER_NEW_API, NULL, false, &c), ERR_INVALID);
}

/* ---- lists ---- */

struct text {
    struct str all, rest;
};

static bool
next(void *from, struct str *line)
{
    struct text *t = from;
    if (!t->rest.n)
        return false;
    (void)str_cut(t->rest, '\n', line, &t->rest);
    return true;
}

static void
first(void *from)
{
    struct text *t = from;
    t->rest = t->all;
}

static void
test_lists(void **state)
{
    (void)state;
#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a0"
    static const struct {
        const char *text, *told; /* NULL: good */
    } lists[] = {
        { HASH "8", NULL },
        { "sha256,name\n" HASH "7,\"a, b\",,\n\n", NULL },
        { HASH "6,x,2027-01-01T00:00:00Z,12.50", NULL },
        { "\xef\xbb\xbfSHA256,name\n" HASH "3,\"c\"\n", NULL },
        { "\xef\xbb\xbf" HASH "2\n", NULL },
        { " Sha256 , name\r\n" HASH "1,d\r\n", NULL },
        { HASH "8,x\nsha256,name\n", "2: the first cell is no SHA-256" },
        { "hash,name\n" HASH "0,d\n", "begins with sha256" },
        { HASH "0  key.txt\n", "1: this is a line of sha256sum" },
        { HASH "0 *-\n", "printf %s TEXT | sha256sum" },
        { HASH "0;x\n", "1: after the hash comes a comma" },
        { HASH "5,y\n" HASH "5,z\n", "2: this secret came before" },
        { HASH, "1: the first cell is no SHA-256" },
        { HASH "g", "1: the first cell is no SHA-256" },
        { "x\n" HASH "4,n,soon\n", "2: the expiry is no date" },
        { HASH "4,n,,a lot\n", "1: the limit is no amount" },
        { HASH "4,\"n\n", "1: the line is no row" },
        { HASH "4,n,,,more\n", "1: a row has at most" },
        { HASH "4,\x01\n", "1: the name is not plain" },
    };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct text t = { .all = str_cstr(lists[i].text) };
        struct import_file lines = { next, first, &t };
        struct import_counts c;
        enum err_code code = import_it(OTHER_SHA256, &lines, false, &c);
        if (code != (lists[i].told ? ERR_INVALID : ERR_OK) ||
            (lists[i].told && !strstr(said, lists[i].told)))
            fail_msg("list %zu: %s", i, said);
    }
    assert_int_equal(world_int(&st.w, "SELECT count(*) FROM api_key "
        "WHERE by_name = 'import'"), 6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_states, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quota, setup, teardown),
        cmocka_unit_test_setup_teardown(test_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_products, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits_bind, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_such_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
