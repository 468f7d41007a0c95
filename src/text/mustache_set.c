/* SPDX-License-Identifier: ISC */
#include "text/mustache.h"

#include "text/mustache_program.h"
#include "text/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct mustache_set *
mustache_new(void)
{
    struct arena *a = arena_new((size_t)64 * 1024);
    struct mustache_set *set = ARENA_NEW(a, struct mustache_set);
    set->arena = a;
    return set;
}

void
mustache_free(struct mustache_set *set)
{
    if (set)
        arena_free(set->arena);
}

const struct program *
set_find(const struct mustache_set *set, struct str name)
{
    for (size_t i = 0; i < set->n; i++)
        if (str_eq(set->programs[i]->name, name))
            return set->programs[i];
    return NULL;
}

bool
mustache_has(const struct mustache_set *set, struct str name)
{
    return set_find(set, name) != NULL;
}

static void *
grow(struct arena *a, const void *old, size_t n, size_t *cap, size_t size)
{
    *cap = *cap ? *cap * 2 : 32;
    void *p = arena_array(a, *cap, size);
    if (n)
        memcpy(p, old, n * size);
    return p;
}

uint32_t
set_block(struct mustache_set *set, struct str name)
{
    for (size_t i = 0; i < set->n_blocks; i++)
        if (str_eq(set->blocks[i], name))
            return (uint32_t)i;
    if (set->n_blocks == set->blocks_cap)
        set->blocks = grow(set->arena, set->blocks, set->n_blocks,
            &set->blocks_cap, sizeof *set->blocks);
    set->blocks[set->n_blocks] = name;
    return (uint32_t)set->n_blocks++;
}

enum err_code
mustache_add(struct mustache_set *set, struct str name, struct str source,
    const char *file, struct err *err)
{
    must(!set->linked);
    if (mustache_has(set, name))
        return ERR(err, ERR_INVALID, "%s:1:1: a template \"%.*s\" is already "
            "there", file, STR_ARG(name));
    if (source.n > MUSTACHE_SOURCE_MAX)
        return ERR(err, ERR_INVALID, "%s:1:1: longer than %d bytes", file,
            MUSTACHE_SOURCE_MAX);
    if (!utf8_valid(source))
        return ERR(err, ERR_INVALID, "%s:1:1: not valid UTF-8", file);
    struct program *p = ARENA_NEW(set->arena, struct program);
    p->name = arena_dup(set->arena, name);
    p->file = arena_cstr(set->arena, str_cstr(file));
    struct arena *scratch = arena_new((size_t)64 * 1024);
    enum err_code rc = program_compile(set, p, arena_dup(set->arena, source),
        scratch, err);
    arena_free(scratch);
    if (rc != ERR_OK)
        return rc;
    if (set->n == set->cap)
        set->programs = grow(set->arena, set->programs, set->n, &set->cap,
            sizeof(struct program *));
    set->programs[set->n++] = p;
    return ERR_OK;
}

enum err_code
mustache_link(struct mustache_set *set, bool strict, struct err *err)
{
    must(!set->linked);
    set->linked = true;
    for (size_t i = 0; i < set->n; i++) {
        const struct program *p = set->programs[i];
        for (uint32_t j = 0; j < p->n; j++) {
            struct op *op = &p->ops[j];
            if (op->kind != OP_PARTIAL && op->kind != OP_PARENT)
                continue;
            op->target = set_find(set, op->text);
            if (!op->target && strict)
                return ERR(err, ERR_INVALID, "%s:%u:%u: there is no template "
                    "\"%.*s\"", p->file, op->line, op->col, STR_ARG(op->text));
        }
    }
    return ERR_OK;
}

/* ---- from files --------------------------------------------------------- */

static enum err_code
file_error(const char *path, struct err *err)
{
    return ERR(err, ERR_INVALID, "%s: %s", path, strerror(errno));
}

static enum err_code
load_file(struct mustache_set *set, const char *path, struct str name,
    struct err *err)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return file_error(path, err);
    struct arena *scratch = arena_new((size_t)64 * 1024);
    struct buf text;
    /* one byte more than is allowed, so that mustache_add sees "too long" */
    buf_init(&text, scratch, (size_t)MUSTACHE_SOURCE_MAX + 1);
    char chunk[4096];
    size_t n;
    while (text.n <= MUSTACHE_SOURCE_MAX &&
        (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_add(&text, chunk,
            n < text.max - text.n ? n : text.max - text.n);
    enum err_code rc = ferror(f)
        ? file_error(path, err)
        : mustache_add(set, name, buf_view(&text), path, err);
    arena_free(scratch);
    fclose(f);
    return rc;
}

/*
 * prefix  what names begin with: "" or "folder/"
 * folders may there be folders?
 */
static enum err_code
load_folder(struct mustache_set *set, const char *dir, const char *prefix,
    bool folders, struct err *err)
{
    DIR *d = opendir(dir);
    if (!d)
        return file_error(dir, err);
    enum err_code rc = ERR_OK;
    const struct dirent *e;
    while (rc == ERR_OK && (e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        struct str path = arena_fmt(set->arena, "%s/%s", dir, e->d_name);
        struct str name = arena_fmt(set->arena, "%s%s", prefix, e->d_name);
        struct stat st;
        if (stat(path.p, &st) != 0) {
            rc = file_error(path.p, err);
        } else if (S_ISDIR(st.st_mode) && folders) {
            struct str below = arena_fmt(set->arena, "%s/", name.p);
            rc = load_folder(set, path.p, below.p, false, err);
        } else if (S_ISREG(st.st_mode) && str_ends(name, STR(".mustache"))) {
            name.n -= STR(".mustache").n;
            rc = load_file(set, path.p, name, err);
        }
    }
    closedir(d);
    return rc;
}

enum err_code
mustache_load_dir(struct mustache_set *set, const char *dir, struct err *err)
{
    enum err_code rc = load_folder(set, dir, "", true, err);
    return rc == ERR_OK ? mustache_link(set, true, err) : rc;
}
