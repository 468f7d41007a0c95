/* SPDX-License-Identifier: ISC */
#ifndef APP_APP_H
#define APP_APP_H

/*
 * The process: what is opened once at start and read by every thread; and a
 * worker: what one thread needs to answer requests, one at a time.
 */

#include "app/asset.h"
#include "app/config.h"
#include "core/cx.h"
#include "http/req.h"
#include "http/res.h"
#include "http/route.h"
#include "text/mustache.h"

struct app {
    const struct config *config;
    struct db *db;
    struct secrets *secrets;
    struct signer *signer;
    struct mustache_set *templates;
    struct assets *assets;
    struct touches *touches;
    struct arena *list_arena;
    struct strs refused;        /* passwords, see core/proof.h; in list_arena */
    struct str gate_credential; /* empty: there is none; process lifetime */
    int lock;                   /* of the only server (store/sole.h); no more
                                than STDERR_FILENO: there is none */
};

/* What app_open opens: database and secrets; templates and static files.  The
 * shell needs the first at most, and some of its commands just the settings. */
enum app_parts { APP_SETTINGS = 0, APP_STORE = 1, APP_FACES = 2,
    APP_READ = 4, /* the store for reading only: a file that no server has */
    APP_ADOPT = 8, /* by hand: it may be of before rows were sealed */
    APP_UPGRADE = 16, /* an older schema is brought up to date: only by what is
                        meant to, as the server of before may be at work */
    APP_ALONE = 32 /* no other server may serve it (store/sole.h) */ };

/*
 * app_open -- load secrets, open the store, compile templates: as `parts` says.
 * create   make database, master secret and audit key when they are missing;
 *          the audit key stands beside the master secret, with "-audit" after
 *          its name
 * A store that is to be written to is refused when others can write to the
 * settings, or in the folders of database or master secret; templates, when one
 * of those that came with this program is missing.
 * Errors: ERR_INVALID with a sentence that says how to mend it; ERR_BUSY when
 * another server serves it.  app_close gives back what there is after those, too.
 */
NODISCARD enum err_code app_open(struct app *app, const struct config *c,
    unsigned parts, bool create, struct err *err);
void app_close(struct app *app);

/* app_try -- would app_open work for a server, as far as that can be told
 * without changing anything, and beside one that runs: modes, secrets,
 * templates, static files, the gates' credential, the database (that it is
 * there, whose and of which schema, and that this user can write to it).
 * app_try_faces -- of these, templates and static files alone.  Errors as
 * app_open. */
NODISCARD enum err_code app_try(const struct config *c, struct err *err);
NODISCARD enum err_code app_try_faces(const struct config *c,
    struct err *err);

struct worker {
    struct app *app;
    struct store *store;
    struct arena *arena;
    /* the request in hand */
    struct cx cx;
    struct req req;
    struct res res;
    const struct route *route; /* NULL until found */
    struct str allow;          /* for 405 */
    bool expired;              /* a session was there, and is over */
    bool short_of_memory;      /* it ran out: there is only an error to tell */
    struct str form_session;   /* what CSRF tokens are bound to */
    int64_t began_us;
};

/* worker_open -- without a store when the app has none. */
NODISCARD enum err_code worker_open(struct worker *w, struct app *app,
    struct err *err);
void worker_close(struct worker *w);

/* worker_reset -- forget the request; begin with an empty context. */
void worker_reset(struct worker *w);

/* worker_shell -- a context for the command line: every right. */
struct cx *worker_shell(struct worker *w);

#endif
