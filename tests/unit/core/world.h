/* SPDX-License-Identifier: ISC */
#ifndef TESTS_CORE_WORLD_H
#define TESTS_CORE_WORLD_H

/*
 * A small world for the tests of the core: a private folder with a database
 * and a master secret, a team with a person of each role, and a stranger with
 * a team of their own.
 */

#include "core/cx.h"

/* cmocka wants these first */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { PATH_BYTES = 256 };

enum who { SHELL, OWNER, ADMIN, MEMBER, OTHER, STRANGER, WHO_COUNT };

struct world {
    char folder[PATH_BYTES];
    char db_path[PATH_BYTES];
    struct db *db;
    struct secrets *secrets;
    struct signer *signer;
    int64_t now_s; /* what the next seat_as sees; noon of a Wednesday */
};

/* The password of everybody. */
#define WORLD_PASSWORD STR("correct horse battery")
#define WORLD_NOW INT64_C(1763553600) /* 2025-11-19 12:00:00 UTC */

/* world_bare -- nobody in it; world_new -- with the team "team" of OWNER,
 * ADMIN, MEMBER and OTHER (a second member), and the team "strangers". */
void world_bare(struct world *w);
void world_new(struct world *w);
void world_free(struct world *w);

/* One thread's place.  Everything that calls gave lives until seat_close. */
struct seat {
    struct world *world;
    struct arena *arena;
    struct store *store;
    struct cx cx;
};
void seat_open(struct seat *s, struct world *w);
void seat_close(struct seat *s);

/* seat_as -- a new request of somebody, in their team; the shell is in "team".
 * Returns &s->cx. */
struct cx *seat_as(struct seat *s, enum who who);

/* seat_nobody -- a new request of nobody, in no workspace. */
struct cx *seat_nobody(struct seat *s);

struct str who_email(enum who who);

/* expect_code -- fails the test with what cx->err holds, unless it is that
 * code. */
void expect_code(struct cx *cx, enum err_code got, enum err_code want,
    const char *file, int line);
#define OK(cx, call) expect_code((cx), (call), ERR_OK, __FILE__, __LINE__)
#define GIVES(cx, call, code) \
    expect_code((cx), (call), (code), __FILE__, __LINE__)

/* expect_field -- there is a message at this field. */
void expect_field(const struct cx *cx, const char *field);

/* form_put -- mark a field of an input struct as sent. */
struct field;
struct field_set;
void form_put(const struct field *table, struct field_set *set,
    const char *name);

/* key_form -- the least of a form that makes a key: name, no expiry. */
struct key_in key_form(const char *name);

/* world_int -- one number by a connection of our own. */
int64_t world_int(const struct world *w, const char *sql);
/* world_exec -- statements by a connection of our own, which the program takes
 * for its own work: the rows are sealed anew (store/store_rowseal.h). */
void world_exec(const struct world *w, const char *sql);
/* world_tamper -- the same, and the seals stay as they are. */
void world_tamper(const struct world *w, const char *sql);
/* world_seal -- seal every row as it stands. */
void world_seal(const struct world *w);

#endif
