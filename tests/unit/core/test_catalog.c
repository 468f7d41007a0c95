/* SPDX-License-Identifier: ISC */
/* Deployments and models: rules, rights, versions, dated prices, removal. */
#include "world.h"

#include "core/catalog.h"
#include "core/check.h"
#include "core/key.h"

#include <stdio.h>
#include <string.h>

struct shop {
    struct world w;
    struct seat s;
    struct deployment d;
    struct ai_model m;
};

static struct deployment_in
deployment_form(const char *name, const char *url, int64_t version)
{
    return (struct deployment_in){ .name = str_cstr(name),
        .base_url = str_cstr(url), .version = version };
}

static struct model_in
model_form(const char *name, int64_t in, int64_t out, int64_t version)
{
    return (struct model_in){ .name = str_cstr(name),
        .category = STR("chat"), .input_price = in, .output_price = out,
        .version = version };
}

static struct strs
one(struct seat *s, struct str v)
{
    struct strs l = { arena_array(s->arena, 1, sizeof v), 1 };
    l.items[0] = v;
    return l;
}

static void
shop_open(struct shop *t)
{
    world_new(&t->w);
    seat_open(&t->s, &t->w);
    struct deployment_in d =
        deployment_form("Lab", "https://lab.example/v1", 0);
    struct cx *cx = seat_as(&t->s, ADMIN);
    OK(cx, deployment_add(cx, &d, &t->d));
    struct model_in m = model_form("acme/one", 1000000, 2000000, 0);
    m.deployments = one(&t->s, t->d.uuid);
    OK(cx, model_add(cx, &m, &t->m));
}

static void
shop_close(struct shop *t)
{
    seat_close(&t->s);
    world_free(&t->w);
}

static void
test_round(void **state)
{
    (void)state;
    struct shop t;
    struct deployment *ds, d;
    struct ai_model *ms, m;
    size_t n;
    shop_open(&t);
    struct cx *cx = seat_as(&t.s, MEMBER); /* members look */
    OK(cx, deployment_list(cx, &ds, &n));
    assert_int_equal(n, 1);
    assert_true(str_is(ds[0].base_url, "https://lab.example/v1"));
    assert_int_equal(ds[0].n_models, 1);
    assert_int_equal(ds[0].n_keys, 0);
    OK(cx, deployment_get(cx, t.d.uuid, &d));
    assert_int_equal(d.version, 1);
    OK(cx, model_list(cx, &ms, &n));
    assert_int_equal(n, 1);
    assert_int_equal(ms[0].input_micro, 1000000);
    assert_int_equal(ms[0].price_from_s, WORLD_NOW);
    OK(cx, model_get(cx, t.m.uuid, &m));
    assert_int_equal(m.deployments.n, 1);
    assert_true(str_eq(m.deployments.items[0], t.d.uuid));
    shop_close(&t);
}

/* Members look but do not touch; strangers do not find it. */
static void
test_rights(void **state)
{
    (void)state;
    static const struct {
        enum who who;
        enum err_code change, look;
    } cases[] = {
        { OWNER, ERR_OK, ERR_OK },
        { ADMIN, ERR_OK, ERR_OK },
        { SHELL, ERR_OK, ERR_OK },
        { MEMBER, ERR_FORBIDDEN, ERR_OK },
        { STRANGER, ERR_NOT_FOUND, ERR_NOT_FOUND },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct shop t;
        struct deployment d;
        struct ai_model m;
        struct deployment_in di = deployment_form("L", "http://l", 1);
        struct model_in mi = model_form("l", 0, 0, 1);
        enum who who = cases[i].who;
        shop_open(&t);
        struct cx *cx = seat_as(&t.s, who);
        GIVES(cx, deployment_get(cx, t.d.uuid, &d), cases[i].look);
        cx = seat_as(&t.s, who);
        GIVES(cx, model_get(cx, t.m.uuid, &m), cases[i].look);
        cx = seat_as(&t.s, who);
        GIVES(cx, deployment_edit(cx, t.d.uuid, &di, &d), cases[i].change);
        cx = seat_as(&t.s, who);
        GIVES(cx, model_edit(cx, t.m.uuid, &mi, &m), cases[i].change);
        cx = seat_as(&t.s, who);
        GIVES(cx, deployment_remove(cx, t.d.uuid, &d), cases[i].change);
        cx = seat_as(&t.s, who);
        GIVES(cx, model_remove(cx, t.m.uuid, &m), cases[i].change);
        cx = seat_as(&t.s, who);
        GIVES(cx, model_add(cx, &mi, &m),
            who == STRANGER ? ERR_OK : cases[i].change);
        shop_close(&t);
    }
}

static void
test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool good;
    } cases[] = {
        { "openai/gpt-5", true }, { "llama3:8b", true },
        { "a/b/c@2024-01_x+y.z", true }, { "A", true },
        { "/a", false }, { "a/", false }, { "a//b", false }, { "a b", false },
        { "a,b", false }, { "a\\b", false }, { "a?b", false },
        { "caf\xc3\xa9", false }, { "<b>", false }, { "", false },
        { "/", false }, { "a%2fb", false },
    };
    struct shop t;
    struct ai_model m;
    shop_open(&t);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct model_in in = model_form(cases[i].name, 0, 0, 0);
        struct cx *cx = seat_as(&t.s, ADMIN);
        bool good = model_add(cx, &in, &m) == ERR_OK;
        if (good != cases[i].good)
            fail_msg("\"%s\" was %s", cases[i].name,
                good ? "taken" : "refused");
        if (!good)
            expect_field(cx, "name");
    }
    shop_close(&t);
}

static void
test_bad_fields(void **state)
{
    (void)state;
    struct shop t;
    struct ai_model m;
    struct deployment d, theirs;
    struct str twice[2];
    shop_open(&t);
    struct cx *cx = seat_as(&t.s, ADMIN);
    struct model_in in = model_form("acme/one", 0, 0, 0);
    GIVES(cx, model_add(cx, &in, &m), ERR_INVALID);
    expect_field(cx, "name");
    cx = seat_as(&t.s, ADMIN);
    in = model_form("acme/two", 0, 0, 0);
    in.category = STR("telepathy");
    GIVES(cx, model_add(cx, &in, &m), ERR_INVALID);
    expect_field(cx, "category");
    cx = seat_as(&t.s, STRANGER);
    struct deployment_in di = deployment_form("Lab", "http://[::1]:80", 0);
    OK(cx, deployment_add(cx, &di, &theirs)); /* the name is free there */
    cx = seat_as(&t.s, ADMIN);
    in = model_form("acme/two", 0, 0, 0);
    in.deployments = one(&t.s, theirs.uuid);
    GIVES(cx, model_add(cx, &in, &m), ERR_INVALID);
    expect_field(cx, "deployments");
    cx = seat_as(&t.s, ADMIN);
    twice[0] = twice[1] = t.d.uuid;
    in.deployments = (struct strs){ twice, 2 };
    GIVES(cx, model_add(cx, &in, &m), ERR_INVALID);
    expect_field(cx, "deployments");
    cx = seat_as(&t.s, ADMIN);
    GIVES(cx, deployment_add(cx, &di, &d), ERR_INVALID);
    expect_field(cx, "name");
    static const char *const urls[] = { "ftp://x.example", "//x", "x.example",
        "https://u:p@x.example", "https://x.example/?a=1",
        "javascript:alert(1)", "http://127.1/" };
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        cx = seat_as(&t.s, ADMIN);
        di = deployment_form("Other", urls[i], 0);
        GIVES(cx, deployment_add(cx, &di, &d), ERR_INVALID);
        expect_field(cx, "base_url");
    }
    assert_int_equal(1, world_int(&t.w, "SELECT count(*) FROM model"));
    shop_close(&t);
}

static void
test_stale(void **state)
{
    (void)state;
    struct shop t;
    struct ai_model m;
    struct deployment d;
    shop_open(&t);
    struct cx *cx = seat_as(&t.s, ADMIN);
    struct deployment_in di = deployment_form("First", "http://first", 1);
    OK(cx, deployment_edit(cx, t.d.uuid, &di, &d));
    cx = seat_as(&t.s, OWNER);
    di = deployment_form("Second", "http://second", 1);
    GIVES(cx, deployment_edit(cx, t.d.uuid, &di, &d), ERR_CONFLICT);
    assert_string_equal(cx->err.reason, "stale");
    assert_true(str_is(d.name, "First") && d.version == 2);
    cx = seat_as(&t.s, ADMIN);
    struct model_in mi = model_form("acme/first", 5, 5, 1);
    OK(cx, model_edit(cx, t.m.uuid, &mi, &m));
    cx = seat_as(&t.s, OWNER);
    mi = model_form("acme/second", 6, 6, 1);
    GIVES(cx, model_edit(cx, t.m.uuid, &mi, &m), ERR_CONFLICT);
    assert_string_equal(cx->err.reason, "stale");
    assert_true(str_is(m.name, "acme/first") && m.input_micro == 5);
    shop_close(&t);
}

/* A changed price is a new row, an unchanged one is none, the old one stays. */
static void
test_prices(void **state)
{
    (void)state;
    struct shop t;
    struct ai_model m;
    shop_open(&t);
    t.w.now_s += 3600;
    struct cx *cx = seat_as(&t.s, ADMIN);
    struct model_in in = model_form("acme/renamed", 1000000, 2000000, 1);
    OK(cx, model_edit(cx, t.m.uuid, &in, &m));
    assert_int_equal(1, world_int(&t.w, "SELECT count(*) FROM model_price"));
    OK(cx, model_get(cx, t.m.uuid, &m));
    assert_int_equal(m.deployments.n, 0); /* the form had none */
    in = model_form("acme/renamed", 1500000, 3000000, 2);
    OK(cx, model_edit(cx, t.m.uuid, &in, &m));
    assert_int_equal(2, world_int(&t.w, "SELECT count(*) FROM model_price"));
    assert_int_equal(2000000, world_int(&t.w,
        "SELECT output_micro FROM model_price ORDER BY from_s LIMIT 1"));
    OK(cx, model_get(cx, t.m.uuid, &m));
    assert_int_equal(m.input_micro, 1500000);
    assert_int_equal(m.output_micro, 3000000);
    assert_int_equal(m.price_from_s, WORLD_NOW + 3600);
    t.w.now_s -= 1;
    cx = seat_as(&t.s, ADMIN);
    OK(cx, model_get(cx, t.m.uuid, &m));
    assert_int_equal(m.input_micro, 1000000);
    assert_int_equal(m.output_micro, 2000000);
    shop_close(&t);
}

static enum reason
gate(struct shop *t, struct str text)
{
    struct decision out;
    struct call call = { .key = text, .endpoint = STR("/v1/models"),
        .deployment = t->d.uuid };
    struct cx *cx = seat_nobody(&t->s);
    check_call(cx, &call, &out);
    return out.reason;
}

static bool
holds(struct str s, const char *part)
{
    struct str want = str_cstr(part);
    for (size_t i = 0; i + want.n <= s.n; i++)
        if (str_starts(str_from(s, i), want))
            return true;
    return false;
}

/* Removing keeps the row; a key bound to it is refused from then on. */
static void
test_remove(void **state)
{
    (void)state;
    struct shop t;
    struct deployment d, *ds;
    struct ai_model m, *ms;
    struct key k;
    struct str text;
    size_t n;
    shop_open(&t);
    struct cx *cx = seat_as(&t.s, OWNER);
    struct key_in in = key_form("bound");
    in.deployment = t.d.uuid;
    form_put(key_fields, &in.set, "deployment");
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    assert_int_equal(gate(&t, text), REASON_ALLOWED);
    cx = seat_as(&t.s, OWNER);
    OK(cx, deployment_get(cx, t.d.uuid, &d));
    assert_int_equal(d.n_keys, 1);
    assert_true(holds(deployment_breaks(cx, &d), "1 API key is bound"));
    OK(cx, deployment_remove(cx, t.d.uuid, &d));
    int64_t lines = world_int(&t.w, "SELECT count(*) FROM audit");
    OK(cx, deployment_remove(cx, t.d.uuid, &d)); /* twice is no error */
    assert_int_equal(lines, world_int(&t.w, "SELECT count(*) FROM audit"));
    assert_int_equal(gate(&t, text), REASON_DEPLOYMENT);
    cx = seat_as(&t.s, OWNER);
    OK(cx, deployment_list(cx, &ds, &n));
    assert_int_equal(n, 0);
    OK(cx, model_get(cx, t.m.uuid, &m));
    assert_int_equal(m.deployments.n, 0);
    OK(cx, model_remove(cx, t.m.uuid, &m));
    OK(cx, model_list(cx, &ms, &n));
    assert_int_equal(n, 0);
    GIVES(cx, model_get(cx, t.m.uuid, &m), ERR_NOT_FOUND);
    cx = seat_as(&t.s, OWNER);
    GIVES(cx, deployment_get(cx, t.d.uuid, &d), ERR_NOT_FOUND);
    assert_int_equal(1, world_int(&t.w, "SELECT count(*) FROM model"));
    assert_int_equal(1, world_int(&t.w, "SELECT count(*) FROM deployment"));
    /* the names are free again */
    struct deployment_in di = deployment_form("Lab", "http://lab", 0);
    struct model_in mi = model_form("acme/one", 0, 0, 0);
    cx = seat_as(&t.s, OWNER);
    OK(cx, deployment_add(cx, &di, &d));
    OK(cx, model_add(cx, &mi, &m));
    shop_close(&t);
}

/* Each change names itself and what was before and after. */
static void
test_lines(void **state)
{
    (void)state;
    static const struct {
        const char *action, *details;
    } want[] = {
        { "deployment.add", "https://lab.example/v1" },
        { "model.add", "\"deployments\":\"Lab\"" },
        { "deployment.edit", "[\"Lab\",\"Lab 2\"]" },
        { "model.edit", "[\"1.00\",\"1.50\"]" },
        { "deployment.remove", "keys_bound" },
        { "model.remove", "keys_naming_it" },
    };
    struct shop t;
    struct deployment d;
    struct ai_model m;
    shop_open(&t);
    struct cx *cx = seat_as(&t.s, ADMIN);
    struct deployment_in di =
        deployment_form("Lab 2", "https://lab.example/v1", 1);
    struct model_in mi = model_form("acme/one", 1500000, 2000000, 1);
    OK(cx, deployment_edit(cx, t.d.uuid, &di, &d));
    OK(cx, model_edit(cx, t.m.uuid, &mi, &m));
    OK(cx, deployment_remove(cx, t.d.uuid, &d));
    OK(cx, model_remove(cx, t.m.uuid, &m));
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        char sql[300];
        (void)snprintf(sql, sizeof sql,
            "SELECT count(*) FROM audit WHERE action = '%s' AND instr("
            "details, '%s') AND actor_name = 'adam@team.example'",
            want[i].action, want[i].details);
        if (world_int(&t.w, sql) != 1)
            fail_msg("no line %s with %s", want[i].action, want[i].details);
    }
    shop_close(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_bad_fields),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_prices),
        cmocka_unit_test(test_remove),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
