/* SPDX-License-Identifier: ISC */
/* What every rule said to a refused call: all rules, in their order, with the
 * right state; limits with their numbers; and no key in it. */
#include "stand.h"

#include "base/attr.h"
#include "core/key.h"
#include "core/trace.h"
#include "text/json.h"

#include <stdio.h>
#include <string.h>

static struct stand st;

static int
setup(void **state)
{
    (void)state;
    stand_open(&st);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    stand_close(&st);
    return 0;
}

/* Ask, and read the trace of the answer. */
static const struct val *
traced(const struct call *c, struct decision *d)
{
    struct val *v;
    struct cx *cx = seat_nobody(&st.s);
    check_call(cx, c, d);
    assert_true(d->reason != REASON_ALLOWED);
    struct str text = trace_write(cx, c, d);
    assert_int_equal(cx->err.code, ERR_OK);
    OK(cx, json_read(st.s.arena, text, &v, &cx->err));
    assert_int_equal(v->type, VAL_LIST);
    return v;
}

static struct call
call_of(const char *model)
{
    return (struct call){ .key = str_cstr(st.text), .model = str_cstr(model),
        .endpoint = STR("/v1/chat/completions"),
        .address_text = STR("192.0.2.7"), .estimated = true,
        .input_tokens = 30, .output_tokens = 20 };
}

/* One letter for the state of each row. */
static const char *
states(const struct val *list)
{
    static char out[64];
    size_t n = 0;
    for (size_t i = 0; i < list->u.list.n && n < sizeof out - 1; i++) {
        struct str s =
            val_text(val_get_cstr(list->u.list.items[i], "state"));
        out[n++] = str_is(s, "passed") ? 'p'
            : str_is(s, "refused")     ? 'R'
            : str_is(s, "over")        ? 'o'
            : str_is(s, "would_refuse") ? 'w'
            : str_is(s, "not_reached") ? '-'
                                       : '?';
    }
    out[n] = '\0';
    return out;
}

/* Each rule refuses in its turn: those before it passed, those after it were
 * not asked. */
static void
test_rules(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *back;
        enum rule rule;
        const char *states;
    } rows[] = {
        { "UPDATE api_key SET revoked_s = 5", "revoked_s = NULL",
            RULE_REVOKED, "pR---------" },
        { "UPDATE api_key SET expires_s = 5", "expires_s = NULL",
            RULE_EXPIRY, "ppR--------" },
        { "UPDATE api_key SET disabled_s = 5", "disabled_s = NULL",
            RULE_DISABLED, "pppR-------" },
        { "UPDATE api_key SET all_networks = 0", "all_networks = 1",
            RULE_NETWORK, "ppppppR----" },
        { "UPDATE api_key SET all_endpoints = 0", "all_endpoints = 1",
            RULE_ENDPOINT, "pppppppR---" },
        { "UPDATE api_key SET all_models = 0", "all_models = 1",
            RULE_MODEL, "pppppppppR-" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct decision d;
        struct call c = call_of("a/big");
        char back[100];
        world_exec(&st.w, rows[i].sql);
        const struct val *list = traced(&c, &d);
        if (d.rule != rows[i].rule || strcmp(states(list), rows[i].states))
            fail_msg("%s: rule %d, %s", rows[i].sql, (int)d.rule,
                states(list));
        for (size_t r = 0; r < list->u.list.n; r++)
            assert_true(str_is(val_text(val_get_cstr(
                list->u.list.items[r], "rule")),
                trace_rule_name((enum rule)r)));
        (void)snprintf(back, sizeof back, "UPDATE api_key SET %s",
            rows[i].back);
        world_exec(&st.w, back);
    }
    world_exec(&st.w, "UPDATE workspace SET frozen_s = 5, frozen_why = 'x'");
    struct decision d;
    struct call c = call_of("a/big");
    assert_string_equal(states(traced(&c, &d)), "ppppR------");
}

static int64_t
member(const struct val *row, const char *name)
{
    const struct val *v = val_get_cstr(row, name);
    assert_non_null(v);
    assert_int_equal(v->type, VAL_INT);
    return v->u.i;
}

/* All limits are told: the one that refused, one that would have refused too,
 * a shadow limit, one with room. */
static void
test_limits(void **state)
{
    (void)state;
    struct decision d;
    struct call c = call_of("a/big");
    stand_limit(&st, st.key.prefix, LIMIT_REQUESTS, LIMIT_MINUTE, STR(""),
        100, false);
    stand_limit(&st, st.key.prefix, LIMIT_INPUT, LIMIT_MINUTE, STR(""), 20,
        true);
    stand_limit(&st, st.key.prefix, LIMIT_TOTAL, LIMIT_DAY, STR(""), 49,
        false);
    stand_limit(&st, STR(""), LIMIT_MONEY, LIMIT_MONTH, STR(""), 0, false);
    const struct val *list = traced(&c, &d);
    assert_int_equal(d.reason, REASON_RATE);
    /* ten rules, then the four limits in the order in which they are asked */
    assert_string_equal(states(list), "pppppppppppwRo");
    const struct val *hit = list->u.list.items[list->u.list.n - 2];
    assert_int_equal(member(hit, "amount"), 49);
    assert_int_equal(member(hit, "used"), 0);
    assert_int_equal(member(hit, "reserved"), 0);
    assert_int_equal(member(hit, "need"), 50);
    assert_int_equal(member(hit, "opens_s"), 0); /* it never fits */
    assert_true(str_is(val_text(val_get_cstr(hit, "counts")), "total"));
    /* nothing was used up by the refusal */
    assert_int_equal(world_int(&st.w, "SELECT ifnull(sum(used + reserved), 0) "
        "FROM limit_cell"), 0);
}

static bool
holds(struct str s, const char *part)
{
    return strstr(arena_cstr(st.s.arena, s), part) != NULL;
}

static void
test_names(void **state)
{
    (void)state;
    char text[120];
    assert_int_equal(trace_name(STR("openai/gpt-5")).n, 12);
    (void)snprintf(text, sizeof text, "a model %s", st.text);
    assert_false(holds(trace_name(str_cstr(text)), st.text));
    assert_true(str_starts(trace_name(str_cstr(text)), STR("(left out")));
    assert_int_equal(trace_name(STR("a\nb")).n, 0);
    assert_int_equal(trace_name(STR("\xff")).n, 0);
    /* a whole key as the model is in no trace */
    struct decision d;
    struct call c = call_of(st.text);
    struct cx *cx = seat_nobody(&st.s);
    world_exec(&st.w, "UPDATE api_key SET all_models = 0");
    check_call(cx, &c, &d);
    assert_int_equal(d.reason, REASON_MODEL);
    assert_false(holds(trace_write(cx, &c, &d), st.text + 13));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = { T(test_rules), T(test_limits),
        T(test_names) };
    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
