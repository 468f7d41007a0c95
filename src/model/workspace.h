/* SPDX-License-Identifier: ISC */
#ifndef MODEL_WORKSPACE_H
#define MODEL_WORKSPACE_H

#include "base/field.h"

enum role { ROLE_NONE, ROLE_MEMBER, ROLE_ADMIN, ROLE_OWNER };

/* role_name -- "owner", "admin", "member"; "" for ROLE_NONE. */
const char *role_name(enum role role);
/* role_read -- ROLE_NONE when it is no role. */
enum role role_read(struct str s);

struct workspace {
    int64_t id;
    struct str uuid;
    struct str slug;
    struct str name;
    bool personal;
    bool demo;
    int64_t key_max;            /* live keys of each kind at most */
    int64_t key_life_max_s;     /* 0: any */
    int64_t key_life_default_s; /* 0: no expiry */
    int64_t frozen_s;           /* 0: not frozen */
    struct str frozen_why;
    int64_t created_s;
    int64_t version;
    enum role role;             /* of the person who looked it up */
    int64_t n_members;          /* in lists */
    int64_t n_keys;             /* live keys, in lists */
};

struct member {
    int64_t user_id;
    struct str uuid, email, name;
    enum role role;
    int64_t created_s;
    int64_t seen_s;             /* 0: never */
    bool second_factor;
    bool disabled;
    int64_t n_keys;             /* live keys that they own here */
};

/* An owner of keys that is no person. */
struct service_account {
    int64_t id;
    struct str uuid, name;
};

enum { WORKSPACE_NAME_MAX = 80, WORKSPACE_KEYS_MOST = 100000 };

struct workspace_in {
    struct field_set set;
    struct str name;
};
extern const struct field workspace_fields[];

/* The settings form: name and key policy. */
struct settings_in {
    struct field_set set;
    int64_t version;
    struct str name;
    int64_t key_max;
    int64_t life_max_days;     /* null: any */
    int64_t life_default_days; /* null: no expiry */
};
extern const struct field settings_fields[];

#endif
