/* SPDX-License-Identifier: ISC */
#ifndef CORE_KEY_H
#define CORE_KEY_H

/*
 * API keys: the meaning of each operation.  Every function works in cx->ws and
 * begins with the right of the actor; keys that are not standard ones are seen
 * with RIGHT_KEY_SPECIAL only.  A key of another workspace is
 * ERR_NOT_FOUND.  Functions that make a secret give it back once; it is
 * written nowhere (the database holds a sealed hash).
 */

#include "core/cx.h"
#include "store/store_key.h"

/* key_get -- one key by prefix, with what it may call. */
NODISCARD enum err_code key_get(struct cx *cx, struct str prefix,
    struct key *out);

/* key_by_uuid -- the same by its permanent id, in upper or lower case. */
NODISCARD enum err_code key_by_uuid(struct cx *cx, struct str uuid,
    struct key *out);

/*
 * key_own -- the key that acts, with what it may call; what a key may always
 * know.  Errors: ERR_FORBIDDEN when no key acts.
 */
NODISCARD enum err_code key_own(struct cx *cx, struct key *out);

/*
 * key_enter -- the key in cx->actor, read anew: it acts from here on, in its
 * workspace, with no more than its owner's role (cx->ws.role).
 * Errors: ERR_UNAUTHENTICATED or ERR_FORBIDDEN when it ended, was revoked, or
 * was switched off meanwhile.
 */
NODISCARD enum err_code key_enter(struct cx *cx);

/*
 * key_list -- keys of one kind.
 * f     workspace_id is filled here; `most` rows are wanted
 * more  out: there are further rows in the direction asked for
 */
NODISCARD enum err_code key_list(struct cx *cx, struct key_filter *f,
    struct key **out, size_t *n, bool *more);

/* key_list_all -- every key of a kind that was not revoked, oldest first, with
 * the uuid of its deployment, for APIs that have no pages. */
NODISCARD enum err_code key_list_all(struct cx *cx, enum key_kind kind,
    struct key **out, size_t *n);

/* How many keys of a kind there are. */
enum { KEY_COUNT_SHOWN = 1000 };
struct key_counts {
    bool any;     /* at least one, in whatever state */
    int64_t live; /* neither revoked nor expired; counted up to
                     KEY_COUNT_SHOWN, since counting more is dear */
    int64_t most; /* the workspace's limit on live ones */
    bool room;    /* may there be another one? key_create decides */
};
NODISCARD enum err_code key_counts(struct cx *cx, enum key_kind kind,
    struct key_counts *out);

/* key_spent_up -- is its spending limit used up? */
bool key_spent_up(const struct key *k);

/* key_waits -- has it no secret yet, because its holder did not open the claim
 * link?  Nothing passes with such a key. */
bool key_waits(const struct key *k);

/* key_status -- one word, worst first. Pure. */
enum key_status key_status(const struct key *k, int64_t now_s);

/* key_leaked -- is it suspended because somebody reported it? */
bool key_leaked(const struct key *k);
/* key_broken -- its row was changed outside of the program (core/rowseal.h):
 * it reads as suspended, and nothing lifts that. */
bool key_broken(const struct key *k);

/* key_may_... -- may the actor change this key at all (edit, rotate, disable),
 * revoke it, create one of this kind? */
bool key_may_edit(const struct cx *cx, const struct key *k);
bool key_may_revoke(const struct cx *cx, const struct key *k);
bool key_may_create(const struct cx *cx, enum key_kind kind);

/* key_need_... -- the same as gates; errors as access_need. */
NODISCARD enum err_code key_need_edit(struct cx *cx, const struct key *k);
NODISCARD enum err_code key_need_revoke(struct cx *cx, const struct key *k);
NODISCARD enum err_code key_need_create(struct cx *cx, enum key_kind kind);

/*
 * key_create -- a new key.
 * in    as read from form or JSON; owner empty means the actor; with
 *       in->partial, a name that was not sent is the key's prefix, and
 *       permissions are those of the maker; with in->claim (standard keys only)
 *       it waits for its holder, see core/claim.h
 * text  out: the whole key, shown once; of one that waits, the address of its
 *       claim link instead
 * out   out: the key as stored
 * Errors: ERR_INVALID with fields, ERR_FORBIDDEN (also those of
 * core/ceiling.h, as for every change that lets a key go on); ERR_CONFLICT with
 * reason "limit" (too many keys) or "shown" (this form made its key already: out->
 * prefix tells which, out->created_s when).
 */
NODISCARD enum err_code key_create(struct cx *cx, enum key_kind kind,
    const struct key_in *in, struct str *text, struct key *out);

/*
 * key_edit -- what the form may change.  in->version is the one the form saw:
 * when the key changed since, ERR_CONFLICT with reason "stale", and *now_is
 * holds the key as it is.  With in->partial, what was not sent stays, and a
 * version that was not sent is any; in->power switches the key on or off
 * besides.  The spending limit alone takes RIGHT_LIMITS.
 */
NODISCARD enum err_code key_edit(struct cx *cx, struct str prefix,
    const struct key_in *in, struct key *now_is);

/*
 * key_rotate -- a new secret; the old one goes on for the overlap, never
 * longer than the key itself.  An old secret of an earlier rotation ends now.
 * Of a key that is suspended as leaked every secret ends now, and the new one
 * lifts the suspension: the only way to do so.
 * Errors as key_create ("shown"); ERR_CONFLICT when revoked or expired.
 */
NODISCARD enum err_code key_rotate(struct cx *cx, struct str prefix,
    const struct rotate_in *in, struct str *text, struct key *out);

/* key_end_old -- end the old secret of a rotation now; that there is none is
 * no error.  ERR_CONFLICT when the key was revoked. */
NODISCARD enum err_code key_end_old(struct cx *cx, struct str prefix);

/* Disable, enable: out is the key before; doing it twice is no error. */
NODISCARD enum err_code key_disable(struct cx *cx, struct str prefix,
    struct key *out);
NODISCARD enum err_code key_enable(struct cx *cx, struct str prefix,
    struct key *out);

/*
 * key_revoke -- at once and for ever.
 * confirm  the typed name; wanted when the key was used in the last 24 hours
 *          and `asked` is true (a page asks, a program does not)
 */
NODISCARD enum err_code key_revoke(struct cx *cx, struct str prefix,
    bool asked, struct str confirm, struct key *out);

/* key_needs_name -- does revoking it ask for the typed name? */
bool key_needs_name(const struct cx *cx, const struct key *k);

/* key_secrets -- the current secret and those that ended or will, newest
 * first; the sealed bytes are blanked. */
NODISCARD enum err_code key_secrets(struct cx *cx, const struct key *k,
    struct key_secret **out, size_t *n);

/* key_labels -- of one key. */
NODISCARD enum err_code key_labels(struct cx *cx, const struct key *k,
    struct key_label **out, size_t *n);

/* key_calls_today -- calls that passed in the last 24 hours (whole hours). */
NODISCARD enum err_code key_calls_today(struct cx *cx, const struct key *k,
    int64_t *calls);

/* key_workspace -- which workspace has the key of this prefix; for the shell.
 * ERR_NOT_FOUND, whose words repeat nothing that could be more than a prefix. */
NODISCARD enum err_code key_workspace(struct cx *cx, struct str prefix,
    int64_t *workspace_id);

/* key_signing -- the signing secret that belongs to the text of a management
 * key (secret/signing.h), to be shown beside it; empty for other kinds. */
struct str key_signing(struct cx *cx, const struct key *k, struct str text);

/* key_seal_ad -- what a stored secret is bound to; for core/check.c. */
struct str key_seal_ad(struct arena *a, const struct key *k);

#endif
