/* SPDX-License-Identifier: ISC */
#ifndef TESTS_REQ_WAYS_H
#define TESTS_REQ_WAYS_H

/* Ways into an account, as a person goes them: what tests of signing in, codes
 * and confirmations share. */

#include "world.h"

#include "model/user.h"
#include "secret/totp.h"

/* page_hidden -- value of a hidden field of a page; empty when there is none.
 * Lives as long as the reply. */
struct str page_hidden(struct world *w, const struct reply *r,
    const char *name);

/* take_session -- who goes on with the session cookie that this answer set;
 * false when it set none. */
bool take_session(struct world *w, enum who who, const struct reply *r);

/* lets_in -- is somebody let in with this session cookie? */
bool lets_in(struct world *w, enum who who, struct str session);

/* The second factor of somebody. */
struct codes {
    char seed[TOTP_SEED_BYTES];
    struct str recovery[RECOVERY_CODES]; /* as shown; world lifetime */
};

/* codes_on -- turn it on by the pages; who goes on under a new session. */
void codes_on(struct world *w, enum who who, struct codes *c);

/* codes_read -- the seed as the page of codes that wait shows it. */
void codes_read(const struct reply *r, struct codes *c);

/* code_at -- "123456", of the app at an instant (Unix seconds). */
struct str code_at(struct world *w, const struct codes *c, int64_t s);

/* first_step, second_step -- the two posts of a sign-in, of nobody yet. */
struct reply first_step(struct world *w, enum who who);
struct reply second_step(struct world *w, struct str step, struct str code);

#endif
