/* SPDX-License-Identifier: ISC */
#include "text/zone.h"

#include "cases.h"
#include "text/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Zones that turn in the north and the south, by halves and quarters of an
 * hour, at midnight, across the date line, or not at all. */
static const char *const zones[] = { "UTC", "Europe/Berlin", "Europe/London",
    "Europe/Dublin", "America/New_York", "America/St_Johns",
    "America/Sao_Paulo", "America/Havana", "America/Argentina/Buenos_Aires",
    "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran", "Asia/Gaza",
    "Australia/Lord_Howe", "Australia/Sydney", "Africa/Casablanca",
    "Africa/Monrovia", "Pacific/Apia", "Pacific/Kiritimati",
    "Pacific/Auckland", "Pacific/Chatham", "Antarctica/Troll", "Etc/GMT+12",
    "America/Godthab" };

/* No tzdata here: then there is nothing to read. */
static bool
have_tzdata(void)
{
    if (access(ZONE_FOLDER "/Europe/Berlin", R_OK) == 0)
        return true;
    print_message("# no tzdata, skipped\n");
    return false;
}

static int
c_offset(int64_t at_s)
{
    struct tm tm;
    time_t t = (time_t)at_s;
    char text[40];
    int64_t as_utc;
    assert_non_null(localtime_r(&t, &tm));
    assert_true(strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
    if (!when_read(str_cstr(text), &as_utc))
        fail_msg("%s", text);
    return (int)(as_utc - at_s);
}

/* The C library is the second opinion, until 2100. */
static void
test_as_libc(void **state)
{
    if (!have_tzdata())
        skip();
    for (size_t i = 0; i < COUNT_OF(zones); i++) {
        struct zone z;
        size_t n = 0;
        if (!zone_read(*state, ZONE_FOLDER, str_cstr(zones[i]), &z))
            fail_msg("%s cannot be read", zones[i]);
        setenv("TZ", zones[i], 1);
        tzset();
        int64_t until_s;
        for (int64_t t = 86400; t < INT64_C(4102444800); t = until_s, n++) {
            int offset = zone_offset(&z, t, &until_s);
            if (offset != c_offset(t) ||
                (until_s != INT64_MAX && offset != c_offset(until_s - 1)))
                fail_msg("%s at %lld: %d, not %d", zones[i], (long long)t,
                    offset, c_offset(t));
            assert_true(until_s > t);
            for (int64_t at = t; at < until_s && at < t + 400 * INT64_C(86400);
                 at += 86400 * 3 + 1237)
                if (at < INT64_C(4102444800) && offset != c_offset(at))
                    fail_msg("%s at %lld", zones[i], (long long)at);
        }
        assert_true(n >= 1);
    }
    unsetenv("TZ");
}

static void
test_names(void **state)
{
    static const char *const none[] = { "", "utc", "UTC ", "+05:00", "CESTX",
        "europe/berlin", "Europe/berlin", "Europe", "Europe/", "/etc/passwd",
        "../zoneinfo/UTC", "Europe/../UTC", "Europe/./Berlin",
        "Europe//Berlin", "posix/Europe/Berlin", "right/Europe/Berlin",
        "localtime", "posixrules", "Factory", "tzdata.zi", "zone.tab",
        "Mars/Phobos", "Europe/Berlin\n", "UTC/UTC" };
    struct zone z;
    for (size_t i = 0; i < COUNT_OF(none); i++)
        if (zone_read(*state, ZONE_FOLDER, str_cstr(none[i]), &z))
            fail_msg("\"%s\" is no zone", none[i]);
    assert_false(zone_read(*state, ZONE_FOLDER,
        (struct str){ "UTC\0/x", 6 }, &z));
}

/* ---- files of our own ---- */

static char folder[] = "./zone_test.XXXXXX";

static void
write_file(const void *bytes, size_t n)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%s/Test", folder);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static size_t
put_head(char *out, int types, int chars)
{
    memset(out, 0, 44);
    memcpy(out, "TZif2", 5);
    out[39] = (char)types;
    out[43] = (char)chars;
    return 44;
}

/* One type at +0, no instants, and a rule: as zic writes "slim" files. */
static size_t
slim(char *out, const char *rule)
{
    size_t n = put_head(out, 1, 4);
    memset(out + n, 0, 10);
    n += 10;
    n += put_head(out + n, 1, 4);
    memset(out + n, 0, 10);
    n += 10;
    return n + (size_t)sprintf(out + n, "\n%s\n", rule);
}

static bool
read_slim(struct arena *a, const char *rule, struct zone *z)
{
    char bytes[256];
    write_file(bytes, slim(bytes, rule));
    return zone_read(a, folder, STR("Test"), z);
}

static void
test_rules(void **state)
{
    static const struct {
        const char *rule;
        int64_t at_s;
        int offset;
        int64_t until_s;
    } rows[] = {
        { "CET-1CEST,M3.5.0,M10.5.0/3", 1774745999, 3600, 1774746000 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", 1774746000, 7200, 1792890000 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", 1792890000, 3600, 1806195600 },
        { "NZST-12NZDT,M9.5.0,M4.1.0/3", 1767225600, 46800, 1775311200 },
        { "<+0330>-3:30", 0, 12600, INT64_MAX },
        { "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1774745999, -7200, 1774746000 },
        { "AAA0BBB,J60/0,J300/0", 1709251199, 0, 1709251200 },
        { "AAA0BBB,59/0,300/0", 1709164800, 3600, 1729987200 - 3600 },
    };
    struct zone z;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t until_s;
        if (!read_slim(*state, rows[i].rule, &z))
            fail_msg("%s cannot be read", rows[i].rule);
        int offset = zone_offset(&z, rows[i].at_s, &until_s);
        if (offset != rows[i].offset || until_s != rows[i].until_s)
            fail_msg("row %zu: %d until %lld", i, offset, (long long)until_s);
    }
    static const char *const bad[] = { "CET", "-1", "CET-1CEST,M3.5.0",
        "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x",
        "CET-999", "<+01-1", "CET-1CEST,M0.1.0,M10.5.0" };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (read_slim(*state, bad[i], &z))
            fail_msg("%s is no rule", bad[i]);
}

/* A file that ends early, at any byte, is none; nothing is read past it. */
static void
test_cut(void **state)
{
    char bytes[256];
    struct zone z;
    size_t n = slim(bytes, "CET-1CEST,M3.5.0,M10.5.0/3");
    for (size_t i = 0; i < n; i++) {
        write_file(bytes, i);
        if (zone_read(*state, folder, STR("Test"), &z))
            fail_msg("%zu bytes are no zone", i);
    }
    for (size_t i = 0; i < 44; i++) { /* any size in the second header */
        char changed[256];
        memcpy(changed, bytes, n);
        changed[54 + i] = (char)0xff;
        write_file(changed, n);
        if (zone_read(*state, folder, STR("Test"), &z))
            assert_true(z.n_types > 0);
    }
}

static int
setup(void **state)
{
    *state = arena_new(1024 * 1024);
    return mkdtemp(folder) ? 0 : -1;
}

static int
teardown(void **state)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%s/Test", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    arena_free(*state);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_libc),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
