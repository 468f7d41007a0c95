/* SPDX-License-Identifier: ISC */
#ifndef APP_RELOAD_H
#define APP_RELOAD_H

/*
 * Reading settings, templates and static files anew, on SIGHUP: the process
 * finishes what it has in hand, and becomes a new one of the program's file.
 * The sandbox of the first start holds on (app/sandbox.h).  The listening sockets stay open over that, so who
 * connects meanwhile waits for some milliseconds, and nobody is refused.
 */

#include "app/app.h"

/* reload_remember -- how this process was started; before anything else. */
void reload_remember(char **argv);

/* reload_check -- would a new start work?  Settings, templates, static files
 * and secrets are read and forgotten, the database is looked at; what is wrong
 * goes to the log, and nothing is changed then.  When they name another
 * database, app->lock is of that from then on. */
bool reload_check(struct app *app);

/* reload_check_sender -- the same for the sender, which takes and refuses what
 * the server does, but serves no database. */
bool reload_check_sender(const struct app *app);

/* The name under which the new process is given the lock of the only server
 * (listen_inherited). */
#define RELOAD_LOCK "lock"

/*
 * reload_exec -- become the new process; all but these descriptors is closed.
 * console  a listening socket, or STDIN_FILENO
 * gate     a listening socket, or -1
 * lock     of the only server (store/sole.h): nobody else gets it over this;
 *          no more than STDIN_FILENO: there is none
 * own      the first two are sockets of [server], to be removed at the end
 * Returns only when it could not be started (errno).
 */
void reload_exec(int console, int gate, int lock, bool own);

/* reload_is_second -- did this process begin by a reload? */
bool reload_is_second(void);

/* reload_is_own -- were the sockets that this process was started with made by
 * the one before it? */
bool reload_is_own(void);

#endif
