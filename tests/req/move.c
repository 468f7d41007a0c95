/* SPDX-License-Identifier: ISC */
#include "move.h"

#include "core/account.h"
#include "core/export.h"
#include "core/import_file.h"

#include <string.h>

enum { FILE_MOST = 256 * 1024 };

struct moved {
    char bytes[FILE_MOST];
    size_t n, at;
};

static bool
keep_piece(void *to, struct str piece)
{
    struct moved *m = to;
    if (m->n + piece.n > sizeof m->bytes)
        return false;
    memcpy(m->bytes + m->n, piece.p, piece.n);
    m->n += piece.n;
    return true;
}

static bool
next_line(void *from, struct str *line)
{
    struct moved *m = from;
    struct str rest = { m->bytes + m->at, m->n - m->at };
    *line = str_head(rest, str_find(rest, '\n'));
    m->at += rest.n > line->n ? line->n + 1 : rest.n;
    return rest.n != 0;
}

static void
from_start(void *from)
{
    ((struct moved *)from)->at = 0;
}

static void
say(void *of, enum import_saying what, int64_t line, struct str text)
{
    (void)of;
    if (what == IMPORT_WRONG)
        print_error("line %d: %.*s\n", (int)line, STR_ARG(text));
}

static void
keys_step(void *of, int64_t keys)
{
    (void)of;
    (void)keys;
}

static void
rows_step(void *of, bool writing, int64_t rows)
{
    (void)of;
    (void)writing;
    (void)rows;
}

static void
add_people(struct world *w)
{
    struct user u;
    for (enum who i = NOBODY; i < WHO_COUNT; i++) {
        struct cx *cx = worker_shell(&w->worker);
        if (world_is_person(i))
            world_need(user_add(cx, who_email(i), str_cstr(who_name(i)),
                STR(WORLD_PASSWORD), &u), &cx->err);
    }
}

void
world_move(struct world *from, struct world *to)
{
    static struct moved m;
    struct export_out out = { .sink = keep_piece, .to = &m,
        .step = keys_step };
    struct export_counts exported;
    struct import_counts imported;
    struct import_file file = { next_line, from_start, &m };
    m.n = m.at = 0;
    struct cx *cx = worker_shell(&from->worker);
    world_need(export_run(cx, &out, &exported), &cx->err);
    add_people(to);
    cx = worker_shell(&to->worker);
    struct import im = { .cx = cx, .say = say, .step = rows_step };
    world_need(import_run(&im, import_file_read, &file, &imported),
        &cx->err);
}
