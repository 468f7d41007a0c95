/* SPDX-License-Identifier: ISC */
#include "secret/secret.h"

#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* The sanitizers replace mlock by a call that does nothing. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { MLOCK_WORKS = 0 };
#else
enum { MLOCK_WORKS = 1 };
#endif

static struct arena *arena;
static struct err err;
static char folder[] = "test_secret.XXXXXX";
static char path[64];

static void
put_file(const uint8_t *p, size_t n, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void
counted(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)i;
}

/* The file is put as a row says, then must be refused with a remedy. */
struct bad_file {
    const char *what;
    size_t n;
    int fill; /* byte, or -1: bytes counted from 0 */
    mode_t mode;
    const char *says, *remedy; /* both in the message */
};

static const struct bad_file bad_files[] = {
    { "read by others", 32, -1, 0404, "can be read by others",
        "Run: chmod 0400 " },
    { "read by the group", 32, -1, 0440, "can be read by others",
        "Run: chmod 0400 " },
    { "usual mode", 32, -1, 0644, "can be read by others",
        "Run: chmod 0400 " },
    { "written by the group", 32, -1, 0620, "can be changed by others",
        "Run: chmod 0400 " },
    { "written by others", 32, -1, 0602, "can be changed by others",
        "Run: chmod 0400 " },
    { "run by others", 32, -1, 0401, "can be used by others",
        "Run: chmod 0400 " },
    { "empty", 0, -1, 0400, "has 0 bytes instead of 32", "safe copy" },
    { "short", 31, -1, 0400, "has 31 bytes instead of 32", "safe copy" },
    { "long", 33, -1, 0600, "has 33 bytes instead of 32", "safe copy" },
    { "hexadecimal", 64, 'a', 0600, "has 64 bytes instead of 32",
        "keylodge init" },
    { "zero", 32, 0, 0400, "is no secret", "safe copy" },
    { "all 0xff", 32, 0xff, 0400, "is no secret", "keylodge init" },
};

static void
test_load_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad_files); i++) {
        const struct bad_file *b = &bad_files[i];
        uint8_t bytes[64];
        counted(bytes, sizeof bytes);
        if (b->fill >= 0)
            memset(bytes, b->fill, sizeof bytes);
        put_file(bytes, b->n, b->mode);
        struct secrets *s = NULL;
        err_init(&err, arena);
        enum err_code code = secrets_load(path, &s, &err);
        if (code != ERR_INVALID || s || !strstr(err.msg.p, b->says) ||
            !strstr(err.msg.p, b->remedy) || !strstr(err.msg.p, path))
            fail_msg("%s: code %d, message: %.*s", b->what, (int)code,
                STR_ARG(err.msg));
    }
}

static void
test_load_message(void **state)
{
    (void)state;
    uint8_t bytes[MASTER_BYTES];
    counted(bytes, sizeof bytes);
    put_file(bytes, sizeof bytes, 0644);
    struct secrets *s;
    err_init(&err, arena);
    assert_int_equal(secrets_load(path, &s, &err), ERR_INVALID);
    char want[256];
    snprintf(want, sizeof want, "Master secret %s can be read by others. Run: "
        "chmod 0400 %s", path, path);
    assert_string_equal(err.msg.p, want);
}

static void
refused(const char *what, const char *at, const char *says)
{
    struct secrets *s = NULL;
    err_init(&err, arena);
    enum err_code code = secrets_load(at, &s, &err);
    if (code != ERR_INVALID || s || !strstr(err.msg.p, says))
        fail_msg("%s: code %d, message: %.*s", what, (int)code,
            STR_ARG(err.msg));
}

static void
test_load_other_kinds(void **state)
{
    (void)state;
    uint8_t bytes[MASTER_BYTES];
    counted(bytes, sizeof bytes);
    put_file(bytes, sizeof bytes, 0400);
    char other[80];
    snprintf(other, sizeof other, "%s/other", folder);
    refused("missing", other, "keylodge init");
    assert_int_equal(symlink("master", other), 0);
    refused("link", other, "is a symbolic link");
    unlink(other);
    assert_int_equal(mkfifo(other, 0400), 0);
    refused("pipe", other, "is not a regular file"); /* and does not wait */
    unlink(other);
    refused("folder", folder, "is not a regular file");
    snprintf(other, sizeof other, "%s/master/x", folder);
    refused("below a file", other, "is missing");
}

static void
load_as_stranger(void *says)
{
    /* from within: that user may have no way through the folders above */
    if (chdir(folder) != 0 || (geteuid() == 0 && setuid(65534) != 0))
        return;
    struct secrets *s;
    enum err_code code = secrets_load(strrchr(path, '/') + 1, &s, &err);
    if (code == ERR_INVALID && strstr(err.msg.p, says))
        abort(); /* the answer that the parent waits for */
}

/* Of whomever the file is: what they are to do, or who runs this. */
static void
stranger_is_told(uid_t of, const char *says)
{
    char words[80];
    (void)snprintf(words, sizeof words, "%s", says);
    if (geteuid() == 0)
        assert_int_equal(chown(path, of, (gid_t)-1), 0);
    err_init(&err, arena);
    assert_int_equal(child_signal(load_as_stranger, words), SIGABRT);
}

static void
test_load_not_ours(void **state)
{
    (void)state;
    uint8_t bytes[MASTER_BYTES];
    counted(bytes, sizeof bytes);
    put_file(bytes, sizeof bytes, 0);
    assert_int_equal(chmod(folder, 0755), 0);
    stranger_is_told(65534, "by its owner. Run: chmod 0400 ");
    if (geteuid() == 0) {
        stranger_is_told(65533, "user 65533. Run this as that user, or as "
            "root");
        stranger_is_told(0, "as root run: chown 65534 ");
        assert_int_equal(chmod(folder, 0700), 0);
        stranger_is_told(0, "Run this as the server's user, or as root");
    }
    assert_int_equal(chmod(folder, 0700), 0);
}

/* Computed from the bytes 0 to 31 with another implementation of BLAKE2b. */
static const char *const derived[SUBKEY_COUNT] = {
    [SUBKEY_APIKEY] =
        "c24ff61687675d846f1cabee78c3599d24ce4c3ad00613786c81a2729983a1e7",
    [SUBKEY_SESSION] =
        "5930d8f868d1050f02a62a681921542f778b67f0d3ba7bb34b76274f0006d08e",
    [SUBKEY_CSRF] =
        "3e23e385c1a3d698d192be62f471833db89074bdcf00a707ccd5e7e899840fad",
    [SUBKEY_PASSWORD] =
        "2f4f4f97a23a94fd48fc0def829f6d1698f38d7a8f06ee7e59f850a5eb13c9e5",
    [SUBKEY_ONCE] =
        "79cb375c93c79295e173c2cc71d245e0de47b6bec31641e95a82f682fe6da40a",
    [SUBKEY_CARRY] =
        "c952c2b3c53ec16a1938a83a37cc22d5f476018054f06a13b924a47eb680e443",
    [SUBKEY_SIGNING] =
        "98083381fef2fd8969c4ce4f54836ab4439a63d7f3e9ca91c40adda902e26c65",
    [SUBKEY_CURSOR] =
        "5569656c1b94234d9e50154ccf0b2a2ea1007e59f5c58949b3891df28f2bb085",
    [SUBKEY_TOTP] =
        "8279da1c5a08b7c042c46c0efa46492bc29ab231182e985fdfaf7d6815164292",
    [SUBKEY_NOTICE] =
        "a61687ad0ae8bafa9f252fcbb4c56dd6302bc841fc1a05ae453a99e91d1a8fd6",
    [SUBKEY_WEBHOOK] =
        "64d56f25723cd4c33548aa3d696e41b32bc000d2f869e23e2687e952e892bcd8",
    [SUBKEY_FOREIGN] =
        "7f207cc44c13d7b27f9a3849371343ae0b73447d51b183d4d4fc80816d2ef1da",
    [SUBKEY_TRANSFER] =
        "fe69e65330e9333ddc0dd203f37abeda8326aaa0d09df81e594c59728e8e81d2",
    [SUBKEY_ROWS] =
        "3a774d93077e7aa22ee507a01591428397658563163c2620ff1c9a5906e6fbf5",
};

static struct secrets *
load_counted(mode_t mode)
{
    uint8_t bytes[MASTER_BYTES];
    counted(bytes, sizeof bytes);
    put_file(bytes, sizeof bytes, mode);
    struct secrets *s;
    err_init(&err, arena);
    assert_int_equal(secrets_load(path, &s, &err), ERR_OK);
    return s;
}

static void
test_subkeys(void **state)
{
    (void)state;
    const mode_t modes[] = { 0400, 0600 };
    for (size_t m = 0; m < COUNT_OF(modes); m++) {
        struct secrets *s = load_counted(modes[m]);
        for (int i = 0; i < SUBKEY_COUNT; i++) {
            char hex[2 * SUBKEY_BYTES + 1];
            sodium_bin2hex(hex, sizeof hex, secrets_subkey(s, (enum subkey)i),
                SUBKEY_BYTES);
            assert_string_equal(hex, derived[i]);
        }
        secrets_free(s);
    }
    secrets_free(NULL);
}

static void
write_subkey(void *p)
{
    /* through an integer: the pointer to const says "do not", rightly */
    volatile uint8_t *key = (uint8_t *)(uintptr_t)p;
    key[0] = 1;
}

static void
subkey_out_of_range(void *p)
{
    secrets_subkey(p, SUBKEY_COUNT);
}

/* VmFlags of the mapping that holds p; see proc(5). */
static void
mapping_flags(const void *p, char *out, size_t cap)
{
    FILE *f = fopen("/proc/self/smaps", "r");
    assert_non_null(f);
    char line[512];
    bool inside = false;
    out[0] = 0;
    while (!out[0] && fgets(line, sizeof line, f)) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            inside = (uintptr_t)p >= from && (uintptr_t)p < to;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            snprintf(out, cap, "%s", line);
    }
    fclose(f);
}

static void
test_memory(void **state)
{
    (void)state;
    struct secrets *s = load_counted(0400);
    const uint8_t *key = secrets_subkey(s, SUBKEY_CSRF);
    assert_int_equal(child_signal(write_subkey, (void *)(uintptr_t)key),
        SIGSEGV);
    assert_int_equal(child_signal(subkey_out_of_range, s), SIGABRT);
    char flags[512];
    mapping_flags(key, flags, sizeof flags);
    if (!strstr(flags, " dd"))
        fail_msg("in core dumps: %s", flags);
    struct rlimit lockable;
    getrlimit(RLIMIT_MEMLOCK, &lockable);
    if (MLOCK_WORKS && lockable.rlim_cur >= 65536 && !strstr(flags, " lo"))
        fail_msg("not locked: %s", flags);
    secrets_free(s);
}

static void
test_create(void **state)
{
    (void)state;
    unlink(path);
    err_init(&err, arena);
    assert_int_equal(secrets_create(path, &err), ERR_OK);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0400);
    assert_int_equal(st.st_size, MASTER_BYTES);
    struct secrets *a, *b;
    assert_int_equal(secrets_load(path, &a, &err), ERR_OK);
    assert_int_equal(secrets_create(path, &err), ERR_CONFLICT);
    err_init(&err, arena);
    assert_int_equal(secrets_load(path, &b, &err), ERR_OK);
    assert_memory_equal(secrets_subkey(a, SUBKEY_CSRF),
        secrets_subkey(b, SUBKEY_CSRF), SUBKEY_BYTES);
    secrets_free(b);
    unlink(path);
    assert_int_equal(secrets_create(path, &err), ERR_OK);
    assert_int_equal(secrets_load(path, &b, &err), ERR_OK);
    assert_memory_not_equal(secrets_subkey(a, SUBKEY_CSRF),
        secrets_subkey(b, SUBKEY_CSRF), SUBKEY_BYTES);
    secrets_free(a);
    secrets_free(b);
}

static void
test_create_refuses(void **state)
{
    (void)state;
    char other[80];
    snprintf(other, sizeof other, "%s/none/master", folder);
    err_init(&err, arena);
    assert_int_equal(secrets_create(other, &err), ERR_INVALID);
    snprintf(other, sizeof other, "Run: mkdir -p -m 0700 %s/none", folder);
    assert_non_null(strstr(err.msg.p, other));
    /* not even through a link that leads nowhere */
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(symlink("elsewhere", other), 0);
    err_init(&err, arena);
    assert_int_equal(secrets_create(other, &err), ERR_CONFLICT);
    unlink(other);
}

static void
create_without_room(void *p)
{
    (void)p;
    struct rlimit small = { 16, 16 };
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    if (secrets_create(path, &err) == ERR_INVALID &&
        access(path, F_OK) != 0 && errno == ENOENT)
        abort(); /* refused, and nothing left behind */
}

static void
test_create_half(void **state)
{
    (void)state;
    unlink(path);
    err_init(&err, arena);
    assert_int_equal(child_signal(create_without_room, NULL), SIGABRT);
}

/* Generators that have broken down, each in its own way. */
static unsigned ring_size;

static const char *
broken_name(void)
{
    return "broken";
}

static void
broken_buf(void *const p, const size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (uint8_t)(i % ring_size);
}

static void
start_broken(void *p)
{
    static randombytes_implementation broken = {
        .implementation_name = broken_name,
        .buf = broken_buf,
    };
    ring_size = *(unsigned *)p;
    randombytes_set_implementation(&broken);
    secret_start();
}

static void
test_start_broken(void **state)
{
    (void)state;
    unsigned sizes[] = { 1, 2, 100, 239, 256 };
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        if (child_signal(start_broken, &sizes[i]) != SIGABRT)
            fail_msg("a generator going round %u values starts", sizes[i]);
}

int
main(void)
{
    secret_start();
    secret_start(); /* twice does no harm */
    arena = arena_new(4096);
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/master", folder);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load_refuses),
        cmocka_unit_test(test_load_message),
        cmocka_unit_test(test_load_other_kinds),
        cmocka_unit_test(test_load_not_ours),
        cmocka_unit_test(test_subkeys),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_create),
        cmocka_unit_test(test_create_refuses),
        cmocka_unit_test(test_create_half),
        cmocka_unit_test(test_start_broken),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    rmdir(folder);
    arena_free(arena);
    return failed;
}
