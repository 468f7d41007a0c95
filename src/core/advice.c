/* SPDX-License-Identifier: ISC */
/* What use says; core/advice_do.c acts on it. */
#include "core/advice.h"

#include "core/access.h"
#include "core/catalog.h"
#include "core/key.h"
#include "core/limit.h"
#include "core/usage.h"
#include "store/store_advice.h"
#include "text/when.h"

enum {
    USE_DAYS = 92,
    USE_MOST = 5000, /* rows: days x models x endpoints of one key */
    EXPIRY_DAYS = 90,
    OVERVIEW_USED = 10, OVERVIEW_SILENT = 5 /* keys that are looked at */
};

/* A key, and what it did. */
struct look {
    struct cx *cx;
    const struct key *key;
    const struct use *uses;
    size_t n_uses;
    struct advice *out;
    size_t n;
};

static struct advice *
say(struct look *l, enum advice_kind kind)
{
    if (l->n == ADVICE_MOST)
        return NULL;
    struct advice *a = &l->out[l->n++];
    *a = (struct advice){ .kind = kind, .key = *l->key };
    return a;
}

static int64_t
days_ago(const struct look *l, int days)
{
    return when_day_start(l->cx->now_s) - days * (int64_t)DAY_S;
}

/* ---- silent, for ever ---- */

static bool
look_silent(struct look *l)
{
    const struct key *k = l->key;
    int64_t since_s = k->used_s ? k->used_s : k->created_s;
    if (since_s >= l->cx->now_s - ADVICE_SILENT_DAYS * (int64_t)DAY_S)
        return false;
    struct advice *a = say(l, ADVICE_SILENT);
    if (a)
        a->since_s = since_s;
    return true;
}

static void
look_expiry(struct look *l)
{
    int64_t life_s = EXPIRY_DAYS * (int64_t)DAY_S;
    int64_t most = l->cx->ws.key_life_max_s;
    if (l->key->expires_s)
        return;
    struct advice *a = say(l, ADVICE_EXPIRY);
    if (a)
        a->expires_s =
            l->cx->now_s + (most && most < life_s ? most : life_s);
}

/* ---- models and endpoints ---- */

static bool
holds(const struct strs *list, struct str s)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->items[i], s))
            return true;
    return false;
}

/* What was used of a kind, in the order of first use; NULL items: nothing, or
 * something without a name. */
static struct strs
used(const struct look *l, bool models)
{
    struct strs s = { arena_array(l->cx->arena, l->n_uses + 1,
                          sizeof(struct str)), 0 };
    for (size_t i = 0; i < l->n_uses; i++) {
        const struct use *u = &l->uses[i];
        struct str name = models ? u->model : u->endpoint;
        if (u->start_s < days_ago(l, ADVICE_UNUSED_DAYS) || u->calls == 0)
            continue;
        if (name.n == 0)
            return (struct strs){ NULL, 0 };
        if (!holds(&s, name))
            s.items[s.n++] = name;
    }
    return s;
}

static bool
young(const struct look *l)
{
    return l->key->created_s > days_ago(l, ADVICE_UNUSED_DAYS);
}

static enum err_code
look_models(struct look *l)
{
    struct ai_model *all;
    size_t n_all;
    int64_t may = 0;
    const struct key_access *acc = &l->key->access;
    struct strs names = used(l, true);
    if (names.n == 0)
        return ERR_OK;
    if (model_list(l->cx, &all, &n_all))
        return l->cx->err.code;
    struct strs keep = { arena_array(l->cx->arena, names.n,
                             sizeof(struct str)), 0 };
    for (size_t i = 0; i < n_all; i++) {
        bool allowed = acc->all_models || holds(&acc->models, all[i].name);
        bool was_used = holds(&names, all[i].name);
        may += allowed;
        if (was_used && allowed)
            keep.items[keep.n++] = all[i].uuid;
    }
    if (keep.n != names.n || may <= (int64_t)keep.n)
        return ERR_OK;
    struct advice *a = say(l, ADVICE_MODELS);
    if (a) {
        a->keep = keep;
        a->names = names;
        a->unused = may - (int64_t)keep.n;
    }
    return ERR_OK;
}

static void
look_endpoints(struct look *l)
{
    const struct key_access *acc = &l->key->access;
    struct strs names = used(l, false);
    int64_t may = 0;
    for (size_t i = 0; key_endpoints[i]; i++)
        may += acc->all_endpoints ||
            holds(&acc->endpoints, str_cstr(key_endpoints[i]));
    for (size_t i = 0; i < names.n; i++)
        if (!key_endpoint_known(names.items[i]) ||
            !(acc->all_endpoints || holds(&acc->endpoints, names.items[i])))
            return;
    if (names.n == 0 || may <= (int64_t)names.n)
        return;
    struct advice *a = say(l, ADVICE_ENDPOINTS);
    if (a) {
        a->keep = a->names = names;
        a->unused = may - (int64_t)names.n;
    }
}

/* ---- limits ---- */

int64_t
advice_round(int64_t n)
{
    int64_t unit = 1;
    while (n / unit >= 100)
        unit *= 10;
    return (n + unit - 1) / unit * unit;
}

static int64_t
counted(const struct limit *l, const struct use *u)
{
    if (l->model_id && !str_eq(l->model, u->model))
        return 0;
    switch (l->counts) {
    case LIMIT_REQUESTS:
        return u->calls;
    case LIMIT_INPUT:
        return u->input;
    case LIMIT_OUTPUT:
        return u->output;
    case LIMIT_TOTAL:
        return u->input + u->output;
    case LIMIT_MONEY:
    case LIMIT_COUNTS_COUNT:
        break;
    }
    return u->cost;
}

/* The most of one period. */
static int64_t
peak_of(const struct look *l, const struct limit *limit)
{
    int64_t peak = 0, sum = 0, start_s = -1;
    for (size_t i = 0; i < l->n_uses; i++) {
        const struct use *u = &l->uses[i];
        struct spend_period p = limit_period_at(limit->period, u->start_s);
        if (p.start_s != start_s) {
            start_s = p.start_s;
            sum = 0;
        }
        sum += counted(limit, u);
        peak = sum > peak ? sum : peak;
    }
    return peak;
}

/* Of minutes there are no sums, and what never starts again has one period. */
static bool
has_periods(const struct limit *l)
{
    return l->period == LIMIT_DAY || l->period == LIMIT_WEEK ||
        l->period == LIMIT_MONTH;
}

static enum err_code
look_limits(struct look *l)
{
    struct limits all;
    if (!access_has(l->cx, RIGHT_LIMITS))
        return ERR_OK;
    if (limit_list(l->cx, l->key->prefix, &all))
        return l->cx->err.code;
    for (size_t i = 0; i < all.n; i++) {
        const struct limit *limit = &all.items[i];
        bool own = limit->source == LIMIT_SPEND ||
            limit->source == LIMIT_RULE_KEY;
        if (!own || limit->shadow || !has_periods(limit))
            continue;
        int64_t peak = peak_of(l, limit);
        if (peak == 0 || limit->amount / ADVICE_TIMES < peak)
            continue;
        struct advice *a = say(l, ADVICE_LIMIT);
        if (!a)
            break;
        a->limit = *limit;
        a->peak = peak;
        a->amount = advice_round(2 * peak);
    }
    return ERR_OK;
}

/* ---- all of it ---- */

/* Does it work, and is its use the actor's to see and to act on? */
static bool
concerns(struct cx *cx, const struct key *k)
{
    enum key_status s = key_status(k, cx->now_s);
    return s > KEY_WAITING && usage_may_see(cx, k) && key_may_edit(cx, k);
}

static enum err_code
look_use(struct look *l)
{
    struct use *uses;
    if (store_advice_use(l->cx->store, l->cx->ws.id, l->key->id,
            days_ago(l, USE_DAYS), USE_MOST, &uses, &l->n_uses))
        return l->cx->err.code;
    l->uses = uses;
    if (l->n_uses == USE_MOST || young(l))
        return ERR_OK;
    if (look_models(l))
        return l->cx->err.code;
    look_endpoints(l);
    return look_limits(l);
}

enum err_code
advice_of_key(struct cx *cx, const struct key *k,
    struct advice out[ADVICE_MOST], size_t *n)
{
    struct look l = { .cx = cx, .key = k, .out = out };
    *n = 0;
    if (!concerns(cx, k))
        return ERR_OK;
    /* of a key that nobody uses, nothing else matters */
    if (!look_silent(&l)) {
        if (k->kind == KEY_STANDARD && look_use(&l))
            return cx->err.code;
        look_expiry(&l);
    }
    *n = l.n;
    return ERR_OK;
}

/* Keys from one end of the list by last use. */
static enum err_code
add_keys(struct cx *cx, bool silent, struct advice *all, size_t cap,
    size_t *n)
{
    struct key_filter f = { .kind = KEY_STANDARD, .sort = KEY_SORT_USED,
        .status = STR("active"), .back = silent,
        .most = silent ? OVERVIEW_SILENT : OVERVIEW_USED };
    struct key *keys, k;
    size_t n_keys, n_one;
    bool more;
    if (!access_has(cx, RIGHT_USAGE_ALL))
        f.owner = cx->actor.user.uuid;
    if (key_list(cx, &f, &keys, &n_keys, &more))
        return cx->err.code;
    for (size_t i = 0; i < n_keys; i++) {
        bool known = false;
        for (size_t j = 0; j < *n; j++)
            known = known || all[j].key.id == keys[i].id;
        if (known || cap - *n < ADVICE_MOST)
            continue;
        if (key_get(cx, keys[i].prefix, &k) ||
            advice_of_key(cx, &k, all + *n, &n_one))
            return cx->err.code;
        *n += n_one;
    }
    return ERR_OK;
}

enum err_code
advice_overview(struct cx *cx, size_t most, struct advice *out, size_t *n)
{
    enum { CAP = (OVERVIEW_USED + OVERVIEW_SILENT) * ADVICE_MOST };
    struct advice *all = arena_array(cx->arena, CAP, sizeof *all);
    size_t n_all = 0;
    *n = 0;
    if (add_keys(cx, true, all, CAP, &n_all) ||
        add_keys(cx, false, all, CAP, &n_all))
        return cx->err.code;
    for (int kind = 0; kind < ADVICE_COUNT; kind++)
        for (size_t i = 0; i < n_all && *n < most; i++)
            if (all[i].kind == (enum advice_kind)kind)
                out[(*n)++] = all[i];
    return ERR_OK;
}
