/* SPDX-License-Identifier: ISC */
/* What the console can do and no compatible family has a call for: the
 * workspace, its limits, members and audit log. */
#include "api/api.h"
#include "api/left.h"
#include "api/page.h"
#include "api/part.h"
#include "core/audit.h"
#include "core/invite.h"
#include "core/limit.h"
#include "core/service.h"
#include "core/workspace.h"
#include "text/json.h"
#include "text/when.h"

static void
put_time(struct cx *cx, struct val *v, const char *name, int64_t at_s)
{
    if (at_s)
        val_put_str(v, name, when_rfc3339(cx->arena, at_s));
    else
        val_put_null(v, name);
}

enum err_code
api_workspace(struct cx *cx, const struct req *req, struct res *res)
{
    const struct workspace *w = &cx->ws;
    if (query_known(cx, req, NULL))
        return cx->err.code;
    struct val *v = val_map(cx->arena);
    val_put_str(v, "id", w->uuid);
    val_put_str(v, "slug", w->slug);
    val_put_str(v, "name", w->name);
    val_put_bool(v, "personal", w->personal);
    val_put_int(v, "key_limit", w->key_max);
    put_time(cx, v, "created_at", w->created_s);
    res_json(res, 200, v);
    return ERR_OK;
}

/* ---- limits ---- */

/* The key of the path, empty for the workspace's own. */
static struct str
key_of(const struct req *req)
{
    return req->n_params ? req_param(req, "prefix") : STR("");
}

enum err_code
api_limits(struct cx *cx, const struct req *req, struct res *res)
{
    struct limits all;
    if (query_known(cx, req, NULL) || limit_list(cx, key_of(req), &all))
        return cx->err.code;
    struct val *v = val_map(cx->arena), *list = val_put_list(v, "data");
    for (size_t i = 0; i < all.n; i++)
        left_rule(cx, val_add_map(list), &all.items[i],
            all.items[i].model_uuid);
    res_json(res, 200, v);
    return ERR_OK;
}

enum err_code
api_limit_set(struct cx *cx, const struct req *req, struct res *res)
{
    if (query_known(cx, req, NULL) || limit_set(cx, key_of(req), req->input))
        return cx->err.code;
    return api_limits(cx, req, res);
}

/* ---- members ---- */

enum err_code
api_members(struct cx *cx, const struct req *req, struct res *res)
{
    struct member *members;
    struct page p;
    size_t n;
    if (page_read(cx, req, "members", NULL, &p))
        return cx->err.code;
    struct member_page some = { .after = p.after, .most = p.most };
    if (member_page(cx, &some, &members, &n))
        return cx->err.code;
    struct val *v = val_map(cx->arena), *list = val_put_list(v, "data");
    for (size_t i = 0; i < n; i++) {
        struct val *m = val_add_map(list);
        val_put_str(m, "id", members[i].uuid);
        val_put_str(m, "email", members[i].email);
        val_put_str(m, "name", members[i].name);
        val_put_cstr(m, "role", role_name(members[i].role));
        val_put_bool(m, "disabled", members[i].disabled);
        val_put_bool(m, "second_factor", members[i].second_factor);
        val_put_int(m, "live_keys", members[i].n_keys);
        put_time(cx, m, "joined_at", members[i].created_s);
    }
    page_put(cx, v, &p, some.more ? members[n - 1].user_id : 0);
    res_json(res, 200, v);
    return ERR_OK;
}

/* ---- who is invited, service accounts: changing them takes a person ---- */

enum err_code
api_invites(struct cx *cx, const struct req *req, struct res *res)
{
    struct invite *all;
    size_t n;
    if (query_known(cx, req, NULL) || invite_list(cx, &all, &n))
        return cx->err.code;
    struct val *v = val_map(cx->arena), *list = val_put_list(v, "data");
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(list);
        val_put_str(row, "id", all[i].uuid);
        val_put_str(row, "email", all[i].email);
        val_put_cstr(row, "role", role_name(all[i].role));
        val_put_str(row, "invited_by", all[i].by_name);
        put_time(cx, row, "created_at", all[i].created_s);
        put_time(cx, row, "ends_at", all[i].ends_s);
    }
    res_json(res, 200, v);
    return ERR_OK;
}

enum err_code
api_services(struct cx *cx, const struct req *req, struct res *res)
{
    struct service_account *all;
    size_t n;
    if (query_known(cx, req, NULL) || service_page(cx, &all, &n))
        return cx->err.code;
    struct val *v = val_map(cx->arena), *list = val_put_list(v, "data");
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(list);
        val_put_str(row, "id", all[i].uuid);
        val_put_str(row, "name", all[i].name);
        val_put_int(row, "live_keys", all[i].n_keys);
        put_time(cx, row, "created_at", all[i].created_s);
    }
    res_json(res, 200, v);
    return ERR_OK;
}

/* ---- the audit log ---- */

static void
put_audit(struct cx *cx, struct val *v, const struct audit *a)
{
    struct err unread;
    struct val *details;
    err_init(&unread, cx->arena);
    val_put_int(v, "seq", a->seq);
    put_time(cx, v, "at", a->at_s);
    struct val *actor = val_put_map(v, "actor");
    val_put_str(actor, "kind", a->actor_kind);
    val_put_str(actor, "id", a->actor_id);
    val_put_str(actor, "name", a->actor_name);
    val_put_str(v, "action", a->action);
    struct val *object = val_put_map(v, "object");
    val_put_str(object, "kind", a->object_kind);
    val_put_str(object, "id", a->object_id);
    val_put_str(object, "name", a->object_name);
    if (json_read(cx->arena, a->details, &details, &unread))
        details = val_map(cx->arena); /* a row that was tampered with */
    val_put(v, "details", details);
    val_put_str(v, "address", a->address);
    val_put_str(v, "request_id", a->request_id);
}

enum err_code
api_audit(struct cx *cx, const struct req *req, struct res *res)
{
    static const char *const names[] = { "action", "object", "actor", NULL };
    struct audit_filter f = { .most = 0 };
    struct audit *rows;
    struct page p;
    size_t n;
    bool more;
    if (page_read(cx, req, "audit", names, &p) ||
        query_one(cx, req, "action", &f.action) ||
        query_one(cx, req, "object", &f.object) ||
        query_one(cx, req, "actor", &f.actor))
        return cx->err.code;
    f.most = (int)p.most;
    f.before = p.after;
    if (audit_list(cx, &f, &rows, &n, &more))
        return cx->err.code;
    struct val *v = val_map(cx->arena), *list = val_put_list(v, "data");
    for (size_t i = 0; i < n; i++)
        put_audit(cx, val_add_map(list), &rows[i]);
    page_put(cx, v, &p, more ? rows[n - 1].seq : 0);
    res_json(res, 200, v);
    return ERR_OK;
}
