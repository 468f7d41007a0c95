/* SPDX-License-Identifier: ISC */
/* The Exoscale family: every operation by both generations of paths, by the
 * key itself and by signature, and what each refuses. */
#include "world.h"

#include "base/buf.h"
#include "base/clock.h"
#include "core/key.h"
#include "http/exo2.h"
#include "secret/mac.h"
#include "secret/signing.h"
#include "text/json.h"

#include <stdio.h>
#include <string.h>

static struct world world;

#define OLD "/v2/ai/ai-api-key"
#define NEW "/v2/ai/api-key"
static const char *const bases[] = { OLD, NEW };

static bool
is_old(const char *base)
{
    return strcmp(base, OLD) == 0;
}

/* ---- asking ---- */

static struct str
std_b64(const uint8_t mac[MAC_BYTES])
{
    char *out = arena_cstr(world.arena, arena_fmt(world.arena, "%.*s=",
        STR_ARG(b64_show(world.arena,
            (struct str){ (const char *)mac, MAC_BYTES }))));
    for (char *c = out; *c; c++)
        *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
    return str_cstr(out);
}

/* The signing secret of a management key. */
static struct str
secret_of(struct str key)
{
    struct cx *cx = world_as(&world, OWNER);
    struct key k;
    assert_int_equal(key_get(cx, str_head(key, KEYTEXT_PREFIX), &k), ERR_OK);
    return arena_dup(world.arena, key_signing(cx, &k, key));
}

struct signing {
    struct str prefix, secret;
    int64_t expires_s;
    const char *args; /* or NULL */
    struct str values;
};

static struct reply
signed_send(const struct signing *s, const char *method, const char *target,
    const char *body)
{
    uint8_t mac[MAC_BYTES];
    struct str path, query;
    struct arena *a = world.arena;
    (void)str_cut(str_cstr(target), '?', &path, &query);
    struct str message = arena_fmt(a, "%s %.*s\n%s\n%.*s\n\n%lld", method,
        STR_ARG(path), body, STR_ARG(s->values), (long long)s->expires_s);
    mac_raw(s->secret, message, mac);
    struct ask ask = world_ask(&world, NOBODY, method, str_cstr(target));
    ask.body = str_cstr(body);
    ask.type = body[0] ? "application/json" : NULL;
    form_add(a, &ask.extra, STR("HTTP_AUTHORIZATION"),
        arena_fmt(a, "EXO2-HMAC-SHA256 credential=%.*s%s%s,expires=%lld,"
            "signature=%.*s", STR_ARG(s->prefix),
            s->args ? ",signed-query-args=" : "", s->args ? s->args : "",
            (long long)s->expires_s, STR_ARG(std_b64(mac))));
    return world_send(&world, &ask);
}

static struct signing
own_signing(void)
{
    return (struct signing){ .prefix = world.prefix[MANAGEMENT],
        .secret = secret_of(world.key[MANAGEMENT]),
        .expires_s = WORLD_NOW + 600 };
}

static bool by_signature;

/* As the management key of the team, in the way that is tested. */
static struct reply
send(const char *method, const char *target, const char *body)
{
    struct signing s = own_signing();
    if (by_signature)
        return signed_send(&s, method, target, body ? body : "");
    struct ask ask = world_ask(&world, MANAGEMENT, method, str_cstr(target));
    ask.body = str_cstr(body);
    ask.type = body ? "application/json" : NULL;
    return world_send(&world, &ask);
}

static const char *
path(const char *base, struct str id, const char *rest)
{
    return arena_cstr(world.arena,
        arena_fmt(world.arena, "%s/%.*s%s", base, STR_ARG(id), rest));
}

/* ---- expecting ---- */

static struct str
member(const struct val *v, const char *name)
{
    const struct val *m = val_get_cstr(v, name);
    if (!m || m->type != VAL_STR)
        fail_msg("%s is missing", name);
    return m->u.s;
}

static void
expect_members(const struct val *v, const char *const *names)
{
    size_t n = 0;
    for (; names[n]; n++)
        if (!val_get_cstr(v, names[n]))
            fail_msg("%s is missing", names[n]);
    assert_int_equal(v->u.map.n, n);
}

static struct val *
expect_json(const struct reply *r, int status)
{
    if (r->status != status)
        fail_msg("%d instead of %d: %.*s", r->status, status,
            STR_ARG(r->body));
    assert_true(str_starts(reply_header(r, "Content-Type"),
        STR("application/json")));
    return reply_json(&world, r);
}

/* The family's error: a problem document, or of old 403 its own shape. */
static struct val *
expect_error(const char *base, const struct reply *r, int status)
{
    struct val *v = expect_json(r, status);
    if (is_old(base) && status == 403) {
        expect_members(v, (const char *const[]){ "code", "error", NULL });
        assert_true(str_is(member(v, "code"), "forbidden_operation"));
        assert_true(member(v, "error").n > 0);
        return v;
    }
    assert_true(member(v, "type").n && member(v, "title").n &&
        member(v, "detail").n);
    assert_int_equal(val_get_cstr(v, "status")->u.i, status);
    if (!is_old(base))
        expect_members(v, (const char *const[]){ "type", "title", "status",
            "detail", NULL });
    return v;
}

#define META "id", "name", "scope", "org-uuid", "created-at", "updated-at"

static void
expect_meta(const struct val *v, const char *name, struct str scope)
{
    assert_int_equal(member(v, "id").n, 36);
    assert_int_equal(member(v, "org-uuid").n, 36);
    assert_true(str_is(member(v, "name"), name));
    assert_true(str_eq(member(v, "scope"), scope));
    assert_true(str_is(member(v, "created-at"), "2026-03-10T12:00:00Z"));
    assert_int_equal(member(v, "updated-at").n, 20);
}

static struct val *
created(const char *base, const char *name)
{
    struct reply r = send("POST", base, arena_cstr(world.arena,
        arena_fmt(world.arena, "{\"name\":\"%s\",\"scope\":\"public\"}",
            name)));
    return expect_json(&r, 200);
}

static int
check_status(struct str key)
{
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/gate"));
    ask.bearer = key;
    return world_send(&world, &ask).status;
}

static int
fresh(void **state)
{
    (void)state;
    world_forget(&world);
    world_restore(&world);
    clock_fix(WORLD_NOW * 1000);
    by_signature = false;
    return 0;
}
#define TEST(name) cmocka_unit_test_setup(name, fresh)

/* ---- the operations ---- */

static void
life(const char *base)
{
    static const char *const meta[] = { META, NULL };
    static const char *const with_value[] = { META, "value", NULL };
    struct val *v = created(base, "prod key");
    expect_members(v, with_value);
    expect_meta(v, "prod key", STR("public"));
    struct str id = member(v, "id"), value = member(v, "value");
    assert_int_equal(check_status(value), 204);

    struct reply r = send("GET", path(base, id, ""), NULL);
    v = expect_json(&r, 200);
    expect_members(v, meta);
    expect_meta(v, "prod key", STR("public"));

    r = send("GET", base, NULL);
    v = expect_json(&r, 200);
    const struct val *list = val_get_cstr(v, "ai-api-keys");
    assert_int_equal(v->u.map.n, 1);
    assert_true(list && list->u.list.n > 1);
    const struct val *last = list->u.list.items[list->u.list.n - 1];
    assert_true(str_eq(member(last, "id"), id)); /* oldest first */
    expect_members(last, meta);
    for (size_t i = 0; i < list->u.list.n; i++) /* no management keys */
        assert_false(str_is(member(list->u.list.items[i], "name"),
            "management"));

    clock_fix((WORLD_NOW + 60) * 1000);
    r = send("PATCH", path(base, id, ""), arena_cstr(world.arena,
        arena_fmt(world.arena, "{\"scope\":\"%.*s\"}",
            STR_ARG(world.deployment))));
    v = expect_json(&r, 200);
    expect_members(v, meta);
    expect_meta(v, "prod key", world.deployment);
    assert_true(str_is(member(v, "updated-at"), "2026-03-10T12:01:00Z"));
    r = send("PATCH", path(base, id, ""), "{\"name\":\"other\"}");
    v = expect_json(&r, 200);
    expect_meta(v, "other", world.deployment);
    r = send("GET", base, NULL); /* the list names the deployment too */
    assert_true(reply_holds(&r, world.deployment));

    r = send("POST", path(base, id, "/rotate"), NULL);
    v = expect_json(&r, 200);
    expect_members(v, is_old(base) ? with_value
                                   : (const char *const[]){ "value", NULL });
    assert_false(str_eq(member(v, "value"), value));
    assert_int_equal(check_status(value), 401);
    assert_int_equal(check_status(member(v, "value")), 403); /* deployment */
    value = member(v, "value");

    r = send("DELETE", path(base, id, ""), NULL);
    v = expect_json(&r, 200);
    if (is_old(base)) {
        assert_int_equal(v->u.map.n, 1);
        assert_true(val_get_cstr(v, "deleted")->u.b);
    } else {
        assert_true(str_is(member(v, "state"), "success"));
        assert_int_equal(member(v, "id").n, 36);
        assert_true(str_eq(member(val_get_cstr(v, "reference"), "id"), id));
    }
    assert_int_equal(check_status(value), 401);
    r = send("GET", path(base, id, ""), NULL);
    (void)expect_error(base, &r, 404);
    r = send("DELETE", path(base, id, ""), NULL);
    (void)expect_error(base, &r, 404);
}

static void
test_life(void **state)
{
    for (int way = 0; way < 2; way++)
        for (size_t i = 0; i < COUNT_OF(bases); i++) {
            (void)fresh(state);
            by_signature = way == 1;
            life(bases[i]);
        }
}

static void
test_reveal(void **state)
{
    (void)state;
    struct val *v = created(NEW, "k");
    struct reply r = send("GET", path(NEW, member(v, "id"), "/reveal"), NULL);
    struct val *e = expect_error(NEW, &r, 403);
    assert_true(str_starts(member(e, "detail"), STR("A key is shown once")));
    assert_false(reply_holds(&r, member(v, "value")));
    r = send("GET", NEW "/11111111-1111-1111-1111-111111111111/reveal", NULL);
    (void)expect_error(NEW, &r, 404);
}

#define JSON "application/json"
static void
test_bad_input(void **state)
{
    static const struct {
        const char *method, *body, *type;
        int status;
    } rows[] = {
        { "POST", NULL, NULL, 400 },
        { "POST", "{}", JSON, 400 },
        { "POST", "{\"name\":\"a\"}", JSON, 400 },
        { "POST", "{\"name\":\"\",\"scope\":\"public\"}", JSON, 400 },
        { "POST", "{\"name\":null,\"scope\":\"public\"}", JSON, 400 },
        { "POST", "{\"name\":\"a\",\"scope\":\"all\"}", JSON, 400 },
        { "POST", "{\"name\":\"a\",\"scope\":"
            "\"11111111-1111-1111-1111-111111111111\"}", JSON, 400 },
        { "POST", "{\"name\":\"a\",\"scope\":\"public\",\"kind\":"
            "\"management\"}", JSON, 400 },
        { "POST", "{\"name\":\"a\",\"name\":\"b\",\"scope\":\"public\"}",
            JSON, 400 },
        { "POST", "{\"name\":\"taken\",\"scope\":\"public\"}", JSON, 400 },
        { "POST", "{\"name\":\"a\",\"scope\":\"public\"", JSON, 400 },
        { "POST", "{\"name\":\"a\",\"scope\":\"public\"}", "text/plain",
            400 },
        { "PATCH", NULL, NULL, 400 },
        { "PATCH", "{}", JSON, 400 },
        { "PATCH", "{\"disabled\":true}", JSON, 400 },
        { "PATCH", "{\"name\":\"taken\"}", JSON, 400 },
    };
    (void)state;
    (void)created(NEW, "taken");
    struct str id = member(created(NEW, "mine"), "id");
    uint64_t before = world_sum(&world);
    for (size_t b = 0; b < COUNT_OF(bases); b++)
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            bool patch = strcmp(rows[i].method, "PATCH") == 0;
            struct ask ask = world_ask(&world, MANAGEMENT, rows[i].method,
                str_cstr(patch ? path(bases[b], id, "") : bases[b]));
            ask.body = str_cstr(rows[i].body);
            ask.type = rows[i].type;
            struct reply r = world_send(&world, &ask);
            if (r.status != rows[i].status)
                fail_msg("%s row %zu: %d: %.*s", bases[b], i, r.status,
                    STR_ARG(r.body));
            (void)expect_error(bases[b], &r, rows[i].status);
        }
    assert_true(world_sum(&world) == before);
}

/* The later generation bounds names; the older one says where it is wrong. */
static void
test_names(void **state)
{
    static const char *const wrong[] = { "-a", "a-", "a!b",
        "caf\xc3\xa9", "a.b",
        "012345678901234567890123456789012345678901234567890" };
    static const char *const right[] = { "a", "A b_c'd(e)-f9", "7",
        "01234567890123456789012345678901234567890123456789" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct str body = arena_fmt(world.arena,
            "{\"name\":\"%s\",\"scope\":\"public\"}", wrong[i]);
        struct reply r = send("POST", NEW, arena_cstr(world.arena, body));
        (void)expect_error(NEW, &r, 400);
    }
    world_exec(&world, "UPDATE workspace SET key_max = 100");
    for (size_t i = 0; i < COUNT_OF(right); i++)
        (void)created(NEW, right[i]);
    (void)created(OLD, "caf\xc3\xa9!");
    struct reply r = send("POST", OLD, "{\"name\":\"x\",\"scope\":\"y\"}");
    struct val *v = expect_error(OLD, &r, 400);
    const struct val *errors = val_get_cstr(v, "errors");
    assert_int_equal(errors->u.list.n, 1);
    assert_true(str_is(member(errors->u.list.items[0], "location"),
        "$['scope']"));
}

static void
test_not_there(void **state)
{
    static const char *const rests[] = { "GET", "PATCH", "DELETE", "POST" };
    (void)state;
    struct cx *cx = world_as(&world, OWNER);
    struct key m, other;
    assert_int_equal(key_get(cx, world.prefix[MANAGEMENT], &m), ERR_OK);
    struct str management = arena_dup(world.arena, m.uuid);
    struct cx *far = world_as(&world, STRANGER);
    assert_int_equal(key_get(far, str_head(world.stranger_key, 8), &other),
        ERR_OK);
    struct str ids[] = { management, arena_dup(world.arena, other.uuid),
        STR("11111111-1111-1111-1111-111111111111"), STR("nonsense"),
        world.prefix[OWNER] };
    uint64_t before = world_sum(&world);
    for (size_t b = 0; b < COUNT_OF(bases); b++)
        for (size_t i = 0; i < COUNT_OF(ids); i++)
            for (size_t k = 0; k < COUNT_OF(rests); k++) {
                bool post = strcmp(rests[k], "POST") == 0;
                struct reply r = send(rests[k],
                    path(bases[b], ids[i], post ? "/rotate" : ""),
                    strcmp(rests[k], "PATCH") ? NULL : "{\"name\":\"x\"}");
                (void)expect_error(bases[b], &r, 404);
            }
    assert_true(world_sum(&world) == before);
}

/* Nobody but a management key; and never the key in the address. */
static void
test_who(void **state)
{
    static const enum who others[] = { NOBODY, OWNER, STANDARD, ADMIN_KEY,
        MEMBER };
    (void)state;
    uint64_t before = world_sum(&world);
    for (size_t b = 0; b < COUNT_OF(bases); b++) {
        for (size_t i = 0; i < COUNT_OF(others); i++) {
            struct ask ask = world_ask(&world, others[i], "POST",
                str_cstr(bases[b]));
            if (others[i] == MEMBER)
                ask.bearer = STR("not a key");
            ask.body = STR("{\"name\":\"a\",\"scope\":\"public\"}");
            ask.type = "application/json";
            struct reply r = world_send(&world, &ask);
            (void)expect_error(bases[b], &r, 403);
        }
        struct reply r = send("GET",
            arena_cstr(world.arena, arena_fmt(world.arena, "%s?key=%.*s",
                bases[b], STR_ARG(world.key[MANAGEMENT]))), NULL);
        (void)expect_error(bases[b], &r, 400);
    }
    assert_true(world_sum(&world) == before);
}

static void
test_too_many(void **state)
{
    (void)state;
    world_exec(&world, "UPDATE workspace SET key_max = 1");
    for (size_t b = 0; b < COUNT_OF(bases); b++) {
        struct reply r = send("POST", bases[b],
            "{\"name\":\"a\",\"scope\":\"public\"}");
        (void)expect_error(bases[b], &r, 400);
        assert_true(reply_holds(&r, STR("Revoke one")));
    }
}

/* ---- signatures ---- */

static void
accepted(const struct signing *s, const char *method, const char *target)
{
    struct reply r = signed_send(s, method, target, "");
    assert_int_equal(r.status, 200);
}

static void
refused(const struct signing *s, const char *method, const char *target)
{
    struct reply r = signed_send(s, method, target, "");
    (void)expect_error(OLD, &r, 403);
}

static void
test_expiry(void **state)
{
    (void)state;
    struct signing s = own_signing();
    accepted(&s, "GET", OLD);
    clock_fix((s.expires_s - 1) * 1000);
    accepted(&s, "GET", OLD); /* again, while it lasts */
    clock_fix(s.expires_s * 1000); /* the same bytes, later */
    refused(&s, "GET", OLD);
    clock_fix(WORLD_NOW * 1000);
    s.expires_s = WORLD_NOW + EXO2_AHEAD_MOST_S;
    accepted(&s, "GET", OLD);
    s.expires_s++;
    refused(&s, "GET", OLD);
    s.expires_s = WORLD_NOW - 1;
    refused(&s, "GET", OLD);
}

static void
test_signed_query(void **state)
{
    (void)state;
    struct signing s = own_signing();
    s.args = "a;b";
    s.values = STR("one/two");
    accepted(&s, "GET", OLD "?b=%2Ftwo&a=one");
    refused(&s, "GET", OLD "?b=%2Ftwo&a=onf");
    refused(&s, "GET", OLD "?b=%2Ftwo&a=one&c=1");
    refused(&s, "GET", OLD);
    s.args = NULL;
    s.values = STR("");
    refused(&s, "GET", OLD "?c=1");
    accepted(&s, "GET", OLD "?c=&d=1&d=2");
}

/* The body is signed as it is on the wire. */
static void
test_altered_body(void **state)
{
    (void)state;
    struct signing s = own_signing();
    const char *target = OLD;
    const char *body = "{\"name\":\"a\", \"scope\":\"public\"}";
    uint8_t mac[MAC_BYTES];
    struct arena *a = world.arena;
    mac_raw(s.secret, arena_fmt(a, "POST %s\n%s\n\n\n%lld", target, body,
        (long long)s.expires_s), mac);
    uint64_t before = world_sum(&world);
    for (int i = 0; i < 2; i++) {
        struct ask ask = world_ask(&world, NOBODY, "POST", str_cstr(target));
        ask.body = i ? str_cstr(body)
                     : STR("{\"name\":\"b\", \"scope\":\"public\"}");
        ask.type = "application/json";
        form_add(a, &ask.extra, STR("HTTP_AUTHORIZATION"), arena_fmt(a,
            "EXO2-HMAC-SHA256 credential=%.*s,expires=%lld,signature=%.*s",
            STR_ARG(s.prefix), (long long)s.expires_s,
            STR_ARG(std_b64(mac))));
        struct reply r = world_send(&world, &ask);
        assert_int_equal(r.status, i ? 200 : 403);
        assert_true((world_sum(&world) == before) == (i == 0));
    }
}

/* Whose signature: only management keys sign, and nobody for another. */
static void
test_credentials(void **state)
{
    (void)state;
    static const enum who kinds[] = { STANDARD, ADMIN_KEY };
    struct signing s = own_signing();
    struct str secret = s.secret;
    s.prefix = STR("zzzzzzzz");
    refused(&s, "GET", OLD);
    s.prefix = str_head(world.key[MANAGEMENT], 51);
    refused(&s, "GET", OLD); /* the whole key is no credential */
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct cx *cx = world_as(&world, OWNER);
        struct key k;
        uint8_t hash[KEYTEXT_HASH];
        assert_int_equal(key_get(cx, world.prefix[kinds[i]], &k), ERR_OK);
        assert_int_equal(key_signing(cx, &k, world.key[kinds[i]]).n, 0);
        keytext_hash(world.key[kinds[i]], hash);
        s.prefix = arena_dup(world.arena, k.prefix);
        s.secret = signing_secret(world.arena, world.app.secrets, k.uuid,
            hash); /* what it would be */
        refused(&s, "GET", OLD);
        s.secret = secret;
        refused(&s, "GET", OLD);
    }
    /* the key itself is no signing secret */
    s = own_signing();
    s.secret = world.key[MANAGEMENT];
    refused(&s, "GET", OLD);
    /* another management key */
    struct str key = world_key(&world, OWNER, KEY_MANAGEMENT, "second");
    s.secret = secret_of(key);
    refused(&s, "GET", OLD);
    s.prefix = str_head(key, KEYTEXT_PREFIX);
    accepted(&s, "GET", OLD);
    /* a row that was moved to another workspace opens nothing */
    world_exec(&world, arena_cstr(world.arena, arena_fmt(world.arena,
        "UPDATE api_key SET workspace_id = (SELECT id FROM workspace WHERE "
        "slug = 'strangers') WHERE prefix = '%.*s'", STR_ARG(s.prefix))));
    refused(&s, "GET", OLD);
}

/* During a rotation the old one signs until its key ends. */
static void
test_rotation(void **state)
{
    (void)state;
    struct signing old = own_signing();
    struct cx *cx = world_as(&world, OWNER);
    struct rotate_in in = { .overlap = KEY_OVERLAP_HOUR };
    struct str text;
    struct key k;
    assert_int_equal(key_rotate(cx, world.prefix[MANAGEMENT], &in, &text, &k),
        ERR_OK);
    struct signing now = old;
    now.secret = arena_dup(world.arena, key_signing(cx, &k, text));
    assert_false(str_eq(now.secret, old.secret));
    accepted(&now, "GET", OLD);
    accepted(&old, "GET", OLD);
    clock_fix((WORLD_NOW + 3600) * 1000);
    now.expires_s = old.expires_s = WORLD_NOW + 3600 + 60;
    accepted(&now, "GET", OLD);
    refused(&old, "GET", OLD);
}

static void
test_ended(void **state)
{
    static const char *const ends[] = {
        "UPDATE api_key SET revoked_s = 1 WHERE prefix = '%.*s'",
        "UPDATE api_key SET disabled_s = 1 WHERE prefix = '%.*s'",
        "UPDATE api_key SET suspended_s = 1 WHERE prefix = '%.*s'",
        "UPDATE api_key SET expires_s = 1 WHERE prefix = '%.*s'",
        "UPDATE api_key SET all_networks = 0 WHERE prefix = '%.*s'",
    };
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        (void)fresh(state);
        struct signing s = own_signing();
        accepted(&s, "GET", OLD);
        struct buf b;
        buf_init(&b, world.arena, BUF_MAX_FIELD);
        const char *at = strstr(ends[i], "'%.*s'");
        buf_add(&b, ends[i], (size_t)(at - ends[i]));
        buf_fmt(&b, "'%.*s'", STR_ARG(world.prefix[MANAGEMENT]));
        world_exec(&world, arena_cstr(world.arena, buf_view(&b)));
        refused(&s, "GET", OLD);
    }
}

/* Only this family reads signatures. */
static void
test_elsewhere(void **state)
{
    (void)state;
    struct signing s = own_signing();
    assert_int_equal(signed_send(&s, "POST", "/v1/usage", "{}").status, 401);
    assert_int_equal(signed_send(&s, "GET", "/v1/key", "").status, 401);
    assert_int_equal(signed_send(&s, "GET", "/gate", "").status, 401);
}

/* Every change is in the log under the key that made it. */
static void
test_audit(void **state)
{
    (void)state;
    by_signature = true;
    struct str id = member(created(NEW, "k"), "id");
    (void)send("PATCH", path(NEW, id, ""), "{\"name\":\"l\"}");
    (void)send("POST", path(NEW, id, "/rotate"), NULL);
    (void)send("DELETE", path(NEW, id, ""), NULL);
    assert_int_equal(world_int(&world, arena_cstr(world.arena,
        arena_fmt(world.arena, "SELECT count(DISTINCT action) FROM audit "
            "WHERE actor_kind = 'key' AND actor_id = '%.*s' AND action IN "
            "('key.create','key.edit','key.rotate','key.revoke')",
            STR_ARG(world.prefix[MANAGEMENT])))), 4);
}

/* The page that shows a management key shows its signing secret, once. */
static void
test_console(void **state)
{
    (void)state;
    struct signing s = own_signing();
    struct reply r = req_post(&world, OWNER, arena_cstr(world.arena,
        arena_fmt(world.arena, "/w/team/management-keys/%.*s/rotate",
            STR_ARG(s.prefix))), arena_fmt(world.arena,
            "once=abcdefghijkl&overlap=none"));
    assert_int_equal(r.status, 200);
    size_t at = 0;
    static const struct str mark = STR_INIT("id=\"signing\" data-secret>");
    while (at < r.body.n && !str_starts(str_from(r.body, at), mark))
        at++;
    s.secret = str_head(str_from(r.body, at + mark.n), SIGNING_CHARS);
    assert_int_equal(s.secret.n, SIGNING_CHARS);
    accepted(&s, "GET", NEW);
    r = req_get(&world, OWNER, arena_cstr(world.arena,
        arena_fmt(world.arena, "/w/team/management-keys/%.*s",
            STR_ARG(s.prefix))));
    assert_int_equal(r.status, 200);
    assert_false(reply_holds(&r, s.secret));
    r = req_post(&world, OWNER, arena_cstr(world.arena,
        arena_fmt(world.arena, "/w/team/keys/%.*s/rotate",
            STR_ARG(world.prefix[OWNER]))),
        STR("once=mnopqrstuvwx&overlap=none"));
    assert_int_equal(r.status, 200);
    assert_false(reply_holds(&r, STR("Signing secret")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_life),
        TEST(test_reveal),
        TEST(test_bad_input),
        TEST(test_names),
        TEST(test_not_there),
        TEST(test_who),
        TEST(test_too_many),
        TEST(test_expiry),
        TEST(test_signed_query),
        TEST(test_altered_body),
        TEST(test_credentials),
        TEST(test_rotation),
        TEST(test_ended),
        TEST(test_elsewhere),
        TEST(test_audit),
        TEST(test_console),
    };
    world_open(&world);
    world_save(&world);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_close(&world);
    return failed;
}
