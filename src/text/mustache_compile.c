/* SPDX-License-Identifier: ISC */
#include "text/mustache_program.h"

#include "text/mustache_scan.h"

#include <string.h>

/*
 * Three passes over the tokens:
 *  1. each line: does it show anything?  If not, its white space is taken
 *     away; if so, its first token will carry the indentation;
 *  2. each block: which indentation do its lines share?
 *  3. write the operations.
 */

struct compiler {
    struct mustache_set *set;
    struct program *p;
    struct err *err;
    struct token *toks;
    uint32_t n_toks;
    char *text;       /* room for all texts; texts that follow each other in */
    size_t n_text;    /* it can become one operation */
    struct op *ops;   /* scratch, as many as tokens */
    uint32_t n_ops;
    bool may_join;    /* the last operation is a text, nothing was between */
    uint32_t dedent;  /* bytes of indentation to take off each line */
};

/* ---- pass 1: lines ------------------------------------------------------ */

static bool
is_blank(struct str s)
{
    return str_trim(s).n == 0;
}

static bool
ends_line(const struct token *t)
{
    return t->kind == TOKEN_TEXT && str_ends(t->text, STR("\n"));
}

static bool
in_parent(const struct compiler *c, const struct token *t)
{
    return t->up != TOKEN_NONE && c->toks[t->up].kind == TOKEN_PARENT;
}

/* A parent tag or a block, its beginning or its end? */
static bool
is_inheritance(const struct compiler *c, const struct token *t)
{
    enum token_kind kind =
        t->kind == TOKEN_END ? c->toks[t->mate].kind : t->kind;
    return kind == TOKEN_PARENT || kind == TOKEN_BLOCK;
}

/* A block that fills and also ends before `to` counts as one tag, with all
 * that is in it: nothing of it shows here.  Returns the last token of the tag
 * at `i`. */
static uint32_t
unit_last(const struct compiler *c, uint32_t i, uint32_t to)
{
    const struct token *t = &c->toks[i];
    bool fills = t->kind == TOKEN_BLOCK && in_parent(c, t);
    return fills && t->mate < to ? t->mate : i;
}

/*
 * Does the line made of the tokens [from, to) show nothing of its own?  Either
 * it is one tag that shows nothing, or it is parent and block tags only, which
 * then may not stand side by side (one closed, the next opened): what fills
 * two blocks side by side is meant for one line.
 */
static bool
line_is_alone(const struct compiler *c, uint32_t from, uint32_t to)
{
    unsigned n = 0;
    bool mixed = false, closed = false;
    for (uint32_t i = from; i < to; i++) {
        const struct token *t = &c->toks[i];
        uint32_t last = unit_last(c, i, to);
        if (t->kind == TOKEN_TEXT) {
            bool middle = n > 0 && i + 1 < to;
            if (!in_parent(c, t) && (middle || !is_blank(t->text)))
                return false;
            continue;
        }
        if (t->kind == TOKEN_VAR || t->kind == TOKEN_RAW)
            return false;
        if (closed && t->kind != TOKEN_END && !in_parent(c, t))
            return false;
        closed = t->kind == TOKEN_END || last != i;
        mixed = mixed || !is_inheritance(c, t);
        n++;
        i = last;
    }
    return n == 1 || (n > 1 && !mixed);
}

static void
mark_alone(struct compiler *c, uint32_t from, uint32_t to)
{
    struct str lead = { NULL, 0 };
    struct token *last = NULL;
    for (uint32_t i = from; i < to; i++) {
        struct token *t = &c->toks[i];
        if (t->kind == TOKEN_TEXT) {
            if (!last && is_blank(t->text))
                lead = t->text;
            t->text.n = 0;
            continue;
        }
        if (!last) {
            t->first = true;
            t->lead = lead;
        }
        i = unit_last(c, i, to);
        t->alone = true;
        last = &c->toks[i];
        last->alone = true;
    }
    if (last)
        last->last = true;
}

static void
mark_plain(struct compiler *c, uint32_t from, uint32_t to)
{
    struct token *t = &c->toks[from];
    struct token *next = from + 1 < to ? t + 1 : NULL;
    if (t->kind == TOKEN_BLOCK) {
        t->first = true;
    } else if (t->kind == TOKEN_TEXT && next && next->kind == TOKEN_BLOCK &&
        is_blank(t->text)) {
        next->first = true;
        next->lead = t->text;
        t->text.n = 0;
    } else {
        t->bol = true;
    }
}

static void
mark_lines(struct compiler *c)
{
    uint32_t to;
    for (uint32_t from = 0; from < c->n_toks; from = to) {
        to = from;
        while (to < c->n_toks && !ends_line(&c->toks[to]))
            to++;
        to += to < c->n_toks;
        if (line_is_alone(c, from, to))
            mark_alone(c, from, to);
        else
            mark_plain(c, from, to);
    }
}

/* ---- pass 2: indentation ------------------------------------------------ */

static struct str
blank_head(struct str s)
{
    size_t n = 0;
    while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t'))
        n++;
    return str_head(s, n);
}

/* White space at the beginning of the line that t begins; false when t begins
 * none, or one that shows nothing. */
static bool
line_lead(const struct token *t, struct str *lead)
{
    *lead = t->kind == TOKEN_TEXT ? blank_head(t->text) : t->lead;
    if (t->bol)
        return !(t->kind == TOKEN_TEXT && ends_line(t) && is_blank(t->text));
    return t->first && t->kind != TOKEN_SILENT;
}

/*
 * The indentation that the lines of a block share.  A block that begins on the
 * line of its tag, or has no lines, has that of its tag.
 */
static struct str
block_lead(const struct compiler *c, uint32_t at)
{
    const struct token *t = &c->toks[at];
    struct str least = t->lead, lead;
    bool found = false;
    if (!t->alone || !t->last)
        return least;
    for (uint32_t i = at + 1; i < t->mate; i++) {
        if (!line_lead(&c->toks[i], &lead))
            continue;
        if (!found || lead.n < least.n)
            least = lead;
        found = true;
    }
    return least;
}

/* ---- pass 3: operations ------------------------------------------------- */

static struct op *
emit(struct compiler *c, enum op_kind kind, const struct token *t)
{
    struct op *op = &c->ops[c->n_ops++];
    *op = (struct op){ .kind = kind, .end = c->n_ops, .line = t->line,
        .col = t->col, .text = t->text, .bol = t->bol, .alone = t->alone,
        .first = t->first };
    c->may_join = false;
    return op;
}

static void
emit_text(struct compiler *c, const struct token *t)
{
    struct str s = t->kind == TOKEN_TEXT ? t->text : (struct str){ NULL, 0 };
    if (t->bol) {
        size_t off = blank_head(s).n;
        s = str_from(s, off < c->dedent ? off : c->dedent);
    } else if (s.n == 0) {
        return;
    }
    char *p = c->text + c->n_text;
    if (s.n)
        memcpy(p, s.p, s.n);
    c->n_text += s.n;
    /* the empty text is kept: all that it says is "here begins a line" */
    if (s.n && c->may_join) {
        c->ops[c->n_ops - 1].text.n += s.n;
        return;
    }
    emit(c, OP_TEXT, t)->text = (struct str){ p, s.n };
    c->may_join = true;
}

static void
emit_named(struct compiler *c, enum op_kind kind, const struct token *t)
{
    struct op *op = emit(c, kind, t);
    if (str_is(t->text, "."))
        return;
    uint32_t n = 1;
    for (size_t i = 0; i < t->text.n; i++)
        n += t->text.p[i] == '.';
    struct str *path = arena_array(c->set->arena, n, sizeof *path);
    struct str rest = t->text;
    for (uint32_t i = 0; i < n; i++)
        str_cut(rest, '.', &path[i], &rest);
    op->path = path;
    op->n_path = n;
}

/* The part of the indentation that is not taken off around it. */
static struct str
indent_of(const struct compiler *c, struct str lead)
{
    return str_from(lead, c->dedent);
}

static void
emit_template(struct compiler *c, enum op_kind kind, const struct token *t)
{
    struct op *op = emit(c, kind, t);
    if (t->alone)
        op->indent = indent_of(c, t->lead);
}

static void
emit_block(struct compiler *c, uint32_t at)
{
    struct token *t = &c->toks[at];
    const struct token *end = &c->toks[t->mate];
    struct str lead = block_lead(c, at);
    struct op *op = emit(c, OP_BLOCK, t);
    op->block = set_block(c->set, t->text);
    op->indent = indent_of(c, lead);
    op->own_lines = t->alone && t->first && end->alone && end->last;
    t->outer = c->dedent;
    c->dedent = (uint32_t)lead.n;
}

static enum err_code
check_filled_once(const struct compiler *c, uint32_t at)
{
    const struct op *parent = &c->ops[at];
    for (uint32_t i = at + 1; i < parent->end; i = c->ops[i].end)
        for (uint32_t j = at + 1; j < i; j = c->ops[j].end)
            if (c->ops[i].block == c->ops[j].block)
                return ERR(c->err, ERR_INVALID, "%s:%u:%u: block \"%.*s\" is "
                    "filled twice", c->p->file, c->ops[i].line, c->ops[i].col,
                    STR_ARG(c->ops[i].text));
    return ERR_OK;
}

static enum err_code
emit_end(struct compiler *c, const struct token *t)
{
    const struct token *open = &c->toks[t->mate];
    bool repeats = open->kind == TOKEN_SECTION || open->kind == TOKEN_INVERTED;
    if (repeats)
        emit_text(c, t);
    c->ops[open->op].end = c->n_ops;
    c->may_join = false;
    if (open->kind == TOKEN_BLOCK)
        c->dedent = open->outer;
    if (open->kind == TOKEN_PARENT) {
        enum err_code rc = check_filled_once(c, open->op);
        if (rc != ERR_OK)
            return rc;
    }
    if (!repeats && !in_parent(c, t))
        emit_text(c, t);
    return ERR_OK;
}

static enum err_code
emit_token(struct compiler *c, uint32_t at)
{
    struct token *t = &c->toks[at];
    t->op = c->n_ops;
    switch (t->kind) {
    case TOKEN_TEXT:
    case TOKEN_SILENT:
        emit_text(c, t);
        break;
    case TOKEN_VAR:
        emit_named(c, OP_VAR, t);
        break;
    case TOKEN_RAW:
        emit_named(c, OP_RAW, t);
        break;
    case TOKEN_SECTION:
        emit_named(c, OP_SECTION, t);
        break;
    case TOKEN_INVERTED:
        emit_named(c, OP_INVERTED, t);
        break;
    case TOKEN_PARTIAL:
        emit_template(c, OP_PARTIAL, t);
        break;
    case TOKEN_PARENT:
        emit_template(c, OP_PARENT, t);
        break;
    case TOKEN_BLOCK:
        emit_block(c, at);
        break;
    case TOKEN_END:
        return emit_end(c, t);
    }
    return ERR_OK;
}

/* Directly inside a parent tag: blocks count, text and comments do not. */
static enum err_code
emit_in_parent(struct compiler *c, uint32_t at)
{
    const struct token *t = &c->toks[at];
    if (t->kind == TOKEN_TEXT || t->kind == TOKEN_SILENT)
        return ERR_OK;
    if (t->kind != TOKEN_BLOCK && t->kind != TOKEN_END)
        return token_error(c->err, c->p->file, t,
            "only blocks may stand directly inside a parent tag");
    return emit_token(c, at);
}

enum err_code
program_compile(struct mustache_set *set, struct program *p, struct str source,
    struct arena *scratch, struct err *err)
{
    struct tokens toks;
    enum err_code rc = token_list(scratch, source, p->file, &toks, err);
    if (rc != ERR_OK)
        return rc;
    struct compiler c = { .set = set, .p = p, .err = err, .toks = toks.items,
        .n_toks = toks.n };
    c.text = arena_alloc(set->arena, source.n);
    c.ops = arena_array(scratch, toks.n, sizeof *c.ops);
    mark_lines(&c);
    for (uint32_t i = 0; i < toks.n; i++) {
        bool inside = in_parent(&c, &toks.items[i]);
        rc = inside ? emit_in_parent(&c, i) : emit_token(&c, i);
        if (rc != ERR_OK)
            return rc;
    }
    p->n = c.n_ops;
    p->ops = arena_array(set->arena, c.n_ops, sizeof *c.ops);
    if (c.n_ops)
        memcpy(p->ops, c.ops, c.n_ops * sizeof *c.ops);
    return ERR_OK;
}
