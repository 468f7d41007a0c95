/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* memmem */
#include "ways.h"

#include "base/clock.h"
#include "text/url.h"

#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>

/* What stands in a page between two texts; empty when it does not. */
static struct str
between(const struct reply *r, struct str from, const char *to)
{
    const char *at = r->body.n
        ? memmem(r->body.p, r->body.n, from.p, from.n)
        : NULL;
    if (!at)
        return (struct str){ NULL, 0 };
    at += from.n;
    size_t left = r->body.n - (size_t)(at - r->body.p);
    const char *end = memmem(at, left, to, strlen(to));
    assert_non_null(end);
    return (struct str){ at, (size_t)(end - at) };
}

struct str
page_hidden(struct world *w, const struct reply *r, const char *name)
{
    return between(r, arena_fmt(w->arena, "name=\"%s\" value=\"", name), "\"");
}

bool
take_session(struct world *w, enum who who, const struct reply *r)
{
    bool taken = false;
    for (size_t i = 0; i < r->headers.n; i++) {
        struct str v = r->headers.items[i].value, rest;
        if (!str_eq_nocase(r->headers.items[i].name, STR("Set-Cookie")) ||
            !str_starts(v, STR("s=")))
            continue;
        (void)str_cut(str_from(v, 2), ';', &v, &rest);
        w->session[who] = arena_dup(w->keep, v);
        taken = true;
    }
    return taken;
}

bool
lets_in(struct world *w, enum who who, struct str session)
{
    struct str own = w->session[who];
    w->session[who] = session;
    struct reply r = req_get(w, who, "/account");
    w->session[who] = own;
    assert_true(r.status == 200 || r.status == 303);
    return r.status == 200;
}

struct str
code_at(struct world *w, const struct codes *c, int64_t s)
{
    char code[TOTP_DIGITS + 1];
    totp_code((struct str){ c->seed, sizeof c->seed }, s / TOTP_STEP_S, code);
    return arena_dup(w->arena, str_cstr(code));
}

void
codes_read(const struct reply *r, struct codes *c)
{
    char *seed = NULL;
    size_t n = 0;
    struct str shown = between(r, STR("<code id=\"secret\">"), "<");
    assert_int_equal(oath_base32_decode(shown.p, shown.n, &seed, &n),
        OATH_OK);
    assert_int_equal(n, sizeof c->seed);
    memcpy(c->seed, seed, n);
    free(seed);
}

static void
read_recovery(struct world *w, const struct reply *r, struct codes *c)
{
    struct str shown = between(r, STR("<pre id=\"codes\" data-secret>"),
        "</pre>");
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        struct str line;
        assert_true(str_cut(shown, '\n', &line, &shown));
        assert_int_equal(line.n, 24 + 5);
        c->recovery[i] = arena_dup(w->keep, line);
    }
    assert_int_equal(shown.n, 0);
}

void
codes_on(struct world *w, enum who who, struct codes *c)
{
    struct reply r = req_post(w, who, "/account/security/codes", STR(""));
    assert_int_equal(r.status, 303);
    r = req_get(w, who, "/account/security/codes");
    assert_int_equal(r.status, 200);
    codes_read(&r, c);
    struct str code = code_at(w, c, clock_now_ms() / 1000);
    r = req_post(w, who, "/account/security/codes/on",
        arena_fmt(w->arena, "code=%.*s", STR_ARG(code)));
    assert_int_equal(r.status, 200);
    assert_true(take_session(w, who, &r));
    read_recovery(w, &r, c);
}

struct reply
first_step(struct world *w, enum who who)
{
    struct buf b;
    buf_init(&b, w->arena, BUF_MAX_FIELD);
    buf_cstr(&b, "email=");
    url_encode(&b, who_email(who));
    buf_cstr(&b, "&password=correct+horse+battery&next=/account");
    return req_post(w, NOBODY, "/sign-in", buf_view(&b));
}

struct reply
second_step(struct world *w, struct str step, struct str code)
{
    struct buf b;
    buf_init(&b, w->arena, BUF_MAX_FIELD);
    buf_cstr(&b, "step=");
    url_encode(&b, step);
    buf_cstr(&b, "&code=");
    url_encode(&b, code);
    return req_post(w, NOBODY, "/sign-in/code", buf_view(&b));
}
