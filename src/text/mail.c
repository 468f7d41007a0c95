/* SPDX-License-Identifier: ISC */
#include "text/mail.h"

#include "base/buf.h"
#include "text/when.h"

#include <string.h>

enum {
    ADDRESS_MOST = 254,
    LINE_MOST = 76,
    WORD_BYTES = 15, /* of text in one encoded word: 3 * 15 + 12 < 76 */
    MAIL_MOST = 256 * 1024
};

bool
mail_address(struct str s)
{
    size_t at = str_find(s, '@');
    if (s.n > ADDRESS_MOST || at == 0 || at + 1 >= s.n || s.p[0] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || strchr("()<>[],;:\\\"", s.p[i]) ||
            (s.p[i] == '@' && i != at))
            return false;
    return true;
}

static bool
is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        /* what looks like an encoded word would be read as one */
        if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '=')
            return false;
    return s.n <= LINE_MOST - sizeof "Subject: ";
}

/* RFC 2047, "Q"; whole characters in each word. */
static void
encoded_words(struct buf *b, struct str s)
{
    size_t at = 0;
    while (at < s.n) {
        size_t n = s.n - at > WORD_BYTES ? WORD_BYTES : s.n - at;
        while (n > 1 && at + n < s.n && (s.p[at + n] & 0xc0) == 0x80)
            n--;
        buf_cstr(b, at ? "\r\n =?UTF-8?Q?" : "=?UTF-8?Q?");
        for (size_t i = at; i < at + n; i++) {
            unsigned char c = (unsigned char)s.p[i];
            if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                (c >= 'a' && c <= 'z'))
                buf_char(b, (char)c);
            else if (c == ' ')
                buf_char(b, '_');
            else
                buf_fmt(b, "=%02X", c);
        }
        buf_cstr(b, "?=");
        at += n;
    }
}

/* One line of text, on as many lines as it needs. */
static void
quoted_line(struct buf *b, struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool last = i + 1 == s.n;
        bool plain = (c > ' ' && c <= '~' && c != '=') || (c == ' ' && !last);
        /* a dot at the front of a line means its end to some programs */
        if (c == '.' && n == 0)
            plain = false;
        size_t more = plain ? 1 : 3;
        if (n + more > LINE_MOST - 1) {
            buf_cstr(b, "=\r\n");
            n = 0;
            if (c == '.') {
                plain = false;
                more = 3;
            }
        }
        if (plain)
            buf_char(b, (char)c);
        else
            buf_fmt(b, "=%02X", c);
        n += more;
    }
    buf_cstr(b, "\r\n");
}

struct str
mail_write(struct arena *a, const struct mail *m)
{
    struct buf b;
    struct str line, rest = m->body, local, domain;
    must(mail_address(m->from) && mail_address(m->to));
    str_cut(m->from, '@', &local, &domain);
    buf_init(&b, a, MAIL_MOST);
    buf_fmt(&b, "Date: %.*s\r\nFrom: Keylodge <%.*s>\r\nTo: <%.*s>\r\n",
        STR_ARG(when_mail(a, m->at_s)), STR_ARG(m->from), STR_ARG(m->to));
    buf_cstr(&b, "Subject: ");
    if (is_plain(m->subject))
        buf_str(&b, m->subject);
    else
        encoded_words(&b, m->subject);
    buf_fmt(&b, "\r\nMessage-ID: <%.*s@%.*s>\r\n", STR_ARG(m->id),
        STR_ARG(domain));
    buf_cstr(&b, "MIME-Version: 1.0\r\n"
                 "Content-Type: text/plain; charset=utf-8\r\n"
                 "Content-Transfer-Encoding: quoted-printable\r\n"
                 /* so that no out-of-office note answers */
                 "Auto-Submitted: auto-generated\r\n\r\n");
    while (rest.n) {
        str_cut(rest, '\n', &line, &rest);
        quoted_line(&b, line);
    }
    must(!b.full);
    return buf_view(&b);
}
