/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_USER_H
#define STORE_STORE_USER_H

/*
 * Users, sessions and one-time links.  The store answers, it does not decide:
 * a look-up that finds nothing is ERR_OK with id 0.  Times are Unix seconds.
 * What is read has request lifetime.
 */

#include "model/operation.h"
#include "model/user.h"
#include "store/store.h"

/* store_user_insert -- needs a transaction; fills u->id.  ERR_CONFLICT when
 * the e-mail address is taken. */
NODISCARD enum err_code store_user_insert(struct store *st, struct user *u,
    int64_t now_s);
NODISCARD enum err_code store_user_by_email(struct store *st,
    struct str email, struct user *out);
NODISCARD enum err_code store_user_by_id(struct store *st, int64_t id,
    struct user *out);
NODISCARD enum err_code store_user_by_uuid(struct store *st,
    struct str uuid, struct user *out);
/* store_user_overview -- what is asked for, at most ask->most. */
NODISCARD enum err_code store_user_overview(struct store *st,
    const struct operation_ask *ask, struct person_overview **out, size_t *n);
/* store_user_any -- is there anybody with a password? */
NODISCARD enum err_code store_user_any(struct store *st, bool *any);
NODISCARD enum err_code store_user_set_name(struct store *st, int64_t id,
    struct str name, int64_t now_s);
/* store_user_list -- those after this id, in its order, at most `most`. */
NODISCARD enum err_code store_user_list(struct store *st, int64_t after,
    size_t most, struct user **out, size_t *n);
/* store_user_set_disabled -- since when; 0: not. */
NODISCARD enum err_code store_user_set_disabled(struct store *st, int64_t id,
    int64_t disabled_s, int64_t now_s);
/* store_user_set_operator -- does the person operate the installation? */
NODISCARD enum err_code store_user_set_operator(struct store *st, int64_t id,
    bool operator, int64_t now_s);
/* store_user_set_email -- lower case; ERR_CONFLICT when it is taken. */
NODISCARD enum err_code store_user_set_email(struct store *st, int64_t id,
    struct str email, int64_t now_s);
NODISCARD enum err_code store_user_set_password(struct store *st, int64_t id,
    struct str sealed, int64_t now_s);
/* store_user_end_sessions -- the epoch moves on. */
NODISCARD enum err_code store_user_end_sessions(struct store *st, int64_t id,
    int64_t now_s);
/* store_user_stamp -- seen at now_s, perhaps in a workspace (0: none); a user
 * who is gone changes nothing, as with store_session_stamp. */
NODISCARD enum err_code store_user_stamp(struct store *st, int64_t id,
    int64_t now_s, int64_t workspace_id);

/* store_session_insert -- mac: MAC_BYTES of the cookie's token; fills id. */
NODISCARD enum err_code store_session_insert(struct store *st,
    struct session *s, struct str mac);
/* store_session_by_mac -- and whose it is. */
NODISCARD enum err_code store_session_by_mac(struct store *st, struct str mac,
    struct session *out, struct user *whose);
/* store_session_list -- newest use first, at most 100. */
NODISCARD enum err_code store_session_list(struct store *st, int64_t user_id,
    struct session **out, size_t *n);
NODISCARD enum err_code store_session_stamp(struct store *st, int64_t id,
    int64_t now_s);
/* store_session_renew -- another token, of this epoch, proved at now_s;
 * *renewed false: it has ended. */
NODISCARD enum err_code store_session_renew(struct store *st, int64_t id,
    struct str mac, int64_t epoch, int64_t now_s, bool *renewed);
NODISCARD enum err_code store_session_end(struct store *st, int64_t id);
/* *ended: was there such a session of this user? */
NODISCARD enum err_code store_session_end_by_uuid(struct store *st,
    int64_t user_id, struct str uuid, bool *ended);
/* keep: id of the session that stays, or 0 */
NODISCARD enum err_code store_session_end_others(struct store *st,
    int64_t user_id, int64_t keep);
NODISCARD enum err_code store_session_end_oldest(struct store *st,
    int64_t user_id, int64_t most);

/* A one-time link; kind is "setup", "reset" or "claim". */
struct once_link {
    int64_t id;       /* 0: not found */
    int64_t ends_s;
    int64_t used_s;   /* 0: not used */
    int64_t user_id, key_id; /* 0: none */
    bool broken;      /* its row seal */
};
NODISCARD enum err_code store_once_insert(struct store *st, const char *kind,
    struct str mac, int64_t user_id, int64_t key_id, int64_t now_s,
    int64_t ends_s);
NODISCARD enum err_code store_once_by_mac(struct store *st, const char *kind,
    struct str mac, struct once_link *out);
/* store_once_use -- exactly one caller ever gets ERR_OK; the second gets
 * ERR_INTERNAL from q_run_exactly, so look first, in the same transaction. */
NODISCARD enum err_code store_once_use(struct store *st, int64_t id,
    int64_t now_s);
NODISCARD enum err_code store_once_void(struct store *st, const char *kind,
    int64_t user_id, int64_t key_id, int64_t now_s);

/* The single-use id of a form that showed a secret. */
NODISCARD enum err_code store_form_once_insert(struct store *st,
    struct str mac, int64_t user_id, int64_t key_id, int64_t now_s);
/* *at_s is 0 when the form was not used yet. */
NODISCARD enum err_code store_form_once_find(struct store *st, struct str mac,
    int64_t user_id, int64_t *at_s, struct str *prefix);
NODISCARD enum err_code store_form_once_prune(struct store *st,
    int64_t before_s);

#endif
