/* SPDX-License-Identifier: ISC */
#include "core/access.h"

#include "base/buf.h"
#include "store/store_workspace.h"

/* The lowest role that has a right, and what the right is for in words. */
static const struct {
    enum role least;
    const char *words;
} rights[] = {
    [RIGHT_KEY_SEE] = { ROLE_MEMBER, "see keys" },
    [RIGHT_KEY_CREATE] = { ROLE_MEMBER, "create API keys" },
    [RIGHT_KEY_OTHERS] = { ROLE_ADMIN, "change keys of other people" },
    [RIGHT_KEY_REVOKE] = { ROLE_ADMIN, "revoke keys" },
    [RIGHT_KEY_SPECIAL] = { ROLE_ADMIN, "manage management and admin keys" },
    [RIGHT_KEY_REVIVE] = { ROLE_OWNER, "extend expired keys" },
    [RIGHT_LIMITS] = { ROLE_ADMIN, "set limits" },
    [RIGHT_CATALOG_SEE] = { ROLE_MEMBER, "see models" },
    [RIGHT_CATALOG_EDIT] = { ROLE_ADMIN, "change models and deployments" },
    [RIGHT_USAGE_OWN] = { ROLE_MEMBER, "see usage" },
    [RIGHT_USAGE_ALL] = { ROLE_ADMIN, "see the usage of everybody" },
    [RIGHT_MEMBER_SEE] = { ROLE_MEMBER, "see members" },
    [RIGHT_MEMBER_EDIT] = { ROLE_ADMIN, "manage members" },
    [RIGHT_OWNER_EDIT] = { ROLE_OWNER, "manage owners" },
    [RIGHT_AUDIT_OWN] = { ROLE_MEMBER, "see the audit log" },
    [RIGHT_AUDIT_ALL] = { ROLE_ADMIN, "see the whole audit log" },
    [RIGHT_SETTINGS] = { ROLE_ADMIN, "change settings" },
    [RIGHT_CREDITS] = { ROLE_OWNER, "manage credits" },
    [RIGHT_WORKSPACE_DELETE] = { ROLE_OWNER, "delete the workspace" },
};
_Static_assert(COUNT_OF(rights) == RIGHT_COUNT, "every right has its row");

bool
access_role_has(enum role role, enum right right)
{
    return role >= rights[right].least;
}

bool
access_has(const struct cx *cx, enum right right)
{
    if (cx->actor.kind == ACTOR_SHELL)
        return true;
    return cx->actor.kind == ACTOR_USER && cx->ws.id != 0 &&
        access_role_has(cx->ws.role, right);
}

/* "Ada and Grace": people whose role has the right, at most three. */
static struct str
who_can(struct cx *cx, enum right right)
{
    enum { NAMES_MOST = 3 };
    struct member *members;
    size_t n, named = 0;
    struct buf b;
    buf_init(&b, cx->arena, 1024);
    if (store_member_names(cx->store, cx->ws.id, &members, &n))
        return STR("an owner");
    for (size_t i = 0; i < n && named < NAMES_MOST; i++) {
        if (!access_role_has(members[i].role, right))
            continue;
        buf_cstr(&b, named++ ? ", " : "");
        buf_str(&b, members[i].name);
    }
    return named ? buf_view(&b) : STR("an owner");
}

enum err_code
access_need(struct cx *cx, enum right right)
{
    if (access_has(cx, right))
        return ERR_OK;
    if (cx->actor.kind == ACTOR_NONE)
        return ERR(&cx->err, ERR_UNAUTHENTICATED, "Sign in to go on.");
    if (cx->actor.kind == ACTOR_KEY)
        return ERR(&cx->err, ERR_FORBIDDEN, "An API key may not do this.");
    struct str who = who_can(cx, right);
    return ERR(&cx->err, ERR_FORBIDDEN,
        "Your role here is %s. To %s you need to be %s. Ask %.*s.",
        role_name(cx->ws.role), rights[right].words,
        rights[right].least == ROLE_OWNER ? "an owner" : "an admin or owner",
        STR_ARG(who));
}

bool
access_own(const struct cx *cx, const struct key *k)
{
    return cx->actor.kind == ACTOR_USER && k->owner_user_id != 0 &&
        k->owner_user_id == cx->actor.user.id;
}
