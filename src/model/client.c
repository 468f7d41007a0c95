/* SPDX-License-Identifier: ISC */
#include "model/client.h"

#include "model/key.h"
#include "model/limit.h"

enum { UUID_MOST = 40, MODEL_MOST = 200 };

#define AT(member) offsetof(struct exo_in, member)
const struct field exo_fields[] = {
    { .name = "name", .label = "name", .type = FIELD_TEXT, .offset = AT(name),
        .min = 1, .max = KEY_NAME_MAX, .flags = FIELD_REQUIRED,
        .missing = "Send a name" },
    { .name = "scope", .label = "scope", .type = FIELD_TEXT,
        .offset = AT(scope), .min = 1, .max = UUID_MOST,
        .flags = FIELD_REQUIRED,
        .missing = "Send public, or the UUID of a deployment" },
    { .name = NULL },
};
#undef AT

#define AT(member) offsetof(struct aix_in, member)
const struct field aix_fields[] = {
    { .name = "id", .label = "id", .type = FIELD_TEXT, .offset = AT(id),
        .max = UUID_MOST, .flags = FIELD_NULLABLE },
    { .name = "name", .label = "name", .type = FIELD_TEXT, .offset = AT(name),
        .min = 1, .max = KEY_NAME_MAX, .flags = FIELD_REQUIRED,
        .missing = "Send a name" },
    { .name = "budget", .label = "budget", .type = FIELD_MONEY,
        .offset = AT(budget), .min = 0, .max = KEY_SPEND_MOST,
        .flags = FIELD_NULLABLE },
    { .name = "expiresAt", .label = "expiresAt", .type = FIELD_TIME,
        .offset = AT(expires_at), .flags = FIELD_NULLABLE },
    { .name = NULL },
};
#undef AT

static const char *const token_names[] = { "input", "output", "total", NULL };

#define AT(member) offsetof(struct aix_limit_in, member)
#define COUNT_ROW(member)                                                    \
    { .name = #member, .label = #member, .type = FIELD_INT,                  \
        .offset = AT(member), .min = 0, .max = LIMIT_AMOUNT_MOST,            \
        .flags = FIELD_NULLABLE }
#define LIMIT_ROWS                                                           \
    COUNT_ROW(tpm), COUNT_ROW(tpd), COUNT_ROW(rpm), COUNT_ROW(rpd),          \
    { .name = "tokenType", .label = "tokenType", .type = FIELD_CHOICE,       \
        .offset = AT(tokens), .choices = token_names,                        \
        .flags = FIELD_NULLABLE }

const struct field aix_limit_fields[] = { LIMIT_ROWS, { .name = NULL } };
const struct field aix_asset_fields[] = {
    { .name = "assetId", .label = "assetId", .type = FIELD_TEXT,
        .offset = AT(asset), .min = 1, .max = MODEL_MOST,
        .flags = FIELD_REQUIRED, .missing = "Send the id of a model" },
    LIMIT_ROWS,
    { .name = NULL },
};
#undef LIMIT_ROWS
#undef COUNT_ROW
#undef AT
