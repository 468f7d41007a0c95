/* SPDX-License-Identifier: ISC */
#include "model/aimlapi.h"

#include "model/key.h"

enum { SCOPES_MOST = 20 };

static const char *const retentions[] = { [SPEND_NO_RESET] = "no_reset",
    [SPEND_DAY] = "day", [SPEND_WEEK] = "week", [SPEND_MONTH] = "month",
    NULL };

#define AT(member) offsetof(struct aiml_key_in, member)
#define NAME                                                                 \
    { .name = "name", .label = "name", .type = FIELD_TEXT,                   \
        .offset = AT(name), .min = 1, .max = KEY_NAME_MAX,                   \
        .flags = FIELD_NULLABLE }
#define SCOPES                                                               \
    { .name = "scopes", .label = "scopes", .type = FIELD_LIST,               \
        .offset = AT(scopes), .max = SCOPES_MOST, .flags = FIELD_NULLABLE }
const struct field aiml_create_fields[] = { NAME, SCOPES,
    { .name = "claim_days", .label = "claim_days", .type = FIELD_INT,
        .offset = AT(claim_days), .min = 1, .max = 7 },
    { .name = NULL } };
const struct field aiml_change_fields[] = {
    NAME,
    { .name = "disabled", .label = "disabled", .type = FIELD_BOOL,
        .offset = AT(disabled) },
    SCOPES,
    { .name = NULL },
};
#undef SCOPES
#undef NAME
#undef AT

#define AT(member) offsetof(struct aiml_limit_in, member)
const struct field aiml_limit_fields[] = {
    { .name = "retention", .label = "limit.retention", .type = FIELD_CHOICE,
        .offset = AT(retention), .choices = retentions },
    { .name = "threshold", .label = "limit.threshold", .type = FIELD_MONEY,
        .offset = AT(threshold), .min = 0, .max = KEY_SPEND_MOST },
    { .name = NULL },
};
#undef AT
