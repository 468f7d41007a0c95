/* SPDX-License-Identifier: ISC */
/* What was committed between the start of a request and its change counts:
 * a demotion, a removal, a lower limit. */
#include "world.h"

#include "core/catalog.h"
#include "core/key.h"
#include "core/workspace.h"

#define ROLE_OF(email, role) \
    "UPDATE member SET role = '" role "' WHERE user_id = " \
    "(SELECT id FROM user WHERE email = '" email "') AND workspace_id = " \
    "(SELECT id FROM workspace WHERE slug = 'team')"

struct shop {
    struct world w;
    struct seat s;
    struct key k; /* of OWNER */
    struct str model, deployment;
};

static struct model_in
model_form(const char *name)
{
    return (struct model_in){ .version = 1, .name = str_cstr(name),
        .category = STR("chat"), .input_price = 1, .output_price = 1 };
}

static void
shop_open(struct shop *t)
{
    struct str text;
    struct ai_model m;
    struct deployment d;
    struct key_in in = key_form("owner's");
    struct model_in min = model_form("a/b");
    struct deployment_in din = { .name = STR("d"),
        .base_url = STR("https://d.example") };
    world_new(&t->w);
    seat_open(&t->s, &t->w);
    struct cx *cx = seat_as(&t->s, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &t->k));
    OK(cx, model_add(cx, &min, &m));
    OK(cx, deployment_add(cx, &din, &d));
    t->model = m.uuid;
    t->deployment = d.uuid;
}

static void
shop_close(struct shop *t)
{
    seat_close(&t->s);
    world_free(&t->w);
}

/* ---- every change that asks for a role ---- */

static enum err_code
do_create(struct cx *cx, struct shop *t)
{
    struct str text;
    struct key k;
    struct key_in in = key_form("late");
    (void)t;
    return key_create(cx, KEY_ADMIN, &in, &text, &k);
}

static enum err_code
do_edit(struct cx *cx, struct shop *t)
{
    struct key k;
    struct key_in in = key_form("late");
    in.version = 1;
    return key_edit(cx, t->k.prefix, &in, &k);
}

static enum err_code
do_disable(struct cx *cx, struct shop *t)
{
    struct key k;
    return key_disable(cx, t->k.prefix, &k);
}

static enum err_code
do_revoke(struct cx *cx, struct shop *t)
{
    struct key k;
    return key_revoke(cx, t->k.prefix, false, STR(""), &k);
}

static enum err_code
do_settings(struct cx *cx, struct shop *t)
{
    struct settings_in in = { .version = 1, .name = STR("Late"),
        .event_months = WORKSPACE_EVENTS_USUAL, .key_max = 99 };
    (void)t;
    return settings_save(cx, &in);
}

static enum err_code
do_model_add(struct cx *cx, struct shop *t)
{
    struct ai_model m;
    struct model_in in = model_form("late");
    (void)t;
    return model_add(cx, &in, &m);
}

static enum err_code
do_model_edit(struct cx *cx, struct shop *t)
{
    struct ai_model m;
    struct model_in in = model_form("late");
    return model_edit(cx, t->model, &in, &m);
}

static enum err_code
do_model_remove(struct cx *cx, struct shop *t)
{
    struct ai_model m;
    return model_remove(cx, t->model, &m);
}

static enum err_code
do_deployment_add(struct cx *cx, struct shop *t)
{
    struct deployment d;
    struct deployment_in in = { .name = STR("late"),
        .base_url = STR("https://late.example") };
    (void)t;
    return deployment_add(cx, &in, &d);
}

static enum err_code
do_deployment_edit(struct cx *cx, struct shop *t)
{
    struct deployment d;
    struct deployment_in in = { .version = 1, .name = STR("late"),
        .base_url = STR("https://late.example") };
    return deployment_edit(cx, t->deployment, &in, &d);
}

static enum err_code
do_deployment_remove(struct cx *cx, struct shop *t)
{
    struct deployment d;
    return deployment_remove(cx, t->deployment, &d);
}

static const struct {
    const char *name;
    enum err_code (*call)(struct cx *cx, struct shop *t);
} changes[] = {
    { "key_create", do_create },
    { "key_edit", do_edit },
    { "key_disable", do_disable },
    { "key_revoke", do_revoke },
    { "settings_save", do_settings },
    { "model_add", do_model_add },
    { "model_edit", do_model_edit },
    { "model_remove", do_model_remove },
    { "deployment_add", do_deployment_add },
    { "deployment_edit", do_deployment_edit },
    { "deployment_remove", do_deployment_remove },
};

/* Each change by an admin who was one when the request began, and for whom
 * `sql` came in between. */
static void
try_all(const char *sql, enum err_code want)
{
    struct shop t;
    size_t wrong = 0;
    shop_open(&t);
    int64_t before = world_int(&t.w, "SELECT count(*) FROM audit");
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        world_exec(&t.w, ROLE_OF("adam@team.example", "admin"));
        struct cx *cx = seat_as(&t.s, ADMIN);
        world_exec(&t.w, "CREATE TABLE keep AS SELECT * FROM member");
        world_exec(&t.w, sql);
        enum err_code got = changes[i].call(cx, &t);
        if (got != want || (want == ERR_NOT_FOUND && cx->ws.id != 0)) {
            print_error("%s: code %d\n", changes[i].name, (int)got);
            wrong++;
        }
        assert_false(store_in_tx(cx->store));
        world_exec(&t.w, "DELETE FROM member;"
                         "INSERT INTO member SELECT * FROM keep;"
                         "DROP TABLE keep");
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(before, world_int(&t.w, "SELECT count(*) FROM audit"));
    shop_close(&t);
}

static void
test_demoted(void **state)
{
    (void)state;
    try_all(ROLE_OF("adam@team.example", "member"), ERR_FORBIDDEN);
}

static void
test_removed(void **state)
{
    (void)state;
    try_all("DELETE FROM member WHERE user_id = (SELECT id FROM user "
            "WHERE email = 'adam@team.example')", ERR_NOT_FOUND);
}

static void
test_limit_lowered(void **state)
{
    (void)state;
    struct shop t;
    struct str text;
    struct key k;
    struct key_in in = key_form("one too many");
    shop_open(&t);
    struct cx *cx = seat_as(&t.s, MEMBER);
    world_exec(&t.w, "UPDATE workspace SET key_max = 1");
    GIVES(cx, key_create(cx, KEY_STANDARD, &in, &text, &k), ERR_CONFLICT);
    assert_string_equal(cx->err.reason, "limit");
    assert_int_equal(text.n, 0);
    shop_close(&t);
}

/* Saved in between: stale, and the form gets what is stored by now. */
static void
test_settings_stale(void **state)
{
    (void)state;
    struct shop t;
    shop_open(&t);
    struct cx *cx = seat_as(&t.s, ADMIN);
    world_exec(&t.w, "UPDATE workspace SET key_max = 77, version = 2 "
                     "WHERE slug = 'team'");
    GIVES(cx, do_settings(cx, &t), ERR_CONFLICT);
    assert_string_equal(cx->err.reason, "stale");
    assert_int_equal(cx->ws.key_max, 77);
    assert_int_equal(cx->ws.version, 2);
    shop_close(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_demoted),
        cmocka_unit_test(test_removed),
        cmocka_unit_test(test_limit_lowered),
        cmocka_unit_test(test_settings_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
