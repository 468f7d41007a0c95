/* SPDX-License-Identifier: ISC */
/* Usage by group: the same from weeks as from days, of every range, and of whom
 * a key belongs to now. */
#include "world.h"

#include "core/key.h"
#include "core/usage.h"
#include "text/when.h"

#include <stdio.h>

enum { KEYS = 4, CALLS = 300, DAYS = 30 };

static struct world w;
static struct seat s;
static struct key keys[KEYS];

/* Spread over days, models and endpoints; the dearest key is the last. */
static void
call(int i)
{
    bool fresh;
    struct cx *cx = seat_as(&s, SHELL);
    struct usage_event e = { .key_id = keys[i % KEYS].id,
        .event_id = arena_fmt(cx->arena, "e%d", i),
        .at_ms = (w.now_s - i * 7919 % DAYS * (int64_t)DAY_S) * 1000,
        .model = arena_fmt(cx->arena, "m%d", i % 3),
        .endpoint = arena_fmt(cx->arena, "/v1/e%d", i % 2),
        .outcome = (enum usage_outcome)(i / 5 % USAGE_OUTCOME_COUNT),
        .input_tokens = i % KEYS * 1000 + i,
        .output_tokens = i,
        .took_ms = -1 };
    OK(cx, usage_record(cx, &e, &fresh));
}

static int
setup(void **state)
{
    static const enum who owners[KEYS] = { MEMBER, MEMBER, OTHER, OWNER };
    (void)state;
    world_new(&w);
    seat_open(&s, &w);
    w.now_s -= (DAYS + 1) * DAY_S;
    for (int i = 0; i < KEYS; i++) {
        char name[16];
        struct str text;
        (void)snprintf(name, sizeof name, "key %d", i);
        struct key_in in = key_form(name);
        struct cx *cx = seat_as(&s, owners[i]);
        OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &keys[i]));
    }
    w.now_s += (DAYS + 1) * DAY_S;
    for (int i = 0; i < CALLS; i++)
        call(i);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    seat_close(&s);
    world_free(&w);
    return 0;
}

static void
expect_same(const struct usage_sum *a, const struct usage_sum *b)
{
    assert_int_equal(a->refused, b->refused);
    assert_int_equal(a->failed, b->failed);
    assert_int_equal(a->succeeded, b->succeeded);
    assert_int_equal(a->input_tokens, b->input_tokens);
    assert_int_equal(a->output_tokens, b->output_tokens);
    assert_int_equal(a->cost, b->cost);
}

static struct usage_sum
sum_of(const struct usage_rows *rows, struct str group)
{
    struct usage_sum sum = { 0 };
    for (size_t i = 0; i < rows->n; i++)
        if (str_eq(rows->items[i].group, group))
            usage_sum_add(&sum, &rows->items[i].sum);
    return sum;
}

/* By day it is read from days, as a whole and by week from weeks. */
static void
expect_groups(struct usage_range r)
{
    for (int g = USAGE_BY_MODEL; g <= USAGE_BY_ENDPOINT; g++) {
        struct usage_rows days, weeks, whole;
        enum usage_group by = (enum usage_group)g;
        struct cx *cx = seat_as(&s, ADMIN);
        OK(cx, usage_series(cx, r, USAGE_DAY, by, 0, 100, &days));
        OK(cx, usage_series(cx, r, USAGE_WEEK, by, 0, 100, &weeks));
        OK(cx, usage_series(cx, r, USAGE_WHOLE, by, 0, 100, &whole));
        assert_true(whole.n >= 2);
        for (size_t i = 0; i < whole.n; i++) {
            struct str group = whole.items[i].group;
            struct usage_sum a = sum_of(&days, group);
            struct usage_sum b = sum_of(&weeks, group);
            expect_same(&a, &whole.items[i].sum);
            expect_same(&b, &whole.items[i].sum);
        }
    }
}

static void
test_ranges(void **state)
{
    (void)state;
    struct usage_range r = usage_days(seat_as(&s, ADMIN), DAYS);
    for (int i = 0; i < 64; i++) /* however they cut the weeks */
        expect_groups((struct usage_range){ r.from_s + i % 8 * DAY_S,
            r.to_s - i / 8 * DAY_S });
}

/* What was called belongs to whom the key belongs now. */
static void
test_handed_over(void **state)
{
    (void)state;
    struct usage_rows before, after;
    struct cx *cx = seat_as(&s, ADMIN);
    struct usage_range r = usage_days(cx, DAYS);
    OK(cx, usage_series(cx, r, USAGE_WHOLE, USAGE_BY_MEMBER, 0, 9, &before));
    assert_int_equal(before.n, 3);
    world_exec(&w, "UPDATE api_key SET owner_user_id = (SELECT owner_user_id "
        "FROM api_key WHERE name = 'key 0') WHERE name = 'key 2'");
    for (int b = USAGE_DAY; b <= USAGE_WHOLE; b++) {
        cx = seat_as(&s, ADMIN);
        OK(cx, usage_series(cx, r, (enum usage_bucket)b, USAGE_BY_MEMBER, 0,
            9, &after));
        size_t gone = 0;
        struct usage_sum sum = { 0 }, both;
        for (size_t i = 0; i < before.n; i++) {
            struct str group = before.items[i].group;
            both = sum_of(&after, group);
            if (usage_asked(&both) == 0) {
                gone++;
                usage_sum_add(&sum, &before.items[i].sum);
            }
        }
        assert_int_equal(gone, 1);
        for (size_t i = 0; i < before.n; i++) {
            both = sum_of(&after, before.items[i].group);
            if (usage_asked(&both) > usage_asked(&before.items[i].sum)) {
                usage_sum_add(&sum, &before.items[i].sum);
                expect_same(&both, &sum);
                gone++;
            }
        }
        assert_int_equal(gone, 2);
    }
}

/* Those without a name are one row, the last, and nothing is lost. */
static void
test_rest(void **state)
{
    (void)state;
    struct usage_rows all, rows;
    struct cx *cx = seat_as(&s, ADMIN);
    struct usage_range r = usage_days(cx, DAYS);
    OK(cx, usage_series(cx, r, USAGE_WHOLE, USAGE_BY_MODEL, 0, 9, &all));
    OK(cx, usage_series(cx, r, USAGE_WHOLE, USAGE_BY_MODEL, 0, 1, &rows));
    assert_int_equal(all.n, 3);
    assert_int_equal(rows.n, 2);
    expect_same(&rows.items[0].sum, &all.items[0].sum);
    struct usage_sum rest = all.items[1].sum;
    usage_sum_add(&rest, &all.items[2].sum);
    assert_true(rows.items[1].rest && rows.items[1].group.n == 0);
    expect_same(&rows.items[1].sum, &rest);
    OK(cx, usage_series(cx, (struct usage_range){ 0, DAY_S }, USAGE_WHOLE,
        USAGE_BY_MODEL, 0, 1, &rows));
    assert_int_equal(rows.n, 0);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = { T(test_ranges), T(test_handed_over),
        T(test_rest) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
