/* SPDX-License-Identifier: ISC */

/*
 * Up to three templates, separated by NUL bytes, that may use each other and
 * themselves; then the same bytes as a value.  Properties: an error names the
 * file; rendering ends, within its bounds; a template without tags renders as
 * itself; with a fixed template, the value stays text: what is between the
 * fixed parts holds no mark of HTML and reads back as the value.
 */

#include "text/mustache.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct val *
sample_view(struct arena *a)
{
    struct val *v = val_map(a);
    struct val *list = val_put_list(v, "l");
    val_put_cstr(val_add_map(list), "s", "<one>");
    val_put_int(val_add_map(list), "s", 2);
    val_add(list, val_null(a));
    val_put_cstr(v, "s", "line\nline");
    val_put_bool(v, "t", true);
    val_put_cstr(val_put_map(v, "m"), "s", "inner");
    return v;
}

static void
any_template(struct arena *a, struct str input)
{
    static const char *const names[] = { "a", "b", "c" };
    struct mustache_set *set = mustache_new();
    struct err err;
    err_init(&err, a);
    enum err_code rc = ERR_OK;
    struct str rest = input, one;
    for (size_t i = 0; i < COUNT_OF(names) && rc == ERR_OK; i++) {
        str_cut(rest, '\0', &one, &rest);
        rc = mustache_add(set, str_cstr(names[i]), one, "f", &err);
    }
    if (rc == ERR_OK) {
        struct buf out;
        buf_init(&out, a, BUF_MAX_FIELD);
        must(mustache_link(set, false, &err) == ERR_OK);
        rc = mustache_render(set, STR("a"), sample_view(a), &out, &err);
        must(rc == ERR_OK || rc == ERR_INTERNAL);
        str_cut(input, '\0', &one, &rest);
        if (rc == ERR_OK && !strstr(arena_cstr(a, one), "{{"))
            must(str_eq(buf_view(&out), one));
    } else {
        must(rc == ERR_INVALID && str_starts(err.msg, STR("f:")));
    }
    mustache_free(set);
}

/* Take the escaped form of `c` from the beginning of s. */
static struct str
take_escaped(struct str s, char c)
{
    static const struct {
        char c;
        struct str ref;
    } refs[] = {
        { '&', STR_INIT("&amp;") }, { '<', STR_INIT("&lt;") },
        { '>', STR_INIT("&gt;") }, { '"', STR_INIT("&quot;") },
        { '\'', STR_INIT("&#39;") },
    };
    for (size_t i = 0; i < COUNT_OF(refs); i++) {
        if (refs[i].c != c)
            continue;
        must(str_starts(s, refs[i].ref));
        return str_from(s, refs[i].ref.n);
    }
    must(s.n && s.p[0] == c);
    return str_from(s, 1);
}

static void
any_value(struct arena *a, struct str input)
{
    struct mustache_set *set = mustache_new();
    struct err err;
    struct buf out;
    err_init(&err, a);
    buf_init(&out, a, BUF_MAX_PAGE);
    must(mustache_add(set, STR("p"), STR("<i title=\"{{$x}}{{/x}}\">"), "p",
        &err) == ERR_OK);
    must(mustache_add(set, STR("main"), STR("<b>\n  {{<p}}{{$x}}{{#v}}{{.}}"
        "{{/v}}{{/x}}{{/p}}\n</b>"), "main", &err) == ERR_OK);
    must(mustache_link(set, true, &err) == ERR_OK);
    struct val *view = val_map(a);
    val_put_str(view, "v", input);
    must(mustache_render(set, STR("main"), view, &out, &err) == ERR_OK);
    struct str got = buf_view(&out), head = STR("<b>\n  <i title=\"");
    must(str_starts(got, head));
    got = str_from(got, head.n);
    for (size_t i = 0; i < input.n; i++)
        got = take_escaped(got, input.p[i]);
    must(str_is(got, "\"></b>"));
    mustache_free(set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(1024);
    char *copy = arena_alloc(a, size);
    if (size)
        memcpy(copy, data, size);
    any_template(a, (struct str){ copy, size });
    any_value(a, (struct str){ copy, size });
    arena_free(a);
    return 0;
}
