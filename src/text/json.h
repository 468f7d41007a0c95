/* SPDX-License-Identifier: ISC */
#ifndef TEXT_JSON_H
#define TEXT_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "text/val.h"

enum {
    JSON_DEPTH_MAX = 16,    /* lists and maps inside each other */
    JSON_NODES_MAX = 30000  /* values, names of members counted too; a batch
                               of 1,000 reports has 27,000 */
};

/*
 * json_read -- strict RFC 8259 (jansson): one value, valid UTF-8, no duplicate
 * members, integers within int64_t, reals finite, no NUL inside text, at most
 * JSON_DEPTH_MAX deep and JSON_NODES_MAX values.
 * Both bounds hold before a tree is built.  A number with a point or exponent
 * is VAL_REAL, any other VAL_INT, so integers are exact.
 * out: request lifetime, strings copied.
 * Errors: ERR_MALFORMED with line and column (in characters), never with
 * bytes of the input.
 */
NODISCARD enum err_code json_read(struct arena *a, struct str text,
    struct val **out, struct err *err);

/*
 * json_write -- append v as compact JSON.  VAL_REAL is written with the fewest
 * digits that read back the same, always as a real ("1.0", "1e+20"); one that
 * is not finite as null.  Strings must be valid UTF-8.
 */
void json_write(struct buf *out, const struct val *v);

/* json_pretty -- the same for people: a member or item a line, indented by two
 * spaces a level; what is empty stays on its line. */
void json_pretty(struct buf *out, const struct val *v);

/* json_text -- append s as a quoted JSON string. */
void json_text(struct buf *out, struct str s);

#endif
