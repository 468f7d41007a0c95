/* SPDX-License-Identifier: ISC */
#ifndef TEXT_FIELDS_H
#define TEXT_FIELDS_H

#include "base/err.h"
#include "base/field.h"
#include "text/form.h"
#include "text/val.h"

/*
 * fields_from_form -- fill the input struct `in` (zeroed by the caller, begins
 * with struct field_set) from a posted form.  A form is a full set: an absent
 * FIELD_BOOL is false and counts as present; an absent optional field is null.
 * Unknown names, repeated single-valued names and bad values become messages
 * at their field in `err` (ERR_INVALID; an unknown name uses the field "").
 * Returns err->code.
 */
NODISCARD enum err_code fields_from_form(struct arena *a,
    const struct field *table, const struct pairs *form, void *in,
    struct err *err);

/*
 * fields_from_json -- the same from a JSON object.  body == NULL means an
 * empty object.  A body that is no object is ERR_MALFORMED.
 * `partial`: absent required fields are no error (PATCH).
 */
NODISCARD enum err_code fields_from_json(struct arena *a,
    const struct field *table, const struct val *body, bool partial, void *in,
    struct err *err);

#endif
