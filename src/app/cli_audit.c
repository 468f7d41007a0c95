/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "app/file.h"
#include "core/audit.h"
#include "core/audit_file.h"
#include "core/workspace.h"
#include "text/when.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PUBLIC_KEY_MOST = 4096 };

/* ---- in the house ---- */

static int
verify_own(struct cx *cx, const struct words *words)
{
    struct val *v = val_map(cx->arena);
    int64_t rows, bad;
    if (audit_verify(cx, &rows, &bad))
        return cli_fail(&cx->err);
    val_put_bool(v, "good", bad == 0);
    val_put_int(v, "rows", rows);
    val_put_int(v, "bad_row", bad);
    if (!bad)
        return cli_tell(cx, words, v, "%" PRId64 " rows, chain whole", rows);
    if (words->json)
        cli_print_json(cx, v);
    fprintf(stderr, "keylodge: row %" PRId64 " of the audit log was changed or "
                    "is missing\n", bad);
    return EXIT_FAILED;
}

int
cli_audit_public_key(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct str pem = str_trim(public_key_show(cx->arena,
        signer_public(cx->signer)));
    struct val *v = val_map(cx->arena);
    val_put_str(v, "public_key", pem);
    return cli_tell(cx, words, v, "%.*s", STR_ARG(pem));
}

static bool
write_piece(void *to, struct str piece)
{
    return fwrite(piece.p, 1, piece.n, to) == piece.n;
}

/* On disk, or not there: a half export would look like one that was cut. */
static int
export_to(struct cx *cx, const struct words *words)
{
    const char *path = words->rest;
    struct val *v = val_map(cx->arena);
    int64_t rows;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f) {
        fprintf(stderr, "keylodge: %s cannot be written: %s\n", path,
            strerror(errno));
        return EXIT_FAILED;
    }
    bool ok = audit_export(cx, write_piece, f, &rows) == ERR_OK;
    bool kept = ok && fflush(f) == 0 && fsync(fileno(f)) == 0;
    int why = errno;
    if (fclose(f) == 0 && kept) {
        val_put_cstr(v, "file", path);
        val_put_int(v, "rows", rows);
        return cli_tell(cx, words, v, "%" PRId64 " rows", rows);
    }
    unlink(path); /* ours: it was not there before */
    if (!ok)
        return cli_fail(&cx->err);
    fprintf(stderr, "keylodge: %s cannot be written: %s\n", path,
        strerror(why));
    return EXIT_FAILED;
}

int
cli_audit_export(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    if (words->workspace && workspace_enter(cx, str_cstr(words->workspace)))
        return cli_fail(&cx->err);
    return export_to(cx, words);
}

/* ---- anywhere ---- */

/* It may be larger than memory. */
bool
cli_map_file(const char *path, struct str *out)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fstat(fd, &st) == 0;
    void *at = NULL;
    if (ok && st.st_size > 0) {
        at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        ok = at != MAP_FAILED;
    }
    if (ok)
        *out = (struct str){ at, (size_t)st.st_size };
    else
        fprintf(stderr, "keylodge: %s cannot be read: %s\n", path,
            strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

static void
put_number(struct val *out, const char *name, int64_t n)
{
    if (n)
        val_put_int(out, name, n);
    else
        val_put_null(out, name);
}

static void
tell_bad(struct arena *a, const struct words *words, const char *path,
    const struct audit_verdict *v)
{
    struct cx cx = { .arena = a };
    struct val *out = val_map(a);
    val_put_bool(out, "good", false);
    val_put_cstr(out, "file", path);
    val_put_int(out, "line", v->line);
    put_number(out, "row", v->row);
    put_number(out, "number", v->seq);
    val_put_cstr(out, "why", v->why);
    if (words->json)
        cli_print_json(&cx, out);
    fprintf(stderr, "keylodge: %s, line %" PRId64, path, v->line);
    if (v->row)
        fprintf(stderr, ", row %" PRId64, v->row);
    if (v->seq)
        fprintf(stderr, " (number %" PRId64 " of the log)", v->seq);
    fprintf(stderr, ": %s\n", v->why);
}

static void
tell_good(struct arena *a, const struct words *words,
    const struct audit_verdict *v)
{
    struct cx cx = { .arena = a };
    struct val *out = val_map(a);
    val_put_bool(out, "good", true);
    val_put_int(out, "rows", v->rows);
    cli_put_text(out, "workspace", v->scope.workspace);
    cli_put_time(&cx, out, "signed", v->head_at_s);
    val_put_int(out, "signed_rows", v->head_seq);
    (void)cli_tell(&cx, words, out,
        "%" PRId64 " rows of %s%.*s, none changed or missing\n"
        "signed %.*s, when the log had %" PRId64 " rows", v->rows,
        v->scope.workspace_id ? "workspace " : "the whole log",
        STR_ARG(v->scope.workspace), STR_ARG(when_long(a, v->head_at_s)),
        v->head_seq);
}

/* Verify one file; 0, 1 or 2 as the whole command. */
static int
verify(struct arena *a, const struct words *words, const char *path,
    const uint8_t public_key[SIGNER_PUBLIC],
    const struct audit_verdict *known, struct audit_verdict *out)
{
    struct str file;
    if (!cli_map_file(path, &file))
        return EXIT_WORDS;
    audit_file_verify(file, public_key, known, out);
    if (!out->good)
        tell_bad(a, words, path, out);
    return out->good ? EXIT_DONE : EXIT_FAILED;
}

bool
cli_public_key(struct arena *a, const char *path, uint8_t out[SIGNER_PUBLIC])
{
    struct err err;
    struct str pem;
    err_init(&err, a);
    if (file_read(a, path, PUBLIC_KEY_MOST, &pem, &err)) {
        (void)cli_fail(&err);
        return false;
    }
    if (!public_key_read(pem, out)) {
        fprintf(stderr, "keylodge: %s is no Ed25519 public key. Ask for what "
                        "this prints: keylodge audit public-key\n", path);
        return false;
    }
    return true;
}

static int
verify_file(struct arena *a, const struct words *words)
{
    struct audit_verdict verdict, known;
    uint8_t public_key[SIGNER_PUBLIC];
    int code = EXIT_DONE;
    if (!cli_public_key(a, words->public_key, public_key))
        return EXIT_WORDS;
    if (words->earlier)
        code = verify(a, words, words->earlier, public_key, NULL, &known);
    if (code == EXIT_DONE)
        code = verify(a, words, words->rest, public_key,
            words->earlier ? &known : NULL, &verdict);
    if (code == EXIT_DONE)
        tell_good(a, words, &verdict);
    return code;
}

int
cli_audit_verify(struct worker *w, const struct words *words)
{
    if ((words->rest != NULL) != (words->public_key != NULL) ||
        (words->earlier && !words->rest)) {
        fputs("keylodge: audit verify: an exported log is checked with FILE "
              "and --public-key, the own one without both\n", stderr);
        return EXIT_WORDS;
    }
    if (!words->rest)
        return verify_own(worker_shell(w), words);
    struct arena *a = arena_new(16 * 1024);
    secret_start();
    int code = verify_file(a, words);
    arena_free(a);
    return code;
}
