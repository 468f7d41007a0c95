/* SPDX-License-Identifier: ISC */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * The one error value of a request.  The first error wins: later calls add
 * field messages but never replace code and message.  Which HTTP status a code
 * has is known in one place only, http/problem.c.
 */

#include "base/arena.h"

enum err_code {
    ERR_OK,
    ERR_MALFORMED,       /* the bytes cannot be read */
    ERR_INVALID,         /* readable, but a value is wrong: see fields */
    ERR_UNAUTHENTICATED, /* we do not know who asks */
    ERR_FORBIDDEN,       /* we know, and they may not */
    ERR_NOT_FOUND,       /* also: belongs to another workspace */
    ERR_METHOD,          /* the path exists, not for this method */
    ERR_CONFLICT,        /* the state changed, or a name is taken */
    ERR_TOO_LARGE,       /* body over the limit of its route */
    ERR_MEDIA_TYPE,      /* body of a kind that the route does not read */
    ERR_STALE_FORM,      /* missing or old CSRF token, or foreign origin */
    ERR_LIMITED,         /* too many attempts; retry_s says when */
    ERR_BUSY,            /* the store cannot answer now; retry_s says when */
    ERR_NO_SPACE,        /* the disk is full; nothing was changed */
    ERR_INTERNAL,        /* our fault; only the request id is shown */
    ERR_CODE_COUNT
};

enum { ERR_FIELD_MAX = 16 };

struct err_field {
    const char *field; /* name of the input field, process lifetime */
    struct str msg;    /* safe to show, request lifetime */
};

struct err {
    struct arena *arena;  /* where messages live */
    enum err_code code;
    struct str msg;       /* one sentence, safe to show */
    struct str detail;    /* for the log only */
    const char *reason;   /* machine-readable code, or NULL; process lifetime */
    int64_t retry_s;      /* seconds until a retry makes sense, or 0 */
    const char *file;     /* where it was first set */
    int line;
    size_t n_fields;
    struct err_field fields[ERR_FIELD_MAX];
};

/* err_init -- no error; messages will be kept in `a`. */
void err_init(struct err *e, struct arena *a);

/*
 * ERR -- set code and message (printf), remember file and line, return code.
 * The message is shown to people: no secrets, no internals.
 */
#define ERR(e, code, ...) err_set((e), (code), __FILE__, __LINE__, __VA_ARGS__)
enum err_code err_set(struct err *e, enum err_code code, const char *file,
    int line, const char *fmt, ...) PRINTF(5, 6);

/*
 * ERR_FAULT -- our own fault: ERR_INTERNAL with a text for the log only.
 */
#define ERR_FAULT(e, ...) err_fault((e), __FILE__, __LINE__, __VA_ARGS__)
enum err_code err_fault(struct err *e, const char *file, int line,
    const char *fmt, ...) PRINTF(4, 5);

/*
 * err_field -- a message at one input field; sets ERR_INVALID when nothing is
 * set yet.  One message per field: a second one for the same field is dropped,
 * as are those past ERR_FIELD_MAX.  Returns e->code.
 */
enum err_code err_field(struct err *e, const char *field, const char *fmt, ...)
    PRINTF(3, 4);

/* err_field_msg -- the message of one field; empty when it has none. */
struct str err_field_msg(const struct err *e, const char *field);

#endif
