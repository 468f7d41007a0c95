/* SPDX-License-Identifier: ISC */
#include "api/part.h"

#include "text/money.h"

enum { CREDITS_PER_MICRO = 2 };

enum err_code
part_rest(struct cx *cx, const struct val *body, const char *member,
    const struct val **out)
{
    *out = NULL;
    if (!body)
        return ERR_OK;
    if (body->type != VAL_MAP)
        return ERR(&cx->err, ERR_MALFORMED, "The body must be a JSON object.");
    struct val *rest = val_map(cx->arena);
    for (size_t i = 0; i < body->u.map.n; i++)
        if (!str_is(body->u.map.pairs[i].name, member))
            val_put_new(rest, body->u.map.pairs[i].name,
                body->u.map.pairs[i].val);
    *out = rest;
    return ERR_OK;
}

struct val *
usd_val(struct arena *a, int64_t micro)
{
    if (micro % MICRO == 0)
        return val_int(a, micro / MICRO);
    return val_real(a, (double)micro / MICRO);
}

void
put_credits(struct val *v, int64_t micro)
{
    val_put(v, "usd", usd_val(v->arena, micro));
    val_put_int(v, "credits", micro * CREDITS_PER_MICRO);
}
