/* SPDX-License-Identifier: ISC */
/* Credits and their ledger as AIMLAPI shows them (contracts/README.md
 * section 1). */
#include "api/api.h"
#include "api/part.h"
#include "api/query.h"
#include "core/cursor.h"
#include "core/figures.h"
#include "text/when.h"

#include <inttypes.h>
#include <string.h>

enum { ROWS = 50, ROWS_MOST = 100 };

/* The legacy call counts in credits; below this many they are low. */
enum { LOW_CREDITS = 10000, CREDITS_PER_MICRO = 2 };

static enum err_code
read_state(struct cx *cx, const struct req *req, struct credit_state *out)
{
    return query_known(cx, req, NULL) ? cx->err.code
                                      : figures_credits(cx, out);
}

enum err_code
api_billing(struct cx *cx, const struct req *req, struct res *res)
{
    struct credit_state s;
    if (read_state(cx, req, &s))
        return cx->err.code;
    struct val *v = val_map(cx->arena);
    val_put(v, "current_balance", usd_val(cx->arena, s.balance));
    val_put_cstr(v, "currency", "USD");
    val_put_bool(v, "credits_in_use", s.used);
    res_json(res, 200, v);
    return ERR_OK;
}

/* The account is the owner of the key; nothing is ever topped up by itself. */
enum err_code
api_billing_detail(struct cx *cx, const struct req *req, struct res *res)
{
    struct credit_state s;
    const struct key *k = &cx->actor.key;
    if (read_state(cx, req, &s))
        return cx->err.code;
    struct val *v = val_map(cx->arena);
    val_put_int(v, "user_id",
        k->owner_user_id ? k->owner_user_id : k->owner_service_id);
    val_put_str(v, "email", k->owner_name);
    val_put(v, "current_balance", usd_val(cx->arena, s.balance));
    val_put_cstr(v, "currency", "USD");
    struct val *topup = val_put_map(v, "autotopup_settings");
    val_put_bool(topup, "is_enabled", false);
    val_put_int(topup, "threshold", 0);
    val_put_int(topup, "amount", 0);
    val_put_cstr(topup, "currency", "USD");
    res_json(res, 200, v);
    return ERR_OK;
}

enum err_code
api_billing_balance(struct cx *cx, const struct req *req, struct res *res)
{
    struct credit_state s;
    if (read_state(cx, req, &s))
        return cx->err.code;
    int64_t credits = s.balance * CREDITS_PER_MICRO;
    bool low = s.used && credits < LOW_CREDITS;
    struct val *v = val_map(cx->arena);
    val_put_int(v, "balance", credits);
    val_put_bool(v, "lowBalance", low);
    val_put_int(v, "lowBalanceThreshold", LOW_CREDITS);
    val_put_str(v, "lastUpdated", when_rfc3339(cx->arena, cx->now_s));
    val_put_cstr(v, "autoDebitStatus", "disabled");
    val_put_cstr(v, "status", low ? "low" : "current");
    val_put_cstr(v, "statusExplanation",
        !s.used ? "This workspace uses no credits: no balance limits its calls"
            : low ? "The balance is low: calls are refused when it is used up"
                  : "Balance is current and up to date");
    res_json(res, 200, v);
    return ERR_OK;
}

/* ---- the ledger ---- */

static const char *const directions[] = { "TOPUP", "CHARGE", NULL };

/* Their names of kinds, and those of the store. */
static const char *const types[] = { "PAYMENT", "BONUS", "REFUND",
    "ADJUSTMENT", "MODEL_USAGE", "CREDITS_EXPIRED", "INIT", NULL };
static const char *const kinds[] = { "payment", "bonus", "refund",
    "adjustment", "model_usage", "credits_expired", "init" };
_Static_assert(COUNT_OF(types) == COUNT_OF(kinds) + 1, "a name for each");

static const char *
type_of(struct str kind)
{
    size_t i = 0;
    while (i < COUNT_OF(kinds) && !str_is(kind, kinds[i]))
        i++;
    must(i < COUNT_OF(kinds));
    return types[i];
}

/* What narrows the list, and the text of it that its cursor is bound to. */
static enum err_code
read_filter(struct cx *cx, const struct req *req, struct ledger_filter *f,
    struct str *text)
{
    int direction, type;
    int64_t from, to, most;
    if (query_time(cx, req, "from", &from) || query_time(cx, req, "to", &to) ||
        query_choice(cx, req, "direction", directions, &direction) ||
        query_choice(cx, req, "type", types, &type) ||
        query_int(cx, req, "limit", 1, ROWS_MOST, ROWS, &most))
        return cx->err.code;
    if (from >= 0 && to >= 0 && to <= from)
        return err_field(&cx->err, "to", "to must be later than from");
    *f = (struct ledger_filter){
        .from_s = from < 0 ? -1 : (from + 999) / 1000,
        .to_s = to < 0 ? -1 : (to + 999) / 1000,
        .kind = type < 0 ? STR("") : str_cstr(kinds[type]),
        .sign = direction < 0 ? 0 : direction == 0 ? 1 : -1,
        .most = (int)most,
    };
    *text = arena_fmt(cx->arena, "%" PRId64 " %" PRId64 " %.*s %d", f->from_s,
        f->to_s, STR_ARG(f->kind), f->sign);
    return ERR_OK;
}

static void
put_entry(struct cx *cx, struct val *v, const struct ledger_entry *e)
{
    bool in = e->amount >= 0;
    val_put_str(v, "created_at", when_rfc3339_ms(cx->arena, e->at_s * 1000));
    val_put_cstr(v, "direction", directions[in ? 0 : 1]);
    val_put_cstr(v, "type", type_of(e->kind));
    put_credits(val_put_map(v, "amount"), in ? e->amount : -e->amount);
    if (e->model.n)
        val_put_str(v, "model", e->model);
    else
        val_put_null(v, "model");
    if (e->reference.n)
        val_put_str(v, "reference_id", e->reference);
    else
        val_put_null(v, "reference_id");
}

enum err_code
api_billing_transactions(struct cx *cx, const struct req *req,
    struct res *res)
{
    static const char list_name[] = "transactions";
    static const char *const names[] = { "from", "to", "direction", "type",
        "limit", "cursor", NULL };
    struct ledger_filter f;
    struct ledger_entry *entries;
    struct str filter, cursor;
    size_t n;
    bool more;
    if (query_known(cx, req, names) || read_filter(cx, req, &f, &filter) ||
        query_one(cx, req, "cursor", &cursor) ||
        cursor_read(cx, list_name, filter, cursor, &f.before) ||
        figures_ledger(cx, &f, &entries, &n, &more))
        return cx->err.code;
    struct val *v = val_map(cx->arena), *data = val_put_list(v, "data");
    for (size_t i = 0; i < n; i++)
        put_entry(cx, val_add_map(data), &entries[i]);
    struct val *page = val_put_map(v, "pagination");
    if (more)
        val_put_str(page, "next_cursor",
            cursor_make(cx, list_name, filter, entries[n - 1].id));
    else
        val_put_null(page, "next_cursor");
    val_put_bool(page, "has_more", more);
    res_json(res, 200, v);
    return ERR_OK;
}
