/* SPDX-License-Identifier: ISC */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

/*
 * An arena: everything allocated for one request, given back at once.
 *
 * Invariants: memory handed out is zeroed and aligned for any type; nothing is
 * freed singly; arena_reset() wipes every byte that was used (a key or
 * password does not outlive its request) and keeps the first block.
 * No caller tests for NULL: when memory runs out, the innermost memory_try() of
 * the thread is left, and without one the process ends with a log line.
 * Sizes that a client controls must be bounded before.
 * In sanitizer builds every allocation is its own malloc, so that overruns
 * are seen.  One arena belongs to one thread at a time.
 */

#include "base/attr.h"
#include "base/str.h"

#include <stdarg.h>

struct arena;

/*
 * memory_try -- call fn(arg); false when memory ran out before it returned:
 * then it was left where it stood (longjmp), and nothing in between was told.
 * Whoever holds what no arena frees (a lock, memory of a library) over a call
 * that allocates has that call inside a memory_try of its own, gives back what
 * it holds, and calls memory_ran_out() for the one outside.  May be nested.
 */
NODISCARD bool memory_try(void (*fn)(void *arg), void *arg);

/* memory_ran_out -- the same way out, for memory that is not of an arena. */
NORETURN void memory_ran_out(void);

/* arena_new -- process lifetime; first_bytes is kept across resets. */
struct arena *arena_new(size_t first_bytes);

/* arena_free -- reset, then give the arena itself back. NULL is allowed. */
void arena_free(struct arena *a);

/* arena_reset -- wipe what was used, keep the first block. */
void arena_reset(struct arena *a);

/* arena_alloc -- n zeroed bytes; n == 0 gives a valid, unusable pointer. */
void *arena_alloc(struct arena *a, size_t n);

/* arena_array -- count elements of `size` bytes, product checked. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* ARENA_NEW -- one zeroed object of a type. */
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

/* arena_dup -- copy of s (also NUL-terminated, the NUL not counted). */
struct str arena_dup(struct arena *a, struct str s);

/* arena_cstr -- copy of s as a NUL-terminated string. */
char *arena_cstr(struct arena *a, struct str s);

/* arena_fmt -- printf into the arena. */
struct str arena_fmt(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
struct str arena_vfmt(struct arena *a, const char *fmt, va_list ap)
    PRINTF(2, 0);

/* arena_used -- bytes handed out since the last reset, for the log. */
size_t arena_used(const struct arena *a);

#endif
