/* SPDX-License-Identifier: ISC */
/* The first page of a workspace: how it goes, and what to do next. */
#include "web/pages.h"

#include "core/access.h"
#include "core/audit.h"
#include "core/factor.h"
#include "core/key.h"
#include "core/limit.h"
#include "core/rowseal.h"
#include "core/usage.h"
#include "core/workspace.h"
#include "text/money.h"
#include "text/when.h"
#include "web/advice_words.h"
#include "web/audit_words.h"
#include "web/chart.h"
#include "web/key_words.h"
#include "web/limit_words.h"
#include "web/view.h"

#include <inttypes.h>

enum { CHART_DAYS = 30, CARE_LINES = 6, AUDIT_LINES = 5,
    ADVICE_LINES = 5 };

static int64_t
calls(const struct usage_sum *s)
{
    return s->refused + s->failed + s->succeeded;
}

/* ---- figures ---- */

/* "0.6 % failed or refused" */
static struct str
bad_words(struct cx *cx, const struct usage_sum *s)
{
    int64_t all = calls(s), bad = s->refused + s->failed;
    if (all == 0)
        return STR("");
    if (bad == 0)
        return STR("none failed or refused");
    int64_t per_mille = (int64_t)((double)bad * 1000 / (double)all + 0.5);
    if (per_mille == 0)
        return STR("less than 0.1 % failed or refused");
    return arena_fmt(cx->arena, "%" PRId64 ".%" PRId64
        " %% failed or refused", per_mille / 10, per_mille % 10);
}

static struct str
usage_since(struct cx *cx, int64_t from_s)
{
    return arena_fmt(cx->arena, "%.*s?from=%.*s&to=%.*s",
        STR_ARG(view_path(cx, "/usage")),
        STR_ARG(when_iso_date(cx->arena, from_s)),
        STR_ARG(when_iso_date(cx->arena, cx->now_s)));
}

/* The spend of this month, of the month's budget where there is one; those who
 * see only their own spending see no part of it. */
static void
put_spend(struct cx *cx, struct val *tiles, const struct usage_overview *o,
    const struct limits *all)
{
    struct arena *a = cx->arena;
    const struct limit *budget = NULL;
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].period == LIMIT_MONTH && !all->items[i].shadow)
            budget = &all->items[i];
    if (!access_has(cx, RIGHT_USAGE_ALL))
        budget = NULL;
    view_tile(tiles, "Spend this month", money_show(a, o->month.cost),
        budget ? arena_fmt(a, "of %.*s",
                     STR_ARG(money_show(a, budget->amount)))
               : STR(""),
        usage_since(cx, when_month_start(cx->now_s)));
    if (budget)
        view_meter(tiles->u.list.items[tiles->u.list.n - 1], "meter",
            o->month.cost, budget->amount);
}

static void
put_tiles(struct cx *cx, struct val *view, const struct usage_overview *o,
    const struct key_counts *keys, const struct limits *limits)
{
    struct arena *a = cx->arena;
    struct val *tiles = val_put_list(view, "tiles");
    put_spend(cx, tiles, o, limits);
    view_tile(tiles, "Requests today", count_show(a, calls(&o->today)),
        bad_words(cx, &o->today), usage_since(cx, cx->now_s));
    view_tile(tiles, "Active keys", count_show(a, o->n_active),
        arena_fmt(a, "of %.*s", STR_ARG(count_show(a, keys->most))),
        view_path(cx, "/keys"));
    view_tile(tiles, "Need attention", count_show(a, o->n_care),
        o->n_care == 1 ? STR("key") : STR("keys"), STR("#care"));
}

static enum err_code
put_chart(struct cx *cx, struct val *view)
{
    struct usage_rows rows;
    struct usage_range days = usage_days(cx, CHART_DAYS);
    if (usage_series(cx, days, USAGE_DAY, USAGE_BY_MODEL, 0, CHART_SERIES,
            &rows))
        return cx->err.code;
    struct chart_in chart = { .id = "spend", .range = days,
        .bucket = USAGE_DAY, .rows = &rows, .limit = -1 };
    chart_put(cx->arena, view, "chart", &chart);
    return ERR_OK;
}

/* ---- what refuses every call ---- */

/* "The budget of $500.00 per month is used up, since 21 Nov 2026, between
 * 14:00 and 15:00 UTC.  Calls are refused until ...  Raise it under Limits." */
static enum err_code
put_stopped(struct cx *cx, struct val *view, const struct limits *all)
{
    struct arena *a = cx->arena;
    const struct limit *over = NULL;
    struct str since = STR("");
    int64_t hour;
    bool may = access_has(cx, RIGHT_LIMITS);
    val_put_null(view, "stopped");
    for (size_t i = 0; i < all->n && !over; i++)
        if (limit_stop(cx, &all->items[i]).n)
            over = &all->items[i];
    if (!over)
        return ERR_OK;
    if (over->source == LIMIT_CREDITS) {
        val_put_fmt(view, "stopped", "The credits of this workspace are used "
            "up. %.*s%s", STR_ARG(limit_stop(cx, over)),
            access_has(cx, RIGHT_CREDITS) ? "" : " Ask an owner.");
        return ERR_OK;
    }
    if (limit_spent_hour(cx, over, &hour))
        return cx->err.code;
    if (hour)
        since = arena_fmt(a, " It was reached in the hour that began on "
            "%.*s.", STR_ARG(when_long(a, hour)));
    val_put_fmt(view, "stopped", "The budget of %.*s is used up.%.*s %.*s %s",
        STR_ARG(limit_words(a, over)), STR_ARG(since),
        STR_ARG(limit_stop(cx, over)),
        may ? "To let calls through before, raise it under Limits."
            : "Ask an owner or admin to raise it.");
    return ERR_OK;
}

/* ---- what needs attention ---- */

/* Budgets of the workspace that are nearly used up; who sees only their own
 * usage is told when it is too late. */
static void
put_near(struct cx *cx, struct val *list, const struct limits *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct limit *l = &all->items[i];
        int64_t used = l->used + l->reserved;
        if (l->source != LIMIT_RULE_WORKSPACE || l->shadow ||
            l->amount == 0 || used < l->amount / 100 * CARE_LIMIT_PERCENT ||
            !access_has(cx, RIGHT_USAGE_ALL))
            continue;
        struct val *row = val_add_map(list);
        bool over = used >= l->amount;
        val_put_str(row, "name", limit_title(cx, l));
        val_put_str(row, "href", view_path(cx, "/limits"));
        val_put_cstr(row, "badge_class", over ? "bad" : "warn");
        if (over)
            val_put_cstr(row, "badge", "Used up");
        else
            val_put_fmt(row, "badge", "%d %% used",
                (int)((double)used * 100 / (double)l->amount));
        val_put_fmt(row, "words", "Budget of the workspace: %.*s of %.*s",
            STR_ARG(limit_amount(cx, l, used)),
            STR_ARG(limit_amount(cx, l, l->amount)));
    }
}

/* Not for those who cannot invite, and not where nobody can be. */
static enum err_code
team_step(struct cx *cx, bool *wanted, bool *done)
{
    struct member *members;
    size_t n;
    *wanted = access_has(cx, RIGHT_MEMBER_EDIT) && !cx->ws.personal;
    *done = true;
    if (!*wanted)
        return ERR_OK;
    if (member_names(cx, &members, &n))
        return cx->err.code;
    *done = n > 1;
    return ERR_OK;
}

static void
care_line(struct val *list, const char *name, struct str href,
    const char *badge, struct str words)
{
    struct val *row = val_add_map(list);
    val_put_cstr(row, "name", name);
    val_put_str(row, "href", href);
    val_put_cstr(row, "badge_class", "warn");
    val_put_cstr(row, "badge", badge);
    val_put_str(row, "words", words);
}

/* Codes at sign-in: of the person, when they are asked for soon; of a team
 * that asks nobody, for who may change that. */
static enum err_code
put_codes(struct cx *cx, struct val *list)
{
    int64_t from_s;
    bool team, joined;
    if (factor_due(cx, &from_s) || team_step(cx, &team, &joined))
        return cx->err.code;
    if (from_s)
        care_line(list, "Turn on codes for your account",
            STR("/account/security"), "Code missing",
            arena_fmt(cx->arena, "This team asks you for a code at sign-in "
                "from %.*s on", STR_ARG(when_date(cx->arena, from_s))));
    if (team && joined && !cx->ws.second_factor)
        care_line(list, "Ask owners and admins for codes",
            arena_fmt(cx->arena, "%.*s#second_factor",
                STR_ARG(view_path(cx, "/settings"))), "No codes",
            STR("A password alone opens this team; settings ask for a code, "
                "too"));
    return ERR_OK;
}

/* The fullest limit of the key itself; minutes come and go. */
static enum err_code
fullest(struct cx *cx, const struct key *k, struct limit *out, double *part)
{
    struct limits all;
    *part = -1;
    if (limit_list(cx, k->prefix, &all))
        return cx->err.code;
    for (size_t i = 0; i < all.n; i++) {
        const struct limit *l = &all.items[i];
        double p =
            l->amount ? (double)l->used / (double)l->amount : 1;
        if (l->shadow || p <= *part ||
            (l->source != LIMIT_SPEND && l->source != LIMIT_RULE_KEY) ||
            (l->period == LIMIT_MINUTE && l->amount))
            continue;
        *out = *l;
        *part = p;
    }
    return ERR_OK;
}

static enum err_code
say_limit(struct cx *cx, struct val *row, const struct key *k)
{
    double part;
    struct limit l = { .amount = 0 };
    if (fullest(cx, k, &l, &part))
        return cx->err.code;
    val_put_cstr(row, "badge_class", part >= 1 ? "bad" : "warn");
    if (part >= 1)
        val_put_cstr(row, "badge", "Limit reached");
    else
        val_put_fmt(row, "badge", "%d %% %s", (int)(part * 100),
            l.source == LIMIT_SPEND ? "spent" : "used");
    if (l.source == LIMIT_SPEND)
        val_put_fmt(row, "words", "%.*s of %.*s, %s",
            STR_ARG(limit_amount(cx, &l, l.used)),
            STR_ARG(limit_amount(cx, &l, l.amount)),
            reset_words(k->spend_reset));
    else
        val_put_fmt(row, "words", "%.*s used of %.*s",
            STR_ARG(limit_amount(cx, &l, l.used)),
            STR_ARG(limit_words(cx->arena, &l)));
    return ERR_OK;
}

static enum err_code
say_care(struct cx *cx, struct val *row, const struct key *k,
    enum usage_care care)
{
    struct arena *a = cx->arena;
    switch (care) {
    case CARE_LEAKED:
        val_put_cstr(row, "badge_class", "bad");
        val_put_cstr(row, "badge", "Suspended");
        val_put_fmt(row, "words", "Reported as leaked %.*s; rotate or revoke "
            "it", STR_ARG(when_ago(a, k->suspended_s, cx->now_s)));
        break;
    case CARE_EXPIRING:
        val_put_cstr(row, "badge_class", "warn");
        val_put_fmt(row, "badge", "Expires %.*s",
            STR_ARG(when_ago(a, k->expires_s, cx->now_s)));
        val_put_fmt(row, "words", "Ends on %.*s",
            STR_ARG(when_long(a, k->expires_s)));
        break;
    case CARE_LIMIT:
        return say_limit(cx, row, k);
    case CARE_UNUSED:
        val_put_cstr(row, "badge_class", "off");
        val_put_cstr(row, "badge", "Unused");
        val_put_fmt(row, "words", "%s %.*s",
            k->used_s ? "Last used on" : "Never used; created on",
            STR_ARG(when_date(a, k->used_s ? k->used_s : k->created_s)));
        break;
    case CARE_NO_EXPIRY:
    case CARE_COUNT:
        val_put_cstr(row, "badge_class", "off");
        val_put_cstr(row, "badge", "No expiry");
        val_put_cstr(row, "words", "Works until somebody ends it");
        break;
    }
    return ERR_OK;
}

static bool
is_listed(const struct key *listed, size_t n, struct str prefix)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(listed[i].prefix, prefix))
            return true;
    return false;
}

static void
add_broken(struct val *list, struct str name, struct str href,
    const char *words)
{
    struct val *row = val_add_map(list);
    val_put_str(row, "name", name);
    val_put_str(row, "href", href);
    val_put_cstr(row, "badge_class", "bad");
    val_put_cstr(row, "badge", "Refused");
    val_put_cstr(row, "words", words);
}

/* What somebody changed in the database behind our back. */
static enum err_code
put_broken(struct cx *cx, struct val *list)
{
    int64_t n, people;
    if (seal_broken_here(cx, &n) || seal_broken_people(cx, &people))
        return cx->err.code;
    if (n)
        add_broken(list, count_of(cx->arena, n, "broken row seal"),
            view_path(cx, "/keys?status=suspended"), "Changed outside of "
            "Keylodge: revoke these keys and tell whoever runs this "
            "installation");
    if (people)
        add_broken(list, count_of(cx->arena, people, "account"),
            view_path(cx, "/members"), "Changed outside of Keylodge (row seal "
            "broken): tell whoever runs this installation");
    return ERR_OK;
}

/* Most urgent first, each key once, with its first reason. */
static enum err_code
put_care(struct cx *cx, struct val *view, const struct usage_overview *o,
    const struct limits *limits)
{
    struct key listed[CARE_LINES];
    size_t n = 0;
    struct val *list = val_put_list(view, "care");
    val_put_null(view, "care_more");
    if (put_broken(cx, list))
        return cx->err.code;
    put_near(cx, list, limits);
    if (put_codes(cx, list))
        return cx->err.code;
    for (int care = 0; care < CARE_COUNT; care++)
        for (size_t i = 0; i < CARE_SHOWN && n < CARE_LINES; i++) {
            struct str prefix = o->care[care].keys[i].prefix;
            if (prefix.n == 0 || is_listed(listed, n, prefix))
                continue;
            if (key_get(cx, prefix, &listed[n]))
                return cx->err.code;
            const struct key *k = &listed[n++];
            struct val *row = val_add_map(list);
            val_put_str(row, "name", k->name);
            val_put_str(row, "href", key_href(cx, k));
            if (say_care(cx, row, k, (enum usage_care)care))
                return cx->err.code;
        }
    if (o->n_care > (int64_t)n)
        val_put_fmt(view, "care_more", "%zu of %.*s", n,
            STR_ARG(count_of(cx->arena, o->n_care, "key")));
    return ERR_OK;
}

/* Calls that were refused since the day before began. */
static enum err_code
put_refused(struct cx *cx, struct val *view)
{
    struct usage_sum sum;
    struct usage_range days = usage_days(cx, 2);
    val_put_null(view, "refused_words");
    if (usage_totals(cx, days, 0, &sum))
        return cx->err.code;
    if (sum.refused)
        val_put_fmt(view, "refused_words",
            "%.*s refused since yesterday",
            STR_ARG(count_of(cx->arena, sum.refused, "call")));
    val_put_fmt(view, "refused_href", "%.*s?outcome=refused&from=%.*s",
        STR_ARG(view_path(cx, "/requests")),
        STR_ARG(when_iso_date(cx->arena, days.from_s)));
    return ERR_OK;
}

/* ---- advice ---- */

static enum err_code
put_advice(struct cx *cx, struct val *view)
{
    struct advice all[ADVICE_LINES];
    size_t n;
    if (advice_overview(cx, ADVICE_LINES, all, &n))
        return cx->err.code;
    advice_list(cx, view, all, n);
    return ERR_OK;
}

/* ---- recent changes ---- */

static enum err_code
put_activity(struct cx *cx, struct val *view)
{
    struct audit_filter f = { .most = AUDIT_LINES };
    struct audit *rows;
    size_t n;
    bool more;
    struct val *list = val_put_list(view, "activity");
    val_put_null(view, "audit_href");
    if (!access_has(cx, RIGHT_AUDIT_OWN))
        return ERR_OK;
    if (audit_list(cx, &f, &rows, &n, &more))
        return cx->err.code;
    val_put_str(view, "audit_href", view_path(cx, "/audit"));
    for (size_t i = 0; i < n; i++) {
        const struct audit *r = &rows[i];
        struct val *row = val_add_map(list);
        val_put_str(row, "who", audit_who(r));
        val_put_str(row, "did", audit_did(r->action));
        view_text_or_null(row, "object",
            r->object_name.n ? r->object_name : r->object_id);
        view_text_or_null(row, "object_href", audit_href(cx, r));
        view_time(cx, row, "when", "when_at", r->at_s);
    }
    return ERR_OK;
}

/* ---- first steps ---- */

struct step {
    const char *title, *words;
    bool done;
    struct str href;
    const char *button;
    bool snippet;
};

static void
put_step(struct val *list, const struct step *s)
{
    struct val *row = val_add_map(list);
    val_put_cstr(row, "title", s->title);
    val_put_cstr(row, "words", s->words);
    val_put_bool(row, "done", s->done);
    view_text_or_null(row, "href", s->href);
    val_put_cstr(row, "button", s->href.n ? s->button : "");
    val_put_bool(row, "snippet", s->snippet);
}

/* Where to set a spending limit: the newest key that this person may edit. */
static enum err_code
limit_href(struct cx *cx, struct str *href)
{
    struct key_filter f = { .kind = KEY_STANDARD, .most = 1 };
    struct key *k;
    size_t n;
    bool more;
    *href = STR("");
    if (!access_has(cx, RIGHT_KEY_OTHERS))
        f.owner = cx->actor.user.uuid;
    if (key_list(cx, &f, &k, &n, &more))
        return cx->err.code;
    if (n)
        *href = arena_fmt(cx->arena, "%.*s/edit", STR_ARG(key_href(cx, k)));
    return ERR_OK;
}

static void
put_step_list(struct cx *cx, struct val *view, const struct step *steps,
    size_t n)
{
    size_t done = 0;
    struct val *list = val_put_list(view, "steps");
    val_put_null(view, "steps_words");
    for (size_t i = 0; i < n; i++)
        done += steps[i].done;
    if (done == n)
        return;
    val_put_fmt(view, "steps_words", "%zu of %zu done.", done, n);
    val_put_str(view, "base_url", cx->public_url);
    val_put_cstr(view, "try_path", "/v1/key");
    for (size_t i = 0; i < n; i++)
        put_step(list, &steps[i]);
}

static enum err_code
put_steps(struct cx *cx, struct val *view)
{
    struct usage_steps u;
    bool team, joined;
    struct str href;
    if (usage_steps(cx, &u) || team_step(cx, &team, &joined) ||
        limit_href(cx, &href))
        return cx->err.code;
    struct step steps[] = {
        { "Create a key", "A key lets a program call the models in this "
          "workspace. A name is enough.", u.created,
            view_path(cx, "/keys/new"), "Create API key", false },
        { "Make the first call", u.created
                ? "Put the key in the variable and send this line from a "
                  "terminal:"
                : "Once there is a key, the line to send stands here.",
            u.called, STR(""), "", u.created },
        { "Set a spending limit", "A limit stops a key before it costs more "
          "than you want.", u.limited, href, "Set a limit", false },
        { "Invite someone", "People with a role here make keys of their own, "
          "and you see who did what.", joined, view_path(cx, "/members"),
            "Members", false },
    };
    put_step_list(cx, view, steps, COUNT_OF(steps) - !team);
    return ERR_OK;
}

/* ---- the page ---- */

enum err_code
web_overview(struct cx *cx, const struct req *req, struct res *res)
{
    struct usage_overview o;
    struct key_counts keys;
    struct limits limits;
    struct val *view = view_new(cx, req);
    if (usage_overview(cx, &o) || key_counts(cx, KEY_STANDARD, &keys) ||
        limit_list(cx, STR(""), &limits) || put_stopped(cx, view, &limits))
        return cx->err.code;
    val_put_null(view, "create_href");
    if (keys.room && key_may_create(cx, KEY_STANDARD))
        val_put_str(view, "create_href", view_path(cx, "/keys/new"));
    put_tiles(cx, view, &o, &keys, &limits);
    if (put_steps(cx, view) || put_chart(cx, view) ||
        put_care(cx, view, &o, &limits) || put_refused(cx, view) ||
        put_advice(cx, view) ||
        put_activity(cx, view))
        return cx->err.code;
    res_page(res, "workspace/overview", view);
    return ERR_OK;
}

enum err_code
web_overview_from(struct cx *cx, const struct req *req, struct res *res)
{
    (void)req;
    res_see_other(res, view_path(cx, "/"));
    return ERR_OK;
}
