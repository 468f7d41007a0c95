/* SPDX-License-Identifier: ISC */
#include "app/reload.h"

#include "app/fcgi.h"
#include "app/file.h"
#include "store/sole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST = 3, ABOVE = 64 }; /* of LISTEN_FDS; out of its way */

static char **started;
static char program[4096];
static const char own_sign[] = "KEYLODGE_SOCKETS";
static const char second_sign[] = "KEYLODGE_RELOADED";

void
reload_remember(char **argv)
{
    started = argv;
    /* the name, now: after an upgrade /proc/self/exe means the old file */
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = '\0';
}

/* The file after --config, as main() reads it. */
static const char *
config_file(void)
{
    static const char name[] = "--config";
    for (char **a = started + 1; *a && **a == '-'; a++) {
        if (strncmp(*a, name, sizeof name - 1) == 0 &&
            (*a)[sizeof name - 1] == '=')
            return *a + sizeof name;
        if (strcmp(*a, name) == 0)
            return a[1];
    }
    return NULL;
}

/* The sandbox of the start holds on: in no other folder may this process, or
 * what it becomes, write, nor read secrets. */
static enum err_code
need_folders(const struct config *now, const struct config *c, struct err *err)
{
    const char *const of[][2] = { { now->db_path, c->db_path },
        { now->master, c->master } };
    char a[FILE_FOLDER_MOST], b[FILE_FOLDER_MOST];
    for (size_t i = 0; i < COUNT_OF(of) && now->sandbox != SANDBOX_OFF; i++)
        if (file_folder(of[i][0], a) && file_folder(of[i][1], b) &&
            strcmp(a, b) != 0)
            return ERR(err, ERR_INVALID, "%s lies in another folder than %s, "
                "and the sandbox keeps this server to those that it began "
                "with. Start it again, or put the file there.", of[i][1],
                of[i][0]);
    return ERR_OK;
}

/* lock: of the only server, NULL for who is none. */
static bool
check(const struct config *now, int *lock)
{
    struct arena *a = arena_new(64 * 1024);
    struct config c;
    struct err err;
    err_init(&err, a);
    bool good = config_load(a, config_file(), &c, &err) == ERR_OK &&
        need_folders(now, &c, &err) == ERR_OK &&
        app_try(&c, &err) == ERR_OK &&
        (!lock || !fcgi_stands_alone(&c) ||
            sole_follow(c.db_path, lock, &err) == ERR_OK);
    if (!good)
        log_note(LOG_ERROR, "reload_refused", arena_cstr(a, err.msg));
    arena_free(a);
    return good;
}

bool
reload_check(struct app *app)
{
    return check(app->config, &app->lock);
}

bool
reload_check_sender(const struct app *app)
{
    return check(app->config, NULL);
}

bool
reload_is_second(void)
{
    return getenv(second_sign) != NULL;
}

bool
reload_is_own(void)
{
    return getenv(own_sign) != NULL;
}

void
reload_exec(int console, int gate, int lock, bool own)
{
    const struct {
        const char *name;
        int fd;
    } given[] = { { "console", console }, { "gate", gate },
        { RELOAD_LOCK, lock } };
    char names[32] = "", n_text[8], pid[24];
    int high[COUNT_OF(given)], n = 0, at = 0;
    for (size_t i = 0; i < COUNT_OF(given); i++) {
        if (given[i].fd <= STDIN_FILENO)
            continue;
        high[n] = fcntl(given[i].fd, F_DUPFD_CLOEXEC, ABOVE);
        if (high[n] < 0)
            return;
        n++;
        at += snprintf(names + at, sizeof names - (size_t)at, "%s%s",
            at ? ":" : "", given[i].name);
    }
    for (int i = 0; i < n; i++)
        if (dup2(high[i], FIRST + i) < 0)
            return;
    (void)snprintf(n_text, sizeof n_text, "%d", n);
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    setenv("LISTEN_FDS", n_text, 1);
    setenv("LISTEN_FDNAMES", names, 1);
    setenv("LISTEN_PID", pid, 1);
    setenv(second_sign, "yes", 1);
    if (own)
        setenv(own_sign, "own", 1);
    execv(program, started);
}
