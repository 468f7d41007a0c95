/* SPDX-License-Identifier: ISC */
#ifndef TEXT_MONEY_H
#define TEXT_MONEY_H

/* Money is an integer count of micro-USD: 1 USD = 1,000,000. */

#include "base/arena.h"

enum { MICRO = 1000000 };

/*
 * money_read -- what people type: "50", "$50", "49.99", ".5", "50,00",
 * "1,234.50", surrounding spaces, up to six decimals.  A single comma followed
 * by one or two digits at the end is a decimal comma; otherwise commas group
 * thousands, and then the number may not begin with 0 ("0,500").
 * Returns false on anything else, negative amounts and overflow.
 */
bool money_read(struct str s, int64_t *micro);

/* money_show -- "$12.40"; rounded to cents, and below one cent to two digits
 * ("$0.0019"), so that nothing is called free that is not; negative as
 * "-$3.00"; thousands grouped with commas. */
struct str money_show(struct arena *a, int64_t micro);

/* money_plain -- "12.40", never rounded, up to six decimals; money_read gives
 * the same amount back (when it is not negative): for input fields. */
struct str money_plain(struct arena *a, int64_t micro);

/*
 * count_read -- a whole number as people type it: "1000", "1,000", "1 000",
 * "20k", "1.5 M" (k, M, G: thousand, million, thousand million; either case).
 * Returns false on anything else: signs, what is not whole, overflow.
 */
bool count_read(struct str s, int64_t *n);

/* count_show -- "1,234,567". */
struct str count_show(struct arena *a, int64_t n);

/* count_of -- "1 request", "1,204 requests".
 * noun  one of them; more than one of it end in s */
struct str count_of(struct arena *a, int64_t n, const char *noun);

/* count_short -- "981", "12.4 k", "92.4 M", "1.2 G"; one decimal, rounded. */
struct str count_short(struct arena *a, int64_t n);

#endif
