/* SPDX-License-Identifier: ISC */
#ifndef TESTS_HTTP_FASTCGI_H
#define TESTS_HTTP_FASTCGI_H

/*
 * What a web server says to a FastCGI program, for clients in tests.
 * (https://fastcgi-archives.github.io/FastCGI_Specification.html)
 */

#include <stdbool.h>
#include <stddef.h>

enum { FCGI_BEGIN = 1, FCGI_END = 3, FCGI_PARAMS = 4, FCGI_STDIN = 5,
    FCGI_STDOUT = 6 };

/* fcgi_record -- one record of request 1 with n bytes, below 64 Ki; to: room
 * for 8 more.  Returns how many were written, as fcgi_pair does. */
size_t fcgi_record(unsigned char *to, int type, const void *p, size_t n);

/* fcgi_pair -- a parameter, for a record FCGI_PARAMS.  name: below 128 bytes;
 * value: below 16 MiB. */
size_t fcgi_pair(unsigned char *to, const char *name, const char *value);

/* fcgi_connect -- to the unix socket at path; reads wait at most 20 s.
 * Returns the connection, or -1. */
int fcgi_connect(const char *path);

/* fcgi_answer -- the answer on fd, ended by a zero; text: of size bytes.
 * Returns its status; 0: none, not all of it, or more than fits. */
int fcgi_answer(int fd, char *text, size_t size);

#endif
