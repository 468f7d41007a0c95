/* SPDX-License-Identifier: ISC */
#include "api/event.h"

#include "text/json.h"

struct str
event_body(struct arena *a, enum notice_kind kind, const struct val *facts)
{
    struct buf b;
    struct val *v = val_map(a);
    val_put_cstr(v, "type", notice_name(kind));
    val_put_str(v, "timestamp", val_text(val_get_cstr(facts, "at")));
    struct val *data = val_put_map(v, "data");
    for (size_t i = 0; i < facts->u.map.n; i++)
        if (!str_is(facts->u.map.pairs[i].name, "at"))
            val_put_new(data, facts->u.map.pairs[i].name,
                facts->u.map.pairs[i].val);
    buf_init(&b, a, BUF_MAX_FIELD);
    json_write(&b, v);
    must(!b.full);
    return buf_view(&b);
}
