/* SPDX-License-Identifier: ISC */
#include "text/ip.h"

#include "cases.h"

#include <string.h>

static void
test_address(void **state)
{
    static const struct {
        struct str s;
        const char *shown; /* NULL: refused */
    } rows[] = {
        { STR_INIT("0.0.0.0"), "0.0.0.0" },
        { STR_INIT("192.168.1.255"), "192.168.1.255" },
        { STR_INIT("::"), "::" },
        { STR_INIT("::1"), "::1" },
        { STR_INIT("2001:DB8:0:0:1:0:0:1"), "2001:db8::1:0:0:1" },
        { STR_INIT("2001:0db8::"), "2001:db8::" },
        { STR_INIT("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8" },
        { STR_INIT("1:0:3:4:5:6:7:8"), "1:0:3:4:5:6:7:8" },
        { STR_INIT("::ffff:10.0.0.1"), "10.0.0.1" },
        { STR_INIT("::ffff:0a00:0001"), "10.0.0.1" },
        { STR_INIT("0000:0000:0000:0000:0000:ffff:255.255.255.255"),
            "255.255.255.255" },
        { STR_INIT("64:ff9b::10.0.0.1"), "64:ff9b::a00:1" },
        { { NULL, 0 }, NULL },
        { STR_INIT("10.0.0"), NULL },
        { STR_INIT("10.0.0.0.0"), NULL },
        { STR_INIT("10.0.0."), NULL },
        { STR_INIT("10.0.0.256"), NULL },
        { STR_INIT("10.0.0.01"), NULL },
        { STR_INIT("010.0.0.1"), NULL },
        { STR_INIT("0x0a.0.0.1"), NULL },
        { STR_INIT("167772161"), NULL },
        { STR_INIT("10.0.0.-1"), NULL },
        { STR_INIT(" 10.0.0.1"), NULL },
        { STR_INIT("10.0.0.1 "), NULL },
        { STR_INIT("10.0.0.1\0"), NULL },
        { STR_INIT("10.0.0.1\n"), NULL },
        { STR_INIT("1.2.3.4:80"), NULL },
        { STR_INIT(":"), NULL },
        { STR_INIT(":::"), NULL },
        { STR_INIT("1::2::3"), NULL },
        { STR_INIT("1:2:3:4:5:6:7"), NULL },
        { STR_INIT("1:2:3:4:5:6:7:8:9"), NULL },
        { STR_INIT("12345::"), NULL },
        { STR_INIT("::g"), NULL },
        { STR_INIT("fe80::1%eth0"), NULL },
        { STR_INIT("[::1]"), NULL },
        { STR_INIT("::ffff:10.0.0.01"), NULL },
        { STR_INIT("::10.0.0"), NULL },
        { STR_INIT("0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"), NULL },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ip ip;
        bool ok = ip_read(rows[i].s, &ip);
        EXPECT(i, rows[i].s, ok == (rows[i].shown != NULL));
        if (ok)
            EXPECT_STR(i, ip_show(*state, &ip), rows[i].shown);
    }
}

static void
test_network(void **state)
{
    static const struct {
        struct str s;
        const char *shown;
    } rows[] = {
        { STR_INIT("10.0.0.0/8"), "10.0.0.0/8" },
        { STR_INIT("0.0.0.0/0"), "0.0.0.0/0" },
        { STR_INIT("10.0.0.1"), "10.0.0.1/32" },
        { STR_INIT("10.0.0.1/32"), "10.0.0.1/32" },
        { STR_INIT("10.0.0.2/31"), "10.0.0.2/31" },
        { STR_INIT("2001:DB8::/32"), "2001:db8::/32" },
        { STR_INIT("::/0"), "::/0" },
        { STR_INIT("::1"), "::1/128" },
        { STR_INIT("::ffff:10.0.0.0/104"), "10.0.0.0/8" },
        { STR_INIT("::ffff:0:0/96"), "0.0.0.0/0" },
        { STR_INIT("2001:db8::8000/113"), "2001:db8::8000/113" },
        { STR_INIT(""), NULL },
        { STR_INIT("/8"), NULL },
        { STR_INIT("10.0.0.300"), NULL },
        { STR_INIT("10.0.0.0/"), NULL },
        { STR_INIT("10.0.0.0/33"), NULL },
        { STR_INIT("10.0.0.0/-1"), NULL },
        { STR_INIT("0.0.0.0/-0"), NULL },
        { STR_INIT("10.0.0.0/08"), NULL },
        { STR_INIT("10.0.0.0/ 8"), NULL },
        { STR_INIT("10.0.0.0/8/8"), NULL },
        { STR_INIT("10.0.0.0/8x"), NULL },
        { STR_INIT("10.0.0.0/255.0.0.0"), NULL },
        { STR_INIT("10.0.0.1/8"), NULL },
        { STR_INIT("10.0.0.1/31"), NULL },
        { STR_INIT("2001:db8::1/32"), NULL },
        { STR_INIT("2001:db8::/129"), NULL },
        { STR_INIT("::ffff:0:0/95"), NULL },
        { STR_INIT("2001:db8::8000/112"), NULL },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cidr c;
        bool ok = cidr_read(rows[i].s, &c);
        EXPECT(i, rows[i].s, ok == (rows[i].shown != NULL));
        if (ok)
            EXPECT_STR(i, cidr_show(*state, &c), rows[i].shown);
    }
}

static void
test_holds(void **state)
{
    static const struct {
        struct str net, ip;
        bool holds;
    } rows[] = {
        { STR_INIT("10.0.0.0/8"), STR_INIT("10.255.0.1"), true },
        { STR_INIT("10.0.0.0/8"), STR_INIT("11.0.0.0"), false },
        { STR_INIT("10.0.0.0/8"), STR_INIT("::ffff:10.1.1.1"), true },
        { STR_INIT("10.0.0.0/8"), STR_INIT("::a00:1"), false },
        { STR_INIT("10.1.128.0/17"), STR_INIT("10.1.128.0"), true },
        { STR_INIT("10.1.128.0/17"), STR_INIT("10.1.127.255"), false },
        { STR_INIT("10.0.0.1"), STR_INIT("10.0.0.1"), true },
        { STR_INIT("10.0.0.1"), STR_INIT("10.0.0.0"), false },
        { STR_INIT("0.0.0.0/0"), STR_INIT("255.255.255.255"), true },
        { STR_INIT("0.0.0.0/0"), STR_INIT("::1"), false },
        { STR_INIT("::/0"), STR_INIT("2001:db8::1"), true },
        { STR_INIT("::/0"), STR_INIT("10.0.0.1"), false },
        { STR_INIT("2001:db8::/32"), STR_INIT("2001:db8:ffff::"), true },
        { STR_INIT("2001:db8::/32"), STR_INIT("2001:db9::"), false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct cidr c;
        struct ip ip;
        EXPECT(i, rows[i].net, cidr_read(rows[i].net, &c));
        EXPECT(i, rows[i].ip, ip_read(rows[i].ip, &ip));
        EXPECT(i, rows[i].ip, cidr_holds(&c, &ip) == rows[i].holds);
    }
}

/* Any address, shown and read, is the same address. */
static void
test_property(void **state)
{
    uint64_t seed = seed_start();
    for (size_t i = 0; i < 5000; i++) {
        struct ip ip, back;
        uint64_t zeros = seed_next(&seed);
        for (size_t k = 0; k < sizeof ip.b; k++)
            ip.b[k] = zeros >> (k / 2) & 1 ? 0 : (uint8_t)seed_next(&seed);
        struct str s = ip_show(*state, &ip);
        EXPECT(i, s, ip_read(s, &back));
        EXPECT(i, s, memcmp(ip.b, back.b, sizeof ip.b) == 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(test_address),
        WITH_ARENA(test_network),
        cmocka_unit_test(test_holds),
        WITH_ARENA(test_property),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
