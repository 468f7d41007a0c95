/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_WEBHOOK_H
#define STORE_STORE_WEBHOOK_H

/* Webhooks: where a workspace has its events sent.  Nothing found: ERR_OK with
 * id 0. */

#include "model/notice.h"
#include "store/store.h"

/* store_webhook_insert -- fills w->id. */
NODISCARD enum err_code store_webhook_insert(struct store *st,
    struct webhook *w);
/* oldest first, at most WEBHOOKS_MOST, with their newest message */
NODISCARD enum err_code store_webhook_list(struct store *st,
    int64_t workspace_id, struct webhook **out, size_t *n);
NODISCARD enum err_code store_webhook_by_uuid(struct store *st,
    int64_t workspace_id, struct str uuid, struct webhook *out);
NODISCARD enum err_code store_webhook_by_id(struct store *st, int64_t id,
    struct webhook *out);
/* store_webhook_edit -- url and events of `w`, when it still has w->version;
 * *changed tells. */
NODISCARD enum err_code store_webhook_edit(struct store *st,
    const struct webhook *w, int64_t now_s, bool *changed);
/* at_s 0: it gets events again */
NODISCARD enum err_code store_webhook_pause(struct store *st,
    const struct webhook *w, int64_t at_s, int64_t now_s);
/* store_webhook_rotate -- the present secret becomes the old one; w->once is
 * of the form that asked. */
NODISCARD enum err_code store_webhook_rotate(struct store *st,
    const struct webhook *w, struct str sealed, int64_t old_ends_s,
    int64_t now_s);
NODISCARD enum err_code store_webhook_end_old(struct store *st,
    const struct webhook *w, int64_t now_s);
/* with all its messages */
NODISCARD enum err_code store_webhook_remove(struct store *st,
    const struct webhook *w);

#endif
