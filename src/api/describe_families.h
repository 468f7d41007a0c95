/* SPDX-License-Identifier: ISC */
#ifndef API_DESCRIBE_FAMILIES_H
#define API_DESCRIBE_FAMILIES_H

/* The families, one file each, for describe.c alone. */

#include "api/describe.h"

extern const struct family describe_gate;    /* the gate and its reports */
extern const struct family describe_aimlapi, describe_exoscale;
extern const struct family describe_aixplain;
extern const struct family describe_own;     /* /v1/workspace... */
extern const struct family describe_process; /* health */

extern const struct schema describe_problem; /* of RFC 9457 */

/* describe_error -- the shape of an error; NULL: a line of text. */
const struct schema *describe_error(enum face face, enum err_code code);

/* describe_error_name -- "aimlapi": how the errors of a face are called. */
const char *describe_error_name(enum face face);

#endif
