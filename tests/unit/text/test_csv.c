/* SPDX-License-Identifier: ISC */
#include "text/csv.h"

#include "cases.h"

#include <string.h>

static void
test_cells(void **state)
{
    static const struct {
        struct str cell;
        const char *want;
    } rows[] = {
        { STR_INIT(""), "" },
        { STR_INIT("plain text"), "plain text" },
        { STR_INIT("a,b"), "\"a,b\"" },
        { STR_INIT("say \"hi\""), "\"say \"\"hi\"\"\"" },
        { STR_INIT("\""), "\"\"\"\"" },
        { STR_INIT("a\r\nb"), "\"a\r\nb\"" },
        { STR_INIT("a\rb"), "\"a\rb\"" },
        /* formulas */
        { STR_INIT("=1+1"), "'=1+1" },
        { STR_INIT("+1"), "'+1" },
        { STR_INIT("-1"), "'-1" },
        { STR_INIT("@SUM(A1)"), "'@SUM(A1)" },
        { STR_INIT("\t=1"), "'\t=1" },
        { STR_INIT("\r=1"), "\"'\r=1\"" },
        { STR_INIT("=\"a\",\"b\""), "\"'=\"\"a\"\",\"\"b\"\"\"" },
        { STR_INIT("1-1=0"), "1-1=0" },
        { STR_INIT(" =1"), " =1" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf b;
        buf_init(&b, *state, BUF_MAX_FIELD);
        csv_cell(&b, rows[i].cell, true);
        EXPECT_STR(i, buf_view(&b), rows[i].want);
    }
}

static void
test_row(void **state)
{
    struct buf b;
    buf_init(&b, *state, BUF_MAX_FIELD);
    csv_cell(&b, STR("name"), true);
    csv_number(&b, STR("-1.5"), false);
    csv_cell(&b, STR("-x"), false);
    csv_end(&b);
    csv_number(&b, STR("2"), true);
    csv_end(&b);
    EXPECT_STR(0, buf_view(&b), "name,-1.5,'-x\r\n2\r\n");
}

/* Cells of one row shown as (a)(b), rows ended by a semicolon. */
static struct str
shown(struct arena *a, const struct strs *rows, size_t n)
{
    struct buf b;
    buf_init(&b, a, BUF_MAX_FIELD);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < rows[i].n; j++) {
            buf_char(&b, '(');
            buf_str(&b, rows[i].items[j]);
            buf_char(&b, ')');
        }
        buf_char(&b, ';');
    }
    return buf_view(&b);
}

static void
test_read(void **state)
{
    static const struct {
        const char *text, *want; /* `want` of a refused text: its message */
        enum err_code code;
    } rows[] = {
        { "", "", ERR_OK },
        { "a", "(a);", ERR_OK },
        { "a,b\r\nc,d\r\n", "(a)(b);(c)(d);", ERR_OK },
        { "a,b\nc\n", "(a)(b);(c);", ERR_OK },
        { "a\r\n\r\nb", "(a);();(b);", ERR_OK },
        { ",", "()();", ERR_OK },
        { "\"\"", "();", ERR_OK },
        { "\"\",\"\"\"\"\n", "()(\");", ERR_OK },
        { "\"a,\r\nb\",\"say \"\"hi\"\"\"", "(a,\r\nb)(say \"hi\");",
            ERR_OK },
        { "'=1", "('=1);", ERR_OK },
        { " a , b ", "( a )( b );", ERR_OK },
        { "a\n\"b", "line 2: a quoted cell is not closed", ERR_MALFORMED },
        { "\"", "line 1: a quoted cell is not closed", ERR_MALFORMED },
        { "\"a\"\"", "line 1: a quoted cell is not closed", ERR_MALFORMED },
        { "\"a\n\n\"b", "line 3: a comma or the end of the line is missing",
            ERR_MALFORMED },
        { "a\nb\"c\"", "line 2: a quote inside a cell without quotes",
            ERR_MALFORMED },
        { "a\rb", "line 1: a comma or the end of the line is missing",
            ERR_MALFORMED },
        { "a\r", "line 1: a comma or the end of the line is missing",
            ERR_MALFORMED },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err;
        struct strs *list = NULL;
        size_t n = 0;
        /* without a NUL behind it, so that a checker sees one step too far */
        struct str text = str_cstr(rows[i].text);
        char *bare = arena_alloc(*state, text.n);
        memcpy(bare, text.p, text.n);
        text.p = bare;
        err_init(&err, *state);
        EXPECT(i, text,
            csv_read(*state, text, &list, &n, &err) == rows[i].code);
        EXPECT_STR(i, rows[i].code == ERR_OK ? shown(*state, list, n)
                                             : err.msg, rows[i].want);
    }
}

static struct str
random_cell(struct arena *a, uint64_t *seed)
{
    static const char marks[] = "a,\"\r\n\t'=;\xc3";
    size_t n = seed_next(seed) % 6;
    char *p = arena_alloc(a, n);
    for (size_t i = 0; i < n; i++)
        p[i] = marks[seed_next(seed) % (sizeof marks - 1)];
    return (struct str){ p, n };
}

/* What is written is read as it was, but for the guard. */
static void
test_round_trip(void **state)
{
    uint64_t seed = seed_start();
    enum { ROWS = 2000, CELLS = 3 };
    struct str *cells = arena_array(*state, (size_t)ROWS * CELLS,
        sizeof *cells);
    struct buf b;
    buf_init(&b, *state, BUF_MAX_CSV);
    for (size_t i = 0; i < (size_t)ROWS * CELLS; i++) {
        cells[i] = random_cell(*state, &seed);
        csv_cell(&b, cells[i], i % CELLS == 0);
        if (i % CELLS == CELLS - 1)
            csv_end(&b);
    }
    struct err err;
    struct strs *rows = NULL;
    size_t n = 0;
    err_init(&err, *state);
    assert_int_equal(csv_read(*state, buf_view(&b), &rows, &n, &err), ERR_OK);
    assert_int_equal(n, ROWS);
    for (size_t i = 0; i < (size_t)ROWS * CELLS; i++) {
        assert_int_equal(rows[i / CELLS].n, CELLS);
        struct str got = rows[i / CELLS].items[i % CELLS];
        bool guarded = cells[i].n && strchr("=+-@\t\r", cells[i].p[0]);
        EXPECT(i, got, !guarded || (got.n && got.p[0] == '\''));
        EXPECT(i, got, str_eq(str_from(got, guarded), cells[i]));
    }
}

/* Memory grows with the text, not with its square. */
static void
test_memory(void **state)
{
    struct buf b;
    struct err err;
    struct strs *rows = NULL;
    size_t n = 0;
    err_init(&err, *state);
    buf_init(&b, *state, BUF_MAX_CSV);
    for (int i = 0; i < 20000; i++)
        buf_cstr(&b, "\"x\",\"y\"\n");
    size_t before = arena_used(*state);
    assert_int_equal(csv_read(*state, buf_view(&b), &rows, &n, &err), ERR_OK);
    assert_int_equal(n, 20000);
    assert_true(arena_used(*state) - before < b.n * 50);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_cells),
        WITH_ARENA(test_row),
        WITH_ARENA(test_read),
        WITH_ARENA(test_round_trip),
        WITH_ARENA(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
