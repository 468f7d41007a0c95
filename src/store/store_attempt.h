/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_ATTEMPT_H
#define STORE_STORE_ATTEMPT_H

/* How often something was tried, and from where people signed in.  What is
 * not there reads as zeros. */

#include "store/store.h"

struct attempt {
    int64_t tries;
    int64_t due_ms;
    int64_t ends_s;
};

/* store_attempt_find -- mac: MAC_BYTES of what is counted. */
NODISCARD enum err_code store_attempt_find(struct store *st, struct str mac,
    struct attempt *out);
/* store_attempt_put -- in a transaction: as it is now. */
NODISCARD enum err_code store_attempt_put(struct store *st, struct str mac,
    const struct attempt *a);
NODISCARD enum err_code store_attempt_forget(struct store *st,
    struct str mac);

/* store_id_elsewhere -- does this id of an address name something of another
 * workspace, or person?  Takes as long when it does not.
 * workspace_id, user_id  of who asks; 0: of none.  What has no index over all
 * workspaces is not found: calls that were made. */
NODISCARD enum err_code store_id_elsewhere(struct store *st, struct str id,
    int64_t workspace_id, int64_t user_id, bool *found);

/* store_sign_in_place_known -- did they sign in from this address since
 * after_s? */
NODISCARD enum err_code store_sign_in_place_known(struct store *st,
    int64_t user_id, struct str address, int64_t after_s, bool *known);
NODISCARD enum err_code store_sign_in_place_put(struct store *st,
    int64_t user_id, struct str address, int64_t now_s);

#endif
