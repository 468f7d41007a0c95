/* SPDX-License-Identifier: ISC */
/*
 * Does time tell what exists (SECURITY.md K9, T38)?  Keys whose public part is
 * known, with a wrong secret, against keys that nobody has; people who exist,
 * with a wrong password, against addresses of nobody.  By turns, so that what
 * slows the machine slows both.  The medians are less than 5 % apart, and of
 * keys Welch's t, over the nine tenths that nothing interrupted, is less than
 * 4.5: with 20,000 of each it sees a twentieth of a microsecond.
 *
 * Minutes of measuring: only with KEYLODGE_LONG.
 */
#include "world.h"

#include "base/clock.h"
#include "core/check.h"
#include "core/key.h"
#include "core/signin.h"
#include "secret/keytext.h"
#include "secret/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A run that was disturbed is measured again, TURNS times at most. */
static const double T_MOST = 4.5;
enum { KEYS = 20000, SIGN_INS = 2000, TURNS = 3, KNOWN = 200 };

static struct world w;
static struct seat s;

static int
setup(void **state)
{
    (void)state;
    world_new(&w);
    seat_open(&s, &w);
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

static int64_t
now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct sample {
    double *ns;
    size_t n;
};

/* Mean and variance of those below `most`. */
static void
moments(const struct sample *x, double most, double *n, double *mean,
    double *var)
{
    double sum = 0, squares = 0;
    *n = 0;
    for (size_t i = 0; i < x->n && x->ns[i] <= most; i++) {
        sum += x->ns[i];
        squares += x->ns[i] * x->ns[i];
        *n += 1;
    }
    *mean = sum / *n;
    *var = (squares - sum * sum / *n) / (*n - 1);
}

/* Sorts both.  Do the medians differ?  Prints the figures; *t: Welch's. */
static bool
differ(const char *what, struct sample *a, struct sample *b, double *t)
{
    double na, nb, ma, mb, va, vb;
    qsort(a->ns, a->n, sizeof *a->ns, compare);
    qsort(b->ns, b->n, sizeof *b->ns, compare);
    double cut = fmax(a->ns[a->n * 9 / 10], b->ns[b->n * 9 / 10]);
    double da = a->ns[a->n / 2], db = b->ns[b->n / 2];
    moments(a, cut, &na, &ma, &va);
    moments(b, cut, &nb, &mb, &vb);
    *t = (ma - mb) / sqrt(va / na + vb / nb);
    double off = 100 * fabs(da - db) / fmin(da, db);
    print_message("# %s, %zu each: medians %.0f and %.0f ns, %.2f %% apart; "
        "t = %.2f\n", what, a->n, da, db, off, *t);
    return off >= 5;
}

static bool
is_long(void)
{
    const char *wanted = getenv("KEYLODGE_LONG");
    return wanted && *wanted;
}

/* ---- keys ---- */

static struct str known[KNOWN], unknown[KNOWN];

static void
make_keys(void)
{
    for (size_t i = 0; i < KNOWN; i++) {
        char name[32];
        struct key_in in;
        struct str text;
        struct key k;
        (void)snprintf(name, sizeof name, "key %zu", i);
        in = key_form(name);
        struct cx *cx = seat_as(&s, OWNER);
        OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
        known[i] = keytext_make(s.arena, k.prefix, KEYTEXT_STANDARD);
        char prefix[KEYTEXT_PREFIX];
        random_b62(prefix, sizeof prefix);
        unknown[i] = keytext_make(s.arena,
            (struct str){ prefix, sizeof prefix }, KEYTEXT_STANDARD);
    }
}

static double
time_key(struct cx *cx, struct str text)
{
    struct decision d;
    int64_t from = now_ns();
    check_key(cx, text, &d);
    double took = (double)(now_ns() - from);
    assert_int_equal(d.reason, REASON_INVALID_KEY);
    return took;
}

static bool
measure_keys(struct sample *a, struct sample *b)
{
    a->n = b->n = 0;
    while (a->n < KEYS) {
        struct seat seat;
        seat_open(&seat, &w);
        for (size_t i = 0; i < 1000; i++) {
            struct cx *cx = seat_nobody(&seat);
            struct str one = known[(size_t)rand() % KNOWN];
            struct str other = unknown[(size_t)rand() % KNOWN];
            bool first = rand() % 2;
            if (first)
                a->ns[a->n++] = time_key(cx, one);
            b->ns[b->n++] = time_key(cx, other);
            if (!first)
                a->ns[a->n++] = time_key(cx, one);
        }
        seat_close(&seat);
    }
    double t;
    return differ("keys", a, b, &t) || fabs(t) >= T_MOST;
}

/* ---- sign-ins ---- */

static double
time_sign_in(struct str email)
{
    struct str session, step;
    struct seat seat;
    seat_open(&seat, &w);
    struct cx *cx = seat_nobody(&seat);
    int64_t from = now_ns();
    enum err_code code = sign_in(cx, email, STR("not the right one"),
        &session, &step);
    double took = (double)(now_ns() - from);
    assert_int_equal(code, ERR_INVALID);
    seat_close(&seat);
    return took;
}

static bool
measure_sign_ins(struct sample *a, struct sample *b)
{
    a->n = b->n = 0;
    while (a->n < SIGN_INS) {
        char nobody[40];
        (void)snprintf(nobody, sizeof nobody, "m%09d@team.example",
            rand() % 1000000000);
        bool first = rand() % 2;
        world_exec(&w, "DELETE FROM attempt");
        if (first)
            a->ns[a->n++] = time_sign_in(who_email(MEMBER));
        b->ns[b->n++] = time_sign_in(str_cstr(nobody));
        if (!first)
            a->ns[a->n++] = time_sign_in(who_email(MEMBER));
    }
    double t;
    return differ("sign-ins", a, b, &t);
}

static void
try_turns(bool (*measure)(struct sample *, struct sample *))
{
    struct sample a = { calloc(KEYS + 1000, sizeof *a.ns), 0 };
    struct sample b = { calloc(KEYS + 1000, sizeof *b.ns), 0 };
    bool apart = true;
    assert_true(a.ns && b.ns);
    for (int i = 0; apart && i < TURNS; i++)
        apart = measure(&a, &b);
    free(a.ns);
    free(b.ns);
    assert_false(apart);
}

static void
test_keys(void **state)
{
    (void)state;
    world_exec(&w, "UPDATE workspace SET key_max = 1000");
    make_keys();
    try_turns(measure_keys);
}

static void
test_sign_ins(void **state)
{
    (void)state;
    try_turns(measure_sign_ins);
}

/* The measure sees a difference that is there. */
static void
test_measure(void **state)
{
    (void)state;
    enum { N = 2000 };
    static double x[N], y[N];
    struct sample a = { x, N }, b = { y, N };
    double t;
    for (int i = 0; i < N; i++) {
        x[i] = 5000 + rand() % 500 + (i % 50 == 0 ? 90000 : 0);
        y[i] = 5000 + rand() % 500 + (i % 60 == 0 ? 90000 : 0);
    }
    assert_false(differ("the same", &a, &b, &t));
    assert_true(fabs(t) < T_MOST);
    for (int i = 0; i < N; i++)
        y[i] += 60;
    assert_false(differ("60 ns more", &a, &b, &t));
    assert_true(fabs(t) > T_MOST);
    for (int i = 0; i < N; i++)
        y[i] += 240;
    assert_true(differ("300 ns more", &a, &b, &t));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measure),
    };
    const struct CMUnitTest minutes[] = {
        cmocka_unit_test(test_measure),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_sign_ins),
    };
    return is_long() ? cmocka_run_group_tests(minutes, setup, teardown)
                     : cmocka_run_group_tests(tests, setup, teardown);
}
