/* SPDX-License-Identifier: ISC */
#include "api/decision.h"
#include "app/cli_command.h"
#include "core/workspace.h"
#include "text/money.h"
#include "text/when.h"

#include <stdio.h>

static void
print_limit(struct arena *a, const struct rule_seen *r)
{
    const struct limit *l = &r->limit;
    printf("  allowed %.*s, used %.*s, held %.*s, needed %.*s",
        STR_ARG(why_limit_amount(a, l, l->amount)),
        STR_ARG(why_limit_amount(a, l, l->used)),
        STR_ARG(why_limit_amount(a, l, l->reserved)),
        STR_ARG(why_limit_amount(a, l, r->need)));
    if (r->opens_s)
        printf("; opens %.*s", STR_ARG(when_long(a, r->opens_s)));
}

static void
print_rules(struct arena *a, const struct why *w)
{
    for (size_t i = 0; i < w->n_rules; i++) {
        const struct rule_seen *r = &w->rules[i];
        printf("%-12s %.*s\n", rule_state_name(r->state),
            STR_ARG(why_rule_label(a, r)));
        if (r->is_limit || r->given.n) {
            printf("%12s", "");
            if (r->is_limit)
                print_limit(a, r);
            else
                printf(" %.*s (allowed: %.*s)", STR_ARG(r->given),
                    STR_ARG(r->allowed));
            printf("\n");
        }
    }
}

static void
print_why(struct cx *cx, const struct why *w)
{
    struct arena *a = cx->arena;
    const struct usage_event *e = &w->row.event;
    printf("%.*s  %.*s  key %.*s (%.*s)  workspace %.*s\n",
        STR_ARG(e->event_id), STR_ARG(when_long(a, e->at_ms / 1000)),
        STR_ARG(w->row.key_prefix), STR_ARG(w->row.key_name),
        STR_ARG(cx->ws.slug));
    printf("model %.*s  endpoint %.*s  from %.*s\n",
        STR_ARG(e->model.n ? e->model : STR("-")),
        STR_ARG(e->endpoint.n ? e->endpoint : STR("-")),
        STR_ARG(e->address.n ? e->address : STR("-")));
    if (w->refused)
        printf("refused: %.*s: %.*s\n", STR_ARG(w->code),
            STR_ARG(w->message));
    else
        printf("allowed%s: %.*s tokens in, %.*s out, %.*s%s\n",
            w->under_way ? ", under way" : "",
            STR_ARG(count_show(a, e->input_tokens)),
            STR_ARG(count_show(a, e->output_tokens)),
            STR_ARG(money_show(a, e->cost)),
            e->estimated ? " (estimated)" : "");
    print_rules(a, w);
}

int
cli_why(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct str id = str_cstr(words->rest);
    struct why why;
    if (words->workspace) {
        if (workspace_enter(cx, str_cstr(words->workspace)) ||
            why_get(cx, id, STR(""), &why))
            return cli_fail(&cx->err);
    } else if (why_find(cx, id, &why)) {
        return cli_fail(&cx->err);
    }
    if (words->json)
        cli_print_json(cx, decision_json(cx, &why));
    else
        print_why(cx, &why);
    return EXIT_DONE;
}
