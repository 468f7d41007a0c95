/* SPDX-License-Identifier: ISC */
#include "app/cgi.h"

#include "app/dispatch.h"
#include "base/log.h"
#include "core/denied.h"
#include "core/meter.h"
#include "core/touch.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

bool
cgi_asked(void)
{
    return getenv("GATEWAY_INTERFACE") && getenv("REQUEST_METHOD");
}

/* Copies: code of libraries may change the environment. */
static struct pairs
params_of(struct arena *a)
{
    struct pairs p = { NULL, 0 };
    size_t n = 0;
    while (environ[n])
        n++;
    p.items = arena_array(a, n, sizeof *p.items);
    for (size_t i = 0; i < n; i++) {
        struct str one = arena_fmt(a, "%s", environ[i]);
        (void)str_cut(one, '=', &p.items[p.n].name, &p.items[p.n].value);
        p.n++;
    }
    return p;
}

static struct str
read_body(struct arena *a, size_t n)
{
    char *p = arena_alloc(a, n + 1);
    size_t have = 0;
    while (have < n) {
        ssize_t got = read(STDIN_FILENO, p + have, n - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    return (struct str){ p, have };
}

/* What the answer does without.  Where both ways are one socket, as Apache's
 * mod_cgid makes them, bytes that nobody read reset it at the end, and the
 * answer with it; read before the answer, since a server may first send all of
 * the body.  Of an unknown length: to the end, which such a server makes. */
static void
pass_over_body(const struct worker *w, const struct pairs *params, size_t have)
{
    char piece[16 * 1024];
    size_t all;
    struct err err;
    err_init(&err, w->arena);
    if (req_content_length(params, SIZE_MAX, &all, &err))
        all = SIZE_MAX;
    while (have < all) {
        size_t rest = all - have;
        ssize_t got = read(STDIN_FILENO, piece,
            rest < sizeof piece ? rest : sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        have += (size_t)got;
    }
}

/* Writes all; who does not take it has gone. */
static void
put(struct str s)
{
    while (s.n) {
        ssize_t took = write(STDOUT_FILENO, s.p, s.n);
        if (took < 0 && errno == EINTR)
            continue;
        if (took <= 0)
            return;
        s = str_from(s, (size_t)took);
    }
}

static void
write_behind(struct worker *w)
{
    struct cx *cx = worker_shell(w);
    if (touch_flush(cx))
        log_note(LOG_WARN, "touch_flush",
            arena_cstr(w->arena, cx->err.detail));
    cx = worker_shell(w);
    if (denied_flush(cx, false))
        log_note(LOG_WARN, "denied_flush",
            arena_cstr(w->arena, cx->err.detail));
    cx = worker_shell(w);
    if (meter_sweep(cx))
        log_note(LOG_WARN, "meter_sweep",
            arena_cstr(w->arena, cx->err.detail));
}

enum err_code
cgi_serve(struct app *app, struct err *err)
{
    struct worker w;
    struct answer ans;
    struct arena *a = arena_new(16 * 1024);
    if (worker_open(&w, app, err) == ERR_OK) {
        struct pairs params = params_of(a);
        size_t n = dispatch_begin(&w, &params);
        struct str body = n ? read_body(w.arena, n) : (struct str){ NULL, 0 };
        dispatch_end(&w, n, body, &ans);
        pass_over_body(&w, &params, body.n);
        struct str head = dispatch_head(w.arena, &ans);
        put(head);
        put(ans.body);
        dispatch_log(&w, &ans);
        write_behind(&w);
    }
    worker_close(&w);
    arena_free(a);
    return err->code;
}
