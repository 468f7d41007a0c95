/* SPDX-License-Identifier: ISC */
/*
 * The faces of the gate: the same decision by the Authorizer, by /gate and by
 * /v1/check, and what each says.
 */
#include "world.h"

#include "core/catalog.h"
#include "core/key.h"
#include "core/touch.h"
#include "secret/keytext.h"

#include <stdio.h>
#include <string.h>

static struct world world;
#define CHAT "/v1/chat/completions"

/* ---- keys in all states ---- */

static void
sent(struct key_in *in, const char *field)
{
    in->set.present |= UINT64_C(1)
        << field_index(key_fields, str_cstr(field));
}

static struct str
make(struct key_in in, const char *name)
{
    struct str text;
    struct key k;
    in.name = str_cstr(name);
    in.expiry = KEY_EXPIRY_NONE;
    if (in.deployment.n)
        sent(&in, "deployment");
    if (in.spend_limit) {
        sent(&in, "spend_limit");
        sent(&in, "spend_reset");
    }
    struct cx *cx = world_as(&world, OWNER);
    if (key_create(cx, KEY_STANDARD, &in, &text, &k))
        fail_msg("%s: %.*s", name, STR_ARG(cx->err.msg));
    return arena_dup(world.keep, text);
}

static struct strs
one(const char *text)
{
    struct strs s = { ARENA_NEW(world.keep, struct str), 1 };
    s.items[0] = str_cstr(text);
    return s;
}

static struct str
other_model(void)
{
    struct ai_model m;
    struct model_in in = { .name = STR("openai/other"),
        .category = STR("chat") };
    assert_int_equal(model_add(world_as(&world, OWNER), &in, &m), ERR_OK);
    return arena_dup(world.keep, m.uuid);
}

enum { GOOD, MISSING, MALFORMED, UNKNOWN, WRONG_SECRET, REVOKED, EXPIRED,
    OFF, SUSPENDED, MANAGES, LIMITS, NET_IN, NET_OUT, ENDPOINT_IN,
    ENDPOINT_OUT, DEPLOYMENT_IN, DEPLOYMENT_OUT, MODEL_IN, MODEL_OUT,
    MODEL_NONE, CATEGORY_IN, CATEGORY_OUT, ROW_COUNT };

static struct str v6_key; /* from any IPv6 address */

/* The call is always POST CHAT with model openai/gpt-5 from 192.0.2.7, to the
 * deployment of the world, except where a row says otherwise. */
static struct {
    const char *name, *code;
    int status; /* of the Authorizer */
    struct str key;
    bool no_model;
} rows[ROW_COUNT] = {
    [GOOD] = { .name = "good", .code = "allowed", .status = 200 },
    [MISSING] = { .name = "missing", .code = "missing_api_key",
        .status = 401 },
    [MALFORMED] = { .name = "malformed", .code = "invalid_api_key",
        .status = 401 },
    [UNKNOWN] = { .name = "unknown", .code = "invalid_api_key",
        .status = 401 },
    [WRONG_SECRET] = { .name = "wrong secret", .code = "invalid_api_key",
        .status = 401 },
    [REVOKED] = { .name = "revoked", .code = "invalid_api_key",
        .status = 401 },
    [EXPIRED] = { .name = "expired", .code = "expired_api_key",
        .status = 401 },
    [OFF] = { .name = "disabled", .code = "disabled_api_key", .status = 403 },
    [SUSPENDED] = { .name = "suspended", .code = "disabled_api_key",
        .status = 403 },
    [MANAGES] = { .name = "management", .code = "key_kind_not_allowed",
        .status = 403 },
    [LIMITS] = { .name = "admin", .code = "key_kind_not_allowed",
        .status = 403 },
    [NET_IN] = { .name = "net in", .code = "allowed", .status = 200 },
    [NET_OUT] = { .name = "net out", .code = "ip_not_allowed",
        .status = 403 },
    [ENDPOINT_IN] = { .name = "endpoint in", .code = "allowed",
        .status = 200 },
    [ENDPOINT_OUT] = { .name = "endpoint out",
        .code = "endpoint_not_allowed", .status = 403 },
    [DEPLOYMENT_IN] = { .name = "deployment in", .code = "allowed",
        .status = 200 },
    [DEPLOYMENT_OUT] = { .name = "deployment out",
        .code = "deployment_not_allowed", .status = 403 },
    [MODEL_IN] = { .name = "model in", .code = "allowed", .status = 200 },
    [MODEL_OUT] = { .name = "model out", .code = "model_not_allowed",
        .status = 403 },
    [MODEL_NONE] = { .name = "model none", .code = "model_not_allowed",
        .status = 403, .no_model = true },
    [CATEGORY_IN] = { .name = "category in", .code = "allowed",
        .status = 200 },
    [CATEGORY_OUT] = { .name = "category out", .code = "scope_not_allowed",
        .status = 403 },
};

static void
make_rows(void)
{
    struct arena *a = world.keep;
    struct key_in none = { .version = 0 }, in = none;
    rows[GOOD].key = make(none, "good");
    rows[MALFORMED].key = STR("sk-not-a-key");
    rows[UNKNOWN].key =
        keytext_make(a, STR("zzzzzzzz"), KEYTEXT_STANDARD);
    rows[WRONG_SECRET].key =
        keytext_make(a, str_head(rows[GOOD].key, 8), KEYTEXT_STANDARD);
    static const int plain[] = { REVOKED, EXPIRED, OFF, SUSPENDED };
    for (size_t i = 0; i < COUNT_OF(plain); i++)
        rows[plain[i]].key = make(none, rows[plain[i]].name);
    world_exec(&world, "UPDATE api_key SET revoked_s = 1 "
                       "WHERE name = 'revoked'");
    world_exec(&world, "UPDATE api_key SET expires_s = created_s "
                       "WHERE name = 'expired'");
    world_exec(&world, "UPDATE api_key SET disabled_s = created_s "
                       "WHERE name = 'disabled'");
    world_exec(&world, "UPDATE api_key SET suspended_s = created_s "
                       "WHERE name = 'suspended'");
    rows[MANAGES].key = world.key[MANAGEMENT];
    rows[LIMITS].key = world.key[ADMIN_KEY];
    in.network_scope = 1;
    in.networks = one("192.0.2.0/24");
    rows[NET_IN].key = make(in, "net in");
    in.networks = one("::/0");
    v6_key = make(in, "net v6");
    in.networks = one("198.51.100.0/24");
    rows[NET_OUT].key = make(in, "net out");
    in = none;
    in.endpoint_scope = 1;
    in.endpoints = one(CHAT);
    rows[ENDPOINT_IN].key = make(in, "endpoint in");
    in.endpoints = one("/v1/embeddings");
    rows[ENDPOINT_OUT].key = make(in, "endpoint out");
    in = none;
    in.deployment = world.deployment;
    rows[DEPLOYMENT_IN].key = make(in, "deployment in");
    rows[DEPLOYMENT_OUT].key = make(in, "deployment out");
    in = none;
    in.model_scope = 1;
    in.models = (struct strs){ &world.model, 1 };
    rows[MODEL_IN].key = make(in, "model in");
    rows[MODEL_NONE].key = make(in, "model none");
    struct str other = other_model();
    in.models = (struct strs){ &other, 1 };
    rows[MODEL_OUT].key = make(in, "model out");
    in = none;
    in.category_scope = 1;
    in.categories = one("chat");
    rows[CATEGORY_IN].key = make(in, "category in");
    in.categories = one("image");
    rows[CATEGORY_OUT].key = make(in, "category out");
}

/* ---- the three faces ---- */

static void
add_headers(struct ask *ask, size_t row)
{
    struct arena *a = world.arena;
    struct str deployment = row == DEPLOYMENT_OUT
        ? STR("00000000-0000-7000-8000-000000000000")
        : world.deployment;
    ask->bearer = rows[row].key;
    ask->cookie = STR("");
    ask->site = NULL;
    if (!rows[row].no_model)
        form_add(a, &ask->extra, STR("HTTP_X_MODEL"), STR("openai/gpt-5"));
    form_add(a, &ask->extra, STR("HTTP_X_DEPLOYMENT"), deployment);
}

static struct reply
by_authorizer(size_t row)
{
    struct ask ask =
        world_ask(&world, NOBODY, "POST", STR("/protected" CHAT "?a=b"));
    ask.authorizer = true;
    ask.type = "application/json";
    add_headers(&ask, row);
    /* the length of a body that an Authorizer never gets */
    form_add(world.arena, &ask.extra, STR("CONTENT_LENGTH"), STR("1000000"));
    return world_send(&world, &ask);
}

static struct reply
by_gate(size_t row)
{
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/gate"));
    add_headers(&ask, row);
    form_add(world.arena, &ask.extra, STR("HTTP_X_ORIGINAL_URI"),
        STR("/protected" CHAT "?a=b"));
    return world_send(&world, &ask);
}

static struct reply
by_check(size_t row)
{
    struct str deployment = row == DEPLOYMENT_OUT
        ? STR("00000000-0000-7000-8000-000000000000")
        : world.deployment;
    return req_json(&world, MANAGEMENT, "POST", "/v1/check",
        arena_fmt(world.arena, "{\"key\":\"%.*s\",\"endpoint\":\"" CHAT
            "\",\"model\":%s,\"deployment\":\"%.*s\","
            "\"address\":\"192.0.2.7\"}", STR_ARG(rows[row].key),
            rows[row].no_model ? "null" : "\"openai/gpt-5\"",
            STR_ARG(deployment)).p);
}

static struct str
member_of(const struct val *v, const char *name)
{
    return val_text(val_get_cstr(v, name));
}

static void
check_refusal(size_t row, const struct reply *r)
{
    struct val *e = val_get_cstr(reply_json(&world, r), "error");
    assert_non_null(e);
    if (!str_is(member_of(e, "code"), rows[row].code) ||
        member_of(e, "message").n < 10 ||
        !str_is(member_of(e, "type"), "invalid_request_error"))
        fail_msg("%s: %.*s", rows[row].name, STR_ARG(r->body));
    assert_int_equal(reply_header(r, "WWW-Authenticate").n > 0,
        r->status == 401);
    assert_true(str_is(reply_header(r, "x-should-retry"), "false"));
    assert_int_equal(reply_header(r, "X-Request-Id").n, 36);
    /* whoever is refused is never told the key back */
    assert_true(rows[row].key.n == 0 ||
        !reply_holds(r, str_from(rows[row].key, 8)));
}

static void
test_faces_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct reply a = by_authorizer(i), g = by_gate(i);
        bool allowed = rows[i].status == 200;
        if (a.status != rows[i].status ||
            g.status != (allowed ? 204 : rows[i].status))
            fail_msg("%s: Authorizer %d, /gate %d", rows[i].name, a.status,
                g.status);
        if (!allowed) {
            check_refusal(i, &a);
            check_refusal(i, &g);
            assert_int_equal(reply_header(&a, "Variable-KEYLODGE_KEY").n, 0);
            assert_int_equal(reply_header(&g, "x-keylodge-key").n, 0);
        } else {
            struct str prefix = str_head(rows[i].key, 8);
            assert_int_equal(a.body.n + g.body.n, 0);
            assert_true(
                str_eq(reply_header(&a, "Variable-KEYLODGE_KEY"), prefix));
            assert_true(str_eq(reply_header(&g, "x-keylodge-key"), prefix));
            struct str ws = reply_header(&a, "Variable-KEYLODGE_WORKSPACE");
            assert_int_equal(ws.n, 36);
            assert_true(str_eq(reply_header(&g, "x-keylodge-workspace"), ws));
            assert_true(str_eq(reply_header(&a, "Variable-KEYLODGE_MODEL"),
                STR("openai/gpt-5")));
            assert_true(str_eq(reply_header(&g, "x-keylodge-model"),
                STR("openai/gpt-5")));
            assert_int_equal(reply_header(&a, "Content-Length").n, 0);
            assert_int_equal(reply_header(&g, "Content-Length").n, 0);
        }
        world_forget(&world);
    }
}

static void
test_check_agrees(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (i == MISSING)
            continue;
        struct reply r = by_check(i);
        assert_int_equal(r.status, 200);
        struct val *v = reply_json(&world, &r);
        bool allowed = val_get_cstr(v, "allowed")->u.b;
        if (allowed != (rows[i].status == 200) ||
            val_get_cstr(v, "status")->u.i != rows[i].status ||
            !str_is(member_of(v, "reason"), rows[i].code))
            fail_msg("%s: %.*s", rows[i].name, STR_ARG(r.body));
        assert_true(str_eq(member_of(v, "request_id"),
            reply_header(&r, "X-Request-Id")));
        struct val *key = val_get_cstr(v, "key");
        bool known = i == GOOD || i >= REVOKED;
        if ((key->type == VAL_MAP) != known)
            fail_msg("%s: key known or not", rows[i].name);
        if (known)
            assert_true(str_eq(member_of(key, "prefix"),
                str_head(rows[i].key, 8)));
        assert_false(reply_holds(&r, str_from(rows[i].key, 8)));
        world_forget(&world);
    }
}

/* Without its request id: the same for all who cannot know. */
static struct str
check_answer(struct str key)
{
    struct reply r = req_json(&world, MANAGEMENT, "POST", "/v1/check",
        arena_fmt(world.arena, "{\"key\":\"%.*s\"}", STR_ARG(key)).p);
    struct str head, rest;
    assert_int_equal(r.status, 200);
    for (size_t i = 0; i < r.body.n; i++)
        if (str_starts(str_from(r.body, i), STR("\"request_id\"")))
            return str_head(r.body, i);
    (void)str_cut(r.body, '\n', &head, &rest);
    return head;
}

static void
test_check_other_workspace(void **state)
{
    (void)state;
    struct str unknown = check_answer(rows[UNKNOWN].key);
    assert_true(str_eq(check_answer(world.stranger_key), unknown));
    assert_true(str_eq(check_answer(rows[WRONG_SECRET].key), unknown));
    assert_true(str_eq(check_answer(rows[MALFORMED].key), unknown));
    /* nor does the owner of that key see a use */
    assert_int_equal(touch_flush(worker_shell(&world.worker)), ERR_OK);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM api_key "
        "WHERE name = 'of stranger' AND used_s IS NOT NULL"), 0);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM api_key "
        "WHERE name = 'good' AND used_s IS NOT NULL"), 1);
    /* but it is good for its own gate */
    struct ask ask =
        world_ask(&world, NOBODY, "GET", STR("/protected/v1/models"));
    ask.authorizer = true;
    ask.bearer = world.stranger_key;
    assert_int_equal(world_send(&world, &ask).status, 200);
}

static void
test_check_address(void **state)
{
    (void)state;
    static const struct {
        size_t row;
        const char *address, *reason;
    } cases[] = {
        { NET_IN, "\"192.0.2.200\"", "allowed" },
        { NET_IN, "\"::ffff:192.0.2.200\"", "allowed" },
        { NET_IN, "\"192.0.3.1\"", "ip_not_allowed" },
        { NET_IN, "\"2001:db8::1\"", "ip_not_allowed" },
        { NET_IN, "null", "ip_not_allowed" },
        { GOOD, "null", "allowed" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reply r = req_json(&world, MANAGEMENT, "POST", "/v1/check",
            arena_fmt(world.arena, "{\"key\":\"%.*s\",\"address\":%s}",
                STR_ARG(rows[cases[i].row].key), cases[i].address).p);
        struct val *v = reply_json(&world, &r);
        if (!str_is(member_of(v, "reason"), cases[i].reason))
            fail_msg("%s: %.*s", cases[i].address, STR_ARG(r.body));
    }
    /* no address is not the address :: */
    struct reply r = req_json(&world, MANAGEMENT, "POST", "/v1/check",
        arena_fmt(world.arena, "{\"key\":\"%.*s\"}", STR_ARG(v6_key)).p);
    assert_true(reply_holds(&r, STR("ip_not_allowed")));
    r = req_json(&world, MANAGEMENT, "POST", "/v1/check",
        "{\"key\":\"x\",\"address\":\"10.0.0\"}");
    assert_int_equal(r.status, 422);
    assert_true(reply_holds(&r, STR("\"field\":\"address\"")));
}

static void
test_key_in_address(void **state)
{
    (void)state;
    struct str target = arena_fmt(world.arena, "/protected" CHAT
        "?x=1&api_key=%.*s", STR_ARG(rows[GOOD].key));
    struct ask ask = world_ask(&world, NOBODY, "GET", target);
    ask.bearer = rows[GOOD].key;
    ask.authorizer = true;
    struct reply r = world_send(&world, &ask);
    assert_int_equal(r.status, 401);
    assert_true(reply_holds(&r, STR("invalid_api_key")));
    assert_true(reply_holds(&r, STR("Rotate this key")));
    ask = world_ask(&world, NOBODY, "GET", STR("/gate"));
    ask.bearer = rows[GOOD].key;
    form_add(world.arena, &ask.extra, STR("HTTP_X_ORIGINAL_URI"), target);
    assert_int_equal(world_send(&world, &ask).status, 401);
}

static void
test_gate_path(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        int status;
    } cases[] = {
        { "/protected" CHAT, 204 },
        { CHAT, 204 },
        { "/protected/protected" CHAT, 403 },
        { "/protectedX" CHAT, 403 },
        { "/protected", 403 },
        { "/protected" CHAT "/", 403 },
        { "/protected/v1/CHAT/completions", 403 },
        { "/protected/v1/chat%2Fcompletions", 404 },
        { "/protected/v1/../v1/chat/completions", 404 },
        { "/protected//v1/chat/completions", 404 },
        { "/protected/v1/chat/%zz", 400 },
        { "http://evil.example" CHAT, 400 },
        { "", 403 },
        { NULL, 403 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ask ask = world_ask(&world, NOBODY, "GET", STR("/gate"));
        ask.bearer = rows[ENDPOINT_IN].key;
        if (cases[i].uri)
            form_add(world.arena, &ask.extra, STR("HTTP_X_ORIGINAL_URI"),
                str_cstr(cases[i].uri));
        struct reply r = world_send(&world, &ask);
        if (r.status != cases[i].status)
            fail_msg("%s: %d", cases[i].uri ? cases[i].uri : "absent",
                r.status);
    }
}

/* A store that cannot answer lets nobody through. */
static void
test_store_down(void **state)
{
    (void)state;
    world_tamper(&world, "ALTER TABLE key_secret RENAME TO hidden");
    struct reply a = by_authorizer(GOOD), g = by_gate(GOOD);
    struct reply own = req_get(&world, STANDARD, "/v1/key");
    struct reply c = by_check(GOOD);
    world_tamper(&world, "ALTER TABLE hidden RENAME TO key_secret");
    const struct reply *all[] = { &a, &g, &own, &c };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (all[i]->status != 503)
            fail_msg("face %zu: %d", i, all[i]->status);
        assert_true(str_is(reply_header(all[i], "Retry-After"), "1"));
        assert_false(reply_holds(all[i], STR("key_secret")));
    }
    assert_true(reply_holds(&a, STR("temporarily_unavailable")));
    assert_int_equal(by_authorizer(GOOD).status, 200);
}

static void
test_frozen(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE workspace SET frozen_s = 1 "
                       "WHERE slug = 'team'");
    struct reply a = by_authorizer(GOOD);
    world_exec(&world, "UPDATE workspace SET frozen_s = NULL "
                       "WHERE slug = 'team'");
    assert_int_equal(a.status, 403);
    assert_true(reply_holds(&a, STR("disabled_api_key")));
    assert_int_equal(by_authorizer(GOOD).status, 200);
}

/* ---- GET /v1/key ---- */

static void
test_key_own(void **state)
{
    (void)state;
    struct key_in in = { .spend_limit = 25000000,
        .spend_reset = SPEND_MONTH, .category_scope = 1 };
    in.categories = one("chat");
    struct str text = make(in, "limited");
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/v1/key"));
    ask.bearer = text;
    struct reply r = world_send(&world, &ask);
    assert_int_equal(r.status, 200);
    struct val *d = val_get_cstr(reply_json(&world, &r), "data");
    assert_true(str_is(member_of(d, "name"), "limited"));
    assert_true(str_eq(member_of(d, "prefix"), str_head(text, 8)));
    assert_false(val_get_cstr(d, "disabled")->u.b);
    assert_true(str_is(member_of(d, "created_at"),
        "2026-03-10T12:00:00.000Z"));
    assert_true(str_is(member_of(d, "updated_at"),
        "2026-03-10T12:00:00.000Z"));
    assert_int_equal(val_get_cstr(d, "monthly_usage")->u.i, 0);
    struct val *scopes = val_get_cstr(d, "scopes");
    assert_int_equal(scopes->u.list.n, 1);
    assert_true(str_is(val_text(scopes->u.list.items[0]), "model:chat"));
    struct val *limit = val_get_cstr(d, "limit");
    assert_non_null(limit);
    assert_true(str_is(member_of(limit, "retention"), "month"));
    assert_int_equal(val_get_cstr(limit, "threshold")->u.i, 25);
    /* no limit: no member; all scopes: null */
    r = req_get(&world, STANDARD, "/v1/key");
    d = val_get_cstr(reply_json(&world, &r), "data");
    assert_null(val_get_cstr(d, "limit"));
    assert_int_equal(val_get_cstr(d, "scopes")->type, VAL_NULL);
}

/* A header that is no text names no model; a long one is told up to a whole
 * character, and kept so as well. */
static void
test_model_no_text(void **state)
{
    (void)state;
    char many[302];
    for (size_t i = 0; i < sizeof many; i += 2) {
        many[i] = '\xc3';
        many[i + 1] = '\xa9';
    }
    const struct str models[] = { STR("\xff\xfe"), STR("a\xe2\x80\xae z"),
        { many, sizeof many } };
    for (size_t i = 0; i < COUNT_OF(models); i++) {
        struct ask ask =
            world_ask(&world, NOBODY, "POST", STR("/protected" CHAT));
        ask.authorizer = true;
        ask.bearer = rows[MODEL_OUT].key;
        form_add(world.arena, &ask.extra, STR("HTTP_X_MODEL"), models[i]);
        struct reply r = world_send(&world, &ask);
        assert_int_equal(r.status, 403);
        check_refusal(MODEL_OUT, &r); /* reads the JSON, strictly */
        assert_false(reply_holds(&r, models[i]));
    }
    struct ask ask = world_ask(&world, NOBODY, "POST", STR("/protected" CHAT));
    ask.authorizer = true;
    ask.bearer = make((struct key_in){ .version = 0 }, "long model");
    form_add(world.arena, &ask.extra, STR("HTTP_X_MODEL"),
        arena_fmt(world.arena, "x%.*s", (int)sizeof many, many));
    assert_int_equal(world_send(&world, &ask).status, 200);
    struct cx *cx = worker_shell(&world.worker);
    assert_int_equal(touch_flush(cx), ERR_OK);
    assert_int_equal(world_int(&world, "SELECT length(CAST(used_model AS "
        "BLOB)) FROM api_key WHERE name = 'long model'"), 79);
}

/* A key for some networks is refused from others at every face. */
static void
test_key_own_network(void **state)
{
    (void)state;
    for (int in = 0; in < 2; in++) {
        struct ask ask = world_ask(&world, NOBODY, "GET", STR("/v1/key"));
        ask.bearer = rows[in ? NET_IN : NET_OUT].key;
        ask.address = "192.0.2.7";
        assert_int_equal(world_send(&world, &ask).status, in ? 200 : 403);
    }
}

static void
test_key_own_refused(void **state)
{
    (void)state;
    struct reply r = req_get(&world, NOBODY, "/v1/key");
    assert_int_equal(r.status, 401);
    struct val *v = reply_json(&world, &r);
    assert_true(str_is(member_of(v, "path"), "/v1/key"));
    assert_int_equal(val_get_cstr(v, "statusCode")->u.i, 401);
    assert_int_equal(member_of(v, "requestId").n, 36);
    assert_true(str_is(member_of(v, "timestamp"),
        "2026-03-10T12:00:00.000Z"));
    assert_true(member_of(v, "message").n > 10);
    assert_int_equal(v->u.map.n, 5);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_exec(&world, "UPDATE workspace SET key_max = 1000");
    make_rows();
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
        cmocka_unit_test(test_faces_agree),
        cmocka_unit_test(test_check_agrees),
        cmocka_unit_test(test_check_other_workspace),
        cmocka_unit_test(test_check_address),
        cmocka_unit_test(test_key_in_address),
        cmocka_unit_test(test_gate_path),
        cmocka_unit_test(test_store_down),
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_key_own),
        cmocka_unit_test(test_key_own_refused),
        cmocka_unit_test(test_key_own_network),
        cmocka_unit_test(test_model_no_text),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
