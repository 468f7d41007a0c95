/* SPDX-License-Identifier: ISC */
/*
 * held -- calls at the gate that are reserved, until there is no gate, for
 * tests.
 *
 *   held SOCKET AUTHORIZATION MODEL
 *     CLIENTS clients ask /gate, one call after the other.  Prints the id of
 *     each reservation that was answered, a line each, at once.  After SIGTERM
 *     each ends with the call that it waits for: one that was slow would find
 *     the next gate, and never end.
 */
#define _DEFAULT_SOURCE
#include "fastcgi.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

enum { CLIENTS = 32, ID = 36 };

static unsigned char request[4096];
static size_t request_n;
static const char *path;
static atomic_bool over;

static void
on_term(int unused)
{
    (void)unused;
    over = true;
}

static void
make_request(const char *authorization, const char *model)
{
    static const unsigned char responder[8] = { 0, 1 };
    unsigned char params[2048];
    size_t n = 0, at;
    n += fcgi_pair(params + n, "REQUEST_METHOD", "GET");
    n += fcgi_pair(params + n, "REQUEST_URI", "/gate");
    n += fcgi_pair(params + n, "REMOTE_ADDR", "127.0.0.1");
    n += fcgi_pair(params + n, "HTTP_HOST", "localhost");
    n += fcgi_pair(params + n, "HTTP_X_ORIGINAL_URI",
        "/protected/v1/chat/completions");
    n += fcgi_pair(params + n, "HTTP_X_MODEL", model);
    n += fcgi_pair(params + n, "HTTP_AUTHORIZATION", authorization);
    at = fcgi_record(request, FCGI_BEGIN, responder, sizeof responder);
    at += fcgi_record(request + at, FCGI_PARAMS, params, n);
    at += fcgi_record(request + at, FCGI_PARAMS, "", 0);
    request_n = at + fcgi_record(request + at, FCGI_STDIN, "", 0);
}

/* The id that an answer names; NULL: none. */
static const char *
id_of(char *text)
{
    static const char name[] = "x-inference-id: ";
    char *at = strstr(text, name);
    if (!at || strlen(at += sizeof name - 1) < ID)
        return NULL;
    at[ID] = '\0';
    return at;
}

static void *
client(void *unused)
{
    char text[8192];
    (void)unused;
    while (!over) {
        const char *id;
        int status = 0, fd = fcgi_connect(path);
        if (fd < 0)
            return NULL;
        if (send(fd, request, request_n, MSG_NOSIGNAL) == (ssize_t)request_n)
            status = fcgi_answer(fd, text, sizeof text);
        close(fd);
        if (status == 0)
            return NULL;
        id = id_of(text);
        if (status != 204 || !id)
            printf("status %d\n", status);
        else
            puts(id); /* one line, whole: stdio locks */
    }
    return NULL;
}

int
main(int argc, char **argv)
{
    pthread_t threads[CLIENTS];
    if (argc != 4 || strlen(argv[2]) + strlen(argv[3]) > 1000)
        return 2;
    path = argv[1];
    make_request(argv[2], argv[3]);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    signal(SIGTERM, on_term);
    for (int i = 0; i < CLIENTS; i++)
        if (pthread_create(&threads[i], NULL, client, NULL))
            return 1;
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
