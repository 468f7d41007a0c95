/* SPDX-License-Identifier: ISC */
#include "core/ceiling.h"

#include "store/store_key.h"
#include "text/ip.h"
#include "text/money.h"

/* The key that acts, with its lists; *is false for persons and the shell. */
static enum err_code
load(struct cx *cx, struct key *maker, bool *is)
{
    *is = cx->actor.kind == ACTOR_KEY;
    if (!*is)
        return ERR_OK;
    *maker = cx->actor.key;
    return store_key_access(cx->store, maker);
}

enum err_code
ceiling_start(struct cx *cx, struct key *k)
{
    bool is;
    struct key maker;
    if (load(cx, &maker, &is))
        return cx->err.code;
    k->access = (struct key_access){ .all_categories = true,
        .all_models = true,
        .all_endpoints = true,
        .all_networks = true };
    k->spend_limit = -1;
    if (is) {
        k->access = maker.access;
        k->spend_limit = maker.spend_limit;
        k->spend_reset = maker.spend_reset;
    }
    return ERR_OK;
}

static bool
has(const struct strs *list, struct str s)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->items[i], s))
            return true;
    return false;
}

static bool
within(bool all, const struct strs *list, bool child_all,
    const struct strs *child)
{
    for (size_t i = 0; !all && i < child->n; i++)
        if (!has(list, child->items[i]))
            return false;
    return all || !child_all;
}

static bool
network_within(const struct strs *nets, struct str child)
{
    struct cidr outer, inner;
    if (!cidr_read(child, &inner))
        return false;
    for (size_t i = 0; i < nets->n; i++)
        if (cidr_read(nets->items[i], &outer) && outer.bits <= inner.bits &&
            cidr_holds(&outer, &inner.net))
            return true;
    return false;
}

static bool
networks_within(const struct key_access *a, const struct key_access *child)
{
    for (size_t i = 0; !a->all_networks && i < child->networks.n; i++)
        if (!network_within(&a->networks, child->networks.items[i]))
            return false;
    return a->all_networks || !child->all_networks;
}

/* As much money at most, in as long a period at least. */
static bool
money_within(const struct key *maker, const struct key *k)
{
    static const int length[] = { [SPEND_DAY] = 1, [SPEND_WEEK] = 2,
        [SPEND_MONTH] = 3, [SPEND_NO_RESET] = 4 };
    if (maker->spend_limit < 0)
        return true;
    return k->spend_limit >= 0 && k->spend_limit <= maker->spend_limit &&
        length[k->spend_reset] >= length[maker->spend_reset];
}

/* What of k is more than the maker has; NULL: nothing. */
static const char *
beyond(const struct key *maker, const struct key *k)
{
    const struct key_access *a = &maker->access, *c = &k->access;
    if (!within(a->all_categories, &a->categories, c->all_categories,
            &c->categories))
        return "model categories";
    if (!within(a->all_models, &a->model_uuids, c->all_models,
            &c->model_uuids))
        return "models";
    if (!within(a->all_endpoints, &a->endpoints, c->all_endpoints,
            &c->endpoints))
        return "endpoints";
    if (!networks_within(a, c))
        return "networks";
    if (a->deployment_id && a->deployment_id != c->deployment_id)
        return "deployments";
    return money_within(maker, k) ? NULL : "spending limit";
}

enum err_code
ceiling_need(struct cx *cx, const struct key *k)
{
    bool is;
    struct key maker;
    if (load(cx, &maker, &is) || !is)
        return cx->err.code;
    const char *what = beyond(&maker, k);
    if (!what)
        return ERR_OK;
    ERR(&cx->err, ERR_FORBIDDEN,
        "A key never gives more than it has: the %s asked for are beyond "
        "those of the key that asks. Ask an admin, who may do it in the "
        "console.", what);
    cx->err.reason = "beyond_maker";
    return cx->err.code;
}
