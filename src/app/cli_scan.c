/* SPDX-License-Identifier: ISC */
/* Looks for our keys in files, trees and standard input ("-").  Needs no
 * settings and no database: the checksum tells a key.  Writes a line for each:
 * file, line, kind and prefix, never the key; with --json an object a line.  A
 * count of what was read goes to stderr when that is a terminal.  Memory does
 * not grow with files or lines.  Links inside of trees are not followed; what
 * cannot be read is named on stderr, and the rest goes on. */
#define _XOPEN_SOURCE 700 /* nftw */
#include "app/cli_command.h"

#include "base/attr.h"
#include "base/clock.h"
#include "secret/keytext.h"
#include "text/json.h"
#include "text/money.h"
#include "text/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIECE = 256 * 1024,          /* read at once, whatever the size of a file */
    KEPT = KEYTEXT_CHARS - 1,    /* of it, for a key that goes on in the next */
    FOLDERS_OPEN = 32,
    PROGRESS_US = 100 * 1000
};

static const char *const kind_names[] = { "standard", "management", "admin" };

struct scan {
    struct arena *arena; /* emptied after each hit */
    char *buf;           /* KEPT + PIECE bytes */
    bool json, progress;
    int64_t files, bytes, hits, unread;
    int64_t told_us;     /* when the progress line was last written */
};

/* nftw() has no argument for its caller. */
static struct scan *walking;

static void
tell(struct scan *s, bool last)
{
    int64_t now = clock_mono_us();
    if (!s->progress || (!last && now - s->told_us < PROGRESS_US))
        return;
    s->told_us = now;
    fprintf(stderr, "\r%.*s, %" PRId64 " MB, %.*s found\033[K%s",
        STR_ARG(count_of(s->arena, s->files, "file")), s->bytes / 1000000,
        STR_ARG(count_of(s->arena, s->hits, "key")), last ? "\n" : "");
    arena_reset(s->arena);
}

/* A name may hold bytes that are no text, or that move a terminal's cursor. */
static struct str
shown(struct scan *s, const char *name)
{
    struct str text = str_cstr(name);
    if (utf8_plain(text, false))
        return text;
    char *clean = arena_cstr(s->arena, text);
    for (size_t i = 0; i < text.n; i++)
        if (clean[i] < ' ' || clean[i] > '~')
            clean[i] = '?';
    return (struct str){ clean, text.n };
}

static void
complain(struct scan *s, const char *name, int why)
{
    s->unread++;
    if (s->progress)
        fputs("\r\033[K", stderr);
    fprintf(stderr, "keylodge: %.*s: %s\n", STR_ARG(shown(s, name)),
        strerror(why));
    arena_reset(s->arena);
}

static void
hit(struct scan *s, const char *name, int64_t line, struct str key)
{
    struct str prefix;
    enum keytext_kind kind;
    struct buf b;
    must(keytext_read(key, &prefix, &kind));
    s->hits++;
    if (s->progress)
        fputs("\r\033[K", stderr);
    if (s->json) {
        struct val *v = val_map(s->arena);
        val_put_str(v, "file", shown(s, name));
        val_put_int(v, "line", line);
        val_put_str(v, "prefix", prefix);
        val_put_cstr(v, "kind", kind_names[kind]);
        buf_init(&b, s->arena, BUF_MAX_FIELD);
        json_write(&b, v);
        printf("%.*s\n", STR_ARG(buf_view(&b)));
    } else {
        printf("%.*s:%" PRId64 ": %s key %.*s\n", STR_ARG(shown(s, name)),
            line, kind_names[kind], STR_ARG(prefix));
    }
    arena_reset(s->arena);
}

static int64_t
lines_in(const char *p, size_t n)
{
    int64_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += p[i] == '\n';
    return lines;
}

/* One piece, `old` bytes of which were looked at before.  *line is that of its
 * first byte, and becomes that of the first byte kept. */
static size_t
look(struct scan *s, const char *name, size_t n, int64_t *line)
{
    struct str text = { s->buf, n };
    size_t counted = 0;
    for (size_t at = keytext_find(text, 0); at < n;
         at = keytext_find(text, at + KEYTEXT_CHARS)) {
        *line += lines_in(s->buf + counted, at - counted);
        counted = at;
        hit(s, name, *line, (struct str){ s->buf + at, KEYTEXT_CHARS });
    }
    size_t keep = n < KEPT ? n : KEPT;
    if (counted < n - keep)
        *line += lines_in(s->buf + counted, n - keep - counted);
    memmove(s->buf, s->buf + n - keep, keep);
    return keep;
}

static void
scan_open(struct scan *s, const char *name, int fd)
{
    size_t kept = 0;
    int64_t line = 1;
    s->files++;
    for (;;) {
        ssize_t got = read(fd, s->buf + kept, PIECE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            complain(s, name, errno);
        if (got <= 0)
            break;
        s->bytes += got;
        kept = look(s, name, kept + (size_t)got, &line);
        tell(s, false);
    }
}

/* named: by the caller, so links are followed and pipes are read. */
static void
scan_file(struct scan *s, const char *name, bool named)
{
    struct stat st;
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY |
            (named ? 0 : O_NOFOLLOW | O_NONBLOCK));
    if (fd < 0) {
        complain(s, name, errno);
        return;
    }
    if (named || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
        scan_open(s, name, fd);
    (void)close(fd);
}

/* Links are not followed, so no loop is ever walked. */
static int
on_entry(const char *name, const struct stat *st, int what, struct FTW *ftw)
{
    (void)ftw;
    if (what == FTW_DNR || what == FTW_NS)
        complain(walking, name, EACCES);
    else if (what == FTW_F && S_ISREG(st->st_mode))
        scan_file(walking, name, false);
    return 0;
}

static void
scan_path(struct scan *s, const char *name)
{
    struct stat st;
    if (strcmp(name, "-") == 0) {
        scan_open(s, "(standard input)", STDIN_FILENO);
    } else if (stat(name, &st) != 0) {
        complain(s, name, errno);
    } else if (!S_ISDIR(st.st_mode)) {
        scan_file(s, name, true);
    } else {
        char *inside = arena_cstr(s->arena, arena_fmt(s->arena, "%s%s", name,
            lstat(name, &st) == 0 && S_ISLNK(st.st_mode) ? "/." : ""));
        char *walk = strdup(inside); /* the arena is emptied meanwhile */
        must(walk != NULL);
        walking = s;
        if (nftw(walk, on_entry, FOLDERS_OPEN, FTW_PHYS) != 0)
            complain(s, name, errno);
        free(walk);
    }
}

int
cli_scan(struct worker *w, const struct words *words)
{
    struct scan s = { .progress = isatty(STDERR_FILENO) != 0,
        .json = words->json };
    (void)w;
    s.arena = arena_new(64 * 1024);
    s.buf = malloc(KEPT + PIECE);
    must(s.buf != NULL);
    for (int i = 0; i < words->n_rest; i++)
        scan_path(&s, words->all_rest[i]);
    tell(&s, true);
    free(s.buf);
    arena_free(s.arena);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "keylodge: the result could not be written\n");
        return EXIT_WORDS;
    }
    return s.hits ? EXIT_FAILED : s.unread ? EXIT_WORDS : EXIT_DONE;
}
