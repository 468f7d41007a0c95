/* SPDX-License-Identifier: ISC */
#ifndef MODEL_KEY_H
#define MODEL_KEY_H

#include "base/field.h"

/* Names in the database and on the wire: "standard", "management", "admin".
 * The order is that of secret/keytext.h. */
enum key_kind { KEY_STANDARD, KEY_MANAGEMENT, KEY_ADMIN, KEY_KIND_COUNT };

/* One word for the state of a key, worst first (PRODUCT.md section 2). */
enum key_status {
    KEY_REVOKED, KEY_EXPIRED, KEY_SUSPENDED, KEY_DISABLED, KEY_WAITING,
    KEY_LIMIT_REACHED, KEY_EXPIRING, KEY_ROTATING, KEY_ACTIVE, KEY_STATUS_COUNT
};

/* Periods of a spending limit; they begin at 00:00 UTC. */
enum spend_reset {
    SPEND_NO_RESET, SPEND_DAY, SPEND_WEEK, SPEND_MONTH, SPEND_RESET_COUNT
};

enum {
    KEY_NAME_MAX = 80,
    KEY_NOTE_MAX = 2000,
    KEY_LABELS_MOST = 20,
    KEY_LIST_MOST = 200,       /* models, endpoints, networks of one key */
    KEY_EXPIRING_S = 7 * 86400 /* "expires in N days" from here on */
};
/* Stands for the last 4 characters of an imported secret: nothing of it is
 * known but its SHA-256. */
/* Why a key is suspended whose row was changed outside of the program: as it is
 * read, not as it is stored. */
#define KEY_SEAL_BROKEN "row_seal"
#define KEY_LAST4_IMPORTED "*"
#define KEY_RATE_MOST INT64_C(1000000000000000) /* as LIMIT_AMOUNT_MOST */
#define KEY_SPEND_MOST INT64_C(1000000000000000) /* a billion USD, in micro */

const char *key_kind_name(enum key_kind kind);
bool key_kind_read(struct str s, enum key_kind *out);
const char *key_status_name(enum key_status status); /* "limit_reached" */
const char *spend_reset_name(enum spend_reset reset); /* "no_reset", "day" */
bool spend_reset_read(struct str s, enum spend_reset *out);

/* Model categories, in the order of forms: "chat", "responses", ...
 * NULL-ended. On the AIMLAPI wire they carry the prefix "model:". */
extern const char *const key_categories[];

/* key_category_known -- is it one of them? */
bool key_category_known(struct str s);

/* Endpoints a key may be limited to: paths of the OpenAI-compatible API that
 * the gate knows. NULL-ended. */
extern const char *const key_endpoints[];
/* key_endpoint_known -- is it one of them? */
bool key_endpoint_known(struct str s);

struct key_secret {
    int64_t id;
    struct str sealed; /* see secret/seal.h */
    struct str last4;
    int64_t created_s;
    int64_t ends_s;    /* 0: the current one */
    int64_t used_s;    /* 0: never */
    struct str used_address, used_agent; /* of the last use; while a rotation
                                            goes on */
    int64_t calls_day_s, calls; /* counted on that day; the same */
    int64_t silent_s;  /* an old one ends when silent for so long; 0: no */
};

/* What a key may call.  all_x: any; otherwise the list, and an empty list
 * allows nothing. */
struct key_access {
    bool all_categories, all_models, all_endpoints, all_networks;
    struct strs categories, endpoints, networks;
    struct strs models;       /* names */
    struct strs model_uuids;  /* in the order of models */
    int64_t deployment_id;    /* 0: public, every deployment */
    struct str deployment_uuid, deployment_name;
};

struct key {
    int64_t id;
    struct str uuid;
    int64_t workspace_id;
    enum key_kind kind;
    struct str prefix;
    struct str name;
    struct str note;
    int64_t owner_user_id;    /* 0: a service account, or removed */
    int64_t owner_service_id; /* 0: a person */
    struct str owner_uuid;    /* of the user or service account */
    struct str owner_name;    /* e-mail or name of the service account */
    int64_t by_user_id;
    struct str by_name;
    int64_t created_s, updated_s;
    int64_t expires_s;        /* 0: never; valid while now < expires_s */
    int64_t disabled_s;
    struct str disabled_by;
    int64_t suspended_s;
    struct str suspended_why;
    int64_t revoked_s;
    struct str revoked_by;
    int64_t spend_limit;      /* micro-USD; -1: none */
    enum spend_reset spend_reset;
    int64_t spent;            /* micro-USD in the current period */
    struct str rule_over;     /* period of a limit of all models that is used
                                 up, the longest: "day", "no_reset" (also of
                                 one that allows nothing); empty: none */
    int64_t spent_month;      /* micro-USD in this month, in lists */
    int64_t used_s;           /* 0: never */
    struct str used_address, used_endpoint, used_model;
    struct str last4;         /* of the current secret */
    int64_t claim_ends_s;     /* end of its newest claim link; 0: it never had
                                 one */
    int64_t claimed_s;        /* 0 with claim_ends_s: it waits, without any
                                 secret */
    struct str claimed_address, claimed_agent;
    int64_t old_ends_s;       /* end of the old secret; 0: not rotating */
    int64_t version;
    struct str categories_shown; /* "chat, ocr"; empty when all */
    int64_t n_models;         /* listed ones; 0 when all */
    struct key_access access; /* filled by key_get, not in lists */
};

/* What the create and edit forms read; the names are those of the form. */
struct key_in {
    struct field_set set;
    struct str once;       /* single-use id of the create form */
    int64_t version;       /* the one the edit form saw */
    struct str name;
    struct str owner;      /* "user:UUID" or "service:UUID" */
    int expiry;            /* enum key_expiry */
    int64_t expires_on;    /* with KEY_EXPIRY_DATE */
    int64_t spend_limit;   /* micro-USD; null: none */
    int spend_reset;       /* enum spend_reset */
    int category_scope, model_scope, endpoint_scope, network_scope;
                           /* 0 all, 1 the ones listed */
    struct strs categories, models, endpoints, networks;
    struct str deployment; /* "public" or a UUID */
    struct str note;
    struct str labels;     /* "name=value" lines */
    int claim;             /* enum key_claim */
    /* limits of all models that a new key begins with; null: none */
    int64_t rate_requests, rate_tokens, day_tokens;
    /* said by programs, never by a form: */
    bool partial;          /* what is not sent stays; of a new key: a name is
                              made up, and it may call what its maker may */
    enum key_power { KEY_AS_IT_IS, KEY_ON, KEY_OFF } power;
};

/* key_in_say -- note that a field of key_fields was sent (its value is the
 * caller's to set); `null`: it was sent to clear it. */
void key_in_say(struct key_in *in, const char *name, bool null);

enum key_expiry {
    KEY_EXPIRY_30, KEY_EXPIRY_90, KEY_EXPIRY_365, KEY_EXPIRY_DATE,
    KEY_EXPIRY_NONE
};

/* Who is shown the secret of a new key: its maker, now, or its holder, by a
 * link that ends. */
enum key_claim {
    KEY_CLAIM_NONE, KEY_CLAIM_DAY, KEY_CLAIM_3_DAYS, KEY_CLAIM_WEEK
};
/* key_claim_s -- how long such a link works. */
int64_t key_claim_s(int claim);

/* A new link for a key that still waits. */
struct claim_in {
    struct field_set set;
    struct str once;
    int claim; /* enum key_claim, from KEY_CLAIM_DAY on: 0 is that */
};
extern const struct field claim_fields[];

extern const struct field key_fields[];
extern const struct field key_edit_fields[]; /* without what only a new key has */

/* rotate: how long the old secret goes on. */
enum key_overlap {
    KEY_OVERLAP_NONE, KEY_OVERLAP_HOUR, KEY_OVERLAP_DAY, KEY_OVERLAP_WEEK
};
int64_t key_overlap_s(int overlap);

struct rotate_in {
    struct field_set set;
    struct str once;
    int overlap; /* enum key_overlap */
};
extern const struct field rotate_fields[];

/* When the old secret of a rotation that goes on ends. */
enum rotation_end {
    ROTATION_HOUR, ROTATION_DAY, ROTATION_WEEK, ROTATION_DATE, ROTATION_SILENT
};
enum { ROTATION_MOST_S = 90 * 86400, ROTATION_SILENT_MOST = 720 };
struct rotation_in {
    struct field_set set;
    int ends;             /* enum rotation_end */
    int64_t ends_on;      /* with ROTATION_DATE: the end of that day */
    int64_t silent_hours; /* with ROTATION_SILENT: 1..ROTATION_SILENT_MOST */
};
extern const struct field rotation_fields[];

/* The whole key, pasted by who holds it. */
enum { OWN_KEY_MAX = 512 };
struct own_in {
    struct field_set set;
    struct str key;
};
extern const struct field own_fields[];

/* revoke: the typed name, when the page asked for it. */
struct confirm_in {
    struct field_set set;
    struct str confirm;
};
extern const struct field confirm_fields[];

/* The bulk bar of the list and its confirmation page. */
enum key_bulk { KEY_BULK_DISABLE, KEY_BULK_ENABLE, KEY_BULK_REVOKE };
struct bulk_in {
    struct field_set set;
    int act;            /* enum key_bulk */
    struct strs keys;   /* prefixes */
    struct str confirm;
    bool sure;          /* sent by the confirmation page */
};
extern const struct field bulk_fields[];

#endif
