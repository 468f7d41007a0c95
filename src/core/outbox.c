/* SPDX-License-Identifier: ISC */
#include "core/outbox.h"

#include "core/change.h"
#include "core/notice.h"
#include "secret/seal.h"
#include "store/store_outbox.h"
#include "store/store_webhook.h"
#include "text/json.h"
#include "text/when.h"

enum err_code
outbox_release(struct cx *cx)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_outbox_release(cx->store, cx->now_s))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

int64_t
outbox_wait_s(enum outbox_way way, int64_t n)
{
    static const int64_t mail[] = { MINUTE_S, 5 * MINUTE_S, 15 * MINUTE_S,
        HOUR_S, 3 * HOUR_S, 6 * HOUR_S };
    static const int64_t hook[] = { 5, 5 * MINUTE_S, 30 * MINUTE_S,
        2 * HOUR_S, 5 * HOUR_S, 10 * HOUR_S };
    _Static_assert(COUNT_OF(mail) == COUNT_OF(hook), "steps");
    const int64_t *waits = way == OUTBOX_HOOK ? hook : mail;
    if (n < 1)
        n = 1;
    return waits[n > (int64_t)COUNT_OF(mail) ? (int64_t)COUNT_OF(mail) - 1
                                             : n - 1];
}

/* A link goes to whom the sealed words name, whatever the row says now. */
static bool
is_for(const struct outbox_job *job)
{
    return !val_get_cstr(job->facts, "link") || (!job->message.webhook_id &&
        str_eq(val_text(val_get_cstr(job->facts, "email")),
            job->message.recipient));
}

/* In the open transaction: fill the rest of the job.  *good: false when it can
 * never be sent, and why. */
static enum err_code
open_job(struct cx *cx, struct outbox_job *job, bool *good, struct str *why)
{
    *why = STR("It cannot be opened with this master secret");
    struct str plain;
    struct err unread;
    err_init(&unread, cx->arena);
    *good = false;
    if (job->message.webhook_id &&
        store_webhook_by_id(cx->store, job->message.webhook_id, &job->hook))
        return cx->err.code;
    *good = seal_open(cx->arena, cx->secrets, SUBKEY_NOTICE,
                job->message.uuid, job->message.sealed, &plain) &&
        !json_read(cx->arena, plain, &job->facts, &unread);
    if (*good && !is_for(job)) {
        *good = false;
        *why = STR("It was changed outside of Keylodge");
    }
    return ERR_OK;
}

enum err_code
outbox_take(struct cx *cx, enum outbox_way way, struct outbox_job *job,
    bool *any)
{
    bool good = true;
    struct str why = STR("");
    *job = (struct outbox_job){ .facts = NULL };
    *any = false;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_outbox_late(cx->store, way == OUTBOX_HOOK, cx->now_s) ||
        store_outbox_claim(cx->store, way == OUTBOX_HOOK, cx->now_s,
            &job->message) ||
        (job->message.id && open_job(cx, job, &good, &why)))
        return change_abort(cx);
    if (!good &&
        store_outbox_failed(cx->store, job->message.id, true, cx->now_s, why))
        return change_abort(cx);
    if (!change_commit(cx, AUDIT_NONE))
        *any = job->message.id && good;
    return cx->err.code;
}

static enum err_code
mark(struct cx *cx, const struct outbox_job *job,
    const struct outbox_result *r)
{
    struct outbox now;
    const struct outbox *m = &job->message;
    enum outbox_way way = m->webhook_id ? OUTBOX_HOOK : OUTBOX_MAIL;
    struct outbox_try t = { .n = m->tries, .at_s = cx->now_s,
        .took_ms = r->took_ms, .status = r->status, .bytes = r->bytes,
        .problem = r->ok ? STR("") : r->problem };
    if (store_outbox_by_id(cx->store, m->id, &now))
        return cx->err.code;
    if (now.state != OUTBOX_SENDING || !now.id)
        return ERR_OK;
    if (store_outbox_try_add(cx->store, m->id, &t))
        return cx->err.code;
    if (r->ok)
        return store_outbox_sent(cx->store, m->id);
    return store_outbox_failed(cx->store, m->id, r->final,
        cx->now_s + outbox_wait_s(way, m->tries), r->problem);
}

enum err_code
outbox_mark(struct cx *cx, const struct outbox_job *job,
    const struct outbox_result *r)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (mark(cx, job, r))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

enum err_code
outbox_stuck(struct cx *cx, int64_t before, struct outbox **out, size_t *n,
    bool *more)
{
    *n = 0;
    *more = false;
    if (access_need(cx, RIGHT_SETTINGS) ||
        store_outbox_stuck(cx->store, cx->ws.id, before, OUTBOX_PAGE + 1, out,
            n))
        return cx->err.code;
    *more = *n > OUTBOX_PAGE;
    if (*more)
        *n = OUTBOX_PAGE;
    return ERR_OK;
}

enum err_code
outbox_revive(struct cx *cx, const struct outbox *m)
{
    bool changed = false;
    bool reset = m->kind == NOTICE_RESET;
    bool link = !m->webhook_id && (m->kind == NOTICE_INVITE || reset);
    if (link && m->ends_s <= cx->now_s)
        return ERR(&cx->err, ERR_CONFLICT, "The link in this mail has ended. "
            "%s %.*s%s", reset ? "Ask" : "Invite", STR_ARG(m->recipient),
            reset ? " to ask for a new one." : " again.");
    if (store_outbox_again(cx->store, m->id,
            link ? 0 : cx->now_s + NOTICE_LIFE_S, cx->now_s, &changed))
        return cx->err.code;
    if (!changed)
        return ERR(&cx->err, ERR_CONFLICT,
            "This message is on its way, or has gone out already.");
    return ERR_OK;
}

/* In the open transaction. */
static enum err_code
again(struct cx *cx, struct str uuid, struct outbox *out)
{
    if (store_outbox_by_uuid(cx->store, cx->ws.id, uuid, out))
        return cx->err.code;
    if (!out->id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such message in this workspace.");
    return outbox_revive(cx, out);
}

enum err_code
outbox_again(struct cx *cx, struct str uuid, struct outbox *out,
    struct str *hook_uuid)
{
    struct webhook w = { .uuid = { NULL, 0 } };
    *out = (struct outbox){ 0 };
    *hook_uuid = w.uuid;
    if (CHANGE_BEGIN_AS(cx, RIGHT_SETTINGS))
        return cx->err.code;
    if (again(cx, uuid, out) ||
        (out->webhook_id &&
            store_webhook_by_id(cx->store, out->webhook_id, &w)))
        return change_abort(cx);
    *hook_uuid = w.uuid;
    struct val *details = val_map(cx->arena);
    val_put_cstr(details, "event", notice_name(out->kind));
    struct audit_event event = { "notice.again",
        out->webhook_id ? "event" : "mail", out->uuid, out->recipient,
        details };
    return change_commit(cx, &event);
}

enum err_code
outbox_counts(struct cx *cx, struct outbox_counts *out)
{
    return store_outbox_counts(cx->store, out);
}
