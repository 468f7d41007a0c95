/* SPDX-License-Identifier: ISC */
#include "app/cli_command.h"
#include "core/account.h"
#include "core/freeze.h"
#include "core/workspace.h"
#include "text/fields.h"
#include "text/when.h"

#include <inttypes.h>
#include <stdio.h>

enum { PAGE = 200 };

static struct val *
workspace_val(struct cx *cx, const struct workspace *w)
{
    struct val *v = val_map(cx->arena);
    val_put_str(v, "workspace", w->slug);
    val_put_str(v, "id", w->uuid);
    val_put_str(v, "name", w->name);
    val_put_bool(v, "personal", w->personal);
    cli_put_time(cx, v, "created", w->created_s);
    cli_put_time(cx, v, "frozen", w->frozen_s);
    cli_put_time(cx, v, "frozen_until", w->frozen_until_s);
    cli_put_text(v, "frozen_why", w->frozen_why);
    cli_put_time(cx, v, "deleted", w->deleted_s);
    return v;
}

int
cli_workspace_list(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct val *list = val_list(cx->arena);
    struct workspace *all;
    int64_t after = 0;
    size_t n = PAGE;
    while (n == PAGE) {
        if (workspace_all(cx, after, PAGE, &all, &n))
            return cli_fail(&cx->err);
        for (size_t i = 0; i < n; i++) {
            after = all[i].id;
            if (!words->json) {
                printf("%-32.*s %4" PRId64 " people %5" PRId64
                       " keys %-7s %.*s\n", STR_ARG(all[i].slug),
                    all[i].n_members, all[i].n_keys,
                    all[i].deleted_s ? "deleted"
                        : all[i].frozen_s ? "frozen" : "", STR_ARG(all[i].name));
                continue;
            }
            struct val *v = val_add(list, workspace_val(cx, &all[i]));
            val_put_int(v, "members", all[i].n_members);
            val_put_int(v, "keys", all[i].n_keys);
        }
    }
    if (words->json)
        cli_print_json(cx, list);
    return EXIT_DONE;
}

static void
put_days(struct val *v, const char *name, int64_t s)
{
    if (s)
        val_put_int(v, name, s / DAY_S);
    else
        val_put_null(v, name);
}

int
cli_workspace_show(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    const struct workspace *ws = &cx->ws;
    if (workspace_enter(cx, str_cstr(words->rest)))
        return cli_fail(&cx->err);
    struct val *v = workspace_val(cx, ws);
    val_put_int(v, "keys_most", ws->key_max);
    put_days(v, "key_days_most", ws->key_life_max_s);
    put_days(v, "key_days_usual", ws->key_life_default_s);
    val_put_cstr(v, "codes_for", factor_rule_name(ws->second_factor));
    val_put_cstr(v, "keys_of_leavers",
        leaver_name(ws->leaver_passes ? LEAVER_PASS : LEAVER_SUSPEND));
    val_put_cstr(v, "calls_without_report", reserve_end_name(
        ws->reserve_releases ? RESERVE_RELEASE : RESERVE_CHARGE));
    val_put_int(v, "months_calls_are_kept", ws->event_months);
    return cli_show(cx, words, v);
}

/* By the rules of the form, with what it offers first. */
static enum err_code
read_name(struct cx *cx, const char *typed, struct workspace_in *out)
{
    struct pairs form = { NULL, 0 };
    *out = (struct workspace_in){ .name = { NULL, 0 } };
    cli_put_word(cx, &form, "name", str_cstr(typed));
    cli_put_word(cx, &form, "second_factor",
        str_cstr(factor_rule_name(FACTOR_USUAL)));
    return fields_from_form(cx->arena, workspace_fields, &form, out,
        &cx->err);
}

int
cli_workspace_add(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct user owner;
    struct workspace ws;
    struct workspace_in in;
    if (read_name(cx, words->rest, &in) ||
        user_by_email(cx, str_cstr(words->owner), &owner) ||
        workspace_create(cx, &in, &owner, &ws))
        return cli_fail(&cx->err);
    ws.created_s = cx->now_s;
    return cli_tell(cx, words, workspace_val(cx, &ws), "%.*s",
        STR_ARG(ws.slug));
}

/* Saves the settings of cx->ws, and reads them anew. */
static enum err_code
save(struct cx *cx, const struct settings_in *settings)
{
    return settings_save(cx, settings) ? cx->err.code
                                       : workspace_enter(cx, cx->ws.slug);
}

int
cli_workspace_rename(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct settings_in settings;
    struct workspace_in in;
    if (read_name(cx, words->name, &in) ||
        workspace_enter(cx, str_cstr(words->rest)))
        return cli_fail(&cx->err);
    settings_now(cx, &settings);
    settings.name = in.name;
    if (save(cx, &settings))
        return cli_fail(&cx->err);
    return cli_tell(cx, words, workspace_val(cx, &cx->ws),
        "%.*s is called %.*s", STR_ARG(cx->ws.slug), STR_ARG(cx->ws.name));
}

int
cli_workspace_edit(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct settings_in settings;
    int64_t keys;
    if (!cli_number("--keys", words->keys, 1, WORKSPACE_KEYS_MOST, &keys))
        return EXIT_WORDS;
    if (workspace_enter(cx, str_cstr(words->rest)))
        return cli_fail(&cx->err);
    settings_now(cx, &settings);
    settings.key_max = keys;
    if (save(cx, &settings))
        return cli_fail(&cx->err);
    struct val *v = workspace_val(cx, &cx->ws);
    val_put_int(v, "keys_most", cx->ws.key_max);
    return cli_tell(cx, words, v, "%.*s may have %" PRId64 " keys of each "
        "kind", STR_ARG(cx->ws.slug), cx->ws.key_max);
}

/* Without --for and --until it lasts until somebody thaws it. */
static enum err_code
read_freeze(struct cx *cx, const struct words *words, struct freeze_in *in)
{
    struct pairs form = { NULL, 0 };
    cli_put_word(cx, &form, "why", str_cstr(words->why));
    cli_put_word(cx, &form, "lasts",
        words->until         ? STR("date")
            : words->lasts   ? str_cstr(words->lasts)
                             : STR("open"));
    if (words->until)
        cli_put_word(cx, &form, "until", str_cstr(words->until));
    return fields_from_form(cx->arena, freeze_fields, &form, in, &cx->err);
}

int
cli_workspace_freeze(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct freeze_in in = { .lasts = FREEZE_OPEN };
    if (words->lasts && words->until) {
        fprintf(stderr, "keylodge: give --for or --until, not both\n");
        return EXIT_WORDS;
    }
    if (read_freeze(cx, words, &in) ||
        workspace_enter(cx, str_cstr(words->rest)) || freeze_begin(cx, &in))
        return cli_fail(&cx->err);
    struct str ends = cx->ws.frozen_until_s
        ? when_rfc3339(cx->arena, cx->ws.frozen_until_s)
        : STR("somebody thaws it");
    return cli_tell(cx, words, workspace_val(cx, &cx->ws),
        "%.*s is frozen until %.*s", STR_ARG(cx->ws.slug), STR_ARG(ends));
}

int
cli_workspace_thaw(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    if (workspace_enter(cx, str_cstr(words->rest)))
        return cli_fail(&cx->err);
    bool was = cx->ws.frozen_s != 0;
    if (freeze_end(cx) || workspace_enter(cx, cx->ws.slug))
        return cli_fail(&cx->err);
    return cli_tell(cx, words, workspace_val(cx, &cx->ws), "%.*s %s",
        STR_ARG(cx->ws.slug), was ? "is thawed" : "was not frozen");
}

int
cli_workspace_delete(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    if (workspace_enter(cx, str_cstr(words->rest)) ||
        workspace_delete(cx, STR("")))
        return cli_fail(&cx->err);
    return cli_tell(cx, words, workspace_val(cx, &cx->ws), "%.*s is deleted: "
        "nobody can enter it, every call is refused", STR_ARG(cx->ws.slug));
}

int
cli_workspace_restore(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct str slug = str_cstr(words->rest);
    if (workspace_enter(cx, slug))
        return cli_fail(&cx->err);
    bool was = cx->ws.deleted_s != 0;
    if (workspace_restore(cx, slug))
        return cli_fail(&cx->err);
    return cli_tell(cx, words, workspace_val(cx, &cx->ws), "%.*s %s",
        STR_ARG(cx->ws.slug), was
            ? "is back; calls are refused until somebody thaws it"
            : "was not deleted");
}
