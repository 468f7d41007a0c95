/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "core/account.h"
#include "core/audit.h"
#include "core/workspace.h"
#include "text/fields.h"
#include "text/json.h"
#include "text/when.h"

#include <inttypes.h>
#include <stdio.h>

enum { USUAL = 100, MOST = 10000, PAGE = 100 };

/* Instants as forms have them. */
struct span {
    struct field_set set;
    int64_t from, to;
};
#define AT(member) offsetof(struct span, member)
static const struct field span_fields[] = {
    { .name = "from", .label = "From", .type = FIELD_TIME, .offset = AT(from),
        .flags = FIELD_NULLABLE },
    { .name = "to", .label = "To", .type = FIELD_TIME, .offset = AT(to),
        .flags = FIELD_NULLABLE },
    { .name = NULL },
};
#undef AT

static enum err_code
read_filter(struct cx *cx, const struct words *words,
    struct audit_filter *out)
{
    struct pairs form = { NULL, 0 };
    struct span span = { .from = 0 };
    struct user actor;
    cli_put_fields(cx, words, span_fields, &form);
    if (fields_from_form(cx->arena, span_fields, &form, &span, &cx->err))
        return cx->err.code;
    if (words->from && words->to && span.from >= span.to)
        return err_field(&cx->err, "from", "It has to be before --to");
    *out = (struct audit_filter){ .from_s = span.from, .to_s = span.to,
        .action = str_cstr(words->action), .object = str_cstr(words->object),
        .find = str_lower(cx->arena, str_cstr(words->find)),
        .find_id = str_cstr(words->find), .most = PAGE };
    if (!words->actor)
        return ERR_OK;
    if (user_by_email(cx, str_cstr(words->actor), &actor))
        return cx->err.code;
    out->actor = actor.uuid;
    return ERR_OK;
}

static struct val *
row_val(struct cx *cx, const struct audit *r)
{
    struct val *v = val_map(cx->arena), *details;
    val_put_int(v, "number", r->seq);
    cli_put_time(cx, v, "at", r->at_s);
    val_put_str(v, "actor_kind", r->actor_kind);
    cli_put_text(v, "actor", r->actor_name);
    val_put_str(v, "action", r->action);
    val_put_str(v, "object_kind", r->object_kind);
    cli_put_text(v, "object", r->object_id);
    cli_put_text(v, "object_name", r->object_name);
    cli_put_text(v, "address", r->address);
    if (r->details.n &&
        json_read(cx->arena, r->details, &details, &cx->err) == ERR_OK)
        val_put(v, "details", details);
    else
        val_put_null(v, "details");
    return v;
}

static void
print_row(struct cx *cx, const struct audit *r)
{
    printf("%8" PRId64 "  %.*s  %-24.*s %-18.*s %.*s%s%.*s\n", r->seq,
        STR_ARG(when_rfc3339(cx->arena, r->at_s)), STR_ARG(r->actor_name),
        STR_ARG(r->action), STR_ARG(r->object_id),
        r->object_name.n ? " " : "", STR_ARG(r->object_name));
}

int
cli_audit_list(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct val *list = val_list(cx->arena);
    struct audit_filter f;
    int64_t most = USUAL, done = 0;
    bool more = true;
    if (words->most && !cli_number("most", words->most, 1, MOST, &most))
        return EXIT_WORDS;
    if (read_filter(cx, words, &f) ||
        (words->workspace &&
            workspace_enter(cx, str_cstr(words->workspace))))
        return cli_fail(&cx->err);
    while (more && done < most) {
        struct audit *rows;
        size_t n;
        if (audit_list(cx, &f, &rows, &n, &more))
            return cli_fail(&cx->err);
        for (size_t i = 0; i < n && done < most; i++, done++) {
            f.before = rows[i].seq;
            if (words->json)
                val_add(list, row_val(cx, &rows[i]));
            else
                print_row(cx, &rows[i]);
        }
    }
    if (words->json)
        cli_print_json(cx, list);
    return EXIT_DONE;
}
