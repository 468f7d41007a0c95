/* SPDX-License-Identifier: ISC */
#ifndef APP_ASSET_H
#define APP_ASSET_H

/* Static files: a handful of small ones, read at start, served from memory
 * under a name that holds their content's hash, so browsers keep them for
 * ever. */

#include "base/err.h"
#include "http/res.h"
#include "text/val.h"

struct assets;

/* assets_load -- app.css, app.js, icon.svg of a folder. ERR_INVALID names a
 * missing one. */
NODISCARD enum err_code assets_load(const char *dir, struct assets **out,
    struct err *err);
void assets_free(struct assets *assets);

/* assets_view -- map css, js, icon: their addresses. */
struct val *assets_view(const struct assets *assets, struct arena *a);

/* assets_find -- fill res with the file of this name ("app.1a2b3c4d.css").
 * false: no such file (any more). */
bool assets_find(const struct assets *assets, struct str name,
    struct res *res);

#endif
