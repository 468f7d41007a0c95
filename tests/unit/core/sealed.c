/* SPDX-License-Identifier: ISC */
#include "sealed.h"

#include "core/account.h"
#include "core/limit.h"
#include "core/workspace.h"
#include "text/ip.h"

#include <stdio.h>
#include <string.h>

struct sealed its;

/* A key with everything that there is about a key. */
struct key_in
full_form(void)
{
    static struct str model, category = STR_INIT("chat"),
        endpoint = STR_INIT("/v1/chat/completions"),
        network = STR_INIT("10.0.0.0/8");
    struct key_in in = key_form("sealed");
    model = str_cstr(its.st.big_uuid);
    in.category_scope = in.model_scope = in.endpoint_scope =
        in.network_scope = 1;
    in.categories = (struct strs){ &category, 1 };
    in.models = (struct strs){ &model, 1 };
    in.endpoints = (struct strs){ &endpoint, 1 };
    in.networks = (struct strs){ &network, 1 };
    in.spend_limit = 900000000;
    form_put(key_fields, &in.set, "spend_limit");
    return in;
}

int
sealed_setup(void **state)
{
    (void)state;
    struct str made;
    struct key k;
    stand_open(&its.st);
    struct key_in in = full_form(), plain = key_form("plain");
    struct cx *cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &made, &k));
    (void)snprintf(its.text, sizeof its.text, "%.*s", STR_ARG(made));
    (void)snprintf(its.prefix, sizeof its.prefix, "%.*s", STR_ARG(k.prefix));
    cx = seat_as(&its.st.s, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &plain, &made, &k));
    (void)snprintf(its.other_text, sizeof its.other_text, "%.*s", STR_ARG(made));
    stand_limit(&its.st, str_cstr(its.prefix), LIMIT_REQUESTS, LIMIT_DAY, STR(""),
        1000000, false);
    stand_limit(&its.st, STR(""), LIMIT_MONEY, LIMIT_MONTH, STR(""),
        INT64_C(90000000000), false);
    return 0;
}

int
sealed_teardown(void **state)
{
    (void)state;
    stand_close(&its.st);
    return 0;
}

/* ---- asking ---- */

void
ask(const char *key, struct decision *d)
{
    struct cx *cx = seat_nobody(&its.st.s);
    struct call call = { .key = str_cstr(key), .model = STR("a/big"),
        .endpoint = STR("/v1/chat/completions"), .estimated = true,
        .address_text = STR("10.1.2.3"), .input_tokens = 10,
        .output_tokens = 10 };
    assert_true(ip_read(call.address_text, &call.address));
    check_call(cx, &call, d);
}

bool
holds(struct str s, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= s.n; i++)
        if (memcmp(s.p + i, part, n) == 0)
            return true;
    return false;
}

void
passes(void)
{
    struct decision d;
    ask(its.text, &d);
    if (d.reason)
        fail_msg("%.*s", STR_ARG(d.message));
}

void
broken(const char *key)
{
    struct decision d;
    ask(key, &d);
    if (d.reason != REASON_DISABLED_KEY ||
        !holds(d.message, "row seal broken"))
        fail_msg("%s: %.*s", reason_code(d.reason), STR_ARG(d.message));
}

bool
enters(enum who who)
{
    struct cx *cx = seat_nobody(&its.st.s);
    OK(cx, user_by_email(cx, who_email(who), &cx->actor.user));
    cx->actor.kind = ACTOR_USER;
    return workspace_enter(cx, STR("team")) == ERR_OK;
}

void
tamper(const char *sql)
{
    world_tamper(&its.st.w, sql);
}
