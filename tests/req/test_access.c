/* SPDX-License-Identifier: ISC */
/*
 * Who gets what: every row of the table of routes is asked by everybody, and
 * the statuses are compared with tests/golden/access.txt, which a person
 * reviews.  UPDATE_GOLDEN=1 writes it anew.  Each cell begins with the same
 * database.  On the way, every answer is looked at for its headers and cookies.
 */
#include "world.h"

#include "base/log.h"
#include "core/denied.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN_CHARS = 11, GOLDEN_MAX = 256 * 1024 };

static struct world world;

static const struct {
    const char *title;
    enum who who;
    enum whose whose; /* what the ids of the path name */
} columns[] = {
    { "nobody", NOBODY, OTHERS },
    { "member", MEMBER, OTHERS },
    { "member-own", MEMBER, OWN },
    { "admin", ADMIN, OTHERS },
    { "owner", OWNER, OTHERS },
    { "foreign", OWNER, FOREIGN }, /* rows for keys: MANAGEMENT */
    { "stranger", STRANGER, OTHERS },
    { "disabled", DISABLED, OTHERS },
    { "operator", OPERATOR, OTHERS },
    { "standard", STANDARD, OTHERS },
    { "management", MANAGEMENT, OTHERS },
    { "admin-key", ADMIN_KEY, OTHERS },
};

/* ---- headers (T22) ---- */

static const struct {
    const char *name, *value; /* value: exactly, or NULL for any */
    bool page;                /* on HTML only */
} wanted[] = {
    { "X-Content-Type-Options", "nosniff", false },
    { "X-Frame-Options", "DENY", false },
    { "X-Robots-Tag", "noindex, nofollow", false },
    { "Cross-Origin-Resource-Policy", "same-origin", false },
    { "Referrer-Policy", "same-origin", false },
    { "Accept-Ranges", "none", false },
    { "Cache-Control", NULL, false },
    { "X-Request-Id", NULL, false },
    { "Content-Security-Policy", NULL, false },
    { "Cross-Origin-Opener-Policy", "same-origin", true },
    { "Cross-Origin-Embedder-Policy", "require-corp", true },
    { "Permissions-Policy", NULL, true },
};

static const char *
count_header(const struct reply *r, const char *name, size_t want)
{
    size_t n = 0;
    for (size_t i = 0; i < r->headers.n; i++)
        n += str_eq_nocase(r->headers.items[i].name, str_cstr(name));
    return n == want ? NULL : name;
}

static bool
holds(struct str s, const char *part)
{
    for (size_t i = 0; i < s.n; i++)
        if (str_starts(str_from(s, i), str_cstr(part)))
            return true;
    return false;
}

/* What is wrong with the headers of an answer, or NULL. */
static const char *
bad_headers(const struct reply *r)
{
    bool page =
        str_starts(reply_header(r, "Content-Type"), STR("text/html"));
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        struct str got = reply_header(r, wanted[i].name);
        if (wanted[i].page && !page)
            continue;
        if (count_header(r, wanted[i].name, 1) || !got.n ||
            (wanted[i].value && !str_is(got, wanted[i].value)))
            return wanted[i].name;
    }
    struct str csp = reply_header(r, "Content-Security-Policy");
    static const char *const rules[] = { "default-src 'none'",
        "frame-ancestors 'none'", "base-uri 'none'", "form-action " };
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        if (!holds(csp, rules[i]))
            return rules[i];
    if (holds(csp, "unsafe") || holds(csp, "*"))
        return "Content-Security-Policy too open";
    if (count_header(r, "Strict-Transport-Security", world.https ? 1 : 0))
        return "Strict-Transport-Security";
    if (count_header(r, "Access-Control-Allow-Origin", 0))
        return "Access-Control-Allow-Origin";
    if (r->body.n && count_header(r, "Content-Type", 1))
        return "Content-Type";
    return NULL;
}

/* ---- cookies (T23) ---- */

static const char *
bad_cookie(struct str set)
{
    struct str pair, rest, one, name, value;
    bool path = false, http_only = false, lax = false, secure = false;
    (void)str_cut(set, ';', &pair, &rest);
    (void)str_cut(pair, '=', &name, &value);
    while (rest.n) {
        (void)str_cut(rest, ';', &one, &rest);
        one = str_trim(one);
        if (str_is(one, "Path=/"))
            path = true;
        else if (str_is(one, "HttpOnly"))
            http_only = true;
        else if (str_is(one, "SameSite=Lax"))
            lax = true;
        else if (str_is(one, "Secure"))
            secure = true;
        else if (!str_starts(one, STR("Max-Age=")))
            return "an attribute that is not known";
    }
    if (!path || !http_only || !lax)
        return "Path=/, HttpOnly or SameSite=Lax is missing";
    if (secure != world.https ||
        str_starts(name, STR("__Host-")) != world.https)
        return "__Host- and Secure do not follow https";
    return NULL;
}

static const char *
bad_cookies(const struct reply *r)
{
    for (size_t i = 0; i < r->headers.n; i++) {
        const struct pair *h = &r->headers.items[i];
        const char *bad = str_eq_nocase(h->name, STR("Set-Cookie"))
            ? bad_cookie(h->value)
            : NULL;
        if (bad)
            return bad;
    }
    return NULL;
}

/* How many answers were looked at, and how many were wrong. */
static size_t looked, wrong;
/* How many answers changed what they should not, or showed a thing of another
 * workspace. */
static size_t changed, shown;

static void
look(const char *method, struct str target, const char *who,
    const struct reply *r)
{
    const char *headers = bad_headers(r), *cookies = bad_cookies(r);
    looked++;
    if (!headers && !cookies)
        return;
    wrong++;
    print_error("%s %.*s by %s, %d: %s%s%s\n", method, STR_ARG(target), who,
        r->status, headers ? headers : "", headers && cookies ? "; " : "",
        cookies ? cookies : "");
}

/* ---- the table (T14) ---- */

/* What is refused, and what only looks, must leave every table as it was. */
static struct reply
send_watched(const struct ask *ask, const char *who)
{
    uint64_t before = world_sum(&world);
    struct reply r = world_send(&world, ask);
    /* the gate lets through, and reserves for that */
    bool gate = str_is(ask->target, "/gate");
    bool may_change =
        (gate || strcmp(ask->method, "GET") != 0) && r.status < 400;
    if (!may_change && world_sum(&world) != before) {
        changed++;
        print_error("%s %.*s by %s: %d, and yet something changed\n",
            ask->method, STR_ARG(ask->target), who, r.status);
    }
    return r;
}

/* Is there such a column for this row? */
static bool
has_cell(const struct route *row, enum whose whose)
{
    if (whose == OWN)
        return strstr(row->path, "/keys/{prefix}") ||
            strstr(row->path, "/members/{id}");
    return whose == OTHERS || strstr(row->path, "{id}") ||
        strstr(row->path, "{prefix}");
}

static void
put_row(struct buf *out, const struct route *row)
{
    buf_fmt(out, "%-5s %-42s", method_name(row->method), row->path);
    for (size_t c = 0; c < COUNT_OF(columns); c++) {
        enum who who = columns[c].who;
        if (!has_cell(row, columns[c].whose)) {
            buf_fmt(out, " %-*s", COLUMN_CHARS, "-");
            continue;
        }
        if (columns[c].whose == FOREIGN && row->face != FACE_PAGE)
            who = MANAGEMENT;
        struct ask ask = row_ask(&world, row, who, columns[c].whose);
        struct reply r = send_watched(&ask, columns[c].title);
        look(ask.method, ask.target, columns[c].title, &r);
        /* one of these rows is always refused, whatever it names */
        if (columns[c].whose == FOREIGN && r.status != 404 &&
            !strstr(row->path, "/reveal")) {
            print_error("%s %.*s of another workspace: %d\n", ask.method,
                STR_ARG(ask.target), r.status);
            shown++;
        }
        buf_fmt(out, " %-*d", COLUMN_CHARS, r.status);
        if (row->method != METHOD_GET)
            world_restore(&world);
        world_forget(&world);
    }
    while (out->n && out->p[out->n - 1] == ' ')
        out->n--;
    buf_char(out, '\n');
}

static struct str
make_table(void)
{
    size_t n;
    struct buf b;
    const struct route *all = routes(&n);
    buf_init(&b, world.keep, GOLDEN_MAX);
    buf_fmt(&b, "%-48s", "# made by tests/req/test_access; status by route");
    for (size_t c = 0; c < COUNT_OF(columns); c++)
        buf_fmt(&b, " %-*s", COLUMN_CHARS, columns[c].title);
    while (b.p[b.n - 1] == ' ')
        b.n--;
    buf_char(&b, '\n');
    for (size_t i = 0; i < n; i++)
        put_row(&b, &all[i]);
    must(!b.full);
    return buf_view(&b);
}

static struct str
read_golden(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct buf b;
    char piece[4096];
    buf_init(&b, world.keep, GOLDEN_MAX);
    if (!f)
        return buf_view(&b);
    for (size_t n; (n = fread(piece, 1, sizeof piece, f)) > 0;)
        buf_add(&b, piece, n);
    fclose(f);
    return buf_view(&b);
}

static bool
has_line(struct str text, struct str line)
{
    struct str one;
    while (text.n) {
        (void)str_cut(text, '\n', &one, &text);
        if (str_eq(one, line))
            return true;
    }
    return false;
}

/* The lines of a that b has not. */
static size_t
print_missing(struct str a, struct str b, char mark)
{
    struct str one;
    size_t n = 0;
    while (a.n) {
        (void)str_cut(a, '\n', &one, &a);
        if (!has_line(b, one)) {
            print_error("%c %.*s\n", mark, STR_ARG(one));
            n++;
        }
    }
    return n;
}

static void
test_access(void **state)
{
    (void)state;
    char path[PATH_BYTES];
    const char *source = getenv("KEYLODGE_SRC");
    (void)snprintf(path, sizeof path, "%s/tests/golden/access.txt",
        source ? source : ".");
    struct str made = make_table();
    if (getenv("UPDATE_GOLDEN")) {
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(made.p, 1, made.n, f), made.n);
        assert_int_equal(fclose(f), 0);
        return;
    }
    assert_int_equal(changed, 0);
    assert_int_equal(shown, 0);
    struct str golden = read_golden(path);
    size_t n = print_missing(golden, made, '-');
    n += print_missing(made, golden, '+');
    if (n)
        fail_msg("access differs from tests/golden/access.txt in %zu lines; "
                 "when that is right: UPDATE_GOLDEN=1", n);
    assert_true(str_eq(made, golden));
}

static int64_t
told_of_ids(void)
{
    struct cx *cx = worker_shell(&world.worker);
    world_need(denied_flush(cx, false), &cx->err);
    return world_int(&world, "SELECT count(DISTINCT object_id) FROM audit "
        "WHERE action = 'access.refused' AND workspace_id IS NOT NULL "
        "AND details LIKE '%id of another workspace%'");
}

/* An id of another workspace is answered as one that there is not, and stands
 * in the log of who asked; an id of nothing does not. */
static void
test_told(void **state)
{
    (void)state;
    size_t n, n_told = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        const struct route *row = &all[i];
        bool page = row->face == FACE_PAGE;
        /* these find what has no id over all workspaces */
        if (!has_cell(row, FOREIGN) || strstr(row->path, "/reveal") ||
            strstr(row->path, "/requests/") || strstr(row->path, "/why/") ||
            strstr(row->path, "/decisions/"))
            continue;
        struct ask ask = row_ask(&world, row, page ? OWNER : MANAGEMENT,
            FOREIGN);
        int64_t before = told_of_ids();
        assert_int_equal(world_send(&world, &ask).status, 404);
        int64_t told = told_of_ids() - before;
        n_told += told == 1;
        /* whoever runs the installation is asked for by another gate */
        if (told != (row->knock == KNOCK_OPERATOR ? 0 : 1))
            fail_msg("%s %s of another workspace is told %lld times",
                method_name(row->method), row->path, (long long)told);
        if (row->method != METHOD_GET || told)
            world_restore(&world);
        world_forget(&world);
    }
    assert_true(n_told > 60);
    int64_t before = told_of_ids();
    assert_int_equal(req_get(&world, OWNER, "/w/team/keys/00000000").status,
        404);
    assert_int_equal(req_get(&world, OWNER, "/w/nowhere/keys").status, 404);
    assert_int_equal(told_of_ids(), before);
    assert_int_equal(req_get(&world, OWNER, "/w/strangers/keys").status, 404);
    assert_int_equal(told_of_ids(), before + 1);
    world_restore(&world);
}

/* No row may fail by our own fault, whoever asks. */
static void
test_no_fault(void **state)
{
    (void)state;
    size_t n, faults = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++)
        for (enum who who = NOBODY; who < WHO_COUNT; who++) {
            struct ask ask = row_ask(&world, &all[i], who, OTHERS);
            ask.body = STR("");
            struct reply r = world_send(&world, &ask);
            look(ask.method, ask.target, who_name(who), &r);
            if (r.status < 200 || r.status >= 500) {
                print_error("%s %.*s by %s: %d\n", ask.method,
                    STR_ARG(ask.target), who_name(who), r.status);
                faults++;
            }
            world_forget(&world);
        }
    world_restore(&world);
    assert_int_equal(faults, 0);
}

static bool
has_delete(const struct route *all, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (all[i].method == METHOD_DELETE && strcmp(all[i].path, path) == 0)
            return true;
    return false;
}

/* HEAD is GET without the body; no path takes a method that it has no row
 * for. */
static void
test_other_methods(void **state)
{
    (void)state;
    size_t n, bad = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        if (all[i].method != METHOD_GET)
            continue;
        struct ask ask = row_ask(&world, &all[i], OWNER, OTHERS);
        struct reply got = world_send(&world, &ask);
        ask.method = "HEAD";
        struct reply head = world_send(&world, &ask);
        look(ask.method, ask.target, "owner", &head);
        if (head.status != got.status || head.body.n ||
            !str_eq(reply_header(&head, "Content-Length"),
                reply_header(&got, "Content-Length"))) {
            print_error("HEAD %s: %d, %zu bytes\n", all[i].path, head.status,
                head.body.n);
            bad++;
        }
        if (has_delete(all, n, all[i].path))
            continue;
        ask.method = "DELETE";
        struct reply none = world_send(&world, &ask);
        look(ask.method, ask.target, "owner", &none);
        if (none.status != 405 || !holds(reply_header(&none, "Allow"),
                "GET, HEAD")) {
            print_error("DELETE %s: %d\n", all[i].path, none.status);
            bad++;
        }
        world_forget(&world);
    }
    assert_int_equal(bad, 0);
}

/* Requests that reach no row, or are refused before it. */
static void
test_headers_of_errors(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *type;
        int status;
    } rows[] = {
        { "GET", "/nothing/here", NULL, 404 },
        { "GET", "/v1/nothing", NULL, 404 },
        { "GET", "/static/nothing.css", NULL, 404 },
        { "DELETE", "/sign-in", NULL, 405 },
        { "BREW", "/sign-in", NULL, 405 },
        { "GET", "/%zz", NULL, 400 },
        { "GET", "/w//team", NULL, 404 },
        { "GET", "/sign-in?a=%ff", NULL, 400 },
        { "POST", "/sign-in", "text/plain", 415 },
        { "POST", "/v1/check", "text/plain", 415 },
        { "GET", "/v1/check", NULL, 405 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ask ask = world_ask(&world, MANAGEMENT, rows[i].method,
            str_cstr(rows[i].target));
        ask.type = rows[i].type;
        ask.body = rows[i].type ? STR("a=b") : STR("");
        struct reply r = world_send(&world, &ask);
        look(ask.method, ask.target, "anyone", &r);
        if (r.status != rows[i].status)
            fail_msg("%s %s: %d instead of %d", rows[i].method,
                rows[i].target, r.status, rows[i].status);
    }
    world_forget(&world);
}

/* The same over https, where cookies have other names. */
static void
test_https(void **state)
{
    (void)state;
    size_t n;
    const struct route *all = routes(&n);
    world.https = true;
    for (size_t i = 0; i < n; i++)
        for (enum who who = NOBODY; who <= OWNER; who++) {
            struct ask ask = row_ask(&world, &all[i], who, OTHERS);
            struct reply r = world_send(&world, &ask);
            look(ask.method, ask.target, who_name(who), &r);
            if (all[i].method != METHOD_GET)
                world_restore(&world);
            world_forget(&world);
        }
    world.https = false;
}

static void
test_looked(void **state)
{
    (void)state;
    print_message("# %zu answers looked at for headers and cookies\n", looked);
    assert_true(looked > 100);
    assert_int_equal(wrong, 0);
}

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_furnish(&world);
    world_save(&world);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told), /* first: each is told once an hour */
        cmocka_unit_test(test_access),
        cmocka_unit_test(test_no_fault),
        cmocka_unit_test(test_other_methods),
        cmocka_unit_test(test_headers_of_errors),
        cmocka_unit_test(test_https),
        cmocka_unit_test(test_looked),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
