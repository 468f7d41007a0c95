/* SPDX-License-Identifier: ISC */
/* The exported audit log: whoever holds the public key alone finds every byte
 * that was changed, and every row that is gone or moved, and names the first
 * (T29). */
#define _GNU_SOURCE /* memmem */
#include "world.h"

#include "core/audit.h"
#include "core/audit_file.h"
#include "core/change.h"
#include "text/hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MOST = 3000, FILE_MOST = 4 * 1024 * 1024, CHANGES = 120 };

/* An export, and where its lines begin. */
struct export {
    char bytes[FILE_MOST];
    size_t n;
    size_t at[LINES_MOST + 1]; /* lines[n_lines] is the end */
    size_t n_lines;
};

static struct world world;
static struct seat seat;
static struct export whole, part, work;

static bool
take(void *to, struct str piece)
{
    struct export *e = to;
    assert_true(e->n + piece.n <= sizeof e->bytes);
    memcpy(e->bytes + e->n, piece.p, piece.n);
    e->n += piece.n;
    return true;
}

static void
find_lines(struct export *e)
{
    e->n_lines = 0;
    e->at[0] = 0;
    for (size_t i = 0; i < e->n; i++)
        if (e->bytes[i] == '\n') {
            assert_true(e->n_lines < LINES_MOST);
            e->at[++e->n_lines] = i + 1;
        }
    assert_int_equal(e->at[e->n_lines], e->n);
}

static void
export_to(struct export *e, bool all)
{
    int64_t rows;
    struct cx *cx = seat_as(&seat, SHELL);
    if (all)
        cx->ws = (struct workspace){ 0 };
    e->n = 0;
    OK(cx, audit_export(cx, take, e, &rows));
    find_lines(e);
    assert_int_equal(e->n_lines, rows + 2);
}

/* Names that need every escape. */
static void
make_rows(int n)
{
    static const char *const names[] = { "plain", "a\\b", "two\nlines",
        "a\ttab", "\xc3\xa9t\xc3\xa9 \\t", "cr\rlf\n\\" };
    for (int i = 0; i < n; i++) {
        struct cx *cx = seat_as(&seat, i % 5 ? OWNER : STRANGER);
        struct val *d = val_map(cx->arena);
        struct audit_event event = { "key.edit", "thing",
            arena_fmt(cx->arena, "%d", i), str_cstr(names[i % 6]), d };
        val_put_cstr(d, "why", names[(i + 1) % 6]);
        OK(cx, CHANGE_BEGIN(cx));
        OK(cx, change_commit(cx, &event));
    }
}

static int
setup(void **state)
{
    (void)state;
    srandom(7); /* the same flips each time */
    world_new(&world);
    seat_open(&seat, &world);
    make_rows(CHANGES);
    export_to(&whole, true);
    export_to(&part, false);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    seat_close(&seat);
    world_free(&world);
    return 0;
}

static struct audit_verdict
verdict_of(const struct export *e, const struct audit_verdict *known)
{
    struct audit_verdict v;
    audit_file_verify((struct str){ e->bytes, e->n },
        signer_public(world.signer), known, &v);
    return v;
}

/* It must be found, and the first wrong line named. */
static void
expect_bad(const struct export *e, size_t line, const char *what, size_t i)
{
    struct audit_verdict v = verdict_of(e, NULL);
    /* which workspace the first line names is known to be wrong only when the
     * signature is read */
    bool late = line == 1 && v.line == (int64_t)e->n_lines;
    if (v.good || (v.line != (int64_t)line && !late) || !v.why)
        fail_msg("%s %zu: good %d, line %d instead of %zu: %s", what, i,
            (int)v.good, (int)v.line, line, v.why ? v.why : "-");
}

static size_t
pick(size_t n)
{
    return (size_t)random() % n;
}

static size_t
line_of(const struct export *e, size_t at)
{
    size_t i = 0;
    while (e->at[i + 1] <= at)
        i++;
    return i + 1;
}

static void
copy(const struct export *from)
{
    memcpy(work.bytes, from->bytes, from->n);
    memcpy(work.at, from->at, sizeof from->at);
    work.n = from->n;
    work.n_lines = from->n_lines;
}

static void
cut(size_t from, size_t to)
{
    memmove(work.bytes + from, work.bytes + to, work.n - to);
    work.n -= to - from;
}

static void
test_good(void **state)
{
    (void)state;
    struct audit_verdict v = verdict_of(&whole, NULL);
    assert_true(v.good);
    assert_int_equal(v.rows, whole.n_lines - 2);
    assert_int_equal(v.head_seq, v.rows);
    assert_int_equal(v.head_at_s, WORLD_NOW);
    v = verdict_of(&part, NULL);
    assert_true(v.good);
    assert_true(v.rows > CHANGES / 2 && v.rows < (int64_t)whole.n_lines - 2);
    assert_true(v.head_seq > v.rows);
    assert_int_equal(v.scope.workspace.n, 36);
    /* rows of others are not in it */
    assert_null(memmem(part.bytes, part.n, "sam@strange", 11));
}

static void
flip(const struct export *e, int times)
{
    for (int i = 0; i < times; i++) {
        copy(e);
        size_t at = pick(work.n);
        work.bytes[at] = (char)(work.bytes[at] ^ (int)(1 + pick(255)));
        expect_bad(&work, line_of(e, at), "flip", at);
    }
}

static void
test_flips(void **state)
{
    (void)state;
    flip(&whole, 1000);
    flip(&part, 1000);
}

/* Every byte of a row, of the first line and of the last, each bit. */
static void
test_each_bit(void **state)
{
    (void)state;
    const size_t lines[] = { 0, 8, whole.n_lines - 1 };
    for (size_t l = 0; l < COUNT_OF(lines); l++)
        for (size_t at = whole.at[lines[l]]; at < whole.at[lines[l] + 1];
             at++)
            for (int bit = 0; bit < 8; bit++) {
                copy(&whole);
                work.bytes[at] = (char)(work.bytes[at] ^ (1 << bit));
                expect_bad(&work, lines[l] + 1, "bit", at);
            }
}

static void
test_deletions(void **state)
{
    (void)state;
    for (size_t i = 0; i < 200; i++) {
        copy(&whole);
        size_t l = 1 + pick(whole.n_lines - 2);
        cut(whole.at[l], whole.at[l + 1]);
        expect_bad(&work, l + 1, "deletion", l);
        assert_int_equal(verdict_of(&work, NULL).seq, l);
        copy(&part);
        l = 1 + pick(part.n_lines - 2);
        cut(part.at[l], part.at[l + 1]);
        expect_bad(&work, l + 1, "deletion from a part", l);
    }
}

static void
swap_lines(const struct export *e)
{
    size_t i = 1 + pick(e->n_lines - 3);
    size_t j = i + 1 + pick(e->n_lines - 2 - i);
    size_t n = 0;
    copy(e);
    for (size_t l = 0; l < e->n_lines; l++) {
        size_t from = l == i ? j : l == j ? i : l;
        size_t bytes = e->at[from + 1] - e->at[from];
        memcpy(work.bytes + n, e->bytes + e->at[from], bytes);
        n += bytes;
    }
    expect_bad(&work, i + 1, "swap", j);
}

static void
test_swaps(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        swap_lines(&whole);
        swap_lines(&part);
    }
}

static void
test_truncations(void **state)
{
    (void)state;
    for (size_t i = 0; i < 100; i++) {
        copy(&whole);
        /* half of them after a whole row, which looks like an end */
        work.n = i % 2 ? pick(whole.n) : whole.at[pick(whole.n_lines)];
        size_t line = line_of(&whole, work.n);
        expect_bad(&work, line, "truncation", work.n);
    }
    /* the signature is there, its line feed is not */
    copy(&whole);
    work.n--;
    expect_bad(&work, whole.n_lines, "truncation", work.n);
    /* rows gone, the end kept: the first that is missing is named */
    for (size_t l = 1; l < whole.n_lines - 1; l++) {
        copy(&whole);
        cut(whole.at[l], whole.at[whole.n_lines - 1]);
        expect_bad(&work, l + 1, "tail", l);
        assert_int_equal(verdict_of(&work, NULL).seq, l);
    }
}

/* Something after the signature, a row twice, the log of another key. */
static void
test_additions(void **state)
{
    (void)state;
    uint8_t other[SIGNER_PUBLIC] = { 1 };
    struct audit_verdict v;
    copy(&whole);
    work.bytes[work.n++] = '\n';
    assert_false(verdict_of(&work, NULL).good);
    copy(&whole);
    memcpy(work.bytes + work.n, whole.bytes + whole.at[1],
        whole.at[2] - whole.at[1]);
    work.n += whole.at[2] - whole.at[1];
    assert_false(verdict_of(&work, NULL).good);
    memcpy(other, signer_public(world.signer), SIGNER_PUBLIC);
    other[5] ^= 1;
    audit_file_verify((struct str){ whole.bytes, whole.n }, other, NULL, &v);
    assert_false(v.good);
    audit_file_verify(STR(""), signer_public(world.signer), NULL, &v);
    assert_false(v.good);
}

/* The row anew, with a hash that fits: then the next one does not. */
static void
test_rehashed(void **state)
{
    (void)state;
    enum { ROW = 3 };
    struct audit r = { .seq = 3 };
    uint8_t hash[DIGEST_BYTES];
    struct arena *a = seat.arena;
    /* PREVIOUS and HASH stand at the end: put any other hash */
    audit_row_hash(&r, hash);
    copy(&whole);
    struct str hex = hex_show(a, hash, sizeof hash);
    memcpy(work.bytes + whole.at[ROW + 1] - 1 - hex.n, hex.p, hex.n);
    expect_bad(&work, ROW + 1, "hash", ROW);
}

/* The tail goes from the database, and what is left is signed again: the file
 * alone looks whole, but not beside an earlier one. */
static void
test_cut_and_signed_again(void **state)
{
    (void)state;
    struct audit_verdict v, known = verdict_of(&whole, NULL);
    int64_t rows, bad;
    make_rows(4);
    copy(&whole); /* room for later */
    static struct export later;
    export_to(&later, true);
    v = verdict_of(&later, &known);
    assert_true(v.good); /* it goes on from what was known */
    world_exec(&world, "CREATE TABLE kept AS SELECT * FROM audit;"
                       "CREATE TABLE kept_head AS SELECT * FROM audit_head;"
                       "DELETE FROM audit WHERE seq > 50");
    struct cx *cx = seat_as(&seat, SHELL);
    OK(cx, audit_verify(cx, &rows, &bad));
    assert_int_equal(rows, 50);
    assert_int_equal(bad, 51); /* the heads know of more */
    world_exec(&world, "DELETE FROM audit_head");
    export_to(&later, true);
    assert_true(verdict_of(&later, NULL).good);
    v = verdict_of(&later, &known);
    assert_false(v.good);
    assert_int_equal(v.seq, 52); /* 51 is the row of the export itself */
    /* and one that goes on to the same length */
    make_rows((int)whole.n_lines);
    export_to(&later, true);
    assert_true(verdict_of(&later, NULL).good);
    v = verdict_of(&later, &known);
    assert_false(v.good);
    assert_int_equal(v.row, known.head_seq);
    world_exec(&world, "DELETE FROM audit; DELETE FROM audit_head;"
                       "INSERT INTO audit SELECT * FROM kept;"
                       "INSERT INTO audit_head SELECT * FROM kept_head");
}

/* ---- heads ---- */

static void
test_heads(void **state)
{
    (void)state;
    int64_t rows, bad;
    int64_t before = world_int(&world, "SELECT count(*) FROM audit_head");
    make_rows(AUDIT_HEAD_ROWS);
    assert_int_equal(
        world_int(&world, "SELECT count(*) FROM audit_head"), before + 1);
    assert_int_equal(world_int(&world, "SELECT max(seq) FROM audit_head"),
        AUDIT_HEAD_ROWS);
    struct cx *cx = seat_as(&seat, SHELL);
    OK(cx, audit_verify(cx, &rows, &bad));
    assert_int_equal(bad, 0);
    /* a chain that was written anew to its end is whole, but not signed */
    world_exec(&world, "UPDATE audit_head SET hash = zeroblob(32) "
                       "WHERE seq = 1000");
    OK(cx, audit_verify(cx, &rows, &bad));
    assert_int_equal(bad, 1000);
}

static int64_t
heads(void)
{
    struct cx *cx = seat_as(&seat, SHELL);
    OK(cx, audit_sweep(cx));
    return world_int(&world, "SELECT count(*) FROM audit_head");
}

static void
test_sweep(void **state)
{
    (void)state;
    int64_t n;
    world.now_s += AUDIT_HEAD_S;
    n = heads();
    make_rows(1);
    assert_int_equal(heads(), n); /* not an hour old */
    world.now_s += AUDIT_HEAD_S - 1;
    assert_int_equal(heads(), n);
    world.now_s += 1;
    assert_int_equal(heads(), n + 1);
    world.now_s += AUDIT_HEAD_S;
    assert_int_equal(heads(), n + 1); /* nothing new to sign */
}

static void
test_state(void **state)
{
    (void)state;
    struct audit_state s;
    export_to(&work, true);
    make_rows(3);
    struct cx *cx = seat_as(&seat, MEMBER);
    OK(cx, audit_state(cx, &s));
    assert_true(s.head_good);
    assert_int_equal(s.rows_after, 3);
    assert_int_equal(s.bad, 0);
    world_exec(&world, "UPDATE audit SET action = 'x' WHERE seq = "
                       "(SELECT max(seq) - 1 FROM audit)");
    OK(cx, audit_state(cx, &s));
    assert_int_equal(s.bad, s.head_seq + 2);
    world_exec(&world, "UPDATE audit_head SET at_s = at_s + 1 WHERE seq = "
                       "(SELECT max(seq) FROM audit_head)");
    OK(cx, audit_state(cx, &s));
    assert_false(s.head_good);
}

static void
test_who(void **state)
{
    (void)state;
    static const enum who others[] = { OWNER, ADMIN, MEMBER };
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        int64_t rows;
        struct cx *cx = seat_as(&seat, others[i]);
        GIVES(cx, audit_export(cx, take, &work, &rows), ERR_FORBIDDEN);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_each_bit),
        cmocka_unit_test(test_deletions),
        cmocka_unit_test(test_swaps),
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_additions),
        cmocka_unit_test(test_rehashed),
        cmocka_unit_test(test_cut_and_signed_again),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_who),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
