/* SPDX-License-Identifier: ISC */
/* What errors look like, family by family (api/error.c writes them). */
#include "api/describe_families.h"
#include "http/problem.h"

static const struct shape problem_field_members[] = {
    { .name = "field", .type = SHAPE_TEXT, .example = "name",
        .words = "Its name; empty when no field of ours is meant." },
    { .name = "detail", .type = SHAPE_TEXT,
        .example = "Enter a name for the key" },
    { .name = NULL },
};
static const struct schema problem_field = { "ProblemField",
    "What is wrong with one field.", problem_field_members, false };

static const struct shape problem_members[] = {
    { .name = "type", .type = SHAPE_TEXT, .example = "/docs/errors/invalid",
        .words = "The page that explains the error." },
    { .name = "title", .type = SHAPE_TEXT, .example = "A value is wrong" },
    { .name = "status", .type = SHAPE_INT, .example = "422" },
    { .name = "detail", .type = SHAPE_TEXT,
        .example = "Enter a name for the key." },
    { .name = "code", .type = SHAPE_TEXT, .example = "invalid",
        .words = "For programs. /docs/errors has them all." },
    { .name = "instance", .type = SHAPE_TEXT, .flags = SHAPE_OPTIONAL,
        .example = "urn:uuid:0199c0de-0000-7000-8000-000000000000",
        .words = "The request id." },
    { .name = "errors", .type = SHAPE_LIST, .flags = SHAPE_OPTIONAL,
        .of = &problem_field, .words = "Where fields were sent." },
    { .name = NULL },
};
const struct schema describe_problem = { "Problem",
    "An error, as RFC 9457 has it.", problem_members, false };

static const struct shape openai_inner_members[] = {
    { .name = "message", .type = SHAPE_TEXT,
        .example = "Send an API key: Authorization: Bearer YOUR_API_KEY" },
    { .name = "type", .type = SHAPE_TEXT,
        .example = "invalid_request_error" },
    { .name = "param", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE },
    { .name = "code", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE,
        .example = "missing_api_key",
        .words = "For programs. /docs/errors has them all." },
    { .name = NULL },
};
static const struct schema openai_inner = { "OpenaiErrorInner", NULL,
    openai_inner_members, false };
static const struct shape openai_members[] = {
    { .name = "error", .type = SHAPE_MAP, .of = &openai_inner },
    { .name = "request_id", .type = SHAPE_TEXT, .flags = SHAPE_OPTIONAL,
        .example = "0199c0de-0000-7000-8000-000000000000",
        .words = "Ask for the decision by it." },
    { .name = NULL },
};
static const struct schema openai = { "OpenaiError",
    "An error, as clients of OpenAI read it.", openai_members, false };

static const struct shape flat_members[] = {
    { .name = "message", .type = SHAPE_TEXT,
        .example = "This needs a management key." },
    { .name = "path", .type = SHAPE_TEXT, .example = "/v1/keys" },
    { .name = "requestId", .type = SHAPE_UUID,
        .example = "0199c0de-0000-7000-8000-000000000000" },
    { .name = "statusCode", .type = SHAPE_INT, .example = "403" },
    { .name = "timestamp", .type = SHAPE_TIME,
        .example = "2026-03-10T12:00:00.000Z" },
    { .name = NULL },
};
static const struct schema flat = { "AimlapiError",
    "An error, as AIMLAPI says it.", flat_members, false };

static const struct shape exo_new_members[] = {
    { .name = "type", .type = SHAPE_TEXT, .example = "/docs/errors/invalid" },
    { .name = "title", .type = SHAPE_TEXT, .example = "A value is wrong" },
    { .name = "status", .type = SHAPE_INT, .example = "400" },
    { .name = "detail", .type = SHAPE_TEXT, .example = "Send a name." },
    { .name = NULL },
};
static const struct schema exo_new = { "ExoscaleError",
    "An error, as Exoscale says it from May 2026 on.", exo_new_members,
    false };

static const struct shape exo_field_members[] = {
    { .name = "detail", .type = SHAPE_TEXT, .example = "Send a name" },
    { .name = "location", .type = SHAPE_TEXT, .example = "$['name']" },
    { .name = NULL },
};
static const struct schema exo_field = { "ExoscaleFieldError", NULL,
    exo_field_members, false };
static const struct shape exo_old_members[] = {
    { .name = "type", .type = SHAPE_TEXT, .example = "/docs/errors/invalid" },
    { .name = "title", .type = SHAPE_TEXT, .example = "A value is wrong" },
    { .name = "status", .type = SHAPE_INT, .example = "400" },
    { .name = "detail", .type = SHAPE_TEXT, .example = "Send a name." },
    { .name = "instance", .type = SHAPE_TEXT,
        .example = "urn:uuid:0199c0de-0000-7000-8000-000000000000" },
    { .name = "errors", .type = SHAPE_LIST, .flags = SHAPE_OPTIONAL,
        .of = &exo_field },
    { .name = NULL },
};
static const struct schema exo_old = { "ExoscaleProblem",
    "An error, as Exoscale said it until May 2026.", exo_old_members, false };

static const struct shape forbidden_members[] = {
    { .name = "code", .type = SHAPE_TEXT, .example = "forbidden_operation" },
    { .name = "error", .type = SHAPE_TEXT,
        .example = "This needs a management key." },
    { .name = NULL },
};
static const struct schema forbidden = { "ExoscaleForbidden",
    "A refusal, as Exoscale said it until May 2026.", forbidden_members,
    false };

static const struct shape aix_members[] = {
    { .name = "message", .type = SHAPE_TEXT, .example = "Send a name." },
    { .name = "error", .type = SHAPE_TEXT,
        .example = "Unprocessable Content" },
    { .name = "statusCode", .type = SHAPE_INT, .example = "422" },
    { .name = NULL },
};
static const struct schema aix = { "AixplainError",
    "An error, as aiXplain says it.", aix_members, false };

static const struct {
    const char *name;
    const struct schema *schema;
} faces[] = {
    [FACE_API] = { "problem", &describe_problem },
    [FACE_OPENAI] = { "openai", &openai },
    [FACE_AIMLAPI] = { "aimlapi", &flat },
    [FACE_EXO_OLD] = { "exoscale", &exo_old },
    [FACE_EXO_NEW] = { "exoscaleNew", &exo_new },
    [FACE_AIX] = { "aixplain", &aix },
    [FACE_PLAIN] = { "plain", NULL },
};

const struct schema *
describe_error(enum face face, enum err_code code)
{
    if (face == FACE_EXO_OLD && problem_status(face, code) == 403)
        return &forbidden;
    return faces[face].schema;
}

const char *
describe_error_name(enum face face)
{
    return faces[face].name;
}
