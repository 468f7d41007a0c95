/* SPDX-License-Identifier: ISC */
#include "stand.h"

#include "core/catalog.h"
#include "core/key.h"

#include <stdio.h>
#include <string.h>

static void
add_model(struct cx *cx, const char *name, int64_t price, char uuid[40])
{
    struct ai_model made;
    struct model_in form = { .name = str_cstr(name),
        .category = STR("chat"), .input_price = price,
        .output_price = price };
    OK(cx, model_add(cx, &form, &made));
    (void)snprintf(uuid, 40, "%.*s", STR_ARG(made.uuid));
}

void
stand_open(struct stand *st)
{
    struct str text;
    char uuid[40];
    struct key_in in = key_form("mia's");
    *st = (struct stand){ 0 };
    world_new(&st->w);
    seat_open(&st->s, &st->w);
    struct cx *cx = seat_as(&st->s, OWNER);
    /* prices hold from long ago */
    cx->now_s -= 1000 * (int64_t)86400;
    add_model(cx, "a/big", 1000000, st->big_uuid);
    add_model(cx, "a/free", 0, uuid);
    cx = seat_as(&st->s, MEMBER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &st->key));
    (void)snprintf(st->text, sizeof st->text, "%.*s", STR_ARG(text));
}

void
stand_close(struct stand *st)
{
    seat_close(&st->s);
    world_free(&st->w);
}

void
stand_limit(struct stand *st, struct str prefix, enum limit_counts counts,
    enum limit_period period, struct str model_uuid, int64_t amount,
    bool shadow)
{
    struct limit_in in = { .counts = (int)counts, .period = (int)period,
        .model = model_uuid, .shadow = shadow };
    if (amount >= 0)
        form_put(limit_fields, &in.set,
            counts == LIMIT_MONEY ? "budget" : "amount");
    in.amount = in.budget = amount;
    struct cx *cx = seat_as(&st->s, ADMIN);
    OK(cx, limit_set(cx, prefix, &in));
}

void
stand_ask(struct seat *s, const char *text, const char *model, int64_t in,
    int64_t out, struct decision *d)
{
    struct cx *cx = seat_nobody(s);
    struct call call = { .key = str_cstr(text), .model = str_cstr(model),
        .endpoint = STR("/v1/chat/completions"), .estimated = true,
        .input_tokens = in, .output_tokens = out };
    check_call(cx, &call, d);
}

struct report_result
stand_report(struct seat *s, struct str id, const char *prefix,
    const char *model, int64_t in, int64_t out, bool failed)
{
    struct report_in r = { .id = id, .key = str_cstr(prefix),
        .model = str_cstr(model), .outcome = failed, .input_tokens = in,
        .output_tokens = out };
    struct report_result result = { .state = REPORT_REFUSED };
    struct cx *cx = seat_nobody(s);
    cx->actor.kind = ACTOR_GATE;
    if (r.model.n)
        form_put(report_fields, &r.set, "model");
    if (in >= 0)
        form_put(report_fields, &r.set, "input_tokens");
    if (out >= 0)
        form_put(report_fields, &r.set, "output_tokens");
    err_init(&result.err, s->arena);
    OK(cx, report_usage(cx, &r, &result, 1));
    return result;
}

void
stand_spend_limit(struct stand *st, int64_t micro, enum spend_reset reset)
{
    struct key now_is;
    struct cx *cx = seat_as(&st->s, OWNER);
    OK(cx, key_get(cx, st->key.prefix, &now_is));
    struct key_in in = key_form("mia's");
    in.version = now_is.version;
    in.spend_limit = micro;
    in.spend_reset = (int)reset;
    if (micro >= 0)
        form_put(key_fields, &in.set, "spend_limit");
    form_put(key_fields, &in.set, "spend_reset");
    cx = seat_as(&st->s, OWNER);
    OK(cx, key_edit(cx, st->key.prefix, &in, &now_is));
}

#define SUMS(what, event)                                                    \
    { "hours of keys: " what, "SELECT (SELECT ifnull(sum(" what              \
        "), 0) FROM usage_hour WHERE key_id <> 0) - (SELECT ifnull(sum("     \
        event "), 0) FROM usage_event)" },                                   \
    { "hours of all: " what, "SELECT (SELECT ifnull(sum(" what               \
        "), 0) FROM usage_hour WHERE key_id = 0) - (SELECT ifnull(sum("      \
        event "), 0) FROM usage_event)" },                                   \
    { "days of keys: " what, "SELECT (SELECT ifnull(sum(" what               \
        "), 0) FROM usage_day WHERE key_id <> 0) - (SELECT ifnull(sum("      \
        event "), 0) FROM usage_event)" },                                   \
    { "days of all: " what, "SELECT (SELECT ifnull(sum(" what                \
        "), 0) FROM usage_day WHERE key_id = 0) - (SELECT ifnull(sum("       \
        event "), 0) FROM usage_event)" },                                   \
    { "weeks of keys: " what, "SELECT (SELECT ifnull(sum(" what              \
        "), 0) FROM usage_week WHERE key_id <> 0) - (SELECT ifnull(sum("     \
        event "), 0) FROM usage_event)" },                                   \
    { "weeks of all: " what, "SELECT (SELECT ifnull(sum(" what               \
        "), 0) FROM usage_week WHERE key_id = 0) - (SELECT ifnull(sum("      \
        event "), 0) FROM usage_event)" }

/* A statement that gives 0, or how far something is off. */
struct sum {
    const char *what, *sql;
};

static void
all_even(const struct world *w, const struct sum *rows, size_t n)
{
    int wrong = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t off = world_int(w, rows[i].sql);
        if (off == 0)
            continue;
        wrong++;
        fprintf(stderr, "%s: off by %lld\n", rows[i].what, (long long)off);
    }
    assert_int_equal(wrong, 0);
}

void
stand_even(const struct world *w)
{
    static const struct sum rows[] = {
        SUMS("cost_micro", "cost_micro"),
        SUMS("input_tokens", "input_tokens"),
        SUMS("output_tokens", "output_tokens"),
        SUMS("succeeded", "(outcome = 'succeeded') * calls"),
        SUMS("failed", "(outcome = 'failed') * calls"),
        SUMS("refused", "(outcome = 'refused') * calls"),
        { "reserved spending", "SELECT (SELECT ifnull(sum(reserved_micro), 0) "
            "FROM key_spend) - (SELECT ifnull(sum(cost_micro), 0) "
            "FROM reservation WHERE state = 'live' "
            "AND spend_start_s IS NOT NULL)" },
        { "spent without a reset", "SELECT count(*) FROM key_spend p "
            "JOIN api_key k ON k.id = p.key_id AND k.spend_reset = 'no_reset' "
            "AND k.spend_limit_micro IS NOT NULL "
            "WHERE p.start_s = 0 AND p.spent_micro <> (SELECT "
            "ifnull(sum(cost_micro), 0) FROM usage_event e "
            "WHERE e.key_id = p.key_id)" },
        { "reserved credits", "SELECT (SELECT sum(credits_reserved_micro) "
            "FROM workspace) - (SELECT ifnull(sum(cost_micro), 0) "
            "FROM reservation WHERE state = 'live' AND credits)" },
        { "ledger", "SELECT count(*) FROM workspace w WHERE credits_micro <> "
            "(SELECT sum(amount_micro) FROM credit_entry c "
            "WHERE c.workspace_id = w.id)" },
        { "reserved requests of days", "SELECT count(*) FROM limit_rule r "
            "JOIN limit_cell c ON c.rule_id = r.id "
            "WHERE r.counts = 'requests' AND r.period = 'day' "
            "AND r.model_id IS NULL AND c.reserved <> (SELECT count(*) "
            "FROM reservation v WHERE v.state = 'live' "
            "AND v.created_s / 86400 = c.start_s / 86400 "
            "AND ' ' || v.rules || ' ' LIKE '% ' || r.id || ' %')" },
        { "used requests of days", "SELECT count(*) FROM limit_rule r "
            "JOIN limit_cell c ON c.rule_id = r.id "
            "WHERE r.counts = 'requests' AND r.period = 'day' "
            "AND r.model_id IS NULL AND r.key_id IS NOT NULL "
            "AND c.used <> (SELECT count(*) "
            "FROM usage_event e WHERE e.key_id = r.key_id "
            "AND e.outcome <> 'refused' "
            "AND e.at_ms / 86400000 = c.start_s / 86400)" },
        { "negative cells", "SELECT count(*) FROM limit_cell "
            "WHERE used < 0 OR reserved < 0" },
    };
    all_even(w, rows, COUNT_OF(rows));
}

void
stand_ledger(const struct world *w)
{
    static const struct sum rows[] = {
        { "ledger as it is read", "SELECT count(*) FROM workspace w "
            "WHERE ifnull(credits_micro, 0) <> (SELECT "
            "ifnull(sum(amount_micro), 0) FROM credit_line l "
            "WHERE l.workspace_id = w.id)" },
        { "balances of the ledger", "SELECT count(*) FROM (SELECT "
            "balance_micro - amount_micro AS was, ifnull(lag(balance_micro) "
            "OVER (PARTITION BY workspace_id ORDER BY id), 0) AS before "
            "FROM credit_line) WHERE was <> before" },
        { "balances of the entries", "SELECT count(*) FROM (SELECT "
            "balance_micro - amount_micro AS was, ifnull(lag(balance_micro) "
            "OVER (PARTITION BY workspace_id ORDER BY id), 0) AS before "
            "FROM credit_entry) WHERE was <> before" },
        { "calls that were charged", "SELECT (SELECT ifnull(sum(calls), 0) "
            "FROM credit_line) - (SELECT count(DISTINCT reference) "
            "FROM credit_entry WHERE kind IN ('model_usage', 'refund') "
            "AND reference IN (SELECT event_id FROM usage_event))" },
    };
    all_even(w, rows, COUNT_OF(rows));
}
