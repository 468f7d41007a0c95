/* SPDX-License-Identifier: ISC */
/* The gate by each of its faces; the decision is core's. */
#include "api/api.h"
#include "api/refusal.h"
#include "model/check.h"
#include "text/url.h"
#include "text/utf8.h"

/* The call that a web server asks about. */
struct asked {
    struct str path;
    struct pairs query;
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

/* The one who asked is known from here on, also in the log. */
static void
name_actor(struct cx *cx, const struct decision *d)
{
    if (!d->known)
        return;
    cx->actor.kind = ACTOR_KEY;
    cx->actor.key = d->key;
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
    };
    if (req_key_in_query(&asked->query)) {
        *d = (struct decision){ .reason = REASON_INVALID_KEY,
            .message = STR("Send the API key in the header Authorization, "
                           "never in the address: addresses are written to "
                           "logs. Rotate this key.") };
        return;
    }
    check_call(cx, &call, d);
    name_actor(cx, d);
}

enum err_code
api_authorize(struct cx *cx, const struct req *req, struct res *res)
{
    struct decision d;
    struct asked asked = { req->path, req->query };
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
    return ERR_OK;
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
        return ERR_OK;
    }
    res->status = 204;
    res->cache = CACHE_NO_STORE;
    res_header(cx->arena, res, "x-keylodge-key", d.key.prefix);
    res_header(cx->arena, res, "x-keylodge-workspace", d.workspace_uuid);
    struct str model = named(req, "x-model");
    if (model.n)
        res_header(cx->arena, res, "x-keylodge-model", model);
    return ERR_OK;
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
    };
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
    struct asked asked = { req->path, req->query };
    decide(cx, req, &asked, &d);
    if (d.reason) {
        refusal_answer(cx, &d, res);
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
