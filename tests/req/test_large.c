/* SPDX-License-Identifier: ISC */
/* Answers that have no pages by contract, of a workspace with many keys. */
#include "world.h"

#include <string.h>

enum { MANY = 20000, MIB = 1024 * 1024 };

static struct world world;

/* Keys as the one called "standard", with names of so many characters. */
static void
add_many(int chars)
{
    world_exec(&world, arena_fmt(world.arena,
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
        "    WHERE n < %d) "
        "INSERT INTO api_key (uuid, workspace_id, kind, prefix, name, "
        "    owner_user_id, by_name, created_s, updated_s) "
        "SELECT printf('00000000-0000-7000-8000-%%012d', c.n), "
        "    k.workspace_id, k.kind, printf('m%%07d', c.n), "
        "    printf('%%07d%%.*c', c.n, %d, 'n'), k.owner_user_id, 'x', "
        "    k.created_s, k.created_s "
        "FROM api_key k, c WHERE k.name = 'standard'", (int)MANY, chars - 7).p);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_save(&world);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

/* How many of the many names are in it; the answer is more than json_read
 * takes. */
static size_t
names(struct str s)
{
    size_t n = 0;
    for (size_t i = 3; i < s.n; i++)
        n += memcmp(s.p + i - 3, "nnn\"", 4) == 0;
    return n;
}

static void
test_many_keys(void **state)
{
    (void)state;
    static const char *const paths[] = { "/v1/keys", "/v2/ai/api-key",
        "/sdk/api-keys" };
    add_many(80);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct reply r = req_get(&world, MANAGEMENT, paths[i]);
        if (r.status != 200)
            fail_msg("%s: %d: %.*s", paths[i], r.status,
                STR_ARG(str_head(r.body, 300)));
        print_message("# %s: %zu bytes\n", paths[i], r.body.n);
        assert_true(r.body.n > 4 * MIB);
        assert_int_equal(names(r.body), MANY);
        world_forget(&world);
    }
    world_restore(&world);
}

/* Above the bound of any answer: an error in the family's shape, no crash. */
static void
test_too_many(void **state)
{
    (void)state;
    world_exec(&world, "PRAGMA main.ignore_check_constraints = ON");
    add_many(4000);
    struct reply r = req_get(&world, MANAGEMENT, "/v1/keys");
    assert_int_equal(r.status, 500);
    struct val *v = reply_json(&world, &r);
    assert_int_equal(val_get_cstr(v, "statusCode")->u.i, 500);
    assert_true(world.worker.cx.err.code == ERR_INTERNAL);
    r = req_get(&world, MANAGEMENT, "/v2/ai/api-key");
    assert_int_equal(r.status, 500);
    assert_true(reply_holds(&r, STR("/docs/errors/internal")));
    world_restore(&world);
    world_forget(&world);
    r = req_get(&world, MANAGEMENT, "/v1/keys");
    assert_int_equal(r.status, 200);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
