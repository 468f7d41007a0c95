/* SPDX-License-Identifier: ISC */
/* Settings: what is needed is never empty, and what makes no sense is refused
 * with its place and what to write instead. */
#include "app/config.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* cmocka wants setjmp, stdarg and stddef before it */
#include <cmocka.h>

static char file[] = "/tmp/keylodge-config-XXXXXX";
static struct arena *arena;

static int
set_up(void **state)
{
    (void)state;
    int fd = mkstemp(file);
    arena = arena_new(64 * 1024);
    return fd < 0 || close(fd) != 0;
}

static int
tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return unlink(file);
}

/* The complaint about a file of one section, without the file's name before
 * it; NULL: there is none. */
static const char *
said(const char *section, const char *lines, struct config *c)
{
    struct err err;
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fprintf(f, "[%s]\n%s\n", section, lines);
    assert_int_equal(fclose(f), 0);
    err_init(&err, arena);
    if (!config_load(arena, file, c, &err))
        return NULL;
    const char *says = arena_cstr(arena, err.msg);
    return strncmp(says, file, sizeof file - 1) == 0 ? says + sizeof file - 1
                                                     : says;
}

static void
assert_refused(const char *section, const char *lines, const char *begin)
{
    struct config c;
    const char *says = said(section, lines, &c);
    if (!says || strncmp(says, begin, strlen(begin)) != 0)
        fail_msg("[%s] %s: said \"%s\", wanted \"%s\"", section, lines,
            says ? says : "nothing", begin);
}

static void
assert_taken(const char *section, const char *lines)
{
    struct config c;
    const char *says = said(section, lines, &c);
    if (says)
        fail_msg("[%s] %s: %s", section, lines, says);
}

/* Every setting, empty: refused, or it is one that may be unset. */
static void
test_empty(void **state)
{
    struct config c, usual;
    struct config_row row, got;
    size_t refused = 0, unset = 0;
    (void)state;
    assert_null(said("server", "", &usual));
    for (size_t i = 0; config_row(arena, &usual, i, &row); i++) {
        const char *line = arena_fmt(arena, "%s =", row.key).p;
        const char *says = said(row.section, line, &c);
        const char *of = arena_fmt(arena, ":2: [%s] %s", row.section,
            row.key).p;
        if (!row.value.n) {
            assert_null(says);
            assert_true(config_row(arena, &c, i, &got));
            assert_int_equal(got.value.n, 0);
            unset++;
        } else {
            if (!says || strncmp(says, of, strlen(of)) != 0)
                fail_msg("[%s] %s is empty: said \"%s\"", row.section,
                    row.key, says ? says : "nothing");
            refused++;
        }
    }
    assert_true(refused > 10 && unset > 8);
    assert_refused("store", "path =", ":2: [store] path is empty. Give it a "
        "value, or leave it out: it is /var/lib/keylodge/keylodge.db then");
}

/* The environment, too; there an empty value unsets what may be unset. */
static void
test_variables(void **state)
{
    struct config c;
    (void)state;
    setenv("KEYLODGE_FILES_TEMPLATES", "", 1);
    const char *says = said("server", "", &c);
    unsetenv("KEYLODGE_FILES_TEMPLATES");
    assert_non_null(says);
    assert_ptr_equal(strstr(says,
        "KEYLODGE_FILES_TEMPLATES: [files] templates is empty"), says);
    setenv("KEYLODGE_SERVER_GATE_SOCKET", "", 1);
    assert_null(said("server", "gate_socket = g.sock", &c));
    unsetenv("KEYLODGE_SERVER_GATE_SOCKET");
    assert_null(c.gate_socket);
    setenv("KEYLODGE_SERVER_PUBLIC_URL", "ftp://x", 1);
    says = said("server", "", &c);
    unsetenv("KEYLODGE_SERVER_PUBLIC_URL");
    assert_non_null(says);
    assert_ptr_equal(strstr(says,
        "KEYLODGE_SERVER_PUBLIC_URL: [server] public_url"), says);
}

/* What was meant to be a setting is named; what others call theirs is left
 * alone. */
static void
test_mistyped(void **state)
{
    static const struct {
        const char *name, *meant; /* NULL: none of ours */
    } cases[] = {
        { "KEYLODGE_SERVER_THREDS", "KEYLODGE_SERVER_THREADS" },
        { "KEYLODGE_SEVER_PUBLIC_URL", "KEYLODGE_SERVER_PUBLIC_URL" },
        { "KEYLODGE_SERVERS_GATE_SOKET", "KEYLODGE_SERVER_GATE_SOCKET" },
        { "KEYLODGE_SERVERPUBLIC_URL", "KEYLODGE_SERVER_PUBLIC_URL" },
        { "KEYLODGE_STROE_PATH", "KEYLODGE_STORE_PATH" },
        { "KEYLODGE_STORES_PATH", "KEYLODGE_STORE_PATH" },
        { "KEYLODGE_SERCET_MASTER", "KEYLODGE_SECRET_MASTER" },
        { "KEYLODGE_MIAL_DIR", "KEYLODGE_MAIL_DIR" },
        { "KEYLODGE_MAILS_FROM", "KEYLODGE_MAIL_FROM" },
        { "KEYLODGE_FILE_TEMPLATES", "KEYLODGE_FILES_TEMPLATES" },
        { "KEYLODGE_LOGLEVEL", "KEYLODGE_LOG_LEVEL" },
        { "KEYLODGE_", NULL }, { "KEYLODGE_KEY", NULL },
        { "KEYLODGE_WORKSPACE", NULL }, { "KEYLODGE_MODEL", NULL },
        { "KEYLODGE_INFERENCE", NULL }, { "KEYLODGE_PASS_ON", NULL },
        { "KEYLODGE_UNSEEN", NULL }, { "KEYLODGE_SRC", NULL },
        { "KEYLODGE_API_KEY", NULL }, { "KEYLODGE_PATIENCE", NULL },
        { "KEYLODGE_HOME", NULL }, { "KEYLODGE_MAILS", NULL },
        { "KEYLODGE_SOCKETS", NULL }, { "KEYLODGE_RELOADED", NULL },
        { "KEYLODGE_KEY_PREFIX", NULL }, { "KEYLODGE_BASE_URL", NULL },
        { "KEYLODGE_DATA_PATH", NULL }, { "KEYLODGE_STATE_PATH", NULL },
        { "KEYLODGE_A_VERY_LONG_NAME_OF_SOMETHING_THAT_SOMEBODY_ELSE_MAY_HAVE",
            NULL },
    };
    struct config c;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(setenv(cases[i].name, "x", 1), 0);
        const char *says = said("server", "", &c);
        assert_int_equal(unsetenv(cases[i].name), 0);
        if (!cases[i].meant ? says != NULL
                            : !says || !strstr(says, arena_fmt(arena,
                                  "Did you mean %s?", cases[i].meant).p))
            fail_msg("%s: %s", cases[i].name, says ? says : "nothing said");
    }
}

static void
test_addresses(void **state)
{
    static const char *const good[] = { "https://keys.example.org",
        "http://127.0.0.1:8080", "https://example.org/keys",
        "https://example.org:65535/a/b-c_d.e~f", "http://localhost",
        "http://[::1]:8080", "https://[2001:db8::1]" };
    static const char *const bad[] = { "keys.example.org", "https://",
        "https:///keys", "ftp://x", "HTTPS://x", "https://x/", "https://x//",
        "https://x/keys/", "https://x?a", "https://x/k?a", "https://x#a",
        "https://a@x", "https://a:b@x", "https://x:", "https://x:0",
        "https://x:99999", "https://x:8080x", "https://x y", "https://x..y",
        "https://-x", "https://[::1", "https://::1", "https://[x]",
        "https://[::1]8080", "https://127.1", "https://x/a//b",
        "https://x/../a", "https://x/.", "https://x/a%2fb", "https://x/a&b",
        "https://x/$a", "https://x\";", "//x", "/", "https" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_taken("server", arena_fmt(arena, "public_url = %s",
            good[i]).p);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_refused("server", arena_fmt(arena, "\npublic_url = %s",
            bad[i]).p, arena_fmt(arena, ":3: [server] public_url cannot be "
            "%s: ", bad[i]).p);
    assert_refused("server", "public_url = \"https://x\"",
        ":2: [server] public_url: write \"https://x\" without quotes");
    assert_refused("server", "public_url = https://x/", ":2: [server] "
        "public_url cannot be https://x/: leave out the slash at its end");
}

static void
test_prefix(void **state)
{
    static const char *const good[] = { "/protected", "/api", "/a/b", "/v3",
        "/keys", "/v1.0", "/gates", "/V1", "/v1/chat/completions" };
    static const char *const bad[] = { "protected", "/", "/a/", "//a",
        "/a//b", "/a/../b", "/a b", "/a%20b", "/a\"", "/a;", "/a$", "/(a)",
        "/v1", "/v2", "/w", "/w/acme", "/w/acme/keys", "/gate", "/static",
        "/static/app.css", "/sign-in", "/admin", "/v1/check", "/metrics" };
    static const char *const apart[] = { "/keys", "/keys/a", "/k" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_taken("gate", arena_fmt(arena, "prefix = %s", good[i]).p);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_refused("gate", arena_fmt(arena, "prefix = %s", bad[i]).p,
            arena_fmt(arena, ":2: [gate] prefix cannot be %s: ", bad[i]).p);
    for (size_t i = 0; i < COUNT_OF(apart); i++)
        assert_refused("server", arena_fmt(arena,
            "public_url = https://x/k%s\n[gate]\nprefix = %s",
            i == 2 ? "/eys" : "eys", apart[i]).p, arena_fmt(arena,
            ":4: [gate] prefix cannot be %s: the console", apart[i]).p);
    assert_taken("server",
        "public_url = https://x/keys\n[gate]\nprefix = /keys2");
    assert_taken("server",
        "public_url = https://x/keys\n[gate]\nprefix = /ke");
}

static void
test_sockets(void **state)
{
    static const char *const good[] = { "gate.sock", "run/gate.sock", "/g",
        "127.0.0.1:9002", "127.9.9.9:1" };
    static const char *const bad[] = { "9002", "localhost:9002",
        "10.0.0.1:9002", "0.0.0.0:9002", "[::1]:9002", "127.0.0.1:",
        "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:90x", ":9002",
        "unix:/run/g", "/run/" };
    char *path = arena_alloc(arena, 200);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_taken("server", arena_fmt(arena, "gate_socket = %s\n"
            "console_socket = c.sock", good[i]).p);
        assert_refused("server", arena_fmt(arena, "gate_socket = %s\n"
            "console_socket = %s", good[i], good[i]).p,
            ":2: [server] gate_socket cannot be ");
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const char *but = arena_fmt(arena, "%s is neither the path of a "
            "socket nor 127.0.0.1:PORT.", bad[i]).p;
        assert_refused("server", arena_fmt(arena, "gate_socket = %s",
            bad[i]).p, arena_fmt(arena, ":2: [server] gate_socket: %s",
            but).p);
        assert_refused("server", arena_fmt(arena, "console_socket = %s",
            bad[i]).p, arena_fmt(arena, ":2: [server] console_socket: %s",
            but).p);
    }
    memset(path, 'p', 108);
    path[108] = '\0';
    assert_refused("server", arena_fmt(arena, "gate_socket = %s", path).p,
        ":2: [server] gate_socket: The path of the socket ppp");
    path[107] = '\0';
    assert_taken("server", arena_fmt(arena, "gate_socket = %s", path).p);
}

static void
test_numbers(void **state)
{
    static const char *const bad[] = { "0", "-1", "65", "4 threads", "4.0",
        "0x4", "four", "99999999999999999999" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_refused("server", arena_fmt(arena, "threads = %s", bad[i]).p,
            ":2: [server] threads must be a number from 1 to 64");
        assert_refused("server", arena_fmt(arena, "gate_threads = %s",
            bad[i]).p, ":2: [server] gate_threads must be a number from 1 to "
            "64");
    }
    assert_taken("server", "threads = 64\ngate_threads = 1");
}

static void
test_choices(void **state)
{
    (void)state;
    assert_refused("log", "level = loud", ":2: [log] level cannot be "
        "\"loud\": choose error, warn, info or debug");
    assert_refused("log", "format = xml", ":2: [log] format cannot be "
        "\"xml\": choose key-value or json");
    assert_refused("server", "sandbox = yes", ":2: [server] sandbox cannot be "
        "\"yes\": choose on, off or kill");
    assert_refused("secret", "password_cost =", ":2: [secret] password_cost "
        "cannot be \"\": choose normal, small or test");
    assert_refused("log", "level = Info", ":2: [log] level cannot be");
}

static void
test_files(void **state)
{
    static const struct {
        const char *section, *key;
    } all[] = { { "store", "path" }, { "secret", "master" },
        { "gate", "credential" }, { "secret", "refused_passwords" },
        { "mail", "smtp_password" } };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        assert_refused(all[i].section, arena_fmt(arena, "%s = /var/lib/",
            all[i].key).p, arena_fmt(arena, ":2: [%s] %s cannot be /var/lib/: "
            "that is a folder", all[i].section, all[i].key).p);
        assert_refused(all[i].section, arena_fmt(arena, "%s = '/var/lib/k'",
            all[i].key).p, arena_fmt(arena, ":2: [%s] %s: write '/var/lib/k' "
            "without quotes", all[i].section, all[i].key).p);
        assert_taken(all[i].section, arena_fmt(arena, "%s = k", all[i].key).p);
    }
}

static void
test_mail(void **state)
{
    static const char *const good[] = { "smtps://mail.example.org",
        "smtp://mail.example.org:587", "smtp://127.0.0.1:25",
        "smtp://[::1]:25", "smtp://mail.example.org/me.example.org" };
    static const char *const bad[] = { "mail.example.org", "http://x",
        "smtp://", "smtp://x:99999", "smtp://x?a", "smtps://x y",
        "SMTP://x" };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_taken("mail", arena_fmt(arena,
            "smtp_url = %s\nfrom = k@example.org", good[i]).p);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_refused("mail", arena_fmt(arena,
            "from = k@example.org\nsmtp_url = %s", bad[i]).p,
            arena_fmt(arena, ":3: [mail] smtp_url cannot be %s: ",
            bad[i]).p);
    assert_refused("mail", "from = k@example.org\nsmtp_url = smtp://a:b@x",
        ":3: [mail] smtp_url: put the name into smtp_user");
    assert_refused("mail", "dir = m", ": [mail] from must be an address");
    assert_refused("mail", "from = keys", ":2: [mail] from must be an");
    assert_refused("mail", "command = true\ndir = m\nfrom = k@example.org",
        ":3: [mail] dir: mail goes one way");
    assert_refused("mail", "command = true\nsmtp_url = smtp://x",
        ":3: [mail] smtp_url: mail goes one way");
    assert_taken("mail", "command = /usr/sbin/sendmail -t\n"
        "from = k@example.org\nsmtp_url =");
}

static void
test_networks(void **state)
{
    struct config c;
    struct str all = STR("10.0.0.0/8");
    (void)state;
    assert_null(said("webhook",
        "allow_networks = 10.0.0.0/8 , 2001:db8::/32", &c));
    assert_int_equal(c.hook_opened.n, 2);
    assert_refused("webhook", "allow_networks = 10.0.0.0/8;10.0.0.1",
        ":2: [webhook] allow_networks: 10.0.0.0/8;10.0.0.1 is not a network");
    assert_refused("webhook", "allow_networks = 10.0.0.1/8",
        ":2: [webhook] allow_networks: 10.0.0.1/8 is not a network");
    for (int i = 1; i < 100; i++)
        all = arena_fmt(arena, "%.*s,10.0.0.0/8", STR_ARG(all));
    assert_taken("webhook", arena_fmt(arena, "allow_networks = %.*s",
        STR_ARG(all)).p);
    assert_refused("webhook", arena_fmt(arena, "allow_networks = 10.0.0.0/8,"
        "%.*s", STR_ARG(all)).p,
        ":2: [webhook] allow_networks: name at most 100 networks");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_mistyped),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_sockets),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_mail),
        cmocka_unit_test(test_networks),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
