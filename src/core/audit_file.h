/* SPDX-License-Identifier: ISC */
#ifndef CORE_AUDIT_FILE_H
#define CORE_AUDIT_FILE_H

/*
 * The exported audit log: lines of fields with tabs between them, which a third
 * person checks with the public key alone (SECURITY.md 3.6, K8).
 *
 *     keylodge-audit 1 all                 or: keylodge-audit 1 workspace UUID ID
 *     N SEQ AT WORKSPACE ACTOR_KIND ACTOR_ID ACTOR_NAME ACTION OBJECT_KIND
 *         OBJECT_ID OBJECT_NAME DETAILS ADDRESS REQUEST_ID PREVIOUS HASH
 *     end N SEQ HASH DIGEST AT SIGNATURE
 *
 * Tab, line feed, carriage return and backslash inside a field are written \t,
 * \n, \r, \\.  Numbers are decimal, hashes lower-case hexadecimal, times Unix
 * seconds.  N counts the rows from 1.  HASH of a row is audit_row_hash.
 * PREVIOUS is the hash of row SEQ-1; it is left empty when that is the row
 * above, and in the first row of all.  In the last line, SEQ and HASH are those
 * of the newest row of the whole log, DIGEST is SHA-256 over the hashes of the
 * rows of this file, and SIGNATURE is Ed25519 over the first line, a line feed,
 * and the last line up to the tab before the signature.
 */

#include "base/buf.h"
#include "model/audit.h"
#include "secret/mac.h"
#include "secret/signer.h"

/* audit_row_hash -- format 1: SHA-256 over the length-prefixed fields (digest),
 * of which the first is "1 SEQ AT WORKSPACE". */
void audit_row_hash(const struct audit *r, uint8_t out[DIGEST_BYTES]);

/* What is exported: the whole log, or of one workspace. */
struct audit_scope {
    int64_t workspace_id; /* 0: all */
    struct str workspace; /* uuid */
};

struct audit_writer {
    struct audit_scope scope;
    int64_t rows, last_seq;
    struct digester hashes;
};

/* audit_file_begin -- the first line, added to `out`. */
void audit_file_begin(struct audit_writer *w, struct audit_scope scope,
    struct buf *out);
/* audit_file_row -- one row; in the order of seq. */
void audit_file_row(struct audit_writer *w, const struct audit *r,
    struct buf *out);
/* audit_file_end -- the last line.  head: of the log as it is now; its own
 * signature is not read. */
void audit_file_end(struct audit_writer *w, const struct audit_head *head,
    const struct signer *signer, struct buf *out);

/* What was found in a file. */
struct audit_verdict {
    bool good;
    const char *why;       /* when it is not: what is wrong; static text */
    int64_t line;          /* the first line that is wrong, from 1 */
    int64_t row;           /* the row that it should be: its N; 0: none */
    int64_t seq;           /* ... and its seq, when that can be told; or 0 */
    int64_t rows;          /* rows that were read and are right */
    struct audit_scope scope;
    int64_t head_seq;      /* of the head that was signed */
    int64_t head_at_s;
    struct str head_hash;  /* hexadecimal; of the file */
    uint8_t last_hash[DIGEST_BYTES]; /* of the last right row */
};

/*
 * audit_file_verify -- read a whole file.  Every byte of it is covered by a hash
 * or the signature; memory does not grow with it.
 * file   its bytes; texts in `out` point into them
 * known  the head (seq, and hash in hexadecimal) that somebody saw before, which
 *        must be in this file when the file holds the whole log; NULL: none
 */
void audit_file_verify(struct str file,
    const uint8_t public_key[SIGNER_PUBLIC],
    const struct audit_verdict *known, struct audit_verdict *out);

/* Takes a row, whose texts are gone after the call; false: enough. */
typedef bool audit_file_row_fn(void *of, const struct audit *row);

/*
 * audit_file_read -- the same; and when the whole file is good, each of its rows
 * in order, to `each`.  out->good is false, too, when `each` said enough.
 */
void audit_file_read(struct str file, const uint8_t public_key[SIGNER_PUBLIC],
    audit_file_row_fn *each, void *of, struct audit_verdict *out);

#endif
