/* SPDX-License-Identifier: ISC */
/* Who is in a workspace: members and service accounts. */
#include "app/cli_command.h"
#include "core/account.h"
#include "core/member.h"
#include "core/service.h"
#include "core/workspace.h"
#include "text/fields.h"

#include <inttypes.h>
#include <stdio.h>

static struct val *
member_val(struct cx *cx, const struct member *m)
{
    struct val *v = val_map(cx->arena);
    val_put_str(v, "email", m->email);
    val_put_str(v, "id", m->uuid);
    val_put_str(v, "name", m->name);
    val_put_cstr(v, "role", role_name(m->role));
    cli_put_time(cx, v, "joined", m->created_s);
    cli_put_time(cx, v, "last_seen", m->seen_s);
    val_put_bool(v, "codes", m->second_factor);
    val_put_bool(v, "disabled", m->disabled);
    val_put_int(v, "keys", m->n_keys);
    return v;
}

static enum err_code
enter(struct cx *cx, const struct words *words)
{
    return workspace_enter(cx, str_cstr(words->workspace));
}

/* The member with the address that was typed. */
static enum err_code
find(struct cx *cx, const struct words *words, struct member *out)
{
    struct user u;
    if (enter(cx, words) || user_by_email(cx, str_cstr(words->rest), &u))
        return cx->err.code;
    return member_get(cx, u.uuid, out);
}

int
cli_member_list(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct val *list = val_list(cx->arena);
    struct member *all;
    size_t n;
    if (enter(cx, words) || member_list(cx, &all, &n))
        return cli_fail(&cx->err);
    for (size_t i = 0; i < n; i++)
        if (words->json)
            val_add(list, member_val(cx, &all[i]));
        else
            printf("%-7s %-32.*s %3" PRId64 " keys %s\n",
                role_name(all[i].role), STR_ARG(all[i].email),
                all[i].n_keys, all[i].disabled ? "disabled" : "");
    if (words->json)
        cli_print_json(cx, list);
    return EXIT_DONE;
}

/* What they are now. */
static int
tell(struct cx *cx, const struct words *words)
{
    struct member m;
    if (find(cx, words, &m))
        return cli_fail(&cx->err);
    return cli_tell(cx, words, member_val(cx, &m), "%.*s is %s of %.*s",
        STR_ARG(m.email), role_name(m.role), STR_ARG(cx->ws.slug));
}

int
cli_member_add(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct user u;
    enum role role = role_read(str_cstr(words->role ? words->role : "member"));
    if (user_by_email(cx, str_cstr(words->rest), &u) || enter(cx, words) ||
        member_add(cx, &u, role))
        return cli_fail(&cx->err);
    return tell(cx, words);
}

int
cli_member_role(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct member m;
    if (find(cx, words, &m) ||
        member_set_role(cx, m.uuid, role_read(str_cstr(words->role))))
        return cli_fail(&cx->err);
    return tell(cx, words);
}

enum err_code
cli_owner(struct cx *cx, const char *typed, struct str *out)
{
    struct str s = str_cstr(typed), email = str_lower(cx->arena, s);
    struct service_account *services;
    struct member *members;
    size_t n;
    if (member_names(cx, &members, &n))
        return cx->err.code;
    for (size_t i = 0; i < n; i++)
        if (str_eq(members[i].email, email)) {
            *out = arena_fmt(cx->arena, "user:%.*s",
                STR_ARG(members[i].uuid));
            return ERR_OK;
        }
    if (service_list(cx, &services, &n))
        return cx->err.code;
    for (size_t i = 0; i < n; i++)
        if (str_eq(services[i].name, s)) {
            *out = arena_fmt(cx->arena, "service:%.*s",
                STR_ARG(services[i].uuid));
            return ERR_OK;
        }
    return ERR(&cx->err, ERR_NOT_FOUND,
        "%s is neither a member nor a service account of %.*s.", typed,
        STR_ARG(cx->ws.slug));
}

int
cli_member_remove(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct fate_in fate = { .fate = words->revoke_keys ? FATE_REVOKE
            : words->hand_over_to                      ? FATE_HAND_OVER
                                                       : FATE_LATER };
    struct member m;
    if (words->revoke_keys && words->hand_over_to) {
        fputs("keylodge: member remove: give --hand-over-to or --revoke-keys, "
              "not both\n", stderr);
        return EXIT_WORDS;
    }
    if (find(cx, words, &m) ||
        (words->hand_over_to &&
            cli_owner(cx, words->hand_over_to, &fate.to)) ||
        member_remove(cx, m.uuid, &fate))
        return cli_fail(&cx->err);
    const char *keys = fate.fate == FATE_REVOKE ? "revoked"
        : fate.fate == FATE_HAND_OVER           ? "handed over"
                                                : "waiting for an answer";
    struct val *v = member_val(cx, &m);
    val_put_cstr(v, "keys_are", keys);
    return cli_tell(cx, words, v, "%.*s is no member of %.*s any more%s%s",
        STR_ARG(m.email), STR_ARG(cx->ws.slug), m.n_keys ? "; keys: " : "",
        m.n_keys ? keys : "");
}

/* ---- service accounts ---- */

static struct val *
service_val(struct cx *cx, const struct service_account *s)
{
    struct val *v = val_map(cx->arena);
    val_put_str(v, "id", s->uuid);
    val_put_str(v, "name", s->name);
    cli_put_time(cx, v, "created", s->created_s);
    val_put_int(v, "keys", s->n_keys);
    return v;
}

int
cli_service_list(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct val *list = val_list(cx->arena);
    struct service_account *all;
    size_t n;
    if (enter(cx, words) || service_page(cx, &all, &n))
        return cli_fail(&cx->err);
    for (size_t i = 0; i < n; i++)
        if (words->json)
            val_add(list, service_val(cx, &all[i]));
        else
            printf("%-32.*s %3" PRId64 " keys\n", STR_ARG(all[i].name),
                all[i].n_keys);
    if (words->json)
        cli_print_json(cx, list);
    return EXIT_DONE;
}

int
cli_service_add(struct worker *w, const struct words *words)
{
    struct cx *cx = worker_shell(w);
    struct pairs form = { NULL, 0 };
    struct service_in in = { .name = { NULL, 0 } };
    struct val *v = val_map(cx->arena);
    cli_put_word(cx, &form, "name", str_cstr(words->rest));
    if (fields_from_form(cx->arena, service_fields, &form, &in, &cx->err) ||
        enter(cx, words) || service_add(cx, &in))
        return cli_fail(&cx->err);
    val_put_str(v, "name", in.name);
    return cli_tell(cx, words, v, "%.*s may own keys of %.*s",
        STR_ARG(in.name), STR_ARG(cx->ws.slug));
}
