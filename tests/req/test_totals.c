/* SPDX-License-Identifier: ISC */
/*
 * Random load through the gate and the reports, over weeks: what the events
 * say is what the sums of hours and days, the page, its CSV, GET /v2/usage
 * with its details and calls, and the usage-limits of aiXplain say, for
 * everybody who may ask.
 */
#include "world.h"

#include "base/buf.h"
#include "base/clock.h"
#include "core/catalog.h"
#include "core/limit.h"
#include "core/meter.h"
#include "core/touch.h"
#include "core/usage.h"
#include "text/money.h"
#include "text/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAYS = 20, STEPS = 700, OPEN_MOST = 24, OWN_MODELS = 130 };
#define SPAN "start=2026-03-01&end=2026-04-05"
#define FROM_TO "from=2026-03-01&to=2026-04-04"

static struct world world;
static const enum who owners[] = { OWNER, MEMBER, ADMIN };

/* ---- draws ---- */

static uint64_t seed;

static int
draw(int below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (int)((seed >> 33) % (uint64_t)below);
}

static struct str
said(const char *name, int chance)
{
    return draw(chance) == 0
        ? STR("")
        : arena_fmt(world.arena, ",\"%s\":%d", name, draw(3000));
}

/* ---- load ---- */

static struct str open_calls[OPEN_MOST];
static int n_own;

static struct reply
send(const char *path, struct str body)
{
    struct reply r = req_json(&world, MANAGEMENT, "POST", path,
        arena_cstr(world.arena, body));
    /* the first report stands, and what is over is over */
    if (r.status != 200 && r.status != 409 && r.status != 422)
        fail_msg("%s: %d: %.*s", path, r.status, STR_ARG(r.body));
    return r;
}

static void
random_check(size_t slot)
{
    static const char *const models[] = { "openai/gpt-5", "a/odd",
        "not/known", "" };
    const char *model = models[draw(4)];
    struct reply r = send("/v1/check", arena_fmt(world.arena,
        "{\"key\":\"%.*s\",\"endpoint\":\"/v1/%s\"%s%s%s%.*s}",
        STR_ARG(world.key[owners[draw(3)]]),
        draw(2) ? "chat/completions" : "embeddings",
        *model ? ",\"model\":\"" : "", model, *model ? "\"" : "",
        STR_ARG(said("input_tokens", 3))));
    struct val *v = reply_json(&world, &r);
    const struct val *held = val_get_cstr(v, "reservation");
    open_calls[slot] = held && held->type == VAL_MAP
        ? arena_dup(world.keep, val_text(val_get_cstr(held, "id")))
        : STR("");
}

static void
random_report(size_t slot)
{
    const char *outcome = draw(5) ? "" : ",\"outcome\":\"failed\"";
    struct str in = said("input_tokens", 6), out = said("output_tokens", 6);
    struct str body = arena_fmt(world.arena, "{\"id\":\"%.*s\"%s%.*s%.*s}",
        STR_ARG(open_calls[slot]), outcome, STR_ARG(in), STR_ARG(out));
    for (int n = 1 + draw(2); n; n--)
        (void)send("/v1/usage", body);
    open_calls[slot] = STR("");
}

/* A call that nobody reserved, perhaps of days ago, of one of many models. */
static void
random_own(void)
{
    struct str in = said("input_tokens", 6), out = said("output_tokens", 6);
    struct str model = draw(2) ? STR("a/odd")
        : arena_fmt(world.arena, "m/%d", draw(OWN_MODELS));
    int64_t at_s = clock_now_s() - draw(3) * draw(2 * (int)DAY_S);
    struct str body = arena_fmt(world.arena, "{\"id\":\"own-%d\",\"key\":"
        "\"%.*s\",\"model\":\"%.*s\",\"time\":\"%.*s\",\"outcome\":\"%s\""
        "%.*s%.*s}", n_own++, STR_ARG(world.prefix[owners[draw(3)]]),
        STR_ARG(model), STR_ARG(when_rfc3339(world.arena, at_s)),
        draw(5) ? "succeeded" : "failed", STR_ARG(in), STR_ARG(out));
    for (int n = 1 + draw(2); n; n--)
        (void)send("/v1/usage", body);
}

static void
housekeeping(void)
{
    struct cx *cx = worker_shell(&world.worker);
    assert_int_equal(meter_sweep(cx), ERR_OK);
    cx = worker_shell(&world.worker);
    assert_int_equal(touch_flush(cx), ERR_OK);
}

static void
load(void)
{
    int64_t now_ms = WORLD_NOW * 1000;
    for (int i = 0; i < STEPS; i++) {
        size_t slot = (size_t)draw(OPEN_MOST);
        if (draw(4) == 0)
            random_own();
        else if (open_calls[slot].n)
            random_report(slot);
        else
            random_check(slot);
        now_ms += draw(2 * DAYS * (int)DAY_S / STEPS) * INT64_C(1000) *
                (draw(3) == 0) * 3 + draw(1000);
        clock_fix(now_ms);
        if (draw(20) == 0)
            housekeeping();
        world_forget(&world);
    }
    clock_fix(now_ms + METER_LEASE_S * 1000);
    housekeeping();
    /* the sessions have ended meanwhile */
    for (size_t i = 0; i < COUNT_OF(owners); i++)
        world.session[owners[i]] = world_sign_in(&world, owners[i]);
}

/* ---- what the events say ---- */

enum col { ASKED, FAILED, REFUSED, INPUT, OUTPUT, TOTAL, COST, COLS };
static const char *const col_of_events[COLS] = { "calls",
    "calls * (outcome = 'failed')", "calls * (outcome = 'refused')",
    "input_tokens", "output_tokens", "input_tokens + output_tokens",
    "cost_micro" };
static const char *const col_of_sums[COLS] = {
    "refused + failed + succeeded", "failed", "refused", "input_tokens",
    "output_tokens", "input_tokens + output_tokens", "cost_micro" };

static int64_t
sum_of(const char *col, const char *table, const char *where)
{
    return world_int(&world, arena_fmt(world.arena,
        "SELECT ifnull(sum(%s), 0) FROM %s WHERE %s", col, table, where).p);
}

static const char *
of_key(enum who who)
{
    return arena_fmt(world.arena, "key_id = (SELECT id FROM api_key WHERE "
        "prefix = '%.*s')", STR_ARG(world.prefix[who])).p;
}

static void
same(const char *what, int col, int64_t got, int64_t want)
{
    if (got != want)
        fail_msg("%s, %s: %" PRId64 " instead of %" PRId64, what,
            col < COLS ? col_of_sums[col] : "", got, want);
}

static void
expect_sums(void)
{
    static const char *const tables[] = { "usage_hour", "usage_day",
        "usage_week" };
    for (size_t t = 0; t < COUNT_OF(tables); t++)
        for (int c = 0; c < COLS; c++) {
            int64_t want = sum_of(col_of_events[c], "usage_event", "1");
            same(tables[t], c, sum_of(col_of_sums[c], tables[t],
                "key_id = 0"), want);
            same(tables[t], c, sum_of(col_of_sums[c], tables[t],
                "key_id <> 0"), want);
        }
}

/* ---- page and CSV ---- */

/* Sums of the last columns of a CSV. */
static void
csv_sums(struct str body, int64_t sums[COLS])
{
    struct str line, cell;
    (void)str_cut(body, '\n', &line, &body); /* headings */
    while (str_cut(body, '\n', &line, &body)) {
        size_t commas = 0, at = 0;
        struct str rest = str_trim(line);
        for (size_t i = 0; i < line.n; i++)
            commas += line.p[i] == ',';
        assert_true(commas >= COLS);
        for (; at <= commas; at++) {
            int64_t v;
            (void)str_cut(rest, ',', &cell, &rest);
            if (at + COLS <= commas)
                continue;
            size_t c = at + COLS - commas - 1;
            assert_true(c == COST ? money_read(cell, &v) : str_int(cell, &v));
            sums[c] += v;
        }
    }
}

static struct str
foot_of(const int64_t want[COLS])
{
    struct arena *a = world.arena;
    struct buf b;
    buf_init(&b, a, BUF_MAX_FIELD);
    buf_cstr(&b, "<tfoot><tr><th scope=\"row\">Together</th>");
    for (int c = 0; c < COLS; c++) {
        struct str n =
            c == COST ? money_show(a, want[c]) : count_show(a, want[c]);
        buf_fmt(&b, "<td class=\"num%s\">%.*s</td>",
            c == ASKED || c == COST ? "" : " big", STR_ARG(n));
    }
    return buf_view(&b);
}

/* where  which events this person sees */
static void
expect_pages(enum who who, const char *where)
{
    static const char *const groups[] = { "model", "key", "member",
        "endpoint" };
    int64_t want[COLS];
    for (int c = 0; c < COLS; c++)
        want[c] = sum_of(col_of_events[c], "usage_event", where);
    for (size_t g = 0; g < COUNT_OF(groups); g++) {
        int64_t sums[COLS] = { 0 };
        const char *path = arena_fmt(world.arena,
            "/w/team/usage.csv?" FROM_TO "&by=%s", groups[g]).p;
        struct reply r = req_get(&world, who, path);
        csv_sums(r.body, sums);
        for (int c = 0; c < COLS; c++)
            same(path, c, sums[c], want[c]);
        path = arena_fmt(world.arena, "/w/team/usage?" FROM_TO "&by=%s",
            groups[g]).p;
        r = req_get(&world, who, path);
        if (!reply_holds(&r, foot_of(want)))
            fail_msg("%s has not: %.*s", path, STR_ARG(foot_of(want)));
        world_forget(&world);
    }
}

/* ---- /v2/usage ---- */

static int64_t
number(const struct val *v, const char *name)
{
    const struct val *m = val_get_cstr(v, name);
    if (!m || m->type != VAL_INT)
        fail_msg("%s is no whole number", name);
    return m->u.i;
}

/* USD, as micro-USD. */
static int64_t
usd(const struct val *v)
{
    const struct val *m = val_get_cstr(v, "spend");
    assert_non_null(m);
    assert_true(m->type == VAL_INT || m->type == VAL_REAL);
    return m->type == VAL_INT ? m->u.i * MICRO
                              : (int64_t)(m->u.real * MICRO + 0.5);
}

static struct val *
get(enum who who, const char *path)
{
    struct reply r = req_get(&world, who, path);
    if (r.status != 200)
        fail_msg("%s: %d: %.*s", path, r.status, STR_ARG(r.body));
    return reply_json(&world, &r);
}

static void
expect_groups(const char *path, const struct val *v,
    const int64_t want[COLS])
{
    int64_t sums[COLS] = { 0 }, models[2] = { 0 };
    const struct val *list = val_get_cstr(v, "groups");
    for (size_t i = 0; i < list->u.list.n; i++) {
        const struct val *one = list->u.list.items[i];
        const struct val *t = val_get_cstr(one, "tokens");
        const struct val *n = val_get_cstr(one, "requests");
        sums[ASKED] += number(n, "total");
        sums[FAILED] += number(n, "failed");
        sums[INPUT] += number(t, "input");
        sums[OUTPUT] += number(t, "output");
        sums[TOTAL] += number(t, "total");
        sums[COST] += usd(one);
    }
    sums[ASKED] += want[REFUSED]; /* which are no requests there */
    sums[REFUSED] = want[REFUSED];
    for (int c = 0; c < COLS; c++)
        same(path, c, sums[c], want[c]);
    list = val_get_cstr(v, "models");
    for (size_t i = 0; i < list->u.list.n; i++) {
        models[0] += number(list->u.list.items[i], "requests");
        models[1] += usd(list->u.list.items[i]);
    }
    same(path, ASKED, models[0],
        want[ASKED] - want[FAILED] - want[REFUSED]);
    same(path, COST, models[1], want[COST]);
}

static void
expect_figures(enum who who)
{
    static const char *const groups[] = { "day", "model", "day,model",
        "day&tz=Asia/Kathmandu", "day,model&tz=Pacific/Kiritimati" };
    const char *where = of_key(who);
    int64_t want[COLS];
    for (int c = 0; c < COLS; c++)
        want[c] = sum_of(col_of_events[c], "usage_event", where);
    const char *rest = arena_fmt(world.arena, SPAN "&key_prefix=%.*s",
        STR_ARG(world.prefix[who])).p;
    const char *path = arena_fmt(world.arena, "/v2/usage?%s", rest).p;
    const struct val *v = get(MANAGEMENT, path);
    same(path, COST, usd(v), want[COST]);
    same(path, ASKED, number(v, "requests"),
        want[ASKED] - want[FAILED] - want[REFUSED]);
    path = arena_fmt(world.arena, "/v2/logs?%s", rest).p;
    v = get(MANAGEMENT, path);
    same(path, ASKED, number(val_get_cstr(v, "pagination"), "total"),
        want[ASKED] - want[REFUSED]);
    for (size_t g = 0; g < COUNT_OF(groups); g++) {
        path = arena_fmt(world.arena, "/v2/usage/detail?%s&group_by=%s",
            rest, groups[g]).p;
        struct reply r = req_get(&world, MANAGEMENT, path);
        if (r.status == 400 && reply_holds(&r, STR("IANA")))
            continue; /* no tzdata */
        expect_groups(path, reply_json(&world, &r), want);
    }
}

/* ---- usage-limits, and the page of a key ---- */

/* The day in which the load ended. */
static void
expect_today(enum who who)
{
    int64_t day_ms = when_day_start(clock_now_s()) * 1000;
    struct arena *a = world.arena;
    const char *where = arena_fmt(a, "%s AND outcome <> 'refused' AND at_ms "
        ">= %" PRId64, of_key(who), day_ms).p;
    const char *path = "/sdk/api-keys/usage-limits";
    struct ask ask = world_ask(&world, NOBODY, "GET", str_cstr(path));
    ask.bearer = world.key[who];
    struct reply r = world_send(&world, &ask);
    const struct val *v = reply_json(&world, &r);
    assert_int_equal(v->type, VAL_LIST);
    assert_int_equal(v->u.list.n, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct val *one = v->u.list.items[i];
        const char *those = i == 0
            ? where
            : arena_fmt(a, "%s AND model = 'openai/gpt-5'", where).p;
        same(path, ASKED, number(one, "requestCount"),
            sum_of("1", "usage_event", those));
        same(path, TOTAL, number(one, "tokenCount"),
            sum_of(col_of_events[TOTAL], "usage_event", those));
    }
}

static void
expect_key_page(enum who who)
{
    int64_t from_ms =
        (when_day_start(clock_now_s()) - 29 * DAY_S) * 1000;
    struct arena *a = world.arena;
    int64_t want = sum_of("cost_micro", "usage_event", arena_fmt(a,
        "%s AND at_ms >= %" PRId64, of_key(who), from_ms).p);
    struct reply r = req_get(&world, OWNER, arena_fmt(a, "/w/team/keys/%.*s",
        STR_ARG(world.prefix[who])).p);
    struct str words = arena_fmt(a, "%.*s in all",
        STR_ARG(money_show(a, want)));
    if (!reply_holds(&r, words))
        fail_msg("the page of a key has not: %.*s", STR_ARG(words));
}

/* ---- all of it ---- */

static void
set_limit(struct str prefix, enum limit_counts counts,
    enum limit_period period, struct str model, int64_t amount)
{
    struct limit_in in = { .counts = (int)counts, .period = (int)period,
        .model = model, .amount = amount };
    in.set.present = UINT64_C(1) << field_index(limit_fields, STR("amount"));
    struct cx *cx = world_as(&world, OWNER);
    if (limit_set(cx, prefix, &in))
        fail_msg("%.*s", STR_ARG(cx->err.msg));
}

static void
test_all_the_same(void **state)
{
    (void)state;
    struct ai_model odd;
    struct model_in in = { .name = STR("a/odd"), .category = STR("chat"),
        .input_price = 1234567, .output_price = 7654321 };
    const char *given = getenv("KEYLODGE_SEED");
    seed = given ? strtoull(given, NULL, 10) : (uint64_t)clock_mono_us();
    print_message("KEYLODGE_SEED=%" PRIu64 "\n", seed);
    struct cx *cx = world_as(&world, OWNER);
    assert_int_equal(model_add(cx, &in, &odd), ERR_OK);
    world_exec(&world, "UPDATE model_price SET from_s = 0");
    for (size_t i = 0; i < COUNT_OF(owners); i++) {
        struct str prefix = world.prefix[owners[i]];
        set_limit(prefix, LIMIT_REQUESTS, LIMIT_DAY, STR(""), 4);
        set_limit(prefix, LIMIT_TOTAL, LIMIT_DAY, world.model, 9000);
    }
    load();
    const char *kinds[] = { "outcome = 'refused'", "outcome = 'failed'",
        "estimated", "model LIKE 'm/%'" };
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        assert_true(sum_of("calls", "usage_event", kinds[i]) > 10);
    expect_sums();
    expect_pages(OWNER, "1");
    expect_pages(MEMBER, of_key(MEMBER));
    for (size_t i = 0; i < COUNT_OF(owners); i++) {
        expect_figures(owners[i]);
        expect_today(owners[i]);
        expect_key_page(owners[i]);
        world_forget(&world);
    }
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    clock_fix(0);
    world_close(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_the_same),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
