/* SPDX-License-Identifier: ISC */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "base/field.h"
#include "http/req.h"
#include "http/res.h"

struct cx;

typedef enum err_code handler(struct cx *cx, const struct req *req,
    struct res *res);

/* Who may knock; gate 2 of the dispatcher. */
enum knock {
    KNOCK_ANYONE,      /* no session needed; one is used when there is */
    KNOCK_SESSION,     /* a signed-in person */
    KNOCK_WORKSPACE,   /* a signed-in member of the {ws} of the path */
    KNOCK_OPERATOR,    /* who operates the installation (core/operator.h) */
    KNOCK_KEY,         /* an API key of any kind, about itself */
    KNOCK_STANDARD,    /* a standard key: own figures */
    KNOCK_FIGURES,     /* a standard key for own figures, a management key for
                          those of its workspace */
    KNOCK_MANAGEMENT,  /* a management key */
    KNOCK_LIMITS,      /* a management or admin key */
    KNOCK_CALLS,       /* as KNOCK_FIGURES, or the gate's credential for those
                          of the installation */
    KNOCK_REPORTER,    /* a management key, or the gate's credential */
    KNOCK_WATCH,       /* this machine, for itself, or who has the gate's
                          credential */
    KNOCK_GATE         /* the gate reads the key by itself */
};

/* What kind of answer an error gets, and which gates apply. */
enum face {
    FACE_PAGE,   /* HTML; unsafe methods need the CSRF gates */
    FACE_API,    /* problem+json */
    FACE_OPENAI, /* the OpenAI error shape */
    FACE_AIMLAPI, /* the flat AIMLAPI error shape */
    FACE_EXO_OLD, /* Exoscale, paths under /v2/ai/ai-api-key */
    FACE_EXO_NEW, /* Exoscale, paths under /v2/ai/api-key */
    FACE_AIX,     /* aiXplain, /sdk/... */
    FACE_PLAIN   /* one line of text */
};

/* As the fields of a row: its handler reads the body by itself, with
 * fields_from_json for each part. */
extern const struct field FIELDS_BY_HANDLER[1];

struct route {
    enum method method;
    const char *path;           /* "/w/{ws}/keys/{prefix}" */
    handler *handle;
    const char *name;           /* of the handler, for the log and tests */
    enum knock knock;
    enum face face;
    const struct field *fields; /* what the handler reads; NULL for nothing */
    size_t input_bytes;         /* size of the input struct of `fields` */
    handler *again;             /* shows the form again with its errors */
    size_t body_max;            /* bytes; 0 = no body allowed */
    bool fresh;                 /* needs a proof of who it is that is at most 5
                                   minutes old; sessions only */
};

/*
 * route_find -- the row for a method and canonical path.
 * table  in any order; a parameter is a whole segment, at most PARAM_MAX in a
 *        path; process lifetime
 * req    method and path are read; params and n_params are filled
 * out    the row; NULL on an error
 * allow  for the Allow header on ERR_METHOD ("GET, HEAD, POST"), else empty
 * A parameter of a FACE_AIX row may hold encoded slashes, and is decoded; in any
 * other place they fit nothing.
 * HEAD finds the GET row.  The path is chosen first, then the method: literal
 * segments win over parameters, from the left, so a POST to "/keys/new" is
 * never taken for one to a key called "new".  Parameters are never empty.  A
 * trailing slash makes another path.
 * Errors: ERR_NOT_FOUND; ERR_METHOD.  Side effects: none.
 */
NODISCARD enum err_code route_find(const struct route *table, size_t n,
    struct req *req, const struct route **out, struct str *allow,
    struct arena *a, struct err *err);

#endif
