/* SPDX-License-Identifier: ISC */
#ifndef MODEL_OPERATION_H
#define MODEL_OPERATION_H

#include <stdint.h>

/* How much there is in the installation. */
struct operation_counts {
    int64_t workspaces, people, keys, webhooks;
    int64_t sessions; /* that have not ended */
    int64_t calls;    /* that are kept, at most */
};

#endif
