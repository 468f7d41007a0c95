/* SPDX-License-Identifier: ISC */
/*
 * upstream [PORT] -- for tests: plain HTTP/1.1 on a port of loopback, which it
 * prints; without PORT one that is free.
 * Answers with the request line and headers it got, and how many bytes of body
 * ("Body: N"); /protected/stream comes in five pieces, each after somebody asked
 * for /protected/more, and breaks off when nobody does.
 * Ends with its standard input.
 */
#define _GNU_SOURCE /* memmem, strcasestr */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MOST = 64 * 1024, PIECES = 5, PATIENCE_MS = 30000 };

/* A byte for each time that more of the stream was asked for. */
static int more_from, more_to;

static void
put(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t took = write(fd, p, n);
        if (took <= 0)
            _exit(0);
        p += took;
        n -= (size_t)took;
    }
}

/* Header lines until the empty one; `more` is what was read past it. */
static size_t
read_head(int fd, char *head, size_t *more)
{
    size_t n = 0;
    for (;;) {
        char *end = n ? memmem(head, n, "\r\n\r\n", 4) : NULL;
        if (end) {
            size_t length = (size_t)(end - head) + 4;
            *more = n - length;
            return length;
        }
        ssize_t got = read(fd, head + n, HEAD_MOST - 1 - n);
        if (got <= 0)
            _exit(0);
        n += (size_t)got;
    }
}

static long
body_length(const char *head)
{
    const char *at = strcasestr(head, "\r\ncontent-length:");
    return at ? strtol(at + sizeof "\r\ncontent-length:" - 1, NULL, 10) : 0;
}

static void
stream(int fd)
{
    char piece[64];
    const char *head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                       "Transfer-Encoding: chunked\r\n"
                       "Connection: close\r\n\r\n";
    put(fd, head, strlen(head));
    for (int i = 1; i <= PIECES; i++) {
        int n = snprintf(piece, sizeof piece, "8\r\npiece %d\n\r\n", i);
        put(fd, piece, (size_t)n);
        struct pollfd p = { .fd = more_from, .events = POLLIN };
        if (poll(&p, 1, PATIENCE_MS) != 1 || read(more_from, piece, 1) != 1)
            _exit(0);
    }
    put(fd, "0\r\n\r\n", 5);
}

static void
serve(int fd)
{
    static char head[HEAD_MOST], rest[64 * 1024], answer[HEAD_MOST + 512];
    size_t have = 0, n = read_head(fd, head, &have);
    head[n] = '\0';
    long left = body_length(head) - (long)have, body = (long)have;
    while (left > 0) {
        ssize_t got = read(fd, rest, sizeof rest);
        if (got <= 0)
            _exit(0);
        left -= got;
        body += got;
    }
    if (strncmp(head, "GET /protected/stream ", 22) == 0) {
        stream(fd);
        return;
    }
    if (strncmp(head, "GET /protected/more ", 20) == 0)
        put(more_to, ".", 1);
    int length = snprintf(rest, sizeof rest, "Body: %ld\n%s", body, head);
    int all = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\n"
        "Content-Type: text/plain\r\nContent-Length: %d\r\n"
        "Connection: close\r\n\r\n%s", length, rest);
    put(fd, answer, (size_t)all);
}

int
main(int argc, char **argv)
{
    struct sockaddr_in addr = { .sin_family = AF_INET };
    socklen_t size = sizeof addr;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (argc > 1)
        addr.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&addr, size) != 0 ||
        listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&addr, &size) != 0)
        return 1;
    printf("%d\n", ntohs(addr.sin_port));
    fflush(stdout);
    int more[2];
    if (pipe(more) != 0)
        return 1;
    more_from = more[0];
    more_to = more[1];
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        struct pollfd p[2] = { { .fd = listener, .events = POLLIN },
            { .fd = STDIN_FILENO, .events = POLLIN } };
        if (poll(p, 2, -1) > 0 && p[1].revents)
            return 0;
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0 && fork() == 0) {
            serve(fd);
            _exit(0);
        }
        if (fd >= 0)
            close(fd);
    }
}
