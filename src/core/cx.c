/* SPDX-License-Identifier: ISC */
#include "core/cx.h"

#include "store/store_key.h"
#include "text/when.h"

struct str
cx_actor_name(const struct cx *cx)
{
    switch (cx->actor.kind) {
    case ACTOR_USER:
        return cx->actor.user.email;
    case ACTOR_KEY:
        return cx->actor.key.name;
    case ACTOR_SHELL:
        return STR("shell");
    case ACTOR_GATE:
        return STR("gate");
    case ACTOR_NONE:
        break;
    }
    return STR("nobody");
}

void
cx_times(const struct cx *cx, struct key_times *t)
{
    *t = (struct key_times){ cx->now_s, when_day_start(cx->now_s),
        when_week_start(cx->now_s), when_month_start(cx->now_s) };
}
