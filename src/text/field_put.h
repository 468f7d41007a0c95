/* SPDX-License-Identifier: ISC */
#ifndef TEXT_FIELD_PUT_H
#define TEXT_FIELD_PUT_H

/*
 * The one place where a value from outside enters an input struct.  Both
 * readers of text/fields.h end here, so that both doors refuse the same input
 * with the same words.  For text/fields.c only.
 */

#include "base/err.h"
#include "base/field.h"
#include "text/val.h"

/* Through which door, and into what. */
struct field_door {
    struct arena *arena;
    const struct field *table;
    char *in;              /* the input struct, as bytes */
    struct field_set *set; /* the first member of the same struct */
    bool form;             /* numbers, switches and networks come as text */
    struct err *err;
};

/*
 * field_put -- check one value and store it, or leave a message at its field.
 * i  place of the row in the table
 * v  the value; VAL_NULL for "cleared", and for what a form left out.  Text is
 *    referred to, not copied, where it is stored unchanged.
 */
void field_put(struct field_door *d, int i, const struct val *v);

#endif
