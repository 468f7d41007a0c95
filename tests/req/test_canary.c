/* SPDX-License-Identifier: ISC */
/*
 * Secrets are shown once and kept nowhere (SECURITY.md K1, K3; T27, T28): 200
 * keys and 200 sessions are made, used, misused; then no twelve bytes of any
 * secret, as they are, as hex or as base64, are in the database, in its log,
 * or in what the program logged; and nothing that is stored opens a door.
 */
#include "world.h"

#include "base/log.h"
#include "core/touch.h"
#include "http/cookie.h"
#include "text/hex.h"
#include "web/web.h"

#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MANY = 200,
    WINDOW = 12,
    SECRET_AT = 13,    /* in the text of a key, after prefix and tag */
    SECRET_CHARS = 32, /* the rest is a checksum, its end is shown */
    SLOTS = 1 << 18
};

static struct world world;
static struct str keys[MANY], sessions[MANY];
static const char *log_path;

/* ---- a set of windows: open addressing, FNV-1a ---- */

static char (*slots)[WINDOW];
static bool *taken;
static size_t n_windows;

static size_t
slot_of(const char *p)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < WINDOW; i++)
        h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
    size_t at = (size_t)(h ^ h >> 32) % SLOTS;
    while (taken[at] && memcmp(slots[at], p, WINDOW) != 0)
        at = (at + 1) % SLOTS;
    return at;
}

static void
add_windows(struct str s)
{
    for (size_t i = 0; i + WINDOW <= s.n; i++) {
        size_t at = slot_of(s.p + i);
        n_windows += !taken[at];
        must(n_windows < SLOTS / 2);
        taken[at] = true;
        memcpy(slots[at], s.p + i, WINDOW);
    }
}

/* How many windows of `s` are of a secret. */
static size_t
count_hits(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i + WINDOW <= s.n; i++)
        n += taken[slot_of(s.p + i)];
    return n;
}

/* As it is, as hex both ways, and as base64 whatever stands before it. */
static void
add_secret(struct str s)
{
    char hex[4 * SECRET_CHARS + 64], b64[4 * SECRET_CHARS + 64];
    unsigned char padded[SECRET_CHARS * 2 + 3] = { 0 };
    add_windows(s);
    must(s.n * 2 + 1 <= sizeof hex && s.n + 2 <= sizeof padded);
    sodium_bin2hex(hex, sizeof hex, (const unsigned char *)s.p, s.n);
    add_windows(str_cstr(hex));
    for (char *c = hex; *c; c++)
        if (*c >= 'a')
            *c = (char)(*c - 'a' + 'A');
    add_windows(str_cstr(hex));
    for (size_t shift = 0; shift < 3; shift++) {
        memcpy(padded + shift, s.p, s.n);
        sodium_bin2base64(b64, sizeof b64, padded, s.n + shift,
            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        struct str text = str_from(str_cstr(b64), 4); /* what the zeros left */
        add_windows(str_head(text, text.n - 4));
    }
}

static void
add_session(struct str s)
{
    unsigned char raw[64];
    size_t n;
    add_secret(str_head(s, SECRET_CHARS));
    add_windows(s);
    must(sodium_base642bin(raw, sizeof raw, s.p, s.n, NULL, &n, NULL,
             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 && n == 32);
    add_secret((struct str){ (const char *)raw, n });
}

/* ---- making, using, misusing ---- */

static void
use_and_misuse(int i)
{
    struct arena *a = world.arena;
    struct str key = keys[i];
    struct ask ask =
        world_ask(&world, NOBODY, "POST", STR("/protected/v1/models"));
    ask.bearer = key;
    ask.authorizer = true;
    assert_int_equal(world_send(&world, &ask).status, 200);
    ask = world_ask(&world, NOBODY, "GET", STR("/v1/key"));
    ask.bearer = key;
    assert_int_equal(world_send(&world, &ask).status, 200);
    /* in places where it does not belong */
    ask.target = arena_fmt(a, "/v1/key?api_key=%.*s", STR_ARG(key));
    (void)world_send(&world, &ask);
    ask.target = arena_fmt(a, "/w/team/keys/%.*s", STR_ARG(key));
    (void)world_send(&world, &ask);
    ask.target = arena_fmt(a, "/nothing/%.*s", STR_ARG(key));
    (void)world_send(&world, &ask);
    ask = world_ask(&world, NOBODY, "GET", STR("/w/strangers/keys"));
    ask.cookie = arena_fmt(a, "s=%.*s", STR_ARG(key));
    (void)world_send(&world, &ask);
    ask.cookie = arena_fmt(a, "s=%.*s", STR_ARG(sessions[i]));
    assert_int_equal(world_send(&world, &ask).status, 200);
    form_add(a, &ask.extra, STR("HTTP_X_FORWARDED_FOR"), key);
    form_add(a, &ask.extra, STR("HTTP_REFERER"), key);
    (void)world_send(&world, &ask);
    (void)req_json(&world, MANAGEMENT, "POST", "/v1/check",
        arena_fmt(a, "{\"key\":\"%.*s\"}", STR_ARG(key)).p);
    (void)req_json(&world, MANAGEMENT, "POST", "/v1/check",
        arena_fmt(a, "{\"key\":\"%.*s\", \"%.*s\":1}", STR_ARG(key),
            STR_ARG(key)).p);
    ask = world_ask(&world, NOBODY, "GET", STR("/v1/key"));
    ask.bearer = str_head(key, key.n - 1); /* a typing mistake */
    (void)world_send(&world, &ask);
}

/* A key by its page, as a person makes it; the answer holds it once. */
static struct str
make_by_page(int i)
{
    struct reply r = req_post(&world, OWNER, "/w/team/keys",
        arena_fmt(world.arena, "name=canary+%d&expiry=none&once=canary%d", i,
            i));
    assert_int_equal(r.status, 200);
    assert_true(str_is(reply_header(&r, "Cache-Control"), "no-store"));
    for (size_t k = 0; k + 51 <= r.body.n; k++)
        if (memcmp(r.body.p + k, "_krs_", 5) == 0 && k >= 8)
            return arena_dup(world.keep,
                (struct str){ r.body.p + k - 8, 51 });
    fail_msg("no key on the page");
    return STR("");
}

static void
make_all(void)
{
    for (int i = 0; i < MANY; i++) {
        keys[i] = make_by_page(i);
        sessions[i] = world_sign_in(&world, STRANGER);
        use_and_misuse(i);
        /* half of them rotated: old and new are secrets */
        if (i % 2) {
            struct reply r = req_post(&world, OWNER,
                arena_fmt(world.arena, "/w/team/keys/%.*s/rotate",
                    STR_ARG(str_head(keys[i], 8))).p,
                arena_fmt(world.arena, "overlap=day&once=rotate%d", i));
            assert_int_equal(r.status, 200);
        }
        add_secret((struct str){ keys[i].p + SECRET_AT, SECRET_CHARS });
        add_session(sessions[i]);
        world_forget(&world);
    }
    assert_int_equal(touch_flush(worker_shell(&world.worker)), ERR_OK);
}

/* ---- looking ---- */

static size_t
scan_file(const char *path, size_t *bytes)
{
    static char piece[64 * 1024 + WINDOW];
    size_t hits = 0, kept = 0;
    FILE *f = fopen(path, "rb");
    if (!f)
        return 0;
    for (size_t n; (n = fread(piece + kept, 1, sizeof piece - kept, f)) > 0;) {
        *bytes += n;
        n += kept;
        hits += count_hits((struct str){ piece, n });
        kept = n < WINDOW - 1 ? n : WINDOW - 1;
        memmove(piece, piece + n - kept, kept);
    }
    fclose(f);
    return hits;
}

static void
test_nowhere(void **state)
{
    (void)state;
    static const char *const ends[] = { "", "-wal", "-shm", "-journal",
        ".ballast", ".lock" };
    size_t bytes = 0, hits = 0;
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        hits += scan_file(
            arena_fmt(world.arena, "%s%s", world.db_path, ends[i]).p,
            &bytes);
    size_t database = bytes;
    hits += scan_file(log_path, &bytes);
    print_message("# %zu windows, %zu bytes of database, %zu of log\n",
        n_windows, database, bytes - database);
    assert_true(database > 100000 && bytes - database > 100000);
    assert_int_equal(hits, 0);
    /* and the search finds what is there */
    char text[] = "............................";
    memcpy(text + 5, keys[7].p + SECRET_AT + 3, WINDOW);
    assert_int_equal(count_hits(str_cstr(text)), 1);
    assert_int_equal(count_hits(sessions[7]), sessions[7].n - WINDOW + 1);
}

/* No page shows them again. */
static void
test_no_page(void **state)
{
    (void)state;
    static const char *const pages[] = { "/w/team/keys", "/w/team/keys.csv",
        "/w/team/audit", "/w/team/audit.csv", "/account", "/workspaces",
        "/w/team/members", "/w/team/settings" };
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        struct reply r = req_get(&world, OWNER, pages[i]);
        if (r.status != 200 || count_hits(r.body))
            fail_msg("%s: %d, %zu hits", pages[i], r.status,
                count_hits(r.body));
    }
    for (int i = 0; i < MANY; i += 10) {
        struct reply r = req_get(&world, OWNER,
            arena_fmt(world.arena, "/w/team/keys/%.*s",
                STR_ARG(str_head(keys[i], 8))).p);
        assert_int_equal(r.status, 200);
        assert_int_equal(count_hits(r.body), 0);
        /* a second post of the same form shows no key, and makes none */
        r = req_post(&world, OWNER, "/w/team/keys",
            arena_fmt(world.arena, "name=canary+%d&expiry=none"
                "&once=canary%d", i, i));
        assert_int_equal(r.status, 200);
        assert_int_equal(count_hits(r.body), 0);
    }
    assert_int_equal(world_int(&world, "SELECT count(*) FROM api_key "
                                       "WHERE name LIKE 'canary %'"),
        MANY);
}

/* ---- replay ---- */

/* A stored value as a thief would present it. */
static void
replay(struct str text)
{
    static const char *const paths[] = { "/v1/key", "/w/team/keys" };
    if (text.n < 8 || text.n > 2000)
        return;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < ' ' || text.p[i] > '~' || text.p[i] == ';')
            return;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct ask ask =
            world_ask(&world, NOBODY, "GET", str_cstr(paths[i]));
        ask.bearer = text;
        ask.cookie = arena_fmt(world.arena, "s=%.*s", STR_ARG(text));
        struct reply r = world_send(&world, &ask);
        if (r.status != 401 && r.status != 303 && r.status != 400)
            fail_msg("%s: %d for a stored %.*s", paths[i], r.status,
                STR_ARG(text));
    }
    struct reply r = req_get(&world, NOBODY,
        arena_fmt(world.arena, "/setup?t=%.*s", STR_ARG(str_head(text, 40)))
            .p);
    assert_true(r.status != 500);
    world_forget(&world);
}

static size_t
replay_column(const char *sql)
{
    sqlite3_stmt *st;
    size_t n = 0;
    if (sqlite3_prepare_v2(world.side, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(world.side));
    while (sqlite3_step(st) == SQLITE_ROW) {
        const unsigned char *p = sqlite3_column_blob(st, 0);
        size_t len = (size_t)sqlite3_column_bytes(st, 0);
        char text[1024];
        if (len == 0 || len > sizeof text / 4)
            continue;
        replay((struct str){ (const char *)p, len });
        sodium_bin2hex(text, sizeof text, p, len);
        replay(str_cstr(text));
        sodium_bin2base64(text, sizeof text, p, len,
            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        replay(str_cstr(text));
        n++;
    }
    sqlite3_finalize(st);
    return n;
}

static void
test_replay(void **state)
{
    (void)state;
    static const char *const columns[] = {
        "SELECT sealed FROM key_secret", "SELECT last4 FROM key_secret",
        "SELECT prefix FROM api_key", "SELECT uuid FROM api_key",
        "SELECT mac FROM session", "SELECT uuid FROM session",
        "SELECT uuid FROM user", "SELECT password FROM user",
        "SELECT mac FROM once_link", "SELECT mac FROM form_once",
        "SELECT hash FROM audit",
    };
    size_t n = 0;
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        n += replay_column(columns[i]);
    print_message("# %zu stored values replayed\n", n);
    assert_true(n > 3 * MANY);
}

/* A sealed secret that is moved to another key, kind or workspace is dead. */
static void
test_moved(void **state)
{
    (void)state;
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/v1/key"));
    ask.bearer = keys[0];
    assert_int_equal(world_send(&world, &ask).status, 200);
    world_exec(&world, "UPDATE api_key SET kind = 'management' "
                       "WHERE name = 'canary 0'");
    assert_int_equal(world_send(&world, &ask).status, 401);
    world_exec(&world, "UPDATE api_key SET kind = 'standard', "
        "workspace_id = (SELECT id FROM workspace WHERE slug = 'strangers') "
        "WHERE name = 'canary 0'");
    assert_int_equal(world_send(&world, &ask).status, 401);
    world_exec(&world, "UPDATE api_key SET "
        "workspace_id = (SELECT id FROM workspace WHERE slug = 'team') "
        "WHERE name = 'canary 0'");
    assert_int_equal(world_send(&world, &ask).status, 200);
    /* one's own secret under somebody's key */
    ask.bearer = arena_fmt(world.keep, "%.*s%.*s",
        STR_ARG(str_head(keys[2], 8)), STR_ARG(str_from(keys[0], 8)));
    world_exec(&world, "UPDATE key_secret SET sealed = (SELECT s.sealed "
        "FROM key_secret s JOIN api_key k ON k.id = s.key_id "
        "WHERE k.name = 'canary 0') WHERE key_id = (SELECT id FROM api_key "
        "WHERE name = 'canary 2')");
    assert_int_equal(world_send(&world, &ask).status, 401);
    ask.bearer = keys[0];
    ask.target = STR("/v1/key");
    assert_int_equal(world_send(&world, &ask).status, 200);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    slots = calloc(SLOTS, sizeof *slots);
    taken = calloc(SLOTS, sizeof *taken);
    must(slots && taken);
    world_exec(&world, "UPDATE workspace SET key_max = 100000");
    /* everything that the program logs, at its most talkative */
    log_path = arena_fmt(world.keep, "%s/log", world.folder).p;
    int file = open(log_path, O_CREAT | O_WRONLY | O_APPEND, 0600);
    int old = dup(STDERR_FILENO);
    must(file >= 0 && old >= 0 && dup2(file, STDERR_FILENO) >= 0);
    log_setup(LOG_DEBUG, LOG_JSON);
    make_all();
    log_setup(LOG_ERROR, LOG_KEY_VALUE);
    must(dup2(old, STDERR_FILENO) >= 0);
    close(file);
    close(old);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    free(slots);
    free(taken);
    world_close(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nowhere),
        cmocka_unit_test(test_no_page),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_moved),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
