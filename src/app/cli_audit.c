/* SPDX-License-Identifier: ISC */
#include "app/cli_audit.h"

#include "app/cli_command.h"
#include "app/file.h"
#include "core/audit.h"
#include "core/audit_file.h"
#include "core/workspace.h"
#include "text/when.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PUBLIC_KEY_MOST = 4096 };

/* ---- in the house ---- */

int
cli_audit_verify(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    int64_t rows, bad;
    (void)words;
    if (audit_verify(cx, &rows, &bad))
        return cli_fail(&cx->err);
    if (bad) {
        fprintf(stderr, "keylodge: row %" PRId64 " of the audit log was "
                        "changed or is missing\n", bad);
        return EXIT_FAILED;
    }
    printf("%" PRId64 " rows, chain whole\n", rows);
    return EXIT_DONE;
}

int
cli_audit_public_key(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    (void)words;
    printf("%.*s", STR_ARG(public_key_show(cx->arena,
        signer_public(cx->signer))));
    return EXIT_DONE;
}

static bool
write_piece(void *to, struct str piece)
{
    return fwrite(piece.p, 1, piece.n, to) == piece.n;
}

/* On disk, or not there: a half export would look like one that was cut. */
static int
export_to(struct cx *cx, const char *path)
{
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
        printf("%" PRId64 " rows\n", rows);
        return EXIT_DONE;
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
    return export_to(cx, words->rest);
}

/* ---- anywhere ---- */

/* The whole file as memory; it may be larger than that. */
static bool
map_file(const char *path, struct str *out)
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
tell_bad(const char *path, const struct audit_verdict *v)
{
    fprintf(stderr, "keylodge: %s, line %" PRId64, path, v->line);
    if (v->row)
        fprintf(stderr, ", row %" PRId64, v->row);
    if (v->seq)
        fprintf(stderr, " (number %" PRId64 " of the log)", v->seq);
    fprintf(stderr, ": %s\n", v->why);
}

static void
tell_good(struct arena *a, const struct audit_verdict *v)
{
    printf("%" PRId64 " rows of %s%.*s, none changed or missing\n", v->rows,
        v->scope.workspace_id ? "workspace " : "the whole log",
        STR_ARG(v->scope.workspace));
    printf("signed %.*s, when the log had %" PRId64 " rows\n",
        STR_ARG(when_long(a, v->head_at_s)), v->head_seq);
}

struct asked {
    const char *file, *public_key, *earlier;
};

static bool
read_asked(int argc, char **argv, struct asked *out)
{
    static const struct option options[] = {
        { "public-key", required_argument, NULL, 'p' },
        { "earlier", required_argument, NULL, 'e' },
        { NULL, 0, NULL, 0 },
    };
    int opt;
    *out = (struct asked){ 0 };
    optind = 0; /* a second scan, from the start */
    while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (opt == 'p')
            out->public_key = optarg;
        else if (opt == 'e')
            out->earlier = optarg;
        else
            return false;
    }
    if (optind < argc)
        out->file = argv[optind++];
    return optind == argc && out->file && out->public_key;
}

/* Verify one file; 0, 1 or 2 as the whole command. */
static int
verify(const char *path, const uint8_t public_key[SIGNER_PUBLIC],
    const struct audit_verdict *known, struct audit_verdict *out)
{
    struct str file;
    if (!map_file(path, &file))
        return EXIT_WORDS;
    audit_file_verify(file, public_key, known, out);
    if (!out->good)
        tell_bad(path, out);
    return out->good ? EXIT_DONE : EXIT_FAILED;
}

static int
verify_asked(struct arena *a, const struct asked *asked)
{
    struct err err;
    struct str pem;
    struct audit_verdict verdict, known;
    uint8_t public_key[SIGNER_PUBLIC];
    int code = EXIT_DONE;
    err_init(&err, a);
    if (file_read(a, asked->public_key, PUBLIC_KEY_MOST, &pem, &err)) {
        (void)cli_fail(&err);
        return EXIT_WORDS;
    }
    if (!public_key_read(pem, public_key)) {
        fprintf(stderr, "keylodge: %s is no Ed25519 public key. Ask for what "
                        "this prints: keylodge audit public-key\n",
            asked->public_key);
        return EXIT_WORDS;
    }
    if (asked->earlier)
        code = verify(asked->earlier, public_key, NULL, &known);
    if (code == EXIT_DONE)
        code = verify(asked->file, public_key, asked->earlier ? &known : NULL,
            &verdict);
    if (code == EXIT_DONE)
        tell_good(a, &verdict);
    return code;
}

int
cli_audit_file(int argc, char **argv)
{
    struct asked asked;
    /* the first of the two words stands for the program's name */
    if (!read_asked(argc - 1, argv + 1, &asked)) {
        fprintf(stderr, "usage: keylodge audit verify FILE --public-key F "
                        "[--earlier FILE]\n");
        return EXIT_WORDS;
    }
    struct arena *a = arena_new(16 * 1024);
    secret_start();
    int code = verify_asked(a, &asked);
    arena_free(a);
    return code;
}
