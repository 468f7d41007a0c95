/* SPDX-License-Identifier: ISC */
#include "core/ready.h"

#include "base/log.h"
#include "core/rowseal.h"

/* Each: is it good?  Why not may stand in cx->err. */
static bool
store_good(struct cx *cx)
{
    return store_ready(cx->store) == ERR_OK;
}

static bool
secret_good(struct cx *cx)
{
    bool fits;
    return seal_secret_fits(cx, &fits) == ERR_OK && fits;
}

static bool
space_good(struct cx *cx)
{
    return !store_is_full(cx->store);
}

static bool
seals_good(struct cx *cx)
{
    bool broken;
    return seal_broken_any(cx, &broken) == ERR_OK && !broken;
}

static const struct {
    const char *name;
    bool needed;
    bool (*good)(struct cx *);
} looks[] = {
    [READY_STORE] = { "store", true, store_good },
    [READY_SECRET] = { "secret", false, secret_good },
    [READY_SPACE] = { "space", false, space_good },
    [READY_SEALS] = { "seals", false, seals_good },
};
_Static_assert(COUNT_OF(looks) == READY_COUNT, "each has its row");

static void
tell(struct cx *cx, const char *name)
{
    struct log_line l;
    log_begin(&l, LOG_ERROR, "not_ready");
    log_cstr(&l, "what", name);
    log_str(&l, "detail", cx->err.detail);
    log_end(&l);
}

const char *
ready_look(struct cx *cx, struct ready_state out[READY_COUNT])
{
    const char *failed = NULL;
    for (int i = 0; i < READY_COUNT; i++) {
        out[i] = (struct ready_state){ looks[i].name, looks[i].needed,
            looks[i].good(cx) };
        if (looks[i].needed && !out[i].good) {
            tell(cx, looks[i].name);
            failed = failed ? failed : looks[i].name;
        }
        err_init(&cx->err, cx->arena);
    }
    return failed;
}
