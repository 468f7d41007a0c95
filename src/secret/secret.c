/* SPDX-License-Identifier: ISC */
#include "secret/secret.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static bool
is_one_byte(const uint8_t *p, size_t n)
{
    uint8_t differ = 0;
    for (size_t i = 1; i < n; i++)
        differ |= p[0] ^ p[i];
    return differ == 0;
}

/* true when all n bytes were read */
static bool
read_all(int fd, uint8_t *p, size_t n)
{
    while (n) {
        ssize_t got = read(fd, p, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

static bool
write_all(int fd, const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t put = write(fd, p, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        p += put;
        n -= (size_t)put;
    }
    return true;
}

static enum err_code
refuse_open(const char *path, struct err *err)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return ERR(err, ERR_INVALID, "Master secret %s is missing. Put back "
            "its safe copy, or, when nothing is stored yet, run: keylodge init",
            path);
    case ELOOP:
        return ERR(err, ERR_INVALID, "Master secret %s is a symbolic link. "
            "Name the file itself, or put it there instead of the link", path);
    case EACCES:
    case EPERM:
        return ERR(err, ERR_INVALID, "Master secret %s cannot be read by this "
            "user. As root, run: chown %lu %s && chmod 0400 %s", path,
            (unsigned long)geteuid(), path, path);
    default:
        return ERR(err, ERR_INVALID, "Master secret %s cannot be opened: %s. "
            "Mend the disk or put back the safe copy", path, strerror(errno));
    }
}

static enum err_code
check_file(int fd, const char *path, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return refuse_open(path, err);
    if (!S_ISREG(st.st_mode))
        return ERR(err, ERR_INVALID, "Master secret %s is not a regular file. "
            "Name the file that holds the %d bytes", path, MASTER_BYTES);
    if (st.st_mode & 077) {
        const char *verb = st.st_mode & 044 ? "read" :
            st.st_mode & 022 ? "changed" : "used";
        return ERR(err, ERR_INVALID, "Master secret %s can be %s by others. "
            "Run: chmod 0400 %s", path, verb, path);
    }
    if (st.st_size != MASTER_BYTES)
        return ERR(err, ERR_INVALID, "Master secret %s has %lld bytes instead "
            "of %d. Put back its safe copy, or, when nothing is stored yet, "
            "run: rm -f %s && keylodge init", path, (long long)st.st_size,
            MASTER_BYTES, path);
    return ERR_OK;
}

static enum err_code
load_master(int fd, const char *path, uint8_t *master, struct err *err)
{
    if (check_file(fd, path, err) != ERR_OK)
        return err->code;
    if (!read_all(fd, master, MASTER_BYTES))
        return ERR(err, ERR_INVALID, "Master secret %s cannot be read to its "
            "end. Mend the disk or put back the safe copy", path);
    if (is_one_byte(master, MASTER_BYTES))
        return ERR(err, ERR_INVALID, "Master secret %s is one byte over and "
            "over, which is no secret. Put back its safe copy, or, when "
            "nothing is stored yet, run: rm -f %s && keylodge init", path,
            path);
    return ERR_OK;
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
    *out = NULL;
    /* O_NONBLOCK: a pipe in its place is refused, not waited for */
    int fd = open(path,
        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return refuse_open(path, err);
    uint8_t *master = sodium_malloc(MASTER_BYTES);
    must(master != NULL);
    enum err_code code = load_master(fd, path, master, err);
    if (code == ERR_OK)
        *out = derive_all(master);
    sodium_free(master);
    close(fd);
    return code;
}

/* Without this a power cut may forget the name of a file that is on disk. */
static bool
sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}

static const char *
folder_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    if (slash == path)
        return "/";
    return arena_cstr(a, (struct str){ path, (size_t)(slash - path) });
}

static enum err_code
refuse_create(const char *path, const char *folder, struct err *err)
{
    switch (errno) {
    case EEXIST:
        return ERR(err, ERR_CONFLICT, "Master secret %s exists already and is "
            "left as it is", path);
    case ENOENT:
        return ERR(err, ERR_INVALID, "Folder %s is missing. Run: mkdir -p -m "
            "0700 %s", folder, folder);
    case ENOSPC:
    case EDQUOT:
        return ERR(err, ERR_NO_SPACE, "No space for the master secret %s. "
            "Free some on its disk and try again", path);
    default:
        return ERR(err, ERR_INVALID, "Master secret %s cannot be written: %s. "
            "This user must be able to write to %s", path, strerror(errno),
            folder);
    }
}

enum err_code
secrets_create(const char *path, struct err *err)
{
    const char *folder = folder_of(err->arena, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
        0400);
    if (fd < 0)
        return refuse_create(path, folder, err);
    uint8_t master[MASTER_BYTES];
    randombytes_buf(master, sizeof master);
    bool ok = write_all(fd, master, sizeof master) && fsync(fd) == 0 &&
        sync_folder(folder);
    sodium_memzero(master, sizeof master);
    int why = errno;
    close(fd);
    if (ok)
        return ERR_OK;
    unlink(path); /* ours, made above: half a secret would stop each start */
    errno = why;
    return refuse_create(path, folder, err);
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
