/* SPDX-License-Identifier: ISC */
/* The test's own look at the database, and the corpora. */
#include "world.h"

#include "core/accept.h"
#include "core/rowseal.h"
#include "core/workspace.h"
#include "store/store_rowseal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the database ---- */

/* Seal every row as it stands. */
static void
seal_all(struct world *w)
{
    int64_t top;
    struct err e;
    struct store *st;
    err_init(&e, w->arena);
    world_need(store_new(w->app.db, &st, &e), &e);
    store_attach(st, w->arena, &e);
    world_need(STORE_TX_BEGIN(st), &e);
    for (const enum row_kind *k = store_row_owners(); *k; k++) {
        world_need(store_row_top(st, *k, &top), &e);
        world_need(store_row_seal(st, *k, 0, top, ROWS_ALL), &e);
    }
    world_need(store_tx_commit(st), &e);
    store_free(st);
}

void
world_exec(struct world *w, const char *sql)
{
    world_tamper(w, sql);
    for (const char *const *t = store_row_tables(); *t; t++)
        if (strstr(sql, *t)) {
            seal_all(w);
            return;
        }
}

void
world_tamper(struct world *w, const char *sql)
{
    char *msg = NULL;
    if (sqlite3_exec(w->side, sql, NULL, NULL, &msg) != SQLITE_OK)
        fail_msg("%s: %s", sql, msg);
}

static sqlite3_stmt *
prepare(struct world *w, const char *sql)
{
    sqlite3_stmt *st;
    if (sqlite3_prepare_v2(w->side, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(w->side));
    return st;
}

int64_t
world_int(struct world *w, const char *sql)
{
    sqlite3_stmt *st = prepare(w, sql);
    int64_t v = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0)
                                               : INT64_MIN;
    sqlite3_finalize(st);
    return v;
}

/* FNV-1a */
static void
add_bytes(uint64_t *sum, const void *p, size_t n)
{
    const unsigned char *b = p;
    for (size_t i = 0; i < n; i++)
        *sum = (*sum ^ b[i]) * UINT64_C(0x100000001b3);
}

static void
add_table(struct world *w, const char *table, uint64_t *sum)
{
    char *sql = sqlite3_mprintf("SELECT * FROM main.\"%w\"", table);
    sqlite3_stmt *st = prepare(w, sql);
    sqlite3_free(sql);
    add_bytes(sum, table, strlen(table));
    while (sqlite3_step(st) == SQLITE_ROW)
        for (int c = 0; c < sqlite3_column_count(st); c++) {
            const void *p = sqlite3_column_blob(st, c);
            int n = sqlite3_column_bytes(st, c);
            add_bytes(sum, &n, sizeof n);
            if (n)
                add_bytes(sum, p, (size_t)n);
        }
    sqlite3_finalize(st);
}

/* fn(table) for every table of the product */
static void
each_table(struct world *w, void (*fn)(struct world *, const char *, void *),
    void *arg)
{
    sqlite3_stmt *st = prepare(w,
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' "
        "AND name NOT LIKE 'sqlite_%' ORDER BY name");
    while (sqlite3_step(st) == SQLITE_ROW)
        fn(w, (const char *)sqlite3_column_text(st, 0), arg);
    sqlite3_finalize(st);
}

static void
sum_one(struct world *w, const char *table, void *arg)
{
    add_table(w, table, arg);
}

uint64_t
world_sum(struct world *w)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    each_table(w, sum_one, &sum);
    return sum;
}

struct sums {
    struct str *names;
    uint64_t *sums;
    size_t most, n;
};

static void
sum_each(struct world *w, const char *table, void *arg)
{
    struct sums *s = arg;
    assert_true(s->n < s->most);
    s->names[s->n] = arena_fmt(w->keep, "%s", table);
    s->sums[s->n] = UINT64_C(0xcbf29ce484222325);
    add_table(w, table, &s->sums[s->n++]);
}

size_t
world_sums(struct world *w, size_t most, struct str *names, uint64_t *sums)
{
    struct sums s = { names, sums, most, 0 };
    each_table(w, sum_each, &s);
    return s.n;
}

static void
exec_table(struct world *w, const char *format, const char *table)
{
    char *sql = sqlite3_mprintf(format, table, table);
    world_tamper(w, sql);
    sqlite3_free(sql);
}

static void
save_one(struct world *w, const char *table, void *arg)
{
    (void)arg;
    exec_table(w, "DROP TABLE IF EXISTS saved.\"%w\"", table);
    exec_table(w, "CREATE TABLE saved.\"%w\" AS SELECT * FROM main.\"%w\"",
        table);
}

void
world_save(struct world *w)
{
    each_table(w, save_one, NULL);
}

static void
restore_one(struct world *w, const char *table, void *arg)
{
    (void)arg;
    exec_table(w, "DELETE FROM main.\"%w\"", table);
    exec_table(w, "INSERT INTO main.\"%w\" SELECT * FROM saved.\"%w\"",
        table);
}

void
world_restore(struct world *w)
{
    world_exec(w, "BEGIN IMMEDIATE");
    each_table(w, restore_one, NULL);
    world_exec(w, "COMMIT");
}

void
world_accept(struct world *w)
{
    struct seal_walk walk = { .after = 0 };
    struct broken_row *rows;
    size_t n;
    struct cx *cx = worker_shell(&w->worker);
    world_need(seal_sweep(cx, &walk), &cx->err);
    cx = worker_shell(&w->worker);
    world_need(workspace_enter(cx, STR("team")), &cx->err);
    world_need(accept_look(cx, NULL, &rows, &n), &cx->err);
    world_need(accept_rows(cx, NULL, rows, n), &cx->err);
}

/* ---- corpora ---- */

struct strs
corpus_lines(struct world *w, const char *file)
{
    const char *folder = getenv("KEYLODGE_CORPORA");
    struct str path = arena_fmt(w->keep, "%s/%s",
        folder ? folder : "../shared/corpora", file), rest;
    struct strs out = { NULL, 0 };
    FILE *f = fopen(path.p, "rb");
    struct buf b;
    if (!f) {
        print_message("# left out: %s is not here\n", file);
        return out;
    }
    char piece[4096];
    buf_init(&b, w->keep, BUF_MAX_PAGE);
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        buf_add(&b, piece, n);
    fclose(f);
    must(!b.full);
    rest = buf_view(&b);
    size_t most = 1;
    for (size_t i = 0; i < rest.n; i++)
        most += rest.p[i] == '\n';
    out.items = arena_array(w->keep, most, sizeof *out.items);
    while (rest.n) {
        struct str line;
        (void)str_cut(rest, '\n', &line, &rest);
        if (line.n)
            out.items[out.n++] = line;
    }
    return out;
}
