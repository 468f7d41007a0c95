/* SPDX-License-Identifier: ISC */
#include "app/cli.h"

#include "app/cgi.h"
#include "app/cli_audit.h"
#include "app/cli_command.h"
#include "app/cli_scan.h"
#include "app/fcgi.h"
#include "core/account.h"
#include "core/demo.h"
#include "core/touch.h"
#include "text/json.h"
#include "text/when.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static int
exit_code(const struct err *e)
{
    switch (e->code) {
    case ERR_OK:
        return EXIT_DONE;
    case ERR_BUSY:
    case ERR_NO_SPACE:
        return EXIT_UNAVAILABLE;
    case ERR_FORBIDDEN:
    case ERR_UNAUTHENTICATED:
        return EXIT_DENIED;
    case ERR_MALFORMED:
    case ERR_INVALID:
    case ERR_NOT_FOUND:
    case ERR_METHOD:
    case ERR_CONFLICT:
    case ERR_TOO_LARGE:
    case ERR_MEDIA_TYPE:
    case ERR_STALE_FORM:
    case ERR_LIMITED:
    case ERR_INTERNAL:
    case ERR_CODE_COUNT:
        break;
    }
    return EXIT_FAILED;
}

int
cli_fail(const struct err *e)
{
    if (e->n_fields == 0)
        fprintf(stderr, "keylodge: %.*s\n", STR_ARG(e->msg));
    for (size_t i = 0; i < e->n_fields; i++)
        fprintf(stderr, "keylodge: %s: %.*s\n", e->fields[i].field,
            STR_ARG(e->fields[i].msg));
    if (e->detail.n)
        fprintf(stderr, "keylodge: %s:%d: %.*s\n", e->file, e->line,
            STR_ARG(e->detail));
    return exit_code(e);
}

void
cli_put_word(struct cx *cx, struct pairs *form, const char *name,
    struct str word)
{
    form_add(cx->arena, form, str_cstr(name), word);
}

void
cli_put_time(struct cx *cx, struct val *v, const char *name, int64_t s)
{
    if (s)
        val_put_str(v, name, when_rfc3339(cx->arena, s));
    else
        val_put_null(v, name);
}

void
cli_print_json(struct cx *cx, const struct val *v)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_CSV);
    json_write(&b, v);
    printf("%.*s\n", STR_ARG(buf_view(&b)));
}

int
cli_init(struct worker *w, const struct words *words)
{
    (void)words;
    printf("database %s, master secret %s\n", w->app->config->db_path,
        w->app->config->master);
    return EXIT_DONE;
}

int
cli_setup_link(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct str token;
    (void)words;
    if (setup_link(cx, &token))
        return cli_fail(&cx->err);
    if (token.n)
        printf("%s/setup?t=%.*s\n", w->app->config->public_url,
            STR_ARG(token));
    else
        printf("Setup is done. Sign in at %s/sign-in\n",
            w->app->config->public_url);
    return EXIT_DONE;
}

int
cli_demo(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    bool made;
    (void)words;
    if (demo_fill(cx, NULL, &made))
        return cli_fail(&cx->err);
    printf("demo workspace%s: %s/w/demo/\n", made ? "" : " (was there)",
        w->app->config->public_url);
    return EXIT_DONE;
}

int
cli_serve(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    (void)words;
    return fcgi_serve(w->app, &cx->err) ? cli_fail(&cx->err) : EXIT_DONE;
}

int
cli_cgi(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    (void)words;
    return cgi_serve(w->app, &cx->err) ? cli_fail(&cx->err) : EXIT_DONE;
}

/* What a command opens before it runs. */
enum needs {
    NOTHING,  /* not even settings: it runs anywhere */
    SETTINGS,
    STORE,    /* database and secrets; making them is for `init` */
    FACES     /* and templates and static files */
};

struct command {
    const char *verb, *noun; /* "key create": verb is the first word */
    enum needs needs;
    const char *takes;       /* letters of the options, upper case: needed;
                                '!' the argument that is no option, too;
                                '*' reads its words itself, '+' one or more
                                of them: else the next row is meant */
    command_fn *run;         /* with NOTHING: w is NULL */
    const char *usage, *about;
};

static int
scan(struct worker *w, const struct words *words)
{
    (void)w;
    return cli_scan(words->argc, words->argv);
}

static int
audit_file(struct worker *w, const struct words *words)
{
    (void)w;
    return cli_audit_file(words->argc, words->argv);
}

static const struct command commands[] = {
    { "init", NULL, STORE, "", cli_init, "init",
        "make database and master secret, if missing" },
    { "setup-link", NULL, STORE, "", cli_setup_link, "setup-link",
        "print a one-time link for the first owner" },
    { "serve", NULL, FACES, "", cli_serve, "serve",
        "answer FastCGI requests (a web server starts this)" },
    { "cgi", NULL, FACES, "", cli_cgi, "cgi",
        "answer one request as a CGI program" },
    { "print-config", NULL, SETTINGS, "ucy!", cli_print_config,
        "print-config SERVER [--upstream HOST:PORT] [--certificate F] "
        "[--certificate-key F]",
        "configuration of lighttpd, apache, nginx ... for these settings" },
    { "reset-link", NULL, STORE, "!", cli_reset_link, "reset-link EMAIL",
        "print a one-time link to set a new password" },
    { "user", "add", STORE, "NP!", cli_user_add,
        "user add EMAIL --name N --password-file F", "add a person" },
    { "user", "codes-off", STORE, "!", cli_user_codes_off,
        "user codes-off EMAIL",
        "turn off the codes of a person who lost them" },
    { "workspace", "add", STORE, "O!", cli_workspace_add,
        "workspace add NAME --owner EMAIL", "add a team workspace" },
    { "workspace", "freeze", STORE, "Hfd!", cli_workspace_freeze,
        "workspace freeze SLUG --why TEXT [--for hour|day|week | --until T]",
        "refuse every call of a workspace" },
    { "workspace", "thaw", STORE, "!", cli_workspace_thaw,
        "workspace thaw SLUG", "and let them through again" },
    { "member", "add", STORE, "Wr!", cli_member_add,
        "member add EMAIL --workspace W [--role R]", "add a person to it" },
    { "key", "create", STORE, "WkN", cli_key_create,
        "key create --workspace W --name N [--kind K]",
        "print a new key, and nothing else" },
    { "key", "list", STORE, "Wj", cli_key_list,
        "key list --workspace W [--json]", "keys of a workspace" },
    { "key", "revoke", STORE, "!", cli_key_revoke, "key revoke PREFIX",
        "end a key now and for ever" },
    { "why", NULL, STORE, "wj!", cli_why, "why ID [--workspace W] [--json]",
        "what was decided on a call, rule by rule" },
    { "audit", "verify", NOTHING, "+", audit_file,
        "audit verify FILE --public-key F [--earlier FILE]",
        "check an exported audit log" },
    { "audit", "verify", STORE, "", cli_audit_verify, "audit verify",
        "check the audit log" },
    { "audit", "export", STORE, "w!", cli_audit_export,
        "audit export FILE [--workspace W]",
        "write the audit log, signed, for somebody else to check" },
    { "audit", "public-key", STORE, "", cli_audit_public_key,
        "audit public-key", "print what exported logs are checked with" },
    { "send", NULL, STORE, "lsj", cli_send, "send [--loop | --list [--json]]",
        "send mail and events that are due; or list mail that is stuck" },
    { "scan", NULL, NOTHING, "*", scan, "scan [--json] PATH...",
        "find keys of ours in trees, logs and standard input (-); exit 1: "
        "found" },
    { "backup", NULL, STORE, "aj!", cli_backup,
        "backup FILE | FOLDER [--keep N] [--json]",
        "copy the database while it is used; the newest N of a folder stay" },
    { "verify", NULL, SETTINGS, "j!", cli_verify, "verify FILE [--json]",
        "is this backup whole, and do its keys work with our secret?" },
    { "restore", NULL, SETTINGS, "i!", cli_restore,
        "restore FILE [--since OLD-DATABASE | --since nothing]",
        "go back to a backup; what was ended since stays ended" },
    { "doctor", NULL, SETTINGS, "j", cli_doctor, "doctor [--json]",
        "look for what is wrong with files, clock, disk, mail, web server" },
    { "migrate", NULL, SETTINGS, "t", cli_migrate, "migrate [--dry-run]",
        "bring the database up to this program, or try it on a copy" },
    { "rotate-secret", NULL, STORE, "e", cli_rotate_secret,
        "rotate-secret [--end]",
        "a new master secret, while the server goes on" },
    { "demo", NULL, STORE, "", cli_demo, "demo",
        "fill a marked workspace with made-up data" },
};

void
cli_usage(void *to)
{
    FILE *f = to;
    fputs("usage: keylodge [--config FILE] COMMAND\n\n", f);
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        fprintf(f, "  %s\n        %s\n", commands[i].usage,
            commands[i].about);
    fputs("\n  --config FILE   settings; default /etc/keylodge/keylodge.conf\n"
          "  --check-config  read the settings, say what is wrong, stop\n"
          "  --version, --help\n"
          "\nexit: 0 done, 1 failed, 2 usage, 69 unavailable, 77 not "
          "allowed, 78 settings\n", f);
}

static const struct command *
find_command(int argc, char **argv, int *used)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        const struct command *c = &commands[i];
        if (strcmp(argv[0], c->verb) != 0)
            continue;
        *used = c->noun ? 2 : 1;
        if ((!c->noun || (argc > 1 && strcmp(argv[1], c->noun) == 0)) &&
            (argc > *used || !strchr(c->takes, '+')))
            return c;
    }
    return NULL;
}

/* All options: those without a value are bool in struct words. */
static const struct word_option {
    const char *name;
    char letter; /* of `takes` */
    bool flag;
    size_t at;
} word_options[] = {
    { "name", 'n', false, offsetof(struct words, name) },
    { "password-file", 'p', false, offsetof(struct words, password_file) },
    { "workspace", 'w', false, offsetof(struct words, workspace) },
    { "owner", 'o', false, offsetof(struct words, owner) },
    { "kind", 'k', false, offsetof(struct words, kind) },
    { "role", 'r', false, offsetof(struct words, role) },
    { "upstream", 'u', false, offsetof(struct words, upstream) },
    { "certificate", 'c', false, offsetof(struct words, certificate) },
    { "certificate-key", 'y', false,
        offsetof(struct words, certificate_key) },
    { "loop", 'l', true, offsetof(struct words, loop) },
    { "list", 's', true, offsetof(struct words, list) },
    { "json", 'j', true, offsetof(struct words, json) },
    { "keep", 'a', false, offsetof(struct words, keep) },
    { "since", 'i', false, offsetof(struct words, since) },
    { "dry-run", 't', true, offsetof(struct words, dry_run) },
    { "end", 'e', true, offsetof(struct words, end) },
    { "why", 'h', false, offsetof(struct words, why) },
    { "for", 'f', false, offsetof(struct words, lasts) },
    { "until", 'd', false, offsetof(struct words, until) },
};

static bool
is_given(const struct words *w, const struct word_option *o)
{
    const char *at = (const char *)w + o->at;
    return o->flag ? *(const bool *)at : *(const char *const *)at != NULL;
}

/* Is every option given that is needed, and none that is not taken? */
static bool
complete(const struct command *c, const struct words *w)
{
    for (size_t i = 0; i < COUNT_OF(word_options); i++) {
        const struct word_option *o = &word_options[i];
        bool given = is_given(w, o);
        bool needed = strchr(c->takes, o->letter - 'a' + 'A') != NULL;
        bool taken = needed || strchr(c->takes, o->letter) != NULL;
        if ((given && !taken) || (needed && !given))
            return false;
    }
    return (w->rest != NULL) == (strchr(c->takes, '!') != NULL);
}

static bool
read_words(int argc, char **argv, struct words *w)
{
    struct option options[COUNT_OF(word_options) + 1] = { { 0 } };
    int opt, which;
    for (size_t i = 0; i < COUNT_OF(word_options); i++)
        options[i] = (struct option){ word_options[i].name,
            word_options[i].flag ? no_argument : required_argument, NULL, 1 };
    optind = 0; /* a second scan, from the start */
    while ((opt = getopt_long(argc, argv, "", options, &which)) != -1) {
        if (opt != 1)
            return false;
        char *at = (char *)w + word_options[which].at;
        if (word_options[which].flag)
            *(bool *)at = true;
        else
            *(const char **)at = optarg;
    }
    if (optind < argc)
        w->rest = argv[optind++];
    return optind == argc;
}

bool
cli_alone(int argc, char **argv, int *code)
{
    int used;
    const struct command *cmd =
        argc > 0 ? find_command(argc, argv, &used) : NULL;
    if (!cmd || cmd->needs != NOTHING)
        return false;
    *code = cmd->run(NULL, &(struct words){ .argc = argc, .argv = argv });
    return true;
}

int
cli_run(const struct config *c, int argc, char **argv)
{
    static const unsigned parts[] = { [SETTINGS] = APP_SETTINGS,
        [STORE] = APP_STORE, [FACES] = APP_STORE | APP_FACES };
    int used = 0;
    struct words words = { 0 };
    const struct command *cmd = find_command(argc, argv, &used);
    if (!cmd) {
        fprintf(stderr, "keylodge: no such command. See keylodge --help\n");
        return EXIT_WORDS;
    }
    if (!read_words(argc - used + 1, argv + used - 1, &words) ||
        !complete(cmd, &words)) {
        fprintf(stderr, "usage: keylodge %s\n", cmd->usage);
        return EXIT_WORDS;
    }
    struct arena *a = arena_new(16 * 1024);
    struct app app = { 0 };
    struct worker w = { 0 };
    struct err err;
    err_init(&err, a);
    int code = EXIT_SETUP;
    if (app_open(&app, c, parts[cmd->needs], cmd->run == cli_init, &err))
        (void)cli_fail(&err);
    else if (worker_open(&w, &app, &err))
        code = cli_fail(&err);
    else if (w.store && touch_clock(worker_shell(&w)))
        code = cli_fail(&w.cx.err);
    else
        code = cmd->run(&w, &words);
    worker_close(&w);
    app_close(&app);
    arena_free(a);
    return code;
}
