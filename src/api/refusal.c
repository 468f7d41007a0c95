/* SPDX-License-Identifier: ISC */
#include "api/refusal.h"

#include "api/left.h"

#include <inttypes.h>
#include <stdio.h>

/* Who would have to wait longer is told not to try by itself. */
enum { RETRY_MOST_S = 60 };

#define WRONG "invalid_request_error"

static const struct {
    int status;
    const char *type; /* of the OpenAI error */
    bool again;       /* may trying again help? */
} rows[] = {
    [REASON_ALLOWED] = { 200, NULL, false },
    [REASON_MISSING_KEY] = { 401, WRONG, false },
    [REASON_INVALID_KEY] = { 401, WRONG, false },
    [REASON_EXPIRED_KEY] = { 401, WRONG, false },
    [REASON_DISABLED_KEY] = { 403, WRONG, false },
    [REASON_KEY_KIND] = { 403, WRONG, false },
    [REASON_NETWORK] = { 403, WRONG, false },
    [REASON_ENDPOINT] = { 403, WRONG, false },
    [REASON_DEPLOYMENT] = { 403, WRONG, false },
    [REASON_MODEL] = { 403, WRONG, false },
    [REASON_CATEGORY] = { 403, WRONG, false },
    [REASON_RATE] = { 429, "requests", true },
    [REASON_SPEND] = { 402, "insufficient_quota", false },
    [REASON_CREDITS] = { 402, "insufficient_quota", false },
    [REASON_UNAVAILABLE] = { 503, "server_error", true },
};
_Static_assert(REASON_COUNT == 15 && COUNT_OF(rows) == REASON_COUNT,
    "every reason has its row");

int
refusal_status(enum reason r)
{
    return rows[r].status;
}

/* RFC 6750 section 3: no error code for who sent no key. */
static struct str
challenge(enum reason r)
{
    return r == REASON_MISSING_KEY
        ? STR("Bearer realm=\"keylodge\"")
        : STR("Bearer realm=\"keylodge\", error=\"invalid_token\"");
}

int64_t
refusal_wait_s(const struct decision *d)
{
    if (!rows[d->reason].again)
        return 0;
    if (d->reason != REASON_RATE)
        return 1;
    return d->metered.wait_ms < 0 ? 0 : (d->metered.wait_ms + 999) / 1000;
}

/* OpenAI tells by the type which kind of limit it was. */
static const char *
type_of(const struct decision *d)
{
    const struct limit *hit = d->metered.refused;
    return d->reason == REASON_RATE && hit && hit->counts != LIMIT_REQUESTS
        ? "tokens"
        : rows[d->reason].type;
}

void
refusal_answer(struct cx *cx, const struct decision *d, struct res *res)
{
    struct arena *a = cx->arena;
    enum reason r = d->reason;
    must(r != REASON_ALLOWED);
    struct val *body = val_map(a);
    struct val *e = val_put_map(body, "error");
    val_put_str(e, "message", d->message);
    val_put_cstr(e, "type", type_of(d));
    val_put_null(e, "param");
    val_put_cstr(e, "code", reason_code(r));
    /* what "Why refused?" takes: the page, GET /v1/decisions, the command */
    val_put_str(body, "request_id", cx->request_id);
    res_json(res, rows[r].status, body);
    res_header(a, res, "x-inference-id", cx->request_id);
    if (rows[r].status == 401)
        res_header(a, res, "WWW-Authenticate", challenge(r));
    int64_t wait_s = refusal_wait_s(d);
    if (wait_s > 0)
        res_header(a, res, "Retry-After", arena_fmt(a, "%" PRId64, wait_s));
    if (wait_s <= 0 || wait_s > RETRY_MOST_S)
        res_header(a, res, "x-should-retry", STR("false"));
    left_headers(cx, d, res);
}

size_t
refusal_lost_body(const char *request_id, char *out, size_t size)
{
    int n = snprintf(out, size, "{\"error\":{\"message\":\"The call could not "
        "be recorded. Try again in a moment.\",\"type\":\"%s\",\"param\":null,"
        "\"code\":\"%s\"},\"request_id\":\"%s\"}",
        rows[REASON_UNAVAILABLE].type, reason_code(REASON_UNAVAILABLE),
        request_id);
    must(n > 0 && (size_t)n < size);
    return (size_t)n;
}
