/* SPDX-License-Identifier: ISC */
#include "model/notice.h"

#include "base/attr.h"

static const char *const names[] = {
    [NOTICE_INVITE] = "member.invited",
    [NOTICE_RESET] = "account.reset_asked",
    [NOTICE_SIGN_IN] = "account.new_sign_in",
    [NOTICE_KEY_EXPIRES] = "key.expiring",
    [NOTICE_KEY_LEAKED] = "key.leaked",
    [NOTICE_BUDGET_80] = "budget.warning",
    [NOTICE_BUDGET_100] = "budget.reached",
    [NOTICE_TEST] = "webhook.test",
    [NOTICE_AUDIT_HEAD] = "audit.signed",
    [NOTICE_MAIL_TEST] = "mail.test",
    [NOTICE_SEAL_BROKEN] = "seal.broken",
};
_Static_assert(COUNT_OF(names) == NOTICE_KIND_COUNT, "kinds");

static const char *const states[] = {
    [OUTBOX_WAITING] = "waiting",
    [OUTBOX_SENDING] = "sending",
    [OUTBOX_SENT] = "sent",
    [OUTBOX_GIVEN_UP] = "given_up",
};
_Static_assert(COUNT_OF(states) == OUTBOX_STATE_COUNT, "states");

const char *
notice_name(enum notice_kind kind)
{
    must(kind < NOTICE_KIND_COUNT);
    return names[kind];
}

bool
notice_offered(enum notice_kind kind)
{
    return kind != NOTICE_TEST && kind != NOTICE_MAIL_TEST;
}

const char *
outbox_state_name(enum outbox_state s)
{
    must(s < OUTBOX_STATE_COUNT);
    return states[s];
}

bool
webhook_wants(const struct webhook *w, enum notice_kind kind)
{
    return ((w->events >> kind) & 1) != 0;
}

enum { URL_MOST = 500 /* as url_http */ };

#define AT(member) offsetof(struct webhook_in, member)
#define WEBHOOK_ROWS                                                         \
    { .name = "url", .label = "Address", .type = FIELD_TEXT,                 \
        .offset = AT(url), .min = 1, .max = URL_MOST,                        \
        .flags = FIELD_REQUIRED,                                             \
        .missing = "Enter the address that takes the events, like "          \
                   "https://hooks.example.org/keylodge" },                   \
    { .name = "events", .label = "Events", .type = FIELD_LIST,               \
        .offset = AT(events), .min = 1, .max = NOTICE_KIND_COUNT,            \
        .flags = FIELD_REQUIRED, .missing = "Choose at least one event" }

#define ONCE_ROW                                                             \
    { .name = "once", .label = "Form id", .type = FIELD_TEXT,                \
        .offset = AT(once), .min = 1, .max = 100, .flags = FIELD_REQUIRED,   \
        .missing = "Open the form again" }

const struct field webhook_fields[] = { ONCE_ROW, WEBHOOK_ROWS,
    { .name = NULL } };
const struct field webhook_edit_fields[] = {
    { .name = "version", .label = "version", .type = FIELD_INT,
        .offset = AT(version), .min = 1, .max = INT64_MAX,
        .flags = FIELD_REQUIRED, .missing = "Open the form again" },
    WEBHOOK_ROWS,
    { .name = NULL },
};
#undef WEBHOOK_ROWS
#undef AT

int64_t
webhook_overlap_s(int overlap)
{
    static const int64_t seconds[] = { 0, 3600, 86400 };
    return seconds[overlap];
}

static const char *const overlap_names[] = { "none", "hour", "day", NULL };

#define AT(member) offsetof(struct webhook_rotate_in, member)
const struct field webhook_rotate_fields[] = {
    ONCE_ROW,
    { .name = "overlap", .label = "Old secret", .type = FIELD_CHOICE,
        .offset = AT(overlap), .flags = FIELD_REQUIRED,
        .missing = "Choose how long the old secret goes on",
        .choices = overlap_names },
    { .name = NULL },
};
#undef AT
