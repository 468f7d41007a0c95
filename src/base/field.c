/* SPDX-License-Identifier: ISC */
#include "base/field.h"

int
field_index(const struct field *table, struct str name)
{
    for (int i = 0; table[i].name; i++)
        if (str_is(name, table[i].name))
            return i;
    return -1;
}

bool
field_sent(const struct field *table, const struct field_set *set,
    const char *name)
{
    int i = field_index(table, str_cstr(name));
    return i >= 0 && (set->present >> i & 1);
}

bool
field_has(const struct field *table, const struct field_set *set,
    const char *name)
{
    int i = field_index(table, str_cstr(name));
    uint64_t bit = i < 0 ? 0 : (uint64_t)1 << i;
    return (set->present & ~set->null & bit) != 0;
}
