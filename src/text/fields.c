/* SPDX-License-Identifier: ISC */
#include "text/fields.h"

#include "text/field_put.h"
#include "text/utf8.h"

/* Code points of an unknown name that a message repeats. */
enum { NAME_SHOWN_MAX = 40 };

static struct field_door
open_door(struct arena *a, const struct field *table, void *in, bool form,
    struct err *err)
{
    int rows = 0;
    for (; table[rows].name; rows++)
        must(table[rows].missing || !(table[rows].flags & FIELD_REQUIRED));
    must(rows <= FIELD_TABLE_MAX);
    return (struct field_door){
        .arena = a,
        .table = table,
        .in = in,
        .set = in,
        .form = form,
        .err = err,
    };
}

static void
refuse_unknown(struct err *err, struct str name)
{
    struct str shown = utf8_clip(name, NAME_SHOWN_MAX);
    if (shown.n == 0 || !utf8_plain(shown, false))
        err_field(err, "", "A field was sent that is not known here");
    else
        err_field(err, "", "There is no field called %.*s%s here",
            STR_ARG(shown), shown.n < name.n ? "…" : "");
}

/* What follows the prefix of row f in a form's field name; empty when the
 * name is none of its.  A '=' would not be told from the one we add. */
static struct str
rest_of(const struct field *f, struct str name)
{
    struct str prefix = str_cstr(f->name);
    if (!(f->flags & FIELD_PREFIX) || !str_starts(name, prefix))
        return (struct str){ NULL, 0 };
    struct str rest = str_from(name, prefix.n);
    return str_find(rest, '=') == rest.n ? rest : str_head(rest, 0);
}

static bool
is_open(const struct field *f, unsigned closed)
{
    return !(f->flags & closed);
}

/* The row that reads a form's field of this name, or -1. */
static int
form_row(const struct field *table, struct str name)
{
    int i = field_index(table, name);
    if (i >= 0 && is_open(&table[i], FIELD_JSON_ONLY | FIELD_PREFIX))
        return i;
    for (i = 0; table[i].name; i++)
        if (is_open(&table[i], FIELD_JSON_ONLY) &&
            rest_of(&table[i], name).n > 0)
            return i;
    return -1;
}

/* Was a field of this name sent before the one at `at`? */
static bool
is_repeated(const struct pairs *form, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_eq(form->items[i].name, form->items[at].name))
            return true;
    return false;
}

/* Names first: what is unknown, and what came twice though it is one value. */
static void
check_names(const struct field *table, const struct pairs *form,
    struct err *err)
{
    for (size_t at = 0; at < form->n; at++) {
        int i = form_row(table, form->items[at].name);
        if (i < 0) {
            refuse_unknown(err, form->items[at].name);
            continue;
        }
        const struct field *f = &table[i];
        bool many = f->type == FIELD_LIST && !(f->flags & FIELD_PREFIX);
        if (!many && is_repeated(form, at))
            err_field(err, f->name, "%s must be sent only once", f->label);
    }
}

/* All values of a list; an entry that was left empty is no entry. */
static struct val *
form_list(struct arena *a, const struct field *f, const struct pairs *form)
{
    struct val *list = val_list(a);
    for (size_t i = 0; i < form->n; i++) {
        const struct pair *p = &form->items[i];
        if (str_trim(p->value).n == 0)
            continue;
        struct str rest = rest_of(f, p->name);
        if (rest.n > 0)
            val_add_str(list,
                arena_fmt(a, "%.*s=%.*s", STR_ARG(rest),
                    STR_ARG(str_trim(p->value))));
        else if (!(f->flags & FIELD_PREFIX) && str_is(p->name, f->name))
            val_add_str(list, p->value);
    }
    return list->u.list.n ? list : val_null(a);
}

/* One network a line, blank lines left out. */
static struct val *
form_lines(struct arena *a, struct str text)
{
    struct val *list = val_list(a);
    while (text.n) {
        struct str line;
        str_cut(text, '\n', &line, &text);
        if (str_trim(line).n)
            val_add_str(list, line);
    }
    return list->u.list.n ? list : val_null(a);
}

/* What the form says for row f: VAL_NULL when that is nothing. */
static struct val *
form_value(struct arena *a, const struct field *f, const struct pairs *form)
{
    if (f->type == FIELD_LIST)
        return form_list(a, f, form);
    if (form_count(form, f->name) == 0)
        return f->type == FIELD_BOOL ? val_bool(a, false) : val_null(a);
    struct str s = form_get(form, f->name);
    return f->type == FIELD_CIDRS ? form_lines(a, s) : val_str(a, s);
}

enum err_code
fields_from_form(struct arena *a, const struct field *table,
    const struct pairs *form, void *in, struct err *err)
{
    struct field_door d = open_door(a, table, in, true, err);
    check_names(table, form, err);
    for (int i = 0; table[i].name; i++)
        if (is_open(&table[i], FIELD_JSON_ONLY))
            field_put(&d, i, form_value(a, &table[i], form));
    return err->code;
}

enum err_code
fields_from_json(struct arena *a, const struct field *table,
    const struct val *body, bool partial, void *in, struct err *err)
{
    struct field_door d = open_door(a, table, in, false, err);
    if (body && body->type != VAL_MAP)
        return ERR(err, ERR_MALFORMED, "The body must be a JSON object.");
    for (size_t m = 0; body && m < body->u.map.n; m++) {
        struct str name = body->u.map.pairs[m].name;
        int i = field_index(table, name);
        if (i < 0 || !is_open(&table[i], FIELD_FORM_ONLY))
            refuse_unknown(err, name);
    }
    for (int i = 0; table[i].name; i++) {
        const struct field *f = &table[i];
        const struct val *v = val_get_cstr(body, f->name);
        if (!is_open(f, FIELD_FORM_ONLY))
            continue;
        if (v)
            field_put(&d, i, v);
        else if ((f->flags & FIELD_REQUIRED) && !partial)
            err_field(err, f->name, "%s", f->missing);
    }
    return err->code;
}
