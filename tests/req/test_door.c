/* SPDX-License-Identifier: ISC */
/*
 * The two doors, JSON and forms, of every row of the table (SECURITY.md W3,
 * T25): what is unknown, sent twice, of the wrong type, too large or of the
 * wrong kind is refused, never left out in silence.
 */
#include "world.h"

#include "api/describe.h"
#include "base/buf.h"
#include "text/json.h"

#include <string.h>

static struct world world;

/* ---- JSON ---- */

/* What may be wrong with a request before its operation begins. */
enum fault { UNREADABLE, WRONG, TOO_LARGE, OTHER_TYPE };

/* What each family answers then: said here once more, apart from the program.
 * AIMLAPI and Exoscale document no other status than 400 for any of these. */
static int
status_of(const struct route *row, enum fault fault)
{
    static const int own[] = { [UNREADABLE] = 400, [WRONG] = 422,
        [TOO_LARGE] = 413, [OTHER_TYPE] = 415 };
    return row->face == FACE_API || row->face == FACE_AIX ? own[fault] : 400;
}

/* One row of the table, as somebody who may. */
struct door {
    const struct route *row;
    enum who who;
    uint64_t before; /* the sum of all tables */
    size_t bad;
};

static void
complain(struct door *d, const char *what, struct str body, int got, int want)
{
    print_error("%s %s, %s: %d instead of %d: %.*s\n",
        method_name(d->row->method), d->row->path, what, got, want,
        STR_ARG(str_head(body, 200)));
    d->bad++;
}

/* status 0: any success.  What is refused changes nothing. */
static void
send(struct door *d, const char *what, const char *type, struct str body,
    int status)
{
    struct ask ask = row_ask(&world, d->row, d->who, false);
    ask.type = type;
    ask.body = body;
    int got = world_send(&world, &ask).status;
    if (status ? got != status : got < 200 || got > 299)
        complain(d, what, body, got, status);
    if (world_sum(&world) == d->before)
        return;
    if (got >= 400)
        complain(d, "changed something", body, got, got);
    world_restore(&world);
}

static struct val *
read_json(struct str text)
{
    struct err e;
    struct val *v;
    err_init(&e, world.arena);
    assert_int_equal(json_read(world.arena, text, &v, &e), ERR_OK);
    return v;
}

static struct str
written(const struct val *v)
{
    struct buf b;
    buf_init(&b, world.arena, BUF_MAX_FIELD);
    json_write(&b, v);
    return buf_view(&b);
}

/* A whole valid body. */
static struct val *
good(const struct door *d)
{
    struct val *v =
        read_json(row_ask(&world, d->row, d->who, false).body);
    if (d->row->face == FACE_AIX && d->row->fields)
        val_put_fmt(v, "name", "golden-%lld", (long long)++world.onces);
    return v;
}

static void
send_good(struct door *d, const char *what, const char *type, int status)
{
    send(d, what, type, written(good(d)), status);
}

/* ---- one field that is wrong, in a body that is right otherwise ---- */

static const char *const not_text[] = { "{\"x\":1}", "1", "[1]", "[\"a\"]",
    "true", "1.5", NULL };
static const char *const not_int[] = { "{\"x\":1}", "\"1\"", "[1]", "true",
    "1.5", "-1", "9223372036854775807", NULL };
static const char *const not_bool[] = { "{\"x\":1}", "\"true\"", "[true]",
    "1", "0", NULL };
static const char *const not_money[] = { "{\"x\":1}", "\"1\"", "[1]", "true",
    "-1", "-0.000001", "0.0000001", "1e300", NULL };
static const char *const not_list[] = { "{\"x\":1}", "\"a\"", "[1]", "true",
    "[[\"a\"]]", "[null]", NULL };
static const char *const not_time[] = { "{\"x\":1}", "1", "[1]", "true",
    "\"soon\"", "\"2026-02-30\"", NULL };
static const char *const *const not_a[] = {
    [FIELD_TEXT] = not_text, [FIELD_LINES] = not_text,
    [FIELD_SECRET] = not_text, [FIELD_CHOICE] = not_text,
    [FIELD_INT] = not_int, [FIELD_BOOL] = not_bool,
    [FIELD_MONEY] = not_money, [FIELD_LIST] = not_list,
    [FIELD_CIDRS] = not_list, [FIELD_TIME] = not_time,
};

static void
send_field(struct door *d, const char *member, bool list, const char *name,
    const char *json)
{
    struct val *v = good(d);
    struct val *in = v;
    if (member && list)
        in = val_add_map(val_put_list(v, member));
    else if (member)
        in = val_put_map(v, member);
    val_put_named(in, str_cstr(name), val_get_cstr(read_json(arena_fmt(
        world.arena, "{\"v\":%s}", json)), "v"));
    send(d, name, "application/json", written(v), status_of(d->row, WRONG));
}

static void
send_fields(struct door *d, const char *member, bool list,
    const struct field *fields)
{
    for (const struct field *f = fields; f && f->name; f++) {
        if (f->flags & FIELD_FORM_ONLY)
            continue;
        for (size_t i = 0; not_a[f->type][i]; i++)
            send_field(d, member, list, f->name, not_a[f->type][i]);
        if (!(f->flags & FIELD_NULLABLE))
            send_field(d, member, list, f->name, "null");
        world_forget(&world);
    }
    send_field(d, member, list, "nobody_knows", "1");
}

/* The tables of a handler that reads its body by itself are the ones that its
 * description names. */
static void
send_parts(struct door *d)
{
    const struct operation *o = describe_find(d->row);
    assert_non_null(o);
    assert_non_null(o->sent);
    for (const struct sent *s = o->sent; s->fields; s++) {
        if (s->flags & SENT_ELSE)
            break; /* told row by row in the answer */
        send_fields(d, s->member, s->flags & SENT_LIST, s->fields);
        if (s->member)
            send_field(d, NULL, false, s->member, "1");
        if (s->member && !(s->flags & SENT_LIST))
            send_field(d, NULL, false, s->member, "[]");
    }
}

/* ---- the body as a whole ---- */

static void
send_unreadable(struct door *d)
{
    static const char *const bodies[] = { "[]", "1", "null", "\"a\"",
        "{\"a\":1}x", "{'a':1}", "{\"a\":1,}", "{", "\xef\xbb\xbf{}",
        "{\"a\":\"\xff\"}", "{\"a\":\"\\u0000\"}", "{\"a\":1e400}",
        "{\"a\":9223372036854775808}" };
    int status = status_of(d->row, UNREADABLE);
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        send(d, "unreadable", "application/json", str_cstr(bodies[i]),
            status);
    const char *name = d->row->fields && d->row->fields[0].name
        ? d->row->fields[0].name
        : "name";
    struct str whole = written(good(d));
    send(d, "duplicate member", "application/json",
        arena_fmt(world.arena, "%.*s%s\"%s\":\"a\",\"%s\":\"a\"}",
            (int)whole.n - 1, whole.p, whole.n > 2 ? "," : "", name, name),
        status);
}

static void
send_large(struct door *d)
{
    size_t n = d->row->body_max + 1;
    char *big = arena_alloc(world.arena, n);
    memset(big, ' ', n);
    send(d, "too large", "application/json", (struct str){ big, n },
        status_of(d->row, TOO_LARGE));
}

static void
send_types(struct door *d)
{
    static const char *const types[] = { "text/plain", "text/json",
        "application/x-www-form-urlencoded", "application/jsonx",
        "multipart/form-data; boundary=a", NULL };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        /* what anybody may call reads forms as well */
        bool reads = d->row->knock == KNOCK_ANYONE && types[i] &&
            strstr(types[i], "urlencoded");
        send_good(d, types[i] ? types[i] : "no type", types[i],
            status_of(d->row, reads ? WRONG : OTHER_TYPE));
    }
}

/* Some clients send "{}" with a GET: whatever comes with one, the answer is
 * that of the GET alone. */
static void
send_ignored(struct door *d)
{
    static const char *const bodies[] = { "{}", "{\"x\":1}", "[", "\xff" };
    struct ask ask = row_ask(&world, d->row, d->who, false);
    int alone = world_send(&world, &ask).status;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        send(d, "body of a GET", "application/json", str_cstr(bodies[i]),
            alone);
        send(d, "body of a GET", NULL, str_cstr(bodies[i]), alone);
    }
}

/* A key in the address is in logs already: refused, whatever else is right. */
static void
send_in_address(struct door *d)
{
    struct ask ask = row_ask(&world, d->row, d->who, false);
    bool more = str_find(ask.target, '?') < ask.target.n;
    ask.target = arena_fmt(world.arena, "%.*s%capi_key=%.*s",
        STR_ARG(ask.target), more ? '&' : '?',
        STR_ARG(world.key[MANAGEMENT]));
    struct reply r = world_send(&world, &ask);
    if (r.status != 400 || world_sum(&world) != d->before ||
        reply_holds(&r, str_from(world.key[MANAGEMENT], 13)))
        complain(d, "key in the address", r.body, r.status, 400);
}

static size_t
door_of(const struct route *row)
{
    struct door d = { row,
        row->knock == KNOCK_STANDARD ? STANDARD : MANAGEMENT,
        world_sum(&world), 0 };
    if (row->knock != KNOCK_ANYONE)
        send_in_address(&d);
    send_large(&d);
    if (row->method == METHOD_GET) {
        send_ignored(&d);
        return d.bad;
    }
    send_good(&d, "valid", "application/json", 0);
    send_good(&d, "valid", "Application/JSON; charset=utf-8", 0);
    send_unreadable(&d);
    send_types(&d);
    if (row->fields == FIELDS_BY_HANDLER)
        send_parts(&d);
    else
        send_fields(&d, NULL, false, row->fields);
    return d.bad;
}

static void
test_json_door(void **state)
{
    (void)state;
    size_t n, bad = 0, doors = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        if (all[i].body_max == 0 || all[i].face == FACE_PAGE)
            continue;
        bad += door_of(&all[i]);
        doors++;
        world_forget(&world);
    }
    print_message("# %zu rows read JSON\n", doors);
    assert_true(doors > 40);
    assert_int_equal(bad, 0);
}

/* ---- forms ---- */

static size_t
expect(const struct route *row, const char *what, int got, int want)
{
    if (got != want)
        print_error("%s, %s: %d instead of %d\n", row->path, what, got, want);
    return got != want;
}

static void
test_form_door(void **state)
{
    (void)state;
    size_t n, bad = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        const struct route *row = &all[i];
        /* set-up is over: it says so, whatever is sent */
        if (row->method != METHOD_POST || row->face != FACE_PAGE ||
            strcmp(row->path, "/setup") == 0)
            continue;
        enum who who = row_doer(row);
        struct ask ask = row_ask(&world, row, who, false);
        struct str good = ask.body;
        uint64_t before = world_sum(&world);
        ask.body = arena_fmt(world.arena, "%.*s&nobody_knows=1",
            STR_ARG(good));
        bad += expect(row, "unknown field", world_send(&world, &ask).status,
            422);
        if (row->fields && row->fields[0].type != FIELD_LIST) {
            ask.body = arena_fmt(world.arena, "%.*s&%s=a&%s=a",
                STR_ARG(good), row->fields[0].name, row->fields[0].name);
            bad += expect(row, "repeated field",
                world_send(&world, &ask).status, 422);
        }
        char *big = arena_alloc(world.arena, row->body_max + 1);
        memset(big, 'a', row->body_max + 1);
        ask.body = (struct str){ big, row->body_max + 1 };
        bad += expect(row, "too large", world_send(&world, &ask).status,
            413);
        if (world_sum(&world) != before) {
            print_error("%s changed something\n", row->path);
            bad++;
        }
        world_forget(&world);
    }
    assert_int_equal(bad, 0);
}

/* A body that is not as long as was said is never acted on. */
static void
test_short_body(void **state)
{
    (void)state;
    struct pairs p = { NULL, 0 };
    struct answer ans;
    struct arena *a = world.arena;
    struct ask ask = world_ask(&world, MANAGEMENT, "POST", STR("/v1/check"));
    struct str body = arena_fmt(a, "{\"key\":\"%.*s\"}",
        STR_ARG(world.key[STANDARD]));
    form_add(a, &p, STR("REQUEST_METHOD"), STR("POST"));
    form_add(a, &p, STR("REQUEST_URI"), STR("/v1/check"));
    form_add(a, &p, STR("REMOTE_ADDR"), STR("192.0.2.7"));
    form_add(a, &p, STR("CONTENT_TYPE"), STR("application/json"));
    form_add(a, &p, STR("HTTP_AUTHORIZATION"),
        arena_fmt(a, "Bearer %.*s", STR_ARG(ask.bearer)));
    form_add(a, &p, STR("CONTENT_LENGTH"),
        arena_fmt(a, "%zu", body.n + 5));
    size_t n = dispatch_begin(&world.worker, &p);
    assert_int_equal(n, body.n + 5);
    dispatch_end(&world.worker, n, body, &ans);
    assert_int_equal(ans.status, 400);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_furnish(&world);
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

/* ---- what cannot be read at all ---- */

/* A member that an error of each family has, and its type. */
static const struct {
    const char *type, *member;
} shapes[] = {
    [FACE_PAGE] = { "text/html; charset=utf-8", NULL },
    [FACE_PLAIN] = { "text/plain; charset=utf-8", NULL },
    [FACE_API] = { "application/problem+json", "detail" },
    [FACE_OPENAI] = { "application/json; charset=utf-8", "error" },
    [FACE_AIMLAPI] = { "application/json; charset=utf-8", "requestId" },
    [FACE_EXO_OLD] = { "application/json; charset=utf-8", "instance" },
    [FACE_EXO_NEW] = { "application/json; charset=utf-8", "title" },
    [FACE_AIX] = { "application/json; charset=utf-8", "statusCode" },
};

static void
refused_unread(const char *method, struct ask *ask, enum face face)
{
    struct reply r = world_send(&world, ask);
    struct str type = reply_header(&r, "Content-Type");
    if (r.status != 400 || !str_is(type, shapes[face].type))
        fail_msg("%s %.*s: %d, %.*s", method, STR_ARG(ask->target), r.status,
            STR_ARG(type));
    if (shapes[face].member && strcmp(method, "HEAD") != 0)
        assert_non_null(val_get_cstr(reply_json(&world, &r),
            shapes[face].member));
}

static struct ask
at(const char *method, const char *target)
{
    return world_ask(&world, NOBODY, method, str_cstr(target));
}

static void
test_unread(void **state)
{
    (void)state;
    static const char *const bad[] = { "x=%00", "x=%zz", "%ff=1" };
    size_t n;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        const char *method = method_name(all[i].method);
        struct ask ask = row_ask(&world, &all[i], NOBODY, false);
        struct str target = ask.target;
        char mark = str_find(target, '?') < target.n ? '&' : '?';
        for (size_t k = 0; k < COUNT_OF(bad); k++) {
            ask.target = arena_fmt(world.arena, "%.*s%c%s", STR_ARG(target),
                mark, bad[k]);
            refused_unread(method, &ask, all[i].face);
        }
        ask.target = target; /* a header that is sent twice */
        form_add(world.arena, &ask.extra, STR("HTTP_X_MODEL"), STR("a"));
        form_add(world.arena, &ask.extra, STR("HTTP_X_MODEL"), STR("b"));
        refused_unread(method, &ask, all[i].face);
        world_forget(&world);
    }
    /* no row: the family of the path; and a path that cannot be read */
    static const struct {
        const char *target;
        enum face face;
    } places[] = { { "/v1/nothing?x=%00", FACE_API },
        { "/v1/usage%00", FACE_API }, { "/v1/%zz", FACE_API },
        { "/v1/key/%00", FACE_AIMLAPI }, { "/v1/key/%ff", FACE_AIMLAPI }, { "/v2/%00", FACE_AIMLAPI },
        { "/v2/ai/ai-api-key/%00", FACE_EXO_OLD },
        { "/v2/ai/api-key/%00", FACE_EXO_NEW }, { "/sdk/%00", FACE_AIX },
        { "/gate%00", FACE_API }, { "/protected/x?y=%00", FACE_OPENAI },
        { "/protected/%00", FACE_OPENAI }, { "/keys%00", FACE_PAGE } };
    const char *url = world.config.public_url;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct ask ask = at("GET", places[i].target);
        refused_unread("GET", &ask, places[i].face);
    }
    struct ask authorizes = at("GET", "/w/team/keys?x=%00");
    authorizes.authorizer = true;
    refused_unread("GET", &authorizes, FACE_OPENAI);
    /* below a path of a site */
    world.config.public_url = "http://" WORLD_HOST "/keys";
    struct ask below = at("GET", "/keys/v1/usage?period=%00");
    refused_unread("GET", &below, FACE_API);
    below = at("GET", "/keys/sdk/%00");
    refused_unread("GET", &below, FACE_AIX);
    world.config.public_url = url;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_door),
        cmocka_unit_test(test_form_door),
        cmocka_unit_test(test_short_body),
        cmocka_unit_test(test_unread),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
