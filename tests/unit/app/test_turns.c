/* SPDX-License-Identifier: ISC */
/* Turns: no more at work than the most, except who comes back from a nap. */
#include "app/turns.h"

#include "base/attr.h"
#include "base/nap.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants setjmp, stdarg and stddef before it */
#include <cmocka.h>

enum { MOST = 2, PEOPLE = 8, ROUNDS = 2000 };

static struct turns turns;
static _Atomic int at_work, most_seen, served;

static void
on_nap(void *arg, bool sleeps)
{
    if (sleeps)
        atomic_fetch_sub(&at_work, 1);
    turns_nap(arg, sleeps);
    if (!sleeps)
        atomic_fetch_add(&at_work, 1);
}

static void
work(void)
{
    int n = atomic_fetch_add(&at_work, 1) + 1, seen = atomic_load(&most_seen);
    while (n > seen &&
        !atomic_compare_exchange_weak(&most_seen, &seen, n))
        continue;
    atomic_fetch_add(&served, 1);
}

static void *
serve(void *naps)
{
    turns_take(&turns);
    nap_listen(on_nap, &turns);
    for (int i = 0; i < ROUNDS && !turns.over; i++) {
        if (turns_napped())
            turns_renew(&turns);
        work();
        if (naps && i % 3 == 0) {
            nap_begin();
            (void)poll(NULL, 0, 0);
            nap_end();
        }
        atomic_fetch_sub(&at_work, 1);
    }
    /* others are to have this place: as one who sleeps for ever */
    turns_nap(&turns, true);
    return NULL;
}

static void
crowd(void *naps)
{
    pthread_t people[PEOPLE];
    turns_init(&turns, MOST);
    at_work = most_seen = served = 0;
    for (int i = 0; i < PEOPLE; i++)
        assert_int_equal(pthread_create(&people[i], NULL, serve, naps), 0);
    for (int i = 0; i < PEOPLE; i++)
        pthread_join(people[i], NULL);
    assert_int_equal(served, PEOPLE * ROUNDS);
    assert_int_equal(turns.left, MOST);
}

static void
never_more_than_the_most(void **state)
{
    (void)state;
    crowd(NULL);
    assert_in_range(most_seen, 1, MOST);
}

static void
naps_come_out_even(void **state)
{
    (void)state;
    static int yes;
    crowd(&yes);
    assert_in_range(most_seen, 1, PEOPLE);
}

/* Who sleeps gives way; who wakes goes on at once; who is through waits. */
static void *
second(void *unused)
{
    turns_take(&turns);
    work();
    return unused;
}

static void
a_nap_gives_the_turn_away(void **state)
{
    (void)state;
    pthread_t t;
    turns_init(&turns, 1);
    served = 0;
    turns_take(&turns);
    nap_listen(on_nap, &turns);
    assert_int_equal(pthread_create(&t, NULL, second, NULL), 0);
    (void)poll(NULL, 0, 20);
    assert_int_equal(served, 0);
    nap_begin();
    pthread_join(t, NULL); /* it got the turn, or this hangs */
    assert_int_equal(served, 1);
    nap_end();             /* goes on, though nobody gave the turn back */
    assert_int_equal(turns.left, -1);
    nap_listen(NULL, NULL);
}

static void *
end_soon(void *unused)
{
    (void)poll(NULL, 0, 20);
    turns_end(&turns);
    return unused;
}

static void
the_end_lets_everybody_go(void **state)
{
    (void)state;
    pthread_t t;
    turns_init(&turns, 1);
    turns_take(&turns);
    assert_int_equal(pthread_create(&t, NULL, end_soon, NULL), 0);
    turns_take(&turns); /* there is none left: only the end frees this */
    pthread_join(t, NULL);
    turns_take(&turns);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_more_than_the_most),
        cmocka_unit_test(naps_come_out_even),
        cmocka_unit_test(a_nap_gives_the_turn_away),
        cmocka_unit_test(the_end_lets_everybody_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
