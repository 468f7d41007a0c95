/* SPDX-License-Identifier: ISC */
/* The gate by each of its faces; the decision is core's. */
#include "api/api.h"
#include "api/left.h"
#include "api/refusal.h"
#include "model/check.h"
#include "model/usage.h"
#include "text/url.h"
#include "text/utf8.h"
#include "text/when.h"

/* The call that a web server asks about. */
struct asked {
    struct str path;
    struct pairs query;
    bool again; /* the Authorizer has decided already */
};

/* "/protected/v1/models" -> "/v1/models"; a path outside is as it is. */
static struct str
endpoint_of(const struct cx *cx, struct str path)
{
    struct str rest = str_from(path, cx->gate_prefix.n);
    return str_starts(path, cx->gate_prefix) && rest.n && rest.p[0] == '/'
        ? rest
        : path;
}

/* The one who asked is known from here on, also in the log, which names the
 * workspace, too. */
static void
name_actor(struct cx *cx, const struct decision *d)
{
    if (!d->known)
        return;
    cx->actor.kind = ACTOR_KEY;
    cx->actor.key = d->key;
    cx->ws.slug = d->workspace_slug;
}

enum { NAMED_MAX = 400 }; /* answer headers stay under 4 KB */

/* What a header names; one that is too long or no text names nothing.  It
 * ends up in answers and on pages. */
static struct str
named(const struct req *req, const char *header)
{
    struct str s = req_header(req, header);
    return s.n <= NAMED_MAX && utf8_plain(s, false) ? s : STR("");
}

/* A count of tokens from a header; -1: none that can be read. */
static int64_t
tokens_of(const struct req *req, const char *header)
{
    int64_t n;
    return str_int(req_header(req, header), &n) && n >= 0 &&
            n <= USAGE_TOKENS_MOST
        ? n
        : -1;
}

/* What a report of this call names: the reservation, or, when nothing was
 * reserved, the id of this request. */
static struct str
inference_id(const struct cx *cx, const struct decision *d)
{
    return d->metered.reservation.n ? d->metered.reservation
                                    : cx->request_id;
}

static void
decide(struct cx *cx, const struct req *req, const struct asked *asked,
    struct decision *d)
{
    struct call call = {
        .key = req_bearer(req),
        .model = named(req, "x-model"),
        .deployment = named(req, "x-deployment"),
        .endpoint = endpoint_of(cx, asked->path),
        .address = req->peer,
        .address_text = req->peer_text,
        .agent = cx->agent,
        .estimated = true,
        .input_tokens = tokens_of(req, "x-input-tokens"),
        .output_tokens = tokens_of(req, "x-max-output-tokens"),
        .at_least = true,
        .again = asked->again,
        .unseen = req->unseen,
    };
    if (req_key_in_query(&asked->query)) {
        *d = (struct decision){ .reason = REASON_INVALID_KEY,
            .message = STR("Send the API key in the header Authorization, "
                           "never in the address: addresses are written to "
                           "logs. Rotate this key.") };
        cx->refusal = reason_code(d->reason);
        return;
    }
    check_call(cx, &call, d);
    name_actor(cx, d);
}

enum err_code
api_authorize(struct cx *cx, const struct req *req, struct res *res)
{
    struct decision d;
    struct asked asked = { req->path, req->query, false };
    decide(cx, req, &asked, &d);
    if (d.reason) {
        refusal_answer(cx, &d, res);
        return ERR_OK;
    }
    res->status = refusal_status(d.reason);
    res_header(cx->arena, res, "Variable-KEYLODGE_KEY", d.key.prefix);
    res_header(cx->arena, res, "Variable-KEYLODGE_WORKSPACE",
        d.workspace_uuid);
    /* what was decided on: the body was not seen, so the upstream has to hold
     * the call to it */
    struct str model = named(req, "x-model");
    if (model.n)
        res_header(cx->arena, res, "Variable-KEYLODGE_MODEL", model);
    res_header(cx->arena, res, "Variable-KEYLODGE_INFERENCE",
        inference_id(cx, &d));
    return ERR_OK;
}

/* Whose call was allowed: for the web server, which tells the upstream. */
static void
who_headers(struct cx *cx, const struct req *req, const struct decision *d,
    struct res *res)
{
    struct str model = named(req, "x-model");
    res->cache = CACHE_NO_STORE;
    res_header(cx->arena, res, "x-keylodge-key", d->key.prefix);
    res_header(cx->arena, res, "x-keylodge-workspace", d->workspace_uuid);
    if (model.n)
        res_header(cx->arena, res, "x-keylodge-model", model);
    res_header(cx->arena, res, "x-inference-id", inference_id(cx, d));
    left_headers(cx, d, res);
}

enum err_code
api_gate(struct cx *cx, const struct req *req, struct res *res)
{
    struct decision d;
    struct asked asked = { .path = { NULL, 0 } };
    struct str query, uri = req_header(req, "x-original-uri");
    /* the same reading as of a path of ours: what is not canonical passes
     * nowhere */
    if (uri.n && (url_path(cx->arena, uri, &asked.path, &query, &cx->err) ||
                     form_read(cx->arena, query, &asked.query, &cx->err)))
        return cx->err.code;
    decide(cx, req, &asked, &d);
    if (d.reason) {
        refusal_answer(cx, &d, res);
        if (req->unseen) /* nginx shows the challenge of a 401, and then that
                            of the next answer, too */
            res->status = 403;
        return ERR_OK;
    }
    res->status = 204;
    who_headers(cx, req, &d, res);
    return ERR_OK;
}

/* When trying again may help, what was reserved, what is left. */
static void
put_metered(struct cx *cx, const struct decision *d, struct val *v)
{
    const struct metered *m = &d->metered;
    int64_t wait_s = refusal_wait_s(d);
    if (d->reason != REASON_ALLOWED && wait_s)
        val_put_int(v, "retry_after", wait_s);
    else
        val_put_null(v, "retry_after");
    if (d->reason == REASON_ALLOWED)
        val_put_str(v, "inference_id", inference_id(cx, d));
    else
        val_put_null(v, "inference_id");
    if (m->reservation.n) {
        struct val *r = val_put_map(v, "reservation");
        val_put_str(r, "id", m->reservation);
        val_put_str(r, "ends_at", when_rfc3339(cx->arena, m->ends_s));
        val_put_int(r, "input_tokens", m->need.input_tokens);
        val_put_int(r, "output_tokens", m->need.output_tokens);
        val_put_int(r, "cost_micro_usd", m->need.cost);
    } else {
        val_put_null(v, "reservation");
    }
    left_limits(cx, d, v);
}

static void
put_decision(struct cx *cx, const struct decision *d, struct res *res)
{
    struct val *v = val_map(cx->arena);
    bool allowed = d->reason == REASON_ALLOWED;
    val_put_bool(v, "allowed", allowed);
    val_put_cstr(v, "reason", reason_code(d->reason));
    val_put_int(v, "status", refusal_status(d->reason));
    val_put_str(v, "message",
        allowed ? STR("This call is allowed.") : d->message);
    if (d->known) {
        struct val *key = val_put_map(v, "key");
        val_put_str(key, "prefix", d->key.prefix);
        val_put_str(key, "name", d->key.name);
    } else {
        val_put_null(v, "key");
    }
    put_metered(cx, d, v);
    val_put_str(v, "request_id", cx->request_id);
    res_json(res, refusal_status(REASON_ALLOWED), v);
}

enum err_code
api_check(struct cx *cx, const struct req *req, struct res *res)
{
    const struct check_in *in = req->input;
    struct decision d;
    struct call call = {
        .key = in->key,
        .model = in->model,
        .endpoint = in->endpoint,
        .deployment = in->deployment,
        .address_text = in->address,
        .workspace_id = cx->ws.id,
        .estimated = true,
        .input_tokens = -1,
        .output_tokens = -1,
    };
    if (field_has(check_fields, &in->set, "input_tokens"))
        call.input_tokens = in->input_tokens;
    if (field_has(check_fields, &in->set, "max_output_tokens"))
        call.output_tokens = in->max_output_tokens;
    if (in->address.n && !ip_read(in->address, &call.address))
        return err_field(&cx->err, "address",
            "Address must be an IPv4 or IPv6 address");
    check_call(cx, &call, &d);
    put_decision(cx, &d, res);
    return ERR_OK;
}

enum err_code
api_guarded(struct cx *cx, const struct req *req, struct res *res)
{
    struct decision d;
    /* behind the role Authorizer the same call was counted already */
    struct asked asked = { req->path, req->query, req->pass_on.n == 0 };
    decide(cx, req, &asked, &d);
    if (d.reason) {
        refusal_answer(cx, &d, res);
        return ERR_OK;
    }
    if (req->pass_on.n) {
        res->status = refusal_status(d.reason);
        res_header(cx->arena, res, "X-Accel-Redirect", req->pass_on);
        who_headers(cx, req, &d, res);
        return ERR_OK;
    }
    struct val *v = val_map(cx->arena);
    val_put_bool(v, "allowed", true);
    val_put_str(v, "key", d.key.prefix);
    val_put_cstr(v, "message",
        "This key may make this call. No upstream is set, so the call ends "
        "here.");
    res_json(res, refusal_status(d.reason), v);
    return ERR_OK;
}
