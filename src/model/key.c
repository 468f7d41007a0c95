/* SPDX-License-Identifier: ISC */
#include "model/key.h"

#include "base/attr.h"

#include <string.h>

static const char *const kind_names[] = { "standard", "management", "admin",
    NULL };
static const char *const status_names[] = { "revoked", "expired", "suspended",
    "disabled", "waiting", "limit_reached", "expiring", "rotating", "active" };
static const char *const reset_names[] = { "no_reset", "day", "week", "month",
    NULL };
static const char *const expiry_names[] = { "30", "90", "365", "date", "none",
    NULL };
static const char *const claim_names[] = { "now", "1", "3", "7", NULL };
static const char *const claim_again_names[] = { "1", "3", "7", NULL };
static const char *const scope_names[] = { "all", "some", NULL };
static const char *const overlap_names[] = { "none", "hour", "day", "week",
    NULL };
static const char *const rotation_names[] = { "hour", "day", "week", "date",
    "silent", NULL };
static const char *const bulk_names[] = { "disable", "enable", "revoke",
    NULL };

_Static_assert(COUNT_OF(kind_names) == KEY_KIND_COUNT + 1, "kinds");
_Static_assert(COUNT_OF(status_names) == KEY_STATUS_COUNT, "statuses");
_Static_assert(COUNT_OF(reset_names) == SPEND_RESET_COUNT + 1, "resets");

const char *const key_categories[] = { "chat", "responses", "image", "audio",
    "video", "embeddings", "speech", "ocr", NULL };

const char *const key_endpoints[] = { "/v1/chat/completions", "/v1/responses",
    "/v1/completions", "/v1/messages", "/v1/embeddings",
    "/v1/images/generations", "/v1/images/edits", "/v1/audio/speech",
    "/v1/audio/transcriptions", "/v1/videos", "/v1/ocr", "/v1/models", NULL };

static int
name_index(const char *const *names, struct str s)
{
    for (int i = 0; names[i]; i++)
        if (str_is(s, names[i]))
            return i;
    return -1;
}

bool
key_category_known(struct str s)
{
    return name_index(key_categories, s) >= 0;
}

bool
key_endpoint_known(struct str s)
{
    return name_index(key_endpoints, s) >= 0;
}

const char *
key_kind_name(enum key_kind kind)
{
    return kind_names[kind];
}

bool
key_kind_read(struct str s, enum key_kind *out)
{
    int i = name_index(kind_names, s);
    if (i >= 0)
        *out = (enum key_kind)i;
    return i >= 0;
}

const char *
key_status_name(enum key_status status)
{
    return status_names[status];
}

const char *
spend_reset_name(enum spend_reset reset)
{
    return reset_names[reset];
}

bool
spend_reset_read(struct str s, enum spend_reset *out)
{
    int i = name_index(reset_names, s);
    if (i >= 0)
        *out = (enum spend_reset)i;
    return i >= 0;
}

int64_t
key_overlap_s(int overlap)
{
    static const int64_t seconds[] = { 0, 3600, 86400, 7 * 86400 };
    must(overlap >= 0 && (size_t)overlap < COUNT_OF(seconds));
    return seconds[overlap];
}

int64_t
key_claim_s(int claim)
{
    static const int64_t seconds[] = { 0, 86400, 3 * 86400, 7 * 86400 };
    must(claim > 0 && (size_t)claim < COUNT_OF(seconds));
    return seconds[claim];
}

#define AT(member) offsetof(struct key_in, member)
/* What both forms read; the one for a new key reads more.  They share a struct,
 * so a row has the same place in both tables. */
#define SETTINGS                                                             \
    { .name = "version", .label = "Version", .type = FIELD_INT,              \
        .offset = AT(version), .min = 1, .max = INT32_MAX },                 \
    { .name = "name", .label = "Name", .type = FIELD_TEXT, .offset = AT(name),\
        .min = 1, .max = KEY_NAME_MAX, .flags = FIELD_REQUIRED,              \
        .missing = "Enter a name for the key" },                             \
    { .name = "owner", .label = "Owner", .type = FIELD_TEXT,                 \
        .offset = AT(owner), .min = 1, .max = 60 },                          \
    { .name = "expiry", .label = "Expiry", .type = FIELD_CHOICE,             \
        .offset = AT(expiry), .choices = expiry_names,                       \
        .flags = FIELD_REQUIRED, .missing = "Choose when the key expires" }, \
    { .name = "expires_on", .label = "Expiry date", .type = FIELD_TIME,      \
        .offset = AT(expires_on) },                                          \
    { .name = "spend_limit", .label = "Spending limit", .type = FIELD_MONEY, \
        .offset = AT(spend_limit), .min = 0, .max = KEY_SPEND_MOST,          \
        .flags = FIELD_NULLABLE },                                           \
    { .name = "spend_reset", .label = "Reset", .type = FIELD_CHOICE,         \
        .offset = AT(spend_reset), .choices = reset_names },                 \
    { .name = "category_scope", .label = "Model categories",                 \
        .type = FIELD_CHOICE, .offset = AT(category_scope),                  \
        .choices = scope_names },                                            \
    { .name = "categories", .label = "Model categories", .type = FIELD_LIST, \
        .offset = AT(categories), .max = KEY_LIST_MOST },                    \
    { .name = "model_scope", .label = "Models", .type = FIELD_CHOICE,        \
        .offset = AT(model_scope), .choices = scope_names },                 \
    { .name = "models", .label = "Models", .type = FIELD_LIST,               \
        .offset = AT(models), .max = KEY_LIST_MOST },                        \
    { .name = "endpoint_scope", .label = "Endpoints", .type = FIELD_CHOICE,  \
        .offset = AT(endpoint_scope), .choices = scope_names },              \
    { .name = "endpoints", .label = "Endpoints", .type = FIELD_LIST,         \
        .offset = AT(endpoints), .max = KEY_LIST_MOST },                     \
    { .name = "network_scope", .label = "Networks", .type = FIELD_CHOICE,    \
        .offset = AT(network_scope), .choices = scope_names },               \
    { .name = "networks", .label = "Networks", .type = FIELD_CIDRS,          \
        .offset = AT(networks), .max = KEY_LIST_MOST },                      \
    { .name = "deployment", .label = "Deployment", .type = FIELD_TEXT,       \
        .offset = AT(deployment), .min = 1, .max = 40 },                     \
    { .name = "note", .label = "Note", .type = FIELD_LINES,                  \
        .offset = AT(note), .max = KEY_NOTE_MAX, .flags = FIELD_NULLABLE },  \
    { .name = "labels", .label = "Labels", .type = FIELD_LINES,              \
        .offset = AT(labels), .max = 4000, .flags = FIELD_NULLABLE }

const struct field key_fields[] = {
    SETTINGS,
    { .name = "once", .label = "Form id", .type = FIELD_TEXT,
        .offset = AT(once), .min = 1, .max = 100, .flags = FIELD_FORM_ONLY },
    { .name = "claim", .label = "Secret", .type = FIELD_CHOICE,
        .offset = AT(claim), .choices = claim_names,
        .flags = FIELD_FORM_ONLY },
    { .name = "rate_requests", .label = "Requests a minute",
        .type = FIELD_INT, .offset = AT(rate_requests), .min = 0,
        .max = KEY_RATE_MOST, .flags = FIELD_NULLABLE | FIELD_FORM_ONLY },
    { .name = "rate_tokens", .label = "Tokens a minute", .type = FIELD_INT,
        .offset = AT(rate_tokens), .min = 0, .max = KEY_RATE_MOST,
        .flags = FIELD_NULLABLE | FIELD_FORM_ONLY },
    { .name = "day_tokens", .label = "Tokens a day", .type = FIELD_INT,
        .offset = AT(day_tokens), .min = 0, .max = KEY_RATE_MOST,
        .flags = FIELD_NULLABLE | FIELD_FORM_ONLY },
    { .name = NULL },
};

const struct field key_edit_fields[] = { SETTINGS, { .name = NULL } };
#undef AT

#define AT(member) offsetof(struct rotate_in, member)
const struct field rotate_fields[] = {
    { .name = "once", .label = "Form id", .type = FIELD_TEXT,
        .offset = AT(once), .min = 1, .max = 100, .flags = FIELD_REQUIRED,
        .missing = "Open the form again" },
    { .name = "overlap", .label = "Old secret", .type = FIELD_CHOICE,
        .offset = AT(overlap), .choices = overlap_names,
        .flags = FIELD_REQUIRED,
        .missing = "Choose how long the old secret goes on" },
    { .name = NULL },
};
#undef AT

const struct field own_fields[] = {
    { .name = "key", .label = "Key", .type = FIELD_SECRET,
        .offset = offsetof(struct own_in, key), .min = 1, .max = OWN_KEY_MAX,
        .flags = FIELD_REQUIRED, .missing = "Enter your whole key" },
    { .name = NULL },
};

#define AT(member) offsetof(struct rotation_in, member)
const struct field rotation_fields[] = {
    { .name = "ends", .label = "The old secret ends", .type = FIELD_CHOICE,
        .offset = AT(ends), .choices = rotation_names,
        .flags = FIELD_REQUIRED,
        .missing = "Choose when the old secret ends" },
    { .name = "ends_on", .label = "Last day", .type = FIELD_TIME,
        .offset = AT(ends_on), .flags = FIELD_NULLABLE },
    { .name = "silent_hours", .label = "Hours", .type = FIELD_INT,
        .offset = AT(silent_hours), .min = 1, .max = ROTATION_SILENT_MOST,
        .flags = FIELD_NULLABLE },
    { .name = NULL },
};
#undef AT

#define AT(member) offsetof(struct claim_in, member)
const struct field claim_fields[] = {
    { .name = "once", .label = "Form id", .type = FIELD_TEXT,
        .offset = AT(once), .min = 1, .max = 100, .flags = FIELD_REQUIRED,
        .missing = "Open the form again" },
    { .name = "claim", .label = "Link", .type = FIELD_CHOICE,
        .offset = AT(claim), .choices = claim_again_names,
        .flags = FIELD_REQUIRED,
        .missing = "Choose how long the link works" },
    { .name = NULL },
};
#undef AT

const struct field confirm_fields[] = {
    { .name = "confirm", .label = "Name", .type = FIELD_TEXT,
        .offset = offsetof(struct confirm_in, confirm), .max = KEY_NAME_MAX },
    { .name = NULL },
};

#define AT(member) offsetof(struct bulk_in, member)
const struct field bulk_fields[] = {
    { .name = "do", .label = "Action", .type = FIELD_CHOICE,
        .offset = AT(act), .choices = bulk_names, .flags = FIELD_REQUIRED,
        .missing = "Choose what to do with the keys" },
    { .name = "k", .label = "Keys", .type = FIELD_LIST, .offset = AT(keys),
        .min = 1, .max = 500, .flags = FIELD_REQUIRED,
        .missing = "Choose at least one key" },
    { .name = "confirm", .label = "Confirmation", .type = FIELD_TEXT,
        .offset = AT(confirm), .max = KEY_NAME_MAX },
    { .name = "sure", .label = "Confirmation", .type = FIELD_BOOL,
        .offset = AT(sure) },
    { .name = NULL },
};
#undef AT

void
key_in_say(struct key_in *in, const char *name, bool null)
{
    int i = field_index(key_fields, (struct str){ name, strlen(name) });
    must(i >= 0);
    in->set.present |= (uint64_t)1 << i;
    if (null)
        in->set.null |= (uint64_t)1 << i;
}
