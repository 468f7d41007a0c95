/* SPDX-License-Identifier: ISC */
#ifndef TEXT_HEX_H
#define TEXT_HEX_H

#include "base/arena.h"

/* hex_show -- lower case, two digits a byte. */
struct str hex_show(struct arena *a, const void *p, size_t n);

/* hex_digit -- 0..15, or -1. */
int hex_digit(char c);

#endif
