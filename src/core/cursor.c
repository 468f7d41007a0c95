/* SPDX-License-Identifier: ISC */
#include "core/cursor.h"

#include "secret/mac.h"

#include <inttypes.h>
#include <string.h>

/* Half a MAC is enough against guessing a page of one's own list. */
enum { SHORT_MAC = MAC_BYTES / 2 };

static struct str
sign(struct cx *cx, const char *list, struct str filter, struct str id)
{
    uint8_t *mac = arena_alloc(cx->arena, MAC_BYTES);
    struct str parts[] = { str_cstr(list), cx->ws.uuid, filter, id };
    mac_make(cx->secrets, SUBKEY_CURSOR, parts, COUNT_OF(parts), mac);
    return (struct str){ (const char *)mac, SHORT_MAC };
}

struct str
cursor_make(struct cx *cx, const char *list, struct str filter, int64_t id)
{
    struct str text = arena_fmt(cx->arena, "%" PRId64, id);
    struct str mac = sign(cx, list, filter, text);
    char *bytes = arena_alloc(cx->arena, SHORT_MAC + text.n);
    memcpy(bytes, mac.p, SHORT_MAC);
    memcpy(bytes + SHORT_MAC, text.p, text.n);
    return b64_show(cx->arena, (struct str){ bytes, SHORT_MAC + text.n });
}

enum err_code
cursor_read(struct cx *cx, const char *list, struct str filter,
    struct str text, int64_t *id)
{
    struct str bytes;
    *id = 0;
    if (text.n == 0)
        return ERR_OK;
    if (b64_read(cx->arena, text, &bytes) && bytes.n > SHORT_MAC) {
        struct str number = str_from(bytes, SHORT_MAC);
        struct str mac = sign(cx, list, filter, number);
        if (mac_equal(mac.p, bytes.p, SHORT_MAC) && str_int(number, id) &&
            *id > 0)
            return ERR_OK;
    }
    *id = 0;
    return err_field(&cx->err, "cursor",
        "cursor must be one that the page before gave, with the same "
        "filters");
}
