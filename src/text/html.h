/* SPDX-License-Identifier: ISC */
#ifndef TEXT_HTML_H
#define TEXT_HTML_H

#include "base/buf.h"

/* html_text -- append s escaped for element text and quoted attribute values:
 * & < > " ' become character references, nothing else changes. */
void html_text(struct buf *out, struct str s);

#endif
