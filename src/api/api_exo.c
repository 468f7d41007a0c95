/* SPDX-License-Identifier: ISC */
/* Keys as Exoscale shows them, under both generations of its paths
 * (contracts/README.md section 4). */
#include "api/api.h"
#include "core/key.h"
#include "model/client.h"
#include "text/when.h"

#include <string.h>

enum { NEW_NAME_MOST = 50 /* of the later generation */ };

static bool
is_old(const struct req *req)
{
    return str_starts(req->path, STR("/v2/ai/ai-api-key"));
}

/* The key of the path: what was deleted, and keys that call no models, are
 * not there for this family. */
static enum err_code
find(struct cx *cx, const struct req *req, struct key *out)
{
    if (key_by_uuid(cx, req_param(req, "id"), out))
        return cx->err.code;
    if (out->kind != KEY_STANDARD || out->revoked_s)
        return ERR(&cx->err, ERR_NOT_FOUND, "There is no such AI API key.");
    return ERR_OK;
}

static struct val *
meta(struct cx *cx, const struct key *k)
{
    struct arena *a = cx->arena;
    struct val *v = val_map(a);
    val_put_str(v, "id", k->uuid);
    val_put_str(v, "name", k->name);
    val_put_str(v, "scope",
        k->access.deployment_id ? k->access.deployment_uuid : STR("public"));
    val_put_str(v, "org-uuid", cx->ws.uuid);
    val_put_str(v, "created-at", when_rfc3339(a, k->created_s));
    val_put_str(v, "updated-at", when_rfc3339(a, k->updated_s));
    return v;
}

/* The key as it is now; with its text when that is new. */
static enum err_code
answer(struct cx *cx, struct str prefix, struct str text, struct res *res)
{
    struct key k;
    if (key_get(cx, prefix, &k))
        return cx->err.code;
    struct val *v = meta(cx, &k);
    if (text.n)
        val_put_str(v, "value", text);
    res_json(res, 200, v);
    return ERR_OK;
}

/* The core's name of a field as the family has it, and what it takes. */
static enum err_code
rename_fields(struct cx *cx)
{
    for (size_t i = 0; i < cx->err.n_fields; i++)
        if (strcmp(cx->err.fields[i].field, "deployment") == 0) {
            cx->err.fields[i].field = "scope";
            cx->err.fields[i].msg = STR("Send public, or the UUID of a "
                                        "deployment of this workspace");
        }
    return cx->err.code;
}

static bool
is_letter_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
        (c >= '0' && c <= '9');
}

/* ^[A-Za-z0-9](?:[A-Za-z0-9 _'()-]*[A-Za-z0-9])?$ */
static bool
is_new_name(struct str s)
{
    if (s.n == 0 || s.n > NEW_NAME_MOST || !is_letter_or_digit(s.p[0]) ||
        !is_letter_or_digit(s.p[s.n - 1]))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_letter_or_digit(s.p[i]) && !memchr(" _'()-", s.p[i], 6))
            return false;
    return true;
}

/* What was sent, as an edit that leaves the rest alone. */
static enum err_code
read_in(struct cx *cx, const struct req *req, struct key_in *out)
{
    const struct exo_in *in = req->input;
    *out = (struct key_in){ .partial = true };
    if (field_has(exo_fields, &in->set, "name")) {
        out->name = in->name;
        key_in_say(out, "name", false);
        if (!is_old(req) && !is_new_name(in->name))
            err_field(&cx->err, "name",
                "A name is 1 to %d letters, digits, spaces and _'()-, and "
                "begins and ends with a letter or digit", NEW_NAME_MOST);
    }
    if (field_has(exo_fields, &in->set, "scope")) {
        out->deployment = str_lower(cx->arena, in->scope);
        key_in_say(out, "deployment", false);
    }
    return cx->err.code;
}

enum err_code
api_exo_create(struct cx *cx, const struct req *req, struct res *res)
{
    struct key_in in;
    struct key k;
    struct str text;
    if (read_in(cx, req, &in))
        return cx->err.code;
    if (key_create(cx, KEY_STANDARD, &in, &text, &k))
        return rename_fields(cx);
    return answer(cx, k.prefix, text, res);
}

enum err_code
api_exo_list(struct cx *cx, const struct req *req, struct res *res)
{
    (void)req;
    struct key *keys;
    size_t n;
    if (key_list_all(cx, KEY_STANDARD, &keys, &n))
        return cx->err.code;
    struct val *v = val_map(cx->arena);
    struct val *list = val_put_list(v, "ai-api-keys");
    for (size_t i = 0; i < n; i++)
        val_add(list, meta(cx, &keys[i]));
    res_json(res, 200, v);
    return ERR_OK;
}

enum err_code
api_exo_get(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (find(cx, req, &k))
        return cx->err.code;
    return answer(cx, k.prefix, (struct str){ NULL, 0 }, res);
}

enum err_code
api_exo_update(struct cx *cx, const struct req *req, struct res *res)
{
    struct key_in in;
    struct key k, was;
    if (find(cx, req, &k) || read_in(cx, req, &in))
        return cx->err.code;
    if (!in.set.present)
        return ERR(&cx->err, ERR_INVALID, "Send a name, a scope, or both.");
    if (key_edit(cx, k.prefix, &in, &was))
        return rename_fields(cx);
    return answer(cx, k.prefix, (struct str){ NULL, 0 }, res);
}

enum err_code
api_exo_delete(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k, was;
    if (find(cx, req, &k) ||
        key_revoke(cx, k.prefix, false, (struct str){ NULL, 0 }, &was))
        return cx->err.code;
    struct val *v = val_map(cx->arena);
    if (is_old(req)) {
        val_put_bool(v, "deleted", true);
    } else {
        val_put_str(v, "id", cx->request_id); /* it is over already */
        val_put_cstr(v, "state", "success");
        struct val *about = val_put_map(v, "reference");
        val_put_str(about, "id", k.uuid);
        val_put_str(about, "link", req->path);
        val_put_cstr(about, "command", "delete-ai-api-key");
    }
    res_json(res, 200, v);
    return ERR_OK;
}

enum err_code
api_exo_rotate(struct cx *cx, const struct req *req, struct res *res)
{
    struct rotate_in in = { .overlap = KEY_OVERLAP_NONE };
    struct key k, now_is;
    struct str text;
    if (find(cx, req, &k) || key_rotate(cx, k.prefix, &in, &text, &now_is))
        return cx->err.code;
    if (is_old(req))
        return answer(cx, k.prefix, text, res);
    struct val *v = val_map(cx->arena);
    val_put_str(v, "value", text);
    res_json(res, 200, v);
    return ERR_OK;
}

enum err_code
api_exo_reveal(struct cx *cx, const struct req *req, struct res *res)
{
    (void)res;
    struct key k;
    if (find(cx, req, &k))
        return cx->err.code;
    return ERR(&cx->err, ERR_FORBIDDEN,
        "A key is shown once, when it is made or rotated, and kept nowhere. "
        "Rotate it to get a new value.");
}
