/* SPDX-License-Identifier: ISC */
#include "web/holder.h"

#include "core/workspace.h"
#include "web/key_words.h"

enum { LISTED_MOST = 100 };

/* Of one list: people and service accounts differ in their words only. */
static bool
is_listed(const struct member *m, size_t n, const struct service_account *s,
    size_t n_services, struct str uuid)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(m[i].uuid, uuid))
            return true;
    for (size_t i = 0; i < n_services; i++)
        if (str_eq(s[i].uuid, uuid))
            return true;
    return false;
}

static void
add_option(struct form *fm, struct val *field, const char *kind,
    struct str uuid, struct str label, struct str chosen)
{
    form_option(fm, field,
        arena_fmt(fm->cx->arena, "%s:%.*s", kind, STR_ARG(uuid)), label,
        STR(""), str_eq(uuid, chosen));
}

enum err_code
holder_choice(struct form *fm, const char *name, struct str chosen,
    struct str without, struct str none)
{
    struct cx *cx = fm->cx;
    struct member *m;
    struct service_account *s;
    size_t n, n_services;
    if (member_names(cx, &m, &n) || service_list(cx, &s, &n_services))
        return cx->err.code;
    struct val *field = form_choice(fm, name);
    if (none.n && (!chosen.n || !is_listed(m, n, s, n_services, chosen)))
        form_option(fm, field, STR(""), none, STR(""), true);
    for (size_t i = 0; i < n; i++)
        if (!str_eq(m[i].uuid, without))
            add_option(fm, field, "user", m[i].uuid,
                arena_fmt(cx->arena, "%.*s%s", STR_ARG(m[i].name),
                    str_eq(m[i].uuid, cx->actor.user.uuid) ? " (you)" : ""),
                chosen);
    for (size_t i = 0; i < n_services; i++)
        if (!str_eq(s[i].uuid, without))
            add_option(fm, field, "service", s[i].uuid,
                arena_fmt(cx->arena, "%.*s (service account)",
                    STR_ARG(s[i].name)),
                chosen);
    return ERR_OK;
}

enum err_code
holder_put_keys(struct cx *cx, struct val *view, enum key_holder who,
    int64_t id)
{
    struct key *keys;
    size_t n;
    bool more;
    if (holder_keys(cx, who, id, LISTED_MOST, &keys, &n, &more))
        return cx->err.code;
    struct val *list = val_put_list(view, "keys");
    for (size_t i = 0; i < n; i++) {
        struct val *row = val_add_map(list);
        val_put_str(row, "name", keys[i].name);
        val_put_str(row, "prefix", keys[i].prefix);
        val_put_str(row, "href", key_href(cx, &keys[i]));
        val_put_str(row, "masked",
            key_masked(cx, keys[i].prefix, keys[i].last4));
        val_put_str(row, "owner", owner_words(&keys[i]));
        put_status(cx, row, &keys[i]);
        view_time(cx, row, "used", "used_at", keys[i].used_s);
    }
    val_put_bool(view, "has_keys", n > 0);
    val_put_null(view, "keys_more");
    if (more)
        val_put_fmt(view, "keys_more",
            "The first %d are listed.",
            (int)LISTED_MOST);
    return ERR_OK;
}

enum err_code
holder_fate(struct form *fm, struct str without, bool later)
{
    struct cx *cx = fm->cx;
    struct val *fate = form_choice(fm, "fate");
    form_option(fm, fate, STR("hand_over"), STR("Hand them over"),
        STR("They go on without a break. Choose to whom below."), true);
    form_option(fm, fate, STR("revoke"), STR("Revoke them"),
        STR("Programs that use them get error 401 from their next call on. "
            "This cannot be undone."), false);
    if (later)
        form_option(fm, fate, STR("later"), STR("Decide later"),
            cx->ws.leaver_passes
                ? STR("They go on with an owner of the workspace until then, "
                      "as the settings say.")
                : STR("They are suspended until then, as the settings say: "
                      "programs that use them get error 403."),
            false);
    return holder_choice(fm, "to", STR(""), without, STR("Choose somebody"));
}
