/* SPDX-License-Identifier: ISC */
#include "core/since.h"

#include "base/buf.h"
#include "text/json.h"
#include "text/when.h"

enum { SCRATCH = 64 * 1024, CHANGES_MAX = 600 };

struct since *
since_new(struct arena *a)
{
    struct since *s = ARENA_NEW(a, struct since);
    s->keep = a;
    s->scratch = arena_new(SCRATCH);
    s->end = &s->first;
    return s;
}

void
since_free(struct since *s)
{
    if (s)
        arena_free(s->scratch);
}

/* ---- things ---- */

static size_t
hash_of(enum since_about about, int64_t workspace_id, struct str id)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)about ^
        (uint64_t)workspace_id << 8;
    for (size_t i = 0; i < id.n; i++)
        h = (h ^ (unsigned char)id.p[i]) * UINT64_C(0x100000001b3);
    return (size_t)(h >> 17) % SINCE_HASHES;
}

/* A person is the same in each workspace; a workspace keeps its id when its
 * address does not. */
static struct since_thing *
thing_of(struct since *s, enum since_about about, int64_t workspace_id,
    struct str id, struct str name)
{
    struct str by = about == SINCE_WORKSPACE ? STR("") : id;
    if (about == SINCE_PERSON)
        workspace_id = 0;
    size_t hash = hash_of(about, workspace_id, by);
    struct since_thing *t = s->by_hash[hash];
    while (t && !(t->about == about && t->workspace_id == workspace_id &&
                    (about == SINCE_WORKSPACE || str_eq(t->id, id))))
        t = t->chain;
    if (t)
        return t;
    t = ARENA_NEW(s->keep, struct since_thing);
    t->about = about;
    t->workspace_id = workspace_id;
    t->id = arena_dup(s->keep, id);
    t->name = arena_dup(s->keep, name);
    t->chain = s->by_hash[hash];
    s->by_hash[hash] = t;
    *s->end = t;
    s->end = &t->next;
    return t;
}

/* One more change to be named, up to a length that can be read. */
static void
note(struct since *s, struct since_thing *t, struct str change)
{
    struct str more = STR("; and more");
    struct str next = arena_fmt(s->keep, "%s%.*s", t->changes.n ? "; " : "",
        STR_ARG(change));
    bool again = str_eq(t->changes, change) || str_ends(t->changes, next);
    if (t->changes.n >= CHANGES_MAX) {
        if (!str_ends(t->changes, more))
            t->changes = arena_fmt(s->keep, "%.*s%.*s", STR_ARG(t->changes),
                STR_ARG(more));
    } else if (!again) {
        t->changes = arena_fmt(s->keep, "%.*s%.*s", STR_ARG(t->changes),
            STR_ARG(next));
    }
}

/* ---- details of a row ---- */

/* "name": [before, after]; false: it says nothing of this. */
static bool
pair(const struct val *details, const char *name, struct str *before,
    struct str *after)
{
    const struct val *v = val_get_cstr(details, name);
    if (!v || v->type != VAL_LIST || v->u.list.n != 2)
        return false;
    *before = val_text(v->u.list.items[0]);
    *after = val_text(v->u.list.items[1]);
    return true;
}

static void
note_pair(struct since *s, struct since_thing *t, const struct val *details,
    const char *name, const char *label)
{
    struct str before, after;
    if (pair(details, name, &before, &after))
        note(s, t, arena_fmt(s->scratch, "%s: %.*s -> %.*s", label,
            STR_ARG(before), STR_ARG(after)));
}

typedef void reader(struct since *s, struct since_thing *t,
    const struct audit *row, const struct val *details);

static void
read_key_edit(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    (void)row;
    struct str before, after;
    if (pair(details, "disabled", &before, &after))
        t->is = str_is(after, "yes") ? t->is | SINCE_OFF
                                     : t->is & ~(unsigned)SINCE_OFF;
    note_pair(s, t, details, "expires", "expiry");
    note_pair(s, t, details, "spending_limit", "spending limit");
    note_pair(s, t, details, "access", "may call");
    if (val_true(val_get_cstr(details, "owner_changed"))) {
        t->is &= ~(unsigned)SINCE_LEFT;
        note(s, t, STR("owner was changed"));
    }
}

/* A report ends the one secret that leaked: when that is an old one, the key
 * goes on. */
static void
read_leak(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    (void)s;
    (void)row;
    bool old = str_is(val_text(val_get_cstr(details, "done")), "secret ended");
    t->is |= old ? SINCE_OLD_ENDED : SINCE_LEAKED;
}

/* What an earlier rotation left over ended with it. */
static void
read_rotate(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    (void)s;
    (void)row;
    (void)details;
    t->rotations++;
}

/* The only rotation since: the secret of the backup is that of the key again,
 * and an older one that there was has ended. */
static void
read_undo(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    (void)s;
    (void)row;
    (void)details;
    if (t->rotations == 0) {
        t->is |= SINCE_UNDONE;
    } else if (--t->rotations == 0) {
        t->is &= ~(unsigned)SINCE_ROTATED;
        t->is |= SINCE_OLD_ENDED;
    }
}

static void
read_plan(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    (void)s;
    (void)row;
    struct str before, after;
    if (!pair(details, "old_secret_ends", &before, &after) ||
        !when_read(after, &t->at_s))
        t->is &= ~(unsigned)SINCE_PLANNED;
}

static void
read_role(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    struct str before, after;
    (void)s;
    (void)row;
    t->role = pair(details, "role", &before, &after)
        ? role_read(after)
        : role_read(val_text(val_get_cstr(details, "role")));
}

/* The row is of the new owner; who gave it away is an admin now. */
static void
read_transfer(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    (void)details;
    t->role = ROLE_OWNER;
    struct since_thing *from = thing_of(s, SINCE_MEMBER, row->workspace_id,
        row->actor_id, row->actor_name);
    from->is |= SINCE_ROLE;
    from->role = ROLE_ADMIN;
}

static void
read_operator(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    struct str before, after;
    (void)s;
    (void)row;
    t->is &= ~(unsigned)SINCE_NO_OPERATOR;
    if (pair(details, "operator", &before, &after) && str_is(after, "no"))
        t->is |= SINCE_NO_OPERATOR;
}

static void
read_person(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    (void)row;
    note_pair(s, t, details, "email", "e-mail");
}

static void
read_freeze(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    (void)row;
    t->why = arena_dup(s->keep, val_text(val_get_cstr(details, "reason")));
    if (!when_read(val_text(val_get_cstr(details, "ends")), &t->at_s))
        t->at_s = 0;
}

/* It stays frozen after it. */
static void
read_restore(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    (void)s;
    (void)row;
    (void)details;
    t->why = STR("it was deleted");
    t->at_s = 0;
}

/* A limit: of a key, or of the workspace itself. */
static void
read_limit(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    (void)row;
    note_pair(s, t, details, "limit", "limit");
}

/* Each member that was changed. */
static void
read_all(struct since *s, struct since_thing *t, const struct audit *row,
    const struct val *details)
{
    size_t n = details && details->type == VAL_MAP ? details->u.map.n : 0;
    (void)row;
    for (size_t i = 0; i < n; i++) {
        const char *name =
            arena_cstr(s->scratch, details->u.map.pairs[i].name);
        note_pair(s, t, details, name, name);
    }
}

/* ---- rows ---- */

/* What a rotation ends of these; that one before it was taken back stays so,
 * should this one be, too. */
enum { OLD_SECRET = SINCE_OLD_ENDED | SINCE_PLANNED };

/* Every word that ends something, takes that back, or narrows something that
 * is wide again in the backup. */
static const struct word {
    const char *action;
    enum since_about about;
    unsigned on, off; /* what is so from here on, and what is not */
    reader *read;     /* what the details say besides; NULL: nothing */
    const char *note; /* named as it is; NULL: nothing */
} words[] = {
    { "key.revoke", SINCE_KEY, SINCE_REVOKED, 0, NULL, NULL },
    { "key.disable", SINCE_KEY, SINCE_OFF, 0, NULL, NULL },
    { "key.enable", SINCE_KEY, 0, SINCE_OFF, NULL, NULL },
    { "key.suspend", SINCE_KEY, SINCE_LEFT, 0, NULL, NULL },
    { "key.leak", SINCE_KEY, 0, 0, read_leak, NULL },
    { "key.rotate", SINCE_KEY, SINCE_ROTATED, OLD_SECRET, read_rotate, NULL },
    { "key.rotation_undo", SINCE_KEY, 0, SINCE_PLANNED, read_undo, NULL },
    { "key.rotation_plan", SINCE_KEY, SINCE_PLANNED, 0, read_plan, NULL },
    { "key.end_old_secret", SINCE_KEY, SINCE_OLD_ENDED, 0, NULL, NULL },
    { "key.silent_end", SINCE_KEY, SINCE_OLD_ENDED, 0, NULL, NULL },
    { "key.claim", SINCE_KEY, 0, 0, NULL,
        "its holder opened the link; the secret is not in the backup, they "
        "need a new link" },
    { "key.hand_over", SINCE_KEY, 0, SINCE_LEFT, NULL, "owner was changed" },
    { "key.pass", SINCE_KEY, 0, 0, NULL, "owner was changed" },
    { "key.edit", SINCE_KEY, 0, 0, read_key_edit, NULL },
    { "limit.set", SINCE_KEY, 0, 0, read_limit, NULL },
    { "limit.remove", SINCE_KEY, 0, 0, read_limit, NULL },
    { "service.remove", SINCE_SERVICE, SINCE_GONE, 0, NULL, NULL },
    { "member.add", SINCE_MEMBER, SINCE_ROLE, 0, read_role, NULL },
    { "member.import", SINCE_MEMBER, SINCE_ROLE, 0, read_role, NULL },
    { "invite.accept", SINCE_MEMBER, SINCE_ROLE, 0, read_role, NULL },
    { "member.role", SINCE_MEMBER, SINCE_ROLE, 0, read_role, NULL },
    { "member.remove", SINCE_MEMBER, SINCE_ROLE, 0, read_role, NULL },
    { "member.leave", SINCE_MEMBER, SINCE_ROLE, 0, read_role, NULL },
    { "member.transfer", SINCE_MEMBER, SINCE_ROLE, 0, read_transfer, NULL },
    { "user.disable", SINCE_PERSON, SINCE_OFF, 0, NULL, NULL },
    { "user.enable", SINCE_PERSON, 0, SINCE_OFF, NULL, NULL },
    { "user.operator", SINCE_PERSON, 0, 0, read_operator, NULL },
    { "user.edit", SINCE_PERSON, 0, 0, read_person, NULL },
    { "user.password", SINCE_PERSON, 0, 0, NULL, "password was changed" },
    { "reset.finish", SINCE_PERSON, 0, 0, NULL, "password was changed" },
    { "factor.on", SINCE_PERSON, 0, 0, NULL, "codes were turned on" },
    { "factor.off", SINCE_PERSON, 0, 0, NULL, "codes were turned off" },
    { "factor.codes", SINCE_PERSON, 0, 0, NULL, "recovery codes were renewed" },
    { "webhook.remove", SINCE_WEBHOOK, SINCE_GONE, 0, NULL, NULL },
    { "webhook.pause", SINCE_WEBHOOK, SINCE_OFF, 0, NULL, NULL },
    { "webhook.resume", SINCE_WEBHOOK, 0, SINCE_OFF, NULL, NULL },
    { "webhook.edit", SINCE_WEBHOOK, 0, 0, read_all, NULL },
    { "webhook.rotate", SINCE_WEBHOOK, 0, 0, NULL, "secret was rotated" },
    { "workspace.freeze", SINCE_WORKSPACE, SINCE_FROZEN, 0, read_freeze,
        NULL },
    { "workspace.thaw", SINCE_WORKSPACE, 0, SINCE_FROZEN, NULL, NULL },
    { "workspace.delete", SINCE_WORKSPACE, SINCE_DELETED, SINCE_FROZEN, NULL,
        NULL },
    { "workspace.restore", SINCE_WORKSPACE, SINCE_FROZEN, SINCE_DELETED,
        read_restore, NULL },
    { "workspace.settings", SINCE_WORKSPACE, 0, 0, read_all, NULL },
    { "credit.on", SINCE_WORKSPACE, 0, 0, NULL, "credits were turned on" },
    { "credit.off", SINCE_WORKSPACE, 0, 0, NULL, "credits were turned off" },
    { "credit.top_up", SINCE_WORKSPACE, 0, 0, NULL, "credits were changed" },
    { "credit.adjust", SINCE_WORKSPACE, 0, 0, NULL, "credits were changed" },
    { "model.edit", SINCE_WORKSPACE, 0, 0, NULL, "models were changed" },
    { "model.price", SINCE_WORKSPACE, 0, 0, NULL, "prices were changed" },
    { "model.price_remove", SINCE_WORKSPACE, 0, 0, NULL,
        "prices were changed" },
    { "model.remove", SINCE_WORKSPACE, 0, 0, NULL, "models were removed" },
    { "deployment.edit", SINCE_WORKSPACE, 0, 0, NULL,
        "deployments were changed" },
    { "deployment.remove", SINCE_WORKSPACE, 0, 0, NULL,
        "deployments were removed" },
};

static const struct word *
word_of(struct str action)
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_is(action, words[i].action))
            return &words[i];
    return NULL;
}

void
since_row(struct since *s, const struct audit *row)
{
    struct val *details = NULL;
    struct err err;
    s->rows++;
    const struct word *w = word_of(row->action);
    if (!w)
        return;
    arena_reset(s->scratch);
    err_init(&err, s->scratch);
    /* a row without details that can be read still ends what it ends */
    if (w->read && json_read(s->scratch, row->details, &details, &err))
        details = NULL;
    enum since_about about = w->about;
    if (about == SINCE_KEY && !str_is(row->object_kind, "key"))
        about = SINCE_WORKSPACE; /* a limit of it */
    struct since_thing *t = thing_of(s, about, row->workspace_id,
        row->object_id, row->object_name);
    t->is = (t->is & ~w->off) | w->on;
    if (w->read)
        w->read(s, t, row, details);
    if (w->note)
        note(s, t, str_cstr(w->note));
}
