/* SPDX-License-Identifier: ISC */
#include "model/limit.h"

#include "base/attr.h"

const char *const limit_counts_names[] = { "requests", "input", "output",
    "total", "money", NULL };
const char *const limit_period_names[] = { "minute", "day", "week", "month",
    "no_reset", NULL };
_Static_assert(COUNT_OF(limit_counts_names) == LIMIT_COUNTS_COUNT + 1, "counts");
_Static_assert(COUNT_OF(limit_period_names) == LIMIT_PERIOD_COUNT + 1, "periods");

const char *
limit_counts_name(enum limit_counts c)
{
    return limit_counts_names[c];
}

bool
limit_counts_read(struct str s, enum limit_counts *out)
{
    for (int i = 0; i < LIMIT_COUNTS_COUNT; i++)
        if (str_is(s, limit_counts_names[i])) {
            *out = (enum limit_counts)i;
            return true;
        }
    return false;
}

const char *
limit_period_name(enum limit_period p)
{
    return limit_period_names[p];
}

bool
limit_period_read(struct str s, enum limit_period *out)
{
    for (int i = 0; i < LIMIT_PERIOD_COUNT; i++)
        if (str_is(s, limit_period_names[i])) {
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
        .choices = limit_counts_names },
    { .name = "period", .label = "Period", .type = FIELD_CHOICE,
        .offset = AT(period), .flags = FIELD_REQUIRED,
        .missing = "Choose a period", .choices = limit_period_names },
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

int
limit_try_days(enum limit_try t)
{
    static const int days[] = { 1, 7, 30 };
    _Static_assert(COUNT_OF(days) == LIMIT_TRY_COUNT, "spans");
    return days[t];
}

static const char *const try_names[] = { "1", "7", "30", NULL };
_Static_assert(COUNT_OF(try_names) == LIMIT_TRY_COUNT + 1, "spans");

/* What both forms have. */
#define AT(member) offsetof(struct limit_form_in, member)
#define AMOUNT_ROWS                                                          \
    { .name = "limit", .label = "Limit", .type = FIELD_TEXT,                 \
        .offset = AT(limit), .min = 1, .max = 40, .flags = FIELD_REQUIRED,   \
        .missing = "Enter how much is allowed. 0 allows nothing" },          \
    { .name = "shadow", .label = "Shadow", .type = FIELD_BOOL,               \
        .offset = AT(shadow) },                                              \
    { .name = "days", .label = "Days", .type = FIELD_CHOICE,                 \
        .offset = AT(days), .choices = try_names },                          \
    { .name = "test", .label = "Try it", .type = FIELD_BOOL,                 \
        .offset = AT(test) }

const struct field limit_add_fields[] = {
    { .name = "counts", .label = "What it counts", .type = FIELD_CHOICE,
        .offset = AT(counts), .flags = FIELD_REQUIRED,
        .missing = "Choose what the limit counts",
        .choices = limit_counts_names },
    { .name = "period", .label = "Period", .type = FIELD_CHOICE,
        .offset = AT(period), .flags = FIELD_REQUIRED,
        .missing = "Choose a period", .choices = limit_period_names },
    { .name = "model", .label = "Model", .type = FIELD_TEXT,
        .offset = AT(model), .min = 1, .max = 200, .flags = FIELD_NULLABLE },
    AMOUNT_ROWS,
    { .name = NULL },
};
const struct field limit_edit_fields[] = {
    { .name = "version", .label = "Version", .type = FIELD_INT,
        .offset = AT(version), .min = 1, .max = INT32_MAX,
        .flags = FIELD_REQUIRED, .missing = "Open the form again" },
    AMOUNT_ROWS,
    { .name = NULL },
};
#undef AMOUNT_ROWS
#undef AT
