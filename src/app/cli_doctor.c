/* SPDX-License-Identifier: ISC */
/* "doctor": what an operator would look at, looked at (app/exam.h), and what
 * only the shell can see: the whole database file, and the web server. */
#include "app/cli_command.h"
#include "app/exam.h"
#include "app/prefix.h"
#include "app/send_crew.h"
#include "core/rowseal.h"
#include "store/copy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const int64_t MIB = 1024 * 1024;

static void
look_seals(struct exam *x, struct cx *cx)
{
    int64_t rows, broken;
    if (seal_secret(cx, x->c->master))
        exam_note(x, EXAM_WRONG, "master secret", "%.*s",
            STR_ARG(cx->err.msg));
    else if (seal_count(cx, &rows, &broken))
        exam_note(x, EXAM_WRONG, "row seals", "%.*s", STR_ARG(cx->err.msg));
    else if (broken)
        exam_note(x, EXAM_WRONG, "row seals", "%" PRId64 " of %" PRId64
            " keys, workspaces and accounts were changed outside of Keylodge, "
            "and are refused. Find out who can write the database, and see "
            "what was changed: keylodge reseal", broken, rows);
    else
        exam_note(x, EXAM_GOOD, "row seals", "%" PRId64 " keys, workspaces "
            "and accounts are as Keylodge left them", rows);
}

/* What stands in the store, by a worker of its own. */
static void
look_inside(struct exam *x, struct err *err)
{
    struct config c = *x->c;
    struct app app = { 0 };
    struct worker w = { 0 };
    if (app_open(&app, &c, APP_STORE | APP_READ, false, err) ||
        worker_open(&w, &app, err))
        exam_note(x, EXAM_WRONG, "store", "%.*s", STR_ARG(err->msg));
    else {
        exam_records(x, worker_shell(&w));
        look_seals(x, worker_shell(&w));
    }
    worker_close(&w);
    app_close(&app);
}

static void
look_store(struct exam *x, struct err *err)
{
    struct db_look file;
    if (db_look(x->c->db_path, &file, err)) {
        exam_note(x, EXAM_WRONG, "database", "%.*s", STR_ARG(err->msg));
        return;
    }
    if (file.fault.n)
        exam_note(x, EXAM_WRONG, "database", "it is damaged (%.*s). Restore a "
            "backup", STR_ARG(file.fault));
    else if (file.schema != db_schema_version())
        exam_note(x, EXAM_WARNING, "database", "schema %d, this program has "
            "%d: keylodge migrate, or the start of the server, brings it up to "
            "date", file.schema,
            db_schema_version());
    else
        exam_note(x, EXAM_GOOD, "database", "schema %d, %" PRId64
            " MiB, whole", file.schema, file.bytes / MIB);
    if (!file.fault.n && file.schema == db_schema_version())
        look_inside(x, err);
}

/* ---- from outside ---- */

static bool
holds(struct str text, const char *part)
{
    struct str want = str_cstr(part);
    for (size_t i = 0; i + want.n <= text.n; i++)
        if (memcmp(text.p + i, want.p, want.n) == 0)
            return true;
    return false;
}

/* A key that is none, sent as programs send one: when the answer says that
 * none came, the web server keeps the header to itself, which it may do at one
 * path and not at another.  other: how bad it is when something else answers.
 * Returns whether anything did. */
static bool
look_at(struct exam *x, const char *what, const char *url,
    enum exam_state other, const char *other_says, struct err *err)
{
    struct val *said = crew_look(x->arena, url, err);
    if (!said) {
        exam_note(x, EXAM_WARNING, what, "it could not be asked: %.*s",
            STR_ARG(err->msg));
        return false;
    }
    struct str text = val_text(val_get_cstr(said, "problem"));
    bool answers = val_true(val_get_cstr(said, "ok"));
    if (!answers)
        exam_note(x, EXAM_WRONG, what, "%s does not answer: %.*s", url,
            STR_ARG(text));
    else if (holds(text, "missing_api_key"))
        exam_note(x, EXAM_WRONG, what, "the web server keeps the Authorization "
            "header to itself: every call of %s is refused. Compare its "
            "settings with: keylodge print-config SERVER", url);
    else if (!holds(text, "invalid_api_key"))
        exam_note(x, other, what, "%s is answered by something else%s", url,
            other_says);
    else
        exam_note(x, EXAM_GOOD, what, "%s answers, and the Authorization "
            "header arrives", url);
    return answers;
}

/* The console, and the path that the gate guards: that one begins at the host,
 * also when the console lies below a prefix.  Not everybody has calls come
 * there, so something else may be right. */
static void
look_web(struct exam *x, struct err *err)
{
    struct str site = str_cstr(x->c->public_url);
    site = str_head(site, site.n - prefix_of(site).n);
    if (look_at(x, "web server",
            exam_path(x, x->c->public_url, "/v1/workspace"), EXAM_WRONG, "",
            err))
        look_at(x, "gate", arena_cstr(x->arena, arena_fmt(x->arena,
            "%.*s%s/v1/models", STR_ARG(site), x->c->gate_prefix)),
            EXAM_WARNING, ". If calls are to come there, nobody guards it: "
            "compare the settings of the web server with: keylodge "
            "print-config SERVER", err);
}

/* As the sender would, up to where it would name somebody. */
static void
look_mail_server(struct exam *x, struct err *err)
{
    const char *url = x->c->mail_smtp_url;
    if (!url)
        return;
    struct val *said = crew_greet(x->arena, x->c, err);
    if (!said)
        exam_note(x, EXAM_WRONG, "mail server", "%s could not be asked: %.*s",
            url, STR_ARG(err->msg));
    else if (!val_true(val_get_cstr(said, "ok")))
        exam_note(x, EXAM_WRONG, "mail server", "%s does not take mail: %.*s. "
            "Look at [mail], and at that server", url,
            STR_ARG(val_text(val_get_cstr(said, "problem"))));
    else
        exam_note(x, EXAM_GOOD, "mail server", "%s answers%s", url,
            x->c->mail_smtp_password ? ", and takes the password" : "");
}

static void
print(const struct exam *x)
{
    static const struct {
        const char *state, *shown;
    } marks[] = { { "ok", "ok     " }, { "warning", "WARNING" },
        { "wrong", "WRONG  " } };
    for (size_t i = 0; i < x->list->u.list.n; i++) {
        const struct val *one = x->list->u.list.items[i];
        struct str state = val_text(val_get_cstr(one, "state"));
        for (size_t m = 0; m < COUNT_OF(marks); m++)
            if (str_is(state, marks[m].state))
                printf("%s %.*s: %.*s\n", marks[m].shown,
                    STR_ARG(val_text(val_get_cstr(one, "what"))),
                    STR_ARG(val_text(val_get_cstr(one, "says"))));
    }
}

/* As a start would: all that came with this program are there, and good. */
static void
look_faces(struct exam *x, struct err *err)
{
    if (app_try_faces(x->c, err))
        exam_note(x, EXAM_WRONG, "templates", "%.*s", STR_ARG(err->msg));
    else
        exam_note(x, EXAM_GOOD, "templates", "all are there, in %s",
            x->c->templates);
}

int
cli_doctor(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct exam x;
    exam_begin(&x, cx->arena, w->app->config, false);
    exam_address(&x);
    exam_files(&x);
    look_faces(&x, &cx->err);
    err_init(&cx->err, cx->arena);
    exam_disk(&x);
    exam_way(&x);
    look_mail_server(&x, &cx->err);
    err_init(&cx->err, cx->arena);
    look_store(&x, &cx->err);
    err_init(&cx->err, cx->arena);
    exam_engine(&x);
    look_web(&x, &cx->err);
    if (words->json)
        cli_print_json(cx, x.list);
    else
        print(&x);
    return x.worst == EXAM_WRONG ? EXIT_FAILED : EXIT_DONE;
}
