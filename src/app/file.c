/* SPDX-License-Identifier: ISC */
#include "app/file.h"

#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum err_code
file_read(struct arena *a, const char *path, size_t max, struct str *out,
    struct err *err)
{
    bool from_stdin = strcmp(path, "-") == 0;
    FILE *f = from_stdin ? stdin : fopen(path, "re");
    char chunk[4096];
    struct buf b;
    if (!f)
        return ERR(err, ERR_INVALID, "%s cannot be read: %s", path,
            strerror(errno));
    buf_init(&b, a, max);
    for (;;) {
        size_t n = fread(chunk, 1, sizeof chunk, f);
        if (n == 0)
            break;
        buf_add(&b, chunk, n);
    }
    bool bad = ferror(f) != 0;
    if (!from_stdin)
        fclose(f);
    if (bad)
        return ERR(err, ERR_INVALID, "%s cannot be read", path);
    if (b.full)
        return ERR(err, ERR_INVALID, "%s is larger than %zu bytes", path, max);
    *out = buf_view(&b);
    return ERR_OK;
}

bool
file_folder(const char *path, char out[FILE_FOLDER_MOST])
{
    const char *slash = strrchr(path, '/');
    size_t n = slash && slash != path ? (size_t)(slash - path) : 1;
    if (n >= FILE_FOLDER_MOST)
        return false;
    memcpy(out, slash ? path : ".", n);
    out[n] = '\0';
    return true;
}

bool
file_is_open(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}
