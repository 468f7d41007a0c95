/* SPDX-License-Identifier: ISC */
#ifndef TEXT_MUSTACHE_PROGRAM_H
#define TEXT_MUSTACHE_PROGRAM_H

/*
 * What a template is compiled to: a flat list of operations.  An operation
 * with a body is followed by it; `end` leads behind it.  Read-only once the
 * set is linked.  Private to text/mustache*.c.
 */

#include "base/err.h"

enum op_kind {
    OP_TEXT,
    OP_VAR,
    OP_RAW,
    OP_SECTION,  /* body: once an item */
    OP_INVERTED, /* body: once or not at all */
    OP_PARTIAL,
    OP_PARENT,   /* body: blocks that fill, nothing else */
    OP_BLOCK     /* body: default, or what fills */
};

struct op {
    enum op_kind kind;
    uint32_t end;         /* index behind the body; without one, the next */
    uint32_t line, col;   /* in the source, for messages */
    uint32_t block;       /* BLOCK: number of its name in the set */
    uint32_t n_path;      /* VAR, RAW, SECTION, INVERTED; 0 is "." */
    const struct str *path; /* the parts of a dotted name */
    struct str text;      /* TEXT: the bytes; others: the name */
    struct str indent;    /* PARTIAL, PARENT, BLOCK: of the lines inside */
    const struct program *target; /* PARTIAL, PARENT: NULL shows nothing */
    bool bol;             /* indentation goes before it */
    bool alone;           /* PARTIAL, PARENT, BLOCK: its line shows no more */
    bool first;           /* BLOCK: the first on its line */
    bool own_lines;       /* BLOCK: its line(s) show nothing else */
};

struct program {
    struct str name;
    const char *file;
    struct op *ops;
    uint32_t n;
};

struct mustache_set {
    struct arena *arena;   /* of everything in the set, the set included */
    struct program **programs;
    size_t n, cap;
    struct str *blocks;    /* names of blocks, by number */
    size_t n_blocks, blocks_cap;
    bool linked;
};

/* set_find -- the program of this name, or NULL. */
const struct program *set_find(const struct mustache_set *set,
    struct str name);

/* set_block -- number of a block's name, given out when it is new; the bytes
 * of `name` must live as long as the set. */
uint32_t set_block(struct mustache_set *set, struct str name);

/*
 * program_compile -- fill p->ops; p->name and p->file are set.
 * source   lives as long as the set
 * scratch  for what is not needed afterwards
 * Errors: ERR_INVALID with file:line:column.
 */
NODISCARD enum err_code program_compile(struct mustache_set *set,
    struct program *p, struct str source, struct arena *scratch,
    struct err *err);

#endif
