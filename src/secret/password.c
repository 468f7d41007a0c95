/* SPDX-License-Identifier: ISC */
#include "secret/password.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

enum { RUNNING_MAX = 2, WAITING_MAX = 16, WAIT_S = 1, RETRY_S = 1 };

struct cost {
    unsigned long long passes;
    size_t bytes;
};

static const struct cost costs[] = {
    [PASSWORD_NORMAL] = { 2, (size_t)64 * 1024 * 1024 },
    [PASSWORD_SMALL] = { 2, (size_t)19 * 1024 * 1024 },
    [PASSWORD_TEST] = { crypto_pwhash_argon2id_OPSLIMIT_MIN,
        crypto_pwhash_argon2id_MEMLIMIT_MIN },
};

/* Set by password_setup before the first thread, then only read. */
static struct cost cost;
static char dummy[crypto_pwhash_STRBYTES];

/* The guard; the lock covers load and n_handed. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t handed_over;
static struct password_load load;
static int n_handed; /* places given to threads that are not up yet */

static void
guard_setup(void)
{
    static bool done;
    if (done)
        return;
    /* the wall clock may be set while somebody waits */
    pthread_condattr_t attr;
    must(pthread_condattr_init(&attr) == 0);
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(&handed_over, &attr) == 0);
    pthread_condattr_destroy(&attr);
    done = true;
}

void
password_setup(enum password_profile profile)
{
    must((size_t)profile < COUNT_OF(costs));
    guard_setup();
    cost = costs[profile];
    char password[32];
    randombytes_buf(password, sizeof password);
    must(crypto_pwhash_str(dummy, password, sizeof password, cost.passes,
             cost.bytes) == 0);
    sodium_memzero(password, sizeof password);
}

struct password_load
password_load(void)
{
    must(pthread_mutex_lock(&lock) == 0);
    struct password_load now = load;
    must(pthread_mutex_unlock(&lock) == 0);
    return now;
}

/* With the lock held: wait until a place is handed over; false after WAIT_S. */
static bool
wait_for_place(void)
{
    struct timespec end;
    must(clock_gettime(CLOCK_MONOTONIC, &end) == 0);
    end.tv_sec += WAIT_S;
    int rc;
    load.waiting++;
    /* not "while": a place handed over now is for one who was here before */
    do
        rc = pthread_cond_timedwait(&handed_over, &lock, &end);
    while (n_handed == 0 && rc == 0);
    if (n_handed) {
        n_handed--;
        return true;
    }
    load.waiting--;
    return false;
}

static bool
guard_enter(void)
{
    must(pthread_mutex_lock(&lock) == 0);
    bool ok = load.running < RUNNING_MAX;
    if (ok)
        load.running++;
    else if (load.waiting < WAITING_MAX)
        ok = wait_for_place();
    if (load.running > load.most)
        load.most = load.running;
    must(pthread_mutex_unlock(&lock) == 0);
    return ok;
}

/*
 * The place goes straight to one who waits, so that it is never free while
 * somebody does: a flood of newcomers cannot starve those who came first.
 */
static void
guard_leave(void)
{
    must(pthread_mutex_lock(&lock) == 0);
    if (load.waiting) {
        load.waiting--;
        n_handed++;
        pthread_cond_signal(&handed_over);
    } else {
        load.running--;
    }
    must(pthread_mutex_unlock(&lock) == 0);
}

static enum err_code
busy(struct err *err)
{
    if (err->code == ERR_OK)
        err->retry_s = RETRY_S;
    return ERR(err, ERR_BUSY, "Too many people are signing in at this moment. "
                              "Please try again.");
}

enum err_code
password_hash(struct arena *a, struct str password, struct str *out,
    struct err *err)
{
    must(cost.bytes != 0);
    *out = (struct str){ NULL, 0 };
    if (password.n < PASSWORD_MIN || password.n > PASSWORD_MAX)
        return ERR(err, ERR_INVALID, "A password has %d to %d bytes.",
            PASSWORD_MIN, PASSWORD_MAX);
    char *hash = arena_alloc(a, crypto_pwhash_STRBYTES);
    if (!guard_enter())
        return busy(err);
    int rc = crypto_pwhash_str(hash, password.p, password.n, cost.passes,
        cost.bytes);
    guard_leave();
    if (rc != 0) /* it fails only for lack of memory */
        return busy(err);
    *out = str_cstr(hash);
    return ERR_OK;
}

enum err_code
password_check(struct str password, struct str hash, bool *ok, bool *rehash,
    struct err *err)
{
    must(cost.bytes != 0);
    *ok = *rehash = false;
    char stored[crypto_pwhash_STRBYTES] = { 0 };
    if (hash.n >= sizeof stored)
        return ERR_FAULT(err, "stored password hash of %zu bytes", hash.n);
    memcpy(stored, hash.n ? hash.p : dummy, hash.n ? hash.n : sizeof dummy);
    int other = crypto_pwhash_str_needs_rehash(stored, cost.passes, cost.bytes);
    if (other < 0) {
        sodium_memzero(stored, sizeof stored);
        return ERR_FAULT(err, "stored password hash cannot be read");
    }
    if (!guard_enter()) {
        sodium_memzero(stored, sizeof stored);
        return busy(err);
    }
    errno = 0;
    int rc = crypto_pwhash_str_verify(stored, password.n ? password.p : "",
        password.n);
    int why = errno;
    guard_leave();
    sodium_memzero(stored, sizeof stored);
    /* no memory must not be told as "wrong password" */
    if (rc != 0 && why == ENOMEM)
        return busy(err);
    *ok = rc == 0 && hash.n != 0;
    *rehash = *ok && other != 0;
    return ERR_OK;
}
