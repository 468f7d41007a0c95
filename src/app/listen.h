/* SPDX-License-Identifier: ISC */
#ifndef APP_LISTEN_H
#define APP_LISTEN_H

#include "base/err.h"

/*
 * listen_check -- can this be where a socket is: the path of one, of at most
 * 107 bytes, or "127.0.0.1:PORT"?  Looks at the text alone.  A number alone,
 * "unix:PATH" and a path with a slash at its end are none.
 * Errors: ERR_INVALID.
 */
NODISCARD enum err_code listen_check(const char *where, struct err *err);

/* listen_is_path -- is this, which listen_check lets pass, the path of a socket
 * and not "127.0.0.1:PORT"? */
bool listen_is_path(const char *where);

/*
 * listen_at -- a listening socket of our own.
 * where  path of a unix socket, made with mode 0660 (the socket that a
 *        killed process left there is taken away; what is none stays, and is
 *        refused); or "127.0.0.1:PORT", for Apache's
 *        Authorizer, which knows nothing else: every local user reaches that
 * out    the descriptor, process lifetime
 * Errors: ERR_INVALID with how to mend it (path too long, in use, something else
 *         there, no loopback address, no such folder).
 */
NODISCARD enum err_code listen_at(const char *where, int *out,
    struct err *err);

/* listen_end -- take the path of a unix socket away again; what is no socket
 * stays. */
void listen_end(const char *where);

/*
 * listen_inherited -- a socket that systemd opened for us (sd_listen_fds(3)):
 * the descriptor with this name (FileDescriptorName=), or -1.
 */
int listen_inherited(const char *name);

/*
 * listen_tell -- say a word to systemd, such as "READY=1" (sd_notify(3)); does
 * nothing when systemd did not ask for it.
 */
void listen_tell(const char *word);

#endif
