/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "app/print_config.h"

#include <stdio.h>
#include <unistd.h>

int
cli_print_config(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    char program[4096];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    struct site site = {
        .upstream = words->upstream,
        .certificate = words->certificate,
        .certificate_key = words->certificate_key,
    };
    const char *address = w->app->config->public_url;
    struct buf out;
    if ((site.certificate || site.certificate_key) &&
        !str_starts(str_cstr(address), STR("https://"))) {
        fprintf(stderr, "keylodge: public_url is %s, which needs no "
                        "certificate and has no TLS. Begin it with https://, "
                        "reload, and ask again.\n", address);
        return EXIT_WORDS;
    }
    if (n > 0 && (size_t)n < sizeof program - 1) {
        program[n] = '\0';
        site.program = program;
    }
    buf_init(&out, cx->arena, BUF_MAX_PAGE);
    if (print_config(cx->arena, words->rest, w->app->config, &site, &out,
            &cx->err))
        return cli_fail(&cx->err);
    printf("%.*s", STR_ARG(buf_view(&out)));
    return EXIT_DONE;
}
