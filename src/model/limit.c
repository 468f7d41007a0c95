/* SPDX-License-Identifier: ISC */
#include "model/limit.h"

#include "base/attr.h"

static const char *const counts_names[] = { "requests", "input", "output",
    "total", "money", NULL };
static const char *const period_names[] = { "minute", "day", "week", "month",
    "no_reset", NULL };
_Static_assert(COUNT_OF(counts_names) == LIMIT_COUNTS_COUNT + 1, "counts");
_Static_assert(COUNT_OF(period_names) == LIMIT_PERIOD_COUNT + 1, "periods");

const char *
limit_counts_name(enum limit_counts c)
{
    return counts_names[c];
}

bool
limit_counts_read(struct str s, enum limit_counts *out)
{
    for (int i = 0; i < LIMIT_COUNTS_COUNT; i++)
        if (str_is(s, counts_names[i])) {
            *out = (enum limit_counts)i;
            return true;
        }
    return false;
}

const char *
limit_period_name(enum limit_period p)
{
    return period_names[p];
}

bool
limit_period_read(struct str s, enum limit_period *out)
{
    for (int i = 0; i < LIMIT_PERIOD_COUNT; i++)
        if (str_is(s, period_names[i])) {
            *out = (enum limit_period)i;
            return true;
        }
    return false;
}

#define AT(member) offsetof(struct limit_in, member)
const struct field limit_fields[] = {
    { .name = "counts", .label = "What it counts", .type = FIELD_CHOICE,
        .offset = AT(counts), .flags = FIELD_REQUIRED,
        .missing = "Choose what the limit counts",
        .choices = counts_names },
    { .name = "period", .label = "Period", .type = FIELD_CHOICE,
        .offset = AT(period), .flags = FIELD_REQUIRED,
        .missing = "Choose a period", .choices = period_names },
    { .name = "model", .label = "Model", .type = FIELD_TEXT,
        .offset = AT(model), .min = 1, .max = 200, .flags = FIELD_NULLABLE },
    { .name = "amount", .label = "Limit", .type = FIELD_INT,
        .offset = AT(amount), .min = 0, .max = LIMIT_AMOUNT_MOST,
        .flags = FIELD_NULLABLE },
    { .name = "budget", .label = "Budget", .type = FIELD_MONEY,
        .offset = AT(budget), .min = 0, .max = LIMIT_AMOUNT_MOST,
        .flags = FIELD_NULLABLE },
    { .name = "shadow", .label = "Shadow", .type = FIELD_BOOL,
        .offset = AT(shadow) },
    { .name = NULL },
};
#undef AT
