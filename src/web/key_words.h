/* SPDX-License-Identifier: ISC */
#ifndef WEB_KEY_WORDS_H
#define WEB_KEY_WORDS_H

/* How the pages speak of a key: kinds, states, times, limits in words. */

#include "core/key.h"
#include "web/view.h"

/* kind_of -- from the third segment of the path: keys, management-keys,
 * admin-keys. */
enum key_kind kind_of(const struct req *req);

/* kind_base -- "/w/acme/keys". */
struct str kind_base(struct cx *cx, enum key_kind kind);

/* put_kind -- view.kind: one, many, base, calls, what. */
void put_kind(struct cx *cx, struct val *view, enum key_kind kind);

/* key_href -- "/w/acme/keys/b747e891". */
struct str key_href(struct cx *cx, const struct key *k);

/* key_masked -- "b747e891…x9Qz". */
struct str key_masked(struct cx *cx, struct str prefix, struct str last4);

/* put_key -- view.key: name, href, masked, prefix. */
struct val *put_key(struct cx *cx, struct val *view, const struct key *k);

/* put_status -- status, status_class, status_until into v: the badge, and when
 * a limit that is reached starts again (null: never, or another state). */
void put_status(struct cx *cx, struct val *v, const struct key *k);

/* status_words -- the sentence beside the badge. */
struct str status_words(struct cx *cx, const struct key *k);

/* put_access -- view.access: a row (label, words) for each thing that a key may
 * be limited to.  k: with its access. */
void put_access(struct cx *cx, struct val *view, const struct key *k);

/* used_words -- "It was used 2 hours ago; 1,204 calls in the last 24 hours.",
 * "It was never used." */
struct str used_words(struct cx *cx, const struct key *k);

/* rotation_words -- when an old secret ends: "ends on 21 Nov 2026, 17:02 UTC",
 * or "ends when nobody used it for 24 hours". */
struct str rotation_words(struct cx *cx, const struct key_secret *s);

/* reset_words -- "monthly", "no reset". */
const char *reset_words(enum spend_reset reset);

/* owner_words -- who owns it, or "nobody (removed)". */
struct str owner_words(const struct key *k);

/* may_rotate -- is the key in a state in which a new secret makes sense? */
bool key_can_rotate(struct cx *cx, const struct key *k);

#endif
