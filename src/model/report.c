/* SPDX-License-Identifier: ISC */
#include "model/report.h"

#include "model/usage.h"

enum { TEXT_MOST = 200, TOOK_MOST_MS = 24 * 3600 * 1000 };

static const char *const outcomes[] = { "succeeded", "failed", NULL };

#define AT(member) offsetof(struct report_in, member)
#define TEXT(of, words)                                                      \
    { .name = #of, .label = words, .type = FIELD_TEXT, .offset = AT(of),     \
        .min = 1, .max = TEXT_MOST, .flags = FIELD_NULLABLE }
const struct field report_fields[] = {
    { .name = "id", .label = "Id", .type = FIELD_TEXT, .offset = AT(id),
        .min = 1, .max = TEXT_MOST, .flags = FIELD_REQUIRED,
        .missing = "Send the reservation's id, or an id of your own" },
    TEXT(key, "Key"),
    TEXT(model, "Model"),
    TEXT(endpoint, "Endpoint"),
    { .name = "input_tokens", .label = "Input tokens", .type = FIELD_INT,
        .offset = AT(input_tokens), .min = 0, .max = USAGE_TOKENS_MOST,
        .flags = FIELD_NULLABLE },
    { .name = "output_tokens", .label = "Output tokens", .type = FIELD_INT,
        .offset = AT(output_tokens), .min = 0, .max = USAGE_TOKENS_MOST,
        .flags = FIELD_NULLABLE },
    { .name = "outcome", .label = "Outcome", .type = FIELD_CHOICE,
        .offset = AT(outcome), .flags = FIELD_NULLABLE, .choices = outcomes },
    TEXT(upstream_id, "Upstream id"),
    TEXT(client_id, "Client request id"),
    { .name = "took_ms", .label = "Duration", .type = FIELD_INT,
        .offset = AT(took_ms), .min = 0, .max = TOOK_MOST_MS,
        .flags = FIELD_NULLABLE },
    { .name = "time", .label = "Time", .type = FIELD_TIME, .offset = AT(time),
        .flags = FIELD_NULLABLE },
    { .name = NULL },
};
#undef AT
#undef TEXT
