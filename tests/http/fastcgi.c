/* SPDX-License-Identifier: ISC */
#include "fastcgi.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

size_t
fcgi_record(unsigned char *to, int type, const void *p, size_t n)
{
    const unsigned char head[8] = { 1, (unsigned char)type, 0, 1,
        (unsigned char)(n >> 8), (unsigned char)n, 0, 0 };
    memcpy(to, head, sizeof head);
    memcpy(to + sizeof head, p, n);
    return sizeof head + n;
}

size_t
fcgi_pair(unsigned char *to, const char *name, const char *value)
{
    size_t a = strlen(name), b = strlen(value), at = 0;
    to[at++] = (unsigned char)a;
    if (b > 127) {
        to[at++] = (unsigned char)(0x80 | b >> 24);
        to[at++] = (unsigned char)(b >> 16);
        to[at++] = (unsigned char)(b >> 8);
    }
    to[at++] = (unsigned char)b;
    memcpy(to + at, name, a);
    memcpy(to + at + a, value, b);
    return at + a + b;
}

int
fcgi_connect(const char *path)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    struct timeval most = { .tv_sec = 20 };
    size_t n = strlen(path);
    if (n >= sizeof to.sun_path)
        return -1;
    memcpy(to.sun_path, path, n);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool
read_all(int fd, void *to, size_t n)
{
    char *p = to;
    while (n > 0) {
        ssize_t got = read(fd, p, n);
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

int
fcgi_answer(int fd, char *text, size_t size)
{
    unsigned char head[8];
    char rest[65536 + 256];
    size_t at = 0;
    while (read_all(fd, head, sizeof head)) {
        size_t n = (size_t)head[4] << 8 | head[5];
        if (!read_all(fd, rest, n + head[6]))
            return 0;
        if (head[1] == FCGI_STDOUT) {
            if (n >= size - at)
                return 0;
            memcpy(text + at, rest, n);
            at += n;
        } else if (head[1] == FCGI_END) {
            /* whole only with this record */
            text[at] = '\0';
            return strncmp(text, "Status: ", 8) == 0
                ? (int)strtol(text + 8, NULL, 10)
                : 200;
        }
    }
    return 0;
}
