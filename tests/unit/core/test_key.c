/* SPDX-License-Identifier: ISC */
/* What happens to keys: every operation, every rule, and many at once. */
#include "world.h"

#include "core/check.h"
#include "core/key.h"
#include "text/when.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shop {
    struct world w;
    struct seat s;
    struct key k;     /* of MEMBER, no expiry */
    struct str text;
};

static void
shop_open(struct shop *t)
{
    world_new(&t->w);
    seat_open(&t->s, &t->w);
    struct key_in in = key_form("first");
    struct cx *cx = seat_as(&t->s, MEMBER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &t->text, &t->k));
}

static void
shop_close(struct shop *t)
{
    seat_close(&t->s);
    world_free(&t->w);
}

/* The gate's answer to a call with this key, at the world's time. */
static enum reason
gate(struct shop *t, struct str text)
{
    struct decision out;
    struct call call = { .key = text,
        .endpoint = STR("/v1/chat/completions"),
        .model = STR("a/b") };
    check_call(seat_nobody(&t->s), &call, &out);
    return out.reason;
}

static int64_t
lines(const struct shop *t, const char *action)
{
    char sql[200];
    (void)snprintf(sql, sizeof sql,
        "SELECT count(*) FROM audit WHERE action = '%s'", action);
    return world_int(&t->w, sql);
}

/* ---- create ---- */

static void
test_create(void **state)
{
    (void)state;
    struct shop t;
    struct key k;
    shop_open(&t);
    assert_int_equal(t.text.n, 51);
    assert_true(str_starts(t.text, t.k.prefix));
    assert_int_equal(gate(&t, t.text), REASON_ALLOWED);
    assert_int_equal(lines(&t, "key.create"), 1);
    struct cx *cx = seat_as(&t.s, OTHER); /* members see all keys' facts */
    OK(cx, key_get(cx, t.k.prefix, &k));
    assert_true(str_eq(k.owner_name, who_email(MEMBER)));
    assert_true(str_eq(k.by_name, who_email(MEMBER)));
    assert_true(str_ends(t.text, k.last4));
    assert_int_equal(k.created_s, WORLD_NOW);
    assert_int_equal(k.version, 1);
    assert_int_equal(key_status(&k, WORLD_NOW), KEY_ACTIVE);
    /* the secret part of the text is nowhere in the database */
    char sql[400];
    (void)snprintf(sql, sizeof sql,
        "SELECT count(*) FROM key_secret WHERE instr(sealed, '%.*s')",
        STR_ARG(str_from(t.text, 13)));
    assert_int_equal(world_int(&t.w, sql), 0);
    (void)snprintf(sql, sizeof sql,
        "SELECT count(*) FROM audit WHERE instr(details || object_name, "
        "'%.*s')", STR_ARG(str_from(t.text, 13)));
    assert_int_equal(world_int(&t.w, sql), 0);
    shop_close(&t);
}

static void
test_create_rules(void **state)
{
    (void)state;
    struct shop t;
    struct key k;
    struct str text;
    shop_open(&t);
    struct key_in in = key_form("first");
    struct cx *cx = seat_as(&t.s, OWNER);
    GIVES(cx, key_create(cx, KEY_STANDARD, &in, &text, &k), ERR_INVALID);
    expect_field(cx, "name");
    assert_int_equal(text.n, 0);
    cx = seat_as(&t.s, STRANGER); /* the name is free elsewhere */
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    cx = seat_as(&t.s, MEMBER);
    in = key_form("for another");
    in.owner = arena_fmt(cx->arena, "user:%.*s",
        STR_ARG(seat_as(&t.s, OTHER)->actor.user.uuid));
    form_put(key_fields, &in.set, "owner");
    cx = seat_as(&t.s, MEMBER);
    GIVES(cx, key_create(cx, KEY_STANDARD, &in, &text, &k), ERR_INVALID);
    expect_field(cx, "owner");
    cx = seat_as(&t.s, ADMIN); /* an admin may */
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    cx = seat_as(&t.s, ADMIN);
    in = key_form("for a stranger");
    in.owner = arena_fmt(cx->arena, "user:%.*s",
        STR_ARG(seat_as(&t.s, STRANGER)->actor.user.uuid));
    form_put(key_fields, &in.set, "owner");
    cx = seat_as(&t.s, ADMIN);
    GIVES(cx, key_create(cx, KEY_STANDARD, &in, &text, &k), ERR_INVALID);
    expect_field(cx, "owner");
    cx = seat_as(&t.s, ADMIN);
    in = key_form("yesterday");
    in.expiry = KEY_EXPIRY_DATE;
    in.expires_on = WORLD_NOW - DAY_S;
    form_put(key_fields, &in.set, "expires_on");
    GIVES(cx, key_create(cx, KEY_STANDARD, &in, &text, &k), ERR_INVALID);
    expect_field(cx, "expires_on");
    cx = seat_as(&t.s, ADMIN);
    in = key_form("nothing");
    in.model_scope = in.endpoint_scope = 1; /* "some", and none listed */
    GIVES(cx, key_create(cx, KEY_STANDARD, &in, &text, &k), ERR_INVALID);
    expect_field(cx, "models");
    expect_field(cx, "endpoints");
    shop_close(&t);
}

static void
test_kinds(void **state)
{
    (void)state;
    static const struct {
        enum who who;
        enum key_kind kind;
        enum err_code want;
    } cases[] = {
        { MEMBER, KEY_STANDARD, ERR_OK },
        { MEMBER, KEY_MANAGEMENT, ERR_FORBIDDEN },
        { MEMBER, KEY_ADMIN, ERR_FORBIDDEN },
        { ADMIN, KEY_MANAGEMENT, ERR_OK },
        { OWNER, KEY_ADMIN, ERR_OK },
    };
    struct shop t;
    shop_open(&t);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str text;
        struct key k;
        struct cx *cx = seat_as(&t.s, cases[i].who);
        struct key_in in = key_form("x");
        in.name = arena_fmt(cx->arena, "key %zu", i);
        GIVES(cx, key_create(cx, cases[i].kind, &in, &text, &k),
            cases[i].want);
        if (!cases[i].want && cases[i].kind != KEY_STANDARD)
            assert_int_equal(gate(&t, text), REASON_KEY_KIND);
    }
    shop_close(&t);
}

/* ---- the most keys ---- */

static void
fill_up(struct shop *t, int upto)
{
    for (int i = 1; i < upto; i++) {
        struct str text;
        struct key k;
        struct cx *cx = seat_as(&t->s, OWNER);
        struct key_in in = key_form("x");
        in.name = arena_fmt(cx->arena, "fill %d", i);
        OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    }
}

static void
test_most(void **state)
{
    (void)state;
    struct shop t;
    struct str text;
    struct key k;
    shop_open(&t);
    fill_up(&t, 10);
    struct key_in in = key_form("eleventh");
    struct cx *cx = seat_as(&t.s, OWNER);
    GIVES(cx, key_create(cx, KEY_STANDARD, &in, &text, &k), ERR_CONFLICT);
    assert_string_equal(cx->err.reason, "limit");
    assert_int_equal(text.n, 0);
    cx = seat_as(&t.s, OWNER); /* each kind has its own count */
    OK(cx, key_create(cx, KEY_ADMIN, &in, &text, &k));
    cx = seat_as(&t.s, STRANGER); /* and each workspace */
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    cx = seat_as(&t.s, OWNER); /* a revoked one does not count */
    OK(cx, key_revoke(cx, t.k.prefix, false, STR(""), &k));
    in = key_form("tenth again");
    in.expiry = KEY_EXPIRY_30;
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    cx = seat_as(&t.s, OWNER);
    in = key_form("eleventh again");
    GIVES(cx, key_create(cx, KEY_STANDARD, &in, &text, &k), ERR_CONFLICT);
    t.w.now_s += 30 * DAY_S; /* nor does an expired one */
    cx = seat_as(&t.s, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    shop_close(&t);
}

/* ---- many at once ---- */

struct runner {
    struct seat s;
    pthread_barrier_t *start;
    struct key_in in;
    struct str text;
    struct key k;
    enum err_code code;
};

static void *
run(void *p)
{
    struct runner *r = p;
    pthread_barrier_wait(r->start);
    r->code =
        key_create(&r->s.cx, KEY_STANDARD, &r->in, &r->text, &r->k);
    return NULL;
}

enum { RUNNERS_MOST = 32 };

/* Each runner's form is filled; all post at the same time. */
static void
race(struct shop *t, struct runner *r, size_t n)
{
    pthread_t threads[RUNNERS_MOST];
    pthread_barrier_t start;
    assert_int_equal(pthread_barrier_init(&start, NULL, (unsigned)n), 0);
    for (size_t i = 0; i < n; i++) {
        seat_open(&r[i].s, &t->w);
        (void)seat_as(&r[i].s, OWNER);
        r[i].start = &start;
    }
    for (size_t i = 0; i < n; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, &r[i]), 0);
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
}

static void
test_once(void **state)
{
    (void)state;
    enum { N = 8 };
    struct shop t;
    struct runner r[N];
    size_t made = 0, winner = 0;
    shop_open(&t);
    memset(r, 0, sizeof r);
    for (size_t i = 0; i < N; i++) {
        r[i].in = key_form("one form");
        r[i].in.once = STR("0123456789abcdef");
    }
    race(&t, r, N);
    for (size_t i = 0; i < N; i++)
        if (r[i].code == ERR_OK) {
            made++;
            winner = i;
        }
    assert_int_equal(made, 1);
    for (size_t i = 0; i < N; i++) {
        if (i == winner)
            continue;
        GIVES(&r[i].s.cx, r[i].code, ERR_CONFLICT);
        assert_string_equal(r[i].s.cx.err.reason, "shown");
        assert_int_equal(r[i].text.n, 0);
        assert_true(str_eq(r[i].k.prefix, r[winner].k.prefix));
    }
    assert_int_equal(2, world_int(&t.w,
        "SELECT count(*) FROM api_key WHERE workspace_id = (SELECT id FROM "
        "workspace WHERE slug = 'team')"));
    assert_int_equal(lines(&t, "key.create"), 2);
    assert_int_equal(gate(&t, r[winner].text), REASON_ALLOWED);
    /* somebody else with that id gets no key, and is told of none */
    struct cx *cx = seat_as(&t.s, ADMIN);
    struct key_in in = key_form("another's form");
    in.once = STR("0123456789abcdef");
    GIVES(cx, key_create(cx, KEY_STANDARD, &in, &t.text, &t.k),
        ERR_CONFLICT);
    assert_string_not_equal(cx->err.reason ? cx->err.reason : "", "shown");
    assert_int_equal(t.text.n, 0);
    assert_false(str_eq(t.k.prefix, r[winner].k.prefix));
    for (size_t i = 0; i < N; i++)
        seat_close(&r[i].s);
    shop_close(&t);
}

static void
test_last_place(void **state)
{
    (void)state;
    enum { N = 32 };
    static char names[N][8];
    struct shop t;
    struct runner *r = calloc(N, sizeof *r);
    size_t made = 0;
    assert_non_null(r);
    shop_open(&t);
    fill_up(&t, 9);
    for (size_t i = 0; i < N; i++) {
        (void)snprintf(names[i], sizeof names[i], "p %zu", i);
        r[i].in = key_form(names[i]);
    }
    race(&t, r, N);
    for (size_t i = 0; i < N; i++) {
        made += r[i].code == ERR_OK;
        if (r[i].code) {
            GIVES(&r[i].s.cx, r[i].code, ERR_CONFLICT);
            assert_string_equal(r[i].s.cx.err.reason, "limit");
        }
        seat_close(&r[i].s);
    }
    assert_int_equal(made, 1);
    assert_int_equal(10, world_int(&t.w,
        "SELECT count(*) FROM api_key WHERE workspace_id = (SELECT id FROM "
        "workspace WHERE slug = 'team')"));
    free(r);
    shop_close(&t);
}

/* ---- edit ---- */

static void
test_edit(void **state)
{
    (void)state;
    struct shop t;
    struct key k;
    shop_open(&t);
    struct key_in in = key_form("renamed");
    in.version = 1;
    struct cx *cx = seat_as(&t.s, MEMBER);
    OK(cx, key_edit(cx, t.k.prefix, &in, &k));
    cx = seat_as(&t.s, OWNER);
    in = key_form("renamed otherwise");
    in.version = 1;
    GIVES(cx, key_edit(cx, t.k.prefix, &in, &k), ERR_CONFLICT);
    assert_string_equal(cx->err.reason, "stale");
    assert_true(str_is(k.name, "renamed") && k.version == 2);
    assert_int_equal(lines(&t, "key.edit"), 1);
    cx = seat_as(&t.s, OTHER); /* not theirs */
    in.version = 2;
    GIVES(cx, key_edit(cx, t.k.prefix, &in, &k), ERR_FORBIDDEN);
    cx = seat_as(&t.s, ADMIN);
    OK(cx, key_edit(cx, t.k.prefix, &in, &k));
    assert_int_equal(gate(&t, t.text), REASON_ALLOWED);
    cx = seat_as(&t.s, ADMIN);
    OK(cx, key_revoke(cx, t.k.prefix, false, STR(""), &k));
    in.version = 4;
    GIVES(cx, key_edit(cx, t.k.prefix, &in, &k), ERR_CONFLICT);
    shop_close(&t);
}

/* The form knows the last day only: saved untouched, the instant stays, under
 * whatever policy came since. */
static void
test_edit_keeps_expiry(void **state)
{
    (void)state;
    struct shop t;
    struct key k;
    struct str text;
    shop_open(&t);
    struct key_in in = key_form("thirty days");
    in.expiry = KEY_EXPIRY_30;
    struct cx *cx = seat_as(&t.s, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    assert_int_equal(k.expires_s, WORLD_NOW + 30 * DAY_S);
    world_exec(&t.w, "UPDATE workspace SET key_life_max_s = 86400");
    in.expiry = KEY_EXPIRY_DATE;
    in.expires_on = when_day_start(k.expires_s) + DAY_S - 1;
    form_put(key_fields, &in.set, "expires_on");
    in.version = 1;
    cx = seat_as(&t.s, OWNER);
    OK(cx, key_edit(cx, k.prefix, &in, &k));
    cx = seat_as(&t.s, OWNER);
    OK(cx, key_get(cx, k.prefix, &k));
    assert_int_equal(k.expires_s, WORLD_NOW + 30 * DAY_S);
    shop_close(&t);
}

/* An expired key gives its place to others; given a later day, it needs one. */
static void
test_edit_needs_room(void **state)
{
    (void)state;
    struct shop t;
    struct key k;
    shop_open(&t);
    struct key_in in = key_form("back again");
    in.version = 1;
    char sql[160];
    snprintf(sql, sizeof sql, "UPDATE api_key SET expires_s = %lld",
        (long long)WORLD_NOW - 1);
    world_exec(&t.w, sql);
    world_exec(&t.w, "UPDATE workspace SET key_max = 0");
    struct cx *cx = seat_as(&t.s, OWNER);
    GIVES(cx, key_edit(cx, t.k.prefix, &in, &k), ERR_CONFLICT);
    assert_string_equal(cx->err.reason, "limit");
    world_exec(&t.w, "UPDATE workspace SET key_max = 1");
    cx = seat_as(&t.s, OWNER);
    OK(cx, key_edit(cx, t.k.prefix, &in, &k));
    shop_close(&t);
}

/* An owner alone brings an expired key back, and the log says so. */
static void
test_edit_revives(void **state)
{
    (void)state;
    static const struct {
        int expiry;
        const char *field;
    } ways[] = { { KEY_EXPIRY_NONE, "expiry" }, { KEY_EXPIRY_30, "expiry" },
        { KEY_EXPIRY_DATE, "expires_on" } };
    struct shop t;
    struct key k;
    shop_open(&t);
    world_exec(&t.w, "UPDATE api_key SET expires_s = 1763553599");
    for (size_t i = 0; i < COUNT_OF(ways); i++)
        for (enum who who = ADMIN; who <= MEMBER; who++) {
            struct key_in in = key_form("first");
            in.version = 1;
            in.expiry = ways[i].expiry;
            in.expires_on = WORLD_NOW + 5 * DAY_S;
            form_put(key_fields, &in.set, "expires_on");
            struct cx *cx = seat_as(&t.s, who);
            GIVES(cx, key_edit(cx, t.k.prefix, &in, &k), ERR_INVALID);
            expect_field(cx, ways[i].field);
        }
    struct key_in in = key_form("only its name");
    in.version = 1;
    in.expiry = KEY_EXPIRY_DATE;
    in.expires_on = when_day_start(WORLD_NOW - 2) + DAY_S - 1;
    form_put(key_fields, &in.set, "expires_on");
    struct cx *cx = seat_as(&t.s, MEMBER); /* stays expired: they may */
    OK(cx, key_edit(cx, t.k.prefix, &in, &k));
    assert_int_equal(gate(&t, t.text), REASON_EXPIRED_KEY);
    in = key_form("first");
    in.version = 2;
    cx = seat_as(&t.s, OWNER);
    OK(cx, key_edit(cx, t.k.prefix, &in, &k));
    assert_int_equal(gate(&t, t.text), REASON_ALLOWED);
    assert_int_equal(1, world_int(&t.w, "SELECT count(*) FROM audit WHERE "
        "action = 'key.edit' AND details -> '$.expired_before' = 'true' AND "
        "details ->> '$.expires[1]' = 'none'"));
    shop_close(&t);
}

/* What another workspace has is not there. */
static void
test_foreign(void **state)
{
    (void)state;
    struct shop t;
    struct key k;
    struct str text;
    struct key_in in = key_form("mine now");
    struct rotate_in rin = { .overlap = KEY_OVERLAP_NONE };
    in.version = 1;
    shop_open(&t);
    struct str p = t.k.prefix;
    struct cx *cx = seat_as(&t.s, STRANGER);
    GIVES(cx, key_get(cx, p, &k), ERR_NOT_FOUND);
    cx = seat_as(&t.s, STRANGER);
    GIVES(cx, key_edit(cx, p, &in, &k), ERR_NOT_FOUND);
    cx = seat_as(&t.s, STRANGER);
    GIVES(cx, key_rotate(cx, p, &rin, &text, &k), ERR_NOT_FOUND);
    assert_int_equal(text.n, 0);
    cx = seat_as(&t.s, STRANGER);
    GIVES(cx, key_end_old(cx, p), ERR_NOT_FOUND);
    cx = seat_as(&t.s, STRANGER);
    GIVES(cx, key_disable(cx, p, &k), ERR_NOT_FOUND);
    cx = seat_as(&t.s, STRANGER);
    GIVES(cx, key_enable(cx, p, &k), ERR_NOT_FOUND);
    cx = seat_as(&t.s, STRANGER);
    GIVES(cx, key_revoke(cx, p, false, STR(""), &k), ERR_NOT_FOUND);
    assert_int_equal(gate(&t, t.text), REASON_ALLOWED);
    cx = seat_as(&t.s, OWNER);
    OK(cx, key_get(cx, p, &k));
    assert_int_equal(k.version, 1);
    shop_close(&t);
}

/* ---- rotate ---- */

static void
test_rotate(void **state)
{
    (void)state;
    struct shop t;
    struct key k;
    struct str second, third;
    shop_open(&t);
    struct rotate_in in = { .overlap = KEY_OVERLAP_DAY };
    struct cx *cx = seat_as(&t.s, MEMBER);
    OK(cx, key_rotate(cx, t.k.prefix, &in, &second, &k));
    assert_true(str_starts(second, t.k.prefix));
    assert_false(str_eq(second, t.text));
    assert_int_equal(k.old_ends_s, WORLD_NOW + DAY_S);
    assert_int_equal(gate(&t, t.text), REASON_ALLOWED);
    assert_int_equal(gate(&t, second), REASON_ALLOWED);
    cx = seat_as(&t.s, MEMBER);
    OK(cx, key_get(cx, t.k.prefix, &k));
    assert_int_equal(key_status(&k, WORLD_NOW), KEY_ROTATING);
    assert_true(str_eq(k.uuid, t.k.uuid));
    /* a second rotation: the oldest ends at once */
    cx = seat_as(&t.s, MEMBER);
    OK(cx, key_rotate(cx, t.k.prefix, &in, &third, &k));
    assert_int_equal(gate(&t, t.text), REASON_INVALID_KEY);
    assert_int_equal(gate(&t, second), REASON_ALLOWED);
    assert_int_equal(gate(&t, third), REASON_ALLOWED);
    assert_int_equal(2, world_int(&t.w,
        "SELECT count(*) FROM key_secret "
        "WHERE ends_s IS NULL OR ends_s > 1763553600"));
    /* the last second of the overlap, and the one after it */
    t.w.now_s = WORLD_NOW + DAY_S - 1;
    assert_int_equal(gate(&t, second), REASON_ALLOWED);
    t.w.now_s++;
    assert_int_equal(gate(&t, second), REASON_INVALID_KEY);
    assert_int_equal(gate(&t, third), REASON_ALLOWED);
    shop_close(&t);
}

static void
test_rotate_ends(void **state)
{
    (void)state;
    struct shop t;
    struct key k;
    struct str first, second;
    struct rotate_in in = { .overlap = KEY_OVERLAP_NONE };
    shop_open(&t);
    struct cx *cx = seat_as(&t.s, MEMBER);
    OK(cx, key_rotate(cx, t.k.prefix, &in, &second, &k)); /* now */
    assert_int_equal(gate(&t, t.text), REASON_INVALID_KEY);
    assert_int_equal(gate(&t, second), REASON_ALLOWED);
    in.overlap = KEY_OVERLAP_WEEK; /* by hand */
    cx = seat_as(&t.s, MEMBER);
    OK(cx, key_rotate(cx, t.k.prefix, &in, &first, &k));
    assert_int_equal(gate(&t, second), REASON_ALLOWED);
    cx = seat_as(&t.s, MEMBER);
    OK(cx, key_end_old(cx, t.k.prefix));
    assert_int_equal(gate(&t, second), REASON_INVALID_KEY);
    cx = seat_as(&t.s, MEMBER); /* again: nothing ends, no line */
    OK(cx, key_end_old(cx, t.k.prefix));
    assert_int_equal(lines(&t, "key.end_old_secret"), 1);
    assert_int_equal(gate(&t, first), REASON_ALLOWED);
    /* never after the key's own end */
    struct key_in kin = key_form("short");
    kin.expiry = KEY_EXPIRY_DATE;
    kin.expires_on = WORLD_NOW + 3600;
    form_put(key_fields, &kin.set, "expires_on");
    cx = seat_as(&t.s, MEMBER);
    OK(cx, key_create(cx, KEY_STANDARD, &kin, &first, &k));
    OK(cx, key_rotate(cx, k.prefix, &in, &second, &k));
    assert_int_equal(k.old_ends_s, WORLD_NOW + 3600);
    /* an expired or revoked key is not rotated; one form, one secret */
    t.w.now_s += 3600;
    assert_int_equal(gate(&t, second), REASON_EXPIRED_KEY);
    cx = seat_as(&t.s, MEMBER);
    GIVES(cx, key_rotate(cx, k.prefix, &in, &first, &k), ERR_CONFLICT);
    assert_int_equal(first.n, 0);
    in.once = STR("form");
    cx = seat_as(&t.s, MEMBER);
    OK(cx, key_rotate(cx, t.k.prefix, &in, &first, &k));
    GIVES(cx, key_rotate(cx, t.k.prefix, &in, &second, &k), ERR_CONFLICT);
    assert_string_equal(cx->err.reason, "shown");
    assert_int_equal(gate(&t, first), REASON_ALLOWED);
    shop_close(&t);
}

/* ---- disable, enable, revoke ---- */

static void
test_disable(void **state)
{
    (void)state;
    struct shop t;
    struct key k;
    shop_open(&t);
    for (int i = 0; i < 2; i++) { /* twice is no error, and one line */
        struct cx *cx = seat_as(&t.s, MEMBER);
        OK(cx, key_disable(cx, t.k.prefix, &k));
        assert_int_equal(gate(&t, t.text), REASON_DISABLED_KEY);
    }
    assert_int_equal(lines(&t, "key.disable"), 1);
    struct cx *cx = seat_as(&t.s, OTHER);
    GIVES(cx, key_enable(cx, t.k.prefix, &k), ERR_FORBIDDEN);
    cx = seat_as(&t.s, ADMIN);
    OK(cx, key_get(cx, t.k.prefix, &k));
    assert_true(str_eq(k.disabled_by, who_email(MEMBER)));
    for (int i = 0; i < 2; i++) {
        cx = seat_as(&t.s, ADMIN);
        OK(cx, key_enable(cx, t.k.prefix, &k));
        assert_int_equal(gate(&t, t.text), REASON_ALLOWED);
    }
    assert_int_equal(lines(&t, "key.enable"), 1);
    shop_close(&t);
}

static void
test_revoke(void **state)
{
    (void)state;
    struct shop t;
    struct key k;
    shop_open(&t);
    struct cx *cx = seat_as(&t.s, MEMBER); /* not even their own */
    GIVES(cx, key_revoke(cx, t.k.prefix, false, STR(""), &k), ERR_FORBIDDEN);
    /* used a moment ago: the name has to be typed */
    world_exec(&t.w, "UPDATE api_key SET used_s = 1763553000");
    cx = seat_as(&t.s, ADMIN);
    GIVES(cx, key_revoke(cx, t.k.prefix, true, STR("First"), &k),
        ERR_INVALID);
    expect_field(cx, "confirm");
    assert_int_equal(gate(&t, t.text), REASON_ALLOWED);
    for (int i = 0; i < 2; i++) {
        cx = seat_as(&t.s, ADMIN);
        OK(cx, key_revoke(cx, t.k.prefix, true, STR("first"), &k));
        assert_int_equal(gate(&t, t.text), REASON_INVALID_KEY);
    }
    assert_int_equal(lines(&t, "key.revoke"), 1);
    /* for ever */
    cx = seat_as(&t.s, ADMIN);
    GIVES(cx, key_enable(cx, t.k.prefix, &k), ERR_CONFLICT);
    cx = seat_as(&t.s, ADMIN);
    GIVES(cx, key_disable(cx, t.k.prefix, &k), ERR_CONFLICT);
    cx = seat_as(&t.s, ADMIN);
    GIVES(cx, key_end_old(cx, t.k.prefix), ERR_CONFLICT);
    assert_int_equal(lines(&t, "key.end_old_secret"), 0);
    cx = seat_as(&t.s, ADMIN); /* the row stays, the name is free */
    OK(cx, key_get(cx, t.k.prefix, &k));
    assert_int_equal(key_status(&k, WORLD_NOW), KEY_REVOKED);
    struct key_in in = key_form("first");
    OK(cx, key_create(cx, KEY_STANDARD, &in, &t.text, &k));
    shop_close(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create),
        cmocka_unit_test(test_create_rules),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_most),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_last_place),
        cmocka_unit_test(test_edit),
        cmocka_unit_test(test_edit_keeps_expiry),
        cmocka_unit_test(test_edit_needs_room),
        cmocka_unit_test(test_edit_revives),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_rotate),
        cmocka_unit_test(test_rotate_ends),
        cmocka_unit_test(test_disable),
        cmocka_unit_test(test_revoke),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
