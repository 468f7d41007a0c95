/* SPDX-License-Identifier: ISC */
#include "api/describe_schema.h"

#include "text/json.h"
#include "text/money.h"

static void
put_type(struct arena *a, struct val *v, const char *type, bool nullable)
{
    if (!nullable) {
        val_put_cstr(v, "type", type);
        return;
    }
    struct val *both = val_put_list(v, "type");
    val_add(both, val_str(a, str_cstr(type)));
    val_add(both, val_str(a, STR("null")));
}

static void
put_choices(struct arena *a, struct val *v, const char *const *choices,
    bool nullable)
{
    struct val *list = val_put_list(v, "enum");
    for (size_t i = 0; choices[i]; i++)
        val_add_str(list, str_cstr(choices[i]));
    if (nullable)
        val_add(list, val_null(a));
}

struct val *
describe_ref(struct arena *a, const struct schema *s, bool list)
{
    struct val *ref = val_map(a), *v = ref;
    val_put_fmt(ref, "$ref", "#/components/schemas/%s", s->name);
    if (list) {
        v = val_map(a);
        val_put_cstr(v, "type", "array");
        val_put(v, "items", ref);
    }
    return v;
}

static void
put_text(struct arena *a, struct val *v, const char *format, bool nullable)
{
    put_type(a, v, "string", nullable);
    if (format)
        val_put_cstr(v, "format", format);
}

/* An object elsewhere, or null. */
static struct val *
ref_or_null(struct arena *a, const struct shape *s)
{
    struct val *ref = describe_ref(a, s->of, s->type == SHAPE_LIST);
    if (!(s->flags & SHAPE_NULLABLE))
        return ref;
    struct val *v = val_map(a);
    struct val *any = val_put_list(v, "anyOf");
    val_add(any, ref);
    val_put_cstr(val_add_map(any), "type", "null");
    return v;
}

struct val *
describe_shape(struct arena *a, const struct shape *s)
{
    bool nullable = s->flags & SHAPE_NULLABLE;
    struct val *v = val_map(a);
    switch (s->type) {
    case SHAPE_TEXT:
        put_text(a, v, NULL, nullable);
        break;
    case SHAPE_UUID:
        put_text(a, v, "uuid", nullable);
        break;
    case SHAPE_TIME:
        put_text(a, v, "date-time", nullable);
        break;
    case SHAPE_CHOICE:
        put_text(a, v, NULL, nullable);
        put_choices(a, v, s->choices, nullable);
        break;
    case SHAPE_INT:
        put_type(a, v, "integer", nullable);
        break;
    case SHAPE_NUMBER:
        put_type(a, v, "number", nullable);
        break;
    case SHAPE_BOOL:
        put_type(a, v, "boolean", nullable);
        break;
    case SHAPE_TEXTS:
        put_type(a, v, "array", nullable);
        struct val *items = val_put_map(v, "items");
        val_put_cstr(items, "type", "string");
        if (s->choices)
            put_choices(a, items, s->choices, false);
        break;
    case SHAPE_MAP:
    case SHAPE_LIST:
        v = ref_or_null(a, s);
        break;
    }
    if (s->words)
        val_put_cstr(v, "description", s->words);
    return v;
}

struct val *
describe_schema(struct arena *a, const struct schema *s)
{
    struct val *v = val_map(a), *required = val_list(a);
    val_put_cstr(v, "type", "object");
    if (s->words)
        val_put_cstr(v, "description", s->words);
    struct val *members = val_put_map(v, "properties");
    for (const struct shape *m = s->members; m->name; m++) {
        val_put(members, m->name, describe_shape(a, m));
        if (!(m->flags & SHAPE_OPTIONAL))
            val_add_str(required, str_cstr(m->name));
    }
    if (required->u.list.n)
        val_put(v, "required", required);
    if (s->open)
        val_put_bool(v, "additionalProperties", true);
    return v;
}

static struct val *
split(struct arena *a, struct str words)
{
    struct val *list = val_list(a);
    struct str word;
    while (words.n) {
        str_cut(words, ' ', &word, &words);
        val_add_str(list, word);
    }
    return list;
}

struct val *
describe_shape_example(struct arena *a, const struct shape *s)
{
    struct err unread;
    struct val *v;
    if (s->of && s->example == NULL && !(s->flags & SHAPE_NULLABLE))
        return describe_example(a, s->of, s->type == SHAPE_LIST);
    if (!s->example) {
        must(s->flags & (SHAPE_NULLABLE | SHAPE_OPTIONAL));
        return val_null(a);
    }
    switch (s->type) {
    case SHAPE_TEXT:
    case SHAPE_UUID:
    case SHAPE_TIME:
    case SHAPE_CHOICE:
        return val_str(a, str_cstr(s->example));
    case SHAPE_TEXTS:
        return split(a, str_cstr(s->example));
    case SHAPE_MAP: /* "": the example of what it refers to */
    case SHAPE_LIST:
        return describe_example(a, s->of, s->type == SHAPE_LIST);
    case SHAPE_INT:
    case SHAPE_NUMBER:
    case SHAPE_BOOL:
        break;
    }
    err_init(&unread, a);
    enum err_code code = json_read(a, str_cstr(s->example), &v, &unread);
    must(!code);
    return v;
}

struct val *
describe_example(struct arena *a, const struct schema *s, bool list)
{
    struct val *v = val_map(a);
    for (const struct shape *m = s->members; m->name; m++) {
        bool shown = m->example || m->of || !(m->flags & SHAPE_OPTIONAL);
        if (shown)
            val_put(v, m->name, describe_shape_example(a, m));
    }
    if (!list)
        return v;
    struct val *all = val_list(a);
    val_add(all, v);
    return all;
}

/* ---- from field tables ---- */

static void
put_bounds(struct val *v, const char *low, const char *high,
    const struct field *f)
{
    if (f->min > 0)
        val_put_int(v, low, f->min);
    val_put_int(v, high, f->max);
}

static void
put_list(struct val *v, const struct field *f)
{
    put_bounds(v, "minItems", "maxItems", f);
    struct val *items = val_put_map(v, "items");
    val_put_cstr(items, "type", "string");
    if (f->type == FIELD_CIDRS)
        val_put_cstr(items, "description",
            "A network such as 10.0.0.0/8 or 2001:db8::/32.");
    val_put_int(items, "minLength", 1);
    val_put_int(items, "maxLength", FIELD_ENTRY_MAX);
}

static const char *
json_type(enum field_type type)
{
    switch (type) {
    case FIELD_INT:
        return "integer";
    case FIELD_BOOL:
        return "boolean";
    case FIELD_MONEY:
        return "number";
    case FIELD_LIST:
    case FIELD_CIDRS:
        return "array";
    case FIELD_TEXT:
    case FIELD_LINES:
    case FIELD_SECRET:
    case FIELD_TIME:
    case FIELD_CHOICE:
        break;
    }
    return "string";
}

static struct val *
field_schema(struct arena *a, const struct field *f)
{
    bool nullable = f->flags & FIELD_NULLABLE;
    struct val *v = val_map(a);
    val_put_cstr(v, "title", f->label);
    put_type(a, v, json_type(f->type), nullable);
    switch (f->type) {
    case FIELD_TEXT:
    case FIELD_LINES:
    case FIELD_SECRET:
        put_bounds(v, "minLength", "maxLength", f);
        break;
    case FIELD_INT:
        val_put_int(v, "minimum", f->min);
        val_put_int(v, "maximum", f->max);
        break;
    case FIELD_MONEY:
        val_put_int(v, "minimum", f->min / MICRO);
        val_put_int(v, "maximum", f->max / MICRO);
        val_put_cstr(v, "description",
            "US dollars, with up to six decimal places.");
        break;
    case FIELD_TIME:
        val_put_cstr(v, "description",
            "A time in RFC 3339, or a date, which means its end in UTC.");
        break;
    case FIELD_CHOICE:
        put_choices(a, v, f->choices, nullable);
        break;
    case FIELD_LIST:
    case FIELD_CIDRS:
        put_list(v, f);
        break;
    case FIELD_BOOL:
        break;
    }
    return v;
}

void
describe_fields(struct arena *a, const struct field *table,
    struct val *members, struct val *required)
{
    for (const struct field *f = table; f->name; f++) {
        if (f->flags & FIELD_FORM_ONLY)
            continue;
        val_put(members, f->name, field_schema(a, f));
        if (required && (f->flags & FIELD_REQUIRED))
            val_add_str(required, str_cstr(f->name));
    }
}
