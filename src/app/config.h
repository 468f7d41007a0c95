/* SPDX-License-Identifier: ISC */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

/* What an operator sets: an INI file, read once at start. */

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "secret/password.h"

enum { THREADS_MOST = 64 };

/* See app/sandbox.h. */
enum sandbox { SANDBOX_ON, SANDBOX_OFF, SANDBOX_KILL };

struct config {
    const char *file;        /* where it came from; NULL: built-in values */
    const char *public_url;  /* [server] public_url: http or https, without
                                slash at the end */
    const char *gate_socket; /* [server] gate_socket; NULL: console only */
    const char *console_socket; /* [server] console_socket; NULL: descriptor 0 */
    int64_t threads;         /* [server] threads: console and APIs */
    int64_t gate_threads;    /* [server] gate_threads */
    enum sandbox sandbox;    /* [server] sandbox */
    const char *gate_prefix; /* [gate] prefix: of protected paths, taken off
                                before a path is compared with endpoints */
    const char *gate_credential; /* [gate] credential: file of the secret with
                                which own gates ask and report; NULL: none */
    const char *db_path;     /* [store] path; of a link: what it means */
    const char *master;      /* [secret] master: file of the master secret */
    enum password_profile password_profile; /* [secret] password_cost */
    const char *refused_passwords; /* [secret] refused_passwords: a file, a
                                password on each line; NULL: none */
    const char *mail_command; /* [mail] command: a program that takes mail */
    const char *mail_smtp_url; /* [mail] smtp_url */
    const char *mail_smtp_user; /* [mail] smtp_user; NULL: not signed in */
    const char *mail_smtp_password; /* [mail] smtp_password: a file */
    const char *mail_dir;    /* [mail] dir: a folder for files, for tests */
    const char *mail_from;   /* [mail] from: an address; of the three above one
                                at most is set, and then this one is too */
    const char *hook_networks; /* [webhook] allow_networks: as written */
    struct strs hook_opened; /* the same one by one: CIDR */
    const char *templates;   /* [files] templates */
    const char *static_dir;  /* [files] static */
    enum log_level log_level;    /* [log] level */
    enum log_format log_format;  /* [log] format */
    const char **where;      /* of each setting, in the order of their table:
                                FILE:LINE or a variable; NULL: built in */
};

/*
 * config_load -- from `file`, or, when it is NULL, $KEYLODGE_CONFIG,
 * $XDG_CONFIG_HOME/keylodge/keylodge.conf, /etc/keylodge/keylodge.conf, the
 * first that is there; none: built-in values.  Then from the environment:
 * KEYLODGE_SERVER_PUBLIC_URL is public_url of [server].
 * out: process lifetime, texts in `a`.
 * Errors: ERR_INVALID with "file:line: what", for a file that cannot be read,
 * an unknown section or key (or variable that begins like one, or is one but
 * for slips of typing), a setting that is needed and empty, a value that makes
 * no sense (app/config_check.h).  What has a built-in value is never NULL after
 * it.
 */
NODISCARD enum err_code config_load(struct arena *a, const char *file,
    struct config *out, struct err *err);

/* One setting in force. */
struct config_row {
    const char *section, *key;
    struct str value;  /* as a file would say it; empty: not set */
    const char *where; /* FILE:LINE or a variable; NULL: built in */
};
/* config_row -- the i-th of all; false: there are no more.  No setting is a
 * secret: they name the files of those. */
bool config_row(struct arena *a, const struct config *c, size_t i,
    struct config_row *out);

/* config_name -- what a complaint about a setting begins with, "FILE:LINE:
 * [section] key"; member: the address of its member in *c.  Lives in `a`. */
const char *config_name(struct arena *a, const struct config *c,
    const void *member);

/* config_print -- every setting on `to`, a FILE, in the form of a file, each
 * under where its value came from.  No setting is a secret: they name the files
 * of those. */
void config_print(const struct config *c, void *to);

/* config_mails -- is there a way for mail? */
bool config_mails(const struct config *c);

#endif
