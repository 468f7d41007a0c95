/* SPDX-License-Identifier: ISC */
#ifndef TESTS_REQ_WORLD_H
#define TESTS_REQ_WORLD_H

/*
 * The whole program in one process, without network: a temporary folder with
 * a database, a master secret, the real templates and static files, people and
 * keys of every kind; requests go through dispatch_begin and dispatch_end as
 * the web server's would.
 *
 * The clock stands at WORLD_NOW; clock_fix moves it.
 */

#include "app/app.h"
#include "app/dispatch.h"
#include "core/cx.h"

/* cmocka wants these first */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Who asks.  Those before the keys sign in with a session. */
enum who {
    NOBODY,
    MEMBER,
    ADMIN,
    OWNER,
    STRANGER, /* owner of another workspace */
    DISABLED, /* was an admin, with a session, before being disabled */
    OPERATOR, /* of the installation, and in no team */
    STANDARD, /* an API key of OWNER */
    MANAGEMENT,
    ADMIN_KEY,
    WHO_COUNT
};

enum { PATH_BYTES = 256 };
#define WORLD_NOW INT64_C(1773144000) /* 2026-03-10 12:00:00 UTC */
#define WORLD_HOST "localhost:8080"
#define WORLD_PASSWORD "correct horse battery"

/* Ids of things in one workspace; empty until world_furnish. */
struct things {
    struct str prefix[3]; /* by kind of key; of the other workspace only */
    struct str key;       /* uuid of a key */
    struct str model, deployment, limit, key_limit;
    struct str invite, token, service;
    struct str left, left_prefix; /* who left a key here, and that */
    struct str claim, claim_prefix; /* link of a key that waits, and that */
    struct str reset;   /* token of a link to set another password */
    struct str webhook, message; /* uuids; the message was given up */
};

struct world {
    char folder[PATH_BYTES], db_path[PATH_BYTES], master[PATH_BYTES];
    char templates[PATH_BYTES], statics[PATH_BYTES];
    struct config config;
    struct app app;
    struct worker worker;
    struct arena *keep;  /* what lives as long as the world */
    struct arena *arena; /* what requests gave back, until world_forget */
    struct sqlite3 *side; /* a connection of our own, to look and to restore */
    struct str session[WHO_COUNT]; /* cookie value */
    struct str key[WHO_COUNT];     /* whole key text; of OWNER, ADMIN and
                                      MEMBER too: standard keys they own */
    struct str prefix[WHO_COUNT];
    struct str stranger_key;       /* of the other workspace */
    struct str model, deployment;  /* uuids, in the team */
    struct things team, strange;
    int64_t onces;                 /* form ids given out */
    bool https;                    /* how requests come in */
    void (*within)(bool begins);   /* called before and after the program
                                      works on a request; or NULL */
};

/* world_bare -- nobody is there yet. */
void world_bare(struct world *w);
/* world_open -- the team "team" with its people and keys, and "strangers". */
void world_open(struct world *w);
void world_close(struct world *w);

/* world_furnish -- in both workspaces something of everything that an id of a
 * path can name; for tests that walk the table of routes. */
void world_furnish(struct world *w);

/* world_forget -- let go of the replies so far. */
void world_forget(struct world *w);

struct str who_email(enum who who);
/* world_is_person -- can they sign in? */
bool world_is_person(enum who who);
const char *who_name(enum who who);

/* world_as -- a context of somebody in their workspace, may write; for what
 * has no request.  NOBODY: in no workspace. */
struct cx *world_as(struct world *w, enum who who);

/* world_sign_in -- a further session; its cookie value. */
struct str world_sign_in(struct world *w, enum who who);

/* world_key -- a new key owned by somebody; the whole text. */
struct str world_key(struct world *w, enum who who, enum key_kind kind,
    const char *name);

/* world_need -- fails the test, with the message, unless the code is ERR_OK */
void world_need(enum err_code code, const struct err *e);

/* One request; world_ask gives one as a browser or program sends it. */
struct ask {
    const char *method;
    struct str target;
    struct str body;
    const char *type;     /* CONTENT_TYPE, or NULL */
    struct str cookie;    /* HTTP_COOKIE, empty: not sent */
    struct str bearer;    /* HTTP_AUTHORIZATION is "Bearer " + this */
    const char *site;     /* Sec-Fetch-Site, or NULL */
    const char *origin;   /* or NULL */
    const char *address;  /* REMOTE_ADDR */
    bool authorizer;
    struct pairs extra;   /* further CGI parameters */
};
struct ask world_ask(struct world *w, enum who who, const char *method,
    struct str target);

struct reply {
    int status;
    struct pairs headers;
    struct str body;
    struct str location; /* of a redirect */
};
struct reply world_send(struct world *w, const struct ask *ask);

/* reply_json -- the parsed body; fails the test when it is none. */
struct val *reply_json(struct world *w, const struct reply *r);
struct str reply_header(const struct reply *r, const char *name);
bool reply_holds(const struct reply *r, struct str text);

/* world_token -- a fresh form token of who's session, or of the cookie that
 * world_ask gives to those without one. */
struct str world_token(struct world *w, enum who who);

/* world_form -- a form with a fresh token added. */
struct str world_form(struct world *w, enum who who, struct str form);

struct reply req_get(struct world *w, enum who who, const char *path);
/* req_post -- a form; a valid token is added. */
struct reply req_post(struct world *w, enum who who, const char *path,
    struct str form);
struct reply req_json(struct world *w, enum who who, const char *method,
    const char *path, const char *json);

/* ---- rows of the table of routes, made into requests ---- */

/* Whose things the ids of a path and a body name: of somebody else in the
 * team, who's own where there are such, or of the other workspace. */
enum whose { OTHERS, OWN, FOREIGN };

/* row_doer -- who may do what the row of a page does: nobody in particular, who
 * operates the installation, or an owner. */
enum who row_doer(const struct route *row);
/* row_target -- the path with its parameters filled in. */
struct str row_target(struct world *w, const struct route *row, enum who who,
    enum whose whose);
/* row_ask -- a whole valid request of a row: body from its field table, token,
 * all. */
struct ask row_ask(struct world *w, const struct route *row, enum who who,
    enum whose whose);
/* row_body -- only the form, without token. */
struct str row_body(struct world *w, const struct route *row, enum who who,
    enum whose whose);

/* ---- the database, by a connection of our own ---- */

int64_t world_int(struct world *w, const char *sql);
/* world_exec -- what the program takes for its own work: the rows are sealed
 * anew (store/store_rowseal.h). */
void world_exec(struct world *w, const char *sql);
/* world_tamper -- the same, and the seals stay as they are. */
void world_tamper(struct world *w, const char *sql);
/* world_accept -- what was tampered with in "team" is found, and accepted by the
 * shell. */
void world_accept(struct world *w);
/* world_sum -- a number that changes with any value in any table. */
uint64_t world_sum(struct world *w);
/* world_sums -- one such number for each table, and their names, which live
 * as long as the world; at most `most`. */
size_t world_sums(struct world *w, size_t most, struct str *names,
    uint64_t *sums);
/* world_save -- remember all tables; world_restore -- as they were then. */
void world_save(struct world *w);
void world_restore(struct world *w);

/* ---- lines of the public corpora ---- */

/* corpus_lines -- of a file of KEYLODGE_CORPORA; none, after a line that says
 * so, when it is not there. */
struct strs corpus_lines(struct world *w, const char *file);

#endif
