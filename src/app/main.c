/* SPDX-License-Identifier: ISC */
#include "app/cli.h"

#include "app/cgi.h"
#include "app/reload.h"
#include "secret/secret.h"

#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

enum { EXIT_OK = 0, EXIT_USAGE = 2, EXIT_CONFIG = 78 };

static void
version(void)
{
    printf("keylodge %s\ncompiled by %s\n", PACKAGE_VERSION, __VERSION__);
}

/* The command that a web server means which starts the program without a
 * word: by CGI, or by FastCGI with its socket as standard input. */
static char *
started_by_server(void)
{
    static char cgi[] = "cgi", serve[] = "serve";
    struct stat st;
    if (cgi_asked())
        return cgi;
    return fstat(0, &st) == 0 && S_ISSOCK(st.st_mode) ? serve : NULL;
}

int
main(int argc, char **argv)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "check-config", no_argument, NULL, 'k' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'v' },
        { NULL, 0, NULL, 0 },
    };
    const char *file = NULL;
    bool check = false;
    int opt;
    reload_remember(argv);
    umask(077);
    /* "+": options after the command belong to the command */
    while ((opt = getopt_long(argc, argv, "+c:hv", options, NULL)) != -1) {
        switch (opt) {
        case 'c':
            file = optarg;
            break;
        case 'k':
            check = true;
            break;
        case 'h':
            cli_usage(stdout);
            return EXIT_OK;
        case 'v':
            version();
            return EXIT_OK;
        default:
            return EXIT_USAGE;
        }
    }
    int code = EXIT_CONFIG;
    if (!check && cli_alone(argc - optind, argv + optind, &code))
        return code;
    struct arena *a = arena_new(64 * 1024);
    struct config config;
    struct err err;
    secret_start();
    err_init(&err, a);
    if (config_load(a, file, &config, &err)) {
        fprintf(stderr, "keylodge: %.*s\n", STR_ARG(err.msg));
    } else if (check) {
        printf("%s: ok\n", config.file ? config.file : "built-in settings");
        code = EXIT_OK;
    } else {
        char *alone[] = { started_by_server(), NULL };
        bool words = optind < argc;
        log_setup(config.log_level, config.log_format);
        if (words || alone[0]) {
            code = words ? cli_run(&config, argc - optind, argv + optind)
                         : cli_run(&config, 1, alone);
        } else {
            cli_usage(stderr);
            code = EXIT_USAGE;
        }
    }
    arena_free(a);
    return code;
}
