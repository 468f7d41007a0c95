/* SPDX-License-Identifier: ISC */
#define _XOPEN_SOURCE 700 /* realpath */
#include "core/backup.h"

#include "core/audit.h"
#include "core/change.h"
#include "core/key.h"
#include "core/rowseal.h"
#include "core/since.h"
#include "secret/seal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 500, SPARE = 1024 * 1024, MIB = 1024 * 1024 };

enum err_code
backup_make(const char *db_path, const char *file, db_copy_step *step,
    void *of, struct err *err)
{
    int64_t bytes;
    if (!db_copy_fits(err->arena, db_path, file, &bytes))
        return ERR(err, ERR_NO_SPACE, "A backup of %" PRId64 " MiB onto the "
            "disk of the database would leave less than %d MiB of it free, and "
            "on a full disk keys can only be revoked. Name a folder on another "
            "disk, make room, or keep fewer backups.", bytes / MIB + 1,
            (int)(DB_COPY_SPARE / MIB));
    if (db_copy(db_path, file, step, of, err))
        return err->code;
    if (filesum_keep(file, err))
        (void)unlink(file);
    return err->code;
}

enum err_code
backup_note(struct cx *cx, const char *file)
{
    char *whole = realpath(file, NULL);
    struct str folder = { NULL, 0 };
    if (whole) /* the name of the file ends it */
        folder = str_head(arena_dup(cx->arena, str_cstr(whole)),
            (size_t)(strrchr(whole, '/') - whole));
    free(whole);
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_backup_note(cx->store, cx->now_s, folder))
        return change_abort(cx);
    struct audit_event event = { "backup.make", "installation", STR(""),
        str_cstr(file), NULL };
    return change_commit(cx, &event);
}

enum err_code
backup_last(struct cx *cx, int64_t *at_s)
{
    return store_backup_last(cx->store, at_s);
}

enum err_code
backup_place(struct cx *cx, struct str *folder)
{
    return store_backup_place(cx->store, folder);
}

/* One batch of secrets after *after, in the memory of cx. */
static enum err_code
open_some(struct cx *cx, int64_t *after, size_t *n, struct backup_facts *out)
{
    struct walked_secret *all;
    if (store_secret_walk(cx->store, *after, BATCH, &all, n))
        return cx->err.code;
    for (size_t i = 0; i < *n; i++) {
        struct arena *a = store_arena(cx->store);
        struct str plain;
        out->secrets++;
        out->opened += seal_open(a, cx->secrets, SUBKEY_APIKEY,
            key_seal_ad(a, &all[i].key), all[i].sealed, &plain);
        *after = all[i].id;
    }
    return ERR_OK;
}

/* All of them, or until one opens. */
static enum err_code
open_secrets(struct cx *cx, bool until_one, struct backup_facts *out)
{
    int64_t after = 0;
    size_t n;
    /* there may be more of them than memory */
    struct arena *spare = arena_new(SPARE);
    store_attach(cx->store, spare, &cx->err);
    do
        arena_reset(spare);
    while (!open_some(cx, &after, &n, out) && n == BATCH &&
        !(until_one && out->opened));
    store_attach(cx->store, cx->arena, &cx->err);
    arena_free(spare);
    return cx->err.code;
}

enum err_code
backup_facts(struct cx *cx, struct backup_facts *out)
{
    *out = (struct backup_facts){ .audit_rows = 0 };
    if (audit_verify(cx, &out->audit_rows, &out->audit_bad))
        return cx->err.code;
    store_slow(cx->store, true);
    if (store_backup_counts(cx->store, &out->counts))
        return cx->err.code;
    if (seal_count(cx, &out->rows, &out->rows_broken))
        return cx->err.code;
    return open_secrets(cx, false, out);
}

enum backup_state
backup_state(const struct backup_facts *f)
{
    bool none_fits = f->rows > 0 && f->rows_broken == f->rows;
    if (none_fits && f->opened == 0)
        return BACKUP_OTHER_SECRET;
    if (none_fits)
        return BACKUP_STRIPPED;
    if (f->audit_bad)
        return BACKUP_LOG_BROKEN;
    return f->rows_broken || f->opened < f->secrets ? BACKUP_TOUCHED
                                                    : BACKUP_WHOLE;
}

enum err_code
backup_other_secret(struct cx *cx, bool *other)
{
    struct backup_facts f = { .audit_rows = 0 };
    *other = false;
    if (open_secrets(cx, true, &f) ||
        (!f.opened && seal_count(cx, &f.rows, &f.rows_broken)))
        return cx->err.code;
    *other = backup_state(&f) == BACKUP_OTHER_SECRET;
    return ERR_OK;
}

enum err_code
restore_close(struct cx *cx)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_void_all(cx->store, cx->now_s))
        return change_abort(cx);
    struct audit_event event = { "backup.restore", "installation", STR(""),
        STR(""), NULL };
    return change_commit(cx, &event);
}

/* ---- what was ended since ---- */

static enum err_code
not_same(struct cx *cx)
{
    return ERR(&cx->err, ERR_INVALID, "This audit log does not go on where "
        "the backup ends: it is of another installation, or older than the "
        "backup.");
}

/* Does the old log hold the last row of ours, unchanged? */
static enum err_code
same_log(struct cx *cx, struct cx *old, int64_t seq, struct str hash)
{
    struct audit *row;
    size_t n;
    if (seq == 0)
        return ERR_OK;
    if (store_audit_chain(old->store, seq - 1, 1, &row, &n))
        return old->err.code;
    if (n == 1 && row[0].seq == seq && str_eq(row[0].hash, hash))
        return ERR_OK;
    return not_same(cx);
}

/* All rows of the old log after ours. */
static enum err_code
read_old(struct cx *cx, struct cx *old, struct since *s)
{
    int64_t after;
    struct str hash;
    size_t n;
    if (store_audit_last(cx->store, &after, &hash) ||
        same_log(cx, old, after, hash))
        return cx->err.code ? cx->err.code : old->err.code;
    /* the log may be longer than memory */
    struct arena *spare = arena_new(SPARE);
    store_attach(old->store, spare, &old->err);
    do {
        struct audit *rows;
        arena_reset(spare);
        if (store_audit_chain(old->store, after, BATCH, &rows, &n))
            break;
        for (size_t i = 0; i < n; i++)
            since_row(s, &rows[i]);
        after = n ? rows[n - 1].seq : after;
    } while (n == BATCH);
    store_attach(old->store, old->arena, &old->err);
    arena_free(spare);
    return old->err.code;
}

enum err_code
restore_replay(struct cx *cx, struct cx *old, struct arena *a,
    struct restored *out)
{
    struct since *s = since_new(a);
    *out = (struct restored){ 0 };
    enum err_code code = read_old(cx, old, s);
    if (!code)
        code = since_end(cx, s, out);
    since_free(s);
    return code;
}

/* A file that is read. */
struct replay_file {
    struct since *s;
    int64_t after;
    struct str hash;
    bool joined; /* the last row of the backup is in it */
    bool apart;  /* it is not: the log is another one */
};

static bool
replay_row(void *of, const struct audit *row)
{
    struct replay_file *f = of;
    if (row->seq < f->after)
        return true;
    if (row->seq == f->after)
        f->joined = str_eq(row->hash, f->hash);
    else if (f->joined)
        since_row(f->s, row);
    f->apart = !f->joined;
    return f->joined;
}

static enum err_code
read_log(struct cx *cx, struct str file,
    const uint8_t public_key[SIGNER_PUBLIC], struct since *s,
    struct audit_verdict *verdict)
{
    struct replay_file f = { .s = s };
    if (store_audit_last(cx->store, &f.after, &f.hash))
        return cx->err.code;
    f.joined = f.after == 0;
    audit_file_read(file, public_key, replay_row, &f, verdict);
    if (verdict->scope.workspace_id)
        return ERR(&cx->err, ERR_INVALID, "This audit log is of one "
            "workspace. Take one that was exported without --workspace.");
    if (!verdict->good && !f.apart)
        return ERR(&cx->err, ERR_INVALID, "Line %" PRId64
            " of the exported audit log: %s.", verdict->line, verdict->why);
    return f.joined ? ERR_OK : not_same(cx);
}

enum err_code
restore_replay_file(struct cx *cx, struct str file,
    const uint8_t public_key[SIGNER_PUBLIC], struct audit_verdict *verdict,
    struct arena *a, struct restored *out)
{
    struct since *s = since_new(a);
    *out = (struct restored){ 0 };
    enum err_code code = read_log(cx, file, public_key, s, verdict);
    if (!code)
        code = since_end(cx, s, out);
    since_free(s);
    return code;
}
