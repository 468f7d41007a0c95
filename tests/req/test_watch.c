/* SPDX-License-Identifier: ISC */
/*
 * What the program tells to who watches over it: /healthz, /readyz, /metrics,
 * and why a key was refused, in numbers and in the log.
 */
#include "world.h"

#include "base/log.h"
#include "core/rowseal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct world world;

/* The linker puts this in the place of the store's own (see tests.am). */
static bool store_is_down;
enum err_code __real_store_ready(struct store *st);
enum err_code __wrap_store_ready(struct store *st);

enum err_code
__wrap_store_ready(struct store *st)
{
    if (store_is_down)
        return ERR_FAULT(store_err(st), "planted: disk I/O error");
    return __real_store_ready(st);
}

static void
test_not_ready(void **state)
{
    (void)state;
    store_is_down = true;
    struct reply r = req_get(&world, NOBODY, "/readyz?verbose");
    struct reply alive = req_get(&world, NOBODY, "/healthz");
    store_is_down = false;
    assert_int_equal(r.status, 503);
    assert_true(str_is(r.body, "store failed\n"));
    assert_true(str_is(reply_header(&r, "Retry-After"), "1"));
    assert_int_equal(alive.status, 200);
    assert_int_equal(req_get(&world, NOBODY, "/readyz").status, 200);
}

static void
test_health(void **state)
{
    (void)state;
    struct reply r = req_get(&world, NOBODY, "/healthz");
    assert_true(r.status == 200 && str_is(r.body, "ok\n"));
    r = req_get(&world, NOBODY, "/readyz");
    assert_true(r.status == 200 && str_is(r.body, "ok\n"));
    r = req_get(&world, NOBODY, "/readyz?verbose");
    assert_true(r.status == 200 && str_is(r.body,
        "store ok\nsecret ok\nspace ok\nseals ok\n"));
}

/* For this machine and for who has the credential; and no name of anybody. */
static void
test_metrics(void **state)
{
    (void)state;
    struct ask ask = { .method = "GET", .target = STR("/metrics"),
        .address = "127.0.0.1" };
    (void)world_send(&world, &ask);
    struct reply r = world_send(&world, &ask);
    assert_int_equal(r.status, 200);
    const char *text = arena_cstr(world.arena, r.body);
    assert_non_null(strstr(text, "\nkeylodge_requests_total{method=\"GET\","
        "route=\"/metrics\",status=\"2xx\"} 1\n"));
    assert_non_null(strstr(text, "\nkeylodge_request_seconds_count{door="
        "\"api\"} "));
    assert_non_null(strstr(text, "\nkeylodge_last_backup_seconds 0\n"));
    assert_non_null(strstr(text, "\nkeylodge_sender_last_seconds 0\n"));
    assert_non_null(strstr(text, "\nkeylodge_seals_broken 0\n"));
    assert_non_null(strstr(text, "\nkeylodge_ballast_bytes "));
    assert_null(strstr(text, "\nkeylodge_ballast_bytes 0\n"));
    for (enum who who = OWNER; who <= STRANGER; who++)
        if (world.prefix[who].n)
            assert_null(strstr(text, arena_cstr(world.arena,
                world.prefix[who])));
    ask.address = "192.0.2.9";
    assert_int_equal(world_send(&world, &ask).status, 403);
    static const char secret[] = "0123456789abcdef0123456789abcdef";
    world.app.gate_credential = str_cstr(secret);
    assert_int_equal(world_send(&world, &ask).status, 403);
    ask.bearer = STR("0123456789abcdef0123456789abcdeF");
    assert_int_equal(world_send(&world, &ask).status, 403);
    ask.bearer = str_cstr(secret);
    assert_int_equal(world_send(&world, &ask).status, 200);
    world.app.gate_credential = (struct str){ NULL, 0 };
    assert_int_equal(world_send(&world, &ask).status, 403);
    ask.bearer = (struct str){ NULL, 0 };
    ask.address = "::1";
    assert_int_equal(world_send(&world, &ask).status, 200);
}

/* A proxy on this machine asks for somebody else, and is not this machine. */
static void
test_metrics_for_others(void **state)
{
    (void)state;
    static const char *const says[] = { "HTTP_X_FORWARDED_FOR",
        "HTTP_FORWARDED", "HTTP_X_REAL_IP" };
    for (size_t i = 0; i < COUNT_OF(says); i++) {
        struct pair pair = { str_cstr(says[i]), STR("192.0.2.9") };
        struct ask ask = { .method = "GET", .target = STR("/metrics"),
            .address = "127.0.0.1", .extra = { &pair, 1 } };
        assert_int_equal(world_send(&world, &ask).status, 403);
        static const char secret[] = "0123456789abcdef0123456789abcdef";
        world.app.gate_credential = str_cstr(secret);
        ask.bearer = str_cstr(secret);
        assert_int_equal(world_send(&world, &ask).status, 200);
        world.app.gate_credential = (struct str){ NULL, 0 };
    }
}

/* ---- what is not well, and still serves ---- */

static struct reply
watched(const char *path)
{
    struct ask ask = { .method = "GET", .target = str_cstr(path),
        .address = "127.0.0.1" };
    return world_send(&world, &ask);
}

/* The value of one line of /metrics; -1: there is no such line. */
static long
metric(const char *name)
{
    struct reply r = watched("/metrics");
    const char *text = arena_cstr(world.arena, r.body);
    const char *at = strstr(text, arena_fmt(world.arena, "\n%s ", name).p);
    return at ? strtol(at + strlen(name) + 2, NULL, 10) : -1;
}

static bool
ready_says(int status, const char *line)
{
    struct reply r = watched("/readyz?verbose");
    return r.status == status && reply_holds(&r, str_cstr(line));
}

/* A full disk is told; keys are checked all the same, so it stays ready. */
static void
test_ready_space(void **state)
{
    (void)state;
    const char *ballast = arena_fmt(world.keep, "%s.ballast",
        world.db_path).p;
    const char *aside = arena_fmt(world.keep, "%s.aside", world.db_path).p;
    assert_int_equal(rename(ballast, aside), 0);
    assert_true(ready_says(200, "space failed\n"));
    assert_int_equal(watched("/readyz").status, 200);
    assert_int_equal(metric("keylodge_ballast_bytes"), 0);
    assert_int_equal(rename(aside, ballast), 0);
    assert_true(ready_says(200, "space ok\n"));
}

/* The database of another master secret, or so it seems. */
static void
test_ready_secret(void **state)
{
    (void)state;
    world_tamper(&world, "UPDATE meta SET value = 'b' || value "
        "WHERE name = 'row_seals'");
    assert_true(ready_says(200, "secret failed\n"));
    world_tamper(&world, "UPDATE meta SET value = substr(value, 2) "
        "WHERE name = 'row_seals'");
    assert_true(ready_says(200, "secret ok\n"));
}

static void
sweep_all(void)
{
    struct seal_walk walk = { 0 };
    struct cx *cx = worker_shell(&world.worker);
    do
        assert_int_equal(seal_sweep(cx, &walk), ERR_OK);
    while (walk.kind || walk.after);
}

static void
test_ready_seals(void **state)
{
    (void)state;
    world_tamper(&world, "UPDATE api_key SET expires_s = 9999999999 "
        "WHERE id = 1");
    sweep_all();
    assert_true(ready_says(200, "seals failed\n"));
    assert_int_equal(metric("keylodge_seals_broken"), 1);
    world_tamper(&world, "UPDATE api_key SET expires_s = NULL WHERE id = 1");
    sweep_all();
    assert_true(ready_says(200, "seals ok\n"));
    assert_int_equal(metric("keylodge_seals_broken"), 0);
}

/* ---- why keys are refused ---- */

static int log_file, real_stderr;

/* One request, with what it left in the log. */
static struct reply
logged(const struct ask *ask, struct str *line)
{
    static char bytes[4096];
    log_setup(LOG_INFO, LOG_KEY_VALUE);
    must(dup2(log_file, STDERR_FILENO) >= 0);
    struct reply r = world_send(&world, ask);
    log_setup(LOG_ERROR, LOG_KEY_VALUE);
    must(dup2(real_stderr, STDERR_FILENO) >= 0);
    ssize_t n = pread(log_file, bytes, sizeof bytes, 0);
    must(n > 0 && n < (ssize_t)sizeof bytes && ftruncate(log_file, 0) == 0);
    *line = (struct str){ bytes, (size_t)n };
    return r;
}

static bool
holds(struct str line, const char *what)
{
    return strstr(arena_cstr(world.arena, line), what) != NULL;
}

static long
refusals(const char *code)
{
    return metric(arena_fmt(world.arena,
        "keylodge_refusals_total{code=\"%s\"}", code).p);
}

static struct ask
gate_ask(struct str key)
{
    struct ask ask = { .method = "GET", .target = STR("/gate"),
        .bearer = key, .address = "192.0.2.7" };
    form_add(world.arena, &ask.extra, STR("HTTP_X_ORIGINAL_URI"),
        STR("/v1/models"));
    return ask;
}

static void
test_refusals(void **state)
{
    (void)state;
    static const char *const codes[] = { "missing_api_key",
        "invalid_api_key", "disabled_api_key", "key_kind_not_allowed",
        "temporarily_unavailable", "insufficient_credits" };
    struct str line;
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        assert_int_equal(refusals(codes[i]), 0); /* there from the start */
    assert_int_equal(refusals("allowed"), -1);
    struct ask ask = gate_ask(world.key[STANDARD]);
    assert_int_equal(logged(&ask, &line).status, 204);
    assert_false(holds(line, "code="));
    assert_true(holds(line, " workspace=team"));
    ask.bearer = (struct str){ NULL, 0 };
    assert_int_equal(logged(&ask, &line).status, 401);
    assert_true(holds(line, " status=401 code=missing_api_key "));
    world_exec(&world, "UPDATE api_key SET disabled_s = 1 "
        "WHERE kind = 'standard'");
    ask.bearer = world.key[STANDARD];
    assert_int_equal(logged(&ask, &line).status, 403);
    assert_true(holds(line, " code=disabled_api_key "));
    assert_true(holds(line, " workspace=team"));
    world_exec(&world, "UPDATE api_key SET disabled_s = NULL "
        "WHERE kind = 'standard'");
    ask.bearer = world.key[MANAGEMENT];
    ask.authorizer = true;
    assert_int_equal(logged(&ask, &line).status, 403);
    assert_true(holds(line, " code=key_kind_not_allowed "));
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        assert_int_equal(refusals(codes[i]), i == 0 || i == 2 || i == 3);
}

/* Also of APIs; and what answers 200 and says no. */
static void
test_refusals_of_apis(void **state)
{
    (void)state;
    struct str line;
    long before = refusals("invalid_api_key");
    long kinds = refusals("key_kind_not_allowed");
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/v1/keys"));
    ask.bearer = STR("sk-kl-nonsense");
    assert_int_equal(logged(&ask, &line).status, 401);
    assert_true(holds(line, " code=invalid_api_key "));
    ask.bearer = world.key[STANDARD];
    assert_int_equal(logged(&ask, &line).status, 403);
    assert_true(holds(line, " code=key_kind_not_allowed "));
    ask = world_ask(&world, MANAGEMENT, "POST", STR("/v1/check"));
    ask.type = "application/json";
    ask.body = STR("{\"key\":\"nonsense\"}");
    assert_int_equal(logged(&ask, &line).status, 200);
    assert_true(holds(line, " status=200 code=invalid_api_key "));
    assert_int_equal(refusals("invalid_api_key"), before + 2);
    assert_int_equal(refusals("key_kind_not_allowed"), kinds + 1);
}

/* What nginx asks again is counted the second time. */
static void
test_refusals_once(void **state)
{
    (void)state;
    long before = refusals("missing_api_key");
    struct ask ask = gate_ask((struct str){ NULL, 0 });
    form_add(world.arena, &ask.extra, STR("KEYLODGE_UNSEEN"), STR("on"));
    (void)world_send(&world, &ask);
    assert_int_equal(refusals("missing_api_key"), before);
}

/* A path that leads nowhere is told, but for what may be a token or a key. */
static void
test_missing_path(void **state)
{
    (void)state;
    static const struct {
        const char *path, *says;
    } rows[] = {
        { "/admni/mail", " path=/admni/mail " },
        { "/v9/keys?key=geheim", " path=/v9/keys " },
        { "/reset/0123456789abcdefghij0/x", " path=/reset/-/x " },
        { "/keys/sk-kl-Zz", " path=/keys/- " },
        { "/a/%41%20b/", " path=/a/-/ " },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str line;
        struct ask ask = world_ask(&world, NOBODY, "GET",
            str_cstr(rows[i].path));
        assert_int_equal(logged(&ask, &line).status, 404);
        if (!holds(line, rows[i].says))
            fail_msg("%s: %.*s", rows[i].path, STR_ARG(line));
        assert_false(holds(line, "geheim"));
    }
    struct str line;
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/healthz"));
    (void)logged(&ask, &line);
    assert_false(holds(line, "path="));
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    const char *path = arena_fmt(world.keep, "%s/log", world.folder).p;
    log_file = open(path, O_CREAT | O_RDWR | O_APPEND, 0600);
    real_stderr = dup(STDERR_FILENO);
    must(log_file >= 0 && real_stderr >= 0);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    close(log_file);
    close(real_stderr);
    world_close(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics), /* counts from 0 on, as the next */
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_metrics_for_others),
        cmocka_unit_test(test_refusals_of_apis),
        cmocka_unit_test(test_refusals_once),
        cmocka_unit_test(test_missing_path),
        cmocka_unit_test(test_health),
        cmocka_unit_test(test_not_ready),
        cmocka_unit_test(test_ready_space),
        cmocka_unit_test(test_ready_secret),
        cmocka_unit_test(test_ready_seals),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
