/* SPDX-License-Identifier: ISC */
#include "text/mustache.h"

#include "cases.h"

#include "base/buf.h"
#include "text/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *arena;

static int
setup(void **state)
{
    (void)state;
    arena = arena_new(64 * 1024);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct val *
view_of(const char *json)
{
    struct err err;
    struct val *v = NULL;
    err_init(&err, arena);
    if (json_read(arena, str_cstr(json), &v, &err) != ERR_OK)
        fail_msg("test data: %.*s: %s", STR_ARG(err.msg), json);
    return v;
}

static void
add(struct mustache_set *set, const char *name, struct str source)
{
    struct err err;
    err_init(&err, arena);
    if (mustache_add(set, str_cstr(name), source, name, &err) != ERR_OK)
        fail_msg("%.*s in: %.*s", STR_ARG(err.msg), STR_ARG(source));
}

static void
link_set(struct mustache_set *set, bool strict)
{
    struct err err;
    err_init(&err, arena);
    if (mustache_link(set, strict, &err) != ERR_OK)
        fail_msg("%.*s", STR_ARG(err.msg));
}

/* ---- the cases of the public spec --------------------------------------- */

/* A case has its own set: partials of the same name differ between cases. */
static bool
spec_case(const char *file, const struct val *c)
{
    struct mustache_set *set = mustache_new();
    const struct val *partials = val_get_cstr(c, "partials");
    struct str want = val_text(val_get_cstr(c, "expected"));
    struct err err;
    struct buf out;
    err_init(&err, arena);
    buf_init(&out, arena, BUF_MAX_PAGE);
    add(set, " main", val_text(val_get_cstr(c, "template")));
    for (size_t i = 0; partials && i < partials->u.map.n; i++)
        add(set, arena_cstr(arena, partials->u.map.pairs[i].name),
            val_text(partials->u.map.pairs[i].val));
    link_set(set, false);
    enum err_code rc = mustache_render(set, STR(" main"),
        val_get_cstr(c, "data"), &out, &err);
    bool good = rc == ERR_OK && str_eq(buf_view(&out), want);
    if (!good)
        printf("# %s, %.*s:\n# got  \"%.*s\"\n# want \"%.*s\"\n# %.*s\n", file,
            STR_ARG(val_text(val_get_cstr(c, "name"))),
            STR_ARG(buf_view(&out)), STR_ARG(want), STR_ARG(err.detail));
    mustache_free(set);
    return good;
}

static void
test_spec(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        size_t n;
    } rows[] = {
        { "mustache/comments.json", 12 },
        { "mustache/delimiters.json", 14 },
        { "mustache/interpolation.json", 42 },
        { "mustache/inverted.json", 22 },
        { "mustache/partials.json", 12 },
        { "mustache/sections.json", 34 },
        { "mustache/~inheritance.json", 18 },
    };
    size_t bad = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct str text = corpus_text(arena, rows[i].file);
        if (text.n == 0)
            continue;
        const struct val *cases =
            val_get_cstr(view_of(arena_cstr(arena, text)), "tests");
        assert_non_null(cases);
        assert_int_equal(cases->u.list.n, rows[i].n);
        for (size_t j = 0; j < cases->u.list.n; j++)
            bad += !spec_case(rows[i].file, cases->u.list.items[j]);
    }
    assert_int_equal(bad, 0);
}

/* ---- own cases ---------------------------------------------------------- */

struct row {
    const char *view;
    const char *want;
    const char *source;  /* rendered */
    const char *a, *b;   /* templates that it may use, or NULL */
};

static void
run_rows(const struct row *rows, size_t n)
{
    size_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        struct mustache_set *set = mustache_new();
        struct err err;
        struct buf out;
        err_init(&err, arena);
        buf_init(&out, arena, BUF_MAX_PAGE);
        add(set, "main", str_cstr(rows[i].source));
        if (rows[i].a)
            add(set, "a", str_cstr(rows[i].a));
        if (rows[i].b)
            add(set, "b", str_cstr(rows[i].b));
        link_set(set, true);
        enum err_code rc = mustache_render(set, STR("main"),
            view_of(rows[i].view), &out, &err);
        if (rc != ERR_OK || !str_is(buf_view(&out), rows[i].want)) {
            printf("# row %zu: %s\n# got  \"%.*s\"\n# want \"%s\"\n# %.*s\n",
                i, rows[i].source, STR_ARG(buf_view(&out)), rows[i].want,
                STR_ARG(err.detail));
            bad++;
        }
        mustache_free(set);
    }
    assert_int_equal(bad, 0);
}

static void
test_values(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "{}", "", "", NULL, NULL },
        { "{}", "plain\n", "plain\n", NULL, NULL },
        { "{\"x\":\"&<>\\\"'\"}", "&amp;&lt;&gt;&quot;&#39;", "{{x}}", NULL,
            NULL },
        { "{\"x\":\"&<>\\\"'\"}", "&<>\"' &<>\"'", "{{{x}}} {{& x }}", NULL,
            NULL },
        { "{\"x\":\"{{y}}\",\"y\":1}", "{{y}}", "{{x}}", NULL, NULL },
        { "{\"i\":-9223372036854775808,\"r\":1.5,\"t\":true,\"f\":false}",
            "-9223372036854775808 1.5 true false", "{{i}} {{r}} {{t}} {{f}}",
            NULL, NULL },
        { "{\"n\":null,\"l\":[1],\"m\":{\"a\":1}}", "|||||",
            "|{{n}}|{{l}}|{{m}}|{{no.where}}|", NULL, NULL },
        { "{\"a\":{\"b\":{\"c\":7}}}", "7,7,", "{{a.b.c}},{{#a}}{{b.c}}{{/a}},"
            "{{b.c}}", NULL, NULL },
        { "[1,\"b\",null]", "(1)(b)()", "{{#.}}({{.}}){{/.}}", NULL, NULL },
        { "{\"ä-_1\":\"ö\"}", "ö", "{{ ä-_1 }}", NULL, NULL },
    };
    run_rows(rows, COUNT_OF(rows));
}

static void
test_truth(void **state)
{
    (void)state;
    static const char source[] = "{{#x}}yes{{/x}}{{^x}}no{{/x}}";
    static const struct row rows[] = {
        { "{}", "no", source, NULL, NULL },
        { "{\"x\":null}", "no", source, NULL, NULL },
        { "{\"x\":false}", "no", source, NULL, NULL },
        { "{\"x\":\"\"}", "no", source, NULL, NULL },
        { "{\"x\":[]}", "no", source, NULL, NULL },
        { "{\"x\":true}", "yes", source, NULL, NULL },
        { "{\"x\":0}", "yes", source, NULL, NULL },
        { "{\"x\":0.0}", "yes", source, NULL, NULL },
        { "{\"x\":\"0\"}", "yes", source, NULL, NULL },
        { "{\"x\":{}}", "yes", source, NULL, NULL },
        { "{\"x\":[0,0]}", "yesyes", source, NULL, NULL },
        /* an inner null hides an outer value */
        { "{\"x\":1,\"m\":{\"x\":null}}", "", "{{#m}}{{x}}{{/m}}", NULL,
            NULL },
    };
    run_rows(rows, COUNT_OF(rows));
}

static void
test_lines(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "{\"x\":[1,2]}", "<\n1\n2\n>\n", "<\n  {{#x}}\n{{.}}\n  {{/x}}\t\n"
            ">\n", NULL, NULL },
        { "{}", "a\r\nb", "a\r\n {{! c\n d }}\r\nb", NULL, NULL },
        { "{}", " x {} |", "{{=<% %>=}}\n x {} <%={{ }}=%>|", NULL, NULL },
        { "{\"x\":[1,2]}", "  1\n  2\n  end\n", "  {{>a}}\n",
            "{{#x}}\n{{.}}\n{{/x}}\nend\n", NULL },
        /* lines that come from values are not indented */
        { "{\"x\":\"1\\n2\"}", "  1\n2\n  3", " {{>a}}", " {{x}}\n 3", NULL },
        /* indentation adds up, but not through the middle of a line */
        { "{}", " \t1\n \t2\n", " {{>a}}\n", "\t{{>b}}\n", "1\n2\n" },
        { "{}", " x1\n2\n", " {{>a}}\n", "x{{>b}}\n", "1\n2" },
        { "{}", " x1\n2\n y\n", " {{>a}}\n", "x{{>b}}\ny\n", "1\n2" },
        { "{}", "  x1\ny\n", "  {{>a}}\n", "x{{>b}}y\n",
            "1\n{{$x}}\n{{/x}}\n" },
        { "{\"x\":1}", "  1\n  2\n", "  {{>a}}\n", "{{#x}}1\n{{/x}}2\n",
            NULL },
        { "{\"x\":1}", "  1\n  2\n", "  {{>a}}\n", "{{$x}}1\n{{/x}}2\n",
            NULL },
        { "{\"x\":1}", "  1\n  2\n", "  {{>a}}\n", "1\n{{! c }}2\n", NULL },
        /* two tags on a line are not alone on it */
        { "{\"x\":1}", "\n.", "{{#x}}{{/x}}\n.", NULL, NULL },
        { "{\"x\":1}", "  1 b\n  !\n", "  {{>a}}\n",
            "{{! remark }}{{x}} b\n{{#x}}!{{/x}}\n", NULL },
    };
    run_rows(rows, COUNT_OF(rows));
}

static void
test_inheritance(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "{}", "[D]", "{{<a}}{{/a}}", "[{{$x}}D{{/x}}]", NULL },
        { "{}", "[F]", "{{<a}} remark {{$x}}F{{/x}} remark {{/a}}",
            "[{{$x}}D{{/x}}]", NULL },
        /* the context is that of the place */
        { "{\"v\":0,\"l\":[{\"v\":1},{\"v\":2}]}", "(1)(2)",
            "{{<a}}{{$x}}({{v}}){{/x}}{{/a}}",
            "{{#l}}{{$x}}{{/x}}{{/l}}", NULL },
        /* a parent inside a section, once an item */
        { "{\"l\":[{\"v\":1},{\"v\":2}]}", "<1><2>",
            "{{#l}}{{<a}}{{$x}}{{v}}{{/x}}{{/a}}{{/l}}", "<{{$x}}{{/x}}>",
            NULL },
        /* a partial is a parent that fills nothing */
        { "{}", "[F]", "{{<a}}{{$x}}F{{/x}}{{/a}}", "{{>b}}",
            "[{{$x}}D{{/x}}]" },
        /* a component inside a page: its block is called as the layout's */
        { "{}", "<page: [label]>",
            "{{<a}}{{$title}}page{{/title}}{{$main}}{{<b}}{{$title}}label"
            "{{/title}}{{/b}}{{/main}}{{/a}}",
            "<{{$title}}T{{/title}}: {{$main}}M{{/main}}>",
            "[{{$title}}T{{/title}}]" },
        /* the same, and the component is not told: it keeps its default */
        { "{}", "<page: [T]>",
            "{{<a}}{{$title}}page{{/title}}{{$main}}{{>b}}{{/main}}{{/a}}",
            "<{{$title}}{{/title}}: {{$main}}M{{/main}}>",
            "[{{$title}}T{{/title}}]" },
        /* two levels; the outermost filling wins, the inner one adds places */
        { "{}", "<1(2)>", "{{<a}}{{$sub}}2{{/sub}}{{/a}}",
            "{{<b}}{{$x}}1({{$sub}}s{{/sub}}){{/x}}{{/b}}",
            "<{{$x}}D{{/x}}>" },
        { "{}", "<2>", "{{<a}}{{$x}}2{{/x}}{{/a}}",
            "{{<b}}{{$x}}1{{/x}}{{/b}}", "<{{$x}}D{{/x}}>" },
        { "{}", "DD", "{{$x}}D{{/x}}{{$x}}D{{/x}}", NULL, NULL },
    };
    run_rows(rows, COUNT_OF(rows));
}

static void
test_block_lines(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "{}", "<main>\n<p>\n  x\n</p>\n</main>\n",
            "{{<a}}\n{{$x}}\n<p>\n  x\n</p>\n{{/x}}\n{{/a}}\n",
            "<main>\n{{$x}}{{/x}}\n</main>\n", NULL },
        /* what is not ended is ended, when the block has lines of its own */
        { "{}", "<h1>\n  T\n</h1>\n", "{{<a}}{{$x}}T{{/x}}{{/a}}",
            "<h1>\n  {{$x}}{{/x}}\n</h1>\n", NULL },
        { "{}", "<h1>\n</h1>\n", "{{<a}}{{$x}}{{/x}}{{/a}}",
            "<h1>\n  {{$x}}\n  D\n  {{/x}}\n</h1>\n", NULL },
        { "{}", "<h1>T</h1>\n", "{{<a}}{{$x}}T{{/x}}{{/a}}\n",
            "<h1>{{$x}}{{/x}}</h1>\n", NULL },
        /* side by side: one line, nothing taken away */
        { "{}", "  1 2\n", "{{<a}}{{$x}}1{{/x}}{{$y}}2{{/y}}{{/a}}",
            "  {{$x}}{{/x}} {{$y}}{{/y}}\n", NULL },
        { "{}", "   2\n", "{{<a}}{{$y}}2{{/y}}{{/a}}",
            "  {{$x}}{{/x}} {{$y}}{{/y}}\n", NULL },
        { "{}", "  12\n", "{{<a}}{{$x}}1{{/x}}{{$y}}2{{/y}}{{/a}}",
            "  {{$x}}{{/x}}{{$y}}{{/y}}\n", NULL },
        { "{}", " \n1\n", "{{$x}} {{$y}}\n1\n{{/y}}{{/x}}\n", NULL, NULL },
        /* a place in the middle of a line */
        { "{}", "  <1\n  2\n>\n", "  {{<a}}{{$x}}\n1\n2\n{{/x}}{{/a}}\n",
            "<{{$x}}{{/x}}>\n", NULL },
        /* remarks, comments and empty lines do not count for indentation */
        { "{}", "<1\n>", "{{<a}} remark {{$x}}\n1\n{{/x}}\n{{/a}}\n",
            "<{{$x}}{{/x}}>", NULL },
        { "{}", "  1\n\n  2\n", "{{<a}}{{$x}}\n    1\n{{! c }}\n\n    2\n"
            "{{/x}}{{/a}}", "  {{$x}}{{/x}}\n", NULL },
        { "{}", "1\n  2\n3\n", "{{<a}}{{$x}}\n    1\n    {{$y}}\n      2\n"
            "    {{/y}}\n    3\n{{/x}}{{/a}}", "{{$x}}{{/x}}\n", NULL },
        /* a default comes out as it is written, wherever it stands */
        { "{}", "    one\n  two\n\n   three\n",
            "{{$x}}\n    one\n  two\n\n   three\n{{/x}}\n", NULL, NULL },
        { "{}", "> one\n    two\n", "> {{$x}}one\n    two{{/x}}\n", NULL,
            NULL },
        { "{}", "  one\n    two\n", "  {{$x}}one\n    two{{/x}}\n", NULL,
            NULL },
        /* short and long fillings in one go */
        { "{}", "T:\n<p>\n", "{{<a}}{{$x}}T{{/x}}{{$y}}\n  <p>\n{{/y}}"
            "{{/a}}\n", "{{$x}}{{/x}}:\n{{$y}}{{/y}}\n", NULL },
        { "{}", "T:\n<p>\n", "{{<a}}\n  {{$x}}T{{/x}}\n  {{$y}}<p>{{/y}}\n"
            "{{/a}}\n", "{{$x}}{{/x}}:\n{{$y}}{{/y}}\n", NULL },
        /* a parent on one line is as good as a partial there */
        { "{}", "  1\n  v\n.\n", "  {{<a}}{{$x}}v{{/x}}{{/a}}\n.\n",
            "1\n{{$x}}{{/x}}\n", NULL },
        { "{}", "    1\n    2\n", "  {{<a}}\n    {{$x}}\n      1\n      2\n"
            "    {{/x}}\n  {{/a}}\n", "  {{$x}}\n  {{/x}}\n", NULL },
        { "{\"l\":[1,2]}", "<ul>\n  <li>1\n  <li>2\n</ul>\n",
            "{{<a}}{{$x}}\n    {{#l}}\n    <li>{{.}}\n    {{/l}}\n{{/x}}"
            "{{/a}}\n", "<ul>\n  {{$x}}{{/x}}\n</ul>\n", NULL },
    };
    run_rows(rows, COUNT_OF(rows));
}

/* ---- errors ------------------------------------------------------------- */

static void
test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *source, *want; /* how the message begins */
    } rows[] = {
        { "a\n {{x", "f:2:2: tag is not closed" },
        { "{{{x}}", "f:1:1: tag is not closed" },
        { "ä {{#x}}", "f:1:3: \"x\": is not closed" },
        { "{{#x}}\n{{#y}}{{/y}}", "f:1:1: \"x\": is not closed" },
        { "\n\n{{/x}}", "f:3:1: \"x\": closes what is not open" },
        { "{{#a}}\n {{/b}}", "f:2:2: \"b\" closed, but \"a\" of line 1" },
        { "{{}}", "f:1:1: \"\": not a name" },
        { "{{#}}{{/}}", "f:1:1: \"\": not a name" },
        { "x{{a b}}", "f:1:2: \"a b\": not a name" },
        { "{{a..b}}", "f:1:1: \"a..b\": not a name" },
        { "{{.a}}", "f:1:1: \".a\": not a name" },
        { "{{*a}}", "f:1:1: \"*a\": not a name" },
        { "{{>*a}}", "f:1:1: \"*a\": not a name" },
        { "{{{x} }}}", "f:1:1: \"x}\": not a name" },
        { "{{=<% =}}", "f:1:1: \"<%\": bad delimiters" },
        { "{{=| | |=}}", "f:1:1: \"| | |\": bad delimiters" },
        { "{{= =}}", "f:1:1: \"\": bad delimiters" },
        { "{{=< 12345678901234567=}}", "f:1:1: \"< 12345678901234567\": " },
        { "{{<p}}{{x}}{{/p}}", "f:1:7: \"x\": only blocks may" },
        { "{{<p}}{{#x}}{{/x}}{{/p}}", "f:1:7: \"x\": only blocks may" },
        { "{{<p}}{{$x}}{{/x}}\n {{$x}}{{/x}}{{/p}}",
            "f:2:2: block \"x\" is filled twice" },
        { "\xff", "f:1:1: not valid UTF-8" },
    };
    size_t bad = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct mustache_set *set = mustache_new();
        struct err err;
        err_init(&err, arena);
        enum err_code rc = mustache_add(set, STR("x"),
            str_cstr(rows[i].source), "f", &err);
        if (rc != ERR_INVALID ||
            !str_starts(err.msg, str_cstr(rows[i].want))) {
            printf("# row %zu: got \"%.*s\", want \"%s\"\n", i,
                STR_ARG(err.msg), rows[i].want);
            bad++;
        }
        mustache_free(set);
    }
    assert_int_equal(bad, 0);
}

static void
test_set(void **state)
{
    (void)state;
    struct mustache_set *set = mustache_new();
    struct err err;
    err_init(&err, arena);
    add(set, "a/b", STR("x\n {{>c/d}}"));
    assert_true(mustache_has(set, STR("a/b")));
    assert_false(mustache_has(set, STR("a/")));
    assert_int_equal(mustache_add(set, STR("a/b"), STR(""), "g", &err),
        ERR_INVALID);
    assert_true(str_starts(err.msg, STR("g:1:1: a template \"a/b\"")));
    err_init(&err, arena);
    assert_int_equal(mustache_link(set, true, &err), ERR_INVALID);
    assert_true(str_is(err.msg, "a/b:2:2: there is no template \"c/d\""));
    mustache_free(set);
    mustache_free(NULL);
}

/* Render "main" = source; want ERR_INTERNAL and a detail that begins so. */
static void
expect_fault(const char *source, const struct val *view, size_t max,
    const char *want)
{
    struct mustache_set *set = mustache_new();
    struct err err;
    struct buf out;
    err_init(&err, arena);
    buf_init(&out, arena, max);
    add(set, "main", str_cstr(source));
    link_set(set, true);
    assert_int_equal(mustache_render(set, STR("main"), view, &out, &err),
        ERR_INTERNAL);
    if (!str_starts(err.detail, str_cstr(want)))
        fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(err.detail), want);
    err_init(&err, arena);
    assert_int_equal(mustache_render(set, STR("no"), view, &out, &err),
        ERR_INTERNAL);
    mustache_free(set);
}

static void
test_bounds(void **state)
{
    (void)state;
    struct val *ten = view_of("{\"l\":[0,1,2,3,4,5,6,7,8,9]}");
    expect_fault("{{>main}}", ten, 1000, "main:1:1: nested too deep");
    expect_fault("{{<main}}{{/main}}", ten, 1000, "main:1:1: nested too");
    expect_fault("\n   {{>main}}", ten, 1000, "main:2:4: indented too far");
    expect_fault("abcdef", ten, 5, "main: more than 5 bytes");
    expect_fault("{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#no}}{{/no}}"
                 "{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}",
        ten, 1000, "main:1:43: too many steps");
}

static void
add_times(struct buf *b, unsigned n, const char *z)
{
    for (unsigned i = 0; i < n; i++)
        buf_cstr(b, z);
}

/* As deep as is allowed is rendered; one more is refused. */
static void
test_nesting(void **state)
{
    (void)state;
    struct val *view = view_of("{\"s\":{\"t\":1}}");
    for (unsigned extra = 0; extra < 2; extra++) {
        struct mustache_set *set = mustache_new();
        struct err err;
        struct buf src, out;
        err_init(&err, arena);
        buf_init(&src, arena, BUF_MAX_PAGE);
        buf_init(&out, arena, BUF_MAX_PAGE);
        add_times(&src, MUSTACHE_NEST_MAX + extra, "{{#s}}");
        buf_cstr(&src, "{{t}}");
        add_times(&src, MUSTACHE_NEST_MAX + extra, "{{/s}}");
        enum err_code rc = mustache_add(set, STR("deep"), buf_view(&src), "f",
            &err);
        assert_int_equal(rc, extra ? ERR_INVALID : ERR_OK);
        if (!extra) {
            link_set(set, true);
            assert_int_equal(mustache_render(set, STR("deep"), view, &out,
                &err), ERR_OK);
            assert_true(str_is(buf_view(&out), "1"));
        } else {
            assert_true(str_starts(err.msg, STR("f:1:385: \"s\": nested")));
        }
        mustache_free(set);
    }
}

/* Many side by side are not deep; a source of the greatest length is taken. */
static void
test_length(void **state)
{
    (void)state;
    struct buf src;
    struct err err;
    struct mustache_set *set = mustache_new();
    err_init(&err, arena);
    buf_init(&src, arena, BUF_MAX_PAGE);
    add_times(&src, 2000, "{{#s}}{{/s}}\n");
    while (src.n < MUSTACHE_SOURCE_MAX)
        buf_char(&src, '.');
    add(set, "long", buf_view(&src));
    buf_char(&src, '.');
    assert_int_equal(mustache_add(set, STR("longer"), buf_view(&src), "f",
        &err), ERR_INVALID);
    assert_true(str_starts(err.msg, STR("f:1:1: longer than 1048576")));
    mustache_free(set);
}

/* ---- files -------------------------------------------------------------- */

static void
write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void
test_load_dir(void **state)
{
    (void)state;
    char dir[] = "test_mustache.XXXXXX";
    assert_non_null(mkdtemp(dir));
    const char *sub = arena_fmt(arena, "%s/key", dir).p;
    const char *deep = arena_fmt(arena, "%s/deep.mustache", sub).p;
    const char *files[] = {
        arena_fmt(arena, "%s/x.mustache", deep).p,
        arena_fmt(arena, "%s/layout.mustache", dir).p,
        arena_fmt(arena, "%s/list.mustache", sub).p,
        arena_fmt(arena, "%s/.hidden.mustache", sub).p,
        arena_fmt(arena, "%s/note.txt", sub).p,
    };
    assert_int_equal(mkdir(sub, 0700), 0);
    assert_int_equal(mkdir(deep, 0700), 0);
    write_file(files[0], "{{#broken");
    write_file(files[1], "<{{$main}}{{/main}}>\n");
    write_file(files[2], "{{<layout}}{{$main}}{{x}}{{/main}}{{/layout}}\n");
    write_file(files[3], "{{#broken");
    write_file(files[4], "{{#broken");

    struct mustache_set *set = mustache_new();
    struct err err;
    struct buf out;
    err_init(&err, arena);
    buf_init(&out, arena, BUF_MAX_PAGE);
    enum err_code rc = mustache_load_dir(set, dir, &err);
    bool has_all = mustache_has(set, STR("layout")) &&
        mustache_has(set, STR("key/list")) &&
        !mustache_has(set, STR("key/.hidden")) &&
        !mustache_has(set, STR("key/note.txt"));
    if (rc == ERR_OK)
        rc = mustache_render(set, STR("key/list"), view_of("{\"x\":1}"), &out,
            &err);
    mustache_free(set);
    write_file(files[1], "\n{{>no}}");
    set = mustache_new();
    enum err_code rc_missing = mustache_load_dir(set, dir, &err);
    mustache_free(set);
    for (size_t i = 0; i < COUNT_OF(files); i++)
        unlink(files[i]);
    rmdir(deep);
    rmdir(sub);
    rmdir(dir);

    assert_int_equal(rc, ERR_OK);
    assert_true(has_all);
    assert_true(str_is(buf_view(&out), "<1>\n"));
    assert_int_equal(rc_missing, ERR_INVALID);
    assert_true(str_ends(err.msg,
        STR("/layout.mustache:2:1: there is no template \"no\"")));
    set = mustache_new();
    err_init(&err, arena);
    assert_int_equal(mustache_load_dir(set, dir, &err), ERR_INVALID);
    mustache_free(set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_spec, setup, teardown),
        cmocka_unit_test_setup_teardown(test_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_truth, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_inheritance, setup, teardown),
        cmocka_unit_test_setup_teardown(test_block_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_set, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nesting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_length, setup, teardown),
        cmocka_unit_test_setup_teardown(test_load_dir, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
