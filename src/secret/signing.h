/* SPDX-License-Identifier: ISC */
#ifndef SECRET_SIGNING_H
#define SECRET_SIGNING_H

/*
 * The signing secret of a management key, for programs that sign requests
 * instead of sending the key (EXO2-HMAC-SHA256).  It is derived each time from
 * the master secret, the key's id and the hash of the key text, and stored
 * nowhere: a rotation makes a new key text, so also a new signing secret, and
 * the old one ends with the old text.
 */

#include "secret/keytext.h"
#include "secret/secret.h"

enum { SIGNING_CHARS = 43 /* 32 bytes as URL-safe base64 */ };

/*
 * signing_secret -- SIGNING_CHARS characters, which are the HMAC key as they
 * stand; request lifetime.
 * key_uuid  of the key
 * hash      keytext_hash of the whole key text
 * Source: SECURITY.md section 3.3 (one context each).
 */
struct str signing_secret(struct arena *a, const struct secrets *s,
    struct str key_uuid, const uint8_t hash[KEYTEXT_HASH]);

#endif
