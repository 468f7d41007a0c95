/* SPDX-License-Identifier: ISC */
#ifndef CORE_ACCEPT_H
#define CORE_ACCEPT_H

/*
 * Rows whose seal is broken (core/rowseal.h), accepted by who operates the
 * installation, after they have looked at them: a change by hand that was
 * meant, or one that does no harm.  From then on those rows are believed as if
 * the program had written them, so nothing is accepted that was not shown.
 */

#include "core/cx.h"

/* A row that is broken. */
struct broken_row {
    const char *of;    /* what it belongs to: "key", "workspace", "user" */
    int64_t id;        /* of that */
    struct str name;   /* its prefix, short name, or e-mail address */
    struct str what;   /* the row: "key", "secret", "limit", "member", ... */
    struct str holds;  /* JSON: what it says now */
    bool judged;       /* accept_rows takes it: of the whole key, workspace or
                          account no row lets somebody in, or is no text */
};

/*
 * accept_look -- the broken rows of an account, or of cx->ws, entered, and its
 * keys; without either all there are.  Looks at every row.
 * u  the account; NULL: none
 * Request lifetime.  Errors: ERR_FORBIDDEN but for the shell; of the store.
 */
NODISCARD enum err_code accept_look(struct cx *cx, const struct user *u,
    struct broken_row **out, size_t *n);

/* accept_can_show -- is all of it text?  What is none is not accepted. */
bool accept_can_show(const struct broken_row *row);

/* accept_instead -- of what is not: what to do with this key, workspace or
 * account; a sentence. */
const char *accept_instead(const struct broken_row *row);

/*
 * accept_rows -- seal those of the account, or of cx->ws, that are judged, in
 * one transaction, with an audit event for each key, workspace or account.  The
 * others stay refused: of an account, session, link, code or invitation, or a
 * key's secret, what decides is no text.
 * rows  what accept_look has found in the same, and was shown
 * Errors: ERR_CONFLICT when it finds others by now, or what they hold is
 * another thing, or when none is judged.  Nothing is sealed then.
 * ERR_FORBIDDEN but for the shell.
 */
NODISCARD enum err_code accept_rows(struct cx *cx, const struct user *u,
    const struct broken_row *rows, size_t n);

#endif
