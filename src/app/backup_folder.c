/* SPDX-License-Identifier: ISC */
#include "app/backup_folder.h"

#include "store/copy.h"
#include "text/when.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_CHARS = 28 }; /* "keylodge-20261121T164500Z.db" */

#define PART ".part"
#define SUM ".sha256"

const char *
backup_name(struct cx *cx, const char *folder)
{
    char stamp[32];
    struct str t = when_rfc3339(cx->arena, cx->now_s);
    size_t n = 0;
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] != '-' && t.p[i] != ':')
            stamp[n++] = t.p[i];
    return arena_cstr(cx->arena, arena_fmt(cx->arena, "%s/keylodge-%.*s.db",
        folder, (int)n, stamp));
}

/* The name of a backup, with this behind it? */
static bool
is_backup(const char *name, const char *end)
{
    return strlen(name) == NAME_CHARS + strlen(end) &&
        strncmp(name, "keylodge-2", 10) == 0 && name[17] == 'T' &&
        strncmp(name + NAME_CHARS - 4, "Z.db", 4) == 0 &&
        strcmp(name + NAME_CHARS, end) == 0;
}

static int
backup_only(const struct dirent *d)
{
    return is_backup(d->d_name, "");
}

static int
left_only(const struct dirent *d)
{
    return is_backup(d->d_name, PART) || is_backup(d->d_name, SUM);
}

void
backup_forget_left(struct cx *cx, const char *folder)
{
    struct dirent **all;
    int n = scandir(folder, &all, left_only, alphasort);
    for (int i = 0; i < n; i++) {
        struct str name = str_cstr(all[i]->d_name);
        const char *path = arena_cstr(cx->arena,
            arena_fmt(cx->arena, "%s/%.*s", folder, STR_ARG(name)));
        const char *whole = arena_cstr(cx->arena,
            arena_fmt(cx->arena, "%s/%.*s", folder, NAME_CHARS, name.p));
        if (str_ends(name, STR(PART)))
            (void)db_copy_forget(cx->arena, path);
        else if (access(whole, F_OK) != 0 && errno == ENOENT)
            (void)unlink(path);
        free(all[i]);
    }
    if (n >= 0)
        free(all);
}

enum err_code
backup_forget_old(struct cx *cx, const char *folder, long keep)
{
    struct dirent **all;
    int n = scandir(folder, &all, backup_only, alphasort);
    if (n < 0)
        return ERR(&cx->err, ERR_INVALID, "%s: %s.", folder, strerror(errno));
    for (int i = 0; i < n; i++) {
        const char *path = arena_cstr(cx->arena,
            arena_fmt(cx->arena, "%s/%s", folder, all[i]->d_name));
        const char *sum = arena_cstr(cx->arena,
            arena_fmt(cx->arena, "%s" SUM, path));
        if (i < n - keep && (unlink(path) != 0 ||
                (unlink(sum) != 0 && errno != ENOENT)))
            ERR(&cx->err, ERR_INVALID, "%s: %s.", path, strerror(errno));
        free(all[i]);
    }
    free(all);
    return cx->err.code;
}
