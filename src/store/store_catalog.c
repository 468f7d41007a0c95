/* SPDX-License-Identifier: ISC */
#include "store/store_catalog.h"

enum { CATALOG_MOST = 1000, DEPLOYMENTS_MOST = 200 };

/* ---- deployments ---- */

/* In the order of the part deployment_columns, then the two counts. */
static void
read_deployment(struct q *q, struct deployment *d)
{
    *d = (struct deployment){
        .id = q_get_int(q, 0),
        .uuid = q_get_text(q, 1),
        .workspace_id = q_get_int(q, 2),
        .name = q_get_text(q, 3),
        .base_url = q_get_text(q, 4),
        .created_s = q_get_int(q, 5),
        .updated_s = q_get_int(q, 6),
        .removed_s = q_get_int(q, 7),
        .version = q_get_int(q, 8),
        .n_models = q_get_int(q, 9),
        .n_keys = q_get_int(q, 10),
    };
}

enum err_code
store_deployment_list(struct store *st, int64_t workspace_id,
    struct deployment **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), CATALOG_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_DEPLOYMENT_LIST);
    q_int(&q, "workspace", workspace_id);
    while (*n < CATALOG_MOST && q_row(&q))
        read_deployment(&q, &(*out)[(*n)++]);
    return q_end(&q);
}

enum err_code
store_deployment_by_uuid(struct store *st, int64_t workspace_id,
    struct str uuid, struct deployment *out)
{
    struct q q;
    *out = (struct deployment){ 0 };
    q_begin(&q, st, SQL_DEPLOYMENT_BY_UUID);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "uuid", uuid);
    if (q_row(&q))
        read_deployment(&q, out);
    return q_end(&q);
}

enum err_code
store_deployment_insert(struct store *st, struct deployment *d, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_DEPLOYMENT_INSERT);
    q_text(&q, "uuid", d->uuid);
    q_int(&q, "workspace", d->workspace_id);
    q_text(&q, "name", d->name);
    q_text(&q, "base_url", d->base_url);
    q_int(&q, "now", now_s);
    enum err_code code = q_run(&q);
    d->id = q_last_id(&q);
    return code;
}

/* Run a statement on one row that may find it edited or removed. */
static enum err_code
run_one(struct q *q, bool *changed)
{
    int64_t changes = 0;
    enum err_code code = q_run_changes(q, &changes);
    *changed = changes == 1;
    return code;
}

enum err_code
store_deployment_update(struct store *st, const struct deployment *d,
    int64_t now_s, bool *changed)
{
    struct q q;
    q_begin(&q, st, SQL_DEPLOYMENT_UPDATE);
    q_int(&q, "id", d->id);
    q_int(&q, "workspace", d->workspace_id);
    q_int(&q, "version", d->version);
    q_text(&q, "name", d->name);
    q_text(&q, "base_url", d->base_url);
    q_int(&q, "now", now_s);
    return run_one(&q, changed);
}

enum err_code
store_deployment_remove(struct store *st, const struct deployment *d,
    int64_t now_s, bool *changed)
{
    struct q q;
    q_begin(&q, st, SQL_DEPLOYMENT_REMOVE);
    q_int(&q, "id", d->id);
    q_int(&q, "workspace", d->workspace_id);
    q_int(&q, "now", now_s);
    return run_one(&q, changed);
}

static enum err_code
name_taken(struct store *st, enum sql which, int64_t workspace_id,
    struct str name, int64_t not_id, bool *taken)
{
    struct q q;
    q_begin(&q, st, which);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "name", name);
    q_int(&q, "not", not_id);
    *taken = q_row(&q);
    return q_end(&q);
}

enum err_code
store_deployment_name_taken(struct store *st, int64_t workspace_id,
    struct str name, int64_t not_id, bool *taken)
{
    return name_taken(st, SQL_DEPLOYMENT_NAME_TAKEN, workspace_id, name,
        not_id, taken);
}

/* ---- models ---- */

/* In the order of the part model_columns. */
static void
read_model(struct q *q, struct ai_model *m)
{
    *m = (struct ai_model){
        .id = q_get_int(q, 0),
        .uuid = q_get_text(q, 1),
        .workspace_id = q_get_int(q, 2),
        .name = q_get_text(q, 3),
        .category = q_get_text(q, 4),
        .reserve_input = q_get_int(q, 5),
        .reserve_output = q_get_int(q, 6),
        .created_s = q_get_int(q, 7),
        .updated_s = q_get_int(q, 8),
        .removed_s = q_get_int(q, 9),
        .version = q_get_int(q, 10),
        .input_micro = q_get_int_or(q, 11, -1),
        .output_micro = q_get_int_or(q, 12, -1),
        .price_from_s = q_get_int(q, 13),
        .n_keys = q_get_int(q, 14),
    };
}

enum err_code
store_model_list(struct store *st, int64_t workspace_id, int64_t now_s,
    struct ai_model **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), CATALOG_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_MODEL_LIST);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "now", now_s);
    while (*n < CATALOG_MOST && q_row(&q)) {
        struct ai_model *m = &(*out)[(*n)++];
        read_model(&q, m);
        m->served_by = q_get_text(&q, 15);
    }
    return q_end(&q);
}

static enum err_code
read_deployments(struct store *st, struct ai_model *m)
{
    struct q q;
    m->deployments.items =
        arena_array(store_arena(st), DEPLOYMENTS_MOST, sizeof(struct str));
    m->deployments.n = 0;
    q_begin(&q, st, SQL_MODEL_DEPLOYMENT_LIST);
    q_int(&q, "model", m->id);
    while (m->deployments.n < DEPLOYMENTS_MOST && q_row(&q))
        m->deployments.items[m->deployments.n++] = q_get_text(&q, 0);
    return q_end(&q);
}

enum err_code
store_model_by_uuid(struct store *st, int64_t workspace_id, struct str uuid,
    int64_t now_s, struct ai_model *out)
{
    struct q q;
    *out = (struct ai_model){ 0 };
    q_begin(&q, st, SQL_MODEL_BY_UUID);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "uuid", uuid);
    q_int(&q, "now", now_s);
    if (q_row(&q))
        read_model(&q, out);
    enum err_code code = q_end(&q);
    if (code || !out->id)
        return code;
    return read_deployments(st, out);
}

enum err_code
store_model_insert(struct store *st, struct ai_model *m, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_MODEL_INSERT);
    q_text(&q, "uuid", m->uuid);
    q_int(&q, "workspace", m->workspace_id);
    q_text(&q, "name", m->name);
    q_text(&q, "category", m->category);
    q_int(&q, "now", now_s);
    enum err_code code = q_run(&q);
    m->id = q_last_id(&q);
    return code;
}

enum err_code
store_model_update(struct store *st, const struct ai_model *m, int64_t now_s,
    bool *changed)
{
    struct q q;
    q_begin(&q, st, SQL_MODEL_UPDATE);
    q_int(&q, "id", m->id);
    q_int(&q, "workspace", m->workspace_id);
    q_int(&q, "version", m->version);
    q_text(&q, "name", m->name);
    q_text(&q, "category", m->category);
    q_int(&q, "now", now_s);
    return run_one(&q, changed);
}

enum err_code
store_model_remove(struct store *st, const struct ai_model *m, int64_t now_s,
    bool *changed)
{
    struct q q;
    q_begin(&q, st, SQL_MODEL_REMOVE);
    q_int(&q, "id", m->id);
    q_int(&q, "workspace", m->workspace_id);
    q_int(&q, "now", now_s);
    return run_one(&q, changed);
}

enum err_code
store_model_name_taken(struct store *st, int64_t workspace_id,
    struct str name, int64_t not_id, bool *taken)
{
    return name_taken(st, SQL_MODEL_NAME_TAKEN, workspace_id, name, not_id,
        taken);
}

enum err_code
store_model_set_price(struct store *st, const struct ai_model *m,
    int64_t from_s)
{
    struct q q;
    q_begin(&q, st, SQL_MODEL_PRICE_SET);
    q_int(&q, "model", m->id);
    q_int(&q, "from", from_s);
    q_int(&q, "input", m->input_micro);
    q_int(&q, "output", m->output_micro);
    return q_run_exactly(&q, 1);
}

enum err_code
store_model_set_deployments(struct store *st, const struct ai_model *m)
{
    struct q q;
    q_begin(&q, st, SQL_MODEL_DEPLOYMENT_CLEAR);
    q_int(&q, "model", m->id);
    enum err_code code = q_run(&q);
    for (size_t i = 0; !code && i < m->deployments.n; i++) {
        q_begin(&q, st, SQL_MODEL_DEPLOYMENT_ADD);
        q_int(&q, "model", m->id);
        q_text(&q, "uuid", m->deployments.items[i]);
        q_int(&q, "workspace", m->workspace_id);
        code = q_run_exactly(&q, 1);
    }
    return code;
}

enum err_code
store_model_prices(struct store *st, int64_t model_id,
    struct model_price **out, size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), PRICES_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_MODEL_PRICE_LIST);
    q_int(&q, "model", model_id);
    q_int(&q, "most", PRICES_MOST);
    while (*n < PRICES_MOST && q_row(&q))
        (*out)[(*n)++] = (struct model_price){ q_get_int(&q, 0),
            q_get_int(&q, 1), q_get_int(&q, 2) };
    return q_end(&q);
}

enum err_code
store_model_price_remove(struct store *st, int64_t model_id, int64_t from_s,
    int64_t now_s, bool *changed)
{
    struct q q;
    q_begin(&q, st, SQL_MODEL_PRICE_REMOVE);
    q_int(&q, "model", model_id);
    q_int(&q, "from", from_s);
    q_int(&q, "now", now_s);
    return run_one(&q, changed);
}
