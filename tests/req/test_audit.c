/* SPDX-License-Identifier: ISC */
/*
 * Completeness of the audit log (T30, R12).  Each row of the table of routes
 * that changes something makes its line, changes nothing when the line cannot
 * be written, and makes no line when nothing was changed; every word of the log
 * is said by some operation, and pages know it.
 */
#include "move.h"
#include "ways.h"

#include "base/clock.h"
#include "core/account.h"
#include "core/audit.h"
#include "core/audit_action.h"
#include "core/backup.h"
#include "core/denied.h"
#include "core/factor.h"
#include "core/freeze.h"
#include "core/people.h"
#include "core/operator.h"
#include "core/reseal.h"
#include "core/reset.h"
#include "core/rotation.h"
#include "core/workspace.h"
#include "web/audit_words.h"

#include <stdio.h>
#include <string.h>

enum { ACTIONS_MOST = 160, TABLES_MOST = 80, BODY_MAX = 1024 };

static struct world world;
static bool seen[ACTIONS_MOST];
static struct str owner_session;
static struct codes codes;

/* ---- what is there ---- */

static int
setup(void **state)
{
    size_t n;
    (void)state;
    (void)audit_actions(&n);
    assert_in_range(n, 1, ACTIONS_MOST);
    world_open(&world);
    world_furnish(&world);
    world_save(&world);
    owner_session = world.session[OWNER];
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static void
restore(void)
{
    world_restore(&world);
    world.config.mail_dir = NULL;
    world.session[OWNER] = owner_session;
    clock_fix(WORLD_NOW * 1000);
    world_forget(&world);
}

/* Which words are in the log now? */
static void
see(struct world *w)
{
    size_t n;
    const struct audit_action *all = audit_actions(&n);
    for (size_t i = 0; i < n; i++)
        if (!seen[i])
            seen[i] = world_int(w, arena_cstr(w->arena, arena_fmt(w->arena,
                "SELECT count(*) FROM audit WHERE action = '%s'",
                all[i].action))) > 0;
}

/* Not the state that a line would be about: counts of tries, ids of forms,
 * what leaves the house, the log itself. */
static const char *const beside[] = { "api_once", "attempt", "audit",
    "audit_head", "form_once", "outbox", "outbox_try" };

struct state {
    struct str names[TABLES_MOST];
    uint64_t sums[TABLES_MOST];
    size_t n;
    int64_t lines;
};

static void
look(struct state *s)
{
    s->n = world_sums(&world, TABLES_MOST, s->names, s->sums);
    s->lines = world_int(&world, "SELECT count(*) FROM audit");
}

/* The first table of the state that is not as it was; empty: all are. */
static struct str
changed(const struct state *was, const struct state *is)
{
    for (size_t i = 0; i < was->n; i++) {
        bool counts = true;
        for (size_t k = 0; k < COUNT_OF(beside); k++)
            counts = counts && !str_is(was->names[i], beside[k]);
        if (counts && was->sums[i] != is->sums[i])
            return was->names[i];
    }
    return STR("");
}

/* ---- rows that need something first, or another body ---- */

static char body[BODY_MAX];

static void
post(const char *path, const char *form, int status)
{
    struct reply r = req_post(&world, OWNER, path, str_cstr(form));
    assert_int_equal(r.status, status);
}

static const char *
under(const char *before, struct str id, const char *after)
{
    return arena_cstr(world.arena, arena_fmt(world.arena, "%s%.*s%s", before,
        STR_ARG(id), after));
}

static void
codes_are_on(void)
{
    codes_on(&world, OWNER, &codes);
}

static void
code_is_asked(void)
{
    codes_are_on();
    clock_fix((WORLD_NOW + 30) * 1000);
    struct reply r = first_step(&world, OWNER);
    struct str step = page_hidden(&world, &r, "step");
    struct str code = code_at(&world, &codes, WORLD_NOW + 30);
    (void)snprintf(body, sizeof body, "step=%.*s&code=%.*s", STR_ARG(step),
        STR_ARG(code));
}

static void
codes_wait(void)
{
    struct codes c;
    post("/account/security/codes", "", 303);
    struct reply r = req_get(&world, OWNER, "/account/security/codes");
    codes_read(&r, &c);
    (void)snprintf(body, sizeof body, "code=%.6s",
        code_at(&world, &c, WORLD_NOW).p);
}

static void
price_to_come(void)
{
    post(under("/w/team/models/", world.model, "/prices"),
        "from=2026-03-11&input_price=4&output_price=8", 303);
}

static void
invited(void)
{
    world_exec(&world,
        "UPDATE invite SET email = 'sam@strange.example'");
}

static void
credits_on(void)
{
    post("/w/team/credits/on", "once=c&amount=5&note=first", 303);
}

static void
advised(void)
{
    post(under("/w/team/advice/", world.prefix[OWNER], ""),
        "kind=expiry&rule=0", 303);
    struct reply r = req_get(&world, OWNER,
        under("/w/team/keys/", world.prefix[OWNER], ""));
    (void)snprintf(body, sizeof body, "done=%.*s",
        STR_ARG(page_hidden(&world, &r, "done")));
}

static void
elsewhere(void)
{
    (void)world_sign_in(&world, OWNER);
}

static void
disabled(void)
{
    post(under("/w/team/keys/", world.prefix[OWNER], "/disable"), "", 303);
    post(under("/w/team/management-keys/", world.prefix[MANAGEMENT],
        "/disable"), "", 303);
    post(under("/w/team/admin-keys/", world.prefix[ADMIN_KEY], "/disable"),
        "", 303);
}

static void
frozen(void)
{
    post("/w/team/freeze", "why=test&lasts=open", 303);
}

static void
deleted(void)
{
    post("/w/team/delete", "confirm=Team", 303);
}
#define MIA " WHERE email = 'mia@team.example'"
static void
member_off(void)
{
    world_exec(&world, "UPDATE user SET disabled_s = 1" MIA);
}

static void
member_operates(void)
{
    world_exec(&world, "UPDATE user SET operator = 1" MIA);
}

static void
paused(void)
{
    post(under("/w/team/webhooks/", world.team.webhook, "/pause"), "", 303);
}

static void
mail_is_set(void)
{
    world.config.mail_dir = world.folder;
}

/* body: as written, or what `prepare` left when it is NULL and that wrote
 * one. */
static const struct special {
    const char *row;
    enum who who;
    void (*prepare)(void);
    const char *body;
} specials[] = {
    { "POST /sign-in/code", NOBODY, code_is_asked, NULL },
    { "POST /sdk/api-keys", MANAGEMENT, NULL,
        "{\"id\":\"\",\"name\":\"by program\"}" },
    { "PUT /sdk/api-keys/{id}", MANAGEMENT, NULL,
        "{\"id\":\"\",\"name\":\"by program\"}" },
    { "PATCH /v1/keys/{prefix}", MANAGEMENT, NULL, "{\"name\":\"other\"}" },
    { "PUT /v1/keys/{prefix}", MANAGEMENT, NULL, "{\"name\":\"other\"}" },
    { "PATCH /v2/ai/ai-api-key/{id}", MANAGEMENT, NULL,
        "{\"name\":\"other\"}" },
    { "PATCH /v2/ai/api-key/{id}", MANAGEMENT, NULL,
        "{\"name\":\"other\"}" },
    { "PATCH /v1/workspace/models/{id}", MANAGEMENT, NULL,
        "{\"name\":\"openai/other\"}" },
    { "PATCH /v1/workspace/deployments/{id}", MANAGEMENT, NULL,
        "{\"name\":\"other\"}" },
    { "PUT /v1/workspace/limits", MANAGEMENT, NULL,
        "{\"counts\":\"money\",\"period\":\"day\",\"budget\":12.5}" },
    { "PUT /v1/workspace/keys/{prefix}/limits", ADMIN_KEY, NULL,
        "{\"counts\":\"requests\",\"period\":\"day\",\"amount\":7}" },
    { "POST /w/{ws}/models/{id}/prices/{from}/remove", OWNER, price_to_come,
        NULL },
    { "POST /invite/{token}", STRANGER, invited, NULL },
    { "POST /w/{ws}/credits/off", OWNER, credits_on, NULL },
    { "POST /w/{ws}/credits/top-up", OWNER, credits_on,
        "once=t&amount=5&note=more" },
    { "POST /w/{ws}/credits/adjust", OWNER, credits_on,
        "once=a&way=add&amount=5&note=right" },
    { "POST /w/{ws}/advice/{prefix}", OWNER, NULL, "kind=expiry&rule=0" },
    { "POST /w/{ws}/advice/{prefix}/undo", OWNER, advised, NULL },
    { "POST /account/security/codes/on", OWNER, codes_wait, NULL },
    { "POST /account/security/codes/off", OWNER, codes_are_on, NULL },
    { "POST /account/security/recovery", OWNER, codes_are_on, NULL },
    { "POST /account/sessions/end-others", OWNER, elsewhere, NULL },
    { "POST /w/{ws}/members/{id}/role", OWNER, NULL, "role=admin" },
    { "POST /w/{ws}/keys/{prefix}/enable", OWNER, disabled, NULL },
    { "POST /w/{ws}/management-keys/{prefix}/enable", OWNER, disabled,
        NULL },
    { "POST /w/{ws}/admin-keys/{prefix}/enable", OWNER, disabled, NULL },
    { "POST /w/{ws}/thaw", OWNER, frozen, NULL },
    { "POST /w/{ws}/webhooks/{id}/resume", OWNER, paused, NULL },
    { "POST /admin/mail/test", OPERATOR, mail_is_set, NULL },
    { "POST /admin/workspaces/{slug}/thaw", OPERATOR, frozen, NULL },
    { "POST /admin/workspaces/{slug}/restore", OPERATOR, deleted, NULL },
    { "POST /admin/users/{id}/enable", OPERATOR, member_off, NULL },
    { "POST /admin/users/{id}/operator-off", OPERATOR, member_operates,
        NULL },
};

static const struct special *
special_of(const struct route *row)
{
    char name[PATH_BYTES];
    (void)snprintf(name, sizeof name, "%s %s", method_name(row->method),
        row->path);
    for (size_t i = 0; i < COUNT_OF(specials); i++)
        if (strcmp(specials[i].row, name) == 0)
            return &specials[i];
    return NULL;
}

/* ---- the walk ---- */

/* Whoever is let do it, the first of these. */
static const struct {
    enum who who;
    enum whose whose;
} askers[] = {
    { OWNER, OTHERS }, { MEMBER, OWN }, { ADMIN, OTHERS }, { NOBODY, OTHERS },
    { MANAGEMENT, OTHERS }, { ADMIN_KEY, OTHERS },
    { OPERATOR, OTHERS },
};

static struct ask
ask_of(const struct route *row, size_t asker)
{
    const struct special *s = special_of(row);
    enum who who = s ? s->who : askers[asker].who;
    struct ask ask = row_ask(&world, row, who,
        s ? OTHERS : askers[asker].whose);
    const char *text = s && s->body ? s->body : body;
    if (s && row->face != FACE_PAGE && *text)
        ask.body = str_cstr(text);
    else if (s && *text)
        ask.body = world_form(&world, who, str_cstr(text));
    return ask;
}

/* Is this row done, after what it needs; *was: just before. */
static bool
do_row(const struct route *row, size_t asker, struct state *was)
{
    const struct special *s = special_of(row);
    body[0] = '\0';
    if (s && s->prepare)
        s->prepare();
    if (was)
        look(was);
    struct ask ask = ask_of(row, asker);
    return world_send(&world, &ask).status < 400;
}

/* Who was let do it; COUNT_OF(askers): nobody. */
static size_t
first_let(const struct route *row, struct state *was, struct state *is)
{
    size_t most = special_of(row) ? 1 : COUNT_OF(askers);
    for (size_t asker = 0; asker < most; asker++) {
        if (do_row(row, asker, was)) {
            look(is);
            return asker;
        }
        restore();
    }
    return COUNT_OF(askers);
}

/* What the table of routes may change without a line, or tell without a change,
 * and why. */
enum odd { AS_ALL, NO_LINE, NO_CHANGE, NOTHING };
static const struct {
    const char *row;
    enum odd odd;
} odds[] = {
    /* calls have their own rows: events, refused calls, figures */
    { "POST /v1/check", NO_LINE }, { "POST /v1/usage", NO_LINE },
    /* the message is what was made */
    { "POST /w/{ws}/alerts/{id}/again", NO_CHANGE },
    { "POST /w/{ws}/webhooks/{id}/test", NO_CHANGE },
    { "POST /admin/mail/test", NO_CHANGE },
    { "POST /admin/mail/{id}/again", NO_CHANGE },
    { "POST /admin/mail/{id}/drop", NO_CHANGE },
    /* says the same to all; the words have a line in test_words */
    { "POST /reset", NOTHING },
    /* a look with a key; nothing is kept of it */
    { "POST /key", NOTHING },
};

static enum odd
odd_of(const struct route *row)
{
    char name[PATH_BYTES];
    (void)snprintf(name, sizeof name, "%s %s", method_name(row->method),
        row->path);
    for (size_t i = 0; i < COUNT_OF(odds); i++)
        if (strcmp(odds[i].row, name) == 0)
            return odds[i].odd;
    return AS_ALL;
}

/* By an index of which no entry can be made: triggers of the file do not run. */
static void
lines_fail(bool on)
{
    world_exec(&world, !on ? "DROP INDEX no_line"
        : arena_cstr(world.arena, arena_fmt(world.arena,
            "CREATE INDEX no_line ON audit(abs(0 * seq - 9223372036854775807 - 1)) "
            "WHERE seq > %lld",
            (long long)world_int(&world,
                "SELECT ifnull(max(seq), 0) FROM audit"))));
}

/* Once more, and its line cannot be written: then nothing of it is. */
static const char *
without_line(const struct route *row, size_t asker)
{
    const struct special *s = special_of(row);
    struct state was, is;
    body[0] = '\0';
    if (s && s->prepare)
        s->prepare();
    look(&was);
    struct ask ask = ask_of(row, asker);
    lines_fail(true);
    struct reply r = world_send(&world, &ask);
    lines_fail(false);
    look(&is);
    /* of many keys the page says what became of each */
    if (r.status < 400 && !strstr(row->path, "/bulk"))
        return "answered as if all were well, without its line";
    return changed(&was, &is).n ? "changed something without its line" : NULL;
}

static const char *
wrong_with(const struct route *row)
{
    struct state was, is;
    enum odd odd = odd_of(row);
    size_t asker = first_let(row, &was, &is);
    if (asker == COUNT_OF(askers))
        return "nobody can do it: name what it needs in `specials`";
    see(&world);
    bool change = changed(&was, &is).n != 0, line = is.lines > was.lines;
    restore();
    if (change != (odd == AS_ALL || odd == NO_LINE))
        return change ? "changed something" : "changed nothing";
    if (line != (odd == AS_ALL || odd == NO_CHANGE))
        return line ? "has a line" : "has no line";
    return line ? without_line(row, asker) : NULL;
}

static void
test_walk(void **state)
{
    (void)state;
    size_t n, bad = 0, rows = 0;
    const struct route *all = routes(&n);
    for (size_t i = 0; i < n; i++) {
        if (all[i].method == METHOD_GET ||
            strcmp(all[i].path, "/setup") == 0)
            continue; /* set-up is done: test_words does it elsewhere */
        const char *wrong = wrong_with(&all[i]);
        rows++;
        if (wrong) {
            print_error("%s %s %s\n", method_name(all[i].method),
                all[i].path, wrong);
            bad++;
        }
        restore();
    }
    print_message("# %zu rows that are not GET\n", rows);
    assert_true(rows > 90);
    assert_int_equal(bad, 0);
}

/* ---- words of what no row does, or not as the walk asks for it ---- */

/* From here on nothing is put back. */

static void
make_first_owner(void)
{
    static struct world bare;
    struct str token;
    world_bare(&bare);
    struct cx *cx = worker_shell(&bare.worker);
    world_need(setup_link(cx, &token), &cx->err);
    struct reply r = req_post(&bare, NOBODY, "/setup", arena_fmt(bare.arena,
        "t=%.*s&email=first%%40owner.example&name=First+Owner"
        "&password=correct+horse+battery", STR_ARG(token)));
    assert_int_equal(r.status, 303);
    see(&bare);
    world_close(&bare);
}

static void
back_up(void)
{
    struct cx *cx = worker_shell(&world.worker);
    world_need(backup_note(cx, "copy.db"), &cx->err);
    cx = worker_shell(&world.worker);
    world_need(restore_close(cx), &cx->err);
}

static void
operate(void)
{
    struct user u;
    struct cx *cx = worker_shell(&world.worker);
    world_need(user_by_email(cx, who_email(ADMIN), &u), &cx->err);
    world_need(operator_set(cx, &u, true), &cx->err);
    cx = worker_shell(&world.worker);
    world_need(workspace_enter(cx, STR("team")), &cx->err);
    world_need(workspace_delete(cx, STR("")), &cx->err);
    world_need(workspace_restore(cx, STR("team")), &cx->err);
    world_need(freeze_end(cx), &cx->err);
}

static bool
take_piece(void *to, struct str piece)
{
    *(size_t *)to += piece.n;
    return true;
}

static void
export_log(void)
{
    size_t bytes = 0;
    int64_t rows;
    struct cx *cx = worker_shell(&world.worker);
    world_need(audit_export(cx, take_piece, &bytes, &rows), &cx->err);
    assert_true(bytes > 0 && rows > 0);
}

/* Somebody goes, and keys of theirs are passed on, or handed over later. */
static void
keys_change_hands(void)
{
    const char *left = under("/w/team/members/", world.team.left, "/keys");
    struct cx *cx = world_as(&world, OWNER);
    struct str owner = arena_dup(world.keep, cx->actor.user.uuid);
    post(left, arena_cstr(world.arena, arena_fmt(world.arena,
        "fate=hand_over&to=user:%.*s&k=%.*s", STR_ARG(owner),
        STR_ARG(world.team.left_prefix))), 303);
    world_exec(&world, "UPDATE workspace SET owner_leaves = 'pass'");
    cx = world_as(&world, MEMBER);
    post(under("/w/team/members/", cx->actor.user.uuid, "/remove"),
        "fate=later", 303);
}

static void
fall_silent(void)
{
    post(under("/w/team/keys/", world.prefix[OWNER], "/rotation"),
        "ends=silent&silent_hours=1", 303);
    clock_fix((WORLD_NOW + 2 * 3600) * 1000);
    struct cx *cx = worker_shell(&world.worker);
    world_need(rotation_sweep(cx), &cx->err);
    clock_fix(WORLD_NOW * 1000);
}

/* By somebody who can write the database file. */
static void
change_behind(void)
{
    world_tamper(&world, "UPDATE api_key SET expires_s = 9999999999");
    world_accept(&world);
}

static void
ask_for_reset(void)
{
    struct cx *cx = world_as(&world, NOBODY);
    cx->mails = true;
    world_need(reset_ask(cx, who_email(ADMIN)), &cx->err);
}

/* What the shell does with people. */
static void
rule_people(void)
{
    struct user u;
    struct workspace *alone;
    size_t n;
    struct cx *cx = worker_shell(&world.worker);
    world_need(user_by_email(cx, who_email(ADMIN), &u), &cx->err);
    world_need(people_disable(cx, &u, &alone, &n), &cx->err);
    world_need(user_by_email(cx, who_email(ADMIN), &u), &cx->err);
    world_need(people_enable(cx, &u), &cx->err);
    world_need(people_end_sessions(cx, &u), &cx->err);
}

/* One installation moves into another. */
static void
move_all(void)
{
    static struct world bare;
    world_bare(&bare);
    world_move(&world, &bare);
    see(&bare);
    world_close(&bare);
}

/* Wrong passwords, a wrong confirmation, and what a member may not. */
static void
be_refused(void)
{
    struct reply r = req_post(&world, NOBODY, "/sign-in",
        STR("email=adam%40team.example&password=not+the+right+one"));
    assert_int_equal(r.status, 422);
    r = req_post(&world, ADMIN, "/confirm",
        STR("password=not+the+right+one&next=/account"));
    assert_int_equal(r.status, 422);
    r = req_post(&world, MEMBER, "/w/team/freeze", STR("why=mine&lasts=open"));
    assert_int_equal(r.status, 403);
    r = req_json(&world, ADMIN_KEY, "POST", "/v1/keys", "{}");
    assert_int_equal(r.status, 403);
    struct ask ask = world_ask(&world, OWNER, "POST", STR("/w/team/thaw"));
    ask.site = "cross-site";
    ask.type = "application/x-www-form-urlencoded";
    ask.body = world_form(&world, OWNER, STR(""));
    assert_int_equal(world_send(&world, &ask).status, 403);
    /* what is no attempt: a page that asks for a sign-in, a form of too long
     * ago */
    assert_int_equal(req_get(&world, NOBODY, "/w/team/").status, 303);
    struct cx *cx = worker_shell(&world.worker);
    world_need(denied_flush(cx, false), &cx->err);
    r = req_get(&world, OWNER, "/w/team/audit?action=access.refused");
    assert_true(reply_holds(&r, STR("POST /w/{ws}/freeze")));
    assert_true(reply_holds(&r, STR("POST /v1/keys")));
    assert_true(reply_holds(&r, STR("form of another site")));
    r = req_get(&world, OWNER, "/w/team/audit?action=session.refused");
    assert_true(reply_holds(&r, STR("Somebody, not signed in,")));
    assert_true(reply_holds(&r, STR("adam@team.example")));
    r = req_get(&world, STRANGER, "/w/strangers/audit");
    assert_false(reply_holds(&r, STR("adam@team.example")));
}

/* Last: the worker's own secrets are of before. */
static void
change_master(void)
{
    struct resealed done;
    struct secrets *next;
    struct cx *cx = worker_shell(&world.worker);
    world_need(reseal_begin(cx, world.master, &done), &cx->err);
    cx = worker_shell(&world.worker);
    world_need(secrets_load(world.master, &next, &cx->err), &cx->err);
    cx->secrets = next;
    world_need(reseal_end(cx, world.master, &done), &cx->err);
    cx = worker_shell(&world.worker);
    secrets_free(next);
}

static void
test_words(void **state)
{
    (void)state;
    static void (*const makers[])(void) = { make_first_owner, export_log,
        move_all, fall_silent, ask_for_reset, be_refused, keys_change_hands,
        back_up, operate, rule_people, change_behind,
        change_master };
    size_t n, never = 0, unsaid = 0;
    const struct audit_action *all = audit_actions(&n);
    restore();
    for (size_t i = 0; i < COUNT_OF(makers); i++) {
        makers[i]();
        see(&world);
    }
    for (size_t i = 0; i < n; i++) {
        if (!seen[i]) {
            print_error("%s: nothing makes such a line\n", all[i].action);
            never++;
        }
        if (audit_known(str_cstr(all[i].action)) != all[i].shown) {
            print_error("%s: %s\n", all[i].action,
                all[i].shown ? "no page has words for it" : "not of a page");
            unsaid++;
        }
    }
    assert_int_equal(never, 0);
    assert_int_equal(unsaid, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
