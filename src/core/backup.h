/* SPDX-License-Identifier: ISC */
#ifndef CORE_BACKUP_H
#define CORE_BACKUP_H

/* Backups: making them, knowing that they are good, and going back to one
 * without giving life back to what was ended since (SECURITY.md 1, row 23). */

#include "core/audit_file.h"
#include "core/since.h"
#include "secret/filesum.h"
#include "store/copy.h"
#include "store/store_backup.h"

/*
 * backup_make -- the database at db_path as the new file `file`, and its sum
 * beside it (secret/filesum.h).  The master secret is not in it.
 * Errors: as db_copy and filesum_keep; then there is no file.  ERR_NO_SPACE also
 * when it would fill the disk of the database (db_copy_fits).
 */
NODISCARD enum err_code backup_make(const char *db_path, const char *file,
    db_copy_step *step, void *of, struct err *err);

/* backup_note -- one was made as this file: a change of its own, audited.
 * backup_last: when that was; 0: never.  backup_place: the folder that it went to,
 * an absolute path; empty: not known. */
NODISCARD enum err_code backup_note(struct cx *cx, const char *file);
NODISCARD enum err_code backup_last(struct cx *cx, int64_t *at_s);
NODISCARD enum err_code backup_place(struct cx *cx, struct str *folder);

/* What a database holds, and whether it can be trusted. */
struct backup_facts {
    struct backup_counts counts;
    int64_t audit_rows;
    int64_t audit_bad;   /* the first row that is wrong; 0: none */
    int64_t rows, rows_broken; /* keys, workspaces, users; those whose seal, or
                            that of a row that belongs to them, is broken */
    int64_t secrets, opened; /* secrets of keys, and how many of them open
                                with the master secret of cx */
};

/* backup_facts -- read all of it.  cx: of a store opened read_only, without
 * limit of time.  Needs the shell. */
NODISCARD enum err_code backup_facts(struct cx *cx, struct backup_facts *out);

/* How far it can be trusted by these facts; a backup that is not whole or
 * touched is not gone back to. */
enum backup_state {
    BACKUP_WHOLE,
    BACKUP_TOUCHED,      /* rows were changed outside, or secrets do not open:
                            these are refused, as in any database */
    BACKUP_LOG_BROKEN,   /* the audit log was changed */
    BACKUP_STRIPPED,     /* its secrets open, and no row has a seal that fits:
                            taken for one of before seals, forged rows would
                            get some */
    BACKUP_OTHER_SECRET  /* of another master secret: of rows and secrets
                            nothing is known */
};

/* backup_state -- what the facts come to.  Rows and no secrets, and none of
 * them fits: another master secret is believed, the harmless reason. */
enum backup_state backup_state(const struct backup_facts *f);

/* backup_other_secret -- is the database of cx, backup or not, in the state
 * BACKUP_OTHER_SECRET?  Ends as soon as something fits; what is of another
 * secret is read to its end.  Needs the shell. */
NODISCARD enum err_code backup_other_secret(struct cx *cx, bool *other);

/*
 * restore_close -- nobody stays signed in by a backup: sessions, one-time
 * links and invitations of it end.  In a change of its own, audited.
 */
NODISCARD enum err_code restore_close(struct cx *cx);

/*
 * restore_replay -- end what was ended after the backup, as the audit log of
 * the database tells that it is to replace.
 * cx   of the restored database, open for writing
 * old  of the old database, opened read_only
 * a    where the lines of out live
 * out  core/since.h
 * Errors: ERR_INVALID when the old log does not go on where the backup's ends:
 * it is of another installation, or the backup is not older.
 */
NODISCARD enum err_code restore_replay(struct cx *cx, struct cx *old,
    struct arena *a, struct restored *out);

/*
 * restore_replay_file -- the same from an exported log of the whole
 * installation (core/audit_file.h): for the day on which the old database is
 * lost.  What came after it was exported is not known.
 * verdict  out: what was found in the file
 * Nothing is ended before the whole file was found good.
 * Errors: ERR_INVALID also when the file is not good, or of one workspace.
 */
NODISCARD enum err_code restore_replay_file(struct cx *cx, struct str file,
    const uint8_t public_key[SIGNER_PUBLIC], struct audit_verdict *verdict,
    struct arena *a, struct restored *out);

#endif
