/* SPDX-License-Identifier: ISC */
/* Bodies of the aiXplain family. */
#include "api/aix.h"

#include "api/part.h"
#include "core/catalog.h"
#include "text/fields.h"

#include <string.h>

/* Each model and all of them: four numbers, and the other kinds of tokens. */
enum { CHANGES_EACH = 12 };

enum err_code
aix_rename(struct cx *cx)
{
    static const char *const names[][2] = { { "spend_limit", "budget" },
        { "expires_on", "expiresAt" }, { "expiry", "expiresAt" },
        { "model", "assetsLimits" }, { "amount", "globalLimits" } };
    for (size_t i = 0; i < cx->err.n_fields; i++)
        for (size_t k = 0; k < COUNT_OF(names); k++)
            if (strcmp(cx->err.fields[i].field, names[k][0]) == 0)
                cx->err.fields[i].field = names[k][1];
    return cx->err.code;
}

/* One more limit to set; amount -1: none. */
static void
change(struct aix_change *c, struct str model, enum limit_counts counts,
    enum limit_period period, int64_t amount)
{
    struct limit_in *l = &c->limits[c->n++];
    int i = field_index(limit_fields, STR("amount"));
    *l = (struct limit_in){ .counts = (int)counts,
        .period = (int)period,
        .model = model,
        .amount = amount };
    l->set.present = (uint64_t)1 << i;
    if (amount < 0)
        l->set.null = l->set.present;
}

/* A place that is limited now and will not be. */
static void
end_rule(struct aix_change *c, const struct limits *all, int64_t model_id,
    enum limit_counts counts, enum limit_period period)
{
    const struct limit *l = aix_rule(all, model_id, counts, period);
    if (l)
        change(c, l->model_uuid, counts, period, -1);
}

static void
end_tokens(struct aix_change *c, const struct limits *all, int64_t model_id,
    enum limit_counts counts)
{
    end_rule(c, all, model_id, counts, LIMIT_MINUTE);
    end_rule(c, all, model_id, counts, LIMIT_DAY);
}

static void
end_all(struct aix_change *c, const struct limits *all, int64_t model_id)
{
    end_tokens(c, all, model_id, LIMIT_REQUESTS);
    end_tokens(c, all, model_id, LIMIT_INPUT);
    end_tokens(c, all, model_id, LIMIT_OUTPUT);
    end_tokens(c, all, model_id, LIMIT_TOTAL);
}

static enum limit_counts
tokens_of(const struct field *fields, const struct aix_limit_in *in,
    enum limit_counts shown)
{
    static const enum limit_counts types[] = { [AIX_INPUT] = LIMIT_INPUT,
        [AIX_OUTPUT] = LIMIT_OUTPUT, [AIX_TOTAL] = LIMIT_TOTAL };
    int i = field_index(fields, STR("tokenType"));
    if (field_has(fields, &in->set, "tokenType"))
        return types[in->tokens];
    return in->set.present >> i & 1 ? LIMIT_TOTAL : shown;
}

/* One LIMIT: what is null ends, what is not sent stays; other kinds of tokens
 * than those shown before are not touched. */
static void
read_limit(const struct field *fields, const struct aix_limit_in *in,
    const struct limits *all, const struct ai_model *m, struct aix_change *c)
{
    enum limit_counts shown;
    struct str model = m ? m->uuid : (struct str){ NULL, 0 };
    int64_t id = m ? m->id : 0;
    (void)aix_token_type(all, id, &shown);
    enum limit_counts tokens = tokens_of(fields, in, shown);
    for (size_t i = 0; i < AIX_COUNTS; i++) {
        const struct aix_count *n = &aix_counts[i];
        enum limit_counts counts = n->tokens ? tokens : LIMIT_REQUESTS;
        int at = field_index(fields, str_cstr(n->name));
        bool sent = in->set.present >> at & 1;
        bool null = in->set.null >> at & 1;
        int64_t amount =
            *(const int64_t *)(const void *)((const char *)in + n->offset);
        const struct limit *was = aix_rule(all, id,
            n->tokens ? shown : LIMIT_REQUESTS, n->period);
        if (!sent && was && n->tokens && tokens != shown) {
            amount = was->amount; /* goes on, of the other kind */
            sent = true;
        }
        if (n->tokens && tokens != shown)
            end_rule(c, all, id, shown, n->period);
        if (!sent)
            continue;
        if (null || amount == LIMIT_AMOUNT_MOST)
            end_rule(c, all, id, counts, n->period);
        else
            change(c, model, counts, n->period, amount);
    }
}

static enum err_code
read_global(struct cx *cx, const struct val *v, const struct limits *all,
    struct aix_change *c)
{
    struct aix_limit_in in = { .tokens = AIX_TOTAL };
    if (!v)
        return ERR_OK;
    if (v->type == VAL_NULL) {
        end_all(c, all, 0);
        return ERR_OK;
    }
    if (v->type != VAL_MAP)
        return err_field(&cx->err, "globalLimits",
            "globalLimits must be an object or null");
    if (fields_from_json(cx->arena, aix_limit_fields, v, false, &in,
            &cx->err))
        return cx->err.code;
    read_limit(aix_limit_fields, &in, all, NULL, c);
    return ERR_OK;
}

static enum err_code
read_asset(struct cx *cx, const struct val *v, const struct limits *all,
    int64_t *ids, size_t n_ids, struct aix_change *c)
{
    struct aix_limit_in in = { .tokens = AIX_TOTAL };
    struct ai_model m;
    if (v->type != VAL_MAP)
        return err_field(&cx->err, "assetsLimits",
            "assetsLimits must be a list of objects");
    if (fields_from_json(cx->arena, aix_asset_fields, v, false, &in,
            &cx->err))
        return cx->err.code;
    if (model_find(cx, in.asset, &m)) {
        if (cx->err.code != ERR_NOT_FOUND)
            return cx->err.code;
        err_init(&cx->err, cx->arena);
        return err_field(&cx->err, "assetsLimits",
            "assetId must be the id of a model of this workspace");
    }
    for (size_t i = 0; i < n_ids; i++)
        if (ids[i] == m.id)
            return err_field(&cx->err, "assetsLimits",
                "%.*s is there twice", STR_ARG(m.name));
    ids[n_ids] = m.id;
    read_limit(aix_asset_fields, &in, all, &m, c);
    return ERR_OK;
}

static enum err_code
read_assets(struct cx *cx, const struct val *v, const struct limits *all,
    struct aix_change *c)
{
    if (!v)
        return ERR_OK;
    if (v->type != VAL_LIST || v->u.list.n > LIMIT_RULES_MOST)
        return err_field(&cx->err, "assetsLimits",
            "assetsLimits must be a list of at most %d",
            (int)LIMIT_RULES_MOST);
    size_t n = v->u.list.n;
    int64_t *ids = arena_array(cx->arena, n + 1, sizeof *ids);
    for (size_t i = 0; i < n; i++)
        if (read_asset(cx, v->u.list.items[i], all, ids, i, c))
            return cx->err.code;
    for (size_t i = 0; i < all->n; i++) {
        size_t k = 0;
        if (!aix_first_of_model(all, i))
            continue;
        while (k < n && ids[k] != all->items[i].model_id)
            k++;
        if (k == n)
            end_all(c, all, all->items[i].model_id);
    }
    return ERR_OK;
}

static void
read_key(const struct aix_in *in, struct aix_change *out)
{
    struct key_in *k = &out->in;
    int budget = field_index(aix_fields, STR("budget"));
    int expiry = field_index(aix_fields, STR("expiresAt"));
    out->id = in->id;
    k->partial = true;
    k->name = in->name;
    key_in_say(k, "name", false);
    out->says_budget = in->set.present >> budget & 1;
    k->spend_limit = in->set.null >> budget & 1 ? -1 : in->budget;
    if (out->says_budget)
        key_in_say(k, "spend_limit", k->spend_limit < 0);
    out->says_expiry = in->set.present >> expiry & 1;
    if (!out->says_expiry)
        return;
    bool never = in->set.null >> expiry & 1;
    k->expiry = never ? KEY_EXPIRY_NONE : KEY_EXPIRY_DATE;
    key_in_say(k, "expiry", false);
    k->expires_on = in->expires_at;
    if (!never)
        key_in_say(k, "expires_on", false);
}

enum err_code
aix_read(struct cx *cx, const struct val *body, const struct limits *all,
    struct aix_change *out)
{
    struct aix_in in = { .budget = -1 };
    const struct val *no_global = NULL, *rest = NULL;
    *out = (struct aix_change){ .n = 0 };
    if (part_rest(cx, body, "globalLimits", &no_global) ||
        part_rest(cx, no_global, "assetsLimits", &rest) ||
        fields_from_json(cx->arena, aix_fields, rest, false, &in, &cx->err))
        return cx->err.code;
    const struct val *assets = val_get_cstr(body, "assetsLimits");
    size_t places = 1 + all->n +
        (assets && assets->type == VAL_LIST ? assets->u.list.n : 0);
    out->limits = arena_array(cx->arena, places,
        CHANGES_EACH * sizeof *out->limits);
    read_key(&in, out);
    if (read_global(cx, val_get_cstr(body, "globalLimits"), all, out))
        return cx->err.code;
    return read_assets(cx, assets, all, out);
}
