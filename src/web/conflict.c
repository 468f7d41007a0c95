/* SPDX-License-Identifier: ISC */
#include "web/conflict.h"

#include "core/access.h"
#include "core/audit.h"

#include <inttypes.h>

bool
conflict_met(const struct req *req)
{
    const struct err *e = req->failed;
    return e && e->reason && str_is(STR("stale"), e->reason);
}

void
conflict_version(struct val *view, const struct req *req, int64_t version)
{
    val_put_null(view, "conflict");
    if (req->failed && !conflict_met(req))
        val_put_str(view, "seen_version", form_get(&req->form, "version"));
    else
        val_put_fmt(view, "seen_version", "%" PRId64, version);
}

struct val *
conflict_begin(struct cx *cx, struct val *view, const char *what,
    struct str object_id, int64_t saved_s, struct str fresh_href)
{
    struct audit_filter f = { .object = object_id, .most = 1 };
    struct str who = STR("Somebody");
    struct audit *last;
    size_t n;
    bool more;
    if (access_has(cx, RIGHT_AUDIT_ALL) &&
        !audit_list(cx, &f, &last, &n, &more) && n) {
        who = last->actor_name;
        saved_s = last->at_s;
    }
    err_init(&cx->err, cx->arena); /* the page does without a name, too */
    struct val *c = val_put_map(view, "conflict");
    val_put_cstr(c, "what", what);
    val_put_str(c, "who", who);
    view_time(cx, c, "when", "when_at", saved_s);
    val_put_str(c, "fresh_href", fresh_href);
    return val_put_list(c, "rows");
}

void
conflict_row(struct val *rows, const char *label, struct str theirs,
    struct str yours)
{
    if (str_eq(theirs, yours))
        return;
    struct val *row = val_add_map(rows);
    val_put_cstr(row, "label", label);
    val_put_str(row, "theirs", theirs.n ? theirs : STR("(empty)"));
    val_put_str(row, "yours", yours.n ? yours : STR("(empty)"));
}
