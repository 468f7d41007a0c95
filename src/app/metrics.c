/* SPDX-License-Identifier: ISC */
#include "app/metrics.h"

#include "app/dispatch.h"
#include "base/buf.h"
#include "base/clock.h"
#include "core/backup.h"
#include "core/check.h"
#include "core/outbox.h"
#include "core/rowseal.h"
#include "core/watch.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_MOST = 320,   /* of the table of routes; the last: no row */
    CLASSES = 5,       /* 2xx, 3xx, 4xx, 429, 5xx: what alarms go by */
    STEPS = 10
};

static const char *const class_names[CLASSES] = { "2xx", "3xx", "4xx", "429",
    "5xx" };
/* upper ends of the steps of the histogram */
static const int64_t step_us[STEPS] = { 250, 500, 1000, 2500, 5000, 10000,
    50000, 250000, 1000000, 5000000 };
enum door { DOOR_GATE, DOOR_API, DOOR_PAGE, DOORS };
static const char *const door_names[DOORS] = { "gate", "api", "page" };

/* Of one thread; it alone writes, whoever asks reads. */
struct counts {
    struct counts *next;
    atomic_uint_least64_t requests[ROWS_MOST][CLASSES];
    atomic_uint_least64_t steps[DOORS][STEPS + 1];
    atomic_uint_least64_t us[DOORS];
    atomic_uint_least64_t refused[REASON_COUNT];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct counts *all; /* lock; grows only: a thread that ended has done
                              what it did */
static _Thread_local struct counts *mine;

static struct counts *
my_counts(void)
{
    if (mine)
        return mine;
    mine = calloc(1, sizeof *mine);
    if (!mine)
        return NULL; /* not counted */
    must(pthread_mutex_lock(&lock) == 0);
    mine->next = all;
    all = mine;
    must(pthread_mutex_unlock(&lock) == 0);
    return mine;
}

/* One writer: no need for a locked instruction. */
static void
add(atomic_uint_least64_t *to, uint64_t by)
{
    atomic_store_explicit(to,
        atomic_load_explicit(to, memory_order_relaxed) + by,
        memory_order_relaxed);
}

static int
class_of(int status)
{
    return status == 429 ? 3
        : status >= 500  ? 4
        : status >= 400  ? 2
        : status >= 300  ? 1
                         : 0;
}

static enum door
door_of(const struct route *row, bool authorizer)
{
    if (authorizer || (row && row->knock == KNOCK_GATE))
        return DOOR_GATE;
    return row && row->face == FACE_PAGE ? DOOR_PAGE : DOOR_API;
}

void
metrics_add(const struct route *row, bool authorizer, int status,
    int64_t took_us)
{
    struct counts *c = my_counts();
    size_t n, at = ROWS_MOST - 1;
    const struct route *table = routes(&n);
    if (!c)
        return;
    if (row >= table && row < table + n && (size_t)(row - table) < at)
        at = (size_t)(row - table);
    enum door door = door_of(row, authorizer);
    int step = 0;
    while (step < STEPS && took_us > step_us[step])
        step++;
    add(&c->requests[at][class_of(status)], 1);
    add(&c->steps[door][step], 1);
    add(&c->us[door], (uint64_t)(took_us > 0 ? took_us : 0));
}

void
metrics_refused(const char *code)
{
    struct counts *c = my_counts();
    for (int r = REASON_ALLOWED + 1; c && r < REASON_COUNT; r++)
        if (strcmp(code, reason_code((enum reason)r)) == 0)
            add(&c->refused[r], 1);
}

/* ---- showing ---- */

static uint64_t
requests(size_t row, int class)
{
    uint64_t n = 0;
    for (struct counts *c = all; c; c = c->next)
        n += atomic_load_explicit(&c->requests[row][class],
            memory_order_relaxed);
    return n;
}

static uint64_t
steps(enum door door, int step)
{
    uint64_t n = 0;
    for (struct counts *c = all; c; c = c->next)
        n += atomic_load_explicit(&c->steps[door][step],
            memory_order_relaxed);
    return n;
}

static uint64_t
total_us(enum door door)
{
    uint64_t n = 0;
    for (struct counts *c = all; c; c = c->next)
        n += atomic_load_explicit(&c->us[door], memory_order_relaxed);
    return n;
}

static uint64_t
refused(int reason)
{
    uint64_t n = 0;
    for (struct counts *c = all; c; c = c->next)
        n += atomic_load_explicit(&c->refused[reason], memory_order_relaxed);
    return n;
}

static void
head(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_fmt(b, "# HELP keylodge_%s %s\n# TYPE keylodge_%s %s\n", name, help,
        name, type);
}

static void
put_requests(struct buf *b)
{
    size_t n;
    const struct route *table = routes(&n);
    head(b, "requests_total", "counter", "Requests answered, by route.");
    for (size_t i = 0; i < ROWS_MOST; i++) {
        for (int k = 0; k < CLASSES; k++) {
            uint64_t count = requests(i, k);
            if (count == 0)
                continue;
            buf_fmt(b, "keylodge_requests_total{method=\"%s\",route=\"%s\","
                "status=\"%s\"} %" PRIu64 "\n",
                i < n ? method_name(table[i].method) : "-",
                i < n ? table[i].path : "-", class_names[k], count);
        }
    }
}

static void
put_times(struct buf *b)
{
    head(b, "request_seconds", "histogram", "Time to answer, by door.");
    for (int d = 0; d < DOORS; d++) {
        uint64_t sum = 0;
        for (int i = 0; i < STEPS; i++) {
            sum += steps((enum door)d, i);
            buf_fmt(b, "keylodge_request_seconds_bucket{door=\"%s\",le=\"%g\"}"
                " %" PRIu64 "\n", door_names[d], (double)step_us[i] / 1e6,
                sum);
        }
        sum += steps((enum door)d, STEPS);
        buf_fmt(b, "keylodge_request_seconds_bucket{door=\"%s\",le=\"+Inf\"} "
            "%" PRIu64 "\n"
            "keylodge_request_seconds_sum{door=\"%s\"} %.6f\n"
            "keylodge_request_seconds_count{door=\"%s\"} %" PRIu64 "\n",
            door_names[d], sum, door_names[d],
            (double)total_us((enum door)d) / 1e6, door_names[d], sum);
    }
}

/* Each code from the start on, with 0: who alarms needs the first one, too. */
static void
put_refusals(struct buf *b)
{
    head(b, "refusals_total", "counter", "Keys refused, at the gate and by APIs, "
        "by the code of the answer.");
    for (int r = REASON_ALLOWED + 1; r < REASON_COUNT; r++)
        buf_fmt(b, "keylodge_refusals_total{code=\"%s\"} %" PRIu64 "\n",
            reason_code((enum reason)r), refused(r));
}

static void
put_gauge(struct buf *b, const char *name, const char *help, int64_t value)
{
    head(b, name, "gauge", help);
    buf_fmt(b, "keylodge_%s %" PRId64 "\n", name, value);
}

/* What is left out cannot be read now: an alarm goes by its absence. */
static void
put_store(struct cx *cx, struct buf *b)
{
    struct store_sizes sizes;
    struct outbox_counts out;
    int64_t backup_s, sender_s, broken;
    store_sizes(cx->store, &sizes);
    put_gauge(b, "database_bytes", "Size of the database file.",
        sizes.database);
    put_gauge(b, "wal_bytes", "Size of the write-ahead log; a warning from 32 "
        "MiB on.", sizes.wal);
    put_gauge(b, "disk_free_bytes", "Free where the database is.",
        sizes.disk_free);
    put_gauge(b, "ballast_bytes", "Kept beside it for a full disk; 0: the disk "
        "is full, or was, and only revoking works.", sizes.ballast);
    if (seal_broken_all(cx, &broken) == ERR_OK)
        put_gauge(b, "seals_broken", "Keys, workspaces and accounts that were "
            "changed outside of Keylodge, and are refused; at most 1000 are "
            "counted.", broken);
    if (backup_last(cx, &backup_s) == ERR_OK)
        put_gauge(b, "last_backup_seconds", "When the last backup was made; 0: "
            "never.", backup_s);
    if (watch_sender(cx, &sender_s) == ERR_OK)
        put_gauge(b, "sender_last_seconds", "When keylodge send was last at "
            "work; 0: never.", sender_s);
    if (outbox_counts(cx, &out) == ERR_OK) {
        put_gauge(b, "mail_waiting", "Mail that failed and is tried again.",
            out.mail_waiting);
        put_gauge(b, "mail_given_up", "Mail that was given up.",
            out.mail_given_up);
        put_gauge(b, "events_waiting", "Events that failed and are tried "
            "again.", out.events_waiting);
        put_gauge(b, "events_given_up", "Events that were given up.",
            out.events_given_up);
    }
    err_init(&cx->err, cx->arena);
}

enum err_code
app_metrics(struct cx *cx, const struct req *req, struct res *res)
{
    struct buf b;
    (void)req;
    buf_init(&b, cx->arena, BUF_MAX_PAGE);
    head(&b, "build_info", "gauge", "Always 1.");
    buf_fmt(&b, "keylodge_build_info{version=\"%s\",sqlite=\"%s\"} 1\n",
        KEYLODGE_VERSION, db_engine());
    must(pthread_mutex_lock(&lock) == 0);
    put_requests(&b);
    put_times(&b);
    put_refusals(&b);
    must(pthread_mutex_unlock(&lock) == 0);
    put_store(cx, &b);
    if (b.full)
        return ERR_FAULT(&cx->err, "metrics too long");
    res->status = 200;
    res->bytes = buf_view(&b);
    res->type = "text/plain; version=0.0.4; charset=utf-8";
    res->cache = CACHE_NO_STORE;
    return ERR_OK;
}
