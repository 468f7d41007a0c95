/* SPDX-License-Identifier: ISC */
#ifndef WEB_ADVICE_WORDS_H
#define WEB_ADVICE_WORDS_H

/* How the pages speak of advice, see part/advice. */

#include "core/advice.h"
#include "web/view.h"

/* advice_list -- view.advice: a row for each, with its button. */
void advice_list(struct cx *cx, struct val *view, const struct advice *all,
    size_t n);

/* advice_done_list -- view.advice_done: what can be undone. */
void advice_done_list(struct cx *cx, struct val *view, const struct key *k,
    const struct advice_done *done, size_t n);

#endif
