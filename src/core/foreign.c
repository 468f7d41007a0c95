/* SPDX-License-Identifier: ISC */
#include "core/foreign.h"

#include "core/key.h"
#include "secret/seal.h"

#include <string.h>

/* With the master secret of the start, or one that comes or goes beside it:
 * an imported secret is found by one of them (core/reseal.c). */
static enum err_code
look_up(struct cx *cx, const uint8_t hash[KEYTEXT_HASH], struct str *prefix)
{
    uint8_t mac[MAC_BYTES];
    const uint8_t *key = secrets_subkey(cx->secrets, SUBKEY_FOREIGN);
    *prefix = (struct str){ NULL, 0 };
    for (int age = -1; age < (int)SECRETS_AGES && !prefix->n; age++) {
        if (age >= 0)
            key = secrets_other(cx->secrets, (enum secrets_age)age,
                SUBKEY_FOREIGN);
        if (!key)
            continue;
        foreign_mac(key, hash, mac);
        if (store_gate_foreign(cx->store,
                (struct str){ (const char *)mac, sizeof mac }, prefix))
            return cx->err.code;
    }
    return ERR_OK;
}

enum err_code
foreign_find(struct cx *cx, struct str text, struct str *prefix,
    uint8_t hash[KEYTEXT_HASH])
{
    uint8_t hashes[FOREIGN_HASHES][KEYTEXT_HASH];
    size_t n = foreign_hashes(text, hashes);
    *prefix = (struct str){ NULL, 0 };
    for (size_t i = 0; i < n && !prefix->n; i++) {
        memcpy(hash, hashes[i], KEYTEXT_HASH);
        if (look_up(cx, hash, prefix))
            return cx->err.code;
    }
    return ERR_OK;
}

enum err_code
foreign_taken(struct cx *cx, const uint8_t hash[KEYTEXT_HASH],
    struct str *prefix)
{
    return look_up(cx, hash, prefix);
}

enum err_code
foreign_store(struct cx *cx, const struct key *k,
    const uint8_t hash[KEYTEXT_HASH], int64_t created_s, int64_t ends_s)
{
    uint8_t mac[MAC_BYTES];
    const uint8_t *newer =
        secrets_other(cx->secrets, SECRETS_NOW, SUBKEY_FOREIGN);
    foreign_mac(newer ? newer : secrets_subkey(cx->secrets, SUBKEY_FOREIGN),
        hash, mac);
    struct key_secret s = { .last4 = STR(KEY_LAST4_IMPORTED),
        .created_s = created_s, .ends_s = ends_s,
        .sealed = seal(cx->arena, cx->secrets, SUBKEY_APIKEY,
            key_seal_ad(cx->arena, k),
            (struct str){ (const char *)hash, KEYTEXT_HASH }) };
    return store_secret_bring(cx->store, k->id, &s,
        (struct str){ (const char *)mac, sizeof mac });
}
