/* SPDX-License-Identifier: ISC */
#include "help.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void
folder_new(char folder[PATH_BYTES])
{
    const char *top = getenv("TMPDIR");
    int n = snprintf(folder, PATH_BYTES, "%s/store_test.XXXXXX",
        top && *top ? top : ".");
    assert_in_range(n, 1, PATH_BYTES - 64);
    if (!mkdtemp(folder))
        fail_msg("cannot make a folder %s", folder);
}

char *
path_in(char *to, const char *folder, const char *name)
{
    int n = snprintf(to, PATH_BYTES, "%s/%s", folder, name);
    assert_in_range(n, 1, PATH_BYTES - 1);
    return to;
}

void
folder_free(const char *folder)
{
    char path[PATH_BYTES];
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            unlink(path_in(path, folder, e->d_name));
    closedir(d);
    rmdir(folder);
}

void
expect_ok(enum err_code code, const struct err *e, const char *file, int line)
{
    if (code == ERR_OK)
        return;
    fprintf(stderr, "code %d, %.*s | %.*s\n", (int)code, STR_ARG(e->msg),
        STR_ARG(e->detail));
    _fail(file, line);
}

struct db *
open_db(const char *path, size_t ballast_bytes)
{
    struct db_options o = { .path = path, .create = true, .migrate = true,
        .ballast_bytes = ballast_bytes, .busy_ms = 5000 };
    struct arena *a = arena_new(1024);
    struct err e;
    struct db *db;
    err_init(&e, a);
    expect_ok(db_open(&o, &db, &e), &e, __FILE__, __LINE__);
    arena_free(a);
    return db;
}

void
user_begin(struct user *u, struct db *db)
{
    u->arena = arena_new(4096);
    err_init(&u->err, u->arena);
    OK(u, store_new(db, &u->st, &u->err));
    store_attach(u->st, u->arena, &u->err);
}

void
user_again(struct user *u)
{
    arena_reset(u->arena);
    err_init(&u->err, u->arena);
    store_attach(u->st, u->arena, &u->err);
}

void
user_end(struct user *u)
{
    store_free(u->st);
    arena_free(u->arena);
}

static sqlite3 *
raw_open(const char *path)
{
    sqlite3 *sql;
    int rc = sqlite3_open_v2(path, &sql, SQLITE_OPEN_READWRITE, NULL);
    assert_int_equal(rc, SQLITE_OK);
    sqlite3_busy_timeout(sql, 5000);
    sqlite3_wal_autocheckpoint(sql, 0);
    sqlite3_db_config(sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return sql;
}

int64_t
raw_int(const char *path, const char *text)
{
    sqlite3 *sql = raw_open(path);
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(sql, text, -1, &s, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(sql));
    int64_t v = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0)
                                              : INT64_MIN;
    sqlite3_finalize(s);
    sqlite3_close(sql);
    return v;
}

void
raw_exec(const char *path, const char *text)
{
    sqlite3 *sql = raw_open(path);
    char *msg = NULL;
    if (sqlite3_exec(sql, text, NULL, NULL, &msg) != SQLITE_OK)
        fail_msg("%s: %s", text, msg);
    sqlite3_close(sql);
}

void
expect_whole(const char *path)
{
    assert_int_equal(raw_int(path,
        "SELECT count(*) FROM pragma_integrity_check "
        "WHERE integrity_check <> 'ok'"), 0);
}

void
expect_abort(void (*fn)(const char *folder), const char *name)
{
    char folder[PATH_BYTES];
    folder_new(folder);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        /* must() says so on standard error; here it is what we want */
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        fn(folder);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    folder_free(folder);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
        fail_msg("%s was not refused", name);
}
