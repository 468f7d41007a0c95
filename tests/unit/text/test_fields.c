/* SPDX-License-Identifier: ISC */
#include "text/fields.h"

#include "cases.h"
#include "text/json.h"
#include "text/money.h"

#include <string.h>

/* One row of every type, as an operation would have them. */
struct key_in {
    struct field_set set;
    struct str name, note, password;
    int64_t requests, limit, expires;
    bool admin;
    int reset;
    struct strs models, networks, labels;
    struct str token, etag;
};

static const char *const resets[] = { "none", "daily", "monthly", NULL };

#define AT(member) offsetof(struct key_in, member)
static const struct field table[] = {
    { .name = "name", .label = "Name", .type = FIELD_TEXT,
        .offset = AT(name), .min = 2, .max = 8, .flags = FIELD_REQUIRED,
        .missing = "Enter a name for the key" },
    { .name = "note", .label = "Note", .type = FIELD_LINES,
        .offset = AT(note), .max = 20, .flags = FIELD_NULLABLE },
    { .name = "password", .label = "Password", .type = FIELD_SECRET,
        .offset = AT(password), .min = 4, .max = 10 },
    { .name = "requests", .label = "Requests a minute", .type = FIELD_INT,
        .offset = AT(requests), .min = 1, .max = 100000,
        .flags = FIELD_NULLABLE },
    { .name = "limit", .label = "Spending limit", .type = FIELD_MONEY,
        .offset = AT(limit), .min = 10000, .max = INT64_C(1000000) * MICRO,
        .flags = FIELD_NULLABLE },
    { .name = "expires", .label = "Expires", .type = FIELD_TIME,
        .offset = AT(expires), .flags = FIELD_NULLABLE },
    { .name = "admin", .label = "Admin", .type = FIELD_BOOL,
        .offset = AT(admin) },
    { .name = "reset", .label = "Reset", .type = FIELD_CHOICE,
        .offset = AT(reset), .choices = resets },
    { .name = "models", .label = "Models", .type = FIELD_LIST,
        .offset = AT(models), .max = 3 },
    { .name = "networks", .label = "Networks", .type = FIELD_CIDRS,
        .offset = AT(networks), .max = 2, .flags = FIELD_NULLABLE },
    { .name = "label_", .label = "Labels", .type = FIELD_LIST,
        .offset = AT(labels), .max = 2, .flags = FIELD_PREFIX },
    { .name = "token", .label = "Token", .type = FIELD_TEXT,
        .offset = AT(token), .max = 9, .flags = FIELD_FORM_ONLY },
    { .name = "etag", .label = "Tag", .type = FIELD_TEXT,
        .offset = AT(etag), .max = 9, .flags = FIELD_JSON_ONLY },
    { .name = NULL },
};

static enum err_code
by_form(struct arena *a, const char *text, struct key_in *in, struct err *err)
{
    struct pairs form;
    memset(in, 0, sizeof *in);
    err_init(err, a);
    if (form_read(a, str_cstr(text), &form, err) != ERR_OK)
        return err->code;
    return fields_from_form(a, table, &form, in, err);
}

static enum err_code
by_json(struct arena *a, const char *text, bool partial, struct key_in *in,
    struct err *err)
{
    struct val *body;
    memset(in, 0, sizeof *in);
    err_init(err, a);
    if (json_read(a, str_cstr(text), &body, err) != ERR_OK)
        return err->code;
    return fields_from_json(a, table, body, partial, in, err);
}

static uint64_t
bit(const char *name)
{
    return (uint64_t)1 << field_index(table, str_cstr(name));
}

static bool
has(const struct key_in *in, const char *name)
{
    return field_has(table, &in->set, name);
}

static void
expect_full(const struct key_in *in)
{
    EXPECT_STR(0, in->name, "CI \xC3\xA4");
    EXPECT_STR(1, in->note, "one\ntwo\n\nthree");
    EXPECT_STR(2, in->password, " p+ss ");
    assert_int_equal(in->requests, 60);
    assert_int_equal(in->limit, 49990000);
    assert_int_equal(in->expires, 1795219199);
    assert_true(in->admin);
    assert_int_equal(in->reset, 2);
    assert_int_equal(in->models.n, 2);
    EXPECT_STR(3, in->models.items[0], "gpt");
    EXPECT_STR(4, in->models.items[1], "llama");
    assert_int_equal(in->networks.n, 2);
    EXPECT_STR(5, in->networks.items[0], "10.0.0.0/8");
    EXPECT_STR(6, in->networks.items[1], "2001:db8::1/128");
    assert_int_equal(in->labels.n, 1);
    EXPECT_STR(7, in->labels.items[0], "team=core");
    assert_int_equal(in->set.null, 0);
}

static void
test_form(void **state)
{
    struct key_in in;
    struct err err;
    enum err_code code = by_form(*state,
        "name=+CI+%C3%A4%0D%0A&note=one%0D%0Atwo%0D%0A%0Dthree%0A"
        "&password=+p%2Bss+&requests=60&limit=%2449.99&expires=2026-11-20"
        "&admin=on&reset=monthly&models=gpt&models=&models=+llama"
        "&networks=10.0.0.0%2F8%0D%0A%0D%0A+2001:DB8::1&label_team=core"
        "&label_env=&token=t",
        &in, &err);
    EXPECT(0, err.n_fields ? err.fields[0].msg : err.msg, code == ERR_OK);
    expect_full(&in);
    EXPECT_STR(8, in.token, "t");
    assert_true(in.set.present == (bit("etag") - 1));
}

static void
test_json(void **state)
{
    struct key_in in;
    struct err err;
    enum err_code code = by_json(*state,
        "{\"name\":\" CI \xC3\xA4\",\"note\":\"one\\ntwo\\r\\n\\nthree\","
        "\"password\":\" p+ss \",\"requests\":60,\"limit\":49.99,"
        "\"expires\":\"2026-11-20T23:59:59Z\",\"admin\":true,"
        "\"reset\":\"monthly\",\"models\":[\"gpt\",\"llama\"],"
        "\"networks\":[\"10.0.0.0/8\",\"2001:DB8::1\"],"
        "\"label_\":[\"team=core\"],\"etag\":\"e\"}",
        false, &in, &err);
    EXPECT(0, err.n_fields ? err.fields[0].msg : err.msg, code == ERR_OK);
    expect_full(&in);
    EXPECT_STR(8, in.etag, "e");
    assert_true(!(in.set.present & bit("token")));
}

/* A form is a full set; JSON says what is there. */
static void
test_absent(void **state)
{
    struct key_in in;
    struct err err;
    assert_int_equal(by_form(*state, "name=CI&note=+&limit=&reset=", &in,
                         &err), ERR_OK);
    assert_true(in.set.present == bit("etag") - 1);
    assert_true(in.set.null ==
        (in.set.present & ~bit("name") & ~bit("admin")));
    assert_true(has(&in, "admin") && !in.admin);
    assert_false(has(&in, "note"));
    assert_false(has(&in, "etag"));

    assert_int_equal(by_json(*state, "{\"name\":\"CI\"}", false, &in, &err),
        ERR_OK);
    assert_true(in.set.present == bit("name") && in.set.null == 0);

    assert_int_equal(by_json(*state,
                         "{\"note\":null,\"limit\":null,\"models\":[],"
                         "\"password\":\"\"}",
                         true, &in, &err),
        ERR_OK);
    assert_true(in.set.present ==
        (bit("note") | bit("limit") | bit("models") | bit("password")));
    assert_true(in.set.null ==
        (bit("note") | bit("limit") | bit("password")));
    assert_true(has(&in, "models") && in.models.n == 0);

    memset(&in, 0, sizeof in);
    err_init(&err, *state);
    assert_int_equal(fields_from_json(*state, table, NULL, true, &in, &err),
        ERR_OK);
    assert_true(in.set.present == 0);
    assert_int_equal(fields_from_json(*state, table, NULL, false, &in, &err),
        ERR_INVALID);
    EXPECT_STR(0, err_field_msg(&err, "name"), "Enter a name for the key");
}

/* The same input through both doors gets the same words. */
static void
test_messages(void **state)
{
    static const struct {
        const char *field, *form, *json, *want;
    } rows[] = {
        { "name", "", "", "Enter a name for the key" },
        { "name", "name=+", "\"name\":\" \"", "Enter a name for the key" },
        { "name", NULL, "\"name\":null", "Enter a name for the key" },
        { "name", NULL, "\"name\":5", "Name must be text" },
        { "name", "name=a", "\"name\":\"a\"",
            "Name must be at least 2 characters" },
        { "name", "name=%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4",
            "\"name\":\"\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4"
            "\xC3\xA4\xC3\xA4\"",
            "" },
        { "name", "name=123456789", "\"name\":\"123456789\"",
            "Name must be 8 characters or fewer" },
        { "name", "name=a%0Ab", "\"name\":\"a\\nb\"",
            "Name must be plain text on one line" },
        { "name", "name=a%E2%80%AEb", "\"name\":\"a\\u202eb\"",
            "Name must be plain text on one line" },
        { "note", "note=a%07", "\"note\":\"a\\u0007\"",
            "Note must be plain text without control characters" },
        { "password", "password=+++", "\"password\":\"   \"",
            "Password must be at least 4 characters" },
        { "password", "password=12345678901", "\"password\":\"12345678901\"",
            "Password must be 10 bytes or fewer" },
        { "password", NULL, "\"password\":null",
            "Password must not be null" },
        { "requests", "requests=0", "\"requests\":0",
            "Requests a minute must be a whole number between 1 and "
            "100,000" },
        { "requests", "requests=100001", "\"requests\":100001",
            "Requests a minute must be a whole number between 1 and "
            "100,000" },
        { "requests", "requests=6.0", "\"requests\":6.0",
            "Requests a minute must be a whole number between 1 and "
            "100,000" },
        { "requests", "requests=9223372036854775808", "\"requests\":\"60\"",
            "Requests a minute must be a whole number between 1 and "
            "100,000" },
        { "requests", "requests=+60+", "\"requests\":60", "" },
        { "limit", "limit=ten", "\"limit\":\"50\"",
            "Spending limit must be an amount like 50 or 49.99" },
        { "limit", "limit=-5", "\"limit\":-5",
            "Spending limit must be an amount like 50 or 49.99" },
        { "limit", "limit=0.1234567", "\"limit\":0.1234567",
            "Spending limit must be an amount like 50 or 49.99" },
        { "limit", "limit=99999999999999999999", "\"limit\":1e300",
            "Spending limit must be an amount like 50 or 49.99" },
        { "limit", "limit=0", "\"limit\":0",
            "Spending limit must be between $0.01 and $1,000,000.00" },
        { "limit", "limit=1000000.01", "\"limit\":1000000.01",
            "Spending limit must be between $0.01 and $1,000,000.00" },
        { "expires", "expires=soon", "\"expires\":\"soon\"",
            "Expires must be a date like 2026-11-20 or a time like "
            "2026-11-20T17:02:00Z" },
        { "expires", "expires=2026-02-30", "\"expires\":1795219199",
            "Expires must be a date like 2026-11-20 or a time like "
            "2026-11-20T17:02:00Z" },
        { "admin", "admin=yes", "\"admin\":\"on\"",
            "Admin must be true or false" },
        { "admin", "admin=", "\"admin\":1", "Admin must be true or false" },
        { "reset", "reset=weekly", "\"reset\":\"weekly\"",
            "Reset must be none, daily or monthly" },
        { "reset", "reset=Daily", "\"reset\":1",
            "Reset must be none, daily or monthly" },
        { "reset", NULL, "\"reset\":\"\"",
            "Reset must be none, daily or monthly" },
        { "models", "models=a&models=b&models=c&models=d",
            "\"models\":[\"a\",\"b\",\"c\",\"d\"]",
            "Models must have at most 3 entries" },
        { "models", "models=a%07", "\"models\":[\"\"]",
            "Each entry of Models must be plain text of 1 to 200 bytes" },
        { "models", NULL, "\"models\":\"a\"",
            "Models must be a list of text" },
        { "models", NULL, "\"models\":[\"a\",1]",
            "Models must be a list of text" },
        { "networks", "networks=10.0.0.300", "\"networks\":[\"10.0.0.300\"]",
            "10.0.0.300 is not a network. Write 10.0.0.0/8 or "
            "2001:db8::/32" },
        { "networks", "networks=10.0.0.0/8%0A10.0.0.1/8",
            "\"networks\":[\"10.0.0.1/8\"]",
            "10.0.0.1/8 is not a network. Write 10.0.0.0/8 or "
            "2001:db8::/32" },
        { "networks", "networks=a%07b", "\"networks\":[\"\"]",
            "An entry is not a network. Write 10.0.0.0/8 or 2001:db8::/32" },
        { "networks", "networks=::1%0A::2%0A::3",
            "\"networks\":[\"::1\",\"::2\",\"::3\"]",
            "Networks must have at most 2 entries" },
        { "label_", "label_a=1&label_b=2&label_c=3",
            "\"label_\":[\"a=1\",\"b=2\",\"c=3\"]",
            "Labels must have at most 2 entries" },
        { "label_", "label_a=1&label_a=2", NULL,
            "Labels must be sent only once" },
        { "name", "name=ab&name=ab", NULL, "Name must be sent only once" },
        { "networks", "networks=::1&networks=::2", NULL,
            "Networks must be sent only once" },
        { "", "nmae=x", "\"nmae\":\"x\"",
            "There is no field called nmae here" },
        { "", "Name=x", "\"Name\":\"x\"",
            "There is no field called Name here" },
        { "", "etag=x", "\"token\":\"x\"", NULL },
        { "", "%07=x", "\"\":1",
            "A field was sent that is not known here" },
        { "", "=x", "\"a\\u202e\":1",
            "A field was sent that is not known here" },
        { "", "label_=x", NULL, "There is no field called label_ here" },
        { "", "label_a%3Db=x", NULL,
            "There is no field called label_a=b here" },
        { "", "a23456789012345678901234567890123456789012345=1", NULL,
            "There is no field called "
            "a234567890123456789012345678901234567890\xE2\x80\xA6 here" },
    };
    struct key_in in;
    struct err err;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool named = str_is(str_cstr(rows[i].field), "name");
        for (int door = 0; door < 2; door++) {
            const char *s = door ? rows[i].json : rows[i].form;
            if (!s)
                continue;
            struct str text = arena_fmt(*state,
                named       ? (door ? "{%s}" : "%s")
                    : door ? "{\"name\":\"CI\",%s}"
                           : "name=CI&%s",
                s);
            enum err_code code = door
                ? by_json(*state, text.p, false, &in, &err)
                : by_form(*state, text.p, &in, &err);
            struct str got = err_field_msg(&err, rows[i].field);
            if (!rows[i].want) {
                EXPECT(i, text, got.n > 0 && code == ERR_INVALID);
                continue;
            }
            EXPECT_STR(i, got, rows[i].want);
            EXPECT(i, text, (code == ERR_INVALID) == (got.n > 0));
            EXPECT(i, text, err.n_fields == (got.n > 0));
        }
    }
}

/* An entry of a list has 1 to 200 bytes; a required list has one at least. */
static void
test_list(void **state)
{
    static const struct field required[] = {
        { .name = "models", .label = "Models", .type = FIELD_LIST,
            .offset = AT(models), .max = 3, .flags = FIELD_REQUIRED,
            .missing = "Choose a model" },
        { .name = NULL },
    };
    char entry[202];
    struct key_in in;
    struct err err;
    for (size_t n = 200; n <= 201; n++) {
        memset(entry, 'm', n);
        entry[n] = '\0';
        struct str s = arena_fmt(*state, "{\"models\":[\"%s\"]}", entry);
        enum err_code code = by_json(*state, s.p, true, &in, &err);
        EXPECT(n, s, code == (n == 200 ? ERR_OK : ERR_INVALID));
    }
    struct val *body = val_map(*state);
    val_put_list(body, "models");
    err_init(&err, *state);
    assert_int_equal(fields_from_json(*state, required, body, true, &in,
                         &err), ERR_INVALID);
    EXPECT_STR(0, err_field_msg(&err, "models"), "Choose a model");
}

/* All messages at once, none lost. */
static void
test_many_wrong(void **state)
{
    struct key_in in;
    struct err err;
    assert_int_equal(by_form(*state, "requests=x&limit=x&x=y", &in, &err),
        ERR_INVALID);
    assert_int_equal(err.n_fields, 4);
    EXPECT_STR(0, err.msg, "There is a problem");

    assert_int_equal(by_json(*state, "[]", false, &in, &err), ERR_MALFORMED);
    assert_int_equal(by_json(*state, "null", true, &in, &err),
        ERR_MALFORMED);
}

/* An amount in JSON is exact, whatever the number of decimals. */
static void
test_json_money(void **state)
{
    static const struct {
        const char *text;
        int64_t micro;
    } rows[] = {
        { "1", 1000000 },
        { "12.5", 12500000 },
        { "0.1", 100000 },
        { "0.29", 290000 },
        { "1.005", 1005000 },
        { "0.010001", 10001 },
        { "999999.999999", 999999999999 },
        { "1e3", 1000000000 },
        { "1000000", 1000000000000 },
    };
    struct key_in in;
    struct err err;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str s =
            arena_fmt(*state, "{\"limit\":%s}", rows[i].text);
        EXPECT(i, s, by_json(*state, s.p, true, &in, &err) == ERR_OK);
        EXPECT(i, s, in.limit == rows[i].micro);
    }
    uint64_t seed = seed_start();
    for (size_t i = 0; i < 5000; i++) {
        int64_t micro =
            10000 + (int64_t)(seed_next(&seed) % UINT64_C(999999990000));
        struct str plain = money_plain(*state, micro);
        struct str s = arena_fmt(*state, "{\"limit\":%.*s}", STR_ARG(plain));
        EXPECT(i, s, by_json(*state, s.p, true, &in, &err) == ERR_OK);
        EXPECT(i, s, in.limit == micro);
        /* one more decimal is one too many */
        s = arena_fmt(*state, "{\"limit\":%lld.%06lld5}",
            (long long)(micro / MICRO), (long long)(micro % MICRO));
        EXPECT(i, s, by_json(*state, s.p, true, &in, &err) == ERR_INVALID);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_form),
        WITH_ARENA(test_json),
        WITH_ARENA(test_absent),
        WITH_ARENA(test_messages),
        WITH_ARENA(test_list),
        WITH_ARENA(test_many_wrong),
        WITH_ARENA(test_json_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
