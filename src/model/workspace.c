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

static const char *const factor_rules[] = { "none", "admins", "all", NULL };
_Static_assert(COUNT_OF(factor_rules) == FACTOR_RULE_COUNT + 1, "rules");

const char *
factor_rule_name(enum factor_rule r)
{
    return factor_rules[r];
}

enum factor_rule
factor_rule_read(struct str s)
{
    for (enum factor_rule r = FACTOR_NOBODY; r < FACTOR_ALL; r++)
        if (str_is(s, factor_rules[r]))
            return r;
    return FACTOR_ALL;
}

bool
factor_rule_covers(enum factor_rule r, enum role role)
{
    return r == FACTOR_ALL ||
        (r == FACTOR_ADMINS && (role == ROLE_ADMIN || role == ROLE_OWNER));
}

static const char *const reserve_names[] = { "charge", "release", NULL };
_Static_assert(COUNT_OF(reserve_names) == RESERVE_END_COUNT + 1, "ends");

const char *
reserve_end_name(enum reserve_end e)
{
    return reserve_names[e];
}

static const char *const leaver_names[] = { "suspend", "pass", NULL };
_Static_assert(COUNT_OF(leaver_names) == LEAVER_COUNT + 1, "leavers");

const char *
leaver_name(enum leaver l)
{
    return leaver_names[l];
}

const struct field workspace_fields[] = {
    { .name = "name", .label = "Name", .type = FIELD_TEXT,
        .offset = offsetof(struct workspace_in, name), .min = 1,
        .max = WORKSPACE_NAME_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter a name for the workspace" },
    { .name = "second_factor", .label = "Who needs a code",
        .type = FIELD_CHOICE,
        .offset = offsetof(struct workspace_in, second_factor),
        .choices = factor_rules, .flags = FIELD_REQUIRED,
        .missing = "Choose who signs in with a code" },
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
    { .name = "second_factor", .label = "Who needs a code",
        .type = FIELD_CHOICE, .offset = AT(second_factor),
        .flags = FIELD_REQUIRED,
        .missing = "Choose who signs in with a code", .choices = factor_rules },
    { .name = "owner_leaves", .label = "Keys of people who leave",
        .type = FIELD_CHOICE, .offset = AT(owner_leaves),
        .flags = FIELD_REQUIRED,
        .missing = "Choose what happens to keys of people who leave",
        .choices = leaver_names },
    { .name = "reserve_ends", .label = "Calls without a report",
        .type = FIELD_CHOICE, .offset = AT(reserve_ends),
        .flags = FIELD_REQUIRED,
        .missing = "Choose what a call without a report costs",
        .choices = reserve_names },
    { .name = "event_months", .label = "Months kept", .type = FIELD_INT,
        .offset = AT(event_months), .min = WORKSPACE_EVENTS_LEAST,
        .max = WORKSPACE_EVENTS_MOST, .flags = FIELD_REQUIRED,
        .missing = "Enter how many months single calls are kept" },
    { .name = NULL },
};
#undef AT

static const char *const lasts_names[] = { "open", "hour", "day", "week",
    "date", NULL };

#define AT(member) offsetof(struct freeze_in, member)
const struct field freeze_fields[] = {
    { .name = "why", .label = "Reason", .type = FIELD_TEXT, .offset = AT(why),
        .min = 1, .max = FREEZE_WHY_MAX, .flags = FIELD_REQUIRED,
        .missing = "Say why: whoever calls meanwhile reads it" },
    { .name = "lasts", .label = "How long", .type = FIELD_CHOICE,
        .offset = AT(lasts), .flags = FIELD_REQUIRED,
        .missing = "Choose how long it lasts", .choices = lasts_names },
    { .name = "until", .label = "Until", .type = FIELD_TIME,
        .offset = AT(until), .flags = FIELD_NULLABLE },
    { .name = NULL },
};
#undef AT
