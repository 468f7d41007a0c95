/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as something to import, into a world of two teams.  The first byte
 * says what the rest is:
 *
 *   k  an export of ours, as it is
 *   e  the same, and the last line is made to fit
 *   v  the same, under the transfer secret of the seeds
 *   l  a list of hashes
 *   o  rows of One API: a line each, cells with tabs between them.  The first
 *      cell is t (tokens), u (users) or q (options); the others go into its
 *      columns: nothing is NULL, digits a number, #... a blob, the rest text
 *   n  the same of New API
 *
 * Properties: what is told is plain text; nothing fails but in the words of a
 * bad file; what the first walk finds right the second one brings in, the same
 * number of everything; who imports it once more gets nothing new.
 *
 * It writes the world anew for each import that went in: TMPDIR is best in
 * memory.
 */

#include "../unit/core/stand.h"

#include "base/buf.h"
#include "core/import_other.h"
#include "core/rowseal.h"
#include "text/hex.h"
#include "text/utf8.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_MOST = 4 << 20, CELLS_MOST = 16 };

/* ---- the world, and as it was before ---- */

struct kept {
    char path[PATH_BYTES + 8];
    char *bytes;
    size_t n;
};

static struct stand st;
static struct secrets *transfer;
static struct kept kept[2]; /* the database, its write-ahead log */
static char other_path[PATH_BYTES + 16];
static int64_t told;

static void
read_kept(struct kept *k)
{
    FILE *f = fopen(k->path, "rb");
    k->bytes = malloc(FILE_MOST);
    must(k->bytes != NULL);
    k->n = f ? fread(k->bytes, 1, FILE_MOST, f) : 0;
    must(k->n < FILE_MOST);
    if (f)
        (void)fclose(f);
}

static void
write_kept(const struct kept *k)
{
    (void)unlink(k->path);
    int fd = open(k->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0);
    must(write(fd, k->bytes, k->n) == (ssize_t)k->n);
    must(close(fd) == 0);
}

static void
open_again(void)
{
    struct err e;
    struct arena *a = arena_new(4096);
    struct db_options o = { .path = st.w.db_path, .busy_ms = 10000,
        .macs = seal_macs(st.w.secrets) };
    err_init(&e, a);
    must(db_open(&o, &st.w.db, &e) == ERR_OK);
    seat_open(&st.s, &st.w);
    arena_free(a);
}

static void
restore(void)
{
    char shared[PATH_BYTES + 8];
    seat_close(&st.s);
    db_close(st.w.db);
    (void)snprintf(shared, sizeof shared, "%s-shm", st.w.db_path);
    (void)unlink(shared);
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        write_kept(&kept[i]);
    open_again();
}

static void
go(void)
{
    stand_close(&st);
}

/* One transfer secret for all runs, so that seeds can bring verifiers. */
static void
make_transfer(void)
{
    char path[PATH_BYTES + 16], bytes[33];
    struct arena *a = arena_new(4096);
    struct err e;
    err_init(&e, a);
    (void)snprintf(path, sizeof path, "%.200s/transfer", st.w.folder);
    (void)snprintf(bytes, sizeof bytes, "the same for all runs of fuzzing");
    FILE *f = fopen(path, "wb");
    must(f && fwrite(bytes, 1, 32, f) == 32 && fclose(f) == 0);
    must(chmod(path, 0600) == 0);
    must(secrets_load(path, &transfer, &e) == ERR_OK);
    arena_free(a);
}

static void
begin(void)
{
    stand_open(&st);
    make_transfer();
    (void)atexit(go);
    (void)snprintf(other_path, sizeof other_path, "%.200s/other.db",
        st.w.folder);
    (void)snprintf(kept[0].path, sizeof kept[0].path, "%s", st.w.db_path);
    (void)snprintf(kept[1].path, sizeof kept[1].path, "%s-wal",
        st.w.db_path);
    seat_close(&st.s);
    db_close(st.w.db);
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        read_kept(&kept[i]);
    open_again();
}

/* ---- an import ---- */

static void
hear(void *of, enum import_saying what, int64_t line, struct str text)
{
    (void)of;
    told += what == IMPORT_WRONG;
    must(line > 0 || text.n > 0);
    must(utf8_plain(text, false));
}

static void
no_step(void *of, bool writing, int64_t rows)
{
    (void)of;
    (void)writing;
    (void)rows;
}

struct lines {
    struct str all, rest;
};

static bool
next(void *from, struct str *line)
{
    struct lines *l = from;
    if (!l->rest.n)
        return false;
    (void)str_cut(l->rest, '\n', line, &l->rest);
    return true;
}

static void
first(void *from)
{
    struct lines *l = from;
    l->rest = l->all;
}

/* What to import. */
struct what {
    char kind;
    struct lines lines;
};

static enum err_code
import_it(struct what *what, bool dry, struct import_counts *c)
{
    bool own = strchr("kev", what->kind) != NULL;
    struct cx *cx = own ? seat_nobody(&st.s) : seat_as(&st.s, SHELL);
    struct import_file file = { next, first, &what->lines };
    struct other_source of = { .path = other_path, .workspace = STR("team"),
        .lines = &file, .format = what->kind == 'l' ? OTHER_SHA256
            : what->kind == 'o'                     ? OTHER_ONE_API
                                                    : OTHER_NEW_API };
    struct import im = { .cx = cx, .say = hear, .step = no_step, .dry = dry,
        .transfer = what->kind == 'v' ? transfer : NULL };
    cx->actor.kind = ACTOR_SHELL;
    told = 0;
    if (!own && other_open(cx, &of))
        return cx->err.code;
    enum err_code code = own
        ? import_run(&im, import_file_read, &file, c)
        : import_run(&im, import_other_read, &of, c);
    if (!own)
        other_close(&of);
    if (code)
        must(cx->err.msg.n > 0 && utf8_plain(cx->err.msg, false));
    must(told == c->wrong);
    return code;
}

static bool
any(const int64_t made[PORT_KIND_COUNT])
{
    int64_t sum = 0;
    for (int i = 0; i < PORT_KIND_COUNT; i++)
        sum += made[i];
    return sum > 0;
}

static void
import_all(struct what *what)
{
    struct import_counts dry, wet;
    enum err_code code = import_it(what, true, &dry);
    must(code == ERR_OK || code == ERR_INVALID);
    must(code == ERR_OK || !strchr("lon", what->kind) || dry.wrong > 0);
    must(code == ERR_INVALID || dry.wrong == 0);
    if (code || !any(dry.made))
        return;
    code = import_it(what, false, &wet);
    if (code)
        fprintf(stderr, "the second walk: %d %.*s | %.*s\n", (int)code,
            STR_ARG(st.s.cx.err.msg), STR_ARG(st.s.cx.err.detail));
    must(code == ERR_OK);
    must(memcmp(wet.made, dry.made, sizeof wet.made) == 0);
    code = import_it(what, false, &wet);
    if (code)
        fprintf(stderr, "once more: %d %.*s | %.*s\n", (int)code,
            STR_ARG(st.s.cx.err.msg), STR_ARG(st.s.cx.err.detail));
    must(code == ERR_OK && !any(wet.made));
    restore();
}

/* ---- exports of ours ---- */

/* With a last line that fits to those before it. */
static struct str
with_end(struct arena *a, struct str text, bool mac)
{
    struct digester d;
    struct buf b;
    uint8_t sum[DIGEST_BYTES], m[MAC_BYTES];
    int64_t lines = 0;
    if (text.n && text.p[text.n - 1] == '\n')
        text.n--;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    digest_begin(&d);
    digest_add(&d, text.p, text.n);
    digest_add(&d, "\n", 1);
    digest_end(&d, sum);
    port_mac(transfer, sum, m);
    buf_init(&b, a, BUF_MAX_CSV);
    buf_str(&b, text);
    buf_fmt(&b, "\n{\"type\":\"end\",\"lines\":%lld,\"sha256\":\"%.*s\"",
        (long long)lines + 1, STR_ARG(hex_show(a, sum, sizeof sum)));
    if (mac)
        buf_fmt(&b, ",\"mac\":\"%.*s\"",
            STR_ARG(hex_show(a, m, sizeof m)));
    buf_cstr(&b, "}\n");
    return b.full ? text : buf_view(&b);
}

/* ---- rows of other products ---- */

#define TABLES "CREATE TABLE options (key, value);" \
    "CREATE TABLE users (id, username, email, status, quota, deleted_at);" \
    "CREATE TABLE tokens (id, user_id, key, status, name, created_time, " \
    "accessed_time, expired_time, remain_quota, unlimited_quota, models, " \
    "limited, subnet, \"group\", deleted_at);"
#define TABLES_NEW "ALTER TABLE tokens RENAME COLUMN models TO model_limits;" \
    "ALTER TABLE tokens RENAME COLUMN limited TO model_limits_enabled;" \
    "ALTER TABLE tokens RENAME COLUMN subnet TO allow_ips;"

static void
bind_cell(sqlite3_stmt *s, int at, struct str c)
{
    int64_t n;
    if (!c.n)
        (void)sqlite3_bind_null(s, at);
    else if (str_int(c, &n))
        (void)sqlite3_bind_int64(s, at, n);
    else if (c.p[0] == '#')
        (void)sqlite3_bind_blob(s, at, c.p + 1, (int)c.n - 1,
            SQLITE_STATIC);
    else
        (void)sqlite3_bind_text(s, at, c.p, (int)c.n, SQLITE_STATIC);
}

static void
add_row(sqlite3 *db, struct str line)
{
    static const struct {
        const char *name, *sql;
        int columns;
    } tables[] = {
        { "t", "INSERT INTO tokens VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            15 },
        { "u", "INSERT INTO users VALUES (?,?,?,?,?,?)", 6 },
        { "q", "INSERT INTO options VALUES ('QuotaPerUnit', ?)", 1 },
    };
    struct str cell, rest;
    sqlite3_stmt *s = NULL;
    (void)str_cut(line, '\t', &cell, &rest);
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        if (!str_is(cell, tables[i].name))
            continue;
        must(sqlite3_prepare_v2(db, tables[i].sql, -1, &s, NULL) ==
            SQLITE_OK);
        for (int at = 1; at <= tables[i].columns; at++) {
            (void)str_cut(rest, '\t', &cell, &rest);
            bind_cell(s, at, cell);
        }
        must(sqlite3_step(s) == SQLITE_DONE);
        (void)sqlite3_finalize(s);
    }
}

static void
make_other(struct what *what)
{
    sqlite3 *db;
    struct str line;
    (void)unlink(other_path);
    must(sqlite3_open(other_path, &db) == SQLITE_OK);
    must(sqlite3_exec(db, "PRAGMA synchronous = OFF;"
             "PRAGMA journal_mode = MEMORY; PRAGMA page_size = 512; BEGIN;"
             TABLES, NULL, NULL, NULL) == SQLITE_OK);
    first(&what->lines);
    while (next(&what->lines, &line))
        add_row(db, line);
    must(sqlite3_exec(db, what->kind == 'n' ? TABLES_NEW "COMMIT" : "COMMIT",
             NULL, NULL, NULL) == SQLITE_OK);
    must(sqlite3_close(db) == SQLITE_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool began;
    if (!began)
        begin();
    began = true;
    if (!size || !strchr("kevlon", data[0]) || !data[0])
        return -1;
    struct arena *a = arena_new(1024);
    struct what what = { .kind = (char)data[0] };
    what.lines.all = arena_dup(a,
        (struct str){ (const char *)data + 1, size - 1 });
    if (what.kind == 'e' || what.kind == 'v')
        what.lines.all = with_end(a, what.lines.all, what.kind == 'v');
    if (what.kind == 'o' || what.kind == 'n')
        make_other(&what);
    import_all(&what);
    arena_reset(st.s.arena);
    arena_free(a);
    return 0;
}
