/* SPDX-License-Identifier: ISC */
#ifndef CORE_KEY_RULES_H
#define CORE_KEY_RULES_H

/* The rules on a key's settings, shared by creating and editing; private to
 * the core. */

#include "core/key.h"

/* key_find -- by prefix in cx->ws, without asking for a right. */
NODISCARD enum err_code key_find(struct cx *cx, struct str prefix,
    struct key *out);

/* key_find_to_edit -- the same, and the actor may change it. */
NODISCARD enum err_code key_find_to_edit(struct cx *cx, struct str prefix,
    struct key *out);

/* key_new_secret -- in the open transaction: a new secret of k, stored as a
 * sealed hash; its text goes out once.  Fills k->last4. */
NODISCARD enum err_code key_new_secret(struct cx *cx, struct key *k,
    struct str *text);

/* key_new_prefix -- one that no key has; request lifetime. */
NODISCARD enum err_code key_new_prefix(struct cx *cx, struct str *out);

/* key_labels_read -- "name=value" lines; messages at "labels". */
void key_labels_read(struct cx *cx, struct str text, struct key_label **out,
    size_t *n);

/* key_form_check -- did this form make its secret already?  ERR_CONFLICT with
 * reason "shown" then, and *out as key_create says.  No id: no form. */
NODISCARD enum err_code key_form_check(struct cx *cx, struct str once,
    struct key *out);
/* key_form_note -- in the open transaction: it does so now. */
NODISCARD enum err_code key_form_note(struct cx *cx, struct str once,
    const struct key *k);

/* Who a key is to belong to: a person or a service account. */
struct key_owner {
    int64_t user_id, service_id; /* one of them is 0 */
    struct str name;             /* e-mail, or name of the service account */
    enum role role;              /* of the person */
};

/* key_owner_find -- "user:UUID" or "service:UUID" of cx->ws; else a message at
 * `field`, a literal. */
NODISCARD enum err_code key_owner_find(struct cx *cx, const char *field,
    struct str text, struct key_owner *out);

/* key_owner_fits -- may a key of this kind be theirs?  Those that manage belong
 * to admins, owners and service accounts. */
bool key_owner_fits(enum key_kind kind, const struct key_owner *owner);

/*
 * key_apply -- check `in` against the rules and the workspace, and write it
 * into *k (whose id, kind, workspace and present settings are filled).
 * Reads the store; run it in the change's transaction.
 * labels, n_labels: out, parsed from in->labels.
 * With in->partial, what was not sent stays as it is in *k.
 * Errors: a message at each wrong field, ERR_INVALID; those of ceiling_need.
 */
NODISCARD enum err_code key_apply(struct cx *cx, const struct key_in *in,
    struct key *k, struct key_label **labels, size_t *n_labels);

#endif
