/* SPDX-License-Identifier: ISC */
#include "core/report.h"

#include "core/book.h"
#include "core/change.h"
#include "store/store_key.h"
#include "text/when.h"

#include <inttypes.h>

enum { TOKENS_UNKNOWN = 1000 };

/* What the reports of one request share. */
struct batch {
    struct book book;
    int64_t used_key, used_s; /* the stamp before; 0: there was none */
};

/* One report at work. */
struct task {
    struct cx *cx;
    struct batch *batch;
    const struct report_in *in;
    struct report_result *out;
    struct reservation held; /* id 0: none */
    struct usage_event e;    /* as it shall be */
    struct usage_event old;  /* as it is */
    bool exists;
};

static bool
sent(const struct report_in *in, const char *name)
{
    return field_has(report_fields, &in->set, name);
}

/* ---- whose call it was ---- */

static enum err_code
not_found(struct task *t)
{
    ERR(&t->out->err, ERR_NOT_FOUND,
        "There is no such key. Send its first 8 characters as key.");
    return ERR_OK;
}

/* The key, time and names of a call that was reserved. */
static void
take_reservation(struct task *t)
{
    const struct reservation *r = &t->held;
    t->e.workspace_id = r->workspace_id;
    t->e.key_id = r->key_id;
    t->e.at_ms = r->created_s * 1000;
    t->e.address = r->address;
    t->e.request_id = r->request_id;
    if (!sent(t->in, "model"))
        t->e.model = r->model;
    if (!sent(t->in, "endpoint"))
        t->e.endpoint = r->endpoint;
}

static void
check_time(struct task *t)
{
    int64_t now_s = t->cx->now_s;
    int64_t at_s = sent(t->in, "time") ? t->in->time : now_s;
    if (at_s > now_s + REPORT_EARLY_S)
        err_field(&t->out->err, "time", "Time is in the future");
    else if (at_s < now_s - REPORT_LATE_S)
        err_field(&t->out->err, "time",
            "Time is longer ago than the %d days in which reports are taken",
            (int)(REPORT_LATE_S / DAY_S));
    t->e.at_ms = at_s * 1000;
}

/* Fills the event but for tokens and cost. */
static enum err_code
find_call(struct task *t)
{
    struct cx *cx = t->cx;
    struct usage_event by_key = { 0 };
    const struct report_in *in = t->in;
    t->e = (struct usage_event){ .event_id = in->id,
        .model = in->model,
        .endpoint = in->endpoint,
        .outcome = in->outcome ? USAGE_FAILED : USAGE_SUCCEEDED,
        .took_ms = sent(in, "took_ms") ? in->took_ms : -1,
        .upstream_id = in->upstream_id,
        .client_id = in->client_id };
    if (in->key.n &&
        store_report_key(cx->store, cx->ws.id, in->key, &by_key))
        return cx->err.code;
    if (in->key.n && !by_key.key_id)
        return not_found(t);
    if (store_reservation_by_uuid(cx->store, cx->ws.id, in->id, &t->held))
        return cx->err.code;
    if (t->held.id && (!in->key.n || by_key.key_id == t->held.key_id)) {
        take_reservation(t);
        return ERR_OK;
    }
    if (t->held.id) {
        ERR(&t->out->err, ERR_CONFLICT,
            "This reservation is one of another key.");
        return ERR_OK;
    }
    if (!in->key.n) {
        err_field(&t->out->err, "key",
            "No such reservation is open. Send the key's first 8 characters "
            "as key, and this is counted as a call without reservation");
        return ERR_OK;
    }
    t->e.workspace_id = by_key.workspace_id;
    t->e.key_id = by_key.key_id;
    check_time(t);
    return ERR_OK;
}

/* ---- what it took ---- */

/* Of this model, for what is not known of a call. */
static enum err_code
find_estimate(struct task *t, int64_t *input, int64_t *output)
{
    struct meter_facts f;
    bool found;
    if (t->held.id) {
        *input = t->held.input_tokens;
        *output = t->held.output_tokens;
        return ERR_OK;
    }
    if (store_meter_facts(t->cx->store, t->e.workspace_id, t->e.key_id,
            t->e.model, &f, &found))
        return t->cx->err.code;
    *input = f.model_id ? f.reserve_input : TOKENS_UNKNOWN;
    *output = f.model_id ? f.reserve_output : TOKENS_UNKNOWN;
    return ERR_OK;
}

static enum err_code
fill_tokens(struct task *t)
{
    int64_t input = 0, output = 0;
    bool has_input = sent(t->in, "input_tokens");
    bool has_output = sent(t->in, "output_tokens");
    bool guess =
        t->e.outcome == USAGE_SUCCEEDED && !(has_input && has_output);
    if (guess && find_estimate(t, &input, &output))
        return t->cx->err.code;
    t->e.input_tokens = has_input ? t->in->input_tokens : input;
    t->e.output_tokens = has_output ? t->in->output_tokens : output;
    t->e.estimated = guess;
    if (t->e.input_tokens < 0 || t->e.input_tokens > USAGE_TOKENS_MOST)
        err_field(&t->out->err, "input_tokens",
            "Must be between 0 and %" PRId64, USAGE_TOKENS_MOST);
    if (t->e.output_tokens < 0 || t->e.output_tokens > USAGE_TOKENS_MOST)
        err_field(&t->out->err, "output_tokens",
            "Must be between 0 and %" PRId64, USAGE_TOKENS_MOST);
    if (t->out->err.code || book_price(t->cx, &t->e))
        return t->cx->err.code;
    if (t->e.cost > KEY_SPEND_MOST)
        err_field(&t->out->err, "output_tokens",
            "One call cannot cost more than a billion USD");
    return ERR_OK;
}

/* ---- the same again? ---- */

/* What is not sent is compared with nothing: then it was estimated, or is
 * taken as it was. */
static bool
same_numbers(const struct task *t)
{
    const struct report_in *in = t->in;
    const struct usage_event *o = &t->old;
    if (o->outcome != t->e.outcome)
        return false;
    if (sent(in, "model") && !str_eq(in->model, o->model))
        return false;
    if (sent(in, "input_tokens") && in->input_tokens != o->input_tokens)
        return false;
    if (sent(in, "output_tokens") && in->output_tokens != o->output_tokens)
        return false;
    bool all = sent(in, "input_tokens") && sent(in, "output_tokens");
    return all || o->estimated || o->outcome == USAGE_FAILED;
}

static void
answer(struct task *t, enum report_state state, const struct usage_event *e)
{
    t->out->state = state;
    t->out->estimated = e->estimated;
    t->out->input_tokens = e->input_tokens;
    t->out->output_tokens = e->output_tokens;
    t->out->cost = e->cost;
}

static void
repeated(struct task *t)
{
    if (same_numbers(t)) {
        answer(t, REPORT_REPEATED, &t->old);
        return;
    }
    ERR(&t->out->err, ERR_CONFLICT,
        "A call with this id was reported before, with other numbers. The "
        "first report stands.");
    t->out->err.reason = "other_numbers";
}

/* ---- one report ---- */

/* The gate has stamped the others. */
static enum err_code
stamp(struct task *t)
{
    struct batch *b = t->batch;
    int64_t at_s = t->e.at_ms / 1000;
    at_s -= at_s % MINUTE_S;
    if (b->used_key == t->e.key_id && b->used_s >= at_s)
        return ERR_OK;
    b->used_key = t->e.key_id;
    b->used_s = at_s;
    return store_key_used(t->cx->store, t->e.key_id, 0, at_s, STR(""),
        t->e.endpoint, t->e.model);
}

static enum err_code
count(struct task *t)
{
    struct cx *cx = t->cx;
    const struct reservation *held = t->held.id ? &t->held : NULL;
    if (book_settle(&t->batch->book, held, t->exists ? &t->old : NULL, &t->e))
        return cx->err.code;
    /* its event is what tells a second report from the first */
    if (held && store_reservation_delete(cx->store, held->id))
        return cx->err.code;
    if (!held && stamp(t))
        return cx->err.code;
    answer(t, REPORT_COUNTED, &t->e);
    return ERR_OK;
}

static enum err_code
report_one(struct cx *cx, struct batch *batch, const struct report_in *in,
    struct report_result *out)
{
    struct task t = { .cx = cx, .batch = batch, .in = in, .out = out };
    out->state = REPORT_REFUSED;
    if (out->err.code)
        return ERR_OK;
    if (find_call(&t) || out->err.code)
        return cx->err.code;
    t.old = (struct usage_event){ .key_id = t.e.key_id,
        .event_id = in->id };
    if (store_report_event(cx->store, &t.old, &t.exists))
        return cx->err.code;
    /* late: what ended was charged at its estimate, and now it is known */
    bool late = t.held.id && t.held.state == RESERVATION_CHARGED;
    if (t.exists && !late) {
        repeated(&t);
        return ERR_OK;
    }
    t.old.workspace_id = t.e.workspace_id;
    if (fill_tokens(&t) || out->err.code)
        return cx->err.code;
    return count(&t);
}

enum err_code
report_usage(struct cx *cx, const struct report_in *in,
    struct report_result *out, size_t n)
{
    must(n <= REPORTS_MOST);
    bool may = cx->actor.kind == ACTOR_GATE ||
        cx->actor.kind == ACTOR_SHELL ||
        (cx->actor.kind == ACTOR_KEY &&
            cx->actor.key.kind == KEY_MANAGEMENT && cx->ws.id);
    if (!may)
        return ERR(&cx->err, ERR_FORBIDDEN,
            "Usage is reported with a management key, or with the "
            "credential of the gate.");
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    struct batch b = { .used_key = 0 };
    book_open(&b.book, cx);
    for (size_t i = 0; i < n; i++)
        if (report_one(cx, &b, &in[i], &out[i]))
            return change_abort(cx);
    if (book_close(&b.book))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}
