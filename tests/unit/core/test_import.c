/* SPDX-License-Identifier: ISC */
/* What is exported comes back as it was; what is damaged changes nothing; what
 * was cut off goes on; memory does not grow with the file. */
#include "stand.h"

#include "core/audit.h"
#include "core/credit.h"
#include "core/foreign.h"
#include "core/freeze.h"
#include "core/import_file.h"
#include "core/key.h"
#include "core/workspace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TEXT_MOST = 4 << 20, TELL_MOST = 4096 };

static struct stand st;           /* where it comes from */
static struct world there;        /* where it goes */
static struct seat seat;          /* there */
static struct secrets *transfer;
static char text[TEXT_MOST], again[TEXT_MOST];
static size_t text_n;
static char said[TELL_MOST];      /* what was told last */

/* In no workspace: there may be none. */
static struct cx *
shell(struct seat *of)
{
    struct cx *cx = seat_nobody(of);
    cx->actor.kind = ACTOR_SHELL;
    return cx;
}

static int
setup(void **state)
{
    char path[PATH_BYTES + 16];
    (void)state;
    stand_open(&st);
    world_bare(&there);
    seat_open(&seat, &there);
    (void)snprintf(path, sizeof path, "%.200s/transfer", there.folder);
    struct cx *cx = shell(&seat);
    OK(cx, secrets_create(path, &cx->err));
    OK(cx, secrets_load(path, &transfer, &cx->err));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    secrets_free(transfer);
    seat_close(&seat);
    world_free(&there);
    stand_close(&st);
    return 0;
}

/* ---- export into memory ---- */

struct room {
    char *p;
    size_t n;
};

static bool
into_room(void *to, struct str piece)
{
    struct room *r = to;
    assert_true(r->n + piece.n < TEXT_MOST);
    memcpy(r->p + r->n, piece.p, piece.n);
    r->n += piece.n;
    r->p[r->n] = 0;
    return true;
}

static void
no_step(void *of, int64_t n)
{
    (void)of;
    (void)n;
}

static size_t
export_of(struct seat *from, struct secrets *with, char *to)
{
    struct room r = { to, 0 };
    struct export_counts counts;
    struct export_out out = { .sink = into_room, .to = &r, .step = no_step,
        .transfer = with };
    struct cx *cx = shell(from);
    OK(cx, export_run(cx, &out, &counts));
    return r.n;
}

/* ---- import from memory ---- */

struct source {
    struct str all, rest;
    int walk, stop_walk, stop_line, line; /* ends early in a walk */
};

static bool
next(void *from, struct str *line)
{
    struct source *s = from;
    if (s->rest.n == 0 || (s->walk == s->stop_walk && s->line == s->stop_line))
        return false;
    (void)str_cut(s->rest, '\n', line, &s->rest);
    s->line++;
    return true;
}

static void
again_from_first(void *from)
{
    struct source *s = from;
    s->rest = s->all;
    s->walk++;
    s->line = 0;
}

static void
hear(void *of, enum import_saying what, int64_t line, struct str words)
{
    size_t n = strlen(said);
    (void)of;
    if (what != IMPORT_THERE)
        (void)snprintf(said + n, sizeof said - n, "%" PRId64 ": %.*s\n", line,
            STR_ARG(words));
}

static void
rows_step(void *of, bool writing, int64_t rows)
{
    (void)of;
    (void)writing;
    (void)rows;
}

static enum err_code
import_from(struct source *s, struct secrets *with, bool dry,
    struct import_counts *counts)
{
    struct cx *cx = shell(&seat);
    struct import_file file = { next, again_from_first, s };
    struct import im = { .cx = cx, .say = hear, .step = rows_step,
        .transfer = with, .dry = dry };
    said[0] = 0;
    enum err_code code = import_run(&im, import_file_read, &file, counts);
    assert_int_equal(cx->changes, 0);
    assert_int_equal(code, cx->err.code);
    return code;
}

static enum err_code
import_text(const char *p, size_t n, struct secrets *with, bool dry)
{
    struct source s = { .all = { p, n } };
    struct import_counts counts;
    return import_from(&s, with, dry, &counts);
}

/* Rows of everything that an import may make. */
static int64_t
rows_there(void)
{
    return world_int(&there, "SELECT (SELECT count(*) FROM workspace) + "
        "(SELECT count(*) FROM user) + (SELECT count(*) FROM api_key) + "
        "(SELECT count(*) FROM model) + (SELECT count(*) FROM member) + "
        "(SELECT count(*) FROM limit_rule) + (SELECT count(*) FROM audit) + "
        "(SELECT count(*) FROM key_secret)");
}

static void
chain_is_whole(void)
{
    int64_t rows, bad;
    struct cx *cx = shell(&seat);
    OK(cx, audit_verify(cx, &rows, &bad));
    assert_int_equal(bad, 0);
}

/* ---- what there is ---- */

static void
fill(void)
{
    struct decision d;
    struct key k;
    struct str made;
    struct credit_in credit = { .amount = 20 * 1000000, .note = STR("x") };
    struct cx *cx = seat_as(&st.s, OWNER);
    OK(cx, credit_on(cx, &credit));
    stand_limit(&st, STR(""), LIMIT_MONEY, LIMIT_DAY, STR(""), 1000 * 1000000,
        false);
    stand_limit(&st, st.key.prefix, LIMIT_MONEY, LIMIT_MONTH, STR(""),
        3 * 1000000, true);
    stand_limit(&st, st.key.prefix, LIMIT_INPUT, LIMIT_MINUTE,
        str_cstr(st.big_uuid), 500000, false);
    stand_spend_limit(&st, 5 * 1000000, SPEND_WEEK);
    stand_ask(&st.s, st.text, "a/big", 1000, 1000, &d);
    assert_int_equal(d.reason, REASON_ALLOWED);
    (void)stand_report(&st.s, d.metered.reservation, "", "a/big", 900, 800,
        false);
    struct key_in in = key_form("disabled \xe2\x82\xac");
    in.note = STR("two\nlines");
    in.labels = STR("team=search\nstage=dev");
    in.expiry = KEY_EXPIRY_90;
    form_put(key_fields, &in.set, "labels");
    cx = seat_as(&st.s, OWNER);
    OK(cx, key_create(cx, KEY_MANAGEMENT, &in, &made, &k));
    cx = seat_as(&st.s, OWNER);
    OK(cx, key_disable(cx, k.prefix, &k));
    struct key_in waits = key_form("waits");
    waits.claim = KEY_CLAIM_DAY;
    cx = seat_as(&st.s, OWNER);
    OK(cx, key_create(cx, KEY_STANDARD, &waits, &made, &k));
}

/* The lines but the first and last, without what differs by its nature. */
static void
bare(char *p)
{
    char *from = p, *to = p, *end = p + strlen(p);
    while (from < end) {
        char *line_end = memchr(from, '\n', (size_t)(end - from));
        char *v = strstr(from, "\"verifier\":\"");
        bool skip = strncmp(from, "{\"type\":\"end\"", 13) == 0 ||
            strncmp(from, "{\"type\":\"keylodge", 17) == 0;
        char *stop = v && v < line_end ? v : line_end + 1;
        if (!skip) {
            memmove(to, from, (size_t)(stop - from));
            to += stop - from;
            if (stop == v)
                *to++ = '\n';
        }
        from = line_end + 1;
    }
    *to = 0;
}

static void
test_round_trip(void **state)
{
    (void)state;
    struct decision d;
    fill();
    text_n = export_of(&st.s, transfer, text);
    assert_int_equal(import_text(text, text_n, transfer, true), ERR_OK);
    assert_int_equal(rows_there(), 0);
    if (import_text(text, text_n, transfer, false))
        fail_msg("%s", said);
    (void)export_of(&seat, transfer, again);
    bare(text);
    bare(again);
    assert_string_equal(text, again);
    stand_ask(&seat, st.text, "a/big", 1000, 1000, &d);
    assert_int_equal(d.reason, REASON_ALLOWED);
    chain_is_whole();
    stand_ledger(&there);
    assert_int_equal(world_int(&there, "SELECT count(*) FROM user "
        "WHERE password IS NOT NULL"), 0);
}

/* The secret of the same installation works for the way back into it. */
static void
test_here_already(void **state)
{
    (void)state;
    struct source s;
    struct import_counts c;
    fill();
    text_n = export_of(&st.s, transfer, text);
    assert_int_equal(import_text(text, text_n, transfer, false), ERR_OK);
    int64_t rows = rows_there();
    s = (struct source){ .all = { text, text_n } };
    assert_int_equal(import_from(&s, transfer, false, &c), ERR_OK);
    for (int i = 0; i < PORT_KIND_COUNT; i++)
        assert_int_equal(c.made[i], 0);
    assert_int_equal(c.there[PORT_KEY], 3);
    assert_int_equal(rows_there(), rows);
    /* a key that was revoked here stays so */
    world_exec(&there, "UPDATE api_key SET revoked_s = 1, revoked_by = 'x' "
        "WHERE kind = 'management'");
    assert_int_equal(import_text(text, text_n, transfer, false), ERR_OK);
    assert_int_equal(world_int(&there, "SELECT count(*) FROM api_key "
        "WHERE revoked_s = 1"), 1);
}

static void
test_without_verifiers(void **state)
{
    (void)state;
    struct decision d;
    fill();
    text_n = export_of(&st.s, NULL, text);
    assert_null(strstr(text, "\"secret\""));
    assert_int_equal(import_text(text, text_n, transfer, false), ERR_INVALID);
    assert_int_equal(import_text(text, text_n, NULL, false), ERR_OK);
    stand_ask(&seat, st.text, "a/free", -1, -1, &d);
    assert_int_equal(d.reason, REASON_INVALID_KEY);
    assert_int_equal(world_int(&there, "SELECT count(*) FROM key_secret"), 0);
    assert_int_equal(world_int(&there, "SELECT count(*) FROM api_key "
        "WHERE claim_ends_s IS NOT NULL AND kind = 'standard'"), 2);
}

/* Who changes a line has to know the transfer secret. */
static void
test_changed(void **state)
{
    (void)state;
    fill();
    text_n = export_of(&st.s, transfer, text);
    char *at = strstr(text, "\"role\":\"member\"");
    assert_non_null(at);
    memcpy(at, "\"role\":\"owner\",", 15);
    memmove(at + 14, at + 15, text_n - (size_t)(at - text) - 14);
    text_n--;
    /* the sum is made anew */
    char *end = strstr(text, "\"sha256\":");
    memcpy(end, "\"sha256\":null", 13);
    memmove(end + 13, end + 9 + 66, text_n - (size_t)(end - text) - 75 + 1);
    text_n -= 62;
    assert_int_equal(import_text(text, text_n, transfer, false), ERR_INVALID);
    assert_non_null(strstr(said, "mac does not fit"));
    assert_int_equal(rows_there(), 0);
}

/* ---- lines by hand ---- */

#define HEAD "{\"type\":\"keylodge-export\",\"version\":1,\"id\":" \
    "\"01a1ffa3-eec0-7959-b92e-ec741dd697de\"," \
    "\"made\":\"2026-11-21T19:44:56Z\",\"verifiers\":false}\n"
#define SPACE "{\"type\":\"workspace\",\"uuid\":" \
    "\"01a02dd9-2280-7d18-b692-42214bb4ea55\",\"slug\":\"w\",\"name\":\"W\"," \
    "\"key_max\":9,\"event_months\":13,\"second_factor\":\"none\"," \
    "\"owner_leaves\":\"suspend\",\"reserve_ends\":\"charge\"," \
    "\"created\":\"2026-08-23T09:00:00Z\"}\n"
#define KEY(uuid, prefix, name, more) "{\"type\":\"key\",\"uuid\":" \
    "\"01a1ffa3-ead8-778d-bec6-" uuid "\",\"prefix\":\"" prefix "\"," \
    "\"name\":\"" name "\",\"kind\":\"standard\",\"by\":\"shell\"," \
    "\"created\":\"2026-11-21T19:44:55Z\"," \
    "\"updated\":\"2026-11-21T19:44:55Z\",\"spend_reset\":\"no_reset\"," \
    "\"spent\":0" more "}\n"
#define GOOD KEY("edb8f417cef0", "MsJevmV9", "One", "")

static void
test_wrong_lines(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *told;
    } cases[] = {
        { "", "2: the last line is missing" },
        { GOOD, "2: no workspace came before" },
        { SPACE GOOD "{", "4: " },
        { SPACE "[1]\n", "3: type is none" },
        { SPACE SPACE, "3: the id of this workspace came before" },
        { SPACE GOOD KEY("edb8f417cef0", "MsJevmV8", "Two", ""),
            "4: the id of this key came before" },
        { SPACE GOOD KEY("edb8f417cef1", "MsJevmV9", "Two", ""),
            "4: two keys have the prefix" },
        { SPACE GOOD KEY("edb8f417cef1", "MsJevmV8", "One", ""),
            "4: another key of workspace w is called One" },
        { SPACE KEY("edb8f417cef0", "MsJevm-9", "One", ""),
            "3: prefix is not 8 letters" },
        { SPACE KEY("EDB8f417cef0", "MsJevmV9", "One", ""),
            "3: uuid is not one" },
        { SPACE KEY("edb8f417cef0", "MsJevmV9", "One",
              ",\"categories\":[\"poems\"]"),
            "3: categories: there is no poems" },
        { SPACE KEY("edb8f417cef0", "MsJevmV9", "One",
              ",\"networks\":[\"10.0.0.1/8\"]"), "3: networks: " },
        { SPACE KEY("edb8f417cef0", "MsJevmV9", "One", ",\"more\":1"),
            "3: There is no field called more" },
        { SPACE KEY("edb8f417cef0", "MsJevmV9", "One",
              ",\"spend_limit\":-1"), "3: spend_limit: " },
        { SPACE KEY("edb8f417cef0", "MsJevmV9", "One",
              ",\"labels\":\"no\""), "3: labels: " },
        { SPACE KEY("edb8f417cef0", "MsJevmV9", "One",
              ",\"deployment\":\"01a1ffa3-ead8-778d-bec6-edb8f417cef0\""),
            "3: its deployment did not come before" },
        { SPACE "{\"type\":\"price\",\"from\":\"2026-01-01\",\"input\":1,"
                "\"output\":1}\n", "3: a price comes after its model" },
        { SPACE GOOD "{\"type\":\"secret\",\"last4\":\"abcd\",\"created\":"
                     "\"2026-01-01T00:00:00Z\",\"verifier\":\"x\"}\n",
            "4: the first line says" },
        { SPACE GOOD "{\"type\":\"end\",\"lines\":9}\n",
            "4: there are 3 lines before this and not 9" },
        { SPACE GOOD "{\"type\":\"end\",\"lines\":3}\n" GOOD,
            "5: something comes after" },
        { SPACE GOOD "{\"type\":\"end\",\"lines\":3,\"sha256\":\"00\"}\n",
            "4: sha256 is not that" },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int n = snprintf(text, sizeof text, HEAD "%s", cases[i].lines);
        assert_int_equal(import_text(text, (size_t)n, NULL, false),
            ERR_INVALID);
        if (!strstr(said, cases[i].told))
            fail_msg("case %zu: not \"%s\" but\n%s", i, cases[i].told, said);
        assert_int_equal(rows_there(), 0);
    }
    int n = snprintf(text, sizeof text, HEAD SPACE GOOD
        "{\"type\":\"end\",\"lines\":3}\n");
    if (import_text(text, (size_t)n, NULL, false))
        fail_msg("%s", said);
    /* what is here, too */
    n = snprintf(text, sizeof text, HEAD SPACE
        KEY("edb8f417cef9", "MsJevmV7", "One", "")
        "{\"type\":\"end\",\"lines\":3}\n");
    assert_int_equal(import_text(text, (size_t)n, NULL, false), ERR_INVALID);
    assert_non_null(strstr(said, "3: another key of workspace w is called"));
}

/* ---- damage ---- */

static uint64_t
dice(void)
{
    static uint64_t x = 88172645463325252u;
    x ^= x << 13;
    x ^= x >> 7;
    return x ^= x << 17;
}

static int
rounds(int usual, int all)
{
    return getenv("KEYLODGE_LONG") ? all : usual;
}

static void
test_bit_flips(void **state)
{
    (void)state;
    fill();
    text_n = export_of(&st.s, transfer, text);
    for (int i = 0; i < rounds(1000, 10000); i++) {
        memcpy(again, text, text_n);
        for (uint64_t flips = 1 + dice() % 3; flips > 0; flips--)
            again[dice() % text_n] ^= (char)(1u << dice() % 8);
        size_t n = dice() % 4 ? text_n : dice() % text_n;
        if (n == text_n && memcmp(again, text, n) == 0)
            continue;
        if (!import_text(again, n, transfer, false) && n != text_n - 1)
            fail_msg("round %d: a damaged file is taken", i);
    }
    assert_int_equal(rows_there(), 0);
    /* without the sum that finds them at once: nothing breaks */
    text_n = export_of(&st.s, NULL, text);
    char *end = strstr(text, ",\"sha256\"");
    text_n = (size_t)snprintf(end, 4, "}\n") + (size_t)(end - text);
    assert_int_equal(import_text(text, text_n, NULL, true), ERR_OK);
    for (int i = 0; i < rounds(1000, 10000); i++) {
        memcpy(again, text, text_n);
        for (uint64_t flips = 1 + dice() % 20; flips > 0; flips--)
            again[dice() % text_n] ^= (char)(1u << dice() % 8);
        (void)import_text(again, text_n, NULL, true);
    }
    assert_int_equal(rows_there(), 0);
}

/* ---- many ---- */

/* Lines that are made as they are read. */
struct many {
    int keys, line, walk, stop_at; /* stop_at: line of the second walk */
    char text[600];
};

static bool
many_next(void *from, struct str *line)
{
    struct many *m = from;
    int i = m->line - 2, n;
    if (i > m->keys || (m->walk == 2 && m->line == m->stop_at))
        return false;
    if (m->line == 0)
        n = snprintf(m->text, sizeof m->text, "%s", HEAD);
    else if (m->line == 1)
        n = snprintf(m->text, sizeof m->text, "%s", SPACE);
    else if (i == m->keys)
        n = snprintf(m->text, sizeof m->text,
            "{\"type\":\"end\",\"lines\":%d}\n", m->keys + 2);
    else
        n = snprintf(m->text, sizeof m->text,
            "{\"type\":\"key\",\"uuid\":\"01a1ffa3-ead8-778d-bec6-%012d\","
            "\"prefix\":\"%08d\",\"name\":\"key %d\",\"kind\":\"standard\","
            "\"by\":\"shell\",\"created\":\"2026-11-21T19:44:55Z\","
            "\"updated\":\"2026-11-21T19:44:55Z\",\"spent\":0,"
            "\"spend_reset\":\"no_reset\",\"endpoints\":[\"/v1/models\"]}\n",
            i, i, i);
    m->line++;
    *line = (struct str){ m->text, (size_t)n - 1 };
    return true;
}

static void
many_rewind(void *from)
{
    struct many *m = from;
    m->line = 0;
    m->walk++;
}

static enum err_code
import_many(int keys, int stop_at, struct import_counts *c)
{
    struct cx *cx = shell(&seat);
    struct many m = { .keys = keys, .stop_at = stop_at };
    struct import_file file = { many_next, many_rewind, &m };
    struct import im = { .cx = cx, .say = hear, .step = rows_step };
    said[0] = 0;
    return import_run(&im, import_file_read, &file, c);
}

static long
memory_kib(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

static void
test_cut_off(void **state)
{
    (void)state;
    struct import_counts c;
    assert_int_equal(import_many(1000, 777, &c), ERR_CONFLICT);
    int64_t keys = world_int(&there, "SELECT count(*) FROM api_key");
    assert_in_range(keys, 500, 775);
    assert_int_equal(world_int(&there, "SELECT count(*) FROM audit "
        "WHERE action = 'key.import'"), keys);
    chain_is_whole();
    assert_int_equal(import_many(1000, -1, &c), ERR_OK);
    assert_int_equal(c.there[PORT_KEY], keys);
    assert_int_equal(c.made[PORT_KEY], 1000 - keys);
    assert_int_equal(world_int(&there, "SELECT count(*) FROM api_key"), 1000);
    chain_is_whole();
}

static bool
into_nothing(void *to, struct str piece)
{
    *(size_t *)to += piece.n;
    return true;
}

/* The file would be 40 MB; what is allowed is a set of names, and the pages of
 * the database. */
static void
test_memory(void **state)
{
    (void)state;
    struct import_counts c;
    struct export_counts e;
    size_t bytes = 0;
    int keys = rounds(4000, 100000);
    assert_int_equal(import_many(500, -1, &c), ERR_OK);
    long before = memory_kib();
    assert_int_equal(import_many(keys, -1, &c), ERR_OK);
    assert_int_equal(c.made[PORT_KEY], keys - 500);
    struct export_out out = { .sink = into_nothing, .to = &bytes,
        .step = no_step };
    struct cx *cx = shell(&seat);
    OK(cx, export_run(cx, &out, &e));
    assert_int_equal(e.n[PORT_KEY], keys);
    long grew = memory_kib() - before;
    print_message("%d keys, %zu bytes: %ld KiB more\n", keys, bytes, grew);
#if !defined(__SANITIZE_ADDRESS__)
    assert_in_range(grew, 0, 24 * 1024);
#endif
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_here_already, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_verifiers, setup,
            teardown),
        cmocka_unit_test_setup_teardown(test_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bit_flips, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
