/* SPDX-License-Identifier: ISC */
#ifndef CORE_IMPORT_ROW_H
#define CORE_IMPORT_ROW_H

/* What the files of the import share; private to them and to sources. */

#include "core/change.h"
#include "core/import.h"

/* import_row_done -- forget what the row needed; by the source, when nothing
 * of it is used any more. */
void import_row_done(struct import *im);

/* import_there -- tell that it is here already. */
void import_there(struct import *im, enum port_kind kind, const char *fmt,
    ...) PRINTF(3, 4);

/* import_begin_row -- count it; false when it is not wanted. */
bool import_begin_row(struct import *im);

/* import_open, import_close -- the change of one row, in the transaction of
 * many; cx->ws is the workspace in hand.  After an error nothing is to be
 * closed. */
NODISCARD enum err_code import_open(struct import *im);
NODISCARD enum err_code import_close(struct import *im, enum port_kind kind,
    const struct audit_event *event);

/* import_raced -- it was right in the first walk, and is not now. */
enum err_code import_raced(struct import *im);

/* import_enter -- this is the workspace in hand. */
void import_enter(struct import *im, const struct workspace *w);

/* import_add_limit -- in the open change: a rule of the key, 0: of the
 * workspace. */
NODISCARD enum err_code import_add_limit(struct import *im, int64_t key_id,
    const struct port_limit *l);

/* import_model_known -- is a model of this name in the file or here?  uuid: out,
 * once it is here. */
NODISCARD enum err_code import_model_known(struct import *im,
    struct str name, int64_t *id, struct str *uuid, bool *known);

#endif
