/* SPDX-License-Identifier: ISC */
#ifndef WEB_MAIL_WORDS_H
#define WEB_MAIL_WORDS_H

/* What the mails say. */

#include "model/notice.h"
#include "text/val.h"

struct mail_words {
    struct str subject; /* one line */
    struct str body;    /* lines end with LF */
};

/*
 * mail_words -- subject and text of a notice.
 * facts  as core/notice.c put them together; what is missing is left out
 * Request lifetime of `a`.
 */
struct mail_words mail_words(struct arena *a, enum notice_kind kind,
    const struct val *facts);

/* notice_words -- the same kind in a word or two, for lists: "Invitation". */
const char *notice_words(enum notice_kind kind);

/* notice_mailed_to -- who gets a mail of it: "Its owner". */
const char *notice_mailed_to(enum notice_kind kind);

/* notice_about -- what it tells, for the choice of events: "Somebody was
 * invited". */
const char *notice_about(enum notice_kind kind);

#endif
