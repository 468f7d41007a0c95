/* SPDX-License-Identifier: ISC */
/* Who may do what: the table of roles and rights, written out a second time
 * by hand, so that a right that opens by accident is seen. */
#include "world.h"

#include "base/buf.h"
#include "core/access.h"
#include "core/key.h"

#include <stdio.h>

/* o: owner, a: admin, m: member. PRODUCT.md section 3. */
static const struct {
    enum right right;
    const char *name, *who;
} table[] = {
    { RIGHT_KEY_SEE, "key_see", "oam" },
    { RIGHT_KEY_CREATE, "key_create", "oam" },
    { RIGHT_KEY_OTHERS, "key_others", "oa-" },
    { RIGHT_KEY_REVOKE, "key_revoke", "oa-" },
    { RIGHT_KEY_SPECIAL, "key_special", "oa-" },
    { RIGHT_KEY_REVIVE, "key_revive", "o--" },
    { RIGHT_LIMITS, "limits", "oa-" },
    { RIGHT_CATALOG_SEE, "catalog_see", "oam" },
    { RIGHT_CATALOG_EDIT, "catalog_edit", "oa-" },
    { RIGHT_USAGE_OWN, "usage_own", "oam" },
    { RIGHT_USAGE_ALL, "usage_all", "oa-" },
    { RIGHT_MEMBER_SEE, "member_see", "oam" },
    { RIGHT_INVITE_SEE, "invite_see", "oa-" },
    { RIGHT_MEMBER_EDIT, "member_edit", "oa-" },
    { RIGHT_OWNER_EDIT, "owner_edit", "o--" },
    { RIGHT_SERVICE_EDIT, "service_edit", "oa-" },
    { RIGHT_AUDIT_OWN, "audit_own", "oam" },
    { RIGHT_AUDIT_ALL, "audit_all", "oa-" },
    { RIGHT_FREEZE, "freeze", "oa-" },
    { RIGHT_SETTINGS, "settings", "oa-" },
    { RIGHT_CREDITS, "credits", "o--" },
    { RIGHT_WORKSPACE_DELETE, "workspace_delete", "o--" },
};
_Static_assert(COUNT_OF(table) == RIGHT_COUNT, "every right is here");

static void
test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        char got[4] = { access_role_has(ROLE_OWNER, table[i].right) ? 'o' : '-',
            access_role_has(ROLE_ADMIN, table[i].right) ? 'a' : '-',
            access_role_has(ROLE_MEMBER, table[i].right) ? 'm' : '-', 0 };
        assert_int_equal(table[i].right, i);
        if (!str_is(str_cstr(got), table[i].who))
            fail_msg("%s: %s instead of %s", table[i].name, got,
                table[i].who);
        assert_false(access_role_has(ROLE_NONE, table[i].right));
    }
}

static void
test_actors(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    world_new(&w);
    seat_open(&s, &w);
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        enum right r = table[i].right;
        assert_true(access_has(seat_as(&s, SHELL), r));
        assert_true(access_has(seat_as(&s, OWNER), r));
        assert_int_equal(access_has(seat_as(&s, ADMIN), r),
            table[i].who[1] == 'a');
        assert_int_equal(access_has(seat_as(&s, MEMBER), r),
            table[i].who[2] == 'm');
        /* a role counts in its workspace only */
        struct cx *cx = seat_as(&s, OWNER);
        cx->ws = (struct workspace){ .role = ROLE_OWNER };
        assert_false(access_has(cx, r));
        cx = seat_as(&s, OWNER);
        cx->actor.kind = ACTOR_KEY;
        assert_false(access_has(cx, r));
        GIVES(cx, access_need(cx, r), ERR_FORBIDDEN);
        cx = seat_nobody(&s);
        assert_false(access_has(cx, r));
        GIVES(cx, access_need(cx, r), ERR_UNAUTHENTICATED);
    }
    seat_close(&s);
    world_free(&w);
}

static bool
says(const struct cx *cx, const char *part)
{
    struct str want = str_cstr(part), msg = cx->err.msg;
    for (size_t i = 0; i + want.n <= msg.n; i++)
        if (str_starts(str_from(msg, i), want))
            return true;
    return false;
}

/* The refusal says what is needed and whom to ask. */
static void
test_words(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    world_new(&w);
    seat_open(&s, &w);
    struct cx *cx = seat_as(&s, MEMBER);
    GIVES(cx, access_need(cx, RIGHT_CATALOG_EDIT), ERR_FORBIDDEN);
    assert_true(says(cx, "Your role here is member"));
    assert_true(says(cx, "an admin or owner"));
    assert_true(says(cx, "Olive") && says(cx, "Adam"));
    assert_false(says(cx, "Mia") || says(cx, "Oscar") || says(cx, "Sam"));
    cx = seat_as(&s, ADMIN);
    GIVES(cx, access_need(cx, RIGHT_CREDITS), ERR_FORBIDDEN);
    assert_true(says(cx, "an owner") && says(cx, "Olive"));
    assert_false(says(cx, "Adam"));
    seat_close(&s);
    world_free(&w);
}

/* Members see facts of standard keys only. */
static void
test_special_hidden(void **state)
{
    (void)state;
    struct world w;
    struct seat s;
    world_new(&w);
    seat_open(&s, &w);
    for (enum key_kind kind = KEY_MANAGEMENT; kind < KEY_KIND_COUNT; kind++) {
        struct str text;
        struct key k, *list;
        struct key_counts counts;
        size_t n;
        bool more;
        struct key_in in = key_form(key_kind_name(kind));
        struct key_filter f = { .kind = kind, .most = 10 };
        struct cx *cx = seat_as(&s, ADMIN);
        OK(cx, key_create(cx, kind, &in, &text, &k));
        struct str prefix = k.prefix;
        OK(cx, key_get(cx, prefix, &k));
        OK(cx, key_counts(cx, kind, &counts));
        OK(cx, key_list(cx, &f, &list, &n, &more));
        assert_int_equal(n, 1);
        cx = seat_as(&s, MEMBER);
        GIVES(cx, key_get(cx, prefix, &k), ERR_FORBIDDEN);
        assert_true(str_starts(cx->err.msg, STR("Your role here is member")));
        assert_int_equal(k.name.n, 0);
        cx = seat_as(&s, MEMBER);
        GIVES(cx, key_counts(cx, kind, &counts), ERR_FORBIDDEN);
        assert_false(counts.any);
        cx = seat_as(&s, MEMBER);
        GIVES(cx, key_list(cx, &f, &list, &n, &more), ERR_FORBIDDEN);
        assert_int_equal(n, 0);
    }
    seat_close(&s);
    world_free(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_actors),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_special_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
