/* SPDX-License-Identifier: ISC */
/*
 * sink smtp|http FOLDER -- a mail server, or a receiver of events, for tests.
 *
 * Listens on a port of 127.0.0.1, which it prints, until its input ends.  Each
 * connection is a process.  What was taken is FOLDER/NUMBER, where NUMBER is
 * unique: the message as it came, or request line, headers, empty line, body.
 * FOLDER/hits has a byte for each connection.  FOLDER/mode says what is done:
 *   ok       take it
 *   slow N   take it, N milliseconds before the answer
 *   late     take it, and close without an answer
 *   drop     close without taking it
 *   550, 451 smtp: refuse the recipient
 *   CODE [LOCATION]   http: answer with this status
 *   flood    http: answer without an end
 *   hang     no answer for 20 seconds
 */
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { BODY_MOST = 1 << 20, LINE_MOST = 4096 };

static const char *folder;
static char mode[200] = "ok";
static char body[BODY_MOST];
static size_t n_body;

static void
read_mode(void)
{
    char path[600];
    snprintf(path, sizeof path, "%s/mode", folder);
    FILE *f = fopen(path, "r");
    if (f) {
        if (fgets(mode, sizeof mode, f))
            mode[strcspn(mode, "\n")] = '\0';
        fclose(f);
    }
}

static void
hit(void)
{
    char path[600];
    snprintf(path, sizeof path, "%s/hits", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd >= 0 && write(fd, ".", 1) == 1)
        close(fd);
}

static void
keep(void)
{
    char part[600], name[600];
    struct timeval now;
    gettimeofday(&now, NULL);
    snprintf(part, sizeof part, "%s/.%d", folder, (int)getpid());
    snprintf(name, sizeof name, "%s/%ld%06ld-%d", folder, (long)now.tv_sec,
        (long)now.tv_usec, (int)getpid());
    FILE *f = fopen(part, "w");
    if (!f || fwrite(body, 1, n_body, f) != n_body || fclose(f) != 0 ||
        rename(part, name) != 0)
        _exit(1);
}

static void
add(const char *p, size_t n)
{
    if (n_body + n > sizeof body)
        _exit(1);
    memcpy(body + n_body, p, n);
    n_body += n;
}

static void
pause_ms(int ms)
{
    (void)poll(NULL, 0, ms);
}

static void
say(FILE *f, const char *text)
{
    fputs(text, f);
    fflush(f);
}

/* What every mode means once all has been read; true: answer. */
static int
taken(void)
{
    if (strcmp(mode, "drop") == 0)
        return 0;
    if (strcmp(mode, "hang") == 0) {
        pause_ms(20000);
        return 0;
    }
    keep();
    if (strncmp(mode, "slow ", 5) == 0)
        pause_ms(atoi(mode + 5));
    return strcmp(mode, "late") != 0;
}

static void
smtp(FILE *f)
{
    char line[LINE_MOST];
    say(f, "220 sink\r\n");
    while (fgets(line, sizeof line, f)) {
        if (strncasecmp(line, "EHLO", 4) == 0) {
            say(f, "250 sink\r\n");
        } else if (strncasecmp(line, "RCPT", 4) == 0 && mode[0] == '5') {
            say(f, "550 no such mailbox\r\n");
        } else if (strncasecmp(line, "RCPT", 4) == 0 && mode[0] == '4') {
            say(f, "451 later\r\n");
        } else if (strncasecmp(line, "DATA", 4) == 0) {
            say(f, "354 go on\r\n");
            char *more;
            while ((more = fgets(line, sizeof line, f)) != NULL &&
                strcmp(line, ".\r\n") != 0)
                add(line + (line[0] == '.'), strlen(line + (line[0] == '.')));
            /* half a message is none */
            if (!more || !taken())
                return;
            say(f, "250 taken\r\n");
        } else if (strncasecmp(line, "QUIT", 4) == 0) {
            say(f, "221 bye\r\n");
            return;
        } else {
            say(f, "250 ok\r\n");
        }
    }
}

static void
http(FILE *f)
{
    char line[LINE_MOST], answer[LINE_MOST];
    long length = 0;
    char *more;
    while ((more = fgets(line, sizeof line, f)) != NULL &&
        strcmp(line, "\r\n") != 0) {
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            length = atol(line + 15);
        add(line, strlen(line));
    }
    if (!more)
        return;
    add("\r\n", 2);
    for (long i = 0; i < length; i++) {
        int c = getc(f);
        char byte = (char)c;
        if (c == EOF)
            return;
        add(&byte, 1);
    }
    if (!taken())
        return;
    if (strcmp(mode, "flood") == 0) {
        say(f, "HTTP/1.1 200 OK\r\n\r\n");
        for (int i = 0; i < 100000 && !ferror(f); i++)
            fputs("all work and no play makes a long answer ", f);
        return;
    }
    int code = atoi(mode);
    char *to = strchr(mode, ' ');
    if (code >= 300 && code <= 399 && to)
        snprintf(answer, sizeof answer, "HTTP/1.1 %d no\r\nLocation: %s\r\n"
            "Content-Length: 0\r\n\r\n", code, to + 1);
    else
        snprintf(answer, sizeof answer,
            "HTTP/1.1 %d no\r\nContent-Length: 2\r\n\r\nok",
            code >= 100 ? code : 200);
    say(f, answer);
}

static void
serve(int fd, int is_smtp)
{
    FILE *f = fdopen(fd, "r+");
    if (!f)
        _exit(1);
    hit();
    read_mode();
    if (is_smtp)
        smtp(f);
    else
        http(f);
    fclose(f);
    _exit(0);
}

int
main(int argc, char **argv)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t n = sizeof at;
    if (argc != 3)
        return 2;
    folder = argv[2];
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(fd, 64) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &n) != 0) {
        perror("sink");
        return 1;
    }
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    fclose(stdout);
    struct pollfd p[] = { { .fd = fd, .events = POLLIN },
        { .fd = 0, .events = POLLIN } };
    for (;;) {
        if (poll(p, 2, -1) < 0 && errno == EINTR)
            continue;
        if (p[1].revents)
            return 0;
        int one = accept(fd, NULL, NULL);
        if (one >= 0 && fork() == 0) {
            close(fd);
            serve(one, strcmp(argv[1], "smtp") == 0);
        }
        if (one >= 0)
            close(one);
    }
}
