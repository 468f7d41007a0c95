/* SPDX-License-Identifier: ISC */
/*
 * late -- a request at the gate that comes in two parts, for tests.
 *
 *   late SOCKET AUTHORIZATION
 *     Begins a request for /gate, which one of the server's threads takes and
 *     waits for.  Sends another one, whole, and waits for its answer; then the
 *     rest of the first.  Prints the status of each, the first one last.
 */
#define _DEFAULT_SOURCE
#include "fastcgi.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static const unsigned char responder[8] = { 0, 1 };

static size_t
rest(unsigned char *to, const char *authorization)
{
    unsigned char params[2048];
    size_t n = 0, at;
    n += fcgi_pair(params + n, "REQUEST_METHOD", "GET");
    n += fcgi_pair(params + n, "REQUEST_URI", "/gate");
    n += fcgi_pair(params + n, "REMOTE_ADDR", "127.0.0.1");
    n += fcgi_pair(params + n, "HTTP_HOST", "localhost");
    n += fcgi_pair(params + n, "HTTP_X_ORIGINAL_METHOD", "GET");
    n += fcgi_pair(params + n, "HTTP_X_ORIGINAL_URI", "/v1/models");
    n += fcgi_pair(params + n, "HTTP_AUTHORIZATION", authorization);
    at = fcgi_record(to, FCGI_PARAMS, params, n);
    at += fcgi_record(to + at, FCGI_PARAMS, "", 0);
    return at + fcgi_record(to + at, FCGI_STDIN, "", 0);
}

static bool
say(int fd, const unsigned char *p, size_t n)
{
    return send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
}

int
main(int argc, char **argv)
{
    unsigned char begin[16], end[4096];
    char text[65536];
    if (argc != 3 || strlen(argv[2]) > 1000)
        return 2;
    size_t n = fcgi_record(begin, FCGI_BEGIN, responder, sizeof responder);
    size_t m = rest(end, argv[2]);
    int first = fcgi_connect(argv[1]), second;
    if (first < 0 || !say(first, begin, n))
        return 1;
    second = fcgi_connect(argv[1]);
    if (second < 0 || !say(second, begin, n) || !say(second, end, m))
        return 1;
    printf("%d\n", fcgi_answer(second, text, sizeof text));
    close(second);
    if (!say(first, end, m))
        return 1;
    printf("%d\n", fcgi_answer(first, text, sizeof text));
    close(first);
    return 0;
}
