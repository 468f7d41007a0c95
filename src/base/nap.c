/* SPDX-License-Identifier: ISC */
#include "base/nap.h"

#include <stddef.h>

static _Thread_local struct {
    void (*tell)(void *arg, bool sleeps);
    void *arg;
} listener;

void
nap_listen(void (*tell)(void *arg, bool sleeps), void *arg)
{
    listener.tell = tell;
    listener.arg = arg;
}

static void
tell(bool sleeps)
{
    if (listener.tell)
        listener.tell(listener.arg, sleeps);
}

void
nap_begin(void)
{
    tell(true);
}

void
nap_end(void)
{
    tell(false);
}
