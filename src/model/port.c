/* SPDX-License-Identifier: ISC */
#include "model/port.h"

#include "model/catalog.h"
#include "model/team.h"
#include "model/user.h"

#define ROW(member, is, ...) \
    { .name = #member, .label = #member, .type = is, .offset = AT(member), \
        __VA_ARGS__ }
#define TYPE \
    ROW(type, FIELD_TEXT, .min = 1, .max = 30, .flags = FIELD_REQUIRED, \
        .missing = "type is missing")
#define UUID(member, more) \
    ROW(member, FIELD_TEXT, .min = 36, .max = 36, .flags = (more), \
        .missing = "its id is missing")
#define NAME(member, most) \
    ROW(member, FIELD_TEXT, .min = 1, .max = (most), .flags = FIELD_REQUIRED, \
        .missing = "its name is missing")
#define OPTION(member, most) \
    ROW(member, FIELD_TEXT, .min = 0, .max = (most), .flags = FIELD_NULLABLE)
#define TIME(member, more) \
    ROW(member, FIELD_TIME, .flags = (more), .missing = "a time is missing")
#define COUNT(member, low, high) \
    ROW(member, FIELD_INT, .min = (low), .max = (high), \
        .flags = FIELD_REQUIRED, .missing = "a number is missing")
#define CHOICE(member, names) \
    ROW(member, FIELD_CHOICE, .flags = FIELD_REQUIRED, .choices = (names), \
        .missing = "it is missing")
#define LIST(member, most) \
    ROW(member, FIELD_LIST, .max = (most), .flags = FIELD_NULLABLE)
#define END { .name = NULL }

/* In the order of the enums. */
static const char *const factor_rules[] = { "none", "admins", "all", NULL };
static const char *const leavers[] = { "suspend", "pass", NULL };
static const char *const reserves[] = { "charge", "release", NULL };
static const char *const kinds[] = { "standard", "management", "admin",
    NULL };
static const char *const resets[] = { "no_reset", "day", "week", "month",
    NULL };

#define AT(member) offsetof(struct port_head, member)
const struct field port_head_fields[] = { TYPE, COUNT(version, 1, INT32_MAX),
    UUID(id, FIELD_REQUIRED), TIME(made, FIELD_REQUIRED),
    ROW(verifiers, FIELD_BOOL, .flags = 0), END };
#undef AT

#define AT(member) offsetof(struct port_workspace, member)
const struct field port_workspace_fields[] = { TYPE,
    UUID(uuid, FIELD_REQUIRED), NAME(slug, 40), NAME(name, WORKSPACE_NAME_MAX),
    ROW(personal, FIELD_BOOL, .flags = 0), ROW(demo, FIELD_BOOL, .flags = 0),
    OPTION(person, USER_EMAIL_MAX), COUNT(key_max, 1, WORKSPACE_KEYS_MOST),
    ROW(life_max_s, FIELD_INT, .min = 1, .max = INT32_MAX,
        .flags = FIELD_NULLABLE),
    ROW(life_default_s, FIELD_INT, .min = 1, .max = INT32_MAX,
        .flags = FIELD_NULLABLE),
    COUNT(event_months, WORKSPACE_EVENTS_LEAST, WORKSPACE_EVENTS_MOST),
    CHOICE(second_factor, factor_rules), CHOICE(owner_leaves, leavers),
    CHOICE(reserve_ends, reserves),
    ROW(credits, FIELD_INT, .min = -LIMIT_AMOUNT_MOST,
        .max = LIMIT_AMOUNT_MOST, .flags = FIELD_NULLABLE),
    TIME(frozen, FIELD_NULLABLE), TIME(frozen_until, FIELD_NULLABLE),
    OPTION(frozen_why, FREEZE_WHY_MAX), OPTION(frozen_by, USER_EMAIL_MAX),
    TIME(deleted, FIELD_NULLABLE), TIME(created, FIELD_REQUIRED), END };
#undef AT

#define AT(member) offsetof(struct port_member, member)
const struct field port_member_fields[] = { TYPE, UUID(uuid, FIELD_REQUIRED),
    ROW(email, FIELD_TEXT, .min = 3, .max = USER_EMAIL_MAX,
        .flags = FIELD_REQUIRED, .missing = "the e-mail address is missing"),
    NAME(name, USER_NAME_MAX), CHOICE(role, role_choices),
    ROW(disabled, FIELD_BOOL, .flags = 0), TIME(created, FIELD_REQUIRED),
    END };
#undef AT

#define AT(member) offsetof(struct port_service, member)
const struct field port_service_fields[] = { TYPE, UUID(uuid, FIELD_REQUIRED),
    NAME(name, USER_NAME_MAX), TIME(created, FIELD_REQUIRED),
    TIME(removed, FIELD_NULLABLE), END };
#undef AT

#define AT(member) offsetof(struct port_deployment, member)
const struct field port_deployment_fields[] = { TYPE,
    UUID(uuid, FIELD_REQUIRED), NAME(name, CATALOG_NAME_MAX),
    NAME(base_url, CATALOG_URL_MAX), TIME(created, FIELD_REQUIRED),
    TIME(removed, FIELD_NULLABLE), END };
#undef AT

#define AT(member) offsetof(struct port_model, member)
const struct field port_model_fields[] = { TYPE, UUID(uuid, FIELD_REQUIRED),
    NAME(name, CATALOG_NAME_MAX), NAME(category, 40),
    LIST(deployments, 1000), TIME(created, FIELD_REQUIRED), END };
#undef AT

#define AT(member) offsetof(struct port_price, member)
const struct field port_price_fields[] = { TYPE, TIME(from, FIELD_REQUIRED),
    COUNT(input, 0, PRICE_MOST), COUNT(output, 0, PRICE_MOST), END };
#undef AT

#define AT(member) offsetof(struct port_key, member)
const struct field port_key_fields[] = { TYPE, UUID(uuid, FIELD_REQUIRED),
    ROW(prefix, FIELD_TEXT, .min = 8, .max = 8, .flags = FIELD_REQUIRED,
        .missing = "the prefix is missing"),
    NAME(name, KEY_NAME_MAX),
    ROW(note, FIELD_LINES, .min = 0, .max = KEY_NOTE_MAX,
        .flags = FIELD_NULLABLE),
    CHOICE(kind, kinds), OPTION(owner, USER_EMAIL_MAX + 5),
    NAME(by, USER_EMAIL_MAX), TIME(created, FIELD_REQUIRED),
    TIME(updated, FIELD_REQUIRED), TIME(expires, FIELD_NULLABLE),
    TIME(used, FIELD_NULLABLE), TIME(disabled, FIELD_NULLABLE),
    TIME(suspended, FIELD_NULLABLE), TIME(revoked, FIELD_NULLABLE),
    OPTION(disabled_by, USER_EMAIL_MAX), OPTION(suspended_why, 40),
    OPTION(revoked_by, USER_EMAIL_MAX), ROW(waiting, FIELD_BOOL, .flags = 0),
    LIST(categories, KEY_LIST_MOST), LIST(models, KEY_LIST_MOST),
    LIST(endpoints, KEY_LIST_MOST),
    ROW(networks, FIELD_CIDRS, .max = KEY_LIST_MOST, .flags = FIELD_NULLABLE),
    UUID(deployment, FIELD_NULLABLE),
    ROW(spend_limit, FIELD_INT, .min = 0, .max = KEY_SPEND_MOST,
        .flags = FIELD_NULLABLE),
    CHOICE(spend_reset, resets), COUNT(spent, 0, KEY_SPEND_MOST),
    TIME(spent_since, FIELD_NULLABLE),
    ROW(labels, FIELD_LINES, .min = 0, .max = 10000,
        .flags = FIELD_NULLABLE),
    END };
#undef AT

#define AT(member) offsetof(struct port_secret, member)
const struct field port_secret_fields[] = { TYPE,
    ROW(last4, FIELD_TEXT, .min = 1, .max = 4,
        .flags = FIELD_REQUIRED, .missing = "last4 is missing"),
    ROW(imported, FIELD_BOOL, .flags = 0), TIME(created, FIELD_REQUIRED),
    TIME(ends, FIELD_NULLABLE), NAME(verifier, 200), END };
#undef AT

#define AT(member) offsetof(struct port_limit, member)
const struct field port_limit_fields[] = { TYPE,
    ROW(of_key, FIELD_BOOL, .flags = 0), OPTION(model, CATALOG_NAME_MAX),
    CHOICE(counts, limit_counts_names), CHOICE(period, limit_period_names),
    COUNT(amount, 0, LIMIT_AMOUNT_MOST), ROW(shadow, FIELD_BOOL, .flags = 0),
    COUNT(used, 0, INT64_MAX / 2), TIME(since, FIELD_NULLABLE), END };
#undef AT

#define AT(member) offsetof(struct port_end, member)
const struct field port_end_fields[] = { TYPE, COUNT(lines, 1, INT64_MAX / 2),
    OPTION(sha256, 64), OPTION(mac, 64), END };
#undef AT

bool
port_uuid(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        char c = s.p[i];
        if (dash ? c != '-'
                 : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return s.n == 36;
}
