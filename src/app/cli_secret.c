/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "core/reseal.h"

#include <inttypes.h>

int
cli_rotate_secret(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    const char *path = w->app->config->master;
    struct resealed r;
    if (words->end ? reseal_end(cx, path, &r) : reseal_begin(cx, path, &r))
        return cli_fail(&cx->err);
    struct val *v = val_map(cx->arena);
    val_put_int(v, "values", r.values);
    val_put_int(v, "sealed_anew", r.changed);
    val_put_int(v, "management_keys_to_rotate", r.management);
    if (words->end)
        return cli_tell(cx, words, v, "%" PRId64 " values, %" PRId64
            " sealed anew\nthe old master secret is gone from here. Copy the "
            "folder of the new one elsewhere, and keep\nthe copy of the old "
            "one as long as backups of before: they open with no other",
            r.values, r.changed);
    struct str more = r.management ? arena_fmt(cx->arena, "\n%" PRId64
        " management keys get another signing secret: programs that sign with "
        "one need a rotated key", r.management) : STR("");
    return cli_tell(cx, words, v, "%" PRId64 " values, %" PRId64
        " sealed anew\nkeep a copy of the new master secret elsewhere, and "
        "that of the old one: backups of\nbefore open with it alone. Reload the "
        "server (people sign in again), then run:\nkeylodge rotate-secret "
        "--end%.*s", r.values, r.changed, STR_ARG(more));
}
