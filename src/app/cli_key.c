/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "core/key.h"
#include "core/workspace.h"
#include "text/fields.h"

#include <stdio.h>

int
cli_key_create(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    enum key_kind kind = KEY_STANDARD;
    struct pairs form = { NULL, 0 };
    struct key_in in = { .version = 0 };
    struct str text;
    struct key k;
    if (words->kind)
        (void)key_kind_read(str_cstr(words->kind), &kind); /* is one */
    cli_put_word(cx, &form, "name", str_cstr(words->name));
    cli_put_word(cx, &form, "expiry", STR("none"));
    if (fields_from_form(cx->arena, key_fields, &form, &in, &cx->err) ||
        workspace_enter(cx, str_cstr(words->workspace)) ||
        key_create(cx, kind, &in, &text, &k))
        return cli_fail(&cx->err);
    printf("%.*s\n", STR_ARG(text));
    return EXIT_DONE;
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
    val_put_str(v, "owner", k->owner_name);
    cli_put_time(cx, v, "created", k->created_s);
    cli_put_time(cx, v, "expires", k->expires_s);
    cli_put_time(cx, v, "last_used", k->used_s);
    return v;
}

/* All keys of a kind, oldest first, page by page. */
static enum err_code
list_kind(struct cx *cx, enum key_kind kind, struct val *out)
{
    struct key_filter f = { .kind = kind, .status = STR("any"), .back = true,
        .most = 200 };
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
    if (workspace_enter(cx, str_cstr(words->workspace)))
        return cli_fail(&cx->err);
    for (enum key_kind kind = KEY_STANDARD; kind < KEY_KIND_COUNT; kind++)
        if (list_kind(cx, kind, all))
            return cli_fail(&cx->err);
    if (words->json)
        cli_print_json(cx, all);
    else
        print_table(all);
    return EXIT_DONE;
}

int
cli_key_revoke(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct key k;
    int64_t ws;
    struct str prefix = str_cstr(words->rest);
    if (key_workspace(cx, prefix, &ws) || workspace_enter_id(cx, ws) ||
        key_revoke(cx, prefix, false, STR(""), &k))
        return cli_fail(&cx->err);
    printf("%s %.*s\n", k.revoked_s ? "was revoked before:" : "revoked:",
        STR_ARG(k.name));
    return EXIT_DONE;
}
