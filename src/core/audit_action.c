/* SPDX-License-Identifier: ISC */
#include "core/audit_action.h"

#include "base/attr.h"

#include <string.h>

static const struct audit_action actions[] = {
    { "access.refused", true },
    { "audit.export", true },
    { "backup.make", false },
    { "backup.restore", false },
    { "credit.adjust", true },
    { "credit.off", true },
    { "credit.on", true },
    { "credit.top_up", true },
    { "deployment.add", true },
    { "deployment.edit", true },
    { "deployment.import", true },
    { "deployment.remove", true },
    { "export.make", true },
    { "factor.begin", false },
    { "factor.codes", false },
    { "factor.off", false },
    { "factor.on", false },
    { "invite.accept", true },
    { "invite.create", true },
    { "invite.withdraw", true },
    { "key.claim", true },
    { "key.claim_link", true },
    { "key.claim_withdraw", true },
    { "key.create", true },
    { "key.disable", true },
    { "key.edit", true },
    { "key.enable", true },
    { "key.end_old_secret", true },
    { "key.hand_over", true },
    { "key.import", true },
    { "key.leak", true },
    { "key.pass", true },
    { "key.revoke", true },
    { "key.rotate", true },
    { "key.rotation_plan", true },
    { "key.rotation_undo", true },
    { "key.silent_end", true },
    { "key.suspend", true },
    { "limit.import", true },
    { "limit.remove", true },
    { "limit.set", true },
    { "mail.test", false },
    { "member.add", true },
    { "member.import", true },
    { "member.leave", true },
    { "member.remove", true },
    { "member.role", true },
    { "member.transfer", true },
    { "model.add", true },
    { "model.edit", true },
    { "model.import", true },
    { "model.price", true },
    { "model.price_remove", true },
    { "model.remove", true },
    { "notice.again", true },
    { "notice.drop", true },
    { "reset.ask", false },
    { "reset.finish", false },
    { "reset.link", false },
    { "seal.accept", true },
    { "seal.broken", true },
    { "secret.end_old", false },
    { "secret.rotate", false },
    { "service.add", true },
    { "service.edit", true },
    { "service.import", true },
    { "service.remove", true },
    { "session.confirm", false },
    { "session.confirm_refused", true },
    { "session.end", false },
    { "session.end_others", false },
    { "session.password", false },
    { "session.refused", true },
    { "session.start", false },
    { "setup.finish", false },
    { "setup.link", false },
    { "user.add", false },
    { "user.disable", false },
    { "user.edit", false },
    { "user.enable", false },
    { "user.end_sessions", false },
    { "user.operator", false },
    { "user.password", false },
    { "webhook.create", true },
    { "webhook.edit", true },
    { "webhook.pause", true },
    { "webhook.remove", true },
    { "webhook.resume", true },
    { "webhook.rotate", true },
    { "webhook.test", true },
    { "workspace.create", true },
    { "workspace.delete", true },
    { "workspace.freeze", true },
    { "workspace.import", true },
    { "workspace.restore", true },
    { "workspace.settings", true },
    { "workspace.thaw", true },
};

const struct audit_action *
audit_actions(size_t *n)
{
    *n = COUNT_OF(actions);
    return actions;
}

bool
audit_action_known(const char *action)
{
    size_t i = 0;
    while (i < COUNT_OF(actions) && strcmp(actions[i].action, action) != 0)
        i++;
    return i < COUNT_OF(actions);
}
