/* SPDX-License-Identifier: ISC */
#ifndef API_API_H
#define API_API_H

/*
 * The handlers of the machine faces, as the routes name them: the gate, the
 * JSON check, a key's look at itself, and health.
 */

#include "http/route.h"

/* api_authorize -- any request in the FastCGI role AUTHORIZER: 200 with
 * Variable-KEYLODGE_KEY, _WORKSPACE, _INFERENCE and _MODEL (if named), or the
 * refusal.  Not
 * in the table of routes: it has every path. */
handler api_authorize;

/* api_guarded -- a path under the gate's prefix that no upstream answers: checks
 * the key once more and says so.  Not in the table of routes either. */
handler api_guarded;

/* api_gate -- GET /gate, the sub-request of nginx and others: 204 with
 * x-keylodge-key, -workspace and -model, x-inference-id and x-ratelimit-*, or
 * the refusal.  The path that is asked about comes in X-Original-URI, the model
 * in X-Model, the deployment in X-Deployment, estimates in X-Input-Tokens and
 * X-Max-Output-Tokens; what is less than the model's own estimate does not
 * count, because it may come from the client. */
handler api_gate;

/* api_check -- POST /v1/check, for gateways: always 200 with the decision. */
handler api_check;

/* api_usage -- POST /v1/usage: one report, or {"reports": [...]} of up to
 * REPORTS_MOST.  One alone: 200 with what was counted, 409 for other numbers,
 * 422 or 404 as a problem document.  Several: 200 with a result for each. */
handler api_usage;

/* api_key_own -- GET /v1/key, as AIMLAPI has it. */
handler api_key_own;

/* api_health -- GET /healthz: the process answers.
 * api_ready -- GET /readyz: it can do its work; ?verbose lists the checks. */
handler api_health, api_ready;

#endif
