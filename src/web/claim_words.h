/* SPDX-License-Identifier: ISC */
#ifndef WEB_CLAIM_WORDS_H
#define WEB_CLAIM_WORDS_H

/* Claim links, as the form of a new key and their own pages show them. */

#include "core/claim.h"
#include "http/res.h"
#include "web/view.h"

/* claim_options -- how long a link may work, as options of a choice.
 * words  before "3 days"; pick: is one of them chosen by default? */
void claim_options(struct form *fm, struct val *field, const char *words,
    bool pick);

/*
 * claim_link_page -- the link, once; answered to the post itself.
 * link  empty when it was shown before
 * made  is the key new?
 */
NODISCARD enum err_code claim_link_page(struct cx *cx, const struct req *req,
    struct res *res, const struct key *k, struct str link, bool made);

#endif
