/* SPDX-License-Identifier: ISC */
/* A rotation that one can watch, end, and take back. */
#include "world.h"

#include "core/check.h"
#include "core/key.h"
#include "core/rotation.h"
#include "core/touch.h"
#include "text/when.h"

static struct world world;
static struct seat seat;
static struct touches *touches;

static int
setup(void **state)
{
    (void)state;
    world_new(&world);
    seat_open(&seat, &world);
    touches = touches_new();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    touches_free(touches);
    seat_close(&seat);
    world_free(&world);
    return 0;
}

struct pair {
    struct key k;
    struct str old, fresh;
};

/* A key of MEMBER with two secrets for a day. */
static void
make(const char *name, struct pair *p)
{
    struct key_in in = key_form(name);
    struct rotate_in rotate = { .overlap = KEY_OVERLAP_DAY };
    struct cx *cx = seat_as(&seat, MEMBER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &p->old, &p->k));
    cx = seat_as(&seat, MEMBER);
    OK(cx, key_rotate(cx, p->k.prefix, &rotate, &p->fresh, &p->k));
}

/* One call, from an address, with a client; what the gate says. */
static enum reason
call(struct str key, const char *address, const char *agent,
    const char *endpoint)
{
    struct decision d;
    struct cx *cx = seat_nobody(&seat);
    struct call c = { .key = key, .endpoint = str_cstr(endpoint),
        .address_text = str_cstr(address), .agent = str_cstr(agent),
        .input_tokens = -1, .output_tokens = -1 };
    cx->touches = touches;
    check_call(cx, &c, &d);
    return d.reason;
}

static enum reason
ask(struct str key)
{
    return call(key, "203.0.113.1", "ask", "/v1/models");
}

static void
flush(void)
{
    struct cx *cx = seat_nobody(&seat);
    cx->touches = touches;
    OK(cx, touch_flush(cx));
    cx = seat_nobody(&seat);
    OK(cx, rotation_sweep(cx));
}

static struct rotation
look(const struct key *k)
{
    struct rotation r;
    struct key is;
    struct cx *cx = seat_as(&seat, MEMBER);
    OK(cx, key_get(cx, k->prefix, &is));
    OK(cx, rotation_get(cx, &is, &r));
    return r;
}

static int64_t
today(const struct key_secret *s)
{
    struct cx *cx = seat_as(&seat, MEMBER);
    return rotation_calls(cx, s);
}

static enum err_code
plan(enum who who, const struct key *k, struct rotation_in in)
{
    struct key is;
    struct cx *cx = seat_as(&seat, who);
    return rotation_plan(cx, k->prefix, &in, &is);
}

static void
test_watched(void **state)
{
    (void)state;
    struct pair p;
    make("watched", &p);
    for (int i = 0; i < 3; i++)
        assert_int_equal(call(p.old, "203.0.113.7", "old client",
            "/v1/models"), REASON_ALLOWED);
    for (int i = 0; i < 2; i++)
        assert_int_equal(call(p.fresh, "203.0.113.8", "new client",
            "/v1/models"), REASON_ALLOWED);
    flush();
    assert_int_equal(call(p.old, "203.0.113.9", "", "/v1/models"),
        REASON_ALLOWED);
    flush();
    struct rotation r = look(&p.k);
    assert_true(r.on);
    assert_int_equal(today(&r.old), 4);
    assert_int_equal(today(&r.fresh), 2);
    assert_int_equal(r.old.used_s, world.now_s);
    assert_true(str_is(r.old.used_address, "203.0.113.9"));
    assert_int_equal(r.old.used_agent.n, 0);
    assert_true(str_is(r.fresh.used_address, "203.0.113.8"));
    assert_true(str_is(r.fresh.used_agent, "new client"));
    assert_int_equal(r.old.sealed.n, 0);
    /* a new day begins at nothing */
    world.now_s += 13 * HOUR_S;
    assert_int_equal(today(&r.old), 0);
    assert_int_equal(ask(p.old), REASON_ALLOWED);
    flush();
    r = look(&p.k);
    assert_int_equal(today(&r.old), 1);
    /* wrong secrets are nobody's */
    char *wrong = arena_cstr(seat.arena, p.old);
    wrong[20] = wrong[20] == 'a' ? 'b' : 'a';
    assert_int_equal(ask(str_cstr(wrong)), REASON_INVALID_KEY);
    /* refused ones show who uses which, too */
    world_exec(&world, "UPDATE api_key SET disabled_s = 1, disabled_by = 'x' "
                       "WHERE name = 'watched'");
    assert_int_equal(ask(p.old), REASON_DISABLED_KEY);
    flush();
    r = look(&p.k);
    assert_int_equal(today(&r.old), 2);
}

static void
test_planned(void **state)
{
    (void)state;
    struct pair p;
    make("planned", &p);
    struct rotation_in hour = { .ends = ROTATION_HOUR };
    struct rotation_in past = { .ends = ROTATION_DATE,
        .ends_on = world.now_s };
    struct rotation_in far = { .ends = ROTATION_DATE,
        .ends_on = world.now_s + ROTATION_MOST_S + 1 };
    struct rotation_in none = { .ends = ROTATION_DATE };
    struct rotation_in silent = { .ends = ROTATION_SILENT };
    assert_int_equal(plan(OTHER, &p.k, hour), ERR_FORBIDDEN);
    assert_int_equal(plan(STRANGER, &p.k, hour), ERR_NOT_FOUND);
    assert_int_equal(plan(MEMBER, &p.k, past), ERR_INVALID);
    assert_int_equal(plan(MEMBER, &p.k, far), ERR_INVALID);
    assert_int_equal(plan(MEMBER, &p.k, none), ERR_INVALID);
    assert_int_equal(plan(MEMBER, &p.k, silent), ERR_INVALID);
    struct rotation r = look(&p.k);
    assert_int_equal(r.old.ends_s, world.now_s + DAY_S);
    assert_int_equal(plan(MEMBER, &p.k, hour), ERR_OK);
    world.now_s += HOUR_S - 1;
    assert_int_equal(ask(p.old), REASON_ALLOWED);
    world.now_s += 1;
    assert_int_equal(ask(p.old), REASON_INVALID_KEY);
    assert_int_equal(ask(p.fresh), REASON_ALLOWED);
    assert_int_equal(plan(MEMBER, &p.k, hour), ERR_CONFLICT);
    /* never after the key */
    make("short", &p);
    world_exec(&world, arena_cstr(seat.arena, arena_fmt(seat.arena,
        "UPDATE api_key SET expires_s = %lld WHERE name = 'short'",
        (long long)(world.now_s + 600))));
    assert_int_equal(plan(MEMBER, &p.k, hour), ERR_OK);
    r = look(&p.k);
    assert_int_equal(r.old.ends_s, world.now_s + 600);
}

static void
test_silent(void **state)
{
    (void)state;
    struct pair p;
    struct rotation_in two = { .ends = ROTATION_SILENT, .silent_hours = 2 };
    make("silent", &p);
    assert_int_equal(plan(MEMBER, &p.k, two), ERR_OK);
    world.now_s += 2 * HOUR_S - 1;
    flush();
    assert_true(look(&p.k).on);
    assert_int_equal(ask(p.old), REASON_ALLOWED); /* again from here */
    flush();
    world.now_s += 2 * HOUR_S - 1;
    assert_int_equal(ask(p.fresh), REASON_ALLOWED); /* the other is no matter */
    flush();
    assert_true(look(&p.k).on);
    /* a call that waits to be written counts: stamps go first */
    world.now_s += 1;
    assert_int_equal(ask(p.old), REASON_ALLOWED);
    flush();
    assert_true(look(&p.k).on);
    world.now_s += 2 * HOUR_S;
    flush();
    assert_false(look(&p.k).on);
    assert_int_equal(ask(p.old), REASON_INVALID_KEY);
    assert_int_equal(ask(p.fresh), REASON_ALLOWED);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action = 'key.silent_end' AND actor_kind = 'system' AND object_name "
        "= 'silent' AND workspace_id = (SELECT id FROM workspace WHERE slug "
        "= 'team')"), 1);
    flush(); /* once */
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action = 'key.silent_end'"), 1);
}

static void
test_undo(void **state)
{
    (void)state;
    struct pair p;
    struct key is;
    make("undo", &p);
    struct cx *cx = seat_as(&seat, OTHER);
    GIVES(cx, rotation_undo(cx, p.k.prefix, &is), ERR_FORBIDDEN);
    cx = seat_as(&seat, STRANGER);
    GIVES(cx, rotation_undo(cx, p.k.prefix, &is), ERR_NOT_FOUND);
    cx = seat_as(&seat, MEMBER);
    OK(cx, rotation_undo(cx, p.k.prefix, &is));
    assert_int_equal(ask(p.fresh), REASON_INVALID_KEY);
    world.now_s += 100 * DAY_S;
    assert_int_equal(ask(p.old), REASON_ALLOWED);
    cx = seat_as(&seat, MEMBER);
    GIVES(cx, rotation_undo(cx, p.k.prefix, &is), ERR_CONFLICT);
    /* the next rotation is like any other */
    struct rotate_in rotate = { .overlap = KEY_OVERLAP_NONE };
    struct str text;
    cx = seat_as(&seat, MEMBER);
    OK(cx, key_rotate(cx, p.k.prefix, &rotate, &text, &is));
    assert_int_equal(ask(p.old), REASON_INVALID_KEY);
    assert_int_equal(ask(text), REASON_ALLOWED);
    cx = seat_as(&seat, MEMBER);
    GIVES(cx, rotation_undo(cx, p.k.prefix, &is), ERR_CONFLICT);
}

/* What ended never comes back: of a leaked key, a revoked one, one of two. */
static void
test_undo_never(void **state)
{
    (void)state;
    struct pair p;
    struct key is;
    struct str text;
    struct rotate_in rotate = { .overlap = KEY_OVERLAP_WEEK };
    make("leaked", &p);
    world_exec(&world, "UPDATE api_key SET suspended_s = 1, suspended_why = "
                       "'leaked' WHERE name = 'leaked'");
    struct cx *cx = seat_as(&seat, MEMBER);
    OK(cx, key_rotate(cx, p.k.prefix, &rotate, &text, &is));
    cx = seat_as(&seat, MEMBER);
    GIVES(cx, rotation_undo(cx, p.k.prefix, &is), ERR_CONFLICT);
    assert_int_equal(ask(p.old), REASON_INVALID_KEY);
    assert_int_equal(ask(p.fresh), REASON_INVALID_KEY);
    make("revoked", &p);
    cx = seat_as(&seat, OWNER);
    OK(cx, key_revoke(cx, p.k.prefix, false, STR(""), &is));
    cx = seat_as(&seat, MEMBER);
    GIVES(cx, rotation_undo(cx, p.k.prefix, &is), ERR_CONFLICT);
    assert_int_equal(ask(p.old), REASON_INVALID_KEY);
    /* rotated twice: the first secret stays away */
    make("twice", &p);
    struct str first = p.old;
    cx = seat_as(&seat, MEMBER);
    OK(cx, key_rotate(cx, p.k.prefix, &rotate, &text, &is));
    cx = seat_as(&seat, MEMBER);
    OK(cx, rotation_undo(cx, p.k.prefix, &is));
    assert_int_equal(ask(first), REASON_INVALID_KEY);
    assert_int_equal(ask(p.fresh), REASON_ALLOWED);
    assert_int_equal(ask(text), REASON_INVALID_KEY);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watched),
        cmocka_unit_test(test_planned),
        cmocka_unit_test(test_silent),
        cmocka_unit_test(test_undo),
        cmocka_unit_test(test_undo_never),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
