/* SPDX-License-Identifier: ISC */
#include "web/request_words.h"

#include "core/access.h"
#include "core/key.h"
#include "core/why.h"
#include "web/key_words.h"

static const char *const labels[] = {
    [REASON_ALLOWED] = "Allowed",
    [REASON_MISSING_KEY] = "No key",
    [REASON_INVALID_KEY] = "Key revoked",
    [REASON_EXPIRED_KEY] = "Key expired",
    [REASON_DISABLED_KEY] = "Key disabled or workspace frozen",
    [REASON_KEY_KIND] = "Wrong kind of key",
    [REASON_NETWORK] = "Network not allowed",
    [REASON_ENDPOINT] = "Endpoint not allowed",
    [REASON_DEPLOYMENT] = "Deployment not allowed",
    [REASON_MODEL] = "Model not allowed",
    [REASON_CATEGORY] = "Category not allowed",
    [REASON_RATE] = "Rate limit",
    [REASON_SPEND] = "Spending limit or budget",
    [REASON_CREDITS] = "Out of credits",
    [REASON_UNAVAILABLE] = "Could not be checked",
};
_Static_assert(COUNT_OF(labels) == REASON_COUNT, "every reason has words");

const char *
refusal_label(enum reason r)
{
    return labels[r];
}

static enum reason
reason_of(struct str code)
{
    for (enum reason r = REASON_MISSING_KEY; r < REASON_COUNT; r++)
        if (str_is(code, reason_code(r)))
            return r;
    return REASON_COUNT;
}

struct str
refusal_words(struct cx *cx, const struct usage_event *e)
{
    struct arena *a = cx->arena;
    enum reason reason = reason_of(e->reason);
    switch (reason) {
    case REASON_INVALID_KEY:
        return STR("The key was revoked");
    case REASON_EXPIRED_KEY:
        return STR("The key had expired");
    case REASON_DISABLED_KEY:
        return STR("The key was disabled, or the workspace frozen");
    case REASON_KEY_KIND:
        return STR("This kind of key calls no models");
    case REASON_NETWORK:
        if (e->address.n == 0)
            return STR("The call did not say where it came from");
        return arena_fmt(a, "Calls from %.*s are not allowed",
            STR_ARG(e->address));
    case REASON_ENDPOINT:
        if (e->endpoint.n == 0)
            return STR("The path is none of the known endpoints");
        return arena_fmt(a, "Endpoint %.*s is not allowed",
            STR_ARG(e->endpoint));
    case REASON_DEPLOYMENT:
        return STR("The deployment is not allowed");
    case REASON_RATE:
        return STR("A rate limit was reached");
    case REASON_SPEND:
        return STR("A spending limit or budget was reached");
    case REASON_CREDITS:
        return STR("The workspace was out of credits");
    case REASON_MODEL:
        if (e->model.n == 0)
            return STR("No model was named, or one that is not known here");
        return arena_fmt(a, "Model %.*s is not allowed", STR_ARG(e->model));
    case REASON_CATEGORY:
        if (e->model.n == 0)
            return STR("Calls of this kind are not allowed");
        return arena_fmt(a, "The category of model %.*s is not allowed",
            STR_ARG(e->model));
    case REASON_ALLOWED:
    case REASON_MISSING_KEY:
    case REASON_UNAVAILABLE:
    case REASON_COUNT:
        break;
    }
    return e->reason.n ? e->reason : STR("No reason was reported");
}

struct str
request_href(struct cx *cx, const struct usage_event *e, struct str prefix)
{
    struct str id = e->event_id;
    if (e->outcome != USAGE_REFUSED && prefix.n == 0)
        return STR("");
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ':';
        if (!fits)
            return STR("");
    }
    struct str href =
        arena_fmt(cx->arena, "%.*s/%.*s", STR_ARG(view_path(cx, "/requests")),
            STR_ARG(id));
    /* names given by reporters are those of a key */
    if (e->outcome != USAGE_REFUSED)
        href = arena_fmt(cx->arena, "%.*s?key=%.*s", STR_ARG(href),
            STR_ARG(prefix));
    return id.n ? href : STR("");
}

/* ---- what to do now ---- */

static void
mend_key(struct cx *cx, const struct key *k, const char *words,
    const char *rest, const char *label, struct mend *out)
{
    out->words = str_cstr(words);
    if (k->revoked_s || !key_may_edit(cx, k))
        return;
    out->label = str_cstr(label);
    out->href = arena_fmt(cx->arena, "%.*s%s", STR_ARG(key_href(cx, k)),
        rest);
}

static void
mend_disabled(struct cx *cx, const struct why *w, const struct key *k,
    struct mend *out)
{
    for (size_t i = 0; i < w->n_rules; i++)
        if (w->rules[i].rule == RULE_FROZEN &&
            w->rules[i].state == RULE_REFUSED) {
            out->words = STR("The whole workspace was frozen. Whoever may "
                             "thaw it can let calls pass again.");
            if (access_has(cx, RIGHT_FREEZE)) {
                out->label = STR("Freeze and thaw");
                out->href = view_path(cx, "/freeze");
            }
            return;
        }
    if (key_broken(k))
        out->words = STR("What is stored about the key was changed outside of "
                         "Keylodge (row seal broken). Revoke it and make "
                         "another one, and tell whoever runs this "
                         "installation.");
    else if (k->suspended_s)
        out->words = STR("The key is suspended, because it was reported as "
                         "leaked or its owner was removed. Rotate it, or "
                         "make another one.");
    else
        mend_key(cx, k, k->disabled_s
                ? "The key is disabled. Enable it, if it should work again."
                : "The key was disabled then, and is enabled now.",
            k->disabled_s ? "/enable" : "", k->disabled_s ? "Enable the key"
                                                          : "Open the key",
            out);
}

/* The limit that refused stands on the key or on the workspace. */
static void
mend_limit(struct cx *cx, const struct why *w, const struct key *k,
    struct mend *out)
{
    enum limit_source source = LIMIT_RULE_KEY;
    for (size_t i = 0; i < w->n_rules; i++)
        if (w->rules[i].is_limit && w->rules[i].state == RULE_REFUSED)
            source = w->rules[i].limit.source;
    out->words = STR("Wait until the limit opens again, or raise it.");
    switch (source) {
    case LIMIT_SPEND:
        mend_key(cx, k, "Wait until the spending limit opens again, or raise "
                        "it.", "/edit", "Raise the spending limit", out);
        break;
    case LIMIT_RULE_KEY:
        if (access_has(cx, RIGHT_LIMITS)) {
            out->label = STR("Limits of the key");
            out->href = arena_fmt(cx->arena, "%.*s/limits",
                STR_ARG(key_href(cx, k)));
        }
        break;
    case LIMIT_RULE_WORKSPACE:
        if (access_has(cx, RIGHT_LIMITS)) {
            out->label = STR("Limits of the workspace");
            out->href = view_path(cx, "/limits");
        }
        break;
    case LIMIT_CREDITS:
        out->words = STR("The balance of the workspace was too small for "
                         "this call. An owner can top it up.");
        if (access_has(cx, RIGHT_CREDITS)) {
            out->label = STR("Credits");
            out->href = view_path(cx, "/credits");
        }
        break;
    }
}

void
refusal_mend(struct cx *cx, const struct why *w, struct mend *out)
{
    struct key k;
    *out = (struct mend){ .words = STR("") };
    if (!w->refused)
        return;
    if (key_get(cx, w->row.key_prefix, &k)) {
        err_init(&cx->err, cx->arena); /* a page without this advice */
        return;
    }
    switch (w->reason) {
    case REASON_INVALID_KEY:
        out->words = STR("The key is revoked for good. Its program needs "
                         "another one.");
        if (key_may_create(cx, KEY_STANDARD)) {
            out->label = STR("Create API key");
            out->href = view_path(cx, "/keys/new");
        }
        break;
    case REASON_EXPIRED_KEY:
        mend_key(cx, &k, "Give the key a later end, or its program another "
                         "key.", "/edit", "Edit the key", out);
        break;
    case REASON_DISABLED_KEY:
        mend_disabled(cx, w, &k, out);
        break;
    case REASON_KEY_KIND:
        out->words = STR("Management and admin keys never call models. Use "
                         "an API key in this program.");
        break;
    case REASON_NETWORK:
    case REASON_ENDPOINT:
    case REASON_DEPLOYMENT:
    case REASON_MODEL:
    case REASON_CATEGORY:
        mend_key(cx, &k, "If this call is wanted, add what it named to what "
                         "the key may call. If not, mend the program.",
            "/edit", "Edit permissions", out);
        break;
    case REASON_RATE:
    case REASON_SPEND:
    case REASON_CREDITS:
        mend_limit(cx, w, &k, out);
        break;
    case REASON_ALLOWED:
    case REASON_MISSING_KEY:
    case REASON_UNAVAILABLE:
    case REASON_COUNT:
        break;
    }
}
