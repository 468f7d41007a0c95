/* SPDX-License-Identifier: ISC */
#ifndef WEB_HOLDER_H
#define WEB_HOLDER_H

/* Who has keys: the choice of an owner, the keys of somebody, and the question
 * what becomes of them when their owner goes. */

#include "core/member.h"
#include "web/view.h"

/*
 * holder_choice -- field `name` (a literal): who may own a key, the members
 * and service accounts of the workspace.
 * chosen   uuid of the one chosen at first; empty: nobody is
 * without  uuid of one who is left out; may be empty
 * none     label of a first choice with the value ""; empty: there is none.
 *          It is left out too when `chosen` is listed, unless that is empty
 * Errors: those of the lists.
 */
NODISCARD enum err_code holder_choice(struct form *fm, const char *name,
    struct str chosen, struct str without, struct str none);

/* holder_put_keys -- view.keys, a list of name, prefix, href, masked, owner,
 * status, status_class, status_until, used, used_at; has_keys; and
 * keys_more, "The first 100 are listed." or null. */
NODISCARD enum err_code holder_put_keys(struct cx *cx, struct val *view,
    enum key_holder who, int64_t id);

/*
 * holder_fate -- fields fate and to: what becomes of the keys in view.keys.
 * without  uuid of who goes
 * later    is it an answer, too, that nobody says so now?
 */
NODISCARD enum err_code holder_fate(struct form *fm, struct str without,
    bool later);

#endif
