/* SPDX-License-Identifier: ISC */
#ifndef MODEL_LEAK_H
#define MODEL_LEAK_H

/* Keys that somebody found where they do not belong. */

#include "base/field.h"

enum { LEAK_KEY_MAX = 512, LEAK_SOURCE_MAX = 500 };

/* What POST /v1/leaks and the public page read. */
struct leak_in {
    struct field_set set;
    struct str key;    /* as found; the key itself is the proof */
    struct str source; /* where it was found; may be empty */
};
extern const struct field leak_fields[];

struct leak {
    int64_t at_s;
    struct str address; /* of who reported it */
    struct str source;  /* their words */
    struct str last4;   /* of the secret */
};

#endif
