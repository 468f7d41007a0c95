/* SPDX-License-Identifier: ISC */
#include "store/store_workspace.h"

enum { LIST_MOST = 1000 };

enum err_code
store_workspace_insert(struct store *st, struct workspace *w, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_WORKSPACE_INSERT);
    q_text(&q, "uuid", w->uuid);
    q_text(&q, "slug", w->slug);
    q_text(&q, "name", w->name);
    q_int(&q, "personal", w->personal);
    q_int(&q, "demo", w->demo);
    q_text(&q, "second_factor",
        str_cstr(factor_rule_name(w->second_factor)));
    q_int(&q, "second_factor_s", w->second_factor_s);
    q_int(&q, "key_max", w->key_max);
    q_int(&q, "now", now_s);
    enum err_code code = q_run(&q);
    w->id = q_last_id(&q);
    return code;
}

static void
read_workspace(struct q *q, struct workspace *w)
{
    *w = (struct workspace){
        .id = q_get_int(q, 0),
        .uuid = q_get_text(q, 1),
        .slug = q_get_text(q, 2),
        .name = q_get_text(q, 3),
        .personal = q_get_int(q, 4) != 0,
        .demo = q_get_int(q, 5) != 0,
        .key_max = q_get_int(q, 6),
        .key_life_max_s = q_get_int(q, 7),
        .key_life_default_s = q_get_int(q, 8),
        .frozen_s = q_get_int(q, 9),
        .frozen_why = q_get_text(q, 10),
        .created_s = q_get_int(q, 11),
        .version = q_get_int(q, 12),
        .role = role_read(q_get_text(q, 13)),
        .reserve_releases = q_get_int(q, 14) != 0,
        .event_months = q_get_int(q, 15),
        .frozen_until_s = q_get_int(q, 16),
        .frozen_by = q_get_text(q, 17),
        .leaver_passes = q_get_int(q, 18) != 0,
        .second_factor = factor_rule_read(q_get_text(q, 19)),
        .second_factor_s = q_get_int(q, 20),
        .deleted_s = q_get_int(q, 21),
        .seal = (enum seal_state)q_get_int(q, 22),
    };
    if (w->seal == SEAL_MEMBER_BROKEN)
        w->role = ROLE_NONE;
}

enum err_code
store_workspace_by_slug(struct store *st, struct str slug, int64_t user_id,
    struct workspace *out)
{
    struct q q;
    *out = (struct workspace){ 0 };
    q_begin(&q, st, SQL_WORKSPACE_BY_SLUG);
    q_text(&q, "slug", slug);
    q_int(&q, "user", user_id);
    if (q_row(&q))
        read_workspace(&q, out);
    return q_end(&q);
}

enum err_code
store_workspace_by_id(struct store *st, int64_t id, int64_t user_id,
    struct workspace *out)
{
    struct q q;
    *out = (struct workspace){ 0 };
    q_begin(&q, st, SQL_WORKSPACE_BY_ID);
    q_int(&q, "id", id);
    q_int(&q, "user", user_id);
    if (q_row(&q))
        read_workspace(&q, out);
    return q_end(&q);
}

static enum err_code
read_counted(struct q *q, struct store *st, size_t most,
    struct workspace **out, size_t *n)
{
    *out = arena_array(store_arena(st), most, sizeof **out);
    *n = 0;
    while (*n < most && q_row(q)) {
        struct workspace *w = &(*out)[(*n)++];
        read_workspace(q, w);
        w->n_members = q_get_int(q, 23);
        w->n_keys = q_get_int(q, 24);
    }
    return q_end(q);
}

enum err_code
store_workspace_of_user(struct store *st, int64_t user_id, int64_t now_s,
    struct workspace **out, size_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_WORKSPACE_OF_USER);
    q_int(&q, "user", user_id);
    q_int(&q, "now", now_s);
    return read_counted(&q, st, LIST_MOST, out, n);
}

enum err_code
store_workspace_list(struct store *st, int64_t after, size_t most,
    int64_t now_s, struct workspace **out, size_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_WORKSPACE_LIST);
    q_int(&q, "after", after);
    q_int(&q, "most", (int64_t)most);
    q_int(&q, "now", now_s);
    return read_counted(&q, st, most, out, n);
}

enum err_code
store_workspace_overview(struct store *st, const struct operation_ask *ask,
    int64_t since_s, int64_t now_s, struct workspace_overview **out,
    size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), ask->most, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_WORKSPACE_OVERVIEW);
    q_int(&q, "before", ask->before ? ask->before : INT64_MAX);
    q_text_or_null(&q, "find", ask->find);
    q_text(&q, "state", ask->state);
    q_int(&q, "since", since_s);
    q_int(&q, "now", now_s);
    q_int(&q, "most", (int64_t)ask->most);
    while (*n < ask->most && q_row(&q)) {
        struct workspace_overview *o = &(*out)[(*n)++];
        read_workspace(&q, &o->ws);
        o->ws.n_members = q_get_int(&q, 23);
        o->ws.n_keys = q_get_int(&q, 24);
        o->owner = q_get_text(&q, 25);
        o->n_owners = q_get_int(&q, 26);
        o->spent_micro = q_get_int(&q, 27);
    }
    return q_end(&q);
}

enum err_code
store_workspace_ids(struct store *st, int64_t user_id, size_t most,
    int64_t *out, size_t *n)
{
    struct q q;
    *n = 0;
    q_begin(&q, st, SQL_WORKSPACE_IDS);
    q_int(&q, "user", user_id);
    q_int(&q, "most", (int64_t)most);
    while (*n < most && q_row(&q))
        out[(*n)++] = q_get_int(&q, 0);
    return q_end(&q);
}

enum err_code
store_workspace_slug_taken(struct store *st, struct str slug, bool *taken)
{
    struct q q;
    q_begin(&q, st, SQL_WORKSPACE_SLUG_TAKEN);
    q_text(&q, "slug", slug);
    *taken = q_row(&q);
    return q_end(&q);
}

enum err_code
store_workspace_set_settings(struct store *st, const struct workspace *w,
    int64_t now_s, bool *changed)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_WORKSPACE_SET_SETTINGS);
    q_int(&q, "id", w->id);
    q_int(&q, "version", w->version);
    q_text(&q, "name", w->name);
    q_int(&q, "key_max", w->key_max);
    q_id_or_null(&q, "life_max", w->key_life_max_s);
    q_id_or_null(&q, "life_default", w->key_life_default_s);
    q_text(&q, "owner_leaves", str_cstr(leaver_name(
        w->leaver_passes ? LEAVER_PASS : LEAVER_SUSPEND)));
    q_text(&q, "reserve_ends", str_cstr(reserve_end_name(
        w->reserve_releases ? RESERVE_RELEASE : RESERVE_CHARGE)));
    q_int(&q, "event_months", w->event_months);
    q_text(&q, "second_factor",
        str_cstr(factor_rule_name(w->second_factor)));
    q_int(&q, "second_factor_s", w->second_factor_s);
    q_int(&q, "now", now_s);
    enum err_code code = q_run_changes(&q, &changes);
    *changed = changes == 1;
    return code;
}

enum err_code
store_workspace_freeze(struct store *st, const struct workspace *w)
{
    struct q q;
    q_begin(&q, st, SQL_WORKSPACE_FREEZE);
    q_int(&q, "id", w->id);
    q_int(&q, "now", w->frozen_s);
    q_text(&q, "why", w->frozen_why);
    q_text(&q, "by", w->frozen_by);
    q_id_or_null(&q, "until", w->frozen_until_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_workspace_thaw(struct store *st, int64_t id)
{
    struct q q;
    q_begin(&q, st, SQL_WORKSPACE_THAW);
    q_int(&q, "id", id);
    return q_run_exactly(&q, 1);
}

enum err_code
store_workspace_set_deleted(struct store *st, int64_t id, int64_t deleted_s)
{
    struct q q;
    q_begin(&q, st, SQL_WORKSPACE_SET_DELETED);
    q_int(&q, "id", id);
    q_id_or_null(&q, "deleted", deleted_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_workspace_demo_id(struct store *st, struct str slug, int64_t *id)
{
    struct q q;
    q_begin(&q, st, SQL_WORKSPACE_DEMO_ID);
    q_text(&q, "slug", slug);
    *id = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

enum err_code
store_member_insert(struct store *st, int64_t workspace_id, int64_t user_id,
    enum role role, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_MEMBER_INSERT);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "user", user_id);
    q_text(&q, "role", str_cstr(role_name(role)));
    q_int(&q, "now", now_s);
    return q_run(&q);
}

void
store_read_member(struct q *q, struct member *m)
{
    *m = (struct member){
        .user_id = q_get_int(q, 0),
        .uuid = q_get_text(q, 1),
        .email = q_get_text(q, 2),
        .name = q_get_text(q, 3),
        .role = role_read(q_get_text(q, 4)),
        .created_s = q_get_int(q, 5),
        .seen_s = q_get_int(q, 6),
        .second_factor = q_get_int(q, 7) != 0,
        .disabled = q_get_int(q, 8) != 0,
        .n_keys = q_get_int(q, 9),
    };
}

enum err_code
store_member_page(struct store *st, int64_t workspace_id, int64_t mark,
    bool back, size_t most, struct member **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), most, sizeof **out);
    *n = 0;
    q_begin(&q, st, back ? SQL_MEMBER_PAGE_BACK : SQL_MEMBER_PAGE);
    q_int(&q, "workspace", workspace_id);
    q_id_or_null(&q, "mark", mark);
    q_int(&q, "most", (int64_t)most);
    while (*n < most && q_row(&q))
        store_read_member(&q, &(*out)[(*n)++]);
    return q_end(&q);
}

enum err_code
store_member_count(struct store *st, int64_t workspace_id, int64_t *n)
{
    struct q q;
    q_begin(&q, st, SQL_MEMBER_COUNT);
    q_int(&q, "workspace", workspace_id);
    *n = q_row(&q) ? q_get_int(&q, 0) : 0;
    return q_end(&q);
}

enum err_code
store_member_names(struct store *st, int64_t workspace_id,
    struct member **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), LIST_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_MEMBER_NAMES);
    q_int(&q, "workspace", workspace_id);
    while (*n < LIST_MOST && q_row(&q))
        store_read_member(&q, &(*out)[(*n)++]);
    return q_end(&q);
}

enum err_code
store_member_by_uuid(struct store *st, int64_t workspace_id, struct str uuid,
    struct member *out)
{
    struct q q;
    *out = (struct member){ 0 };
    q_begin(&q, st, SQL_MEMBER_BY_UUID);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "uuid", uuid);
    if (q_row(&q))
        store_read_member(&q, out);
    return q_end(&q);
}

static void
read_service(struct q *q, struct service_account *s)
{
    *s = (struct service_account){ .id = q_get_int(q, 0),
        .uuid = q_get_text(q, 1),
        .name = q_get_text(q, 2) };
}

enum err_code
store_service_list(struct store *st, int64_t workspace_id,
    struct service_account **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), LIST_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_SERVICE_LIST);
    q_int(&q, "workspace", workspace_id);
    while (*n < LIST_MOST && q_row(&q))
        read_service(&q, &(*out)[(*n)++]);
    return q_end(&q);
}

enum err_code
store_service_by_uuid(struct store *st, int64_t workspace_id, struct str uuid,
    struct service_account *out)
{
    struct q q;
    *out = (struct service_account){ 0 };
    q_begin(&q, st, SQL_SERVICE_BY_UUID);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "uuid", uuid);
    if (q_row(&q))
        read_service(&q, out);
    return q_end(&q);
}

enum err_code
store_service_insert(struct store *st, int64_t workspace_id,
    int64_t by_user_id, struct service_account *s, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_SERVICE_INSERT);
    q_text(&q, "uuid", s->uuid);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "name", s->name);
    q_id_or_null(&q, "user", by_user_id);
    q_int(&q, "now", now_s);
    enum err_code code = q_run(&q);
    s->id = q_last_id(&q);
    return code;
}
