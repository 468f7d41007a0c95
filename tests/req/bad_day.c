/* SPDX-License-Identifier: ISC */
#include "bad_day.h"

#include "core/audit.h"
#include "core/key.h"
#include "core/limit.h"
#include "secret/keytext.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>

#define CHAT "/v1/chat/completions"

enum { ROWS_MOST = 400 };

static struct str keys[BAD_KEYS];
static const char *const key_names[BAD_KEYS] = { "good", "metered", "revoked",
    "expired", "off", "suspended", "kind", "spent", "network", "endpoint",
    "wrong" };
static int64_t version; /* of the database, when it was last as it began */

#define BY(method, path, who) { BY_ROW, method, path, who, BAD_GOOD }
static const struct script scripts[] = {
    { .how = BY_GATE, .key = BAD_GOOD },
    { .how = BY_GATE, .key = BAD_METERED },
    { .how = BY_GATE, .key = BAD_REVOKED },
    { .how = BY_GATE, .key = BAD_EXPIRED },
    { .how = BY_GATE, .key = BAD_OFF },
    { .how = BY_GATE, .key = BAD_SUSPENDED },
    { .how = BY_GATE, .key = BAD_KIND },
    { .how = BY_GATE, .key = BAD_SPENT },
    { .how = BY_GATE, .key = BAD_NETWORK },
    { .how = BY_GATE, .key = BAD_ENDPOINT },
    { .how = BY_GATE, .key = BAD_WRONG },
    { .how = BY_CHECK, .key = BAD_GOOD },
    { .how = BY_CHECK, .key = BAD_METERED },
    { .how = BY_CHECK, .key = BAD_REVOKED },
    { .how = BY_CHECK, .key = BAD_SPENT },
    BY("POST", "/v1/usage", MANAGEMENT),
    BY("POST", "/w/{ws}/keys", OWNER),
    BY("POST", "/w/{ws}/keys/{prefix}/revoke", OWNER),
    BY("POST", "/w/{ws}/keys/{prefix}/rotate", OWNER),
    BY("POST", "/w/{ws}/keys/bulk", OWNER),
    BY("POST", "/v1/keys", MANAGEMENT),
    BY("DELETE", "/v1/keys/{prefix}", MANAGEMENT),
    BY("POST", "/sdk/api-keys", MANAGEMENT),
    BY("POST", "/v2/ai/api-key", MANAGEMENT),
    BY("GET", "/w/{ws}/keys", OWNER),
    BY("GET", "/w/{ws}/usage", OWNER),
    BY("POST", "/w/{ws}/invites", OWNER),
    BY("POST", "/w/{ws}/limits", OWNER),
    BY("POST", "/w/{ws}/webhooks", OWNER),
    BY("POST", "/claim/{token}", NOBODY),
    BY("POST", "/sign-in", NOBODY),
    BY("POST", "/w/{ws}/settings", OWNER),
    BY("GET", "/admin", OPERATOR),
    BY("POST", "/admin/mail/{id}/drop", OPERATOR),
};

/* Written in a transaction of their own, before or beside what is asked for:
 * tries and once-only forms are counted though the rest fails. */
static const char *const aside[] = { "attempt", "sign_in_place", "form_once",
    "api_once", "clock_seen" };

const struct script *
bad_scripts(size_t *n)
{
    *n = COUNT_OF(scripts);
    return scripts;
}

/* ---- the world ---- */

static void
make_keys(struct world *w)
{
    for (enum bad_key i = 0; i < BAD_KEYS; i++)
        keys[i] = world_key(w, OWNER,
            i == BAD_KIND ? KEY_MANAGEMENT : KEY_STANDARD, key_names[i]);
    struct limit made;
    struct limit_form_in in = { .counts = LIMIT_REQUESTS,
        .period = LIMIT_DAY,
        .limit = STR("1000000") };
    struct cx *cx = world_as(w, OWNER);
    world_need(limit_add(cx, str_head(keys[BAD_METERED], 8), &in, &made),
        &cx->err);
    keys[BAD_WRONG] = keytext_make(w->keep, str_head(keys[BAD_WRONG], 8),
        KEYTEXT_STANDARD);
    world_exec(w,
        "UPDATE api_key SET revoked_s = 1 WHERE name = 'revoked';"
        "UPDATE api_key SET expires_s = created_s WHERE name = 'expired';"
        "UPDATE api_key SET disabled_s = created_s WHERE name = 'off';"
        "UPDATE api_key SET suspended_s = created_s WHERE name = 'suspended';"
        "UPDATE api_key SET spend_limit_micro = 0 WHERE name = 'spent';"
        "UPDATE api_key SET all_networks = 0 WHERE name = 'network';"
        "UPDATE api_key SET all_endpoints = 0 WHERE name = 'endpoint'");
}

void
bad_open(struct world *w)
{
    world_open(w);
    world_exec(w, "UPDATE workspace SET key_max = 1000");
    world_furnish(w);
    make_keys(w);
    world_save(w);
    version = world_int(w, "PRAGMA data_version");
}

void
bad_close(struct world *w)
{
    world_close(w);
}

void
bad_begin(struct world *w)
{
    int64_t now = world_int(w, "PRAGMA data_version");
    if (now != version)
        world_restore(w);
    version = now; /* own changes do not change it */
}

/* ---- requests ---- */

static const struct route *
row_of(const struct script *s)
{
    size_t n;
    const struct route *table = routes(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(table[i].path, s->path) == 0 &&
            strcmp(method_name(table[i].method), s->method) == 0)
            return &table[i];
    fail_msg("no row %s %s", s->method, s->path);
    return NULL;
}

const char *
bad_name(struct world *w, const struct script *s)
{
    return s->how == BY_ROW
        ? arena_fmt(w->arena, "%s %s as %s", s->method, s->path,
            who_name(s->who)).p
        : arena_fmt(w->arena, "%s with the key \"%s\"",
            s->how == BY_GATE ? "gate" : "check", key_names[s->key]).p;
}

static struct reply
ask_gate(struct world *w, enum bad_key key)
{
    struct ask ask = { .method = "GET",
        .target = STR("/protected" CHAT),
        .address = "192.0.2.7",
        .bearer = keys[key],
        .authorizer = true };
    return world_send(w, &ask);
}

static struct reply
ask_check(struct world *w, enum bad_key key)
{
    return req_json(w, MANAGEMENT, "POST", "/v1/check",
        arena_fmt(w->arena, "{\"key\":\"%.*s\",\"endpoint\":\"" CHAT "\","
            "\"address\":\"192.0.2.7\",\"model\":\"openai/gpt-5\","
            "\"input_tokens\":1,\"max_output_tokens\":1}",
            STR_ARG(keys[key])).p);
}

struct reply
bad_send(struct world *w, const struct script *s)
{
    if (s->how == BY_GATE)
        return ask_gate(w, s->key);
    if (s->how == BY_CHECK)
        return ask_check(w, s->key);
    struct ask ask = row_ask(w, row_of(s), s->who, OTHERS);
    return world_send(w, &ask);
}

static bool
passes(const struct script *s, const struct reply *r)
{
    return s->how == BY_GATE ? r->status == 200
        : s->how == BY_CHECK &&
            reply_holds(r, STR("\"allowed\":true"));
}

const struct script *
bad_rows(struct world *w, size_t *n)
{
    static struct script all[ROWS_MOST];
    size_t n_routes;
    const struct route *table = routes(&n_routes);
    *n = 0;
    for (size_t i = 0; i < n_routes; i++) {
        struct script s = { BY_ROW, method_name(table[i].method),
            table[i].path, table[i].face == FACE_PAGE ? OWNER : MANAGEMENT,
            BAD_GOOD };
        bad_begin(w);
        if (bad_send(w, &s).status >= 400)
            continue;
        assert_true(*n < ROWS_MOST);
        all[(*n)++] = s;
        world_forget(w);
    }
    return all;
}

/* ---- what changed ---- */

static bool
is_aside(const char *table)
{
    for (size_t i = 0; i < COUNT_OF(aside); i++)
        if (strcmp(aside[i], table) == 0)
            return true;
    return false;
}

static int
rows_except(struct world *w, const char *table, const char *one,
    const char *other)
{
    return (int)world_int(w, arena_fmt(w->arena, "SELECT count(*) FROM "
        "(SELECT * FROM %s.\"%s\" EXCEPT SELECT * FROM %s.\"%s\")", one,
        table, other, table).p);
}

/* Rows that came and went, of each table; false: none at all. */
static bool
compare(struct world *w, int rows[BAD_TABLES][2])
{
    bool any = false;
    int i = 0;
    sqlite3_stmt *st;
    memset(rows, 0, sizeof(int[BAD_TABLES][2]));
    if (world_int(w, "PRAGMA data_version") == version)
        return false;
    assert_int_equal(sqlite3_prepare_v2(w->side, "SELECT name FROM "
        "main.sqlite_schema WHERE type = 'table' AND name NOT LIKE "
        "'sqlite_%' ORDER BY name", -1, &st, NULL), SQLITE_OK);
    for (; sqlite3_step(st) == SQLITE_ROW; i++) {
        const char *table = (const char *)sqlite3_column_text(st, 0);
        assert_true(i < BAD_TABLES);
        if (is_aside(table))
            continue;
        rows[i][0] = rows_except(w, table, "main", "saved");
        rows[i][1] = rows_except(w, table, "saved", "main");
        any |= rows[i][0] || rows[i][1];
    }
    sqlite3_finalize(st);
    return any;
}

void
bad_learn(struct world *w, const struct script *s, struct proper *out)
{
    bad_begin(w);
    struct reply r = bad_send(w, s);
    *out = (struct proper){ .script = s, .status = r.status };
    out->passes = passes(s, &r);
    out->changes = compare(w, out->rows);
    if (r.status >= 500)
        fail_msg("%s: %d without a fault", bad_name(w, s), r.status);
    if (s->how != BY_ROW && out->passes != (s->key <= BAD_METERED))
        fail_msg("%s: %d, %.*s", bad_name(w, s), r.status, STR_ARG(r.body));
}

/* Does the answer say that it is our fault?  /v1/check, and pages on several
 * things at once, say so inside. */
static bool
is_ours(const struct reply *r)
{
    static const char *const words[] = { "temporarily_unavailable",
        "The server is busy.",
        "The disk of the server is full.",
        "Something went wrong on our side." };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (reply_holds(r, str_cstr(words[i])))
            return true;
    return r->status == 503 || r->status == 500 || r->status == 507;
}

const char *
bad_judge(struct world *w, const struct proper *proper, const struct reply *r)
{
    static int rows[BAD_TABLES][2];
    bool changed = compare(w, rows);
    bool ours = is_ours(r);
    if (passes(proper->script, r) && !proper->passes)
        return "the gate let in who may not";
    if (r->status != proper->status && !ours)
        return "another answer, and not that it is our fault";
    if (ours && r->body.n == 0)
        return "an answer without a body";
    if (r->status == 503 && reply_header(r, "Retry-After").n == 0)
        return "503 without Retry-After";
    if (changed && (!proper->changes ||
            memcmp(rows, proper->rows, sizeof rows) != 0))
        return "half of it was done";
    if (!ours && !changed && proper->changes)
        return "said to be done, and is not";
    return NULL;
}

/* ---- the gate, all along and afterwards ---- */

const char *
bad_gate(struct world *w)
{
    for (enum bad_key i = BAD_METERED + 1; i < BAD_KEYS; i++)
        if (ask_gate(w, i).status == 200)
            return key_names[i];
    return NULL;
}

const char *
bad_healed(struct world *w)
{
    bad_begin(w);
    if (ask_gate(w, BAD_GOOD).status != 200)
        return "a good key is refused";
    if (ask_gate(w, BAD_REVOKED).status != 401)
        return "a revoked key is not refused";
    struct reply r = req_post(w, OWNER, "/account/name", STR("name=Olive"));
    return r.status == 303 ? NULL : "nothing can be changed any more";
}

void
bad_whole(struct world *w)
{
    int64_t rows, bad;
    assert_int_equal(world_int(w, "SELECT integrity_check = 'ok' "
        "FROM pragma_integrity_check"), 1);
    assert_int_equal(world_int(w, "SELECT count(*) "
        "FROM pragma_foreign_key_check"), 0);
    struct cx *cx = worker_shell(&w->worker);
    world_need(audit_verify(cx, &rows, &bad), &cx->err);
    assert_int_equal(bad, 0);
}
