/* SPDX-License-Identifier: ISC */
#ifndef CORE_CX_H
#define CORE_CX_H

/*
 * The context of one request: the first argument of every core function.
 * Made by the application room for a request, a shell command or a test;
 * everything in it has request lifetime unless it says otherwise.
 */

#include "base/err.h"
#include "model/key.h"
#include "model/user.h"
#include "model/workspace.h"
#include "secret/secret.h"
#include "secret/signer.h"
#include "store/store.h"
#include "text/ip.h"

struct touches;

enum actor_kind {
    ACTOR_NONE, ACTOR_USER, ACTOR_KEY, ACTOR_SHELL,
    ACTOR_GATE /* the installation's own gates and gateways */
};

/* Who acts. */
struct actor {
    enum actor_kind kind;
    struct user user;       /* ACTOR_USER */
    struct session session; /* ACTOR_USER */
    struct key key;         /* ACTOR_KEY: id, prefix, kind, workspace, name */
};

struct cx {
    struct arena *arena;
    struct err err;
    struct store *store;           /* of this thread */
    const struct secrets *secrets; /* process lifetime */
    const struct signer *signer;   /* the audit key; process lifetime */
    struct touches *touches;       /* process lifetime; NULL: none are kept */
    struct actor actor;
    struct workspace ws;           /* id 0: outside any workspace */
    bool may_write;                /* only the gates turn it on */
    int changes;                   /* changes open inside each other */
    int64_t now_s;                 /* read once: a request has one time */
    int64_t sub_ms;                /* milliseconds of it past now_s, 0..999 */
    struct str request_id;
    struct str once;               /* the Idempotency-Key; empty: none */
    struct str once_request;       /* digest of the request it came with */
    struct ip peer;                /* who is connected, from REMOTE_ADDR */
    struct str address;            /* the same as text */
    struct str agent;              /* User-Agent, clipped */
    struct strs refused;           /* passwords; see core/proof.h; process
                                      lifetime */
    struct str public_url;         /* how people reach us, no slash at end */
    bool mails;                    /* mail is set up: notices are mailed */
    bool opens_networks;           /* webhooks may go to some private ones */
    const char *refusal;           /* why the key that came was refused, a code
                                      of core/check.h; NULL: it was not;
                                      process lifetime */
    struct str gate_prefix;        /* "/protected": taken off before a path is
                                      compared with endpoints; may be empty */
};

/* cx_actor_name -- how texts and the audit log call who acts: the e-mail
 * address, the key's name, or "shell". */
struct str cx_actor_name(const struct cx *cx);

/* cx_times -- the starts of the UTC periods that hold cx->now_s. */
struct key_times;
void cx_times(const struct cx *cx, struct key_times *t);

#endif
