/* SPDX-License-Identifier: ISC */
#ifndef API_DECISION_H
#define API_DECISION_H

#include "core/why.h"

/*
 * decision_json -- what was decided on a call, for GET /v1/decisions and the
 * shell: {id, request_id, time, allowed, reason, message, key {prefix, name},
 * model, endpoint, deployment, address, state, usage or null, rules[]}.
 * state: "refused", "under_way", "succeeded", "failed".
 * A rule: {rule, name, state, allowed, given, limit, opens_at}; limit is null
 * or {source, counts, period, model, amount, used, reserved, need}, amounts null
 * where they are not for the actor; requests, tokens or micro-USD.  Of an
 * allowed call each state is "applies", and limits are as they stand now.
 * Request lifetime.
 */
struct val *decision_json(struct cx *cx, const struct why *w);

#endif
