/* SPDX-License-Identifier: ISC */
/* Backups: made, looked through, gone back to; and what an upgrade would do. */
#include "app/backup_folder.h"
#include "app/cli_command.h"
#include "base/buf.h"
#include "base/clock.h"
#include "core/audit_file.h"
#include "core/backup.h"
#include "text/when.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME_TRIES = 10, /* seconds in which others make one, too */
    PAUSE_US = 20 * 1000
};

/* A database of any age, brought up to date. */
enum { BY_HAND = APP_STORE | APP_ADOPT | APP_UPGRADE };

static bool
is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0; /* a link that leads nowhere is there, too */
}

static bool
is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* On a terminal only, and over itself. */
static void
tell_step(void *unused, int64_t done, int64_t all)
{
    (void)unused;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%" PRId64 " %%%s", all ? 100 * done / all : 100,
            done == all ? "\r\033[K" : "");
}

/* ---- backup ---- */

/* A new request, of the next second. */
static struct cx *
next_second(struct worker *w)
{
    int64_t before = w->cx.now_s;
    do
        clock_wait(clock_mono_us() + PAUSE_US);
    while (worker_shell(w)->now_s <= before);
    return &w->cx;
}

/* A new file, or in a folder one under the name of its second: where another is
 * made in the same, by a timer or by hand, this one takes the next. */
static enum err_code
make(struct worker *w, const char *where, const char **to)
{
    struct cx *cx = &w->cx;
    bool folder = is_folder(where);
    for (int i = 0; i < NAME_TRIES; i++) {
        if (i > 0)
            cx = next_second(w);
        *to = folder ? backup_name(cx, where) : where;
        if (backup_make(w->app->config->db_path, *to, tell_step, NULL,
                &cx->err) != ERR_CONFLICT || !folder)
            break;
    }
    return cx->err.code;
}

static bool
read_keep(const char *text, long *out)
{
    char *end;
    *out = strtol(text, &end, 10);
    return end != text && *end == '\0' && *out >= 1 && *out <= 10000;
}

int
cli_backup(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    const char *to;
    long keep = 0;
    if (words->keep && (!read_keep(words->keep, &keep) ||
            !is_folder(words->rest))) {
        fprintf(stderr, "keylodge: --keep takes a number from 1 on, and a "
                        "folder to keep so many backups in\n");
        return EXIT_WORDS;
    }
    if (keep)
        backup_forget_left(cx, words->rest); /* first: it makes room */
    if (make(w, words->rest, &to) ||
        (keep && backup_forget_old(cx, words->rest, keep)) || backup_note(cx, to))
        return cli_fail(&cx->err);
    if (words->json) {
        struct val *v = val_map(cx->arena);
        val_put_cstr(v, "file", to);
        cli_put_time(cx, v, "at", cx->now_s);
        cli_print_json(cx, v);
    } else {
        printf("%s\n", to);
    }
    return EXIT_DONE;
}

/* ---- verify ---- */

/* What is known of a backup. */
struct looked {
    enum filesum sum;
    struct db_look file;
    bool inside; /* its schema is ours, so the facts below were read */
    struct backup_facts facts;
};

static bool
is_good(const struct looked *l)
{
    return l->sum != FILESUM_WRONG && l->file.fault.n == 0 &&
        (!l->inside || backup_state(&l->facts) == BACKUP_WHOLE);
}

/* What was changed in it stays refused: no reason to lose all the rest. */
static bool
is_of_use(const struct looked *l)
{
    return is_good(l) || (l->sum != FILESUM_WRONG && l->file.fault.n == 0 &&
        backup_state(&l->facts) == BACKUP_TOUCHED);
}

/* Another database than that of the settings. */
struct house {
    struct config config;
    struct app app;
    struct worker worker;
};

static enum err_code
house_open(struct house *h, const struct config *c, const char *path,
    unsigned parts, struct err *err)
{
    *h = (struct house){ .config = *c };
    h->config.db_path = path;
    if (app_open(&h->app, &h->config, parts, false, err))
        return err->code;
    return worker_open(&h->worker, &h->app, err);
}

static void
house_close(struct house *h)
{
    worker_close(&h->worker);
    app_close(&h->app);
}

static enum err_code
look(struct cx *cx, const struct config *c, const char *path,
    struct looked *out)
{
    struct house h;
    *out = (struct looked){ .sum = FILESUM_NONE };
    if (!cli_need_file(path, &cx->err) ||
        filesum_check(path, &out->sum, &cx->err) ||
        db_look(path, &out->file, &cx->err))
        return cx->err.code;
    out->inside = out->file.fault.n == 0 &&
        out->file.schema == db_schema_version();
    if (!out->inside)
        return ERR_OK;
    if (house_open(&h, c, path, APP_STORE | APP_READ, &cx->err) == ERR_OK) {
        struct cx *its = worker_shell(&h.worker);
        if (backup_facts(its, &out->facts))
            ERR(&cx->err, its->err.code, "%.*s", STR_ARG(its->err.msg));
    }
    house_close(&h);
    return cx->err.code;
}

/* By its rows and secrets, which without their master secret say nothing. */
static void
tell_seals(const struct backup_facts *f)
{
    enum backup_state state = backup_state(f);
    if (state == BACKUP_OTHER_SECRET) {
        printf("made with ANOTHER master secret: with that of these settings "
               "none of %" PRId64 " secrets of keys opens, and row seals "
               "cannot be looked at. Take the copy of the secrets of its "
               "time\n", f->secrets);
        return;
    }
    if (state == BACKUP_STRIPPED)
        printf("row seals: NONE of %" PRId64 " keys, workspaces and accounts "
               "has one that fits: they were taken away\n", f->rows);
    else if (f->rows_broken)
        printf("row seals: %" PRId64 " of %" PRId64 " keys, workspaces and "
               "accounts were CHANGED outside of Keylodge\n", f->rows_broken,
            f->rows);
    else
        printf("row seals: %" PRId64 " keys, workspaces and accounts are as "
               "Keylodge left them\n", f->rows);
    printf("secrets of keys: %" PRId64 " of %" PRId64 " open with the master "
           "secret of these settings\n", f->opened, f->secrets);
}

static void
tell_inside(struct cx *cx, const struct backup_facts *f)
{
    const struct backup_counts *n = &f->counts;
    printf("%" PRId64 " workspaces, %" PRId64 " people, %" PRId64 " keys, "
           "%" PRId64 " calls\n", n->workspaces, n->users, n->keys,
        n->events);
    if (f->audit_bad)
        printf("audit log: row %" PRId64 " was changed or is missing\n",
            f->audit_bad);
    else
        printf("audit log: %" PRId64 " rows, chain whole; the newest is of "
               "%.*s\n", f->audit_rows,
            STR_ARG(when_rfc3339(cx->arena, n->audit_s)));
    tell_seals(f);
}

static void
tell_looked(struct cx *cx, const struct looked *l)
{
    static const char *const sums[] = { [FILESUM_NONE] = "no sum beside it",
        [FILESUM_RIGHT] = "sum right", [FILESUM_WRONG] = "sum WRONG" };
    if (l->file.schema)
        printf("schema %d, ", l->file.schema);
    printf("%" PRId64 " bytes, %s\n", l->file.bytes, sums[l->sum]);
    if (l->file.fault.n)
        printf("DAMAGED: %.*s\n", STR_ARG(l->file.fault));
    else
        printf("pages, indexes and references whole\n");
    if (l->inside)
        tell_inside(cx, &l->facts);
    else if (l->file.fault.n == 0)
        printf("an older schema: restoring brings it up to date, what is in "
               "it can be looked at then\n");
}

static void
tell_looked_json(struct cx *cx, const struct looked *l)
{
    struct val *v = val_map(cx->arena);
    const struct backup_facts *f = &l->facts;
    val_put_bool(v, "good", is_good(l));
    if (l->file.schema)
        val_put_int(v, "schema", l->file.schema);
    else
        val_put_null(v, "schema");
    val_put_int(v, "bytes", l->file.bytes);
    val_put_cstr(v, "sum", l->sum == FILESUM_RIGHT ? "right"
        : l->sum == FILESUM_WRONG                  ? "wrong"
                                                   : "none");
    cli_put_text(v, "fault", l->file.fault);
    if (l->inside) {
        val_put_int(v, "keys", f->counts.keys);
        val_put_int(v, "audit_rows", f->audit_rows);
        val_put_int(v, "audit_bad_row", f->audit_bad);
        bool other = backup_state(f) == BACKUP_OTHER_SECRET;
        val_put_bool(v, "other_master_secret", other);
        val_put_int(v, "rows", f->rows);
        if (other)
            val_put_null(v, "rows_broken");
        else
            val_put_int(v, "rows_broken", f->rows_broken);
        val_put_int(v, "secrets", f->secrets);
        val_put_int(v, "secrets_opened", f->opened);
    }
    cli_print_json(cx, v);
}

static void
print_looked(struct cx *cx, const struct words *words, const struct looked *l)
{
    if (words->json)
        tell_looked_json(cx, l);
    else
        tell_looked(cx, l);
}

int
cli_verify(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct looked l;
    if (look(cx, w->app->config, words->rest, &l))
        return cli_fail(&cx->err);
    print_looked(cx, words, &l);
    return is_good(&l) ? EXIT_DONE : EXIT_FAILED;
}

/* ---- restore ---- */

/* Files of a database that is being made, beside the one it will be. */
static void
work_remove(struct arena *a, const char *work)
{
    static const char *const ends[] = { "", "-wal", "-shm", ".lock",
        ".ballast", ".part" };
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        (void)unlink(arena_cstr(a, arena_fmt(a, "%s%s", work, ends[i])));
    for (int n = 1; n < db_schema_version(); n++)
        (void)unlink(arena_cstr(a, arena_fmt(a, "%s.schema-%d", work, n)));
}

/* Where it stands what was ended since the backup; both empty: nowhere. */
struct source {
    const char *database;
    const char *log; /* an exported one, its bytes and its key */
    struct str bytes;
    uint8_t public_key[SIGNER_PUBLIC];
    struct audit_verdict verdict;
};

/* The file of the old database, "" for none; NULL: there was no answer. */
static const char *
ask_since(struct cx *cx)
{
    char line[4096];
    fputs("What was revoked, disabled, frozen or deleted after this backup "
          "would work again. Which\nfile holds the database that is to be replaced, so that what was "
          "ended in it stays ended?\n(\"nothing\": it is lost) ", stderr);
    if (!isatty(STDIN_FILENO) || !fgets(line, sizeof line, stdin)) {
        fputs("\nkeylodge: say --since FILE, --since-audit LOG, or --since "
              "nothing\n", stderr);
        return NULL;
    }
    struct str answer = str_trim(str_cstr(line));
    return answer.n ? arena_cstr(cx->arena, answer) : NULL;
}

static bool
read_since(struct cx *cx, const struct words *words, struct source *out)
{
    *out = (struct source){ .log = words->since_audit };
    if ((words->since_audit != NULL) != (words->public_key != NULL) ||
        (words->since_audit && words->since)) {
        fputs("keylodge: restore: give --since, or --since-audit with "
              "--public-key\n", stderr);
        return false;
    }
    if (words->since_audit)
        return cli_public_key(cx->arena, words->public_key,
                   out->public_key) &&
            cli_map_file(words->since_audit, &out->bytes);
    out->database = words->since ? words->since : ask_since(cx);
    if (out->database && strcmp(out->database, "nothing") == 0)
        out->database = "";
    if (out->database && *out->database &&
        !cli_need_file(out->database, &cx->err)) {
        (void)cli_fail(&cx->err);
        return false;
    }
    return out->database != NULL;
}

/* What the old database, or the log, tells. */
static enum err_code
replay(struct cx *cx, struct cx *its, const struct config *c,
    struct source *since, struct restored *out)
{
    struct house old = { .worker = { .app = NULL } };
    if (since->log)
        return restore_replay_file(its, since->bytes, since->public_key,
            &since->verdict, cx->arena, out);
    if (*since->database && house_open(&old, c, since->database,
            APP_STORE | APP_READ, &cx->err) == ERR_OK &&
        restore_replay(its, worker_shell(&old.worker), cx->arena, out) &&
        !its->err.code)
        ERR(&cx->err, ERR_INVALID, "%s cannot be read to its end.",
            since->database);
    house_close(&old);
    return cx->err.code ? cx->err.code : its->err.code;
}

static enum err_code
take_over(struct cx *cx, struct house *h, const struct config *c,
    struct source *since, struct restored *out)
{
    struct cx *its = worker_shell(&h->worker);
    if (replay(cx, its, c, since, out) == ERR_OK)
        its = worker_shell(&h->worker);
    if (!cx->err.code && (its->err.code || restore_close(its)))
        ERR(&cx->err, its->err.code, "%.*s", STR_ARG(its->err.msg));
    return cx->err.code;
}

/* All of it is done to a file of another name: killed at any point, there is
 * no database that is half restored. */
static enum err_code
restore(struct cx *cx, const struct config *c, const char *from,
    struct source *since, struct restored *out)
{
    struct house h = { .worker = { .app = NULL } };
    const char *work = arena_cstr(cx->arena,
        arena_fmt(cx->arena, "%s.restoring", c->db_path));
    work_remove(cx->arena, work);
    bool bad = db_copy(from, work, tell_step, NULL, &cx->err) ||
        house_open(&h, c, work, BY_HAND, &cx->err) ||
        take_over(cx, &h, c, since, out);
    house_close(&h);
    bad = bad || db_copy(work, c->db_path, NULL, NULL, &cx->err);
    work_remove(cx->arena, work);
    must(bad == (cx->err.code != ERR_OK));
    return cx->err.code;
}

static void
refuse_target(const char *path)
{
    fprintf(stderr, "keylodge: there is a database, or a part of one, at %s. "
                    "Stop the server, move the database away with those beside "
                    "it (-wal, -shm), and name it with --since\n", path);
}

/* The file, or what SQLite would take for a part of the restored one. */
static bool
is_free(struct cx *cx, const char *db_path)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct str path = arena_fmt(cx->arena, "%s%s", db_path, ends[i]);
        if (is_there(arena_cstr(cx->arena, path))) {
            refuse_target(arena_cstr(cx->arena, path));
            return false;
        }
    }
    return true;
}

static void
put_lines(struct val *v, const char *name, const struct since_line *l)
{
    struct val *all = val_put_list(v, name);
    for (; l; l = l->next) {
        struct val *one = val_add_map(all);
        cli_put_text(one, "workspace", l->workspace);
        val_put_cstr(one, "object", l->object);
        val_put_str(one, "id", l->id);
        val_put_str(one, "name", l->name);
        val_put_str(one, "what", l->what);
    }
}

/* "  key ABCDEFGH (name) of acme: revoked" */
static void
add_lines(struct buf *b, const struct since_line *l)
{
    for (; l; l = l->next) {
        bool key = strcmp(l->object, "key") == 0;
        bool inside = l->workspace.n && !str_eq(l->workspace, l->id);
        buf_fmt(b, "\n  %s %.*s", l->object,
            STR_ARG(key || (l->workspace.n && !inside) ? l->id : l->name));
        if (key)
            buf_fmt(b, " (%.*s)", STR_ARG(l->name));
        buf_fmt(b, "%s%.*s: %.*s", inside ? " of " : "",
            STR_ARG(inside ? l->workspace : STR("")), STR_ARG(l->what));
    }
}

/* What the log told; empty: there was none. */
static struct str
ended_text(struct cx *cx, const struct source *since,
    const struct restored *r)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_JSON);
    if (!since->log && !*since->database)
        return STR("");
    buf_fmt(&b, "\nsince the backup: %" PRId64 " keys revoked, %" PRId64
        " disabled, %" PRId64 " with secrets ended, %" PRId64 " workspaces "
        "frozen or deleted, %" PRId64 " people and %" PRId64 " others",
        r->revoked, r->disabled, r->secrets, r->workspaces, r->people,
        r->others);
    add_lines(&b, r->kept);
    if (r->to_look) {
        buf_fmt(&b, "\nto be looked at, %" PRId64 ": changed since, and again "
            "as in the backup", r->to_look);
        add_lines(&b, r->look);
    }
    return buf_view(&b);
}

static int
tell_restored(struct cx *cx, const struct words *words, const char *to,
    const struct source *since, const struct restored *r)
{
    struct val *v = val_map(cx->arena);
    val_put_cstr(v, "database", to);
    val_put_cstr(v, "from", words->rest);
    cli_put_text(v, "since",
        str_cstr(since->log ? since->log : since->database));
    cli_put_time(cx, v, "log_ends", since->verdict.head_at_s);
    val_put_int(v, "revoked", r->revoked);
    val_put_int(v, "disabled", r->disabled);
    val_put_int(v, "secrets", r->secrets);
    val_put_int(v, "workspaces", r->workspaces);
    val_put_int(v, "people", r->people);
    val_put_int(v, "others", r->others);
    put_lines(v, "kept", r->kept);
    put_lines(v, "look", r->look);
    struct str open = since->log
        ? arena_fmt(cx->arena, "\nwhat was ended after the log was exported, "
              "%.*s, is not known",
              STR_ARG(when_long(cx->arena, since->verdict.head_at_s)))
        : STR("");
    return cli_tell(cx, words, v,
        "%s is restored; everybody has to sign in again%.*s%.*s", to,
        STR_ARG(ended_text(cx, since, r)), STR_ARG(open));
}

static void
refuse_backup(const struct config *c, const struct looked *l)
{
    if (l->inside && backup_state(&l->facts) == BACKUP_OTHER_SECRET)
        fprintf(stderr, "keylodge: this backup was made with another master "
                        "secret than %s. Put the secrets of its time there "
                        "and restore again; nothing was restored\n",
            c->master);
    else
        fprintf(stderr, "keylodge: this backup is not good; nothing was "
                        "restored\n");
}

static void
warn_of_touched(const struct looked *l)
{
    const struct backup_facts *f = &l->facts;
    if (l->inside && f->rows_broken)
        fprintf(stderr, "keylodge: %" PRId64 " of %" PRId64 " keys, "
                        "workspaces and accounts of this backup were changed "
                        "outside of Keylodge. They come back refused: keylodge "
                        "reseal shows them\n", f->rows_broken, f->rows);
    if (l->inside && f->opened < f->secrets)
        fprintf(stderr, "keylodge: %" PRId64 " of %" PRId64 " secrets of keys "
                        "in this backup do not open. They come back refused\n",
            f->secrets - f->opened, f->secrets);
}

int
cli_restore(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    const struct config *c = w->app->config;
    struct looked l;
    struct restored r = { 0 };
    if (db_is_served(c->db_path)) {
        fprintf(stderr, "keylodge: a server runs on %s. Stop it first: it would "
                        "go on with what it has open\n", c->db_path);
        return EXIT_FAILED;
    }
    if (!is_free(cx, c->db_path))
        return EXIT_FAILED;
    if (look(cx, c, words->rest, &l))
        return cli_fail(&cx->err);
    if (!is_of_use(&l)) {
        print_looked(cx, words, &l);
        refuse_backup(c, &l);
        return EXIT_FAILED;
    }
    warn_of_touched(&l);
    struct source since;
    if (!read_since(cx, words, &since))
        return EXIT_WORDS;
    if (restore(cx, c, words->rest, &since, &r))
        return cli_fail(&cx->err);
    return tell_restored(cx, words, c->db_path, &since, &r);
}

/* ---- upgrade ---- */

static enum err_code
try_migration(struct cx *cx, const struct config *c, struct db_look *after)
{
    struct house h = { .worker = { .app = NULL } };
    const char *work = arena_cstr(cx->arena,
        arena_fmt(cx->arena, "%s.dry-run", c->db_path));
    work_remove(cx->arena, work);
    bool bad = db_copy(c->db_path, work, tell_step, NULL, &cx->err) ||
        house_open(&h, c, work, BY_HAND, &cx->err);
    house_close(&h);
    if (!bad && db_look(work, after, &cx->err) == ERR_OK && after->fault.n)
        ERR(&cx->err, ERR_INVALID, "After the migration: %.*s",
            STR_ARG(after->fault));
    work_remove(cx->arena, work);
    return cx->err.code;
}

int
cli_migrate(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    const struct config *c = w->app->config;
    struct db_look before, after;
    struct house h;
    if (db_look(c->db_path, &before, &cx->err))
        return cli_fail(&cx->err);
    struct val *v = val_map(cx->arena);
    val_put_int(v, "schema", before.schema);
    val_put_int(v, "new_schema", db_schema_version());
    val_put_bool(v, "tried_only", words->dry_run);
    const char *kept = words->dry_run ||
            before.schema == db_schema_version()
        ? NULL
        : db_kept(cx->arena, c->db_path, before.schema);
    cli_put_text(v, "copy", str_cstr(kept));
    if (before.schema == db_schema_version())
        return cli_tell(cx, words, v, "schema %d: up to date", before.schema);
    if (words->dry_run ? try_migration(cx, c, &after)
                       : house_open(&h, c, c->db_path, BY_HAND, &cx->err)) {
        if (!words->dry_run)
            house_close(&h);
        return cli_fail(&cx->err);
    }
    if (!words->dry_run)
        house_close(&h);
    return cli_tell(cx, words, v, "schema %d -> %d%s%s", before.schema,
        db_schema_version(),
        kept ? "; the database of before is "
             : ", tried on a copy; nothing was changed", kept ? kept : "");
}
