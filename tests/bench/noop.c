/* SPDX-License-Identifier: ISC */
/*
 * The floor: a threaded FastCGI program that answers 200 bytes and does
 * nothing else.  Listens on descriptor 0, as Keylodge does.
 *   noop THREADS
 */
#include <fcgiapp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char answer[] =
    "Status: 200\r\nContent-Type: text/plain\r\nContent-Length: 200\r\n\r\n";

static void *
serve(void *arg)
{
    FCGX_Request r;
    char body[200];
    (void)arg;
    memset(body, 'x', sizeof body);
    if (FCGX_InitRequest(&r, 0, 0) != 0)
        return NULL;
    while (FCGX_Accept_r(&r) == 0) {
        FCGX_PutStr(answer, (int)sizeof answer - 1, r.out);
        FCGX_PutStr(body, (int)sizeof body, r.out);
        FCGX_Finish_r(&r);
    }
    return NULL;
}

int
main(int argc, char **argv)
{
    int n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 8;
    FCGX_Init();
    for (int i = 1; i < n; i++) {
        pthread_t t;
        if (pthread_create(&t, NULL, serve, NULL) != 0)
            return 1;
    }
    serve(NULL);
    return 0;
}
