/* SPDX-License-Identifier: ISC */
/*
 * Whatever a request holds, the log gets one line of it, which reads back as it
 * was meant (T32): hostile texts through method, path, query, headers and their
 * names, keys, form fields and JSON, in both formats.
 */
#include "world.h"

#include "base/log.h"
#include "text/json.h"
#include "text/url.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOG_BYTES = 64 * 1024, FIELDS_MOST = 32 };

static struct world world;
static int log_file, real_stderr;
static size_t sent, bad;

/* ---- the log ---- */

static void
log_to_file(bool on, enum log_format format)
{
    log_setup(on ? LOG_DEBUG : LOG_ERROR, format);
    must(dup2(on ? log_file : real_stderr, STDERR_FILENO) >= 0);
}

/* What was logged since the last time. */
static struct str
log_taken(void)
{
    static char bytes[LOG_BYTES];
    ssize_t n = pread(log_file, bytes, sizeof bytes, 0);
    must(n >= 0 && n < LOG_BYTES && ftruncate(log_file, 0) == 0);
    return (struct str){ bytes, (size_t)n };
}

static bool
is_printable(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < ' ' || s.p[i] > '~')
            return false;
    return true;
}

/* Cuts `name=value` or `name="value"` off a line. */
static bool
cut_field(struct str *line, struct str *name, struct str *value)
{
    size_t n = 0;
    if (!str_cut(*line, '=', name, line) || !name->n)
        return false;
    for (size_t i = 0; i < name->n; i++)
        if ((name->p[i] < 'a' || name->p[i] > 'z') && name->p[i] != '_')
            return false;
    if (line->n && line->p[0] == '"') {
        for (n = 1; n < line->n && line->p[n] != '"'; n++)
            n += line->p[n] == '\\';
        if (n++ >= line->n)
            return false; /* nothing closes it */
    } else {
        n = str_find(*line, ' ');
        if (n == 0 || str_find(str_head(*line, n), '"') < n)
            return false;
    }
    *value = str_head(*line, n);
    *line = str_from(*line, n);
    if (line->n && (line->p[0] != ' ' || line->n == 1))
        return false;
    *line = str_from(*line, 1);
    return true;
}

/* Names of a line in their order, and the value of `event`; false when it
 * cannot be read. */
static bool
read_pairs(struct str line, struct str names[FIELDS_MOST], size_t *n,
    struct str *event)
{
    struct str value;
    while (line.n) {
        if (*n == FIELDS_MOST || !cut_field(&line, &names[*n], &value))
            return false;
        if (str_is(names[(*n)++], "event"))
            *event = value;
    }
    return true;
}

static bool
read_json(struct str line, struct str names[FIELDS_MOST], size_t *n,
    struct str *event)
{
    struct err e;
    struct val *v;
    err_init(&e, world.arena);
    if (json_read(world.arena, line, &v, &e) || v->type != VAL_MAP ||
        v->u.map.n > FIELDS_MOST)
        return false;
    for (size_t i = 0; i < v->u.map.n; i++) {
        names[(*n)++] = v->u.map.pairs[i].name;
        if (v->u.map.pairs[i].val->type != VAL_STR &&
            v->u.map.pairs[i].val->type != VAL_INT)
            return false;
    }
    *event = val_text(val_get_cstr(v, "event"));
    return true;
}

/* One line: its event, or NULL when something is wrong with it. */
static struct str
read_line(struct str line, enum log_format format)
{
    struct str names[FIELDS_MOST], event = { NULL, 0 };
    size_t n = 0;
    bool ok = is_printable(line) && line.n < LOG_LINE_MAX &&
        (format == LOG_JSON ? read_json(line, names, &n, &event)
                            : read_pairs(line, names, &n, &event));
    ok = ok && n > 3 && str_is(names[0], "time") &&
        str_is(names[1], "level") && str_is(names[2], "event");
    for (size_t i = 0; ok && i < n; i++)
        for (size_t k = 0; k < i; k++)
            ok = ok && !str_eq(names[i], names[k]);
    return ok ? event : (struct str){ NULL, 0 };
}

/* The log of one request: one line that says so, and all can be read. */
static void
look(const char *where, struct str text, enum log_format format)
{
    struct str all = log_taken(), line, rest = all;
    size_t requests = 0;
    bool ok = all.n && all.p[all.n - 1] == '\n';
    while (ok && rest.n) {
        (void)str_cut(rest, '\n', &line, &rest);
        struct str event = read_line(line, format);
        ok = event.n > 0;
        requests += str_is(event, "request");
    }
    if (ok && requests == 1)
        return;
    bad++;
    if (bad <= 20)
        print_message("%s: %.*s\n  logged %.*s\n", where, STR_ARG(text),
            STR_ARG(all));
}

/* ---- requests with a text in them ---- */

static struct str
encoded(struct str s)
{
    struct buf b;
    buf_init(&b, world.arena, BUF_MAX_FIELD);
    url_encode(&b, s);
    return buf_view(&b);
}

static struct ask
ask_method(struct str text)
{
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/sign-in"));
    ask.method = arena_cstr(world.arena, text);
    return ask;
}

static struct ask
ask_path(struct str text)
{
    return world_ask(&world, OWNER, "GET",
        arena_fmt(world.arena, "/w/team/keys/%.*s", STR_ARG(text)));
}

static struct ask
ask_path_encoded(struct str text)
{
    return world_ask(&world, OWNER, "GET",
        arena_fmt(world.arena, "/w/%.*s/keys", STR_ARG(encoded(text))));
}

static struct ask
ask_query(struct str text)
{
    return world_ask(&world, OWNER, "GET",
        arena_fmt(world.arena, "/w/team/audit?%.*s=1&q=%.*s", STR_ARG(text),
            STR_ARG(encoded(text))));
}

static struct ask
ask_headers(struct str text)
{
    static const char *const names[] = { "HTTP_USER_AGENT", "HTTP_REFERER",
        "HTTP_X_FORWARDED_FOR", "HTTP_X_MODEL", "HTTP_X_ORIGINAL_URI",
        "HTTP_IDEMPOTENCY_KEY", "CONTENT_TYPE" };
    struct ask ask = world_ask(&world, STANDARD, "GET", STR("/gate"));
    for (size_t i = 0; i < COUNT_OF(names); i++)
        form_add(world.arena, &ask.extra, str_cstr(names[i]), text);
    return ask;
}

static struct ask
ask_header_name(struct str text)
{
    struct ask ask = world_ask(&world, STANDARD, "GET", STR("/gate"));
    form_add(world.arena, &ask.extra,
        arena_fmt(world.arena, "HTTP_X_%.*s", STR_ARG(text)), STR("1"));
    return ask;
}

static struct ask
ask_cookie(struct str text)
{
    struct ask ask = world_ask(&world, NOBODY, "GET", STR("/w/team/keys"));
    ask.cookie = arena_fmt(world.arena, "s=%.*s", STR_ARG(text));
    return ask;
}

static struct ask
ask_address(struct str text)
{
    struct ask ask = world_ask(&world, STANDARD, "GET", STR("/v1/key"));
    ask.address = arena_cstr(world.arena, text);
    return ask;
}

static struct ask
ask_key(struct str text)
{
    struct ask ask =
        world_ask(&world, NOBODY, "GET", STR("/protected/v1/models"));
    ask.authorizer = true;
    ask.bearer = text;
    return ask;
}

static struct ask
ask_key_text(struct str text)
{
    return ask_key(arena_fmt(world.arena, "%.*s_kl_%.*s",
        STR_ARG(world.prefix[OWNER]), STR_ARG(text)));
}

static struct ask
ask_form(struct str text)
{
    struct str enc = encoded(text);
    struct ask ask = world_ask(&world, OWNER, "POST", STR("/w/team/keys"));
    ask.type = "application/x-www-form-urlencoded";
    ask.body = arena_fmt(world.arena, "name=%.*s&note=%.*s&labels=%.*s&"
        "owner=%.*s&expiry=%.*s&%.*s=1&once=%lld&csrf=%.*s", STR_ARG(enc),
        STR_ARG(enc), STR_ARG(enc), STR_ARG(enc), STR_ARG(enc), STR_ARG(enc),
        (long long)++world.onces, STR_ARG(world_token(&world, OWNER)));
    return ask;
}

static struct ask
ask_sign_in(struct str text)
{
    struct ask ask = world_ask(&world, NOBODY, "POST", STR("/sign-in"));
    ask.type = "application/x-www-form-urlencoded";
    ask.body = arena_fmt(world.arena, "email=%.*s&password=x&csrf=%.*s",
        STR_ARG(encoded(text)), STR_ARG(world_token(&world, NOBODY)));
    return ask;
}

static struct ask
ask_json(struct str text)
{
    struct ask ask = world_ask(&world, MANAGEMENT, "POST", STR("/v1/check"));
    struct val *v = val_map(world.arena);
    struct buf b;
    val_put_str(v, "key", text);
    val_put_str(v, "model", text);
    val_put_str(v, "address", text);
    val_put_named(v, text, val_int(world.arena, 1));
    buf_init(&b, world.arena, BUF_MAX_FIELD);
    json_write(&b, v);
    ask.type = "application/json";
    ask.body = buf_view(&b);
    return ask;
}

static struct ask
ask_body(struct str text)
{
    struct ask ask = world_ask(&world, MANAGEMENT, "POST", STR("/v1/check"));
    ask.type = "application/json";
    ask.body = text;
    return ask;
}

static const struct {
    const char *name;
    struct ask (*make)(struct str text);
} ways[] = {
    { "method", ask_method }, { "path", ask_path },
    { "path, encoded", ask_path_encoded }, { "query", ask_query },
    { "headers", ask_headers }, { "name of a header", ask_header_name },
    { "cookie", ask_cookie }, { "address", ask_address },
    { "key", ask_key }, { "secret part of a key", ask_key_text },
    { "form", ask_form }, { "sign-in", ask_sign_in },
    { "JSON", ask_json }, { "body", ask_body },
};

/* A text by every way; which are in which format changes with the text. */
static void
try_text(struct str text, size_t number)
{
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        enum log_format format =
            (i + number) % 2 ? LOG_JSON : LOG_KEY_VALUE;
        struct ask ask = ways[i].make(text);
        log_to_file(true, format);
        (void)world_send(&world, &ask);
        log_to_file(false, format);
        look(ways[i].name, text, format);
        sent++;
    }
    world_forget(&world);
}

/* ---- the texts ---- */

static void
test_built_in(void **state)
{
    (void)state;
    static const struct str texts[] = {
        STR_INIT("a\nevent=request status=200 key=forged"),
        STR_INIT("a\r\n{\"event\":\"request\",\"status\":200}"),
        STR_INIT("a\" status=200 key=\"forged"), STR_INIT("a\\"),
        STR_INIT("a\\\" status=200"), STR_INIT("a\",\"status\":200,\"b\":\""),
        STR_INIT("a b=c"), STR_INIT("\x1b[2J\x1b]0;title\x07"),
        STR_INIT("\x7f\x80\x9b""31m\xff\xfe"), STR_INIT("a\0b"),
        STR_INIT("%0d%0aevent=request"), STR_INIT("%00%1b%5b"),
        STR_INIT("\xe2\x80\xa8\xe2\x80\xae\xc2\x85\xef\xbb\xbf"),
        STR_INIT("%s%s%n%n"), STR_INIT("\t"), STR_INIT("\""), STR_INIT("=")
    };
    static char long_one[3000];
    memset(long_one, '"', sizeof long_one);
    for (size_t i = 0; i < 2 * COUNT_OF(texts); i++)
        try_text(texts[i / 2], i);
    try_text((struct str){ long_one, sizeof long_one }, 0);
    try_text((struct str){ long_one, sizeof long_one }, 1);
    assert_int_equal(bad, 0);
}

/* A line of blns.json is a string and a comma; others are as they stand. */
static bool
text_of(const char *file, struct str line, struct str *out)
{
    struct err e;
    struct val *v;
    *out = line;
    if (!strstr(file, ".json"))
        return true;
    line = str_trim(line);
    if (str_ends(line, STR(",")))
        line.n--;
    err_init(&e, world.arena);
    if (json_read(world.arena, line, &v, &e) || v->type != VAL_STR)
        return false;
    *out = arena_dup(world.keep, v->u.s);
    return true;
}

static void
test_corpora(void **state)
{
    (void)state;
    static const char *const files[] = { "naughty/blns.json",
        "headers/crlf.txt", "headers/methods.txt", "headers/null-bytes.txt",
        "headers/parameter-pollution.txt", "misc/format-strings.txt",
        "misc/integer-overflows.txt", "misc/unicode.txt",
        "misc/terminal-escapes.txt" };
    size_t n = 0;
    for (size_t f = 0; f < COUNT_OF(files); f++) {
        struct strs all = corpus_lines(&world, files[f]);
        for (size_t i = 0; i < all.n; i++) {
            struct str text;
            if (text_of(files[f], all.items[i], &text))
                try_text(text, n++);
        }
    }
    print_message("# %zu texts, %zu requests\n", n, sent);
    assert_int_equal(bad, 0);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    const char *path = arena_fmt(world.keep, "%s/log", world.folder).p;
    log_file = open(path, O_CREAT | O_RDWR | O_APPEND, 0600);
    real_stderr = dup(STDERR_FILENO);
    must(log_file >= 0 && real_stderr >= 0);
    world_exec(&world, "UPDATE workspace SET key_max = 100000");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    close(log_file);
    close(real_stderr);
    world_close(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in),
        cmocka_unit_test(test_corpora),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
