/* SPDX-License-Identifier: ISC */
/* Export and import of workspaces. */
#include "app/cli_command.h"
#include "core/export.h"
#include "core/import_file.h"
#include "core/import_other.h"
#include "core/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOLD_MOST = 20, NAME_WIDTH = 18 };

static int
fail_file(const char *path, const char *what)
{
    fprintf(stderr, "keylodge: %s cannot be %s: %s\n", path, what,
        strerror(errno));
    return EXIT_FAILED;
}

/* The transfer secret: made when there is none yet, and `make`. */
static enum err_code
load_transfer(struct cx *cx, const char *path, bool make,
    struct secrets **out)
{
    *out = NULL;
    if (!path)
        return ERR_OK;
    if (make && access(path, F_OK) != 0 && errno == ENOENT &&
        secrets_create(path, &cx->err))
        return cx->err.code;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return ERR(&cx->err, ERR_INVALID, "Transfer secret %s is missing. Name "
            "the file that export --verifiers made, and bring it here first.",
            path);
    return secrets_load(path, out, &cx->err);
}

/* On a terminal only, and over itself. */
static void
tell_progress(const char *what, int64_t n)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%s %" PRId64, what, n);
}

static void
end_progress(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}

/* ---- export ---- */

static bool
write_piece(void *to, struct str piece)
{
    return fwrite(piece.p, 1, piece.n, to) == piece.n;
}

static void
tell_keys(void *unused, int64_t keys)
{
    (void)unused;
    tell_progress("keys written:", keys);
}

/* The counts go where the export does not. */
static void
print_exported(struct cx *cx, const struct words *words,
    const struct export_counts *c, FILE *to)
{
    struct val *v = val_map(cx->arena);
    for (int i = 0; i < PORT_KIND_COUNT; i++) {
        const char *name = port_kind_name((enum port_kind)i);
        if (words->json)
            val_put_int(v, name, c->n[i]);
        else
            fprintf(to, "%-*s %" PRId64 "\n", NAME_WIDTH, name, c->n[i]);
    }
    if (words->json)
        cli_print_json(cx, v);
}

/* Under the name only when whole and on disk; never in the place of another
 * file. */
static int
keep_file(FILE *f, const char *temporary, const char *path)
{
    char folder[4096];
    bool ok = fflush(f) == 0 && fsync(fileno(f)) == 0;
    if (fclose(f) != 0 || !ok || link(temporary, path) != 0)
        return fail_file(path, "written");
    (void)unlink(temporary);
    (void)snprintf(folder, sizeof folder, "%s", path);
    int fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    return ok ? EXIT_DONE : fail_file(path, "made sure of");
}

static int
export_file(struct cx *cx, const struct words *words,
    struct export_out *out)
{
    struct export_counts counts;
    const char *path = words->rest;
    char *temporary = arena_cstr(cx->arena,
        arena_fmt(cx->arena, "%s.XXXXXX", path));
    if (access(path, F_OK) == 0) {
        errno = EEXIST;
        return fail_file(path, "written");
    }
    int fd = mkstemp(temporary); /* 0600 */
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return fail_file(temporary, "written");
    out->to = f;
    int code = EXIT_DONE;
    if (export_run(cx, out, &counts)) {
        end_progress();
        code = cli_fail(&cx->err);
        (void)fclose(f);
    } else {
        end_progress();
        code = keep_file(f, temporary, path);
    }
    if (code == EXIT_DONE)
        print_exported(cx, words, &counts, stdout);
    else
        (void)unlink(temporary);
    return code;
}

static int
export_stdout(struct cx *cx, struct export_out *out)
{
    struct export_counts counts;
    out->to = stdout;
    enum err_code code = export_run(cx, out, &counts);
    end_progress();
    if (code)
        return cli_fail(&cx->err);
    return fflush(stdout) == 0 ? EXIT_DONE : fail_file("-", "written");
}

int
cli_export(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct secrets *transfer;
    int code;
    if (words->workspace && workspace_enter(cx, str_cstr(words->workspace)))
        return cli_fail(&cx->err);
    if (load_transfer(cx, words->verifiers, true, &transfer))
        return cli_fail(&cx->err);
    struct export_out out = { .sink = write_piece, .step = tell_keys,
        .transfer = transfer };
    code = strcmp(words->rest, "-") == 0 ? export_stdout(cx, &out)
                                         : export_file(cx, words, &out);
    secrets_free(transfer);
    return code;
}

/* ---- import ---- */

/* What was told, and no more of a kind than people read. */
struct told {
    const char *path;
    int64_t n[IMPORT_SAYINGS];
};

static void
tell_row(void *of, enum import_saying what, int64_t line, struct str text)
{
    static const char *const words[IMPORT_SAYINGS] = { [IMPORT_WRONG] = "",
        [IMPORT_THERE] = "here already: ", [IMPORT_LEFT_OUT] = "",
        [IMPORT_NOTE] = "note: " };
    struct told *t = of;
    /* whom to give a new key is not to be guessed */
    bool all = what == IMPORT_WRONG || what == IMPORT_LEFT_OUT;
    if (++t->n[what] == TOLD_MOST + 1 && !all)
        fprintf(stderr, "keylodge: %s: %sand more of these\n", t->path,
            words[what]);
    if (t->n[what] <= TOLD_MOST || all)
        fprintf(stderr, "keylodge: %s:%" PRId64 ": %s%.*s\n", t->path, line,
            words[what], STR_ARG(text));
}

static void
tell_rows(void *unused, bool writing, int64_t rows)
{
    (void)unused;
    tell_progress(writing ? "rows written:" : "rows looked at:", rows);
}

static void
print_imported(struct cx *cx, const struct words *words,
    const struct import_counts *c)
{
    struct val *v = val_map(cx->arena);
    val_put_bool(v, "dry_run", words->dry_run);
    for (int i = 0; i < PORT_KIND_COUNT; i++) {
        const char *name = port_kind_name((enum port_kind)i);
        if (!words->json) {
            printf("%-*s %" PRId64 " %s, %" PRId64 " here already",
                NAME_WIDTH, name, c->made[i],
                words->dry_run ? "would be made" : "made", c->there[i]);
            if (i == PORT_KEY && c->left_out)
                printf(", %" PRId64 " left out", c->left_out);
            putchar('\n');
            continue;
        }
        struct val *one = val_put_map(v, name);
        val_put_int(one, "made", c->made[i]);
        val_put_int(one, "there", c->there[i]);
    }
    val_put_int(v, "left_out", c->left_out);
    val_put_int(v, "notes", c->notes);
    if (words->json)
        cli_print_json(cx, v);
}

static int
run(struct cx *cx, const struct words *words, struct import *im,
    import_source *source, void *of)
{
    struct import_counts counts;
    struct told told = { .path = words->rest };
    im->cx = cx;
    im->say = tell_row;
    im->step = tell_rows;
    im->of = &told;
    im->dry = words->dry_run;
    enum err_code code = import_run(im, source, of, &counts);
    end_progress();
    if (code)
        return cli_fail(&cx->err);
    print_imported(cx, words, &counts);
    if (!counts.left_out)
        return EXIT_DONE;
    fprintf(stderr, "keylodge: %s: left out: %" PRId64 " of the keys, as told "
        "above; their clients need new ones\n", words->rest,
        counts.left_out);
    return EXIT_FAILED;
}

/* Lines of a file, one in memory. */
struct lines {
    FILE *f;
    char line[IMPORT_LINE_MOST + 1];
};

static bool
next_line(void *from, struct str *line)
{
    struct lines *l = from;
    size_t n = 0;
    int c = getc_unlocked(l->f);
    if (c == EOF)
        return false;
    for (; c != EOF && c != '\n'; c = getc_unlocked(l->f))
        if (n < sizeof l->line)
            l->line[n++] = (char)c;
    *line = (struct str){ l->line, n };
    return true;
}

static void
first_line(void *from)
{
    struct lines *l = from;
    rewind(l->f);
}

static int
import_own(struct cx *cx, const struct words *words,
    struct import_file *lines)
{
    struct secrets *transfer;
    struct import im = { .only = words->workspace };
    if (load_transfer(cx, words->verifiers, false, &transfer))
        return cli_fail(&cx->err);
    im.transfer = transfer;
    int code = run(cx, words, &im, import_file_read, lines);
    secrets_free(transfer);
    return code;
}

/* Of another product: into one workspace, which is here. */
static int
import_other(struct cx *cx, const struct words *words,
    struct import_file *lines)
{
    struct import im = { 0 };
    struct other_source of = { .workspace = str_cstr(words->workspace),
        .path = words->rest, .lines = lines };
    if (!words->workspace) {
        fprintf(stderr, "keylodge: import --format %s needs --workspace: "
            "where the keys go\n", words->format);
        return EXIT_WORDS;
    }
    if (words->verifiers) {
        fprintf(stderr, "keylodge: --verifiers is for exports of "
            "Keylodge\n");
        return EXIT_WORDS;
    }
    must(other_format_read(str_cstr(words->format), &of.format));
    if (other_open(cx, &of))
        return cli_fail(&cx->err);
    int code = run(cx, words, &im, import_other_read, &of);
    other_close(&of);
    return code;
}

int
cli_import(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    bool own = !words->format || strcmp(words->format, "keylodge") == 0;
    struct lines *l = calloc(1, sizeof *l);
    must(l != NULL);
    struct import_file lines = { next_line, first_line, l };
    if (!cli_need_file(words->rest, &cx->err)) {
        free(l);
        return cli_fail(&cx->err);
    }
    l->f = fopen(words->rest, "re");
    int code = !l->f ? fail_file(words->rest, "read")
        : own        ? import_own(cx, words, &lines)
                     : import_other(cx, words, &lines);
    if (l->f)
        (void)fclose(l->f);
    free(l);
    return code;
}
