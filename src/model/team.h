/* SPDX-License-Identifier: ISC */
#ifndef MODEL_TEAM_H
#define MODEL_TEAM_H

/* Who comes, goes and stays: invitations, and what the pages on members and
 * service accounts read.  Source: PRODUCT.md section 3, UX.md 1.3. */

#include "model/workspace.h"

enum {
    INVITE_LIFE_S = 7 * 86400,
    INVITE_MOST = 100,         /* open ones of a workspace */
    SERVICE_MOST = 500,        /* of a workspace */
    LEFT_LISTED_S = 7 * 86400  /* a key that was passed on is listed so long */
};

struct invite {
    int64_t id;
    struct str uuid;
    int64_t workspace_id;
    struct str workspace_name;
    bool workspace_deleted;    /* it opens nothing, for as long */
    struct str email;          /* lower case: only this person may accept */
    enum role role;
    struct str by_name;        /* who invited; empty: nobody is left */
    enum role by_role;         /* what they are here now */
    bool by_disabled;
    int64_t created_s, ends_s;
    int64_t accepted_s, cancelled_s; /* 0: not */
    bool has_account;          /* somebody has an account with this address */
    bool broken;               /* its row seal */
};

/* What an invitation is good for. */
enum invite_state {
    INVITE_OPEN,
    INVITE_USED,
    INVITE_CANCELLED,
    INVITE_EXPIRED,
    INVITE_GONE,     /* its workspace is deleted, and may come back */
    INVITE_VOID      /* who invited may not invite for this role any more, or
                        it was changed outside of Keylodge */
};

/* invite_state -- pure. */
enum invite_state invite_state(const struct invite *v, int64_t now_s);

struct invite_in {
    struct field_set set;
    struct str email;
    int role;            /* index into role_choices */
    struct str once;     /* single-use id of the form */
};
extern const struct field invite_fields[];

/* A new account, made by accepting an invitation. */
struct join_in {
    struct field_set set;
    struct str name, password;
};
extern const struct field join_fields[];

/* Roles as forms offer them: "member", "admin", "owner". NULL-ended. */
extern const char *const role_choices[];
/* role_choice -- of an index into role_choices. */
enum role role_choice(int index);

struct role_in {
    struct field_set set;
    int role;            /* index into role_choices */
};
extern const struct field role_fields[];

/* What becomes of the keys of somebody who goes. */
enum key_fate { FATE_HAND_OVER, FATE_REVOKE, FATE_LATER };
struct fate_in {
    struct field_set set;
    int fate;            /* enum key_fate */
    struct str to;       /* with FATE_HAND_OVER: "user:UUID", "service:UUID" */
    struct strs keys;    /* prefixes; only the keys that wait for an answer */
};
extern const struct field remove_fields[]; /* fate and to */
extern const struct field service_remove_fields[]; /* the same; not later */
extern const struct field waiting_fields[];        /* fate, to, keys */

struct service_in {
    struct field_set set;
    struct str name;
};
extern const struct field service_fields[];

#endif
