/* SPDX-License-Identifier: ISC */
#ifndef MODEL_USER_H
#define MODEL_USER_H

#include "base/field.h"

/* A person who can sign in. */
struct user {
    int64_t id;           /* never leaves the program */
    struct str uuid;
    struct str email;     /* lower case */
    struct str name;
    struct str password;  /* sealed Argon2id string; empty: none */
    int64_t epoch;        /* sessions of another epoch are over */
    int64_t disabled_s;   /* 0: may sign in */
    int64_t created_s;
    int64_t seen_s;       /* 0: never */
    int64_t password_s;   /* when the password was set */
    int64_t last_workspace_id; /* 0: none */
    bool operator;        /* of the installation: core/operator.h */
    bool broken;          /* row seal: nothing that stands here is believed */
};

struct session {
    int64_t id;
    struct str uuid;
    int64_t user_id;
    int64_t epoch;
    int64_t created_s, seen_s;
    int64_t fresh_s;      /* last proof of password or code */
    int64_t ends_s;       /* absolute end */
    struct str address, agent;
    bool broken;          /* row seal: it is no session */
};

enum {
    USER_NAME_MAX = 80,
    USER_EMAIL_MAX = 254,
    PASSWORD_BYTES_MIN = 12, /* NIST 800-63B; SECURITY.md 3.5 */
    PASSWORD_BYTES_MAX = 128,
    SESSION_IDLE_S = 30 * 60,
    SESSION_LIFE_S = 12 * 3600,
    SESSION_MOST = 20,      /* of one user; the oldest ends first */
    SESSION_FRESH_S = 5 * 60, /* a proof of password counts so long */
    SIGN_IN_PLACE_S = 90 * 86400, /* an address is known so long */
    SIGN_IN_CODE_S = 10 * 60, /* from the password to the code */
    RESET_LINK_S = 3600,
    RECOVERY_CODES = 10
};

/* A person's second factor, as its page shows it. */
struct factor_state {
    bool on;
    bool begun;          /* there is a seed that waits for its first code */
    int64_t since_s;     /* on: since when */
    int64_t codes_left;  /* recovery codes that were not used */
};

enum { CODE_TEXT_MOST = 64 }; /* of a code as typed: a recovery code with
                                 hyphens and blanks */

/* What the set-up form and `keylodge user add` read. */
struct setup_in {
    struct field_set set;
    struct str token; /* of the one-time link */
    struct str email, name, password;
};
extern const struct field setup_fields[];

struct sign_in_in {
    struct field_set set;
    struct str email, password;
    struct str next;    /* local path to go to afterwards */
    struct str carried; /* sealed form of a post that met a signed-out state */
};
extern const struct field sign_in_fields[];

/* The second step of a sign-in. */
struct code_in {
    struct field_set set;
    struct str step;    /* sealed: whose password was right, and when */
    struct str code;    /* of the app, or a recovery code */
    struct str next, carried; /* as in sign_in_in */
};
extern const struct field code_fields[];

/* Once more who one is, within a session: one of the two. */
struct proof_in {
    struct field_set set;
    struct str password;
    struct str code;
    struct str next, carried;
};
extern const struct field proof_fields[];

/* The first code of a new second factor. */
struct factor_in {
    struct field_set set;
    struct str code;
};
extern const struct field factor_fields[];

struct reset_ask_in {
    struct field_set set;
    struct str email;
};
extern const struct field reset_ask_fields[];

struct reset_in {
    struct field_set set;
    struct str password;
};
extern const struct field reset_fields[];

struct profile_in {
    struct field_set set;
    struct str name;
};
extern const struct field profile_fields[];

struct password_in {
    struct field_set set;
    struct str current, password;
};
extern const struct field password_fields[];

#endif
