/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE /* flock */
#include "app/send.h"

#include "api/event.h"
#include "app/carry.h"
#include "app/listen.h"
#include "app/reload.h"
#include "app/send_crew.h"
#include "base/clock.h"
#include "base/own.h"
#include "core/outbox.h"
#include "core/watch.h"
#include "core/webhook.h"
#include "text/mail.h"
#include "web/mail_words.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { LOOK_MS = 1000, END_MS = 4000, PROBLEM_MOST = 300 };

static volatile sig_atomic_t ending, anew;

static void
note_end(int sig)
{
    (void)sig;
    ending = 1;
}

static void
note_anew(int sig)
{
    (void)sig;
    anew = 1;
}

/* A reload inherits a mask that holds SIGHUP back: one that comes before there
 * is somebody to take it would end the process. */
static void
take_signals(bool loop)
{
    struct sigaction end = { .sa_handler = note_end };
    struct sigaction again = { .sa_handler = note_anew };
    sigset_t held;
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGHUP, loop ? &again : &end, NULL);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&held);
    sigaddset(&held, SIGHUP);
    must(sigprocmask(SIG_UNBLOCK, &held, NULL) == 0);
}

static void
hold_reloads(void)
{
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGHUP);
    must(sigprocmask(SIG_BLOCK, &held, NULL) == 0);
}

/* Has somebody asked to end, or to begin anew with settings that are good? */
static bool
is_over(const struct worker *w)
{
    if (anew && !ending) {
        anew = 0;
        if (reload_check_sender(w->app)) {
            hold_reloads();
            anew = 1;
        }
    }
    return ending || anew;
}

/* ---- one sender ---- */

/* *fd: -1 when another one is at work (and `wait` is false). */
static enum err_code
take_lock(struct worker *w, bool wait, int *fd, struct err *err)
{
    const char *path = arena_fmt(err->arena, "%s.send",
        w->app->config->db_path).p;
    *fd = own_open(path, O_RDWR, 0600, w->app->config->db_path);
    if (*fd < 0)
        return ERR(err, ERR_INVALID, "%s: %s", path, strerror(errno));
    while (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        if (wait && !is_over(w)) {
            (void)poll(NULL, 0, LOOK_MS);
            continue;
        }
        close(*fd);
        *fd = -1;
        break;
    }
    return ERR_OK;
}

/* ---- what a carrier is told ---- */

static struct val *
hook_job(struct cx *cx, const struct config *c, const struct outbox_job *j)
{
    struct val *v = val_map(cx->arena);
    struct str body = event_body(cx->arena, j->message.kind, j->facts);
    struct str signature;
    if (webhook_sign(cx, &j->hook, j->message.uuid, cx->now_s, body,
            &signature))
        return NULL;
    val_put_str(v, "url", j->hook.url);
    val_put_str(v, "id", j->message.uuid);
    val_put_fmt(v, "time", "%lld", (long long)cx->now_s);
    val_put_str(v, "signature", signature);
    val_put_str(v, "body", body);
    struct val *networks = val_put_list(v, "networks");
    for (size_t i = 0; i < c->hook_opened.n; i++)
        val_add_str(networks, c->hook_opened.items[i]);
    return v;
}

static struct val *
mail_job(struct cx *cx, const struct config *c, const struct outbox_job *j)
{
    struct val *v = val_map(cx->arena);
    if (!mail_address(j->message.recipient)) {
        ERR(&cx->err, ERR_INVALID, "This is no address that mail goes to");
        return NULL;
    }
    struct mail_words words = mail_words(cx->arena, j->message.kind,
        j->facts);
    struct mail m = { .from = str_cstr(c->mail_from),
        .to = j->message.recipient,
        .subject = words.subject,
        .body = words.body,
        .id = j->message.uuid,
        .at_s = j->message.made_s };
    val_put_str(v, "message", mail_write(cx->arena, &m));
    val_put_cstr(v, "from", c->mail_from);
    val_put_str(v, "to", m.to);
    val_put_str(v, "id", m.id);
    if (c->mail_command)
        val_put_cstr(v, "command", c->mail_command);
    if (c->mail_dir)
        val_put_cstr(v, "dir", c->mail_dir);
    if (c->mail_smtp_url && crew_smtp(cx->arena, c, v, &cx->err))
        return NULL;
    return v;
}

/* ---- one message ---- */

/* In a context of its own, as what went before may have left an error. */
static void
mark(struct worker *w, const struct outbox_job *job,
    const struct outbox_result *r)
{
    char kept[PROBLEM_MOST];
    struct outbox_result own = *r;
    own.problem = str_head(r->problem, sizeof kept);
    memcpy(kept, own.problem.n ? own.problem.p : "", own.problem.n);
    own.problem.p = kept;
    struct cx *cx = worker_shell(w);
    if (outbox_mark(cx, job, &own))
        log_note(LOG_WARN, "outbox_mark",
            arena_cstr(w->arena, cx->err.detail.n ? cx->err.detail
                                                  : cx->err.msg));
}

/* Give a carrier that is free the next message; false: there is none. */
static bool
give(struct worker *w, struct crew *crew, struct carrier *c)
{
    struct cx *cx = worker_shell(w);
    const struct config *config = w->app->config;
    struct outbox_job job;
    bool any;
    if (outbox_take(cx, c->way, &job, &any) || !any)
        return false;
    struct val *v = c->way == OUTBOX_HOOK ? hook_job(cx, config, &job)
                                          : mail_job(cx, config, &job);
    c->job = (struct outbox_job){ .message = {
        .id = job.message.id, .webhook_id = job.message.webhook_id,
        .tries = job.message.tries } };
    if (v && !crew_ready(crew, c, &cx->err) && crew_put(c, cx->arena, v))
        return true;
    /* a carrier that does not start is the operator's to mend: tried again */
    struct outbox_result r = { .final = !v && cx->err.code == ERR_INVALID,
        .problem = cx->err.code ? cx->err.msg
                                : STR("The sending process ended") };
    mark(w, &c->job, &r);
    return true;
}

static int64_t
int_of(const struct val *v, const char *name)
{
    const struct val *n = val_get_cstr(v, name);
    return n && n->type == VAL_INT ? n->u.i : 0;
}

/* A carrier has answered, or has died. */
static void
hear(struct worker *w, struct carrier *c)
{
    struct arena *a = arena_new(CARRY_MOST);
    struct val *v = crew_get(c, a);
    struct outbox_result r = { .problem = STR("The sending process ended") };
    if (v)
        r = (struct outbox_result){
            .ok = val_true(val_get_cstr(v, "ok")),
            .final = val_true(val_get_cstr(v, "final")),
            .status = int_of(v, "status"),
            .bytes = int_of(v, "bytes"),
            .took_ms = int_of(v, "took_ms"),
            .problem = val_text(val_get_cstr(v, "problem")),
        };
    if (!r.ok && !r.problem.n)
        r.problem = STR("It did not work");
    mark(w, &c->job, &r);
    arena_free(a);
}

/* ---- all of them ---- */

static bool
is_busy(const struct crew *crew)
{
    for (size_t i = 0; i < crew->n; i++)
        if (crew->items[i].busy)
            return true;
    return false;
}

/* Wait for answers, at most so long. */
static void
listen_to(struct worker *w, struct crew *crew, int most_ms)
{
    struct pollfd p[CREW_MOST];
    struct carrier *who[CREW_MOST];
    nfds_t n = 0;
    for (size_t i = 0; i < crew->n; i++)
        if (crew->items[i].busy) {
            who[n] = &crew->items[i];
            p[n++] = (struct pollfd){ .fd = crew->items[i].fd,
                .events = POLLIN };
        }
    if (poll(p, n, most_ms) <= 0)
        return;
    for (nfds_t i = 0; i < n; i++)
        if (p[i].revents)
            hear(w, who[i]);
}

/* Hand out what is due; false: nobody got anything. */
static bool
hand_out(struct worker *w, struct crew *crew)
{
    bool any = false;
    bool none[2] = { false, false };
    for (size_t i = 0; i < crew->n; i++) {
        struct carrier *c = &crew->items[i];
        if (c->busy || none[c->way])
            continue;
        if (give(w, crew, c))
            any = true;
        else
            none[c->way] = true;
    }
    return any;
}

static enum err_code
work(struct worker *w, struct crew *crew, bool loop, struct err *err)
{
    struct watch watch = { .minute_s = 0 };
    struct cx *cx = worker_shell(w);
    if (outbox_release(cx))
        return ERR(err, cx->err.code, "%.*s", STR_ARG(cx->err.msg));
    while (!is_over(w)) {
        cx = worker_shell(w);
        if (watch_some(cx, &watch))
            log_note(LOG_WARN, "watch",
                arena_cstr(w->arena, cx->err.detail));
        bool any = hand_out(w, crew);
        if (!any && !loop && !is_busy(crew))
            break;
        listen_to(w, crew, any ? 0 : LOOK_MS);
    }
    int64_t until_us = clock_mono_us() + END_MS * INT64_C(1000);
    while (is_busy(crew) && clock_mono_us() < until_us)
        listen_to(w, crew, 100);
    return ERR_OK;
}

/* With the lock: until it is over. */
static enum err_code
run(struct worker *w, bool loop, struct err *err)
{
    struct crew crew;
    int lock;
    if (take_lock(w, loop, &lock, err) || lock < 0)
        return err->code;
    if (loop)
        log_note(LOG_INFO, "sending", w->app->config->public_url);
    crew_begin(&crew, w->app->config, lock);
    enum err_code code = work(w, &crew, loop, err);
    crew_end(&crew);
    close(lock);
    return code;
}

enum err_code
send_run(struct worker *w, bool loop, struct err *err)
{
    take_signals(loop);
    listen_tell("READY=1");
    if (!run(w, loop, err) && anew && !ending) {
        reload_exec(STDIN_FILENO, -1, -1, false);
        ERR_FAULT(err, "starting anew: %s", strerror(errno));
    }
    return err->code;
}
