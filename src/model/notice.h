/* SPDX-License-Identifier: ISC */
#ifndef MODEL_NOTICE_H
#define MODEL_NOTICE_H

#include "base/field.h"

/* What people and programs are told of by themselves.  The numbers are stored,
 * and are bits of a webhook's choice: new ones go to the end. */
enum notice_kind {
    NOTICE_INVITE,      /* somebody was invited */
    NOTICE_RESET,       /* a new password was asked for */
    NOTICE_SIGN_IN,     /* a sign-in from a new place */
    NOTICE_KEY_EXPIRES, /* a key ends within 7 days */
    NOTICE_KEY_LEAKED,  /* a key was reported, and stopped */
    NOTICE_BUDGET_80,   /* four fifths of a budget are used */
    NOTICE_BUDGET_100,  /* all of it is */
    NOTICE_TEST,        /* asked for on the page of a webhook */
    NOTICE_AUDIT_HEAD,  /* the audit log was signed; for webhooks alone */
    NOTICE_MAIL_TEST,   /* asked for by who operates the installation */
    NOTICE_SEAL_BROKEN, /* a row was changed outside of the program */
    NOTICE_KIND_COUNT
};

/* notice_name -- as events are called on the wire: "key.leaked". */
const char *notice_name(enum notice_kind kind);

/* notice_offered -- may a webhook choose it?  All but tests, which it gets when
 * somebody asks for one. */
bool notice_offered(enum notice_kind kind);

enum outbox_state {
    OUTBOX_WAITING, OUTBOX_SENDING, OUTBOX_SENT, OUTBOX_GIVEN_UP,
    OUTBOX_STATE_COUNT
};
const char *outbox_state_name(enum outbox_state s); /* "given_up" */

/* One message on its way: a mail, or an event for a webhook. */
struct outbox {
    int64_t id;
    struct str uuid;
    int64_t workspace_id;  /* 0: of an account */
    int64_t webhook_id;    /* 0: a mail */
    enum notice_kind kind;
    struct str recipient;  /* of a mail */
    struct str sealed;     /* empty once it is out */
    enum outbox_state state;
    int64_t made_s, due_s, ends_s;
    int64_t tries;
    struct str problem;    /* of the last try; empty: none */
};

/* How one try went. */
struct outbox_try {
    int64_t n, at_s, took_ms;
    int64_t status;        /* HTTP or SMTP; 0: no answer */
    int64_t bytes;         /* that went out */
    struct str problem;    /* empty: it worked */
};

/* A message of a webhook and its last try (n 0: none yet). */
struct outbox_line {
    struct outbox message;
    struct outbox_try last;
};

/* A message that is stuck, and whose it is. */
struct outbox_stuck {
    struct outbox message;
    struct str workspace; /* name; empty: of an account */
    struct str url;       /* of its webhook; empty: a mail */
};

/* What did not go out at its first try. */
struct outbox_counts {
    int64_t mail_waiting, mail_given_up, events_waiting, events_given_up;
};

enum {
    WEBHOOKS_MOST = 10,     /* of one workspace */
    WEBHOOK_SECRET_BYTES = 32
};

/* Where a workspace has its events sent. */
struct webhook {
    int64_t id;
    struct str uuid;
    int64_t workspace_id;
    struct str url;
    int64_t events;         /* bit n: of enum notice_kind n */
    struct str sealed, old_sealed; /* signing secrets */
    int64_t old_ends_s;     /* 0: there is no old one */
    int64_t paused_s;       /* 0: it gets events */
    struct str once;        /* MAC of the form that made the secret */
    int64_t created_s, updated_s;
    int64_t version;
    /* in lists: the newest message */
    struct str last_state;  /* empty: there was none */
    int64_t last_s;
    struct str last_problem;
};

/* webhook_wants -- does it want this kind? */
bool webhook_wants(const struct webhook *w, enum notice_kind kind);

struct webhook_in {
    struct field_set set;
    struct str once;        /* single-use id of the create form */
    int64_t version;        /* the one that the edit form saw */
    struct str url;
    struct strs events;     /* names of notice_name; at least one */
};
extern const struct field webhook_fields[];
extern const struct field webhook_edit_fields[];

/* How long the old secret of a rotation signs too. */
enum webhook_overlap {
    WEBHOOK_OVERLAP_NONE, WEBHOOK_OVERLAP_HOUR, WEBHOOK_OVERLAP_DAY
};
int64_t webhook_overlap_s(int overlap);

struct webhook_rotate_in {
    struct field_set set;
    struct str once;        /* single-use id of the form */
    int overlap;            /* enum webhook_overlap */
};
extern const struct field webhook_rotate_fields[];

#endif
