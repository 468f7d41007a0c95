/* SPDX-License-Identifier: ISC */
#include "model/workspace.h"

#include "base/attr.h"

static const char *const role_names[] = { "", "member", "admin", "owner" };

const char *
role_name(enum role role)
{
    return role_names[role];
}

enum role
role_read(struct str s)
{
    for (enum role r = ROLE_MEMBER; r <= ROLE_OWNER; r++)
        if (str_is(s, role_names[r]))
            return r;
    return ROLE_NONE;
}

const struct field workspace_fields[] = {
    { .name = "name", .label = "Name", .type = FIELD_TEXT,
        .offset = offsetof(struct workspace_in, name), .min = 1,
        .max = WORKSPACE_NAME_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter a name for the workspace" },
    { .name = NULL },
};

#define AT(member) offsetof(struct settings_in, member)
const struct field settings_fields[] = {
    { .name = "version", .label = "Version", .type = FIELD_INT,
        .offset = AT(version), .min = 1, .max = INT32_MAX,
        .flags = FIELD_REQUIRED, .missing = "Open the form again" },
    { .name = "name", .label = "Name", .type = FIELD_TEXT, .offset = AT(name),
        .min = 1, .max = WORKSPACE_NAME_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter a name for the workspace" },
    { .name = "key_max", .label = "Most keys", .type = FIELD_INT,
        .offset = AT(key_max), .min = 1, .max = WORKSPACE_KEYS_MOST,
        .flags = FIELD_REQUIRED,
        .missing = "Enter how many keys there may be" },
    { .name = "life_max_days", .label = "Longest life", .type = FIELD_INT,
        .offset = AT(life_max_days), .min = 1, .max = 3650,
        .flags = FIELD_NULLABLE },
    { .name = "life_default_days", .label = "Default expiry",
        .type = FIELD_INT, .offset = AT(life_default_days), .min = 1,
        .max = 3650, .flags = FIELD_NULLABLE },
    { .name = NULL },
};
#undef AT
