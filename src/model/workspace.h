/* SPDX-License-Identifier: ISC */
#ifndef MODEL_WORKSPACE_H
#define MODEL_WORKSPACE_H

#include "base/field.h"

enum role { ROLE_NONE, ROLE_MEMBER, ROLE_ADMIN, ROLE_OWNER };

/* role_name -- "owner", "admin", "member"; "" for ROLE_NONE. */
const char *role_name(enum role role);
/* role_read -- ROLE_NONE when it is no role. */
enum role role_read(struct str s);

/* Who signs in with a second factor, or may do nothing in the workspace. */
enum factor_rule { FACTOR_NOBODY, FACTOR_ADMINS, FACTOR_ALL,
    FACTOR_RULE_COUNT,
    FACTOR_USUAL = FACTOR_ADMINS /* a new team, unless its maker says else */
};
/* factor_rule_name -- "none", "admins" (owners, too), "all". */
const char *factor_rule_name(enum factor_rule r);
/* factor_rule_read -- FACTOR_ALL for what is none of them: the careful way. */
enum factor_rule factor_rule_read(struct str s);
/* factor_rule_covers -- does it ask somebody of this role? */
bool factor_rule_covers(enum factor_rule r, enum role role);

/* Whose row was changed outside of the program; a role in such a row is
 * ROLE_NONE. */
enum seal_state { SEAL_WHOLE, SEAL_WORKSPACE_BROKEN, SEAL_MEMBER_BROKEN };

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
    bool reserve_releases;      /* a reservation that nobody settles costs
                                   nothing; else its estimate */
    int64_t event_months;       /* how long single calls are kept */
    bool leaver_passes;         /* keys of who leaves pass to an owner until
                                   somebody decides; else they are suspended */
    enum factor_rule second_factor;
    int64_t second_factor_s;    /* asked for from then on; 0: at once */
    int64_t frozen_s;           /* 0: not frozen */
    struct str frozen_why;      /* told to callers too */
    struct str frozen_by;
    int64_t frozen_until_s;     /* 0: until somebody thaws it */
    int64_t deleted_s;          /* 0: it is not; else it is frozen, too */
    int64_t created_s;
    int64_t version;
    enum role role;             /* of the person who looked it up */
    enum seal_state seal;
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
    int64_t created_s;          /* this and the rest: in lists only */
    struct str by_name;         /* who made it; empty: nobody who is left */
    int64_t n_keys;             /* keys that are not revoked */
};

enum {
    WORKSPACE_NAME_MAX = 80,
    WORKSPACE_GRACE_S = 14 * 24 * 3600, /* to turn on codes in a new team */
    WORKSPACE_KEYS_MOST = 100000,
    WORKSPACE_EVENTS_LEAST = 2, /* months: longer than reports may be late */
    WORKSPACE_EVENTS_USUAL = 13,
    WORKSPACE_EVENTS_MOST = 120
};

struct workspace_in {
    struct field_set set;
    struct str name;
    int second_factor;         /* enum factor_rule */
};
extern const struct field workspace_fields[];

enum reserve_end { RESERVE_CHARGE, RESERVE_RELEASE, RESERVE_END_COUNT };
const char *reserve_end_name(enum reserve_end e); /* "charge", "release" */

/* What happens to the keys of who leaves until somebody decides. */
enum leaver { LEAVER_SUSPEND, LEAVER_PASS, LEAVER_COUNT };
const char *leaver_name(enum leaver l); /* "suspend", "pass" */

/* The settings form: name, key policy, calls. */
struct settings_in {
    struct field_set set;
    int64_t version;
    struct str name;
    int64_t key_max;
    int64_t life_max_days;     /* null: any */
    int64_t life_default_days; /* null: no expiry */
    int second_factor;         /* enum factor_rule */
    int owner_leaves;          /* enum leaver */
    int reserve_ends;          /* enum reserve_end */
    int64_t event_months;
};
extern const struct field settings_fields[];

/* How long a freeze lasts, when nobody thaws it before. */
enum freeze_lasts {
    FREEZE_OPEN, FREEZE_HOUR, FREEZE_DAY, FREEZE_WEEK, FREEZE_DATE
};

enum { FREEZE_WHY_MAX = 200 };

struct freeze_in {
    struct field_set set;
    struct str why;
    int lasts;     /* enum freeze_lasts */
    int64_t until; /* with FREEZE_DATE */
};
extern const struct field freeze_fields[];

#endif
