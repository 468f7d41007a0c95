/* SPDX-License-Identifier: ISC */
/*
 * Fills a database for the benchmark, in one transaction a workspace:
 *   seed CONFIG EMAIL KEYS_OF_LIST KEYS_IN_ALL KEYFILE
 * A workspace "list" with KEYS_OF_LIST keys, owned by EMAIL, and "many" with
 * the rest; 300 whole keys of "many" are written to KEYFILE.
 */
#include "../inside.h"

#include "core/change.h"
#include "core/key.h"
#include "core/workspace.h"
#include "secret/keytext.h"
#include "secret/random.h"
#include "secret/seal.h"
#include "core/account.h"
#include "store/store_workspace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The keys in use: those of one team, made one after the other. */
enum { KEYS_WRITTEN = 300 };

static enum err_code
add_key(struct cx *cx, const struct user *owner, long i, struct str *text)
{
    uint8_t hash[KEYTEXT_HASH];
    char prefix[KEYTEXT_PREFIX];
    random_b62(prefix, sizeof prefix);
    struct key k = {
        .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .workspace_id = cx->ws.id,
        .prefix = { prefix, sizeof prefix },
        .name = arena_fmt(cx->arena, "Program number %ld", i),
        .owner_user_id = owner->id,
        .by_name = owner->email,
        .spend_limit = i % 3 ? -1 : INT64_C(50000000),
        .spend_reset = SPEND_MONTH,
        .access = { .all_categories = true, .all_models = true,
            .all_endpoints = true, .all_networks = true },
    };
    *text = keytext_make(cx->arena, k.prefix, KEYTEXT_STANDARD);
    keytext_hash(*text, hash);
    struct str sealed = seal(cx->arena, cx->secrets, SUBKEY_APIKEY,
        key_seal_ad(cx->arena, &k), (struct str){ (char *)hash, sizeof hash });
    if (store_key_insert(cx->store, &k, 0, cx->now_s))
        return cx->err.code;
    return store_secret_insert(cx->store, k.id, sealed,
        str_from(*text, KEYTEXT_CHARS - KEYTEXT_LAST), cx->now_s);
}

static enum err_code
fill(struct worker *w, const char *email, const char *name, long n,
    FILE *keys, FILE *limited)
{
    struct user owner;
    struct workspace ws;
    struct workspace_in made = { .name = str_cstr(name) };
    struct cx *cx = worker_shell(w);
    if (user_by_email(cx, str_cstr(email), &owner) ||
        workspace_create(cx, &made, &owner, &ws))
        return cx->err.code;
    struct settings_in in = { .version = 1, .name = str_cstr(name),
        .key_max = WORKSPACE_KEYS_MOST,
        .event_months = WORKSPACE_EVENTS_USUAL };
    if (settings_save(cx, &in) || CHANGE_BEGIN(cx))
        return cx->err.code;
    for (long i = 0; i < n; i++) {
        struct str text;
        if (add_key(cx, &owner, i, &text))
            return cx->err.code;
        if (keys && i >= n / 2 && i < n / 2 + KEYS_WRITTEN)
            fprintf(i % 3 ? keys : limited, "%.*s\n", STR_ARG(text));
    }
    return change_commit(cx, AUDIT_NONE);
}

int
main(int argc, char **argv)
{
    struct inside in;
    if (argc != 6)
        return 2;
    inside_open(&in, "seed", argv[1]);
    long list = strtol(argv[3], NULL, 10), all = strtol(argv[4], NULL, 10);
    FILE *keys = fopen(argv[5], "we");
    /* those with a spending limit, whose calls are reserved */
    FILE *limited = fopen(arena_fmt(in.arena, "%s.limited", argv[5]).p, "we");
    if (!keys || !limited) {
        perror("seed");
        return 1;
    }
    if (!fill(&in.w, argv[2], "list", list, NULL, NULL))
        (void)fill(&in.w, argv[2], "many", all - list, keys, limited);
    fclose(keys);
    fclose(limited);
    return inside_close(&in);
}
