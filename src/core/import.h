/* SPDX-License-Identifier: ISC */
#ifndef CORE_IMPORT_H
#define CORE_IMPORT_H

/*
 * Bringing in what another installation exported (core/export.h), or what
 * another product holds.
 *
 * A source walks through its rows and hands each to the functions below; it is
 * asked to do so twice.  The first walk only looks: every row is held to its
 * bounds, to what other rows say and to what is here, and what is wrong is
 * told with its line; when anything is, nothing is changed.  The second walk
 * writes, in transactions of some hundred rows, each with its lines in the
 * audit log.  What is here already, by its id, is left as it is: so a walk
 * that was cut off is finished by walking again.
 *
 * Memory does not grow with the file but for 8 bytes for each name seen.
 */

#include "core/export.h"
#include "secret/foreign.h"
#include "store/store_port.h"

enum import_saying {
    IMPORT_WRONG, /* the row cannot be brought in */
    IMPORT_THERE, /* it is here already */
    IMPORT_LEFT_OUT, /* a key that is not brought in; all others are */
    IMPORT_NOTE,  /* it is brought in, but not all of it */
    IMPORT_SAYINGS
};
/* line: of the file, or number of the row; text: a sentence, plain whatever the
 * file holds, until it returns. */
typedef void import_say(void *of, enum import_saying what, int64_t line,
    struct str text);
/* Told now and then: rows, and in which walk. */
typedef void import_step(void *of, bool writing, int64_t rows);

struct import_counts {
    int64_t made[PORT_KIND_COUNT], there[PORT_KIND_COUNT];
    int64_t wrong, left_out, notes;
};

struct seen; /* what came by in this walk, core/seen.h */

struct import {
    struct cx *cx;
    import_say *say;
    import_step *step;
    void *of;
    const struct secrets *transfer; /* of the file; NULL: none was given */
    const char *only;               /* slug: this workspace alone; NULL: all */
    bool dry;                       /* the first walk alone */

    /* set by import_run */
    bool writing;
    int64_t line;                   /* the source sets it with each row */
    struct arena *outer, *a;        /* of the run; of one row */
    struct seen *seen;
    struct import_counts *counts;
    int64_t rows, open_rows;        /* handed over; in the open transaction */
    struct key_times t;
    /* the workspace that rows belong to; ws.id 0: not made yet */
    struct workspace ws;
    bool into, skipped;             /* there is one; it is not wanted */
    bool found;                     /* the one that is wanted came by */
    struct str export_id;           /* verifiers are bound to it */
    bool verifiers;
};

/* A source: hands over all rows, again from the first each time.
 * Errors: cx->err; import_wrong() is none. */
typedef enum err_code import_source(struct import *im, void *of);

/*
 * import_run -- both walks.
 * im      cx .. dry are filled, the rest is 0
 * counts  out: made is what would be made, when it is dry, or when something
 *         was wrong
 * Errors: ERR_INVALID when rows were wrong (told by `say`): nothing is changed;
 * others in the second walk, and then whole transactions before it stay.
 * Needs the shell.
 */
NODISCARD enum err_code import_run(struct import *im, import_source *source,
    void *of, struct import_counts *counts);

/* import_wrong, import_left_out, import_note -- tell of the row in hand. */
void import_wrong(struct import *im, const char *fmt, ...) PRINTF(2, 3);
void import_left_out(struct import *im, const char *fmt, ...) PRINTF(2, 3);
void import_note(struct import *im, const char *fmt, ...) PRINTF(2, 3);

/* import_enough -- so much was wrong that reading on is no help. */
bool import_enough(const struct import *im);

/*
 * import_... -- hand over a row.  Everything lives until it returns.  Errors:
 * those of the store; what is wrong with the row is none, but told.
 */
NODISCARD enum err_code import_workspace(struct import *im,
    const struct port_workspace *w);
/* import_into -- rows belong to this workspace, which is here. */
NODISCARD enum err_code import_into(struct import *im, struct str slug);
NODISCARD enum err_code import_member(struct import *im,
    const struct port_member *m);
NODISCARD enum err_code import_service(struct import *im,
    const struct port_service *s);
NODISCARD enum err_code import_deployment(struct import *im,
    const struct port_deployment *d);
/* with its prices */
NODISCARD enum err_code import_model(struct import *im,
    const struct port_model *m, const struct port_price *prices, size_t n);
/* of the workspace */
NODISCARD enum err_code import_limit(struct import *im,
    const struct port_limit *l);

/* A key and what belongs to it. */
struct import_key {
    struct port_key key;
    struct port_secret *secrets;
    size_t n_secrets;
    struct port_limit *limits;
    size_t n_limits;
    /* of another product: no secrets above, this hash of its text instead */
    bool foreign;
    uint8_t hash[KEYTEXT_HASH];
};
NODISCARD enum err_code import_key(struct import *im, struct import_key *k);

#endif
