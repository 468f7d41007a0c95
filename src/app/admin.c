/* SPDX-License-Identifier: ISC */
#include "app/admin.h"

#include "app/app.h"
#include "app/exam.h"
#include "app/jobs.h"
#include "core/ready.h"
#include "web/admin.h"

/* A context of the web server is always part of a worker. */
static const struct config *
config_of(const struct cx *cx)
{
    const struct worker *w =
        (const void *)((const char *)cx - offsetof(struct worker, cx));
    return w->app->config;
}

/* What /readyz looks at, but for what has a check of its own here. */
static void
look_ready(struct exam *x, struct cx *cx)
{
    struct ready_state states[READY_COUNT];
    (void)ready_look(cx, states);
    bool answers = states[READY_STORE].good, fits = states[READY_SECRET].good;
    exam_note(x, answers ? EXAM_GOOD : EXAM_WRONG, "store",
        answers ? "it answers" : "it does not answer: the log says why");
    if (answers && !fits)
        exam_note(x, EXAM_WRONG, "master secret", "it is not the one that the "
            "rows of the database were sealed with, or somebody changed the "
            "mark of that. Run: keylodge doctor");
}

/* What the sandbox of the server hides. */
static void
tell_unseen(struct exam *x)
{
    exam_note(x, EXAM_UNSEEN, "every page of the database",
        "is read by: keylodge doctor");
    exam_note(x, EXAM_UNSEEN, "Authorization header",
        "whether the web server lets it through is asked by: keylodge doctor");
}

static void
look_jobs(struct exam *x, const struct job_state *jobs)
{
    for (size_t i = 0; i < JOB_COUNT; i++)
        if (jobs[i].failed_s > jobs[i].done_s)
            exam_note(x, EXAM_WRONG, "job",
                "\"%s\" fails: the log says why", jobs[i].words);
}

enum err_code
app_admin(struct cx *cx, const struct req *req, struct res *res)
{
    struct job_state states[JOB_COUNT];
    struct admin_job jobs[JOB_COUNT];
    struct admin_health h = { .jobs = jobs, .n_jobs = JOB_COUNT };
    struct exam x;
    exam_begin(&x, cx->arena, config_of(cx), true);
    h.began_s = jobs_look(states);
    for (size_t i = 0; i < JOB_COUNT; i++)
        jobs[i] = (struct admin_job){ states[i].words, states[i].done_s,
            states[i].failed_s };
    look_ready(&x, cx);
    exam_address(&x);
    exam_files(&x);
    exam_disk(&x);
    exam_way(&x);
    exam_records(&x, cx);
    exam_seals(&x, cx);
    look_jobs(&x, states);
    exam_engine(&x);
    tell_unseen(&x);
    h.findings = x.list;
    return web_admin(cx, req, res, &h);
}

static size_t
fill_settings(struct cx *cx, struct admin_line *lines, size_t most)
{
    struct config_row row;
    size_t n = 0;
    while (n < most && config_row(cx->arena, config_of(cx), n, &row)) {
        lines[n++] = (struct admin_line){
            str_cstr(row.section), str_cstr(row.key), row.value, row.where ? str_cstr(row.where) : STR("built in") };
    }
    return n;
}

enum err_code
app_admin_about(struct cx *cx, const struct req *req, struct res *res)
{
    enum { SETTINGS_MOST = 64 };
    struct arena *a = cx->arena;
    const char *fault = db_engine_fault();
    const struct admin_line parts[] = {
        { .name = STR("Keylodge"), .value = STR(PACKAGE_VERSION) },
        { .name = STR("Database schema"),
            .value = arena_fmt(a, "%d", db_schema_version()) },
        { .name = STR("SQLite"), .value = str_cstr(db_engine()),
            .note = fault ? str_cstr(fault) : STR("no known fault") },
        { .name = STR("libsodium"), .value = str_cstr(secret_engine()) },
        { .name = STR("Compiler"), .value = STR(__VERSION__) },
    };
    struct admin_about about = { .parts = parts, .n_parts = COUNT_OF(parts) };
    struct admin_line *settings =
        arena_array(a, SETTINGS_MOST, sizeof *settings);
    about.settings = settings;
    about.n_settings = fill_settings(cx, settings, SETTINGS_MOST);
    about.public_key =
        str_trim(public_key_show(a, signer_public(cx->signer)));
    return web_admin_about(cx, req, res, &about);
}
