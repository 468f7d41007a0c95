/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_OUTBOX_H
#define STORE_STORE_OUTBOX_H

/* What is to be told outside, and how the tries went.  Nothing found: ERR_OK
 * with id 0, or none. */

#include "model/notice.h"
#include "store/store.h"

/* store_outbox_add -- needs a transaction; first try at o->made_s. */
NODISCARD enum err_code store_outbox_add(struct store *st,
    const struct outbox *o);

/* store_outbox_people -- addresses of one member (0: of nobody) and, when
 * asked for, of all owners and admins; nobody twice, none that is disabled. */
NODISCARD enum err_code store_outbox_people(struct store *st,
    int64_t workspace_id, int64_t user_id, bool admins, struct strs *out);

/* store_outbox_guards -- addresses of the owners of a workspace (0: of none)
 * and, when asked for, of all who operate the installation; as above. */
NODISCARD enum err_code store_outbox_guards(struct store *st,
    int64_t workspace_id, bool operators, struct strs *out);

/* Where an event goes. */
struct outbox_hook {
    int64_t id, workspace_id;
};
enum { OUTBOX_HOOKS_MOST = 1000 /* of all workspaces of one person */ };

/* store_outbox_hooks -- webhooks that are not paused and want this kind: of
 * the workspace, or (0) of every one that the person is in. */
NODISCARD enum err_code store_outbox_hooks(struct store *st,
    int64_t workspace_id, int64_t user_id, enum notice_kind kind,
    struct outbox_hook **out, size_t *n);
/* store_outbox_hooks_all -- of every workspace but the demo one, by id, those
 * above `after`; *n is OUTBOX_HOOKS_MOST when there may be more. */
NODISCARD enum err_code store_outbox_hooks_all(struct store *st,
    enum notice_kind kind, int64_t after, struct outbox_hook **out,
    size_t *n);

NODISCARD enum err_code store_outbox_by_id(struct store *st, int64_t id,
    struct outbox *out);
/* of a workspace */
NODISCARD enum err_code store_outbox_by_uuid(struct store *st,
    int64_t workspace_id, struct str uuid, struct outbox *out);

/* All of these need a transaction.
 * store_outbox_release -- what a sender that is dead had in hand waits again.
 * store_outbox_late -- give up what is due after its end. */
NODISCARD enum err_code store_outbox_release(struct store *st, int64_t now_s);
NODISCARD enum err_code store_outbox_late(struct store *st, bool hook,
    int64_t now_s);
/* store_outbox_claim -- take the first that is due, a mail or an event, of a
 * workspace of which no event is under way, and which is not deleted (but for
 * NOTICE_SEAL_BROKEN): it is "sending" then, and one try older.  Nothing: id 0.
 */
NODISCARD enum err_code store_outbox_claim(struct store *st, bool hook,
    int64_t now_s, struct outbox *out);
/* store_outbox_sent, _failed -- end a try of what is "sending"; final: no
 * other one. */
NODISCARD enum err_code store_outbox_sent(struct store *st, int64_t id);
NODISCARD enum err_code store_outbox_failed(struct store *st, int64_t id,
    bool final, int64_t due_s, struct str problem);
NODISCARD enum err_code store_outbox_try_add(struct store *st, int64_t id,
    const struct outbox_try *t);
/* *changed: it was given up, and waits again; ends_s 0: its end stays */
NODISCARD enum err_code store_outbox_again(struct store *st, int64_t id,
    int64_t ends_s, int64_t now_s, bool *changed);

/* store_outbox_stuck -- mail of a workspace (0: all mail) that did not go out
 * at its first try, newest first; those before id `before` (0: all). */
NODISCARD enum err_code store_outbox_stuck(struct store *st,
    int64_t workspace_id, int64_t before, int most, struct outbox **out,
    size_t *n);

/* store_outbox_stuck_all -- the same of all workspaces, mail and events.
 * store_outbox_stuck_by_uuid -- one of them. */
NODISCARD enum err_code store_outbox_stuck_all(struct store *st,
    int64_t before, int most, struct outbox_stuck **out, size_t *n);
NODISCARD enum err_code store_outbox_stuck_by_uuid(struct store *st,
    struct str uuid, struct outbox_stuck *out);
/* Both need a transaction; *changed: it waited (or, to be dropped, was given
 * up).  store_outbox_hurry -- its next try is due now.
 * store_outbox_drop -- it is gone. */
NODISCARD enum err_code store_outbox_hurry(struct store *st, int64_t id,
    int64_t now_s, bool *changed);
NODISCARD enum err_code store_outbox_drop(struct store *st, int64_t id,
    bool *changed);

/* store_outbox_of_hook -- of one webhook, newest first. */
NODISCARD enum err_code store_outbox_of_hook(struct store *st,
    int64_t webhook_id, int64_t before, int most, struct outbox_line **out,
    size_t *n);

NODISCARD enum err_code store_outbox_counts(struct store *st,
    struct outbox_counts *out);

#endif
