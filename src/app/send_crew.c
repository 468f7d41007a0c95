/* SPDX-License-Identifier: ISC */
#include "app/send_crew.h"

#include "app/carry.h"
#include "app/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

void
crew_begin(struct crew *c, const struct config *config, int lock)
{
    *c = (struct crew){ .config = config, .lock = lock };
    if (config_mails(config))
        c->items[c->n++] = (struct carrier){ .way = OUTBOX_MAIL, .fd = -1 };
    for (int i = 0; i < CREW_HOOKS; i++)
        c->items[c->n++] = (struct carrier){ .way = OUTBOX_HOOK, .fd = -1 };
}

static const char *
way_name(const struct config *c, enum outbox_way way)
{
    if (way == OUTBOX_HOOK)
        return CARRY_HOOK;
    return c->mail_command ? CARRY_COMMAND
        : c->mail_dir      ? CARRY_DIR
                           : CARRY_SMTP;
}

/* Beside this program as it is built, in the tree that was installed (maybe
 * somewhere else than configured), or where it belongs. */
static const char *
program(struct arena *a)
{
    static const char *const places[] = { "", "../libexec/keylodge/" };
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);
    while (n > 0 && self[n - 1] != '/')
        n--;
    for (size_t i = 0; n > 0 && i < COUNT_OF(places); i++) {
        const char *path = arena_cstr(a, arena_fmt(a,
            "%.*s%skeylodge-carrier", (int)n, self, places[i]));
        if (access(path, X_OK) == 0)
            return path;
    }
    return KEYLODGE_LIBEXECDIR "/keylodge-carrier";
}

/* The copies that file actions make stay open over exec; all else is closed by
 * O_CLOEXEC.  Descriptors are moved up first, so that none is overwritten. */
static int
spawn(const char *path, const char *way, int theirs, int lock, pid_t *pid)
{
    static char locale[] = "LC_ALL=C";
    char *const clean[] = { locale, NULL };
    char *words[] = { (char *)(uintptr_t)path, (char *)(uintptr_t)way, NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, usual;
    int high = fcntl(theirs, F_DUPFD_CLOEXEC, 10);
    int high_lock = fcntl(lock, F_DUPFD_CLOEXEC, 10);
    must(high >= 0 && high_lock >= 0);
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGTERM);
    sigaddset(&usual, SIGHUP);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr,
        POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &usual);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, 2, 1);
    posix_spawn_file_actions_adddup2(&files, high, CARRY_FD);
    posix_spawn_file_actions_adddup2(&files, high_lock, CARRY_LOCK_FD);
    int failed = posix_spawn(pid, path, &files, &attr, words, clean);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    close(high);
    close(high_lock);
    return failed;
}

static enum err_code
carrier_start(struct carrier *one, const char *way, int lock, struct err *err)
{
    int ends[2];
    const char *path = program(err->arena);
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    int failed = spawn(path, way, ends[1], lock, &one->pid);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        one->pid = 0;
        return ERR(err, ERR_INVALID, "%s: %s", path, strerror(failed));
    }
    one->fd = ends[0];
    return ERR_OK;
}

enum err_code
crew_ready(struct crew *c, struct carrier *one, struct err *err)
{
    return one->pid ? ERR_OK : carrier_start(one,
        way_name(c->config, one->way), c->lock, err);
}

static void
let_go(struct carrier *one)
{
    if (!one->pid)
        return;
    close(one->fd);
    kill(one->pid, SIGKILL);
    while (waitpid(one->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    one->pid = 0;
    one->fd = -1;
    one->busy = false;
}

bool
crew_put(struct carrier *one, struct arena *a, const struct val *job)
{
    if (!carry_put(one->fd, a, job)) {
        let_go(one);
        return false;
    }
    one->busy = true;
    return true;
}

struct val *
crew_get(struct carrier *one, struct arena *a)
{
    struct val *v = carry_get(one->fd, a);
    one->busy = false;
    if (!v)
        let_go(one);
    return v;
}

void
crew_end(struct crew *c)
{
    for (size_t i = 0; i < c->n; i++)
        let_go(&c->items[i]);
}

enum err_code
crew_smtp(struct arena *a, const struct config *c, struct val *job,
    struct err *err)
{
    enum { PASSWORD_MOST = 1024 };
    struct str password = { NULL, 0 };
    if (c->mail_smtp_password &&
        file_read(a, c->mail_smtp_password, PASSWORD_MOST, &password, err))
        return err->code;
    val_put_cstr(job, "url", c->mail_smtp_url);
    val_put_str(job, "user", str_cstr(c->mail_smtp_user));
    val_put_str(job, "password", str_trim(password));
    return ERR_OK;
}

/* By a carrier of its own, that ends with it. */
static struct val *
ask_once(struct arena *a, const char *way, const struct val *job,
    struct err *err)
{
    struct carrier one = { .fd = -1 };
    struct val *said = NULL;
    /* there is no sender whose lock it could hold */
    int no_lock = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (no_lock >= 0 && carrier_start(&one, way, no_lock, err) == ERR_OK &&
        crew_put(&one, a, job))
        said = crew_get(&one, a);
    let_go(&one);
    if (no_lock >= 0)
        close(no_lock);
    return said;
}

struct val *
crew_look(struct arena *a, const char *url, struct err *err)
{
    struct val *job = val_map(a);
    val_put_cstr(job, "url", url);
    return ask_once(a, CARRY_LOOK, job, err);
}

struct val *
crew_greet(struct arena *a, const struct config *c, struct err *err)
{
    struct val *job = val_map(a);
    return crew_smtp(a, c, job, err) ? NULL
                                     : ask_once(a, CARRY_GREET, job, err);
}
