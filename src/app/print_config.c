/* SPDX-License-Identifier: ISC */
#include "app/print_config.h"

#include "app/listen.h"
#include "app/prefix.h"
#include "text/url.h"

#include <string.h>
#include <unistd.h>

struct embedded {
    const char *name, *text;
};

#include "app/examples.inc"

/* A web server, the file it is made from, and which of its lines. */
static const struct face {
    const char *name, *file, *tags;
    const char *modules; /* of Apache, for the head of the file */
} faces[] = {
    { "lighttpd", "lighttpd.conf.in", "site gated upstream", "" },
    { "lighttpd-cgi", "lighttpd.conf.in", "site cgi", "" },
    { "apache", "apache.conf.in", "proxy self",
        "proxy proxy_fcgi headers ssl" },
    { "apache-authorizer", "apache.conf.in", "proxy authorizer",
        "proxy proxy_fcgi proxy_http authnz_fcgi headers ssl" },
    { "apache-fcgid", "apache.conf.in", "fcgid script", "fcgid headers ssl" },
    { "apache-cgi", "apache.conf.in", "cgi script", "cgid headers ssl" },
    { "nginx", "nginx.conf.in", "accel", "" },
    { "nginx-auth-request", "nginx.conf.in", "ask", "" },
};

/* A value that files name as @NAME@. */
struct known {
    const char *name;
    struct str value;
};

enum { KNOWN_MOST = 24 };

struct maker {
    struct arena *a;
    const struct face *face;
    bool tls, redirect;
    struct known known[KNOWN_MOST];
    size_t n;
    struct err *err;
};

const char *
print_config_server(size_t i)
{
    return i < COUNT_OF(faces) ? faces[i].name : NULL;
}

static void
know(struct maker *m, const char *name, struct str value)
{
    must(m->n < KNOWN_MOST);
    m->known[m->n++] = (struct known){ name, value };
}

/* Servers read quotes, spaces and variables in their own ways: none is let in,
 * rather than each quoted in three. */
static bool
plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c > '~' || strchr("\"'`$\\;{}<>#@", c))
            return false;
    }
    return true;
}

/* Settings are relative to the folder in which the program is started, and in
 * which this is asked; the web server is started in another. */
static enum err_code
from_root(struct maker *m, const char *path, struct str *out)
{
    char here[4096];
    *out = str_cstr(path);
    if (path[0] == '/')
        return ERR_OK;
    if (!getcwd(here, sizeof here))
        return ERR(m->err, ERR_INVALID, "The folder in which %s lies cannot "
            "be told. Set the whole path.", path);
    *out = arena_fmt(m->a, "%s/%s", here, path);
    return ERR_OK;
}

static enum err_code
socket_from_root(struct maker *m, const char *given, const char *usual,
    struct str *out)
{
    const char *where = given ? given : usual;
    *out = str_cstr(where);
    if (!listen_is_path(where))
        return ERR_OK;
    if (from_root(m, where, out))
        return m->err->code;
    return listen_check(arena_cstr(m->a, *out), m->err); /* its length */
}

/* How each server names a socket. */
static void
know_socket(struct maker *m, const char *lighttpd, const char *nginx,
    const char *apache, struct str socket)
{
    struct str host, port;
    if (socket.p[0] != '/' && str_cut(socket, ':', &host, &port)) {
        know(m, lighttpd, arena_fmt(m->a,
            "\"host\" => \"%.*s\", \"port\" => %.*s", STR_ARG(host),
            STR_ARG(port)));
        know(m, nginx, socket);
        know(m, apache, arena_fmt(m->a, "fcgi://%.*s/", STR_ARG(socket)));
        return;
    }
    know(m, lighttpd, arena_fmt(m->a, "\"socket\" => \"%.*s\"",
        STR_ARG(socket)));
    know(m, nginx, arena_fmt(m->a, "unix:%.*s", STR_ARG(socket)));
    know(m, apache, arena_fmt(m->a, "unix:%.*s|fcgi://keylodge/",
        STR_ARG(socket)));
}

/* "https://host:8443/lodge" in its parts. */
static void
know_address(struct maker *m, struct str url)
{
    struct str prefix = prefix_of(url), host, port;
    struct str rest = { url.p, url.n - prefix.n };
    m->tls = str_starts(rest, STR("https://"));
    rest = str_from(rest, m->tls ? sizeof "https://" - 1
                                 : sizeof "http://" - 1);
    if (!str_cut(rest, ':', &host, &port))
        port = m->tls ? STR("443") : STR("80");
    m->redirect = m->tls && str_is(port, "443");
    know(m, "HOST", host);
    know(m, "PORT", port);
    know(m, "PREFIX", prefix);
}

static struct str
dir_of(struct str path)
{
    while (path.n > 1 && path.p[path.n - 1] != '/')
        path.n--;
    return path.n > 1 ? str_head(path, path.n - 1) : path;
}

static struct str
or_else(const char *given, const char *usual)
{
    return str_cstr(given ? given : usual);
}

/* "127.0.0.1:9000".  The servers part host and port in ways of their own, so
 * an address with colons of its own is none. */
static bool
is_upstream(struct arena *a, struct str s)
{
    return str_find(s, ':') < s.n && str_find(s, '/') == s.n &&
        str_find(s, '[') == s.n &&
        url_http(arena_fmt(a, "http://%.*s", STR_ARG(s)));
}

static enum err_code
know_file(struct maker *m, const char *name, const char *given,
    const char *usual)
{
    struct str path;
    if (from_root(m, given ? given : usual, &path))
        return m->err->code;
    know(m, name, path);
    return ERR_OK;
}

static enum err_code
know_sockets(struct maker *m, const struct config *c)
{
    struct str gate, console, host, port;
    if (socket_from_root(m, c->gate_socket, "/run/keylodge/gate.sock",
            &gate) ||
        socket_from_root(m, c->console_socket, "/run/keylodge/console.sock",
            &console))
        return m->err->code;
    if (!plain(gate) || !plain(console))
        return ERR(m->err, ERR_INVALID,
            "The path of a socket has a character that the configuration of "
            "a web server cannot hold as it is.");
    bool tcp = gate.p[0] != '/' && str_cut(gate, ':', &host, &port);
    if (strstr(m->face->tags, "authorizer") && !tcp)
        return ERR(m->err, ERR_INVALID,
            "Apache reaches an Authorizer by TCP alone: set [server] "
            "gate_socket = 127.0.0.1:PORT, and ask again.");
    if (tcp) {
        know(m, "GATE_HOST", host);
        know(m, "GATE_PORT", port);
    }
    know_socket(m, "GATE_SOCKET", "GATE_PASS", "GATE_BACKEND", gate);
    know_socket(m, "CONSOLE_SOCKET", "CONSOLE_PASS", "CONSOLE_BACKEND",
        console);
    return ERR_OK;
}

static enum err_code
know_all(struct maker *m, const struct config *c, const struct site *site)
{
    struct str upstream = or_else(site->upstream, "127.0.0.1:9000");
    struct str program = or_else(site->program, "/usr/bin/keylodge");
    struct str host, port;
    if (!is_upstream(m->a, upstream) ||
        !str_cut(upstream, ':', &host, &port))
        return ERR(m->err, ERR_INVALID,
            "--upstream is HOST:PORT, such as 127.0.0.1:9000");
    if (strchr(c->public_url, '['))
        return ERR(m->err, ERR_INVALID, "public_url is %s: for a host in "
            "brackets no configuration can be printed. Give the host a name, "
            "and set that.", c->public_url);
    know(m, "SERVER", str_cstr(m->face->name));
    know(m, "UPSTREAM", upstream);
    know(m, "UPSTREAM_HOST", host);
    know(m, "UPSTREAM_PORT", port);
    know(m, "PROGRAM", program);
    know(m, "PROGRAM_DIR", dir_of(program));
    know(m, "ALLOWED", STR(KEYLODGE_DATADIR "/allowed.lua"));
    know(m, "GATE", str_cstr(c->gate_prefix));
    know_address(m, str_cstr(c->public_url));
    if (know_file(m, "CERTIFICATE", site->certificate,
            "/etc/ssl/certs/keylodge.pem") ||
        know_file(m, "CERTIFICATE_KEY", site->certificate_key,
            "/etc/ssl/private/keylodge.key") ||
        know_file(m, "CONFIG", c->file, "/etc/keylodge/keylodge.conf"))
        return m->err->code;
    for (size_t i = 0; i < m->n; i++)
        if (!plain(m->known[i].value))
            return ERR(m->err, ERR_INVALID,
                "\"%.*s\" has a character that the configuration of a web "
                "server cannot hold as it is.", STR_ARG(m->known[i].value));
    know(m, "MODULES", str_cstr(m->face->modules)); /* it has spaces */
    return know_sockets(m, c);
}

static bool
among(const char *words, struct str word)
{
    struct str rest = str_cstr(words), one;
    for (bool more = true; more;) {
        more = str_cut(rest, ' ', &one, &rest);
        if (str_eq(one, word))
            return true;
    }
    return false;
}

/* Takes "@tag " off the front of a line, as often as there is one; false when
 * a tag is not wanted. */
static bool
wanted(const struct maker *m, struct str *line)
{
    struct str tag, rest;
    while (line->n && line->p[0] == '@' && str_cut(*line, ' ', &tag, &rest)) {
        tag = str_from(tag, 1);
        if (str_find(tag, '@') < tag.n)
            return true; /* a value at the start of the line, not a tag */
        bool on = str_is(tag, "tls") ? m->tls
            : str_is(tag, "plain") ? !m->tls
            : str_is(tag, "redirect") ? m->redirect
            : among(m->face->tags, tag);
        if (!on)
            return false;
        *line = rest;
    }
    return true;
}

static const struct known *
find_known(const struct maker *m, struct str name)
{
    for (size_t i = 0; i < m->n; i++)
        if (str_is(name, m->known[i].name))
            return &m->known[i];
    return NULL;
}

/* One line, with values in place of their names; other '@' stay. */
static void
put_line(const struct maker *m, struct str line, struct buf *out)
{
    struct str before, after, name, rest;
    while (str_cut(line, '@', &before, &after)) {
        const struct known *k = str_cut(after, '@', &name, &rest)
            ? find_known(m, name) : NULL;
        buf_str(out, before);
        if (k)
            buf_str(out, k->value);
        else
            buf_char(out, '@');
        line = k ? rest : after;
    }
    buf_str(out, line);
    buf_char(out, '\n');
}

static const char *
file_text(const char *name)
{
    for (const struct embedded *e = embedded; e->name; e++)
        if (strcmp(e->name, name) == 0)
            return e->text;
    return NULL;
}

enum err_code
print_config(struct arena *a, const char *server, const struct config *c,
    const struct site *site, struct buf *out, struct err *err)
{
    struct maker m = { .a = a, .err = err };
    for (size_t i = 0; i < COUNT_OF(faces); i++)
        if (strcmp(faces[i].name, server) == 0)
            m.face = &faces[i];
    must(m.face != NULL);
    if (know_all(&m, c, site))
        return err->code;
    struct str rest = str_cstr(file_text(m.face->file)), line;
    must(rest.n > 0);
    while (str_cut(rest, '\n', &line, &rest))
        if (wanted(&m, &line))
            put_line(&m, line, out);
    return ERR_OK;
}
