/* SPDX-License-Identifier: ISC */
#ifndef TEXT_MUSTACHE_H
#define TEXT_MUSTACHE_H

/*
 * Mustache (public spec 1.4.2): the six required modules, and inheritance.
 *
 *   {{name}} {{a.b}} {{.}}     value, escaped for HTML
 *   {{{name}}} {{&name}}       value as it is (our templates may not use it)
 *   {{#name}}...{{/name}}      section: once for each item, or once if true
 *   {{^name}}...{{/name}}      when the section would show nothing
 *   {{!...}}  {{=<% %>=}}      comment, set delimiters
 *   {{>file}}                  partial
 *   {{<file}}...{{/file}}      parent: a partial whose blocks are filled by
 *                              the blocks that stand between the two tags
 *   {{$name}}...{{/name}}      block: in a parent tag what to fill in; anywhere
 *                              else a place to fill, with its default
 *
 * Neither lambdas nor dynamic names, no files at run time.
 *
 * False are: null, an absent name, false, an empty list and the empty string
 * (the spec leaves the last one open); 0 is true.  Null, lists, maps and
 * absent names show as nothing, other values as val_show() has them.
 *
 * Blocks.  What fills a block is rendered in the context of the place that it
 * fills.  When several templates on the way fill one block, the outermost
 * wins.  A filling belongs to the template it is written in: parents and
 * places inside it see only the fillings given to that template, so a
 * component used inside a page may name its blocks as the layout does.
 * Text directly inside a parent tag is a remark and is dropped; any other tag
 * there, and a block filled twice, is an error.
 *
 * White space.  A tag alone on its line takes the line with it; so do several
 * parent and block tags that are alone on a line together, and a parent tag
 * that begins and ends on one line whatever is in it.  The lines of a partial,
 * parent or filled block get the indentation of its place, empty lines do not;
 * the indentation that all lines of a block share is its own and is taken off
 * first.  A block that has lines of its own keeps them: a filling without a
 * last end of line gets one.
 *
 * A set is compiled once at start to small programs and is read-only from then
 * on: any number of threads may render from it.  Partials and parents are
 * resolved by name inside the set at mustache_link(); a missing one is an
 * error there.
 */

#include "base/buf.h"
#include "base/err.h"
#include "text/val.h"

enum {
    MUSTACHE_SOURCE_MAX = 1024 * 1024, /* bytes of one template */
    MUSTACHE_NEST_MAX = 64,      /* tags open at one place of a template */
    MUSTACHE_DEPTH_MAX = 128,    /* sections, partials, parents and blocks
                                    inside each other while rendering */
    MUSTACHE_INDENT_MAX = 256,   /* bytes of indentation while rendering */
    MUSTACHE_STEPS_MAX = 4000000 /* texts and tags of one rendering: some ten
                                    times what fills BUF_MAX_PAGE */
};

struct mustache_set;

/* mustache_new -- an empty set, process lifetime. */
struct mustache_set *mustache_new(void);

/* mustache_free -- the set and its programs; NULL is allowed. */
void mustache_free(struct mustache_set *set);

/*
 * mustache_add -- compile one template; not after mustache_link.
 * name    how partials and mustache_render call it, e.g. "key/list"; copied
 * source  template text, copied; strict UTF-8, at most MUSTACHE_SOURCE_MAX
 * file    name for messages, copied
 * Errors: ERR_INVALID with "file:line:column: what" (unclosed tag, unmatched
 *         section, bad name or delimiter, name twice, too deep).  Columns
 *         count characters.
 */
NODISCARD enum err_code mustache_add(struct mustache_set *set, struct str name,
    struct str source, const char *file, struct err *err);

/*
 * mustache_link -- resolve partials and parents of the whole set; call once,
 * after the last mustache_add and before the first mustache_render.
 * strict: one that is not in the set is ERR_INVALID with file:line:column;
 * otherwise it renders as nothing (as the spec says).
 */
NODISCARD enum err_code mustache_link(struct mustache_set *set, bool strict,
    struct err *err);

/*
 * mustache_load_dir -- add every "*.mustache" in dir and in its folders (one
 * level; names that begin with a dot are passed over) under its path below dir
 * without extension, then link strictly.
 * Errors: as mustache_add and mustache_link; ERR_INVALID with path and cause
 *         when something cannot be read.
 */
NODISCARD enum err_code mustache_load_dir(struct mustache_set *set,
    const char *dir, struct err *err);

/* mustache_has -- is there a template of this name? */
bool mustache_has(const struct mustache_set *set, struct str name);

/*
 * mustache_render -- append the template, filled from `view`, to `out`.
 * view  usually a map; NULL is as good as an empty one
 * Errors: ERR_INTERNAL: an unknown name, one of the bounds above passed, a
 *         full buffer.  What is in `out` by then is of no use.
 */
NODISCARD enum err_code mustache_render(const struct mustache_set *set,
    struct str name, const struct val *view, struct buf *out, struct err *err);

#endif
