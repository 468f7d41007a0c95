/* SPDX-License-Identifier: ISC */
/*
 * The public lists of hostile texts, through whole requests: SQL (T19), paths
 * (T21), scripts in names and notes (T18, the server's side).
 */
#include "world.h"

#include "http/res.h"
#include "text/html.h"
#include "text/json.h"
#include "text/url.h"
#include "text/utf8.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static struct world world;

enum { ROWS = 50, VIEW_EACH = 2, CREATE_EACH = 4 };

static struct str
encoded(struct str s)
{
    struct buf b;
    buf_init(&b, world.arena, BUF_MAX_FIELD);
    url_encode(&b, s);
    return buf_view(&b);
}

static struct str
escaped(struct str s)
{
    struct buf b;
    buf_init(&b, world.arena, BUF_MAX_FIELD);
    html_text(&b, s);
    return buf_view(&b);
}

static size_t faults, sent;

static struct reply
probe(const struct ask *ask, struct str line)
{
    struct reply r = world_send(&world, ask);
    sent++;
    if (r.status >= 500) {
        faults++;
        print_error("%s %.*s: %d for %.*s\n", ask->method,
            STR_ARG(ask->target), r.status, STR_ARG(line));
    }
    return r;
}

/* ---- SQL ---- */

static const char *const texts[] = {
    "/w/team/keys?q=", "/w/team/keys?status=", "/w/team/keys?owner=",
    "/w/team/keys?sort=", "/w/team/keys?after=", "/w/team/keys?before=",
    "/w/team/keys?sort=name&after=1.", "/w/team/keys?sort=used&before=1.",
    "/w/team/keys.csv?q=", "/w/team/keys/", "/w/", "/w/team/audit?q=",
    "/w/team/audit?action=", "/w/team/audit?after=", "/w/team/audit.csv?q=",
    "/w/team/models/", "/w/team/deployments/", "/sign-in?next=", "/setup?t=",
    "/static/", "/docs/errors/",
};

static const char *const headers[] = { "HTTP_AUTHORIZATION",
    "HTTP_X_API_KEY", "HTTP_COOKIE", "HTTP_USER_AGENT", "HTTP_X_MODEL",
    "HTTP_X_DEPLOYMENT", "HTTP_X_ORIGINAL_URI", "HTTP_HOST2",
    "HTTP_X_FORWARDED_FOR", "HTTP_ORIGIN" };

static void
probe_header(const char *name, struct str line)
{
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/gate"));
    bool key = strcmp(name, "HTTP_AUTHORIZATION") == 0;
    ask.cookie = STR("");
    if (key || strcmp(name, "HTTP_X_API_KEY") == 0)
        ask.target = STR("/v1/key");
    else if (strcmp(name, "HTTP_COOKIE") == 0)
        ask.target = STR("/w/team/keys");
    else
        ask.bearer = world.key[STANDARD];
    form_add(world.arena, &ask.extra, str_cstr(name),
        arena_fmt(world.arena, "%s%.*s",
            key                                 ? "Bearer "
                : strcmp(name, "HTTP_COOKIE") == 0 ? "s="
                                                   : "",
            STR_ARG(line)));
    struct reply r = probe(&ask, line);
    /* nobody comes in by the words of a list */
    if (strcmp(ask.target.p, "/gate") != 0 && r.status < 300)
        fail_msg("%s: let in with %.*s", name, STR_ARG(line));
}

static void
probe_json(struct str line)
{
    struct buf b;
    static const char *const names[] = { "key", "model", "endpoint",
        "deployment", "address" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct val *v = val_map(world.arena);
        val_put_str(v, "key", world.key[STANDARD]);
        val_put_str(v, names[i], line);
        buf_init(&b, world.arena, BUF_MAX_FIELD);
        json_write(&b, v);
        struct ask ask =
            world_ask(&world, MANAGEMENT, "POST", STR("/v1/check"));
        ask.type = "application/json";
        ask.body = buf_view(&b);
        (void)probe(&ask, line);
    }
}

static void
probe_forms(struct str line)
{
    struct str name = encoded(line);
    struct ask ask = world_ask(&world, OWNER, "POST", STR("/w/team/keys"));
    ask.type = "application/x-www-form-urlencoded";
    ask.body = arena_fmt(world.arena, "name=%.*s&note=%.*s&labels=a%%3D%.*s"
        "&owner=user:%.*s&expiry=none&once=%lld&csrf=%.*s", STR_ARG(name),
        STR_ARG(name), STR_ARG(name), STR_ARG(name),
        (long long)++world.onces, STR_ARG(world_token(&world, OWNER)));
    (void)probe(&ask, line);
    ask = world_ask(&world, NOBODY, "POST", STR("/sign-in"));
    ask.type = "application/x-www-form-urlencoded";
    ask.body = arena_fmt(world.arena, "email=%.*s&password=%.*s&csrf=%.*s",
        STR_ARG(name), STR_ARG(name), STR_ARG(world_token(&world, NOBODY)));
    if (probe(&ask, line).status < 400)
        fail_msg("signed in with %.*s", STR_ARG(line));
}

static void
probe_sql(struct str line, size_t i)
{
    struct ask ask = world_ask(&world, OWNER, "GET",
        arena_fmt(world.arena, "%s%.*s", texts[i % COUNT_OF(texts)],
            STR_ARG(encoded(line))));
    (void)probe(&ask, line);
    /* the search gets them all; it finds nothing but what is called so */
    ask.target = arena_fmt(world.arena, "/w/team/keys?q=%.*s",
        STR_ARG(encoded(line)));
    struct reply r = probe(&ask, line);
    if (line.n > 8 && reply_holds(&r, world.prefix[OWNER]))
        fail_msg("the search found a key by %.*s", STR_ARG(line));
    probe_header("HTTP_AUTHORIZATION", line);
    probe_header(headers[i % COUNT_OF(headers)], line);
    if (i % CREATE_EACH == 0) {
        probe_json(line);
        probe_forms(line);
    }
    world_forget(&world);
}

static void
test_sql(void **state)
{
    (void)state;
    static const char *const files[] = { "sqli/auth-bypass.txt",
        "sqli/generic.txt", "sqli/other-dialects.txt" };
    static const struct str built_in[] = { STR_INIT("' OR '1'='1' --"),
        STR_INIT("'; DROP TABLE api_key; --"), STR_INIT("%"),
        STR_INIT("_______________"), STR_INIT("\\%\\_"),
        STR_INIT("' UNION SELECT sealed FROM key_secret --"),
        STR_INIT("%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%a") };
    int64_t others = world_int(&world,
        "SELECT (SELECT count(*) FROM user) * 1000 + "
        "(SELECT count(*) FROM workspace) * 100 + "
        "(SELECT count(*) FROM member)");
    size_t lines = 0;
    for (size_t i = 0; i < COUNT_OF(built_in); i++)
        probe_sql(built_in[i], i * CREATE_EACH);
    for (size_t f = 0; f < COUNT_OF(files); f++) {
        struct strs all = corpus_lines(&world, files[f]);
        for (size_t i = 0; i < all.n; i++)
            probe_sql(all.items[i], i);
        lines += all.n;
    }
    print_message("# %zu lines, %zu requests\n", lines, sent);
    assert_int_equal(faults, 0);
    assert_int_equal(world_int(&world,
                         "SELECT (SELECT count(*) FROM user) * 1000 + "
                         "(SELECT count(*) FROM workspace) * 100 + "
                         "(SELECT count(*) FROM member)"),
        others);
    world_restore(&world);
}

/* ---- paths ---- */

static void
probe_path(const char *before, struct str line, size_t *bad)
{
    struct ask ask = world_ask(&world, OWNER, "GET",
        arena_fmt(world.arena, "%s%.*s", before, STR_ARG(line)));
    struct reply r = probe(&ask, line);
    bool refused = r.status == 400 || r.status == 404;
    if (!refused || reply_holds(&r, STR("root:")) ||
        reply_holds(&r, STR("[boot loader]"))) {
        (*bad)++;
        print_error("%.*s: %d\n", STR_ARG(ask.target), r.status);
    }
    world_forget(&world);
}

static void
test_paths(void **state)
{
    (void)state;
    size_t bad = 0;
    static const struct str built_in[] = { STR_INIT("../app.css"),
        STR_INIT("..%2fapp.css"), STR_INIT("%2e%2e/%2e%2e/etc/passwd"),
        STR_INIT("..%252f..%252fetc/passwd"), STR_INIT("..%c0%afetc/passwd"),
        STR_INIT("....//....//etc/passwd"), STR_INIT("app.css%00"),
        STR_INIT("..\\..\\etc\\passwd"), STR_INIT("/etc/passwd") };
    for (size_t i = 0; i < COUNT_OF(built_in); i++)
        probe_path("/static/", built_in[i], &bad);
    struct strs all = corpus_lines(&world, "paths/traversal.txt");
    for (size_t i = 0; i < all.n; i++) {
        probe_path("/static/", all.items[i], &bad);
        probe_path("/w/team/keys/", all.items[i], &bad);
        probe_path(all.items[i].p[0] == '/' ? "" : "/", all.items[i], &bad);
    }
    assert_int_equal(bad + faults, 0);
}

/* ---- scripts in names and notes ---- */

/* The names and notes of the ROWS keys of the list, by the side door. */
static void
put_texts(const struct str *items, size_t n)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(world.side,
        "UPDATE api_key SET name = ?1, note = ?1 WHERE id = "
        "(SELECT id FROM api_key WHERE revoked_s IS NULL "
        "AND kind = 'standard' AND workspace_id = "
        "(SELECT id FROM workspace WHERE slug = 'team') "
        "ORDER BY id LIMIT 1 OFFSET ?2)", -1, &st, NULL);
    assert_int_equal(rc, SQLITE_OK);
    world_exec(&world, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < n; i++) {
        sqlite3_bind_text(st, 1, items[i].p, (int)items[i].n, SQLITE_STATIC);
        sqlite3_bind_int64(st, 2, (sqlite3_int64)i);
        assert_int_equal(sqlite3_step(st), SQLITE_DONE);
        sqlite3_reset(st);
    }
    world_exec(&world, "COMMIT");
    sqlite3_finalize(st);
}

static bool
has_angle(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '<' || s.p[i] == '>')
            return true;
    return false;
}

/* The list and a key before: what stands there anyway ("</script>"). */
static struct str innocent;

static bool
is_innocent(struct str text)
{
    struct reply r = { .body = innocent };
    return reply_holds(&r, text);
}

/* Is the text on the page, whole, and only in its escaped form? */
static size_t
judge(const struct reply *r, struct str text, const char *where)
{
    struct str esc = escaped(text);
    struct str whole = arena_fmt(world.arena, ">%.*s<", STR_ARG(esc));
    size_t bad = 0;
    if (!reply_holds(r, whole)) {
        print_error("%s: not there exactly: %.*s\n", where, STR_ARG(text));
        bad++;
    }
    if (has_angle(text) && !is_innocent(text) && reply_holds(r, text)) {
        print_error("%s: not escaped: %.*s\n", where, STR_ARG(text));
        bad++;
    }
    return bad;
}

/* The page of one of the ROWS keys. */
static struct reply
key_page(size_t at)
{
    struct ask ask = world_ask(&world, OWNER, "GET", STR(""));
    char sql[400];
    (void)snprintf(sql, sizeof sql, "SELECT prefix FROM api_key WHERE "
        "revoked_s IS NULL AND kind = 'standard' AND workspace_id = "
        "(SELECT id FROM workspace WHERE slug = 'team') "
        "ORDER BY id LIMIT 1 OFFSET %zu", at);
    sqlite3_stmt *st;
    assert_int_equal(sqlite3_prepare_v2(world.side, sql, -1, &st, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    ask.target = arena_fmt(world.arena, "/w/team/keys/%s",
        (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    struct reply r = world_send(&world, &ask);
    assert_int_equal(r.status, 200);
    return r;
}

static void
test_scripts(void **state)
{
    (void)state;
    static const char *const files[] = { "xss/payloadbox.txt",
        "xss/patt.txt", "xss/fuzzdb.txt" };
    static struct str built_in[] = {
        STR_INIT("<script>alert(1)</script>"),
        STR_INIT("\"><img src=x onerror=alert(1)>"),
        STR_INIT("{{{name}}} {{&name}} {{#a}}{{/a}}"),
        STR_INIT("' onmouseover='alert(1)"), STR_INIT("&lt;b&gt; &amp;amp;"),
    };
    struct str batch[ROWS];
    size_t n = COUNT_OF(built_in), bad = 0, seen = 0;
    for (size_t i = 0; i < ROWS; i++)
        (void)world_key(&world, OWNER, KEY_STANDARD,
            arena_fmt(world.keep, "row %zu", i).p);
    world_exec(&world, "UPDATE api_key SET revoked_s = 1 "
                       "WHERE name NOT LIKE 'row %'");
    struct reply list = req_get(&world, OWNER, "/w/team/keys");
    struct reply view = key_page(0);
    innocent = arena_fmt(world.keep, "%.*s%.*s", STR_ARG(list.body),
        STR_ARG(view.body));
    memcpy(batch, built_in, sizeof built_in);
    for (size_t f = 0; f < COUNT_OF(files); f++) {
        struct strs all = corpus_lines(&world, files[f]);
        for (size_t i = 0; i <= all.n; i++) {
            bool last = i == all.n;
            if (!last && utf8_plain(all.items[i], false))
                batch[n++] = all.items[i];
            if (n < ROWS && !(last && n))
                continue;
            put_texts(batch, n);
            struct reply r = req_get(&world, OWNER, "/w/team/keys");
            assert_int_equal(r.status, 200);
            for (size_t k = 0; k < n; k++) {
                bad += judge(&r, batch[k], "list");
                if ((seen + k) % VIEW_EACH)
                    continue;
                struct reply one = key_page(k);
                bad += judge(&one, batch[k], "view");
            }
            seen += n;
            n = 0;
            world_forget(&world);
        }
    }
    print_message("# %zu texts\n", seen);
    assert_int_equal(bad, 0);
    world_restore(&world);
}

/* The same by the front door: what a form stores comes back as it was. */
static void
test_scripts_by_form(void **state)
{
    (void)state;
    struct strs all = corpus_lines(&world, "xss/payloadbox.txt");
    size_t made = 0, bad = 0;
    for (size_t i = 0; i < all.n; i += VIEW_EACH * 4) {
        struct str s = str_trim(all.items[i]);
        struct str enc = encoded(s);
        struct reply r = req_post(&world, OWNER, "/w/team/keys",
            arena_fmt(world.arena, "name=%.*s&note=%.*s&expiry=none"
                "&once=%lld", STR_ARG(enc), STR_ARG(enc),
                (long long)++world.onces));
        assert_true(r.status == 200 || r.status == 422);
        if (has_angle(s) && !is_innocent(s) && reply_holds(&r, s)) {
            print_error("not escaped, %d: %.*s\n", r.status, STR_ARG(s));
            bad++;
        }
        if (r.status == 422) { /* too long: the form comes back filled */
            assert_true(s.n > 80 || i > 0);
        } else {
            bad += !reply_holds(&r, escaped(s));
            made++;
        }
        world_forget(&world);
    }
    print_message("# %zu made\n", made);
    assert_int_equal(bad, 0);
    world_restore(&world);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_exec(&world, "UPDATE workspace SET key_max = 100000");
    world_save(&world);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sql),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_scripts_by_form),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
