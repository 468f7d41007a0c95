/* SPDX-License-Identifier: ISC */
#include "core/webhook.h"

#include "core/change.h"
#include "core/form.h"
#include "core/notice.h"
#include "secret/mac.h"
#include "secret/random.h"
#include "secret/seal.h"
#include "store/store_outbox.h"
#include "store/store_webhook.h"
#include "text/url.h"

/* The kinds that a webhook may ask for: all but the test, which it always
 * gets when somebody asks for it. */
static bool
kinds_of(const struct strs *names, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < names->n; i++) {
        int kind = 0;
        while (kind < NOTICE_KIND_COUNT &&
            !str_is(names->items[i], notice_name((enum notice_kind)kind)))
            kind++;
        if (kind == NOTICE_KIND_COUNT ||
            !notice_offered((enum notice_kind)kind))
            return false;
        *out |= INT64_C(1) << kind;
    }
    return *out != 0;
}

static enum err_code
read_form(struct cx *cx, const struct webhook_in *in, struct webhook *w)
{
    bool plain = str_starts(in->url, STR("http://"));
    w->url = in->url;
    if (!url_http(in->url))
        return err_field(&cx->err, "url",
            "Enter an address like https://hooks.example.org/keylodge, "
            "without user, query or fragment");
    if (plain && !cx->opens_networks)
        return err_field(&cx->err, "url",
            "The address must begin with https://");
    if (!kinds_of(&in->events, &w->events))
        return err_field(&cx->err, "events", "Choose at least one event");
    return ERR_OK;
}

/* A fresh secret as text, and sealed. */
static struct str
make_secret(struct cx *cx, struct str uuid, struct str *sealed)
{
    char *bytes = arena_alloc(cx->arena, WEBHOOK_SECRET_BYTES);
    random_bytes(bytes, WEBHOOK_SECRET_BYTES);
    struct str plain = { bytes, WEBHOOK_SECRET_BYTES };
    *sealed = seal(cx->arena, cx->secrets, SUBKEY_WEBHOOK, uuid, plain);
    return arena_fmt(cx->arena, "whsec_%.*s",
        STR_ARG(b64_plain(cx->arena, plain)));
}

static struct audit_event
event_of(const char *action, const struct webhook *w, struct val *details)
{
    return (struct audit_event){ action, "webhook", w->uuid, w->url,
        details };
}

/* "key.expiring key.leaked" */
static struct str
events_text(struct cx *cx, int64_t events)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (int i = 0; i < NOTICE_KIND_COUNT; i++)
        if ((events >> i) & 1)
            buf_fmt(&b, "%s%s", b.n ? " " : "",
                notice_name((enum notice_kind)i));
    return buf_view(&b);
}

static enum err_code
was_shown(struct cx *cx)
{
    ERR(&cx->err, ERR_CONFLICT,
        "This secret was shown already. No second one was made.");
    cx->err.reason = "shown";
    return cx->err.code;
}

/* In the open transaction: is there room, and is this form's first post? */
static enum err_code
need_new(struct cx *cx, struct webhook *w)
{
    struct webhook *all;
    size_t n;
    if (store_webhook_list(cx->store, cx->ws.id, &all, &n))
        return cx->err.code;
    for (size_t i = 0; i < n; i++)
        if (str_eq(all[i].once, w->once)) {
            *w = all[i];
            return was_shown(cx);
        }
    if (n >= WEBHOOKS_MOST)
        return ERR(&cx->err, ERR_CONFLICT,
            "%d webhooks are there. Remove one that is not needed.",
            (int)WEBHOOKS_MOST);
    return ERR_OK;
}

enum err_code
webhook_create(struct cx *cx, const struct webhook_in *in,
    struct webhook *out, struct str *secret)
{
    *secret = (struct str){ NULL, 0 };
    *out = (struct webhook){ 0 };
    if (CHANGE_BEGIN_AS(cx, RIGHT_SETTINGS))
        return cx->err.code;
    *out = (struct webhook){ .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .workspace_id = cx->ws.id,
        .once = form_mac(cx, in->once),
        .created_s = cx->now_s,
        .version = 1 };
    if (read_form(cx, in, out) || need_new(cx, out))
        return change_abort(cx);
    struct str text = make_secret(cx, out->uuid, &out->sealed);
    if (store_webhook_insert(cx->store, out))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    val_put_str(details, "events", events_text(cx, out->events));
    struct audit_event event = event_of("webhook.create", out, details);
    if (!change_commit(cx, &event))
        *secret = text;
    return cx->err.code;
}

enum err_code
webhook_list(struct cx *cx, struct webhook **out, size_t *n)
{
    *n = 0;
    if (access_need(cx, RIGHT_SETTINGS))
        return cx->err.code;
    return store_webhook_list(cx->store, cx->ws.id, out, n);
}

static enum err_code
find(struct cx *cx, struct str uuid, struct webhook *out)
{
    if (store_webhook_by_uuid(cx->store, cx->ws.id, uuid, out))
        return cx->err.code;
    if (!out->id)
        return ERR(&cx->err, ERR_NOT_FOUND,
            "There is no such webhook in this workspace.");
    return ERR_OK;
}

enum err_code
webhook_get(struct cx *cx, struct str uuid, struct webhook *out)
{
    *out = (struct webhook){ 0 };
    if (access_need(cx, RIGHT_SETTINGS))
        return cx->err.code;
    return find(cx, uuid, out);
}

/* Open a change of one webhook; on an error nothing is open. */
static enum err_code
begin(struct cx *cx, struct str uuid, struct webhook *w)
{
    if (CHANGE_BEGIN_AS(cx, RIGHT_SETTINGS))
        return cx->err.code;
    return find(cx, uuid, w) ? change_abort(cx) : ERR_OK;
}

enum err_code
webhook_edit(struct cx *cx, struct str uuid, const struct webhook_in *in)
{
    struct webhook was, w;
    bool changed = false;
    if (begin(cx, uuid, &was))
        return cx->err.code;
    w = was;
    w.version = in->version;
    if (read_form(cx, in, &w) ||
        store_webhook_edit(cx->store, &w, cx->now_s, &changed))
        return change_abort(cx);
    if (!changed) {
        ERR(&cx->err, ERR_CONFLICT,
            "Somebody else changed this webhook meanwhile. Look at it, and "
            "send the form again.");
        cx->err.reason = "stale";
        return change_abort(cx);
    }
    struct val *details = val_map(cx->arena);
    change_diff(details, "url", was.url, w.url);
    change_diff(details, "events", events_text(cx, was.events),
        events_text(cx, w.events));
    struct audit_event event = event_of("webhook.edit", &w, details);
    return change_commit(cx, &event);
}

enum err_code
webhook_pause(struct cx *cx, struct str uuid, bool pause)
{
    struct webhook w;
    if (begin(cx, uuid, &w))
        return cx->err.code;
    if ((w.paused_s != 0) == pause)
        return change_commit(cx, AUDIT_NONE);
    if (store_webhook_pause(cx->store, &w, pause ? cx->now_s : 0, cx->now_s))
        return change_abort(cx);
    struct audit_event event = event_of(
        pause ? "webhook.pause" : "webhook.resume", &w, NULL);
    return change_commit(cx, &event);
}

enum err_code
webhook_rotate(struct cx *cx, struct str uuid,
    const struct webhook_rotate_in *in, struct webhook *out,
    struct str *secret)
{
    struct str sealed;
    *secret = (struct str){ NULL, 0 };
    if (begin(cx, uuid, out))
        return cx->err.code;
    struct str once = form_mac(cx, in->once);
    if (str_eq(once, out->once)) {
        was_shown(cx);
        return change_abort(cx);
    }
    out->once = once;
    struct str text = make_secret(cx, out->uuid, &sealed);
    int64_t overlap_s = webhook_overlap_s(in->overlap);
    out->old_ends_s = overlap_s ? cx->now_s + overlap_s : 0;
    if (store_webhook_rotate(cx->store, out, sealed, out->old_ends_s,
            cx->now_s) ||
        (!overlap_s && store_webhook_end_old(cx->store, out, cx->now_s)))
        return change_abort(cx);
    struct val *details = val_map(cx->arena);
    val_put_int(details, "old_secret_seconds", overlap_s);
    struct audit_event event = event_of("webhook.rotate", out, details);
    if (!change_commit(cx, &event))
        *secret = text;
    return cx->err.code;
}

enum err_code
webhook_remove(struct cx *cx, struct str uuid)
{
    struct webhook w;
    if (begin(cx, uuid, &w))
        return cx->err.code;
    if (store_webhook_remove(cx->store, &w))
        return change_abort(cx);
    struct audit_event event = event_of("webhook.remove", &w, NULL);
    return change_commit(cx, &event);
}

enum err_code
webhook_test(struct cx *cx, struct str uuid)
{
    struct webhook w;
    if (begin(cx, uuid, &w))
        return cx->err.code;
    struct notice n = { .kind = NOTICE_TEST, .webhook_id = w.id };
    if (notice_add(cx, &n))
        return change_abort(cx);
    struct audit_event event = event_of("webhook.test", &w, NULL);
    return change_commit(cx, &event);
}

enum err_code
webhook_log(struct cx *cx, const struct webhook *w, int64_t before,
    struct outbox_line **out, size_t *n, bool *more)
{
    *n = 0;
    *more = false;
    if (access_need(cx, RIGHT_SETTINGS) ||
        store_outbox_of_hook(cx->store, w->id, before, WEBHOOK_LOG_MOST + 1,
            out, n))
        return cx->err.code;
    *more = *n > WEBHOOK_LOG_MOST;
    if (*more)
        *n = WEBHOOK_LOG_MOST;
    return ERR_OK;
}

static enum err_code
sign_with(struct cx *cx, const struct webhook *w, struct str sealed,
    struct str message, struct buf *out)
{
    struct str key;
    uint8_t mac[MAC_BYTES];
    /* an empty or short key would let anybody sign */
    if (!seal_open(cx->arena, cx->secrets, SUBKEY_WEBHOOK, w->uuid, sealed,
            &key) ||
        key.n != WEBHOOK_SECRET_BYTES)
        return ERR(&cx->err, ERR_INTERNAL,
            "The signing secret cannot be opened. Rotate it.");
    mac_raw(key, message, mac);
    buf_fmt(out, "%sv1,%.*s", out->n ? " " : "",
        STR_ARG(b64_plain(cx->arena,
            (struct str){ (const char *)mac, sizeof mac })));
    return ERR_OK;
}

enum err_code
webhook_sign(struct cx *cx, const struct webhook *w, struct str id,
    int64_t at_s, struct str body, struct str *out)
{
    struct buf text;
    struct str message = arena_fmt(cx->arena, "%.*s.%lld.%.*s", STR_ARG(id),
        (long long)at_s, STR_ARG(body));
    buf_init(&text, cx->arena, BUF_MAX_FIELD);
    if (sign_with(cx, w, w->sealed, message, &text))
        return cx->err.code;
    if (w->old_sealed.n && at_s < w->old_ends_s &&
        sign_with(cx, w, w->old_sealed, message, &text))
        return cx->err.code;
    *out = buf_view(&text);
    return ERR_OK;
}
