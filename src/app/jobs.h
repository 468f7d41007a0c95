/* SPDX-License-Identifier: ISC */
#ifndef APP_JOBS_H
#define APP_JOBS_H

/*
 * What the server does by itself once a second, and how that goes: kept in
 * memory, for the pages of who operates it.  By CGI there is no such thread;
 * each request does part of it, and nothing is known here.
 */

#include "core/cx.h"

enum job {
    JOB_TOUCH,    /* "last used" stamps */
    JOB_DENIED,   /* refused attempts, into the audit log */
    JOB_SWEEP,    /* reservations whose time is over */
    JOB_ROTATION, /* old secrets that fell silent */
    JOB_SEALS,    /* rows that were changed behind our back */
    JOB_AUDIT,    /* signed heads of the audit log */
    JOB_PRUNE,    /* what is too old */
    JOB_COUNT
};

/* How one goes.  0: never, in this process. */
struct job_state {
    const char *words;  /* "Sign the audit log" */
    int64_t done_s;     /* when it last worked */
    int64_t failed_s;   /* when it last failed */
};

/* jobs_begin -- the process serves from now on. */
void jobs_begin(int64_t now_s);

/* job_end -- one ended with this code, at cx->now_s; a failure goes to the log
 * with its detail.  One thread for each job. */
void job_end(struct cx *cx, enum job job, enum err_code code);

/* jobs_look -- any thread.  Returns since when the process serves; 0: it does
 * not, or by CGI, and then the rest says nothing. */
int64_t jobs_look(struct job_state out[JOB_COUNT]);

#endif
