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
    const char *role, *why, *lasts, *until, *keep, *since, *since_audit;
    const char *upstream, *certificate, *certificate_key;
    const char *public_key, *earlier;
    const char *format, *verifiers;
    /* of a key: as in key_fields */
    const char *expiry, *expires_on, *spend_limit, *spend_reset, *categories;
    const char *models, *endpoints, *networks, *deployment, *note, *labels;
    const char *claim, *rate_requests, *rate_tokens, *day_tokens, *overlap;
    const char *find, *status, *hand_over_to, *keys;
    /* of the audit log */
    const char *actor, *action, *object, *from, *to, *most;
    bool dry_run, end, json, loop, list, revoke_keys, yes;
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
command_fn cli_rotate_secret, cli_reseal, cli_doctor, cli_scan;
command_fn cli_workspace_list, cli_workspace_show, cli_workspace_add,
    cli_workspace_rename, cli_workspace_edit, cli_workspace_freeze, cli_workspace_thaw,
    cli_workspace_delete, cli_workspace_restore;
command_fn cli_user_list, cli_user_show, cli_user_add, cli_user_edit,
    cli_user_disable, cli_user_enable, cli_user_sessions_end,
    cli_user_operator_on, cli_user_operator_off,
    cli_user_codes_off, cli_reset_link;
command_fn cli_member_list, cli_member_add, cli_member_role,
    cli_member_remove, cli_service_list, cli_service_add;
command_fn cli_key_list, cli_key_show, cli_key_create, cli_key_disable,
    cli_key_enable, cli_key_rotate, cli_key_claim_link, cli_key_revoke;
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

/*
 * cli_once_ready -- before something is made that is shown once: is standard
 * output open, read by somebody, and not on a full disk?  False, and a line on
 * stderr, when not: then nothing may be made.  From here on a reader who goes
 * ends the program no more (SIGPIPE).
 */
bool cli_once_ready(void);

/*
 * cli_tell_once -- what is shown once, as cli_tell, and written out.
 * text  without --json: the secret or link
 * lost  whole sentences for stderr when it could not be written: what was made
 *       all the same, and how to get it anew
 * Returns EXIT_DONE, or EXIT_FAILED and has said why.
 */
int cli_tell_once(struct cx *cx, const struct words *words,
    const struct val *v, struct str text, struct str lost);

/* cli_show -- an object, a line for each of its members, or with --json as it
 * is.  Returns EXIT_DONE. */
int cli_show(struct cx *cx, const struct words *words, const struct val *v);

/* cli_owner -- an e-mail address or name of a service account of cx->ws as the
 * field tables have it: "user:UUID", "service:UUID".  ERR_NOT_FOUND. */
NODISCARD enum err_code cli_owner(struct cx *cx, const char *typed,
    struct str *out);

/* cli_key_enter -- the workspace of the key whose prefix is words->rest.
 * Returns the exit code, and has said why. */
int cli_key_enter(struct cx *cx, const struct words *words);

/* cli_number -- decimal digits, from `least` to `most`; false and a line on
 * stderr for anything else. */
bool cli_number(const char *option, const char *typed, int64_t least,
    int64_t most, int64_t *out);

/* cli_put_fields -- what was given of those options that are fields of this
 * table: --spend-limit is spend_limit. */
void cli_put_fields(struct cx *cx, const struct words *words,
    const struct field *table, struct pairs *form);

/* cli_need_file -- before a file that was named is opened: false, with the error
 * set, when there is none of this name or it is a folder. */
bool cli_need_file(const char *path, struct err *err);

/* cli_map_file -- a whole file as memory, until the process ends;
 * cli_public_key -- what `audit public-key` printed.  False, and a line on
 * stderr, for what cannot be read. */
bool cli_map_file(const char *path, struct str *out);
bool cli_public_key(struct arena *a, const char *path,
    uint8_t out[SIGNER_PUBLIC]);

#endif
