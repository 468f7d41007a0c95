/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_TEAM_H
#define STORE_STORE_TEAM_H

/* Invitations, roles, service accounts, keys that somebody left behind.
 * Nothing found: ERR_OK with id 0. */

#include "model/key.h"
#include "model/team.h"
#include "store/store.h"

/* store_invite_insert -- by_user_id: who invites, 0 the shell; mac: of the
 * link's token. */
NODISCARD enum err_code store_invite_insert(struct store *st,
    const struct invite *v, int64_t by_user_id, struct str mac);
NODISCARD enum err_code store_invite_by_mac(struct store *st, struct str mac,
    struct invite *out);
NODISCARD enum err_code store_invite_by_uuid(struct store *st,
    int64_t workspace_id, struct str uuid, struct invite *out);
/* store_invite_list -- neither accepted, withdrawn nor expired, newest
 * first. */
NODISCARD enum err_code store_invite_list(struct store *st,
    int64_t workspace_id, int64_t now_s, int most, struct invite **out,
    size_t *n);
/* *changed: false when it was accepted or withdrawn before */
NODISCARD enum err_code store_invite_cancel(struct store *st,
    const struct invite *v, int64_t now_s, bool *changed);
/* store_invite_replace -- withdraw every open one for this address; those for
 * an owner only with `owners`. */
NODISCARD enum err_code store_invite_replace(struct store *st,
    int64_t workspace_id, struct str email, bool owners, int64_t now_s);
/* store_invite_use -- exactly once, else ERR_INTERNAL: look first. */
NODISCARD enum err_code store_invite_use(struct store *st, int64_t id,
    int64_t now_s);

/* store_member_is -- is the person with this address a member? */
NODISCARD enum err_code store_member_is(struct store *st,
    int64_t workspace_id, struct str email, bool *is);
NODISCARD enum err_code store_member_set_role(struct store *st,
    int64_t workspace_id, int64_t user_id, enum role role);
NODISCARD enum err_code store_member_delete(struct store *st,
    int64_t workspace_id, int64_t user_id);
/* store_owner_other -- the owner who is there longest, beside this one, and
 * can sign in; out->user_id 0: there is none. */
NODISCARD enum err_code store_owner_other(struct store *st,
    int64_t workspace_id, int64_t user_id, struct member *out);

/* Somebody who left keys. */
struct left_person {
    struct str uuid, name, email;
    int64_t left_s;
    int64_t n_keys;      /* listed ones */
    int64_t n_suspended; /* of these: refused until somebody decides */
};
/* since_s: keys that were passed on before are not listed any more */
NODISCARD enum err_code store_left_people(struct store *st,
    int64_t workspace_id, int64_t since_s, struct left_person **out,
    size_t *n);
NODISCARD enum err_code store_left_person(struct store *st,
    int64_t workspace_id, struct str uuid, int64_t since_s,
    struct member *out);

/* store_service_page -- service accounts with all members filled, by name. */
NODISCARD enum err_code store_service_page(struct store *st,
    int64_t workspace_id, struct service_account **out, size_t *n);
/* not_id: one that does not count, or 0 */
NODISCARD enum err_code store_service_name_taken(struct store *st,
    int64_t workspace_id, struct str name, int64_t not_id, bool *taken);
NODISCARD enum err_code store_service_rename(struct store *st,
    int64_t workspace_id, int64_t id, struct str name);
NODISCARD enum err_code store_service_remove(struct store *st,
    int64_t workspace_id, int64_t id, int64_t now_s);

/* Of a key whose owner leaves: refused until somebody decides, or passed to
 * an owner of the workspace. */
NODISCARD enum err_code store_key_suspend_left(struct store *st,
    const struct key *k, int64_t now_s);
NODISCARD enum err_code store_key_pass_left(struct store *st,
    const struct key *k, int64_t to_user_id, int64_t now_s);
/* store_key_hand_over -- to one of user and service account; the other is 0 */
NODISCARD enum err_code store_key_hand_over(struct store *st,
    const struct key *k, int64_t user_id, int64_t service_id, int64_t now_s);

#endif
