/* SPDX-License-Identifier: ISC */
#ifndef MODEL_AUDIT_H
#define MODEL_AUDIT_H

#include "base/str.h"

struct audit {
    int64_t seq, at_s;
    int64_t workspace_id;          /* 0: of the installation or a user */
    struct str actor_kind, actor_id, actor_name;
    struct str action;             /* "key.create" */
    struct str object_kind, object_id, object_name;
    struct str details;            /* JSON object */
    struct str address, request_id;
    struct str prev_hash, hash;    /* 32 bytes */
};

/* A signed head of the chain. */
struct audit_head {
    int64_t seq, at_s;
    struct str hash;               /* of that row */
    struct str public_key, signature;
};

#endif
