/* SPDX-License-Identifier: ISC */
/* Keys that are there; cli_key_make.c makes them and their secrets. */
#include "api/left.h"
#include "api/part.h"
#include "app/cli_command.h"
#include "core/key.h"
#include "core/limit.h"
#include "core/workspace.h"
#include "web/limit_words.h"

#include <stdio.h>

static void
put_usd(struct cx *cx, struct val *v, const char *name, int64_t micro)
{
    if (micro < 0)
        val_put_null(v, name);
    else
        val_put(v, name, usd_val(cx->arena, micro));
}

static struct val *
key_val(struct cx *cx, const struct key *k)
{
    struct val *v = val_map(cx->arena);
    val_put_str(v, "prefix", k->prefix);
    val_put_str(v, "id", k->uuid);
    val_put_str(v, "name", k->name);
    val_put_cstr(v, "kind", key_kind_name(k->kind));
    val_put_cstr(v, "status", key_status_name(key_status(k, cx->now_s)));
    cli_put_text(v, "owner", k->owner_name);
    cli_put_time(cx, v, "created", k->created_s);
    cli_put_time(cx, v, "expires", k->expires_s);
    cli_put_time(cx, v, "last_used", k->used_s);
    put_usd(cx, v, "spend_limit", k->spend_limit);
    val_put_cstr(v, "spend_reset", spend_reset_name(k->spend_reset));
    put_usd(cx, v, "spent", k->spent);
    return v;
}

/* ---- list ---- */

/* All keys of a kind, oldest first, page by page. */
static enum err_code
list_kind(struct cx *cx, const struct words *words, enum key_kind kind,
    struct str owner, struct val *out)
{
    struct key_filter f = { .kind = kind, .back = true, .most = 200,
        .status = str_cstr(words->status ? words->status : "any"),
        .find = str_lower(cx->arena, str_cstr(words->find)),
        .owner = owner };
    bool more = true;
    while (more) {
        struct key *keys;
        size_t n;
        if (key_list(cx, &f, &keys, &n, &more))
            return cx->err.code;
        for (size_t i = n; i > 0; i--) /* a page comes newest first */
            val_add(out, key_val(cx, &keys[i - 1]));
        if (n)
            f.mark_id = keys[0].id;
    }
    return ERR_OK;
}

static void
print_table(const struct val *keys)
{
    for (size_t i = 0; i < keys->u.list.n; i++) {
        const struct val *k = keys->u.list.items[i];
        printf("%-10.*s %-11.*s %-14.*s %.*s\n",
            STR_ARG(val_text(val_get_cstr(k, "prefix"))),
            STR_ARG(val_text(val_get_cstr(k, "kind"))),
            STR_ARG(val_text(val_get_cstr(k, "status"))),
            STR_ARG(val_text(val_get_cstr(k, "name"))));
    }
}

int
cli_key_list(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct val *all = val_list(cx->arena);
    struct str owner = { NULL, 0 }, sort;
    if (workspace_enter(cx, str_cstr(words->workspace)) ||
        (words->owner && cli_owner(cx, words->owner, &owner)))
        return cli_fail(&cx->err);
    (void)str_cut(owner, ':', &sort, &owner);
    for (enum key_kind kind = KEY_STANDARD; kind < KEY_KIND_COUNT; kind++)
        if ((!words->kind ||
                str_is(str_cstr(words->kind), key_kind_name(kind))) &&
            list_kind(cx, words, kind, owner, all))
            return cli_fail(&cx->err);
    if (words->json)
        cli_print_json(cx, all);
    else
        print_table(all);
    return EXIT_DONE;
}

/* ---- one ---- */

/* Its workspace by its prefix: prefixes are unique in the installation. */
static enum err_code
enter(struct cx *cx, struct str prefix)
{
    int64_t ws;
    if (key_workspace(cx, prefix, &ws))
        return cx->err.code;
    return workspace_enter_id(cx, ws);
}

/* Null: any. */
static void
put_allowed(struct val *v, const char *name, bool all,
    const struct strs *list)
{
    if (all) {
        val_put_null(v, name);
        return;
    }
    struct val *out = val_put_list(v, name);
    for (size_t i = 0; i < list->n; i++)
        val_add_str(out, list->items[i]);
}

static void
put_settings(struct cx *cx, struct val *v, const struct key *k)
{
    const struct key_access *a = &k->access;
    cli_put_time(cx, v, "disabled", k->disabled_s);
    cli_put_time(cx, v, "suspended", k->suspended_s);
    cli_put_text(v, "suspended_why", k->suspended_why);
    cli_put_time(cx, v, "revoked", k->revoked_s);
    cli_put_time(cx, v, "old_secret_ends", k->old_ends_s);
    cli_put_time(cx, v, "claim_link_ends",
        key_waits(k) ? k->claim_ends_s : 0);
    put_allowed(v, "categories", a->all_categories, &a->categories);
    put_allowed(v, "models", a->all_models, &a->models);
    put_allowed(v, "endpoints", a->all_endpoints, &a->endpoints);
    put_allowed(v, "networks", a->all_networks, &a->networks);
    cli_put_text(v, "deployment", a->deployment_uuid);
    cli_put_text(v, "note", k->note);
    cli_put_text(v, "created_by", k->by_name);
}

/* Every limit that its calls have to pass: as GET /v1/keys/{prefix}/limits has
 * them, but for models, which have their names here. */
static void
put_limits(struct cx *cx, struct val *v, const struct limits *all)
{
    struct val *list = val_put_list(v, "limits");
    for (size_t i = 0; i < all->n; i++)
        left_rule(cx, val_add_map(list), &all->items[i],
            all->items[i].model);
}

/* The same in the words of the page, a line each. */
static void
print_limits(struct cx *cx, const struct limits *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct limit *l = &all->items[i];
        struct val *row = val_map(cx->arena);
        limit_row(cx, row, l, true);
        printf("%-22s %.*s%s%s: %.*s; resets: %.*s\n", "limit",
            STR_ARG(limit_title(cx, l)),
            l->source == LIMIT_RULE_WORKSPACE ? " of the workspace" : "",
            l->shadow ? " (shadow, refuses nothing)" : "",
            STR_ARG(val_text(val_get_cstr(row, "used"))),
            STR_ARG(val_text(val_get_cstr(row, "resets"))));
    }
}

int
cli_key_show(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct str prefix = str_cstr(words->rest);
    struct key_label *labels;
    struct limits limits;
    struct key k;
    size_t n;
    if (enter(cx, prefix) || key_get(cx, prefix, &k) ||
        key_labels(cx, &k, &labels, &n) || limit_list(cx, prefix, &limits))
        return cli_fail(&cx->err);
    struct val *v = key_val(cx, &k);
    val_put_str(v, "workspace", cx->ws.slug);
    put_settings(cx, v, &k);
    struct val *map = val_put_map(v, "labels");
    for (size_t i = 0; i < n; i++)
        val_put_new(map, labels[i].name, val_str(cx->arena, labels[i].value));
    if (words->json)
        put_limits(cx, v, &limits);
    int code = cli_show(cx, words, v);
    if (!words->json)
        print_limits(cx, &limits);
    return code;
}

/* What it is after a change; `said` is the line without --json. */
static int
tell(struct cx *cx, const struct words *words, const char *said)
{
    struct key k;
    if (key_get(cx, str_cstr(words->rest), &k))
        return cli_fail(&cx->err);
    return cli_tell(cx, words, key_val(cx, &k), "%s %.*s", said,
        STR_ARG(k.name));
}

int
cli_key_disable(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct str prefix = str_cstr(words->rest);
    struct key k;
    if (enter(cx, prefix) || key_disable(cx, prefix, &k))
        return cli_fail(&cx->err);
    return tell(cx, words,
        k.disabled_s ? "was disabled before:" : "disabled:");
}

int
cli_key_enable(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct str prefix = str_cstr(words->rest);
    struct key k;
    if (enter(cx, prefix) || key_enable(cx, prefix, &k))
        return cli_fail(&cx->err);
    return tell(cx, words, k.disabled_s ? "enabled:" : "was not disabled:");
}

int
cli_key_revoke(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct str prefix = str_cstr(words->rest);
    struct key k;
    if (enter(cx, prefix) ||
        key_revoke(cx, prefix, false, STR(""), &k))
        return cli_fail(&cx->err);
    return tell(cx, words, k.revoked_s ? "was revoked before:" : "revoked:");
}

int
cli_key_enter(struct cx *cx, const struct words *words)
{
    return enter(cx, str_cstr(words->rest)) ? cli_fail(&cx->err) : EXIT_DONE;
}
