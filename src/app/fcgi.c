/* SPDX-License-Identifier: ISC */
#include "app/fcgi.h"

#include "app/dispatch.h"
#include "app/fcgi_peer.h"
#include "app/jobs.h"
#include "app/later.h"
#include "app/listen.h"
#include "app/reload.h"
#include "app/sandbox.h"
#include "app/turns.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/nap.h"
#include "core/audit.h"
#include "core/denied.h"
#include "core/meter.h"
#include "core/prune.h"
#include "core/rotation.h"
#include "core/rowseal.h"
#include "core/touch.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLUSH_MS = 1000, TIDY_MS = 100, ACCEPT_PAUSE_MS = 100,
    HEAPS_MOST = 4 };

/* What all threads share; one server in a process. */
struct server {
    struct app *app;
    _Atomic bool stopping;
    int stop; /* eventfd: readable from then on */
    struct turns turns; /* of the gate's threads */
    size_t n_threads;
    pthread_t threads[2 * THREADS_MOST + 1];
};

struct seat {
    struct server *server;
    int listen;
    bool brief; /* the gate: its requests are short, and take turns */
};

/* Wait until a connection may be accepted or the server ends.
 * EPOLLEXCLUSIVE: a connection wakes one thread, not all (with poll the
 * switching between them cost as much as the work). */
static void
wait_peer(int epoll)
{
    struct epoll_event e;
    while (epoll_wait(epoll, &e, 1, -1) < 0 && errno == EINTR)
        continue;
}

static int
make_epoll(const struct seat *seat)
{
    struct epoll_event listen = { .events = EPOLLIN | EPOLLEXCLUSIVE,
        .data.fd = seat->listen };
    struct epoll_event stop = { .events = EPOLLIN,
        .data.fd = seat->server->stop };
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    must(epoll >= 0 &&
        epoll_ctl(epoll, EPOLL_CTL_ADD, seat->listen, &listen) == 0 &&
        epoll_ctl(epoll, EPOLL_CTL_ADD, seat->server->stop, &stop) == 0);
    return epoll;
}

/* a: of the parameters, which must outlast the reset of the worker's own arena
 * at the start of the dispatch. */
static void
serve_one(struct worker *w, struct peer *p, const struct pairs *params,
    struct later *later)
{
    struct answer ans;
    struct str body = { NULL, 0 };
    if (later)
        later_begin(later, p);
    size_t n = dispatch_begin(w, params);
    char *room = n ? dispatch_room(w, n) : NULL;
    if (room)
        body = peer_body(p, room, n);
    dispatch_end(w, n, body, &ans);
    struct str head = dispatch_head(w->arena, &ans);
    if (later)
        later_answer(later, p, head, ans.body, w->cx.request_id);
    else
        peer_answer(p, head, ans.body);
    dispatch_log(w, &ans);
}

struct visit {
    const struct seat *seat;
    struct worker *w;
    struct peer *p;
    struct arena *a;
    struct later *later; /* of a thread of the gate */
};

/* All requests of one connection; mostly there is one. */
static void
serve_all(void *arg)
{
    const struct visit *v = arg;
    struct pairs params;
    bool on = true;
    while (on && peer_params(v->p, v->a, &params)) {
        serve_one(v->w, v->p, &params, v->later);
        on = peer_finish(v->p) && !atomic_load(&v->seat->server->stopping);
        arena_reset(v->a);
    }
}

static void
serve_peer(const struct visit *of)
{
    struct visit visit = *of;
    /* too little to read a request: the web server says so, or tries again */
    if (!memory_try(serve_all, &visit))
        log_note(LOG_ERROR, "connection_dropped", "memory ran out");
    peer_close(of->p);
    arena_reset(of->a);
    worker_reset(of->w);
}

/* What a thread of the gate gives back when it waits. */
struct brief {
    struct turns *turns;
    struct store *store;
    struct later *later;
};

static void
give_back(const struct brief *b)
{
    if (b->later)
        later_settle(b->later);
    store_rest(b->store);
}

/* A thread of the gate that sleeps, for whatever reason. */
static void
on_nap(void *arg, bool sleeps)
{
    const struct brief *b = arg;
    if (sleeps)
        give_back(b);
    turns_nap(b->turns, sleeps);
}

static void
be_brief(struct brief *b)
{
    b->later = malloc(sizeof *b->later);
    must(b->later != NULL);
    later_init(b->later, b->store);
    store_hold(b->store);
    turns_take(b->turns);
    nap_listen(on_nap, b);
}

/* Connections, one after the other, until the server ends. */
static void
seat_all(const struct visit *visit, const struct brief *b)
{
    const struct seat *seat = visit->seat;
    int epoll = make_epoll(seat);
    /* under load a connection is waiting already: look before waiting */
    while (!atomic_load(&seat->server->stopping)) {
        if (seat->brief && turns_napped()) {
            give_back(b);
            turns_renew(b->turns);
        }
        int code = peer_accept(visit->p, seat->listen);
        if (code == EAGAIN && b->later && later_waits(b->later)) {
            later_settle(b->later); /* and look again */
        } else if (code == EAGAIN) {
            store_rest(b->store);
            wait_peer(epoll);
        } else if (code == EMFILE || code == ENFILE) {
            give_back(b);
            log_note(LOG_ERROR, "accept", strerror(code));
            (void)poll(NULL, 0, ACCEPT_PAUSE_MS); /* the rest frees some */
        } else if (code == 0) {
            serve_peer(visit);
        }
        if (b->later && later_due(b->later))
            later_settle(b->later);
    }
    give_back(b);
    close(epoll);
}

static void *
serve_seat(void *arg)
{
    struct seat *seat = arg;
    struct worker w;
    struct arena *a = arena_new(16 * 1024);
    struct err err;
    struct peer *p = malloc(sizeof *p);
    must(p != NULL);
    peer_init(p, seat->server->stop);
    err_init(&err, a);
    if (worker_open(&w, seat->server->app, &err)) {
        struct str why = err.detail.n ? err.detail : err.msg;
        log_note(LOG_ERROR, "thread_failed", arena_cstr(a, why));
        _exit(1); /* better started anew than served by half */
    }
    struct brief brief = { &seat->server->turns, w.store, NULL };
    if (seat->brief)
        be_brief(&brief);
    struct visit visit = { seat, &w, p, a, brief.later };
    seat_all(&visit, &brief);
    free(brief.later);
    free(p);
    worker_close(&w);
    arena_free(a);
    return NULL;
}

struct chores {
    struct worker *w;
    struct prune pruned;
    struct seal_walk sealed;
    bool last; /* the server ends */
};

/* Writes "last used" stamps and refusals, closes reservations whose time is
 * over, signs the audit log when that is due, looks for broken seals, forgets
 * what is too old. */
static void
do_chores(void *arg)
{
    struct chores *c = arg;
    struct worker *w = c->w;
    struct cx *cx = worker_shell(w);
    job_end(cx, JOB_TOUCH, touch_flush(cx));
    cx = worker_shell(w);
    job_end(cx, JOB_DENIED, denied_flush(cx, c->last));
    cx = worker_shell(w);
    job_end(cx, JOB_SWEEP, meter_sweep(cx));
    cx = worker_shell(w);
    job_end(cx, JOB_ROTATION, rotation_sweep(cx));
    cx = worker_shell(w);
    job_end(cx, JOB_AUDIT, audit_sweep(cx));
    cx = worker_shell(w);
    job_end(cx, JOB_SEALS, seal_sweep(cx, &c->sealed));
    cx = worker_shell(w);
    job_end(cx, JOB_PRUNE, prune_some(cx, &c->pruned));
}

/* Once a second. */
static void *
serve_touches(void *arg)
{
    struct server *s = arg;
    struct worker w;
    struct arena *a = arena_new(4096);
    struct err err;
    struct chores c = { .w = &w };
    struct pollfd p = { .fd = s->stop, .events = POLLIN };
    err_init(&err, a);
    if (!worker_open(&w, s->app, &err)) {
        while (!c.last) {
            for (int i = 0; i < FLUSH_MS / TIDY_MS && !c.last; i++) {
                store_tidy(w.store); /* keeps the write-ahead log small */
                c.last = poll(&p, 1, TIDY_MS) > 0;
            }
            /* to systemd: this thread is not stuck, so the store is not */
            listen_tell("WATCHDOG=1");
            if (!memory_try(do_chores, &c)) {
                worker_reset(&w);
                log_note(LOG_ERROR, "chores", "memory ran out");
            }
        }
        worker_close(&w);
    }
    arena_free(a);
    return NULL;
}

bool
fcgi_stands_alone(const struct config *c)
{
    return c->console_socket || listen_inherited("console") >= 0;
}

static enum err_code
console_socket(const struct config *c, int *out, struct err *err)
{
    struct stat st;
    *out = STDIN_FILENO;
    /* who asked for this must not believe that it is so */
    if (getenv("FCGI_WEB_SERVER_ADDRS"))
        return ERR(err, ERR_INVALID,
            "FCGI_WEB_SERVER_ADDRS is set, and addresses of web servers are "
            "not checked here. Unset it, and use a unix socket.");
    int given = listen_inherited("console");
    if (given >= 0) {
        *out = given;
        return ERR_OK;
    }
    if (c->console_socket)
        return listen_at(c->console_socket, out, err);
    if (fstat(STDIN_FILENO, &st) == 0 && S_ISSOCK(st.st_mode))
        return ERR_OK;
    return ERR(err, ERR_INVALID,
        "Nothing to listen on: start this from a web server (FastCGI), or set "
        "[server] console_socket.");
}

static enum err_code
gate_socket(const struct config *c, int *out, struct err *err)
{
    *out = listen_inherited("gate");
    return *out < 0 && c->gate_socket ? listen_at(c->gate_socket, out, err)
                                      : ERR_OK;
}

static void
start(struct server *s, void *(*run)(void *), void *arg)
{
    must(pthread_create(&s->threads[s->n_threads], NULL, run, arg) == 0);
    s->n_threads++;
}

static void
not_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    must(flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
}

/* Until a signal says to end, or to begin anew with settings that are good. */
static int
wait_end(struct app *app, const sigset_t *ends)
{
    int which;
    do
        must(sigwait(ends, &which) == 0);
    while (which == SIGHUP && !reload_check(app));
    return which;
}

/* What systemd opened stays with systemd, and no call is refused. */
static void
remove_sockets(const struct config *c)
{
    bool own = reload_is_own();
    if (c->console_socket && (own || listen_inherited("console") < 0))
        listen_end(c->console_socket);
    if (c->gate_socket && (own || listen_inherited("gate") < 0))
        listen_end(c->gate_socket);
}

enum err_code
fcgi_serve(struct app *app, struct err *err)
{
    const struct config *c = app->config;
    struct server s = { .app = app };
    struct seat console = { .server = &s, .listen = -1 };
    struct seat gate = { .server = &s, .listen = -1, .brief = true };
    sigset_t ends;
    int which;
#ifdef M_ARENA_MAX
    /* of the C library: one for each thread would keep what each needed once */
    (void)mallopt(M_ARENA_MAX, HEAPS_MOST);
#endif
    if (console_socket(c, &console.listen, err) ||
        gate_socket(c, &gate.listen, err))
        return err->code;
    s.stop = eventfd(0, EFD_CLOEXEC);
    must(s.stop >= 0);
    /* only this thread takes signals; the others inherit the mask */
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGHUP);
    must(pthread_sigmask(SIG_BLOCK, &ends, NULL) == 0);
    signal(SIGPIPE, SIG_IGN);
    not_blocking(console.listen);
    if (!reload_is_second())
        sandbox_enter(c);
    for (int64_t i = 0; i < c->threads; i++)
        start(&s, serve_seat, &console);
    turns_init(&s.turns, turns_processors());
    if (gate.listen >= 0) {
        not_blocking(gate.listen);
        for (int64_t i = 0; i < c->gate_threads; i++)
            start(&s, serve_seat, &gate);
    }
    jobs_begin(clock_now_ms() / 1000);
    start(&s, serve_touches, &s);
    log_note(LOG_INFO, "serving", c->public_url);
    listen_tell("READY=1");
    which = wait_end(app, &ends);
    listen_tell(which == SIGHUP ? "RELOADING=1" : "STOPPING=1");
    uint64_t one = 1;
    atomic_store(&s.stopping, true);
    turns_end(&s.turns);
    must(write(s.stop, &one, sizeof one) == sizeof one);
    for (size_t i = 0; i < s.n_threads; i++)
        pthread_join(s.threads[i], NULL);
    close(s.stop);
    log_note(LOG_INFO, "stopped", strsignal(which));
    if (which == SIGHUP) {
        bool own = reload_is_own() || (listen_inherited("console") < 0 &&
            listen_inherited("gate") < 0);
        reload_exec(console.listen, gate.listen, app->lock, own);
        ERR_FAULT(err, "starting anew: %s", strerror(errno));
    }
    remove_sockets(c);
    return err->code;
}
