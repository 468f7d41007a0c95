/* SPDX-License-Identifier: ISC */
#ifndef SECRET_FOREIGN_H
#define SECRET_FOREIGN_H

/*
 * Secrets that another product made and that were imported here (PRODUCT.md
 * section 8, 13; SECURITY.md 3.2).  Nothing is known of such a text but its
 * SHA-256, and it has no public part: it is found by a MAC of that hash under
 * the master secret, so neither the time of the look-up nor a stolen database
 * tells anything about it.
 */

#include "secret/keytext.h"
#include "secret/mac.h"

enum {
    FOREIGN_LEAST = 20, /* characters; what is shorter can be guessed, and
                           never passes */
    FOREIGN_MOST = 256,
    FOREIGN_HASHES = 2
};

/* foreign_form -- may this text be an imported secret?  Printable ASCII without
 * blanks, not of our own form, however its checksum is. */
bool foreign_form(struct str text);

/*
 * foreign_hashes -- the hashes under which a presented text may be known: its
 * own, and when it begins with "sk-", the one of what follows: some products
 * store a key without these letters and take it with and without them.
 * Returns how many: 0 when it is not of the form, else 1 or 2.
 */
size_t foreign_hashes(struct str text,
    uint8_t out[FOREIGN_HASHES][KEYTEXT_HASH]);

/* foreign_weak -- is a text whose characters are known too easy to guess?  Not
 * of the form, fewer than 10 different characters, spread like less than 6
 * equally frequent ones, or mostly a sequence (1234).  Returns what is wrong,
 * the end of a sentence, or NULL. */
const char *foreign_weak(struct str text);

/* foreign_mac -- what the hash is found by, under a subkey of SUBKEY_BYTES
 * (SUBKEY_FOREIGN). */
void foreign_mac(const uint8_t *key, const uint8_t hash[KEYTEXT_HASH],
    uint8_t out[MAC_BYTES]);

#endif
