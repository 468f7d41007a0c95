/* SPDX-License-Identifier: ISC */
#ifndef TEXT_MAIL_H
#define TEXT_MAIL_H

/* Mail as bytes: RFC 5322 with MIME, plain text in UTF-8. */

#include "base/arena.h"

struct mail {
    struct str from;    /* address, of mail_address */
    struct str to;      /* one address, of mail_address */
    struct str subject; /* UTF-8, one line */
    struct str body;    /* UTF-8, lines end with LF */
    struct str id;      /* UUID: the same of each try, so that one which comes
                           twice is known for one */
    int64_t at_s;
};

/*
 * mail_address -- may this stand in a header, and on the way to a mail program,
 * as it is?  "local@domain", at most 254 bytes of visible ASCII without any of
 * ()<>[],;:\" or a second @, and no '-' at the front (programs read that as an
 * option).
 */
bool mail_address(struct str s);

/*
 * mail_write -- headers and body, lines end with CRLF, none longer than 76
 * bytes but for addresses; quoted-printable.  Whatever is in the subject stays
 * one line of the subject.
 * Request lifetime.
 */
struct str mail_write(struct arena *a, const struct mail *m);

#endif
