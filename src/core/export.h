/* SPDX-License-Identifier: ISC */
#ifndef CORE_EXPORT_H
#define CORE_EXPORT_H

/*
 * The export of workspaces, which core/import.h reads: a JSON object a line, so
 * that neither side holds more than a line of it.
 *
 *     {"type":"keylodge-export","version":1,"id":UUID,"made":T,"verifiers":B}
 *     {"type":"workspace",...}       then what belongs to it:
 *     {"type":"member",...}          people by e-mail, with their role
 *     {"type":"service_account",...}
 *     {"type":"deployment",...}
 *     {"type":"model",...}           then its {"type":"price",...}
 *     {"type":"limit",...}           of the workspace
 *     {"type":"key",...}             then its {"type":"secret",...} and
 *                                    {"type":"limit",...}
 *     {"type":"end","lines":N,"sha256":HEX,"mac":HEX}
 *
 * The members of each stand in model/port.h.  "lines" counts those before the
 * last, "sha256" is of all their bytes.  Who edits the file by hand leaves
 * "sha256" out and counts.
 *
 * Secrets.  No key, password, code, session, link or webhook secret is ever in
 * it.  Without verifiers nothing is of which a key could be known, and keys
 * arrive waiting for a new secret.  With them each key brings the SHA-256 of its
 * text, sealed under a transfer secret: a file of its own, made for the move
 * like a master secret (or the master secret itself, between two installations
 * that share it).  A thief of one of the two files has nothing; "mac" is over
 * the whole file, so who has not the transfer secret cannot add or change a
 * line either.  That is simpler than a key pair of the target, which would have
 * to be fetched first, and cannot be guessed as a passphrase can.
 *
 * Not in it: usage, requests, the ledger (the balance is one entry), audit log,
 * passwords, factors, sessions, invitations, webhooks.  Those of a whole
 * installation move with a backup.
 */

#include "core/cx.h"
#include "secret/mac.h"

enum port_kind {
    PORT_WORKSPACE, PORT_MEMBER, PORT_SERVICE, PORT_DEPLOYMENT, PORT_MODEL,
    PORT_LIMIT, PORT_KEY, PORT_KIND_COUNT
};
/* port_kind_name -- "workspaces", as counts are called. */
const char *port_kind_name(enum port_kind kind);

struct export_counts {
    int64_t n[PORT_KIND_COUNT];
};

/* Takes a piece of the file; false: it could not be kept. */
typedef bool export_sink(void *to, struct str piece);
/* Told now and then how many keys are written. */
typedef void export_step(void *of, int64_t keys);

struct export_out {
    export_sink *sink;
    void *to;
    export_step *step;
    void *of;
    const struct secrets *transfer; /* NULL: without verifiers */
};

/*
 * export_run -- cx->ws when one was entered, else every workspace.  What is
 * changed meanwhile may be in it or not.  In the log as "export.make".
 * Needs the shell; ERR_INVALID when the sink gives false; ERR_INTERNAL when a
 * secret of a key does not open.
 */
NODISCARD enum err_code export_run(struct cx *cx,
    const struct export_out *out, struct export_counts *counts);

/* port_verifier_ad -- what a verifier is bound to.  id: of the export. */
struct str port_verifier_ad(struct arena *a, struct str id, struct str uuid,
    struct str prefix, const char *kind);

/* port_mac -- over the digest of a file, under the transfer secret. */
void port_mac(const struct secrets *transfer,
    const uint8_t sum[DIGEST_BYTES], uint8_t out[MAC_BYTES]);

#endif
