/* SPDX-License-Identifier: ISC */
#ifndef CORE_DENIED_H
#define CORE_DENIED_H

/*
 * Attempts that were refused, in the audit log: sign-ins, codes, proofs within
 * a session, tries that came too fast, and what somebody's rights did not
 * allow (ASVS 16.3.1 to 16.3.3; SECURITY.md 3.6).
 *
 * Who knocks without end must not fill the log: the first attempt of a kind by
 * one person or key, or at one account, makes a line within a second; further
 * ones of the next hour are counted, and one line at the end of it says how
 * many.  So it is at most two lines an hour for each, and DENIED_MOST of these
 * at once for the installation; what is beyond that is one line together.
 *
 * They are counted in memory, as stamps are (core/touch.h): a request that is
 * refused writes nothing, and a kill loses the last second and the counts, not
 * the first lines.  A line about an account stands in every workspace that the
 * person is in, so that its owners see it.  What was typed is never there.
 */

#include "core/cx.h"

enum { DENIED_MOST = 256, DENIED_WINDOW_S = 3600, DENIED_WORKSPACES = 20 };

enum denied_kind {
    DENIED_PASSWORD, /* at the sign-in: wrong, or no such account */
    DENIED_DISABLED, /* the password is right, the account is disabled */
    DENIED_CODE,     /* the same for the second step */
    DENIED_WAIT,     /* a try that came too fast */
    DENIED_CONFIRM,  /* a proof within a session, wrong */
    DENIED_RIGHT,    /* signed in, and not allowed */
    DENIED_FOREIGN,  /* a form that came from another site */
    DENIED_ELSEWHERE, /* an id of another workspace, or person */
    DENIED_KIND_COUNT
};

struct denied; /* process lifetime; of core/touch.h */

struct denied *denied_new(void);
void denied_free(struct denied *d);

/*
 * denied_account -- one more refused attempt at this account, or by the actor at
 * their own; `u` with id 0 is nobody, as when no account has the address that
 * was typed.  Writes nothing now; cx->touches may be NULL: then nothing is
 * counted.
 */
void denied_account(struct cx *cx, enum denied_kind kind,
    const struct user *u);

/* denied_actor -- one more attempt of cx->actor, a person or a key, in cx->ws.
 * what  the row of the table of routes, such as "POST /w/{ws}/keys"; at most
 *       79 bytes, never a path with its values */
void denied_actor(struct cx *cx, enum denied_kind kind, struct str what);

/*
 * denied_missing -- the actor was told that there is nothing of this id.  When
 * there is, in another workspace, that is one more attempt; it takes as long
 * when there is not.  An error is none: nothing is counted.
 * id    of the address; never kept
 * what  as of denied_actor
 */
void denied_missing(struct cx *cx, struct str id, struct str what);

/*
 * denied_flush -- write the lines that are due; every second, by the thread
 * that sweeps.  cx: of nobody, with may_write.
 * all  those of hours that are not over, too: the process ends
 * An error leaves everything for the next time.
 */
NODISCARD enum err_code denied_flush(struct cx *cx, bool all);

#endif
