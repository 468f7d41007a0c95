/* SPDX-License-Identifier: ISC */
#ifndef CORE_OUTBOX_H
#define CORE_OUTBOX_H

/*
 * The way of a notice out of the house: taken, sent, marked.
 *
 * One sender at a time (a lock file, app/send.c).  It takes a message: the row
 * says "sending" on disk before a byte goes out.  It sends.  It marks: "sent",
 * or back to "waiting" with a later time, or "given_up".  A try that fails
 * loses nothing, and is made again with the same id.
 *
 * Killed between the receiver's yes and the mark, nobody can know whether it
 * went out.  Such a row waits again (outbox_release), and may so arrive twice:
 * a second mail that says the same is better than an invitation or a warning
 * that never comes.  Both have the same Message-ID, or webhook-id, by which
 * mail programs and receivers know them for one.
 */

#include "core/cx.h"
#include "model/notice.h"
#include "text/val.h"

enum outbox_way { OUTBOX_MAIL, OUTBOX_HOOK };

/* A message that was taken. */
struct outbox_job {
    struct outbox message;
    struct val *facts;      /* what core/notice.c put together */
    struct webhook hook;    /* of OUTBOX_HOOK */
};

/* How the try went, as the process that made it says. */
struct outbox_result {
    bool ok;
    bool final;             /* no further try: the address is wrong */
    int64_t status, bytes, took_ms; /* as in struct outbox_try */
    struct str problem;     /* a sentence; not empty unless ok */
};

/* outbox_release -- for who just became the sender: what the one before it had
 * in hand waits again. */
NODISCARD enum err_code outbox_release(struct cx *cx);

/*
 * outbox_take -- the next message that is due.
 * *any  out: false when there is none (or what there was could not be opened,
 *       and was given up)
 * Also gives up what is past its end, and what cannot be opened with this
 * master secret.
 */
NODISCARD enum err_code outbox_take(struct cx *cx, enum outbox_way way,
    struct outbox_job *job, bool *any);

/* outbox_mark -- how the try went.  Of what was removed meanwhile (with its
 * webhook or workspace) nothing is noted. */
NODISCARD enum err_code outbox_mark(struct cx *cx,
    const struct outbox_job *job, const struct outbox_result *r);

/* outbox_wait_s -- seconds from a failed try, the n-th (1..), to the next. */
int64_t outbox_wait_s(enum outbox_way way, int64_t n);

/* outbox_stuck -- mail of cx->ws that did not go out at its first try, newest
 * first; before: id of the last of the page before, or 0.  RIGHT_SETTINGS.
 * Outside a workspace (the shell): all mail. */
enum { OUTBOX_PAGE = 50 };
NODISCARD enum err_code outbox_stuck(struct cx *cx, int64_t before,
    struct outbox **out, size_t *n, bool *more);

/* outbox_again -- send once more what was given up, of cx->ws, by its id.
 * hook_uuid  out: whose event it is; empty: it is a mail
 * RIGHT_SETTINGS.  Errors: ERR_NOT_FOUND; ERR_CONFLICT when it was not given
 * up, or its link is over. */
NODISCARD enum err_code outbox_again(struct cx *cx, struct str uuid,
    struct outbox *out, struct str *hook_uuid);

/* outbox_revive -- in the open transaction: what was given up waits again, and
 * is due now.  ERR_CONFLICT as outbox_again; the caller looks at rights. */
NODISCARD enum err_code outbox_revive(struct cx *cx, const struct outbox *m);

/* What did not go out at its first try, over all workspaces: for the shell and
 * for watching.  Errors: those of the store. */
NODISCARD enum err_code outbox_counts(struct cx *cx,
    struct outbox_counts *out);

#endif
