/* SPDX-License-Identifier: ISC */
#include "text/mustache.h"

#include "text/html.h"
#include "text/mustache_program.h"

#include <string.h>

/* The context stack: names are looked for from the innermost value outwards. */
struct context {
    const struct context *up;
    const struct val *v;
};

/*
 * Fillings that a template was given by a parent tag, and, above it, those
 * that the template with the tag was given itself.
 */
struct filling {
    const struct filling *up;
    const struct program *prog; /* where the parent tag stands */
    uint32_t at;                /* its place */
};

/* Where in its line is the output? */
enum line_state {
    LINE_AS_MARKED, /* the operation knows whether it begins a line */
    LINE_DUE,       /* at the beginning, whatever the next operation thinks */
    LINE_BEGUN      /* in the middle, whatever the next operation thinks */
};

struct run {
    struct buf *out;
    struct err *err;
    unsigned long steps;
    unsigned depth;
    enum line_state line;
    size_t indent_from, indent_n; /* indentation now: [from, n) of indent */
    char indent[MUSTACHE_INDENT_MAX];
};

/* What a body is rendered with. */
struct scope {
    const struct program *prog;
    const struct context *ctx;
    const struct filling *fill;
};

static enum err_code render_body(struct run *r, const struct scope *s,
    uint32_t from, uint32_t to);

static enum err_code
render_fault(const struct run *r, const struct scope *s, const struct op *op,
    const char *what)
{
    return ERR_FAULT(r->err, "%s:%u:%u: %s", s->prog->file, op->line, op->col,
        what);
}

/* ---- values ------------------------------------------------------------- */

static const struct val *
lookup(const struct context *ctx, const struct op *op)
{
    if (op->n_path == 0)
        return ctx->v;
    const struct val *v = NULL;
    for (; ctx && !v; ctx = ctx->up)
        v = val_get(ctx->v, op->path[0]);
    for (uint32_t i = 1; i < op->n_path; i++)
        v = val_get(v, op->path[i]);
    return v;
}

static bool
is_true(const struct val *v)
{
    if (!v)
        return false;
    switch (v->type) {
    case VAL_NULL:
        return false;
    case VAL_BOOL:
        return v->u.b;
    case VAL_STR:
        return v->u.s.n > 0;
    case VAL_LIST:
        return v->u.list.n > 0;
    case VAL_INT:
    case VAL_REAL:
    case VAL_MAP:
        break;
    }
    return true;
}

/* ---- lines -------------------------------------------------------------- */

static void
put_indent(struct run *r)
{
    buf_add(r->out, r->indent + r->indent_from, r->indent_n - r->indent_from);
}

static void
line_begin(struct run *r, bool marked)
{
    if (r->line == LINE_DUE || (r->line == LINE_AS_MARKED && marked))
        put_indent(r);
    r->line = LINE_AS_MARKED;
}

/* Each line of a text is indented, but an empty line stays empty. */
static void
put_text(struct run *r, const struct op *op)
{
    struct str rest = op->text;
    if (str_starts(rest, STR("\n")))
        r->line = LINE_AS_MARKED;
    else
        line_begin(r, op->bol);
    if (r->indent_from < r->indent_n) {
        size_t n = str_find(rest, '\n') + 1;
        while (n < rest.n) {
            buf_str(r->out, str_head(rest, n));
            rest = str_from(rest, n);
            if (rest.p[0] != '\n')
                put_indent(r);
            n = str_find(rest, '\n') + 1;
        }
    }
    buf_str(r->out, rest);
}

static bool
indent_more(struct run *r, struct str by)
{
    if (by.n > sizeof r->indent - r->indent_n)
        return false;
    if (by.n)
        memcpy(r->indent + r->indent_n, by.p, by.n);
    r->indent_n += by.n;
    return true;
}

/* ---- tags --------------------------------------------------------------- */

static void
put_value(struct run *r, const struct scope *s, const struct op *op)
{
    char tmp[VAL_SHOW_MAX];
    line_begin(r, op->bol);
    struct str text = val_show(lookup(s->ctx, op), tmp);
    if (op->kind == OP_RAW)
        buf_str(r->out, text);
    else
        html_text(r->out, text);
}

static enum err_code
render_section(struct run *r, const struct scope *s, uint32_t at)
{
    const struct op *op = &s->prog->ops[at];
    const struct val *v = lookup(s->ctx, op);
    if (op->bol)
        line_begin(r, true);
    if (is_true(v) == (op->kind == OP_INVERTED))
        return ERR_OK;
    if (op->kind == OP_INVERTED)
        return render_body(r, s, at + 1, op->end);
    bool list = v->type == VAL_LIST;
    size_t n = list ? v->u.list.n : 1;
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < n && rc == ERR_OK; i++) {
        struct context ctx = { s->ctx, list ? v->u.list.items[i] : v };
        struct scope inner = { s->prog, &ctx, s->fill };
        rc = render_body(r, &inner, at + 1, op->end);
    }
    return rc;
}

static enum err_code
render_template(struct run *r, const struct scope *s, uint32_t at)
{
    const struct op *op = &s->prog->ops[at];
    size_t from = r->indent_from, n = r->indent_n;
    struct filling given = { s->fill, s->prog, at }; /* a partial: nothing */
    struct scope inner = { op->target, s->ctx, &given };
    /* in the middle of a line, only the first line is this line */
    if (!op->alone) {
        line_begin(r, op->bol);
        r->indent_from = n;
    }
    if (!op->target)
        return ERR_OK;
    if (!indent_more(r, op->indent))
        return render_fault(r, s, op, "indented too far");
    enum err_code rc = render_body(r, &inner, 0, op->target->n);
    r->indent_from = from;
    r->indent_n = n;
    return rc;
}

/*
 * The outermost filling of a block, with the scope it was written in; false
 * when nobody fills it.
 */
static bool
find_filling(const struct filling *fill, uint32_t block, struct scope *s,
    uint32_t *at)
{
    bool found = false;
    for (; fill; fill = fill->up) {
        const struct op *ops = fill->prog->ops;
        uint32_t end = ops[fill->at].end;
        for (uint32_t i = fill->at + 1; i < end; i = ops[i].end) {
            if (ops[i].block != block)
                continue;
            s->prog = fill->prog;
            s->fill = fill->up;
            *at = i;
            found = true;
        }
    }
    return found;
}

static enum err_code
render_block(struct run *r, const struct scope *s, uint32_t at)
{
    const struct op *op = &s->prog->ops[at];
    enum line_state line = r->line;
    size_t indent_n = r->indent_n, out_n = r->out->n;
    struct scope inner = *s;
    find_filling(s->fill, op->block, &inner, &at);
    if (!indent_more(r, op->indent))
        return render_fault(r, s, op, "indented too far");
    r->line = op->first ? LINE_DUE : LINE_BEGUN;
    enum err_code rc = render_body(r, &inner, at + 1, inner.prog->ops[at].end);
    bool nothing = r->out->n == out_n;
    if (nothing && op->first && !op->alone)
        line_begin(r, false);
    else if (nothing)
        r->line = line;
    else if (op->own_lines && r->out->p[r->out->n - 1] != '\n')
        buf_char(r->out, '\n');
    r->indent_n = indent_n;
    return rc;
}

static enum err_code
render_op(struct run *r, const struct scope *s, uint32_t at)
{
    const struct op *op = &s->prog->ops[at];
    switch (op->kind) {
    case OP_TEXT:
        put_text(r, op);
        break;
    case OP_VAR:
    case OP_RAW:
        put_value(r, s, op);
        break;
    case OP_SECTION:
    case OP_INVERTED:
        return render_section(r, s, at);
    case OP_PARTIAL:
    case OP_PARENT:
        return render_template(r, s, at);
    case OP_BLOCK:
        return render_block(r, s, at);
    }
    return ERR_OK;
}

static enum err_code
render_body(struct run *r, const struct scope *s, uint32_t from, uint32_t to)
{
    enum err_code rc = ERR_OK;
    r->depth++;
    for (uint32_t at = from; at < to && rc == ERR_OK;
        at = s->prog->ops[at].end) {
        if (r->depth > MUSTACHE_DEPTH_MAX)
            rc = render_fault(r, s, &s->prog->ops[at], "nested too deep");
        else if (++r->steps > MUSTACHE_STEPS_MAX)
            rc = render_fault(r, s, &s->prog->ops[at], "too many steps");
        else
            rc = render_op(r, s, at);
    }
    r->depth--;
    return rc;
}

enum err_code
mustache_render(const struct mustache_set *set, struct str name,
    const struct val *view, struct buf *out, struct err *err)
{
    must(set->linked);
    const struct program *p = set_find(set, name);
    if (!p)
        return ERR_FAULT(err, "no template \"%.*s\"", STR_ARG(name));
    struct run r = { .out = out, .err = err };
    struct context ctx = { NULL, view };
    struct scope s = { p, &ctx, NULL };
    enum err_code rc = render_body(&r, &s, 0, p->n);
    if (rc != ERR_OK)
        return rc;
    if (out->full)
        return ERR_FAULT(err, "%s: more than %zu bytes", p->file, out->max);
    return ERR_OK;
}
