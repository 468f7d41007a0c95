/* SPDX-License-Identifier: ISC */
#include "core/hint.h"

#include "core/touch.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { PLACES = 1 << 16 };

struct hints {
    _Atomic bool metered[PLACES];
};

struct hints *
hints_new(void)
{
    struct hints *h = calloc(1, sizeof *h);
    must(h != NULL);
    return h;
}

void
hints_free(struct hints *h)
{
    free(h);
}

static _Atomic bool *
place_of(const struct cx *cx, const uint8_t hash[KEYTEXT_HASH])
{
    struct hints *h = touches_hints(cx->touches);
    return &h->metered[(hash[0] << 8 | hash[1]) % PLACES];
}

bool
hint_metered(const struct cx *cx, const uint8_t hash[KEYTEXT_HASH])
{
    return cx->touches &&
        atomic_load_explicit(place_of(cx, hash), memory_order_relaxed);
}

void
hint_set(const struct cx *cx, const uint8_t hash[KEYTEXT_HASH], bool metered)
{
    if (cx->touches && hint_metered(cx, hash) != metered)
        atomic_store_explicit(place_of(cx, hash), metered,
            memory_order_relaxed);
}
