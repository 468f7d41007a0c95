/* SPDX-License-Identifier: ISC */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * One line an event on standard error, written with one call, so that lines of
 * several threads never mix.  Values are encoded: whatever bytes they hold,
 * one event stays one line.  Nothing secret is ever given to the log: callers
 * pass prefixes, ids and sizes, never keys, tokens, cookies or bodies.
 *
 *   struct log_line l;
 *   log_begin(&l, LOG_INFO, "request");
 *   log_str(&l, "path", path);
 *   log_int(&l, "status", 200);
 *   log_end(&l);
 */

#include "base/str.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_KEY_VALUE, LOG_JSON };

enum { LOG_LINE_MAX = 4096 };

struct log_line {
    bool off; /* below the level asked for */
    size_t n;
    char p[LOG_LINE_MAX];
};

/* log_setup -- process-wide; before the first thread starts. */
void log_setup(enum log_level most, enum log_format format);

void log_begin(struct log_line *l, enum log_level level, const char *event);
void log_str(struct log_line *l, const char *name, struct str value);
void log_cstr(struct log_line *l, const char *name, const char *value);
void log_int(struct log_line *l, const char *name, int64_t value);
void log_end(struct log_line *l);

/* log_note -- a whole event with one text value. */
void log_note(enum log_level level, const char *event, const char *text);

#endif
