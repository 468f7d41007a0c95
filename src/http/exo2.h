/* SPDX-License-Identifier: ISC */
#ifndef HTTP_EXO2_H
#define HTTP_EXO2_H

/*
 * Requests signed with EXO2-HMAC-SHA256:
 *
 *   Authorization: EXO2-HMAC-SHA256 credential=KEY[,signed-query-args=a;b],
 *                  expires=UNIX,signature=BASE64        (one line)
 *
 * What is signed are five parts, joined by line ends: method and path exactly
 * as on the wire; the raw body; the decoded values of the signed query
 * arguments; nothing; the expires number as written.
 * Source: contracts/README.md section 4.
 */

#include "http/req.h"

enum {
    EXO2_MAC_BYTES = 32,
    /* Clients sign for 10 minutes; 5 more are for clocks that differ.  A
     * signature that would live longer is refused, so that a copied request
     * is worth little. */
    EXO2_AHEAD_MOST_S = 15 * 60
};

struct exo2 {
    struct str credential;   /* never empty; views into the header */
    struct str args;         /* "a;b"; empty: none are signed */
    struct str expires_text;
    int64_t expires_s;
    uint8_t mac[EXO2_MAC_BYTES];
};

/* exo2_is -- is the request signed this way, well or badly? */
bool exo2_is(const struct req *r);

/*
 * exo2_read -- the members of the header.  False for any other form: members
 * in another order, doubled or unknown ones, spaces, an expires that is no
 * plain number, a signature that is not 32 bytes of padded base64.
 */
NODISCARD bool exo2_read(const struct req *r, struct exo2 *out);

/* exo2_fresh -- not over (a signature ends when its second begins), and not
 * further ahead than EXO2_AHEAD_MOST_S. */
bool exo2_fresh(const struct exo2 *e, int64_t now_s);

/*
 * exo2_covers -- are all query arguments signed that the clients sign: those
 * that occur once and hold a value?  Then nobody can add one.
 */
bool exo2_covers(const struct exo2 *e, const struct req *r);

/*
 * exo2_message -- the bytes that were signed; request lifetime.
 * An argument that is named and occurs more than once, or not at all, adds
 * nothing: so do the clients have it.
 */
struct str exo2_message(struct arena *a, const struct exo2 *e,
    const struct req *r);

#endif
