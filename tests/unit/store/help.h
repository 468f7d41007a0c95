/* SPDX-License-Identifier: ISC */
#ifndef TESTS_STORE_HELP_H
#define TESTS_STORE_HELP_H

/* A private folder with one database, for the tests of the engine. */

#include "store/store.h"

/* cmocka wants these first */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { PATH_BYTES = 256 };

/* folder_new -- an empty folder below $TMPDIR, or here; ends in no slash. */
void folder_new(char folder[PATH_BYTES]);

/* folder_free -- the folder and the files in it. */
void folder_free(const char *folder);

/* path_in -- "<folder>/<name>" into a buffer of PATH_BYTES. */
char *path_in(char *to, const char *folder, const char *name);

/* One thread's things. */
struct user {
    struct arena *arena;
    struct err err;
    struct store *st;
};

/* open_db -- db_open with create and migrate; a failure is printed, fatal. */
struct db *open_db(const char *path, size_t ballast_bytes);

void user_begin(struct user *u, struct db *db);
void user_end(struct user *u);

/* user_again -- as a new request does: no error, no memory. */
void user_again(struct user *u);

/* expect_ok -- fails the test with what err holds. */
void expect_ok(enum err_code code, const struct err *e, const char *file,
    int line);
#define OK(u, code) expect_ok((code), &(u)->err, __FILE__, __LINE__)

/* raw_int -- one number by a connection of our own. */
int64_t raw_int(const char *path, const char *sql);

/* raw_exec -- statements by a connection of our own. */
void raw_exec(const char *path, const char *sql);

/* expect_whole -- integrity_check says ok. */
void expect_whole(const char *path);

/* expect_abort -- fn, in a child process, must end in must(). */
void expect_abort(void (*fn)(const char *folder), const char *name);

#endif
