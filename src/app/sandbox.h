/* SPDX-License-Identifier: ISC */
#ifndef APP_SANDBOX_H
#define APP_SANDBOX_H

/*
 * What the server gives up before it serves (SECURITY.md 5.3): system calls
 * that it never makes (seccomp), files that are no business of its own
 * (Landlock), core dumps, and rights by set-uid programs.  What a fault in it
 * could do then is to read what it reads and write where it writes: no
 * network, no other program, no other user's file.
 */

#include "app/config.h"

/*
 * sandbox_enter -- for this process and all its threads to come; for good, also
 * over a reload (app/reload.h).
 * Under SANDBOX_ON a forbidden call fails (EPERM, and a line in the kernel's
 * log); under SANDBOX_KILL it ends the process, for tests; SANDBOX_OFF does
 * nothing.  What a kernel does not know is left out, with a line in the log.
 */
void sandbox_enter(const struct config *c);

#endif
