/* SPDX-License-Identifier: ISC */
/* `keylodge scan`: what is a key, and what only looks like one; where it finds
 * them, whatever the bytes around, the size of a file and the links of a
 * tree; and that it never says a secret. */
#include "app/cli_command.h"

#include "secret/keytext.h"
#include "text/json.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PIECE = 256 * 1024, SAID_MOST = 64 * 1024, PATH_BYTES = 300 };

static char folder[] = "/tmp/keylodge-scan-XXXXXX";
static struct arena *arena;
static struct str key;    /* a whole key */
static char prefix[9];

/* ---- running it ---- */

static struct {
    int code;
    char out[SAID_MOST], err[SAID_MOST];
} said;

static const char *
path(const char *name)
{
    return arena_fmt(arena, "%s/%s", folder, name).p;
}

static void
slurp(const char *name, char *to)
{
    FILE *f = fopen(path(name), "r");
    assert_non_null(f);
    size_t n = fread(to, 1, SAID_MOST - 1, f);
    to[n] = '\0';
    assert_int_equal(fclose(f), 0);
    assert_int_equal(remove(path(name)), 0);
}

/* In a child of its own; in: what it reads as standard input, or NULL. */
static void
scan(const char *in, const char *const *args)
{
    char *argv[8] = { (char *)(uintptr_t)"scan" };
    int argc = 1, status;
    for (; args[argc - 1]; argc++) {
        assert_true(argc < 7);
        argv[argc] = (char *)(uintptr_t)args[argc - 1];
    }
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if ((in && !freopen(in, "r", stdin)) ||
            !freopen(path("out"), "w", stdout) ||
            !freopen(path("err"), "w", stderr))
            _exit(99);
        struct words words = { .json = strcmp(argv[1], "--json") == 0 };
        words.all_rest = argv + 1 + words.json;
        words.n_rest = argc - 1 - words.json;
        int code = cli_scan(NULL, &words);
        (void)fflush(NULL);
        _exit(code);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    said.code = WEXITSTATUS(status);
    slurp("out", said.out);
    slurp("err", said.err);
    /* whatever happened, no secret is said */
    assert_null(strstr(said.out, key.p + 13));
    assert_null(strstr(said.err, key.p + 13));
}
#define SCAN(...) scan(NULL, (const char *const[]){ __VA_ARGS__, NULL })

static void
expect(int code, const char *out)
{
    if (said.code != code || strcmp(said.out, out) != 0)
        fail_msg("%d instead of %d, \"%s\" instead of \"%s\" (%s)", said.code,
            code, said.out, out, said.err);
}

/* ---- files ---- */

static void
put(const char *name, const char *bytes, size_t n)
{
    FILE *f = fopen(path(name), "a");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void
put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

static int
fresh(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/keylodge-scan-XXXXXX");
    arena = arena_new(64 * 1024);
    key = keytext_make(arena, STR("Abcd1234"), KEYTEXT_STANDARD);
    key.p = arena_cstr(arena, key);
    (void)snprintf(prefix, sizeof prefix, "%.8s", key.p);
    return mkdtemp(folder) ? 0 : -1;
}

static int
clear(void **state)
{
    (void)state;
    int failed = system(arena_fmt(arena, "rm -rf '%s'", folder).p);
    arena_free(arena);
    return failed;
}
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, clear)

/* ---- what is a key ---- */

static void
test_pattern_and_checksum(void **state)
{
    (void)state;
    static const char other[] = "aB3";
    put_text("none", "no key here\nAbcd1234_krs_ nor here\n");
    SCAN(path("none"));
    expect(EXIT_DONE, "");
    /* one character is another: no key, wherever it stands */
    for (size_t i = 0; i < KEYTEXT_CHARS; i++) {
        char *wrong = arena_cstr(arena, key);
        const char *c = other;
        while (*c == wrong[i])
            c++;
        wrong[i] = *c;
        put_text("none", arena_fmt(arena, "%s\n", wrong).p);
    }
    SCAN(path("none"));
    expect(EXIT_DONE, "");
    /* all kinds; right behind each other, and inside of other characters */
    struct str m = keytext_make(arena, STR("Manage12"), KEYTEXT_MANAGEMENT);
    struct str a = keytext_make(arena, STR("00Admin0"), KEYTEXT_ADMIN);
    put_text("some", arena_fmt(arena, "a\nzz%.*s%.*sZ\n\nkey=\"%.*s\"",
        STR_ARG(key), STR_ARG(m), STR_ARG(a)).p);
    SCAN(path("some"));
    expect(EXIT_FAILED, arena_fmt(arena, "%s:2: standard key Abcd1234\n"
        "%s:2: management key Manage12\n%s:4: admin key 00Admin0\n",
        path("some"), path("some"), path("some")).p);
}

static void
test_json(void **state)
{
    (void)state;
    struct val *v;
    struct err e;
    put_text("some", arena_fmt(arena, "\n%.*s", STR_ARG(key)).p);
    SCAN("--json", path("some"));
    assert_int_equal(said.code, EXIT_FAILED);
    err_init(&e, arena);
    assert_int_equal(json_read(arena, str_trim(str_cstr(said.out)), &v, &e),
        ERR_OK);
    assert_int_equal(v->u.map.n, 4);
    assert_true(str_is(val_text(val_get_cstr(v, "file")), path("some")));
    assert_int_equal(val_get_cstr(v, "line")->u.i, 2);
    assert_true(str_is(val_text(val_get_cstr(v, "prefix")), prefix));
    assert_true(str_is(val_text(val_get_cstr(v, "kind")), "standard"));
}

static void
test_unread(void **state)
{
    (void)state;
    SCAN(path("missing"));
    expect(EXIT_WORDS, "");
    assert_non_null(strstr(said.err, "missing: "));
    /* what cannot be read does not hide what was found */
    put_text("some", key.p);
    SCAN(path("missing"), path("some"));
    assert_int_equal(said.code, EXIT_FAILED);
    assert_non_null(strstr(said.err, "missing: "));
    put_text("-x", key.p);
    assert_int_equal(chdir(folder), 0);
    SCAN("--", "-x");
    expect(EXIT_FAILED, "-x:1: standard key Abcd1234\n");
    assert_int_equal(chdir("/"), 0);
}

/* ---- any bytes ---- */

static void
test_broken_text(void **state)
{
    (void)state;
    char bytes[512];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 37);
    put("bytes", bytes, sizeof bytes);
    put("bytes", "\xff\xfe\xc3", 3);
    put("bytes", key.p, key.n);
    put("bytes", "\x80\xf4\x90\x80\x80\0", 6);
    SCAN(path("bytes"));
    expect(EXIT_FAILED, arena_fmt(arena, "%s:3: standard key Abcd1234\n",
        path("bytes")).p);
    /* names, too: neither the terminal nor JSON sees what is no text */
    put_text("odd\x1b[2J\xff\n\"name", key.p);
    assert_int_equal(remove(path("bytes")), 0);
    SCAN(folder);
    expect(EXIT_FAILED, arena_fmt(arena, "%s/odd?[2J??\"name:1: standard key "
        "Abcd1234\n", folder).p);
    SCAN("--json", folder);
    struct val *v;
    struct err e;
    err_init(&e, arena);
    assert_int_equal(json_read(arena, str_trim(str_cstr(said.out)), &v, &e),
        ERR_OK);
}

/* ---- sizes ---- */

/* A file of lines of 64 bytes, with a key written over it at `at`. */
static void
big(const char *name, size_t n, size_t at)
{
    char *bytes = malloc(n);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        bytes[i] = i % 64 == 63 ? '\n' : 'x';
    for (size_t i = 0; i < key.n; i++)
        bytes[at + i] = key.p[i];
    put(name, bytes, n);
    free(bytes);
}

/* A key astride what is read at once is found once, in its line. */
static void
test_astride(void **state)
{
    (void)state;
    for (size_t before = 0; before <= KEYTEXT_CHARS + 1; before++) {
        size_t at = (before % 2 ? 2 : 1) * (size_t)PIECE - before;
        char name[40];
        (void)snprintf(name, sizeof name, "big%zu", before);
        big(name, 3 * (size_t)PIECE, at);
        SCAN(path(name));
        /* line ends before it, of which it covers none */
        expect(EXIT_FAILED, arena_fmt(arena, "%s:%zu: standard key Abcd1234\n",
            path(name), at / 64 + 1).p);
        assert_int_equal(remove(path(name)), 0);
    }
}

/* Much larger than memory would be welcome to hold: a file with a hole. */
static void
test_huge(void **state)
{
    (void)state;
    enum { HUGE_BYTES = 200 * 1024 * 1024 };
    int fd = open(path("huge"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, key.p, key.n, HUGE_BYTES), key.n);
    assert_int_equal(close(fd), 0);
    SCAN(path("huge"));
    expect(EXIT_FAILED, arena_fmt(arena, "%s:1: standard key Abcd1234\n",
        path("huge")).p);
}

static void
test_standard_input(void **state)
{
    (void)state;
    big("big", 2 * (size_t)PIECE, PIECE - 7);
    scan(path("big"), (const char *const[]){ "-", NULL });
    expect(EXIT_FAILED, arena_fmt(arena, "(standard input):%d: standard key "
        "Abcd1234\n", (PIECE - 7) / 64 + 1).p);
}

/* ---- trees ---- */

/* Loops end, links out of the tree are left alone, and no pipe is waited
 * for; what is named is followed. */
static void
test_links(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path("tree"), 0700), 0);
    assert_int_equal(mkdir(path("tree/in"), 0700), 0);
    put_text("outside", key.p);
    put_text("tree/in/found", key.p);
    assert_int_equal(symlink("..", path("tree/in/up")), 0);
    assert_int_equal(symlink("self", path("tree/self")), 0);
    assert_int_equal(symlink("b", path("tree/a")), 0);
    assert_int_equal(symlink("a", path("tree/b")), 0);
    assert_int_equal(symlink("../outside", path("tree/out")), 0);
    assert_int_equal(symlink("nowhere", path("tree/broken")), 0);
    assert_int_equal(mkfifo(path("tree/pipe"), 0600), 0);
    const char *want = arena_fmt(arena, "%s/tree/in/found:1: standard key "
        "Abcd1234\n", folder).p;
    SCAN(path("tree"));
    expect(EXIT_FAILED, want);
    assert_string_equal(said.err, "");
    SCAN(path("tree/out"));
    expect(EXIT_FAILED, arena_fmt(arena, "%s:1: standard key Abcd1234\n",
        path("tree/out")).p);
    SCAN(path("tree/self"));
    expect(EXIT_WORDS, "");
    /* a named link to a folder is walked, and its loop is not */
    SCAN(path("tree/in/up"));
    expect(EXIT_FAILED, arena_fmt(arena, "%s/tree/in/up/./in/found:1: standard "
        "key Abcd1234\n", folder).p);
}

static void
test_deep(void **state)
{
    (void)state;
    enum { LEVELS = 100 };
    char at[PATH_BYTES + 2 * LEVELS] = "d";
    for (int i = 0; i < LEVELS; i++) {
        assert_int_equal(mkdir(path(at), 0700), 0);
        (void)snprintf(at + strlen(at), 3, "/d");
    }
    put_text(at, key.p);
    SCAN(folder);
    expect(EXIT_FAILED, arena_fmt(arena, "%s:1: standard key Abcd1234\n",
        path(at)).p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pattern_and_checksum),
        TEST(test_json),
        TEST(test_unread),
        TEST(test_broken_text),
        TEST(test_astride),
        TEST(test_huge),
        TEST(test_standard_input),
        TEST(test_links),
        TEST(test_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
