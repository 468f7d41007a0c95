/* SPDX-License-Identifier: ISC */
/* The OpenAPI document: what routes and field tables know, and the words of
 * describe_<family>.c, put together. */
#include "api/describe.h"

#include "api/describe_families.h"
#include "api/describe_schema.h"
#include "api/error.h"
#include "api/refusal.h"
#include "base/buf.h"
#include "http/problem.h"
#include "text/json.h"

#include <string.h>

const struct family *const describe_families[] = { &describe_gate,
    &describe_aimlapi, &describe_exoscale, &describe_aixplain,
    &describe_own, &describe_process, NULL };

/* One document on its way. */
struct doc {
    struct cx cx; /* of the examples: always the same time and request */
    struct arena *a;
    struct val *schemas, *responses;
};

bool
describe_has(const struct route *row)
{
    return row->face != FACE_PAGE && strcmp(row->name, "app_static") != 0;
}

struct str
describe_path(struct arena *a, const char *path)
{
    struct str rest = str_cstr(path), before;
    struct buf b;
    buf_init(&b, a, BUF_MAX_FIELD);
    while (str_cut(rest, '}', &before, &rest)) {
        if (str_ends(before, STR("/")))
            before.n--;
        buf_str(&b, before);
        buf_char(&b, '}');
    }
    buf_str(&b, before);
    return buf_view(&b);
}

/* The same path, whether or not its parameters may hold '/'? */
static bool
is_path(const char *a, const char *b)
{
    while (*a && *b) {
        a += a[0] == '/' && a[1] == '}';
        b += b[0] == '/' && b[1] == '}';
        if (*a++ != *b++)
            return false;
    }
    return *a == *b;
}

static const struct operation *
find_in(const struct family *f, const struct route *row)
{
    for (const struct operation *o = f->operations; o->id; o++)
        if (o->method == row->method && is_path(o->path, row->path))
            return o;
    return NULL;
}

const struct operation *
describe_find(const struct route *row)
{
    const struct operation *o = NULL;
    for (size_t i = 0; describe_families[i] && !o; i++)
        o = find_in(describe_families[i], row);
    return o;
}

/* ---- who may call ---- */

/* Kinds of credentials, each a security scheme of the document. */
enum credential { STANDARD = 1, MANAGEMENT = 2, ADMIN = 4, OWN_GATE = 8 };

static unsigned
credentials(enum knock knock)
{
    switch (knock) {
    case KNOCK_GATE:
    case KNOCK_STANDARD:
        return STANDARD;
    case KNOCK_KEY:
        return STANDARD | MANAGEMENT | ADMIN;
    case KNOCK_FIGURES:
        return STANDARD | MANAGEMENT;
    case KNOCK_MANAGEMENT:
        return MANAGEMENT;
    case KNOCK_LIMITS:
        return MANAGEMENT | ADMIN;
    case KNOCK_CALLS:
        return STANDARD | MANAGEMENT | OWN_GATE;
    case KNOCK_REPORTER:
        return MANAGEMENT | OWN_GATE;
    case KNOCK_WATCH:
        return OWN_GATE;
    case KNOCK_ANYONE:
    case KNOCK_SESSION:
    case KNOCK_WORKSPACE:
    case KNOCK_OPERATOR:
        break;
    }
    return 0;
}

static const struct {
    unsigned bit;
    const char *name, *words;
} bearers[] = {
    { STANDARD, "standardKey", "An API key." },
    { MANAGEMENT, "managementKey", "A management key." },
    { ADMIN, "adminKey", "An admin key." },
    { OWN_GATE, "gateCredential", "The credential of this installation's own "
        "gates (gate.credential of the configuration)." },
};

static const struct {
    unsigned bit;
    const char *name, *header, *words;
} headers[] = {
    { SCHEME_TOKEN, "tokenHeader", "Authorization",
        "Token, a space, and the key." },
    { SCHEME_X_API_KEY, "xApiKey", "x-api-key", "The key alone." },
    { SCHEME_EXO2, "exo2Signature", "Authorization",
        "EXO2-HMAC-SHA256 with credential, expires and signature: the request "
        "signed with the signing secret of a management key." },
};

static void
put_schemes(struct val *components)
{
    struct val *all = val_put_map(components, "securitySchemes");
    for (size_t i = 0; i < COUNT_OF(bearers); i++) {
        struct val *v = val_put_map(all, bearers[i].name);
        val_put_cstr(v, "type", "http");
        val_put_cstr(v, "scheme", "bearer");
        val_put_cstr(v, "description", bearers[i].words);
    }
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        struct val *v = val_put_map(all, headers[i].name);
        val_put_cstr(v, "type", "apiKey");
        val_put_cstr(v, "in", "header");
        val_put_cstr(v, "name", headers[i].header);
        val_put_cstr(v, "description", headers[i].words);
    }
}

static void
put_security(const struct family *f, const struct route *row, struct val *v)
{
    struct val *list = val_put_list(v, "security");
    unsigned who = credentials(row->knock);
    for (size_t i = 0; i < COUNT_OF(bearers); i++)
        if (who & bearers[i].bit)
            val_put_list(val_add_map(list), bearers[i].name);
    for (size_t i = 0; who && i < COUNT_OF(headers); i++)
        if (f->schemes & headers[i].bit)
            val_put_list(val_add_map(list), headers[i].name);
}

/* ---- what is sent ---- */

static const struct shape path_params[] = {
    { "prefix", SHAPE_TEXT, 0, "Ab3dE6gH",
        "The first eight characters of the key.", NULL, NULL },
    { "id", SHAPE_TEXT, 0, "0199c0de-4a7b-7c3d-8e2f-5a6b7c8d9e0f",
        "The id of the object.", NULL, NULL },
    { NULL, SHAPE_TEXT, 0, NULL, NULL, NULL, NULL },
};

static const struct shape *
path_param(struct str name)
{
    const struct shape *s = path_params;
    while (s->name && !str_is(name, s->name))
        s++;
    must(s->name != NULL);
    return s;
}

static void
put_param(struct doc *d, struct val *list, const struct shape *s,
    const char *in)
{
    struct val *v = val_add_map(list);
    bool path = strcmp(in, "path") == 0;
    val_put_cstr(v, "name", s->name);
    val_put_cstr(v, "in", in);
    if (path || !(s->flags & SHAPE_OPTIONAL))
        val_put_bool(v, "required", true);
    struct val *schema = describe_shape(d->a, s);
    if (s->words)
        val_put_cstr(v, "description", s->words);
    val_put(v, "schema", schema);
    if (s->example)
        val_put(v, "example", describe_shape_example(d->a, s));
}

static void
put_params(struct doc *d, const struct operation *o, struct val *v)
{
    struct val *list = val_list(d->a);
    struct str rest = describe_path(d->a, o->path), before, name;
    while (str_cut(rest, '{', &before, &rest)) {
        (void)str_cut(rest, '}', &name, &rest);
        put_param(d, list, path_param(name), "path");
    }
    for (const struct shape *s = o->query; s && s->name; s++)
        put_param(d, list, s, "query");
    if (list->u.list.n)
        val_put(v, "parameters", list);
}

/* An object on its way: its schema, and the two lists that fields go to. */
struct object {
    struct val *schema, *members, *required;
};

static struct object
open_object(struct doc *d)
{
    struct object o = { .schema = val_map(d->a) };
    val_put_cstr(o.schema, "type", "object");
    o.members = val_put_map(o.schema, "properties");
    o.required = val_put_list(o.schema, "required");
    val_put_bool(o.schema, "additionalProperties", false);
    return o;
}

/* A member that is an object of its own, or a list of them. */
static void
add_part(struct doc *d, struct object *to, const struct sent *s)
{
    struct object part = open_object(d);
    struct val *v = part.schema;
    describe_fields(d->a, s->fields, part.members, part.required);
    if (s->flags & SENT_NULLABLE) {
        struct val *both = val_put_list(part.schema, "type");
        val_add_str(both, STR("object"));
        val_add_str(both, STR("null"));
    }
    if (s->flags & SENT_LIST) {
        v = val_map(d->a);
        val_put_cstr(v, "type", "array");
        val_put(v, "items", part.schema);
    }
    val_put(to->members, s->member, v);
    if (s->flags & SENT_REQUIRED)
        val_add_str(to->required, str_cstr(s->member));
}

/* The schema of the body. */
static struct val *
body_schema(struct doc *d, const struct route *row, const struct operation *o)
{
    bool partial = row->method == METHOD_PATCH;
    struct object object = open_object(d);
    struct val *any = val_list(d->a);
    if (row->fields && row->fields != FIELDS_BY_HANDLER)
        describe_fields(d->a, row->fields, object.members,
            partial ? NULL : object.required);
    for (const struct sent *s = o->sent; s && s->fields; s++) {
        if (s->flags & SENT_ELSE) {
            val_add(any, object.schema);
            object = open_object(d);
        }
        if (s->member)
            add_part(d, &object, s);
        else
            describe_fields(d->a, s->fields, object.members,
                partial ? NULL : object.required);
    }
    if (any->u.list.n == 0)
        return object.schema;
    val_add(any, object.schema);
    struct val *v = val_map(d->a);
    val_put(v, "anyOf", any);
    return v;
}

static struct val *
read_example(struct doc *d, const char *json)
{
    struct err unread;
    struct val *v;
    err_init(&unread, d->a);
    enum err_code code = json_read(d->a, str_cstr(json), &v, &unread);
    must(!code);
    return v;
}

static void
put_body(struct doc *d, const struct route *row, const struct operation *o,
    struct val *v)
{
    if (!o->example)
        return;
    struct val *body = val_put_map(v, "requestBody");
    struct val *schema = body_schema(d, row, o);
    const struct val *required = val_get_cstr(schema, "required");
    val_put_bool(body, "required",
        row->method == METHOD_PATCH || !required || required->u.list.n > 0);
    struct val *json = val_put_map(val_put_map(body, "content"),
        "application/json");
    val_put(json, "schema", schema);
    val_put(json, "example", read_example(d, o->example));
}

/* ---- what comes back ---- */

static void
add_schema(struct doc *d, const struct schema *s)
{
    if (val_get_cstr(d->schemas, s->name))
        return;
    val_put(d->schemas, s->name, describe_schema(d->a, s));
    for (const struct shape *m = s->members; m->name; m++)
        if (m->of)
            add_schema(d, m->of);
}

static void
put_headers(struct doc *d, const struct shape *list, struct val *v)
{
    struct val *all = val_put_map(v, "headers");
    for (const struct shape *s = list; s->name; s++) {
        struct val *h = val_put_map(all, s->name);
        struct val *schema = describe_shape(d->a, s);
        if (s->words)
            val_put_cstr(h, "description", s->words);
        val_put(h, "schema", schema);
        if (s->example)
            val_put(h, "example", describe_shape_example(d->a, s));
    }
}

static void
put_success(struct doc *d, const struct operation *o, struct val *all)
{
    if (o->status >= 400)
        return; /* is always refused */
    struct val *v = val_map(d->a);
    val_put_named(all, arena_fmt(d->a, "%d", o->status), v);
    val_put_cstr(v, "description",
        o->answer && o->answer->words ? o->answer->words : o->summary);
    if (o->headers)
        put_headers(d, o->headers, v);
    if (o->text) {
        struct val *text = val_put_map(val_put_map(v, "content"),
            "text/plain");
        val_put_cstr(val_put_map(text, "schema"), "type", "string");
        val_put_cstr(text, "example", o->text);
    }
    if (!o->answer)
        return;
    add_schema(d, o->answer);
    struct val *json = val_put_map(val_put_map(v, "content"),
        "application/json");
    struct val *schema = describe_ref(d->a, o->answer, o->list);
    if (o->answer_else) {
        struct val *first = schema;
        add_schema(d, o->answer_else);
        schema = val_map(d->a);
        struct val *any = val_put_list(schema, "anyOf");
        val_add(any, first);
        val_add(any, describe_ref(d->a, o->answer_else, false));
    }
    val_put(json, "schema", schema);
    val_put(json, "example", describe_example(d->a, o->answer, o->list));
}

/* The errors that a row can end in, whatever its handler does. */
static unsigned
row_errors(const struct route *row)
{
    unsigned all = ERR_BIT(ERR_MALFORMED) | ERR_BIT(ERR_TOO_LARGE) |
        ERR_BIT(ERR_BUSY) | ERR_BIT(ERR_INTERNAL);
    if (credentials(row->knock))
        all |= ERR_BIT(ERR_UNAUTHENTICATED) | ERR_BIT(ERR_FORBIDDEN);
    if (strchr(row->path, '{'))
        all |= ERR_BIT(ERR_NOT_FOUND);
    if (row->method != METHOD_GET)
        all |= ERR_BIT(ERR_MEDIA_TYPE) | ERR_BIT(ERR_INVALID) |
            ERR_BIT(ERR_NO_SPACE);
    return all;
}

/* A response of the document, shared by all operations of its face. */
static void
add_response(struct doc *d, const char *name, const char *title,
    const struct schema *schema, const struct res *res)
{
    struct val *v = val_put_map(d->responses, name);
    val_put_cstr(v, "description", title);
    struct val *content = val_put_map(v, "content");
    if (!schema) {
        struct val *text = val_put_map(content, "text/plain");
        val_put_cstr(val_put_map(text, "schema"), "type", "string");
        return;
    }
    add_schema(d, schema);
    struct val *json =
        val_put_map(content, res->type ? res->type : "application/json");
    val_put(json, "schema", describe_ref(d->a, schema, false));
    val_put(json, "example", res->json);
}

/* The one of an error code, as api/error.c says it. */
static void
add_error(struct doc *d, enum face face, enum err_code code, const char *name)
{
    static const struct req nobody = { .path = STR_INIT("/v1/keys") };
    struct res res = { 0 };
    struct err err;
    err_init(&err, d->a);
    (void)ERR(&err, code, "%s", problem_of(code)->what_to_do);
    if (face != FACE_PLAIN)
        api_error(&d->cx, face, &nobody, &err, &res);
    add_response(d, name, problem_of(code)->title,
        describe_error(face, code), &res);
}

/* A status of this operation, unless it has it already.  True: the response
 * is new to the document, and to be added under `name`. */
static bool
put_status(struct doc *d, enum face face, int status, struct val *all,
    const char **name)
{
    struct str text = arena_fmt(d->a, "%d", status);
    if (val_get(all, text))
        return false;
    *name = arena_cstr(d->a,
        arena_fmt(d->a, "%s%d", describe_error_name(face), status));
    struct val *v = val_map(d->a);
    val_put_fmt(v, "$ref", "#/components/responses/%s", *name);
    val_put_named(all, text, v);
    return !val_get_cstr(d->responses, *name);
}

/* What the gate says of a key. */
static void
put_refusals(struct doc *d, struct val *all)
{
    const char *name;
    for (enum reason r = REASON_ALLOWED + 1; r < REASON_COUNT; r++) {
        struct decision decision = { .reason = r,
            .message = STR("What is wrong, and what to do.") };
        struct res res = { 0 };
        if (!put_status(d, FACE_OPENAI, refusal_status(r), all, &name))
            continue;
        refusal_answer(&d->cx, &decision, &res);
        add_response(d, name, reason_code(r),
            describe_error(FACE_OPENAI, ERR_FORBIDDEN), &res);
    }
}

static void
put_errors(struct doc *d, const struct route *row, const struct operation *o,
    struct val *all)
{
    unsigned bits = row_errors(row) | o->errors;
    const char *name;
    if (row->knock == KNOCK_GATE)
        put_refusals(d, all);
    for (enum err_code c = ERR_OK + 1; c < ERR_CODE_COUNT; c++)
        if ((bits & ERR_BIT(c)) &&
            put_status(d, row->face, problem_status(row->face, c), all,
                &name))
            add_error(d, row->face, c, name);
}

static struct val *
operation_val(struct doc *d, const struct family *f, const struct route *row,
    const struct operation *o)
{
    struct val *v = val_map(d->a);
    val_put_cstr(v, "operationId", o->id);
    val_put_cstr(v, "summary", o->summary);
    if (o->words)
        val_put_cstr(v, "description", o->words);
    val_add_str(val_put_list(v, "tags"), str_cstr(f->slug));
    put_security(f, row, v);
    put_params(d, o, v);
    put_body(d, row, o, v);
    struct val *answers = val_put_map(v, "responses");
    put_success(d, o, answers);
    put_errors(d, row, o, answers);
    return v;
}

/* ---- the whole ---- */

static struct val *
path_item(struct doc *d, struct val *paths, struct str path)
{
    for (size_t i = 0; i < paths->u.map.n; i++)
        if (str_eq(paths->u.map.pairs[i].name, path))
            return paths->u.map.pairs[i].val;
    struct val *v = val_map(d->a);
    val_put_named(paths, path, v);
    return v;
}

static const char *
method_key(enum method m)
{
    switch (m) {
    case METHOD_GET:
        return "get";
    case METHOD_POST:
        return "post";
    case METHOD_PUT:
        return "put";
    case METHOD_PATCH:
        return "patch";
    case METHOD_DELETE:
        return "delete";
    case METHOD_HEAD:
    case METHOD_OTHER:
        break;
    }
    return "options";
}

static void
put_family(struct doc *d, const struct family *f, const struct route *table,
    size_t n, struct val *paths)
{
    for (size_t i = 0; i < n; i++) {
        const struct operation *o = find_in(f, &table[i]);
        if (o)
            val_put(path_item(d, paths, describe_path(d->a, o->path)), method_key(o->method),
                operation_val(d, f, &table[i], o));
    }
}

static void
put_head(struct cx *cx, struct val *v)
{
    val_put_cstr(v, "openapi", "3.1.0");
    struct val *info = val_put_map(v, "info");
    val_put_cstr(info, "title", "Keylodge");
    val_put_cstr(info, "version", PACKAGE_VERSION);
    val_put_cstr(info, "description",
        "API keys: who holds which, who may pass, what passed. Three families "
        "of paths answer as the services do whose clients call them.");
    struct val *license = val_put_map(info, "license");
    val_put_cstr(license, "name", "ISC");
    val_put_cstr(license, "identifier", "ISC");
    struct val *server = val_add_map(val_put_list(v, "servers"));
    val_put_str(server, "url", cx->public_url);
    struct val *tags = val_put_list(v, "tags");
    for (size_t i = 0; describe_families[i]; i++) {
        struct val *tag = val_add_map(tags);
        val_put_cstr(tag, "name", describe_families[i]->slug);
        val_put_cstr(tag, "x-displayName", describe_families[i]->title);
        val_put_cstr(tag, "description", describe_families[i]->words);
    }
}

struct val *
describe_document(struct cx *cx, const struct route *table, size_t n)
{
    struct doc d = { .cx = { .arena = cx->arena,
                         .now_s = 1773144000,
                         .request_id =
                             STR("0199c0de-0000-7000-8000-000000000000") },
        .a = cx->arena,
        .schemas = val_map(cx->arena),
        .responses = val_map(cx->arena) };
    struct val *v = val_map(d.a);
    put_head(cx, v);
    struct val *paths = val_put_map(v, "paths");
    for (size_t i = 0; describe_families[i]; i++)
        put_family(&d, describe_families[i], table, n, paths);
    struct val *components = val_put_map(v, "components");
    put_schemes(components);
    val_put(components, "schemas", d.schemas);
    val_put(components, "responses", d.responses);
    return v;
}
