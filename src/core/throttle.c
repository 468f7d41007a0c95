/* SPDX-License-Identifier: ISC */
#include "core/throttle.h"

#include "base/attr.h"
#include "secret/random.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1024, PROBES = 8, NET_BYTES = 16 };

/* due_ms: when all that was taken is paid back; what lies in the past is a
 * free slot. */
struct slot {
    uint8_t net[NET_BYTES];
    int64_t due_ms;
};

struct throttle {
    pthread_mutex_t lock;
    uint64_t seed; /* so that nobody can aim at a slot */
    struct slot slots[SLOTS];
};

struct throttle *
throttle_new(void)
{
    struct throttle *t = calloc(1, sizeof *t);
    must(t != NULL);
    must(pthread_mutex_init(&t->lock, NULL) == 0);
    random_bytes(&t->seed, sizeof t->seed);
    return t;
}

void
throttle_free(struct throttle *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static void
net_of(const struct ip *from, uint8_t net[NET_BYTES])
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    bool v4 = memcmp(from->b, mapped, sizeof mapped) == 0;
    memset(net, 0, NET_BYTES);
    memcpy(net, from->b, v4 ? 15 : 7);
}

static size_t
place_of(const struct throttle *t, const uint8_t net[NET_BYTES])
{
    uint64_t h = t->seed;
    for (size_t i = 0; i < NET_BYTES; i++)
        h = (h ^ net[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(h >> 32) % SLOTS;
}

/* The slot of this network, else the one near its place that owes least. */
static struct slot *
slot_of(struct throttle *t, const uint8_t net[NET_BYTES])
{
    size_t at = place_of(t, net);
    struct slot *least = NULL;
    for (size_t i = 0; i < PROBES; i++) {
        struct slot *s = &t->slots[(at + i) % SLOTS];
        if (memcmp(s->net, net, NET_BYTES) == 0)
            return s;
        if (!least || s->due_ms < least->due_ms)
            least = s;
    }
    memcpy(least->net, net, NET_BYTES);
    least->due_ms = 0;
    return least;
}

bool
throttle_take(struct throttle *t, const struct ip *from, int64_t now_ms,
    int64_t *retry_s)
{
    enum { MOST_MS = THROTTLE_BURST * THROTTLE_EACH_MS };
    uint8_t net[NET_BYTES];
    net_of(from, net);
    pthread_mutex_lock(&t->lock);
    struct slot *s = slot_of(t, net);
    int64_t due = (s->due_ms > now_ms ? s->due_ms : now_ms) +
        THROTTLE_EACH_MS;
    int64_t over = due - now_ms - MOST_MS;
    if (over <= 0)
        s->due_ms = due;
    pthread_mutex_unlock(&t->lock);
    *retry_s = over <= 0 ? 0 : (over + 999) / 1000;
    return over <= 0;
}
