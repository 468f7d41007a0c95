/* SPDX-License-Identifier: ISC */
/* Source: contracts/README.md section 4.  The family has two generations of
 * paths, which differ in what deleting and rotating answer. */
#include "api/describe_families.h"

#define END { .name = NULL }
#define META                                                                 \
    { .name = "id", .type = SHAPE_UUID,                                      \
        .example = "0199c0de-4a7b-7c3d-8e2f-5a6b7c8d9e0f" },                 \
    { .name = "name", .type = SHAPE_TEXT, .example = "prod key" },           \
    { .name = "scope", .type = SHAPE_TEXT, .example = "public",              \
        .words = "public, or the UUID of the one deployment it is for." },   \
    { .name = "org-uuid", .type = SHAPE_UUID,                                \
        .example = "0199c0de-2222-7000-8000-000000000002",                   \
        .words = "The workspace." },                                         \
    { .name = "created-at", .type = SHAPE_TIME,                              \
        .example = "2026-03-10T12:00:00Z" },                                 \
    { .name = "updated-at", .type = SHAPE_TIME,                              \
        .example = "2026-03-10T12:00:00Z" }
#define VALUE                                                                \
    { .name = "value", .type = SHAPE_TEXT,                                   \
        .example = "Ab3dE6gH_krs_0123456789abcdefghijklmnopqrstuvwxYZab",    \
        .words = "The whole key. It is shown only here." }

static const struct shape meta_members[] = { META, END };
static const struct schema meta = { "ExoscaleKey", "A key.", meta_members,
    false };
static const struct shape made_members[] = { META, VALUE, END };
static const struct schema made = { "ExoscaleNewKey",
    "The key, with its secret.", made_members, false };
static const struct shape value_members[] = { VALUE, END };
static const struct schema value = { "ExoscaleValue", "The new secret.",
    value_members, false };
static const struct shape list_members[] = {
    { .name = "ai-api-keys", .type = SHAPE_LIST, .of = &meta }, END };
static const struct schema list = { "ExoscaleKeys", "All keys.",
    list_members, false };
static const struct shape deleted_members[] = {
    { .name = "deleted", .type = SHAPE_BOOL, .example = "true" }, END };
static const struct schema deleted = { "ExoscaleDeleted",
    "The key is revoked.", deleted_members, false };
static const struct shape about_members[] = {
    { .name = "id", .type = SHAPE_UUID,
        .example = "0199c0de-4a7b-7c3d-8e2f-5a6b7c8d9e0f" },
    { .name = "link", .type = SHAPE_TEXT,
        .example = "/v2/ai/api-key/0199c0de-4a7b-7c3d-8e2f-5a6b7c8d9e0f" },
    { .name = "command", .type = SHAPE_TEXT,
        .example = "delete-ai-api-key" },
    END,
};
static const struct schema about = { "ExoscaleReference", NULL,
    about_members, false };
static const struct shape operation_members[] = {
    { .name = "id", .type = SHAPE_UUID,
        .example = "0199c0de-0000-7000-8000-000000000000" },
    { .name = "state", .type = SHAPE_TEXT, .example = "success" },
    { .name = "reference", .type = SHAPE_MAP, .of = &about },
    END,
};
static const struct schema operation = { "ExoscaleOperation",
    "What was done; it is over when the answer comes.", operation_members,
    false };

#define SEND "{\"name\": \"prod key\", \"scope\": \"public\"}"
#define COMMON(base, end)                                                    \
    { .method = METHOD_POST, .path = base, .id = "create" end,               \
        .summary = "Create a key", .example = SEND, .status = 200,           \
        .answer = &made, .errors = ERR_BIT(ERR_CONFLICT) },                  \
    { .method = METHOD_GET, .path = base, .id = "list" end,                  \
        .summary = "List keys", .status = 200, .answer = &list },            \
    { .method = METHOD_GET, .path = base "/{id}", .id = "get" end,           \
        .summary = "Get a key", .status = 200, .answer = &meta },            \
    { .method = METHOD_PATCH, .path = base "/{id}", .id = "update" end,      \
        .summary = "Change a key",                                           \
        .words = "Name, scope, or both.", .example = SEND, .status = 200,    \
        .answer = &meta, .errors = ERR_BIT(ERR_CONFLICT) }
#define ROTATE(base, end, of)                                                \
    { .method = METHOD_POST, .path = base "/{id}/rotate",                    \
        .id = "rotate" end, .summary = "Rotate a key",                       \
        .words = "A new secret for the same key. The old one ends at once.", \
        .status = 200, .answer = of, .errors = ERR_BIT(ERR_CONFLICT) }
#define DELETE(base, end, of)                                                \
    { .method = METHOD_DELETE, .path = base "/{id}", .id = "delete" end,     \
        .summary = "Delete a key", .status = 200, .answer = of }

static const struct operation operations[] = {
    COMMON("/v2/ai/ai-api-key", "AiApiKey"),
    DELETE("/v2/ai/ai-api-key", "AiApiKey", &deleted),
    ROTATE("/v2/ai/ai-api-key", "AiApiKey", &made),
    COMMON("/v2/ai/api-key", "ApiKey"),
    DELETE("/v2/ai/api-key", "ApiKey", &operation),
    ROTATE("/v2/ai/api-key", "ApiKey", &value),
    { .method = METHOD_GET, .path = "/v2/ai/api-key/{id}/reveal",
        .id = "revealApiKey", .summary = "Reveal a key",
        .words = "Always refused: a key is shown once, when it is made, and "
            "is not stored. Rotate it to get a new secret.",
        .status = 403 },
    { .id = NULL },
};

const struct family describe_exoscale = { "exoscale", "Exoscale",
    "For programs that were made for Exoscale: keys, by a Bearer token or by "
    "signed requests. The paths under /v2/ai/ai-api-key are those of April "
    "2026, the others of May 2026 and later.",
    SCHEME_EXO2, operations };
