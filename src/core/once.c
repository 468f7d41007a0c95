/* SPDX-License-Identifier: ISC */
#include "core/once.h"

#include "secret/mac.h"
#include "store/store_once.h"
#include "text/when.h"

static struct api_once
of_request(struct cx *cx)
{
    uint8_t *mac = arena_alloc(cx->arena, MAC_BYTES);
    struct str parts[] = { STR("api"), cx->actor.key.uuid, cx->once };
    mac_make(cx->secrets, SUBKEY_ONCE, parts, COUNT_OF(parts), mac);
    return (struct api_once){ .mac = { (const char *)mac, MAC_BYTES },
        .workspace_id = cx->ws.id };
}

static bool
is_asked(const struct cx *cx)
{
    return cx->once.n && cx->actor.kind == ACTOR_KEY && cx->ws.id;
}

enum err_code
once_check(struct cx *cx)
{
    if (!is_asked(cx))
        return ERR_OK;
    struct api_once was = of_request(cx);
    if (store_api_once_find(cx->store, &was) || !was.at_s ||
        was.at_s < cx->now_s - ONCE_KEPT_S)
        return cx->err.code;
    if (!str_eq(was.request, cx->once_request)) {
        ERR(&cx->err, ERR_CONFLICT,
            "This Idempotency-Key came with another request before. Make a "
            "new one for each request.");
        cx->err.reason = "idempotency_reuse";
        return cx->err.code;
    }
    ERR(&cx->err, ERR_CONFLICT,
        "This was done already, on %.*s: %.*s %.*s. A secret is shown once; "
        "if the answer was lost, rotate the key.",
        STR_ARG(when_long(cx->arena, was.at_s)), STR_ARG(was.object_kind),
        STR_ARG(was.object_id));
    cx->err.reason = "repeated";
    return cx->err.code;
}

enum err_code
once_note(struct cx *cx, const struct audit_event *event)
{
    if (!is_asked(cx))
        return ERR_OK;
    struct api_once now_is = of_request(cx);
    now_is.request = cx->once_request;
    now_is.object_kind = str_cstr(event->object_kind);
    now_is.object_id = event->object_id;
    now_is.at_s = cx->now_s;
    cx->once = (struct str){ NULL, 0 };
    if (store_api_once_prune(cx->store, cx->now_s - ONCE_KEPT_S))
        return cx->err.code;
    return store_api_once_insert(cx->store, &now_is);
}
