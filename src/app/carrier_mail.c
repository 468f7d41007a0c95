/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* memfd_create */
#include "app/carrier.h"
#include "app/carry.h"
#include "base/buf.h"
#include "base/clock.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MOST = 32, COMPLAINT_MOST = 300, CONNECT_MS = 10000 };

/* ---- SMTP ---- */

struct upload {
    struct str rest;
};

static size_t
give_bytes(char *p, size_t size, size_t n, void *arg)
{
    struct upload *u = arg;
    struct str part = str_head(u->rest, size * n);
    memcpy(p, part.p, part.n);
    u->rest = str_from(u->rest, part.n);
    return part.n;
}

/* Said of the address, and for good: no such mailbox (RFC 5321, 4.2). */
static bool
is_about_address(long status)
{
    return status == 550 || status == 551 || status == 553;
}

static void
set_sign_in(CURL *c, struct arena *a, const struct val *job)
{
    struct str user = carrier_text(job, "user");
    struct str password = carrier_text(job, "password");
    /* a password never goes out unencrypted */
    curl_easy_setopt(c, CURLOPT_USE_SSL,
        (long)(password.n ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (user.n)
        curl_easy_setopt(c, CURLOPT_USERNAME, arena_cstr(a, user));
    if (password.n)
        curl_easy_setopt(c, CURLOPT_PASSWORD, arena_cstr(a, password));
}

/* A mail server, as it is spoken to for whatever. */
static CURL *
smtp_begin(struct arena *a, const struct val *job, long most_ms)
{
    CURL *c = curl_easy_init();
    must(c != NULL);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_URL,
        arena_cstr(a, carrier_text(job, "url")));
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
        most_ms < CONNECT_MS ? most_ms : (long)CONNECT_MS);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, most_ms);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
    set_sign_in(c, a, job);
    return c;
}

static void
smtp_end(struct arena *a, CURL *c, CURLcode code, struct carried *out)
{
    long status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    out->ok = code == CURLE_OK;
    out->status = status;
    out->final = code == CURLE_SEND_ERROR && is_about_address(status);
    if (!out->ok && status >= 400)
        out->problem = arena_fmt(a, "The mail server answered %ld", status);
    else if (!out->ok)
        out->problem = str_cstr(curl_easy_strerror(code));
    curl_easy_cleanup(c);
}

void
carry_smtp(struct arena *a, const struct val *job, struct carried *out)
{
    struct upload u = { carrier_text(job, "message") };
    const char *from = arena_cstr(a, carrier_text(job, "from"));
    const char *to = arena_cstr(a, carrier_text(job, "to"));
    CURL *c = smtp_begin(a, job, MAIL_TOTAL_MS);
    struct curl_slist *rcpt = curl_slist_append(NULL, to);
    must(rcpt != NULL);
    curl_easy_setopt(c, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(c, CURLOPT_MAIL_RCPT, rcpt);
    curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(c, CURLOPT_READFUNCTION, give_bytes);
    curl_easy_setopt(c, CURLOPT_READDATA, &u);
    CURLcode code = curl_easy_perform(c);
    out->bytes = (int64_t)(carrier_text(job, "message").n - u.rest.n);
    smtp_end(a, c, code, out);
    curl_slist_free_all(rcpt);
}

static size_t
drop_bytes(char *p, size_t size, size_t n, void *arg)
{
    (void)p;
    (void)arg;
    return size * n;
}

/* Name, connection, TLS, greeting and sign-in; then nothing is asked of it. */
void
carry_greet(struct arena *a, const struct val *job, struct carried *out)
{
    CURL *c = smtp_begin(a, job, MAIL_GREET_MS);
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "NOOP");
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop_bytes);
    smtp_end(a, c, curl_easy_perform(c), out);
}

/* ---- a mail program ---- */

/* Words of the command, by spaces; no shell is asked. */
static void
split(struct arena *a, struct str command, char **words)
{
    size_t n = 0;
    struct str word;
    while (command.n && n < WORDS_MOST) {
        str_cut(command, ' ', &word, &command);
        if (word.n)
            words[n++] = arena_cstr(a, word);
    }
    words[n] = NULL;
}

/* A file in memory with the message, lines ending as programs like it. */
static int
message_file(struct str m)
{
    int fd = memfd_create("message", MFD_CLOEXEC);
    FILE *f = fd < 0 ? NULL : fdopen(dup(fd), "w");
    must(f != NULL);
    for (size_t i = 0; i < m.n; i++)
        if (m.p[i] != '\r')
            putc(m.p[i], f);
    must(fclose(f) == 0 && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

/* What it complains of, until it ends; it is ended when time is up. */
static int
wait_for(pid_t pid, int from, struct buf *said)
{
    int64_t until_us = clock_mono_us() + MAIL_TOTAL_MS * INT64_C(1000);
    struct pollfd p = { .fd = from, .events = POLLIN };
    char bytes[256];
    int status = 0;
    for (;;) {
        int64_t left_ms = (until_us - clock_mono_us()) / 1000;
        if (left_ms <= 0 || poll(&p, 1, (int)left_ms) == 0) {
            kill(pid, SIGKILL);
            break;
        }
        ssize_t n = read(from, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        buf_add(said, bytes, (size_t)n);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static int
spawn(char **words, int in, int err, pid_t *pid)
{
    static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                         "/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
    char *const clean[] = { path, locale, NULL };
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, err, 2);
    posix_spawn_file_actions_addclose(&files, CARRY_FD);
    posix_spawn_file_actions_addclose(&files, CARRY_LOCK_FD);
    int failed = words[0] ? posix_spawnp(pid, words[0], &files, NULL, words,
                                clean) : ENOENT;
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

/* What was said, as one line of visible characters. */
static struct str
one_line(struct arena *a, const struct buf *b)
{
    struct str s = str_trim(buf_view(b));
    char *p = arena_cstr(a, s);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] < ' ' || p[i] > '~')
            p[i] = ' ';
    return (struct str){ p, s.n };
}

void
carry_command(struct arena *a, const struct val *job, struct carried *out)
{
    enum { NO_USER = 67, NO_HOST = 68 }; /* of sysexits.h */
    struct str m = carrier_text(job, "message");
    char *words[WORDS_MOST + 1];
    int ends[2], status;
    pid_t pid;
    struct buf said;
    split(a, carrier_text(job, "command"), words);
    buf_init(&said, a, COMPLAINT_MOST);
    must(pipe(ends) == 0);
    int in = message_file(m);
    int failed = spawn(words, in, ends[1], &pid);
    close(in);
    close(ends[1]);
    if (failed) {
        out->problem = arena_fmt(a, "%s: %s", words[0] ? words[0] : "",
            strerror(failed));
    } else {
        status = wait_for(pid, ends[0], &said);
        out->ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        out->bytes = out->ok ? (int64_t)m.n : 0;
        out->final = WIFEXITED(status) && (WEXITSTATUS(status) == NO_USER ||
            WEXITSTATUS(status) == NO_HOST);
        if (!out->ok && WIFEXITED(status))
            out->problem = arena_fmt(a, "%s ended with %d: %.*s", words[0],
                WEXITSTATUS(status), STR_ARG(one_line(a, &said)));
        else if (!out->ok)
            out->problem = arena_fmt(a, "%s did not end in time", words[0]);
    }
    close(ends[0]);
}

/* ---- a folder ---- */

static bool
write_all(int fd, struct str s)
{
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s = str_from(s, (size_t)n);
    }
    return true;
}

/* Whole under its name, or not at all: the same message again is the same
 * file. */
void
carry_dir(struct arena *a, const struct val *job, struct carried *out)
{
    struct str dir = carrier_text(job, "dir"), id = carrier_text(job, "id");
    struct str m = carrier_text(job, "message");
    const char *part = arena_cstr(a, arena_fmt(a, "%.*s/.%.*s.part",
        STR_ARG(dir), STR_ARG(id)));
    const char *name = arena_cstr(a, arena_fmt(a, "%.*s/%.*s.eml",
        STR_ARG(dir), STR_ARG(id)));
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool done = fd >= 0 && write_all(fd, m) && fsync(fd) == 0;
    int wrong = errno;
    if (fd >= 0)
        close(fd);
    if (done && rename(part, name) != 0) {
        done = false;
        wrong = errno;
    }
    out->ok = done;
    out->bytes = done ? (int64_t)m.n : 0;
    if (!done)
        out->problem = arena_fmt(a, "%s: %s", name, strerror(wrong));
}
