/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "app/file.h"
#include "core/account.h"
#include "core/factor.h"
#include "core/operator.h"
#include "core/people.h"
#include "core/reset.h"
#include "text/fields.h"

#include <inttypes.h>
#include <stdio.h>

enum { PAGE = 200 };

static struct val *
user_val(struct cx *cx, const struct user *u)
{
    struct val *v = val_map(cx->arena);
    val_put_str(v, "id", u->uuid);
    val_put_str(v, "email", u->email);
    val_put_str(v, "name", u->name);
    cli_put_time(cx, v, "created", u->created_s);
    cli_put_time(cx, v, "last_seen", u->seen_s);
    cli_put_time(cx, v, "disabled", u->disabled_s);
    val_put_bool(v, "operator", u->operator);
    val_put_bool(v, "broken", u->broken);
    return v;
}

static enum err_code
find(struct cx *cx, const struct words *words, struct user *u)
{
    return user_by_email(cx, str_cstr(words->rest), u);
}

int
cli_user_list(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct val *list = val_list(cx->arena);
    struct user *all;
    int64_t after = 0;
    size_t n = PAGE;
    while (n == PAGE) {
        if (people_list(cx, after, PAGE, &all, &n))
            return cli_fail(&cx->err);
        for (size_t i = 0; i < n; i++) {
            after = all[i].id;
            if (words->json)
                val_add(list, user_val(cx, &all[i]));
            else
                printf("%-32.*s %-9s %.*s\n", STR_ARG(all[i].email),
                    all[i].broken           ? "broken"
                        : all[i].disabled_s ? "disabled"
                        : all[i].operator ? "operator" : "",
                    STR_ARG(all[i].name));
        }
    }
    if (words->json)
        cli_print_json(cx, list);
    return EXIT_DONE;
}

/* What `user show` tells. */
struct shown {
    struct user user;
    bool codes;
    struct workspace *in;
    struct session *sessions;
    size_t n_in, n_sessions;
};

static struct val *
show_val(struct cx *cx, const struct shown *s)
{
    struct val *v = user_val(cx, &s->user);
    val_put_bool(v, "codes", s->codes);
    struct val *list = val_put_list(v, "workspaces");
    for (size_t i = 0; i < s->n_in; i++) {
        struct val *row = val_add_map(list);
        val_put_str(row, "workspace", s->in[i].slug);
        val_put_cstr(row, "role", role_name(s->in[i].role));
    }
    list = val_put_list(v, "sessions");
    for (size_t i = 0; i < s->n_sessions; i++) {
        struct val *row = val_add_map(list);
        cli_put_time(cx, row, "created", s->sessions[i].created_s);
        cli_put_time(cx, row, "last_seen", s->sessions[i].seen_s);
        cli_put_text(row, "address", s->sessions[i].address);
        cli_put_text(row, "agent", s->sessions[i].agent);
    }
    return v;
}

int
cli_user_show(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct shown s;
    if (find(cx, words, &s.user) ||
        factor_on(cx, s.user.id, &s.codes) ||
        people_workspaces(cx, &s.user, &s.in, &s.n_in) ||
        people_sessions(cx, &s.user, &s.sessions, &s.n_sessions))
        return cli_fail(&cx->err);
    return cli_show(cx, words, show_val(cx, &s));
}

int
cli_user_add(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct pairs form = { NULL, 0 };
    struct setup_in in = { .name = { NULL, 0 } };
    struct str text, password, rest;
    struct user u;
    if (file_read(cx->arena, words->password_file, 4096, &text, &cx->err))
        return cli_fail(&cx->err);
    (void)str_cut(text, '\n', &password, &rest);
    cli_put_word(cx, &form, "t", STR("shell")); /* needs no link */
    cli_put_word(cx, &form, "email", str_cstr(words->rest));
    cli_put_word(cx, &form, "name", str_cstr(words->name));
    cli_put_word(cx, &form, "password", password);
    if (fields_from_form(cx->arena, setup_fields, &form, &in, &cx->err) ||
        user_add(cx, in.email, in.name, in.password, &u))
        return cli_fail(&cx->err);
    u.created_s = cx->now_s;
    return cli_tell(cx, words, user_val(cx, &u), "%.*s", STR_ARG(u.uuid));
}

/* What was done, and to whom. */
static int
tell_done(struct cx *cx, const struct words *words, const struct str email,
    const char *done)
{
    struct user u;
    if (user_by_email(cx, email, &u))
        return cli_fail(&cx->err);
    return cli_tell(cx, words, user_val(cx, &u), "%.*s %s",
        STR_ARG(u.email), done);
}

int
cli_user_disable(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct workspace *alone;
    struct user u;
    size_t n;
    if (find(cx, words, &u) || people_disable(cx, &u, &alone, &n))
        return cli_fail(&cx->err);
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "keylodge: nobody is left who can sign in as an owner "
                        "of %.*s: keylodge member role EMAIL --workspace "
                        "%.*s --role owner\n", STR_ARG(alone[i].slug),
            STR_ARG(alone[i].slug));
    return tell_done(cx, words, u.email, u.disabled_s
            ? "was disabled before"
            : "is disabled, their sessions ended; their keys go on");
}

int
cli_user_enable(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct user u;
    if (find(cx, words, &u) || people_enable(cx, &u))
        return cli_fail(&cx->err);
    return tell_done(cx, words, u.email,
        u.disabled_s ? "can sign in again" : "was not disabled");
}

int
cli_user_sessions_end(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct user u;
    if (find(cx, words, &u) || people_end_sessions(cx, &u))
        return cli_fail(&cx->err);
    return tell_done(cx, words, u.email, "has to sign in again");
}

static int
set_operator(struct worker *w, const struct words *words, bool on)
{
    struct cx *cx = worker_shell(w);
    struct user u;
    if (find(cx, words, &u) || operator_set(cx, &u, on))
        return cli_fail(&cx->err);
    return tell_done(cx, words, u.email, on
            ? "operates this installation, and sees /admin"
            : "does not operate this installation");
}

int
cli_user_operator_on(struct worker *w, const struct words *words)
{
    return set_operator(w, words, true);
}

int
cli_user_operator_off(struct worker *w, const struct words *words)
{
    return set_operator(w, words, false);
}

int
cli_user_codes_off(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    if (factor_remove(cx, str_cstr(words->rest)))
        return cli_fail(&cx->err);
    return tell_done(cx, words, str_cstr(words->rest),
        "signs in without codes, and has to do so again");
}

/* A name, an address, or both. */
static enum err_code
edit(struct cx *cx, const struct words *words, struct user *u)
{
    struct pairs form = { NULL, 0 };
    struct profile_in in = { .name = { NULL, 0 } };
    if (find(cx, words, u))
        return cx->err.code;
    if (words->name) {
        cli_put_word(cx, &form, "name", str_cstr(words->name));
        if (fields_from_form(cx->arena, profile_fields, &form, &in,
                &cx->err) || people_rename(cx, u, in.name))
            return cx->err.code;
    }
    if (words->email && people_set_email(cx, u, str_cstr(words->email)))
        return cx->err.code;
    return ERR_OK;
}

int
cli_user_edit(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct user u;
    if (!words->name && !words->email) {
        fputs("keylodge: user edit: --name or --email is needed\n", stderr);
        return EXIT_WORDS;
    }
    if (edit(cx, words, &u))
        return cli_fail(&cx->err);
    return tell_done(cx, words,
        words->email ? str_cstr(words->email) : u.email, "is changed");
}

int
cli_reset_link(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct val *v = val_map(cx->arena);
    struct str link;
    if (!cli_once_ready())
        return EXIT_FAILED;
    if (reset_link(cx, str_cstr(words->rest), &link))
        return cli_fail(&cx->err);
    val_put_str(v, "link", link);
    return cli_tell_once(cx, words, v, link, arena_fmt(cx->arena,
        "A link was made that nobody saw, and the older ones work no more. "
        "For another one run: keylodge reset-link %s", words->rest));
}
