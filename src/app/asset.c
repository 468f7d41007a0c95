/* SPDX-License-Identifier: ISC */
#include "app/asset.h"

#include "app/file.h"
#include "secret/mac.h"
#include "text/hex.h"

#include <stdlib.h>

enum { ASSET_MAX = 256 * 1024, HASH_SHOWN = 8 };

static const struct {
    const char *key, *base, *ext, *type;
} kinds[] = {
    { "css", "app", "css", "text/css; charset=utf-8" },
    { "js", "app", "js", "text/javascript; charset=utf-8" },
    { "icon", "icon", "svg", "image/svg+xml" },
};

struct asset {
    struct str url;  /* "/static/app.1a2b3c4d.css" */
    struct str name; /* the part after "/static/" */
    struct str bytes;
    const char *type;
};

struct assets {
    struct arena *arena;
    struct asset items[COUNT_OF(kinds)];
};

static enum err_code
load_one(struct assets *all, const char *dir, size_t i, struct err *err)
{
    struct arena *a = all->arena;
    struct asset *f = &all->items[i];
    uint8_t hash[DIGEST_BYTES];
    struct str path =
        arena_fmt(a, "%s/%s.%s", dir, kinds[i].base, kinds[i].ext);
    if (file_read(a, path.p, ASSET_MAX, &f->bytes, err))
        return err->code;
    digest(&f->bytes, 1, hash);
    struct str hex = hex_show(a, hash, HASH_SHOWN / 2);
    f->url = arena_fmt(a, "/static/%s.%.*s.%s", kinds[i].base, STR_ARG(hex),
        kinds[i].ext);
    f->name = str_from(f->url, sizeof "/static/" - 1);
    f->type = kinds[i].type;
    return ERR_OK;
}

enum err_code
assets_load(const char *dir, struct assets **out, struct err *err)
{
    struct assets *all = calloc(1, sizeof *all);
    must(all != NULL);
    all->arena = arena_new(64 * 1024);
    *out = all;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (load_one(all, dir, i, err))
            return err->code;
    return ERR_OK;
}

void
assets_free(struct assets *assets)
{
    if (!assets)
        return;
    arena_free(assets->arena);
    free(assets);
}

struct val *
assets_view(const struct assets *assets, struct arena *a)
{
    struct val *v = val_map(a);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        val_put_str(v, kinds[i].key, assets->items[i].url);
    return v;
}

bool
assets_find(const struct assets *assets, struct str name, struct res *res)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const struct asset *f = &assets->items[i];
        if (!str_eq(name, f->name))
            continue;
        res->status = 200;
        res->bytes = f->bytes;
        res->type = f->type;
        res->cache = CACHE_FOREVER;
        return true;
    }
    return false;
}
