/* SPDX-License-Identifier: ISC */
#include "secret/mac.h"

#include "child.h"

#include <jansson.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;
static struct secrets *secrets;

/* The subkeys of a master secret of the bytes 0 to 31. */
static void
load_secrets(void)
{
    char path[] = "test_mac.XXXXXX";
    uint8_t master[MASTER_BYTES];
    for (size_t i = 0; i < sizeof master; i++)
        master[i] = (uint8_t)i;
    struct err err;
    err_init(&err, arena);
    int fd = mkstemp(path);
    must(fd >= 0 && write(fd, master, sizeof master) == MASTER_BYTES);
    close(fd);
    must(secrets_load(path, &secrets, &err) == ERR_OK);
    unlink(path);
}

static void
assert_hex(const uint8_t *p, size_t n, const char *want)
{
    char hex[129];
    sodium_bin2hex(hex, sizeof hex, p, n);
    assert_string_equal(hex, want);
}

/* Computed with another implementation: BLAKE2b, then HMAC, or SHA-256. */
static void
test_known(void **state)
{
    (void)state;
    const struct str parts[] = { STR("ab"), STR("c") };
    uint8_t out[MAC_BYTES];
    mac_make(secrets, SUBKEY_SESSION, parts, 2, out);
    assert_hex(out, sizeof out,
        "185dccccd0717230a70a1a10528ce525f00c7f2688efbb9a08e231ef6cddfdf4");
    digest(parts, 2, out);
    assert_hex(out, sizeof out,
        "43ee655579de01ca739b3f95c1c2d3f46d353b2c0df818064ea594506cdb2617");
    digest(NULL, 0, out); /* SHA-256 of nothing, FIPS 180 */
    assert_hex(out, sizeof out,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* Lists of parts that hold the same bytes; no two have one MAC or digest. */
static const struct {
    struct str parts[3];
    size_t n;
} splits[] = {
    { { STR_INIT("") }, 0 },
    { { STR_INIT("") }, 1 },
    { { STR_INIT(""), STR_INIT("") }, 2 },
    { { STR_INIT("abc") }, 1 },
    { { STR_INIT("ab"), STR_INIT("c") }, 2 },
    { { STR_INIT("a"), STR_INIT("bc") }, 2 },
    { { STR_INIT("a"), STR_INIT("b"), STR_INIT("c") }, 3 },
    { { STR_INIT("abc"), STR_INIT("") }, 2 },
    { { STR_INIT(""), STR_INIT("abc") }, 2 },
    { { STR_INIT("\3\0\0\0\0\0\0\0abc") }, 1 },
    { { { NULL, 0 }, STR_INIT("abc"), STR_INIT("") }, 3 },
};

static void
test_splits(void **state)
{
    (void)state;
    uint8_t macs[COUNT_OF(splits)][MAC_BYTES];
    uint8_t digests[COUNT_OF(splits)][DIGEST_BYTES];
    for (size_t i = 0; i < COUNT_OF(splits); i++) {
        mac_make(secrets, SUBKEY_CSRF, splits[i].parts, splits[i].n, macs[i]);
        digest(splits[i].parts, splits[i].n, digests[i]);
        for (size_t j = 0; j < i; j++)
            if (mac_equal(macs[i], macs[j], MAC_BYTES) ||
                mac_equal(digests[i], digests[j], DIGEST_BYTES))
                fail_msg("rows %zu and %zu are the same", j, i);
    }
}

static void
test_subkeys_differ(void **state)
{
    (void)state;
    const struct str part = STR("same");
    uint8_t macs[SUBKEY_COUNT][MAC_BYTES];
    for (int i = 0; i < SUBKEY_COUNT; i++) {
        mac_make(secrets, (enum subkey)i, &part, 1, macs[i]);
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(macs[i], macs[j], MAC_BYTES);
    }
}

static void
test_equal(void **state)
{
    (void)state;
    uint8_t a[MAC_BYTES] = { 1, 2, 3 }, b[MAC_BYTES] = { 1, 2, 3 };
    assert_true(mac_equal(a, b, MAC_BYTES));
    assert_true(mac_equal(a, b, 0));
    for (size_t bit = 0; bit < 8 * sizeof b; bit++) {
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(mac_equal(a, b, MAC_BYTES));
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static struct str
unhex(const char *hex)
{
    size_t n = strlen(hex) / 2, got;
    uint8_t *p = arena_alloc(arena, n + 1);
    must(sodium_hex2bin(p, n + 1, hex, 2 * n, NULL, &got, NULL) == 0);
    return (struct str){ (const char *)p, got };
}

static const char *
text_of(const json_t *object, const char *name)
{
    const char *z = json_string_value(json_object_get(object, name));
    must(z != NULL);
    return z;
}

/* RFC 4231, cases 1, 3 and 6: what is checked without the public corpus. */
static void
test_raw_known(void **state)
{
    (void)state;
    char aa[131], dd[50];
    memset(aa, 0xaa, sizeof aa);
    memset(dd, 0xdd, sizeof dd);
    uint8_t out[MAC_BYTES];
    mac_raw(unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), STR("Hi There"),
        out);
    assert_hex(out, sizeof out,
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    mac_raw((struct str){ aa, 20 }, (struct str){ dd, sizeof dd }, out);
    assert_hex(out, sizeof out,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    mac_raw((struct str){ aa, sizeof aa },
        STR("Test Using Larger Than Block-Size Key - Hash Key First"), out);
    assert_hex(out, sizeof out,
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void
test_wycheproof(void **state)
{
    (void)state;
    const char *corpora = getenv("KEYLODGE_CORPORA");
    char path[4096];
    snprintf(path, sizeof path, "%s/crypto/hmac_sha256_test.json",
        corpora && *corpora ? corpora : "../shared/corpora");
    if (access(path, R_OK) != 0) {
        print_message("left out: %s is not here, so 174 vectors of "
                      "HMAC-SHA-256 were not run\n", path);
        return;
    }
    json_t *all = json_load_file(path, 0, NULL);
    assert_non_null(all);
    size_t g, t, n_run = 0;
    json_t *group, *test;
    json_array_foreach(json_object_get(all, "testGroups"), g, group) {
        size_t tag_n =
            (size_t)json_integer_value(json_object_get(group, "tagSize")) / 8;
        json_array_foreach(json_object_get(group, "tests"), t, test) {
            struct str tag = unhex(text_of(test, "tag"));
            uint8_t out[MAC_BYTES];
            mac_raw(unhex(text_of(test, "key")), unhex(text_of(test, "msg")),
                out);
            bool ok = tag.n == tag_n && mac_equal(out, tag.p, tag_n);
            if (ok != (strcmp(text_of(test, "result"), "valid") == 0))
                fail_msg("case %lld is %s", (long long)json_integer_value(
                    json_object_get(test, "tcId")), ok ? "taken" : "refused");
            n_run++;
        }
    }
    json_decref(all);
    assert_int_equal(n_run, 174);
}

static void
raw_with_key(void *p)
{
    uint8_t out[MAC_BYTES];
    mac_raw(*(struct str *)p, STR("x"), out);
}

static void
test_raw_short_key(void **state)
{
    (void)state;
    struct str keys[] = { { NULL, 0 }, STR_INIT(""), STR_INIT("x"),
        STR_INIT("123456789012345") };
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (child_signal(raw_with_key, &keys[i]) != SIGABRT)
            fail_msg("a key of %zu bytes is taken", keys[i].n);
}

static const struct {
    struct str bytes;
    const char *text;
} b64_rows[] = {
    { STR_INIT(""), "" },
    { STR_INIT("f"), "Zg" },
    { STR_INIT("fo"), "Zm8" },
    { STR_INIT("foo"), "Zm9v" },
    { STR_INIT("foob"), "Zm9vYg" },
    { STR_INIT("fooba"), "Zm9vYmE" },
    { STR_INIT("foobar"), "Zm9vYmFy" },
    { STR_INIT("\0\0"), "AAA" },
    { STR_INIT("\xfb\xff\xfe"), "-__-" },
};

static const char *const b64_bad[] = {
    "Z", "Zg==", "Zg=", "Zm9v=", "Zh", "Zm9", "Zm9vZ", "+//+", "Zm 8", " Zg",
    "Zg\n", "Zm9vY!", "Z\xc3\xa9g", "=", "Zm9\x80", "Zm9\xff",
};

static void
test_b64(void **state)
{
    (void)state;
    struct str bytes;
    for (size_t i = 0; i < COUNT_OF(b64_rows); i++) {
        struct str text = b64_show(arena, b64_rows[i].bytes);
        if (!str_is(text, b64_rows[i].text))
            fail_msg("%s: shown as %.*s", b64_rows[i].text, STR_ARG(text));
        if (!b64_read(arena, text, &bytes) ||
            !str_eq(bytes, b64_rows[i].bytes))
            fail_msg("%s: read otherwise", b64_rows[i].text);
    }
    for (size_t i = 0; i < COUNT_OF(b64_bad); i++)
        if (b64_read(arena, str_cstr(b64_bad[i]), &bytes) || bytes.n)
            fail_msg("\"%s\" is taken", b64_bad[i]);
    assert_false(b64_read(arena, STR("Zg\0"), &bytes));
    assert_true(b64_read(arena, (struct str){ NULL, 0 }, &bytes));
    assert_int_equal(bytes.n, 0);
}

/* Each text of up to three characters: read means shown again the same. */
static void
test_b64_one_form(void **state)
{
    (void)state;
    static const char chars[] = "ABQfgwz09-_=+/ \n";
    size_t k = sizeof chars - 1;
    for (size_t i = 0; i < k * k * k * k; i++) {
        char t[4] = { chars[i % k], chars[i / k % k], chars[i / k / k % k],
            chars[i / k / k / k] };
        for (size_t n = 1; n <= sizeof t; n++) {
            struct str text = { t, n }, bytes;
            if (b64_read(arena, text, &bytes) &&
                !str_eq(b64_show(arena, bytes), text))
                fail_msg("\"%.*s\" is a second form", STR_ARG(text));
        }
        if (i % 1000 == 0)
            arena_reset(arena);
    }
}

static void
test_b64_round_trip(void **state)
{
    (void)state;
    char raw[300];
    randombytes_buf(raw, sizeof raw);
    for (size_t n = 0; n <= sizeof raw; n++) {
        struct str bytes, text = b64_show(arena, (struct str){ raw, n });
        assert_int_equal(text.n, (n * 8 + 5) / 6);
        assert_true(b64_read(arena, text, &bytes));
        assert_true(str_eq(bytes, (struct str){ raw, n }));
    }
    arena_reset(arena);
}

int
main(void)
{
    secret_start();
    arena = arena_new(65536);
    load_secrets();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_splits),
        cmocka_unit_test(test_subkeys_differ),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_raw_known),
        cmocka_unit_test(test_wycheproof),
        cmocka_unit_test(test_raw_short_key),
        cmocka_unit_test(test_b64),
        cmocka_unit_test(test_b64_one_form),
        cmocka_unit_test(test_b64_round_trip),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    secrets_free(secrets);
    arena_free(arena);
    return failed;
}
