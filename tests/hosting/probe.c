/* SPDX-License-Identifier: ISC */
/*
 * probe FILE PORT SERVER [NAME=VALUE...] -- sends the requests of FILE (see its
 * head), byte for byte, to a web server on a port of loopback, and compares
 * what becomes of each with what FILE says of SERVER.  Prints TAP; exits with 1
 * when FILE cannot be used.
 *
 * What becomes of a request, a word for each answer:
 *   allowed    2xx, by the program or by the upstream behind the gate
 *   NNN        another status, by the program (it has an X-Request-Id)
 *   server NNN a status of the web server's own
 *   closed     no answer but the end of the connection
 * and, what nothing may be: "silent", "nameless" (the upstream is not told
 * whose call it is), "forged" (it is told what the client made up), "key seen"
 * (it sees the key), "allowed as PATH" (it is asked for another path).
 */
#define _GNU_SOURCE /* memmem, strcasestr */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BYTES = 256 * 1024, LINE = 4096, WORDS = 512, PATIENCE_MS = 20000 };

static char **values; /* NAME=VALUE, up to a NULL */
static const char *file_name;
static int line_number;

struct text {
    size_t n;
    char p[BYTES + 1];
};

/* One probe: what is sent, and what ought to come. */
static struct {
    char name[LINE], wanted[WORDS], here[WORDS];
    bool hang_up;
    struct text bytes;
} probe;
static struct text answer;
static int count, failed;

_Noreturn static void
bad(const char *what)
{
    printf("Bail out! %s:%d: %s\n", file_name, line_number, what);
    exit(1);
}

static void
add(struct text *t, const char *p, size_t n)
{
    if (n > BYTES - t->n)
        bad("too long");
    memcpy(t->p + t->n, p, n);
    t->n += n;
    t->p[t->n] = '\0';
}

/* ---- the file ---- */

static const char *
value_of(const char *name, size_t n)
{
    for (char **v = values; *v; v++)
        if (strncmp(*v, name, n) == 0 && (*v)[n] == '=')
            return *v + n + 1;
    bad("a value that was not given");
}

/* "\r", "\n", "\\", "\xFF"; returns what follows. */
static const char *
add_escape(struct text *t, const char *p)
{
    static const char from[] = "rnt\\", to[] = "\r\n\t\\";
    const char *at = *p ? strchr(from, *p) : NULL;
    char hex[3] = { 0 };
    if (at) {
        add(t, &to[at - from], 1);
        return p + 1;
    }
    if (*p != 'x' || !p[1] || !p[2])
        bad("unknown escape");
    memcpy(hex, p + 1, 2);
    char c = (char)strtol(hex, NULL, 16);
    add(t, &c, 1);
    return p + 3;
}

static void add_expanded(struct text *t, const char *p, const char *end,
    int counter);

/* What stands between two '@': "NAME", "#" (the number of the repetition), or
 * "20*text". */
static void
add_marked(struct text *t, const char *p, const char *end, int counter)
{
    char *star;
    long times = strtol(p, &star, 10);
    char number[24];
    if (end - p == 1 && *p == '#') {
        (void)snprintf(number, sizeof number, "%d", counter);
        add(t, number, strlen(number));
    } else if (star > p && *star == '*') {
        for (int i = 1; i <= times; i++)
            add_expanded(t, star + 1, end, i);
    } else {
        const char *value = value_of(p, (size_t)(end - p));
        add(t, value, strlen(value));
    }
}

static void
add_expanded(struct text *t, const char *p, const char *end, int counter)
{
    while (p < end) {
        if (*p == '\\') {
            p = add_escape(t, p + 1);
        } else if (*p == '#' && counter) {
            add_marked(t, p, p + 1, counter);
            p++;
        } else if (*p == '@') {
            const char *close = memchr(p + 1, '@', (size_t)(end - p - 1));
            if (!close)
                bad("one @ without the other");
            add_marked(t, p + 1, close, counter);
            p = close + 1;
        } else {
            add(t, p++, 1);
        }
    }
}

/* Is it something that a server may do where the program would decide
 * otherwise: refuse? */
static bool
is_refusal(const char *words)
{
    if (strcmp(words, "closed") == 0)
        return true;
    if (strncmp(words, "server ", 7) == 0)
        words += 7;
    char *end;
    long status = strtol(words, &end, 10);
    return *end == '\0' && (status >= 400 || status == 303); /* "sign in" */
}

static void
copy(char to[WORDS], const char *from)
{
    if ((size_t)snprintf(to, WORDS, "%s", from) >= WORDS)
        bad("too long");
}

/* Is it meant by a name, or by "apache*"? */
static bool
is_meant(const char *name, const char *server)
{
    size_t n = strcspn(name, "*");
    return name[n] ? strncmp(name, server, n) == 0
        : strcmp(name, server) == 0;
}

/* "but apache-authorizer, nginx: server 400" */
static void
take_but(char *p, const char *server)
{
    char *outcome = strstr(p, ": "), *rest;
    if (!outcome)
        bad("but SERVER...: OUTCOME");
    *outcome = '\0';
    if (!is_refusal(outcome + 2))
        bad("a server that differs may only refuse");
    for (char *s = strtok_r(p, ", ", &rest); s;
        s = strtok_r(NULL, ", ", &rest))
        if (is_meant(s, server))
            copy(probe.here, outcome + 2);
}

/* ---- one request ---- */

static int
connect_to(int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
        bad("cannot reach the web server");
    return fd;
}

static int64_t
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* Sends and reads at once, since a server may answer before it has all; true
 * when the server closed the connection. */
static bool
talk(int port)
{
    int fd = connect_to(port);
    size_t sent = 0;
    bool closed = false, hung_up = false;
    int64_t until = now_ms() + PATIENCE_MS;
    answer.n = 0;
    answer.p[0] = '\0';
    while (!closed && now_ms() < until) {
        bool all = sent == probe.bytes.n;
        if (all && probe.hang_up && !hung_up)
            hung_up = shutdown(fd, SHUT_WR) == 0;
        struct pollfd f = { fd, (short)(all ? POLLIN : POLLIN | POLLOUT), 0 };
        if (poll(&f, 1, 100) <= 0)
            continue;
        if (f.revents & POLLOUT) {
            ssize_t n = send(fd, probe.bytes.p + sent, probe.bytes.n - sent,
                MSG_NOSIGNAL | MSG_DONTWAIT);
            sent = n < 0 ? probe.bytes.n : sent + (size_t)n;
        }
        if (f.revents & (POLLIN | POLLHUP | POLLERR)) {
            char piece[8192];
            ssize_t n = recv(fd, piece, sizeof piece, MSG_DONTWAIT);
            if (n > 0)
                add(&answer, piece, (size_t)n);
            closed = n <= 0;
        }
    }
    close(fd);
    return closed;
}

/* ---- what came ---- */

/* Value of a header in `head`, up to the end of its line; NULL without. */
static const char *
header(const char *head, const char *name)
{
    const char *at = strcasestr(head, name);
    return at ? at + strlen(name) : NULL;
}

/* Length of the chunked body at p, with its end. */
static size_t
chunked(const char *p, const char *end)
{
    const char *at = p;
    for (;;) {
        char *after;
        long n = strtol(at, &after, 16);
        const char *line = strstr(after, "\r\n");
        if (!line || n < 0 || n > end - line - 4)
            return (size_t)(end - p);
        at = line + 2 + n + 2;
        if (n == 0)
            return (size_t)(at - p);
    }
}

/* The path of the first request line, as it was sent or seen. */
static bool
same_path(const char *sent, const char *seen)
{
    size_t n = strcspn(sent, " ") + 1;
    n += strcspn(sent + n, " \r\n");
    return strncmp(sent, seen, n) == 0;
}

/* Does the upstream get, once, the beginning of a key that we gave out? */
static bool
has_name(const char *seen)
{
    const char *whose = header(seen, "\r\nX-Keylodge-Key: ");
    for (char **v = values; whose && *v; v++) {
        size_t n = strcspn(strchr(*v, '=') + 1, "_");
        if (strncmp(*v, "KEY_", 4) == 0 && n &&
            strncmp(whose, strchr(*v, '=') + 1, n) == 0 && whose[n] == '\r')
            return !header(whose, "\r\nX-Keylodge-Key: ");
    }
    return false;
}

/* Does it see the secret part of one? */
static bool
has_key(const char *seen)
{
    for (char **v = values; *v; v++)
        if (strncmp(*v, "KEY_", 4) == 0 && strchr(strchr(*v, '='), '_') &&
            strstr(seen, strchr(strchr(*v, '='), '_')))
            return true;
    return false;
}

/* What the upstream was told ("Body: N" and the head it got). */
static void
judge_upstream(const char *body, char out[WORDS])
{
    const char *seen = strchr(body, '\n') + 1, *path = strchr(seen, ' ') + 1;
    if (strcasestr(body, "forged"))
        copy(out, "forged");
    else if (has_key(body))
        copy(out, "key seen");
    else if (!has_name(body))
        copy(out, "nameless");
    else if (!same_path(probe.bytes.p, seen))
        (void)snprintf(out, WORDS, "allowed as %.*s",
            (int)strcspn(path, " \r\n"), path);
    else
        copy(out, "allowed");
}

/* One answer at p; returns its length. */
static size_t
judge_one(const char *p, const char *end, char out[WORDS])
{
    int status = atoi(p + 9);
    const char *blank = strstr(p, "\r\n\r\n");
    static char head[BYTES + 1];
    if (strncmp(p, "HTTP/1.", 7) != 0 || !blank) {
        copy(out, "no answer of HTTP");
        return (size_t)(end - p);
    }
    const char *body = blank + 4;
    memcpy(head, p, (size_t)(body - p));
    head[body - p] = '\0';
    const char *length = header(head, "\r\nContent-Length: ");
    bool none = status / 100 == 1 || status == 204 || status == 304 ||
        strncmp(probe.bytes.p, "HEAD ", 5) == 0;
    size_t n = none ? 0
        : header(head, "\r\nTransfer-Encoding: chunked") ? chunked(body, end)
        : length ? strtoul(length, NULL, 10)
        : (size_t)(end - body);
    if (n > (size_t)(end - body))
        n = (size_t)(end - body);
    if (status / 100 == 1)
        out[0] = '\0';
    else if (status / 100 == 2 && strstr(body, "Body: ") &&
        !header(head, "\r\nX-Request-Id: "))
        judge_upstream(strstr(body, "Body: "), out);
    else if (!header(head, "\r\nX-Request-Id: "))
        (void)snprintf(out, WORDS, "server %d", status);
    else if (status / 100 == 2)
        copy(out, "allowed");
    else
        (void)snprintf(out, WORDS, "%d", status);
    return (size_t)(body - p) + n;
}

static void
judge(bool closed, char out[WORDS])
{
    char one[WORDS];
    const char *p = answer.p, *end = p + answer.n;
    copy(out, closed ? "closed" : "silent");
    for (bool first = true; p < end;) {
        p += judge_one(p, end, one);
        if (!one[0])
            continue;
        char so_far[WORDS];
        copy(so_far, out);
        (void)snprintf(out, WORDS, "%.200s%s%.200s", first ? "" : so_far,
            first ? "" : " then ", one);
        first = false;
    }
}

static void
tell(const char *server, const char *got)
{
    const char *wanted = probe.here[0] ? probe.here : probe.wanted;
    bool ok = strcmp(got, wanted) == 0;
    count++;
    failed += !ok;
    printf("%s - %s: %s: %s\n", ok ? "ok" : "not ok", server, probe.name, got);
    if (!ok)
        printf("# not %s; %zu bytes came: %.*s\n", wanted, answer.n,
            (int)strcspn(answer.p, "\r\n"), answer.p);
}

static void
run(int port, const char *server)
{
    char got[WORDS];
    if (!probe.name[0])
        return;
    if (!probe.wanted[0] || !probe.bytes.n)
        bad("a probe without request or outcome");
    judge(talk(port), got);
    tell(server, got);
}

static void
take_line(char *p, int port, const char *server)
{
    p[strcspn(p, "\n")] = '\0';
    char *end = p + strlen(p);
    if (strncmp(p, "probe ", 6) == 0) {
        run(port, server);
        copy(probe.name, p + 6);
        probe.wanted[0] = probe.here[0] = '\0';
        probe.hang_up = false;
        probe.bytes.n = 0;
    } else if (strncmp(p, ">> ", 3) == 0) {
        add_expanded(&probe.bytes, p + 3, end, 0);
    } else if (*p == '>') {
        add_expanded(&probe.bytes, p + (p[1] ? 2 : 1), end, 0);
        add(&probe.bytes, "\r\n", 2);
    } else if (strcmp(p, "hang up") == 0) {
        probe.hang_up = true;
    } else if (strncmp(p, "is ", 3) == 0) {
        copy(probe.wanted, p + 3);
    } else if (strncmp(p, "but ", 4) == 0) {
        take_but(p + 4, server);
    } else if (*p && *p != '#') {
        bad("cannot be read");
    }
}

int
main(int argc, char **argv)
{
    static char line[LINE];
    FILE *f = argc > 3 ? fopen(argv[1], "r") : NULL;
    if (!f) {
        fputs("usage: probe FILE PORT SERVER [NAME=VALUE...]\n", stderr);
        return 1;
    }
    file_name = argv[1];
    values = argv + 4;
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, f)) {
        line_number++;
        take_line(line, atoi(argv[2]), argv[3]);
    }
    run(atoi(argv[2]), argv[3]);
    fclose(f);
    if (!count)
        bad("no probe in it");
    return 0;
}
