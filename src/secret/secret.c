/* SPDX-License-Identifier: ISC */
#include "secret/secret.h"

#include "base/log.h"
#include "secret/secret_file.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>

/*
 * The self-test draws this many bytes.  Of good ones, all 256 values are
 * expected to occur (one is missing in 1 of 30,000 starts); fewer than
 * TEST_VALUES of them means a generator that is stuck or goes in circles.
 */
enum { TEST_BYTES = 4096, TEST_VALUES = 240, DERIVE_ID = 1 };

struct secrets {
    uint8_t key[SUBKEY_COUNT][SUBKEY_BYTES];
};

static const char contexts[SUBKEY_COUNT][crypto_kdf_CONTEXTBYTES + 1] = {
    [SUBKEY_APIKEY] = "apikey__",
    [SUBKEY_SESSION] = "session_",
    [SUBKEY_CSRF] = "csrf____",
    [SUBKEY_PASSWORD] = "pwseal__",
    [SUBKEY_ONCE] = "once____",
    [SUBKEY_CARRY] = "carry___",
    [SUBKEY_SIGNING] = "signing_",
    [SUBKEY_CURSOR] = "cursor__",
    [SUBKEY_TOTP] = "totp____",
    [SUBKEY_NOTICE] = "notice__",
    [SUBKEY_WEBHOOK] = "webhook_",
};

_Static_assert((int)MASTER_BYTES == (int)crypto_kdf_KEYBYTES,
    "the master secret is the key of the derivation");
_Static_assert((int)MASTER_BYTES == (int)SECRET_FILE_BYTES, "in one file");

static const char WHAT[] = "Master secret";

void
secret_start(void)
{
    must(sodium_init() >= 0);
    must(oath_init() == OATH_OK);
    uint8_t drawn[TEST_BYTES];
    bool seen[256] = { false };
    int n_seen = 0;
    randombytes_buf(drawn, sizeof drawn);
    for (size_t i = 0; i < sizeof drawn; i++) {
        n_seen += seen[drawn[i]] ? 0 : 1;
        seen[drawn[i]] = true;
    }
    must(n_seen >= TEST_VALUES);
    must(memcmp(drawn, drawn + TEST_BYTES / 2, TEST_BYTES / 2) != 0);
    sodium_memzero(drawn, sizeof drawn);
}

/* The master secret itself is not kept: nobody needs it after this. */
static struct secrets *
derive_all(const uint8_t *master)
{
    struct secrets *s = sodium_malloc(sizeof *s);
    must(s != NULL);
    for (int i = 0; i < SUBKEY_COUNT; i++)
        must(crypto_kdf_derive_from_key(s->key[i], SUBKEY_BYTES, DERIVE_ID,
            contexts[i], master) == 0);
    /* sodium_malloc locks too, but does not say when it could not */
    if (sodium_mlock(s, sizeof *s) != 0)
        log_note(LOG_WARN, "secret_not_locked", "Subkeys may be written to "
            "swap: raise the limit of locked memory (LimitMEMLOCK=8M)");
    must(sodium_mprotect_readonly(s) == 0);
    return s;
}

enum err_code
secrets_load(const char *path, struct secrets **out, struct err *err)
{
    uint8_t *master = sodium_malloc(MASTER_BYTES);
    must(master != NULL);
    *out = NULL;
    enum err_code code = secret_file_read(WHAT, path, master, err);
    if (code == ERR_OK)
        *out = derive_all(master);
    sodium_free(master);
    return code;
}

enum err_code
secrets_create(const char *path, struct err *err)
{
    return secret_file_create(WHAT, path, err);
}

void
secrets_free(struct secrets *s)
{
    sodium_free(s);
}

const uint8_t *
secrets_subkey(const struct secrets *s, enum subkey which)
{
    must((unsigned)which < SUBKEY_COUNT);
    return s->key[which];
}
