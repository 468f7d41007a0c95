/* SPDX-License-Identifier: ISC */
/* New keys, new secrets, and links that show one to its holder. */
#include "app/cli_command.h"
#include "core/claim.h"
#include "core/key.h"
#include "core/workspace.h"
#include "text/fields.h"
#include "text/when.h"

#include <stdio.h>

/* What `text` below says. */
enum shown { NEW_KEY, NEW_SECRET, NEW_LINK };

/* It was made, and could not be printed: how to get it anew. */
static struct str
lost_words(struct cx *cx, const struct key *k, enum shown what)
{
    struct arena *a = cx->arena;
    if (what == NEW_LINK)
        return arena_fmt(a, "The key \"%.*s\" waits for a holder, but nobody "
            "saw the link, and older ones work no more. For another one run: "
            "keylodge key claim-link %.*s", STR_ARG(k->name),
            STR_ARG(k->prefix));
    if (what == NEW_KEY)
        return arena_fmt(a, "The key \"%.*s\" was made, but nobody saw its "
            "secret. For another secret run: keylodge key rotate %.*s",
            STR_ARG(k->name), STR_ARG(k->prefix));
    return arena_fmt(a, "The key \"%.*s\" has a new secret that nobody saw, and "
        "the old one ends %.*s. For another secret run: keylodge key rotate "
        "%.*s", STR_ARG(k->name), STR_ARG(k->old_ends_s > cx->now_s
                ? when_long(a, k->old_ends_s)
                : STR("now")), STR_ARG(k->prefix));
}

/* Without --json nothing but the secret, or the link that shows it. */
static int
tell_secret(struct cx *cx, const struct words *words, const struct key *k,
    struct str text, enum shown what)
{
    bool link = what == NEW_LINK;
    struct val *v = val_map(cx->arena);
    val_put_str(v, "prefix", k->prefix);
    val_put_str(v, "name", k->name);
    val_put_str(v, link ? "claim_link" : "key", text);
    if (link)
        cli_put_time(cx, v, "claim_link_ends", k->claim_ends_s);
    else
        cli_put_text(v, "signing_secret", key_signing(cx, k, text));
    return cli_tell_once(cx, words, v, text, lost_words(cx, k, what));
}

/* What the page says with a choice beside its field, the shell says by giving
 * the field at all. */
static void
put_scopes(struct cx *cx, const struct words *words, struct pairs *form)
{
    const struct {
        const char *typed, *scope;
    } rows[] = {
        { words->categories, "category_scope" },
        { words->models, "model_scope" },
        { words->endpoints, "endpoint_scope" },
        { words->networks, "network_scope" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].typed)
            cli_put_word(cx, form, rows[i].scope, STR("some"));
    if (words->expires_on)
        cli_put_word(cx, form, "expiry", STR("date"));
    else if (!words->expiry)
        cli_put_word(cx, form, "expiry", STR("none"));
}

static enum err_code
read_key(struct cx *cx, const struct words *typed, struct key_in *in)
{
    struct words words = *typed;
    struct pairs form = { NULL, 0 };
    struct str owner;
    if (words.owner) {
        if (cli_owner(cx, words.owner, &owner))
            return cx->err.code;
        words.owner = arena_cstr(cx->arena, owner);
    }
    cli_put_fields(cx, &words, key_fields, &form);
    put_scopes(cx, &words, &form);
    return fields_from_form(cx->arena, key_fields, &form, in, &cx->err);
}

int
cli_key_create(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    enum key_kind kind = KEY_STANDARD;
    struct key_in in = { .version = 0 };
    struct str text;
    struct key k;
    if (words->expiry && words->expires_on) {
        fputs("keylodge: key create: give --expiry or --expires-on, not "
              "both\n", stderr);
        return EXIT_WORDS;
    }
    if (words->kind)
        (void)key_kind_read(str_cstr(words->kind), &kind); /* is one */
    if (!cli_once_ready())
        return EXIT_FAILED;
    if (workspace_enter(cx, str_cstr(words->workspace)) ||
        read_key(cx, words, &in) || key_create(cx, kind, &in, &text, &k))
        return cli_fail(&cx->err);
    return tell_secret(cx, words, &k, text,
        in.claim == KEY_CLAIM_NONE ? NEW_KEY : NEW_LINK);
}

int
cli_key_rotate(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct pairs form = { NULL, 0 };
    struct rotate_in in = { .overlap = KEY_OVERLAP_NONE };
    struct str text;
    struct key k;
    cli_put_word(cx, &form, "once", STR("shell")); /* needs no form */
    cli_put_word(cx, &form, "overlap",
        str_cstr(words->overlap ? words->overlap : "none"));
    if (fields_from_form(cx->arena, rotate_fields, &form, &in, &cx->err))
        return cli_fail(&cx->err);
    in.once = (struct str){ NULL, 0 };
    int code = cli_key_enter(cx, words);
    if (code)
        return code;
    if (!cli_once_ready())
        return EXIT_FAILED;
    if (key_rotate(cx, str_cstr(words->rest), &in, &text, &k))
        return cli_fail(&cx->err);
    return tell_secret(cx, words, &k, text, NEW_SECRET);
}

int
cli_key_claim_link(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct pairs form = { NULL, 0 };
    struct claim_in in = { .claim = KEY_CLAIM_NONE };
    struct str link;
    struct key k;
    cli_put_word(cx, &form, "once", STR("shell"));
    cli_put_word(cx, &form, "claim",
        str_cstr(words->claim ? words->claim : "1"));
    if (fields_from_form(cx->arena, claim_fields, &form, &in, &cx->err))
        return cli_fail(&cx->err);
    in.once = (struct str){ NULL, 0 };
    int code = cli_key_enter(cx, words);
    if (code)
        return code;
    if (!cli_once_ready())
        return EXIT_FAILED;
    if (claim_renew(cx, str_cstr(words->rest), &in, &link, &k))
        return cli_fail(&cx->err);
    return tell_secret(cx, words, &k, link, NEW_LINK);
}
