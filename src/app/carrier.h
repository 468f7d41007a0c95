/* SPDX-License-Identifier: ISC */
#ifndef APP_CARRIER_H
#define APP_CARRIER_H

/* What the files of the program keylodge-carrier share. */

#include "base/arena.h"
#include "text/val.h"

struct carried {
    bool ok, final;
    int64_t status, bytes;
    struct str problem;
};

/* One try.  job: see app/carry.h; a: of this job. */
typedef void carry_fn(struct arena *a, const struct val *job,
    struct carried *out);
carry_fn carry_hook, carry_smtp, carry_command, carry_dir, carry_look,
    carry_greet;

/* carrier_setup -- libcurl, once; false when it does not start. */
bool carrier_setup(void);

/*
 * carrier_fence -- from here on this process opens no file but what a name
 * look-up, TLS and shared libraries need: neither database nor master secret,
 * though they belong to the same user (Landlock; no way to gain rights).
 * false: this kernel has no Landlock.
 */
bool carrier_fence(void);

/* carrier_text -- a text member of a job; empty when it is not there. */
struct str carrier_text(const struct val *job, const char *name);

#endif
