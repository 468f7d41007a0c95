/* SPDX-License-Identifier: ISC */
#ifndef MODEL_REPORT_H
#define MODEL_REPORT_H

#include "base/field.h"

enum { REPORTS_MOST = 1000 /* in one request */ };

/* What POST /v1/usage reads of one call. */
struct report_in {
    struct field_set set;
    struct str id;        /* the reservation's, as the gate gave it
                             (x-inference-id), or one of the reporter's own */
    struct str key;       /* prefix; may be left out with a reservation */
    struct str model, endpoint;
    int64_t input_tokens, output_tokens; /* not sent: not known */
    int outcome;          /* 0 succeeded, 1 failed; not sent: succeeded */
    struct str upstream_id, client_id;
    int64_t took_ms;
    int64_t time;         /* of calls without reservation; not sent: now */
};
extern const struct field report_fields[];

#endif
