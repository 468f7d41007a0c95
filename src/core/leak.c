/* SPDX-License-Identifier: ISC */
#include "core/leak.h"

#include "base/clock.h"
#include "core/change.h"
#include "core/check.h"
#include "core/notice.h"
#include "core/throttle.h"
#include "secret/foreign.h"
#include "store/store_leak.h"
#include "store/store_workspace.h"
#include "text/when.h"

/* What does not look like a key is replaced by one that cannot be, so that it
 * takes the same way. */
static struct str
presented(struct cx *cx, struct str text)
{
    struct str prefix;
    enum keytext_kind kind;
    text = str_trim(text);
    if (keytext_read(text, &prefix, &kind) || foreign_form(text))
        return text;
    return keytext_make(cx->arena, STR("00000000"), KEYTEXT_STANDARD);
}

/* In the open transaction: *what is "key", "secret" or NULL. */
static enum err_code
stop(struct cx *cx, const struct decision *d, const char **what)
{
    bool suspended = false, ended = false;
    *what = NULL;
    if (!d->known)
        return ERR_OK;
    if (store_leak_suspend(cx->store, d->key.id, d->secret_id, cx->now_s,
            &suspended))
        return cx->err.code;
    if (!suspended && store_leak_end_secret(cx->store, d->key.id,
            d->secret_id, cx->now_s, &ended))
        return cx->err.code;
    *what = suspended ? "key suspended" : ended ? "secret ended" : NULL;
    return ERR_OK;
}

/* In the open transaction: the report, and whose log it belongs into. */
static enum err_code
note(struct cx *cx, const struct decision *d, const struct leak_in *in,
    const char *what, struct audit_event *event)
{
    const struct key *k = &d->key;
    struct str text = str_trim(in->key);
    struct leak leak = { .at_s = cx->now_s, .address = cx->address,
        .source = in->source,
        .last4 = foreign_form(text)
            ? STR(KEY_LAST4_IMPORTED)
            : str_from(text, KEYTEXT_CHARS - KEYTEXT_LAST) };
    if (store_leak_insert(cx->store, k->id, &leak) ||
        store_workspace_by_id(cx->store, k->workspace_id, 0, &cx->ws))
        return cx->err.code;
    struct val *details = val_map(cx->arena);
    val_put_cstr(details, "done", what);
    val_put_str(details, "reported_from", cx->address);
    val_put_str(details, "source", in->source);
    *event = (struct audit_event){ "key.leak", "key", k->prefix, k->name,
        details };
    struct notice n = { .kind = NOTICE_KEY_LEAKED, .key = k };
    return notice_add(cx, &n);
}

static enum err_code
take(struct cx *cx, const struct leak_in *in)
{
    struct decision d;
    struct audit_event event = *AUDIT_NONE;
    const char *what;
    check_proof(cx, presented(cx, in->key), &d);
    if (d.reason == REASON_UNAVAILABLE) {
        ERR(&cx->err, ERR_BUSY, "The report could not be taken just now.");
        cx->err.retry_s = 1;
        return cx->err.code;
    }
    /* a full disk must not keep a leaked key alive */
    store_tx_urgent(cx->store);
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (throttle_take(cx, THROTTLE_LEAKS, STR("")) || stop(cx, &d, &what) ||
        (what ? note(cx, &d, in, what, &event)
              : store_leak_miss(cx->store, when_day_start(cx->now_s))))
        return change_abort(cx);
    return change_commit(cx, &event);
}

/* A hit writes more than a miss; who waits for the answer must not see it. */
static void
wait_for_step(int64_t began_us)
{
    int64_t took_us = clock_mono_us() - began_us;
    clock_wait(began_us + (took_us / LEAK_STEP_US + 1) * LEAK_STEP_US);
}

enum err_code
leak_take(struct cx *cx, const struct leak_in *in)
{
    int64_t began_us = clock_mono_us();
    struct actor who = cx->actor;
    struct workspace where = cx->ws;
    /* too many: not even a look at the key */
    if (throttle_ask(cx, THROTTLE_LEAKS, STR("")))
        return cx->err.code;
    /* who is signed in here is no business of the key's workspace */
    cx->actor = (struct actor){ .kind = ACTOR_NONE };
    cx->ws = (struct workspace){ 0 };
    enum err_code code = take(cx, in);
    cx->actor = who;
    cx->ws = where;
    wait_for_step(began_us);
    return code;
}

enum err_code
leak_list(struct cx *cx, const struct key *k, int most, struct leak **out,
    size_t *n)
{
    *n = 0;
    if (access_need(cx, RIGHT_KEY_SEE))
        return cx->err.code;
    return store_leak_list(cx->store, cx->ws.id, k->id, most, out, n);
}
