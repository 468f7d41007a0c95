/* SPDX-License-Identifier: ISC */
/*
 * The power goes at any moment: what was answered is there afterwards, what was
 * revoked stays so, nothing is half there (SECURITY.md R3, R12, T07).  Only
 * reservations may be lost (store_tx_lax).
 * KEYLODGE_LONG: 500 cuts instead of 60.  KEYLODGE_SEED: as it printed.
 */
#include "stand.h"
#include "../store/power.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/rowseal.h"
#include "core/account.h"
#include "core/audit.h"
#include "core/key.h"
#include "core/member.h"
#include "store/copy.h"
#include "store/engine.h"

#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAKERS = 2, REPORTERS = 1, CALLERS = 3, KEYS_MOST = 4000,
    CALLS_MOST = 4000, CUTS_EACH = 60 };

enum key_state { KEY_NONE, KEY_MADE, KEY_ENDING, KEY_ENDED };

struct known_key {
    char prefix[16], text[64];
    enum key_state state;
};

/* What was asked for, and what was answered. */
struct story {
    struct known_key key[MAKERS][KEYS_MOST];
    int keys[MAKERS];
    enum role role, asked;     /* of OTHER */
    int report[REPORTERS];     /* numbers up to here */
    char settled[CALLERS][CALLS_MOST][40];
    int n_settled[CALLERS];
};

static struct stand st;
static struct cx owner;        /* who does all this, and where */
static char other_uuid[40], counted[16]; /* the key that is reported on */
static uint64_t seed;

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static struct story story, at_cut; /* story: mu */
static atomic_bool stop_all;
static atomic_int answered;

static void
note_cut(void)
{
    pthread_mutex_lock(&mu);
    at_cut = story;
    pthread_mutex_unlock(&mu);
}

/* ---- who changes things; threads may not use cmocka's assertions ---- */

static struct cx *
as_owner(struct seat *s)
{
    arena_reset(s->arena);
    struct cx *cx = seat_nobody(s);
    cx->actor = owner.actor;
    cx->ws = owner.ws;
    return cx;
}

static void
make_key(struct seat *s, int maker, int i)
{
    char name[32];
    (void)snprintf(name, sizeof name, "made %d-%d", maker, i);
    struct key_in in = key_form(name);
    struct known_key *known = &story.key[maker][i];
    struct str text;
    struct key k;
    if (key_create(as_owner(s), KEY_STANDARD, &in, &text, &k))
        return;
    pthread_mutex_lock(&mu);
    (void)snprintf(known->prefix, sizeof known->prefix, "%.*s",
        STR_ARG(k.prefix));
    (void)snprintf(known->text, sizeof known->text, "%.*s", STR_ARG(text));
    known->state = KEY_MADE;
    pthread_mutex_unlock(&mu);
    atomic_fetch_add(&answered, 1);
}

static void
end_key(struct seat *s, struct known_key *known)
{
    struct key k;
    if (known->state != KEY_MADE)
        return;
    pthread_mutex_lock(&mu);
    known->state = KEY_ENDING;
    pthread_mutex_unlock(&mu);
    if (key_revoke(as_owner(s), str_cstr(known->prefix), false, STR(""), &k))
        return;
    pthread_mutex_lock(&mu);
    known->state = KEY_ENDED;
    pthread_mutex_unlock(&mu);
    atomic_fetch_add(&answered, 1);
}

static void *
maker_run(void *arg)
{
    int maker = (int)(intptr_t)arg;
    struct seat s;
    seat_open(&s, &st.w);
    for (int i = 0; i < KEYS_MOST && !atomic_load(&stop_all); i++) {
        make_key(&s, maker, i);
        pthread_mutex_lock(&mu);
        story.keys[maker] = i + 1;
        pthread_mutex_unlock(&mu);
        if (i % 2)
            end_key(&s, &story.key[maker][i * 7 / 8]);
    }
    seat_close(&s);
    return NULL;
}

static void *
roles_run(void *arg)
{
    struct seat s;
    seat_open(&s, &st.w);
    while (!atomic_load(&stop_all)) {
        pthread_mutex_lock(&mu);
        story.asked = story.role == ROLE_MEMBER ? ROLE_ADMIN : ROLE_MEMBER;
        pthread_mutex_unlock(&mu);
        if (member_set_role(as_owner(&s), str_cstr(other_uuid), story.asked))
            continue;
        pthread_mutex_lock(&mu);
        story.role = story.asked;
        pthread_mutex_unlock(&mu);
        atomic_fetch_add(&answered, 1);
    }
    seat_close(&s);
    return arg;
}

/* Was it counted? */
static bool
report(struct seat *s, const char *id, const char *key)
{
    struct report_in r = { .id = str_cstr(id), .input_tokens = 3,
        .output_tokens = 4 };
    struct report_result result = { .state = REPORT_REFUSED };
    arena_reset(s->arena);
    struct cx *cx = seat_nobody(s);
    cx->actor.kind = ACTOR_GATE;
    form_put(report_fields, &r.set, "input_tokens");
    form_put(report_fields, &r.set, "output_tokens");
    if (key) {
        r.key = str_cstr(key);
        r.model = STR("a/big");
    }
    err_init(&result.err, s->arena);
    return report_usage(cx, &r, &result, 1) == ERR_OK &&
        result.state == REPORT_COUNTED;
}

static void *
reporter_run(void *arg)
{
    int reporter = (int)(intptr_t)arg, i = 0;
    char id[40];
    struct seat s;
    seat_open(&s, &st.w);
    while (!atomic_load(&stop_all)) {
        (void)snprintf(id, sizeof id, "r%d-%06d", reporter, i + 1);
        if (!report(&s, id, counted))
            continue;
        pthread_mutex_lock(&mu);
        story.report[reporter] = ++i;
        pthread_mutex_unlock(&mu);
        atomic_fetch_add(&answered, 1);
    }
    seat_close(&s);
    return NULL;
}

/* Calls that are reserved, which may be lost; every other one is reported. */
static void *
caller_run(void *arg)
{
    int caller = (int)(intptr_t)arg;
    struct seat s;
    seat_open(&s, &st.w);
    for (int i = 0; i / 2 < CALLS_MOST && !atomic_load(&stop_all); i++) {
        struct decision d;
        char id[40];
        arena_reset(s.arena);
        stand_ask(&s, st.text, "a/big", 3, 4, &d);
        if (d.reason != REASON_ALLOWED || i % 2)
            continue;
        (void)snprintf(id, sizeof id, "%.*s",
            STR_ARG(d.metered.reservation));
        if (!report(&s, id, NULL))
            continue;
        pthread_mutex_lock(&mu);
        memcpy(story.settled[caller][story.n_settled[caller]++], id,
            sizeof id);
        pthread_mutex_unlock(&mu);
        atomic_fetch_add(&answered, 1);
    }
    seat_close(&s);
    return NULL;
}

/* ---- the disk afterwards ---- */

static uint64_t
chance(uint64_t most)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % most;
}

struct verdict {
    int lost;       /* answered, and not there */
    int revived;    /* revoked, and it passes */
    int damaged;    /* no database, or one that does not fit together */
};

static void
damage(struct verdict *v, const char *what)
{
    fprintf(stderr, "damaged: %s\n", what);
    v->damaged++;
}

static int64_t
one(sqlite3 *sql, const char *text, const char *value)
{
    sqlite3_stmt *q;
    must(sqlite3_prepare_v2(sql, text, -1, &q, NULL) == SQLITE_OK);
    if (value)
        sqlite3_bind_text(q, 1, value, -1, SQLITE_STATIC);
    must(sqlite3_step(q) == SQLITE_ROW);
    int64_t n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return n;
}

static void
look_keys(struct seat *s, struct verdict *v)
{
    for (int m = 0; m < MAKERS; m++) {
        for (int i = 0; i < at_cut.keys[m]; i++) {
            const struct known_key *k = &at_cut.key[m][i];
            struct decision d;
            if (k->state == KEY_NONE)
                continue;
            arena_reset(s->arena);
            stand_ask(s, k->text, "a/free", 0, 0, &d);
            v->lost += !d.known && d.reason != REASON_INVALID_KEY;
            v->lost += k->state == KEY_MADE && d.reason != REASON_ALLOWED;
            v->revived += k->state == KEY_ENDED &&
                d.reason == REASON_ALLOWED;
        }
    }
}

/* Rows of changes are rows of the audit log, both ways. */
#define IS_ADMIN "SELECT role = 'admin' FROM member m JOIN user u " \
    "ON u.id = m.user_id JOIN workspace w ON w.id = m.workspace_id " \
    "WHERE w.slug = 'team' AND u.email = 'oscar@team.example'"
static const char *const pairs[] = {
    "SELECT count(*) FROM api_key WHERE prefix NOT IN "
    "(SELECT object_id FROM audit WHERE action = 'key.create')",
    "SELECT count(*) FROM audit WHERE action = 'key.create' AND object_id "
    "NOT IN (SELECT prefix FROM api_key)",
    "SELECT count(*) FROM api_key WHERE revoked_s IS NOT NULL AND prefix "
    "NOT IN (SELECT object_id FROM audit WHERE action = 'key.revoke')",
    "SELECT count(*) FROM audit WHERE action = 'key.revoke' AND object_id "
    "NOT IN (SELECT prefix FROM api_key WHERE revoked_s IS NOT NULL)",
    "SELECT (SELECT count(*) FROM audit WHERE action = 'member.role') % 2 "
    "<> (" IS_ADMIN ")",
};

static void
look_rows(const struct world *w, struct verdict *v)
{
    char text[160];
    sqlite3 *sql;
    must(sqlite3_open_v2(w->db_path, &sql, SQLITE_OPEN_READONLY, NULL) ==
        SQLITE_OK);
    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        if (one(sql, pairs[i], NULL) != 0)
            damage(v, pairs[i]);
    int64_t admin = one(sql, IS_ADMIN, NULL);
    v->lost += admin != (at_cut.role == ROLE_ADMIN) &&
        admin != (at_cut.asked == ROLE_ADMIN);
    for (int r = 0; r < REPORTERS; r++) {
        (void)snprintf(text, sizeof text, "SELECT count(*) FROM usage_event "
            "WHERE event_id GLOB 'r%d-*' AND event_id <= 'r%d-%06d'", r, r,
            at_cut.report[r]);
        v->lost += (int)(at_cut.report[r] - one(sql, text, NULL));
    }
    for (int c = 0; c < CALLERS; c++)
        for (int i = 0; i < at_cut.n_settled[c]; i++)
            v->lost += one(sql, "SELECT count(*) FROM usage_event "
                "WHERE key_id = (SELECT id FROM api_key WHERE name = "
                "'mia''s') AND event_id = ?", at_cut.settled[c][i]) != 1;
    sqlite3_close(sql);
}

/* Opened by the program itself, which then goes on with it. */
static void
look_open(struct world *w, bool sums, struct verdict *v)
{
    struct seat s;
    struct str text;
    struct key k;
    struct key_in in = key_form("afterwards");
    int64_t rows, bad = 1;
    seat_open(&s, w);
    look_keys(&s, v);
    look_rows(w, v);
    struct cx *cx = as_owner(&s);
    cx->actor.kind = ACTOR_SHELL;
    if (audit_verify(cx, &rows, &bad) || bad)
        damage(v, "the audit chain");
    if (sums)
        stand_even(w);
    if (key_create(as_owner(&s), KEY_STANDARD, &in, &text, &k))
        damage(v, "takes no change");
    seat_close(&s);
}

static void
clear_folder(const char *folder)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal",
        ".lock" };
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        char path[PATH_BYTES];
        (void)snprintf(path, sizeof path, "%.200s/test.db%s", folder, ends[i]);
        (void)unlink(path);
    }
}

/* The world as the power found it, in another folder. */
static struct world
afterwards(const char *folder)
{
    struct world w = st.w;
    (void)snprintf(w.db_path, sizeof w.db_path, "%.200s/test.db", folder);
    w.db = NULL;
    return w;
}

static bool
world_open(struct world *w)
{
    struct arena *a = arena_new(4096);
    struct err e;
    struct db_options o = { .path = w->db_path, .busy_ms = 10000,
        .macs = seal_macs(w->secrets) };
    err_init(&e, a);
    bool ok = db_open(&o, &w->db, &e) == ERR_OK;
    if (!ok)
        fprintf(stderr, "%.*s | %.*s\n", STR_ARG(e.msg), STR_ARG(e.detail));
    arena_free(a);
    return ok;
}

static void
look_whole(const struct world *w, struct verdict *v)
{
    struct db_look whole;
    struct arena *a = arena_new(4096);
    struct err e;
    err_init(&e, a);
    if (db_look(w->db_path, &whole, &e) || whole.fault.n)
        damage(v, "integrity_check");
    arena_free(a);
}

static void
look(const char *folder, bool sums, struct verdict *v)
{
    struct world w = afterwards(folder);
    if (!world_open(&w)) {
        damage(v, "does not open");
        return;
    }
    look_whole(&w, v);
    look_open(&w, sums, v);
    look_whole(&w, v);
    db_close(w.db);
}

/* All patterns of one picture. */
static void
look_all(const struct power_cut *cut, struct verdict *v)
{
    char folder[PATH_BYTES];
    (void)snprintf(folder, sizeof folder, "%.200s-after", st.w.folder);
    must(mkdir(folder, 0700) == 0);
    /* dear: not each time */
    int even = (int)chance(POWER_PATTERNS);
    for (int p = 0; p < POWER_PATTERNS; p++) {
        power_make(cut, (enum power_pattern)p, &seed, folder);
        look(folder, p == even, v);
        clear_folder(folder);
    }
    (void)rmdir(folder);
}

/* ---- rounds ---- */

/* What is in the seat's arena stays: owner lies there. */
static void
leave(void)
{
    store_free(st.s.store);
    db_close(st.w.db);
}

static void
enter(void)
{
    struct err e;
    err_init(&e, st.s.arena);
    must(world_open(&st.w));
    must(store_new(st.w.db, &st.s.store, &e) == ERR_OK);
}

static void
begin(bool normal)
{
    struct user u;
    memset(&story, 0, sizeof story);
    story.role = story.asked = ROLE_MEMBER;
    stand_open(&st);
    world_exec(&st.w, "UPDATE workspace SET key_max = 100000");
    (void)snprintf(counted, sizeof counted, "%.*s", STR_ARG(st.key.prefix));
    stand_limit(&st, st.key.prefix, LIMIT_MONEY, LIMIT_MONTH, STR(""),
        INT64_C(1000000000), false);
    struct cx *cx = seat_nobody(&st.s);
    OK(cx, user_by_email(cx, who_email(OTHER), &u));
    (void)snprintf(other_uuid, sizeof other_uuid, "%.*s", STR_ARG(u.uuid));
    /* only files that are opened from now on are looked after */
    leave();
    power_watch(st.w.folder);
    enter();
    owner = *seat_as(&st.s, OWNER);
    if (normal)
        assert_int_equal(sqlite3_exec(st.w.db->writer->sql,
            "PRAGMA synchronous = NORMAL", NULL, NULL, NULL), SQLITE_OK);
}

/* n cuts of one run; each third one in a checkpoint. */
static void
cut_often(int n, bool calls, struct verdict *v, struct power_cut **last)
{
    pthread_t thread[MAKERS + REPORTERS + CALLERS + 1];
    size_t t = 0;
    atomic_store(&stop_all, false);
    for (intptr_t i = 0; i < MAKERS; i++)
        must(!pthread_create(&thread[t++], NULL, maker_run, (void *)i));
    for (intptr_t i = 0; i < REPORTERS; i++)
        must(!pthread_create(&thread[t++], NULL, reporter_run, (void *)i));
    must(!pthread_create(&thread[t++], NULL, roles_run, NULL));
    for (intptr_t i = 0; i < CALLERS && calls; i++)
        must(!pthread_create(&thread[t++], NULL, caller_run, (void *)i));
    for (int i = 0; i < n; i++) {
        int each = i % 3 == 2 ? 200 : 100;
        power_arm(1 + (int)chance((uint64_t)each),
            i % 3 == 2 ? POWER_DB : POWER_ANY, note_cut, true);
        struct power_cut *cut = power_wait();
        look_all(cut, v);
        if (i == n - 1)
            *last = cut;
        else
            power_free(cut);
        if (i == n - 1)
            atomic_store(&stop_all, true);
        power_go_on();
    }
    for (size_t i = 0; i < t; i++)
        pthread_join(thread[i], NULL);
}

/* The power goes again while the program opens what the first cut left. */
static void
cut_again(const struct power_cut *cut, struct verdict *v)
{
    char folder[PATH_BYTES];
    (void)snprintf(folder, sizeof folder, "%.200s-again", st.w.folder);
    must(mkdir(folder, 0700) == 0);
    for (int n = 1; n < 400; n = n * 3 + (int)chance(3)) {
        struct world w = afterwards(folder);
        power_make(cut, POWER_TEAR, &seed, folder);
        power_watch(folder);
        power_arm(n, POWER_ANY, NULL, false);
        if (world_open(&w))
            db_close(w.db);
        else
            damage(v, "does not open");
        struct power_cut *second = power_take();
        power_unwatch();
        clear_folder(folder);
        if (!second)
            break;
        look_all(second, v);
        power_free(second);
    }
    (void)rmdir(folder);
}

static struct verdict
round_of(int cuts, bool normal)
{
    struct verdict v = { 0 };
    struct power_cut *last;
    begin(normal);
    cut_often(cuts, !normal, &v, &last);
    leave();
    power_unwatch();
    cut_again(last, &v);
    power_free(last);
    enter();
    stand_close(&st);
    return v;
}

static void
test_nothing_is_lost(void **state)
{
    (void)state;
    int cuts = getenv("KEYLODGE_LONG") ? 500 : CUTS_EACH;
    for (int done = 0; done < cuts; done += CUTS_EACH) {
        int n = cuts - done < CUTS_EACH ? cuts - done : CUTS_EACH;
        struct verdict v = round_of(n, false);
        assert_int_equal(v.lost, 0);
        assert_int_equal(v.revived, 0);
        assert_int_equal(v.damaged, 0);
    }
    print_message("# %d cuts, %d changes answered\n", cuts,
        atomic_load(&answered));
}

/* A writer that does not wait for the disk loses what was answered: the test
 * would see it.  Whole and in order it stays even so. */
static void
test_normal_loses(void **state)
{
    (void)state;
    struct verdict v = round_of(8, true);
    print_message("# lost with synchronous=NORMAL: %d, revived %d\n", v.lost,
        v.revived);
    assert_true(v.lost > 0);
    assert_int_equal(v.damaged, 0);
}

int
main(void)
{
    const char *given = getenv("KEYLODGE_SEED");
    log_setup(LOG_WARN, LOG_KEY_VALUE);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_lost),
        cmocka_unit_test(test_normal_loses),
    };
    seed = given ? strtoull(given, NULL, 10)
                 : (uint64_t)getpid() << 32 ^ (uint64_t)clock_mono_us();
    print_message("KEYLODGE_SEED=%" PRIu64 "\n", seed);
    power_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
