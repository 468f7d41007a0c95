/* SPDX-License-Identifier: ISC */
#ifndef WEB_REQUEST_WORDS_H
#define WEB_REQUEST_WORDS_H

/* How the pages speak of a call that was refused. */

#include "core/check.h"
#include "model/usage.h"
#include "web/view.h"

/* refusal_words -- what happened, with what the call named: "Model openai/o9
 * is not allowed"; of a code that is not the gate's, the code. */
struct str refusal_words(struct cx *cx, const struct usage_event *e);

/* refusal_label -- the reason without the call: "Model not allowed". */
const char *refusal_label(enum reason r);

/* refusal_mend -- what to do now: a sentence, and where (label and href; both
 * empty when there is no such place, or the actor may not change it). */
struct mend {
    struct str words, label, href;
};
struct why;
void refusal_mend(struct cx *cx, const struct why *w, struct mend *out);

/* request_href -- the page of a call, "" when its id fits no address. */
struct str request_href(struct cx *cx, const struct usage_event *e,
    struct str key_prefix);

#endif
