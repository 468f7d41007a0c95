/* SPDX-License-Identifier: ISC */
#include "app/like.h"

#include <string.h>

int
like(struct str word, const char *known)
{
    size_t same = 0, at = 0, n = strlen(known);
    for (const char *c = known; *c; c++) {
        size_t found = at + str_find(str_from(word, at), *c);
        if (found < word.n) {
            same++;
            at = found + 1;
        }
    }
    return word.n + n ? (int)(2000 * same / (word.n + n)) : 0;
}

enum { SLIPS_TEXT = 64 };

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* rows: what lies between the first i, i - 1 and i - 2 bytes of the word and
 * the first bytes of the other one. */
static void
slips_row(struct str word, const char *known, size_t n, size_t i,
    size_t rows[3][SLIPS_TEXT])
{
    size_t *now = rows[i % 3];
    const size_t *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
    now[0] = i;
    for (size_t j = 1; j <= n; j++) {
        bool same = word.p[i - 1] == known[j - 1];
        now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + !same);
        if (i > 1 && j > 1 && word.p[i - 1] == known[j - 2] &&
            word.p[i - 2] == known[j - 1])
            now[j] = least(now[j], before[j - 2] + 1);
    }
}

size_t
like_slips(struct str word, const char *known)
{
    size_t rows[3][SLIPS_TEXT], n = strlen(known);
    if (word.n >= SLIPS_TEXT || n >= SLIPS_TEXT)
        return word.n > n ? word.n : n;
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= word.n; i++)
        slips_row(word, known, n, i, rows);
    return rows[word.n % 3][n];
}
