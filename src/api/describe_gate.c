/* SPDX-License-Identifier: ISC */
/* The gate, its reports, and health. */
#include "api/describe_families.h"
#include "model/check.h"
#include "model/limit.h"
#include "model/report.h"

static const char *const sources[] = { "key", "spending_limit", "workspace",
    "credits", NULL };
static const char *const states[] = { "counted", "repeated", "refused",
    NULL };

static const struct shape check_key_members[] = {
    { .name = "prefix", .type = SHAPE_TEXT, .example = "Ab3dE6gH" },
    { .name = "name", .type = SHAPE_TEXT, .example = "Web shop" },
    { .name = NULL },
};
static const struct schema check_key = { "CheckKey",
    "Whose call it is.", check_key_members, false };

static const struct shape reservation_members[] = {
    { .name = "id", .type = SHAPE_TEXT,
        .example = "0199c0de-1111-7000-8000-000000000001" },
    { .name = "ends_at", .type = SHAPE_TIME,
        .example = "2026-03-10T12:10:00Z",
        .words = "Without a report until then, the estimate is booked." },
    { .name = "input_tokens", .type = SHAPE_INT, .example = "1000" },
    { .name = "output_tokens", .type = SHAPE_INT, .example = "500" },
    { .name = "cost_micro_usd", .type = SHAPE_INT, .example = "2000" },
    { .name = NULL },
};
static const struct schema reservation = { "Reservation",
    "What is kept for the call until its report.", reservation_members, false };

static const struct shape left_members[] = {
    { .name = "of", .type = SHAPE_CHOICE, .example = "key",
        .choices = sources, .words = "Where the limit stands." },
    { .name = "counts", .type = SHAPE_CHOICE, .example = "requests",
        .choices = limit_counts_names },
    { .name = "period", .type = SHAPE_CHOICE, .example = "minute",
        .choices = limit_period_names },
    { .name = "model", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE,
        .words = "null: all models." },
    { .name = "limit", .type = SHAPE_INT, .example = "60",
        .words = "Of money in millionths of a US dollar." },
    { .name = "used", .type = SHAPE_INT, .example = "12" },
    { .name = "reserved", .type = SHAPE_INT, .example = "1" },
    { .name = "remaining", .type = SHAPE_INT, .example = "47" },
    { .name = "resets_at", .type = SHAPE_TIME, .flags = SHAPE_NULLABLE,
        .example = "2026-03-10T12:01:00Z" },
    { .name = "shadow", .type = SHAPE_BOOL, .example = "false",
        .words = "Such a limit counts, and refuses nothing." },
    { .name = "strictest", .type = SHAPE_BOOL, .example = "true" },
    { .name = "refused", .type = SHAPE_BOOL, .example = "false",
        .words = "This is the limit that refused the call." },
    { .name = NULL },
};
static const struct schema left = { "LimitLeft",
    "One limit that applies to the call, and what is left of it.",
    left_members, false };

static const struct shape decision_members[] = {
    { .name = "allowed", .type = SHAPE_BOOL, .example = "true" },
    { .name = "reason", .type = SHAPE_TEXT, .example = "allowed",
        .words = "allowed, or the code of the refusal: see /docs/errors." },
    { .name = "status", .type = SHAPE_INT, .example = "200",
        .words = "What a gate in front of an upstream would answer." },
    { .name = "message", .type = SHAPE_TEXT,
        .example = "This call is allowed." },
    { .name = "key", .type = SHAPE_MAP, .flags = SHAPE_NULLABLE,
        .of = &check_key, .example = "",
        .words = "null: the secret was not right." },
    { .name = "retry_after", .type = SHAPE_INT, .flags = SHAPE_NULLABLE,
        .words = "Seconds; null: trying again does not help." },
    { .name = "inference_id", .type = SHAPE_TEXT, .flags = SHAPE_NULLABLE,
        .example = "0199c0de-1111-7000-8000-000000000001",
        .words = "What the report of this call names." },
    { .name = "reservation", .type = SHAPE_MAP, .flags = SHAPE_NULLABLE,
        .of = &reservation, .example = "",
        .words = "null: no limit applies, nothing is kept." },
    { .name = "limits", .type = SHAPE_LIST, .of = &left },
    { .name = "request_id", .type = SHAPE_UUID,
        .example = "0199c0de-0000-7000-8000-000000000000" },
    { .name = NULL },
};
static const struct schema decision = { "Decision",
    "Allowed, or refused with one reason.", decision_members, false };

static const struct shape result_members[] = {
    { .name = "id", .type = SHAPE_TEXT,
        .example = "0199c0de-1111-7000-8000-000000000001" },
    { .name = "state", .type = SHAPE_CHOICE, .example = "counted",
        .choices = states,
        .words = "repeated: the same report came before and counted then." },
    { .name = "input_tokens", .type = SHAPE_INT, .flags = SHAPE_OPTIONAL,
        .example = "812" },
    { .name = "output_tokens", .type = SHAPE_INT, .flags = SHAPE_OPTIONAL,
        .example = "230" },
    { .name = "estimated", .type = SHAPE_BOOL, .flags = SHAPE_OPTIONAL,
        .example = "false",
        .words = "The report had no tokens; the reservation's were taken." },
    { .name = "cost_micro_usd", .type = SHAPE_INT, .flags = SHAPE_OPTIONAL,
        .example = "1272" },
    { .name = "error", .type = SHAPE_MAP, .flags = SHAPE_OPTIONAL,
        .of = &describe_problem,
        .words = "Of a refused report in a list." },
    { .name = NULL },
};
static const struct schema result = { "ReportResult",
    "What was counted.", result_members, false };

static const struct shape results_members[] = {
    { .name = "counted", .type = SHAPE_INT, .example = "1" },
    { .name = "repeated", .type = SHAPE_INT, .example = "0" },
    { .name = "refused", .type = SHAPE_INT, .example = "0" },
    { .name = "results", .type = SHAPE_LIST, .of = &result,
        .words = "One for each report, in their order." },
    { .name = NULL },
};
static const struct schema results = { "ReportResults",
    "What was counted, report by report.", results_members, false };

static const struct shape gate_headers[] = {
    { .name = "x-keylodge-key", .type = SHAPE_TEXT, .example = "Ab3dE6gH",
        .words = "Prefix of the key." },
    { .name = "x-keylodge-workspace", .type = SHAPE_UUID,
        .example = "0199c0de-2222-7000-8000-000000000002" },
    { .name = "x-inference-id", .type = SHAPE_TEXT,
        .example = "0199c0de-1111-7000-8000-000000000001",
        .words = "What the report of this call names." },
    { .name = NULL },
};

static const struct sent usage_sent[] = {
    { .fields = report_fields },
    { .member = "reports", .fields = report_fields,
        .flags = SENT_ELSE | SENT_LIST | SENT_REQUIRED },
    { .fields = NULL },
};

static const struct shape leak_members[] = {
    { .name = "status", .type = SHAPE_TEXT, .example = "received" },
    { .name = "message", .type = SHAPE_TEXT,
        .example = "If this is a live key of ours, it is suspended now, and "
                   "its owner is told." },
    { .name = NULL },
};
static const struct schema leak = { "LeakReceived", "Thank you.",
    leak_members, false };

static const struct operation gate_operations[] = {
    { .method = METHOD_POST, .path = "/v1/check", .id = "checkCall",
        .summary = "May this key make this call?",
        .words = "For gateways that hold the call in hand. The answer is "
            "always 200 with a decision; what is refused has a reason. An "
            "allowed call reserves its estimate on every limit that applies, "
            "until it is reported.",
        .example = "{\"key\": \"Ab3dE6gH_krs_0123456789abcdefghijklmnopqrstuv"
            "wxYZab\", \"model\": \"openai/gpt-5\", \"endpoint\": "
            "\"/v1/chat/completions\", \"input_tokens\": 1000, "
            "\"max_output_tokens\": 500}",
        .status = 200, .answer = &decision },
    { .method = METHOD_POST, .path = "/v1/usage", .id = "reportUsage",
        .summary = "Report what calls used",
        .words = "One report, or up to 1,000 in a list. A report that names "
            "a reservation settles it. Sent twice, it counts once.",
        .sent = usage_sent,
        .example = "{\"id\": \"0199c0de-1111-7000-8000-000000000001\", "
            "\"input_tokens\": 812, \"output_tokens\": 230}",
        .status = 200, .answer = &result, .answer_else = &results,
        .errors = ERR_BIT(ERR_NOT_FOUND) | ERR_BIT(ERR_CONFLICT) },
    { .method = METHOD_GET, .path = "/gate", .id = "gate",
        .summary = "The sub-request of a web server",
        .words = "For auth_request and the like: the key comes in "
            "Authorization, the path that is asked about in X-Original-URI, "
            "the model in X-Model, the deployment in X-Deployment. Refusals "
            "have the form that clients of OpenAI read, and can be passed on "
            "as they are.",
        .status = 204, .headers = gate_headers,
        .errors = ERR_BIT(ERR_NOT_FOUND) },
    { .method = METHOD_POST, .path = "/v1/leaks", .id = "reportLeak",
        .summary = "Report a key that was found",
        .words = "Whoever holds a key may report it; the key itself is the "
            "proof. The answer is the same whether it is one of ours.",
        .example = "{\"key\": \"Ab3dE6gH_krs_0123456789abcdefghijklmnopqrstuv"
            "wxYZab\", \"source\": \"a public repository\"}",
        .status = 200, .answer = &leak, .errors = ERR_BIT(ERR_LIMITED) },
    { .id = NULL },
};

const struct family describe_gate = { "gate", "Gate and reports",
    "May this key make this call, and what did the call use? For web "
    "servers and gateways in front of models.",
    0, gate_operations };

static const struct shape ready_query[] = {
    { .name = "verbose", .type = SHAPE_TEXT, .flags = SHAPE_OPTIONAL,
        .words = "If it is there, the answer lists the checks." },
    { .name = NULL },
};

static const struct shape document_members[] = {
    { .name = "openapi", .type = SHAPE_TEXT, .example = "3.1.0" },
    { .name = NULL },
};
static const struct schema document = { "OpenapiDocument",
    "A document as the OpenAPI Specification has it.", document_members,
    true };

static const struct operation process_operations[] = {
    { .method = METHOD_GET, .path = "/healthz", .id = "health",
        .summary = "Does the process answer?", .status = 200,
        .text = "ok\n" },
    { .method = METHOD_GET, .path = "/readyz", .id = "ready",
        .summary = "Can it do its work?",
        .words = "With verbose a line for each check. Only \"store failed\" is "
            "503; of a full disk or of rows changed outside it tells, and "
            "still checks keys.",
        .query = ready_query,
        .status = 200, .text = "ok\n" },
    { .method = METHOD_GET, .path = "/metrics", .id = "watch",
        .summary = "Counts, times and sizes for Prometheus",
        .words = "For this machine, where no proxy asks for others, and for "
            "who sends the credential of the installation's gates.",
        .status = 200,
        .text = "keylodge_build_info{version=\"0.2.0\",sqlite=\"3.40.1\"} "
            "1\n" },
    { .method = METHOD_GET, .path = "/openapi.json", .id = "describe",
        .summary = "This description",
        .words = "An OpenAPI 3.1 document of all operations.",
        .status = 200, .answer = &document },
    { .id = NULL },
};

const struct family describe_process = { "process", "Health and description",
    "For who watches over the process, and for tools that read "
    "descriptions. No key is needed.",
    0, process_operations };
