/* SPDX-License-Identifier: ISC */
#include "web/advice_words.h"

#include "base/buf.h"
#include "text/money.h"
#include "text/when.h"
#include "web/key_words.h"
#include "web/limit_words.h"

#include <inttypes.h>

enum { NAMES_SHOWN = 3 };

static struct str
action(struct cx *cx, const struct key *k, const char *rest)
{
    return arena_fmt(cx->arena, "%.*s/%.*s%s",
        STR_ARG(view_path(cx, "/advice")), STR_ARG(k->prefix), rest);
}

/* "openai/gpt-5, a/b, c/d and 2 more" */
static struct str
some_names(struct cx *cx, const struct strs *names)
{
    struct buf b;
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < names->n && i < NAMES_SHOWN; i++)
        buf_fmt(&b, "%s%.*s", i ? ", " : "", STR_ARG(names->items[i]));
    if (names->n > NAMES_SHOWN)
        buf_fmt(&b, " and %zu more", names->n - NAMES_SHOWN);
    return buf_view(&b);
}

static struct str
unused_words(struct cx *cx, const struct advice *a, const char *noun)
{
    return arena_fmt(cx->arena, "Called %.*s in %d days, and may call %.*s "
                                "more.", STR_ARG(some_names(cx, &a->names)),
        (int)ADVICE_UNUSED_DAYS,
        STR_ARG(count_of(cx->arena, a->unused, noun)));
}

static struct str
words_of(struct cx *cx, const struct advice *a)
{
    struct arena *ar = cx->arena;
    switch (a->kind) {
    case ADVICE_SILENT:
        return arena_fmt(ar, a->key.used_s
                ? "Nobody has used it since %.*s."
                : "Nobody has ever used it; it was created on %.*s.",
            STR_ARG(when_date(ar, a->since_s)));
    case ADVICE_MODELS:
        return unused_words(cx, a, "model");
    case ADVICE_ENDPOINTS:
        return unused_words(cx, a, "endpoint");
    case ADVICE_LIMIT:
        return arena_fmt(ar, "%.*s. It never came above %.*s.",
            STR_ARG(limit_title(cx, &a->limit)),
            STR_ARG(limit_amount(cx, &a->limit, a->peak)));
    case ADVICE_EXPIRY:
    case ADVICE_COUNT:
        break;
    }
    return STR("It never expires: it works until somebody ends it.");
}

static struct str
button_of(struct cx *cx, const struct advice *a)
{
    switch (a->kind) {
    case ADVICE_SILENT:
        return STR("Disable it");
    case ADVICE_MODELS:
        return STR("Allow only these models");
    case ADVICE_ENDPOINTS:
        return STR("Allow only these endpoints");
    case ADVICE_LIMIT:
        return arena_fmt(cx->arena, "Lower it to %.*s",
            STR_ARG(limit_amount(cx, &a->limit, a->amount)));
    case ADVICE_EXPIRY:
    case ADVICE_COUNT:
        break;
    }
    return arena_fmt(cx->arena, "Let it expire on %.*s",
        STR_ARG(when_date(cx->arena, a->expires_s)));
}

void
advice_list(struct cx *cx, struct val *view, const struct advice *all,
    size_t n)
{
    struct val *list = val_put_list(view, "advice");
    val_put_bool(view, "has_advice", n > 0);
    for (size_t i = 0; i < n; i++) {
        const struct advice *a = &all[i];
        struct val *row = val_add_map(list);
        val_put_str(row, "name", a->key.name);
        val_put_str(row, "href", key_href(cx, &a->key));
        val_put_str(row, "words", words_of(cx, a));
        val_put_str(row, "button", button_of(cx, a));
        val_put_str(row, "action", action(cx, &a->key, ""));
        val_put_cstr(row, "kind", advice_kind_name(a->kind));
        val_put_fmt(row, "rule", "%" PRId64, a->limit.id);
    }
}

static const char *
done_words(const struct advice_done *d)
{
    switch (d->kind) {
    case ADVICE_SILENT:
        return "disabled it";
    case ADVICE_MODELS:
        return "allowed only the models that it used";
    case ADVICE_ENDPOINTS:
        return "allowed only the endpoints that it used";
    case ADVICE_LIMIT:
        return "lowered a limit";
    case ADVICE_EXPIRY:
    case ADVICE_COUNT:
        break;
    }
    return "let it expire";
}

void
advice_done_list(struct cx *cx, struct val *view, const struct key *k,
    const struct advice_done *done, size_t n)
{
    struct val *list = val_put_list(view, "advice_done");
    val_put_bool(view, "has_advice_done", n > 0);
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(list);
        val_put_str(row, "who", done[i].by_name);
        val_put_cstr(row, "did", done_words(&done[i]));
        val_put_str(row, "done", done[i].uuid);
        val_put_str(row, "action", action(cx, k, "/undo"));
        view_time(cx, row, "when", "when_at", done[i].at_s);
    }
}
