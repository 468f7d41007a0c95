/* SPDX-License-Identifier: ISC */
#include "alloc_fault.h"

#include "base/attr.h"

#include <errno.h>
#include <liboath/oath.h>
#include <qrencode.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdlib.h>

struct alloc_fault alloc_fault;

static bool
fails(const char *who)
{
    struct alloc_fault *t = &alloc_fault;
    if (!t->armed)
        return false;
    t->calls++;
    if (t->at == 0 || (t->on ? t->calls < t->at : t->calls != t->at))
        return false;
    if (!t->failed++)
        t->last = who;
    errno = ENOMEM;
    return true;
}

/* ---- the linker's: what our objects call ---- */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
void *__real_sodium_malloc(size_t n);
int __real_crypto_pwhash_str(char *out, const char *password,
    unsigned long long n, unsigned long long passes, size_t bytes);
int __real_crypto_pwhash_str_verify(const char *stored, const char *password,
    unsigned long long n);
QRcode *__real_QRcode_encodeData(int n, const unsigned char *p, int version,
    QRecLevel level);
int __real_oath_base32_encode(const char *in, size_t n, char **out,
    size_t *out_n);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
void *__wrap_sodium_malloc(size_t n);
int __wrap_crypto_pwhash_str(char *out, const char *password,
    unsigned long long n, unsigned long long passes, size_t bytes);
int __wrap_crypto_pwhash_str_verify(const char *stored, const char *password,
    unsigned long long n);
QRcode *__wrap_QRcode_encodeData(int n, const unsigned char *p, int version,
    QRecLevel level);
int __wrap_oath_base32_encode(const char *in, size_t n, char **out,
    size_t *out_n);

void *
__wrap_malloc(size_t n)
{
    return fails("malloc") ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails("calloc") ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
    return fails("realloc") ? NULL : __real_realloc(p, n);
}

char *
__wrap_strdup(const char *s)
{
    return fails("strdup") ? NULL : __real_strdup(s);
}

void *
__wrap_sodium_malloc(size_t n)
{
    return fails("sodium_malloc") ? NULL : __real_sodium_malloc(n);
}

int
__wrap_crypto_pwhash_str(char *out, const char *password, unsigned long long n,
    unsigned long long passes, size_t bytes)
{
    return fails("pwhash") ? -1
        : __real_crypto_pwhash_str(out, password, n, passes, bytes);
}

int
__wrap_crypto_pwhash_str_verify(const char *stored, const char *password,
    unsigned long long n)
{
    return fails("pwhash_verify") ? -1
        : __real_crypto_pwhash_str_verify(stored, password, n);
}

QRcode *
__wrap_QRcode_encodeData(int n, const unsigned char *p, int version,
    QRecLevel level)
{
    return fails("qrencode") ? NULL
        : __real_QRcode_encodeData(n, p, version, level);
}

int
__wrap_oath_base32_encode(const char *in, size_t n, char **out, size_t *out_n)
{
    return fails("oath") ? OATH_MALLOC_ERROR
        : __real_oath_base32_encode(in, n, out, out_n);
}

/* ---- SQLite's; jansson has ours (text/json.c) ---- */

static sqlite3_mem_methods sqlite, sqlite_own;

static void *
sqlite_malloc(int n)
{
    return fails("sqlite malloc") ? NULL : sqlite_own.xMalloc(n);
}

static void *
sqlite_realloc(void *p, int n)
{
    return fails("sqlite realloc") ? NULL : sqlite_own.xRealloc(p, n);
}

void
alloc_fault_install(void)
{
    must(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_own) == SQLITE_OK);
    sqlite = sqlite_own;
    sqlite.xMalloc = sqlite_malloc;
    sqlite.xRealloc = sqlite_realloc;
    must(sqlite3_config(SQLITE_CONFIG_MALLOC, &sqlite) == SQLITE_OK);
}

void
alloc_fault_set(int at, bool on)
{
    alloc_fault = (struct alloc_fault){ .at = at, .on = on };
}
