/* SPDX-License-Identifier: ISC */
#ifndef APP_DOCS_H
#define APP_DOCS_H

/*
 * The description of the APIs, given out: the room api makes it of the table
 * of routes, which stands here, and the room web shows it.  Neither knows the
 * other, so this is where they meet.
 */

#include "http/route.h"

/* app_openapi -- GET /openapi.json: the document itself. */
handler app_openapi;

/* app_docs_api -- GET /docs/api: the families.
 * app_docs_family -- GET /docs/api/{family}: one, operation by operation. */
handler app_docs_api, app_docs_family;

#endif
