/* SPDX-License-Identifier: ISC */
#include "model/team.h"

#include "base/attr.h"
#include "model/user.h"

const char *const role_choices[] = { "member", "admin", "owner", NULL };

enum role
role_choice(int index)
{
    return (enum role)(ROLE_MEMBER + index);
}

enum invite_state
invite_state(const struct invite *v, int64_t now_s)
{
    enum role least = v->role == ROLE_OWNER ? ROLE_OWNER : ROLE_ADMIN;
    if (v->accepted_s)
        return INVITE_USED;
    if (v->cancelled_s)
        return INVITE_CANCELLED;
    if (v->ends_s <= now_s)
        return INVITE_EXPIRED;
    if (v->workspace_deleted)
        return INVITE_GONE;
    return v->broken || v->by_role < least || v->by_disabled ? INVITE_VOID
                                                              : INVITE_OPEN;
}

#define AT(member) offsetof(struct invite_in, member)
const struct field invite_fields[] = {
    { .name = "email", .label = "E-mail address", .type = FIELD_TEXT,
        .offset = AT(email), .min = 3, .max = USER_EMAIL_MAX,
        .flags = FIELD_REQUIRED,
        .missing = "Enter the e-mail address of whom you invite" },
    { .name = "role", .label = "Role", .type = FIELD_CHOICE,
        .offset = AT(role), .flags = FIELD_REQUIRED,
        .missing = "Choose a role", .choices = role_choices },
    { .name = "once", .label = "Form", .type = FIELD_TEXT, .offset = AT(once),
        .min = 1, .max = 64, .flags = FIELD_REQUIRED,
        .missing = "Open the form again" },
    { .name = NULL },
};
#undef AT

#define AT(member) offsetof(struct join_in, member)
const struct field join_fields[] = {
    { .name = "name", .label = "Name", .type = FIELD_TEXT, .offset = AT(name),
        .min = 1, .max = USER_NAME_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter your name" },
    { .name = "password", .label = "Password", .type = FIELD_SECRET,
        .offset = AT(password), .min = PASSWORD_BYTES_MIN,
        .max = PASSWORD_BYTES_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter a password of 12 or more characters" },
    { .name = NULL },
};
#undef AT

const struct field role_fields[] = {
    { .name = "role", .label = "Role", .type = FIELD_CHOICE,
        .offset = offsetof(struct role_in, role), .flags = FIELD_REQUIRED,
        .missing = "Choose a role", .choices = role_choices },
    { .name = NULL },
};

static const char *const fates[] = { "hand_over", "revoke", "later", NULL };
static const char *const answers[] = { "hand_over", "revoke", NULL };

#define AT(member) offsetof(struct fate_in, member)
#define FATE(words)                                                          \
    { .name = "fate", .label = "Keys", .type = FIELD_CHOICE,                 \
        .offset = AT(fate), .flags = FIELD_REQUIRED,                         \
        .missing = "Choose what becomes of the keys", .choices = words }
#define TO                                                                   \
    { .name = "to", .label = "New owner", .type = FIELD_TEXT,                \
        .offset = AT(to), .min = 0, .max = 60 }
const struct field remove_fields[] = { FATE(fates), TO, { .name = NULL } };
const struct field service_remove_fields[] = { FATE(answers), TO,
    { .name = NULL } };
const struct field waiting_fields[] = {
    FATE(answers), TO,
    { .name = "k", .label = "Keys", .type = FIELD_LIST, .offset = AT(keys),
        .min = 1, .max = 200, .flags = FIELD_REQUIRED,
        .missing = "Choose at least one key" },
    { .name = NULL },
};
#undef AT

const struct field service_fields[] = {
    { .name = "name", .label = "Name", .type = FIELD_TEXT,
        .offset = offsetof(struct service_in, name), .min = 1,
        .max = WORKSPACE_NAME_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter a name for the service account" },
    { .name = NULL },
};
