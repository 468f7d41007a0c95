/* SPDX-License-Identifier: ISC */
#include "app/cli.h"

#include "app/app.h"
#include "app/fcgi.h"
#include "app/file.h"
#include "core/access.h"
#include "core/account.h"
#include "core/audit.h"
#include "core/demo.h"
#include "core/key.h"
#include "core/workspace.h"
#include "text/fields.h"
#include "text/json.h"
#include "text/money.h"
#include "text/when.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_WORDS = 2, EXIT_UNAVAILABLE = 69,
    EXIT_DENIED = 77, EXIT_SETUP = 78
};

/* Options of all commands; each command says which it takes. */
struct words {
    const char *email, *name, *password_file, *workspace, *owner, *kind, *role;
    bool json;
    const char *rest; /* the one argument that is no option */
};

struct command {
    const char *verb, *noun; /* "key create": verb is the first word */
    const char *takes;       /* letters of the options, '!' rest is needed */
    int (*run)(struct worker *w, const struct words *words);
    const char *usage, *about;
};

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

/* Say what went wrong; returns the exit code. */
static int
fail(const struct err *e)
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

/* Read one more word into a form: what the shell says is held to the same
 * field tables as what a page or a program says. */
static void
put_word(struct cx *cx, struct pairs *form, const char *name, struct str word)
{
    form_add(cx->arena, form, str_cstr(name), word);
}

static int
run_init(struct worker *w, const struct words *words)
{
    (void)words;
    printf("database %s, master secret %s\n", w->app->config->db_path,
        w->app->config->master);
    return EXIT_DONE;
}

static int
run_setup_link(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct str token;
    (void)words;
    if (setup_link(cx, &token))
        return fail(&cx->err);
    if (token.n)
        printf("%s/setup?t=%.*s\n", w->app->config->public_url,
            STR_ARG(token));
    else
        printf("Setup is done. Sign in at %s/sign-in\n",
            w->app->config->public_url);
    return EXIT_DONE;
}

static int
run_user_add(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct pairs form = { NULL, 0 };
    struct setup_in in = { .name = { NULL, 0 } };
    struct str text, password, rest;
    struct user u;
    if (file_read(cx->arena, words->password_file, 4096, &text, &cx->err))
        return fail(&cx->err);
    (void)str_cut(text, '\n', &password, &rest);
    put_word(cx, &form, "t", STR("shell")); /* needs no link */
    put_word(cx, &form, "email", str_cstr(words->rest));
    put_word(cx, &form, "name", str_cstr(words->name));
    put_word(cx, &form, "password", password);
    if (fields_from_form(cx->arena, setup_fields, &form, &in, &cx->err) ||
        user_add(cx, in.email, in.name, in.password, &u))
        return fail(&cx->err);
    printf("%.*s\n", STR_ARG(u.uuid));
    return EXIT_DONE;
}

static int
run_workspace_add(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct pairs form = { NULL, 0 };
    struct workspace_in in = { .name = { NULL, 0 } };
    struct user owner;
    struct workspace ws;
    put_word(cx, &form, "name", str_cstr(words->rest));
    if (fields_from_form(cx->arena, workspace_fields, &form, &in, &cx->err) ||
        user_by_email(cx, str_cstr(words->owner), &owner) ||
        workspace_create(cx, in.name, &owner, &ws))
        return fail(&cx->err);
    printf("%.*s\n", STR_ARG(ws.slug));
    return EXIT_DONE;
}

static int
run_member_add(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct user u;
    enum role role = role_read(str_cstr(words->role ? words->role : "member"));
    if (role == ROLE_NONE) {
        fprintf(stderr, "keylodge: --role must be owner, admin or member\n");
        return EXIT_WORDS;
    }
    if (user_by_email(cx, str_cstr(words->rest), &u) ||
        workspace_enter(cx, str_cstr(words->workspace)) ||
        member_add(cx, &u, role))
        return fail(&cx->err);
    return EXIT_DONE;
}

static int
run_key_create(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    enum key_kind kind = KEY_STANDARD;
    struct pairs form = { NULL, 0 };
    struct key_in in = { .version = 0 };
    struct str text;
    struct key k;
    if (words->kind && !key_kind_read(str_cstr(words->kind), &kind)) {
        fprintf(stderr,
            "keylodge: --kind must be standard, management or admin\n");
        return EXIT_WORDS;
    }
    put_word(cx, &form, "name", str_cstr(words->name));
    put_word(cx, &form, "expiry", STR("none"));
    if (fields_from_form(cx->arena, key_fields, &form, &in, &cx->err) ||
        workspace_enter(cx, str_cstr(words->workspace)) ||
        key_create(cx, kind, &in, &text, &k))
        return fail(&cx->err);
    printf("%.*s\n", STR_ARG(text));
    return EXIT_DONE;
}

static void
put_time(struct cx *cx, struct val *v, const char *name, int64_t s)
{
    if (s)
        val_put_str(v, name, when_rfc3339(cx->arena, s));
    else
        val_put_null(v, name);
}

static struct val *
key_val(struct cx *cx, const struct key *k)
{
    struct val *v = val_map(cx->arena);
    val_put_str(v, "prefix", k->prefix);
    val_put_str(v, "id", k->uuid);
    val_put_str(v, "name", k->name);
    val_put_cstr(v, "kind", key_kind_name(k->kind));
    val_put_cstr(v, "status", key_status_name(key_status(k, cx->now_s)));
    val_put_str(v, "owner", k->owner_name);
    put_time(cx, v, "created", k->created_s);
    put_time(cx, v, "expires", k->expires_s);
    put_time(cx, v, "last_used", k->used_s);
    return v;
}

static void
print_json(struct cx *cx, const struct val *v)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_CSV);
    json_write(&b, v);
    printf("%.*s\n", STR_ARG(buf_view(&b)));
}

/* All keys of a kind, oldest first, page by page. */
static enum err_code
list_kind(struct cx *cx, enum key_kind kind, struct val *out)
{
    struct key_filter f = { .kind = kind, .status = STR("any"), .back = true,
        .most = 200 };
    bool more = true;
    while (more) {
        struct key *keys;
        size_t n;
        if (key_list(cx, &f, &keys, &n, &more))
            return cx->err.code;
        for (size_t i = n; i > 0; i--) /* a page comes newest first */
            val_add(out, key_val(cx, &keys[i - 1]));
        if (n)
            f.mark_id = keys[0].id;
    }
    return ERR_OK;
}

static void
print_table(const struct val *keys)
{
    for (size_t i = 0; i < keys->u.list.n; i++) {
        const struct val *k = keys->u.list.items[i];
        printf("%-10.*s %-11.*s %-14.*s %.*s\n",
            STR_ARG(val_text(val_get_cstr(k, "prefix"))),
            STR_ARG(val_text(val_get_cstr(k, "kind"))),
            STR_ARG(val_text(val_get_cstr(k, "status"))),
            STR_ARG(val_text(val_get_cstr(k, "name"))));
    }
}

static int
run_key_list(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct val *all = val_list(cx->arena);
    if (workspace_enter(cx, str_cstr(words->workspace)))
        return fail(&cx->err);
    for (enum key_kind kind = KEY_STANDARD; kind < KEY_KIND_COUNT; kind++)
        if (list_kind(cx, kind, all))
            return fail(&cx->err);
    if (words->json)
        print_json(cx, all);
    else
        print_table(all);
    return EXIT_DONE;
}

static int
run_key_revoke(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct key k;
    int64_t ws;
    struct str prefix = str_cstr(words->rest);
    if (key_workspace(cx, prefix, &ws) || workspace_enter_id(cx, ws) ||
        key_revoke(cx, prefix, false, STR(""), &k))
        return fail(&cx->err);
    printf("%s %.*s\n", k.revoked_s ? "was revoked before:" : "revoked:",
        STR_ARG(k.name));
    return EXIT_DONE;
}

static int
run_audit_verify(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    int64_t rows, bad;
    (void)words;
    if (audit_verify(cx, &rows, &bad))
        return fail(&cx->err);
    if (bad) {
        fprintf(stderr, "keylodge: row %" PRId64 " of the audit log was "
                        "changed or is missing\n", bad);
        return EXIT_FAILED;
    }
    printf("%" PRId64 " rows, chain whole\n", rows);
    return EXIT_DONE;
}

static int
run_demo(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    bool made;
    (void)words;
    if (demo_fill(cx, NULL, &made))
        return fail(&cx->err);
    printf("demo workspace%s: %s/w/demo/\n", made ? "" : " (was there)",
        w->app->config->public_url);
    return EXIT_DONE;
}

static int
run_serve(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    (void)words;
    return fcgi_serve(w->app, &cx->err) ? fail(&cx->err) : EXIT_DONE;
}

/* e email, n name, p password file, w workspace, o owner, k kind, r role,
 * j json; upper case: required. */
static const struct command commands[] = {
    { "init", NULL, "", run_init, "init",
        "make database and master secret, if missing" },
    { "setup-link", NULL, "", run_setup_link, "setup-link",
        "print a one-time link for the first owner" },
    { "serve", NULL, "", run_serve, "serve",
        "answer FastCGI requests (a web server starts this)" },
    { "user", "add", "NP!", run_user_add,
        "user add EMAIL --name N --password-file F", "add a person" },
    { "workspace", "add", "O!", run_workspace_add,
        "workspace add NAME --owner EMAIL", "add a team workspace" },
    { "member", "add", "Wr!", run_member_add,
        "member add EMAIL --workspace W [--role R]", "add a person to it" },
    { "key", "create", "WkN", run_key_create,
        "key create --workspace W --name N [--kind K]",
        "print a new key, and nothing else" },
    { "key", "list", "Wj", run_key_list, "key list --workspace W [--json]",
        "keys of a workspace" },
    { "key", "revoke", "!", run_key_revoke, "key revoke PREFIX",
        "end a key now and for ever" },
    { "audit", "verify", "", run_audit_verify, "audit verify",
        "check the chain of the audit log" },
    { "demo", NULL, "", run_demo, "demo",
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
        if (!c->noun || (argc > 1 && strcmp(argv[1], c->noun) == 0))
            return c;
    }
    return NULL;
}

static const char **
word_at(struct words *w, char letter)
{
    switch (letter) {
    case 'e':
        return &w->email;
    case 'n':
        return &w->name;
    case 'p':
        return &w->password_file;
    case 'w':
        return &w->workspace;
    case 'o':
        return &w->owner;
    case 'k':
        return &w->kind;
    case 'r':
        return &w->role;
    default:
        return NULL;
    }
}

/* Is every option given that is needed, and none that is not taken? */
static bool
complete(const struct command *c, struct words *w)
{
    static const char letters[] = "enpwokr";
    for (const char *l = letters; *l; l++) {
        bool given = *word_at(w, *l) != NULL;
        bool needed = strchr(c->takes, *l - 'a' + 'A') != NULL;
        bool taken = needed || strchr(c->takes, *l) != NULL;
        if ((given && !taken) || (needed && !given))
            return false;
    }
    return (w->rest != NULL) == (strchr(c->takes, '!') != NULL) &&
        (!w->json || strchr(c->takes, 'j'));
}

static bool
read_words(int argc, char **argv, struct words *w)
{
    static const struct option options[] = {
        { "email", required_argument, NULL, 'e' },
        { "name", required_argument, NULL, 'n' },
        { "password-file", required_argument, NULL, 'p' },
        { "workspace", required_argument, NULL, 'w' },
        { "owner", required_argument, NULL, 'o' },
        { "kind", required_argument, NULL, 'k' },
        { "role", required_argument, NULL, 'r' },
        { "json", no_argument, NULL, 'j' },
        { NULL, 0, NULL, 0 },
    };
    int opt;
    optind = 0; /* a second scan, from the start */
    while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
        const char **at = opt == '?' ? NULL : word_at(w, (char)opt);
        if (at)
            *at = optarg;
        else if (opt == 'j')
            w->json = true;
        else
            return false;
    }
    if (optind < argc)
        w->rest = argv[optind++];
    return optind == argc;
}

int
cli_run(const struct config *c, int argc, char **argv)
{
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
    bool serve = cmd->run == run_serve;
    int code = EXIT_SETUP;
    if (app_open(&app, c, serve ? APP_STORE | APP_FACES : APP_STORE,
            cmd->run == run_init, &err))
        (void)fail(&err);
    else if (worker_open(&w, &app, &err))
        code = fail(&err);
    else
        code = cmd->run(&w, &words);
    worker_close(&w);
    app_close(&app);
    arena_free(a);
    return code;
}
