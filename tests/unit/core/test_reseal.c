/* SPDX-License-Identifier: ISC */
/* A new master secret takes the place of the old one: nothing is refused on the
 * way, nothing is lost by a kill, nothing is left under the old one. */
#include "world.h"

#include "base/own.h"
#include "core/backup.h"
#include "core/check.h"
#include "core/key.h"
#include "core/reseal.h"
#include "core/rowseal.h"
#include "core/signin.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEYS = 300 };

static struct world w;
static struct seat s;
static char master[PATH_BYTES + 16];
static char text[KEYS][64];

static char *
beside(const char *end)
{
    static char path[4][PATH_BYTES + 32];
    static int turn;
    turn = (turn + 1) % 4;
    (void)snprintf(path[turn], sizeof path[turn], "%s%s", master, end);
    return path[turn];
}

static bool
is_there(const char *end)
{
    return access(beside(end), F_OK) == 0;
}

static int
setup(void **state)
{
    (void)state;
    world_new(&w);
    seat_open(&s, &w);
    (void)snprintf(master, sizeof master, "%.200s/master", w.folder);
    struct cx *cx = seat_as(&s, OWNER);
    cx->ws.key_max = KEYS + 10;
    world_exec(&w, "UPDATE workspace SET key_max = 10000");
    for (int i = 0; i < KEYS; i++) {
        char name[32];
        struct str made;
        struct key k;
        (void)snprintf(name, sizeof name, "key %d", i);
        struct key_in in = key_form(name);
        cx = seat_as(&s, OWNER);
        OK(cx, key_create(cx, i % 50 ? KEY_STANDARD : KEY_MANAGEMENT, &in,
            &made, &k));
        (void)snprintf(text[i], sizeof text[i], "%.*s", STR_ARG(made));
    }
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

static bool
known(struct seat *seat, const char *key)
{
    struct decision d;
    struct call c = { .key = str_cstr(key),
        .endpoint = STR("/v1/models") };
    struct cx *cx = seat_nobody(seat);
    check_call(cx, &c, &d);
    return d.known;
}

static int
known_all(struct seat *seat)
{
    int n = 0;
    for (int i = 0; i < KEYS; i++)
        n += known(seat, text[i]);
    return n;
}

/* Another process, which begins now. */
static void
other_process(struct seat *seat, struct world *its)
{
    struct cx *cx = seat_as(&s, SHELL);
    *its = w;
    OK(cx, secrets_load(master, &its->secrets, &cx->err));
    seat_open(seat, its);
}

static void
end_process(struct seat *seat, struct world *its)
{
    seat_close(seat);
    secrets_free(its->secrets);
}

/* Keys are asked for all the time. */
static atomic_bool stop_asking;
static atomic_int asked, refused;

static void *
ask(void *unused)
{
    struct seat seat;
    seat_open(&seat, &w);
    for (int i = 0; !atomic_load(&stop_asking); i++) {
        atomic_fetch_add(&asked, 1);
        if (!known(&seat, text[i % KEYS]))
            atomic_fetch_add(&refused, 1);
    }
    seat_close(&seat);
    return unused;
}

static void
test_under_load(void **state)
{
    (void)state;
    pthread_t threads[3];
    struct resealed r;
    struct world its;
    struct seat later;
    struct str session, step;
    atomic_store(&stop_asking, false);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, NULL), 0);
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, reseal_begin(cx, master, &r));
    assert_int_equal(r.values, KEYS + 5); /* and five passwords */
    assert_int_equal(r.changed, r.values);
    assert_int_equal(r.management, KEYS / 50);
    assert_true(is_there(".old") && !is_there(".next"));

    /* who began before goes on, and seals with the new one */
    assert_int_equal(known_all(&s), KEYS);
    struct key_in in = key_form("between");
    struct str made;
    struct key k;
    cx = seat_as(&s, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &made, &k));
    char between[64];
    (void)snprintf(between, sizeof between, "%.*s", STR_ARG(made));
    assert_true(known(&s, between));
    other_process(&later, &its);
    assert_int_equal(known_all(&later), KEYS);
    assert_true(known(&later, between));
    cx = seat_nobody(&later);
    OK(cx, sign_in(cx, who_email(MEMBER), WORLD_PASSWORD, &session, &step));

    cx = seat_as(&later, SHELL);
    OK(cx, reseal_end(cx, master, &r));
    assert_int_equal(r.values, KEYS + 6);
    assert_int_equal(r.changed, 0);
    assert_false(is_there(".old"));
    assert_int_equal(known_all(&later), KEYS);
    /* the first process, too, which still has the old one in memory */
    assert_int_equal(known_all(&s), KEYS);
    atomic_store(&stop_asking, true);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_true(atomic_load(&asked) > 100);
    assert_int_equal(atomic_load(&refused), 0);
    end_process(&later, &its);

    /* one that has only the new file opens all of it */
    other_process(&later, &its);
    assert_int_equal(known_all(&later), KEYS);
    struct backup_facts f;
    cx = seat_as(&later, SHELL);
    OK(cx, backup_facts(cx, &f));
    assert_int_equal(f.secrets, f.opened);
    assert_int_equal(f.audit_bad, 0);
    end_process(&later, &its);
}

/* Put in the place of the real one by the linker (see tests.am). */
static int given;
bool __real_own_give(const char *path, const char *like);
bool __wrap_own_give(const char *path, const char *like);

static void (*meanwhile)(void); /* once the next secret is there */

bool
__wrap_own_give(const char *path, const char *like)
{
    if (strcmp(path, beside(".next")) == 0 && strcmp(like, master) == 0 &&
        is_there(".next"))
        given++;
    if (meanwhile)
        meanwhile();
    return __real_own_give(path, like);
}

/* A database that another process has open, and its secrets. */
static void
stranger_open(struct seat *seat, struct world *its)
{
    struct cx *cx = seat_as(&s, SHELL);
    *its = w;
    OK(cx, secrets_load(master, &its->secrets, &cx->err));
    struct db_options o = { .path = w.db_path, .busy_ms = 10000,
        .macs = seal_macs(its->secrets) };
    OK(cx, db_open(&o, &its->db, &cx->err));
    seat_open(seat, its);
}

static void
stranger_close(struct seat *seat, struct world *its)
{
    seat_close(seat);
    db_close(its->db);
    secrets_free(its->secrets);
}

static struct seat second;
static int knocked;

static void
knock_at_once(void)
{
    struct resealed r;
    struct stat before, after;
    meanwhile = NULL;
    assert_int_equal(stat(beside(".next"), &before), 0);
    struct cx *cx = seat_as(&second, SHELL);
    GIVES(cx, reseal_begin(cx, master, &r), ERR_BUSY);
    assert_true(str_starts(cx->err.msg, STR("Another keylodge "
        "rotate-secret is at work")));
    cx = seat_as(&second, SHELL);
    GIVES(cx, reseal_end(cx, master, &r), ERR_BUSY);
    assert_int_equal(stat(beside(".next"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_false(is_there(".old"));
    knocked++;
}

/* Two at once: the second does nothing, and can when the first is over. */
static void
test_two(void **state)
{
    (void)state;
    struct resealed r;
    struct world its;
    stranger_open(&second, &its);
    knocked = 0;
    meanwhile = knock_at_once;
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, reseal_begin(cx, master, &r));
    assert_int_equal(knocked, 1);
    assert_true(is_there(".old") && !is_there(".next"));
    stranger_close(&second, &its);
    stranger_open(&second, &its);
    assert_int_equal(known_all(&second), KEYS);
    cx = seat_as(&second, SHELL);
    GIVES(cx, reseal_begin(cx, master, &r), ERR_CONFLICT);
    cx = seat_as(&second, SHELL);
    OK(cx, reseal_end(cx, master, &r));
    assert_int_equal(known_all(&second), KEYS);
    stranger_close(&second, &its);
}

/* What a kill leaves behind, at each point: the same command ends it. */
static void
test_killed(void **state)
{
    (void)state;
    struct resealed r;
    struct world its;
    struct seat later;
    struct cx *cx = seat_as(&s, SHELL);
    /* after the file was made */
    OK(cx, secrets_create(beside(".next"), &cx->err));
    assert_int_equal(known_all(&s), KEYS);
    other_process(&later, &its);
    assert_int_equal(known_all(&later), KEYS);
    end_process(&later, &its);
    /* after the commit: keep a copy of the secrets of before, and put them
     * back as they were then */
    assert_int_equal(link(master, beside(".kept")), 0);
    assert_int_equal(link(beside(".next"), beside(".kept-next")), 0);
    cx = seat_as(&s, SHELL);
    given = 0;
    OK(cx, reseal_begin(cx, master, &r));
    assert_int_equal(given, 1); /* root may have made it */
    assert_int_equal(unlink(beside(".old")), 0);
    assert_int_equal(rename(beside(".kept"), master), 0);
    assert_int_equal(rename(beside(".kept-next"), beside(".next")), 0);
    other_process(&later, &its);
    assert_int_equal(known_all(&later), KEYS);
    /* between link and rename */
    assert_int_equal(link(master, beside(".old")), 0);
    assert_int_equal(known_all(&later), KEYS);
    cx = seat_as(&later, SHELL);
    OK(cx, reseal_begin(cx, master, &r));
    assert_int_equal(r.changed, 0);
    assert_true(is_there(".old") && !is_there(".next"));
    end_process(&later, &its);
    other_process(&later, &its);
    assert_int_equal(known_all(&later), KEYS);
    /* a second one has to wait for the end of this */
    cx = seat_as(&later, SHELL);
    GIVES(cx, reseal_begin(cx, master, &r), ERR_CONFLICT);
    cx = seat_as(&later, SHELL);
    OK(cx, reseal_end(cx, master, &r));
    cx = seat_as(&later, SHELL);
    GIVES(cx, reseal_end(cx, master, &r), ERR_NOT_FOUND);
    end_process(&later, &its);
}

/* All that belongs to a key is sealed anew with it; what was broken stays so. */
static void
test_rows(void **state)
{
    (void)state;
    struct resealed r;
    struct world its;
    struct seat later;
    int64_t rows, broken;
    world_exec(&w, "INSERT INTO limit_rule (workspace_id, key_id, counts, "
        "period, amount, created_s, updated_s) SELECT workspace_id, id, "
        "'requests', 'day', 5, 1, 1 FROM api_key WHERE id IN (3, 4)");
    world_exec(&w, "UPDATE api_key SET all_categories = 0, all_endpoints = 0, "
        "all_networks = 0 WHERE id = 5");
    world_exec(&w, "INSERT INTO key_category (key_id, category) "
        "VALUES (5, 'chat')");
    world_exec(&w, "INSERT INTO key_endpoint (key_id, endpoint) "
        "VALUES (5, '/v1/models')");
    world_exec(&w, "INSERT INTO key_network (key_id, network) "
        "VALUES (5, '192.0.2.0/24')");
    /* two secrets, and none */
    world_exec(&w, "INSERT INTO key_secret (key_id, sealed, last4, created_s, "
        "ends_s) SELECT key_id, sealed, last4, created_s, 1 FROM key_secret "
        "WHERE key_id IN (6, 10)");
    world_exec(&w, "DELETE FROM key_secret WHERE key_id = 7");
    world_tamper(&w, "UPDATE api_key SET spend_limit_micro = 9 WHERE id = 8");
    world_tamper(&w, "UPDATE key_secret SET ends_s = 9 WHERE key_id = 9");
    world_tamper(&w, "UPDATE key_secret SET ends_s = NULL WHERE key_id = 10 "
        "AND ends_s = 1");
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, seal_count(cx, &rows, &broken));
    assert_int_equal(broken, 3);
    for (int turn = 0; turn < 2; turn++) {
        other_process(&later, &its);
        cx = seat_as(&later, SHELL);
        OK(cx, reseal_begin(cx, master, &r));
        assert_int_equal(r.changed, KEYS + 1 + 5);
        end_process(&later, &its);
        other_process(&later, &its);
        cx = seat_as(&later, SHELL);
        OK(cx, reseal_end(cx, master, &r));
        assert_int_equal(r.changed, 0);
        end_process(&later, &its);
        /* one that has the new secret alone */
        other_process(&later, &its);
        cx = seat_as(&later, SHELL);
        OK(cx, seal_count(cx, &rows, &broken));
        assert_int_equal(broken, 3);
        end_process(&later, &its);
    }
    /* the same three; each key was sealed once a turn */
    world_tamper(&w, "DELETE FROM api_key WHERE id IN (8, 9, 10)");
    other_process(&later, &its);
    cx = seat_as(&later, SHELL);
    OK(cx, seal_count(cx, &rows, &broken));
    assert_int_equal(broken, 0);
    end_process(&later, &its);
}

/* A value that opens with nothing: nothing is changed, nothing replaced. */
static void
test_damaged(void **state)
{
    (void)state;
    struct resealed r;
    struct stat before, after;
    assert_int_equal(stat(master, &before), 0);
    world_exec(&w, "UPDATE key_secret SET sealed = zeroblob(73) WHERE id = 77");
    struct cx *cx = seat_as(&s, SHELL);
    GIVES(cx, reseal_begin(cx, master, &r), ERR_INTERNAL);
    assert_int_equal(stat(master, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_false(is_there(".next") || is_there(".old"));
    assert_int_equal(known_all(&s), KEYS - 1);
    /* and nobody but the shell */
    cx = seat_as(&s, OWNER);
    GIVES(cx, reseal_begin(cx, master, &r), ERR_FORBIDDEN);
    GIVES(cx, reseal_end(cx, master, &r), ERR_FORBIDDEN);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = { T(test_under_load), T(test_killed),
        T(test_rows), T(test_damaged),
        T(test_two) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
