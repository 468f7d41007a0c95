/* SPDX-License-Identifier: ISC */
#ifndef STORE_STORE_ROWSEAL_H
#define STORE_STORE_ROWSEAL_H

/*
 * Row seals: who can write the database file, and does not have the master
 * secret, cannot change what decides (SECURITY.md K2).  A row's seal is a MAC of
 * its columns, made and checked inside the statements of all_sealed.sql, which
 * say what is covered, by the functions
 *
 *   row_mac(kind, column, ...)           the seal
 *   row_sealed(seal, kind, column, ...)  does it fit?  1 or 0
 *   row_fresh(seal, kind, column, ...)   and under the newest subkey?
 *   row_stale(seal, kind, column, ...)   or under another one?
 *   row_noted(kind, id, ...)             see below; NULL: not noted
 *
 * No writer has to think of it.  The writer connection has triggers of its own
 * (TEMP: they are not in the file; those that are in the file do not run) on
 * each sealed table.  Before a row changes they note whether it was whole, and
 * which key, workspace or user it belongs to; store_tx_commit then seals those,
 * and what belongs to them, but for the rows that were broken before: those
 * stay so, whatever is changed in them.  An UPDATE of columns
 * that are not covered (store_row_free) notes nothing and costs nothing.
 *
 * The subkey is core's; the store calls what it was given (struct row_macs).
 */

#include "store/store.h"

/* The numbers stand in all_sealed.sql, and in seals: they never change. */
enum row_kind {
    ROW_KEY = 1, ROW_WORKSPACE = 2, ROW_SECRET = 3, ROW_LIMIT = 4,
    ROW_MEMBER = 5, ROW_CATEGORY = 6, ROW_MODEL = 7, ROW_ENDPOINT = 8,
    ROW_NETWORK = 9, ROW_USER = 10, ROW_SESSION = 11, ROW_LINK = 12,
    ROW_FACTOR = 13, ROW_CODE = 14, ROW_INVITE = 15
};

/* store_row_owners -- the kinds that are sealed by their ids, each with what
 * belongs to it: keys, workspaces, users, and links of the set-up (ROW_LINK),
 * which belong to nobody.  Ends with 0. */
const enum row_kind *store_row_owners(void);

/* q_fits -- of the row that q stands on: does the seal in column `seal` fit the
 * kind and the columns from `first` up to it? */
NODISCARD bool q_fits(struct q *q, enum row_kind kind, int first, int seal);

/* store_row_tables -- names of the sealed tables; NULL-ended. */
const char *const *store_row_tables(void);

/* store_row_free -- columns of a sealed table that no seal covers, by spaces;
 * store/rowtable.c says why.  NULL: no such table. */
const char *store_row_free(const char *table);

/* store_row_key -- what this transaction seals with from here on, until it
 * ends: ROW_KEY_NEXT while a master secret is replaced, else ROW_KEY_NOW. */
void store_row_key(struct store *st, enum row_key which);

/*
 * store_row_seal -- seal all of one of store_row_owners with ids after `after`
 * up to `upto`, and what belongs to them.
 * In a transaction.
 */
enum row_which {
    ROWS_FIT,  /* those that are whole */
    ROWS_ALL,  /* what is broken, too: only where that cannot be a forgery */
    ROWS_STALE /* those that are whole, by another subkey than this
                  transaction's */
};
NODISCARD enum err_code store_row_seal(struct store *st, enum row_kind kind,
    int64_t after, int64_t upto, enum row_which rows);

/* store_row_top -- the largest id there is of one of store_row_owners. */
NODISCARD enum err_code store_row_top(struct store *st, enum row_kind kind,
    int64_t *id);

/* A key, workspace or user, whole or not. */
struct row_state {
    enum row_kind kind;
    int64_t id, workspace_id; /* of a user: 0 */
    struct str name; /* prefix, slug, e-mail address */
    bool broken;
};

/* store_row_walk -- the next `most` keys, workspaces or users after an id; with
 * all that belongs to them. */
NODISCARD enum err_code store_row_walk(struct store *st, enum row_kind kind,
    int64_t after, int most, struct row_state **out, size_t *n);

/* A row whose seal does not fit. */
struct row_part {
    struct str what;  /* "key", "secret", "limit", "member", ... */
    struct str holds; /* JSON: what it says now */
};

/* store_row_parts -- of a key, workspace or user and what belongs to it, those
 * whose seals do not fit. */
NODISCARD enum err_code store_row_parts(struct store *st, enum row_kind kind,
    int64_t id, struct row_part **out, size_t *n);

/*
 * Those that were found broken.
 * store_broken_noted   ids of a range that are kept as broken, at most ROWS_MOST
 *                      by this program: their own seal fits
 * store_broken_set     keep one, or forget it; kept twice it is kept once
 * store_broken_count   how many are kept of a workspace
 * store_broken_people  how many users of those who are in it
 * store_broken_all     how many of all, as far as `most`
 */
enum { ROWS_MOST = 500 };
NODISCARD enum err_code store_broken_noted(struct store *st,
    enum row_kind kind, int64_t after, int64_t upto, int64_t ids[ROWS_MOST],
    size_t *n);
NODISCARD enum err_code store_broken_set(struct store *st,
    const struct row_state *row, int64_t now_s);
NODISCARD enum err_code store_broken_count(struct store *st,
    int64_t workspace_id, int64_t *n);
NODISCARD enum err_code store_broken_people(struct store *st,
    int64_t workspace_id, int64_t *n);

NODISCARD enum err_code store_broken_all(struct store *st, int64_t most,
    int64_t *n);

/* store_sealed_any -- is any row sealed?  store_sealed_mark, _set -- the mark
 * that all rows were sealed once; empty: there is none. */
NODISCARD enum err_code store_sealed_any(struct store *st, bool *any);
NODISCARD enum err_code store_sealed_mark(struct store *st, struct str *mark);
NODISCARD enum err_code store_sealed_mark_set(struct store *st,
    struct str mark);

#endif
