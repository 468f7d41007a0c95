/* SPDX-License-Identifier: ISC */
#ifndef BASE_FIELD_H
#define BASE_FIELD_H

/*
 * The field table: what one operation reads from its caller.  A table is an
 * array of struct field, ended by a row without a name, beside the struct it
 * fills; form and JSON readers (text/fields.h) end in the same code, so every
 * door refuses the same input with the same words.  A field that is in no
 * table cannot be seen by a handler.
 *
 * An input struct begins with `struct field_set set`, two bit sets indexed by
 * the row's place in the table: *present* (sent at all) and *null* (sent
 * empty, or JSON null), so that PATCH can tell "not sent" from "cleared".
 */

#include "base/str.h"

enum field_type {
    FIELD_TEXT,   /* struct str; strict UTF-8, no control marks; min..max
                     characters; trimmed */
    FIELD_LINES,  /* struct str; like TEXT, but newlines are kept (LF) */
    FIELD_SECRET, /* struct str; bytes as sent, never trimmed, never echoed,
                     min..max bytes */
    FIELD_INT,    /* int64_t; min..max */
    FIELD_BOOL,   /* bool; in a form "1", "on", "true"; absent is false */
    FIELD_MONEY,  /* int64_t micro-USD; "50", "$49.99", "50,00"; min..max */
    FIELD_TIME,   /* int64_t Unix seconds; RFC 3339, or a date = end of day */
    FIELD_CHOICE, /* int; index into choices[] */
    FIELD_LIST,   /* struct strs; repeated form field or JSON array of text;
                     min..max entries, each 1..FIELD_ENTRY_MAX bytes */
    FIELD_CIDRS   /* struct strs; one network a line, or JSON array; each in
                     canonical form, host bits refused; min..max entries */
};

enum field_flag {
    FIELD_REQUIRED = 1, /* absent or empty is an error: `missing` says it */
    FIELD_NULLABLE = 2, /* JSON null, or an empty form value, clears it */
    FIELD_FORM_ONLY = 4, /* unknown to the JSON reader */
    FIELD_JSON_ONLY = 8, /* unknown to the form reader */
    FIELD_PREFIX = 16    /* form: any field name that begins with `name` is
                            put, as "rest=value", into a FIELD_LIST */
};

struct field {
    const char *name;           /* NULL ends the table; same in form and JSON */
    const char *label;          /* how messages call it: "Spending limit" */
    enum field_type type;
    size_t offset;              /* in the input struct */
    int64_t min, max;           /* see the type */
    unsigned flags;             /* of enum field_flag */
    const char *missing;        /* message when required and absent */
    const char *const *choices; /* FIELD_CHOICE: NULL-ended list */
};

struct field_set {
    uint64_t present; /* bit i: row i of the table was sent */
    uint64_t null;    /* bit i: it was sent empty, or as null */
};

enum { FIELD_TABLE_MAX = 64, FIELD_ENTRY_MAX = 200 };

/* field_has -- was the field called `name` sent (and not null)? */
bool field_has(const struct field *table, const struct field_set *set,
    const char *name);

/* field_sent -- was it sent at all, be it as null? */
bool field_sent(const struct field *table, const struct field_set *set,
    const char *name);

/* field_index -- place of `name` in the table, or -1. */
int field_index(const struct field *table, struct str name);

#endif
