/* SPDX-License-Identifier: ISC */
#ifndef TEXT_VAL_H
#define TEXT_VAL_H

/*
 * A tree of values: what a template shows, what a JSON body held, what a JSON
 * answer says.  One type for all three.  Everything lives in the arena it was
 * made in; strings are referred to, not copied, so they must live as long.
 * Maps keep the order of insertion; names in a map are unique (val_put
 * replaces).  Look-up is a walk: maps are meant to be small.  Adding to what
 * is no list, or putting into what is no map, stops the program.
 */

#include "base/arena.h"

enum val_type {
    VAL_NULL, VAL_BOOL, VAL_INT, VAL_REAL, VAL_STR, VAL_LIST, VAL_MAP
};

struct val;

struct val_pair {
    struct str name;
    struct val *val;
};

struct val {
    enum val_type type;
    struct arena *arena;
    union {
        bool b;
        int64_t i;
        double real;
        struct str s;
        struct {
            struct val **items;
            size_t n, cap;
        } list;
        struct {
            struct val_pair *pairs;
            size_t n, cap;
        } map;
    } u;
};

struct val *val_null(struct arena *a);
struct val *val_bool(struct arena *a, bool b);
struct val *val_int(struct arena *a, int64_t i);
struct val *val_real(struct arena *a, double d);
struct val *val_str(struct arena *a, struct str s);
struct val *val_list(struct arena *a);
struct val *val_map(struct arena *a);

/* val_add -- append to a list; returns the item. */
struct val *val_add(struct val *list, struct val *item);
/* val_add_map -- append a new empty map and return it. */
struct val *val_add_map(struct val *list);
void val_add_str(struct val *list, struct str s);

/* val_put -- set a member of a map; `name` is NUL-terminated and must outlive
 * the tree (a literal). Returns v. */
struct val *val_put(struct val *map, const char *name, struct val *v);
void val_put_named(struct val *map, struct str name, struct val *v);
/* val_put_new -- append a member whose name is known to be new: the map is not
 * searched, so building a large one stays linear. */
void val_put_new(struct val *map, struct str name, struct val *v);
void val_put_str(struct val *map, const char *name, struct str s);
void val_put_cstr(struct val *map, const char *name, const char *z);
void val_put_fmt(struct val *map, const char *name, const char *fmt, ...)
    PRINTF(3, 4);
void val_put_int(struct val *map, const char *name, int64_t i);
void val_put_bool(struct val *map, const char *name, bool b);
void val_put_null(struct val *map, const char *name);
/* a new empty list / map as member; returns it */
struct val *val_put_list(struct val *map, const char *name);
struct val *val_put_map(struct val *map, const char *name);

/* val_get -- member of a map, or NULL (also when `map` is no map). */
struct val *val_get(const struct val *map, struct str name);
struct val *val_get_cstr(const struct val *map, const char *name);

/* val_text -- of a string; the empty view for anything else and NULL. */
struct str val_text(const struct val *v);

/* val_true -- is it the value true?  v may be NULL. */
bool val_true(const struct val *v);

/*
 * val_show -- how a single value reads as text: a string as it is, "true" and
 * "false", an integer in decimal, a real with the fewest digits that read back
 * the same.  Null, lists, maps and NULL give the empty view.
 * tmp: where digits are written; the result may point into it or into v.
 */
enum { VAL_SHOW_MAX = 32 };
struct str val_show(const struct val *v, char tmp[VAL_SHOW_MAX]);

#endif
