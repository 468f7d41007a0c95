/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_WATCH_H
#define STORE_STORE_WATCH_H

/* Finding what there is to tell: keys that end, budgets. */

#include "store/store.h"

enum { WATCH_KEYS_MOST = 100, WATCH_CALLS_MOST = 5000 };

/* A key that ends soon. */
struct watch_key {
    int64_t id, workspace_id;
    struct str prefix;
    int64_t created_s, expires_s;
    bool works; /* neither disabled nor suspended */
};
/* those that end in (now_s, soon_s] and were not told, at most
 * WATCH_KEYS_MOST */
NODISCARD enum err_code store_watch_keys(struct store *st, int64_t now_s,
    int64_t soon_s, struct watch_key **out, size_t *n);
/* its present end was told */
NODISCARD enum err_code store_watch_key_told(struct store *st, int64_t id);

/* How far a job has come; *known: false when it never ran. */
NODISCARD enum err_code store_watch_progress(struct store *st,
    const char *job, int64_t *at, bool *known);
NODISCARD enum err_code store_watch_progress_set(struct store *st,
    const char *job, int64_t at);

/* store_watch_last_call -- id of the newest call; 0: there is none. */
NODISCARD enum err_code store_watch_last_call(struct store *st, int64_t *id);

/* A key that was called. */
struct watch_call {
    int64_t workspace_id, key_id;
    struct str prefix;
};
/* keys of the WATCH_CALLS_MOST calls after `after`; *upto: id of the last of
 * these calls, or `after` when there is none */
NODISCARD enum err_code store_watch_calls(struct store *st, int64_t after,
    struct watch_call **out, size_t *n, int64_t *upto);

/* store_watch_budget -- note that a budget reached so many percent in this
 * period; *fresh: it was not noted before. */
struct watch_budget {
    int64_t key_id, rule_id, start_s, amount, level;
};
NODISCARD enum err_code store_watch_budget(struct store *st,
    const struct watch_budget *b, int64_t now_s, bool *fresh);

#endif
