/* SPDX-License-Identifier: ISC */
#include "text/mail.h"

#include "base/attr.h"

#include <stdlib.h>
#include <string.h>

/* cmocka wants these first */
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct arena *a;

static int
setup(void **state)
{
    (void)state;
    a = arena_new(4096);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_free(a);
    return 0;
}

static struct mail
mail(const char *subject, const char *body)
{
    return (struct mail){ .from = STR("keys@lodge.example"),
        .to = STR("ada@example.org"),
        .subject = str_cstr(subject),
        .body = str_cstr(body),
        .id = STR("01a1ff15-fc17-7647-8fb2-c375085935ed"),
        .at_s = 1795281593 };
}

static const char *
written(const char *subject, const char *body)
{
    struct mail m = mail(subject, body);
    return arena_cstr(a, mail_write(a, &m));
}

static void
a_mail_is_whole(void **state)
{
    (void)state;
    assert_string_equal(written("Hello", "One.\n\nTwo = 2\n"),
        "Date: Sat, 21 Nov 2026 17:19:53 +0000\r\n"
        "From: Keylodge <keys@lodge.example>\r\n"
        "To: <ada@example.org>\r\n"
        "Subject: Hello\r\n"
        "Message-ID: <01a1ff15-fc17-7647-8fb2-c375085935ed@lodge.example>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "\r\n"
        "One.\r\n\r\nTwo =3D 2\r\n");
}

/* What people name things can be in a subject: it stays one header. */
static void
a_subject_is_one_header(void **state)
{
    (void)state;
    static const char *const names[] = { "a\r\nBcc: eve@example.org",
        "a\nBcc: eve@example.org\n\nbody", "a\rBcc: eve@example.org",
        "=?UTF-8?Q?a=0D=0ABcc:_eve?=", "\xc3\xa9t\xc3\xa9 \xe2\x80\xa8 Bcc: x",
        ("a very long name that goes on and on and on and on, on and on and "
         "on and on, and then on") };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *text = written(names[i], "b\n");
        const char *end = strstr(text, "\r\n\r\n");
        size_t headers = 0;
        for (const char *line = text; line < end;) {
            const char *stop = strstr(line, "\r\n");
            assert_true(stop - line <= 76);
            assert_false(strncmp(line, "Bcc", 3) == 0);
            assert_null(memchr(line, '\n', (size_t)(stop - line)));
            headers += line[0] != ' ';
            line = stop + 2;
        }
        assert_int_equal(headers, 9);
        assert_string_equal(end, "\r\n\r\nb\r\n");
    }
}

static void
letters_stay_whole_in_encoded_words(void **state)
{
    (void)state;
    const char *text = written("Schl\xc3\xbcssel f\xc3\xbcr \xe2\x82\xac 5",
        "b\n");
    assert_non_null(strstr(text,
        "Subject: =?UTF-8?Q?Schl=C3=BCssel_f=C3=BCr?=\r\n"
        " =?UTF-8?Q?_=E2=82=AC_5?=\r\n"));
    /* not in the middle of one */
    assert_non_null(strstr(written("12345678901234\xe2\x82\xac", "b\n"),
        "?12345678901234?=\r\n =?UTF-8?Q?=E2=82=AC?=\r\n"));
}

/* Decoded again: the same text. */
static void
long_lines_come_back(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "https://keys.example/invite/2YU9EdXGzl3HHRBwpG4LRsNAFXvyNJVcbGFg7at"
        "ppBI-and-some-more-to-go-beyond-the-end-of-a-line-and-then-again\n",
        ".\n", "..\n.x\n", "trailing space \nnext\n",
        "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
        "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\n",
        "a\r\nb\n", "tab\there\n",
        "0123456789012345678901234567890123456789012345678901234567890123456789"
        "12345.a dot at the front of a line that was parted\n" };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        const char *p = strstr(written("s", bodies[i]), "\r\n\r\n") + 4;
        char *out = arena_alloc(a, strlen(p) + 1), *to = out;
        size_t line = 0;
        for (; *p; p++) {
            if (line == 0)
                assert_true(*p != '.'); /* no line begins with a dot */
            if (p[0] == '\r' && p[1] == '\n') {
                *to++ = '\n';
                p++;
                line = 0;
                continue;
            }
            assert_true(++line <= 76);
            if (*p != '=') {
                *to++ = *p;
            } else if (p[1] == '\r') {
                p += 2;
                line = 0;
            } else {
                char hex[3] = { p[1], p[2], '\0' };
                *to++ = (char)strtol(hex, NULL, 16);
                p += 2;
                line += 2;
            }
        }
        *to = '\0';
        assert_string_equal(out, bodies[i]);
    }
}

static void
addresses(void **state)
{
    (void)state;
    static const char *const right[] = { "ada@example.org", "a+b@c.de",
        "o'hara@example.org", "a@b" };
    static const char *const wrong[] = { "", "@", "a@", "@b", "a", "a b@c.de",
        "a@b@c", "-oQ/tmp@example.org", "a@b,c@d", "a@b;c", "<a@b>",
        "a@b>\r\nRCPT TO:<e@f", "a@b\n", "a\"b@c", "a(b)@c", "a@[1.2.3.4]",
        "\xc3\xa9@example.org", "a:b@c", "a\\b@c", "a,b@c" };
    for (size_t i = 0; i < COUNT_OF(right); i++)
        assert_true(mail_address(str_cstr(right[i])));
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (mail_address(str_cstr(wrong[i])))
            fail_msg("%s is taken", wrong[i]);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_mail_is_whole),
        T(a_subject_is_one_header),
        T(letters_stay_whole_in_encoded_words),
        T(long_lines_come_back),
        T(addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
