/* SPDX-License-Identifier: ISC */
/* Rows of the table of routes made into requests, and what their ids name. */
#include "world.h"

#include "core/account.h"
#include "core/catalog.h"
#include "core/factor.h"
#include "core/invite.h"
#include "core/key.h"
#include "core/limit.h"
#include "core/member.h"
#include "core/reset.h"
#include "core/service.h"
#include "core/session.h"
#include "core/webhook.h"
#include "core/workspace.h"
#include "text/form.h"
#include "text/json.h"
#include "web/web.h"

#include <inttypes.h>
#include <string.h>

#define NO_ID "00000000-0000-7000-8000-000000000000"

/* ---- something of everything ---- */

static void
add_limit(struct world *w, enum who who, struct str prefix, struct str *id)
{
    struct limit made;
    struct limit_form_in in = { .counts = LIMIT_MONEY,
        .period = LIMIT_MONTH,
        .limit = STR("1000") };
    struct cx *cx = world_as(w, who);
    world_need(limit_add(cx, prefix, &in, &made), &cx->err);
    *id = arena_fmt(w->keep, "%" PRId64, made.id);
}

/* The token at the end of a link. */
static struct str
last_part(struct str link)
{
    while (str_find(link, '/') < link.n)
        link = str_from(link, str_find(link, '/') + 1);
    return link;
}

static void
add_invite(struct world *w, enum who who, struct str email,
    struct things *things)
{
    struct invite_in in = { .email = email, .once = STR("furnish") };
    struct invite v;
    struct str link;
    struct cx *cx = world_as(w, who);
    world_need(invite_create(cx, &in, &v, &link), &cx->err);
    things->invite = arena_dup(w->keep, v.uuid);
    things->token = arena_dup(w->keep, last_part(link));
}

static void
add_service(struct world *w, enum who who, struct things *things)
{
    struct service_in in = { .name = STR("Robot") };
    struct service_account *all;
    size_t n;
    struct cx *cx = world_as(w, who);
    world_need(service_add(cx, &in), &cx->err);
    cx = world_as(w, who);
    world_need(service_page(cx, &all, &n), &cx->err);
    things->service = arena_dup(w->keep, all[0].uuid);
}

/* Somebody joins, gets a key, and is gone again. */
static void
add_left(struct world *w, enum who who, struct str email,
    struct things *things)
{
    struct fate_in later = { .fate = FATE_LATER };
    struct key_in in = { .name = STR("left behind"),
        .expiry = KEY_EXPIRY_NONE };
    struct user u;
    struct str text;
    struct key k;
    struct cx *cx = worker_shell(&w->worker);
    world_need(user_add(cx, email, STR("Leo Left"), STR(WORLD_PASSWORD), &u),
        &cx->err);
    things->left = arena_dup(w->keep, u.uuid);
    u.email = email;
    u.uuid = things->left;
    struct workspace ws = world_as(w, who)->ws;
    cx = worker_shell(&w->worker);
    world_need(workspace_enter_id(cx, ws.id), &cx->err);
    world_need(member_add(cx, &u, ROLE_MEMBER), &cx->err);
    cx = world_as(w, who);
    in.owner = arena_fmt(w->keep, "user:%.*s", STR_ARG(things->left));
    in.set.present = (uint64_t)1 << field_index(key_fields, STR("owner"));
    world_need(key_create(cx, KEY_STANDARD, &in, &text, &k), &cx->err);
    things->left_prefix = arena_dup(w->keep, k.prefix);
    cx = world_as(w, who);
    world_need(member_remove(cx, things->left, &later), &cx->err);
}

static void
add_catalog(struct world *w, enum who who, struct things *things)
{
    struct deployment d;
    struct ai_model m;
    struct deployment_in d_in = { .name = STR("theirs"),
        .base_url = STR("https://up.example/v1") };
    struct model_in m_in = { .name = STR("theirs/gpt-5"),
        .category = STR("chat"),
        .input_price = 1000000,
        .output_price = 2000000 };
    struct cx *cx = world_as(w, who);
    world_need(deployment_add(cx, &d_in, &d), &cx->err);
    things->deployment = arena_dup(w->keep, d.uuid);
    cx = world_as(w, who);
    world_need(model_add(cx, &m_in, &m), &cx->err);
    things->model = arena_dup(w->keep, m.uuid);
}

/* A link to set another password, and codes that wait for the first one. */
static void
add_ways_in(struct world *w, enum who who, struct things *things)
{
    struct str link;
    struct cx *cx = world_as(w, who);
    world_need(factor_begin(cx), &cx->err);
    cx = worker_shell(&w->worker);
    world_need(reset_link(cx, who_email(who), &link), &cx->err);
    things->reset = arena_dup(w->keep, last_part(link));
}

/* A webhook, and a message for it that was given up. */
static void
add_webhook(struct world *w, enum who who, struct things *things)
{
    struct str events[] = { STR("key.leaked") };
    struct webhook_in in = { .once = STR("furnish"),
        .url = STR("https://hook.example/"),
        .events = { events, COUNT_OF(events) } };
    struct webhook hook;
    struct outbox_line *lines;
    struct str secret;
    size_t n;
    bool more;
    struct cx *cx = world_as(w, who);
    world_need(webhook_create(cx, &in, &hook, &secret), &cx->err);
    things->webhook = arena_dup(w->keep, hook.uuid);
    cx = world_as(w, who);
    world_need(webhook_test(cx, things->webhook), &cx->err);
    cx = world_as(w, who);
    world_need(webhook_log(cx, &hook, 0, &lines, &n, &more), &cx->err);
    things->message = arena_dup(w->keep, lines[0].message.uuid);
    world_exec(w, "UPDATE outbox SET state = 'given_up', tries = 1");
}

/* A key that waits for its holder. */
static void
add_claim(struct world *w, enum who who, struct things *things)
{
    struct key_in in = { .name = STR("for its holder"),
        .expiry = KEY_EXPIRY_NONE, .claim = KEY_CLAIM_3_DAYS };
    struct str link;
    struct key k;
    struct cx *cx = world_as(w, who);
    world_need(key_create(cx, KEY_STANDARD, &in, &link, &k), &cx->err);
    things->claim = arena_dup(w->keep, last_part(link));
    things->claim_prefix = arena_dup(w->keep, k.prefix);
}

/* A second secret for a week: what ends and undoes rotations has some. */
static void
rotate(struct world *w, enum who who, struct str prefix)
{
    struct rotate_in in = { .overlap = KEY_OVERLAP_WEEK };
    struct str text;
    struct key k;
    struct cx *cx = world_as(w, who);
    world_need(key_rotate(cx, prefix, &in, &text, &k), &cx->err);
}

static void
rotate_all(struct world *w)
{
    static const enum who owners[] = { OWNER, ADMIN, MEMBER, MANAGEMENT,
        ADMIN_KEY };
    for (size_t i = 0; i < COUNT_OF(owners); i++)
        rotate(w, OWNER, w->prefix[owners[i]]);
    for (enum key_kind kind = KEY_STANDARD; kind <= KEY_ADMIN; kind++)
        rotate(w, STRANGER, w->strange.prefix[kind]);
    /* bodies of edits carry the version of a new key */
    world_exec(w, "UPDATE api_key SET version = 1");
}

static struct str
uuid_of_key(struct world *w, enum who who, struct str prefix)
{
    struct key k;
    struct cx *cx = world_as(w, who);
    world_need(key_get(cx, prefix, &k), &cx->err);
    return arena_dup(w->keep, k.uuid);
}

void
world_furnish(struct world *w)
{
    static const char *const names[] = { "theirs", "theirs, management",
        "theirs, admin" };
    struct things *t = &w->team, *s = &w->strange;
    t->model = w->model;
    t->deployment = w->deployment;
    t->key = uuid_of_key(w, OWNER, w->prefix[STANDARD]);
    add_catalog(w, STRANGER, s);
    for (enum key_kind kind = KEY_STANDARD; kind <= KEY_ADMIN; kind++)
        s->prefix[kind] =
            str_head(world_key(w, STRANGER, kind, names[kind]), 8);
    s->key = uuid_of_key(w, STRANGER, s->prefix[KEY_STANDARD]);
    add_limit(w, OWNER, STR(""), &t->limit);
    add_limit(w, OWNER, w->prefix[OWNER], &t->key_limit);
    add_limit(w, STRANGER, STR(""), &s->limit);
    add_limit(w, STRANGER, s->prefix[KEY_STANDARD], &s->key_limit);
    add_invite(w, OWNER, STR("nina@new.example"), t);
    add_invite(w, STRANGER, STR("nils@new.example"), s);
    add_service(w, OWNER, t);
    add_service(w, STRANGER, s);
    add_ways_in(w, OWNER, t);
    add_ways_in(w, STRANGER, s);
    add_webhook(w, OWNER, t);
    add_webhook(w, STRANGER, s);
    rotate_all(w);
    add_claim(w, OWNER, t);
    add_claim(w, STRANGER, s);
    add_left(w, OWNER, STR("leo@left.example"), t);
    add_left(w, STRANGER, STR("lea@left.example"), s);
    world_forget(w);
}

/* ---- paths ---- */

static struct str
prefix_of_row(struct world *w, const struct route *row, enum who who,
    enum whose whose)
{
    enum key_kind kind = strstr(row->path, "/management-keys") ? KEY_MANAGEMENT
        : strstr(row->path, "/admin-keys")                     ? KEY_ADMIN
                                                               : KEY_STANDARD;
    static const enum who made[] = { [KEY_MANAGEMENT] = MANAGEMENT,
        [KEY_ADMIN] = ADMIN_KEY };
    const struct things *t = whose == FOREIGN ? &w->strange : &w->team;
    if (strstr(row->path, "/{prefix}/claim") && t->claim_prefix.n)
        return t->claim_prefix;
    if (whose == FOREIGN)
        return w->strange.prefix[kind];
    if (kind != KEY_STANDARD)
        return w->prefix[made[kind]];
    return w->prefix[whose == OWN ? who : OWNER];
}

/* Their session, whether or not they are in a workspace. */
static const struct actor *
actor_of(struct world *w, enum who who)
{
    bool expired;
    struct cx *cx = world_as(w, NOBODY);
    world_need(session_open(cx, w->session[who], &expired), &cx->err);
    return &cx->actor;
}

static struct str
session_uuid(struct world *w, enum who who)
{
    return arena_dup(w->arena, actor_of(w, who)->session.uuid);
}

static struct str
user_uuid(struct world *w, enum who who)
{
    struct user u;
    struct cx *cx = worker_shell(&w->worker);
    world_need(user_by_email(cx, who_email(who), &u), &cx->err);
    return arena_dup(w->arena, u.uuid);
}

/* What stands for {id} of a row. */
static struct str
id_value(struct world *w, const struct route *row, enum who who,
    enum whose whose)
{
    const struct things *t = whose == FOREIGN ? &w->strange : &w->team;
    const struct {
        const char *part; /* of the path; the first that fits */
        struct str id;
    } ids[] = {
        { "/models/", t->model },
        { "/deployments/", t->deployment },
        { "/members/{id}/keys", t->left },
        { "/invites/", t->invite },
        { "/service-accounts/{id}", t->service },
        { "/keys/{prefix}/limits/", t->key_limit },
        { "/limits/", t->limit },
        { "/webhooks/", t->webhook },
        { "/alerts/", t->message },
        { "/admin/mail/", t->message },
        { "/ai/", t->key },
        { "/sdk/api-keys/", t->key },
    };
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        if (strstr(row->path, ids[i].part))
            return ids[i].id.n ? ids[i].id : STR(NO_ID);
    if (strstr(row->path, "/members/") ||
        strstr(row->path, "/admin/users/"))
        return user_uuid(w, whose == FOREIGN ? STRANGER
                : whose == OWN               ? who
                                             : MEMBER);
    if (strstr(row->path, "/sessions/"))
        return session_uuid(w, whose == FOREIGN            ? STRANGER
                : world_is_person(who) && who != DISABLED ? who
                                                           : OWNER);
    return STR(NO_ID);
}

enum who
row_doer(const struct route *row)
{
    return row->knock == KNOCK_ANYONE ? NOBODY
        : row->knock == KNOCK_OPERATOR ? OPERATOR
                                       : OWNER;
}

static struct str
path_value(struct world *w, const struct route *row, struct str name,
    enum who who, enum whose whose)
{
    struct val *assets = assets_view(w->app.assets, w->arena);
    const struct things *t = whose == FOREIGN ? &w->strange : &w->team;
    if (str_is(name, "ws"))
        return STR("team");
    if (str_is(name, "slug"))
        return whose == FOREIGN ? STR("strangers") : STR("team");
    if (str_is(name, "prefix"))
        return prefix_of_row(w, row, who, whose);
    if (str_is(name, "name"))
        return str_from(val_text(val_get_cstr(assets, "css")),
            strlen("/static/"));
    if (str_is(name, "from"))
        return STR("2026-03-11");
    if (str_is(name, "token") && strstr(row->path, "/reset/"))
        return t->reset.n ? t->reset : STR("none");
    if (str_is(name, "token") && strstr(row->path, "/claim/"))
        return t->claim.n ? t->claim : STR("none");
    if (str_is(name, "token"))
        return t->token.n ? t->token : STR("none");
    if (str_is(name, "code"))
        return STR("not_found");
    if (str_is(name, "family"))
        return STR("gate");
    return id_value(w, row, who, whose);
}

struct str
row_target(struct world *w, const struct route *row, enum who who,
    enum whose whose)
{
    struct str rest = str_cstr(row->path), before, name;
    struct buf b;
    buf_init(&b, w->arena, BUF_MAX_FIELD);
    while (str_cut(rest, '{', &before, &rest)) {
        buf_str(&b, before);
        (void)str_cut(rest, '}', &name, &rest);
        buf_str(&b, path_value(w, row, name, who, whose));
    }
    buf_str(&b, before);
    return buf_view(&b);
}

/* ---- bodies ---- */

static struct str
plain_value(struct world *w, const struct field *f)
{
    switch (f->type) {
    case FIELD_CHOICE:
        return str_cstr(f->choices[0]);
    case FIELD_INT:
        return arena_fmt(w->arena, "%lld",
            (long long)(f->min > 0 ? f->min : 1));
    case FIELD_TEXT:
    case FIELD_LINES:
    case FIELD_SECRET:
    case FIELD_LIST:
        return arena_fmt(w->arena, "golden-%lld", (long long)++w->onces);
    case FIELD_BOOL:
    case FIELD_MONEY:
    case FIELD_TIME:
    case FIELD_CIDRS:
        break;
    }
    return f->type == FIELD_TIME ? STR("2026-12-31")
        : f->type == FIELD_CIDRS ? STR("192.0.2.0/24")
                                 : STR("1");
}

/* A value that is right for this field, wherever it stands. */
static struct str
field_value(struct world *w, const struct route *row, const struct field *f,
    enum who who, enum whose whose)
{
    struct str name = str_cstr(f->name);
    if (str_is(name, "email") && strstr(row->path, "/invites"))
        return STR("nora@new.example");
    if (str_is(name, "email"))
        return who_email(world_is_person(who) ? who : OWNER);
    if (str_is(name, "current") ||
        (str_is(name, "password") && (strcmp(row->path, "/sign-in") == 0 ||
                                         strcmp(row->path, "/confirm") == 0)))
        return STR(WORLD_PASSWORD);
    if (str_is(name, "password"))
        return STR("another good battery");
    if (str_is(name, "key"))
        return w->key[STANDARD];
    if (str_is(name, "k") && strstr(row->path, "/members/"))
        return whose == FOREIGN ? w->strange.left_prefix
                                : w->team.left_prefix;
    if (str_is(name, "k"))
        return prefix_of_row(w, row, who, whose);
    if (str_is(name, "url"))
        return STR("https://hook.example/other");
    if (str_is(name, "events"))
        return STR("key.leaked");
    if (str_is(name, "base_url"))
        return STR("https://other.example/v1");
    if (str_is(name, "category"))
        return STR("chat");
    if (str_is(name, "name") && strstr(row->path, "/models"))
        return STR("openai/gpt-6");
    if (str_is(name, "scope"))
        return STR("public");
    if (str_is(name, "counts")) /* a workspace has budgets of money only */
        return STR("money");
    if (str_is(name, "period"))
        return STR("day");
    if (str_is(name, "limit"))
        return STR("5");
    if (str_is(name, "confirm")) /* of the pages that always ask */
        return STR("Team");
    if (str_is(name, "fate"))
        return STR("revoke");
    return plain_value(w, f);
}

/* Fields that a page always sends, though their row does not ask for them. */
static bool
is_sent(const struct route *row, const struct field *f)
{
    bool form = strstr(row->path, "/edit") != NULL;
    return (f->flags & FIELD_REQUIRED) || strcmp(f->name, "once") == 0 ||
        strcmp(f->name, "sure") == 0 ||
        (strcmp(f->name, "confirm") == 0 &&
            strcmp(row->path, "/w/{ws}/delete") == 0) ||
        (strcmp(f->name, "password") == 0 &&
            strcmp(row->path, "/confirm") == 0) ||
        ((strcmp(f->name, "version") == 0 ||
             strcmp(f->name, "seen_version") == 0) &&
            form);
}

struct str
row_body(struct world *w, const struct route *row, enum who who,
    enum whose whose)
{
    struct pairs form = { NULL, 0 };
    for (const struct field *f = row->fields; f && f->name; f++)
        if (is_sent(row, f))
            form_add(w->arena, &form, str_cstr(f->name),
                field_value(w, row, f, who, whose));
    return form_write(w->arena, &form);
}

static struct str
row_json(struct world *w, const struct route *row, enum who who)
{
    struct val *v = val_map(w->arena);
    struct buf b;
    buf_init(&b, w->arena, BUF_MAX_FIELD);
    if (row->fields == FIELDS_BY_HANDLER &&
        strcmp(row->path, "/v1/usage") == 0) {
        val_put_str(v, "key", w->prefix[STANDARD]);
        val_put_fmt(v, "id", "golden-%lld", (long long)++w->onces);
    }
    for (const struct field *f = row->fields; f && f->name; f++)
        if ((f->flags & FIELD_REQUIRED) && f->type == FIELD_MONEY)
            val_put_int(v, f->name, 1);
        else if (f->flags & FIELD_REQUIRED)
            val_put_str(v, f->name, field_value(w, row, f, who, OTHERS));
    json_write(&b, v);
    return buf_view(&b);
}

struct ask
row_ask(struct world *w, const struct route *row, enum who who,
    enum whose whose)
{
    struct ask ask = world_ask(w, who, method_name(row->method),
        row_target(w, row, who, whose));
    if (strncmp(row->path, "/v2/usage", 9) == 0 ||
        strcmp(row->path, "/v2/logs") == 0)
        ask.target = arena_fmt(w->arena, "%.*s?period=1d",
            STR_ARG(ask.target));
    if (row->method == METHOD_GET)
        return ask;
    if (row->face == FACE_PAGE) {
        ask.type = "application/x-www-form-urlencoded";
        ask.body = world_form(w, who, row_body(w, row, who, whose));
    } else {
        ask.type = "application/json";
        ask.body = row_json(w, row, who);
    }
    return ask;
}
