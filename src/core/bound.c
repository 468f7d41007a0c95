/* SPDX-License-Identifier: ISC */
#include "core/bound.h"

struct str
bound_password(struct arena *a, struct str user_uuid)
{
    return arena_fmt(a, "password 1 %.*s", STR_ARG(user_uuid));
}

struct str
bound_seed(struct arena *a, struct str user_uuid)
{
    return arena_fmt(a, "totp 1 %.*s", STR_ARG(user_uuid));
}
