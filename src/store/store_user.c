/* SPDX-License-Identifier: ISC */
#include "store/store_user.h"

/* From the column `at` on. */
static void
read_user_at(struct q *q, int at, struct user *u)
{
    *u = (struct user){
        .id = q_get_int(q, at),
        .uuid = q_get_text(q, at + 1),
        .email = q_get_text(q, at + 2),
        .name = q_get_text(q, at + 3),
        .password = q_get_blob(q, at + 4),
        .epoch = q_get_int(q, at + 5),
        .disabled_s = q_get_int(q, at + 6),
        .created_s = q_get_int(q, at + 7),
        .seen_s = q_get_int(q, at + 8),
        .password_s = q_get_int(q, at + 9),
        .last_workspace_id = q_get_int(q, at + 10),
        .operator = q_get_int(q, at + 11) != 0,
        .broken = q_get_int(q, at + 12) != 0,
    };
}

static void
read_user(struct q *q, struct user *u)
{
    read_user_at(q, 0, u);
}

enum err_code
store_user_insert(struct store *st, struct user *u, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_USER_INSERT);
    q_text(&q, "uuid", u->uuid);
    q_text(&q, "email", u->email);
    q_text(&q, "name", u->name);
    if (u->password.n)
        q_blob(&q, "password", u->password.p, u->password.n);
    else
        q_null(&q, "password");
    q_int(&q, "now", now_s);
    enum err_code code = q_run(&q);
    u->id = q_last_id(&q);
    return code;
}

enum err_code
store_user_by_email(struct store *st, struct str email, struct user *out)
{
    struct q q;
    *out = (struct user){ 0 };
    q_begin(&q, st, SQL_USER_BY_EMAIL);
    q_text(&q, "email", email);
    if (q_row(&q))
        read_user(&q, out);
    return q_end(&q);
}

enum err_code
store_user_by_id(struct store *st, int64_t id, struct user *out)
{
    struct q q;
    *out = (struct user){ 0 };
    q_begin(&q, st, SQL_USER_BY_ID);
    q_int(&q, "id", id);
    if (q_row(&q))
        read_user(&q, out);
    return q_end(&q);
}

enum err_code
store_user_by_uuid(struct store *st, struct str uuid, struct user *out)
{
    struct q q;
    *out = (struct user){ 0 };
    q_begin(&q, st, SQL_USER_BY_UUID);
    q_text(&q, "uuid", uuid);
    if (q_row(&q))
        read_user(&q, out);
    return q_end(&q);
}

enum err_code
store_user_overview(struct store *st, const struct operation_ask *ask,
    struct person_overview **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), ask->most, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_USER_OVERVIEW);
    q_int(&q, "before", ask->before ? ask->before : INT64_MAX);
    q_text_or_null(&q, "find", ask->find);
    q_text(&q, "state", ask->state);
    q_int(&q, "most", (int64_t)ask->most);
    while (*n < ask->most && q_row(&q)) {
        struct person_overview *p = &(*out)[(*n)++];
        read_user(&q, &p->user);
        p->n_workspaces = q_get_int(&q, 13);
        p->codes = q_get_int(&q, 14) != 0;
    }
    return q_end(&q);
}

enum err_code
store_user_any(struct store *st, bool *any)
{
    struct q q;
    q_begin(&q, st, SQL_USER_ANY);
    *any = q_row(&q);
    return q_end(&q);
}

enum err_code
store_user_set_name(struct store *st, int64_t id, struct str name,
    int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_USER_SET_NAME);
    q_int(&q, "id", id);
    q_text(&q, "name", name);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_user_list(struct store *st, int64_t after, size_t most,
    struct user **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), most, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_USER_LIST);
    q_int(&q, "after", after);
    q_int(&q, "most", (int64_t)most);
    while (*n < most && q_row(&q))
        read_user(&q, &(*out)[(*n)++]);
    return q_end(&q);
}

enum err_code
store_user_set_disabled(struct store *st, int64_t id, int64_t disabled_s,
    int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_USER_SET_DISABLED);
    q_int(&q, "id", id);
    q_id_or_null(&q, "disabled", disabled_s);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_user_set_operator(struct store *st, int64_t id, bool operator,
    int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_USER_SET_OPERATOR);
    q_int(&q, "id", id);
    q_int(&q, "operator", operator);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_user_set_email(struct store *st, int64_t id, struct str email,
    int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_USER_SET_EMAIL);
    q_int(&q, "id", id);
    q_text(&q, "email", email);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_user_set_password(struct store *st, int64_t id, struct str sealed,
    int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_USER_SET_PASSWORD);
    q_int(&q, "id", id);
    q_blob(&q, "password", sealed.p, sealed.n);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_user_end_sessions(struct store *st, int64_t id, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_USER_END_SESSIONS);
    q_int(&q, "id", id);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_user_stamp(struct store *st, int64_t id, int64_t now_s,
    int64_t workspace_id)
{
    struct q q;
    q_begin(&q, st, SQL_USER_STAMP);
    q_int(&q, "id", id);
    q_int(&q, "now", now_s);
    q_id_or_null(&q, "workspace", workspace_id);
    return q_run(&q);
}

static void
read_session(struct q *q, struct session *s)
{
    *s = (struct session){
        .id = q_get_int(q, 0),
        .uuid = q_get_text(q, 1),
        .user_id = q_get_int(q, 2),
        .epoch = q_get_int(q, 3),
        .created_s = q_get_int(q, 4),
        .seen_s = q_get_int(q, 5),
        .fresh_s = q_get_int(q, 6),
        .ends_s = q_get_int(q, 7),
        .address = q_get_text(q, 8),
        .agent = q_get_text(q, 9),
        .broken = q_get_int(q, 10) != 0,
    };
}

enum err_code
store_session_insert(struct store *st, struct session *s, struct str mac)
{
    struct q q;
    q_begin(&q, st, SQL_SESSION_INSERT);
    q_text(&q, "uuid", s->uuid);
    q_blob(&q, "mac", mac.p, mac.n);
    q_int(&q, "user", s->user_id);
    q_int(&q, "epoch", s->epoch);
    q_int(&q, "now", s->created_s);
    q_int(&q, "ends", s->ends_s);
    q_text(&q, "address", s->address);
    q_text(&q, "agent", s->agent);
    enum err_code code = q_run(&q);
    s->id = q_last_id(&q);
    return code;
}

enum err_code
store_session_by_mac(struct store *st, struct str mac, struct session *out,
    struct user *whose)
{
    struct q q;
    *out = (struct session){ 0 };
    *whose = (struct user){ 0 };
    q_begin(&q, st, SQL_SESSION_BY_MAC);
    q_blob(&q, "mac", mac.p, mac.n);
    if (q_row(&q)) {
        read_session(&q, out);
        read_user_at(&q, 11, whose);
    }
    return q_end(&q);
}

enum err_code
store_session_list(struct store *st, int64_t user_id, struct session **out,
    size_t *n)
{
    enum { MOST = 100 };
    struct q q;
    *out = arena_array(store_arena(st), MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_SESSION_LIST);
    q_int(&q, "user", user_id);
    while (*n < MOST && q_row(&q))
        read_session(&q, &(*out)[(*n)++]);
    return q_end(&q);
}

enum err_code
store_session_stamp(struct store *st, int64_t id, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_SESSION_STAMP);
    q_int(&q, "id", id);
    q_int(&q, "now", now_s);
    return q_run(&q);
}

enum err_code
store_session_renew(struct store *st, int64_t id, struct str mac,
    int64_t epoch, int64_t now_s, bool *renewed)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_SESSION_RENEW);
    q_int(&q, "id", id);
    q_blob(&q, "mac", mac.p, mac.n);
    q_int(&q, "epoch", epoch);
    q_int(&q, "now", now_s);
    enum err_code code = q_run_changes(&q, &changes);
    *renewed = changes > 0;
    return code;
}

enum err_code
store_session_end(struct store *st, int64_t id)
{
    struct q q;
    q_begin(&q, st, SQL_SESSION_END);
    q_int(&q, "id", id);
    return q_run(&q);
}

enum err_code
store_session_end_by_uuid(struct store *st, int64_t user_id, struct str uuid,
    bool *ended)
{
    struct q q;
    int64_t changes = 0;
    q_begin(&q, st, SQL_SESSION_END_BY_UUID);
    q_int(&q, "user", user_id);
    q_text(&q, "uuid", uuid);
    enum err_code code = q_run_changes(&q, &changes);
    *ended = changes > 0;
    return code;
}

enum err_code
store_session_end_others(struct store *st, int64_t user_id, int64_t keep)
{
    struct q q;
    q_begin(&q, st, SQL_SESSION_END_OTHERS);
    q_int(&q, "user", user_id);
    q_int(&q, "keep", keep);
    return q_run(&q);
}

enum err_code
store_session_end_oldest(struct store *st, int64_t user_id, int64_t most)
{
    struct q q;
    q_begin(&q, st, SQL_SESSION_END_OLDEST);
    q_int(&q, "user", user_id);
    q_int(&q, "most", most);
    return q_run(&q);
}

enum err_code
store_once_insert(struct store *st, const char *kind, struct str mac,
    int64_t user_id, int64_t key_id, int64_t now_s, int64_t ends_s)
{
    struct q q;
    q_begin(&q, st, SQL_ONCE_INSERT);
    q_text(&q, "kind", str_cstr(kind));
    q_blob(&q, "mac", mac.p, mac.n);
    q_id_or_null(&q, "user", user_id);
    q_id_or_null(&q, "key", key_id);
    q_int(&q, "now", now_s);
    q_int(&q, "ends", ends_s);
    return q_run(&q);
}

enum err_code
store_once_by_mac(struct store *st, const char *kind, struct str mac,
    struct once_link *out)
{
    struct q q;
    *out = (struct once_link){ 0 };
    q_begin(&q, st, SQL_ONCE_BY_MAC);
    q_text(&q, "kind", str_cstr(kind));
    q_blob(&q, "mac", mac.p, mac.n);
    if (q_row(&q))
        *out = (struct once_link){ q_get_int(&q, 0), q_get_int(&q, 1),
            q_get_int(&q, 2), q_get_int(&q, 3), q_get_int(&q, 4),
            q_get_int(&q, 5) != 0 };
    return q_end(&q);
}

enum err_code
store_once_use(struct store *st, int64_t id, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_ONCE_USE);
    q_int(&q, "id", id);
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_once_void(struct store *st, const char *kind, int64_t user_id,
    int64_t key_id, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_ONCE_VOID);
    q_text(&q, "kind", str_cstr(kind));
    q_id_or_null(&q, "user", user_id);
    q_id_or_null(&q, "key", key_id);
    q_int(&q, "now", now_s);
    return q_run(&q);
}

enum err_code
store_form_once_insert(struct store *st, struct str mac, int64_t user_id,
    int64_t key_id, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_FORM_ONCE_INSERT);
    q_blob(&q, "mac", mac.p, mac.n);
    q_int(&q, "user", user_id);
    q_int(&q, "key", key_id);
    q_int(&q, "now", now_s);
    return q_run(&q);
}

enum err_code
store_form_once_find(struct store *st, struct str mac, int64_t user_id,
    int64_t *at_s, struct str *prefix)
{
    struct q q;
    *at_s = 0;
    *prefix = (struct str){ NULL, 0 };
    q_begin(&q, st, SQL_FORM_ONCE_FIND);
    q_blob(&q, "mac", mac.p, mac.n);
    q_int(&q, "user", user_id);
    if (q_row(&q)) {
        *at_s = q_get_int(&q, 0);
        *prefix = q_get_text(&q, 1);
    }
    return q_end(&q);
}

enum err_code
store_form_once_prune(struct store *st, int64_t before_s)
{
    struct q q;
    q_begin(&q, st, SQL_FORM_ONCE_PRUNE);
    q_int(&q, "before", before_s);
    return q_run(&q);
}
