/* SPDX-License-Identifier: ISC */
/* Several keys at once: what is wrong with the post is said on the list; keys
 * that somebody may not see are not named; a fault goes to the log. */
#include "world.h"

#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { LOG_BYTES = 64 * 1024 };

static struct world world;

static struct reply
bulk(enum who who, const char *base, const char *act, enum who whose,
    const char *rest)
{
    return req_post(&world, who,
        arena_fmt(world.arena, "/w/team/%s/bulk", base).p,
        arena_fmt(world.arena, "do=%s&k=%.*s%s", act,
            STR_ARG(world.prefix[whose]), rest));
}

/* The list again, with what was wrong on top. */
static void
test_list_says_it(void **state)
{
    static const struct {
        const char *form, *says;
    } rows[] = {
        { "do=disable", "Choose at least one key" },
        { "do=revoke&confirm=revoke&sure=1", "Choose at least one key" },
        { "k=golden-1", "Choose what to do with the keys" },
        { "do=nonsense&k=golden-1", "There is a problem" },
        { "do=nonsense&k=golden-1&sure=1", "There is a problem" },
        { "do=disable&k=golden-1&x=1", "There is a problem" },
        { "do=disable&k=golden%07", "There is a problem" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct reply r = req_post(&world, OWNER, "/w/team/keys/bulk",
            str_cstr(rows[i].form));
        bool good = r.status == 422 &&
            reply_holds(&r, STR("There is a problem")) &&
            reply_holds(&r, str_cstr(rows[i].says)) &&
            reply_holds(&r, STR("<h1>API keys</h1>")) &&
            reply_holds(&r, world.prefix[OWNER]);
        if (!good)
            fail_msg("%s: %d", rows[i].form, r.status);
        world_forget(&world);
    }
}

/* A wrong word does not go back to the list: the keys stay chosen. */
static void
test_confirm_again(void **state)
{
    (void)state;
    struct reply r =
        bulk(OWNER, "keys", "revoke", MEMBER, "&sure=1&confirm=no");
    assert_int_equal(r.status, 422);
    assert_true(reply_holds(&r, STR("Type the word revoke")));
    assert_true(reply_holds(&r, STR("Revoke these keys")));
}

/* By whatever address and act, a member is not told of other kinds. */
static void
test_special_unnamed(void **state)
{
    static const char *const bases[] = { "keys", "management-keys",
        "admin-keys" };
    static const char *const acts[] = { "disable", "enable", "revoke" };
    static const char *const rests[] = { "", "&sure=1",
        "&sure=1&confirm=revoke" };
    (void)state;
    world_exec(&world, "UPDATE api_key SET name = 'Hidden ' || kind "
                       "WHERE kind <> 'standard'");
    for (size_t i = 0; i < 3 * 3 * 3; i++)
        for (enum who key = MANAGEMENT; key <= ADMIN_KEY; key++) {
            const char *base = bases[i / 9];
            struct reply r = bulk(MEMBER, base, acts[i / 3 % 3], key,
                rests[i % 3]);
            if (reply_holds(&r, STR("Hidden")))
                fail_msg("%s %s%s: %d", base, acts[i / 3 % 3], rests[i % 3],
                    r.status);
            if (base[0] != 'k' && r.status != 403)
                fail_msg("%s %s%s: %d", base, acts[i / 3 % 3], rests[i % 3],
                    r.status);
            world_forget(&world);
        }
    assert_int_equal(0, world_int(&world, "SELECT count(*) FROM api_key "
        "WHERE disabled_s IS NOT NULL OR revoked_s IS NOT NULL"));
}

/* What the program logged while fn ran. */
static struct str
logged(struct reply (*fn)(void), struct reply *reply)
{
    static char text[LOG_BYTES];
    const char *path = arena_fmt(world.keep, "%s/log", world.folder).p;
    int file = open(path, O_CREAT | O_RDWR | O_APPEND, 0600);
    int old = dup(STDERR_FILENO);
    assert_true(file >= 0 && old >= 0 && dup2(file, STDERR_FILENO) >= 0);
    *reply = fn();
    assert_true(dup2(old, STDERR_FILENO) >= 0);
    close(old);
    ssize_t n = pread(file, text, sizeof text, 0);
    assert_true(n >= 0);
    close(file);
    unlink(path);
    return (struct str){ text, (size_t)n };
}

static struct reply
disable_two(void)
{
    return req_post(&world, OWNER, "/w/team/keys/bulk",
        arena_fmt(world.arena, "do=disable&sure=1&k=%.*s&k=%.*s",
            STR_ARG(world.prefix[MEMBER]), STR_ARG(world.prefix[OWNER])));
}

static bool
holds(struct str s, struct str part)
{
    for (size_t i = 0; i + part.n <= s.n; i++)
        if (str_starts(str_from(s, i), part))
            return true;
    return false;
}

/* One of two keys fails by our fault: the other is done, the page tells which,
 * the log why. */
static void
test_fault_logged(void **state)
{
    (void)state;
    struct reply r;
    world_exec(&world, arena_fmt(world.arena,
        "UPDATE api_key SET disabled_s = NULL;"
        "CREATE INDEX lost ON api_key(abs(0 * id - 9223372036854775807 - 1)) "
        "WHERE prefix = '%.*s' AND disabled_s IS NOT NULL",
        STR_ARG(world.prefix[MEMBER])).p);
    struct str text = logged(disable_two, &r);
    world_exec(&world, "DROP INDEX lost");
    assert_int_equal(r.status, 200);
    assert_true(reply_holds(&r, STR("1 of 2 keys disabled")));
    if (!holds(text, STR("event=bulk_failed")) ||
        !holds(text, world.prefix[MEMBER]) ||
        holds(text, world.prefix[OWNER]))
        fail_msg("logged: %.*s", STR_ARG(text));
    r = disable_two(); /* a key that is disabled already is no fault */
    text = logged(disable_two, &r);
    assert_false(holds(text, STR("bulk_failed")));
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
    world_close(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_says_it),
        cmocka_unit_test(test_confirm_again),
        cmocka_unit_test(test_special_unnamed),
        cmocka_unit_test(test_fault_logged),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
