/* SPDX-License-Identifier: ISC */
/* Help pages, and the description of the APIs: whole, true to the table of
 * routes, and free of contradictions.  That answers are as described is held
 * by world_send in every request test (describe.h). */
#include "world.h"

#include "api/describe.h"
#include "api/refusal.h"
#include "http/problem.h"
#include "schema.h"
#include "web/error_words.h"

#include <stdio.h>
#include <string.h>

static struct world world;

static json_t *
document(void)
{
    struct reply r = req_get(&world, NOBODY, "/openapi.json");
    assert_int_equal(r.status, 200);
    json_t *doc = json_loadb(r.body.p, r.body.n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(doc);
    return doc;
}

static void
test_every_row(void **state)
{
    (void)state;
    size_t n;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++)
        if (describe_has(&all[i]) && !describe_find(&all[i]))
            fail_msg("%s %s has no description (src/api/describe_*.c)",
                method_name(all[i].method), all[i].path);
    for (size_t f = 0; describe_families[f]; f++) {
        const struct operation *o = describe_families[f]->operations;
        for (; o->id; o++) {
            size_t k = 0;
            while (k < n && describe_find(&all[k]) != o)
                k++;
            if (k == n)
                fail_msg("%s %s is described, and is no row of routes.def",
                    method_name(o->method), o->path);
            if (all[k].fields && !o->example)
                fail_msg("%s reads a body, and has no example", o->id);
        }
    }
}

/* ---- each reference leads somewhere; each example fits its schema ---- */

static void
look_at(const json_t *doc, const json_t *v, const char *name)
{
    const char *key;
    json_t *one;
    size_t i;
    const json_t *schema = json_object_get(v, "schema");
    const json_t *example = json_object_get(v, "example");
    if (json_object_get(v, "$ref") && !schema_resolve(doc, v))
        fail_msg("%s leads nowhere",
            json_string_value(json_object_get(v, "$ref")));
    if (schema && example) {
        const char *wrong = schema_fault(doc, schema, example, true);
        if (*wrong)
            fail_msg("the example of %s: %s", name, wrong);
    }
    json_object_foreach ((json_t *)(uintptr_t)v, key, one)
        look_at(doc, one, key);
    json_array_foreach ((json_t *)(uintptr_t)v, i, one)
        look_at(doc, one, name);
}

static void
test_examples(void **state)
{
    (void)state;
    json_t *doc = document();
    look_at(doc, doc, "the document");
    json_decref(doc);
}

static void
test_ids(void **state)
{
    (void)state;
    const struct operation *seen[200];
    size_t n = 0;
    for (size_t f = 0; describe_families[f]; f++)
        for (const struct operation *o = describe_families[f]->operations;
             o->id; o++) {
            for (size_t i = 0; i < n; i++)
                if (strcmp(seen[i]->id, o->id) == 0)
                    fail_msg("two operations are called %s", o->id);
            assert_true(n < COUNT_OF(seen));
            seen[n++] = o;
        }
}

/* Who may call, as the document says it, is what the gate holds to. */
static bool
may(const json_t *op, const char *scheme)
{
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(op, "security"), i, one)
        if (json_object_get(one, scheme))
            return true;
    return false;
}

static const json_t *
operation_of(const json_t *doc, const struct route *row)
{
    const char *path =
        arena_cstr(world.arena, describe_path(world.arena, row->path));
    static const char *const keys[] = { [METHOD_GET] = "get",
        [METHOD_POST] = "post", [METHOD_PUT] = "put",
        [METHOD_PATCH] = "patch", [METHOD_DELETE] = "delete" };
    return json_object_get(json_object_get(json_object_get(doc, "paths"),
                               path),
        keys[row->method]);
}

static void
test_who(void **state)
{
    (void)state;
    static const struct {
        enum who who;
        const char *scheme;
    } kinds[] = { { STANDARD, "standardKey" },
        { MANAGEMENT, "managementKey" }, { ADMIN_KEY, "adminKey" } };
    size_t n;
    const struct route *all = routes(&n);
    json_t *doc = document();
    for (size_t i = 0; i < n; i++) {
        if (!describe_has(&all[i]) || all[i].knock == KNOCK_ANYONE)
            continue;
        const json_t *op = operation_of(doc, &all[i]);
        for (size_t k = 0; k < COUNT_OF(kinds); k++) {
            world_restore(&world);
            struct ask ask = row_ask(&world, &all[i], kinds[k].who, true);
            struct reply r = world_send(&world, &ask);
            bool refused = reply_holds(&r, STR("kind")) && r.status == 403;
            bool kind = r.status == 403 &&
                (refused || reply_holds(&r, STR("This needs a")) ||
                    reply_holds(&r, STR("This is for API keys")) ||
                    reply_holds(&r, STR("An admin key sets limits")) ||
                    reply_holds(&r, STR("Only this machine reads this")));
            if (may(op, kinds[k].scheme) == kind)
                fail_msg("%s %s with a %s: %d, against the description: %.*s",
                    method_name(all[i].method), all[i].path,
                    who_name(kinds[k].who), r.status, STR_ARG(r.body));
            world_forget(&world);
        }
    }
    json_decref(doc);
}

/* ---- codes ---- */

static void
test_codes(void **state)
{
    (void)state;
    for (enum reason c = REASON_ALLOWED + 1; c < REASON_COUNT; c++) {
        const struct error_words *w =
            error_words_find(str_cstr(reason_code(c)));
        if (!w || w->status != refusal_status(c))
            fail_msg("%s is not explained, or with another status",
                reason_code(c));
    }
    for (enum err_code c = ERR_OK + 1; c < ERR_CODE_COUNT; c++) {
        const struct problem *p = problem_of(c);
        const struct error_words *w = error_words_find(str_cstr(p->slug));
        if (!w || w->status != p->status)
            fail_msg("%s is not explained, or with another status", p->slug);
    }
}

/* Codes that no table lists: err.reason, wherever one is set. */
static void
test_reasons(void **state)
{
    (void)state;
    static const char *const reasons[] = { "key_in_address",
        "foreign_origin", "shown", "limit", "stale", "beyond_maker",
        "other_numbers", "idempotency_reuse", "repeated", "frozen" };
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (!error_words_find(str_cstr(reasons[i])))
            fail_msg("%s is not explained", reasons[i]);
}

static void
test_code_pages(void **state)
{
    (void)state;
    size_t n;
    const struct error_words *w = error_words(&n);
    struct reply list = req_get(&world, NOBODY, "/docs/errors");
    assert_int_equal(list.status, 200);
    for (size_t i = 0; i < n; i++) {
        char path[100];
        (void)snprintf(path, sizeof path, "/docs/errors/%s", w[i].code);
        assert_true(reply_holds(&list, str_cstr(path)));
        struct reply r = req_get(&world, NOBODY, path);
        assert_int_equal(r.status, 200);
        assert_true(reply_holds(&r, str_cstr(w[i].code)));
        world_forget(&world);
        list = req_get(&world, NOBODY, "/docs/errors");
    }
    assert_int_equal(
        req_get(&world, NOBODY, "/docs/errors/no_such").status, 404);
}

/* ---- pages ---- */

static void
test_pages(void **state)
{
    (void)state;
    static const char *const pages[] = { "/docs", "/docs/quickstart",
        "/docs/api", "/docs/errors" };
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        struct reply r = req_get(&world, NOBODY, pages[i]);
        assert_int_equal(r.status, 200);
        assert_int_equal(req_get(&world, MEMBER, pages[i]).status, 200);
    }
    assert_int_equal(req_get(&world, NOBODY, "/docs/api/none").status, 404);
    assert_int_equal(
        req_get(&world, NOBODY, "/docs/quickstart/none").status, 404);
}

/* Every operation is on the page of its family, and in the list. */
static void
test_operations(void **state)
{
    (void)state;
    for (size_t f = 0; describe_families[f]; f++) {
        const struct family *family = describe_families[f];
        char path[100];
        (void)snprintf(path, sizeof path, "/docs/api/%s", family->slug);
        struct reply r = req_get(&world, NOBODY, path);
        struct reply list = req_get(&world, NOBODY, "/docs/api");
        assert_int_equal(r.status, 200);
        for (const struct operation *o = family->operations; o->id; o++) {
            struct str line = arena_fmt(world.arena,
                "<code>%s %.*s</code>", method_name(o->method),
                STR_ARG(describe_path(world.arena, o->path)));
            struct str link = arena_fmt(world.arena, "%s#%s", path, o->id);
            if (!reply_holds(&r, line) || !reply_holds(&list, link))
                fail_msg("%s is not on the pages", o->id);
        }
        world_forget(&world);
    }
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_who),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_code_pages),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_operations),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
