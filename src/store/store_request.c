/* SPDX-License-Identifier: ISC */
#include "store/store_request.h"

static const struct {
    const char *name;
    enum usage_outcome outcome;
} outcomes[] = {
    { "succeeded", USAGE_SUCCEEDED },
    { "failed", USAGE_FAILED },
    { "refused", USAGE_REFUSED },
};

enum err_code
store_refused_insert(struct store *st, const struct refused_call *c)
{
    struct q q;
    q_begin(&q, st, SQL_REFUSED_CALL_INSERT);
    q_text(&q, "request", c->request_id);
    q_int(&q, "workspace", c->workspace_id);
    q_int(&q, "key", c->key_id);
    q_int(&q, "at", c->at_ms);
    q_text(&q, "model", c->model);
    q_text(&q, "endpoint", c->endpoint);
    q_text(&q, "deployment", c->deployment);
    q_text(&q, "address", c->address);
    q_text(&q, "reason", c->reason);
    q_text(&q, "message", c->message);
    q_text(&q, "trace", c->trace);
    return q_run(&q);
}

enum err_code
store_refused_prune(struct store *st, int64_t before_ms, int64_t most)
{
    struct q q;
    q_begin(&q, st, SQL_REFUSED_CALL_PRUNE);
    q_int(&q, "before", before_ms);
    q_int(&q, "most", most);
    return q_run(&q);
}

static void
put_ask(struct q *q, const struct request_ask *ask)
{
    q_int(q, "workspace", ask->workspace_id);
    q_id_or_null(q, "key", ask->key_id);
    q_id_or_null(q, "user", ask->user_id);
}

enum err_code
store_refused_get(struct store *st, const struct request_ask *ask,
    struct refused_call *out, struct str *prefix, struct str *name,
    bool *found)
{
    struct q q;
    q_begin(&q, st, SQL_REFUSED_CALL_GET);
    put_ask(&q, ask);
    q_text(&q, "request", ask->id);
    *found = q_row(&q);
    if (*found) {
        *out = (struct refused_call){ .workspace_id = q_get_int(&q, 0),
            .key_id = q_get_int(&q, 1),
            .at_ms = q_get_int(&q, 2),
            .request_id = q_get_text(&q, 3),
            .model = q_get_text(&q, 4),
            .endpoint = q_get_text(&q, 5),
            .deployment = q_get_text(&q, 6),
            .address = q_get_text(&q, 7),
            .reason = q_get_text(&q, 8),
            .message = q_get_text(&q, 9),
            .trace = q_get_text(&q, 10) };
        *prefix = q_get_text(&q, 11);
        *name = q_get_text(&q, 12);
    }
    return q_end(&q);
}

enum err_code
store_refused_workspace(struct store *st, struct str id,
    int64_t *workspace_id)
{
    struct q q;
    *workspace_id = 0;
    q_begin(&q, st, SQL_REFUSED_CALL_ANY);
    q_text(&q, "request", id);
    if (q_row(&q))
        *workspace_id = q_get_int(&q, 0);
    return q_end(&q);
}

static enum usage_outcome
outcome_of(struct str s)
{
    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        if (str_is(s, outcomes[i].name))
            return outcomes[i].outcome;
    return USAGE_FAILED;
}

static void
read_row(struct q *q, int64_t workspace_id, struct request_row *out)
{
    *out = (struct request_row){
        .mark = { q_get_int(q, 0), q_get_int(q, 1), q_get_int(q, 2) },
        .event = { .workspace_id = workspace_id,
            .at_ms = q_get_int(q, 0),
            .key_id = q_get_int(q, 3),
            .event_id = q_get_text(q, 4),
            .model = q_get_text(q, 5),
            .endpoint = q_get_text(q, 6),
            .outcome = outcome_of(q_get_text(q, 7)),
            .reason = q_get_text(q, 8),
            .input_tokens = q_get_int(q, 9),
            .output_tokens = q_get_int(q, 10),
            .estimated = q_get_int(q, 11) != 0,
            .cost = q_get_int(q, 12),
            .took_ms = q_get_int_or(q, 13, -1),
            .address = q_get_text(q, 14),
            .request_id = q_get_text(q, 15) },
        .calls = q_get_int(q, 16),
        .key_prefix = q_get_text(q, 17),
        .key_name = q_get_text(q, 18),
    };
}

enum err_code
store_request_by_key(struct store *st, const struct request_ask *ask,
    struct request_row *out, bool *found)
{
    struct q q;
    q_begin(&q, st, SQL_REQUEST_EVENT_BY_KEY);
    q_int(&q, "workspace", ask->workspace_id);
    q_int(&q, "key", ask->key_id);
    q_text(&q, "id", ask->id);
    q_int(&q, "kept", 0);
    *found = q_row(&q);
    if (*found)
        read_row(&q, ask->workspace_id, out);
    return q_end(&q);
}

enum err_code
store_request_by_time(struct store *st, const struct request_ask *ask,
    struct request_row *out, bool *found)
{
    struct q q;
    q_begin(&q, st, SQL_REQUEST_EVENT_BY_TIME);
    put_ask(&q, ask);
    q_text(&q, "id", ask->id);
    q_int(&q, "from", ask->from_ms);
    q_int(&q, "to", ask->to_ms);
    q_int(&q, "most", REQUESTS_LOOKED_AT);
    q_int(&q, "kept", 0);
    *found = q_row(&q);
    if (*found)
        read_row(&q, ask->workspace_id, out);
    return q_end(&q);
}

enum err_code
store_request_reservation(struct store *st, const struct request_ask *ask,
    struct reservation *out, struct str *prefix, struct str *name)
{
    struct q q;
    *out = (struct reservation){ .id = 0 };
    q_begin(&q, st, SQL_REQUEST_RESERVATION);
    put_ask(&q, ask);
    q_text(&q, "id", ask->id);
    q_int(&q, "from", ask->from_ms / 1000);
    q_int(&q, "to", ask->to_ms / 1000 + 1);
    if (q_row(&q)) {
        struct str state = q_get_text(&q, 11);
        *out = (struct reservation){ .id = 1,
            .uuid = q_get_text(&q, 0),
            .workspace_id = ask->workspace_id,
            .key_id = q_get_int(&q, 1),
            .model = q_get_text(&q, 2),
            .endpoint = q_get_text(&q, 3),
            .created_s = q_get_int(&q, 4),
            .ends_s = q_get_int(&q, 5),
            .input_tokens = q_get_int(&q, 6),
            .output_tokens = q_get_int(&q, 7),
            .cost = q_get_int(&q, 8),
            .address = q_get_text(&q, 9),
            .request_id = q_get_text(&q, 10),
            .state = str_is(state, "live")  ? RESERVATION_LIVE
                : str_is(state, "charged") ? RESERVATION_CHARGED
                                           : RESERVATION_RELEASED };
        *prefix = q_get_text(&q, 12);
        *name = q_get_text(&q, 13);
    }
    return q_end(&q);
}

/* ---- the list ---- */

static enum sql
which_list(const struct request_filter *f, bool back)
{
    if (f->key_id)
        return back ? SQL_REQUEST_LIST_KEY_BACK : SQL_REQUEST_LIST_KEY;
    return back ? SQL_REQUEST_LIST_BACK : SQL_REQUEST_LIST;
}

enum err_code
store_request_list(struct store *st, const struct request_filter *f,
    struct request_row **out, size_t *n)
{
    struct q q;
    bool back = f->after.at_ms > 0;
    struct request_mark mark = back ? f->after : f->before;
    if (!mark.at_ms) /* from the newest on */
        mark.at_ms = f->to_ms ? f->to_ms : INT64_MAX;
    *n = 0;
    *out = arena_array(store_arena(st), (size_t)f->most, sizeof **out);
    q_begin(&q, st, which_list(f, back));
    q_int(&q, "workspace", f->workspace_id);
    if (f->key_id)
        q_int(&q, "key", f->key_id);
    q_id_or_null(&q, "user", f->user_id);
    q_text_or_null(&q, "model", f->model);
    q_text_or_null(&q, "outcome", f->outcome);
    q_text_or_null(&q, "reason", f->reason);
    if (back)
        q_int(&q, "to", f->to_ms ? f->to_ms : INT64_MAX);
    else
        q_int(&q, "from", f->from_ms);
    q_int(&q, "at", mark.at_ms);
    q_int(&q, "mark_kind", mark.kind);
    q_int(&q, "mark_id", mark.id);
    q_int(&q, "kept", f->kept_ms);
    q_int(&q, "most", f->most);
    while (*n < (size_t)f->most && q_row(&q))
        read_row(&q, f->workspace_id, &(*out)[(*n)++]);
    for (size_t i = 0; back && i < *n / 2; i++) {
        struct request_row other = (*out)[i];
        (*out)[i] = (*out)[*n - 1 - i];
        (*out)[*n - 1 - i] = other;
    }
    return q_end(&q);
}

enum err_code
store_request_reach(struct store *st, const struct request_filter *f,
    int64_t *at_ms)
{
    static const enum sql which[2][2] = {
        { SQL_REQUEST_FLOOR, SQL_REQUEST_FLOOR_KEY },
        { SQL_REQUEST_CEILING, SQL_REQUEST_CEILING_KEY },
    };
    struct q q;
    bool back = f->after.at_ms > 0;
    int64_t last = f->to_ms ? f->to_ms : INT64_MAX;
    int64_t at = back ? f->after.at_ms : f->before.at_ms;
    *at_ms = -1;
    q_begin(&q, st, which[back][f->key_id != 0]);
    if (f->key_id)
        q_int(&q, "key", f->key_id);
    else
        q_int(&q, "workspace", f->workspace_id);
    if (back)
        q_int(&q, "to", last);
    else
        q_int(&q, "from", f->from_ms);
    q_int(&q, "at", at ? at : last);
    q_int(&q, "skip", REQUESTS_LOOKED_AT);
    if (q_row(&q))
        *at_ms = q_get_int(&q, 0);
    return q_end(&q);
}
