/* SPDX-License-Identifier: ISC */
/* The two walks, and what is told of rows. */
#include "core/import.h"

#include "core/change.h"
#include "core/import_row.h"
#include "core/seen.h"
#include "core/workspace.h"
#include "text/utf8.h"

#include <stdarg.h>

enum { SPARE = 1024 * 1024, BATCH = 200, STEP = 500, WRONG_MOST = 50 };

/* ---- telling ---- */

/* What is told quotes the file: nothing of it may steer a terminal. */
static struct str
plain(struct import *im, struct str s)
{
    if (utf8_plain(s, false))
        return s;
    char *p = arena_cstr(im->a, s);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] < ' ' || p[i] > '~')
            p[i] = '?';
    return (struct str){ p, s.n };
}

static void tell(struct import *im, enum import_saying what, const char *fmt,
    va_list ap) PRINTF(3, 0);

static void
tell(struct import *im, enum import_saying what, const char *fmt, va_list ap)
{
    struct str text = plain(im, arena_vfmt(im->a, fmt, ap));
    if (!im->writing || what == IMPORT_WRONG)
        im->say(im->of, what, im->line, text);
}

void
import_wrong(struct import *im, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    im->counts->wrong++;
    tell(im, IMPORT_WRONG, fmt, ap);
    va_end(ap);
}

void
import_left_out(struct import *im, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    im->counts->left_out++;
    tell(im, IMPORT_LEFT_OUT, fmt, ap);
    va_end(ap);
}

void
import_note(struct import *im, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (!im->writing)
        im->counts->notes++;
    tell(im, IMPORT_NOTE, fmt, ap);
    va_end(ap);
}

void
import_there(struct import *im, enum port_kind kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    im->counts->there[kind]++;
    tell(im, IMPORT_THERE, fmt, ap);
    va_end(ap);
}

bool
import_enough(const struct import *im)
{
    return im->counts->wrong >= WRONG_MOST;
}

/* ---- rows ---- */

bool
import_begin_row(struct import *im)
{
    if (im->skipped)
        return false;
    if (++im->rows % STEP == 0)
        im->step(im->of, im->writing, im->rows);
    return true;
}

enum err_code
import_open(struct import *im)
{
    struct cx *cx = im->cx;
    cx->ws = im->ws;
    if (!cx->changes && CHANGE_BEGIN(cx))
        return cx->err.code;
    return CHANGE_BEGIN(cx);
}

/* Those that wait together are committed together; each has its own event. */
static enum err_code
commit_batch(struct import *im)
{
    im->open_rows = 0;
    return im->cx->changes ? change_commit(im->cx, AUDIT_NONE) : ERR_OK;
}

enum err_code
import_close(struct import *im, enum port_kind kind,
    const struct audit_event *event)
{
    if (change_commit(im->cx, event))
        return im->cx->err.code;
    im->counts->made[kind]++;
    return ++im->open_rows < BATCH ? ERR_OK : commit_batch(im);
}

enum err_code
import_raced(struct import *im)
{
    return ERR(&im->cx->err, ERR_CONFLICT, "Somebody changed this "
        "installation meanwhile. What was brought in stays; mend line "
        "%lld and run the import again.", (long long)im->line);
}

static struct str
keep(const struct import *im, struct str s)
{
    return s.n ? arena_dup(im->outer, s) : s;
}

void
import_enter(struct import *im, const struct workspace *w)
{
    im->ws = *w;
    im->ws.uuid = keep(im, w->uuid);
    im->ws.slug = keep(im, w->slug);
    im->ws.name = keep(im, w->name);
    im->ws.frozen_why = keep(im, w->frozen_why);
    im->ws.frozen_by = keep(im, w->frozen_by);
    im->into = true;
    im->skipped = false;
}

enum err_code
import_into(struct import *im, struct str slug)
{
    if (workspace_enter(im->cx, slug) || access_alive(im->cx))
        return im->cx->err.code;
    import_enter(im, &im->cx->ws);
    return ERR_OK;
}

void
import_row_done(struct import *im)
{
    if (!im->cx->err.code)
        arena_reset(im->a);
}

/* ---- walks ---- */

static enum err_code
walk(struct import *im, import_source *source, void *of, bool writing)
{
    struct cx *cx = im->cx;
    im->writing = writing;
    im->line = im->rows = im->open_rows = 0;
    im->into = im->skipped = false;
    im->ws = (struct workspace){ 0 };
    *im->counts = (struct import_counts){ .notes = im->counts->notes };
    seen_free(im->seen);
    im->seen = seen_new();
    (void)source(im, of);
    if (!cx->err.code && writing && im->counts->wrong)
        (void)import_raced(im);
    if (!cx->err.code)
        (void)commit_batch(im);
    while (cx->changes)
        (void)change_abort(cx);
    return cx->err.code;
}

static enum err_code
both(struct import *im, import_source *source, void *of)
{
    struct err *err = &im->cx->err;
    if (walk(im, source, of, false))
        return err->code;
    if (im->only && !im->found && !im->counts->wrong)
        return ERR(err, ERR_NOT_FOUND, "There is no workspace %s in the "
            "file.", im->only);
    if (im->counts->wrong)
        return ERR(err, ERR_INVALID, "Nothing was changed: %s.",
            import_enough(im) ? "too much is wrong to read on"
                              : "see what is wrong above");
    return im->dry ? ERR_OK : walk(im, source, of, true);
}

/* What is told after the arena of rows is gone. */
static void
keep_err(struct import *im)
{
    struct err *e = &im->cx->err;
    e->arena = im->outer;
    e->msg = keep(im, e->msg);
    e->detail = keep(im, e->detail);
    for (size_t i = 0; i < e->n_fields; i++)
        e->fields[i].msg = keep(im, e->fields[i].msg);
}

enum err_code
import_run(struct import *im, import_source *source, void *of,
    struct import_counts *counts)
{
    struct cx *cx = im->cx;
    struct workspace was = cx->ws;
    *counts = (struct import_counts){ 0 };
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    im->counts = counts;
    im->outer = cx->arena;
    im->a = arena_new(SPARE);
    cx_times(cx, &im->t);
    cx->arena = im->a;
    err_init(&cx->err, im->a);
    (void)store_swap(cx->store, im->a);
    (void)both(im, source, of);
    (void)store_swap(cx->store, im->outer);
    cx->arena = im->outer;
    cx->ws = was;
    keep_err(im);
    seen_free(im->seen);
    arena_free(im->a);
    im->seen = NULL;
    im->a = NULL;
    return cx->err.code;
}
