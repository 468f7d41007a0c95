/* SPDX-License-Identifier: ISC */
#include "core/credit.h"

#include "core/change.h"
#include "core/form.h"
#include "secret/random.h"
#include "text/money.h"
#include "text/when.h"

/* Far inside of 64 bits, so that no sum can overflow. */
#define BALANCE_MOST INT64_C(1000000000000000000)

enum err_code
credit_state(struct cx *cx, struct credit_state *out)
{
    *out = (struct credit_state){ 0 };
    if (access_need(cx, RIGHT_CREDITS))
        return cx->err.code;
    return store_credit_state(cx->store, cx->ws.id,
        when_month_start(cx->now_s), out);
}

enum err_code
credit_list(struct cx *cx, struct credit_filter *f, struct credit_line **out,
    size_t *n, bool *more)
{
    *n = 0;
    *more = false;
    if (access_need(cx, RIGHT_CREDITS))
        return cx->err.code;
    f->workspace_id = cx->ws.id;
    int most = f->most;
    f->most = most + 1;
    enum err_code code = store_credit_list(cx->store, f, out, n);
    f->most = most;
    if (!code && *n > (size_t)most) {
        *more = true;
        *n = (size_t)most;
        if (f->after) /* the extra line is the first one then */
            (*out)++;
    }
    return code;
}

/* ---- booking, in an open transaction ---- */

/* Entry and line.  Charges that follow each other on a day share a line. */
static enum err_code
write_down(struct cx *cx, const struct credit_entry *e, bool charge,
    int calls)
{
    bool joined = false;
    if (store_credit_entry_insert(cx->store, e) ||
        (charge &&
            store_credit_line_extend(cx->store, e, calls,
                when_day_start(e->at_s), &joined)))
        return cx->err.code;
    if (joined)
        return ERR_OK;
    return store_credit_line_insert(cx->store, e,
        charge ? credit_kind_name(CREDIT_CHARGE) : e->kind, calls);
}

enum err_code
credit_charge(struct cx *cx, int64_t workspace_id, struct str model,
    struct str reference, int64_t cost, int calls)
{
    bool used;
    struct credit_entry e = { .workspace_id = workspace_id,
        .at_s = cx->now_s,
        .kind = cost > 0 ? credit_kind_name(CREDIT_CHARGE) : "refund",
        .amount = -cost,
        .model = model,
        .reference = reference,
        .by_name = STR("usage") };
    if (cost == 0 ||
        store_credit_move(cx->store, workspace_id, -cost, &e.balance, &used))
        return cx->err.code;
    if (!used)
        return ERR_OK;
    e.uuid = random_uuid(cx->arena, cx->now_s * 1000);
    return write_down(cx, &e, true, calls);
}

/* ---- changes by people ---- */

/* Was this form's change made already? */
static enum err_code
was_made(struct cx *cx, struct str once, struct str *mac, bool *made)
{
    *made = false;
    *mac = once.n ? form_mac(cx, once) : once;
    if (once.n == 0)
        return ERR_OK;
    return store_credit_once(cx->store, cx->ws.id, *mac, made);
}

static enum err_code
book(struct cx *cx, enum credit_kind kind, int64_t amount, struct str note,
    struct str mac, struct credit_entry *e)
{
    bool used;
    *e = (struct credit_entry){
        .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .workspace_id = cx->ws.id,
        .at_s = cx->now_s,
        .kind = credit_kind_name(kind),
        .amount = amount,
        .note = note,
        .by_name = cx_actor_name(cx),
        .once = mac };
    if (store_credit_move(cx->store, cx->ws.id, amount, &e->balance, &used))
        return cx->err.code;
    if (!used)
        return ERR(&cx->err, ERR_CONFLICT,
            "This workspace uses no credits. Turn them on first.");
    if (e->balance > BALANCE_MOST || e->balance < -BALANCE_MOST)
        return err_field(&cx->err, "amount",
            "The balance would be more than can be counted");
    return write_down(cx, e, false, 0);
}

static enum err_code
close_change(struct cx *cx, const char *action, const struct credit_entry *e)
{
    struct val *details = val_map(cx->arena);
    val_put_str(details, "amount", money_plain(cx->arena, e->amount));
    val_put_str(details, "balance", money_plain(cx->arena, e->balance));
    if (e->note.n)
        val_put_str(details, "note", e->note);
    struct audit_event event = { action, "workspace", cx->ws.slug,
        cx->ws.name, details };
    return change_commit(cx, &event);
}

static enum err_code
change(struct cx *cx, const char *action, enum credit_kind kind,
    int64_t amount, struct str note, struct str once)
{
    struct credit_entry e;
    struct str mac;
    bool made;
    if (CHANGE_BEGIN_AS(cx, RIGHT_CREDITS))
        return cx->err.code;
    if (was_made(cx, once, &mac, &made))
        return change_abort(cx);
    if (made)
        return change_commit(cx, AUDIT_NONE);
    if (book(cx, kind, amount, note, mac, &e))
        return change_abort(cx);
    return close_change(cx, action, &e);
}

enum err_code
credit_top_up(struct cx *cx, const struct credit_in *in)
{
    return change(cx, "credit.top_up", CREDIT_PAYMENT, in->amount, in->note,
        in->once);
}

enum err_code
credit_adjust(struct cx *cx, const struct credit_adjust_in *in)
{
    return change(cx, "credit.adjust", CREDIT_ADJUSTMENT,
        in->way == CREDIT_TAKE ? -in->amount : in->amount, in->note,
        in->once);
}

enum err_code
credit_bring(struct cx *cx, int64_t balance)
{
    struct credit_entry e;
    if (store_credit_use(cx->store, cx->ws.id, true) ||
        book(cx, CREDIT_INIT, balance, STR("import"), STR(""), &e))
        return cx->err.code;
    return ERR_OK;
}

enum err_code
credit_on(struct cx *cx, const struct credit_in *in)
{
    struct credit_state now_is;
    struct credit_entry e;
    struct str mac;
    bool made;
    if (CHANGE_BEGIN_AS(cx, RIGHT_CREDITS))
        return cx->err.code;
    if (was_made(cx, in->once, &mac, &made) || credit_state(cx, &now_is))
        return change_abort(cx);
    if (made)
        return change_commit(cx, AUDIT_NONE);
    if (now_is.used) {
        ERR(&cx->err, ERR_CONFLICT, "This workspace uses credits already.");
        return change_abort(cx);
    }
    if (store_credit_use(cx->store, cx->ws.id, true) ||
        book(cx, CREDIT_INIT, in->amount, in->note, mac, &e))
        return change_abort(cx);
    return close_change(cx, "credit.on", &e);
}

enum err_code
credit_off(struct cx *cx)
{
    struct credit_state now_is;
    struct credit_entry e;
    if (CHANGE_BEGIN_AS(cx, RIGHT_CREDITS))
        return cx->err.code;
    if (credit_state(cx, &now_is))
        return change_abort(cx);
    if (!now_is.used)
        return change_commit(cx, AUDIT_NONE);
    if (book(cx, CREDIT_ADJUSTMENT, -now_is.balance,
            STR("Credits were turned off"), STR(""), &e) ||
        store_credit_use(cx->store, cx->ws.id, false))
        return change_abort(cx);
    return close_change(cx, "credit.off", &e);
}
