/* SPDX-License-Identifier: ISC */
#ifndef TEXT_MUSTACHE_H
#define TEXT_MUSTACHE_H

/*
 * Mustache (public spec 1.4.2, the six required modules): variables, unescaped
 * variables, sections, inverted sections, comments, partials, set delimiter,
 * standalone lines, dotted names.  No lambdas, no files at run time.
 *
 * A set is compiled once at start to small programs and is read-only from then
 * on: any number of threads may render from it.  Partials are resolved by
 * name inside the set at mustache_link(); a missing one is an error there.
 */

#include "base/buf.h"
#include "base/err.h"
#include "text/val.h"

struct mustache_set;

/* mustache_new -- an empty set, process lifetime. */
struct mustache_set *mustache_new(void);
void mustache_free(struct mustache_set *set);

/*
 * mustache_add -- compile one template.
 * name    how partials and mustache_render call it, e.g. "key/list"
 * source  template text, copied; strict UTF-8
 * file    name for messages
 * Errors: ERR_INVALID with "file:line:column: what" (unclosed tag, unmatched
 *         section, bad delimiter, name twice, too deep).
 */
NODISCARD enum err_code mustache_add(struct mustache_set *set, struct str name,
    struct str source, const char *file, struct err *err);

/*
 * mustache_link -- resolve partials of the whole set; call once, after the
 * last mustache_add.  strict: a partial that is not in the set is ERR_INVALID
 * with file:line:column; otherwise it renders as nothing (as the spec says).
 */
NODISCARD enum err_code mustache_link(struct mustache_set *set, bool strict,
    struct err *err);

/*
 * mustache_load_dir -- add every "*.mustache" below dir (one level of folders)
 * under its path without extension, then link strictly.
 */
NODISCARD enum err_code mustache_load_dir(struct mustache_set *set,
    const char *dir, struct err *err);

/* mustache_has -- is there a template of this name? */
bool mustache_has(const struct mustache_set *set, struct str name);

/*
 * mustache_render -- append the template, filled from `view`, to `out`.
 * The context stack is at most 32 deep, partial recursion too: deeper is
 * ERR_INTERNAL, as is an unknown name or a full buffer.
 */
NODISCARD enum err_code mustache_render(const struct mustache_set *set,
    struct str name, const struct val *view, struct buf *out, struct err *err);

#endif
