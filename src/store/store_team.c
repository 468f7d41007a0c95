/* SPDX-License-Identifier: ISC */
#include "store/store_team.h"

#include "store/store_workspace.h"

enum { PEOPLE_MOST = 100, SERVICES_MOST = 1000 };

enum err_code
store_invite_insert(struct store *st, const struct invite *v,
    int64_t by_user_id, struct str mac)
{
    struct q q;
    q_begin(&q, st, SQL_INVITE_INSERT);
    q_text(&q, "uuid", v->uuid);
    q_int(&q, "workspace", v->workspace_id);
    q_blob(&q, "mac", mac.p, mac.n);
    q_text(&q, "email", v->email);
    q_text(&q, "role", str_cstr(role_name(v->role)));
    q_id_or_null(&q, "user", by_user_id);
    q_int(&q, "now", v->created_s);
    q_int(&q, "ends", v->ends_s);
    return q_run_exactly(&q, 1);
}

static void
read_invite(struct q *q, struct invite *v)
{
    *v = (struct invite){
        .id = q_get_int(q, 0),
        .uuid = q_get_text(q, 1),
        .workspace_id = q_get_int(q, 2),
        .workspace_name = q_get_text(q, 3),
        .email = q_get_text(q, 4),
        .role = role_read(q_get_text(q, 5)),
        .by_name = q_get_text(q, 6),
        .by_role = role_read(q_get_text(q, 7)),
        .by_disabled = q_get_int(q, 8) != 0,
        .created_s = q_get_int(q, 9),
        .ends_s = q_get_int(q, 10),
        .accepted_s = q_get_int(q, 11),
        .cancelled_s = q_get_int(q, 12),
        .has_account = q_get_int(q, 13) != 0,
        .broken = q_get_int(q, 14) != 0,
        .workspace_deleted = q_get_int(q, 15) != 0,
    };
}

enum err_code
store_invite_by_mac(struct store *st, struct str mac, struct invite *out)
{
    struct q q;
    *out = (struct invite){ 0 };
    q_begin(&q, st, SQL_INVITE_BY_MAC);
    q_blob(&q, "mac", mac.p, mac.n);
    if (q_row(&q))
        read_invite(&q, out);
    return q_end(&q);
}

enum err_code
store_invite_by_uuid(struct store *st, int64_t workspace_id, struct str uuid,
    struct invite *out)
{
    struct q q;
    *out = (struct invite){ 0 };
    q_begin(&q, st, SQL_INVITE_BY_UUID);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "uuid", uuid);
    if (q_row(&q))
        read_invite(&q, out);
    return q_end(&q);
}

enum err_code
store_invite_list(struct store *st, int64_t workspace_id, int64_t now_s,
    int most, struct invite **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), (size_t)most, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_INVITE_LIST);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "now", now_s);
    q_int(&q, "most", most);
    while (*n < (size_t)most && q_row(&q))
        read_invite(&q, &(*out)[(*n)++]);
    return q_end(&q);
}

enum err_code
store_invite_cancel(struct store *st, const struct invite *v, int64_t now_s,
    bool *changed)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_INVITE_CANCEL);
    q_int(&q, "id", v->id);
    q_int(&q, "workspace", v->workspace_id);
    q_int(&q, "now", now_s);
    enum err_code code = q_run_changes(&q, &changes);
    *changed = changes == 1;
    return code;
}

enum err_code
store_invite_replace(struct store *st, int64_t workspace_id, struct str email,
    bool owners, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_INVITE_REPLACE);
    q_int(&q, "owners", owners);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "email", email);
    q_int(&q, "now", now_s);
    return q_run(&q);
}

enum err_code
store_invite_use(struct store *st, int64_t id, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_INVITE_USE);
    q_int(&q, "id", id);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_member_is(struct store *st, int64_t workspace_id, struct str email,
    bool *is)
{
    struct q q;
    q_begin(&q, st, SQL_MEMBER_IS);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "email", email);
    *is = q_row(&q);
    return q_end(&q);
}

enum err_code
store_member_set_role(struct store *st, int64_t workspace_id, int64_t user_id,
    enum role role)
{
    struct q q;
    q_begin(&q, st, SQL_MEMBER_SET_ROLE);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "user", user_id);
    q_text(&q, "role", str_cstr(role_name(role)));
    return q_run_exactly(&q, 1);
}

enum err_code
store_member_delete(struct store *st, int64_t workspace_id, int64_t user_id)
{
    struct q q;
    q_begin(&q, st, SQL_MEMBER_DELETE);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "user", user_id);
    return q_run_exactly(&q, 1);
}

enum err_code
store_owner_other(struct store *st, int64_t workspace_id, int64_t user_id,
    struct member *out)
{
    struct q q;
    *out = (struct member){ 0 };
    q_begin(&q, st, SQL_OWNER_OTHER);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "user", user_id);
    if (q_row(&q))
        store_read_member(&q, out);
    return q_end(&q);
}

enum err_code
store_left_people(struct store *st, int64_t workspace_id, int64_t since_s,
    struct left_person **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), PEOPLE_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_LEFT_PEOPLE);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "since", since_s);
    while (*n < PEOPLE_MOST && q_row(&q))
        (*out)[(*n)++] = (struct left_person){ .uuid = q_get_text(&q, 0),
            .name = q_get_text(&q, 1),
            .email = q_get_text(&q, 2),
            .left_s = q_get_int(&q, 3),
            .n_keys = q_get_int(&q, 4),
            .n_suspended = q_get_int(&q, 5) };
    return q_end(&q);
}

enum err_code
store_left_person(struct store *st, int64_t workspace_id, struct str uuid,
    int64_t since_s, struct member *out)
{
    struct q q;
    *out = (struct member){ 0 };
    q_begin(&q, st, SQL_LEFT_PERSON);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "uuid", uuid);
    q_int(&q, "since", since_s);
    if (q_row(&q))
        store_read_member(&q, out);
    return q_end(&q);
}

enum err_code
store_service_page(struct store *st, int64_t workspace_id,
    struct service_account **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), SERVICES_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_SERVICE_PAGE);
    q_int(&q, "workspace", workspace_id);
    while (*n < SERVICES_MOST && q_row(&q))
        (*out)[(*n)++] = (struct service_account){ .id = q_get_int(&q, 0),
            .uuid = q_get_text(&q, 1),
            .name = q_get_text(&q, 2),
            .created_s = q_get_int(&q, 3),
            .by_name = q_get_text(&q, 4),
            .n_keys = q_get_int(&q, 5) };
    return q_end(&q);
}

enum err_code
store_service_name_taken(struct store *st, int64_t workspace_id,
    struct str name, int64_t not_id, bool *taken)
{
    struct q q;
    q_begin(&q, st, SQL_SERVICE_NAME_TAKEN);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "name", name);
    q_int(&q, "not", not_id);
    *taken = q_row(&q);
    return q_end(&q);
}

enum err_code
store_service_rename(struct store *st, int64_t workspace_id, int64_t id,
    struct str name)
{
    struct q q;
    q_begin(&q, st, SQL_SERVICE_RENAME);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "id", id);
    q_text(&q, "name", name);
    return q_run_exactly(&q, 1);
}

enum err_code
store_service_remove(struct store *st, int64_t workspace_id, int64_t id,
    int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_SERVICE_REMOVE);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "id", id);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

/* One key, which has to be as it was read in this transaction. */
static enum err_code
run_key(struct q *q, const struct key *k, int64_t now_s)
{
    q_int(q, "id", k->id);
    q_int(q, "workspace", k->workspace_id);
    q_int(q, "now", now_s);
    return q_run_exactly(q, 1);
}

enum err_code
store_key_suspend_left(struct store *st, const struct key *k, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_SUSPEND_LEFT);
    q_int(&q, "user", k->owner_user_id);
    return run_key(&q, k, now_s);
}

enum err_code
store_key_pass_left(struct store *st, const struct key *k, int64_t to_user_id,
    int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_PASS_LEFT);
    q_int(&q, "user", k->owner_user_id);
    q_int(&q, "owner", to_user_id);
    return run_key(&q, k, now_s);
}

enum err_code
store_key_hand_over(struct store *st, const struct key *k, int64_t user_id,
    int64_t service_id, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_HAND_OVER);
    q_id_or_null(&q, "owner_user", user_id);
    q_id_or_null(&q, "owner_service", service_id);
    return run_key(&q, k, now_s);
}
