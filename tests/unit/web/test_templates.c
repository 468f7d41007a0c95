/* SPDX-License-Identifier: ISC */

/*
 * Every page in every state of tests/views: the templates compile, each view
 * renders with our own engine to one whole page, each posting form carries the
 * token, and what a person typed never becomes markup.
 *
 * A view is called TEMPLATE[--STATE].json, the first '-' of TEMPLATE standing
 * for '/': "key-list--empty.json" fills "key/list".
 */

#include "base/buf.h"
#include "text/json.h"
#include "text/mustache.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PATH_MOST = 4096, NAMES_MOST = 400 };

static struct arena *arena;
static struct mustache_set *set;

static const char *
source_dir(void)
{
    const char *dir = getenv("KEYLODGE_SRC");
    return dir ? dir : ".";
}

static struct str
file_read(const char *path)
{
    char part[4096];
    struct buf out;
    size_t n;
    buf_init(&out, arena, BUF_MAX_PAGE);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("cannot read %s", path);
    while (f && (n = fread(part, 1, sizeof part, f)) > 0)
        buf_add(&out, part, n);
    if (f)
        fclose(f);
    return buf_view(&out);
}

/* The names in a folder of the source tree that end in `end`, without it. */
static size_t
names_list(const char *folder, const char *end, struct str *names)
{
    char path[PATH_MOST];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/%s", source_dir(), folder);
    DIR *dir = opendir(path);
    if (!dir)
        fail_msg("cannot list %s", path);
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        size_t len = strlen(e->d_name), tail = strlen(end);
        if (len <= tail || strcmp(e->d_name + len - tail, end) != 0)
            continue;
        assert_true(n < NAMES_MOST);
        names[n++] = arena_dup(arena, (struct str){ e->d_name, len - tail });
    }
    if (dir)
        closedir(dir);
    return n;
}

/* "key-list--empty" -> "key/list" */
static const char *
page_of(struct str view)
{
    char *name = arena_cstr(arena, view);
    char *state = strstr(name, "--");
    if (state)
        *state = '\0';
    char *dash = strchr(name, '-');
    if (dash)
        *dash = '/';
    return name;
}

static size_t
count_of(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
        n++;
    return n;
}

static int
setup(void **state)
{
    (void)state;
    char path[PATH_MOST];
    struct err err;
    arena = arena_new(1024 * 1024);
    set = mustache_new();
    err_init(&err, arena);
    snprintf(path, sizeof path, "%s/templates", source_dir());
    if (mustache_load_dir(set, path, &err) != ERR_OK) {
        fprintf(stderr, "%.*s\n", STR_ARG(err.msg));
        return -1;
    }
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    mustache_free(set);
    arena_free(arena);
    return 0;
}

/* The browser tests look at the pages in KEYLODGE_PAGES, when it is set. */
static void
page_keep(struct str view, struct str html)
{
    const char *dir = getenv("KEYLODGE_PAGES");
    char path[PATH_MOST];
    if (!dir)
        return;
    snprintf(path, sizeof path, "%s/%.*s.html", dir, STR_ARG(view));
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(html.p, 1, html.n, f) != html.n || fclose(f) != 0)
        fail_msg("cannot write %s", path);
}

static void
view_check(struct str view)
{
    char path[PATH_MOST];
    struct err err;
    struct val *v = NULL;
    struct buf out;
    const char *page = page_of(view);

    snprintf(path, sizeof path, "%s/tests/views/%.*s.json", source_dir(),
        STR_ARG(view));
    err_init(&err, arena);
    if (json_read(arena, file_read(path), &v, &err) != ERR_OK)
        fail_msg("%s: %.*s", path, STR_ARG(err.msg));
    if (!val_get_cstr(v, "frozen")) /* most workspaces never are */
        val_put_null(v, "frozen");
    buf_init(&out, arena, BUF_MAX_PAGE);
    if (mustache_render(set, str_cstr(page), v, &out, &err) != ERR_OK)
        fail_msg("%s with %s: %.*s", page, path, STR_ARG(err.msg));

    const char *html = arena_cstr(arena, buf_view(&out));
    if (strncmp(html, "<!DOCTYPE html>\n", 16) != 0 ||
        count_of(html, "</html>") != 1)
        fail_msg("%s with %s: not one whole page", page, path);
    if (count_of(html, "<h1") != 1)
        fail_msg("%s with %s: not one h1", page, path);
    if (count_of(html, "method=\"post\"") != count_of(html, "name=\"csrf\""))
        fail_msg("%s with %s: a posting form without the token", page, path);
    if (count_of(html, "<script") != 1)
        fail_msg("%s with %s: markup from data", page, path);
    page_keep(view, buf_view(&out));
}

static void
test_views(void **state)
{
    (void)state;
    struct str *views = arena_array(arena, NAMES_MOST, sizeof *views);
    size_t n = names_list("tests/views", ".json", views);
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++)
        view_check(views[i]);
    print_message("%zu views rendered\n", n);
}

/* A page is a template that fills a layout. */
static void
test_each_page_has_a_view(void **state)
{
    (void)state;
    static const char *const folders[] = { "account", "admin", "audit", "credit",
        "deployment", "docs", "error", "freeze", "key", "leak", "member", "model", "session", "settings",
        "setup", "usage", "workspace" };
    struct str *views = arena_array(arena, NAMES_MOST, sizeof *views);
    struct str *pages = arena_array(arena, NAMES_MOST, sizeof *pages);
    size_t n_views = names_list("tests/views", ".json", views);

    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        char path[PATH_MOST];
        snprintf(path, sizeof path, "templates/%s", folders[i]);
        size_t n = names_list(path, ".mustache", pages);
        for (size_t j = 0; j < n; j++) {
            char name[PATH_MOST];
            bool seen = false;
            snprintf(path, sizeof path, "%s/templates/%s/%.*s.mustache",
                source_dir(), folders[i], STR_ARG(pages[j]));
            if (!strstr(arena_cstr(arena, file_read(path)), "{{<layout"))
                continue;
            snprintf(name, sizeof name, "%s/%.*s", folders[i],
                STR_ARG(pages[j]));
            for (size_t k = 0; k < n_views && !seen; k++)
                seen = strcmp(page_of(views[k]), name) == 0;
            if (!seen)
                fail_msg("%s has no view in tests/views", name);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_views, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_page_has_a_view, setup,
            teardown),
    };
    return cmocka_run_group_tests_name("templates", tests, NULL, NULL);
}
