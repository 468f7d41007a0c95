/* SPDX-License-Identifier: ISC */
#include "store/engine.h"

#include "base/attr.h"
#include "store/store_rowseal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_BYTES_MOST = 8192 };

/* ---- the bytes of a row ---- */

struct bytes {
    uint8_t at[ROW_BYTES_MOST];
    size_t n;
    bool over;
};

/* Type and length in front of each: no two rows have the same bytes. */
static void
put_int(struct bytes *b, int64_t v)
{
    if (sizeof b->at - b->n < 1 + sizeof v) {
        b->over = true;
        return;
    }
    uint8_t *head = b->at + b->n++;
    for (uint64_t i = (uint64_t)v; i; i >>= 8)
        b->at[b->n++] = (uint8_t)i;
    *head = (uint8_t)(15 + (b->at + b->n - head));
}

static void
put_bytes(struct bytes *b, int type, const void *p, int n)
{
    if (n < 0 || (n && !p) || sizeof b->at - b->n < 5 ||
        sizeof b->at - b->n - 5 < (size_t)n) {
        b->over = true;
        return;
    }
    b->at[b->n++] = (uint8_t)type;
    for (int i = 0; i < 4; i++)
        b->at[b->n++] = (uint8_t)((unsigned)n >> (8 * i));
    if (n)
        memcpy(b->at + b->n, p, (size_t)n);
    b->n += (size_t)n;
}

static void
put_value(struct bytes *b, sqlite3_value *v)
{
    int type = sqlite3_value_type(v);
    if (type == SQLITE_NULL)
        put_bytes(b, type, NULL, 0);
    else if (type == SQLITE_INTEGER)
        put_int(b, sqlite3_value_int64(v));
    else if (type == SQLITE_BLOB)
        put_bytes(b, type, sqlite3_value_blob(v), sqlite3_value_bytes(v));
    else
        put_bytes(b, type, sqlite3_value_text(v), sqlite3_value_bytes(v));
}

/* The same of a column.  Not by sqlite3_column_value: of memory that runs out
 * there SQLite would not know. */
static void
put_column(struct bytes *b, sqlite3_stmt *s, int col)
{
    int type = sqlite3_column_type(s, col);
    if (type == SQLITE_INTEGER) {
        put_int(b, sqlite3_column_int64(s, col));
        return;
    }
    const void *p = type == SQLITE_NULL ? NULL
        : type == SQLITE_BLOB           ? sqlite3_column_blob(s, col)
                                        : sqlite3_column_text(s, col);
    put_bytes(b, type, p,
        type == SQLITE_NULL ? 0 : sqlite3_column_bytes(s, col));
}

static void
put_none(struct bytes *b)
{
    b->n = 0;
    b->over = false;
}

static struct bytes *
put_values(struct bytes *b, int n, sqlite3_value **v)
{
    put_none(b);
    for (int i = 0; i < n; i++)
        put_value(b, v[i]);
    return b;
}

static enum row_made
try_make(const struct db *db, enum row_key which, const struct bytes *b,
    uint8_t out[ROW_MAC_BYTES])
{
    return b->over || !db->macs.make
        ? ROW_NO_KEY
        : db->macs.make(db->macs.of, which, b->at, b->n, out);
}

static bool
make(const struct db *db, enum row_key which, const struct bytes *b,
    uint8_t out[ROW_MAC_BYTES])
{
    return try_make(db, which, b, out) == ROW_MADE;
}

/*
 * What was found to fit lately, by this connection and the subkey that the
 * process began with: the same bytes fit the same seal again.  It holds nothing
 * of the rows' state; each is read, and compared to its last byte.
 */
enum { KNOWN = 64, KNOWN_BYTES = 300 };

struct known {
    uint16_t n; /* 0: none */
    uint8_t seal[ROW_MAC_BYTES];
    uint8_t at[KNOWN_BYTES];
};

struct row_place {
    struct db *db;
    bool writes;        /* the writer, which has the notes */
    struct bytes bytes; /* of the row at hand: too large for the stack */
    struct known known[KNOWN];
};

static bool
same(const uint8_t a[ROW_MAC_BYTES], const uint8_t b[ROW_MAC_BYTES])
{
    uint8_t differ = 0;
    for (int i = 0; i < ROW_MAC_BYTES; i++)
        differ |= a[i] ^ b[i];
    return !differ;
}

/* 1, 0; -1: memory ran out before that was known.  *by: the subkey it fits. */
static int
fits_by(struct row_place *place, const struct bytes *b, const uint8_t *seal,
    enum row_key *by)
{
    struct known *k = &place->known[seal[0] % KNOWN];
    int fit = 0;
    *by = ROW_KEY_OWN;
    if (k->n == b->n && b->n && same(k->seal, seal) &&
        memcmp(k->at, b->at, b->n) == 0)
        return 1;
    for (int which = 0; which < ROW_KEY_COUNT; which++) {
        uint8_t mac[ROW_MAC_BYTES];
        enum row_made made = try_make(place->db, (enum row_key)which, b, mac);
        if (made == ROW_NO_MEMORY)
            fit = -1;
        if (made != ROW_MADE || !same(mac, seal))
            continue;
        if (which == ROW_KEY_OWN && b->n <= KNOWN_BYTES) {
            k->n = (uint16_t)b->n;
            memcpy(k->seal, seal, ROW_MAC_BYTES);
            memcpy(k->at, b->at, b->n);
        }
        *by = (enum row_key)which;
        return 1;
    }
    return fit;
}

static int
fits_bytes(struct row_place *place, const struct bytes *b, const uint8_t *seal)
{
    enum row_key by;
    return fits_by(place, b, seal, &by);
}

static bool
is_seal(sqlite3_value *seal)
{
    return sqlite3_value_type(seal) == SQLITE_BLOB &&
        sqlite3_value_bytes(seal) == ROW_MAC_BYTES;
}

static int
fits(struct row_place *place, const struct bytes *b, sqlite3_value *seal)
{
    return is_seal(seal) ? fits_bytes(place, b, sqlite3_value_blob(seal)) : 0;
}

/* ---- what a transaction has noted ---- */

struct note {
    uint8_t id[ROW_MAC_BYTES];
    bool used, fit;
};

/* One of store_row_owners. */
struct owner {
    enum row_kind kind;
    int64_t id;
};

struct notes {
    struct note *places; /* open addressing; a power of two of them */
    size_t n_places, n;
    struct owner *owners;
    size_t n_owners, room;
    enum row_key seals; /* of this transaction */
    bool quiet;         /* rows_quiet */
};

struct notes *
notes_new(void)
{
    struct notes *n = calloc(1, sizeof *n);
    must(n != NULL);
    n->seals = ROW_KEY_NOW;
    return n;
}

void
notes_clear(struct notes *n)
{
    enum { KEEP = 4096 };
    if (n->n_places > KEEP) {
        free(n->places);
        n->places = NULL;
        n->n_places = 0;
    } else if (n->n) {
        memset(n->places, 0, n->n_places * sizeof *n->places);
    }
    n->n = n->n_owners = 0;
    n->seals = ROW_KEY_NOW;
    n->quiet = false;
}

void
notes_free(struct notes *n)
{
    if (!n)
        return;
    free(n->places);
    free(n->owners);
    free(n);
}

/* The ids are short: kind and one or two columns.  Their digest is the MAC of
 * the process's own choice, so nobody can make two of them meet. */
static bool
note_id(const struct db *db, const struct bytes *b, uint8_t id[ROW_MAC_BYTES])
{
    return make(db, ROW_KEY_OWN, b, id);
}

static struct note *
place_of(const struct notes *n, const uint8_t id[ROW_MAC_BYTES])
{
    uint64_t at;
    memcpy(&at, id, sizeof at);
    for (;; at++) {
        struct note *p = &n->places[at & (n->n_places - 1)];
        if (!p->used || memcmp(p->id, id, ROW_MAC_BYTES) == 0)
            return p;
    }
}

/* false: there is no memory.  SQLite has called us: nothing may jump past
 * it. */
static bool
grow(struct notes *n)
{
    struct notes wider = *n;
    wider.n_places = n->n_places ? 2 * n->n_places : 64;
    wider.places = calloc(wider.n_places, sizeof *wider.places);
    if (!wider.places)
        return false;
    for (size_t i = 0; i < n->n_places; i++)
        if (n->places[i].used)
            *place_of(&wider, n->places[i].id) = n->places[i];
    free(n->places);
    n->places = wider.places;
    n->n_places = wider.n_places;
    return true;
}

static const struct note *
find(const struct notes *n, const uint8_t id[ROW_MAC_BYTES])
{
    const struct note *p = n->n ? place_of(n, id) : NULL;
    return p && p->used ? p : NULL;
}

static bool
keep(struct notes *n, const uint8_t id[ROW_MAC_BYTES], bool fit)
{
    if (2 * (n->n + 1) > n->n_places && !grow(n))
        return false;
    struct note *p = place_of(n, id);
    n->n += !p->used;
    memcpy(p->id, id, ROW_MAC_BYTES);
    p->used = true;
    p->fit = fit;
    return true;
}

static bool
keep_owner(struct notes *n, enum row_kind kind, int64_t id)
{
    if (n->n_owners == n->room) {
        size_t room = n->room ? 2 * n->room : 64;
        struct owner *more = realloc(n->owners, room * sizeof *more);
        if (!more)
            return false;
        n->owners = more;
        n->room = room;
    }
    n->owners[n->n_owners++] = (struct owner){ kind, id };
    return true;
}

/* ---- the functions ---- */

static struct row_place *
place(sqlite3_context *c)
{
    return sqlite3_user_data(c);
}

static void
row_mac(sqlite3_context *c, int n, sqlite3_value **v)
{
    const struct db *db = place(c)->db;
    const struct bytes *b = put_values(&place(c)->bytes, n, v);
    uint8_t mac[ROW_MAC_BYTES];
    enum row_made made = try_make(db, db->notes->seals, b, mac);
    if (made == ROW_NO_KEY && db->notes->seals == ROW_KEY_NOW)
        made = try_make(db, ROW_KEY_OWN, b, mac);
    if (made == ROW_MADE)
        sqlite3_result_blob(c, mac, sizeof mac, SQLITE_TRANSIENT);
    else if (made == ROW_NO_MEMORY)
        sqlite3_result_error_nomem(c);
    else
        sqlite3_result_error(c, "no seal for this row", -1);
}

/* What this transaction knows of a row, by its kind and ids; NULL: nothing. */
static const struct note *
noted(struct row_place *p, int n, sqlite3_value **v)
{
    uint8_t id[ROW_MAC_BYTES];
    return p->writes && note_id(p->db, put_values(&p->bytes, n, v), id)
        ? find(p->db->notes, id)
        : NULL;
}

/* A row that this transaction has changed itself is sealed at its end. */
static void
row_sealed(sqlite3_context *c, int n, sqlite3_value **v)
{
    int fit = fits(place(c), put_values(&place(c)->bytes, n - 1, v + 1), v[0]);
    if (fit < 0) {
        sqlite3_result_error_nomem(c);
        return;
    }
    if (!fit && place(c)->writes && n > 3) {
        int ids = row_ids(sqlite3_value_int(v[1]));
        const struct note *own = noted(place(c), 1 + ids, v + 1);
        fit = own && own->fit;
    }
    sqlite3_result_int(c, fit);
}

/* Is it of the subkey that this transaction seals with? */
static void
row_fresh(sqlite3_context *c, int n, sqlite3_value **v)
{
    const struct db *db = place(c)->db;
    const struct bytes *b = put_values(&place(c)->bytes, n - 1, v + 1);
    uint8_t mac[ROW_MAC_BYTES];
    sqlite3_result_int(c, sqlite3_value_bytes(v[0]) == ROW_MAC_BYTES &&
        make(db, db->notes->seals, b, mac) &&
        same(mac, sqlite3_value_blob(v[0])));
}

/* Does it fit, and by another one than that? */
static void
row_stale(sqlite3_context *c, int n, sqlite3_value **v)
{
    const struct bytes *b = put_values(&place(c)->bytes, n - 1, v + 1);
    enum row_key by = place(c)->db->notes->seals;
    int fit = is_seal(v[0])
        ? fits_by(place(c), b, sqlite3_value_blob(v[0]), &by)
        : 0;
    if (fit < 0)
        sqlite3_result_error_nomem(c);
    else
        sqlite3_result_int(c, fit && by != place(c)->db->notes->seals);
}

static void
row_noted(sqlite3_context *c, int n, sqlite3_value **v)
{
    const struct note *own = noted(place(c), n, v);
    if (own)
        sqlite3_result_int(c, own->fit);
    else
        sqlite3_result_null(c);
}

/* What says whether a row is whole, and whether nothing lay in wait for a new
 * one.  Rows of lists are never changed, only made and taken away. */
static bool
statement_of(enum row_kind kind, bool is_new, enum sql *out)
{
    static const struct {
        enum row_kind kind;
        bool is_new;
        enum sql which;
    } rows[] = {
        { ROW_KEY, false, SQL_FIT_KEY },
        { ROW_KEY, true, SQL_FIT_KEY_NEW },
        { ROW_WORKSPACE, false, SQL_FIT_WORKSPACE },
        { ROW_WORKSPACE, true, SQL_FIT_WORKSPACE_NEW },
        { ROW_SECRET, false, SQL_FIT_SECRET },
        { ROW_LIMIT, false, SQL_FIT_LIMIT },
        { ROW_MEMBER, false, SQL_FIT_MEMBER },
        { ROW_USER, false, SQL_FIT_USER },
        { ROW_USER, true, SQL_FIT_USER_NEW },
        { ROW_SESSION, false, SQL_FIT_SESSION },
        { ROW_LINK, false, SQL_FIT_LINK },
        { ROW_FACTOR, false, SQL_FIT_FACTOR },
        { ROW_CODE, false, SQL_FIT_CODE },
        { ROW_INVITE, false, SQL_FIT_INVITE },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].kind == kind && rows[i].is_new == is_new) {
            *out = rows[i].which;
            return true;
        }
    return false;
}

/* Returns an SQLite code: what could not be read is not broken. */
static int
look(struct db *db, enum row_kind kind, bool is_new, int n,
    sqlite3_value **v, bool *fit)
{
    enum sql which;
    *fit = is_new;
    if (!statement_of(kind, is_new, &which))
        return SQLITE_OK;
    struct sqlite3_stmt *s = conn_stmt(db->writer, which);
    if (!s)
        return sqlite3_extended_errcode(db->writer->sql);
    int rc = sqlite3_bind_value(s, 1, v[1]);
    if (n > 2 && rc == SQLITE_OK)
        rc = sqlite3_bind_value(s, 2, v[2]);
    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_step(s);
    *fit = rc == SQLITE_ROW && sqlite3_column_int(s, 0) != 0;
    int again = sqlite3_reset(s);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : again;
}

static bool
is_owner(enum row_kind kind)
{
    const enum row_kind *k = store_row_owners();
    while (*k && *k != kind)
        k++;
    return *k != 0;
}

/* row_note(kind, id, ...), before a row changes; row_new after it was made. */
static void
note(sqlite3_context *c, int n, sqlite3_value **v, bool is_new)
{
    struct db *db = place(c)->db;
    enum row_kind kind = (enum row_kind)sqlite3_value_int(v[0]);
    uint8_t id[ROW_MAC_BYTES];
    if (db->notes->quiet || sqlite3_value_type(v[1]) == SQLITE_NULL ||
        !note_id(db, put_values(&place(c)->bytes, n, v), id))
        return;
    const struct note *before = find(db->notes, id);
    if (before && !is_new)
        return;
    bool owns = is_owner(kind), fit;
    int rc = look(db, kind, is_new, n, v, &fit);
    if (rc == SQLITE_OK &&
        ((!before && owns &&
             !keep_owner(db->notes, kind, sqlite3_value_int64(v[1]))) ||
            !keep(db->notes, id, fit)))
        rc = SQLITE_NOMEM;
    if (rc != SQLITE_OK)
        sqlite3_result_error_code(c, rc);
}

static void
row_note(sqlite3_context *c, int n, sqlite3_value **v)
{
    note(c, n, v, false);
}

static void
row_new(sqlite3_context *c, int n, sqlite3_value **v)
{
    note(c, n, v, true);
}

bool
q_fits(struct q *q, enum row_kind kind, int first, int seal)
{
    const struct store *st = q->st;
    const struct conn *c = st->in_tx ? st->db->writer : st->reader;
    struct bytes *b = &c->seals->bytes;
    if (q->failed || sqlite3_column_type(q->stmt, seal) != SQLITE_BLOB ||
        sqlite3_column_bytes(q->stmt, seal) != ROW_MAC_BYTES)
        return false;
    put_none(b);
    put_int(b, (int)kind);
    for (int i = first; i < seal; i++)
        put_column(b, q->stmt, i);
    int fit = fits_bytes(c->seals, b, sqlite3_column_blob(q->stmt, seal));
    if (fit < 0) {
        q->failed = true;
        store_fail(q->st->err, SQLITE_NOMEM, NULL, db_statement_name(q->which));
    }
    return fit > 0;
}

int
row_functions(struct conn *c, struct db *db, enum conn_role role)
{
    static const struct {
        const char *name;
        void (*run)(sqlite3_context *, int, sqlite3_value **);
    } all[] = {
        { "row_mac", row_mac },
        { "row_sealed", row_sealed },
        { "row_fresh", row_fresh },
        { "row_stale", row_stale },
        { "row_noted", row_noted },
        { "row_note", row_note },
        { "row_new", row_new },
    };
    int rc = SQLITE_OK;
    c->seals = calloc(1, sizeof *c->seals);
    if (!c->seals)
        return SQLITE_NOMEM;
    c->seals->db = db;
    c->seals->writes = role == CONN_WRITER;
    /* SQLITE_DIRECTONLY: nothing that stands in the file can call them */
    for (size_t i = 0; i < COUNT_OF(all) && rc == SQLITE_OK; i++)
        rc = sqlite3_create_function_v2(c->sql, all[i].name, -1,
            SQLITE_UTF8 | SQLITE_DIRECTONLY, c->seals, all[i].run, NULL, NULL,
            NULL);
    return rc;
}

/* ---- sealing ---- */

const enum row_kind *
store_row_owners(void)
{
    static const enum row_kind kinds[] = { ROW_KEY, ROW_WORKSPACE, ROW_USER,
        ROW_LINK, 0 };
    return kinds;
}

/* In this order: what belongs to a key is sealed with what the key's seal_n is
 * about to be.  SQL_COUNT ends each. */
static const enum sql *
sealing(enum row_kind kind)
{
    static const enum sql keys[] = { SQL_SEAL_SECRETS, SQL_SEAL_LIMITS,
        SQL_SEAL_CATEGORIES, SQL_SEAL_MODELS, SQL_SEAL_ENDPOINTS,
        SQL_SEAL_NETWORKS, SQL_SEAL_LINKS_KEY, SQL_SEAL_KEYS, SQL_COUNT };
    static const enum sql workspaces[] = { SQL_SEAL_MEMBERS,
        SQL_SEAL_LIMITS_WORKSPACE, SQL_SEAL_INVITES, SQL_SEAL_WORKSPACES,
        SQL_COUNT };
    static const enum sql users[] = { SQL_SEAL_SESSIONS, SQL_SEAL_LINKS_USER,
        SQL_SEAL_FACTORS, SQL_SEAL_CODES, SQL_SEAL_USERS, SQL_COUNT };
    static const enum sql links[] = { SQL_SEAL_LINKS, SQL_COUNT };
    return kind == ROW_KEY          ? keys
        : kind == ROW_WORKSPACE     ? workspaces
        : kind == ROW_USER          ? users
                                    : links;
}

static enum err_code
seal_range(struct store *st, enum sql which, int64_t after, int64_t upto,
    enum row_which rows)
{
    struct q q;
    q_begin(&q, st, which);
    q_int(&q, "after", after);
    q_int(&q, "upto", upto);
    q_int(&q, "all", (int)rows);
    return q_run(&q);
}

enum err_code
store_row_seal(struct store *st, enum row_kind kind, int64_t after,
    int64_t upto, enum row_which rows)
{
    for (const enum sql *s = sealing(kind); *s != SQL_COUNT; s++)
        if (seal_range(st, *s, after, upto, rows))
            return st->err->code;
    return ERR_OK;
}

/* All but the secrets, the first, and the keys themselves, the last. */
enum err_code
rows_seal_lists(struct store *st, int64_t after, int64_t upto)
{
    for (const enum sql *s = sealing(ROW_KEY) + 1; s[1] != SQL_COUNT; s++)
        if (seal_range(st, *s, after, upto, ROWS_STALE))
            return st->err->code;
    return ERR_OK;
}

void
rows_quiet(struct store *st, bool on)
{
    must(st->in_tx);
    st->db->notes->quiet = on;
}

void
store_row_key(struct store *st, enum row_key which)
{
    must(st->in_tx);
    st->db->notes->seals = which;
}

static int
by_id(const void *a, const void *b)
{
    const struct owner *x = a, *y = b;
    int first = (x->kind > y->kind) - (x->kind < y->kind);
    return first ? first : (x->id > y->id) - (x->id < y->id);
}

/* Ids that follow each other are sealed at once: imports, and new secrets of
 * all keys. */
enum err_code
rows_seal(struct store *st)
{
    struct notes *n = st->db->notes;
    if (n->n_owners == 0 || !st->db->macs.make)
        return ERR_OK;
    qsort(n->owners, n->n_owners, sizeof *n->owners, by_id);
    for (size_t i = 0, end; i < n->n_owners; i = end) {
        const struct owner first = n->owners[i];
        for (end = i + 1; end < n->n_owners && end - i < ROWS_MOST; end++)
            if (n->owners[end].kind != first.kind ||
                n->owners[end].id != first.id + (int64_t)(end - i))
                break;
        if (store_row_seal(st, first.kind, first.id - 1,
                first.id + (int64_t)(end - i) - 1, ROWS_FIT))
            return st->err->code;
    }
    return ERR_OK;
}
