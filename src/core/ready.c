/* SPDX-License-Identifier: ISC */
#include "core/ready.h"

#include "base/log.h"

const char *const ready_names[] = { "store", NULL };

const char *
ready_check(struct cx *cx)
{
    if (store_ready(cx->store) == ERR_OK)
        return NULL;
    struct log_line l;
    log_begin(&l, LOG_ERROR, "not_ready");
    log_cstr(&l, "what", ready_names[0]);
    log_str(&l, "detail", cx->err.detail);
    log_end(&l);
    err_init(&cx->err, cx->arena);
    return ready_names[0];
}
