/* SPDX-License-Identifier: ISC */
#include "store/store_reserve.h"

#include "base/attr.h"

/* ---- what a decision needs ---- */

enum err_code
store_meter_facts(struct store *st, int64_t workspace_id, int64_t key_id,
    struct str model, struct meter_facts *out, bool *found)
{
    struct q q;
    *out = (struct meter_facts){ .spend_limit = -1 };
    q_begin(&q, st, SQL_METER_FACTS);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "key", key_id);
    q_text(&q, "model", model);
    *found = q_row(&q);
    if (*found) {
        out->spend_limit = q_get_int_or(&q, 0, -1);
        must(spend_reset_read(q_get_text(&q, 1), &out->spend_reset));
        out->has_credits = !q_is_null(&q, 2);
        out->credits = q_get_int(&q, 2);
        out->credits_reserved = q_get_int(&q, 3);
        out->releases = q_get_int(&q, 4) != 0;
        out->model_id = q_get_int(&q, 5);
        out->reserve_input = q_get_int(&q, 6);
        out->reserve_output = q_get_int(&q, 7);
        out->n_rules = (size_t)q_get_int(&q, 8);
    }
    return q_end(&q);
}

enum err_code
store_meter_workspace(struct store *st, int64_t workspace_id,
    struct meter_facts *out)
{
    struct q q;
    *out = (struct meter_facts){ .spend_limit = -1 };
    q_begin(&q, st, SQL_METER_WORKSPACE);
    q_int(&q, "workspace", workspace_id);
    if (q_row(&q)) {
        out->has_credits = !q_is_null(&q, 0);
        out->credits = q_get_int(&q, 0);
        out->credits_reserved = q_get_int(&q, 1);
    }
    return q_end(&q);
}

enum err_code
store_spend_get(struct store *st, int64_t key_id, int64_t start_s,
    int64_t *spent, int64_t *reserved, bool *found)
{
    struct q q;
    q_begin(&q, st, SQL_SPEND_GET);
    q_int(&q, "key", key_id);
    q_int(&q, "start", start_s);
    *found = q_row(&q);
    *spent = q_get_int(&q, 0);
    *reserved = q_get_int(&q, 1);
    return q_end(&q);
}

enum err_code
store_spend_reserve(struct store *st, int64_t key_id, int64_t start_s,
    int64_t amount)
{
    struct q q;
    q_begin(&q, st, SQL_SPEND_RESERVE);
    q_int(&q, "key", key_id);
    q_int(&q, "start", start_s);
    q_int(&q, "amount", amount);
    return q_run_exactly(&q, 1);
}

enum err_code
store_spend_prune(struct store *st, int64_t key_id, int64_t before_s)
{
    struct q q;
    q_begin(&q, st, SQL_SPEND_PRUNE);
    q_int(&q, "key", key_id);
    q_int(&q, "before", before_s);
    return q_run(&q);
}

enum err_code
store_credits_reserve(struct store *st, int64_t workspace_id, int64_t amount)
{
    struct q q;
    q_begin(&q, st, SQL_CREDITS_RESERVE);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "amount", amount);
    return q_run_exactly(&q, 1);
}

/* ---- reservations ---- */

enum err_code
store_reservation_insert(struct store *st, const struct reservation *r)
{
    struct q q;
    q_begin(&q, st, SQL_RESERVATION_INSERT);
    q_text(&q, "uuid", r->uuid);
    q_int(&q, "workspace", r->workspace_id);
    q_int(&q, "key", r->key_id);
    q_text(&q, "model", r->model);
    q_text(&q, "endpoint", r->endpoint);
    q_int(&q, "created", r->created_s);
    q_int(&q, "ends", r->ends_s);
    q_int(&q, "input", r->input_tokens);
    q_int(&q, "output", r->output_tokens);
    q_int(&q, "cost", r->cost);
    q_text(&q, "rules", r->rules);
    q_int_or_null(&q, "spend_start", r->spend_start_s);
    q_int(&q, "credits", r->credits);
    q_text(&q, "address", r->address);
    q_text(&q, "request", r->request_id);
    return q_run_exactly(&q, 1);
}

static void
read_reservation(struct q *q, struct reservation *r)
{
    *r = (struct reservation){ .id = q_get_int(q, 0),
        .uuid = q_get_text(q, 1),
        .workspace_id = q_get_int(q, 2),
        .key_id = q_get_int(q, 3),
        .model = q_get_text(q, 4),
        .endpoint = q_get_text(q, 5),
        .created_s = q_get_int(q, 6),
        .ends_s = q_get_int(q, 7),
        .input_tokens = q_get_int(q, 8),
        .output_tokens = q_get_int(q, 9),
        .cost = q_get_int(q, 10),
        .rules = q_get_text(q, 11),
        .spend_start_s = q_get_int_or(q, 12, -1),
        .credits = q_get_int(q, 13) != 0,
        .address = q_get_text(q, 14),
        .request_id = q_get_text(q, 15),
        .releases = q_get_int(q, 17) != 0 };
    struct str state = q_get_text(q, 16);
    r->state = str_is(state, "charged") ? RESERVATION_CHARGED
        : str_is(state, "released")     ? RESERVATION_RELEASED
                                        : RESERVATION_LIVE;
}

enum err_code
store_reservation_by_uuid(struct store *st, int64_t workspace_id,
    struct str uuid, struct reservation *out)
{
    struct q q;
    *out = (struct reservation){ 0 };
    q_begin(&q, st, SQL_RESERVATION_BY_UUID);
    q_text(&q, "uuid", uuid);
    q_int(&q, "workspace", workspace_id);
    if (q_row(&q))
        read_reservation(&q, out);
    return q_end(&q);
}

enum err_code
store_reservation_ended(struct store *st, int64_t workspace_id, int64_t now_s,
    size_t most, struct reservation **out, size_t *n)
{
    struct q q;
    *n = 0;
    *out = NULL;
    q_begin(&q, st,
        workspace_id ? SQL_RESERVATION_ENDED_WORKSPACE
                     : SQL_RESERVATION_ENDED);
    if (workspace_id)
        q_int(&q, "workspace", workspace_id);
    q_int(&q, "now", now_s);
    q_int(&q, "most", (int64_t)most);
    while (*n < most && q_row(&q)) {
        if (!*out) /* nearly always there are none */
            *out = arena_array(store_arena(st), most, sizeof **out);
        read_reservation(&q, &(*out)[(*n)++]);
    }
    return q_end(&q);
}

enum err_code
store_reservation_close(struct store *st, const struct reservation *r,
    int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_RESERVATION_CLOSE);
    q_int(&q, "id", r->id);
    q_text(&q, "state", r->releases ? STR("released") : STR("charged"));
    q_int(&q, "now", now_s);
    return q_run_exactly(&q, 1);
}

enum err_code
store_reservation_delete(struct store *st, int64_t id)
{
    struct q q;
    q_begin(&q, st, SQL_RESERVATION_DELETE);
    q_int(&q, "id", id);
    return q_run_exactly(&q, 1);
}

/* ---- reports ---- */

enum err_code
store_report_key(struct store *st, int64_t workspace_id, struct str prefix,
    struct usage_event *e)
{
    struct q q;
    e->key_id = 0;
    q_begin(&q, st, SQL_REPORT_KEY);
    q_int(&q, "workspace", workspace_id);
    q_text(&q, "prefix", prefix);
    if (q_row(&q)) {
        e->key_id = q_get_int(&q, 0);
        e->workspace_id = q_get_int(&q, 1);
    }
    return q_end(&q);
}

enum err_code
store_report_event(struct store *st, struct usage_event *e, bool *found)
{
    struct q q;
    q_begin(&q, st, SQL_REPORT_EVENT);
    q_int(&q, "key", e->key_id);
    q_text(&q, "event", e->event_id);
    *found = q_row(&q);
    if (*found) {
        struct str outcome = q_get_text(&q, 3);
        e->at_ms = q_get_int(&q, 0);
        e->model = q_get_text(&q, 1);
        e->endpoint = q_get_text(&q, 2);
        e->outcome = str_is(outcome, "succeeded") ? USAGE_SUCCEEDED
            : str_is(outcome, "failed")           ? USAGE_FAILED
                                                  : USAGE_REFUSED;
        e->input_tokens = q_get_int(&q, 4);
        e->output_tokens = q_get_int(&q, 5);
        e->estimated = q_get_int(&q, 6) != 0;
        e->cost = q_get_int(&q, 7);
        e->address = q_get_text(&q, 8);
        e->request_id = q_get_text(&q, 9);
        e->upstream_id = q_get_text(&q, 10);
        e->client_id = q_get_text(&q, 11);
    }
    return q_end(&q);
}

enum err_code
store_report_event_correct(struct store *st, const struct usage_event *e)
{
    struct q q;
    q_begin(&q, st, SQL_REPORT_EVENT_CORRECT);
    q_int(&q, "key", e->key_id);
    q_text(&q, "event", e->event_id);
    q_text(&q, "model", e->model);
    q_text(&q, "endpoint", e->endpoint);
    q_text(&q, "outcome",
        e->outcome == USAGE_FAILED ? STR("failed") : STR("succeeded"));
    q_int(&q, "input", e->input_tokens);
    q_int(&q, "output", e->output_tokens);
    q_int(&q, "estimated", e->estimated);
    q_int(&q, "cost", e->cost);
    q_int_or_null(&q, "took", e->took_ms);
    q_text(&q, "upstream", e->upstream_id);
    q_text(&q, "client", e->client_id);
    return q_run_exactly(&q, 1);
}

enum err_code
store_refused_event_add(struct store *st, const struct usage_event *e,
    int64_t calls, int64_t kept)
{
    struct q q;
    q_begin(&q, st, SQL_REFUSED_EVENT_ADD);
    q_int(&q, "workspace", e->workspace_id);
    q_int(&q, "key", e->key_id);
    q_text(&q, "event", e->event_id);
    q_int(&q, "at", e->at_ms);
    q_text(&q, "model", e->model);
    q_text(&q, "endpoint", e->endpoint);
    q_text(&q, "reason", e->reason);
    q_text(&q, "address", e->address);
    q_text(&q, "request", e->request_id);
    q_int(&q, "calls", calls);
    q_int(&q, "kept", kept);
    return q_run_exactly(&q, 1);
}
