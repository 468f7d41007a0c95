/* SPDX-License-Identifier: ISC */
#include "secret/signing.h"

#include "secret/mac.h"

struct str
signing_secret(struct arena *a, const struct secrets *s, struct str key_uuid,
    const uint8_t hash[KEYTEXT_HASH])
{
    uint8_t mac[MAC_BYTES];
    struct str parts[] = { STR("exo2"), key_uuid,
        { (const char *)hash, KEYTEXT_HASH } };
    mac_make(s, SUBKEY_SIGNING, parts, COUNT_OF(parts), mac);
    return b64_show(a, (struct str){ (const char *)mac, sizeof mac });
}
