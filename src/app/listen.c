/* SPDX-License-Identifier: ISC */
#include "app/listen.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NO_SOCKET "%s is neither the path of a socket nor 127.0.0.1:PORT."
enum { BACKLOG = 1024, INHERITED_FIRST = 3, PORT_MOST = 65535 };

bool
listen_is_path(const char *where)
{
    return strchr(where, '/') || !strchr(where, ':');
}

/* What is a number alone, or begins like an address of a web server, is meant
 * for no file. */
static bool
is_socket_path(const char *path)
{
    return path[strspn(path, "0123456789")] != '\0' &&
        strncmp(path, "unix:", 5) != 0 && path[strlen(path) - 1] != '/';
}

static enum err_code
unix_address(const char *path, struct sockaddr_un *out, struct err *err)
{
    size_t n = strlen(path);
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (n >= sizeof out->sun_path)
        return ERR(err, ERR_INVALID,
            "The path of the socket %s is longer than %zu bytes. Choose a "
            "shorter one.", path, sizeof out->sun_path - 1);
    if (!is_socket_path(path))
        return ERR(err, ERR_INVALID, NO_SOCKET, path);
    memcpy(out->sun_path, path, n + 1);
    return ERR_OK;
}

/* "127.0.0.1:9002"; nothing but loopback: FastCGI is believed whole. */
static enum err_code
tcp_address(const char *where, struct sockaddr_in *out, struct err *err)
{
    const char *colon = strchr(where, ':');
    char host[INET_ADDRSTRLEN] = "", *end;
    size_t n = (size_t)(colon - where);
    long port = strtol(colon + 1, &end, 10);
    *out = (struct sockaddr_in){ .sin_family = AF_INET };
    if (n < sizeof host)
        memcpy(host, where, n);
    if (inet_pton(AF_INET, host, &out->sin_addr) != 1 ||
        ntohl(out->sin_addr.s_addr) >> 24 != 127 || end == colon + 1 ||
        *end || port < 1 || port > PORT_MOST)
        return ERR(err, ERR_INVALID, NO_SOCKET, where);
    out->sin_port = htons((uint16_t)port);
    return ERR_OK;
}

enum err_code
listen_check(const char *where, struct err *err)
{
    struct sockaddr_un local;
    struct sockaddr_in tcp;
    return listen_is_path(where) ? unix_address(where, &local, err)
                          : tcp_address(where, &tcp, err);
}

/* Takes away the socket that a process which was killed left there, and nothing
 * else; false: something else is there. */
static bool
remove_socket(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return true;
    if (!S_ISSOCK(st.st_mode))
        return false;
    (void)unlink(path);
    return true;
}

static enum err_code
bound(const char *where, const struct sockaddr *addr, socklen_t size,
    int *out, struct err *err)
{
    int on = 1, fd = socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return ERR_FAULT(err, "socket: %s", strerror(errno));
    if (connect(fd, addr, size) == 0) {
        close(fd);
        return ERR(err, ERR_INVALID,
            "Another server answers at %s. Stop it first.", where);
    }
    close(fd); /* after a failed connect it may not be bound */
    if (addr->sa_family == AF_UNIX && !remove_socket(where))
        return ERR(err, ERR_INVALID, "%s is there and is no socket, so it was "
            "left alone. Name another path for the socket, or move that away.",
            where);
    fd = socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return ERR_FAULT(err, "socket: %s", strerror(errno));
    if (addr->sa_family != AF_UNIX)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    mode_t old = umask(0117);
    int bad = bind(fd, addr, size);
    umask(old);
    if (bad || listen(fd, BACKLOG) != 0) {
        int why = errno;
        close(fd);
        return ERR(err, ERR_INVALID, "The socket %s cannot be made: %s",
            where, strerror(why));
    }
    *out = fd;
    return ERR_OK;
}

enum err_code
listen_at(const char *where, int *out, struct err *err)
{
    struct sockaddr_un local;
    struct sockaddr_in tcp;
    if (listen_is_path(where))
        return unix_address(where, &local, err)
            ? err->code
            : bound(where, (struct sockaddr *)&local, sizeof local, out, err);
    return tcp_address(where, &tcp, err)
        ? err->code
        : bound(where, (struct sockaddr *)&tcp, sizeof tcp, out, err);
}

void
listen_end(const char *where)
{
    if (listen_is_path(where))
        (void)remove_socket(where);
}

int
listen_inherited(const char *name)
{
    const char *pid = getenv("LISTEN_PID"), *names = getenv("LISTEN_FDNAMES");
    const char *count = getenv("LISTEN_FDS");
    if (!pid || !names || !count || strtol(pid, NULL, 10) != (long)getpid())
        return -1;
    struct str rest = str_cstr(names), one;
    long n = strtol(count, NULL, 10);
    bool more = true;
    for (int i = 0; more && i < n; i++) {
        more = str_cut(rest, ':', &one, &rest);
        if (str_is(one, name))
            return INHERITED_FIRST + i;
    }
    return -1;
}

void
listen_tell(const char *word)
{
    const char *where = getenv("NOTIFY_SOCKET");
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    size_t n = where ? strlen(where) : 0;
    if (n < 2 || n >= sizeof addr.sun_path)
        return;
    memcpy(addr.sun_path, where, n);
    if (addr.sun_path[0] == '@')
        addr.sun_path[0] = '\0'; /* an abstract address */
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, word, strlen(word), MSG_NOSIGNAL,
        (struct sockaddr *)&addr,
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
    close(fd);
}
