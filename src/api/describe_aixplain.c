/* SPDX-License-Identifier: ISC */
/* Source: contracts/README.md section 2. */
#include "api/describe_families.h"
#include "model/client.h"

#define END { .name = NULL }
static const char *const tokens[] = { "input", "output", "total", NULL };

#define LIMIT                                                                \
    { .name = "tpm", .type = SHAPE_INT, .example = "10000",                  \
        .words = "Tokens a minute." },                                       \
    { .name = "tpd", .type = SHAPE_INT, .example = "1000000",                \
        .words = "Tokens a day." },                                          \
    { .name = "rpm", .type = SHAPE_INT, .example = "60",                     \
        .words = "Requests a minute." },                                     \
    { .name = "rpd", .type = SHAPE_INT, .example = "5000",                   \
        .words = "Requests a day." },                                        \
    { .name = "tokenType", .type = SHAPE_CHOICE, .flags = SHAPE_NULLABLE,    \
        .example = "total", .choices = tokens }
static const struct shape limit_members[] = { LIMIT, END };
static const struct schema limit = { "AixplainLimit",
    "Limits for all models together.", limit_members, false };
static const struct shape asset_members[] = {
    { .name = "assetId", .type = SHAPE_TEXT,
        .example = "0199c0de-5555-7000-8000-000000000005",
        .words = "The model." },
    LIMIT, END };
static const struct schema asset = { "AixplainAssetLimit",
    "Limits for one model.", asset_members, false };

static const struct shape key_members[] = {
    { .name = "id", .type = SHAPE_TEXT,
        .example = "0199c0de-4a7b-7c3d-8e2f-5a6b7c8d9e0f" },
    { .name = "name", .type = SHAPE_TEXT, .example = "Web shop" },
    { .name = "accessKey", .type = SHAPE_TEXT,
        .example = "Ab3d\xe2\x80\xa6YZab",
        .words = "Whole when the key is made, else the first and the last "
                 "four characters." },
    { .name = "isAdmin", .type = SHAPE_BOOL, .example = "false" },
    { .name = "budget", .type = SHAPE_NUMBER, .flags = SHAPE_NULLABLE,
        .example = "12.5", .words = "US dollars." },
    { .name = "globalLimits", .type = SHAPE_MAP, .flags = SHAPE_NULLABLE,
        .of = &limit, .example = "" },
    { .name = "assetsLimits", .type = SHAPE_LIST, .of = &asset },
    { .name = "expiresAt", .type = SHAPE_TIME, .flags = SHAPE_NULLABLE },
    END,
};
static const struct schema key = { "AixplainKey", "A key.", key_members,
    false };

static const struct shape usage_members[] = {
    { .name = "requestCount", .type = SHAPE_INT, .flags = SHAPE_NULLABLE,
        .example = "12" },
    { .name = "requestCountLimit", .type = SHAPE_INT,
        .flags = SHAPE_NULLABLE, .example = "5000" },
    { .name = "tokenCount", .type = SHAPE_INT, .flags = SHAPE_NULLABLE,
        .example = "12504" },
    { .name = "tokenCountLimit", .type = SHAPE_INT, .flags = SHAPE_NULLABLE,
        .example = "1000000" },
    { .name = "assetId", .type = SHAPE_TEXT,
        .flags = SHAPE_NULLABLE | SHAPE_OPTIONAL,
        .words = "null: all models." },
    END,
};
static const struct schema usage = { "AixplainUsage",
    "What is used of the limits of a day.", usage_members, false };

static const struct shape model_members[] = {
    { .name = "id", .type = SHAPE_TEXT,
        .example = "0199c0de-5555-7000-8000-000000000005" },
    { .name = "name", .type = SHAPE_TEXT, .example = "openai/gpt-5" },
    END,
};
static const struct schema model = { "AixplainModel", "A model.",
    model_members, true };

static const struct sent sent[] = {
    { .fields = aix_fields },
    { .member = "globalLimits", .fields = aix_limit_fields,
        .flags = SENT_NULLABLE },
    { .member = "assetsLimits", .fields = aix_asset_fields,
        .flags = SENT_LIST },
    { .fields = NULL },
};
#define SEND "{\"name\": \"Web shop\", \"budget\": 12.5, "                 \
    "\"globalLimits\": {\"tpm\": 10000, \"tpd\": 1000000, \"rpm\": 60, "  \
    "\"rpd\": 5000, \"tokenType\": \"total\"}, \"assetsLimits\": [], "    \
    "\"expiresAt\": null}"

static const struct operation operations[] = {
    { .method = METHOD_GET, .path = "/sdk/api-keys",
        .id = "aixListKeys", .summary = "List keys", .status = 200,
        .answer = &key, .list = true },
    { .method = METHOD_POST, .path = "/sdk/api-keys",
        .id = "aixCreateKey", .summary = "Create a key",
        .words = "accessKey of the answer is the whole key, shown only "
            "here.", .sent = sent, .example = SEND, .status = 201,
        .answer = &key, .errors = ERR_BIT(ERR_CONFLICT) },
    { .method = METHOD_GET, .path = "/sdk/api-keys/{id}",
        .id = "aixGetKey", .summary = "Get a key", .status = 200,
        .answer = &key },
    { .method = METHOD_PUT, .path = "/sdk/api-keys/{id}",
        .id = "aixSetKey", .summary = "Set limits and budget of a key",
        .words = "An admin key may do this, and nothing else that changes "
            "a key.", .sent = sent, .example = SEND, .status = 200,
        .answer = &key, .errors = ERR_BIT(ERR_CONFLICT) },
    { .method = METHOD_DELETE, .path = "/sdk/api-keys/{id}",
        .id = "aixDeleteKey", .summary = "Delete a key", .status = 200 },
    { .method = METHOD_GET, .path = "/sdk/api-keys/{id}/usage-limits",
        .id = "aixUsageLimits", .summary = "How far limits are used",
        .status = 200, .answer = &usage, .list = true },
    { .method = METHOD_GET, .path = "/sdk/api-keys/usage-limits",
        .id = "aixOwnUsageLimits",
        .summary = "How far the limits of the key that asks are used",
        .status = 200, .answer = &usage, .list = true },
    { .method = METHOD_GET, .path = "/sdk/models/{id}", .id = "aixModel",
        .summary = "Get a model", .status = 200, .answer = &model },
    { .id = NULL },
};

const struct family describe_aixplain = { "aixplain", "aiXplain",
    "For programs that use the aiXplain SDK: keys with rate limits and "
    "budgets. Management keys do everything here; admin keys read, and set "
    "limits and budgets.",
    SCHEME_TOKEN | SCHEME_X_API_KEY, operations };
