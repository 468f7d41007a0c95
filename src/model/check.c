/* SPDX-License-Identifier: ISC */
#include "model/check.h"

#include "model/usage.h"

#define AT(member) offsetof(struct check_in, member)
const struct field check_fields[] = {
    { .name = "key", .label = "Key", .type = FIELD_SECRET, .offset = AT(key),
        .min = 1, .max = CHECK_KEY_MAX, .flags = FIELD_REQUIRED,
        .missing = "Send the API key to check" },
    { .name = "model", .label = "Model", .type = FIELD_TEXT,
        .offset = AT(model), .min = 1, .max = CHECK_TEXT_MAX,
        .flags = FIELD_NULLABLE },
    { .name = "endpoint", .label = "Endpoint", .type = FIELD_TEXT,
        .offset = AT(endpoint), .min = 1, .max = CHECK_TEXT_MAX,
        .flags = FIELD_NULLABLE },
    { .name = "deployment", .label = "Deployment", .type = FIELD_TEXT,
        .offset = AT(deployment), .min = 1, .max = CHECK_TEXT_MAX,
        .flags = FIELD_NULLABLE },
    { .name = "address", .label = "Address", .type = FIELD_TEXT,
        .offset = AT(address), .min = 1, .max = CHECK_TEXT_MAX,
        .flags = FIELD_NULLABLE },
    { .name = "input_tokens", .label = "Input tokens", .type = FIELD_INT,
        .offset = AT(input_tokens), .min = 0, .max = USAGE_TOKENS_MOST,
        .flags = FIELD_NULLABLE },
    { .name = "max_output_tokens", .label = "Most output tokens",
        .type = FIELD_INT, .offset = AT(max_output_tokens), .min = 0,
        .max = USAGE_TOKENS_MOST, .flags = FIELD_NULLABLE },
    { .name = NULL },
};
#undef AT
