/* SPDX-License-Identifier: ISC */
#include "secret/secret_file.h"

#include "base/own.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* A secret is given to nobody but the server: who runs a command as somebody
 * else would take it away from there.  Only what root owns may have been left so
 * by mistake. */
static enum err_code
refuse_user(const char *what, const char *path, struct err *err)
{
    struct stat st;
    unsigned long me = geteuid();
    if (lstat(path, &st) != 0)
        return ERR(err, ERR_INVALID, "%s %s cannot be read by this user. Run "
            "this as the server's user, or as root", what, path);
    if (st.st_uid == me)
        return ERR(err, ERR_INVALID, "%s %s cannot be read by its owner. Run: "
            "chmod 0400 %s", what, path, path);
    if (st.st_uid != 0)
        return ERR(err, ERR_INVALID, "%s %s belongs to user %lu. Run this as "
            "that user, or as root", what, path, (unsigned long)st.st_uid);
    return ERR(err, ERR_INVALID, "%s %s belongs to root. Run this as root; or, "
        "if the server runs as this user, as root run: chown %lu %s", what,
        path, me, path);
}

static enum err_code
refuse_open(const char *what, const char *path, struct err *err)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return ERR(err, ERR_INVALID, "%s %s is missing. Put back its safe "
            "copy, or, when nothing is stored yet, run: keylodge init", what,
            path);
    case ELOOP:
        return ERR(err, ERR_INVALID, "%s %s is a symbolic link. Name the "
            "file itself, or put it there instead of the link", what, path);
    case EACCES:
    case EPERM:
        return refuse_user(what, path, err);
    default:
        return ERR(err, ERR_INVALID, "%s %s cannot be opened: %s. Mend the "
            "disk or put back the safe copy", what, path, strerror(errno));
    }
}

static enum err_code
check_file(int fd, const char *what, const char *path, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return refuse_open(what, path, err);
    if (!S_ISREG(st.st_mode))
        return ERR(err, ERR_INVALID, "%s %s is not a regular file. Name the "
            "file that holds the %d bytes", what, path, SECRET_FILE_BYTES);
    if (st.st_mode & 077) {
        const char *verb = st.st_mode & 044 ? "read" :
            st.st_mode & 022 ? "changed" : "used";
        return ERR(err, ERR_INVALID, "%s %s can be %s by others. Run: chmod "
            "0400 %s", what, path, verb, path);
    }
    if (st.st_size != SECRET_FILE_BYTES)
        return ERR(err, ERR_INVALID, "%s %s has %lld bytes instead of %d. "
            "Put back its safe copy, or, when nothing is stored yet, run: "
            "rm -f %s && keylodge init", what, path, (long long)st.st_size,
            SECRET_FILE_BYTES, path);
    return ERR_OK;
}

static enum err_code
read_checked(int fd, const char *what, const char *path, uint8_t *out,
    struct err *err)
{
    if (check_file(fd, what, path, err) != ERR_OK)
        return err->code;
    if (!read_all(fd, out, SECRET_FILE_BYTES))
        return ERR(err, ERR_INVALID, "%s %s cannot be read to its end. Mend "
            "the disk or put back the safe copy", what, path);
    if (is_one_byte(out, SECRET_FILE_BYTES))
        return ERR(err, ERR_INVALID, "%s %s is one byte over and over, which "
            "is no secret. Put back its safe copy, or, when nothing is "
            "stored yet, run: rm -f %s && keylodge init", what, path, path);
    return ERR_OK;
}

enum err_code
secret_file_read(const char *what, const char *path,
    uint8_t out[SECRET_FILE_BYTES], struct err *err)
{
    /* O_NONBLOCK: a pipe in its place is refused, not waited for */
    int fd = open(path,
        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return refuse_open(what, path, err);
    enum err_code code = read_checked(fd, what, path, out, err);
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
refuse_create(const char *what, const char *path, const char *folder,
    struct err *err)
{
    switch (errno) {
    case EEXIST:
        return ERR(err, ERR_CONFLICT, "%s %s exists already and is left as it "
            "is", what, path);
    case ENOENT:
        return ERR(err, ERR_INVALID, "Folder %s is missing. Run: mkdir -p -m "
            "0700 %s", folder, folder);
    case ENOSPC:
    case EDQUOT:
        return ERR(err, ERR_NO_SPACE, "No space for the %c%s %s. Free some on "
            "its disk and try again", tolower((unsigned char)what[0]),
            what + 1, path);
    default:
        return ERR(err, ERR_INVALID, "%s %s cannot be written: %s. This user "
            "must be able to write to %s", what, path, strerror(errno),
            folder);
    }
}

enum err_code
secret_file_create(const char *what, const char *path, struct err *err)
{
    const char *folder = folder_of(err->arena, path);
    int fd = own_open(path, O_WRONLY | O_EXCL, 0400, NULL);
    if (fd < 0)
        return refuse_create(what, path, folder, err);
    uint8_t bytes[SECRET_FILE_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    bool ok = write_all(fd, bytes, sizeof bytes) && fsync(fd) == 0 &&
        sync_folder(folder);
    sodium_memzero(bytes, sizeof bytes);
    int why = errno;
    close(fd);
    if (ok)
        return ERR_OK;
    unlink(path); /* ours, made above: half a secret would stop each start */
    errno = why;
    return refuse_create(what, path, folder, err);
}
