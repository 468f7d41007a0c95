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
 * count, because it may come from the client.  A refusal that nobody sees
 * (req->unseen) is always 403, and not counted. */
handler api_gate;

/* api_check -- POST /v1/check, for gateways: always 200 with the decision. */
handler api_check;

/* api_usage -- POST /v1/usage: one report, or {"reports": [...]} of up to
 * REPORTS_MOST.  One alone: 200 with what was counted, 409 for other numbers,
 * 422 or 404 as a problem document.  Several: 200 with a result for each. */
handler api_usage;

/*
 * Keys as AIMLAPI has them (contracts/README.md section 1), for management
 * keys: api_key_create -- POST /v1/keys; api_key_list -- GET, oldest first;
 * api_key_update -- PATCH and PUT /v1/keys/{prefix}, where what is not sent
 * stays; api_key_delete -- DELETE, which revokes.  api_key_own -- GET /v1/key,
 * about the key that asks.
 */
handler api_key_create, api_key_list, api_key_update, api_key_delete,
    api_key_own;

/* Keys as Exoscale has them, both generations: POST, GET /v2/ai/ai-api-key and
 * /v2/ai/api-key, GET, PATCH, DELETE .../{id}, POST .../{id}/rotate; and GET
 * .../{id}/reveal of the later one, which is always refused. */
handler api_exo_create, api_exo_list, api_exo_get, api_exo_update,
    api_exo_delete, api_exo_rotate, api_exo_reveal;

/* api_leak -- POST /v1/leaks, by anybody, as JSON or as a form: 200 with the
 * same body whatever the key is; 429 when a network reports too often. */
handler api_leak;

/*
 * Figures as AIMLAPI has them: api_spend -- GET /v2/usage; api_spend_detail --
 * GET /v2/usage/detail, by model, and by day of a time zone when asked;
 * api_logs -- GET /v2/logs, single calls.
 */
handler api_spend, api_spend_detail, api_logs;

/*
 * Credits as AIMLAPI has them: GET /v2/billing, /v2/billing/detail,
 * /v2/billing/transactions (by cursor), /v1/billing/balance.  Where no credits
 * are used the balance is 0, and the answer says so beside it.
 */
handler api_billing, api_billing_detail, api_billing_transactions,
    api_billing_balance;

/* api_decision -- GET /v1/decisions/{id}: what was decided on a call, rule by
 * rule; for a management key of its workspace, and for an API key about its
 * own calls, without amounts of its workspace. */
handler api_decision;

/*
 * The own API, only where the families have no call for what the console can
 * do.  Lists come in pages (api/page.h).  api_workspace -- GET /v1/workspace;
 * api_limits, api_limit_set -- GET and PUT its limits, or those of one key:
 * one limit is set at a time, null removes it; api_members, api_invites (the
 * open ones), api_services, api_audit -- GET.
 */
handler api_workspace, api_limits, api_limit_set, api_members, api_invites;
handler api_services, api_audit;

/* Models and deployments of the workspace.  A change leaves alone what is not
 * sent; with `version` it is refused when somebody else was faster. */
handler api_model_list, api_model_get, api_model_add, api_model_edit,
    api_model_remove, api_deployment_list, api_deployment_get,
    api_deployment_add, api_deployment_edit, api_deployment_remove;

/* Keys with their limits as aiXplain has them: GET, POST /sdk/api-keys; GET,
 * PUT, DELETE .../{id}; what was used today, of a key or of the calling one
 * (.../usage-limits); GET /sdk/models/{id}, by uuid or name. */
handler api_aix_list, api_aix_create, api_aix_get, api_aix_update,
    api_aix_delete, api_aix_usage, api_aix_usage_own, api_aix_model;

/* api_health -- GET /healthz: the process answers.
 * api_ready -- GET /readyz: it can do its work; ?verbose lists the checks. */
handler api_health, api_ready;

#endif
