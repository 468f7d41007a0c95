/* SPDX-License-Identifier: ISC */
#ifndef MODEL_PORT_H
#define MODEL_PORT_H

/*
 * The records of an export (core/export.h has the format): each is one line of
 * the file, a JSON object whose "type" says which.  Times are RFC 3339 in the
 * file and Unix seconds here, money is micro-USD.  The tables hold what is read
 * to the bounds that forms have.
 */

#include "base/field.h"
#include "model/key.h"
#include "model/limit.h"

#define PORT_FORMAT "keylodge-export"
enum { PORT_VERSION = 1, PORT_SECRETS_MOST = 2, PORT_PRICES_MOST = 1000 };

/* The first line. */
struct port_head {
    struct field_set set;
    struct str type;     /* PORT_FORMAT */
    int64_t version;
    struct str id;       /* of this export: verifiers are bound to it */
    int64_t made;
    bool verifiers;      /* keys go on with the secrets they have */
};
extern const struct field port_head_fields[];

struct port_workspace {
    struct field_set set;
    struct str type, uuid, slug, name;
    bool personal, demo;
    struct str person;   /* e-mail of whose personal one it is; may be empty */
    int64_t key_max, life_max_s, life_default_s, event_months;
    int second_factor;   /* enum factor_rule */
    int owner_leaves;    /* enum leaver */
    int reserve_ends;    /* enum reserve_end */
    int64_t credits;     /* the balance; null: none are used */
    int64_t frozen, frozen_until;
    struct str frozen_why, frozen_by;
    int64_t deleted;
    int64_t created;
};
extern const struct field port_workspace_fields[];

/* What follows belongs to the workspace above. */
struct port_member {
    struct field_set set;
    struct str type, uuid, email, name;
    int64_t id;          /* of the user; not in the file, as each id */
    int role;            /* index into role_choices */
    bool disabled;
    int64_t created;
};
extern const struct field port_member_fields[];

struct port_service {
    struct field_set set;
    int64_t id;
    struct str type, uuid, name;
    int64_t created, removed;
};
extern const struct field port_service_fields[];

struct port_deployment {
    struct field_set set;
    int64_t id;
    struct str type, uuid, name, base_url;
    int64_t created, removed;
};
extern const struct field port_deployment_fields[];

struct port_model {
    struct field_set set;
    struct str type, uuid, name, category;
    struct strs deployments; /* uuids */
    int64_t created;
};
extern const struct field port_model_fields[];

/* Of the model above. */
struct port_price {
    struct field_set set;
    struct str type;
    int64_t from, input, output; /* per million tokens */
};
extern const struct field port_price_fields[];

struct port_key {
    struct field_set set;
    int64_t id;
    struct str type, uuid, prefix, name, note;
    int kind;            /* enum key_kind */
    struct str owner;    /* "user:E-MAIL", "service:UUID"; empty: nobody */
    struct str by;       /* who made it, as called then */
    int64_t created, updated, expires, used;
    int64_t disabled, suspended, revoked;
    struct str disabled_by, suspended_why, revoked_by;
    bool waiting;        /* its holder has not opened the claim link */
    struct strs categories, models, endpoints, networks; /* null: all */
    struct str deployment; /* uuid; empty: every one */
    int64_t spend_limit; /* null: none */
    int spend_reset;     /* enum spend_reset */
    int64_t spent;       /* in the period that holds `spent_since` */
    int64_t spent_since;
    struct str labels;   /* "name=value" lines */
};
extern const struct field port_key_fields[];

/* Of the key above; the current one first. */
struct port_secret {
    struct field_set set;
    struct str type;
    struct str last4;
    bool imported;       /* of another form than ours */
    int64_t created, ends; /* ends 0: the current one */
    struct str verifier; /* sealed hash, base64 */
};
extern const struct field port_secret_fields[];

/* Of the key above, or of the workspace. */
struct port_limit {
    struct field_set set;
    struct str type;
    bool of_key;
    struct str model;    /* name; empty: all */
    int counts, period;  /* enum limit_counts, limit_period */
    int64_t amount;
    bool shadow;
    int64_t used, since; /* in the period that begins at `since` */
};
extern const struct field port_limit_fields[];

/* The last line. */
struct port_end {
    struct field_set set;
    struct str type;
    int64_t lines;       /* before it */
    struct str sha256;   /* of all bytes before it; hexadecimal */
    struct str mac;      /* with verifiers: under the transfer secret */
};
extern const struct field port_end_fields[];

/* port_uuid -- 8-4-4-4-12 lower-case hexadecimal digits? */
bool port_uuid(struct str s);

#endif
