/* SPDX-License-Identifier: ISC */
#include "text/val.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct val *
val_new(struct arena *a, enum val_type type)
{
    struct val *v = ARENA_NEW(a, struct val);
    v->type = type;
    v->arena = a;
    return v;
}

struct val *
val_null(struct arena *a)
{
    return val_new(a, VAL_NULL);
}

struct val *
val_bool(struct arena *a, bool b)
{
    struct val *v = val_new(a, VAL_BOOL);
    v->u.b = b;
    return v;
}

struct val *
val_int(struct arena *a, int64_t i)
{
    struct val *v = val_new(a, VAL_INT);
    v->u.i = i;
    return v;
}

struct val *
val_real(struct arena *a, double d)
{
    struct val *v = val_new(a, VAL_REAL);
    v->u.real = d;
    return v;
}

struct val *
val_str(struct arena *a, struct str s)
{
    struct val *v = val_new(a, VAL_STR);
    v->u.s = s;
    return v;
}

struct val *
val_list(struct arena *a)
{
    return val_new(a, VAL_LIST);
}

struct val *
val_map(struct arena *a)
{
    return val_new(a, VAL_MAP);
}

/* A copy of `n` entries in a place twice as large; the old one stays in the
 * arena until its reset. */
static void *
grow(struct arena *a, const void *old, size_t n, size_t *cap, size_t size)
{
    *cap = *cap ? *cap * 2 : 8;
    void *p = arena_array(a, *cap, size);
    if (n)
        memcpy(p, old, n * size);
    return p;
}

struct val *
val_add(struct val *list, struct val *item)
{
    must(list->type == VAL_LIST);
    if (list->u.list.n == list->u.list.cap)
        list->u.list.items = grow(list->arena, list->u.list.items,
            list->u.list.n, &list->u.list.cap, sizeof(struct val *));
    list->u.list.items[list->u.list.n++] = item;
    return item;
}

struct val *
val_add_map(struct val *list)
{
    return val_add(list, val_map(list->arena));
}

void
val_add_str(struct val *list, struct str s)
{
    val_add(list, val_str(list->arena, s));
}

static struct val_pair *
pair_find(const struct val *map, struct str name)
{
    for (size_t i = 0; i < map->u.map.n; i++) {
        struct val_pair *p = &map->u.map.pairs[i];
        /* the length is looked at here: it spares most of the calls */
        if (p->name.n == name.n && str_eq(p->name, name))
            return p;
    }
    return NULL;
}

void
val_put_new(struct val *map, struct str name, struct val *v)
{
    must(map->type == VAL_MAP);
    if (map->u.map.n == map->u.map.cap)
        map->u.map.pairs = grow(map->arena, map->u.map.pairs, map->u.map.n,
            &map->u.map.cap, sizeof(struct val_pair));
    map->u.map.pairs[map->u.map.n++] = (struct val_pair){ name, v };
}

void
val_put_named(struct val *map, struct str name, struct val *v)
{
    must(map->type == VAL_MAP);
    struct val_pair *p = pair_find(map, name);
    if (p)
        p->val = v;
    else
        val_put_new(map, name, v);
}

struct val *
val_put(struct val *map, const char *name, struct val *v)
{
    val_put_named(map, str_cstr(name), v);
    return v;
}

void
val_put_str(struct val *map, const char *name, struct str s)
{
    val_put(map, name, val_str(map->arena, s));
}

void
val_put_cstr(struct val *map, const char *name, const char *z)
{
    val_put_str(map, name, str_cstr(z));
}

void
val_put_fmt(struct val *map, const char *name, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    val_put_str(map, name, arena_vfmt(map->arena, fmt, ap));
    va_end(ap);
}

void
val_put_int(struct val *map, const char *name, int64_t i)
{
    val_put(map, name, val_int(map->arena, i));
}

void
val_put_bool(struct val *map, const char *name, bool b)
{
    val_put(map, name, val_bool(map->arena, b));
}

void
val_put_null(struct val *map, const char *name)
{
    val_put(map, name, val_null(map->arena));
}

struct val *
val_put_list(struct val *map, const char *name)
{
    return val_put(map, name, val_list(map->arena));
}

struct val *
val_put_map(struct val *map, const char *name)
{
    return val_put(map, name, val_map(map->arena));
}

struct val *
val_get(const struct val *map, struct str name)
{
    if (!map || map->type != VAL_MAP)
        return NULL;
    struct val_pair *p = pair_find(map, name);
    return p ? p->val : NULL;
}

struct val *
val_get_cstr(const struct val *map, const char *name)
{
    return val_get(map, str_cstr(name));
}

bool
val_true(const struct val *v)
{
    return v && v->type == VAL_BOOL && v->u.b;
}

struct str
val_text(const struct val *v)
{
    return v && v->type == VAL_STR ? v->u.s : (struct str){ NULL, 0 };
}

/* Seventeen digits always read back the same; most numbers need far fewer. */
static struct str
real_show(double d, char tmp[VAL_SHOW_MAX])
{
    int n = 0;
    for (int digits = 1; digits <= 17; digits++) {
        n = snprintf(tmp, VAL_SHOW_MAX, "%.*g", digits, d);
        double back = strtod(tmp, NULL);
        if (memcmp(&back, &d, sizeof d) == 0)
            break;
    }
    return (struct str){ tmp, (size_t)n };
}

struct str
val_show(const struct val *v, char tmp[VAL_SHOW_MAX])
{
    if (!v)
        return (struct str){ NULL, 0 };
    switch (v->type) {
    case VAL_STR:
        return v->u.s;
    case VAL_BOOL:
        return v->u.b ? STR("true") : STR("false");
    case VAL_INT: {
        int n = snprintf(tmp, VAL_SHOW_MAX, "%" PRId64, v->u.i);
        return (struct str){ tmp, (size_t)n };
    }
    case VAL_REAL:
        return real_show(v->u.real, tmp);
    case VAL_NULL:
    case VAL_LIST:
    case VAL_MAP:
        break;
    }
    return (struct str){ NULL, 0 };
}
