/* SPDX-License-Identifier: ISC */
/* "doctor": what an operator would look at, looked at.  Each line says what is
 * so, or what to do. */
#include "app/cli_command.h"
#include "app/send_crew.h"
#include "core/backup.h"
#include "core/outbox.h"
#include "text/when.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

enum {
    BACKUP_OLD_S = 2 * 86400,
    CLOCK_AHEAD_S = 60
};
static const int64_t MIB = 1024 * 1024;
static const int64_t BUILT_S = INT64_C(1790000000); /* autumn of 2026 */

enum state { GOOD, WARNING, WRONG };

/* What was found so far. */
struct exam {
    struct cx *cx;
    const struct config *c;
    struct val *list; /* of {"state", "what", "says"} */
    enum state worst;
};

static void note(struct exam *x, enum state state, const char *what,
    const char *fmt, ...) PRINTF(4, 5);

static void
note(struct exam *x, enum state state, const char *what, const char *fmt, ...)
{
    static const char *const names[] = { "ok", "warning", "wrong" };
    va_list ap;
    va_start(ap, fmt);
    struct str says = arena_vfmt(x->cx->arena, fmt, ap);
    va_end(ap);
    struct val *one = val_map(x->cx->arena);
    val_put_cstr(one, "state", names[state]);
    val_put_cstr(one, "what", what);
    val_put_str(one, "says", says);
    val_add(x->list, one);
    if (state > x->worst)
        x->worst = state;
}

static const char *
beside(struct exam *x, const char *path, const char *end)
{
    return arena_cstr(x->cx->arena,
        arena_fmt(x->cx->arena, "%s%s", path, end));
}

/* ---- files ---- */

static void
look_file(struct exam *x, const char *what, const char *path, bool needed)
{
    struct stat st;
    if (!path)
        return;
    if (stat(path, &st) != 0) {
        if (needed || errno != ENOENT)
            note(x, WRONG, what, "%s: %s", path, strerror(errno));
    } else if (st.st_mode & 077) {
        note(x, WRONG, what, "%s can be opened by others. Run: chmod go= %s",
            path, path);
    } else {
        note(x, GOOD, what, "%s is for its owner alone", path);
    }
}

static void
look_files(struct exam *x)
{
    struct stat st;
    const char *db = x->c->db_path, *master = x->c->master;
    look_file(x, "database", db, true);
    look_file(x, "master secret", master, true);
    look_file(x, "audit key", beside(x, master, "-audit"), true);
    look_file(x, "gate credential", x->c->gate_credential, true);
    if (stat(beside(x, master, ".next"), &st) == 0)
        note(x, WRONG, "new master secret", "%s.next is there: a change of the "
            "secret was cut off. Never delete it; run: keylodge rotate-secret",
            master);
    if (stat(beside(x, master, ".old"), &st) == 0)
        note(x, WARNING, "old master secret", "%s.old is still there. Reload "
            "the server, then run: keylodge rotate-secret --end", master);
    const char *slash = strrchr(db, '/');
    size_t n = slash ? (size_t)(slash - db) : 0;
    if (n && strncmp(db, master, n + 1) == 0)
        note(x, WARNING, "master secret", "it lies in the folder of the "
            "database: whoever copies that folder has both. Move it, and name "
            "it in [secret] master");
}

static void
look_disk(struct exam *x)
{
    struct statvfs v;
    struct stat st;
    if (statvfs(x->c->db_path, &v) == 0) {
        int64_t free_mib = (int64_t)v.f_bavail * (int64_t)v.f_frsize / MIB;
        note(x, free_mib < 64 ? WRONG : free_mib < 1024 ? WARNING : GOOD,
            "disk", "%" PRId64 " MiB are free where the database is",
            free_mib);
    }
    if (stat(beside(x, x->c->db_path, "-wal"), &st) == 0)
        note(x, st.st_size > 32 * MIB ? WARNING : GOOD, "write-ahead log",
            "%" PRId64 " MiB%s", (int64_t)st.st_size / MIB,
            st.st_size > 32 * MIB ? ": some reader stays open for long" : "");
    if (stat(beside(x, x->c->db_path, ".ballast"), &st) != 0)
        note(x, WARNING, "ballast", "%s.ballast is missing: were the disk "
            "full, nobody could revoke a key. It is made again as soon as "
            "there is room", x->c->db_path);
}

/* ---- what is inside ---- */

static void
look_clock(struct exam *x, const struct backup_counts *n)
{
    int64_t now = x->cx->now_s;
    if (now < BUILT_S)
        note(x, WRONG, "clock", "it says %.*s. Set it: limits and expiry go by "
            "it", STR_ARG(when_long(x->cx->arena, now)));
    else if (n->audit_s > now + CLOCK_AHEAD_S)
        note(x, WRONG, "clock", "the audit log has a line of %.*s, which is to "
            "come: the clock went back",
            STR_ARG(when_long(x->cx->arena, n->audit_s)));
    else
        note(x, GOOD, "clock", "%.*s, and no line of the audit log is later",
            STR_ARG(when_long(x->cx->arena, now)));
}

static void
look_backup(struct exam *x, struct cx *its)
{
    int64_t at_s;
    if (backup_last(its, &at_s))
        note(x, WRONG, "backup", "%.*s", STR_ARG(its->err.msg));
    else if (at_s == 0)
        note(x, WARNING, "backup", "there is none. Run: keylodge backup "
            "FOLDER --keep 14, and let keylodge-backup.timer do so");
    else
        note(x, its->now_s - at_s > BACKUP_OLD_S ? WARNING : GOOD, "backup",
            "the last one was made %.*s. That a copy of the master secret "
            "lies elsewhere, only you know",
            STR_ARG(when_ago(x->cx->arena, at_s, its->now_s)));
}

static void
look_mail(struct exam *x, struct cx *its)
{
    struct outbox_counts n;
    if (!config_mails(x->c)) {
        note(x, WARNING, "mail", "none is sent: set [mail]. Links of "
            "invitations and new passwords have to be carried by hand");
        return;
    }
    if (outbox_counts(its, &n))
        note(x, WRONG, "mail", "%.*s", STR_ARG(its->err.msg));
    else
        note(x, n.mail_waiting + n.mail_given_up ? WARNING : GOOD, "mail",
            "%" PRId64 " that failed wait for another try, %" PRId64
            " were given up%s", n.mail_waiting, n.mail_given_up,
            n.mail_waiting + n.mail_given_up ? ". Run: keylodge send --list"
                                             : "");
}

static void
look_store(struct exam *x)
{
    struct config c = *x->c;
    struct app app = { 0 };
    struct worker w = { 0 };
    struct backup_counts n;
    struct db_look file;
    if (db_look(c.db_path, &file, &x->cx->err)) {
        note(x, WRONG, "database", "%.*s", STR_ARG(x->cx->err.msg));
        return;
    }
    if (file.fault.n)
        note(x, WRONG, "database", "it is damaged (%.*s). Restore a backup",
            STR_ARG(file.fault));
    else if (file.schema != db_schema_version())
        note(x, WARNING, "database", "schema %d, this program has %d: the "
            "start of the server brings it up to date", file.schema,
            db_schema_version());
    else
        note(x, GOOD, "database", "schema %d, %" PRId64 " MiB, whole",
            file.schema, file.bytes / MIB);
    if (file.fault.n || file.schema != db_schema_version())
        return;
    if (app_open(&app, &c, APP_STORE | APP_READ, false, &x->cx->err) ||
        worker_open(&w, &app, &x->cx->err)) {
        note(x, WRONG, "store", "%.*s", STR_ARG(x->cx->err.msg));
    } else {
        struct cx *its = worker_shell(&w);
        if (store_backup_counts(its->store, &n) == ERR_OK)
            look_clock(x, &n);
        look_backup(x, worker_shell(&w));
        look_mail(x, worker_shell(&w));
    }
    worker_close(&w);
    app_close(&app);
}

static void
look_versions(struct exam *x)
{
    const char *fault = db_engine_fault();
    note(x, fault ? WARNING : GOOD, "SQLite", "%s%s%s", db_engine(),
        fault ? ": " : "", fault ? fault : "");
}

/* ---- from outside ---- */

static bool
holds(struct str text, const char *part)
{
    struct str want = str_cstr(part);
    for (size_t i = 0; i + want.n <= text.n; i++)
        if (memcmp(text.p + i, want.p, want.n) == 0)
            return true;
    return false;
}

/* A key that is none, sent as programs send one: when the answer says that
 * none came, the web server keeps the header to itself. */
static void
look_web(struct exam *x)
{
    const char *url = beside(x, x->c->public_url, "/v1/workspace");
    struct val *said = crew_look(x->cx->arena, url, &x->cx->err);
    if (!said) {
        note(x, WARNING, "web server", "it could not be asked: %.*s",
            STR_ARG(x->cx->err.msg));
        return;
    }
    struct str text = val_text(val_get_cstr(said, "problem"));
    if (!val_true(val_get_cstr(said, "ok")))
        note(x, WRONG, "web server", "%s does not answer: %.*s", url,
            STR_ARG(text));
    else if (holds(text, "missing_api_key"))
        note(x, WRONG, "web server", "it keeps the Authorization header to "
            "itself, so every call is refused. Compare its settings with: "
            "keylodge print-config SERVER");
    else if (!holds(text, "invalid_api_key"))
        note(x, WRONG, "web server", "%s is answered by something else", url);
    else
        note(x, GOOD, "web server", "%s answers, and the Authorization header "
            "arrives", url);
}

static void
look_address(struct exam *x)
{
    const char *url = x->c->public_url;
    bool local = strncmp(url, "http://127.", 11) == 0 ||
        strncmp(url, "http://localhost", 16) == 0;
    if (strncmp(url, "https://", 8) == 0)
        note(x, GOOD, "address", "%s", url);
    else
        note(x, WARNING, "address", "%s is not encrypted%s", url,
            local ? ", which is for trying out" : ": keys and passwords can be "
                                                  "read on their way");
}

static void
print(const struct exam *x)
{
    static const struct {
        const char *state, *shown;
    } marks[] = { { "ok", "ok     " }, { "warning", "WARNING" },
        { "wrong", "WRONG  " } };
    for (size_t i = 0; i < x->list->u.list.n; i++) {
        const struct val *one = x->list->u.list.items[i];
        struct str state = val_text(val_get_cstr(one, "state"));
        for (size_t m = 0; m < COUNT_OF(marks); m++)
            if (str_is(state, marks[m].state))
                printf("%s %.*s: %.*s\n", marks[m].shown,
                    STR_ARG(val_text(val_get_cstr(one, "what"))),
                    STR_ARG(val_text(val_get_cstr(one, "says"))));
    }
}

int
cli_doctor(struct worker *w, const struct words *words)
{
    struct exam x = { .cx = worker_shell(w), .c = w->app->config };
    x.list = val_list(x.cx->arena);
    look_address(&x);
    look_files(&x);
    look_disk(&x);
    look_store(&x);
    look_versions(&x);
    look_web(&x);
    if (words->json)
        cli_print_json(x.cx, x.list);
    else
        print(&x);
    return x.worst == WRONG ? EXIT_FAILED : EXIT_DONE;
}
