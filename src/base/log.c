/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include "base/attr.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * Room kept free at the end of every line for its closing bytes, the longest
 * encoding of one byte, and the least room in which a value is begun.
 */
enum { TAIL = 8, ESC_MAX = 6, VALUE_ROOM_MIN = 32, VALUE_MAX = 1024 };

static enum log_level most_level = LOG_INFO;
static enum log_format line_format = LOG_KEY_VALUE;
static const char *const level_names[] = { "error", "warn", "info", "debug" };

void
log_setup(enum log_level most, enum log_format format)
{
    most_level = most;
    line_format = format;
}

static size_t
room_left(const struct log_line *l)
{
    return sizeof l->p - TAIL - l->n;
}

static void
put(struct log_line *l, const char *p, size_t n)
{
    if (n > room_left(l))
        n = room_left(l);
    memcpy(l->p + l->n, p, n);
    l->n += n;
}

static void
put_cstr(struct log_line *l, const char *z)
{
    put(l, z, strlen(z));
}

/* Anything but plain printable ASCII is written as \u00XX, byte by byte. */
static void
put_quoted(struct log_line *l, struct str v)
{
    put(l, "\"", 1);
    for (size_t i = 0; i < v.n && i < VALUE_MAX; i++) {
        if (room_left(l) <= ESC_MAX)
            break; /* cut between bytes, and keep room for the quote */
        unsigned char c = (unsigned char)v.p[i];
        char esc[8];
        if (c == '"' || c == '\\') {
            esc[0] = '\\';
            esc[1] = (char)c;
            put(l, esc, 2);
        } else if (c >= 0x20 && c < 0x7f) {
            put(l, v.p + i, 1);
        } else {
            snprintf(esc, sizeof esc, "\\u%04x", c);
            put(l, esc, 6);
        }
    }
    put(l, "\"", 1);
}

static void
put_name(struct log_line *l, const char *name)
{
    if (line_format == LOG_JSON) {
        put_cstr(l, l->n > 1 ? ",\"" : "\"");
        put_cstr(l, name);
        put_cstr(l, "\":");
    } else {
        if (l->n)
            put_cstr(l, " ");
        put_cstr(l, name);
        put_cstr(l, "=");
    }
}

static bool
is_bare(struct str v)
{
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
            (c >= 'a' && c <= 'z') || (c && strchr("-_./:+@%,", c));
        if (!plain)
            return false;
    }
    return v.n > 0 && v.n < VALUE_MAX;
}

void
log_begin(struct log_line *l, enum log_level level, const char *event)
{
    l->off = level > most_level;
    l->n = 0;
    if (l->off)
        return;
    if (line_format == LOG_JSON)
        put_cstr(l, "{");
    int64_t ms = clock_now_ms();
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    char when[40];
    gmtime_r(&s, &tm);
    size_t n = strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(when + n, sizeof when - n, ".%03dZ", (int)(ms % 1000));
    log_cstr(l, "time", when);
    log_cstr(l, "level", level_names[level]);
    log_cstr(l, "event", event);
}

void
log_str(struct log_line *l, const char *name, struct str value)
{
    if (l->off || room_left(l) < strlen(name) + VALUE_ROOM_MIN)
        return;
    put_name(l, name);
    if (line_format == LOG_KEY_VALUE && is_bare(value))
        put(l, value.p, value.n);
    else
        put_quoted(l, value);
}

void
log_cstr(struct log_line *l, const char *name, const char *value)
{
    log_str(l, name, str_cstr(value));
}

void
log_int(struct log_line *l, const char *name, int64_t value)
{
    if (l->off || room_left(l) < strlen(name) + VALUE_ROOM_MIN)
        return;
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    put_name(l, name);
    put_cstr(l, digits);
}

void
log_end(struct log_line *l)
{
    if (l->off)
        return;
    if (line_format == LOG_JSON)
        l->p[l->n++] = '}';
    l->p[l->n++] = '\n';
    /* a log that cannot be written must not stop the work */
    ssize_t done = write(STDERR_FILENO, l->p, l->n);
    (void)done;
}

void
log_note(enum log_level level, const char *event, const char *text)
{
    struct log_line l;
    log_begin(&l, level, event);
    log_cstr(&l, "text", text);
    log_end(&l);
}

void
must_failed(const char *cond, const char *file, int line)
{
    struct log_line l;
    log_begin(&l, LOG_ERROR, "must_failed");
    log_cstr(&l, "cond", cond);
    log_cstr(&l, "file", file);
    log_int(&l, "line", line);
    log_end(&l);
    abort();
}
