/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_ONCE_H
#define STORE_STORE_ONCE_H

/* What was made under an Idempotency-Key; see core/once.h. */

#include "store/store.h"

struct api_once {
    struct str mac;      /* of the asking key and its text */
    int64_t workspace_id;
    struct str request;  /* digest */
    struct str object_kind, object_id;
    int64_t at_s;        /* 0: there is none */
};

/* store_api_once_insert -- ERR_CONFLICT when there is one with this mac. */
NODISCARD enum err_code store_api_once_insert(struct store *st,
    const struct api_once *o);
/* store_api_once_find -- io: mac and workspace_id say which; the rest is
 * filled, with at_s 0 when there is none. */
NODISCARD enum err_code store_api_once_find(struct store *st,
    struct api_once *io);
/* store_api_once_prune -- forget the ones before an instant. */
NODISCARD enum err_code store_api_once_prune(struct store *st,
    int64_t before_s);

#endif
