/* SPDX-License-Identifier: ISC */
#include "web/audit_words.h"

#include "base/buf.h"
#include "text/json.h"
#include "text/utf8.h"

/* In the order of the filter.  here: on the page of the key itself. */
static const struct {
    const char *action, *label, *did, *here;
} words[] = {
    { "key.create", "Key created", "created key", "created the key" },
    { "key.edit", "Key changed", "changed key", "changed its settings" },
    { "key.rotate", "Key rotated", "rotated key", "rotated the secret" },
    { "key.end_old_secret", "Old secret ended", "ended the old secret of key",
        "ended the old secret" },
    { "key.claim", "Key claimed", "opened the link of key",
        "opened the link and got the secret" },
    { "key.claim_link", "Claim link made", "made a new link for key",
        "made a new link for its holder" },
    { "key.claim_withdraw", "Claim link withdrawn",
        "withdrew the link of key", "withdrew the link for its holder" },
    { "key.rotation_plan", "End of old secret set",
        "set when the old secret ends of key",
        "set when the old secret ends" },
    { "key.rotation_undo", "Rotation taken back",
        "took back the rotation of key", "took back the rotation" },
    { "key.silent_end", "Old secret ended: silent",
        "ended the silent old secret of key",
        "ended the old secret, which nobody used any more" },
    { "key.disable", "Key disabled", "disabled key", "disabled it" },
    { "key.enable", "Key enabled", "enabled key", "enabled it" },
    { "key.revoke", "Key revoked", "revoked key", "revoked it" },
    { "key.import", "Key imported", "imported key", "imported it" },
    { "limit.set", "Limit set", "set a limit of", "set a limit" },
    { "limit.remove", "Limit removed", "removed a limit of",
        "removed a limit" },
    { "key.leak", "Key reported as leaked", "took a report of leaked key",
        "took a report that it leaked" },
    { "limit.import", "Limit imported", "imported a limit of", NULL },
    { "model.add", "Model added", "added model", NULL },
    { "model.import", "Model imported", "imported model", NULL },
    { "model.edit", "Model changed", "changed model", NULL },
    { "model.remove", "Model removed", "removed model", NULL },
    { "model.price", "Price set", "set a price of model", NULL },
    { "model.price_remove", "Price removed", "removed a price of model",
        NULL },
    { "deployment.add", "Deployment added", "added deployment", NULL },
    { "deployment.import", "Deployment imported", "imported deployment",
        NULL },
    { "deployment.edit", "Deployment changed", "changed deployment", NULL },
    { "deployment.remove", "Deployment removed", "removed deployment", NULL },
    { "key.hand_over", "Key handed over", "handed over key",
        "handed it over" },
    { "key.suspend", "Key suspended: owner left", "suspended key",
        "suspended it, as its owner left" },
    { "key.pass", "Key passed on: owner left", "passed on key",
        "passed it on, as its owner left" },
    { "seal.accept", "Change from outside accepted",
        "accepted what was changed outside of Keylodge:",
        "accepted what was changed outside of Keylodge" },
    { "seal.broken", "Changed outside of Keylodge",
        "found, changed outside of Keylodge:",
        "found it changed outside of Keylodge" },
    { "invite.create", "Invitation made", "invited", NULL },
    { "invite.withdraw", "Invitation withdrawn",
        "withdrew the invitation of", NULL },
    { "invite.accept", "Invitation accepted", "accepted the invitation of",
        NULL },
    { "webhook.create", "Webhook created", "created webhook", NULL },
    { "webhook.edit", "Webhook changed", "changed webhook", NULL },
    { "webhook.pause", "Webhook paused", "paused webhook", NULL },
    { "webhook.resume", "Webhook resumed", "resumed webhook", NULL },
    { "webhook.rotate", "Webhook secret rotated",
        "rotated the secret of webhook", NULL },
    { "webhook.remove", "Webhook removed", "removed webhook", NULL },
    { "webhook.test", "Webhook tested", "sent a test to webhook", NULL },
    { "notice.again", "Message sent again", "sent again a message to", NULL },
    { "notice.drop", "Message dropped", "dropped a message to", NULL },
    { "member.add", "Member added", "added member", NULL },
    { "member.import", "Member imported", "imported member", NULL },
    { "member.role", "Role changed", "changed the role of", NULL },
    { "member.remove", "Member removed", "removed member", NULL },
    { "member.leave", "Member left", "ended the membership of", NULL },
    { "member.transfer", "Ownership transferred",
        "transferred ownership to", NULL },
    { "service.add", "Service account added", "added service account", NULL },
    { "service.import", "Service account imported",
        "imported service account", NULL },
    { "service.edit", "Service account renamed", "renamed service account",
        NULL },
    { "service.remove", "Service account removed", "removed service account",
        NULL },
    { "workspace.create", "Workspace created", "created workspace", NULL },
    { "workspace.import", "Workspace imported", "imported workspace", NULL },
    { "export.make", "Workspace exported", "exported workspace", NULL },
    { "workspace.settings", "Settings changed", "changed the settings of",
        NULL },
    { "workspace.freeze", "Workspace frozen", "froze workspace", NULL },
    { "workspace.thaw", "Workspace thawed", "thawed workspace", NULL },
    { "workspace.delete", "Workspace deleted", "deleted workspace", NULL },
    { "workspace.restore", "Workspace restored", "restored workspace", NULL },
    { "credit.on", "Credits turned on", "turned on credits of", NULL },
    { "credit.off", "Credits turned off", "turned off credits of", NULL },
    { "credit.top_up", "Credits topped up", "topped up credits of", NULL },
    { "credit.adjust", "Credits adjusted", "adjusted credits of", NULL },
    { "session.refused", "Sign-in refused", "tried to sign in as", NULL },
    { "session.confirm_refused", "Confirmation refused",
        "did not confirm who they are:", NULL },
    { "access.refused", "Not allowed", "was refused", NULL },
    { "audit.export", "Audit log exported", "exported the audit log of",
        NULL },
};

/* Row of an action; COUNT_OF(words) when it has none. */
static size_t
row_of(struct str action)
{
    size_t i = 0;
    while (i < COUNT_OF(words) && !str_is(action, words[i].action))
        i++;
    return i;
}

bool
audit_known(struct str action)
{
    return row_of(action) < COUNT_OF(words);
}

struct str
audit_did(struct str action)
{
    size_t i = row_of(action);
    return i < COUNT_OF(words) ? str_cstr(words[i].did) : action;
}

struct str
audit_did_here(struct str action)
{
    size_t i = row_of(action);
    return i < COUNT_OF(words) && words[i].here ? str_cstr(words[i].here)
                                                : audit_did(action);
}

struct str
audit_label(struct str action)
{
    size_t i = row_of(action);
    return i < COUNT_OF(words) ? str_cstr(words[i].label) : action;
}

void
audit_options(struct form *fm, struct val *field, struct str chosen)
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        form_option(fm, field, str_cstr(words[i].action),
            str_cstr(words[i].label), STR(""),
            str_is(chosen, words[i].action));
}

struct str
audit_who(const struct audit *row)
{
    bool nobody = str_is(row->actor_kind, "system") &&
        str_is(row->actor_name, "nobody");
    return nobody ? STR("Somebody, not signed in,") : row->actor_name;
}

struct str
audit_how(struct cx *cx, const struct audit *row)
{
    if (str_is(row->actor_kind, "shell"))
        return STR("from the shell");
    if (str_is(row->actor_kind, "key"))
        return arena_fmt(cx->arena, "by management key %.*s",
            STR_ARG(row->actor_id));
    return STR("");
}

struct str
audit_href(struct cx *cx, const struct audit *row)
{
    if (!str_is(row->object_kind, "key"))
        return STR("");
    /* a key of another kind is redirected from here to its own page */
    return arena_fmt(cx->arena, "%.*s/%.*s",
        STR_ARG(view_path(cx, "/keys")), STR_ARG(row->object_id));
}

/* One value, cut to a length that leaves the line readable. */
static void
add_value(struct buf *b, const struct val *v)
{
    enum { SHOWN_MAX = 120 };
    char tmp[VAL_SHOW_MAX];
    struct str s = val_show(v, tmp);
    if (s.n == 0) {
        buf_cstr(b, "none");
        return;
    }
    struct str head = utf8_clip(s, SHOWN_MAX);
    for (size_t i = 0; i < head.n; i++)
        buf_char(b, head.p[i] == '\n' ? ' ' : head.p[i]);
    if (head.n < s.n)
        buf_cstr(b, "\xe2\x80\xa6");
}

static void
add_entry(struct buf *b, const struct val_pair *p)
{
    buf_cstr(b, b->n ? "; " : "");
    for (size_t i = 0; i < p->name.n; i++)
        buf_char(b, p->name.p[i] == '_' ? ' ' : p->name.p[i]);
    buf_char(b, ' ');
    if (p->val->type != VAL_LIST) {
        add_value(b, p->val);
        return;
    }
    for (size_t i = 0; i < p->val->u.list.n; i++) {
        buf_cstr(b, i ? " \xe2\x86\x92 " : "");
        add_value(b, p->val->u.list.items[i]);
    }
}

struct str
audit_details(struct cx *cx, const struct audit *row)
{
    struct val *v;
    struct err err;
    struct buf b;
    err_init(&err, cx->arena);
    if (json_read(cx->arena, row->details, &v, &err) || v->type != VAL_MAP)
        return STR("");
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    for (size_t i = 0; i < v->u.map.n; i++)
        add_entry(&b, &v->u.map.pairs[i]);
    return buf_view(&b);
}
