/* SPDX-License-Identifier: ISC */
#ifndef CORE_ROWSEAL_H
#define CORE_ROWSEAL_H

/*
 * Row seals (SECURITY.md K2): what the store makes and checks
 * (store/store_rowseal.h), with the subkey of here.  A row whose seal is broken
 * allows nothing: the gate and the management APIs refuse the key, people do
 * not get into the workspace, a user does not sign in, a session is none, a
 * link is not valid.  It stays broken whatever is changed in it: a forgery is
 * never sealed by the next honest edit.  What helps: revoke the key and make
 * another, take the member out and invite again, give the address of the
 * account to a new one, restore a backup, or have who operates the
 * installation accept it (core/accept.h).
 *
 * What seals do not show: a row that is put back as it was, together with all
 * that belongs to it, by who kept a copy of all of that (the audit log tells
 * of the change that was undone so), and counters and balances.
 */

#include "core/cx.h"

/* seal_macs -- for db_options; s: as long as the database is open. */
struct row_macs seal_macs(const struct secrets *s);

/* seal_batch -- on: from now on, until off, this thread looks at each file of a
 * master secret once.  For transactions of thousands of rows. */
void seal_batch(bool on);

/*
 * seal_start -- at each start, before anybody is served: seal a database that
 * was never sealed, and mark it as sealed.  A database that lacks the mark and
 * should have it is left alone, and its rows are broken: the mark is missing
 * while rows have seals, or while `<master>.sealed` is there, a file that the
 * first sealing leaves beside the master secret, out of the reach of who can
 * write the database only.  One without any row has nothing to lose, and is
 * marked.
 * master  path of the master secret
 * adopt   the shell's word that an unsealed database is fine: a restored backup,
 *         a migration by hand, or a trial of one; leaves no such file
 * cx: of the shell.  Errors: those of seal_secret, those of the store.
 */
NODISCARD enum err_code seal_start(struct cx *cx, const char *master,
    bool adopt);

/*
 * seal_secret -- was the database sealed with the master secret of cx, or the
 * next or the old one beside it?  By its mark; where that fits none of them, by
 * all that is in it (core/backup.h): one thing that fits, and it was changed
 * outside, which is for the seals to tell.  Served with another secret, all of
 * it would look changed, and what is written would be lost to the right one.
 * master  path of the master secret, for the words
 * cx: of the shell, of any store that has the schema of this program.
 * Errors: ERR_INVALID, it is of another secret, with what to do; those of the
 * store.
 */
NODISCARD enum err_code seal_secret(struct cx *cx, const char *master);

/* seal_again -- every row that is whole, but keys and what belongs to them, gets
 * a new seal, of the subkey that `which` says, and then the mark; in
 * transactions of some thousand rows, with a pause after each.  Keys:
 * core/reseal.c, together with their secrets.  cx: of the shell. */
NODISCARD enum err_code seal_again(struct cx *cx, enum row_key which,
    int64_t pause_us);

/* seal_alarm -- a line of log about a key that somebody presents; at most 64 a
 * minute. */
void seal_alarm(const struct cx *cx, const struct key *k);

/* seal_alarm_person -- the same of what else lets people in: `what` is "user",
 * "session", "link", "factor" or "invite"; name: who it is, or empty. */
void seal_alarm_person(const struct cx *cx, int64_t id, const char *what,
    struct str name);

/* seal_user -- is there such a user, whose row seal fits?  One whose does not is
 * told in the log. */
bool seal_user(const struct cx *cx, const struct user *u);

/* seal_refuse_user -- ERR_FORBIDDEN, reason "row_seal_broken": for who wants to
 * sign in. */
enum err_code seal_refuse_user(struct cx *cx);

/* seal_refuse -- ERR_FORBIDDEN, reason "row_seal_broken", and a line of log: for
 * who wants into a workspace. */
enum err_code seal_refuse(struct cx *cx);

/* How far the walk has come; all 0 at first. */
struct seal_walk {
    int kind; /* keys, then workspaces, then users */
    int64_t after;
};

/* While as many are broken in one workspace, or anywhere, its people, or those
 * who operate the installation, are not told of further ones. */
enum { SEAL_TOLD_MOST = 10 };

/*
 * seal_sweep -- look at some more keys, workspaces or users, once a second.  One
 * that is found broken is kept as such, so that pages show it, with an audit
 * event, a line of log, mail and events (NOTICE_SEAL_BROKEN), once; one that is
 * whole again is forgotten.
 * cx: of the shell.  Errors: those of the store.
 */
NODISCARD enum err_code seal_sweep(struct cx *cx, struct seal_walk *w);

/* seal_count -- look at all of them: how many keys, workspaces and users there
 * are, and how many of these are broken.  Takes as long as it takes. */
NODISCARD enum err_code seal_count(struct cx *cx, int64_t *rows,
    int64_t *broken);

/* seal_broken_here -- how many the sweep has found in cx->ws;
 * seal_broken_people -- how many accounts of those who are in it. */
NODISCARD enum err_code seal_broken_here(struct cx *cx, int64_t *n);
NODISCARD enum err_code seal_broken_people(struct cx *cx, int64_t *n);

/* seal_broken_any -- or anywhere; seal_broken_all -- how many, as far as 1000. */
NODISCARD enum err_code seal_broken_any(struct cx *cx, bool *any);
NODISCARD enum err_code seal_broken_all(struct cx *cx, int64_t *n);

/* seal_secret_fits -- is the mark that rows are sealed of a master secret that is
 * here?  If not, keys are refused, or somebody changed it.  No mark at all: true. */
NODISCARD enum err_code seal_secret_fits(struct cx *cx, bool *fits);

#endif
