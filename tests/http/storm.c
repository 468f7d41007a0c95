/* SPDX-License-Identifier: ISC */
/*
 * storm -- a server under load and kills, for tests (SECURITY.md T06).
 *
 *   storm kill PROGRAM CONFIG ROUNDS LONGEST_MS PAUSE_MS
 *     Starts `PROGRAM --config CONFIG serve` as a process group of its own and
 *     kills it -9 after 5..LONGEST_MS ms, ROUNDS times, while CLIENTS clients
 *     make and revoke keys, report usage, and change roles.  Each waits
 *     PAUSE_MS on average between two requests, but not in the last 100 ms
 *     before a kill.  Prints TAP.
 *   storm load FILE
 *     The same clients on a server that runs, until the input ends.  Of each
 *     change that was answered FILE gets a line, "made KEY" or "revoked KEY".
 *     Prints how many requests were answered, and how many failed.
 *   storm look FILE
 *     Asks the gate for each line of FILE, "KEY STATUS", whether it answers with
 *     this status to the key.  Prints how often it did, and how often not.
 *
 * Speaks FastCGI to console.sock in the current folder, where keylodge.db is,
 * too.  Environment: MANAGER, a management key; COUNTED, the prefix of the key
 * that is reported on; for `kill` SESSION, the cookie of an owner who signed in
 * just now, CSRF, a token of that session's pages, and MEMBERS, the uuids of
 * two members of the workspace "acme".  KEYLODGE_SEED.
 */
#define _DEFAULT_SOURCE
#include "fastcgi.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS = 64, ROLES = 2, MAKERS = 26, ANSWER_MOST = 65536,
    KEY_BYTES = 52, PREFIX = 8, SAMPLE = 20 };

enum kind { MADE, ENDING, ENDED };

struct known_key {
    char text[KEY_BYTES];
    enum kind kind;
};

struct client {
    pthread_t thread;
    int number;
    unsigned seed;
    struct known_key *key;  /* of a maker: in the order of their making */
    int tries;              /* to make one: names are unique */
    int keys, room, oldest; /* before `oldest`: all revoked, or passed over */
    int looked, looked_oldest; /* the same, when the keys were looked at */
    int reports;            /* answered: numbers up to here */
    const char *member;
    int changes;            /* of its role */
    bool admin, admin_asked;
};

static struct client clients[CLIENTS];
static const char *manager, *counted, *session, *token;
static atomic_bool go, hot, over;
static atomic_int at_work;
static atomic_long answered, failed;
static int pause_ms;
static FILE *list; /* of `load` */

/* ---- one request ---- */

struct answer {
    int status; /* 0: none, or not all of it */
    char text[ANSWER_MOST];
};

static size_t
request(unsigned char *to, const char *method, const char *path,
    const char *authorization, const char *type, const char *body)
{
    unsigned char params[4096];
    static const unsigned char begin[8] = { 0, 1 };
    char size[24];
    size_t n = 0, at = 0;
    (void)snprintf(size, sizeof size, "%zu", strlen(body));
    n += fcgi_pair(params + n, "REQUEST_METHOD", method);
    n += fcgi_pair(params + n, "REQUEST_URI", path);
    n += fcgi_pair(params + n, "REMOTE_ADDR", "127.0.0.1");
    n += fcgi_pair(params + n, "HTTP_HOST", "localhost");
    n += fcgi_pair(params + n, "HTTP_X_ORIGINAL_METHOD", "GET");
    n += fcgi_pair(params + n, "HTTP_X_ORIGINAL_URI", "/v1/models");
    n += fcgi_pair(params + n, "CONTENT_TYPE", type);
    n += fcgi_pair(params + n, "CONTENT_LENGTH", size);
    if (authorization) {
        n += fcgi_pair(params + n, "HTTP_AUTHORIZATION", authorization);
    } else if (session) {
        n += fcgi_pair(params + n, "HTTP_COOKIE", session);
        n += fcgi_pair(params + n, "HTTP_SEC_FETCH_SITE", "same-origin");
    }
    at += fcgi_record(to + at, FCGI_BEGIN, begin, sizeof begin);
    at += fcgi_record(to + at, FCGI_PARAMS, params, n);
    at += fcgi_record(to + at, FCGI_PARAMS, "", 0);
    if (*body)
        at += fcgi_record(to + at, FCGI_STDIN, body, strlen(body));
    return at + fcgi_record(to + at, FCGI_STDIN, "", 0);
}

static int
ask(struct answer *a, const char *method, const char *path,
    const char *authorization, const char *type, const char *body)
{
    unsigned char out[16384];
    size_t n = request(out, method, path, authorization, type, body);
    int fd = fcgi_connect("console.sock");
    a->status = 0;
    if (fd >= 0 && send(fd, out, n, MSG_NOSIGNAL) == (ssize_t)n)
        a->status = fcgi_answer(fd, a->text, sizeof a->text);
    if (fd >= 0)
        close(fd);
    return a->status;
}

__attribute__((format(printf, 5, 6))) static int
ask_json(struct answer *a, const char *method, const char *path,
    const char *key, const char *format, ...)
{
    char authorization[80], body[600];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(body, sizeof body, format, args);
    va_end(args);
    (void)snprintf(authorization, sizeof authorization, "Bearer %s", key);
    return ask(a, method, path, authorization, "application/json", body);
}

/* ---- what clients do; true: it was answered as done ---- */

static bool
make(struct client *c, struct answer *a)
{
    if (ask_json(a, "POST", "/v1/keys", manager, "{\"name\":\"s%d-%d\"}",
            c->number, c->tries++) != 200)
        return false;
    const char *at = strstr(a->text, "_krs_");
    if (!at || at - a->text < PREFIX)
        return false;
    if (c->keys == c->room) {
        c->room = c->room ? 2 * c->room : 256;
        c->key = realloc(c->key, (size_t)c->room * sizeof *c->key);
        if (!c->key)
            abort();
    }
    struct known_key *k = &c->key[c->keys];
    memcpy(k->text, at - PREFIX, KEY_BYTES - 1);
    k->text[KEY_BYTES - 1] = '\0';
    k->kind = MADE;
    c->keys++;
    if (list)
        fprintf(list, "made %s\n", k->text);
    return true;
}

/* The oldest that lives; some stay alive for ever. */
static bool
end(struct client *c, struct answer *a)
{
    char path[64];
    struct known_key *k = &c->key[c->oldest];
    bool again = k->kind == ENDING;
    k->kind = ENDING;
    (void)snprintf(path, sizeof path, "/v1/keys/%.*s", PREFIX, k->text);
    int status = ask_json(a, "DELETE", path, manager, "%s", "");
    if (status == 200 || (again && status)) /* it was done, and not answered */
        c->oldest += 2;
    if (status != 200)
        return false;
    k->kind = ENDED;
    if (list)
        fprintf(list, "revoked %s\n", k->text);
    return true;
}

static bool
report(struct client *c, struct answer *a)
{
    if (ask_json(a, "POST", "/v1/usage", manager, "{\"reports\":[{\"id\":"
            "\"s%d-%08d\",\"key\":\"%s\",\"model\":\"a/big\","
            "\"input_tokens\":3,\"output_tokens\":4}]}", c->number,
            c->reports + 1, counted) != 200)
        return false;
    c->reports++;
    return true;
}

static bool
change_role(struct client *c, struct answer *a)
{
    char path[120], body[300];
    c->admin_asked = !c->admin;
    (void)snprintf(path, sizeof path, "/w/acme/members/%s/role", c->member);
    (void)snprintf(body, sizeof body, "role=%s&csrf=%s",
        c->admin_asked ? "admin" : "member", token);
    if (ask(a, "POST", path, NULL, "application/x-www-form-urlencoded",
            body) != 303 || strstr(a->text, "/confirm"))
        return false;
    c->admin = c->admin_asked;
    c->changes++;
    return true;
}

static void
sleep_ms(double ms)
{
    struct timespec t = { (time_t)(ms / 1000),
        (long)(ms * 1e6) % 1000000000 };
    (void)nanosleep(&t, NULL);
}

static bool
act(struct client *c, struct answer *a)
{
    if (c->number < ROLES && c->member)
        return change_role(c, a);
    if (c->number < ROLES + MAKERS)
        return c->oldest < c->keys - 10 ? end(c, a) : make(c, a);
    return report(c, a);
}

static void *
run(void *arg)
{
    struct client *c = arg;
    struct answer *a = malloc(sizeof *a);
    while (a && !atomic_load(&over)) {
        if (!atomic_load(&go)) {
            sleep_ms(1);
            continue;
        }
        /* counted first: whoever stops us waits until we are out again */
        atomic_fetch_add(&at_work, 1);
        if (atomic_load(&go))
            atomic_fetch_add(act(c, a) ? &answered : &failed, 1);
        atomic_fetch_sub(&at_work, 1);
        int wait = pause_ms ? rand_r(&c->seed) % (2 * pause_ms) : 0;
        while (wait-- > 0 && !atomic_load(&hot) && atomic_load(&go))
            sleep_ms(1);
    }
    free(a);
    return NULL;
}

static void
begin(unsigned seed)
{
    for (int i = 0; i < CLIENTS; i++) {
        clients[i].number = i;
        clients[i].seed = seed + (unsigned)i;
        if (pthread_create(&clients[i].thread, NULL, run, &clients[i]))
            abort();
    }
}

static void
finish(void)
{
    atomic_store(&over, true);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i].thread, NULL);
}

/* ---- looking ---- */

static int n_tests;

static void
is(const char *what, long got, long wanted)
{
    n_tests++;
    printf("%sok - %s\n", got == wanted ? "" : "not ", what);
    if (got != wanted)
        printf("# got %ld, wanted %ld\n", got, wanted);
    fflush(stdout);
}

static sqlite3 *
database(void)
{
    sqlite3 *sql;
    if (sqlite3_open_v2("keylodge.db", &sql, SQLITE_OPEN_READONLY, NULL))
        abort();
    sqlite3_busy_timeout(sql, 5000);
    return sql;
}

static long
one(sqlite3 *sql, const char *text, const char *value)
{
    sqlite3_stmt *q;
    if (sqlite3_prepare_v2(sql, text, -1, &q, NULL)) {
        fprintf(stderr, "%s: %s\n", text, sqlite3_errmsg(sql));
        abort();
    }
    sqlite3_bind_text(q, 1, value, -1, SQLITE_STATIC);
    long n = sqlite3_step(q) == SQLITE_ROW ? (long)sqlite3_column_int64(q, 0)
                                           : -1;
    sqlite3_finalize(q);
    return n;
}

/* -1: not there; 0: alive; 1: revoked */
static long
state_of(sqlite3 *sql, const struct known_key *k)
{
    char prefix[PREFIX + 1];
    (void)snprintf(prefix, sizeof prefix, "%.*s", PREFIX, k->text);
    return one(sql, "SELECT revoked_s IS NOT NULL FROM api_key "
        "WHERE prefix = ?", prefix);
}

static long
wrong(sqlite3 *sql, const struct known_key *k)
{
    long state = state_of(sql, k);
    return state < 0 || (k->kind == ENDED && state != 1) ||
        (k->kind == MADE && state != 0);
}

/* What was answered and is not there: of all, or since the last look. */
static long
lost(sqlite3 *sql, bool all)
{
    long n = 0;
    for (int i = 0; i < CLIENTS; i++) {
        struct client *c = &clients[i];
        for (int k = all ? 0 : c->looked_oldest; k < c->oldest; k++)
            n += wrong(sql, &c->key[k]);
        for (int k = all ? c->oldest : c->looked; k < c->keys; k++)
            n += wrong(sql, &c->key[k]);
        c->looked = c->keys;
        c->looked_oldest = c->oldest;
    }
    return n;
}

static long
lost_others(sqlite3 *sql)
{
    long n = 0;
    for (int i = 0; i < CLIENTS; i++) {
        const struct client *c = &clients[i];
        char text[200];
        (void)snprintf(text, sizeof text, "SELECT count(*) FROM usage_event "
            "WHERE key_id = (SELECT id FROM api_key WHERE prefix = ?) AND "
            "event_id BETWEEN 's%d-00000001' AND 's%d-%08d'", i, i,
            c->reports);
        if (c->reports)
            n += c->reports - one(sql, text, counted);
        if (!c->member)
            continue;
        bool admin = one(sql, "SELECT count(*) FROM member m JOIN user u "
            "ON u.id = m.user_id WHERE u.uuid = ? AND m.role = 'admin'",
            c->member);
        n += admin != c->admin && admin != c->admin_asked;
    }
    return n;
}

/* The fewest that any client did of what it is there for. */
static long
least(void)
{
    long n = LONG_MAX;
    for (int i = 0; i < CLIENTS; i++) {
        const struct client *c = &clients[i];
        int did = c->member ? c->changes
            : i < ROLES + MAKERS ? c->oldest
                                 : c->reports;
        n = did < n ? did : n;
    }
    return n;
}

/* Asks the gate for keys that were revoked last, or for any. */
static long
passing(struct answer *a, unsigned *seed, int most)
{
    long n = 0;
    for (int i = 0; i < most; i++) {
        const struct client *c =
            &clients[ROLES + rand_r(seed) % MAKERS];
        if (c->oldest < 2)
            continue;
        int at = i % 2 ? c->oldest - 2
                       : (int)((unsigned)rand_r(seed) %
                             (unsigned)(c->oldest / 2)) * 2;
        if (c->key[at].kind != ENDED)
            continue;
        int status = ask_json(a, "GET", "/v1/key", c->key[at].text, "%s", "");
        n += status != 401;
    }
    return n;
}

/* ---- kills ---- */

/* Ends that nobody asked for: by the filter of calls, say. */
static long strange;

static int64_t
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static pid_t
start(const char *program, const char *config)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)setpgid(0, 0);
        int log = open("storm.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(log, STDERR_FILENO);
        dup2(log, STDOUT_FILENO);
        execl(program, program, "--config", config, "serve", (char *)NULL);
        _exit(127);
    }
    (void)setpgid(pid, pid);
    return pid;
}

/* Milliseconds until it answers; -1: it does not. */
static int64_t
ready(struct answer *a, int64_t since)
{
    while (ask(a, "GET", "/readyz", NULL, "", "") != 200) {
        if (now_ms() - since > 120000)
            return -1;
        sleep_ms(2);
    }
    return now_ms() - since;
}

/* 5..longest ms, more often a short while than a long one. */
static double
moment(unsigned *seed, double longest)
{
    double part = (double)rand_r(seed) / RAND_MAX;
    return 5 + part * part * (longest - 5);
}

/* The clients at full speed for the last of it, then the kill. */
static void
kill_after(pid_t server, double ms)
{
    int status;
    atomic_store(&hot, ms <= 100);
    atomic_store(&go, true);
    if (ms > 100) {
        sleep_ms(ms - 100);
        atomic_store(&hot, true);
        ms = 100;
    }
    sleep_ms(ms);
    (void)kill(-server, SIGKILL);
    atomic_store(&go, false);
    (void)waitpid(server, &status, 0);
    strange += !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL;
    while (atomic_load(&at_work))
        sleep_ms(1);
}

static int
compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static bool
whole(sqlite3 *sql)
{
    return one(sql, "SELECT count(*) FROM pragma_integrity_check "
        "WHERE integrity_check = ?", "ok") == 1;
}

static int
kills(const char *program, const char *config, int rounds, double longest)
{
    struct answer *a = malloc(sizeof *a);
    int64_t *took = calloc((size_t)rounds, sizeof *took);
    const char *given = getenv("KEYLODGE_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10)
                          : (unsigned)getpid();
    long gone = 0, pass = 0, damaged = 0, never = 0;
    printf("# KEYLODGE_SEED=%u\n", seed);
    if (!a || !took)
        return 1;
    begin(seed);
    for (int i = 0; i < rounds; i++) {
        int64_t at = now_ms();
        pid_t server = start(program, config);
        took[i] = ready(a, at);
        never += took[i] < 0;
        sqlite3 *sql = database();
        gone += lost(sql, false);
        pass += passing(a, &seed, SAMPLE);
        if (i % 50 == 49)
            damaged += !whole(sql);
        sqlite3_close(sql);
        kill_after(server, moment(&seed, longest));
    }
    finish();
    pid_t server = start(program, config);
    (void)ready(a, now_ms());
    sqlite3 *sql = database();
    qsort(took, (size_t)rounds, sizeof *took, compare);
    printf("# %d kills, %ld requests answered, %ld without an answer; ready "
        "after %d ms, at most %d ms\n", rounds, atomic_load(&answered),
        atomic_load(&failed), (int)took[rounds / 2], (int)took[rounds - 1]);
    is("every client had its way", least() > 0, 1);
    is("the server came back each time", never, 0);
    if (getenv("KEYLODGE_LONG")) /* on a machine that does nothing else */
        is("within a second, mostly", took[rounds * 9 / 10] > 1000, 0);
    is("every key that was made or revoked is so, after each kill", gone, 0);
    is("and at the end", lost(sql, true), 0);
    is("every report and role, too", lost_others(sql), 0);
    is("no revoked key passes", pass + passing(a, &seed, 2000), 0);
    is("keys and the log of their making agree", one(sql, "SELECT (SELECT "
        "count(*) FROM api_key) - (SELECT count(*) FROM audit WHERE action = "
        "'key.create')", ""), 0);
    is("and of their end", one(sql, "SELECT (SELECT count(*) FROM api_key "
        "WHERE revoked_s IS NOT NULL) - (SELECT count(*) FROM audit WHERE "
        "action = 'key.revoke')", ""), 0);
    is("a report counts once", one(sql, "SELECT (SELECT spent_micro FROM "
        "key_spend WHERE key_id = k.id) - 7 * (SELECT count(*) FROM "
        "usage_event WHERE key_id = k.id) FROM api_key k WHERE prefix = ?",
        counted), 0);
    is("the database is whole", damaged + !whole(sql), 0);
    sqlite3_close(sql);
    int status;
    (void)kill(-server, SIGTERM);
    (void)waitpid(server, &status, 0);
    strange += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    is("the server ended as it was told, each time", strange, 0);
    free(took);
    free(a);
    return 0;
}

static int
load(const char *file)
{
    char byte;
    list = fopen(file, "ae");
    if (!list)
        return 1;
    setvbuf(list, NULL, _IOLBF, 0);
    begin((unsigned)getpid());
    atomic_store(&hot, true);
    atomic_store(&go, true);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    finish();
    printf("%ld answered, %ld failed\n", atomic_load(&answered),
        atomic_load(&failed));
    return 0;
}

static int
look(const char *file)
{
    struct answer *a = malloc(sizeof *a);
    FILE *in = fopen(file, "re");
    char line[120];
    long right = 0, others = 0;
    if (!a || !in)
        return 1;
    while (fgets(line, sizeof line, in)) {
        char *status = strchr(line, ' ');
        if (!status)
            return 2;
        *status++ = '\0';
        bool ok = ask_json(a, "GET", "/gate", line, "%s", "") ==
            (int)strtol(status, NULL, 10);
        right += ok;
        others += !ok;
    }
    fclose(in);
    free(a);
    printf("%ld right, %ld wrong\n", right, others);
    return 0;
}

int
main(int argc, char **argv)
{
    manager = getenv("MANAGER");
    counted = getenv("COUNTED");
    session = getenv("SESSION");
    token = getenv("CSRF");
    if (argc == 3 && strcmp(argv[1], "look") == 0)
        return look(argv[2]);
    if (!manager || !counted)
        return 2;
    if (argc == 3 && strcmp(argv[1], "load") == 0)
        return load(argv[2]);
    char *members = getenv("MEMBERS");
    if (argc != 7 || strcmp(argv[1], "kill") != 0 || !members || !session ||
        !token)
        return 2;
    char *rest;
    for (int i = 0; i < ROLES; i++)
        clients[i].member = strtok_r(i ? NULL : members, " ", &rest);
    pause_ms = (int)strtol(argv[6], NULL, 10);
    return kills(argv[2], argv[3], (int)strtol(argv[4], NULL, 10),
        strtod(argv[5], NULL));
}
