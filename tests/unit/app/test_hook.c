/* SPDX-License-Identifier: ISC */
/*
 * Where webhooks go, and where not (SECURITY.md T35).  Names are looked up in a
 * table of this test, and every connection that libcurl begins is seen here:
 * one to an address that is not of this machine goes no further.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "app/carrier.h"
#include "app/carry.h"
#include "base/arena.h"
#include "text/ip.h"
#include "text/url.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* cmocka wants these first */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* ---- the network, as libcurl sees it ---- */

static const char *answers[4]; /* addresses of every name, by look-up */
static size_t n_lookups;
static size_t n_connects;      /* that began, to any address */
static size_t n_private;       /* of those, to one that is not public */
enum { PORT = 9 };             /* nobody listens there */

static struct addrinfo *
one_address(const char *text, const char *service)
{
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST,
        .ai_socktype = SOCK_STREAM };
    struct addrinfo *out = NULL;
    int (*real)(const char *, const char *, const struct addrinfo *,
        struct addrinfo **);
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(text, service, &hints, &out) ? NULL : out;
}

/* In the place of the one of libc.  A literal address is itself; a name is the
 * next answer of the table: so a name can change between two look-ups. */
int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res)
{
    (void)hints;
    *res = one_address(node, service);
    if (!*res && answers[0]) {
        size_t at = n_lookups < COUNT_OF(answers) ? n_lookups : 0;
        *res = one_address(answers[at] ? answers[at] : answers[0], service);
        n_lookups++;
    }
    return *res ? 0 : EAI_NONAME;
}

/* libc's own header has another type for it, so it has a name of ours here. */
int seen_connect(int fd, const struct sockaddr *to, socklen_t n)
    __asm__("connect");

int
seen_connect(int fd, const struct sockaddr *to, socklen_t n)
{
    struct ip ip = { { 0 } };
    char text[INET6_ADDRSTRLEN] = "";
    int (*real)(int, const struct sockaddr *, socklen_t);
    if (to->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)to)
            ->sin_addr, text, sizeof text);
    else if (to->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)to)
            ->sin6_addr, text, sizeof text);
    else
        fail_msg("a connection of family %d", to->sa_family);
    n_connects++;
    if (!ip_read(str_cstr(text), &ip) || !ip_public(&ip))
        n_private++;
    if (strcmp(text, "127.0.0.1") != 0) {
        errno = ENETUNREACH; /* nothing leaves this machine */
        return -1;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "connect");
    return real(fd, to, n);
}

struct str
carrier_text(const struct val *job, const char *name)
{
    return val_text(val_get_cstr(job, name));
}

/* ---- tries ---- */

static struct arena *arena;

static struct carried
try_url(struct str url, const char *network)
{
    struct carried out = { .ok = false };
    struct val *job = val_map(arena);
    val_put_str(job, "url", url);
    val_put_str(job, "id", STR("m"));
    val_put_str(job, "time", STR("1"));
    val_put_str(job, "signature", STR("v1,x"));
    val_put_str(job, "body", STR("{}"));
    struct val *networks = val_put_list(job, "networks");
    if (network)
        val_add_str(networks, str_cstr(network));
    n_lookups = n_connects = n_private = 0;
    carry_hook(arena, job, &out);
    return out;
}

/* Nothing may leave this machine: so first of all, is every connection really
 * seen here? */
static int
setup(void **state)
{
    int rc = 0;
    (void)state;
    assert_true(carrier_setup());
    arena = arena_new(4096);
    (void)try_url(STR("https://127.0.0.1:9/"), "127.0.0.1/32");
    if (n_connects != 1) {
        fprintf(stderr, "libcurl does not come by here\n");
        rc = -1;
    }
    arena_free(arena);
    return rc;
}

static int
begin(void **state)
{
    (void)state;
    arena = arena_new(4096);
    memset(answers, 0, sizeof answers);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* One of each kind of address that is nobody's business, in each spelling. */
static const char *const private_hosts[] = {
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1",
    "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "168.63.129.16", "169.254.169.254", "169.254.0.1", "172.16.0.1",
    "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255",
    "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]",
    "[::7f00:1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::1]", "[100::1]", "[2001::1]", "[2001:db8::1]",
    "[2001:10::1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[3fff::1]",
    "[fc00::1]", "[fd00:ec2::254]", "[fdff:ffff::1]", "[fe80::1]",
    "[febf::1]", "[fec0::1]", "[ff02::1]", "[5f00::1]", "[4000::1]",
};

static void
no_private_address_is_reached(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(private_hosts); i++) {
        struct carried out = try_url(arena_fmt(arena, "https://%s:%d/",
            private_hosts[i], PORT), NULL);
        if (out.ok || n_connects)
            fail_msg("%s: %zu connections", private_hosts[i], n_connects);
    }
}

/* The same behind a name, which is all that a form sees. */
static void
nor_behind_a_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(private_hosts); i++) {
        struct str host = str_cstr(private_hosts[i]);
        if (host.p[0] == '[')
            host = (struct str){ host.p + 1, host.n - 2 };
        answers[0] = arena_cstr(arena, host);
        struct carried out = try_url(arena_fmt(arena,
            "https://hooks.example:%d/", PORT), NULL);
        if (out.ok || n_connects)
            fail_msg("%s: %zu connections", answers[0], n_connects);
        assert_int_equal(n_lookups, 1);
    }
}

/* Addresses as ancient programs write them: refused before any look-up. */
static void
old_spellings_are_no_addresses(void **state)
{
    (void)state;
    static const char *const hosts[] = { "127.1", "127.0.1", "2130706433",
        "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "0", "1",
        "0300.0250.0.1", "127.0.0.1.", "0x7f.1", "10.1", "3232235521",
        "%31%32%37.0.0.1", "[fe80::1%25lo]", "[fe80::1%lo]", "①②⑦.0.0.1",
        "127。0。0。1", "localhost@127.0.0.1", "a:b@127.0.0.1", "" };
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        struct carried out = try_url(arena_fmt(arena, "https://%s/",
            hosts[i]), NULL);
        if (out.ok || n_connects || n_lookups)
            fail_msg("%s: %zu connections, %zu look-ups", hosts[i],
                n_connects, n_lookups);
    }
}

/* What is checked is what is connected to, not what was looked up before. */
static void
a_name_that_changes_gains_nothing(void **state)
{
    (void)state;
    answers[0] = "1.1.1.1";
    answers[1] = "127.0.0.1";
    answers[2] = "::1";
    answers[3] = "169.254.169.254";
    struct str url = arena_fmt(arena, "https://hooks.example:%d/", PORT);
    size_t seen = 0;
    for (int i = 0; i < 8; i++) {
        struct carried out = try_url(url, NULL);
        assert_false(out.ok);
        assert_int_equal(n_private, 0);
        seen += n_connects;
        /* the next try gets the next answer */
        const char *first = answers[0];
        memmove(answers, answers + 1, sizeof answers - sizeof *answers);
        answers[COUNT_OF(answers) - 1] = first;
    }
    assert_int_equal(seen, 2); /* the public one, twice */
}

static void
public_addresses_are(void **state)
{
    (void)state;
    static const char *const hosts[] = { "1.1.1.1", "8.8.8.8",
        "[2606:4700:4700::1111]", "[::ffff:1.1.1.1]" };
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        (void)try_url(arena_fmt(arena, "https://%s/", hosts[i]), NULL);
        assert_int_equal(n_connects, 1);
        assert_int_equal(n_private, 0);
    }
}

static void
http_goes_to_opened_networks_only(void **state)
{
    (void)state;
    struct carried out = try_url(STR("http://1.1.1.1/"), NULL);
    assert_int_equal(n_connects, 0);
    assert_true(str_is(out.problem,
        "1.1.1.1: http goes to opened networks only; use https"));
}

static void
an_opened_network_is_opened_and_no_more(void **state)
{
    (void)state;
    struct str url = STR("https://127.0.0.1:9/");
    (void)try_url(url, "127.0.0.2/32");
    assert_int_equal(n_connects, 0);
    (void)try_url(STR("https://10.0.0.1/"), "127.0.0.0/8");
    assert_int_equal(n_connects, 0);
    (void)try_url(url, "127.0.0.0/8");
    assert_int_equal(n_connects, 1);
    (void)try_url(STR("http://[::ffff:127.0.0.1]:9/"), "127.0.0.0/8");
    assert_int_equal(n_connects, 1);
}

/* The whole corpus of URLs: as they are, and whatever a name in one means. */
static void
the_corpus_reaches_nothing_private(void **state)
{
    (void)state;
    const char *corpora = getenv("KEYLODGE_CORPORA");
    struct arena *keep = arena_new(1 << 20);
    static char text[1 << 20];
    size_t n_cases = 0, n_taken = 0;
    struct str path = arena_fmt(keep, "%s/url/urltestdata.json",
        corpora && *corpora ? corpora : "../shared/corpora");
    FILE *f = fopen(arena_cstr(keep, path), "r");
    if (!f) {
        print_message("left out: %.*s is not here\n", STR_ARG(path));
        arena_free(keep);
        return;
    }
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    answers[0] = "127.0.0.1";
    /* "input": the rest does not matter here; lone surrogates are in it, so it
     * is read by hand */
    for (char *p = text; p < text + n;) {
        char *at = memmem(p, (size_t)(text + n - p), "\"input\":", 8);
        if (!at)
            break;
        at = strchr(at + 8, '"') + 1;
        char *stop = at;
        while (stop < text + n && *stop != '"')
            stop += *stop == '\\' ? 2 : 1;
        struct str url = { at, (size_t)(stop - at) };
        struct carried out = try_url(url, NULL);
        if (out.ok || n_connects)
            fail_msg("%.*s: %zu connections", STR_ARG(url), n_connects);
        n_taken += url_http(url);
        n_cases++;
        p = stop;
        arena_reset(arena);
    }
    print_message("%zu URLs, %zu of them taken as addresses\n", n_cases,
        n_taken);
    assert_int_equal(n_cases, 891);
    arena_free(keep);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        T(no_private_address_is_reached),
        T(nor_behind_a_name),
        T(old_spellings_are_no_addresses),
        T(a_name_that_changes_gains_nothing),
        T(public_addresses_are),
        T(http_goes_to_opened_networks_only),
        T(the_corpus_reaches_nothing_private),
        T(an_opened_network_is_opened_and_no_more),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
