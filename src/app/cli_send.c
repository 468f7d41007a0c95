/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "app/send.h"
#include "core/outbox.h"
#include "store/store_outbox.h"
#include "text/when.h"

#include <inttypes.h>
#include <stdio.h>

static struct val *
line_of(struct cx *cx, const struct outbox *o)
{
    struct val *v = val_map(cx->arena);
    val_put_str(v, "id", o->uuid);
    val_put_cstr(v, "event", notice_name(o->kind));
    val_put_str(v, "to", o->recipient);
    val_put_cstr(v, "state", outbox_state_name(o->state));
    val_put_int(v, "tries", o->tries);
    cli_put_time(cx, v, "made", o->made_s);
    cli_put_time(cx, v, "next_try",
        o->state == OUTBOX_WAITING ? o->due_s : 0);
    val_put_str(v, "problem", o->problem);
    return v;
}

static void
print_line(struct cx *cx, const struct outbox *o)
{
    printf("%.*s  %-11s %-20s %.*s\n", STR_ARG(o->uuid),
        outbox_state_name(o->state), notice_name(o->kind),
        STR_ARG(o->recipient));
    printf("    %" PRId64 " tries, %.*s%s%.*s\n", o->tries,
        STR_ARG(o->problem),
        o->state == OUTBOX_WAITING ? "; next " : "",
        STR_ARG(o->state == OUTBOX_WAITING ? when_long(cx->arena, o->due_s)
                                           : STR("")));
}

/* Mail that is stuck, and how many events are. */
static int
list_stuck(struct cx *cx, bool json)
{
    struct outbox_counts c;
    struct outbox *all;
    size_t n;
    int64_t before = 0;
    bool more = true;
    struct val *lines = val_list(cx->arena);
    if (outbox_counts(cx, &c))
        return cli_fail(&cx->err);
    while (more) {
        if (outbox_stuck(cx, before, &all, &n, &more))
            return cli_fail(&cx->err);
        for (size_t i = 0; i < n; i++) {
            if (json)
                val_add(lines, line_of(cx, &all[i]));
            else
                print_line(cx, &all[i]);
            before = all[i].id;
        }
    }
    if (json)
        cli_print_json(cx, lines);
    else
        printf("mail: %" PRId64 " tried and waiting, %" PRId64 " given up; "
               "events: %" PRId64 " tried and waiting, %" PRId64
               " given up\n", c.mail_waiting, c.mail_given_up,
            c.events_waiting, c.events_given_up);
    return EXIT_DONE;
}

int
cli_send(struct worker *w, const struct words *words)
{
    struct arena *a = arena_new(4096);
    struct err err;
    int code = EXIT_DONE;
    if (words->list || words->json) {
        code = list_stuck(worker_shell(w), words->json);
    } else {
        err_init(&err, a);
        if (send_run(w, words->loop, &err))
            code = cli_fail(&err);
    }
    arena_free(a);
    return code;
}
