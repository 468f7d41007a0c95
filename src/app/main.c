/* SPDX-License-Identifier: ISC */
#include "app/cli.h"

#include "app/cgi.h"
#include "app/cli_help.h"
#include "app/reload.h"
#include "secret/secret.h"

#include <stdio.h>
#include <sys/stat.h>

static void
version(void)
{
    printf("keylodge %s\nschema %d, SQLite %s, libsodium %s\ncompiled by %s\n",
        PACKAGE_VERSION, db_schema_version(), db_engine(), secret_engine(),
        __VERSION__);
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

/* Settings, and then the command, or what was asked for instead. */
static int
with_settings(struct arena *a, const struct globals *g,
    const struct cli_call *call)
{
    struct config config;
    struct err err;
    secret_start();
    err_init(&err, a);
    if (config_load(a, g->config, &config, &err)) {
        fprintf(stderr, "keylodge: %.*s\n", STR_ARG(err.msg));
        return EXIT_SETUP;
    }
    if (g->print_config) {
        config_print(&config, stdout);
        return EXIT_DONE;
    }
    log_setup(config.log_level, config.log_format);
    return g->check_config ? cli_check(&config) : cli_run(&config, call);
}

static int
run(struct arena *a, const struct globals *g, int argc, char **argv)
{
    char *alone[] = { argc < 1 ? started_by_server() : NULL, NULL };
    struct cli_call call;
    int code;
    if (g->check_config || g->print_config)
        return with_settings(a, g, NULL);
    if (argc < 1 && !alone[0]) {
        cli_help(stderr);
        return EXIT_WORDS;
    }
    if (!cli_read(a, alone[0] ? 1 : argc, alone[0] ? alone : argv, &call,
            &code) ||
        cli_alone(&call, &code))
        return code;
    return with_settings(a, g, &call);
}

int
main(int argc, char **argv)
{
    struct globals g;
    int used, code = EXIT_DONE;
    cli_hold_standard();
    reload_remember(argv);
    umask(077);
    /* of a query without '=', web servers make words (RFC 3875, 4.4): they are
     * the client's, and no command of ours */
    if (cgi_asked())
        argc = 1;
    if (!cli_read_globals(argc - 1, argv + 1, &g, &used))
        return EXIT_WORDS;
    if (g.help) {
        cli_help(stdout);
    } else if (g.version) {
        version();
    } else {
        struct arena *a = arena_new(64 * 1024);
        code = run(a, &g, argc - 1 - used, argv + 1 + used);
        arena_free(a);
    }
    return cli_close_out(code);
}
