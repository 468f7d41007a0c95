/* SPDX-License-Identifier: ISC */
/* The OpenAPI document as pages: an index, and one page for each family. */
#include "web/web.h"

#include "base/buf.h"
#include "http/route.h"
#include "text/json.h"
#include "web/pages.h"
#include "web/view.h"

/* Schemas refer to each other; deeper than this nothing is told. */
enum { DEPTH_MOST = 4 };

/* One page on its way. */
struct sheet {
    struct cx *cx;
    struct arena *a;
    const struct val *doc;
};

static const struct val *
at(const struct val *v, const char *name)
{
    return val_get_cstr(v, name);
}

static struct str
text_at(const struct val *v, const char *name)
{
    return val_text(at(v, name));
}

/* What {"$ref": "#/components/..."} stands for. */
static const struct val *
resolve(const struct sheet *s, const struct val *v)
{
    struct str rest = text_at(v, "$ref"), word;
    const struct val *to = s->doc;
    if (rest.n == 0)
        return v;
    rest = str_from(rest, 2);
    while (rest.n) {
        str_cut(rest, '/', &word, &rest);
        to = val_get(to, word);
    }
    return to;
}

/* ---- the type of a value in words ---- */

static struct str
type_name(const struct val *schema, bool *nullable)
{
    const struct val *type = at(schema, "type");
    *nullable = type && type->type == VAL_LIST;
    if (*nullable)
        type = type->u.list.items[0];
    return val_text(type);
}

static void
add_bounds(struct buf *b, const struct val *schema, const char *low,
    const char *high, const char *of)
{
    const struct val *min = at(schema, low), *max = at(schema, high);
    char one[VAL_SHOW_MAX], two[VAL_SHOW_MAX];
    struct str from = val_show(min, one), to = val_show(max, two);
    if (min && max)
        buf_fmt(b, ", %.*s to %.*s%s", STR_ARG(from), STR_ARG(to), of);
    else if (max)
        buf_fmt(b, ", at most %.*s%s", STR_ARG(to), of);
}

static void
add_choices(struct buf *b, const struct val *choices)
{
    buf_cstr(b, "one of ");
    for (size_t i = 0; i < choices->u.list.n; i++) {
        struct str one = val_text(choices->u.list.items[i]);
        if (one.n)
            buf_fmt(b, "%s%.*s", i ? ", " : "", STR_ARG(one));
    }
}

static struct str
type_words(struct sheet *s, const struct val *schema)
{
    struct buf b;
    bool nullable;
    struct str type = type_name(schema, &nullable);
    struct str format = text_at(schema, "format");
    buf_init(&b, s->a, BUF_MAX_FIELD);
    if (at(schema, "enum")) {
        add_choices(&b, at(schema, "enum"));
    } else if (str_is(type, "string")) {
        buf_cstr(&b, str_is(format, "uuid") ? "UUID"
                : str_is(format, "date-time") ? "time"
                                              : "text");
        add_bounds(&b, schema, "minLength", "maxLength", " characters");
    } else if (str_is(type, "integer")) {
        buf_cstr(&b, "whole number");
        add_bounds(&b, schema, "minimum", "maximum", "");
    } else if (str_is(type, "number")) {
        buf_cstr(&b, "number");
        add_bounds(&b, schema, "minimum", "maximum", "");
    } else if (str_is(type, "boolean")) {
        buf_cstr(&b, "true or false");
    } else if (str_is(type, "array")) {
        const struct val *items = resolve(s, at(schema, "items"));
        bool maps = at(items, "properties") != NULL;
        buf_cstr(&b, maps ? "list of objects" : "list of text");
        add_bounds(&b, schema, "minItems", "maxItems", " entries");
        if (at(items, "enum")) {
            buf_cstr(&b, ", each ");
            add_choices(&b, at(items, "enum"));
        }
    } else {
        buf_cstr(&b, "object");
    }
    if (nullable)
        buf_cstr(&b, ", or null");
    return buf_view(&b);
}

/* ---- members of an object, with those of objects in it ---- */

static bool
is_required(const struct val *schema, struct str name)
{
    const struct val *list = at(schema, "required");
    for (size_t i = 0; list && i < list->u.list.n; i++)
        if (str_eq(val_text(list->u.list.items[i]), name))
            return true;
    return false;
}

/* "anyOf" an object and null: the object. */
static const struct val *
choose(struct sheet *s, const struct val *schema, bool *nullable)
{
    const struct val *any = at(schema, "anyOf");
    *nullable = any && any->u.list.n == 2 &&
        str_is(text_at(any->u.list.items[1], "type"), "null");
    return resolve(s, *nullable ? any->u.list.items[0] : schema);
}

static void add_members(struct sheet *s, struct val *out,
    const struct val *schema, struct str before, int depth);

static void
add_member(struct sheet *s, struct val *out, const struct val *owner,
    const struct val_pair *p, struct str before, int depth)
{
    bool nullable;
    const struct val *schema = choose(s, p->val, &nullable);
    struct val *row = val_add_map(out);
    struct str name =
        arena_fmt(s->a, "%.*s%.*s", STR_ARG(before), STR_ARG(p->name));
    val_put_str(row, "name", name);
    val_put_fmt(row, "type", "%.*s%s", STR_ARG(type_words(s, schema)),
        nullable ? ", or null" : "");
    val_put_bool(row, "required", is_required(owner, p->name));
    struct str words = text_at(p->val, "description");
    if (!words.n && schema != p->val)
        words = text_at(schema, "description");
    view_text_or_null(row, "words", words);
    const struct val *items = at(schema, "items");
    if (items)
        add_members(s, out, resolve(s, items),
            arena_fmt(s->a, "%.*s[].", STR_ARG(name)), depth + 1);
    else
        add_members(s, out, schema, arena_fmt(s->a, "%.*s.", STR_ARG(name)),
            depth + 1);
}

static void
add_members(struct sheet *s, struct val *out, const struct val *schema,
    struct str before, int depth)
{
    const struct val *any = at(schema, "anyOf");
    const struct val *members = at(schema, "properties");
    if (depth > DEPTH_MOST)
        return;
    for (size_t i = 0; any && i < any->u.list.n; i++)
        add_members(s, out, resolve(s, any->u.list.items[i]), before, depth);
    for (size_t i = 0; members && i < members->u.map.n; i++)
        add_member(s, out, schema, &members->u.map.pairs[i], before, depth);
}

/* ---- one operation ---- */

static const struct {
    const char *scheme, *words, *variable;
} schemes[] = {
    { "standardKey", "an API key", "API_KEY" },
    { "managementKey", "a management key", "MANAGEMENT_KEY" },
    { "adminKey", "an admin key", "ADMIN_KEY" },
    { "gateCredential", "the credential of this installation's gates",
        "GATE_CREDENTIAL" },
    { "tokenHeader", NULL, NULL },
    { "xApiKey", NULL, NULL },
    { "exo2Signature", "a request signed with a management key", NULL },
};

static size_t
scheme_index(const struct val *security, size_t i)
{
    size_t k = 0;
    struct str name = security->u.list.items[i]->u.map.pairs[0].name;
    while (k < COUNT_OF(schemes) && !str_is(name, schemes[k].scheme))
        k++;
    must(k < COUNT_OF(schemes));
    return k;
}

static struct str
who_words(struct sheet *s, const struct val *security)
{
    struct buf b;
    buf_init(&b, s->a, BUF_MAX_FIELD);
    for (size_t i = 0; i < security->u.list.n; i++) {
        const char *words = schemes[scheme_index(security, i)].words;
        if (words)
            buf_fmt(&b, "%s%s", b.n ? ", or " : "", words);
    }
    if (!b.n)
        buf_cstr(&b, "anybody, without a key");
    return buf_view(&b);
}

/* "get" -> "GET" */
static struct str
method_of(struct str key)
{
    enum method m = METHOD_GET;
    while (m < METHOD_OTHER && !str_eq_nocase(key, str_cstr(method_name(m))))
        m++;
    return str_cstr(method_name(m));
}

static struct val *
put_params(struct sheet *s, const struct val *op, struct val *row)
{
    struct val *list = val_put_list(row, "params");
    const struct val *params = at(op, "parameters");
    for (size_t i = 0; params && i < params->u.list.n; i++) {
        const struct val *p = params->u.list.items[i];
        struct val *one = val_add_map(list);
        val_put_fmt(one, "name", "%.*s", STR_ARG(text_at(p, "name")));
        val_put_fmt(one, "type", "%.*s, in the %.*s",
            STR_ARG(type_words(s, at(p, "schema"))),
            STR_ARG(text_at(p, "in")));
        val_put_bool(one, "required", at(p, "required") != NULL);
        view_text_or_null(one, "words", text_at(p, "description"));
    }
    return list;
}

/* The one entry of "content", and its media type. */
static const struct val *
media_of(const struct val *of, struct str *type)
{
    const struct val *content = at(of, "content");
    *type = (struct str){ NULL, 0 };
    if (!content || !content->u.map.n)
        return NULL;
    *type = content->u.map.pairs[0].name;
    return content->u.map.pairs[0].val;
}

static struct str
pretty(struct sheet *s, const struct val *v)
{
    struct buf b;
    if (v->type == VAL_STR)
        return v->u.s;
    buf_init(&b, s->a, BUF_MAX_FIELD);
    json_pretty(&b, v);
    return buf_view(&b);
}

/* The path with its examples, and the query that cannot be left out. */
static void
add_address(struct sheet *s, struct buf *b, struct str path,
    const struct val *params)
{
    struct str before, name;
    buf_str(b, s->cx->public_url);
    while (str_cut(path, '{', &before, &path)) {
        buf_str(b, before);
        (void)str_cut(path, '}', &name, &path);
        for (size_t i = 0; i < params->u.list.n; i++)
            if (str_eq(text_at(params->u.list.items[i], "name"), name))
                buf_str(b, text_at(params->u.list.items[i], "example"));
    }
    buf_str(b, before);
    char mark = '?';
    for (size_t i = 0; params && i < params->u.list.n; i++) {
        const struct val *p = params->u.list.items[i];
        char tmp[VAL_SHOW_MAX];
        if (str_is(text_at(p, "in"), "query") && at(p, "required")) {
            buf_fmt(b, "%c%.*s=%.*s", mark, STR_ARG(text_at(p, "name")),
                STR_ARG(val_show(at(p, "example"), tmp)));
            mark = '&';
        }
    }
}

static struct str
curl(struct sheet *s, struct str method, struct str path,
    const struct val *op)
{
    struct buf b;
    struct str type;
    const struct val *security = at(op, "security");
    const struct val *body = media_of(at(op, "requestBody"), &type);
    buf_init(&b, s->a, BUF_MAX_FIELD);
    buf_cstr(&b, "curl ");
    if (!str_is(method, "GET"))
        buf_fmt(&b, "-X %.*s ", STR_ARG(method));
    buf_char(&b, '"');
    add_address(s, &b, path, at(op, "parameters"));
    buf_char(&b, '"');
    if (security->u.list.n)
        buf_fmt(&b, " \\\n  -H \"Authorization: Bearer $%s\"",
            schemes[scheme_index(security, 0)].variable);
    if (body)
        buf_fmt(&b,
            " \\\n  -H 'Content-Type: application/json' \\\n  -d '%.*s'",
            STR_ARG(pretty(s, at(body, "example"))));
    else if (str_is(method, "POST"))
        buf_cstr(&b, " -d ''"); /* web servers want a length */
    return buf_view(&b);
}

static void
put_success(struct sheet *s, const struct val *answers, struct val *row)
{
    struct str type;
    const struct val_pair *first = &answers->u.map.pairs[0];
    const struct val *media = media_of(first->val, &type);
    struct val *members = val_put_list(row, "members");
    const struct val *headers = at(first->val, "headers");
    val_put_str(row, "status", first->name);
    view_text_or_null(row, "answer",
        media ? pretty(s, at(media, "example")) : STR(""));
    for (size_t i = 0; headers && i < headers->u.map.n; i++) {
        const struct val_pair *h = &headers->u.map.pairs[i];
        struct val *one = val_add_map(members);
        val_put_str(one, "name", h->name);
        val_put_fmt(one, "type", "header, %.*s",
            STR_ARG(type_words(s, at(h->val, "schema"))));
        val_put_bool(one, "required", true);
        view_text_or_null(one, "words", text_at(h->val, "description"));
    }
    if (!media)
        return;
    const struct val *schema = resolve(s, at(media, "schema"));
    if (at(schema, "items"))
        add_members(s, members, resolve(s, at(schema, "items")), STR("[]."),
            0);
    else
        add_members(s, members, schema, STR(""), 0);
}

static void
put_errors(struct sheet *s, const struct val *answers, struct val *row)
{
    struct val *list = val_put_list(row, "errors");
    for (size_t i = 1; i < answers->u.map.n; i++) {
        const struct val_pair *p = &answers->u.map.pairs[i];
        struct val *one = val_add_map(list);
        val_put_str(one, "status", p->name);
        val_put_str(one, "words",
            text_at(resolve(s, p->val), "description"));
    }
}

static struct val *
operation_row(struct sheet *s, struct str path, const struct val_pair *p)
{
    const struct val *op = p->val;
    struct val *row = val_map(s->a);
    struct str type, method = method_of(p->name);
    const struct val *body = media_of(at(op, "requestBody"), &type);
    val_put_str(row, "id", text_at(op, "operationId"));
    val_put_str(row, "method", method);
    val_put_str(row, "path", path);
    val_put_str(row, "summary", text_at(op, "summary"));
    view_text_or_null(row, "words", text_at(op, "description"));
    val_put_str(row, "who", who_words(s, at(op, "security")));
    struct val *params = put_params(s, op, row);
    if (body)
        add_members(s, params, at(body, "schema"), STR(""), 0);
    val_put_str(row, "curl", curl(s, method, path, op));
    put_success(s, at(op, "responses"), row);
    put_errors(s, at(op, "responses"), row);
    return row;
}

/* ---- pages ---- */

static bool
is_of(const struct val *op, struct str family)
{
    return str_eq(val_text(at(op, "tags")->u.list.items[0]), family);
}

/* Each operation of a family: (path, method and operation). */
static void
put_family(struct sheet *s, struct str family, struct val *list, bool whole)
{
    const struct val *paths = at(s->doc, "paths");
    for (size_t i = 0; i < paths->u.map.n; i++) {
        const struct val_pair *path = &paths->u.map.pairs[i];
        for (size_t k = 0; k < path->val->u.map.n; k++) {
            const struct val_pair *op = &path->val->u.map.pairs[k];
            if (!is_of(op->val, family))
                continue;
            if (whole) {
                val_add(list, operation_row(s, path->name, op));
                continue;
            }
            struct val *row = val_add_map(list);
            val_put_str(row, "id", text_at(op->val, "operationId"));
            val_put_str(row, "method", method_of(op->name));
            val_put_str(row, "path", path->name);
            val_put_str(row, "summary", text_at(op->val, "summary"));
        }
    }
}

enum err_code
web_docs_api(struct cx *cx, const struct req *req, struct res *res,
    const struct val *doc)
{
    struct sheet s = { cx, cx->arena, doc };
    struct val *view = view_new(cx, req);
    struct val *list = val_put_list(view, "families");
    const struct val *tags = at(doc, "tags");
    for (size_t i = 0; i < tags->u.list.n; i++) {
        const struct val *tag = tags->u.list.items[i];
        struct str slug = text_at(tag, "name");
        struct val *row = val_add_map(list);
        val_put_str(row, "slug", slug);
        val_put_fmt(row, "href", "/docs/api/%.*s", STR_ARG(slug));
        val_put_str(row, "title", text_at(tag, "x-displayName"));
        val_put_str(row, "words", text_at(tag, "description"));
        put_family(&s, slug, val_put_list(row, "operations"), false);
    }
    res_page(res, "docs/api", view);
    return ERR_OK;
}

enum err_code
web_docs_family(struct cx *cx, const struct req *req, struct res *res,
    const struct val *doc)
{
    struct sheet s = { cx, cx->arena, doc };
    struct str family = req_param(req, "family");
    const struct val *tags = at(doc, "tags");
    for (size_t i = 0; i < tags->u.list.n; i++) {
        const struct val *tag = tags->u.list.items[i];
        if (!str_eq(text_at(tag, "name"), family))
            continue;
        struct val *view = view_new(cx, req);
        val_put_str(view, "title", text_at(tag, "x-displayName"));
        val_put_str(view, "words", text_at(tag, "description"));
        put_family(&s, family, val_put_list(view, "operations"), true);
        res_page(res, "docs/family", view);
        return ERR_OK;
    }
    return ERR(&cx->err, ERR_NOT_FOUND, "There is no such family of calls.");
}
