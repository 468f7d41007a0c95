/* SPDX-License-Identifier: ISC */
#include "cases.h"

#include "base/buf.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int
arena_setup(void **state)
{
    *state = arena_new(0);
    return 0;
}

int
arena_teardown(void **state)
{
    arena_free(*state);
    return 0;
}

struct str
corpus_text(struct arena *a, const char *name)
{
    const char *folder = getenv("KEYLODGE_CORPORA");
    struct str path = arena_fmt(a, "%s/%s",
        folder ? folder : "../shared/corpora", name);
    FILE *f = fopen(path.p, "rb");
    struct buf b;
    buf_init(&b, a, BUF_MAX_PAGE);
    if (!f) {
        print_message("left out: the corpus %s is not here\n", name);
        return buf_view(&b);
    }
    char piece[4096];
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        buf_add(&b, piece, n);
    fclose(f);
    must(!b.full);
    return buf_view(&b);
}

struct strs
corpus_lines(struct arena *a, const char *name)
{
    struct str text = corpus_text(a, name);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    struct strs out = { arena_array(a, n + 1, sizeof *out.items), 0 };
    while (text.n)
        str_cut(text, '\n', &out.items[out.n++], &text);
    return out;
}

uint64_t
seed_start(void)
{
    const char *old = getenv("KEYLODGE_SEED");
    uint64_t seed = old ? strtoull(old, NULL, 10)
                        : (uint64_t)clock_mono_us();
    print_message("KEYLODGE_SEED=%" PRIu64 "\n", seed);
    return seed;
}

uint64_t
seed_next(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}
