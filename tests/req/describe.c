/* SPDX-License-Identifier: ISC */
#include "describe.h"

#include "api/describe.h"
#include "schema.h"
#include "text/json.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOC_BYTES = 256 * 1024, FILES_MOST = 40 };

static json_t *own;
static json_t *published[FILES_MOST]; /* ends with NULL */
static const char *const folders[] = { "aimlapi", "exoscale" };

static void
load_own(struct world *w)
{
    size_t n;
    struct buf b;
    json_error_t e;
    const struct route *table = routes(&n);
    struct arena *a = arena_new(DOC_BYTES);
    struct cx cx = w->worker.cx;
    cx.arena = a;
    cx.public_url = STR("http://" WORLD_HOST);
    err_init(&cx.err, a);
    buf_init(&b, a, BUF_MAX_PAGE);
    json_write(&b, describe_document(&cx, table, n));
    own = json_loadb(b.p, b.n, 0, &e);
    if (!own)
        fail_msg("the description is no JSON: %s", e.text);
    arena_free(a);
}

static void
load_folder(const char *top, const char *folder, size_t *n)
{
    char path[PATH_BYTES * 2];
    (void)snprintf(path, sizeof path, "%s/%s", top, folder);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        if (!strstr(e->d_name, ".json") || *n + 1 == FILES_MOST)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s/%s", top, folder, e->d_name);
        published[*n] = json_load_file(path, 0, NULL);
        if (published[*n])
            ++*n;
    }
    if (d)
        closedir(d);
}

static void
load(struct world *w)
{
    size_t n = 0;
    const char *top = getenv("KEYLODGE_CONTRACTS");
    if (own)
        return;
    load_own(w);
    for (size_t i = 0; top && i < COUNT_OF(folders); i++)
        load_folder(top, folders[i], &n);
    if (n == 0)
        print_message("left out: published API descriptions are not here\n");
}

static const char *
method_key(enum method m)
{
    return m == METHOD_POST ? "post"
        : m == METHOD_PUT   ? "put"
        : m == METHOD_PATCH ? "patch"
        : m == METHOD_DELETE ? "delete"
                             : "get";
}

/* The description of this answer: of its operation and status. */
static const json_t *
answer_of(const json_t *doc, const char *path, const struct route *row,
    int status)
{
    char code[8];
    (void)snprintf(code, sizeof code, "%d", status);
    const json_t *op = json_object_get(
        json_object_get(json_object_get(doc, "paths"), path),
        method_key(row->method));
    return schema_resolve(doc,
        json_object_get(json_object_get(op, "responses"), code));
}

static void
check_one(const json_t *doc, const json_t *answer, const struct route *row,
    const struct reply *r, bool strict)
{
    char type[100];
    struct str sent = reply_header(r, "Content-Type"), rest;
    const json_t *content = json_object_get(answer, "content");
    str_cut(sent, ';', &sent, &rest);
    (void)snprintf(type, sizeof type, "%.*s", STR_ARG(sent));
    const json_t *media = json_object_get(content, type);
    if (!content && r->body.n == 0)
        return;
    if (!media && !strict && json_object_size(content) == 1)
        media = json_object_iter_value(
            json_object_iter((json_t *)(uintptr_t)content));
    if (!media)
        fail_msg("%s %s: %d has the type \"%s\", which is not described",
            method_name(row->method), row->path, r->status, type);
    if (strcmp(type, "text/plain") == 0)
        return;
    json_t *v = json_loadb(r->body.p, r->body.n, JSON_DECODE_ANY, NULL);
    if (!v)
        fail_msg("%s: no JSON: %.*s", row->path, STR_ARG(r->body));
    const char *wrong =
        schema_fault(doc, json_object_get(media, "schema"), v, strict);
    if (*wrong)
        fail_msg("%s %s: %d is not as %s: %s\n%.*s",
            method_name(row->method), row->path, r->status,
            strict ? "described" : "published", wrong, STR_ARG(r->body));
    json_decref(v);
}

/* An answer that others' clients cannot ask for: a key that waits for its
 * holder has no secret to tell yet. */
static bool
is_extension(struct world *w, const struct reply *r)
{
    return r->status == 200 && reply_holds(r, STR("\"claim_url\":")) &&
        !val_get_cstr(val_get_cstr(reply_json(w, r), "data"), "key");
}

void
describe_check(struct world *w, const struct route *row,
    const struct reply *r)
{
    if (!row || !describe_has(row) || row->path[0] != '/')
        return;
    load(w);
    const char *path =
        arena_cstr(w->arena, describe_path(w->arena, row->path));
    const json_t *answer = answer_of(own, path, row, r->status);
    if (!answer)
        fail_msg("%s %s: the status %d is not described: %.*s",
            method_name(row->method), row->path, r->status, STR_ARG(r->body));
    check_one(own, answer, row, r, true);
    if (is_extension(w, r))
        return;
    /* Exoscale's paths stand in its files without the /v2 of its servers */
    bool exo = row->face == FACE_EXO_OLD || row->face == FACE_EXO_NEW;
    if (exo)
        path += strlen("/v2");
    for (size_t i = 0; published[i]; i++) {
        answer = answer_of(published[i], path, row, r->status);
        if (answer && json_object_get(answer, "content"))
            check_one(published[i], answer, row, r, false);
    }
}
