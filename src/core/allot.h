/* SPDX-License-Identifier: ISC */
#ifndef CORE_ALLOT_H
#define CORE_ALLOT_H

/* A key together with its limits, for APIs whose keys have both in one body. */

#include "core/key.h"
#include "core/limit.h"
#include "model/usage.h"

/* allot_create -- a new standard key with limits: both, or nothing.  Errors as
 * key_create and limit_set. */
NODISCARD enum err_code allot_create(struct cx *cx, const struct key_in *in,
    const struct limit_in *limits, size_t n, struct str *text,
    struct key *out);

/* allot_edit -- change a key and its limits: both, or nothing.  `in` that says
 * nothing leaves the key alone.  Errors as key_edit and limit_set. */
NODISCARD enum err_code allot_edit(struct cx *cx, struct str prefix,
    const struct key_in *in, const struct limit_in *limits, size_t n);

/*
 * allot_today -- the rules of a key, and what it used since 00:00 UTC by model
 * (group: its name).  For who sets limits, and for the key itself.
 * k  of cx->ws
 */
NODISCARD enum err_code allot_today(struct cx *cx, const struct key *k,
    struct limits *limits, struct usage_rows *today);

#endif
