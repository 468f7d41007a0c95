/* SPDX-License-Identifier: ISC */
/*
 * The pages of who operates the installation: nobody else sees them, what they
 * tell is so, and what they change stands in the audit log.
 */
#include "ways.h"

#include "base/clock.h"
#include "core/account.h"
#include "core/backup.h"
#include "core/freeze.h"
#include "core/operator.h"
#include "core/people.h"
#include "core/stuck.h"
#include "core/watch.h"
#include "text/when.h"

#include <string.h>
#include <sys/stat.h>

static struct world world;
static struct str session;

/* Of a workspace, of an account, and one that is under way. */
#define INVITE "00000000-0000-7000-8000-0000000000a1"
#define RESET "00000000-0000-7000-8000-0000000000a2"
#define UNDER_WAY "00000000-0000-7000-8000-0000000000a3"
#define OVER "00000000-0000-7000-8000-0000000000a4"

static int
setup(void **state)
{
    (void)state;
    world_open(&world);
    world_furnish(&world);
    world_exec(&world,
        "INSERT INTO outbox (uuid, workspace_id, kind, recipient, state, "
        "made_s, due_s, ends_s, tries, problem) VALUES "
        "('" INVITE "', (SELECT id FROM workspace WHERE slug = 'strangers'), "
        "0, 'ivy@new.example', 'given_up', 1773140000, 1773140000, "
        "1773900000, 4, 'The mail server answered 550'), "
        "('" RESET "', NULL, 1, 'adam@team.example', 'waiting', 1773140000, "
        "1773150000, 1773160000, 2, 'No answer'), "
        "('" UNDER_WAY "', NULL, 1, 'mia@team.example', 'sending', "
        "1773140000, 1773140000, 1773160000, 2, 'No answer'), "
        "('" OVER "', NULL, 1, 'olive@team.example', 'given_up', 1773100000, "
        "1773100000, 1773103600, 3, 'No answer')");
    world_save(&world);
    session = world.session[OPERATOR];
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static int
restore(void **state)
{
    (void)state;
    clock_fix(WORLD_NOW * 1000);
    world_restore(&world);
    world.session[OPERATOR] = session;
    world_forget(&world);
    return 0;
}

static struct reply
look(const char *page)
{
    struct reply r = req_get(&world, OPERATOR, page);
    assert_int_equal(r.status, 200);
    return r;
}

static void
set_operator(enum who who, bool on)
{
    struct user u;
    struct cx *cx = worker_shell(&world.worker);
    world_need(user_by_email(cx, who_email(who), &u), &cx->err);
    world_need(operator_set(cx, &u, on), &cx->err);
}

/* ---- who ---- */

static void
test_who(void **state)
{
    (void)state;
    static const char *const pages[] = { "/admin", "/admin/mail",
        "/admin/about", "/admin/mail/" INVITE "/drop", "/admin/workspaces",
        "/admin/workspaces/team", "/admin/users" };
    static const char *const posts[] = { "/admin/mail/" INVITE "/again",
        "/admin/mail/" INVITE "/drop", "/admin/workspaces/team/restore",
        "/admin/workspaces/team/thaw" };
    uint64_t before = world_sum(&world);
    for (enum who who = NOBODY; who < WHO_COUNT; who++) {
        bool known = world_is_person(who) && who != DISABLED;
        int want = who == OPERATOR ? 200 : known ? 404 : 303;
        for (size_t i = 0; i < COUNT_OF(pages); i++)
            assert_int_equal(req_get(&world, who, pages[i]).status, want);
        for (size_t i = 0; i < COUNT_OF(posts) && who != OPERATOR; i++)
            assert_int_equal(req_post(&world, who, posts[i], STR("")).status,
                known ? 404 : 401);
    }
    assert_true(world_sum(&world) == before);
    /* nobody is told that there is more than nothing */
    struct reply r = req_get(&world, OWNER, "/admin");
    struct reply none = req_get(&world, OWNER, "/admin/nothing");
    assert_int_equal(none.status, 404);
    assert_true(reply_holds(&r, STR("There is nothing at this address.")));
    assert_true(reply_holds(&none, STR("There is nothing at this address.")));
}

static void
test_link(void **state)
{
    (void)state;
    struct reply r = req_get(&world, OWNER, "/account");
    assert_false(reply_holds(&r, STR("href=\"/admin\"")));
    r = look("/account");
    assert_true(reply_holds(&r, STR("href=\"/admin\"")));
}

/* It counts with the next request, and with one that waits for a proof. */
static void
test_taken_away(void **state)
{
    (void)state;
    set_operator(OWNER, true);
    assert_int_equal(req_get(&world, OWNER, "/admin").status, 200);
    set_operator(OPERATOR, false);
    assert_int_equal(req_get(&world, OPERATOR, "/admin").status, 404);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit "
        "WHERE action = 'user.operator' AND actor_kind = 'shell'"), 2);
    clock_fix((WORLD_NOW + SESSION_FRESH_S) * 1000);
    struct reply r = req_post(&world, OWNER, "/admin/mail/" INVITE "/drop",
        STR(""));
    assert_int_equal(r.status, 401);
    struct str carried = page_hidden(&world, &r, "carried");
    assert_true(carried.n > 0);
    set_operator(OWNER, false);
    struct pairs form = { NULL, 0 };
    form_add(world.arena, &form, STR("password"), STR(WORLD_PASSWORD));
    form_add(world.arena, &form, STR("carried"), carried);
    r = req_post(&world, OWNER, "/confirm", form_write(world.arena, &form));
    assert_int_equal(r.status, 404);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM outbox "
        "WHERE uuid = '" INVITE "'"), 1);
}

/* Taken away after the request began: the change looks again. */
static void
test_taken_away_meanwhile(void **state)
{
    (void)state;
    struct cx *cx = world_as(&world, OPERATOR);
    world_exec(&world, "UPDATE user SET operator = 0");
    assert_int_equal(stuck_drop(cx, STR(INVITE)), ERR_NOT_FOUND);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM outbox "
        "WHERE uuid = '" INVITE "'"), 1);
}

/* ---- all people ---- */

static struct str
user_path(enum who who, const char *rest)
{
    struct user u;
    struct cx *cx = worker_shell(&world.worker);
    world_need(user_by_email(cx, who_email(who), &u), &cx->err);
    return arena_fmt(world.keep, "/admin/users/%.*s%s", STR_ARG(u.uuid),
        rest);
}

static int
change(enum who on, const char *what)
{
    return req_post(&world, OPERATOR, arena_cstr(world.keep,
        user_path(on, what)), STR("")).status;
}

static int64_t
operators(void)
{
    return world_int(&world, "SELECT count(*) FROM user WHERE operator");
}

/* Operators make operators; nobody takes it from themselves, so one stays. */
static void
test_operators(void **state)
{
    (void)state;
    assert_int_equal(change(MEMBER, "/operator-on"), 303);
    assert_int_equal(operators(), 2);
    assert_int_equal(req_get(&world, MEMBER, "/admin/users").status, 200);
    assert_int_equal(change(OPERATOR, "/operator-off"), 409);
    assert_int_equal(change(OPERATOR, "/disable"), 409);
    assert_int_equal(operators(), 2);
    assert_int_equal(change(MEMBER, "/operator-off"), 303);
    assert_int_equal(operators(), 1);
    assert_int_equal(req_get(&world, MEMBER, "/admin/users").status, 404);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit "
        "WHERE action = 'user.operator' "
        "AND actor_name = 'oskar@house.example'"), 2);
}

/* It needs a proof, and is looked at again after the page was asked for. */
static void
test_operators_prove_it(void **state)
{
    (void)state;
    struct user u;
    clock_fix((WORLD_NOW + SESSION_FRESH_S) * 1000);
    assert_int_equal(change(MEMBER, "/operator-on"), 401);
    assert_int_equal(change(MEMBER, "/disable"), 401);
    clock_fix(WORLD_NOW * 1000);
    struct cx *cx = worker_shell(&world.worker);
    world_need(user_by_email(cx, who_email(MEMBER), &u), &cx->err);
    u.uuid = arena_dup(world.keep, u.uuid);
    u.email = arena_dup(world.keep, u.email);
    cx = world_as(&world, OWNER);
    assert_int_equal(operator_set(cx, &u, true), ERR_NOT_FOUND);
    cx = world_as(&world, OPERATOR);
    world_exec(&world, "UPDATE user SET operator = 0");
    assert_int_equal(operator_set(cx, &u, true), ERR_NOT_FOUND);
    assert_int_equal(operators(), 0);
    /* what would let an operator into an account needs the shell */
    cx = world_as(&world, OPERATOR);
    assert_int_equal(people_set_email(cx, &u, STR("oskar+mia@house.example")),
        ERR_FORBIDDEN);
    cx = world_as(&world, OPERATOR);
    assert_int_equal(people_rename(cx, &u, STR("x")), ERR_FORBIDDEN);
}

static void
test_disable(void **state)
{
    (void)state;
    assert_int_equal(req_get(&world, MEMBER, "/w/team/").status, 200);
    assert_int_equal(change(MEMBER, "/disable"), 303);
    assert_int_not_equal(req_get(&world, MEMBER, "/w/team/").status, 200);
    struct reply r = look("/admin/users?state=disabled");
    assert_true(reply_holds(&r, who_email(MEMBER)));
    assert_false(reply_holds(&r, who_email(ADMIN)));
    assert_int_equal(change(MEMBER, "/operator-on"), 409);
    assert_int_equal(change(MEMBER, "/enable"), 303);
    /* the sessions of before stay over */
    assert_int_not_equal(req_get(&world, MEMBER, "/w/team/").status, 200);
    assert_int_equal(change(ADMIN, "/sign-out"), 303);
    assert_int_not_equal(req_get(&world, ADMIN, "/w/team/").status, 200);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit WHERE "
        "action IN ('user.disable', 'user.enable', 'user.end_sessions') "
        "AND actor_name = 'oskar@house.example'"), 3);
    /* who is the only owner is told of before */
    r = look(arena_cstr(world.keep, user_path(OWNER, "")));
    assert_true(reply_holds(&r, STR("Nobody else who can sign in")));
    r = look(arena_cstr(world.keep, user_path(ADMIN, "")));
    assert_false(reply_holds(&r, STR("Nobody else who can sign in")));
}

static size_t
rows_of(const struct reply *r)
{
    size_t n = 0;
    for (size_t i = 0; i + 15 <= r->body.n; i++)
        n += memcmp(r->body.p + i, "<th scope=\"row\"", 15) == 0;
    return n;
}

/* The address of the button to older ones; NULL: there is none. */
static const char *
next_page(const struct reply *r)
{
    static const char href[] = "/admin/users?before=";
    for (size_t i = 0; i < r->body.n; i++) {
        struct str rest = str_from(r->body, i);
        if (str_starts(rest, str_cstr(href)))
            return arena_cstr(world.keep,
                str_head(rest, str_find(rest, '"')));
    }
    return NULL;
}

/* Newest first, 50 on a page, each once; filters stay in the address. */
static void
test_people_pages(void **state)
{
    (void)state;
    int64_t all = 120 + world_int(&world, "SELECT count(*) FROM user");
    world_exec(&world, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
        "SELECT i + 1 FROM n WHERE i < 120) INSERT INTO user (uuid, email, "
        "name, created_s, updated_s) SELECT printf('many-%d', i), "
        "printf('many%d@many.example', i), 'Many ' || i, 1, 1 FROM n");
    struct reply r = look("/admin/users");
    size_t seen = rows_of(&r);
    assert_int_equal(seen, 50);
    assert_true(reply_holds(&r, STR("many120@many.example")));
    for (const char *page; (page = next_page(&r)) != NULL;) {
        r = look(page);
        seen += rows_of(&r);
    }
    assert_int_equal(seen, all);
    r = look("/admin/users?q=MANY+1");
    assert_int_equal(rows_of(&r), 1 + 10 + 21);
    r = look("/admin/users?q=many&state=no-codes");
    assert_true(reply_holds(&r, STR("q=many&amp;state=no-codes&amp;before=")));
    r = look("/admin/users?q=nobody+of+this+name");
    assert_int_equal(rows_of(&r), 0);
    assert_true(reply_holds(&r, STR("Clear filters")));
    r = look("/admin/users?q=%25&state=nonsense&before=x");
    assert_int_equal(rows_of(&r), 0);
}

/* Codes count once they were proved. */
static void
test_people_codes(void **state)
{
    (void)state;
    struct codes adam;
    static const char list[] = "/admin/users?q=adam%40", off[] = "codes off",
        without[] = "/admin/users?q=adam%40&state=no-codes";
    assert_int_equal(req_post(&world, ADMIN, "/account/security/codes",
        STR("")).status, 303);
    struct reply r = look(list);
    assert_int_equal(rows_of(&r), 1);
    assert_true(reply_holds(&r, str_cstr(off)));
    r = look(without);
    assert_int_equal(rows_of(&r), 1);
    codes_on(&world, ADMIN, &adam);
    r = look(list);
    assert_false(reply_holds(&r, str_cstr(off)));
    r = look(without);
    assert_int_equal(rows_of(&r), 0);
}

/* ---- all workspaces ---- */

static void
test_workspaces(void **state)
{
    (void)state;
    world_exec(&world, "INSERT INTO usage_day SELECT id, 0, "
        "1773144000 / 86400 * 86400 - 29 * 86400, 'm', 'e', 0, 0, 1, 1, 1, "
        "2500000 FROM workspace WHERE slug = 'team'");
    world_exec(&world, "INSERT INTO usage_day SELECT id, 0, "
        "1773144000 / 86400 * 86400 - 30 * 86400, 'm', 'e', 0, 0, 1, 1, 1, "
        "90000000 FROM workspace WHERE slug = 'team'");
    struct reply r = look("/admin/workspaces");
    assert_true(reply_holds(&r, STR("/admin/workspaces/team\"")));
    assert_true(reply_holds(&r, STR("/admin/workspaces/strangers\"")));
    assert_true(reply_holds(&r, STR("$2.50")));
    assert_true(reply_holds(&r, who_email(OWNER)));
    r = look("/admin/workspaces?q=TEA");
    assert_int_equal(rows_of(&r), 1);
    assert_int_equal(req_get(&world, OPERATOR, "/admin/workspaces/none")
        .status, 404);
    /* it lets nobody in */
    assert_int_equal(req_get(&world, OPERATOR, "/w/team/").status, 404);
    assert_int_equal(req_post(&world, OPERATOR, "/w/team/freeze",
        STR("why=x&lasts=open")).status, 404);
}

static void
test_operator_freezes(void **state)
{
    (void)state;
    static const char page[] = "/admin/workspaces/team";
    struct reply r = req_post(&world, OPERATOR, "/admin/workspaces/team/freeze",
        STR("why=&lasts=open"));
    assert_int_equal(r.status, 422);
    r = req_post(&world, OPERATOR, "/admin/workspaces/team/freeze",
        STR("why=A+bill&lasts=open"));
    assert_int_equal(r.status, 303);
    assert_true(str_is(r.location, page));
    r = look("/admin/workspaces?state=frozen");
    assert_int_equal(rows_of(&r), 1);
    r = look(page);
    assert_true(reply_holds(&r, STR("A bill")));
    r = req_get(&world, OWNER, "/w/team/audit");
    assert_true(reply_holds(&r, STR("oskar@house.example")));
    assert_int_equal(req_post(&world, OPERATOR, "/admin/workspaces/team/thaw",
        STR("")).status, 303);
    assert_int_equal(req_post(&world, OWNER, "/w/team/delete",
        STR("confirm=Team")).status, 303);
    assert_int_equal(req_post(&world, OPERATOR, "/admin/workspaces/team/thaw",
        STR("")).status, 409);
    r = look("/admin/workspaces?state=deleted");
    assert_int_equal(rows_of(&r), 1);
    assert_int_equal(req_post(&world, OPERATOR,
        "/admin/workspaces/team/restore", STR("")).status, 303);
    assert_int_equal(req_get(&world, OWNER, "/w/team/").status, 200);
    /* of somebody who operates no more: nothing */
    struct cx *cx = world_as(&world, OPERATOR);
    world_exec(&world, "UPDATE user SET operator = 0");
    assert_int_equal(thaw_any(cx, STR("team")), ERR_NOT_FOUND);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM workspace "
        "WHERE frozen_s IS NOT NULL"), 1);
}

static void
test_first_person(void **state)
{
    (void)state;
    static struct world bare;
    struct str token;
    world_bare(&bare);
    struct cx *cx = worker_shell(&bare.worker);
    world_need(setup_link(cx, &token), &cx->err);
    struct reply r = req_post(&bare, NOBODY, "/setup", arena_fmt(bare.arena,
        "t=%.*s&email=first%%40owner.example&name=First+Owner"
        "&password=correct+horse+battery", STR_ARG(token)));
    assert_int_equal(r.status, 303);
    assert_int_equal(world_int(&bare, "SELECT operator FROM user "
        "WHERE email = 'first@owner.example'"), 1);
    world_close(&bare);
}

/* ---- what is told ---- */

/* Does a row of the findings hold both? */
static bool
found(const struct reply *r, const char *what, const char *word,
    const char *says)
{
    struct str row = arena_fmt(world.arena, "<th scope=\"row\">%s</th>", what);
    for (size_t i = 0; i < r->body.n; i++) {
        if (!str_starts(str_from(r->body, i), row))
            continue;
        const char *rest = arena_cstr(world.arena, str_from(r->body, i));
        char *end = strstr(rest, "</tr>");
        assert_non_null(end);
        *end = '\0';
        if (strstr(rest, word) && strstr(rest, says))
            return true;
    }
    return false;
}

static void
test_health(void **state)
{
    (void)state;
    struct reply r = look("/admin");
    assert_true(found(&r, "Store", "Well", "It answers"));
    assert_true(found(&r, "Clock", "Wrong", "10 Mar 2026"));
    assert_true(found(&r, "Backup", "Look at it", "There is none"));
    assert_true(found(&r, "Mail", "Look at it", "None is sent"));
    assert_true(found(&r, "<a href=\"/admin/mail\">Stuck events</a>", "Look at it", "2 were given up"));
    assert_true(found(&r, "Sender", "Look at it", "never at work"));
    assert_true(found(&r, "Master secret", "Look at it", "lies in the folder"));
    assert_true(found(&r, "Authorization header", "Not seen", "doctor"));
    assert_true(reply_holds(&r, STR("<dt>Last backup</dt><dd class=\"n\">"
                                    "Never</dd>")));
    assert_true(reply_holds(&r, STR("<dt>Webhooks</dt><dd>2</dd>")));
    assert_true(reply_holds(&r, STR("runs as CGI")));
}

static void
test_health_changes(void **state)
{
    (void)state;
    assert_int_equal(chmod(world.master, 0644), 0);
    struct cx *cx = worker_shell(&world.worker);
    world_need(backup_note(cx, "copy.db"), &cx->err);
    struct watch watch = { .minute_s = 0 };
    cx = worker_shell(&world.worker);
    world_need(watch_some(cx, &watch), &cx->err);
    struct reply r = look("/admin");
    assert_int_equal(chmod(world.master, 0600), 0);
    assert_true(found(&r, "Master secret", "Wrong", "chmod go="));
    assert_true(found(&r, "Backup", "Well", "just now"));
    assert_true(found(&r, "Sender", "Well", "at work just now"));
    clock_fix((WORLD_NOW + 3 * DAY_S) * 1000);
    world.session[OPERATOR] = world_sign_in(&world, OPERATOR);
    r = look("/admin");
    assert_true(found(&r, "Backup", "Look at it", "3 days ago"));
    assert_true(found(&r, "Sender", "Look at it", "3 days ago"));
}

static void
test_about(void **state)
{
    (void)state;
    struct reply r = look("/admin/about");
    assert_true(reply_holds(&r, STR(PACKAGE_VERSION)));
    assert_true(reply_holds(&r, str_cstr(db_engine())));
    assert_true(reply_holds(&r, STR("BEGIN PUBLIC KEY")));
    assert_true(reply_holds(&r, STR("<th scope=\"row\">public_url"
        "<span class=\"sub\">[server]</span></th>"
        "<td class=\"any\"><code>http://" WORLD_HOST)));
    assert_true(reply_holds(&r, STR("<th scope=\"row\">smtp_url<span class=\"sub\">"
                                    "[mail]</span></th>"
                                    "<td class=\"any\">not set")));
    assert_true(reply_holds(&r, str_cstr(world.master)));
}

/* ---- what is stuck ---- */

static void
test_list(void **state)
{
    (void)state;
    struct reply r = look("/admin/mail");
    static const char *const there[] = { "ivy@new.example",
        "Workspace Strangers", "The mail server answered 550",
        "adam@team.example", "Of the account", "https://hook.example<",
        "Workspace Team", "On its way" };
    for (size_t i = 0; i < COUNT_OF(there); i++)
        if (!reply_holds(&r, str_cstr(there[i])))
            fail_msg("%s is missing", there[i]);
    assert_false(reply_holds(&r, STR("https://hook.example/")));
    world_exec(&world, "DELETE FROM outbox");
    r = look("/admin/mail");
    assert_true(reply_holds(&r, STR("Nothing is stuck")));
}

static int64_t
lines(const char *action, const char *uuid, const char *where)
{
    return world_int(&world, arena_cstr(world.arena, arena_fmt(world.arena,
        "SELECT count(*) FROM audit a LEFT JOIN workspace w "
        "ON w.id = a.workspace_id WHERE a.action = '%s' AND a.object_id = "
        "'%s' AND a.actor_name = 'oskar@house.example' "
        "AND ifnull(w.slug, '-') = '%s'", action, uuid, where)));
}

static int64_t
due(const char *uuid)
{
    return world_int(&world, arena_cstr(world.arena, arena_fmt(world.arena,
        "SELECT ifnull(max(due_s), 0) FROM outbox WHERE state = 'waiting' "
        "AND uuid = '%s'", uuid)));
}

static void
act(const char *uuid, const char *what, int status)
{
    struct str path = arena_fmt(world.arena, "/admin/mail/%s/%s", uuid, what);
    struct reply r = req_post(&world, OPERATOR, arena_cstr(world.arena, path),
        STR(""));
    assert_int_equal(r.status, status);
}

static void
test_again(void **state)
{
    (void)state;
    act(INVITE, "again", 303);
    act(RESET, "again", 303);
    assert_int_equal(due(INVITE), WORLD_NOW);
    assert_int_equal(due(RESET), WORLD_NOW);
    assert_int_equal(lines("notice.again", INVITE, "strangers"), 1);
    assert_int_equal(lines("notice.again", RESET, "-"), 1);
    uint64_t before = world_sum(&world);
    act(UNDER_WAY, "again", 409);
    act(OVER, "again", 409);
    act("00000000-0000-7000-8000-0000000000ff", "again", 404);
    assert_true(world_sum(&world) == before);
}

static void
test_drop(void **state)
{
    (void)state;
    struct reply r = look("/admin/mail/" INVITE "/drop");
    assert_true(reply_holds(&r, STR("ivy@new.example never gets it.")));
    act(INVITE, "drop", 303);
    act(OVER, "drop", 303);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM outbox "
        "WHERE uuid IN ('" INVITE "', '" OVER "')"), 0);
    assert_int_equal(lines("notice.drop", INVITE, "strangers"), 1);
    assert_int_equal(lines("notice.drop", OVER, "-"), 1);
    r = req_get(&world, STRANGER, "/w/strangers/audit");
    assert_true(reply_holds(&r, STR("dropped a message to")));
    uint64_t before = world_sum(&world);
    act(INVITE, "drop", 404);
    act(UNDER_WAY, "drop", 409);
    assert_true(world_sum(&world) == before);
}

static void
test_mail_test(void **state)
{
    (void)state;
    struct reply r = look("/admin/mail");
    assert_false(reply_holds(&r, STR("Send me a test")));
    r = req_post(&world, OPERATOR, "/admin/mail/test", STR(""));
    assert_int_equal(r.status, 409);
    world.config.mail_dir = world.folder;
    r = look("/admin/mail");
    assert_true(reply_holds(&r, STR("Send me a test")));
    r = req_post(&world, OPERATOR, "/admin/mail/test", STR(""));
    assert_int_equal(r.status, 303);
    assert_int_equal(req_post(&world, OWNER, "/admin/mail/test", STR(""))
        .status, 404);
    world.config.mail_dir = NULL;
    assert_int_equal(world_int(&world, "SELECT count(*) FROM outbox "
        "WHERE recipient = 'oskar@house.example' AND state = 'waiting' "
        "AND webhook_id IS NULL AND workspace_id IS NULL"), 1);
    assert_int_equal(world_int(&world, "SELECT count(*) FROM audit "
        "WHERE action = 'mail.test' AND actor_name = "
        "'oskar@house.example'"), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_who, restore),
        cmocka_unit_test_teardown(test_link, restore),
        cmocka_unit_test_teardown(test_taken_away, restore),
        cmocka_unit_test_teardown(test_taken_away_meanwhile, restore),
        cmocka_unit_test_teardown(test_operators, restore),
        cmocka_unit_test_teardown(test_operators_prove_it, restore),
        cmocka_unit_test_teardown(test_disable, restore),
        cmocka_unit_test_teardown(test_people_pages, restore),
        cmocka_unit_test_teardown(test_people_codes, restore),
        cmocka_unit_test_teardown(test_workspaces, restore),
        cmocka_unit_test_teardown(test_operator_freezes, restore),
        cmocka_unit_test_teardown(test_first_person, restore),
        cmocka_unit_test_teardown(test_health, restore),
        cmocka_unit_test_teardown(test_health_changes, restore),
        cmocka_unit_test_teardown(test_about, restore),
        cmocka_unit_test_teardown(test_list, restore),
        cmocka_unit_test_teardown(test_again, restore),
        cmocka_unit_test_teardown(test_drop, restore),
        cmocka_unit_test_teardown(test_mail_test, restore),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
