/* SPDX-License-Identifier: ISC */
/* Keys as AIMLAPI shows them (contracts/README.md section 1). */
#include "api/api.h"
#include "api/part.h"
#include "api/query.h"
#include "core/key.h"
#include "model/aimlapi.h"
#include "text/fields.h"
#include "text/when.h"

#include <string.h>

/* "chat, ocr", as lists have them, or the list itself. */
static void
put_scopes(struct cx *cx, struct val *v, const struct key *k)
{
    struct str one, rest = k->categories_shown;
    if (k->access.all_categories) {
        val_put_null(v, "scopes");
        return;
    }
    struct val *list = val_put_list(v, "scopes");
    while (rest.n) {
        (void)str_cut(rest, ',', &one, &rest);
        val_add_str(list,
            arena_fmt(cx->arena, "model:%.*s", STR_ARG(str_trim(one))));
    }
}

/* Left out when there is none: strict clients object to null. */
static void
put_limit(struct cx *cx, struct val *v, const struct key *k)
{
    if (k->spend_limit < 0)
        return;
    struct val *limit = val_put_map(v, "limit");
    val_put_cstr(limit, "retention", spend_reset_name(k->spend_reset));
    val_put(limit, "threshold", usd_val(cx->arena, k->spend_limit));
}

static struct val *
key_shape(struct cx *cx, const struct key *k)
{
    struct val *v = val_map(cx->arena);
    val_put_str(v, "name", k->name);
    val_put_str(v, "prefix", k->prefix);
    val_put_bool(v, "disabled", k->disabled_s != 0);
    put_scopes(cx, v, k);
    put_limit(cx, v, k);
    val_put_str(v, "created_at",
        when_rfc3339_ms(cx->arena, k->created_s * 1000));
    val_put_str(v, "updated_at",
        when_rfc3339_ms(cx->arena, k->updated_s * 1000));
    val_put(v, "monthly_usage", usd_val(cx->arena, k->spent_month));
    return v;
}

/* {"data": the key as it is now}; with its text, or the link for its holder,
 * when that is new. */
static enum err_code
answer(struct cx *cx, const struct key *k, struct str text, struct res *res)
{
    struct val *v = val_map(cx->arena), *data = key_shape(cx, k);
    if (text.n && !k->claim_ends_s) {
        val_put_str(data, "key", text);
    } else if (text.n) {
        val_put_str(data, "claim_url", text);
        val_put_str(data, "claim_ends_at",
            when_rfc3339_ms(cx->arena, k->claim_ends_s * 1000));
    }
    val_put(v, "data", data);
    res_json(res, 200, v);
    return ERR_OK;
}

enum err_code
api_key_own(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (query_known(cx, req, NULL) || key_own(cx, &k))
        return cx->err.code;
    return answer(cx, &k, STR(""), res);
}

/* ---- what is sent ---- */

/* "model:chat" -> "chat" */
static void
read_scopes(struct cx *cx, const struct strs *scopes, struct key_in *out)
{
    static const struct str begins = STR_INIT("model:");
    struct strs list = { arena_array(cx->arena, scopes->n,
        sizeof *list.items), 0 };
    for (size_t i = 0; i < scopes->n; i++) {
        struct str s = scopes->items[i];
        if (!str_starts(s, begins)) {
            err_field(&cx->err, "scopes",
                "scopes must be names like model:chat; %.*s is none",
                STR_ARG(s));
            return;
        }
        list.items[list.n++] = str_from(s, begins.n);
    }
    out->category_scope = 1;
    out->categories = list;
}

/* A member that is left out keeps its part of the limit there is. */
static enum err_code
read_limit(struct cx *cx, const struct val *v, const struct key *was,
    struct key_in *out)
{
    struct aiml_limit_in in = { .retention = 0 };
    if (!v)
        return ERR_OK;
    if (v->type == VAL_NULL) {
        key_in_say(out, "spend_limit", true);
        return ERR_OK;
    }
    if (v->type != VAL_MAP)
        return err_field(&cx->err, "limit", "limit must be an object");
    if (fields_from_json(cx->arena, aiml_limit_fields, v, false, &in,
            &cx->err))
        return cx->err.code;
    bool amount = field_has(aiml_limit_fields, &in.set, "threshold");
    if (!amount && (!was || was->spend_limit < 0))
        return err_field(&cx->err, "threshold",
            "limit.threshold is missing: send an amount in USD");
    if (amount) {
        out->spend_limit = in.threshold;
        key_in_say(out, "spend_limit", false);
    }
    if (field_has(aiml_limit_fields, &in.set, "retention")) {
        out->spend_reset = in.retention;
        key_in_say(out, "spend_reset", false);
    } else if (!was || was->spend_limit < 0) {
        out->spend_reset = SPEND_NO_RESET;
        key_in_say(out, "spend_reset", false);
    }
    return ERR_OK;
}

/* A link for the holder, in place of the secret. */
static void
read_claim(struct cx *cx, int64_t days, struct key_in *out)
{
    static const struct {
        int64_t days;
        enum key_claim claim;
    } all[] = { { 1, KEY_CLAIM_DAY }, { 3, KEY_CLAIM_3_DAYS },
        { 7, KEY_CLAIM_WEEK } };
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (all[i].days == days)
            out->claim = (int)all[i].claim;
    if (!out->claim)
        err_field(&cx->err, "claim_days",
            "claim_days must be 1, 3 or 7: so long the link works");
    key_in_say(out, "claim", false);
}

/* The body as a change that leaves alone what is not sent.
 * was  the key as it is; NULL: there is none yet */
static enum err_code
read_key(struct cx *cx, const struct req *req, const struct key *was,
    struct key_in *out)
{
    const struct field *fields = was ? aiml_change_fields : aiml_create_fields;
    struct aiml_key_in in = { .disabled = false };
    const struct val *rest;
    *out = (struct key_in){ .partial = true };
    if (query_known(cx, req, NULL) ||
        part_rest(cx, req->json, "limit", &rest) ||
        fields_from_json(cx->arena, fields, rest, true, &in, &cx->err) ||
        read_limit(cx, val_get_cstr(req->json, "limit"), was, out))
        return cx->err.code;
    if (field_has(fields, &in.set, "name") ||
        (was && field_sent(fields, &in.set, "name"))) {
        out->name = in.name.n ? in.name : was->prefix;
        key_in_say(out, "name", false);
    }
    if (field_sent(fields, &in.set, "scopes")) {
        key_in_say(out, "category_scope", false);
        if (field_has(fields, &in.set, "scopes"))
            read_scopes(cx, &in.scopes, out);
    }
    if (!was && field_has(fields, &in.set, "claim_days"))
        read_claim(cx, in.claim_days, out);
    if (was && field_has(fields, &in.set, "disabled"))
        out->power = in.disabled ? KEY_OFF : KEY_ON;
    return cx->err.code;
}

/* The core's names of fields as the family has them. */
static enum err_code
rename_fields(struct cx *cx)
{
    static const char *const names[][2] = { { "categories", "scopes" },
        { "spend_limit", "limit" } };
    for (size_t i = 0; i < cx->err.n_fields; i++)
        for (size_t k = 0; k < COUNT_OF(names); k++)
            if (strcmp(cx->err.fields[i].field, names[k][0]) == 0)
                cx->err.fields[i].field = names[k][1];
    return cx->err.code;
}

/* ---- the operations ---- */

/* What was deleted is not there any more. */
static enum err_code
find(struct cx *cx, const struct req *req, struct key *out)
{
    if (key_get(cx, req_param(req, "prefix"), out))
        return cx->err.code;
    if (out->revoked_s)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such key in this workspace.");
    return ERR_OK;
}

enum err_code
api_key_create(struct cx *cx, const struct req *req, struct res *res)
{
    struct key_in in;
    struct key k;
    struct str text;
    if (read_key(cx, req, NULL, &in))
        return cx->err.code;
    if (key_create(cx, KEY_STANDARD, &in, &text, &k))
        return rename_fields(cx);
    if (key_get(cx, k.prefix, &k))
        return cx->err.code;
    return answer(cx, &k, text, res);
}

enum err_code
api_key_list(struct cx *cx, const struct req *req, struct res *res)
{
    struct key *keys;
    size_t n;
    if (query_known(cx, req, NULL) ||
        key_list_all(cx, KEY_STANDARD, &keys, &n))
        return cx->err.code;
    struct val *v = val_map(cx->arena), *list = val_put_list(v, "data");
    for (size_t i = 0; i < n; i++)
        val_add(list, key_shape(cx, &keys[i]));
    res_json(res, 200, v);
    return ERR_OK;
}

enum err_code
api_key_update(struct cx *cx, const struct req *req, struct res *res)
{
    struct key_in in;
    struct key k, before;
    if (find(cx, req, &k))
        return cx->err.code;
    if (!req->json)
        return ERR(&cx->err, ERR_MALFORMED,
            "Send what is to be changed as a JSON object.");
    if (read_key(cx, req, &k, &in))
        return cx->err.code;
    if (key_edit(cx, k.prefix, &in, &before))
        return rename_fields(cx);
    if (key_get(cx, k.prefix, &k))
        return cx->err.code;
    return answer(cx, &k, STR(""), res);
}

enum err_code
api_key_delete(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (query_known(cx, req, NULL) || find(cx, req, &k) ||
        key_revoke(cx, k.prefix, false, STR(""), &k))
        return cx->err.code;
    struct val *v = val_map(cx->arena), *data = val_put_map(v, "data");
    val_put_str(data, "prefix", k.prefix);
    val_put_bool(data, "deleted", true);
    res_json(res, 200, v);
    return ERR_OK;
}
