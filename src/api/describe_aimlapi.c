/* SPDX-License-Identifier: ISC */
/* Source: contracts/README.md section 1. */
#include "api/describe_families.h"
#include "model/aimlapi.h"

#define END { .name = NULL }
#define ANY SHAPE_OPTIONAL

static const char *const retentions[] = { "no_reset", "day", "week", "month",
    NULL };
static const char *const outcomes[] = { "succeeded", "failed", NULL };
static const char *const directions[] = { "TOPUP", "CHARGE", NULL };
static const char *const types[] = { "PAYMENT", "BONUS", "REFUND",
    "ADJUSTMENT", "MODEL_USAGE", "CREDITS_EXPIRED", "INIT", NULL };
static const char *const groups_by[] = { "day", "model", "day,model", NULL };

/* ---- keys ---- */

static const struct shape limit_members[] = {
    { .name = "retention", .type = SHAPE_CHOICE, .example = "month",
        .choices = retentions,
        .words = "When it begins anew, at 00:00 UTC; weeks on Monday." },
    { .name = "threshold", .type = SHAPE_NUMBER, .example = "25",
        .words = "US dollars in each period." },
    END,
};
static const struct schema limit = { "AimlapiLimit", "A spending limit.",
    limit_members, false };

#define KEY_MEMBERS                                                          \
    { .name = "name", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE,           \
        .example = "Web shop" },                                             \
    { .name = "prefix", .type = SHAPE_TEXT, .example = "Ab3dE6gH",           \
        .words = "The first eight characters of the key; the id in paths." }, \
    { .name = "disabled", .type = SHAPE_BOOL, .example = "false" },          \
    { .name = "scopes", .type = SHAPE_TEXTS, .flags = SHAPE_NULLABLE,        \
        .example = "model:chat model:embeddings",                            \
        .words = "Categories that the key may call; null: all." },           \
    { .name = "limit", .type = SHAPE_MAP, .flags = SHAPE_OPTIONAL,           \
        .of = &limit, .words = "Left out: no limit." },                      \
    { .name = "created_at", .type = SHAPE_TIME,                              \
        .example = "2026-03-10T12:00:00.000Z" },                             \
    { .name = "updated_at", .type = SHAPE_TIME,                              \
        .example = "2026-03-10T12:00:00.000Z" },                             \
    { .name = "monthly_usage", .type = SHAPE_NUMBER, .example = "3.25",      \
        .words = "US dollars spent in this month of UTC." }

static const struct shape key_members[] = { KEY_MEMBERS, END };
static const struct shape new_key_members[] = { KEY_MEMBERS,
    { .name = "key", .type = SHAPE_TEXT, .flags = ANY,
        .example = "Ab3dE6gH_krs_0123456789abcdefghijklmnopqrstuvwxYZab",
        .words = "The whole key. It is shown only here. Left out with "
                 "claim_days: the secret is not made yet." },
    { .name = "claim_url", .type = SHAPE_TEXT, .flags = ANY,
        .example = "https://keys.example.org/claim/"
                   "q7Zk0mJ4c2n8u1Vx5bT9y3Wf6Hd0sLgRpEaCiKoMtNA",
        .words = "With claim_days: the link to give to the holder, good once. "
                 "Whoever opens it gets the secret; nobody else does." },
    { .name = "claim_ends_at", .type = SHAPE_TIME, .flags = ANY,
        .example = "2026-03-13T12:00:00.000Z",
        .words = "The link works until then." },
    END };
static const struct schema key = { "AimlapiKey", "A key.", key_members,
    false };
static const struct schema new_key = { "AimlapiNewKey",
    "A key that was just made.", new_key_members, false };

static const struct shape key_answer_members[] = {
    { .name = "data", .type = SHAPE_MAP, .of = &key }, END };
static const struct shape new_key_answer_members[] = {
    { .name = "data", .type = SHAPE_MAP, .of = &new_key }, END };
static const struct shape keys_answer_members[] = {
    { .name = "data", .type = SHAPE_LIST, .of = &key }, END };
static const struct schema key_answer = { "AimlapiKeyAnswer", "The key.",
    key_answer_members, false };
static const struct schema new_key_answer = { "AimlapiNewKeyAnswer",
    "The new key, with its secret.", new_key_answer_members, false };
static const struct schema keys_answer = { "AimlapiKeysAnswer",
    "All keys, the oldest first.", keys_answer_members, false };

static const struct shape deleted_members[] = {
    { .name = "prefix", .type = SHAPE_TEXT, .example = "Ab3dE6gH" },
    { .name = "deleted", .type = SHAPE_BOOL, .example = "true" },
    END,
};
static const struct schema deleted = { "AimlapiDeleted", NULL,
    deleted_members, false };
static const struct shape deleted_answer_members[] = {
    { .name = "data", .type = SHAPE_MAP, .of = &deleted }, END };
static const struct schema deleted_answer = { "AimlapiDeletedAnswer",
    "The key is revoked: it opens nothing from now on.",
    deleted_answer_members, false };

static const struct sent create_sent[] = {
    { .fields = aiml_create_fields },
    { .member = "limit", .fields = aiml_limit_fields },
    { .fields = NULL },
};
static const struct sent change_sent[] = {
    { .fields = aiml_change_fields },
    { .member = "limit", .fields = aiml_limit_fields,
        .flags = SENT_NULLABLE },
    { .fields = NULL },
};

/* ---- figures ---- */

#define WINDOW                                                               \
    { .name = "period", .type = SHAPE_TEXT, .flags = ANY,                    \
        .words = "The last hours or days, such as 12h or 30d; or send start "  \
                 "and end." },                                               \
    { .name = "start", .type = SHAPE_TEXT, .flags = ANY,                     \
        .words = "A time in ISO 8601; without an offset it is UTC." },       \
    { .name = "end", .type = SHAPE_TEXT, .flags = ANY,                       \
        .words = "Not before start, and at most 92 days after it." },        \
    { .name = "key_prefix", .type = SHAPE_TEXT, .flags = ANY,                \
        .words = "A key of the workspace, with a management key; else only "  \
                 "the key's own." }

static const struct shape usage_query[] = { WINDOW, END };
static const struct shape detail_query[] = { WINDOW,
    { .name = "group_by", .type = SHAPE_CHOICE, .flags = ANY,
        .choices = groups_by },
    { .name = "tz", .type = SHAPE_TEXT, .flags = ANY,
        .words = "Where days begin: an IANA name such as Europe/Berlin." },
    END };
static const struct shape logs_query[] = { WINDOW,
    { .name = "model", .type = SHAPE_TEXT, .flags = ANY,
        .words = "May be repeated, up to 50 times." },
    { .name = "status", .type = SHAPE_CHOICE, .flags = ANY,
        .choices = outcomes, .words = "May be repeated." },
    { .name = "limit", .type = SHAPE_INT, .flags = ANY,
        .words = "Rows on a page, 1 to 100; 50 if not said." },
    { .name = "offset", .type = SHAPE_INT, .flags = ANY,
        .words = "Rows to skip." },
    END };

#define USAGE_MEMBERS                                                        \
    { .name = "api_key_prefix", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE, \
        .example = "Ab3dE6gH" },                                             \
    { .name = "start", .type = SHAPE_TIME,                                   \
        .example = "2026-03-01T00:00:00.000Z" },                             \
    { .name = "end", .type = SHAPE_TIME,                                     \
        .example = "2026-03-10T12:00:00.000Z" },                             \
    { .name = "spend", .type = SHAPE_NUMBER, .example = "3.25" },            \
    { .name = "currency", .type = SHAPE_TEXT, .example = "USD" },            \
    { .name = "requests", .type = SHAPE_INT, .example = "412",               \
        .words = "Those that were charged." }
static const struct shape usage_members[] = { USAGE_MEMBERS, END };
static const struct schema usage = { "AimlapiUsage", "What was used.",
    usage_members, false };

static const struct shape model_members[] = {
    { .name = "model", .type = SHAPE_TEXT, .example = "openai/gpt-5" },
    { .name = "spend", .type = SHAPE_NUMBER, .example = "3.25" },
    { .name = "requests", .type = SHAPE_INT, .example = "412" },
    END,
};
static const struct schema model = { "AimlapiModelUsage", NULL,
    model_members, false };
static const struct shape tokens_members[] = {
    { .name = "input", .type = SHAPE_INT, .example = "812" },
    { .name = "output", .type = SHAPE_INT, .example = "230" },
    { .name = "total", .type = SHAPE_INT, .example = "1042" },
    END,
};
static const struct schema tokens = { "AimlapiTokens", NULL, tokens_members,
    false };
static const struct shape counts_members[] = {
    { .name = "total", .type = SHAPE_INT, .example = "420" },
    { .name = "charged", .type = SHAPE_INT, .example = "412" },
    { .name = "succeeded", .type = SHAPE_INT, .example = "412" },
    { .name = "failed", .type = SHAPE_INT, .example = "8" },
    END,
};
static const struct schema counts = { "AimlapiCounts", NULL, counts_members,
    false };
static const struct shape group_members[] = {
    { .name = "day", .type = SHAPE_TEXT, .flags = ANY,
        .example = "2026-03-09" },
    { .name = "model", .type = SHAPE_TEXT, .flags = ANY,
        .example = "openai/gpt-5" },
    { .name = "spend", .type = SHAPE_NUMBER, .example = "3.25" },
    { .name = "tokens", .type = SHAPE_MAP, .of = &tokens },
    { .name = "requests", .type = SHAPE_MAP, .of = &counts },
    END,
};
static const struct schema group = { "AimlapiUsageGroup", NULL,
    group_members, false };
static const struct shape detail_members[] = { USAGE_MEMBERS,
    { .name = "models", .type = SHAPE_LIST, .of = &model,
        .words = "What cost most comes first; after 2,000 models all others "
                 "are one, (other models)." },
    { .name = "groups", .type = SHAPE_LIST, .flags = ANY, .of = &group,
        .words = "With group_by." },
    END };
static const struct schema detail = { "AimlapiUsageDetail",
    "What was used, by model.", detail_members, false };

static const struct shape cost_members[] = {
    { .name = "usd", .type = SHAPE_NUMBER, .example = "0.0125" },
    { .name = "credits", .type = SHAPE_INT, .example = "25000" },
    END,
};
static const struct schema cost = { "AimlapiCost",
    "An amount; 2,000,000 credits are a US dollar.", cost_members, false };
static const struct shape call_members[] = {
    { .name = "created", .type = SHAPE_TIME,
        .example = "2026-03-10T11:59:00.000Z" },
    { .name = "status", .type = SHAPE_CHOICE, .example = "succeeded",
        .choices = outcomes },
    { .name = "origin", .type = SHAPE_TEXT, .example = "api" },
    { .name = "model", .type = SHAPE_TEXT, .example = "openai/gpt-5" },
    { .name = "cost", .type = SHAPE_MAP, .of = &cost },
    { .name = "tokens", .type = SHAPE_MAP, .of = &tokens },
    { .name = "request_id", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE },
    { .name = "inference_id", .type = SHAPE_TEXT,
        .example = "0199c0de-1111-7000-8000-000000000001" },
    { .name = "client_request_id", .type = SHAPE_TEXT,
        .flags = SHAPE_NULLABLE },
    END,
};
static const struct schema call = { "AimlapiCall", "One call.",
    call_members, false };
static const struct shape page_members[] = {
    { .name = "limit", .type = SHAPE_INT, .example = "50" },
    { .name = "offset", .type = SHAPE_INT, .example = "0" },
    { .name = "total", .type = SHAPE_INT, .example = "1" },
    { .name = "has_more", .type = SHAPE_BOOL, .example = "false" },
    END,
};
static const struct schema page = { "AimlapiPage", NULL, page_members,
    false };
static const struct shape logs_members[] = {
    { .name = "data", .type = SHAPE_LIST, .of = &call },
    { .name = "pagination", .type = SHAPE_MAP, .of = &page },
    END,
};
static const struct schema logs = { "AimlapiLogs",
    "Single calls, the newest first.", logs_members, false };

/* ---- billing ---- */

static const struct shape balance_members[] = {
    { .name = "current_balance", .type = SHAPE_NUMBER, .example = "80.5" },
    { .name = "currency", .type = SHAPE_TEXT, .example = "USD" },
    { .name = "credits_in_use", .type = SHAPE_BOOL, .example = "true",
        .words = "false: the workspace has never had credits, and its calls "
                 "need none." },
    END,
};
static const struct schema balance = { "AimlapiBilling", "The balance.",
    balance_members, false };
static const struct shape topup_members[] = {
    { .name = "is_enabled", .type = SHAPE_BOOL, .example = "false" },
    { .name = "threshold", .type = SHAPE_NUMBER, .flags = SHAPE_NULLABLE },
    { .name = "amount", .type = SHAPE_NUMBER, .flags = SHAPE_NULLABLE },
    { .name = "currency", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE,
        .example = "USD" },
    END,
};
static const struct schema topup = { "AimlapiAutoTopup", NULL, topup_members,
    false };
static const struct shape billing_members[] = {
    { .name = "user_id", .type = SHAPE_INT, .example = "7" },
    { .name = "email", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE,
        .example = "ada@example.org" },
    { .name = "current_balance", .type = SHAPE_NUMBER, .example = "80.5" },
    { .name = "currency", .type = SHAPE_TEXT, .example = "USD" },
    { .name = "autotopup_settings", .type = SHAPE_MAP, .of = &topup },
    END,
};
static const struct schema billing = { "AimlapiBillingDetail",
    "The balance, and whose it is.", billing_members, false };
static const struct shape entry_members[] = {
    { .name = "created_at", .type = SHAPE_TIME,
        .example = "2026-03-10T12:00:00.000Z" },
    { .name = "direction", .type = SHAPE_CHOICE, .example = "TOPUP",
        .choices = directions },
    { .name = "type", .type = SHAPE_CHOICE, .example = "PAYMENT",
        .choices = types },
    { .name = "amount", .type = SHAPE_MAP, .of = &cost },
    { .name = "model", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE },
    { .name = "reference_id", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE },
    END,
};
static const struct schema entry = { "AimlapiTransaction", NULL,
    entry_members, false };
static const struct shape cursor_members[] = {
    { .name = "next_cursor", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE },
    { .name = "has_more", .type = SHAPE_BOOL, .example = "false" },
    END,
};
static const struct schema cursor = { "AimlapiCursor", NULL, cursor_members,
    false };
static const struct shape entries_members[] = {
    { .name = "data", .type = SHAPE_LIST, .of = &entry },
    { .name = "pagination", .type = SHAPE_MAP, .of = &cursor },
    END,
};
static const struct schema entries = { "AimlapiTransactions",
    "Top-ups and charges, the newest first.", entries_members, false };
static const struct shape entries_query[] = {
    { .name = "from", .type = SHAPE_TEXT, .flags = ANY },
    { .name = "to", .type = SHAPE_TEXT, .flags = ANY,
        .words = "Later than from." },
    { .name = "direction", .type = SHAPE_CHOICE, .flags = ANY,
        .choices = directions },
    { .name = "type", .type = SHAPE_CHOICE, .flags = ANY, .choices = types },
    { .name = "limit", .type = SHAPE_INT, .flags = ANY,
        .words = "Rows on a page, 1 to 100; 50 if not said." },
    { .name = "cursor", .type = SHAPE_TEXT, .flags = ANY,
        .words = "next_cursor of the page before." },
    END,
};
static const struct shape old_balance_members[] = {
    { .name = "balance", .type = SHAPE_NUMBER, .example = "161000000",
        .words = "In credits." },
    { .name = "lowBalance", .type = SHAPE_BOOL, .example = "false" },
    { .name = "lowBalanceThreshold", .type = SHAPE_NUMBER, .example = "0" },
    { .name = "lastUpdated", .type = SHAPE_TIME,
        .example = "2026-03-10T12:00:00.000Z" },
    { .name = "autoDebitStatus", .type = SHAPE_TEXT, .example = "disabled" },
    { .name = "status", .type = SHAPE_TEXT, .example = "current" },
    { .name = "statusExplanation", .type = SHAPE_TEXT,
        .example = "Balance is current." },
    END,
};
static const struct schema old_balance = { "AimlapiBalance",
    "The balance, in the older form.", old_balance_members, false };

#define CHANGE "{\"name\": \"Web shop\", \"disabled\": false, "             \
    "\"scopes\": [\"model:chat\"], "                                         \
    "\"limit\": {\"retention\": \"month\", \"threshold\": 25}}"

static const struct operation operations[] = {
    { .method = METHOD_POST, .path = "/v1/keys", .id = "createKey",
        .summary = "Create a key",
        .words = "The whole key is in the answer, and never shown again. With "
            "claim_days, 1, 3 or 7, the key waits instead: claim_url is a "
            "link for its holder, who alone gets the secret.",
        .sent = create_sent,
        .example = "{\"name\": \"Web shop\", \"scopes\": "
            "[\"model:chat\"], \"limit\": {\"retention\": \"month\", "
            "\"threshold\": 25}}",
        .status = 200, .answer = &new_key_answer,
        .errors = ERR_BIT(ERR_CONFLICT) | ERR_BIT(ERR_LIMITED) },
    { .method = METHOD_GET, .path = "/v1/keys", .id = "listKeys",
        .summary = "List keys", .status = 200, .answer = &keys_answer },
    { .method = METHOD_GET, .path = "/v1/key", .id = "ownKey",
        .summary = "The key that asks", .status = 200,
        .answer = &key_answer },
    { .method = METHOD_PATCH, .path = "/v1/keys/{prefix}",
        .id = "changeKey", .summary = "Change a key",
        .words = "What is not sent stays as it is.", .sent = change_sent,
        .example = "{\"disabled\": true}", .status = 200,
        .answer = &key_answer, .errors = ERR_BIT(ERR_CONFLICT) },
    { .method = METHOD_PUT, .path = "/v1/keys/{prefix}", .id = "setKey",
        .summary = "Set a key anew",
        .words = "Everything at once: what is not sent is taken off.",
        .sent = change_sent, .example = CHANGE, .status = 200,
        .answer = &key_answer, .errors = ERR_BIT(ERR_CONFLICT) },
    { .method = METHOD_DELETE, .path = "/v1/keys/{prefix}",
        .id = "deleteKey", .summary = "Delete a key",
        .words = "At once, and for good. Its history stays.", .status = 200,
        .answer = &deleted_answer },
    { .method = METHOD_GET, .path = "/v2/usage", .id = "usage",
        .summary = "What was used", .query = usage_query, .status = 200,
        .answer = &usage, .errors = ERR_BIT(ERR_INVALID) |
            ERR_BIT(ERR_NOT_FOUND) },
    { .method = METHOD_GET, .path = "/v2/usage/detail", .id = "usageDetail",
        .summary = "What was used, by model and day", .query = detail_query,
        .status = 200, .answer = &detail, .errors = ERR_BIT(ERR_INVALID) |
            ERR_BIT(ERR_NOT_FOUND) },
    { .method = METHOD_GET, .path = "/v2/logs", .id = "logs",
        .summary = "Single calls", .query = logs_query, .status = 200,
        .answer = &logs, .errors = ERR_BIT(ERR_INVALID) |
            ERR_BIT(ERR_NOT_FOUND) | ERR_BIT(ERR_LIMITED) },
    { .method = METHOD_GET, .path = "/v2/billing", .id = "billing",
        .summary = "The balance", .status = 200, .answer = &balance,
        .errors = ERR_BIT(ERR_INVALID) },
    { .method = METHOD_GET, .path = "/v2/billing/detail",
        .id = "billingDetail", .summary = "The balance, and whose it is",
        .status = 200, .answer = &billing, .errors = ERR_BIT(ERR_INVALID) },
    { .method = METHOD_GET, .path = "/v2/billing/transactions",
        .id = "transactions", .summary = "Top-ups and charges",
        .query = entries_query, .status = 200, .answer = &entries,
        .errors = ERR_BIT(ERR_INVALID) },
    { .method = METHOD_GET, .path = "/v1/billing/balance", .id = "balance",
        .summary = "The balance, in the older form", .status = 200,
        .answer = &old_balance, .errors = ERR_BIT(ERR_INVALID) },
    { .id = NULL },
};

const struct family describe_aimlapi = { "aimlapi", "AIMLAPI",
    "For programs that were made for AIMLAPI: keys, what they used, and the "
    "balance. Management keys manage keys; API keys read their own figures.",
    0, operations };
