/* SPDX-License-Identifier: ISC */
/* Usage reports, one or many. */
#include "api/api.h"
#include "core/report.h"
#include "http/problem.h"
#include "text/fields.h"

static const char *const states[] = { [REPORT_COUNTED] = "counted",
    [REPORT_REPEATED] = "repeated", [REPORT_REFUSED] = "refused" };

static void
put_result(struct val *v, const struct report_in *in,
    const struct report_result *r)
{
    val_put_str(v, "id", in->id);
    val_put_cstr(v, "state", states[r->state]);
    if (r->state == REPORT_REFUSED)
        return;
    val_put_int(v, "input_tokens", r->input_tokens);
    val_put_int(v, "output_tokens", r->output_tokens);
    val_put_bool(v, "estimated", r->estimated);
    val_put_int(v, "cost_micro_usd", r->cost);
}

static void
read_report(struct cx *cx, const struct val *body, struct report_in *in,
    struct report_result *out)
{
    out->state = REPORT_REFUSED;
    err_init(&out->err, cx->arena);
    if (fields_from_json(cx->arena, report_fields, body, false, in,
            &out->err))
        in->id = val_text(val_get_cstr(body, "id")); /* to name it */
}

static enum err_code
report_alone(struct cx *cx, const struct req *req, struct res *res)
{
    struct report_in in = { 0 };
    struct report_result out = { .state = REPORT_REFUSED };
    read_report(cx, req->json, &in, &out);
    if (!out.err.code && report_usage(cx, &in, &out, 1))
        return cx->err.code;
    if (out.err.code) {
        cx->err = out.err;
        return cx->err.code;
    }
    struct val *v = val_map(cx->arena);
    put_result(v, &in, &out);
    res_json(res, 200, v);
    return ERR_OK;
}

static void
put_results(struct cx *cx, const struct report_in *in,
    const struct report_result *out, size_t n, struct res *res)
{
    int64_t sums[COUNT_OF(states)] = { 0 };
    struct val *v = val_map(cx->arena), *list = val_list(cx->arena);
    for (size_t i = 0; i < n; i++) {
        struct val *one = val_add_map(list);
        sums[out[i].state]++;
        put_result(one, &in[i], &out[i]);
        if (out[i].state == REPORT_REFUSED)
            val_put(one, "error",
                problem_json(cx->arena, &out[i].err, (struct str){ NULL, 0 }));
    }
    for (size_t i = 0; i < COUNT_OF(states); i++)
        val_put_int(v, states[i], sums[i]);
    val_put(v, "results", list);
    res_json(res, 200, v);
}

enum err_code
api_usage(struct cx *cx, const struct req *req, struct res *res)
{
    const struct val *list = val_get_cstr(req->json, "reports");
    if (!list)
        return report_alone(cx, req, res);
    if (req->json->u.map.n != 1 || list->type != VAL_LIST)
        return err_field(&cx->err, "reports",
            "Send one report, or a list of them as reports and nothing else");
    size_t n = list->u.list.n;
    if (n == 0 || n > REPORTS_MOST)
        return err_field(&cx->err, "reports",
            "Send 1 to %d reports at once", (int)REPORTS_MOST);
    struct report_in *in = arena_array(cx->arena, n, sizeof *in);
    struct report_result *out = arena_array(cx->arena, n, sizeof *out);
    for (size_t i = 0; i < n; i++)
        read_report(cx, list->u.list.items[i], &in[i], &out[i]);
    if (report_usage(cx, in, out, n))
        return cx->err.code;
    put_results(cx, in, out, n, res);
    return ERR_OK;
}
