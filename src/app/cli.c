/* SPDX-License-Identifier: ISC */
#include "app/cli.h"

#include "app/cgi.h"
#include "app/cli_command.h"
#include "app/fcgi.h"
#include "core/account.h"
#include "core/demo.h"
#include "core/touch.h"
#include "text/json.h"
#include "text/when.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

bool
cli_need_file(const char *path, struct err *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            ERR(err, ERR_NOT_FOUND, "There is no file %s.", path);
        else
            ERR(err, ERR_INVALID, "%s: %s.", path, strerror(errno));
    } else if (S_ISDIR(st.st_mode)) {
        ERR(err, ERR_INVALID, "%s is a folder. Name a file in it.", path);
    }
    return !err->code;
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
cli_put_text(struct val *v, const char *name, struct str s)
{
    if (s.n)
        val_put_str(v, name, s);
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
cli_tell(struct cx *cx, const struct words *words, const struct val *v,
    const char *fmt, ...)
{
    va_list args;
    if (words->json) {
        cli_print_json(cx, v);
        return EXIT_DONE;
    }
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
    return EXIT_DONE;
}

static void
show_value(const struct val *v)
{
    char tmp[VAL_SHOW_MAX];
    bool list = v->type == VAL_LIST;
    size_t n = list ? v->u.list.n : v->type == VAL_MAP ? v->u.map.n : 0;
    if (v->type == VAL_NULL || ((list || v->type == VAL_MAP) && n == 0))
        putchar('-');
    for (size_t i = 0; i < n; i++) {
        if (i)
            fputs(list && v->u.list.items[i]->type == VAL_MAP ? "; " : ", ",
                stdout);
        if (!list)
            printf("%.*s=", STR_ARG(v->u.map.pairs[i].name));
        show_value(list ? v->u.list.items[i] : v->u.map.pairs[i].val);
    }
    printf("%.*s", STR_ARG(val_show(v, tmp)));
}

int
cli_show(struct cx *cx, const struct words *words, const struct val *v)
{
    enum { NAME_CHARS = 22 };
    if (words->json) {
        cli_print_json(cx, v);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < v->u.map.n; i++) {
        printf("%-*.*s ", NAME_CHARS, STR_ARG(v->u.map.pairs[i].name));
        show_value(v->u.map.pairs[i].val);
        putchar('\n');
    }
    return EXIT_DONE;
}

int
cli_init(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct val *v = val_map(cx->arena);
    val_put_cstr(v, "database", w->app->config->db_path);
    val_put_cstr(v, "master_secret", w->app->config->master);
    return cli_tell(cx, words, v, "database %s, master secret %s",
        w->app->config->db_path, w->app->config->master);
}

int
cli_setup_link(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    const char *url = w->app->config->public_url;
    struct val *v = val_map(cx->arena);
    struct str token;
    if (!cli_once_ready())
        return EXIT_FAILED;
    if (setup_link(cx, &token))
        return cli_fail(&cx->err);
    val_put_null(v, "link");
    if (!token.n)
        return cli_tell(cx, words, v, "Setup is done. Sign in at %s/sign-in",
            url);
    val_put_fmt(v, "link", "%s/setup?t=%.*s", url, STR_ARG(token));
    return cli_tell_once(cx, words, v,
        arena_fmt(cx->arena, "%s/setup?t=%.*s", url, STR_ARG(token)),
        STR("A link was made that nobody saw, and the older ones work no more. "
            "For another one run: keylodge setup-link"));
}

int
cli_demo(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    const char *url = w->app->config->public_url;
    struct val *v = val_map(cx->arena);
    bool made;
    if (demo_fill(cx, NULL, &made))
        return cli_fail(&cx->err);
    val_put_bool(v, "made", made);
    val_put_fmt(v, "url", "%s/w/demo/", url);
    return cli_tell(cx, words, v, "demo workspace%s: %s/w/demo/",
        made ? "" : " (was there)", url);
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

/* What does not open is mended in the settings, but for a store that is busy or
 * has no room. */
static int
fail_open(const struct err *e)
{
    int code = cli_fail(e);
    return code == EXIT_FAILED ? EXIT_SETUP : code;
}

int
cli_run(const struct config *c, const struct cli_call *call)
{
    static const unsigned parts[] = { [NEEDS_SETTINGS] = APP_SETTINGS,
        [NEEDS_STORE] = APP_STORE,
        [NEEDS_FACES] = APP_STORE | APP_FACES | APP_UPGRADE };
    const struct command *cmd = call->command;
    struct arena *a = arena_new(16 * 1024);
    struct app app = { 0 };
    struct worker w = { 0 };
    struct err err;
    err_init(&err, a);
    int code;
    bool init = cmd->run == cli_init;
    unsigned opens = parts[cmd->needs] | (init ? APP_UPGRADE : 0u);
    if (cmd->run == cli_serve && fcgi_stands_alone(c))
        opens |= APP_ALONE;
    if (app_open(&app, c, opens, init, &err))
        code = fail_open(&err);
    else if (worker_open(&w, &app, &err))
        code = cli_fail(&err);
    else if (w.store && touch_clock(worker_shell(&w)))
        code = cli_fail(&w.cx.err);
    else
        code = cmd->run(&w, &call->words);
    worker_close(&w);
    app_close(&app);
    arena_free(a);
    return code;
}

int
cli_check(const struct config *c)
{
    struct arena *a = arena_new(16 * 1024);
    struct err err;
    err_init(&err, a);
    int code = app_try(c, &err) ? fail_open(&err) : EXIT_DONE;
    if (code == EXIT_DONE)
        printf("%s: ok\n", c->file ? c->file : "built-in settings");
    arena_free(a);
    return code;
}

bool
cli_alone(const struct cli_call *call, int *code)
{
    const struct command *c = call->command;
    bool alone = c->needs == NEEDS_NOTHING ||
        (c->rest_is_all && call->words.rest);
    if (alone)
        *code = c->run(NULL, &call->words);
    return alone;
}
