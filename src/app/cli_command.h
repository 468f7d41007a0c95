/* SPDX-License-Identifier: ISC */
#ifndef APP_CLI_COMMAND_H
#define APP_CLI_COMMAND_H

/*
 * The commands of the shell.  Each noun has its file, cli_<noun>.c; a command
 * is a function here and a row in the table of cli_table.c, an option is a
 * member of struct words and a row in the table of options there.  The table
 * says what each command needs, and nothing else is opened for it.
 *
 * With --json a command prints one line: an object, or for a list an array of
 * objects.  Names are lower case with underscores, times RFC 3339 in UTC,
 * money in USD as a number, and what is not there is null.  Errors are text on
 * standard error either way, and the exit status says of which kind they are.
 */

#include "app/app.h"
#include "base/attr.h"
#include "text/form.h"
#include "text/val.h"

enum {
    EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_WORDS = 2, EXIT_UNAVAILABLE = 69,
    EXIT_DENIED = 77, EXIT_SETUP = 78
};

/* What was typed; NULL: not given.  The table says which a command takes; a
 * value of a word list is one of the list. */
struct words {
    const char *name, *email, *password_file, *workspace, *owner, *kind;
    const char *role, *why, *lasts, *until, *keep, *since;
    const char *upstream, *certificate, *certificate_key;
    const char *public_key, *earlier;
    const char *format, *verifiers;
    /* of a key: as in key_fields */
    const char *expiry, *expires_on, *spend_limit, *spend_reset, *categories;
    const char *models, *endpoints, *networks, *deployment, *note, *labels;
    const char *claim, *rate_requests, *rate_tokens, *day_tokens, *overlap;
    bool dry_run, end, json, loop, list;
    const char *rest; /* the first argument that is no option */
    int n_rest;       /* how many of them there are */
    char **all_rest;  /* NULL at the end */
};

/* One command.  w: open as far as the table says, no request under way, and
 * NULL when that is nothing; words: only what the command takes, and all that
 * it needs.  Writes to stdout, complaints to stderr; returns the exit code. */
typedef int command_fn(struct worker *w, const struct words *words);

command_fn cli_init, cli_setup_link, cli_serve, cli_cgi, cli_print_config,
    cli_demo;
command_fn cli_audit_list, cli_audit_verify, cli_audit_export, cli_audit_public_key;
command_fn cli_export, cli_import;
command_fn cli_prune, cli_backup, cli_verify, cli_restore, cli_migrate;
command_fn cli_rotate_secret, cli_doctor, cli_scan;
command_fn cli_workspace_add, cli_workspace_freeze, cli_workspace_thaw;
command_fn cli_user_add, cli_member_add, cli_reset_link,
    cli_user_codes_off;
command_fn cli_key_create, cli_key_list, cli_key_revoke;
command_fn cli_why, cli_send, cli_completion;

/* cli_fail -- say on stderr what went wrong, a line for each field; returns
 * the exit code that belongs to the error. */
int cli_fail(const struct err *e);

/* cli_put_word -- read one more word into a form: what the shell says is held
 * to the same field tables as what a page or a program says.  Request
 * lifetime. */
void cli_put_word(struct cx *cx, struct pairs *form, const char *name,
    struct str word);

/* cli_put_time -- an RFC 3339 instant, null for 0, into a map for --json. */
void cli_put_time(struct cx *cx, struct val *v, const char *name, int64_t s);

/* cli_put_text -- a text, null for an empty one, into a map for --json. */
void cli_put_text(struct val *v, const char *name, struct str s);

/* cli_print_json -- a value as one line on stdout. */
void cli_print_json(struct cx *cx, const struct val *v);

/* cli_tell -- all that a command has to say: with --json `v`, else the text, to
 * which a line feed is added.  Returns EXIT_DONE. */
int cli_tell(struct cx *cx, const struct words *words, const struct val *v,
    const char *fmt, ...) PRINTF(4, 5);

#endif
