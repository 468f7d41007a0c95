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
