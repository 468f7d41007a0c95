/* SPDX-License-Identifier: ISC */
#include "model/leak.h"

#define AT(member) offsetof(struct leak_in, member)
const struct field leak_fields[] = {
    { .name = "key", .label = "Key", .type = FIELD_SECRET, .offset = AT(key),
        .min = 1, .max = LEAK_KEY_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter the whole key that you found" },
    { .name = "source", .label = "Where you found it", .type = FIELD_TEXT,
        .offset = AT(source), .min = 1, .max = LEAK_SOURCE_MAX,
        .flags = FIELD_NULLABLE },
    { .name = NULL },
};
#undef AT
