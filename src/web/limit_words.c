/* SPDX-License-Identifier: ISC */
#include "web/limit_words.h"

#include "text/money.h"
#include "text/when.h"

#include <inttypes.h>

struct str
limit_amount(struct cx *cx, const struct limit *l, int64_t n)
{
    return l->counts == LIMIT_MONEY ? money_show(cx->arena, n)
                                    : count_show(cx->arena, n);
}

struct str
limit_title(struct cx *cx, const struct limit *l)
{
    struct arena *a = cx->arena;
    if (l->source == LIMIT_CREDITS)
        return STR("Credits");
    if (l->source == LIMIT_SPEND)
        return arena_fmt(a, "Spending limit: %.*s",
            STR_ARG(limit_words(a, l)));
    return limit_words(a, l);
}

struct str
limit_stop(struct cx *cx, const struct limit *l)
{
    if (l->shadow || !limit_over(l, 0))
        return STR("");
    if (l->source == LIMIT_CREDITS)
        return STR("Calls are refused until credits are added.");
    if (l->period == LIMIT_MINUTE && l->amount > 0)
        return STR("Calls are refused for some seconds.");
    if (!l->resets_s || l->amount == 0)
        return STR("Calls are refused until the limit is raised.");
    return arena_fmt(cx->arena, "Calls are refused until %.*s.",
        STR_ARG(when_long(cx->arena, l->resets_s)));
}

void
limit_resets(struct cx *cx, struct val *v, const struct limit *l)
{
    val_put_null(v, "resets_at");
    val_put_null(v, "resets_ago");
    if (l->source == LIMIT_CREDITS) {
        val_put_cstr(v, "resets", "When an owner adds credits");
    } else if (l->period == LIMIT_MINUTE) {
        val_put_cstr(v, "resets", "Bit by bit, over 60 seconds");
    } else if (!l->resets_s) {
        val_put_cstr(v, "resets", "Never");
    } else {
        val_put_str(v, "resets", when_long(cx->arena, l->resets_s));
        val_put_str(v, "resets_at", when_rfc3339(cx->arena, l->resets_s));
        int64_t days = (l->resets_s - cx->now_s) / DAY_S;
        if (days >= 7) /* when_ago gives a date again from there on */
            val_put_fmt(v, "resets_ago", "in %" PRId64 " days", days);
        else
            val_put_str(v, "resets_ago",
                when_ago(cx->arena, l->resets_s, cx->now_s));
    }
}

/* "At this pace it runs out on 24 Nov 2026.", of a day with the hour. */
static struct str
pace_words(struct cx *cx, const struct limit *l)
{
    struct arena *a = cx->arena;
    if (l->runs_out_s == 0)
        return STR("");
    if (l->runs_out_s < 0)
        return STR("At this pace it lasts until then.");
    struct str when = l->period == LIMIT_DAY ? when_long(a, l->runs_out_s)
                                             : when_date(a, l->runs_out_s);
    return arena_fmt(a, "At this pace it runs out on %.*s.", STR_ARG(when));
}

static void
put_used(struct cx *cx, struct val *row, const struct limit *l)
{
    struct arena *a = cx->arena;
    if (l->source == LIMIT_CREDITS) {
        val_put_fmt(row, "used", "%.*s left",
            STR_ARG(money_show(a, l->amount)));
        val_put_null(row, "meter");
    } else {
        val_put_fmt(row, "used", "%.*s of %.*s",
            STR_ARG(limit_amount(cx, l, l->used)),
            STR_ARG(limit_amount(cx, l, l->amount)));
        view_meter(row, "meter", l->used + l->reserved, l->amount);
    }
    if (l->reserved > 0)
        val_put_fmt(row, "held", "%.*s held by calls under way",
            STR_ARG(limit_amount(cx, l, l->reserved)));
    view_text_or_null(row, "pace", pace_words(cx, l));
    if (l->shadow)
        val_put_fmt(row, "shadow_words",
            "Would have refused %.*s in this period",
            STR_ARG(count_of(a, l->would_refuse, "call")));
}

void
limit_row(struct cx *cx, struct val *row, const struct limit *l, bool open)
{
    bool of_key = l->source == LIMIT_RULE_KEY || l->source == LIMIT_SPEND;
    val_put_str(row, "title", limit_title(cx, l));
    val_put_cstr(row, "where", of_key ? "this key" : "whole workspace");
    val_put_bool(row, "strictest", l->strictest);
    val_put_bool(row, "shadow", l->shadow);
    view_text_or_null(row, "stop", limit_stop(cx, l));
    limit_resets(cx, row, l);
    val_put_null(row, "used");
    val_put_null(row, "meter");
    val_put_null(row, "held");
    val_put_null(row, "pace");
    val_put_null(row, "shadow_words");
    if (open)
        put_used(cx, row, l);
}
