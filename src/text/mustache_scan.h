/* SPDX-License-Identifier: ISC */
#ifndef TEXT_MUSTACHE_SCAN_H
#define TEXT_MUSTACHE_SCAN_H

/*
 * First step of the template compiler: source text to a list of tokens in
 * which every opening tag knows its end.  Private to text/mustache*.c.
 */

#include "base/err.h"

enum token_kind {
    TOKEN_TEXT,     /* no more than one line, with its end of line */
    TOKEN_VAR,
    TOKEN_RAW,
    TOKEN_SECTION,
    TOKEN_INVERTED,
    TOKEN_PARTIAL,
    TOKEN_PARENT,
    TOKEN_BLOCK,
    TOKEN_END,      /* of any of the four that open something */
    TOKEN_SILENT    /* comment or delimiters: shows nothing */
};

/* Stands for "no token" where a place in the list is meant. */
#define TOKEN_NONE UINT32_MAX

struct token {
    enum token_kind kind;
    struct str text;    /* TEXT: the bytes; others: the name in the tag */
    uint32_t line, col; /* from 1; columns in characters */
    uint32_t up;        /* innermost tag open around this one */
    uint32_t mate;      /* opening tag: its end; END: its opening tag */
    /* what the compiler finds out about the line, see mustache_compile.c */
    struct str lead;    /* white space before the first tag of a line */
    uint32_t outer;     /* BLOCK: indentation taken off around it, in bytes */
    uint32_t op;        /* opening tag: its place in the program */
    bool bol;           /* shows something, and is the first of its line */
    bool first;         /* first tag of a line; `lead` was taken away */
    bool last;          /* last tag of a line that shows nothing else */
    bool alone;         /* on a line that shows nothing else */
};

struct tokens {
    struct token *items;
    uint32_t n;
};

/*
 * token_list -- cut a template.
 * source  valid UTF-8, at most MUSTACHE_SOURCE_MAX; tokens point into it
 * file    for messages
 * out     in arena `a`
 * Errors: ERR_INVALID with file:line:column.
 */
NODISCARD enum err_code token_list(struct arena *a, struct str source,
    const char *file, struct tokens *out, struct err *err);

/* token_error -- ERR_INVALID with file:line:column: "text of t": what. */
NODISCARD enum err_code token_error(struct err *err, const char *file,
    const struct token *t, const char *what);

#endif
