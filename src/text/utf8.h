/* SPDX-License-Identifier: ISC */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include "base/str.h"

/* utf8_valid -- well-formed per Unicode table 3-7: no overlong forms, no
 * surrogates, nothing above U+10FFFF. */
bool utf8_valid(struct str s);

/* utf8_count -- number of code points of valid UTF-8. */
size_t utf8_count(struct str s);

/*
 * utf8_next -- decode one code point of valid UTF-8 at *at and step over it;
 * returns -1 at the end.
 */
int32_t utf8_next(struct str s, size_t *at);

/*
 * utf8_plain -- may this be a name? Valid, and free of control characters
 * (C0, DEL, C1), line and paragraph separators and direction marks (U+061C,
 * U+200E-F, U+202A-E, U+2066-9).  `lines` allows LF and TAB.
 */
bool utf8_plain(struct str s, bool lines);

/* utf8_clip -- the longest head of valid UTF-8 with at most n code points. */
struct str utf8_clip(struct str s, size_t n);

#endif
