/* SPDX-License-Identifier: ISC */
#ifndef MODEL_OPERATION_H
#define MODEL_OPERATION_H

#include "model/user.h"
#include "model/workspace.h"

/* How much there is in the installation. */
struct operation_counts {
    int64_t workspaces, people, keys, webhooks;
    int64_t sessions; /* that have not ended */
    int64_t calls;    /* that are kept, at most */
};

/* Which rows a list of all there is shows, the newest first. */
struct operation_ask {
    struct str find;  /* lower case: part of a name or address; empty: any */
    struct str state; /* empty: any; "active", "frozen", "deleted"; of people
                         "operator", "disabled", "no-codes" */
    int64_t before;   /* id of the last row of the page before; 0: the first */
    size_t most;
};

struct workspace_overview {
    struct workspace ws;
    struct str owner;     /* e-mail of the first owner; empty: there is none */
    int64_t n_owners;
    int64_t spent_micro;  /* since the day that was asked for */
};

struct person_overview {
    struct user user;     /* without the password */
    int64_t n_workspaces; /* that are not deleted */
    bool codes;           /* signs in with a second factor */
};

#endif
