/* SPDX-License-Identifier: ISC */
#ifndef TESTS_REQ_BAD_DAY_H
#define TESTS_REQ_BAD_DAY_H

/*
 * Whole requests while something fails (SECURITY.md T04, T05), and what must
 * hold however it fails:
 *
 *   the gate lets nobody in whom it would not let in otherwise;
 *   a change and its audit row are both there, or neither is;
 *   an answer is the right one, or says that it is our fault;
 *   an answer that says "done" is true;
 *   and afterwards all is as before, without a new start.
 *
 * A script is one request.  It is sent once with nothing failing, which shows
 * what is right (bad_learn), and then again and again from the same database
 * (bad_begin), each time with something else failing, judged by bad_judge.
 */

#include "world.h"

/* Keys about which the gate is asked; the first two may pass. */
enum bad_key { BAD_GOOD, BAD_METERED, BAD_REVOKED, BAD_EXPIRED, BAD_OFF,
    BAD_SUSPENDED, BAD_KIND, BAD_SPENT, BAD_NETWORK, BAD_ENDPOINT, BAD_WRONG,
    BAD_KEYS };

struct script {
    enum { BY_ROW, BY_GATE, BY_CHECK } how;
    const char *method, *path; /* of a row of the table of routes */
    enum who who;
    enum bad_key key;          /* for the gate */
};

/* What a script does when nothing fails. */
enum { BAD_TABLES = 80 };
struct proper {
    const struct script *script;
    int status;
    bool passes;  /* the gate */
    bool changes; /* rows that matter */
    int rows[BAD_TABLES][2]; /* of each table: come, gone */
};

/* bad_open -- the world with something of everything, and the keys. */
void bad_open(struct world *w);
void bad_close(struct world *w);

/* bad_scripts -- those written down; bad_rows -- one for each row of the table
 * of routes that answers its owner well.  Process lifetime. */
const struct script *bad_scripts(size_t *n);
const struct script *bad_rows(struct world *w, size_t *n);

/* bad_begin -- the database as bad_open left it. */
void bad_begin(struct world *w);

/* bad_send -- the request of a script. */
struct reply bad_send(struct world *w, const struct script *s);

/* bad_learn -- send it with nothing failing; fails the test when the answer is
 * our fault. */
void bad_learn(struct world *w, const struct script *s, struct proper *out);

/* bad_judge -- what is wrong with this answer and the database, or NULL.
 * Tells bad_begin whether there is anything to bring back. */
const char *bad_judge(struct world *w, const struct proper *proper,
    const struct reply *r);

/* bad_gate -- does the gate, while things fail, let somebody in who may not?
 * The name of the key, or NULL. */
const char *bad_gate(struct world *w);

/* bad_healed -- nothing fails any more: does the gate say what is right, and
 * is a change made?  What is wrong, or NULL. */
const char *bad_healed(struct world *w);

/* bad_whole -- fails the test unless the database is whole, the chain of
 * audit holds, and no row points nowhere. */
void bad_whole(struct world *w);

/* bad_name -- of a script, for messages; lives until world_forget. */
const char *bad_name(struct world *w, const struct script *s);

#endif
