/* SPDX-License-Identifier: ISC */
/* Keys as AIMLAPI shows them (contracts/README.md section 1). */
#include "api/api.h"
#include "core/key.h"
#include "text/money.h"
#include "text/when.h"

/* USD; whole amounts as integers, as they are written by hand. */
static struct val *
usd(struct arena *a, int64_t micro)
{
    if (micro % MICRO == 0)
        return val_int(a, micro / MICRO);
    return val_real(a, (double)micro / MICRO);
}

static void
put_scopes(struct cx *cx, struct val *v, const struct key_access *access)
{
    if (access->all_categories) {
        val_put_null(v, "scopes");
        return;
    }
    struct val *list = val_put_list(v, "scopes");
    for (size_t i = 0; i < access->categories.n; i++)
        val_add_str(list,
            arena_fmt(cx->arena, "model:%.*s",
                STR_ARG(access->categories.items[i])));
}

/* Left out when there is none: strict clients object to null. */
static void
put_limit(struct cx *cx, struct val *v, const struct key *k)
{
    if (k->spend_limit < 0)
        return;
    struct val *limit = val_put_map(v, "limit");
    val_put_cstr(limit, "retention", spend_reset_name(k->spend_reset));
    val_put(limit, "threshold", usd(cx->arena, k->spend_limit));
}

static struct val *
key_shape(struct cx *cx, const struct key *k)
{
    struct val *v = val_map(cx->arena);
    val_put_str(v, "name", k->name);
    val_put_str(v, "prefix", k->prefix);
    val_put_bool(v, "disabled", k->disabled_s != 0);
    put_scopes(cx, v, &k->access);
    put_limit(cx, v, k);
    val_put_str(v, "created_at",
        when_rfc3339_ms(cx->arena, k->created_s * 1000));
    val_put_str(v, "updated_at",
        when_rfc3339_ms(cx->arena, k->updated_s * 1000));
    val_put(v, "monthly_usage", usd(cx->arena, k->spent_month));
    return v;
}

enum err_code
api_key_own(struct cx *cx, const struct req *req, struct res *res)
{
    (void)req;
    struct key k;
    if (key_own(cx, &k))
        return cx->err.code;
    struct val *v = val_map(cx->arena);
    val_put(v, "data", key_shape(cx, &k));
    res_json(res, 200, v);
    return ERR_OK;
}
