/* SPDX-License-Identifier: ISC */
#include "model/advice.h"

#include "base/attr.h"

static const char *const kind_names[] = { "silent", "models", "endpoints",
    "limit", "expiry", NULL };
_Static_assert(COUNT_OF(kind_names) == ADVICE_COUNT + 1, "kinds");

const char *
advice_kind_name(enum advice_kind k)
{
    return kind_names[k];
}

bool
advice_kind_read(struct str s, enum advice_kind *out)
{
    for (int i = 0; kind_names[i]; i++)
        if (str_is(s, kind_names[i])) {
            *out = (enum advice_kind)i;
            return true;
        }
    return false;
}

#define AT(member) offsetof(struct advice_in, member)
const struct field advice_fields[] = {
    { .name = "kind", .label = "Advice", .type = FIELD_CHOICE,
        .offset = AT(kind), .choices = kind_names, .flags = FIELD_REQUIRED,
        .missing = "Open the page again" },
    { .name = "rule", .label = "Limit", .type = FIELD_INT, .offset = AT(rule),
        .min = 0, .max = INT64_MAX },
    { .name = NULL },
};
#undef AT

const struct field advice_undo_fields[] = {
    { .name = "done", .label = "Change", .type = FIELD_TEXT,
        .offset = offsetof(struct advice_undo_in, done), .min = 1, .max = 40,
        .flags = FIELD_REQUIRED, .missing = "Open the page again" },
    { .name = NULL },
};
