/* SPDX-License-Identifier: ISC */
#ifndef APP_SEND_CREW_H
#define APP_SEND_CREW_H

/* The carriers of `keylodge send`: processes, started when they are needed. */

#include "app/config.h"
#include "core/outbox.h"

#include <sys/types.h>

enum { CREW_HOOKS = 8, CREW_MOST = CREW_HOOKS + 1 };

struct carrier {
    enum outbox_way way;
    pid_t pid;              /* 0: not started */
    int fd;                 /* our end; -1 */
    bool busy;
    struct outbox_job job;  /* what it has in hand: the ids of the message */
};

struct crew {
    const struct config *config;
    int lock;
    struct carrier items[CREW_MOST];
    size_t n;
};

/* crew_begin -- nobody is started yet; one for mail, if it is set up, the rest
 * for events.  lock: the carriers hold it too, so that no other sender begins
 * while one of ours may still be sending. */
void crew_begin(struct crew *c, const struct config *config, int lock);

/* crew_ready -- start this one if it is not there.
 * Errors: ERR_INVALID when the program is missing or does not start. */
NODISCARD enum err_code crew_ready(struct crew *c, struct carrier *one,
    struct err *err);

/* crew_put -- hand over a job; it is busy then.  false: it is gone. */
bool crew_put(struct carrier *one, struct arena *a, const struct val *job);

/* crew_get -- the answer; NULL: it died, and is started anew when it is needed.
 * It is free then. */
struct val *crew_get(struct carrier *one, struct arena *a);

/* crew_smtp -- the members of a job that say which mail server, and how to sign
 * in there: url, user, password.  Errors: the file of the password. */
NODISCARD enum err_code crew_smtp(struct arena *a, const struct config *c,
    struct val *job, struct err *err);

/* crew_greet -- for `keylodge doctor`: a carrier of its own goes as far with the
 * mail server of the settings as a mail does before it names anybody: TLS and
 * sign-in are part of it.  At most some seconds.  NULL: as crew_look, or the
 * password cannot be read. */
struct val *crew_greet(struct arena *a, const struct config *c,
    struct err *err);

/* crew_look -- for `keylodge doctor`: a carrier of its own asks this address as
 * programs ask with a key that is none; see carry.h.  NULL: it did not start
 * (err), or died. */
struct val *crew_look(struct arena *a, const char *url, struct err *err);

/* crew_end -- all of them end. */
void crew_end(struct crew *c);

#endif
