/* SPDX-License-Identifier: ISC */
#ifndef CORE_WEBHOOK_H
#define CORE_WEBHOOK_H

/*
 * Webhooks: addresses to which a workspace has its events sent, by the Standard
 * Webhooks convention.  Owners and admins set them (RIGHT_SETTINGS).
 *
 * Signing secrets are sealed (SUBKEY_WEBHOOK, bound to the webhook's uuid), as
 * they must be read back to sign.  The process that talks with the network
 * never has them: it is handed what is signed already (core/outbox.h).
 */

#include "core/cx.h"
#include "model/notice.h"

enum { WEBHOOK_LOG_MOST = 50 /* lines of a page */ };

/*
 * webhook_create -- a new one.
 * secret  out: "whsec_..." to be told once; it is kept nowhere in plain
 * Errors: ERR_INVALID at url (url_http takes it, https, or http as long as the
 * configuration opens networks) or events; ERR_CONFLICT when WEBHOOKS_MOST are
 * there; with the reason "shown" when this form was sent before: *out is what
 * it made then.
 */
NODISCARD enum err_code webhook_create(struct cx *cx,
    const struct webhook_in *in, struct webhook *out, struct str *secret);

/* webhook_list -- of cx->ws, oldest first, with how the last message went. */
NODISCARD enum err_code webhook_list(struct cx *cx, struct webhook **out,
    size_t *n);

/* webhook_get -- by uuid.  ERR_NOT_FOUND, also for one of another workspace. */
NODISCARD enum err_code webhook_get(struct cx *cx, struct str uuid,
    struct webhook *out);

/* webhook_edit -- address and events.  Errors: as webhook_create and
 * webhook_get; ERR_CONFLICT reason "stale" when it has another version. */
NODISCARD enum err_code webhook_edit(struct cx *cx, struct str uuid,
    const struct webhook_in *in);

/* webhook_pause -- events of a paused one are not queued; what waits goes out
 * still.  The same twice is no error. */
NODISCARD enum err_code webhook_pause(struct cx *cx, struct str uuid,
    bool pause);

/* webhook_rotate -- a new secret; for the overlap the old one signs too, so
 * that the receiver can be changed meanwhile.  secret: out, told once.
 * ERR_CONFLICT reason "shown" as in webhook_create. */
NODISCARD enum err_code webhook_rotate(struct cx *cx, struct str uuid,
    const struct webhook_rotate_in *in, struct webhook *out,
    struct str *secret);

/* webhook_remove -- with its log, and what waits for it. */
NODISCARD enum err_code webhook_remove(struct cx *cx, struct str uuid);

/* webhook_test -- queue a test event, also of a paused one. */
NODISCARD enum err_code webhook_test(struct cx *cx, struct str uuid);

/* webhook_log -- its messages, newest first; before: id of the last one of the
 * page before, or 0.  *more: there are older ones. */
NODISCARD enum err_code webhook_log(struct cx *cx, const struct webhook *w,
    int64_t before, struct outbox_line **out, size_t *n, bool *more);

/*
 * webhook_sign -- the header webhook-signature: "v1," and base64 of HMAC-SHA-256
 * over "id.seconds.body"; while an old secret lasts a second one, after a
 * space.
 * Errors: ERR_INTERNAL when the secret cannot be opened with this master
 * secret.
 */
NODISCARD enum err_code webhook_sign(struct cx *cx, const struct webhook *w,
    struct str id, int64_t at_s, struct str body, struct str *out);

#endif
