/* SPDX-License-Identifier: ISC */
#ifndef CORE_CHANGE_H
#define CORE_CHANGE_H

/*
 * A change: one transaction that cannot be closed without naming its audit
 * event.  Refused when the gates did not allow this request to write.
 */

#include "core/access.h"
#include "text/val.h"

/* One line of the audit log. */
struct audit_event {
    const char *action;      /* "key.create" */
    const char *object_kind; /* "key" */
    struct str object_id;    /* prefix, uuid, slug */
    struct str object_name;
    struct val *details;     /* map of field -> value or [before, after]; may
                                be NULL. Never secrets. */
};

/* For the listed few changes that nobody needs to answer for: session stamps,
 * counters, one-time ids. */
extern const struct audit_event AUDIT_NONE[1];

/*
 * CHANGE_BEGIN -- open the transaction.  The workspace and role of a person, or
 * of the key that acts and its owner, are read again in it, into cx->ws:
 * whatever was committed since the request began counts, so rights and limits
 * are asked for after this.
 * Errors: ERR_NOT_FOUND when they are no member any more; those of key_enter.
 *
 * Inside an open change it begins a part of that: each part writes its own
 * event, and all are applied when the outermost is committed, or none.  Who
 * gets an error of a part must abort the rest.
 */
#define CHANGE_BEGIN(cx) change_begin((cx), __FILE__, __LINE__)
NODISCARD enum err_code change_begin(struct cx *cx, const char *file,
    int line);

/* CHANGE_BEGIN_AS -- the same, for who has this right; errors as access_need,
 * and then nothing is open. */
#define CHANGE_BEGIN_AS(cx, right) \
    change_begin_as((cx), (right), __FILE__, __LINE__)
NODISCARD enum err_code change_begin_as(struct cx *cx, enum right right,
    const char *file, int line);

/* change_commit -- write the audit line, commit, wait until it is on disk.
 * When cx->err is set already, rolls back and returns it. */
NODISCARD enum err_code change_commit(struct cx *cx,
    const struct audit_event *event);

/* change_abort -- roll back; returns cx->err.code. */
enum err_code change_abort(struct cx *cx);

/* change_diff -- details entry "name": ["before", "after"], when they differ */
void change_diff(struct val *details, const char *name, struct str before,
    struct str after);

#endif
