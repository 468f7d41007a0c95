/* SPDX-License-Identifier: ISC */
#include "base/field.h"

#include "base/attr.h"
#include "help.h"

static const struct field table[] = {
    { .name = "name", .type = FIELD_TEXT },
    { .name = "limit", .type = FIELD_MONEY },
    { .name = "note", .type = FIELD_LINES },
    { .name = NULL },
};

static void
test_index(void **state)
{
    static const struct {
        struct str name;
        int at;
    } rows[] = {
        { STR_INIT("name"), 0 },
        { STR_INIT("limit"), 1 },
        { STR_INIT("note"), 2 },
        { STR_INIT("Name"), -1 },
        { STR_INIT("nam"), -1 },
        { STR_INIT("name\0"), -1 },
        { STR_INIT(""), -1 },
        { { NULL, 0 }, -1 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        EXPECT(i, field_index(table, rows[i].name) == rows[i].at);
}

static void
test_has(void **state)
{
    static const struct {
        uint64_t present, null;
        const char *name;
        bool has;
    } rows[] = {
        { 0, 0, "name", false },      { 1, 0, "name", true },
        { 1, 1, "name", false },      { 2, 1, "limit", true },
        { 1, 0, "limit", false },     { 7, 2, "note", true },
        { UINT64_MAX, 0, "x", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct field_set set = { rows[i].present, rows[i].null };
        EXPECT(i, field_has(table, &set, rows[i].name) == rows[i].has);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
