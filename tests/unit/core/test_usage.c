/* SPDX-License-Identifier: ISC */
/* Usage: sums that always add up, exact money, dated prices, who sees what,
 * spending periods, and speed. */
#include "world.h"

#include "base/clock.h"
#include "core/catalog.h"
#include "core/key.h"
#include "core/usage.h"
#include "model/catalog.h"
#include "text/money.h"
#include "text/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- chance ---- */

static uint64_t seed;

static uint64_t
draw(uint64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) +
        UINT64_C(1442695040888963407);
    uint64_t x = seed ^ seed >> 29;
    return below ? (x >> 1) % below : 0;
}

static void
seed_new(void)
{
    const char *given = getenv("KEYLODGE_SEED");
    seed = given ? strtoull(given, NULL, 10)
                 : (uint64_t)clock_now_ms() ^ (uint64_t)getpid() << 40;
    print_message("KEYLODGE_SEED=%" PRIu64 "\n", seed);
}

/* ---- a team with three keys and two models ---- */

struct shop {
    struct world w;
    struct seat s;
    struct key keys[3]; /* of MEMBER, OTHER, OWNER */
    int n_events;
};

static void
add_model(struct cx *cx, const char *name, int64_t in, int64_t out)
{
    struct ai_model made;
    struct model_in form = { .name = str_cstr(name),
        .category = STR("chat"), .input_price = in, .output_price = out };
    OK(cx, model_add(cx, &form, &made));
}

static void
shop_open(struct shop *t)
{
    static const enum who owners[] = { MEMBER, OTHER, OWNER };
    static const char *const names[] = { "mia's", "oscar's", "olive's" };
    struct str text;
    *t = (struct shop){ 0 };
    world_new(&t->w);
    seat_open(&t->s, &t->w);
    t->w.now_s -= 100 * DAY_S;
    struct cx *cx = seat_as(&t->s, OWNER);
    add_model(cx, "a/big", 3000000, 15000000);
    add_model(cx, "a/small", 250000, 1250000);
    add_model(cx, "a/tiny", 1, 3);
    for (size_t i = 0; i < 3; i++) {
        struct key_in in = key_form(names[i]);
        cx = seat_as(&t->s, owners[i]);
        OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &t->keys[i]));
    }
    t->w.now_s += 100 * DAY_S;
}

static void
shop_close(struct shop *t)
{
    seat_close(&t->s);
    world_free(&t->w);
}

static struct usage_event
event(struct shop *t, size_t key, int64_t at_s)
{
    return (struct usage_event){ .key_id = t->keys[key].id,
        .event_id = arena_fmt(t->s.arena, "e%d", t->n_events++),
        .at_ms = at_s * 1000 + 999,
        .model = STR("a/big"),
        .endpoint = STR("/v1/chat/completions"),
        .input_tokens = 1000,
        .output_tokens = 100,
        .took_ms = -1 };
}

static void
record(struct shop *t, const struct usage_event *e, bool want_fresh)
{
    bool fresh;
    struct cx *cx = seat_as(&t->s, SHELL);
    OK(cx, usage_record(cx, e, &fresh));
    assert_int_equal(fresh, want_fresh);
}

/* ---- sums ---- */

static void
sum_add(struct usage_sum *to, const struct usage_sum *s)
{
    to->refused += s->refused;
    to->failed += s->failed;
    to->succeeded += s->succeeded;
    to->input_tokens += s->input_tokens;
    to->output_tokens += s->output_tokens;
    to->cost += s->cost;
}

static void
expect_same(const struct usage_sum *a, const struct usage_sum *b,
    const char *what)
{
    if (memcmp(a, b, sizeof *a) != 0)
        fail_msg("%s: %" PRId64 "/%" PRId64 "/%" PRId64 " calls, %" PRId64
            " + %" PRId64 " tokens, %" PRId64 " instead of %" PRId64
            "/%" PRId64 "/%" PRId64 ", %" PRId64 " + %" PRId64 ", %" PRId64,
            what, a->refused, a->failed, a->succeeded, a->input_tokens,
            a->output_tokens, a->cost, b->refused, b->failed, b->succeeded,
            b->input_tokens, b->output_tokens, b->cost);
}

static void
expect_series(struct cx *cx, struct usage_range r, int64_t key_id,
    const struct usage_sum *want)
{
    static const char *const groups[] = { "model", "key", "member",
        "endpoint" };
    for (int g = USAGE_BY_MODEL; g <= USAGE_BY_ENDPOINT; g++)
        for (int b = USAGE_DAY; b <= USAGE_WHOLE; b++)
            for (int most = 0; most < 5; most += 2) {
                struct usage_rows rows;
                struct usage_sum sum = { 0 };
                int64_t last_s = INT64_MIN;
                OK(cx, usage_series(cx, r, (enum usage_bucket)b,
                    (enum usage_group)g, key_id, most, &rows));
                for (size_t i = 0; i < rows.n; i++) {
                    const struct usage_row *row = &rows.items[i];
                    assert_true(row->start_s >= last_s);
                    assert_true(row->label.n > 0);
                    assert_int_equal(row->rest, str_is(row->label, "Other"));
                    assert_true(row->rest || most > 0);
                    if (b == USAGE_WEEK)
                        assert_int_equal(row->start_s,
                            when_week_start(row->start_s));
                    last_s = row->start_s;
                    sum_add(&sum, &row->sum);
                }
                if (b == USAGE_WHOLE)
                    assert_true(rows.n <= (size_t)most + 1);
                expect_same(&sum, want, groups[g]);
            }
}

/* Sum, table and series of a page say the same. */
static void
expect_report(struct cx *cx, struct usage_range r,
    const struct usage_sum *want)
{
    for (int g = USAGE_BY_MODEL; g <= USAGE_BY_ENDPOINT; g++)
        for (int most = 0; most < 5; most++) {
            struct usage_report rep;
            struct usage_rows whole;
            struct usage_sum table = { 0 }, series = { 0 };
            enum usage_group by = (enum usage_group)g;
            OK(cx, usage_report(cx, r, most % 2 ? USAGE_DAY : USAGE_WEEK, by,
                most, most / 2, &rep));
            OK(cx, usage_series(cx, r, USAGE_WHOLE, by, 0, most, &whole));
            assert_int_equal(rep.rows.n, whole.n);
            for (size_t i = 0; i < whole.n; i++) {
                const struct usage_row *row = &rep.rows.items[i];
                size_t k = 0;
                while (!str_eq(whole.items[k].group, row->group) ||
                    whole.items[k].rest != row->rest)
                    assert_true(++k < whole.n);
                assert_int_equal(row->sum.cost, whole.items[i].sum.cost);
                expect_same(&row->sum, &whole.items[k].sum, "table");
                sum_add(&table, &row->sum);
            }
            for (size_t i = 0; i < rep.series.n; i++) {
                const struct usage_row *o = &rep.series.items[i];
                assert_true(!i || o->start_s > o[-1].start_s || !o[-1].rest);
                sum_add(&series, &o->sum);
            }
            expect_same(&rep.sum, want, "report");
            expect_same(&table, want, "table");
            expect_same(&series, want, "series");
        }
}

static void
random_event(struct shop *t, struct usage_event *e, size_t *key)
{
    static const char *const models[] = { "a/big", "a/small", "a/tiny",
        "not/known", "" };
    static const char *const paths[] = { "/v1/chat/completions",
        "/v1/embeddings", "" };
    *key = (size_t)draw(3);
    *e = event(t, *key,
        t->w.now_s - 40 * DAY_S + (int64_t)draw(40 * DAY_S));
    e->model = str_cstr(models[draw(COUNT_OF(models))]);
    e->endpoint = str_cstr(paths[draw(COUNT_OF(paths))]);
    e->input_tokens = (int64_t)draw(100000);
    e->output_tokens = (int64_t)draw(10000);
    e->outcome = (enum usage_outcome)draw(USAGE_OUTCOME_COUNT);
}

static int64_t
cost_of(const struct usage_event *e)
{
    if (e->outcome != USAGE_SUCCEEDED)
        return 0;
    if (str_is(e->model, "a/big"))
        return usage_cost(e->input_tokens, 3000000, e->output_tokens,
            15000000);
    if (str_is(e->model, "a/small"))
        return usage_cost(e->input_tokens, 250000, e->output_tokens, 1250000);
    if (str_is(e->model, "a/tiny"))
        return usage_cost(e->input_tokens, 1, e->output_tokens, 3);
    return 0;
}

static void
test_sums(void **state)
{
    (void)state;
    struct shop t;
    struct usage_sum sums[3] = { { 0 } }, all = { 0 }, got;
    seed_new();
    shop_open(&t);
    for (int i = 0; i < 400; i++) {
        struct usage_event e;
        size_t key;
        random_event(&t, &e, &key);
        record(&t, &e, true);
        if (draw(5) == 0)
            record(&t, &e, false); /* reported twice, counts once */
        struct usage_sum one = { e.outcome == USAGE_REFUSED,
            e.outcome == USAGE_FAILED, e.outcome == USAGE_SUCCEEDED,
            e.input_tokens, e.output_tokens, cost_of(&e) };
        sum_add(&sums[key], &one);
        sum_add(&all, &one);
    }
    struct cx *cx = seat_as(&t.s, ADMIN);
    struct usage_range r = usage_days(cx, 41);
    OK(cx, usage_totals(cx, r, 0, &got));
    expect_same(&got, &all, "all");
    expect_series(cx, r, 0, &all);
    expect_report(cx, r, &all);
    for (int i = 0; i < 64; i++) { /* however a range cuts its weeks */
        struct usage_range some = { r.from_s + i % 8 * DAY_S,
            r.to_s - i / 8 * DAY_S };
        OK(cx, usage_totals(cx, some, 0, &got));
        expect_series(cx, some, 0, &got);
    }
    for (size_t i = 0; i < 3; i++) {
        OK(cx, usage_totals(cx, r, t.keys[i].id, &got));
        expect_same(&got, &sums[i], "one key");
        expect_series(cx, r, t.keys[i].id, &sums[i]);
    }
    /* a member sees own keys, and nothing through another's id */
    cx = seat_as(&t.s, MEMBER);
    OK(cx, usage_totals(cx, r, 0, &got));
    expect_same(&got, &sums[0], "own");
    expect_series(cx, r, 0, &sums[0]);
    expect_report(cx, r, &sums[0]);
    expect_series(cx, r, t.keys[0].id, &sums[0]);
    struct usage_sum none = { 0 };
    OK(cx, usage_totals(cx, r, t.keys[1].id, &got));
    expect_same(&got, &none, "another's");
    struct usage_rows rows;
    OK(cx, usage_for_key(cx, &t.keys[0], &rows));
    GIVES(cx, usage_for_key(cx, &t.keys[1], &rows), ERR_FORBIDDEN);
    /* another workspace sees nothing of it */
    cx = seat_as(&t.s, STRANGER);
    OK(cx, usage_totals(cx, r, t.keys[1].id, &got));
    expect_same(&got, &none, "foreign key");
    expect_series(cx, r, 0, &none);
    /* the hours hold the same */
    assert_int_equal(all.cost, world_int(&t.w,
        "SELECT sum(cost_micro) FROM usage_hour WHERE key_id = 0"));
    assert_int_equal(all.cost, world_int(&t.w,
        "SELECT sum(cost_micro) FROM usage_hour WHERE key_id <> 0"));
    assert_int_equal(all.cost,
        world_int(&t.w, "SELECT sum(cost_micro) FROM usage_event"));
    shop_close(&t);
}

static void
test_ranges(void **state)
{
    (void)state;
    struct shop t;
    struct usage_sum got;
    shop_open(&t);
    struct cx *cx = seat_as(&t.s, ADMIN);
    struct usage_range r = usage_days(cx, 7);
    assert_int_equal(r.to_s - r.from_s, 7 * DAY_S);
    assert_int_equal(usage_bucket_of(usage_days(cx, 92)), USAGE_DAY);
    assert_int_equal(usage_bucket_of(usage_days(cx, 93)), USAGE_WEEK);
    struct usage_event e = event(&t, 0, r.from_s);
    record(&t, &e, true);
    e = event(&t, 0, r.from_s - 1);
    record(&t, &e, true);
    e = event(&t, 0, r.to_s - 1);
    record(&t, &e, true);
    cx = seat_as(&t.s, ADMIN);
    OK(cx, usage_totals(cx, r, 0, &got));
    assert_int_equal(got.succeeded, 2);
    shop_close(&t);
}

static void
test_refused_events(void **state)
{
    (void)state;
    struct shop t;
    bool fresh;
    shop_open(&t);
    struct usage_event e = event(&t, 0, t.w.now_s);
    struct cx *cx = seat_as(&t.s, STRANGER);
    GIVES(cx, usage_record(cx, &e, &fresh), ERR_NOT_FOUND);
    e.input_tokens = USAGE_TOKENS_MOST + 1;
    cx = seat_as(&t.s, SHELL);
    GIVES(cx, usage_record(cx, &e, &fresh), ERR_INVALID);
    expect_field(cx, "input_tokens");
    e.input_tokens = -1;
    cx = seat_as(&t.s, SHELL);
    GIVES(cx, usage_record(cx, &e, &fresh), ERR_INVALID);
    assert_int_equal(world_int(&t.w, "SELECT count(*) FROM usage_event"), 0);
    assert_int_equal(world_int(&t.w, "SELECT count(*) FROM usage_day"), 0);
    /* the same id of another key is another event */
    e = event(&t, 0, t.w.now_s);
    record(&t, &e, true);
    e.key_id = t.keys[1].id;
    record(&t, &e, true);
    shop_close(&t);
}

/* A new price never rewrites the past. */
static void
test_dated_price(void **state)
{
    (void)state;
    struct shop t;
    struct ai_model *models, now_is;
    size_t n;
    shop_open(&t);
    struct cx *cx = seat_as(&t.s, ADMIN);
    OK(cx, model_list(cx, &models, &n));
    struct model_in in = { .version = 1, .name = STR("a/big"),
        .category = STR("chat"), .input_price = 6000000,
        .output_price = 15000000 };
    OK(cx, model_edit(cx, models[0].uuid, &in, &now_is));
    static const struct {
        int64_t ago_s, cost;
    } cases[] = { { 1, 3000 + 1500 }, { 0, 6000 + 1500 },
        { 200 * DAY_S, 0 /* before there was a price */ } };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct usage_event e = event(&t, 0, t.w.now_s - cases[i].ago_s);
        record(&t, &e, true);
        assert_int_equal(cases[i].cost, world_int(&t.w,
            "SELECT cost_micro FROM usage_event ORDER BY id DESC LIMIT 1"));
    }
    shop_close(&t);
}

/* ---- spending limits ---- */

static void
set_limit(struct shop *t, int64_t micro, enum spend_reset reset)
{
    struct key k, now_is;
    struct key_in in = key_form("mia's");
    struct cx *cx = seat_as(&t->s, OWNER);
    OK(cx, key_get(cx, t->keys[0].prefix, &k));
    in.version = k.version;
    in.spend_limit = micro;
    in.spend_reset = (int)reset;
    if (micro >= 0)
        form_put(key_fields, &in.set, "spend_limit");
    form_put(key_fields, &in.set, "spend_reset");
    OK(cx, key_edit(cx, k.prefix, &in, &now_is));
}

static int64_t
spent(struct shop *t)
{
    struct key k;
    struct cx *cx = seat_as(&t->s, OWNER);
    OK(cx, key_get(cx, t->keys[0].prefix, &k));
    return k.spent;
}

/* 2025-11-19 is a Wednesday: Monday, the 1st and last month are all others. */
static void
test_periods(void **state)
{
    (void)state;
    enum { ONE = 4500 }; /* what an event() costs */
    static const int days_ago[] = { 0, 0, 1, 2, 3, 18, 19, 60 };
    struct shop t;
    shop_open(&t);
    for (size_t i = 0; i < COUNT_OF(days_ago); i++) {
        struct usage_event e = event(&t, 0,
            t.w.now_s - days_ago[i] * (int64_t)DAY_S);
        record(&t, &e, true);
    }
    /* every kind of period takes over what was spent before it was chosen */
    static const struct {
        enum spend_reset reset;
        int64_t calls;
    } cases[] = { { SPEND_DAY, 2 }, { SPEND_WEEK, 4 }, { SPEND_MONTH, 6 },
        { SPEND_NO_RESET, 8 }, { SPEND_DAY, 2 }, { SPEND_WEEK, 4 } };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        set_limit(&t, 1000 * MICRO, cases[i].reset);
        assert_int_equal(spent(&t), cases[i].calls * ONE);
    }
    /* and goes on */
    struct usage_event e = event(&t, 0, t.w.now_s);
    record(&t, &e, true);
    record(&t, &e, false);
    assert_int_equal(spent(&t), 5 * ONE);
    /* a late report counts in the period of its call */
    e = event(&t, 0, t.w.now_s - 7 * DAY_S);
    record(&t, &e, true);
    assert_int_equal(spent(&t), 5 * ONE);
    /* no limit, calls, a limit again */
    set_limit(&t, -1, SPEND_WEEK);
    e = event(&t, 0, t.w.now_s);
    record(&t, &e, true);
    set_limit(&t, 1000 * MICRO, SPEND_WEEK);
    assert_int_equal(spent(&t), 6 * ONE);
    /* a reset is no event: the next Monday begins at nothing */
    t.w.now_s += 5 * DAY_S;
    assert_int_equal(spent(&t), 0);
    e = event(&t, 0, t.w.now_s);
    record(&t, &e, true);
    assert_int_equal(spent(&t), ONE);
    shop_close(&t);
}

/* ---- the overview ---- */

static void
test_overview(void **state)
{
    (void)state;
    struct shop t;
    struct usage_overview o;
    shop_open(&t);
    struct usage_event e = event(&t, 0, t.w.now_s);
    record(&t, &e, true);
    e = event(&t, 1, t.w.now_s - 19 * DAY_S); /* the month before */
    record(&t, &e, true);
    e = event(&t, 2, t.w.now_s - 18 * DAY_S); /* the 1st */
    record(&t, &e, true);
    set_limit(&t, 5625, SPEND_MONTH); /* 4500 is 80 % of it */
    struct cx *cx = seat_as(&t.s, ADMIN);
    OK(cx, usage_overview(cx, &o));
    assert_int_equal(o.n_active, 3);
    assert_int_equal(o.today.succeeded, 1);
    assert_int_equal(o.month.cost, 9000);
    assert_int_equal(o.care[CARE_LIMIT].n, 1);
    assert_true(str_eq(o.care[CARE_LIMIT].keys[0].prefix, t.keys[0].prefix));
    assert_int_equal(o.care[CARE_NO_EXPIRY].n, 3);
    assert_int_equal(o.care[CARE_UNUSED].n, 3); /* made 100 days ago */
    assert_int_equal(o.care[CARE_EXPIRING].n, 0);
    set_limit(&t, 5626, SPEND_MONTH);
    cx = seat_as(&t.s, ADMIN);
    OK(cx, usage_overview(cx, &o));
    assert_int_equal(o.care[CARE_LIMIT].n, 0);
    cx = seat_as(&t.s, OTHER);
    OK(cx, usage_overview(cx, &o));
    assert_int_equal(o.n_active, 3);
    assert_int_equal(o.month.cost, 0);
    assert_int_equal(o.care[CARE_NO_EXPIRY].n, 1);
    assert_true(
        str_eq(o.care[CARE_NO_EXPIRY].keys[0].prefix, t.keys[1].prefix));
    shop_close(&t);
}

/* A rule of the first key, and what it has counted in its period. */
static void
key_rule(struct shop *t, const char *what)
{
    world_exec(&t->w, arena_fmt(t->s.arena,
        "CREATE TEMP TABLE one AS SELECT * FROM (VALUES (%s)); "
        "INSERT INTO limit_rule (workspace_id, key_id, counts, period, "
        "amount, shadow, model_id, created_s, updated_s) SELECT "
        "k.workspace_id, k.id, column1, column2, column3, column5, column6, "
        "0, 0 FROM one, api_key k WHERE k.name = 'mia''s'; "
        "INSERT INTO limit_cell (rule_id, start_s, used, reserved) SELECT "
        "r.id, CASE period WHEN 'no_reset' THEN 0 WHEN 'month' THEN "
        "1761955200 WHEN 'minute' THEN 1763553600 ELSE 1763510400 END, "
        "column4, 0 FROM one, limit_rule r; DROP TABLE one", what).p);
}

/* Each reason alone counts a key, and all together count it once. */
static void
test_care_any(void **state)
{
    (void)state;
    static const struct {
        const char *what; /* of the first key; the others need nothing */
        int64_t want;
    } cases[] = {
        { "", 0 },
        { "expires_s = NULL", 1 },
        { "expires_s = 1763553600 + 7 * 86400", 1 },
        { "expires_s = 1763553600 + 7 * 86400 + 1", 0 },
        { "expires_s = 1763553600", 0 }, /* over: not a live one */
        { "used_s = 1763553600 - 90 * 86400 - 1", 1 },
        { "used_s = NULL", 1 }, /* made 100 days ago */
        { "spend_limit_micro = 0", 1 },
        { "spend_limit_micro = 5625", 1 },
        { "spend_limit_micro = 5626", 0 },
        { "expires_s = NULL, used_s = NULL, spend_limit_micro = 1", 1 },
        { "expires_s = NULL, disabled_s = 1", 0 },
        /* and its rules: counts, period, amount, used, shadow, of a model */
        { "'requests', 'day', 10, 8, 0, NULL", 1 },
        { "'requests', 'day', 10, 7, 0, NULL", 0 },
        { "'requests', 'day', 10, 8, 1, NULL", 0 },
        { "'total', 'day', 1000000000000000, 800000000000000, 0, 1", 1 },
        { "'total', 'day', 1000000000000000, 799999999999999, 0, 1", 0 },
        { "'requests', 'minute', 10, 10, 0, NULL", 0 },
        { "'requests', 'minute', 0, 0, 0, NULL", 1 },
        { "'money', 'no_reset', 0, 0, 0, NULL", 1 },
        { "'money', 'month', 1, 5, 0, NULL", 1 },
    };
    struct shop t;
    struct usage_overview o;
    shop_open(&t);
    set_limit(&t, 1000000, SPEND_MONTH);
    struct usage_event e = event(&t, 0, t.w.now_s);
    record(&t, &e, true); /* costs 4500 */
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        world_exec(&t.w, "UPDATE api_key SET used_s = 1763553600, "
            "expires_s = 1795000000, disabled_s = NULL, "
            "spend_limit_micro = 1000000");
        world_exec(&t.w, "DELETE FROM limit_rule; DELETE FROM limit_cell");
        if (cases[i].what[0] == '\'')
            key_rule(&t, cases[i].what);
        else if (cases[i].what[0])
            world_exec(&t.w, arena_cstr(t.s.arena, arena_fmt(t.s.arena,
                "UPDATE api_key SET %s WHERE name = 'mia''s'",
                cases[i].what)));
        struct cx *cx = seat_as(&t.s, ADMIN);
        OK(cx, usage_overview(cx, &o));
        if (o.n_care != cases[i].want)
            fail_msg("%s: %" PRId64 " keys", cases[i].what, o.n_care);
        cx = seat_as(&t.s, OTHER); /* sees the own key only */
        OK(cx, usage_overview(cx, &o));
        assert_int_equal(o.n_care, 0);
    }
    shop_close(&t);
}

static void
expect_steps(struct shop *t, enum who who, bool created, bool called,
    bool limited)
{
    struct usage_steps got;
    struct cx *cx = seat_as(&t->s, who);
    OK(cx, usage_steps(cx, &got));
    if (got.created != created || got.called != called ||
        got.limited != limited)
        fail_msg("%d: created %d, called %d, limited %d", who, got.created,
            got.called, got.limited);
}

static void
test_steps(void **state)
{
    (void)state;
    struct shop t;
    shop_open(&t);
    expect_steps(&t, ADMIN, true, false, false); /* those of all count */
    expect_steps(&t, OTHER, true, false, false);
    expect_steps(&t, STRANGER, false, false, false);
    world_exec(&t.w, "UPDATE api_key SET used_s = 1 WHERE name = 'mia''s'");
    expect_steps(&t, ADMIN, true, true, false);
    expect_steps(&t, MEMBER, true, true, false);
    expect_steps(&t, OTHER, true, false, false);
    set_limit(&t, 0, SPEND_MONTH);
    expect_steps(&t, ADMIN, true, true, true);
    expect_steps(&t, OTHER, true, false, false);
    shop_close(&t);
}

static void
test_may_see(void **state)
{
    (void)state;
    struct shop t;
    shop_open(&t);
    assert_true(usage_may_see(seat_as(&t.s, ADMIN), &t.keys[0]));
    assert_true(usage_may_see(seat_as(&t.s, MEMBER), &t.keys[0])); /* owner */
    assert_false(usage_may_see(seat_as(&t.s, OTHER), &t.keys[0]));
    shop_close(&t);
}

/* ---- speed ---- */

/* A workspace of 10,000 keys with 30 days of calls each. */
static void
test_many(void **state)
{
    (void)state;
    struct shop t;
    shop_open(&t);
    world_exec(&t.w,
        "BEGIN;"
        "CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
        "SELECT i + 1 FROM c WHERE i < 10000) SELECT i FROM c;"
        "INSERT INTO api_key (id, uuid, workspace_id, kind, prefix, name, "
        "by_name, created_s, updated_s, expires_s, spend_limit_micro, used_s)"
        " SELECT 1000 + i, 'u' || i, (SELECT id FROM workspace WHERE slug = "
        "'team'), 'standard', printf('%08d', i), 'key ' || i, 'x', 1, 1, "
        "iif(i % 3, 1763553600 + i * 1000, NULL), 1000, 1763553600 - i * 2000"
        " FROM n;"
        "INSERT INTO usage_day SELECT (SELECT id FROM workspace WHERE slug = "
        "'team'), 1000 + n.i, 1763510400 - d.i * 86400, 'a/big', '/v1', 0, 0, "
        "1, 10, 10, n.i FROM n CROSS JOIN (SELECT i FROM n LIMIT 30) d;"
        "INSERT INTO usage_day SELECT workspace_id, 0, start_s, model, "
        "endpoint, sum(refused), sum(failed), sum(succeeded), "
        "sum(input_tokens), sum(output_tokens), sum(cost_micro) FROM "
        "usage_day GROUP BY workspace_id, start_s, model, endpoint;"
        "INSERT INTO usage_week SELECT workspace_id, key_id, start_s - (start_s"
        " / 86400 + 3) % 7 * 86400, iif(key_id, '', model), '', 0, 0, sum("
        "succeeded), 9, 9, sum(cost_micro) FROM usage_day GROUP BY 2, 3, 4;"
        "INSERT INTO key_spend SELECT 1000 + i, 0, i % 1000, 0 FROM n;"
        "COMMIT");
    static const struct {
        const char *what;
        enum usage_group group;
        enum usage_bucket bucket;
        int64_t most_ms;
    } cases[] = {
        { "by model and day", USAGE_BY_MODEL, USAGE_DAY, 100 },
        { "by key and day", USAGE_BY_KEY, USAGE_DAY, 1900 },
        { "by key", USAGE_BY_KEY, USAGE_WHOLE, 1900 },
        { "by member and day", USAGE_BY_MEMBER, USAGE_DAY, 1900 },
    };
    struct cx *cx = seat_as(&t.s, ADMIN);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct usage_rows rows;
        int64_t began = clock_cpu_us();
        OK(cx, usage_series(cx, usage_days(cx, 31), cases[i].bucket,
            cases[i].group, 0, 8, &rows));
        int64_t ms = (clock_cpu_us() - began) / 1000;
        print_message("%s, 10,000 keys: %zu rows in %lld ms\n",
            cases[i].what, rows.n, (long long)ms);
        assert_true(rows.n > 0 && rows.n <= 31 * 9);
        assert_true(ms < cases[i].most_ms);
    }
    struct usage_overview o;
    cx = seat_as(&t.s, ADMIN);
    int64_t began = clock_cpu_us();
    OK(cx, usage_overview(cx, &o));
    int64_t ms = (clock_cpu_us() - began) / 1000;
    print_message("overview: %lld ms\n", (long long)ms);
    assert_int_equal(o.n_active, 10003);
    assert_true(o.care[CARE_LIMIT].n >= 2000);
    assert_true(o.care[CARE_NO_EXPIRY].n >= 3333);
    assert_true(ms < 500);
    shop_close(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_refused_events),
        cmocka_unit_test(test_dated_price),
        cmocka_unit_test(test_periods),
        cmocka_unit_test(test_overview),
        cmocka_unit_test(test_care_any),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_may_see),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
