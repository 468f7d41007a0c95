/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "core/prune.h"

int
cli_prune(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct pruned n;
    if (words->dry_run ? prune_count(cx, &n) : prune_all(cx, &n))
        return cli_fail(&cx->err);
    struct val *v = val_map(cx->arena);
    val_put_int(v, "calls", n.calls);
    for (int what = 0; what < PRUNE_COUNT; what++)
        val_put_int(v, prune_name((enum prune_what)what), n.rest[what]);
    return cli_show(cx, words, v);
}
