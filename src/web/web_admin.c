/* SPDX-License-Identifier: ISC */
/* For who operates the installation: health, what is stuck, versions. */
#include "web/admin.h"

#include "core/backup.h"
#include "core/notice.h"
#include "core/operator.h"
#include "core/stuck.h"
#include "text/money.h"
#include "text/when.h"
#include "web/mail_words.h"
#include "web/pages.h"
#include "web/view.h"
#include "web/web.h"

#define HERE "/admin"
#define MAIL "/admin/mail"

/* ---- health ---- */

/* "812 KiB", "12.4 MiB", "3.1 GiB" */
static struct str
size_words(struct arena *a, int64_t bytes)
{
    static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
    double n = (double)bytes / 1024;
    size_t u = 0;
    while (n >= 1024 && u + 1 < COUNT_OF(units)) {
        n /= 1024;
        u++;
    }
    return arena_fmt(a, u ? "%.1f %s" : "%.0f %s", n, units[u]);
}

/* How findings are shown, the worst first. */
static const struct {
    const char *state, *word, *mark;
} states[] = {
    { "wrong", "Wrong", "bad" },
    { "warning", "Look at it", "warn" },
    { "unseen", "Not seen", "off" },
    { "ok", "Well", "ok" },
};

/* A capital letter for a finding that begins with a plain word; paths and
 * addresses stay. */
static struct str
sentence(struct arena *a, struct str s)
{
    size_t n = 0;
    while (n < s.n && s.p[n] >= 'a' && s.p[n] <= 'z')
        n++;
    if (n == 0 || (n < s.n && s.p[n] != ' ' && s.p[n] != '-'))
        return s;
    return arena_fmt(a, "%c%.*s", s.p[0] - 'a' + 'A',
        STR_ARG(str_from(s, 1)));
}

/* Returns how many there are in this state. */
static size_t
put_state(struct arena *a, struct val *rows, const struct val *findings,
    size_t s)
{
    size_t n = 0;
    for (size_t i = 0; i < findings->u.list.n; i++) {
        const struct val *one = findings->u.list.items[i];
        if (!str_is(val_text(val_get_cstr(one, "state")), states[s].state))
            continue;
        struct val *row = val_add_map(rows);
        struct str what = val_text(val_get_cstr(one, "what"));
        val_put_str(row, "what", sentence(a, what));
        val_put_str(row, "says",
            sentence(a, val_text(val_get_cstr(one, "says"))));
        view_text_or_null(row, "href",
            str_starts(what, STR("stuck ")) ? STR(MAIL) : STR(""));
        val_put_cstr(row, "word", states[s].word);
        val_put_cstr(row, "mark", states[s].mark);
        n++;
    }
    return n;
}

static void
put_findings(struct cx *cx, struct val *view, const struct val *findings)
{
    enum { WRONG, WARNING };
    size_t n[COUNT_OF(states)];
    struct val *rows = val_put_list(view, "findings");
    for (size_t s = 0; s < COUNT_OF(states); s++)
        n[s] = put_state(cx->arena, rows, findings, s);
    val_put_bool(view, "well", n[WRONG] + n[WARNING] == 0);
    val_put_bool(view, "wrong", n[WRONG] > 0);
    struct str wrong = n[WRONG] == 0
        ? STR("Nothing is wrong")
        : arena_fmt(cx->arena, "%zu %s wrong", n[WRONG],
              n[WRONG] == 1 ? "thing is" : "things are");
    val_put_str(view, "sum", n[WARNING]
            ? arena_fmt(cx->arena, "%.*s, %zu to look at", STR_ARG(wrong),
                  n[WARNING])
            : wrong);
}

static void
put_tiles(struct cx *cx, struct val *view, int64_t began_s)
{
    struct arena *a = cx->arena;
    struct store_sizes sizes;
    int64_t backup_s = 0;
    struct val *tiles = val_put_list(view, "tiles");
    store_sizes(cx->store, &sizes);
    /* what cannot be read stands among the findings */
    if (backup_last(cx, &backup_s))
        err_init(&cx->err, a);
    view_tile(tiles, "Last backup",
        backup_s ? when_ago(a, backup_s, cx->now_s) : STR("Never"),
        backup_s ? when_long(a, backup_s) : STR(""), STR(""));
    view_tile(tiles, "Database", size_words(a, sizes.database),
        arena_fmt(a, "and %.*s in its write-ahead log",
            STR_ARG(size_words(a, sizes.wal))), STR(""));
    view_tile(tiles, "Free on its disk", size_words(a, sizes.disk_free),
        STR(""), STR(""));
    view_tile(tiles, "Server started",
        began_s ? when_ago(a, began_s, cx->now_s) : STR("CGI"),
        began_s ? when_long(a, began_s) : STR("each request for itself"),
        STR(""));
}

static void
put_jobs(struct cx *cx, struct val *view, const struct admin_health *h)
{
    val_put_bool(view, "jobs_known", h->began_s != 0);
    struct val *rows = val_put_list(view, "jobs");
    for (size_t i = 0; i < h->n_jobs && h->began_s; i++) {
        const struct admin_job *j = &h->jobs[i];
        struct val *row = val_add_map(rows);
        val_put_cstr(row, "what", j->words);
        val_put_bool(row, "fails", j->failed_s > j->done_s ||
                (j->failed_s && j->failed_s == cx->now_s));
        view_time(cx, row, "done", "done_at", j->done_s);
        view_time(cx, row, "failed", "failed_at", j->failed_s);
    }
}

static void
put_fact(struct val *facts, const char *label, struct str words)
{
    struct val *row = val_add_map(facts);
    val_put_cstr(row, "label", label);
    val_put_str(row, "words", words);
}

static void
put_counts(struct cx *cx, struct val *view, const struct operation_counts *n)
{
    struct arena *a = cx->arena;
    struct val *facts = val_put_list(view, "counts");
    put_fact(facts, "Workspaces", count_show(a, n->workspaces));
    put_fact(facts, "People", count_show(a, n->people));
    put_fact(facts, "Sessions now", count_show(a, n->sessions));
    put_fact(facts, "Keys, also ended ones", count_show(a, n->keys));
    put_fact(facts, "Webhooks", count_show(a, n->webhooks));
    put_fact(facts, "Calls kept, at most", count_show(a, n->calls));
}

enum err_code
web_admin(struct cx *cx, const struct req *req, struct res *res,
    const struct admin_health *h)
{
    struct operation_counts n;
    struct val *view = view_new(cx, req);
    if (operator_counts(cx, &n) &&
        !view_load_failed(cx, res, view, STR(HERE)))
        return cx->err.code;
    val_put_str(view, "here", STR(HERE));
    put_findings(cx, view, h->findings);
    put_tiles(cx, view, h->began_s);
    put_jobs(cx, view, h);
    put_counts(cx, view, &n);
    res_page(res, "admin/view", view);
    return ERR_OK;
}

/* ---- what is stuck ---- */

/* Where an event goes: scheme and host, as what follows may be a secret. */
static struct str
origin(struct str url)
{
    size_t slashes = 0, n = 0;
    while (n < url.n && (slashes += url.p[n] == '/') < 3)
        n++;
    return str_head(url, n);
}

static void
put_stuck(struct cx *cx, struct val *row, const struct outbox_stuck *s)
{
    const struct outbox *m = &s->message;
    val_put_str(row, "to", m->webhook_id ? origin(s->url) : m->recipient);
    val_put_cstr(row, "what", notice_words(m->kind));
    val_put_bool(row, "hook", m->webhook_id != 0);
    view_text_or_null(row, "workspace", s->workspace);
    view_time(cx, row, "made", "made_at", m->made_s);
    val_put_str(row, "tries", view_tries(cx->arena, m->tries));
    val_put_str(row, "problem", m->problem);
    val_put_bool(row, "given_up", m->state == OUTBOX_GIVEN_UP);
    val_put_bool(row, "sending", m->state == OUTBOX_SENDING);
    view_time(cx, row, "next", "next_at",
        m->state == OUTBOX_WAITING ? m->due_s : 0);
    val_put_fmt(row, "href", MAIL "/%.*s", STR_ARG(m->uuid));
}

enum err_code
web_admin_mail(struct cx *cx, const struct req *req, struct res *res)
{
    struct outbox_stuck *all = NULL;
    size_t n = 0;
    bool more = false;
    int64_t before;
    if (!str_int(req_query(req, "before"), &before) || before < 0)
        before = 0;
    struct val *view = view_new(cx, req);
    if (stuck_list(cx, before, &all, &n, &more) &&
        !view_load_failed(cx, res, view, STR(MAIL)))
        return cx->err.code;
    val_put_str(view, "here", STR(MAIL));
    val_put_bool(view, "mailed", notice_mailed(cx));
    val_put_str(view, "email", cx->actor.user.email);
    val_put_bool(view, "none", n == 0);
    struct val *list = val_put_list(view, "stuck");
    for (size_t i = 0; i < n; i++)
        put_stuck(cx, val_add_map(list), &all[i]);
    view_pager(cx, view, STR(MAIL), before, n, more,
        n ? all[n - 1].message.id : 0, "message");
    res_page(res, "admin/mail", view);
    return ERR_OK;
}

enum err_code
web_admin_mail_test(struct cx *cx, const struct req *req, struct res *res)
{
    if (operator_mail_test(cx))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_MAIL_TESTED, STR(MAIL));
}

enum err_code
web_admin_mail_again(struct cx *cx, const struct req *req, struct res *res)
{
    if (stuck_again(cx, req_param(req, "id")))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_SENT_AGAIN, STR(MAIL));
}

enum err_code
web_admin_mail_drop_form(struct cx *cx, const struct req *req,
    struct res *res)
{
    struct outbox_stuck s;
    if (stuck_get(cx, req_param(req, "id"), &s))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_stuck(cx, val_put_map(view, "item"), &s);
    res_page(res, "admin/drop", view);
    return ERR_OK;
}

enum err_code
web_admin_mail_drop(struct cx *cx, const struct req *req, struct res *res)
{
    if (stuck_drop(cx, req_param(req, "id")))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_MESSAGE_DROPPED, STR(MAIL));
}

/* ---- about ---- */

static void
put_lines(struct val *view, const char *name, const struct admin_line *lines,
    size_t n)
{
    struct val *rows = val_put_list(view, name);
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(rows);
        val_put_str(row, "section", lines[i].section);
        val_put_str(row, "name", lines[i].name);
        view_text_or_null(row, "value", lines[i].value);
        view_text_or_null(row, "note", lines[i].note);
    }
}

enum err_code
web_admin_about(struct cx *cx, const struct req *req, struct res *res,
    const struct admin_about *about)
{
    if (operator_need(cx))
        return cx->err.code;
    struct val *view = view_new(cx, req);
    put_lines(view, "parts", about->parts, about->n_parts);
    put_lines(view, "settings", about->settings, about->n_settings);
    val_put_str(view, "public_key", about->public_key);
    res_page(res, "admin/about", view);
    return ERR_OK;
}
