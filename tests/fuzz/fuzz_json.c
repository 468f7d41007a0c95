/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as JSON.  Properties: what is accepted is written as text that is
 * accepted, and that reads as the same tree; what is refused says where, in
 * printable ASCII only.
 */

#include "text/json.h"

#include "text/utf8.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err_code
read_to(struct arena *a, struct str text, struct val **v, struct str *msg)
{
    struct err err;
    err_init(&err, a);
    enum err_code rc = json_read(a, text, v, &err);
    *msg = err.msg;
    return rc;
}

static struct str
written(struct arena *a, const struct val *v)
{
    struct buf b;
    buf_init(&b, a, BUF_MAX_CSV);
    json_write(&b, v);
    must(!b.full);
    return buf_view(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(1024);
    char *copy = arena_alloc(a, size);
    if (size)
        memcpy(copy, data, size);
    struct val *v, *again;
    struct str msg;
    if (read_to(a, (struct str){ copy, size }, &v, &msg) == ERR_OK) {
        struct str text = written(a, v);
        must(utf8_valid(text));
        must(read_to(a, text, &again, &msg) == ERR_OK);
        must(str_eq(written(a, again), text));
        must(again->type == v->type);
    } else {
        must(str_starts(msg, STR("JSON, line ")));
        for (size_t i = 0; i < msg.n; i++)
            must(msg.p[i] >= ' ' && msg.p[i] <= '~');
    }
    arena_free(a);
    return 0;
}
