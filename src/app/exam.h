/* SPDX-License-Identifier: ISC */
#ifndef APP_EXAM_H
#define APP_EXAM_H

/*
 * Looking at the installation as an operator would: each check once, for
 * `keylodge doctor` and for the pages of who operates it.  Each finding says
 * what is so, or what to do.
 *
 * The server looks from inside its sandbox.  It sees names and modes of files,
 * sizes, and its database; not the network, and not what it may not open.
 */

#include "app/config.h"
#include "base/attr.h"
#include "core/cx.h"
#include "text/val.h"

/* EXAM_UNSEEN: it cannot be looked at from here. */
enum exam_state { EXAM_GOOD, EXAM_UNSEEN, EXAM_WARNING, EXAM_WRONG };

/* What was found so far. */
struct exam {
    struct arena *arena;
    const struct config *c;
    bool inside;       /* the server itself looks */
    struct val *list;  /* of {"state" "ok|unseen|warning|wrong", "what",
                          "says"} */
    enum exam_state worst;
};

/* exam_begin -- nothing found yet; findings live in `a`. */
void exam_begin(struct exam *x, struct arena *a, const struct config *c,
    bool inside);

/* exam_note -- one finding.  what: a literal; fmt: a sentence or two. */
void exam_note(struct exam *x, enum exam_state state, const char *what,
    const char *fmt, ...) PRINTF(4, 5);

/* exam_path -- path and end in one, NUL-terminated. */
const char *exam_path(struct exam *x, const char *path, const char *end);

/* The checks.
 * exam_address -- what people type: is it encrypted?
 * exam_files   -- owners and modes of what the server uses, what is secret, and
 *                 where it lies
 * exam_disk    -- free space, the write-ahead log, the ballast
 * exam_way     -- the way of mail out of the house: is it there?
 * exam_engine  -- known faults of SQLite
 * exam_records -- by cx, whose store is open: the clock, the last backup, mail
 *                 and events that are stuck, and whether anybody sends them;
 *                 leaves cx->err clean
 * exam_seals   -- by cx, as before: what the server's sweep has found so far;
 *                 the shell looks at every row instead (app/cli_doctor.c) */
void exam_address(struct exam *x);
void exam_files(struct exam *x);
void exam_disk(struct exam *x);
void exam_way(struct exam *x);
void exam_engine(struct exam *x);
void exam_records(struct exam *x, struct cx *cx);
void exam_seals(struct exam *x, struct cx *cx);

#endif
