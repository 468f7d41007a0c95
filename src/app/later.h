/* SPDX-License-Identifier: ISC */
#ifndef APP_LATER_H
#define APP_LATER_H

/*
 * Answers that wait for their commit.  A thread of the gate decides on many
 * calls, one after the other, while the transaction of the first is still open;
 * their answers stay here until it has committed for all of them.  Before, each
 * call was handed from thread to thread twice, which cost as much as the call.
 *
 * Nobody waits long: a thread settles when no other call is there, before it
 * sleeps for whatever reason, after LATER_MOST answers, after LATER_US.
 */

#include "app/fcgi_peer.h"
#include "store/store.h"

enum {
    LATER_MOST = 32,
    LATER_US = 2000,
    LATER_BYTES = 24 * 1024,
    LATER_ID_MOST = 64 /* of a request's id */
};

struct later {
    struct store *store;
    int64_t since_us; /* the first of them */
    size_t n, used;
    bool busy; /* settling */
    bool lost; /* a commit failed since the request in hand began */
    struct waiting {
        int fd;
        unsigned wire_id;
        char request_id[LATER_ID_MOST];
        size_t n; /* bytes of it */
    } all[LATER_MOST];
    char bytes[LATER_BYTES]; /* of all, one after the other */
};

/* later_init -- nothing waits. store: of this thread, as long as l. */
void later_init(struct later *l, struct store *store);

/*
 * later_begin -- a request has come: may the store put off its commit?  Only
 * where its connection ends with the answer.
 */
void later_begin(struct later *l, const struct peer *p);

/*
 * later_answer -- as peer_answer, but when the store has put off the commit
 * since later_begin, the answer waits for it; p has no connection then.
 * request_id  told if the commit fails: then the answer is 503
 */
void later_answer(struct later *l, struct peer *p, struct str head,
    struct str body, struct str request_id);

/* later_due -- is it time to settle, though there is more to do? */
bool later_due(const struct later *l);

/* later_waits -- is there anything to settle? */
bool later_waits(const struct later *l);

/* later_settle -- commit, and send what waits for it.  Nothing to do when
 * nothing waits. */
void later_settle(struct later *l);

#endif
