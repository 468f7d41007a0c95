/* SPDX-License-Identifier: ISC */
#include "secret/filesum.h"

#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

static enum err_code
refuse(const char *path, struct err *err)
{
    if (errno == ENOSPC || errno == EDQUOT)
        return ERR(err, ERR_NO_SPACE, "No space for %s. Free some on its "
            "disk and try again.", path);
    return ERR(err, ERR_INVALID, "%s: %s.", path, strerror(errno));
}

static const char *
sum_path(struct arena *a, const char *path)
{
    return arena_cstr(a, arena_fmt(a, "%s.sha256", path));
}

enum err_code
filesum_make(const char *path, char out[FILESUM_HEX + 1], struct err *err)
{
    static _Thread_local uint8_t piece[PIECE];
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    FILE *f = fopen(path, "rbe");
    if (!f)
        return refuse(path, err);
    size_t n;
    crypto_hash_sha256_init(&state);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        crypto_hash_sha256_update(&state, piece, n);
    bool ok = !ferror(f);
    fclose(f);
    if (!ok)
        return refuse(path, err);
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(out, FILESUM_HEX + 1, hash, sizeof hash);
    return ERR_OK;
}

enum err_code
filesum_keep(const char *path, struct err *err)
{
    char hex[FILESUM_HEX + 1];
    const char *to = sum_path(err->arena, path);
    const char *slash = strrchr(path, '/');
    if (filesum_make(path, hex, err))
        return err->code;
    int fd = own_open(to, O_WRONLY | O_TRUNC, 0600, path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return refuse(to, err);
    bool ok = fprintf(f, "%s  %s\n", hex, slash ? slash + 1 : path) > 0 &&
        fflush(f) == 0 && fsync(fd) == 0;
    int why = errno;
    fclose(f);
    errno = why;
    return ok ? ERR_OK : refuse(to, err);
}

enum err_code
filesum_check(const char *path, enum filesum *out, struct err *err)
{
    char hex[FILESUM_HEX + 1], kept[FILESUM_HEX + 1];
    const char *from = sum_path(err->arena, path);
    *out = FILESUM_NONE;
    FILE *f = fopen(from, "re");
    if (!f)
        return errno == ENOENT ? ERR_OK : refuse(from, err);
    bool whole = fread(kept, 1, FILESUM_HEX, f) == FILESUM_HEX;
    fclose(f);
    if (filesum_make(path, hex, err))
        return err->code;
    *out = whole && memcmp(kept, hex, FILESUM_HEX) == 0 ? FILESUM_RIGHT
                                                        : FILESUM_WRONG;
    return ERR_OK;
}
