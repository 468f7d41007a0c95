/* SPDX-License-Identifier: ISC */
#ifndef CORE_RESEAL_H
#define CORE_RESEAL_H

/*
 * A new master secret, while the server goes on (SECURITY.md 3.3, K5).
 *
 *   1. All that lies sealed in the database is opened once; then
 *      `<master>.next` is made, on disk.
 *   2. All of it is sealed anew with that, in transactions so small that who
 *      writes waits for a moment only.  Servers that read such a row open it with the next secret
 *      (secret/seal.h): no key is refused for a moment.
 *   3. The master secret becomes `<master>.old`, the next one `<master>`.
 *   4. `reseal_end`: what was sealed with the old one meanwhile, by a server
 *      that had begun before, is sealed anew, everything is opened once with
 *      the new secret alone, and the old file is removed.
 *
 * Killed at any point, the same step again finishes it.  MACs cannot be made
 * anew: people sign in again once the server was started again, links on their
 * way die, and management keys get another signing secret.
 */

#include "core/cx.h"

struct resealed {
    int64_t values;      /* sealed values there are */
    int64_t changed;     /* of them, sealed anew just now */
    int64_t management;  /* live management keys, whose signing secrets are
                            others from the next start on */
};

/*
 * reseal_begin -- steps 1 to 3.
 * path  of the master secret, with which cx->secrets was loaded
 * Errors: ERR_BUSY when another process is at steps 1 to 4, with nothing done;
 * ERR_CONFLICT when an old secret is still there: end that first;
 * ERR_INVALID when files cannot be written; ERR_INTERNAL when a value opens
 * with no secret: nothing is changed then; those of the store: the same again
 * goes on where this one ended.  Needs the shell.
 */
NODISCARD enum err_code reseal_begin(struct cx *cx, const char *path,
    struct resealed *out);

/* reseal_end -- step 4.  cx->secrets: loaded from the new file.
 * Errors: ERR_NOT_FOUND when there is no old secret; as reseal_begin. */
NODISCARD enum err_code reseal_end(struct cx *cx, const char *path,
    struct resealed *out);

#endif
