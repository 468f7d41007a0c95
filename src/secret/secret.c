/* SPDX-License-Identifier: ISC */
#include "secret/secret.h"

#include "base/log.h"
#include "secret/secret_file.h"

#include <liboath/oath.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * The self-test draws this many bytes.  Of good ones, all 256 values are
 * expected to occur (one is missing in 1 of 30,000 starts); fewer than
 * TEST_VALUES of them means a generator that is stuck or goes in circles.
 */
enum { TEST_BYTES = 4096, TEST_VALUES = 240, DERIVE_ID = 1 };

/* One master secret's subkeys; in locked memory. */
struct ring {
    uint8_t key[SUBKEY_COUNT][SUBKEY_BYTES];
};

/* The file that a ring was read from, as it was then. */
struct origin {
    dev_t device;
    ino_t inode;
    struct timespec changed;
};

struct past {
    struct ring *ring;
    struct origin origin;
    struct past *next;
};

struct secrets {
    struct ring *ring; /* of the start */
    struct origin origin;
    char *paths[SECRETS_AGES];
    pthread_mutex_t lock;
    struct past *pasts; /* lock: all that were read since; few */
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
    [SUBKEY_ROWS] = "rowseal_",
    [SUBKEY_FOREIGN] = "foreign_",
    [SUBKEY_TRANSFER] = "transfer",
};

_Static_assert((int)MASTER_BYTES == (int)crypto_kdf_KEYBYTES,
    "the master secret is the key of the derivation");
_Static_assert((int)MASTER_BYTES == (int)SECRET_FILE_BYTES, "in one file");

static const char WHAT[] = "Master secret";

const char *
secret_engine(void)
{
    return sodium_version_string();
}

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
static struct ring *
derive_all(const uint8_t *master)
{
    struct ring *r = sodium_malloc(sizeof *r);
    must(r != NULL);
    for (int i = 0; i < SUBKEY_COUNT; i++)
        must(crypto_kdf_derive_from_key(r->key[i], SUBKEY_BYTES, DERIVE_ID,
            contexts[i], master) == 0);
    /* sodium_malloc locks too, but does not say when it could not */
    if (sodium_mlock(r, sizeof *r) != 0)
        log_note(LOG_WARN, "secret_not_locked", "Subkeys may be written to "
            "swap: raise the limit of locked memory (LimitMEMLOCK=8M)");
    must(sodium_mprotect_readonly(r) == 0);
    return r;
}

static enum err_code
ring_load(const char *path, struct ring **out, struct err *err)
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

/* false: there is no such file */
static bool
origin_of(const char *path, struct origin *out)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    *out = (struct origin){ st.st_dev, st.st_ino, st.st_mtim };
    return true;
}

static bool
same_origin(const struct origin *a, const struct origin *b)
{
    return a->device == b->device && a->inode == b->inode &&
        a->changed.tv_sec == b->changed.tv_sec &&
        a->changed.tv_nsec == b->changed.tv_nsec;
}

static const char *const ends[SECRETS_AGES] = { [SECRETS_NEXT] = ".next",
    [SECRETS_NOW] = "", [SECRETS_OLD] = ".old" };

/* "PATH.next" and so on. */
static char *
path_of_age(const char *path, enum secrets_age age)
{
    size_t n = strlen(path), m = strlen(ends[age]) + 1;
    char *p = malloc(n + m);
    must(p != NULL);
    memcpy(p, path, n);
    memcpy(p + n, ends[age], m);
    return p;
}

enum err_code
secrets_load(const char *path, struct secrets **out, struct err *err)
{
    struct secrets s = { .ring = NULL };
    *out = NULL;
    /* before it is read: replaced in between, it is read once more later */
    (void)origin_of(path, &s.origin);
    if (ring_load(path, &s.ring, err))
        return err->code;
    struct secrets *made = malloc(sizeof *made);
    must(made != NULL);
    for (int age = 0; age < (int)SECRETS_AGES; age++)
        s.paths[age] = path_of_age(path, (enum secrets_age)age);
    *made = s;
    must(pthread_mutex_init(&made->lock, NULL) == 0);
    *out = made;
    return ERR_OK;
}

const char *
secrets_path(struct arena *a, const char *path, enum secrets_age age)
{
    return arena_cstr(a, arena_fmt(a, "%s%s", path, ends[age]));
}

/* What is asked of a file beside the one in use. */
struct other {
    struct secrets *s;
    const char *path;
    struct arena *a;         /* while it is read, or NULL */
    struct past *past;       /* just read, or NULL */
    const struct ring *ring; /* or NULL */
};

static void
past_load(void *arg)
{
    struct other *o = arg;
    struct err err;
    struct past *p = calloc(1, sizeof *p);
    if (!p)
        memory_ran_out();
    o->past = p;
    o->a = arena_new(1024);
    err_init(&err, o->a);
    if (ring_load(o->path, &p->ring, &err))
        log_note(LOG_WARN, "secret_not_read", arena_cstr(o->a, err.msg));
    else
        log_note(LOG_INFO, "secret_read", o->path);
}

/* Under the lock: the ring of this file, read now if it was not yet; false
 * when there was no memory for it. */
static bool
past_ring(struct other *o, const struct origin *origin)
{
    struct secrets *s = o->s;
    for (struct past *p = s->pasts; p; p = p->next)
        if (same_origin(&p->origin, origin)) {
            o->ring = p->ring;
            return true;
        }
    bool whole = memory_try(past_load, o);
    arena_free(o->a);
    o->a = NULL;
    if (!whole && (!o->past || !o->past->ring)) {
        free(o->past);
        return false;
    }
    /* renamed since it was looked at: what was read, if anything, may be
     * another one; who asks finds it under its next name */
    struct origin now;
    if (!origin_of(o->path, &now) || !same_origin(&now, origin)) {
        sodium_free(o->past->ring);
        free(o->past);
        return true;
    }
    /* one that is no secret is kept too: it is read, and told, once */
    o->past->origin = *origin;
    o->past->next = s->pasts;
    s->pasts = o->past;
    o->ring = o->past->ring;
    return true;
}

const uint8_t *
secrets_other(const struct secrets *secrets, enum secrets_age age,
    enum subkey which)
{
    /* what was loaded stays; that more is, is nobody's business */
    struct other o = { .s = (struct secrets *)(uintptr_t)secrets,
        .path = secrets->paths[age] };
    struct origin origin;
    must((unsigned)which < SUBKEY_COUNT);
    if (!origin_of(o.path, &origin) || same_origin(&origin, &o.s->origin))
        return NULL;
    must(pthread_mutex_lock(&o.s->lock) == 0);
    bool whole = past_ring(&o, &origin);
    must(pthread_mutex_unlock(&o.s->lock) == 0);
    if (!whole)
        memory_ran_out();
    return o.ring ? o.ring->key[which] : NULL;
}

enum err_code
secrets_create(const char *path, struct err *err)
{
    return secret_file_create(WHAT, path, err);
}

void
secrets_free(struct secrets *s)
{
    if (!s)
        return;
    while (s->pasts) {
        struct past *p = s->pasts;
        s->pasts = p->next;
        sodium_free(p->ring);
        free(p);
    }
    sodium_free(s->ring);
    pthread_mutex_destroy(&s->lock);
    for (int age = 0; age < (int)SECRETS_AGES; age++)
        free(s->paths[age]);
    free(s);
}

const uint8_t *
secrets_subkey(const struct secrets *s, enum subkey which)
{
    must((unsigned)which < SUBKEY_COUNT);
    return s->ring->key[which];
}
