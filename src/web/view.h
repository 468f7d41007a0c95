/* SPDX-License-Identifier: ISC */
#ifndef WEB_VIEW_H
#define WEB_VIEW_H

/* Filling views: what all pages share, and form fields. */

#include "core/cx.h"
#include "http/req.h"
#include "http/res.h"
#include "text/val.h"

/*
 * view_new -- a view with what the layout asks for: user, ws, nav, frozen, failed,
 * errors (filled by form_done), title_note; and load_failed, false.  The
 * dispatcher adds the rest
 * (product, asset, csrf, flash, ...).
 */
struct val *view_new(struct cx *cx, const struct req *req);

/*
 * view_log_fault -- a failure that the page gets over (store busy or full, our
 * own fault) goes to the log; false: it is none of these.
 * object: what it happened to; may be empty
 */
bool view_log_fault(struct cx *cx, const char *event, struct str object);

/*
 * view_load_failed -- did a list fail to load (store busy, or broken)?  Then
 * the error goes to the log, the answer becomes a 503, and the view says so;
 * `here` is the address to try again.  Other errors stay: false.
 */
bool view_load_failed(struct cx *cx, struct res *res, struct val *view,
    struct str here);

/* view_path -- "/w/acme" + rest; request lifetime. */
struct str view_path(struct cx *cx, const char *rest);

/* view_address -- path and query; pairs without a value are left out. */
struct str view_address(struct cx *cx, struct str path,
    const struct pairs *query);

/* view_time -- NAME "2 hours ago" and NAME_at "2026-...Z"; null when s is 0.
 * `at_name` is a literal. */
void view_time(struct cx *cx, struct val *v, const char *name,
    const char *at_name, int64_t s);

/*
 * view_day -- the first second of a day that an address names, or 0.  A text
 * that is no date gets a message at `name` (a literal) in *wrong, and is
 * emptied, since browsers complain about such values.
 */
int64_t view_day(struct err *wrong, const char *name, struct str *text);

/* view_text_or_null -- null when the text is empty. */
void view_text_or_null(struct val *v, const char *name, struct str s);

/*
 * view_meter -- map w, hi for a bar; null when there is nothing to divide by.
 */
void view_meter(struct val *v, const char *name, int64_t used, int64_t of);

/*
 * view_pager -- view.pager of a list that is read on with ?before=ID: how many
 * lines are on this page, back to the first one, on to older ones; null when
 * one page holds all.
 * here    its address, with the query of its filters
 * before  of this page, 0: the first; last: id of its last line
 * noun    "message"
 */
void view_pager(struct cx *cx, struct val *view, struct str here,
    int64_t before, size_t n, bool more, int64_t last, const char *noun);

/* view_tries -- "1 try", "3 tries". */
struct str view_tries(struct arena *a, int64_t n);

/*
 * view_tile -- one figure for part/tile; `label` is a literal.
 * sub   what stands below it; href: where it leads; both may be empty
 */
void view_tile(struct val *tiles, const char *label, struct str figure,
    struct str sub, struct str href);

/*
 * A form that is being shown: values come from the post that failed (or was
 * kept over a sign-in), else from the defaults given; messages from
 * req->failed.  Ends with form_done().
 */
struct form {
    struct cx *cx;
    const struct req *req;
    struct val *view;
    struct val *f;      /* view.f */
    struct val *errors; /* view.errors, in the order of the form */
    uint32_t shown;     /* which of req->failed->fields were placed */
};

void form_begin(struct form *fm, struct cx *cx, const struct req *req,
    struct val *view);

/* form_posted -- are the values those of a post? */
bool form_posted(const struct form *fm);

/* form_text -- one field; name is a literal. `value` is the default. */
void form_text(struct form *fm, const char *name, struct str value);

/* form_secret -- a field whose value is never shown again. */
void form_secret(struct form *fm, const char *name);

/* form_absent -- f.NAME is null: this form does not have it now. */
void form_absent(struct form *fm, const char *name);

/*
 * form_choice -- a field with options; add them with form_option().
 * Returns f.NAME; chosen: value of the default option.
 */
struct val *form_choice(struct form *fm, const char *name);
/* checked: by default; the post wins.  hint may be empty. */
void form_option(struct form *fm, struct val *field, struct str value,
    struct str label, struct str hint, bool checked);

/* form_done -- close: messages without a place in the form come last. */
void form_done(struct form *fm);

#endif
