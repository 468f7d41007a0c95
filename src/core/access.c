/* SPDX-License-Identifier: ISC */
#include "core/access.h"

#include "base/buf.h"
#include "store/store_workspace.h"

/* Kinds of key: a standard key manages nothing. */
enum { MGMT = 1 << KEY_MANAGEMENT, BOTH = MGMT | 1 << KEY_ADMIN };

/*
 * The lowest role that has a right, what the right is for in words, the kinds
 * of key that have it (admins may all of that), and whether it goes on in a
 * workspace that is deleted: looking does, and ending.  What makes further
 * management keys, people or money is for persons only: whoever finds a
 * management key must not be able to stay.
 */
static const struct {
    enum role least;
    const char *words;
    unsigned keys;
    bool goes_on;
} rights[] = {
    [RIGHT_KEY_SEE] = { ROLE_MEMBER, "see keys", BOTH, true },
    [RIGHT_KEY_CREATE] = { ROLE_MEMBER, "create API keys", MGMT, false },
    [RIGHT_KEY_OTHERS] = { ROLE_ADMIN, "change keys of other people", MGMT,
        false },
    [RIGHT_KEY_REVOKE] = { ROLE_ADMIN, "revoke keys", MGMT, true },
    [RIGHT_KEY_SPECIAL] = { ROLE_ADMIN, "manage management and admin keys",
        0, false },
    [RIGHT_KEY_REVIVE] = { ROLE_OWNER, "extend expired keys", 0, false },
    [RIGHT_LIMITS] = { ROLE_ADMIN, "set limits", BOTH, false },
    [RIGHT_CATALOG_SEE] = { ROLE_MEMBER, "see models", MGMT, true },
    [RIGHT_CATALOG_EDIT] = { ROLE_ADMIN, "change models and deployments",
        MGMT, false },
    [RIGHT_USAGE_OWN] = { ROLE_MEMBER, "see usage", MGMT, true },
    [RIGHT_USAGE_ALL] = { ROLE_ADMIN, "see the usage of everybody", MGMT,
        true },
    [RIGHT_MEMBER_SEE] = { ROLE_MEMBER, "see members", MGMT, true },
    [RIGHT_INVITE_SEE] = { ROLE_ADMIN, "see who is invited", MGMT, true },
    [RIGHT_MEMBER_EDIT] = { ROLE_ADMIN, "manage members", 0, false },
    [RIGHT_OWNER_EDIT] = { ROLE_OWNER, "manage owners", 0, false },
    [RIGHT_SERVICE_EDIT] = { ROLE_ADMIN, "manage service accounts", 0, false },
    [RIGHT_AUDIT_OWN] = { ROLE_MEMBER, "see the audit log", MGMT, true },
    [RIGHT_AUDIT_ALL] = { ROLE_ADMIN, "see the whole audit log", MGMT, true },
    [RIGHT_FREEZE] = { ROLE_ADMIN, "freeze the workspace", 0, false },
    [RIGHT_SETTINGS] = { ROLE_ADMIN, "change settings", 0, false },
    [RIGHT_CREDITS] = { ROLE_OWNER, "manage credits", 0, false },
    [RIGHT_WORKSPACE_DELETE] = { ROLE_OWNER, "delete the workspace", 0, true },
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
    if (cx->ws.id == 0)
        return false;
    if (cx->actor.kind == ACTOR_KEY)
        return (rights[right].keys & 1u << cx->actor.key.kind) &&
            (!cx->actor.key.owner_user_id ||
                access_role_has(cx->ws.role, RIGHT_KEY_SPECIAL));
    return cx->actor.kind == ACTOR_USER &&
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

static enum err_code
key_forbidden(struct cx *cx, enum right right)
{
    const struct key *k = &cx->actor.key;
    if (rights[right].keys & 1u << k->kind)
        return ERR(&cx->err, ERR_FORBIDDEN,
            "To %s, the owner of this key needs to be an admin or owner of "
            "the workspace. Ask one to make this key theirs.",
            rights[right].words);
    if (rights[right].keys)
        return ERR(&cx->err, ERR_FORBIDDEN,
            "To %s you need a management key. This is %s key.",
            rights[right].words,
            k->kind == KEY_ADMIN ? "an admin" : "a standard");
    return ERR(&cx->err, ERR_FORBIDDEN,
        "No key may %s. Do it in the console.", rights[right].words);
}

enum err_code
access_alive(struct cx *cx)
{
    if (!cx->ws.deleted_s)
        return ERR_OK;
    ERR(&cx->err, ERR_CONFLICT, "This workspace is deleted. Restore it first.");
    cx->err.reason = "deleted";
    return cx->err.code;
}

enum err_code
access_need(struct cx *cx, enum right right)
{
    if (access_need_to_end(cx, right) || rights[right].goes_on)
        return cx->err.code;
    return access_alive(cx);
}

enum err_code
access_need_to_end(struct cx *cx, enum right right)
{
    if (access_has(cx, right))
        return ERR_OK;
    if (cx->actor.kind == ACTOR_NONE)
        return ERR(&cx->err, ERR_UNAUTHENTICATED, "Sign in to go on.");
    if (cx->actor.kind == ACTOR_KEY)
        return key_forbidden(cx, right);
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
