/* SPDX-License-Identifier: ISC */
#include "store/usage_fold.h"

#include <stdlib.h>
#include <string.h>

enum { DAY = 86400, WEEK = 7 * DAY };

struct group {
    struct str gid, label;
    struct usage_sum all;
    uint32_t *places; /* of its sum in each bucket; 0: none */
};

struct usage_fold {
    struct arena *a;
    const struct usage_filter *filter;
    int64_t first_s, len_s; /* of the buckets */
    size_t n_buckets;
    struct group **groups;  /* by gid */
    size_t n_groups, room_groups;
    struct group *last;     /* rows of one group often follow each other */
    struct usage_sum *sums; /* [0] is of nobody */
    size_t n_sums, room_sums;
};

struct usage_fold *
usage_fold_new(struct arena *a, const struct usage_filter *filter)
{
    struct usage_fold *f = ARENA_NEW(a, struct usage_fold);
    *f = (struct usage_fold){ .a = a,
        .filter = filter,
        .first_s = filter->from_s,
        .len_s = DAY,
        .n_sums = 1 };
    if (filter->from_s >= filter->to_s)
        return f; /* there are no rows */
    switch (filter->bucket) {
    case USAGE_DAY:
        break;
    case USAGE_WEEK:
        f->len_s = WEEK;
        f->first_s = usage_week_start(filter->from_s);
        break;
    case USAGE_WHOLE:
        f->len_s = filter->to_s - filter->from_s;
        break;
    }
    f->n_buckets = (size_t)((filter->to_s - f->first_s + f->len_s - 1) /
        f->len_s);
    return f;
}

/* ---- adding ---- */

/* Twice as much room, or `least`; what was there stays in the arena. */
static void *
wider(struct arena *a, const void *old, size_t n, size_t *room, size_t least,
    size_t size)
{
    *room = *room ? 2 * *room : least;
    void *p = arena_array(a, *room, size);
    if (n)
        memcpy(p, old, n * size);
    return p;
}

static int
compare(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int rc = n ? memcmp(a.p, b.p, n) : 0;
    return rc ? rc : (a.n > b.n) - (a.n < b.n);
}

static struct group *
group_at(struct usage_fold *f, size_t at, struct str gid, struct str label)
{
    struct group *g = ARENA_NEW(f->a, struct group);
    g->gid = arena_dup(f->a, gid);
    g->label = arena_dup(f->a, label);
    g->places = arena_array(f->a, f->n_buckets, sizeof *g->places);
    if (f->n_groups == f->room_groups)
        f->groups = wider(f->a, f->groups, f->n_groups, &f->room_groups, 16,
            sizeof(struct group *));
    memmove(f->groups + at + 1, f->groups + at,
        (f->n_groups - at) * sizeof *f->groups);
    f->groups[at] = g;
    f->n_groups++;
    return g;
}

static struct group *
group_of(struct usage_fold *f, struct str gid, struct str label)
{
    size_t low = 0, high = f->n_groups;
    if (f->last && compare(f->last->gid, gid) == 0)
        return f->last;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int rc = compare(f->groups[mid]->gid, gid);
        if (rc == 0)
            return f->groups[mid];
        if (rc < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return group_at(f, low, gid, label);
}

static struct usage_sum *
sum_of(struct usage_fold *f, struct group *g, size_t bucket)
{
    if (g->places[bucket])
        return &f->sums[g->places[bucket]];
    if (f->n_sums >= f->room_sums)
        f->sums = wider(f->a, f->sums, f->room_sums ? f->n_sums : 0,
            &f->room_sums, 256, sizeof(struct usage_sum));
    must(f->n_sums < UINT32_MAX);
    g->places[bucket] = (uint32_t)f->n_sums;
    return &f->sums[f->n_sums++];
}

void
usage_fold_add(struct usage_fold *f, int64_t start_s, struct str gid,
    struct str label, const struct usage_sum *sum)
{
    must(start_s >= f->first_s && start_s < f->filter->to_s);
    struct group *g = group_of(f, gid, label);
    size_t bucket = (size_t)((start_s - f->first_s) / f->len_s);
    usage_sum_add(&g->all, sum);
    usage_sum_add(sum_of(f, g, bucket), sum);
    f->last = g;
}

/* ---- the rows ---- */

static int
descending(int64_t a, int64_t b)
{
    return (a < b) - (a > b);
}

static int
by_rank(const void *a, const void *b)
{
    const struct group *x = *(struct group *const *)a;
    const struct group *y = *(struct group *const *)b;
    int rc = descending(x->all.cost, y->all.cost);
    if (!rc)
        rc = descending(usage_asked(&x->all), usage_asked(&y->all));
    return rc ? rc : compare(x->gid, y->gid);
}

static int
by_cost(const void *a, const void *b)
{
    const struct usage_row *x = a, *y = b;
    int rc = descending(x->sum.cost, y->sum.cost);
    return rc ? rc : compare(x->group, y->group);
}

/* The groups of one bucket: those with a name, and the rest. */
static void
put_bucket(const struct usage_fold *f, size_t bucket, struct usage_rows *out)
{
    size_t first = out->n, most = (size_t)f->filter->most;
    struct usage_row rest = { .rest = true };
    bool any = false;
    if (f->filter->bucket != USAGE_WHOLE)
        rest.start_s = f->first_s + (int64_t)bucket * f->len_s;
    for (size_t i = 0; i < f->n_groups; i++) {
        const struct group *g = f->groups[i];
        const struct usage_sum *sum = &f->sums[g->places[bucket]];
        if (!g->places[bucket])
            continue;
        if (i < most) {
            out->items[out->n++] = (struct usage_row){
                rest.start_s, g->gid, g->label, false, *sum };
            continue;
        }
        usage_sum_add(&rest.sum, sum);
        any = true;
    }
    if (out->n > first)
        qsort(out->items + first, out->n - first, sizeof *out->items,
            by_cost);
    if (any)
        out->items[out->n++] = rest;
}

void
usage_fold_end(struct usage_fold *f, struct usage_rows *out)
{
    *out = (struct usage_rows){ NULL, 0 };
    if (f->n_groups == 0)
        return;
    qsort(f->groups, f->n_groups, sizeof(struct group *), by_rank);
    out->items = arena_array(f->a, f->n_sums, sizeof *out->items);
    for (size_t b = 0; b < f->n_buckets; b++)
        put_bucket(f, b, out);
}
