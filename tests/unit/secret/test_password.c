/* SPDX-License-Identifier: ISC */
#include "secret/password.h"

#include "base/clock.h"
#include "secret/secret.h"
#include "seeded.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * The program is linked with --wrap for the two hashing calls: what stands
 * between the guard and the library is here, so the guard is not believed
 * when it counts itself.  Waiting is wrapped too: a thread that was woken can
 * be kept from going on, as a busy machine may do; and nobody waits in vain on
 * such a machine, but where that is what a test is about.
 */
int __real_pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
    const struct timespec *end);
int __wrap_pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
    const struct timespec *end);
int __real_crypto_pwhash_str(char *out, const char *p, unsigned long long n,
    unsigned long long passes, size_t bytes);
int __wrap_crypto_pwhash_str(char *out, const char *p, unsigned long long n,
    unsigned long long passes, size_t bytes);
int __real_crypto_pwhash_str_verify(const char *hash, const char *p,
    unsigned long long n);
int __wrap_crypto_pwhash_str_verify(const char *hash, const char *p,
    unsigned long long n);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static bool held;       /* hashing stops here until it is opened */
static bool sleepy;     /* who is woken stays in bed until this ends */
static bool brief;      /* a wait ends when the program says */
static int n_in_vain;   /* waits that did end */
static int64_t most_us; /* the longest wait that was asked for */
static bool no_memory;  /* hashing fails as it does without memory */
static int inside, inside_most, n_verify;
static char verified[crypto_pwhash_STRBYTES]; /* the last hash seen */

static bool
hash_begin(void)
{
    pthread_mutex_lock(&lock);
    if (++inside > inside_most)
        inside_most = inside;
    while (held)
        pthread_cond_wait(&opened, &lock);
    bool fail = no_memory;
    pthread_mutex_unlock(&lock);
    return !fail;
}

static void
hash_end(void)
{
    pthread_mutex_lock(&lock);
    inside--;
    pthread_mutex_unlock(&lock);
}

int
__wrap_crypto_pwhash_str(char *out, const char *p, unsigned long long n,
    unsigned long long passes, size_t bytes)
{
    int rc = -1;
    if (hash_begin())
        rc = __real_crypto_pwhash_str(out, p, n, passes, bytes);
    else
        errno = ENOMEM;
    int why = errno;
    hash_end();
    errno = why;
    return rc;
}

int
__wrap_crypto_pwhash_str_verify(const char *hash, const char *p,
    unsigned long long n)
{
    int rc = -1;
    bool go = hash_begin();
    pthread_mutex_lock(&lock);
    n_verify++;
    memcpy(verified, hash, strlen(hash) + 1);
    pthread_mutex_unlock(&lock);
    if (go)
        rc = __real_crypto_pwhash_str_verify(hash, p, n);
    else
        errno = ENOMEM;
    int why = errno;
    hash_end();
    errno = why;
    return rc;
}

static void
set_held(bool on)
{
    pthread_mutex_lock(&lock);
    held = on;
    pthread_cond_broadcast(&opened);
    pthread_mutex_unlock(&lock);
}

int
__wrap_pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
    const struct timespec *end)
{
    int64_t asked = end->tv_sec * INT64_C(1000000) + end->tv_nsec / 1000 -
        clock_mono_us();
    struct timespec later = *end;
    later.tv_sec += brief ? 0 : 60;
    int rc = __real_pthread_cond_timedwait(c, m, &later);
    pthread_mutex_unlock(m);
    pthread_mutex_lock(&lock);
    n_in_vain += rc == ETIMEDOUT;
    most_us = asked > most_us ? asked : most_us;
    while (sleepy && rc == 0)
        pthread_cond_wait(&opened, &lock);
    pthread_mutex_unlock(&lock);
    pthread_mutex_lock(m);
    return rc;
}

static void
set_sleepy(bool on)
{
    pthread_mutex_lock(&lock);
    sleepy = on;
    pthread_cond_broadcast(&opened);
    pthread_mutex_unlock(&lock);
}

static struct arena *arena;
static struct err err;
static struct str right = STR_INIT("correct horse battery");
static struct str stored; /* the hash of it, in the test profile */

static struct str
hash_of(struct str password)
{
    struct str hash;
    err_init(&err, arena);
    assert_int_equal(password_hash(arena, password, &hash, &err), ERR_OK);
    return hash;
}

static bool
check(struct str password, struct str hash, bool *rehash)
{
    bool ok;
    err_init(&err, arena);
    assert_int_equal(password_check(password, hash, &ok, rehash, &err),
        ERR_OK);
    return ok;
}

static void
test_check(void **state)
{
    (void)state;
    struct str wrong[] = { STR(""), STR("correct horse batter"),
        STR("correct horse battery "), STR("Correct horse battery"),
        STR("correct horse battery\0"), { NULL, 0 } };
    bool rehash;
    assert_true(check(right, stored, &rehash));
    assert_false(rehash);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (check(wrong[i], stored, &rehash))
            fail_msg("\"%.*s\" is taken", STR_ARG(wrong[i]));
        assert_false(rehash);
    }
    struct str with_nul = STR("twelve\0bytes, and more");
    struct str hash = hash_of(with_nul);
    assert_true(check(with_nul, hash, &rehash));
    assert_false(check(STR("twelve"), hash, &rehash));
    assert_false(check(STR("twelve\0bytes, and m0re"), hash, &rehash));
    assert_false(str_eq(hash_of(right), hash_of(right))); /* salted */
}

static void
test_length(void **state)
{
    (void)state;
    char long_one[PASSWORD_MAX + 1];
    memset(long_one, 'x', sizeof long_one);
    size_t bad[] = { 0, PASSWORD_MIN - 1, PASSWORD_MAX + 1 };
    struct str hash;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        err_init(&err, arena);
        assert_int_equal(password_hash(arena, (struct str){ long_one, bad[i] },
            &hash, &err), ERR_INVALID);
        assert_int_equal(hash.n, 0);
    }
    bool rehash;
    size_t good[] = { PASSWORD_MIN, PASSWORD_MAX };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct str password = { long_one, good[i] };
        assert_true(check(password, hash_of(password), &rehash));
    }
    /* the last byte counts, and one more is another password */
    assert_false(check((struct str){ long_one, PASSWORD_MAX + 1 },
        hash_of((struct str){ long_one, PASSWORD_MAX }), &rehash));
}

/* Who guesses the password of the dummy is no user either. */
static void
test_dummy(void **state)
{
    (void)state;
    char password[32];
    bool rehash;
    seeded_start();
    password_setup(PASSWORD_TEST);
    seeded_stop();
    seeded_calls = 0;
    seeded_buf(password, sizeof password); /* the same bytes once more */
    struct str guess = { password, sizeof password };
    assert_false(check(guess, (struct str){ NULL, 0 }, &rehash));
    assert_true(check(guess, arena_dup(arena, str_cstr(verified)), &rehash));
}

static const struct {
    enum password_profile profile;
    const char *starts;
} profiles[] = {
    { PASSWORD_NORMAL, "$argon2id$v=19$m=65536,t=2,p=1$" },
    { PASSWORD_SMALL, "$argon2id$v=19$m=19456,t=2,p=1$" },
    { PASSWORD_TEST, "$argon2id$v=19$m=8,t=1,p=1$" },
};

/* Also: an unknown user costs one verification at the cost of the profile. */
static void
test_profiles(void **state)
{
    (void)state;
    struct str hash[COUNT_OF(profiles)];
    bool rehash;
    for (size_t i = 0; i < COUNT_OF(profiles); i++) {
        struct str starts = str_cstr(profiles[i].starts);
        password_setup(profiles[i].profile);
        hash[i] = hash_of(right);
        if (!str_starts(hash[i], starts))
            fail_msg("profile %zu: %.*s", i, STR_ARG(hash[i]));
        for (size_t j = 0; j <= i; j++) {
            assert_true(check(right, hash[j], &rehash));
            assert_int_equal(rehash, i != j);
            assert_false(check(STR("wrong, so wrong"), hash[j], &rehash));
            assert_false(rehash);
        }
        int before = n_verify;
        assert_false(check(right, (struct str){ NULL, 0 }, &rehash));
        assert_false(rehash);
        assert_int_equal(n_verify, before + 1);
        if (!str_starts(str_cstr(verified), starts))
            fail_msg("profile %zu: dummy %s", i, verified);
    }
}

static void
test_bad_hash(void **state)
{
    (void)state;
    char long_one[200];
    memset(long_one, 'x', sizeof long_one);
    struct str bad[] = { STR("x"), STR("$argon2id$"), STR("$argon2i$v=19$"),
        str_head(stored, 30), str_head(stored, crypto_pwhash_STRBYTES),
        { long_one, crypto_pwhash_STRBYTES - 1 },
        { long_one, crypto_pwhash_STRBYTES }, { long_one, sizeof long_one } };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        bool ok = true, rehash = true;
        if (str_eq(bad[i], stored))
            continue;
        err_init(&err, arena);
        enum err_code code = password_check(right, bad[i], &ok, &rehash, &err);
        if (code != ERR_INTERNAL || ok || rehash)
            fail_msg("hash %zu: code %d", i, (int)code);
        if (err.detail.n == 0 || strstr(err.detail.p, "xxx"))
            fail_msg("hash %zu: %.*s", i, STR_ARG(err.detail));
    }
}

static void
test_no_memory(void **state)
{
    (void)state;
    bool ok, rehash;
    struct str hash;
    no_memory = true;
    err_init(&err, arena);
    assert_int_equal(password_check(right, stored, &ok, &rehash, &err),
        ERR_BUSY);
    assert_int_equal(err.retry_s, 1);
    assert_false(ok);
    err_init(&err, arena);
    assert_int_equal(password_hash(arena, right, &hash, &err), ERR_BUSY);
    no_memory = false;
    assert_true(check(right, stored, &rehash));
}

/* ---- the guard ---------------------------------------------------------- */

enum { THREADS = 40, ROUNDS = 25 };

struct caller {
    pthread_t id;
    int rounds;
    int n_ok, n_busy, n_wrong;
    int64_t took_us; /* the longest answer */
};

static int n_done; /* answers so far, under the lock */

static void *
call(void *p)
{
    struct caller *c = p;
    struct arena *mine = arena_new(4096);
    for (int i = 0; i < c->rounds; i++) {
        struct err e;
        bool ok, rehash;
        err_init(&e, mine);
        int64_t from = clock_mono_us();
        enum err_code code = password_check(right, stored, &ok, &rehash, &e);
        int64_t took = clock_mono_us() - from;
        if (took > c->took_us)
            c->took_us = took;
        if (code == ERR_OK && ok)
            c->n_ok++;
        else if (code == ERR_BUSY && !ok && e.retry_s == 1 && e.msg.n)
            c->n_busy++;
        else
            c->n_wrong++;
        pthread_mutex_lock(&lock);
        n_done++;
        pthread_mutex_unlock(&lock);
        arena_reset(mine);
    }
    arena_free(mine);
    return NULL;
}

static void
start(struct caller *callers, size_t n, int rounds)
{
    inside_most = n_done = n_in_vain = 0;
    memset(callers, 0, n * sizeof *callers);
    for (size_t i = 0; i < n; i++) {
        callers[i].rounds = rounds;
        assert_int_equal(pthread_create(&callers[i].id, NULL, call,
            &callers[i]), 0);
    }
}

/* Waits until everybody is where they must be; gives up after some time. */
static void
wait_until(int running, int waiting, int done)
{
    struct timespec pause = { 0, 1000000 };
    struct password_load at;
    int answers = 0;
    for (int i = 0; i < 60000; i++) {
        at = password_load();
        pthread_mutex_lock(&lock);
        answers = n_done;
        pthread_mutex_unlock(&lock);
        if (at.running == running && at.waiting == waiting && answers == done)
            return;
        nanosleep(&pause, NULL);
    }
    set_held(false);
    set_sleepy(false);
    fail_msg("running %d, waiting %d, answered %d; not %d, %d, %d",
        at.running, at.waiting, answers, running, waiting, done);
}

static struct caller
sum(struct caller *callers, size_t n)
{
    struct caller all = { .rounds = 0 };
    for (size_t i = 0; i < n; i++) {
        pthread_join(callers[i].id, NULL);
        all.n_ok += callers[i].n_ok;
        all.n_busy += callers[i].n_busy;
        all.n_wrong += callers[i].n_wrong;
        if (callers[i].took_us > all.took_us)
            all.took_us = callers[i].took_us;
    }
    return all;
}

/* 40 at once: 2 hash, 16 wait, 22 are sent away at once. */
static void
test_flood(void **state)
{
    (void)state;
    static struct caller callers[THREADS];
    set_held(true);
    start(callers, THREADS, 1);
    wait_until(2, 16, THREADS - 18);
    set_held(false);
    struct caller all = sum(callers, THREADS);
    assert_int_equal(n_in_vain, 0); /* each was woken */
    assert_int_equal(all.n_ok, 18);
    assert_int_equal(all.n_busy, THREADS - 18);
    assert_int_equal(all.n_wrong, 0);
    assert_int_equal(inside_most, 2);
    wait_until(0, 0, THREADS);
    assert_int_equal(password_load().most, 2);
}

/*
 * Both places are left and two are woken, but not up yet: newcomers neither
 * take the places from them nor are sent away, since only 18 are there.
 */
static void
test_late_riser(void **state)
{
    (void)state;
    static struct caller first[18], late[2];
    set_held(true);
    start(first, 18, 1);
    wait_until(2, 16, 0);
    set_sleepy(true);
    set_held(false);
    wait_until(2, 14, 2);
    start(late, 2, 1);
    wait_until(2, 16, 0);
    set_sleepy(false);
    struct caller a = sum(first, 18), b = sum(late, 2);
    assert_int_equal(a.n_ok, 18);
    assert_int_equal(b.n_ok, 2);
    assert_in_range(inside_most, 1, 2);
    wait_until(0, 0, 18);
}

/* Who finds no place is told so after a second, not later. */
static void
test_wait_ends(void **state)
{
    (void)state;
    static struct caller callers[6];
    brief = true;
    most_us = 0;
    set_held(true);
    start(callers, 6, 1);
    wait_until(2, 0, 4);
    set_held(false);
    struct caller first = sum(callers, 6);
    assert_int_equal(first.n_ok, 2);
    assert_int_equal(first.n_busy, 4);
    assert_true(first.took_us >= 990000);
    assert_true(most_us <= 1000000);
    brief = false;
    wait_until(0, 0, 6);
}

/* Come and go: never three inside, nobody forgotten, places all free again. */
static void
test_churn(void **state)
{
    (void)state;
    static struct caller callers[THREADS];
    start(callers, THREADS, ROUNDS);
    struct caller all = sum(callers, THREADS);
    assert_int_equal(all.n_ok + all.n_busy, THREADS * ROUNDS);
    assert_true(all.n_ok >= 2 * ROUNDS);
    assert_in_range(inside_most, 1, 2);
    wait_until(0, 0, THREADS * ROUNDS);
}

/* 18 callers, all of whom fit: each and every answer is a right one. */
static void
test_all_fit(void **state)
{
    (void)state;
    static struct caller callers[18];
    start(callers, 18, 4 * ROUNDS);
    struct caller all = sum(callers, 18);
    assert_int_equal(all.n_ok, 18 * 4 * ROUNDS);
    assert_in_range(inside_most, 1, 2);
}

int
main(void)
{
    alarm(600); /* a guard that forgets somebody would hang */
    secret_start();
    arena = arena_new(65536);
    password_setup(PASSWORD_TEST);
    stored = hash_of(right);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_bad_hash),
        cmocka_unit_test(test_dummy),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_late_riser),
        cmocka_unit_test(test_wait_ends),
        cmocka_unit_test(test_churn),
        cmocka_unit_test(test_all_fit),
        cmocka_unit_test(test_profiles), /* last: it changes the profile */
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
