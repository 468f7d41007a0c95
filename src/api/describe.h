/* SPDX-License-Identifier: ISC */
#ifndef API_DESCRIBE_H
#define API_DESCRIBE_H

/*
 * What the APIs are, for programs and people: the OpenAPI 3.1 document.  Paths,
 * methods, who may call, bodies and statuses are taken from the table of routes
 * and the field tables; what these cannot know (what an operation is for, what
 * its answer holds) stands once per operation in describe_<family>.c.
 * /docs/api shows the same document as pages.
 *
 * tests/req/world.c holds every answer of every request test against it.
 */

#include "core/cx.h"
#include "http/route.h"

enum shape_type {
    SHAPE_TEXT,
    SHAPE_UUID,
    SHAPE_TIME,   /* RFC 3339 */
    SHAPE_INT,
    SHAPE_NUMBER, /* USD and the like */
    SHAPE_BOOL,
    SHAPE_CHOICE, /* one of choices */
    SHAPE_TEXTS,  /* a list of text */
    SHAPE_MAP,    /* of */
    SHAPE_LIST    /* of maps */
};

enum shape_flag {
    SHAPE_NULLABLE = 1,
    SHAPE_OPTIONAL = 2 /* may be left out */
};

struct schema;

/* One member of an answer, one query parameter, or one header. */
struct shape {
    const char *name;    /* NULL ends the list */
    enum shape_type type;
    unsigned flags;      /* of enum shape_flag */
    const char *example; /* text as it is, numbers and booleans as in JSON,
                            SHAPE_TEXTS separated by spaces; NULL: null, or
                            left out, or taken from `of` */
    const char *words;   /* a sentence, or NULL where the name says it */
    const struct schema *of;
    const char *const *choices;
};

/* An object with a name: a component of the document. */
struct schema {
    const char *name;  /* "AimlapiKey" */
    const char *words;
    const struct shape *members;
    bool open; /* has members that are not told here */
};

/* What a handler with FIELDS_BY_HANDLER reads: the body is one object of all
 * parts without SENT_ELSE, or, from one with SENT_ELSE on, another object. */
enum sent_flag {
    SENT_LIST = 1,     /* a list of such objects */
    SENT_NULLABLE = 2,
    SENT_REQUIRED = 4,
    SENT_ELSE = 8      /* instead of all before */
};
struct sent {
    const char *member;         /* NULL: the fields are the body's own */
    const struct field *fields; /* NULL ends the list */
    unsigned flags;
};

/* One row of the table of routes. */
struct operation {
    enum method method;
    const char *path;
    const char *id;      /* operationId: "createKey" */
    const char *summary; /* "Create a key" */
    const char *words;   /* more about it, or NULL */
    const struct shape *query;
    const struct sent *sent; /* with FIELDS_BY_HANDLER, or further parts */
    const char *example;     /* of the body, JSON; NULL: no body */
    int status;              /* of success; 403: it is always refused */
    const struct schema *answer; /* NULL: no JSON */
    const struct schema *answer_else; /* what it may be instead, or NULL */
    const char *text;            /* of a plain text answer, or NULL */
    bool list;                   /* the answer is an array of `answer` */
    const struct shape *headers; /* of success, or NULL */
    unsigned errors;             /* ERR_BIT of what the row does not tell */
};
#define ERR_BIT(code) (1u << (code))

/* A group of operations that one kind of client knows. */
struct family {
    const char *slug;  /* "aimlapi": page /docs/api/aimlapi */
    const char *title;
    const char *words;
    unsigned schemes;  /* of enum scheme, beside the Bearer token */
    const struct operation *operations; /* id NULL ends the list */
};

/* Further ways to show a key. */
enum scheme {
    SCHEME_TOKEN = 1,    /* Authorization: Token KEY */
    SCHEME_X_API_KEY = 2,
    SCHEME_EXO2 = 4      /* signature with a management key */
};

/* All families in the order of the pages; NULL-ended. */
extern const struct family *const describe_families[];

/* describe_find -- what is said about a row; NULL when nothing is. */
const struct operation *describe_find(const struct route *row);

/* describe_path -- the path of a row as the document has it: a parameter that
 * may hold '/' ("{id/}") is one like the others there. */
struct str describe_path(struct arena *a, const char *path);

/* describe_has -- is this row part of the APIs, and not a page or a file? */
bool describe_has(const struct route *row);

/*
 * describe_document -- the whole document.
 * table, n  all routes; those of the APIs must be described (must())
 * Examples do not depend on the time or the request.  Request lifetime.
 * Source: OpenAPI Specification 3.1.0, JSON Schema 2020-12.
 */
struct val *describe_document(struct cx *cx, const struct route *table,
    size_t n);

#endif
