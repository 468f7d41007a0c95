/* SPDX-License-Identifier: ISC */
#include "store/store_port.h"

#include "model/team.h"

static int64_t
first_id(struct q *q)
{
    return q_row(q) ? q_get_int(q, 0) : 0;
}

enum err_code
store_port_next(struct store *st, int64_t after, int64_t *id)
{
    struct q q;
    q_begin(&q, st, SQL_PORT_WORKSPACES);
    q_int(&q, "after", after);
    *id = first_id(&q);
    return q_end(&q);
}

enum err_code
store_port_workspace(struct store *st, int64_t id, bool *credits,
    int64_t *balance, struct str *person)
{
    struct q q;
    q_begin(&q, st, SQL_PORT_WORKSPACE);
    q_int(&q, "workspace", id);
    *credits = false;
    *balance = 0;
    *person = (struct str){ NULL, 0 };
    if (q_row(&q)) {
        *credits = !q_is_null(&q, 0);
        *balance = q_get_int(&q, 0);
        *person = q_get_text(&q, 1);
    }
    return q_end(&q);
}

static int
choice_of(const char *const *choices, struct str s)
{
    int i = 0;
    while (choices[i] && !str_is(s, choices[i]))
        i++;
    return choices[i] ? i : 0;
}

enum err_code
store_port_members(struct store *st, int64_t workspace_id, int64_t after,
    int most, struct port_member **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_PORT_MEMBERS);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "after", after);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q))
        (*out)[(*n)++] = (struct port_member){ .id = q_get_int(&q, 0),
            .uuid = q_get_text(&q, 1), .email = q_get_text(&q, 2),
            .name = q_get_text(&q, 3),
            .role = choice_of(role_choices, q_get_text(&q, 4)),
            .disabled = !q_is_null(&q, 5), .created = q_get_int(&q, 6) };
    return q_end(&q);
}

enum err_code
store_port_services(struct store *st, int64_t workspace_id,
    struct port_service **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), PORT_LIST_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_PORT_SERVICES);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "most", PORT_LIST_MOST);
    while (*n < PORT_LIST_MOST && q_row(&q))
        (*out)[(*n)++] = (struct port_service){ .id = q_get_int(&q, 0),
            .uuid = q_get_text(&q, 1), .name = q_get_text(&q, 2),
            .created = q_get_int(&q, 3), .removed = q_get_int(&q, 4) };
    return q_end(&q);
}

enum err_code
store_port_deployments(struct store *st, int64_t workspace_id,
    struct port_deployment **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), PORT_LIST_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_PORT_DEPLOYMENTS);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "most", PORT_LIST_MOST);
    while (*n < PORT_LIST_MOST && q_row(&q))
        (*out)[(*n)++] = (struct port_deployment){ .id = q_get_int(&q, 0),
            .uuid = q_get_text(&q, 1), .name = q_get_text(&q, 2),
            .base_url = q_get_text(&q, 3), .created = q_get_int(&q, 4),
            .removed = q_get_int(&q, 5) };
    return q_end(&q);
}

enum err_code
store_port_prices(struct store *st, int64_t model_id, struct port_price **out,
    size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), PORT_PRICES_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_PORT_PRICES);
    q_int(&q, "model", model_id);
    q_int(&q, "most", PORT_PRICES_MOST);
    while (*n < PORT_PRICES_MOST && q_row(&q))
        (*out)[(*n)++] = (struct port_price){ .from = q_get_int(&q, 0),
            .input = q_get_int(&q, 1), .output = q_get_int(&q, 2) };
    return q_end(&q);
}

/* "user:E-MAIL", "service:UUID" or nobody. */
static struct str
owner_text(struct store *st, struct str email, struct str service)
{
    if (!email.n && !service.n)
        return (struct str){ NULL, 0 };
    return arena_fmt(store_arena(st), email.n ? "user:%.*s" : "service:%.*s",
        STR_ARG(email.n ? email : service));
}

/* In the order of the statement. */
static void
read_row(struct q *q, int64_t workspace_id, struct port_row *r)
{
    struct port_key *p = &r->key;
    struct key_access *a = &r->as.access;
    int c = 0;
    *r = (struct port_row){ .as.workspace_id = workspace_id };
    p->id = r->as.id = q_get_int(q, c++);
    p->uuid = r->as.uuid = q_get_text(q, c++);
    (void)key_kind_read(q_get_text(q, c++), &r->as.kind);
    p->kind = (int)r->as.kind;
    p->prefix = r->as.prefix = q_get_text(q, c++);
    p->name = q_get_text(q, c++);
    p->note = q_get_text(q, c++);
    p->owner = owner_text(q->st, q_get_text(q, c), q_get_text(q, c + 1));
    c += 2;
    p->by = q_get_text(q, c++);
    p->created = q_get_int(q, c++);
    p->updated = q_get_int(q, c++);
    p->expires = q_get_int(q, c++);
    p->disabled = q_get_int(q, c++);
    p->disabled_by = q_get_text(q, c++);
    p->suspended = q_get_int(q, c++);
    p->suspended_why = q_get_text(q, c++);
    p->revoked = q_get_int(q, c++);
    p->revoked_by = q_get_text(q, c++);
    a->all_categories = q_get_int(q, c++) != 0;
    a->all_models = q_get_int(q, c++) != 0;
    a->all_endpoints = q_get_int(q, c++) != 0;
    a->all_networks = q_get_int(q, c++) != 0;
    a->deployment_id = q_get_int(q, c++);
    p->spend_limit = r->as.spend_limit = q_get_int_or(q, c++, -1);
    (void)spend_reset_read(q_get_text(q, c++), &r->as.spend_reset);
    p->spend_reset = (int)r->as.spend_reset;
    p->used = q_get_int(q, c++);
    p->waiting = q_get_int(q, c++) != 0;
    p->spent = q_get_int(q, c++);
}

enum err_code
store_port_keys(struct store *st, int64_t workspace_id, enum key_kind kind,
    const struct key_times *t, int64_t after, int most, struct port_row **out,
    size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_PORT_KEYS);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "kind", str_cstr(key_kind_name(kind)));
    q_int(&q, "day", t->day_s);
    q_int(&q, "week", t->week_s);
    q_int(&q, "month", t->month_s);
    q_int(&q, "after", after);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q))
        read_row(&q, workspace_id, &(*out)[(*n)++]);
    return q_end(&q);
}

/* ---- what is there already ---- */

static enum err_code
find_uuid(struct store *st, enum sql which, struct str uuid, int64_t *id)
{
    struct q q;
    q_begin(&q, st, which);
    q_text(&q, "uuid", uuid);
    *id = first_id(&q);
    return q_end(&q);
}

enum err_code
store_port_find_workspace(struct store *st, struct str uuid, int64_t *id)
{
    return find_uuid(st, SQL_PORT_FIND_WORKSPACE, uuid, id);
}

enum err_code
store_port_find_user(struct store *st, struct str uuid, int64_t *id)
{
    return find_uuid(st, SQL_PORT_FIND_USER, uuid, id);
}

enum err_code
store_port_find_key(struct store *st, struct str uuid, int64_t *workspace_id)
{
    return find_uuid(st, SQL_PORT_FIND_KEY, uuid, workspace_id);
}

enum err_code
store_port_find_service(struct store *st, int64_t workspace_id,
    struct str uuid, int64_t *id)
{
    struct q q;
    q_begin(&q, st, SQL_PORT_FIND_SERVICE);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "uuid", uuid);
    *id = first_id(&q);
    return q_end(&q);
}

static enum err_code
find_name(struct store *st, enum sql which, int64_t workspace_id,
    struct str name, int64_t *id, struct str *uuid)
{
    struct q q;
    *id = 0;
    *uuid = (struct str){ NULL, 0 };
    q_begin(&q, st, which);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "name", name);
    if (q_row(&q)) {
        *id = q_get_int(&q, 0);
        *uuid = q_get_text(&q, 1);
    }
    return q_end(&q);
}

enum err_code
store_port_find_service_name(struct store *st, int64_t workspace_id,
    struct str name, int64_t *id, struct str *uuid)
{
    return find_name(st, SQL_PORT_FIND_SERVICE_NAME, workspace_id, name, id,
        uuid);
}

enum err_code
store_port_find_model(struct store *st, int64_t workspace_id, struct str name,
    int64_t *id, struct str *uuid)
{
    return find_name(st, SQL_PORT_FIND_MODEL, workspace_id, name, id, uuid);
}

enum err_code
store_port_personal(struct store *st, int64_t user_id, bool *is)
{
    struct q q;
    q_begin(&q, st, SQL_PORT_PERSONAL);
    q_int(&q, "user", user_id);
    *is = q_row(&q);
    return q_end(&q);
}

/* ---- writing ---- */

enum err_code
store_port_user_disable(struct store *st, int64_t id, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_PORT_USER_DISABLE);
    q_int(&q, "id", id);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_port_service_remove(struct store *st, int64_t workspace_id, int64_t id,
    int64_t at_s)
{
    struct q q;
    q_begin(&q, st, SQL_PORT_SERVICE_REMOVE);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "id", id);
    q_int(&q, "at", at_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_port_price_add(struct store *st, int64_t model_id,
    const struct port_price *p)
{
    struct q q;
    q_begin(&q, st, SQL_PORT_PRICE_ADD);
    q_int(&q, "model", model_id);
    q_int(&q, "from", p->from);
    q_int(&q, "input", p->input);
    q_int(&q, "output", p->output);
    return q_run(&q);
}

static void
bind_state(struct q *q, const struct port_key *p)
{
    q_int(q, "created", p->created);
    q_int(q, "updated", p->updated);
    q_id_or_null(q, "expires", p->expires);
    q_id_or_null(q, "disabled", p->disabled);
    q_text_or_null(q, "disabled_by", p->disabled_by);
    q_id_or_null(q, "suspended", p->suspended);
    q_text_or_null(q, "suspended_why", p->suspended_why);
    q_id_or_null(q, "revoked", p->revoked);
    q_text_or_null(q, "revoked_by", p->revoked_by);
    q_id_or_null(q, "used", p->used);
    q_id_or_null(q, "claim_ends", p->waiting ? p->created : 0);
}

enum err_code
store_port_key_insert(struct store *st, const struct port_key *p,
    struct key *k)
{
    const struct key_access *a = &k->access;
    struct q q;
    q_begin(&q, st, SQL_PORT_KEY_INSERT);
    q_text(&q, "uuid", p->uuid);
    q_int(&q, "workspace", k->workspace_id);
    q_text(&q, "kind", str_cstr(key_kind_name((enum key_kind)p->kind)));
    q_text(&q, "prefix", p->prefix);
    q_text(&q, "name", p->name);
    q_text(&q, "note", p->note);
    q_id_or_null(&q, "owner_user", k->owner_user_id);
    q_id_or_null(&q, "owner_service", k->owner_service_id);
    q_text(&q, "by_name", p->by);
    bind_state(&q, p);
    q_int(&q, "all_categories", a->all_categories);
    q_int(&q, "all_models", a->all_models);
    q_int(&q, "all_endpoints", a->all_endpoints);
    q_int(&q, "all_networks", a->all_networks);
    q_id_or_null(&q, "deployment", a->deployment_id);
    q_int_or_null(&q, "spend_limit", p->spend_limit);
    q_text(&q, "spend_reset",
        str_cstr(spend_reset_name((enum spend_reset)p->spend_reset)));
    enum err_code code = q_run(&q);
    k->id = q_last_id(&q);
    return code;
}

enum err_code
store_port_spend(struct store *st, int64_t key_id, int64_t start_s,
    int64_t spent)
{
    struct q q;
    q_begin(&q, st, SQL_PORT_SPEND);
    q_int(&q, "key", key_id);
    q_int(&q, "start", start_s);
    q_int(&q, "spent", spent);
    return q_run(&q);
}
