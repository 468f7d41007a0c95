/* SPDX-License-Identifier: ISC */
#ifndef CORE_IMPORT_LIST_H
#define CORE_IMPORT_LIST_H

/* Lists of hashes, and what they share with other foreign sources; private to
 * these. */

#include "core/import_other.h"

/* import_list_read -- rows of a list, as core/import_other.h says. */
NODISCARD enum err_code import_list_read(struct import *im,
    const struct other_source *of);

/* import_service_called -- the service account of this name in the workspace in
 * hand, made when there is none.  owner: out, as a key names it. */
NODISCARD enum err_code import_service_called(struct import *im,
    struct str name, struct str *owner);

/* import_mark -- this list of the key is one; else it may call all. */
void import_mark(struct port_key *p, const char *name);

#endif
