/* SPDX-License-Identifier: ISC */
#include "schema.h"

#include <regex.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WHERE_BYTES = 300, SAID_BYTES = 700, DEPTH_MOST = 30 };

static char said[SAID_BYTES];

struct look {
    const json_t *doc;
    bool strict;
    char where[WHERE_BYTES];
    int depth;
};

static bool check(struct look *l, const json_t *schema, const json_t *v);

__attribute__((format(printf, 2, 3))) static bool
fault(const struct look *l, const char *fmt, ...)
{
    char words[SAID_BYTES / 2];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(words, sizeof words, fmt, ap);
    va_end(ap);
    (void)snprintf(said, sizeof said, "%s: %s",
        l->where[0] ? l->where : "/", words);
    return false;
}

const json_t *
schema_resolve(const json_t *doc, const json_t *schema)
{
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    char word[WHERE_BYTES];
    if (!ref || strncmp(ref, "#/", 2) != 0)
        return schema;
    const json_t *at = doc;
    for (ref += 2; at && *ref;) {
        size_t n = strcspn(ref, "/");
        (void)snprintf(word, sizeof word, "%.*s", (int)n, ref);
        at = json_object_get(at, word);
        ref += n + (ref[n] == '/');
    }
    return schema_resolve(doc, at);
}

static bool
is_type(const char *type, const json_t *v)
{
    return (strcmp(type, "string") == 0 && json_is_string(v)) ||
        (strcmp(type, "integer") == 0 && json_is_integer(v)) ||
        (strcmp(type, "number") == 0 && json_is_number(v)) ||
        (strcmp(type, "boolean") == 0 && json_is_boolean(v)) ||
        (strcmp(type, "object") == 0 && json_is_object(v)) ||
        (strcmp(type, "array") == 0 && json_is_array(v)) ||
        (strcmp(type, "null") == 0 && json_is_null(v));
}

static bool
check_type(struct look *l, const json_t *type, const json_t *v)
{
    if (json_is_string(type))
        return is_type(json_string_value(type), v) ||
            fault(l, "is no %s", json_string_value(type));
    for (size_t i = 0; i < json_array_size(type); i++)
        if (is_type(json_string_value(json_array_get(type, i)), v))
            return true;
    return !type || fault(l, "is of none of the types");
}

static bool
matches(const char *pattern, const char *text)
{
    regex_t re;
    char posix[WHERE_BYTES];
    size_t n = 0;
    /* "(?:" is all that the published patterns have beyond POSIX */
    for (const char *p = pattern; *p && n + 1 < sizeof posix; p++) {
        posix[n++] = *p;
        if (strncmp(p, "(?:", 3) == 0)
            p += 2;
    }
    posix[n] = '\0';
    if (regcomp(&re, posix, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool hit = regexec(&re, text, 0, NULL, 0) == 0;
    regfree(&re);
    return hit;
}

static bool
check_format(struct look *l, const char *format, const char *text)
{
    static const char time[] = "^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:"
        "[0-5][0-9]:[0-6][0-9](\\.[0-9]+)?(Z|[+-][0-2][0-9]:[0-5][0-9])$";
    static const char uuid[] = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-"
        "[0-9a-f]{4}-[0-9a-f]{12}$";
    const char *pattern = strcmp(format, "date-time") == 0 ? time
        : strcmp(format, "uuid") == 0                      ? uuid
                                                           : "";
    return matches(pattern, text) || fault(l, "%s is no %s", text, format);
}

static bool
check_text(struct look *l, const json_t *schema, const json_t *v)
{
    const char *text = json_string_value(v);
    const json_t *pattern = json_object_get(schema, "pattern");
    const json_t *format = json_object_get(schema, "format");
    const json_t *least = json_object_get(schema, "minLength");
    const json_t *most = json_object_get(schema, "maxLength");
    json_int_t n = (json_int_t)json_string_length(v);
    if (least && n < json_integer_value(least))
        return fault(l, "is shorter than %d",
            (int)json_integer_value(least));
    if (most && n > 4 * json_integer_value(most)) /* bytes, not characters */
        return fault(l, "is longer than %d", (int)json_integer_value(most));
    if (format && !check_format(l, json_string_value(format), text))
        return false;
    return !pattern || matches(json_string_value(pattern), text) ||
        fault(l, "%s does not fit %s", text, json_string_value(pattern));
}

static bool
check_number(struct look *l, const json_t *schema, const json_t *v)
{
    const json_t *least = json_object_get(schema, "minimum");
    const json_t *most = json_object_get(schema, "maximum");
    double n = json_number_value(v);
    if (least && n < json_number_value(least))
        return fault(l, "%g is below the minimum", n);
    return !most || n <= json_number_value(most) ||
        fault(l, "%g is above the maximum", n);
}

static bool
check_in(struct look *l, const char *name, const json_t *schema,
    const json_t *v)
{
    size_t before = strlen(l->where);
    (void)snprintf(l->where + before, sizeof l->where - before, "/%s", name);
    bool ok = check(l, schema, v);
    l->where[before] = '\0';
    return ok;
}

static bool
check_object(struct look *l, const json_t *schema, const json_t *v)
{
    const json_t *members = json_object_get(schema, "properties");
    const json_t *required = json_object_get(schema, "required");
    const json_t *more = json_object_get(schema, "additionalProperties");
    const char *name;
    json_t *one;
    for (size_t i = 0; i < json_array_size(required); i++) {
        name = json_string_value(json_array_get(required, i));
        /* a published file wants members that it does not describe */
        if (!l->strict && !json_object_get(members, name))
            continue;
        if (!json_object_get(v, name))
            return fault(l, "%s is missing", name);
    }
    json_object_foreach ((json_t *)(uintptr_t)v, name, one) {
        const json_t *of = json_object_get(members, name);
        if (!of && (json_is_false(more) || (l->strict && !more)))
            return fault(l, "%s is not described", name);
        if (of && !check_in(l, name, of, one))
            return false;
    }
    return true;
}

static bool
check_array(struct look *l, const json_t *schema, const json_t *v)
{
    char at[32];
    for (size_t i = 0; i < json_array_size(v); i++) {
        (void)snprintf(at, sizeof at, "%zu", i);
        const json_t *items = json_object_get(schema, "items");
        if (items && !check_in(l, at, items, json_array_get(v, i)))
            return false;
    }
    return true;
}

static bool
check_lists(struct look *l, const json_t *schema, const json_t *v)
{
    const json_t *all = json_object_get(schema, "allOf");
    const json_t *any = json_object_get(schema, "anyOf");
    const json_t *choices = json_object_get(schema, "enum");
    bool hit = !any, chosen = !choices;
    if (!any && (any = json_object_get(schema, "oneOf")) != NULL)
        hit = false;
    for (size_t i = 0; i < json_array_size(all); i++) {
        bool strict = l->strict;
        l->strict = false; /* each part knows its own members only */
        bool ok = check(l, json_array_get(all, i), v);
        l->strict = strict;
        if (!ok)
            return false;
    }
    for (size_t i = 0; !hit && i < json_array_size(any); i++)
        hit = check(l, json_array_get(any, i), v);
    for (size_t i = 0; !chosen && i < json_array_size(choices); i++)
        chosen = json_equal(json_array_get(choices, i), v);
    return hit && (chosen || fault(l, "is none of the choices"));
}

static bool
check(struct look *l, const json_t *schema, const json_t *v)
{
    schema = schema_resolve(l->doc, schema);
    if (!json_is_object(schema) || l->depth >= DEPTH_MOST)
        return fault(l, "there is no schema");
    if (json_is_null(v) && json_is_true(json_object_get(schema, "nullable")))
        return true;
    l->depth++;
    bool ok = check_type(l, json_object_get(schema, "type"), v) &&
        check_lists(l, schema, v) &&
        (!json_is_string(v) || check_text(l, schema, v)) &&
        (!json_is_number(v) || check_number(l, schema, v)) &&
        (!json_is_array(v) || check_array(l, schema, v)) &&
        (!json_is_object(v) || json_object_get(schema, "anyOf") ||
            json_object_get(schema, "allOf") ||
            check_object(l, schema, v));
    l->depth--;
    return ok;
}

const char *
schema_fault(const json_t *doc, const json_t *schema, const json_t *value,
    bool strict)
{
    struct look l = { .doc = doc, .strict = strict };
    said[0] = '\0';
    return check(&l, schema, value) ? "" : said;
}
