/* SPDX-License-Identifier: ISC */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

/*
 * Usage reports: what a call that passed the gate really took.  A report
 * settles the reservation whose id it carries; with another id it stands for
 * a call that nobody reserved.  Everything that changes (core/book.h) changes
 * in one transaction, and is on disk before the answer.
 *
 * The same id counts once for a key: the same numbers get the same answer, and
 * other numbers are a conflict.  Tokens that are not reported are not zero:
 * they are those of the reservation, or of the model, and the event is marked
 * as estimated; of a call that failed they are zero.  A reservation that ended
 * before its report came is settled late, once: what was charged at the
 * estimate is corrected.
 *
 * A call belongs to the instant at which it was reserved, and so do its price
 * and the periods of its limits; `time` is read without a reservation only.
 */

#include "core/cx.h"
#include "model/report.h"

enum {
    REPORT_LATE_S = 28 * 86400, /* older calls are not taken: shorter than any
                                   retention of events */
    REPORT_EARLY_S = 300        /* clocks differ */
};

enum report_state {
    REPORT_COUNTED,  /* now */
    REPORT_REPEATED, /* before, with the same numbers */
    REPORT_REFUSED   /* see code; nothing was changed */
};

struct report_result {
    enum report_state state;
    struct err err;   /* of this report alone; ERR_INVALID with fields,
                         ERR_NOT_FOUND (key), ERR_CONFLICT (other numbers) */
    bool estimated;
    int64_t input_tokens, output_tokens;
    int64_t cost;     /* micro-USD */
};

/*
 * report_usage -- up to REPORTS_MOST reports in one transaction: those that
 * are refused say so in their result, and all others are counted together.
 * in, out  n of each; a report whose out->err is set already (its fields could
 *          not be read) is passed over
 * Keys are those of cx->ws; for the gate (ACTOR_GATE) those of every
 * workspace; for others ERR_FORBIDDEN.
 * Errors: those of the store; then nothing was changed.
 */
NODISCARD enum err_code report_usage(struct cx *cx,
    const struct report_in *in, struct report_result *out, size_t n);

#endif
