/* SPDX-License-Identifier: ISC */
/* Claim links: one secret, made by who opens the link, once, in time, and only
 * while nobody took it back. */
#include "world.h"

#include "core/check.h"
#include "core/claim.h"
#include "core/freeze.h"
#include "core/key.h"
#include "text/when.h"

#include <pthread.h>
#include <string.h>

static struct world world;
static struct seat seat;

static int
setup(void **state)
{
    (void)state;
    world_new(&world);
    seat_open(&seat, &world);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    seat_close(&seat);
    world_free(&world);
    return 0;
}

static struct str
token_of(struct str link)
{
    const char *at = memchr(link.p, '/', link.n);
    assert_non_null(at);
    while (str_find(link, '/') < link.n)
        link = str_from(link, str_find(link, '/') + 1);
    assert_int_equal(link.n, 43);
    return link;
}

/* A key of `who` that waits for a day. */
static struct str
make(enum who who, const char *name, struct key *k)
{
    struct str link;
    struct key_in in = key_form(name);
    struct cx *cx = seat_as(&seat, who);
    in.claim = KEY_CLAIM_DAY;
    OK(cx, key_create(cx, KEY_STANDARD, &in, &link, k));
    assert_true(key_waits(k));
    assert_int_equal(k->last4.n, 0);
    return token_of(link);
}

static enum claim_state
look(struct str token)
{
    struct claim c;
    struct cx *cx = seat_nobody(&seat);
    OK(cx, claim_look(cx, token, &c));
    assert_int_equal(cx->ws.id, 0);
    return c.state;
}

static struct str
take(struct str token)
{
    struct claim c;
    struct str text;
    struct cx *cx = seat_nobody(&seat);
    cx->address = STR("203.0.113.9");
    cx->agent = STR("phone");
    OK(cx, claim_take(cx, token, &text, &c));
    assert_int_equal(c.state == CLAIM_OPEN, text.n > 0);
    return text;
}

static enum reason
passes(struct str key)
{
    struct decision d;
    struct cx *cx = seat_nobody(&seat);
    check_proof(cx, key, &d);
    return d.reason;
}

static struct key
now_is(const struct key *k)
{
    struct key out;
    struct cx *cx = seat_as(&seat, OWNER);
    OK(cx, key_get(cx, k->prefix, &out));
    return out;
}

static int64_t
secrets_of(const struct key *k)
{
    return world_int(&world, arena_cstr(seat.arena, arena_fmt(seat.arena,
        "SELECT count(*) FROM key_secret s JOIN api_key k ON k.id = s.key_id "
        "WHERE k.prefix = '%.*s'", STR_ARG(k->prefix))));
}

static void
test_take(void **state)
{
    (void)state;
    struct key k, is;
    struct str token = make(MEMBER, "take", &k);
    for (int i = 0; i < 5; i++) /* previews */
        assert_int_equal(look(token), CLAIM_OPEN);
    assert_int_equal(secrets_of(&k), 0);
    is = now_is(&k);
    assert_int_equal(key_status(&is, world.now_s), KEY_WAITING);
    struct str key = take(token);
    assert_int_equal(key.n, 51);
    assert_int_equal(passes(key), REASON_ALLOWED);
    is = now_is(&k);
    assert_int_equal(key_status(&is, world.now_s), KEY_ACTIVE);
    assert_int_equal(is.claimed_s, world.now_s);
    assert_true(str_is(is.claimed_address, "203.0.113.9"));
    assert_true(str_is(is.claimed_agent, "phone"));
    /* once */
    assert_int_equal(look(token), CLAIM_TAKEN);
    assert_int_equal(take(token).n, 0);
    assert_int_equal(secrets_of(&k), 1);
    assert_int_equal(passes(key), REASON_ALLOWED);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action = 'key.claim' AND actor_kind = 'system' AND "
        "address = '203.0.113.9'"), 1);
    /* the token itself is kept nowhere */
    assert_int_equal(world_int(&world, arena_cstr(seat.arena, arena_fmt(
        seat.arena, "SELECT count(*) FROM once_link WHERE instr(hex(mac), "
        "hex('%.*s')) OR cast(mac AS TEXT) = '%.*s'", STR_ARG(token),
        STR_ARG(token)))), 0);
}

static void
test_dies(void **state)
{
    (void)state;
    struct key k, is;
    struct str token = make(MEMBER, "dies", &k);
    assert_int_equal(k.claim_ends_s, world.now_s + DAY_S);
    world.now_s += DAY_S - 1;
    assert_int_equal(look(token), CLAIM_OPEN);
    world.now_s += 1;
    assert_int_equal(look(token), CLAIM_OVER);
    assert_int_equal(take(token).n, 0);
    assert_int_equal(secrets_of(&k), 0);
    is = now_is(&k);
    assert_int_equal(key_status(&is, world.now_s), KEY_WAITING);
}

static void
test_unknown(void **state)
{
    (void)state;
    static const char *const tokens[] = { "", "none",
        "0000000000000000000000000000000000000000000" };
    struct claim c;
    struct str text;
    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        struct cx *cx = seat_nobody(&seat);
        GIVES(cx, claim_look(cx, str_cstr(tokens[i]), &c), ERR_NOT_FOUND);
        cx = seat_nobody(&seat);
        GIVES(cx, claim_take(cx, str_cstr(tokens[i]), &text, &c),
            ERR_NOT_FOUND);
    }
}

static void
test_withdraw(void **state)
{
    (void)state;
    struct key k, is;
    struct str link;
    struct claim_in week = { .claim = 2 };
    struct str token = make(MEMBER, "withdraw", &k);
    struct cx *cx = seat_as(&seat, OTHER);
    GIVES(cx, claim_withdraw(cx, k.prefix, &is), ERR_FORBIDDEN);
    cx = seat_as(&seat, STRANGER);
    GIVES(cx, claim_withdraw(cx, k.prefix, &is), ERR_NOT_FOUND);
    cx = seat_as(&seat, STRANGER);
    GIVES(cx, claim_renew(cx, k.prefix, &week, &link, &is), ERR_NOT_FOUND);
    cx = seat_as(&seat, OTHER);
    GIVES(cx, claim_renew(cx, k.prefix, &week, &link, &is), ERR_FORBIDDEN);
    assert_int_equal(link.n, 0);
    assert_int_equal(look(token), CLAIM_OPEN);
    cx = seat_as(&seat, MEMBER);
    OK(cx, claim_withdraw(cx, k.prefix, &is));
    assert_int_equal(look(token), CLAIM_OVER);
    assert_int_equal(take(token).n, 0);
    cx = seat_as(&seat, MEMBER);
    OK(cx, claim_withdraw(cx, k.prefix, &is)); /* twice is no error */
    /* a new one; the old one stays dead */
    cx = seat_as(&seat, ADMIN);
    OK(cx, claim_renew(cx, k.prefix, &week, &link, &is));
    struct str second = token_of(link);
    assert_int_equal(is.claim_ends_s, world.now_s + 7 * DAY_S);
    assert_int_equal(look(token), CLAIM_OVER);
    assert_int_equal(look(second), CLAIM_OPEN);
    /* a third one ends the second, without withdrawing */
    cx = seat_as(&seat, MEMBER);
    OK(cx, claim_renew(cx, k.prefix, &week, &link, &is));
    assert_int_equal(take(second).n, 0);
    assert_int_equal(take(token_of(link)).n, 51);
    /* and then there is nothing to withdraw, or to make anew */
    cx = seat_as(&seat, MEMBER);
    GIVES(cx, claim_withdraw(cx, k.prefix, &is), ERR_CONFLICT);
    cx = seat_as(&seat, MEMBER);
    GIVES(cx, claim_renew(cx, k.prefix, &week, &link, &is), ERR_CONFLICT);
    assert_int_equal(secrets_of(&k), 1);
}

/* What stops a key stops its link. */
static void
test_stopped(void **state)
{
    (void)state;
    static const char *const stops[] = { "revoked_s = 1, revoked_by = 'x'",
        "disabled_s = 1, disabled_by = 'x'",
        "suspended_s = 1, suspended_why = 'owner_removed'",
        "expires_s = 1" };
    for (size_t i = 0; i < COUNT_OF(stops); i++) {
        struct key k;
        struct str name = arena_fmt(seat.arena, "stopped %zu", i);
        struct str token = make(MEMBER, arena_cstr(seat.arena, name), &k);
        world_exec(&world, arena_cstr(seat.arena, arena_fmt(seat.arena,
            "UPDATE api_key SET %s WHERE prefix = '%.*s'", stops[i],
            STR_ARG(k.prefix))));
        assert_int_equal(look(token), CLAIM_OVER);
        assert_int_equal(take(token).n, 0);
        assert_int_equal(secrets_of(&k), 0);
    }
}

static void
test_deleted_workspace(void **state)
{
    (void)state;
    struct key k;
    world.now_s += 60; /* tries of the tests before are forgotten */
    struct str token = make(MEMBER, "gone", &k);
    struct cx *cx = seat_as(&seat, OWNER);
    struct str slug = cx->ws.slug;
    OK(cx, workspace_delete(cx, cx->ws.name));
    assert_int_equal(look(token), CLAIM_OVER);
    assert_int_equal(take(token).n, 0);
    assert_int_equal(secrets_of(&k), 0);
    /* restored, it is as before */
    cx = seat_as(&seat, SHELL);
    OK(cx, workspace_restore(cx, slug));
    assert_int_equal(look(token), CLAIM_OPEN);
    cx = seat_as(&seat, OWNER);
    OK(cx, freeze_end(cx));
}

static void
test_rules(void **state)
{
    (void)state;
    struct str text;
    struct key k;
    struct key_in in = key_form("manages");
    struct rotate_in rotate = { .overlap = KEY_OVERLAP_NONE };
    struct cx *cx = seat_as(&seat, OWNER);
    in.claim = KEY_CLAIM_DAY;
    GIVES(cx, key_create(cx, KEY_MANAGEMENT, &in, &text, &k), ERR_INVALID);
    expect_field(cx, "claim");
    cx = seat_as(&seat, OWNER);
    GIVES(cx, key_create(cx, KEY_ADMIN, &in, &text, &k), ERR_INVALID);
    /* nobody else is shown a secret of a key that waits */
    (void)make(MEMBER, "rules", &k);
    cx = seat_as(&seat, OWNER);
    GIVES(cx, key_rotate(cx, k.prefix, &rotate, &text, &k), ERR_CONFLICT);
    assert_int_equal(text.n, 0);
    assert_int_equal(secrets_of(&k), 0);
    /* one that has a secret cannot be made to wait */
    in = key_form("has one");
    cx = seat_as(&seat, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    struct claim_in day = { .claim = 0 };
    struct str link;
    cx = seat_as(&seat, OWNER);
    GIVES(cx, claim_renew(cx, k.prefix, &day, &link, &k), ERR_CONFLICT);
}

enum { AT_ONCE = 8 };
static struct str race_token;

static void *
racer(void *arg)
{
    struct seat s;
    struct claim c;
    struct str text;
    int64_t *got = arg;
    seat_open(&s, &world);
    struct cx *cx = seat_nobody(&s);
    /* a network each, so that the throttle has no say */
    cx->peer.b[0] = (uint8_t)((uintptr_t)arg >> 3);
    *got = claim_take(cx, race_token, &text, &c) == ERR_OK && text.n == 51;
    seat_close(&s);
    return NULL;
}

static void
test_race(void **state)
{
    (void)state;
    struct key k;
    pthread_t threads[AT_ONCE];
    int64_t got[AT_ONCE] = { 0 }, sum = 0;
    race_token = make(MEMBER, "race", &k);
    for (int i = 0; i < AT_ONCE; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, racer, &got[i]),
            0);
    for (int i = 0; i < AT_ONCE; i++) {
        pthread_join(threads[i], NULL);
        sum += got[i];
    }
    assert_int_equal(sum, 1);
    assert_int_equal(secrets_of(&k), 1);
}

static void
test_throttled(void **state)
{
    (void)state;
    struct claim c;
    struct str text;
    enum err_code code = ERR_OK;
    int tries = 0;
    world.now_s += DAY_S; /* what the other tests took is paid back */
    while (code != ERR_LIMITED && tries < 100) {
        struct cx *cx = seat_nobody(&seat);
        code = claim_take(cx, STR("none"), &text, &c);
        tries++;
    }
    assert_in_range(tries, 2, 30);
    struct key k;
    struct str token = make(OWNER, "throttled", &k);
    struct cx *cx = seat_nobody(&seat);
    GIVES(cx, claim_take(cx, token, &text, &c), ERR_LIMITED);
    assert_true(cx->err.retry_s > 0);
    world.now_s += 60;
    assert_int_equal(take(token).n, 51);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_dies),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_withdraw),
        cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_deleted_workspace),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_race),
        cmocka_unit_test(test_throttled),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
