/* SPDX-License-Identifier: ISC */
#include "app/carry.h"

#include "text/json.h"

#include <errno.h>
#include <sys/socket.h>

bool
carry_put(int fd, struct arena *a, const struct val *v)
{
    struct buf b;
    ssize_t n;
    buf_init(&b, a, CARRY_MOST);
    json_write(&b, v);
    if (b.full)
        return false;
    do
        n = send(fd, b.p, b.n, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)b.n;
}

struct val *
carry_get(int fd, struct arena *a)
{
    char *p = arena_alloc(a, CARRY_MOST);
    struct err err;
    struct val *v;
    ssize_t n;
    do
        n = recv(fd, p, CARRY_MOST, 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return NULL;
    err_init(&err, a);
    return json_read(a, (struct str){ p, (size_t)n }, &v, &err) ? NULL : v;
}
