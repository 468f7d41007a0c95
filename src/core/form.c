/* SPDX-License-Identifier: ISC */
#include "core/form.h"

#include "secret/mac.h"
#include "secret/random.h"

struct str
form_id(struct cx *cx)
{
    return random_token(cx->arena);
}

struct str
form_mac(struct cx *cx, struct str once)
{
    uint8_t *mac = arena_alloc(cx->arena, MAC_BYTES);
    struct str parts[] = { STR("form"), once };
    mac_make(cx->secrets, SUBKEY_ONCE, parts, COUNT_OF(parts), mac);
    return (struct str){ (const char *)mac, MAC_BYTES };
}
