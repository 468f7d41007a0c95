/* SPDX-License-Identifier: ISC */
#ifndef APP_CARRY_H
#define APP_CARRY_H

/*
 * Between `keylodge send`, which has the database and the master secret and
 * never speaks to anybody outside, and its carriers, which speak to the outside
 * and have neither (program keylodge-carrier).  A carrier is started with the
 * way that it knows, and with one end of a socket that keeps messages whole as
 * descriptor CARRY_FD; it gets one job at a time, as JSON, and answers each.
 *
 * Jobs, all texts:
 *   hook     url, id, time, signature, body; networks: list of those that may
 *            be reached though they are not public
 *   smtp     url, user, password (may be empty), from, to, message
 *   command  command, message
 *   dir      dir, id, message
 *   look     url: asked with a key that is none; the answer's first bytes are
 *            the problem
 *   greet    as smtp, without from, to, message: as far as a mail would go
 *            before it names anybody
 * Answer: ok, final (bool), status, bytes, took_ms (int), problem (text); see
 * struct outbox_result.
 */

#include "base/arena.h"
#include "text/val.h"

enum {
    CARRY_FD = 3,
    CARRY_LOCK_FD = 4,        /* the sender's lock: held as long as one lives */
    CARRY_MOST = 192 * 1024,  /* bytes of a message */
    CARRY_ANSWER_MOST = 4096,
    HOOK_CONNECT_MS = 5000,
    HOOK_TOTAL_MS = 15000,
    HOOK_ANSWER_MOST = 64 * 1024, /* bytes that are taken from a receiver */
    MAIL_TOTAL_MS = 60000,
    MAIL_GREET_MS = 8000
};

/* The names of ways, as argument of the carrier. */
#define CARRY_HOOK "hook"
#define CARRY_SMTP "smtp"
#define CARRY_COMMAND "command"
#define CARRY_DIR "dir"
#define CARRY_LOOK "look"
#define CARRY_GREET "greet"

/* carry_put -- send one message; false when the other end is gone. */
bool carry_put(int fd, struct arena *a, const struct val *v);

/* carry_get -- wait for one message; NULL when the other end is gone, or what
 * it says cannot be read. */
struct val *carry_get(int fd, struct arena *a);

#endif
