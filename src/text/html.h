/* SPDX-License-Identifier: ISC */
#ifndef TEXT_HTML_H
#define TEXT_HTML_H

#include "base/buf.h"

/*
 * html_text -- append s escaped for element text and quoted attribute values:
 * & < > " ' become &amp; &lt; &gt; &quot; &#39;, nothing else changes.  Not
 * enough for an attribute without quotes, for script, style or a URL scheme.
 */
void html_text(struct buf *out, struct str s);

#endif
