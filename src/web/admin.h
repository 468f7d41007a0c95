/* SPDX-License-Identifier: ISC */
#ifndef WEB_ADMIN_H
#define WEB_ADMIN_H

/* The pages of who operates the installation, whose facts the application
 * looks up: app/admin.c. */

#include "core/cx.h"
#include "http/req.h"
#include "http/res.h"
#include "text/val.h"

/* Something that the server does by itself. */
struct admin_job {
    const char *words;         /* "Sign the audit log" */
    int64_t done_s, failed_s;  /* the last times; 0: never */
};

struct admin_health {
    const struct val *findings; /* list of {"state" "ok|unseen|warning|wrong",
                                   "what", "says"} (app/exam.h) */
    int64_t began_s;            /* the server's start; 0: it runs as CGI */
    const struct admin_job *jobs;
    size_t n_jobs;
};

/* A line of texts; value and note may be empty. */
struct admin_line {
    struct str section; /* of a setting */
    struct str name, value, note;
};

struct admin_about {
    const struct admin_line *parts;    /* what the program is made of */
    size_t n_parts;
    const struct admin_line *settings; /* "server", "threads", "4", where from */
    size_t n_settings;
    struct str public_key;             /* of the audit log, PEM */
};

/* web_admin -- /admin.  Errors: ERR_NOT_FOUND for who does not operate it. */
NODISCARD enum err_code web_admin(struct cx *cx, const struct req *req,
    struct res *res, const struct admin_health *h);

/* web_admin_about -- /admin/about; errors the same. */
NODISCARD enum err_code web_admin_about(struct cx *cx, const struct req *req,
    struct res *res, const struct admin_about *about);

#endif
