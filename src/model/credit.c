/* SPDX-License-Identifier: ISC */
#include "model/credit.h"

#include "base/attr.h"

static const char *const kind_names[] = { [CREDIT_INIT] = "init",
    [CREDIT_PAYMENT] = "payment", [CREDIT_ADJUSTMENT] = "adjustment",
    [CREDIT_CHARGE] = "model_usage" };
_Static_assert(COUNT_OF(kind_names) == CREDIT_KIND_COUNT, "every kind");
static const char *const way_names[] = { "add", "take", NULL };

const char *
credit_kind_name(enum credit_kind kind)
{
    return kind_names[kind];
}

bool
credit_kind_read(struct str s, enum credit_kind *out)
{
    for (int i = 0; i < CREDIT_KIND_COUNT; i++)
        if (str_is(s, kind_names[i])) {
            *out = (enum credit_kind)i;
            return true;
        }
    return false;
}

#define ONCE(holder)                                                         \
    { .name = "once", .label = "Form", .type = FIELD_TEXT,                   \
        .offset = offsetof(holder, once), .min = 1, .max = 100,              \
        .flags = FIELD_REQUIRED, .missing = "Open the form again" }

#define AT(member) offsetof(struct credit_in, member)
const struct field credit_on_fields[] = {
    ONCE(struct credit_in),
    { .name = "amount", .label = "First balance", .type = FIELD_MONEY,
        .offset = AT(amount), .min = 0, .max = CREDIT_AMOUNT_MOST,
        .flags = FIELD_REQUIRED,
        .missing = "Enter the balance to begin with" },
    { .name = "note", .label = "Note", .type = FIELD_TEXT, .offset = AT(note),
        .min = 1, .max = CREDIT_NOTE_MAX, .flags = FIELD_NULLABLE },
    { .name = NULL },
};

const struct field credit_top_up_fields[] = {
    ONCE(struct credit_in),
    { .name = "amount", .label = "Amount", .type = FIELD_MONEY,
        .offset = AT(amount), .min = 1, .max = CREDIT_AMOUNT_MOST,
        .flags = FIELD_REQUIRED, .missing = "Enter how much to add" },
    { .name = "note", .label = "Note", .type = FIELD_TEXT, .offset = AT(note),
        .min = 1, .max = CREDIT_NOTE_MAX, .flags = FIELD_NULLABLE },
    { .name = NULL },
};
#undef AT

#define AT(member) offsetof(struct credit_adjust_in, member)
const struct field credit_adjust_fields[] = {
    ONCE(struct credit_adjust_in),
    { .name = "way", .label = "Way", .type = FIELD_CHOICE, .offset = AT(way),
        .flags = FIELD_REQUIRED, .missing = "Choose whether to add or to take",
        .choices = way_names },
    { .name = "amount", .label = "Amount", .type = FIELD_MONEY,
        .offset = AT(amount), .min = 1, .max = CREDIT_AMOUNT_MOST,
        .flags = FIELD_REQUIRED, .missing = "Enter how much" },
    { .name = "note", .label = "Note", .type = FIELD_TEXT, .offset = AT(note),
        .min = 1, .max = CREDIT_NOTE_MAX, .flags = FIELD_REQUIRED,
        .missing = "Say why: the ledger keeps it" },
    { .name = NULL },
};
#undef AT
