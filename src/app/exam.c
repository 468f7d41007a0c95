/* SPDX-License-Identifier: ISC */
#include "app/exam.h"

#include "app/file.h"
#include "base/clock.h"
#include "core/backup.h"
#include "core/outbox.h"
#include "core/rowseal.h"
#include "core/watch.h"
#include "store/store_operation.h"
#include "text/when.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    BACKUP_OLD_S = 2 * DAY_S,
    CLOCK_AHEAD_S = 60,
    SENDER_LATE_S = 15 * MINUTE_S
};
static const int64_t MIB = 1024 * 1024;
static const int64_t BUILT_S = INT64_C(1790000000); /* autumn of 2026 */

void
exam_begin(struct exam *x, struct arena *a, const struct config *c,
    bool inside)
{
    *x = (struct exam){ .arena = a, .c = c, .inside = inside,
        .list = val_list(a) };
}

void
exam_note(struct exam *x, enum exam_state state, const char *what,
    const char *fmt, ...)
{
    static const char *const names[] = { "ok", "unseen", "warning", "wrong" };
    va_list ap;
    va_start(ap, fmt);
    struct str says = arena_vfmt(x->arena, fmt, ap);
    va_end(ap);
    struct val *one = val_add_map(x->list);
    val_put_cstr(one, "state", names[state]);
    val_put_cstr(one, "what", what);
    val_put_str(one, "says", says);
    if (state > x->worst)
        x->worst = state;
}

const char *
exam_path(struct exam *x, const char *path, const char *end)
{
    return arena_cstr(x->arena, arena_fmt(x->arena, "%s%s", path, end));
}

void
exam_address(struct exam *x)
{
    const char *url = x->c->public_url;
    bool local = strncmp(url, "http://127.", 11) == 0 ||
        strncmp(url, "http://localhost", 16) == 0;
    if (strncmp(url, "https://", 8) == 0)
        exam_note(x, EXAM_GOOD, "address", "%s", url);
    else
        exam_note(x, EXAM_WARNING, "address", "%s is not encrypted%s", url,
            local ? ", which is for trying out"
                  : ": keys and passwords can be read on their way. Serve it "
                    "by TLS, and set public_url in [server]");
}

/* ---- files ---- */

/* A sandbox may hide what is there. */
static enum exam_state
unless_hidden(const struct exam *x, int why)
{
    return x->inside && (why == EACCES || why == EPERM) ? EXAM_UNSEEN
                                                        : EXAM_WRONG;
}

/* Whose server it is: the database tells, unless a command left that to root. */
static uid_t
user_of_server(const struct exam *x)
{
    struct stat st;
    char folder[FILE_FOLDER_MOST];
    if (stat(x->c->db_path, &st) == 0 && st.st_uid != 0)
        return st.st_uid;
    if (file_folder(x->c->db_path, folder) && stat(folder, &st) == 0 &&
        st.st_uid != 0)
        return st.st_uid;
    return stat(x->c->master, &st) == 0 ? st.st_uid : 0;
}

/* Does it belong to the server's user, with the rights that are needed? */
static bool
is_servers(struct exam *x, const char *what, const char *path,
    const struct stat *st, mode_t needs)
{
    unsigned long user = user_of_server(x);
    if (st->st_uid != user)
        exam_note(x, EXAM_WRONG, what, "%s belongs to user %lu, the server to "
            "user %lu, who cannot use it. As root, run: chown %lu %s", path,
            (unsigned long)st->st_uid, user, user, path);
    else if ((st->st_mode & needs) != needs)
        exam_note(x, EXAM_WRONG, what, "%s: its owner needs more rights to "
            "it. Run: chmod u+%s%s%s %s", path, needs & S_IRUSR ? "r" : "",
            needs & S_IWUSR ? "w" : "", needs & S_IXUSR ? "x" : "", path);
    else
        return true;
    return false;
}

/* What need not be there, `end` behind `path`: told only when it is wrong. */
static void
look_beside(struct exam *x, const char *what, const char *path,
    const char *end, mode_t needs)
{
    struct stat st;
    path = exam_path(x, path, end);
    if (stat(path, &st) == 0)
        (void)is_servers(x, what, path, &st, needs);
}

/* needs: of its owner, the server's user; 0: it may be somebody else's. */
static void
look_file(struct exam *x, const char *what, const char *path, mode_t needs)
{
    struct stat st;
    if (!path)
        return;
    if (stat(path, &st) != 0)
        exam_note(x, unless_hidden(x, errno), what, "%s: %s", path,
            strerror(errno));
    else if (st.st_mode & 077)
        exam_note(x, EXAM_WRONG, what,
            "%s can be opened by others. Run: chmod go= %s", path, path);
    else if (!needs || is_servers(x, what, path, &st, needs))
        exam_note(x, EXAM_GOOD, what, "%s is for its owner alone", path);
}

/* Whom files belong to is of no use where others can replace them. */
static void
look_open(struct exam *x, const char *what, const char *path)
{
    if (file_is_open(path))
        exam_note(x, EXAM_WRONG, what, FILE_OPEN_SAYS, path, path);
}

static void
look_folder(struct exam *x, const char *what, const char *path)
{
    char folder[FILE_FOLDER_MOST];
    if (file_folder(path, folder))
        look_open(x, what, folder);
}

/* Does the database lie in the folder of the master secret? */
static bool
same_folder(const char *db, const char *master)
{
    const char *slash = strrchr(db, '/');
    const char *other = strrchr(master, '/');
    size_t n = slash ? (size_t)(slash - db) : 0;
    return n && other && (size_t)(other - master) == n &&
        strncmp(db, master, n) == 0;
}

void
exam_files(struct exam *x)
{
    struct stat st;
    char folder[FILE_FOLDER_MOST];
    const char *db = x->c->db_path, *master = x->c->master;
    if (x->c->file)
        look_open(x, "settings", x->c->file);
    look_folder(x, "folder of the database", db);
    look_folder(x, "folder of the master secret", master);
    look_file(x, "database", db, S_IRUSR | S_IWUSR);
    look_file(x, "master secret", master, S_IRUSR);
    look_file(x, "audit key", exam_path(x, master, "-audit"), S_IRUSR);
    look_file(x, "gate credential", x->c->gate_credential, S_IRUSR);
    look_file(x, "password of mail", x->c->mail_smtp_password, 0);
    static const char *const beside[] = { "-wal", "-shm", ".lock", ".send" };
    for (size_t i = 0; i < COUNT_OF(beside); i++)
        look_beside(x, "database", db, beside[i], S_IRUSR | S_IWUSR);
    if (file_folder(db, folder) && !file_is_open(folder))
        look_beside(x, "folder of the database", folder, "", S_IRWXU);
    look_beside(x, "new master secret", master, ".next", S_IRUSR);
    look_beside(x, "old master secret", master, ".old", S_IRUSR);
    if (stat(exam_path(x, master, ".next"), &st) == 0)
        exam_note(x, EXAM_WRONG, "new master secret", "%s.next is there: a "
            "change of the secret was cut off. Never delete it; run: keylodge "
            "rotate-secret", master);
    if (stat(exam_path(x, master, ".old"), &st) == 0)
        exam_note(x, EXAM_WARNING, "old master secret", "%s.old is still "
            "there. Reload the server, then run: keylodge rotate-secret --end",
            master);
    if (same_folder(db, master))
        exam_note(x, EXAM_WARNING, "master secret", "it lies in the folder of "
            "the database: whoever copies that folder has both. Move it, and "
            "name it in [secret] master");
}

void
exam_disk(struct exam *x)
{
    struct statvfs v;
    struct stat st;
    const char *db = x->c->db_path;
    if (statvfs(db, &v) == 0) {
        int64_t free_mib = (int64_t)v.f_bavail * (int64_t)v.f_frsize / MIB;
        enum exam_state state = free_mib < 64 ? EXAM_WRONG
            : free_mib < 1024                 ? EXAM_WARNING
                                              : EXAM_GOOD;
        exam_note(x, state, "disk", "%" PRId64 " MiB are free where the "
            "database is%s", free_mib, state ? ". Make room: without, nothing "
            "is written, and keys can only be revoked" : "");
    }
    if (stat(exam_path(x, db, "-wal"), &st) == 0)
        exam_note(x, st.st_size > 32 * MIB ? EXAM_WARNING : EXAM_GOOD,
            "write-ahead log", "%" PRId64 " MiB%s", (int64_t)st.st_size / MIB,
            st.st_size > 32 * MIB ? ": some reader stays open for long. Look "
            "for a program that has the database open, such as a backup" : "");
    if (stat(exam_path(x, db, ".ballast"), &st) != 0)
        exam_note(x, EXAM_WARNING, "ballast", "%s.ballast is missing: were "
            "the disk full, nobody could revoke a key. It is made again as "
            "soon as there is room", db);
}

/* ---- mail ---- */

/* The program of [mail] command, looked for as the sender does. */
static bool
is_program(struct exam *x, struct str name)
{
    static const char *const folders[] = { "/usr/local/sbin",
        "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin" };
    if (str_find(name, '/') < name.n)
        return access(arena_cstr(x->arena, name), X_OK) == 0;
    for (size_t i = 0; name.n && i < COUNT_OF(folders); i++)
        if (access(arena_fmt(x->arena, "%s/%.*s", folders[i],
                STR_ARG(name)).p, X_OK) == 0)
            return true;
    return false;
}

void
exam_way(struct exam *x)
{
    struct stat st;
    struct str program, rest;
    const struct config *c = x->c;
    if (!config_mails(c))
        exam_note(x, EXAM_WARNING, "mail", "none is sent: set [mail]. Links "
            "of invitations and new passwords have to be carried by hand");
    if (c->mail_smtp_url && x->inside)
        exam_note(x, EXAM_UNSEEN, "mail server",
            "whether %s answers is asked by: keylodge doctor",
            c->mail_smtp_url);
    if (c->mail_command) {
        (void)str_cut(str_trim(str_cstr(c->mail_command)), ' ', &program,
            &rest);
        bool there = is_program(x, program);
        exam_note(x, there ? EXAM_GOOD : EXAM_WRONG, "mail program",
            there ? "%.*s is there" : "%.*s is no program that can be run. "
            "Install it, or name another in [mail] command",
            STR_ARG(program));
    }
    if (c->mail_dir) {
        bool there = stat(c->mail_dir, &st) == 0 && S_ISDIR(st.st_mode);
        exam_note(x, there ? EXAM_WARNING : EXAM_WRONG, "mail folder",
            there ? "mail is written to %s and reaches nobody, which is for "
                    "trying out" : "%s is no folder. Make it, or set another "
                    "way in [mail]", c->mail_dir);
    }
}

static void
look_outbox(struct exam *x, struct cx *cx)
{
    struct outbox_counts n;
    if (outbox_counts(cx, &n)) {
        exam_note(x, EXAM_WRONG, "messages", "%.*s", STR_ARG(cx->err.msg));
        return;
    }
    int64_t mail = n.mail_waiting + n.mail_given_up;
    int64_t events = n.events_waiting + n.events_given_up;
    const char *where = x->inside ? "See what is stuck"
                                  : "Run: keylodge send --list";
    if (config_mails(x->c) || mail)
        exam_note(x, mail ? EXAM_WARNING : EXAM_GOOD, "stuck mail",
            "%" PRId64 " that failed wait for another try, %" PRId64
            " were given up%s%s", n.mail_waiting, n.mail_given_up,
            mail ? ". " : "", mail ? where : "");
    if (events)
        exam_note(x, EXAM_WARNING, "stuck events", "%" PRId64 " that failed "
            "wait for another try, %" PRId64 " were given up. Mostly it is "
            "the receivers that have to be mended", n.events_waiting,
            n.events_given_up);
}

static void
look_sender(struct exam *x, struct cx *cx)
{
    int64_t at_s = 0;
    bool any = false;
    if (watch_sender(cx, &at_s) || store_operation_hook(cx->store, &any))
        exam_note(x, EXAM_WRONG, "sender", "%.*s", STR_ARG(cx->err.msg));
    else if (!any && !config_mails(x->c))
        return; /* there is nothing to send */
    else if (at_s && cx->now_s - at_s < SENDER_LATE_S)
        exam_note(x, EXAM_GOOD, "sender", "it was at work %.*s",
            STR_ARG(when_ago(x->arena, at_s, cx->now_s)));
    else
        exam_note(x, EXAM_WARNING, "sender", "%s%.*s: neither mail nor events "
            "go out. Let keylodge-send.service run, or: keylodge send --loop",
            at_s ? "it was last at work " : "it was never at work",
            STR_ARG(at_s ? when_ago(x->arena, at_s, cx->now_s) : STR("")));
}

/* ---- what is inside ---- */

static void
look_clock(struct exam *x, struct cx *cx)
{
    int64_t now = clock_wall_s(), newest; /* the program's never goes back */
    struct str shown = when_long(x->arena, now);
    if (store_operation_newest(cx->store, &newest))
        exam_note(x, EXAM_WRONG, "clock", "%.*s", STR_ARG(cx->err.msg));
    else if (now < BUILT_S)
        exam_note(x, EXAM_WRONG, "clock", "it says %.*s. Set it: limits and "
            "expiry go by it", STR_ARG(shown));
    else if (newest > now + CLOCK_AHEAD_S)
        exam_note(x, EXAM_WRONG, "clock", "the audit log has a line of %.*s, "
            "which is to come: the clock went back. Set it right",
            STR_ARG(when_long(x->arena, newest)));
    else
        exam_note(x, EXAM_GOOD, "clock",
            "%.*s, and no line of the audit log is later", STR_ARG(shown));
}

static void
look_backup(struct exam *x, struct cx *cx)
{
    int64_t at_s;
    if (backup_last(cx, &at_s))
        exam_note(x, EXAM_WRONG, "backup", "%.*s", STR_ARG(cx->err.msg));
    else if (at_s == 0)
        exam_note(x, EXAM_WARNING, "backup", "there is none. Run: keylodge "
            "backup FOLDER --keep 14, and let keylodge-backup.timer do so");
    else
        exam_note(x, cx->now_s - at_s > BACKUP_OLD_S ? EXAM_WARNING
            : EXAM_GOOD, "backup", "the last one was made %.*s%s. That a copy "
            "of the master secret lies elsewhere, only you know",
            STR_ARG(when_ago(x->arena, at_s, cx->now_s)),
            cx->now_s - at_s > BACKUP_OLD_S
                ? ". Look why keylodge-backup.timer makes none" : "");
}

/* On another disk it harms nothing but itself. */
static void
look_next_backup(struct exam *x, struct cx *cx)
{
    struct str folder;
    int64_t bytes;
    if (backup_place(cx, &folder) || folder.n == 0)
        return; /* the look above tells of an error */
    if (!db_copy_fits(x->arena, x->c->db_path,
            arena_cstr(x->arena, folder), &bytes))
        exam_note(x, EXAM_WRONG, "next backup", "it does not fit: %.*s is on "
            "the disk of the database, and %" PRId64 " MiB more would fill "
            "it. Make room, keep fewer, or make backups on another disk",
            STR_ARG(folder), bytes / MIB + 1);
}

void
exam_seals(struct exam *x, struct cx *cx)
{
    bool any;
    if (seal_broken_any(cx, &any))
        exam_note(x, EXAM_WRONG, "row seals", "%.*s", STR_ARG(cx->err.msg));
    else if (any)
        exam_note(x, EXAM_WRONG, "row seals", "keys, workspaces or accounts "
            "were changed outside of Keylodge, and are refused. Find out who "
            "can write the database; keylodge reseal shows what was changed. "
            "Revoke those keys, restore a backup, or accept it");
    err_init(&cx->err, cx->arena);
}

void
exam_records(struct exam *x, struct cx *cx)
{
    static void (*const looks[])(struct exam *, struct cx *) = { look_clock,
        look_backup, look_next_backup, look_sender, look_outbox };
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        looks[i](x, cx);
        err_init(&cx->err, cx->arena);
    }
}

void
exam_engine(struct exam *x)
{
    const char *fault = db_engine_fault();
    exam_note(x, fault ? EXAM_WARNING : EXAM_GOOD, "SQLite", "%s%s%s",
        db_engine(), fault ? ": " : "", fault ? fault : "");
}
