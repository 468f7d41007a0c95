/* SPDX-License-Identifier: ISC */
/* A backup is known to be good or bad, and going back to one gives nothing
 * life that was ended since. */
#include "world.h"

#include "core/rowseal.h"
#include "core/backup.h"
#include "core/key.h"
#include "core/member.h"
#include "core/session.h"
#include "core/signin.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the calls tell besides, and these tests do not ask. */
static struct str step, token;

static struct world w;
static struct seat s;
static char file[PATH_BYTES];

static int
setup(void **state)
{
    (void)state;
    world_new(&w);
    seat_open(&s, &w);
    (void)snprintf(file, sizeof file, "%.200s/backup", w.folder);
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

/* A key of MEMBER; its prefix. */
static const char *
new_key(const char *name, char prefix[16])
{
    struct key_in in = key_form(name);
    struct str text;
    struct key k;
    struct cx *cx = seat_as(&s, MEMBER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    (void)snprintf(prefix, 16, "%.*s", STR_ARG(k.prefix));
    return prefix;
}

static void
back_up(void)
{
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, backup_make(w.db_path, file, NULL, NULL, &cx->err));
}

/* Another database, and a seat in it.  It has the world's secrets. */
struct house {
    struct world w;
    struct seat s;
};

static struct cx *
house_open(struct house *h, const char *path, bool read_only)
{
    struct db_options o = { .path = path, .migrate = !read_only,
        .read_only = read_only, .busy_ms = 2000,
        .macs = seal_macs(w.secrets) };
    struct cx *cx = seat_as(&s, SHELL);
    *h = (struct house){ .w = w };
    (void)snprintf(h->w.db_path, PATH_BYTES, "%s", path);
    OK(cx, db_open(&o, &h->w.db, &cx->err));
    seat_open(&h->s, &h->w);
    return seat_as(&h->s, SHELL);
}

static void
house_close(struct house *h)
{
    seat_close(&h->s);
    db_close(h->w.db);
}

static struct backup_facts
facts_of(const char *path)
{
    struct house h;
    struct backup_facts f;
    struct cx *cx = house_open(&h, path, true);
    OK(cx, backup_facts(cx, &f));
    house_close(&h);
    return f;
}

static void
test_facts(void **state)
{
    (void)state;
    char prefix[16];
    enum filesum sum;
    struct stat st;
    for (int i = 0; i < 7; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "key %d", i);
        new_key(name, prefix);
    }
    back_up();
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    struct backup_facts f = facts_of(file);
    assert_int_equal(f.counts.keys, 7);
    assert_int_equal(f.secrets, 7);
    assert_int_equal(f.opened, 7);
    assert_int_equal(f.audit_bad, 0);
    assert_int_equal(backup_state(&f), BACKUP_WHOLE);
    assert_true(f.audit_rows > 7);
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, filesum_check(file, &sum, &cx->err));
    assert_int_equal(sum, FILESUM_RIGHT);
    /* there is one already: nothing is written over */
    GIVES(cx, backup_make(w.db_path, file, NULL, NULL, &cx->err),
        ERR_CONFLICT);

    /* a byte more is another file */
    FILE *more = fopen(file, "a");
    assert_non_null(more);
    fputc(0, more);
    fclose(more);
    cx = seat_as(&s, SHELL);
    OK(cx, filesum_check(file, &sum, &cx->err));
    assert_int_equal(sum, FILESUM_WRONG);
}

/* Secrets of another row, of another master secret, and a log that was
 * touched. */
static void
test_bad_facts(void **state)
{
    (void)state;
    char one[16], two[16], other_master[PATH_BYTES];
    new_key("one", one);
    new_key("two", two);
    back_up();
    struct world copy = w;
    (void)snprintf(copy.db_path, PATH_BYTES, "%s", file);
    world_exec(&copy, "UPDATE key_secret SET sealed = (SELECT sealed FROM "
        "key_secret ORDER BY id DESC LIMIT 1)");
    struct backup_facts f = facts_of(file);
    assert_int_equal(f.secrets, 2);
    assert_int_equal(f.opened, 1);
    assert_int_equal(backup_state(&f), BACKUP_TOUCHED);
    world_exec(&copy, "UPDATE audit SET object_name = 'x' WHERE seq = 5");
    f = facts_of(file);
    assert_int_equal(f.audit_bad, 5);
    assert_int_equal(backup_state(&f), BACKUP_LOG_BROKEN);

    struct secrets *mine = w.secrets;
    struct cx *cx = seat_as(&s, SHELL);
    (void)snprintf(other_master, PATH_BYTES, "%.200s/other", w.folder);
    OK(cx, secrets_create(other_master, &cx->err));
    OK(cx, secrets_load(other_master, &w.secrets, &cx->err));
    f = facts_of(file);
    assert_int_equal(f.opened, 0);
    assert_int_equal(backup_state(&f), BACKUP_OTHER_SECRET);
    secrets_free(w.secrets);
    w.secrets = mine;
}

/* One row that was changed is told, and no reason to lose the rest; a database
 * without any seal is not taken for one of before seals. */
static void
test_touched(void **state)
{
    (void)state;
    char prefix[16];
    new_key("one", prefix);
    back_up();
    struct world copy = w;
    (void)snprintf(copy.db_path, PATH_BYTES, "%s", file);
    world_tamper(&copy, "UPDATE api_key SET expires_s = 9999999999");
    struct backup_facts f = facts_of(file);
    assert_int_equal(f.rows_broken, 1);
    assert_int_equal(f.opened, 1);
    assert_int_equal(backup_state(&f), BACKUP_TOUCHED);
    world_tamper(&copy, "UPDATE api_key SET seal = NULL;"
        "UPDATE workspace SET seal = NULL; UPDATE user SET seal = NULL");
    f = facts_of(file);
    assert_int_equal(f.rows_broken, f.rows);
    assert_int_equal(f.opened, 1);
    assert_int_equal(backup_state(&f), BACKUP_STRIPPED);
}

static void
test_states(void **state)
{
    (void)state;
    static const struct {
        struct backup_facts facts;
        enum backup_state state;
    } rows[] = {
        { { .rows = 0 }, BACKUP_WHOLE },
        { { .rows = 4 }, BACKUP_WHOLE },
        { { .rows = 4, .secrets = 2, .opened = 2 }, BACKUP_WHOLE },
        { { .rows = 4, .secrets = 2, .opened = 1 }, BACKUP_TOUCHED },
        { { .rows = 4, .rows_broken = 3, .secrets = 2, .opened = 2 },
            BACKUP_TOUCHED },
        { { .rows = 4, .rows_broken = 3 }, BACKUP_TOUCHED },
        { { .rows = 4, .rows_broken = 4, .secrets = 2, .opened = 1 },
            BACKUP_STRIPPED },
        { { .rows = 4, .rows_broken = 4, .secrets = 2 }, BACKUP_OTHER_SECRET },
        { { .rows = 4, .rows_broken = 4 }, BACKUP_OTHER_SECRET },
        { { .rows = 4, .rows_broken = 1, .secrets = 2, .opened = 2,
              .audit_bad = 7 }, BACKUP_LOG_BROKEN },
        { { .rows = 4, .rows_broken = 4, .secrets = 2, .opened = 2,
              .audit_bad = 7 }, BACKUP_STRIPPED },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(backup_state(&rows[i].facts), rows[i].state);
}

static void
test_replay(void **state)
{
    (void)state;
    enum { LIVES, REVOKED, DISABLED, ROTATED, WAS_REVOKED, KEYS };
    char prefix[KEYS][16], work[PATH_BYTES];
    struct rotate_in rotate = { .overlap = 0 };
    struct str text, session;
    struct key k;
    static const char *const names[KEYS] = { "lives", "revoked", "disabled",
        "rotated", "was revoked" };
    for (int i = 0; i < KEYS; i++)
        new_key(names[i], prefix[i]);
    struct cx *cx = seat_nobody(&s);
    OK(cx, sign_in(cx, who_email(OWNER), WORLD_PASSWORD, &session, &step));
    cx = seat_as(&s, OWNER);
    OK(cx, key_revoke(cx, str_cstr(prefix[WAS_REVOKED]), false, STR(""), &k));
    back_up();

    cx = seat_as(&s, OWNER);
    OK(cx, key_revoke(cx, str_cstr(prefix[REVOKED]), false, STR(""), &k));
    cx = seat_as(&s, OWNER);
    OK(cx, key_disable(cx, str_cstr(prefix[DISABLED]), &k));
    cx = seat_as(&s, OWNER);
    OK(cx, key_rotate(cx, str_cstr(prefix[ROTATED]), &rotate, &text, &k));
    char after[16];
    new_key("made after", after);
    cx = seat_as(&s, OWNER);
    OK(cx, key_revoke(cx, str_cstr(after), false, STR(""), &k));
    cx = seat_nobody(&s);
    OK(cx, sign_in(cx, who_email(MEMBER), WORLD_PASSWORD, &session, &step));
    struct password_in change = { .current = WORLD_PASSWORD,
        .password = STR("another horse battery") };
    OK(cx, password_change(cx, &change, &token));

    (void)snprintf(work, sizeof work, "%.200s/work", w.folder);
    cx = seat_as(&s, SHELL);
    OK(cx, db_copy(file, work, NULL, NULL, &cx->err));
    struct house now, old;
    struct restored r;
    struct cx *to = house_open(&now, work, false);
    struct cx *from = house_open(&old, w.db_path, true);
    OK(to, restore_replay(to, from, &r));
    to = seat_as(&now.s, SHELL);
    OK(to, restore_close(to));
    assert_int_equal(r.revoked, 1);
    assert_int_equal(r.disabled, 2);
    assert_int_equal(r.people, 1);
    static const struct {
        const char *column;
        int64_t ended[KEYS];
    } want[] = {
        { "revoked_s", { 0, 1, 0, 0, 1 } },
        { "disabled_s", { 0, 0, 1, 1, 0 } },
    };
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        for (int k_i = 0; k_i < KEYS; k_i++) {
            char sql[160];
            (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM api_key "
                "WHERE prefix = '%s' AND %s IS NOT NULL", prefix[k_i],
                want[i].column);
            if (world_int(&now.w, sql) != want[i].ended[k_i])
                fail_msg("%s of %s", want[i].column, names[k_i]);
        }
    }
    assert_int_equal(world_int(&now.w, "SELECT count(*) FROM session"), 0);
    assert_true(world_int(&w, "SELECT count(*) FROM session") > 0);
    struct backup_facts f;
    to = seat_as(&now.s, SHELL);
    OK(to, backup_facts(to, &f));
    assert_int_equal(f.audit_bad, 0);

    /* it does not go on where this one ends: both have gone their own ways */
    to = seat_as(&now.s, SHELL);
    from = seat_as(&old.s, SHELL);
    GIVES(to, restore_replay(to, from, &r), ERR_INVALID);
    house_close(&old);
    house_close(&now);
}

/* A log of somebody else, however long, ends nothing here. */
static void
test_foreign_log(void **state)
{
    (void)state;
    char prefix[16], work[PATH_BYTES];
    new_key("one", prefix);
    back_up();
    struct world copy = w;
    (void)snprintf(work, sizeof work, "%.200s/work", w.folder);
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, db_copy(file, work, NULL, NULL, &cx->err));
    (void)snprintf(copy.db_path, PATH_BYTES, "%s", file);
    world_exec(&copy, "UPDATE audit SET hash = x'00' WHERE seq = "
        "(SELECT max(seq) FROM audit)");
    struct house now, old;
    struct restored r;
    struct cx *to = house_open(&now, work, false);
    struct cx *from = house_open(&old, file, true);
    GIVES(to, restore_replay(to, from, &r), ERR_INVALID);
    house_close(&old);
    house_close(&now);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = { T(test_facts), T(test_bad_facts),
        T(test_touched), cmocka_unit_test(test_states), T(test_replay),
        T(test_foreign_log) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
