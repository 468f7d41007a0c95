/* SPDX-License-Identifier: ISC */
/*
 * age CONFIG SECONDS -- each session was proved fresh so many seconds later
 * than it was (or earlier, when negative): time that a test does not wait.  A
 * change of the program's own, so the rows stay sealed.
 */
#include "../inside.h"

#include "core/change.h"
#include "store/store_user.h"

#include <sqlite3.h>
#include <stdlib.h>

/* Of one session, as the table holds it. */
static enum err_code
shift(struct cx *cx, sqlite3_stmt *s, int64_t by_s)
{
    bool renewed;
    struct str mac = { sqlite3_column_blob(s, 1),
        (size_t)sqlite3_column_bytes(s, 1) };
    return store_session_renew(cx->store, sqlite3_column_int64(s, 0), mac,
        sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3) + by_s,
        &renewed);
}

static enum err_code
shift_all(struct cx *cx, const char *path, int64_t by_s)
{
    sqlite3 *sql = NULL;
    sqlite3_stmt *s = NULL;
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    /* read when nobody else can write any more */
    if (sqlite3_open_v2(path, &sql, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(sql, "SELECT id, mac, epoch, fresh_s FROM session",
            -1, &s, NULL) != SQLITE_OK)
        ERR_FAULT(&cx->err, "%s", sqlite3_errmsg(sql));
    while (!cx->err.code && sqlite3_step(s) == SQLITE_ROW)
        (void)shift(cx, s, by_s);
    sqlite3_finalize(s);
    sqlite3_close(sql);
    return cx->err.code ? change_abort(cx) : change_commit(cx, AUDIT_NONE);
}

int
main(int argc, char **argv)
{
    struct inside in;
    if (argc != 3)
        return 2;
    inside_open(&in, "age", argv[1]);
    (void)shift_all(worker_shell(&in.w), in.config.db_path, atoll(argv[2]));
    return inside_close(&in);
}
