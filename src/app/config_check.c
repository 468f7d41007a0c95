/* SPDX-License-Identifier: ISC */
#include "app/config_check.h"

#include "app/dispatch.h"
#include "app/listen.h"
#include "app/prefix.h"
#include "text/ip.h"
#include "text/mail.h"
#include "text/url.h"

static enum err_code
refuse(const struct config *c, const char *const *member, const char *instead,
    struct err *err)
{
    return ERR(err, ERR_INVALID, "%s cannot be %s: %s",
        config_name(err->arena, c, member), *member, instead);
}

/* "/a/b" of letters, digits and "-._~", with no "." or ".." as a part: what
 * means the same in the configurations of all web servers, and in a page. */
static bool
is_plain_path(struct str path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    struct str part, rest = str_from(path, 1);
    bool more = true;
    if (!path.n || path.p[0] != '/')
        return false;
    while (more) {
        more = str_cut(rest, '/', &part, &rest);
        if (!part.n || str_is(part, ".") || str_is(part, ".."))
            return false;
        for (size_t i = 0; i < part.n; i++)
            if (!memchr(plain, part.p[i], sizeof plain - 1))
                return false;
    }
    return true;
}

static enum err_code
check_address(const struct config *c, struct err *err)
{
    struct str url = str_cstr(c->public_url), path = prefix_of(url);
    if (!str_starts(url, STR("http://")) && !str_starts(url, STR("https://")))
        return refuse(c, &c->public_url, "begin it with https:// or http://",
            err);
    if (!url_http(url))
        return refuse(c, &c->public_url, "write scheme, host, and a port (1 to "
            "65535) and a path if need be, such as https://keys.example.org, "
            "and nothing more", err);
    if (str_ends(url, STR("/")))
        return refuse(c, &c->public_url, "leave out the slash at its end",
            err);
    if (path.n && !is_plain_path(path))
        return refuse(c, &c->public_url, "write its path with letters, digits "
            "and -._~ alone, such as /keys", err);
    return ERR_OK;
}

/* Is `path` the place `base`, or below it? */
static bool
is_at(struct str path, struct str base)
{
    return str_starts(path, base) &&
        (path.n == base.n || path.p[base.n] == '/');
}

/* Can an address of this route ("/w/{ws}/keys") lie at `path` or below? */
static bool
route_at(struct str route, struct str path)
{
    struct str part, own, rest = str_from(path, 1);
    bool more = true, longer = true;
    route = str_from(route, 1);
    while (more) {
        more = str_cut(rest, '/', &part, &rest);
        if (!longer)
            return false;
        longer = str_cut(route, '/', &own, &route);
        if (!str_eq(part, own) && !str_starts(own, STR("{")))
            return false;
    }
    return true;
}

static enum err_code
check_prefix(const struct config *c, struct err *err)
{
    size_t n;
    const struct route *all = routes(&n);
    struct str path = str_cstr(c->gate_prefix);
    struct str console = prefix_of(str_cstr(c->public_url));
    if (!is_plain_path(path))
        return refuse(c, &c->gate_prefix, "write a path of letters, digits and "
            "-._~, without slash at its end, such as /protected", err);
    if (console.n && (is_at(path, console) || is_at(console, path)))
        return refuse(c, &c->gate_prefix, "the console is there (public_url). "
            "Choose a path apart from it, such as /protected", err);
    for (size_t i = 0; i < n; i++)
        if (route_at(str_cstr(all[i].path), path))
            return refuse(c, &c->gate_prefix, "Keylodge has addresses of its "
                "own there. Choose another path, such as /protected", err);
    return ERR_OK;
}

static enum err_code
check_sockets(const struct config *c, struct err *err)
{
    const char *const *const all[] = { &c->console_socket, &c->gate_socket };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct err why;
        err_init(&why, err->arena);
        if (*all[i] && listen_check(*all[i], &why))
            return ERR(err, ERR_INVALID, "%s: %.*s",
                config_name(err->arena, c, all[i]), STR_ARG(why.msg));
    }
    if (c->console_socket && str_is(str_cstr(c->gate_socket),
            c->console_socket))
        return refuse(c, &c->gate_socket, "console_socket is that, too. Give "
            "each its own", err);
    return ERR_OK;
}

static enum err_code
check_files(const struct config *c, struct err *err)
{
    const char *const *const files[] = { &c->db_path, &c->master,
        &c->gate_credential, &c->refused_passwords, &c->mail_smtp_password };
    for (size_t i = 0; i < COUNT_OF(files); i++)
        if (str_ends(str_cstr(*files[i]), STR("/")))
            return refuse(c, files[i], "that is a folder. Name a file", err);
    return ERR_OK;
}

/* "smtps://mail.example.org:465" */
static enum err_code
check_smtp(const struct config *c, struct err *err)
{
    struct str url = str_cstr(c->mail_smtp_url);
    struct str rest = str_from(url, str_find(url, ':'));
    if (!str_starts(url, STR("smtp://")) && !str_starts(url, STR("smtps://")))
        return refuse(c, &c->mail_smtp_url,
            "begin it with smtps:// or smtp://", err);
    if (str_find(url, '@') < url.n) /* not shown: there is a password in it */
        return ERR(err, ERR_INVALID,
            "%s: put the name into smtp_user, and the password into a file "
            "that smtp_password names, not into smtp_url",
            config_name(err->arena, c, &c->mail_smtp_url));
    if (!url_http(arena_fmt(err->arena, "http%.*s", STR_ARG(rest))))
        return refuse(c, &c->mail_smtp_url, "write scheme, host, and a port "
            "(1 to 65535) if need be, such as smtps://mail.example.org", err);
    return ERR_OK;
}

static enum err_code
check_mail(const struct config *c, struct err *err)
{
    int ways = (c->mail_command != NULL) + (c->mail_smtp_url != NULL) +
        (c->mail_dir != NULL);
    const char *const *second = c->mail_dir ? &c->mail_dir : &c->mail_smtp_url;
    if (ways > 1)
        return ERR(err, ERR_INVALID,
            "%s: mail goes one way: set command, smtp_url or dir, one of "
            "them", config_name(err->arena, c, second));
    if ((ways || c->mail_from) && !mail_address(str_cstr(c->mail_from)))
        return ERR(err, ERR_INVALID,
            "%s must be an address like keys@example.org",
            config_name(err->arena, c, &c->mail_from));
    return c->mail_smtp_url ? check_smtp(c, err) : ERR_OK;
}

/* "10.0.0.0/8, 2001:db8::/32" */
static enum err_code
read_networks(struct arena *a, struct config *c, struct err *err)
{
    enum { MOST = 100 };
    struct str part, rest = str_cstr(c->hook_networks);
    struct strs *out = &c->hook_opened;
    struct cidr net;
    *out = (struct strs){ arena_array(a, MOST, sizeof *out->items), 0 };
    while (rest.n) {
        str_cut(rest, ',', &part, &rest);
        part = str_trim(part);
        if (!cidr_read(part, &net))
            return ERR(err, ERR_INVALID,
                "%s: %.*s is not a network. Write 10.0.0.0/8 or "
                "2001:db8::/32, with commas between them",
                config_name(err->arena, c, &c->hook_networks), STR_ARG(part));
        if (out->n == MOST)
            return ERR(err, ERR_INVALID, "%s: name at most %d networks",
                config_name(err->arena, c, &c->hook_networks), MOST);
        out->items[out->n++] = part;
    }
    return ERR_OK;
}

enum err_code
config_check(struct arena *a, struct config *c, struct err *err)
{
    static enum err_code (*const checks[])(const struct config *,
        struct err *) = { check_address, check_prefix, check_sockets,
        check_files, check_mail };
    for (size_t i = 0; i < COUNT_OF(checks); i++)
        if (checks[i](c, err))
            return err->code;
    return read_networks(a, c, err);
}
