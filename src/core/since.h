/* SPDX-License-Identifier: ISC */
#ifndef CORE_SINCE_H
#define CORE_SINCE_H

/*
 * What came after a backup, as the audit log of the database tells that is lost
 * or left: going back must not give life to what was ended (SECURITY.md 1, row
 * 23).  First all rows are read, and of each object the last word is kept: who
 * was disabled and enabled again is neither.  Then what was ended, and lives in
 * the backup, is ended by the functions of everybody else, each with its audit
 * event.  What the backup has, and was ended in it, stays so.  What cannot be
 * made again from a log (what a key may call, a new password) is named.
 * Private to core/backup.c.
 */

#include "core/cx.h"
#include "model/audit.h"

/* One object, and what became of it. */
struct since_line {
    const struct since_line *next;
    const char *object;        /* "key", "member", "person", "workspace",
                                  "service account", "webhook" */
    struct str workspace;      /* its slug; empty for a person */
    struct str id, name;       /* prefix, uuid or slug; as people call it */
    struct str what;           /* "revoked", "expires: none -> ..." */
};

/* What was done, and what is to be looked at.  Lines in the order of the log
 * within each kind of object. */
struct restored {
    int64_t rows;       /* of the log that came after the backup */
    int64_t revoked;    /* keys that were alive in the backup, and are not now */
    int64_t disabled;   /* keys whose secret was rotated, or that were
                           disabled, suspended or leaked since */
    int64_t secrets;    /* keys with secrets that end now, or sooner */
    int64_t workspaces; /* frozen or deleted */
    int64_t people;     /* disabled, no operators any more, taken out of a
                           workspace, or with a lower role in it */
    int64_t others;     /* service accounts and webhooks */
    const struct since_line *kept; /* all of these, a line for each change */
    int64_t to_look;    /* of these: */
    const struct since_line *look; /* what was changed and is as before, or
                                      could not be ended and why */
};

struct since;

/* since_new -- nothing was read yet.  a: where texts of `restored` will be.
 * since_free: what it took besides; NULL is allowed. */
struct since *since_new(struct arena *a);
void since_free(struct since *s);

/* since_row -- the next row after the backup; its texts may go after the call. */
void since_row(struct since *s, const struct audit *row);

/*
 * since_end -- end in the database of cx, which is the backup, what was ended.
 * cx   of the shell; cx->ws is empty afterwards
 * out  every member is set; lines live as long as the arena of since_new
 * Errors: those of the store.  What a rule refuses (the last owner) is in
 * out->look, and no error.
 */
NODISCARD enum err_code since_end(struct cx *cx, struct since *s,
    struct restored *out);

/* ---- between core/since.c and core/since_end.c ---- */

/* What an object is about; in the order in which they are ended: keys before
 * who owns them, and workspaces last, since a deleted one takes no changes. */
enum since_about {
    SINCE_KEY, SINCE_SERVICE, SINCE_MEMBER, SINCE_PERSON, SINCE_WEBHOOK,
    SINCE_WORKSPACE, SINCE_ABOUT_COUNT
};

/* What is so by the last words. */
enum {
    SINCE_REVOKED = 1 << 0,
    SINCE_OFF = 1 << 1,         /* disabled; of a webhook: paused */
    SINCE_ROTATED = 1 << 2,     /* its secret is one that the backup lacks */
    SINCE_LEAKED = 1 << 3,
    SINCE_LEFT = 1 << 4,        /* suspended, as its owner left */
    SINCE_OLD_ENDED = 1 << 5,   /* the old secret of a rotation */
    SINCE_UNDONE = 1 << 6,      /* a rotation of the backup was taken back */
    SINCE_PLANNED = 1 << 7,     /* its old secret ends at at_s */
    SINCE_GONE = 1 << 8,        /* removed */
    SINCE_ROLE = 1 << 9,        /* has `role` */
    SINCE_NO_OPERATOR = 1 << 10,
    SINCE_FROZEN = 1 << 11,     /* for the reason why, until at_s (0: open) */
    SINCE_DELETED = 1 << 12
};

struct since_thing {
    struct since_thing *next;  /* in the order of the log */
    struct since_thing *chain; /* of one hash */
    enum since_about about;
    int64_t workspace_id;
    struct str id, name;
    unsigned is;
    int rotations;             /* since the backup, less those undone */
    enum role role;            /* ROLE_NONE with SINCE_ROLE: out */
    int64_t at_s;
    struct str why;
    struct str changes;        /* what is as before now; empty: nothing */
};

enum { SINCE_HASHES = 4096 };

struct since {
    struct arena *keep;        /* of who asked */
    struct arena *scratch;     /* for one row */
    struct since_thing *first, **end;
    struct since_thing *by_hash[SINCE_HASHES];
    int64_t rows;
};

#endif
