/* SPDX-License-Identifier: ISC */
/* Workspaces, and what is in them beside keys. */
#include "core/account.h"
#include "core/catalog.h"
#include "core/credit.h"
#include "core/import_row.h"
#include "core/limit.h"
#include "core/seen.h"
#include "core/workspace.h"
#include "model/team.h"
#include "secret/random.h"
#include "store/store_catalog.h"
#include "store/store_limit.h"
#include "store/store_team.h"
#include "store/store_user.h"
#include "store/store_workspace.h"
#include "text/money.h"
#include "text/url.h"
#include "text/when.h"

/* Is it a UUID, and did none of its kind have it before? */
static bool
id_fits(struct import *im, const char *kind, struct str uuid)
{
    if (!port_uuid(uuid))
        import_wrong(im, "uuid is not one");
    else if (!seen_add(im->seen, kind, STR(""), uuid))
        import_wrong(im, "the id of this %s came before", kind);
    else
        return true;
    return false;
}

/* Rows of a workspace come after it. */
static bool
is_inside(struct import *im)
{
    if (!im->into)
        import_wrong(im, "no workspace came before this");
    return im->into;
}

/* ---- workspace ---- */

static bool
slug_fits(struct str s)
{
    bool ok = s.n > 0;
    for (size_t i = 0; i < s.n; i++)
        ok = ok && ((s.p[i] >= 'a' && s.p[i] <= 'z') ||
            (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-');
    return ok;
}

/* One person has one personal workspace. */
static enum err_code
is_second(struct import *im, const struct port_workspace *w, bool *second)
{
    struct user u = { 0 };
    *second = false;
    if (!w->personal)
        return ERR_OK;
    if (store_user_by_email(im->cx->store, w->person, &u))
        return im->cx->err.code;
    return u.id ? store_port_personal(im->cx->store, u.id, second) : ERR_OK;
}

static void
fill_workspace(const struct port_workspace *w, struct workspace *out)
{
    *out = (struct workspace){ .uuid = w->uuid, .slug = w->slug,
        .name = w->name, .personal = w->personal, .demo = w->demo,
        .key_max = w->key_max, .key_life_max_s = w->life_max_s,
        .key_life_default_s = w->life_default_s,
        .reserve_releases = w->reserve_ends == RESERVE_RELEASE,
        .event_months = w->event_months,
        .leaver_passes = w->owner_leaves == LEAVER_PASS,
        .second_factor = (enum factor_rule)w->second_factor,
        .frozen_s = w->frozen, .frozen_until_s = w->frozen_until,
        .frozen_why = w->frozen_why, .frozen_by = w->frozen_by,
        .deleted_s = w->deleted, .created_s = w->created, .version = 1, .role = ROLE_OWNER };
}

static enum err_code
make_workspace(struct import *im, const struct port_workspace *w,
    struct workspace *made)
{
    struct cx *cx = im->cx;
    bool changed;
    im->ws = (struct workspace){ 0 };
    if (import_open(im) ||
        store_workspace_insert(cx->store, made, w->created) ||
        store_workspace_set_settings(cx->store, made, cx->now_s, &changed) ||
        (made->frozen_s && store_workspace_freeze(cx->store, made)) ||
        (made->deleted_s && store_workspace_set_deleted(cx->store, made->id,
            made->deleted_s)) ||
        store_workspace_by_id(cx->store, made->id, 0, &cx->ws))
        return cx->err.code;
    if (field_has(port_workspace_fields, &w->set, "credits") &&
        credit_bring(cx, w->credits))
        return cx->err.code;
    import_enter(im, &cx->ws);
    struct val *details = val_map(cx->arena);
    if (field_has(port_workspace_fields, &w->set, "credits"))
        val_put_str(details, "credits", money_plain(cx->arena, w->credits));
    struct audit_event event = { "workspace.import", "workspace", made->slug,
        made->name, details };
    return import_close(im, PORT_WORKSPACE, &event);
}

/* It is new: its address, and whose it is. */
static enum err_code
new_workspace(struct import *im, const struct port_workspace *w)
{
    struct workspace made;
    bool taken, second;
    fill_workspace(w, &made);
    if (store_workspace_slug_taken(im->cx->store, w->slug, &taken) ||
        is_second(im, w, &second))
        return im->cx->err.code;
    if (taken)
        import_note(im, "the address %.*s is taken: workspace %.*s gets "
            "another", STR_ARG(w->slug), STR_ARG(w->name));
    if (second) {
        import_note(im, "%.*s has a personal workspace: %.*s becomes a team",
            STR_ARG(w->person), STR_ARG(w->name));
        made.personal = false;
    }
    if (taken && im->writing &&
        workspace_free_slug(im->cx, w->name, &made.slug))
        return im->cx->err.code;
    if (im->writing)
        return make_workspace(im, w, &made);
    im->counts->made[PORT_WORKSPACE]++;
    import_enter(im, &made);
    return ERR_OK;
}

enum err_code
import_workspace(struct import *im, const struct port_workspace *w)
{
    struct cx *cx = im->cx;
    int64_t id;
    im->skipped = im->only && !str_is(w->slug, im->only);
    im->into = true;
    if (!import_begin_row(im))
        return ERR_OK;
    im->found = true;
    if (!slug_fits(w->slug))
        import_wrong(im, "slug may have small letters, digits and hyphens");
    if (w->deleted && (!w->frozen || w->frozen_until))
        import_wrong(im, "what is deleted is frozen, without an end");
    if (!seen_add(im->seen, "slug", STR(""), w->slug))
        import_wrong(im, "two workspaces have the slug %.*s",
            STR_ARG(w->slug));
    if (!id_fits(im, "workspace", w->uuid))
        return ERR_OK;
    if (store_port_find_workspace(cx->store, w->uuid, &id))
        return cx->err.code;
    if (!id)
        return new_workspace(im, w);
    import_there(im, PORT_WORKSPACE, "workspace %.*s", STR_ARG(w->slug));
    if (store_workspace_by_id(cx->store, id, 0, &cx->ws))
        return cx->err.code;
    if (!w->deleted && cx->ws.deleted_s)
        import_wrong(im, "workspace %.*s is deleted here: restore it first",
            STR_ARG(w->slug));
    import_enter(im, &cx->ws);
    return ERR_OK;
}

/* ---- members ---- */

/* The person of this address, made when there is none. */
static enum err_code
make_person(struct import *im, const struct port_member *m, struct user *u)
{
    struct cx *cx = im->cx;
    int64_t taken;
    if (u->id)
        return ERR_OK;
    if (store_port_find_user(cx->store, m->uuid, &taken))
        return cx->err.code;
    *u = (struct user){ .email = str_lower(cx->arena, m->email),
        .name = m->name,
        .uuid = taken ? random_uuid(cx->arena, cx->now_s * 1000) : m->uuid };
    if (store_user_insert(cx->store, u, cx->now_s) ||
        (m->disabled && store_port_user_disable(cx->store, u->id, cx->now_s)))
        return cx->err.code;
    return ERR_OK;
}

static enum err_code
make_member(struct import *im, const struct port_member *m, struct user *u)
{
    struct cx *cx = im->cx;
    bool made = !u->id;
    if (import_open(im) || make_person(im, m, u) ||
        store_member_insert(cx->store, im->ws.id, u->id,
            role_choice(m->role), m->created))
        return cx->err.code;
    struct val *details = val_map(cx->arena);
    val_put_cstr(details, "role", role_choices[m->role]);
    val_put_bool(details, "account_made", made);
    struct audit_event event = { "member.import", "user", u->uuid, u->email,
        details };
    return import_close(im, PORT_MEMBER, &event);
}

enum err_code
import_member(struct import *im, const struct port_member *m)
{
    struct cx *cx = im->cx;
    struct user u = { 0 };
    bool is = false;
    struct str email = str_lower(im->a, m->email);
    if (!is_inside(im) || !import_begin_row(im))
        return ERR_OK;
    if (!port_uuid(m->uuid))
        import_wrong(im, "uuid is not one");
    if (!email_looks_right(email))
        import_wrong(im, "email is no address");
    else if (!seen_add(im->seen, "member", im->ws.uuid, email))
        import_wrong(im, "%.*s is there twice", STR_ARG(email));
    if (im->counts->wrong)
        return ERR_OK;
    if (store_user_by_email(cx->store, email, &u) ||
        (im->ws.id && store_member_is(cx->store, im->ws.id, email, &is)))
        return cx->err.code;
    if (is) {
        import_there(im, PORT_MEMBER, "member %.*s", STR_ARG(email));
        return ERR_OK;
    }
    if (im->writing)
        return make_member(im, m, &u);
    im->counts->made[PORT_MEMBER]++;
    return ERR_OK;
}

/* ---- service accounts ---- */

static enum err_code
make_service(struct import *im, const struct port_service *s)
{
    struct cx *cx = im->cx;
    struct service_account made = { .uuid = s->uuid, .name = s->name };
    if (import_open(im) ||
        store_service_insert(cx->store, im->ws.id, 0, &made, s->created) ||
        (s->removed && store_port_service_remove(cx->store, im->ws.id,
            made.id, s->removed)))
        return cx->err.code;
    struct audit_event event = { "service.import", "service_account",
        made.uuid, made.name, NULL };
    return import_close(im, PORT_SERVICE, &event);
}

enum err_code
import_service(struct import *im, const struct port_service *s)
{
    struct cx *cx = im->cx;
    int64_t id = 0, other = 0;
    struct str uuid;
    if (!is_inside(im) || !import_begin_row(im) ||
        !id_fits(im, "service account", s->uuid))
        return ERR_OK;
    (void)seen_add(im->seen, "service", im->ws.uuid, s->uuid);
    if (!s->removed &&
        !seen_add(im->seen, "service name", im->ws.uuid, s->name))
        import_wrong(im, "two service accounts are called %.*s",
            STR_ARG(s->name));
    if (im->ws.id &&
        (store_port_find_service(cx->store, im->ws.id, s->uuid, &id) ||
            store_port_find_service_name(cx->store, im->ws.id, s->name,
                &other, &uuid)))
        return cx->err.code;
    if (id)
        import_there(im, PORT_SERVICE, "service account %.*s",
            STR_ARG(s->name));
    else if (other && !s->removed)
        import_wrong(im, "another service account is called %.*s",
            STR_ARG(s->name));
    else if (im->writing)
        return make_service(im, s);
    else
        im->counts->made[PORT_SERVICE]++;
    return ERR_OK;
}

/* ---- deployments ---- */

static enum err_code
make_deployment(struct import *im, const struct port_deployment *p)
{
    struct cx *cx = im->cx;
    bool changed;
    struct deployment d = { .uuid = p->uuid, .workspace_id = im->ws.id,
        .name = p->name, .base_url = p->base_url, .version = 1 };
    if (import_open(im) ||
        store_deployment_insert(cx->store, &d, p->created) ||
        (p->removed && store_deployment_remove(cx->store, &d, p->removed,
            &changed)))
        return cx->err.code;
    struct audit_event event = { "deployment.import", "deployment", d.uuid,
        d.name, NULL };
    return import_close(im, PORT_DEPLOYMENT, &event);
}

enum err_code
import_deployment(struct import *im, const struct port_deployment *p)
{
    struct cx *cx = im->cx;
    struct deployment d = { 0 };
    bool taken = false;
    if (!is_inside(im) || !import_begin_row(im) ||
        !id_fits(im, "deployment", p->uuid))
        return ERR_OK;
    (void)seen_add(im->seen, "deployment of", im->ws.uuid, p->uuid);
    if (!url_http(p->base_url))
        import_wrong(im, "base_url is no plain http or https address");
    if (!p->removed &&
        !seen_add(im->seen, "deployment name", im->ws.uuid, p->name))
        import_wrong(im, "two deployments are called %.*s", STR_ARG(p->name));
    if (im->ws.id &&
        (store_deployment_by_uuid(cx->store, im->ws.id, p->uuid, &d) ||
            store_deployment_name_taken(cx->store, im->ws.id, p->name, d.id,
                &taken)))
        return cx->err.code;
    if (d.id)
        import_there(im, PORT_DEPLOYMENT, "deployment %.*s",
            STR_ARG(p->name));
    else if (taken && !p->removed)
        import_wrong(im, "another deployment is called %.*s",
            STR_ARG(p->name));
    else if (im->writing)
        return make_deployment(im, p);
    else
        im->counts->made[PORT_DEPLOYMENT]++;
    return ERR_OK;
}

/* ---- models ---- */

static enum err_code
make_model(struct import *im, const struct port_model *p,
    const struct port_price *prices, size_t n)
{
    struct cx *cx = im->cx;
    struct ai_model m = { .uuid = p->uuid, .workspace_id = im->ws.id,
        .name = p->name, .category = p->category,
        .deployments = p->deployments };
    if (import_open(im) || store_model_insert(cx->store, &m, p->created) ||
        store_model_set_deployments(cx->store, &m))
        return cx->err.code;
    for (size_t i = 0; i < n; i++)
        if (store_port_price_add(cx->store, m.id, &prices[i]))
            return cx->err.code;
    struct val *details = val_map(cx->arena);
    val_put_int(details, "prices", (int64_t)n);
    struct audit_event event = { "model.import", "model", m.uuid, m.name,
        details };
    return import_close(im, PORT_MODEL, &event);
}

static void
check_model(struct import *im, const struct port_model *p,
    const struct port_price *prices, size_t n)
{
    if (!model_name_fits(p->name))
        import_wrong(im, "name is not like source/alias, of letters A to Z, "
            "digits and . _ : / @ + -");
    if (!key_category_known(p->category))
        import_wrong(im, "category is none");
    if (!seen_add(im->seen, "model of", im->ws.uuid, p->name))
        import_wrong(im, "two models are called %.*s", STR_ARG(p->name));
    for (size_t i = 0; i < p->deployments.n; i++)
        if (!seen_has(im->seen, "deployment of", im->ws.uuid,
                p->deployments.items[i]))
            import_wrong(im, "it names a deployment that did not come "
                "before");
    for (size_t i = 1; i < n; i++)
        if (prices[i].from <= prices[i - 1].from)
            import_wrong(im, "its prices are not in the order of time");
}

enum err_code
import_model(struct import *im, const struct port_model *p,
    const struct port_price *prices, size_t n)
{
    struct cx *cx = im->cx;
    struct ai_model m = { 0 };
    bool taken = false;
    if (!is_inside(im) || !import_begin_row(im) ||
        !id_fits(im, "model", p->uuid))
        return ERR_OK;
    check_model(im, p, prices, n);
    if (im->ws.id &&
        (store_model_by_uuid(cx->store, im->ws.id, p->uuid, cx->now_s, &m) ||
            store_model_name_taken(cx->store, im->ws.id, p->name, m.id,
                &taken)))
        return cx->err.code;
    if (m.id)
        import_there(im, PORT_MODEL, "model %.*s", STR_ARG(p->name));
    else if (taken)
        import_wrong(im, "another model is called %.*s", STR_ARG(p->name));
    else if (im->writing)
        return make_model(im, p, prices, n);
    else
        im->counts->made[PORT_MODEL]++;
    return ERR_OK;
}

enum err_code
import_model_known(struct import *im, struct str name, int64_t *id,
    struct str *uuid, bool *known)
{
    *id = 0;
    *uuid = STR("");
    if (im->ws.id &&
        store_port_find_model(im->cx->store, im->ws.id, name, id, uuid))
        return im->cx->err.code;
    *known = *id != 0 ||
        (!im->writing && seen_has(im->seen, "model of", im->ws.uuid, name));
    return ERR_OK;
}

/* ---- limits ---- */

enum err_code
import_add_limit(struct import *im, int64_t key_id,
    const struct port_limit *p)
{
    struct cx *cx = im->cx;
    struct str uuid;
    bool known;
    struct limit l = { .counts = (enum limit_counts)p->counts,
        .period = (enum limit_period)p->period, .amount = p->amount,
        .shadow = p->shadow };
    if (p->model.n &&
        import_model_known(im, p->model, &l.model_id, &uuid, &known))
        return cx->err.code;
    if (p->model.n && !l.model_id)
        return ERR_OK; /* was told */
    if (store_limit_set(cx->store, im->ws.id, key_id, &l, cx->now_s))
        return cx->err.code;
    bool goes_on = p->used && l.period != LIMIT_MINUTE &&
        p->since == limit_period_at(l.period, cx->now_s).start_s;
    return goes_on ? store_limit_take_over(cx->store, l.id, p->since, p->used)
                   : ERR_OK;
}

/* Is there a rule in its place? */
static enum err_code
limit_there(struct import *im, const struct port_limit *p, bool *there)
{
    struct limits all;
    int64_t now = im->cx->now_s;
    *there = false;
    if (!im->ws.id)
        return ERR_OK;
    if (store_limit_list(im->cx->store, im->ws.id, 0, &im->t,
            now - now % MINUTE_S, &all))
        return im->cx->err.code;
    for (size_t i = 0; i < all.n; i++)
        *there = *there || (str_eq(all.items[i].model, p->model) &&
            (int)all.items[i].counts == p->counts &&
            (int)all.items[i].period == p->period);
    return ERR_OK;
}

enum err_code
import_limit(struct import *im, const struct port_limit *p)
{
    struct str uuid;
    int64_t id;
    bool known = true, there;
    if (!is_inside(im) || !import_begin_row(im))
        return ERR_OK;
    if (p->of_key)
        import_wrong(im, "a limit of a key comes after its key");
    if ((p->model.n &&
            import_model_known(im, p->model, &id, &uuid, &known)) ||
        limit_there(im, p, &there))
        return im->cx->err.code;
    if (!known) {
        import_note(im, "a limit is left out: its model %.*s did not come "
            "before", STR_ARG(p->model));
        return ERR_OK;
    }
    if (there) {
        import_there(im, PORT_LIMIT, "a limit of workspace %.*s",
            STR_ARG(im->ws.slug));
        return ERR_OK;
    }
    if (!im->writing) {
        im->counts->made[PORT_LIMIT]++;
        return ERR_OK;
    }
    if (import_open(im) || import_add_limit(im, 0, p))
        return im->cx->err.code;
    struct audit_event event = { "limit.import", "workspace", im->ws.slug,
        im->ws.name, NULL };
    return import_close(im, PORT_LIMIT, &event);
}
