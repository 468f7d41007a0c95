/* SPDX-License-Identifier: ISC */
#ifndef APP_SEND_H
#define APP_SEND_H

/*
 * Sending what the database has for the outside: `keylodge send`.
 *
 * This process has the database and the master secret, opens what is sealed,
 * signs, and never speaks to anybody outside.  The carriers that it starts
 * (app/carry.h) do, and have neither.  One sends mail, several send events: a
 * receiver that is slow keeps one of them.
 */

#include "app/app.h"

/*
 * send_run -- send what is due, until nothing is (loop false), or until
 * SIGTERM or SIGINT; what is under way then has 4 seconds to end.  SIGHUP lets
 * a loop end in that way, too, and begin anew with settings, program and
 * secrets of that moment; when they are not good (reload_check_sender), it goes
 * on with those it has.  Without loop it ends as by SIGTERM.
 * Another sender at work: loop waits until it ends, otherwise there is nothing
 * to do.  w: of the command line.  Tells systemd when signals are taken.
 * Errors: the store's; ERR_INVALID when the lock file cannot be made; ERR_FAULT
 *         when the program could not be started anew.
 */
NODISCARD enum err_code send_run(struct worker *w, bool loop,
    struct err *err);

#endif
