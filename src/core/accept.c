/* SPDX-License-Identifier: ISC */
#include "core/accept.h"

#include "core/change.h"
#include "store/store_rowseal.h"
#include "text/utf8.h"

#include <string.h>

enum { SPARE = 256 * 1024, TOLD_MOST = 20 /* rows of an audit event */ };

/* ---- looking ---- */

struct found {
    struct row_state *items;
    size_t n, room;
};

static void
keep(struct cx *cx, struct found *f, const struct row_state *row)
{
    if (f->n == f->room) {
        size_t room = f->room ? 2 * f->room : 16;
        struct row_state *more = arena_array(cx->arena, room, sizeof *more);
        if (f->n)
            memcpy(more, f->items, f->n * sizeof *more);
        f->items = more;
        f->room = room;
    }
    f->items[f->n] = *row;
    f->items[f->n++].name = arena_dup(cx->arena, row->name);
}

static const struct {
    enum row_kind kind;
    const char *name;
} kinds[] = { { ROW_WORKSPACE, "workspace" }, { ROW_KEY, "key" },
    { ROW_USER, "user" } };

/* Is it of what was asked for? */
static bool
is_of(const struct cx *cx, const struct user *u, const struct row_state *row)
{
    if (u)
        return row->kind == ROW_USER && row->id == u->id;
    return !cx->ws.id || row->workspace_id == cx->ws.id;
}

static enum err_code
walk(struct cx *cx, const struct user *u, enum row_kind kind, struct found *f)
{
    int64_t after = 0;
    size_t n = ROWS_MOST;
    while (n == ROWS_MOST) {
        struct row_state *some;
        arena_reset(store_arena(cx->store));
        if (store_row_walk(cx->store, kind, after, ROWS_MOST, &some, &n))
            return cx->err.code;
        for (size_t i = 0; i < n; i++)
            if (some[i].broken && is_of(cx, u, &some[i]))
                keep(cx, f, &some[i]);
        after = n ? some[n - 1].id : after;
    }
    return ERR_OK;
}

/* There may be more rows than memory. */
static enum err_code
find(struct cx *cx, const struct user *u, struct found *f)
{
    struct arena *spare = arena_new(SPARE);
    struct arena *before = store_swap(cx->store, spare);
    *f = (struct found){ 0 };
    enum err_code code = ERR_OK;
    for (size_t i = 0; i < COUNT_OF(kinds) && !code; i++)
        code = walk(cx, u, kinds[i].kind, f);
    (void)store_swap(cx->store, before);
    arena_free(spare);
    return code;
}

static const char *
name_of(enum row_kind kind)
{
    size_t i = 0;
    while (kinds[i].kind != kind)
        i++;
    return kinds[i].name;
}

bool
accept_can_show(const struct broken_row *row)
{
    return utf8_plain(row->name, false) && utf8_plain(row->holds, false);
}

/* Does a part of it that no person can judge let somebody in: a password, a
 * token's or code's MAC, a sealed secret? */
static bool
lets_in(const struct broken_row *row)
{
    static const char *const what[] = { "user", "session", "factor", "code",
        "link", "invite", "secret" };
    for (size_t i = 0; i < COUNT_OF(what); i++)
        if (str_is(row->what, what[i]))
            return true;
    return false;
}

/* All rows of one key, workspace or account: of each or of none. */
static void
judge(struct broken_row *rows, size_t n)
{
    bool judged = true;
    for (size_t i = 0; i < n; i++)
        judged = judged && accept_can_show(&rows[i]) && !lets_in(&rows[i]);
    for (size_t i = 0; i < n; i++)
        rows[i].judged = judged;
}

static enum err_code
look(struct cx *cx, const struct found *f, struct broken_row **out, size_t *n)
{
    struct row_part **parts = arena_array(cx->arena, f->n, sizeof *parts);
    size_t *n_parts = arena_array(cx->arena, f->n, sizeof *n_parts);
    size_t all = 0;
    *n = 0;
    for (size_t i = 0; i < f->n; i++) {
        const struct row_state *r = &f->items[i];
        if (store_row_parts(cx->store, r->kind, r->id, &parts[i],
                &n_parts[i]))
            return cx->err.code;
        all += n_parts[i];
    }
    *out = arena_array(cx->arena, all, sizeof **out);
    for (size_t i = 0; i < f->n; i++) {
        const struct row_state *r = &f->items[i];
        struct broken_row *first = *out + *n;
        for (size_t j = 0; j < n_parts[i]; j++)
            first[j] = (struct broken_row){ name_of(r->kind), r->id, r->name,
                parts[i][j].what, parts[i][j].holds, false };
        judge(first, n_parts[i]);
        *n += n_parts[i];
    }
    return ERR_OK;
}

static enum err_code
need_shell(struct cx *cx)
{
    if (cx->actor.kind == ACTOR_SHELL)
        return ERR_OK;
    return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
}

enum err_code
accept_look(struct cx *cx, const struct user *u, struct broken_row **out,
    size_t *n)
{
    struct found f;
    *n = 0;
    if (need_shell(cx) || find(cx, u, &f))
        return cx->err.code;
    return look(cx, &f, out, n);
}

const char *
accept_instead(const struct broken_row *row)
{
    static const struct {
        const char *of, *words;
    } instead[] = {
        { "key", "Revoke it, and make another one." },
        { "workspace", "Withdraw its invitations and send others, or restore "
            "a backup." },
        { "user", "Make that person a new account, or restore a backup." },
    };
    size_t i = 0;
    while (i + 1 < COUNT_OF(instead) && strcmp(instead[i].of, row->of) != 0)
        i++;
    return instead[i].words;
}

/* ---- accepting ---- */

static bool
is_same(const struct broken_row *a, const struct broken_row *b)
{
    return a->of == b->of && a->id == b->id && a->judged == b->judged &&
        str_eq(a->name, b->name) && str_eq(a->what, b->what) &&
        str_eq(a->holds, b->holds);
}

/* In the open transaction: is it what was shown, and nothing else? */
static enum err_code
look_again(struct cx *cx, const struct user *u, const struct broken_row *rows,
    size_t n)
{
    struct broken_row *now;
    size_t n_now;
    if (accept_look(cx, u, &now, &n_now))
        return cx->err.code;
    bool same = n == n_now, any = false;
    for (size_t i = 0; same && i < n; i++) {
        same = is_same(&rows[i], &now[i]);
        any = any || rows[i].judged;
    }
    if (same && !any)
        return ERR(&cx->err, ERR_CONFLICT,
            "Nothing was accepted: no part of it can be judged by its text, "
            "since a password, a secret or a link may have been put there.");
    if (same)
        return ERR_OK;
    return ERR(&cx->err, ERR_CONFLICT,
        "Meanwhile something else was changed. Look at it again.");
}

/* In the open transaction: all rows of one thing, the first of n. */
static enum err_code
accept_one(struct cx *cx, const struct broken_row *rows, size_t n)
{
    struct row_state whole = { .id = rows->id };
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (kinds[i].name == rows->of)
            whole.kind = kinds[i].kind;
    if (store_row_seal(cx->store, whole.kind, rows->id - 1, rows->id,
            ROWS_ALL) ||
        store_broken_set(cx->store, &whole, cx->now_s) || CHANGE_BEGIN(cx))
        return cx->err.code;
    struct val *details = val_map(cx->arena);
    val_put_int(details, "rows", (int64_t)n);
    struct val *list = val_put_list(details, "holding");
    for (size_t i = 0; i < n && i < TOLD_MOST; i++)
        val_add(list, val_str(cx->arena, arena_fmt(cx->arena, "%.*s %.*s",
            STR_ARG(rows[i].what), STR_ARG(rows[i].holds))));
    struct audit_event event = { "seal.accept", rows->of, rows->name, STR(""),
        details };
    return change_commit(cx, &event);
}

enum err_code
accept_rows(struct cx *cx, const struct user *u,
    const struct broken_row *rows, size_t n)
{
    if (need_shell(cx) || CHANGE_BEGIN(cx))
        return cx->err.code;
    if (look_again(cx, u, rows, n))
        return change_abort(cx);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && rows[end].of == rows[i].of &&
            rows[end].id == rows[i].id; end++)
            continue;
        if (rows[i].judged && accept_one(cx, &rows[i], end - i))
            return change_abort(cx);
    }
    return change_commit(cx, AUDIT_NONE);
}
