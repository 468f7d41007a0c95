/* SPDX-License-Identifier: ISC */
/* What no compatible family has a call for. */
#include "api/describe_families.h"
#include "model/limit.h"

#define END { .name = NULL }
#define ID "0199c0de-5555-7000-8000-000000000005"
#define UUID(of) { .name = of, .type = SHAPE_UUID, .example = ID }
#define TEXT(of, like) { .name = of, .type = SHAPE_TEXT, .example = like }
#define MAYBE(of, like)                                                      \
    { .name = of, .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE,               \
        .example = like }
#define TIME(of)                                                             \
    { .name = of, .type = SHAPE_TIME, .example = "2026-03-10T12:00:00Z" }
#define MAYBE_TIME(of)                                                       \
    { .name = of, .type = SHAPE_TIME, .flags = SHAPE_NULLABLE,               \
        .example = "2026-03-11T00:00:00Z" }
#define INT(of, like) { .name = of, .type = SHAPE_INT, .example = like }
#define MAYBE_INT(of, like)                                                  \
    { .name = of, .type = SHAPE_INT, .flags = SHAPE_NULLABLE,                \
        .example = like }
#define BOOL(of, like) { .name = of, .type = SHAPE_BOOL, .example = like }
#define NEXT                                                                 \
    { .name = "next_cursor", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE,    \
        .words = "Send it as cursor to get the next page; null: this is the "  \
                 "last one." }
#define PAGE                                                                 \
    { .name = "limit", .type = SHAPE_INT, .flags = SHAPE_OPTIONAL,           \
        .words = "Rows on a page, 1 to 100; 50 if not said." },              \
    { .name = "cursor", .type = SHAPE_TEXT, .flags = SHAPE_OPTIONAL,         \
        .words = "next_cursor of the page before." }
#define LIST_OF(what, shown, about)                                          \
    static const struct shape what##_list_members[] = {                      \
        { .name = "data", .type = SHAPE_LIST, .of = &what }, NEXT, END };    \
    static const struct schema what##_list = { shown, about,                 \
        what##_list_members, false }

static const struct shape page_query[] = { PAGE, END };

static const struct shape workspace_members[] = { UUID("id"),
    TEXT("slug", "acme"), TEXT("name", "Acme"), BOOL("personal", "false"),
    INT("key_limit", "10"), TIME("created_at"), END };
static const struct schema workspace = { "Workspace",
    "The workspace of the key that asks.", workspace_members, false };

static const char *const sources[] = { "key", "spending_limit", "workspace",
    "credits", NULL };
static const struct shape limit_members[] = {
    { .name = "of", .type = SHAPE_CHOICE, .example = "key",
        .choices = sources },
    { .name = "counts", .type = SHAPE_CHOICE, .example = "requests",
        .choices = limit_counts_names },
    { .name = "period", .type = SHAPE_CHOICE, .example = "minute",
        .choices = limit_period_names },
    MAYBE("model", NULL),
    INT("limit", "60"), INT("used", "12"), INT("reserved", "1"),
    BOOL("shadow", "false"), MAYBE_TIME("resets_at"), END };
static const struct schema limit = { "Limit",
    "A limit and how far it is used; money in millionths of a US dollar.",
    limit_members, false };
static const struct shape limits_members[] = {
    { .name = "data", .type = SHAPE_LIST, .of = &limit }, END };
static const struct schema limits = { "Limits", "All limits that apply.",
    limits_members, false };

static const struct shape member_members[] = { UUID("id"),
    TEXT("email", "ada@example.org"), TEXT("name", "Ada Lovelace"),
    TEXT("role", "owner"), BOOL("disabled", "false"),
    BOOL("second_factor", "true"), INT("live_keys", "2"),
    MAYBE_TIME("joined_at"), END };
static const struct schema member = { "Member", NULL, member_members, false };
LIST_OF(member, "Members", "Who is in the workspace.");

static const struct shape invited_members[] = { UUID("id"),
    TEXT("email", "ada@example.org"), TEXT("role", "member"),
    TEXT("invited_by", "Ada Lovelace"), TIME("created_at"), TIME("ends_at"),
    END };
static const struct schema invited = { "Invitation",
    "Somebody who may become a member until it ends.", invited_members,
    false };
static const struct shape invites_members[] = {
    { .name = "data", .type = SHAPE_LIST, .of = &invited }, END };
static const struct schema invites = { "Invitations",
    "The open ones, newest first.", invites_members, false };
static const struct shape service_members[] = { UUID("id"),
    TEXT("name", "Build server"), INT("live_keys", "3"), TIME("created_at"),
    END };
static const struct schema service = { "ServiceAccount",
    "An owner of keys that is no person.", service_members, false };
static const struct shape services_members[] = {
    { .name = "data", .type = SHAPE_LIST, .of = &service }, END };
static const struct schema services = { "ServiceAccounts",
    "All of them, by name.", services_members, false };

static const struct shape party_members[] = { TEXT("kind", "key"),
    TEXT("id", ID), TEXT("name", "Web shop"), END };
static const struct schema party = { "AuditParty", NULL, party_members,
    false };
static const struct shape details_members[] = { END };
static const struct schema details = { "AuditDetails",
    "What was changed; its members depend on the action.", details_members,
    true };
static const struct shape audit_members[] = { INT("seq", "412"),
    MAYBE_TIME("at"),
    { .name = "actor", .type = SHAPE_MAP, .of = &party },
    TEXT("action", "key.create"),
    { .name = "object", .type = SHAPE_MAP, .of = &party },
    { .name = "details", .type = SHAPE_MAP, .of = &details },
    TEXT("address", "192.0.2.7"), TEXT("request_id", ID), END };
static const struct schema audit = { "AuditLine", "Who did what, when.",
    audit_members, false };
LIST_OF(audit, "AuditLog", "The newest first.");
static const struct shape audit_query[] = { PAGE,
    { .name = "action", .type = SHAPE_TEXT, .flags = SHAPE_OPTIONAL,
        .words = "Only this action, such as key.create." },
    { .name = "object", .type = SHAPE_TEXT, .flags = SHAPE_OPTIONAL },
    { .name = "actor", .type = SHAPE_TEXT, .flags = SHAPE_OPTIONAL }, END };

#define MODEL                                                                \
    UUID("id"), TEXT("name", "openai/gpt-5"), TEXT("category", "chat"),      \
    { .name = "input_price", .type = SHAPE_NUMBER, .flags = SHAPE_NULLABLE,  \
        .example = "1.25",                                                   \
        .words = "US dollars for a million tokens." },                       \
    { .name = "output_price", .type = SHAPE_NUMBER, .flags = SHAPE_NULLABLE, \
        .example = "10" },                                                   \
    TIME("created_at"), TIME("updated_at"), INT("version", "1")
static const struct shape model_members[] = { MODEL,
    { .name = "deployments", .type = SHAPE_TEXTS, .example = ID,
        .words = "UUIDs of those that serve it." }, END };
static const struct schema model = { "Model", "A model.", model_members,
    false };
static const struct shape model_row_members[] = { MODEL, END };
static const struct schema model_row = { "ModelRow", NULL, model_row_members,
    false };
LIST_OF(model_row, "Models", "What the workspace offers.");

static const struct shape deployment_members[] = { UUID("id"),
    TEXT("name", "eu-west"), TEXT("base_url", "https://models.example.org"),
    TIME("created_at"), TIME("updated_at"), INT("version", "1"), END };
static const struct schema deployment = { "Deployment", "A deployment.",
    deployment_members, false };
LIST_OF(deployment, "Deployments", "Upstreams that serve models.");

static const struct shape removed_members[] = { UUID("id"),
    BOOL("removed", "true"), END };
static const struct schema removed = { "Removed", "It is not offered now.",
    removed_members, false };

/* ---- one decision of the gate ---- */

static const struct shape seen_limit_members[] = {
    { .name = "source", .type = SHAPE_CHOICE, .example = "key",
        .choices = sources },
    { .name = "counts", .type = SHAPE_CHOICE, .example = "requests",
        .choices = limit_counts_names },
    { .name = "period", .type = SHAPE_CHOICE, .example = "minute",
        .choices = limit_period_names },
    MAYBE("model", NULL), MAYBE_INT("amount", "60"), MAYBE_INT("used", "60"),
    MAYBE_INT("reserved", "0"), MAYBE_INT("need", "1"), END };
static const struct schema seen_limit = { "DecisionLimit",
    "The limit as it stood then; of a rule whose state is applies, as it stands "
    "now. null: not for who asks to know.",
    seen_limit_members, false };
static const struct shape rule_members[] = { TEXT("rule", "rate_limits"),
    TEXT("name", "60 requests a minute"), TEXT("state", "refused"),
    MAYBE("allowed", NULL), MAYBE("given", NULL),
    { .name = "limit", .type = SHAPE_MAP, .flags = SHAPE_NULLABLE,
        .of = &seen_limit, .example = "" },
    MAYBE_TIME("opens_at"), END };
static const struct schema rule = { "DecisionRule",
    "One rule, in the order in which they are asked. The rules of a call that "
    "was allowed are the limits that apply to such a call now, with the state "
    "applies: what they said then is not kept.", rule_members, false };
static const struct shape whose_members[] = { TEXT("prefix", "Ab3dE6gH"),
    TEXT("name", "Web shop"), END };
static const struct schema whose = { "DecisionKey", NULL, whose_members,
    false };
static const struct shape used_members[] = { INT("input_tokens", "812"),
    INT("output_tokens", "230"), INT("cost_micro_usd", "1272"),
    BOOL("estimated", "false"), END };
static const struct schema used = { "DecisionUsage", NULL, used_members,
    false };
static const struct shape why_members[] = { TEXT("id", ID),
    MAYBE("request_id", ID),
    { .name = "time", .type = SHAPE_TIME,
        .example = "2026-03-10T12:00:00.000Z" },
    BOOL("allowed", "false"), TEXT("state", "refused"),
    TEXT("reason", "rate_limit_exceeded"),
    MAYBE("message", "60 requests a minute are used."),
    { .name = "key", .type = SHAPE_MAP, .of = &whose },
    MAYBE("model", "openai/gpt-5"),
    MAYBE("endpoint", "/v1/chat/completions"), MAYBE("deployment", NULL),
    MAYBE("address", "192.0.2.7"),
    { .name = "usage", .type = SHAPE_MAP, .flags = SHAPE_NULLABLE,
        .of = &used, .words = "null: it was refused." },
    { .name = "rules", .type = SHAPE_LIST, .of = &rule }, END };
static const struct schema why = { "DecisionSeen",
    "What the gate decided, rule by rule.", why_members, false };

/* ---- operations ---- */

#define LIMITS(at, what, end, like)                                          \
    { .method = METHOD_GET, .path = at, .id = "list" end "Limits",           \
        .summary = "Limits of a " what, .status = 200, .answer = &limits }, \
    { .method = METHOD_PUT, .path = at, .id = "set" end "Limit",             \
        .summary = "Set a limit of a " what,                                \
        .words = "The one with this count, period and model. amount is of "  \
                 "requests or tokens, budget of money; null takes it off.",  \
        .example = like, .status = 200, .answer = &limits,                   \
        .errors = ERR_BIT(ERR_CONFLICT) }
#define CATALOG(at, one, end, listed, shown, like, change)                   \
    { .method = METHOD_GET, .path = at, .id = "list" end "s",                \
        .summary = "List " one "s", .query = page_query, .status = 200,      \
        .answer = listed, .errors = ERR_BIT(ERR_INVALID) },                  \
    { .method = METHOD_POST, .path = at, .id = "add" end,                    \
        .summary = "Add a " one, .example = like, .status = 201,             \
        .answer = shown, .errors = ERR_BIT(ERR_CONFLICT) },                  \
    { .method = METHOD_GET, .path = at "/{id}", .id = "get" end,             \
        .summary = "Get a " one, .status = 200, .answer = shown,             \
        .errors = ERR_BIT(ERR_INVALID) },                                    \
    { .method = METHOD_PATCH, .path = at "/{id}", .id = "edit" end,          \
        .summary = "Change a " one,                                          \
        .words = "What is not sent stays. With version, the change is "      \
                 "refused when somebody else was faster.",                   \
        .example = change, .status = 200, .answer = shown,                   \
        .errors = ERR_BIT(ERR_CONFLICT) },                                   \
    { .method = METHOD_DELETE, .path = at "/{id}", .id = "remove" end,       \
        .summary = "Remove a " one, .status = 200, .answer = &removed,       \
        .errors = ERR_BIT(ERR_CONFLICT) }

static const struct operation operations[] = {
    { .method = METHOD_GET, .path = "/v1/workspace", .id = "getWorkspace",
        .summary = "The workspace", .status = 200, .answer = &workspace,
        .errors = ERR_BIT(ERR_INVALID) },
    { .method = METHOD_GET, .path = "/v1/workspace/members",
        .id = "listMembers", .summary = "Who is in it", .query = page_query,
        .status = 200, .answer = &member_list,
        .errors = ERR_BIT(ERR_INVALID) },
    { .method = METHOD_GET, .path = "/v1/workspace/invites",
        .id = "listInvitations", .summary = "Who is invited",
        .words = "Invitations are made and withdrawn by people, in the "
                 "console.",
        .status = 200, .answer = &invites, .errors = ERR_BIT(ERR_INVALID) },
    { .method = METHOD_GET, .path = "/v1/workspace/service-accounts",
        .id = "listServiceAccounts", .summary = "Service accounts",
        .words = "They are made and removed by people, in the console.",
        .status = 200, .answer = &services,
        .errors = ERR_BIT(ERR_INVALID) },
    { .method = METHOD_GET, .path = "/v1/workspace/audit",
        .id = "listAudit", .summary = "The audit log",
        .query = audit_query, .status = 200, .answer = &audit_list,
        .errors = ERR_BIT(ERR_INVALID) },
    LIMITS("/v1/workspace/limits", "workspace", "Workspace",
        "{\"counts\": \"money\", \"period\": \"month\", \"budget\": 500}"),
    LIMITS("/v1/workspace/keys/{prefix}/limits", "key", "Key",
        "{\"counts\": \"requests\", \"period\": \"minute\", \"amount\": 60}"),
    CATALOG("/v1/workspace/models", "model", "Model", &model_row_list,
        &model, "{\"name\": \"openai/gpt-5\", \"category\": \"chat\", "
        "\"input_price\": 1.25, \"output_price\": 10}",
        "{\"output_price\": 12}"),
    CATALOG("/v1/workspace/deployments", "deployment", "Deployment",
        &deployment_list, &deployment, "{\"name\": \"eu-west\", "
        "\"base_url\": \"https://models.example.org\"}",
        "{\"name\": \"eu-west-2\"}"),
    { .method = METHOD_GET, .path = "/v1/decisions/{id}",
        .id = "getDecision", .summary = "Why was a call refused?",
        .words = "By the request id of the refusal, or the id of the call.",
        .status = 200, .answer = &why },
    { .id = NULL },
};

const struct family describe_own = { "workspace", "Workspace",
    "What the console can do and none of the other families has a call for.",
    0, operations };
