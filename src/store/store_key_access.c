/* SPDX-License-Identifier: ISC */
/* What a key may call: the child tables of api_key. */
#include "store/store_key.h"

#include "base/attr.h"

/* Read one column of text, at most KEY_LIST_MOST rows. */
static enum err_code
read_list(struct store *st, enum sql which, int64_t key_id, struct strs *out)
{
    struct q q;
    *out = (struct strs){
        arena_array(store_arena(st), KEY_LIST_MOST, sizeof(struct str)), 0
    };
    q_begin(&q, st, which);
    q_int(&q, "key", key_id);
    while (out->n < KEY_LIST_MOST && q_row(&q))
        out->items[out->n++] = q_get_text(&q, 0);
    return q_end(&q);
}

static enum err_code
read_models(struct store *st, struct key *k)
{
    struct q q;
    struct arena *a = store_arena(st);
    struct key_access *acc = &k->access;
    acc->models.items = arena_array(a, KEY_LIST_MOST, sizeof(struct str));
    acc->model_uuids.items =
        arena_array(a, KEY_LIST_MOST, sizeof(struct str));
    acc->models.n = 0;
    q_begin(&q, st, SQL_KEY_MODEL_LIST);
    q_int(&q, "key", k->id);
    while (acc->models.n < KEY_LIST_MOST && q_row(&q)) {
        acc->models.items[acc->models.n] = q_get_text(&q, 0);
        acc->model_uuids.items[acc->models.n++] = q_get_text(&q, 1);
    }
    acc->model_uuids.n = acc->models.n;
    return q_end(&q);
}

static enum err_code
read_deployment(struct store *st, struct key *k)
{
    struct q q;
    q_begin(&q, st, SQL_KEY_DEPLOYMENT);
    q_int(&q, "id", k->access.deployment_id);
    if (q_row(&q)) {
        k->access.deployment_uuid = q_get_text(&q, 0);
        k->access.deployment_name = q_get_text(&q, 1);
    }
    return q_end(&q);
}

enum err_code
store_key_access(struct store *st, struct key *k)
{
    struct key_access *a = &k->access;
    enum err_code code =
        read_list(st, SQL_KEY_CATEGORY_LIST, k->id, &a->categories);
    if (!code)
        code = read_list(st, SQL_KEY_ENDPOINT_LIST, k->id, &a->endpoints);
    if (!code)
        code = read_list(st, SQL_KEY_NETWORK_LIST, k->id, &a->networks);
    if (!code)
        code = read_models(st, k);
    if (!code && a->deployment_id)
        code = read_deployment(st, k);
    return code;
}

static enum err_code
clear(struct store *st, enum sql which, int64_t key_id)
{
    struct q q;
    q_begin(&q, st, which);
    q_int(&q, "key", key_id);
    return q_run(&q);
}

/* Replace one child list; `workspace` is bound for models only. */
static enum err_code
replace(struct store *st, const struct key *k, enum sql clear_it,
    enum sql add_it, const struct strs *values)
{
    enum err_code code = clear(st, clear_it, k->id);
    for (size_t i = 0; !code && i < values->n; i++) {
        struct q q;
        q_begin(&q, st, add_it);
        q_int(&q, "key", k->id);
        q_text(&q, "value", values->items[i]);
        if (add_it == SQL_KEY_MODEL_ADD)
            q_int(&q, "workspace", k->workspace_id);
        code = q_run_exactly(&q, 1);
    }
    return code;
}

enum err_code
store_key_set_access(struct store *st, const struct key *k)
{
    const struct key_access *a = &k->access;
    enum err_code code = replace(st, k, SQL_KEY_CATEGORY_CLEAR,
        SQL_KEY_CATEGORY_ADD, &a->categories);
    if (!code)
        code = replace(st, k, SQL_KEY_ENDPOINT_CLEAR, SQL_KEY_ENDPOINT_ADD,
            &a->endpoints);
    if (!code)
        code = replace(st, k, SQL_KEY_NETWORK_CLEAR, SQL_KEY_NETWORK_ADD,
            &a->networks);
    if (!code)
        code = replace(st, k, SQL_KEY_MODEL_CLEAR, SQL_KEY_MODEL_ADD,
            &a->model_uuids);
    return code;
}

enum err_code
store_key_labels(struct store *st, int64_t key_id, struct key_label **out,
    size_t *n)
{
    struct q q;
    *out = arena_array(store_arena(st), KEY_LABELS_MOST, sizeof **out);
    *n = 0;
    q_begin(&q, st, SQL_KEY_LABEL_LIST);
    q_int(&q, "key", key_id);
    while (*n < KEY_LABELS_MOST && q_row(&q))
        (*out)[(*n)++] =
            (struct key_label){ q_get_text(&q, 0), q_get_text(&q, 1) };
    return q_end(&q);
}

enum err_code
store_key_set_labels(struct store *st, int64_t key_id,
    const struct key_label *labels, size_t n)
{
    enum err_code code = clear(st, SQL_KEY_LABEL_CLEAR, key_id);
    for (size_t i = 0; !code && i < n; i++) {
        struct q q;
        q_begin(&q, st, SQL_KEY_LABEL_ADD);
        q_int(&q, "key", key_id);
        q_text(&q, "name", labels[i].name);
        q_text(&q, "value", labels[i].value);
        code = q_run_exactly(&q, 1);
    }
    return code;
}

enum err_code
store_gate_foreign(struct store *st, struct str mac, struct str *prefix)
{
    struct q q;
    *prefix = (struct str){ NULL, 0 };
    q_begin(&q, st, SQL_GATE_FOREIGN);
    q_blob(&q, "mac", mac.p, mac.n);
    if (q_row(&q))
        *prefix = q_get_text(&q, 0);
    return q_end(&q);
}

/* From a column that is NULL, or whether a seal fits. */
static enum listed
listed_of(struct q *q, int col)
{
    if (q_is_null(q, col))
        return LISTED_NO;
    return q_get_int(q, col) ? LISTED_YES : LISTED_BROKEN;
}

enum err_code
store_gate_endpoint(struct store *st, int64_t key_id, struct str endpoint,
    enum listed *listed)
{
    struct q q;
    q_begin(&q, st, SQL_GATE_ENDPOINT);
    q_int(&q, "key", key_id);
    q_text(&q, "endpoint", endpoint);
    *listed = q_row(&q) ? listed_of(&q, 0) : LISTED_NO;
    return q_end(&q);
}

enum err_code
store_gate_model(struct store *st, const struct key *k, struct str name,
    struct gate_model *out)
{
    struct q q;
    *out = (struct gate_model){ 0 };
    q_begin(&q, st, SQL_GATE_MODEL);
    q_int(&q, "key", k->id);
    q_int(&q, "workspace", k->workspace_id);
    q_text(&q, "name", name);
    if (q_row(&q))
        *out = (struct gate_model){ q_get_int(&q, 0), q_get_text(&q, 1),
            listed_of(&q, 2), listed_of(&q, 3) };
    return q_end(&q);
}

enum err_code
store_gate_deployment(struct store *st, int64_t id, struct str *uuid)
{
    struct q q;
    *uuid = (struct str){ NULL, 0 };
    q_begin(&q, st, SQL_GATE_DEPLOYMENT);
    q_int(&q, "id", id);
    if (q_row(&q))
        *uuid = q_get_text(&q, 0);
    return q_end(&q);
}

static enum err_code
read_sealed(struct store *st, enum sql which, int64_t key_id,
    struct strs *out, bool *broken)
{
    struct q q;
    *out = (struct strs){
        arena_array(store_arena(st), KEY_LIST_MOST, sizeof(struct str)), 0
    };
    *broken = false;
    q_begin(&q, st, which);
    q_int(&q, "key", key_id);
    while (out->n < KEY_LIST_MOST && q_row(&q)) {
        out->items[out->n++] = q_get_text(&q, 0);
        *broken = *broken || q_get_int(&q, 1) == 0;
    }
    return q_end(&q);
}

enum err_code
store_gate_networks(struct store *st, int64_t key_id, struct strs *out,
    bool *broken)
{
    return read_sealed(st, SQL_GATE_NETWORKS, key_id, out, broken);
}

enum err_code
store_gate_categories(struct store *st, int64_t key_id, struct strs *out,
    bool *broken)
{
    return read_sealed(st, SQL_GATE_CATEGORIES, key_id, out, broken);
}
