/* SPDX-License-Identifier: ISC */
/* A backup is known to be good or bad, and going back to one gives nothing
 * life that was ended since. */
#include "world.h"

#include "core/account.h"
#include "core/audit.h"
#include "core/backup.h"
#include "core/freeze.h"
#include "core/key.h"
#include "core/leak.h"
#include "core/member.h"
#include "core/operator.h"
#include "core/people.h"
#include "core/rotation.h"
#include "core/rowseal.h"
#include "core/service.h"
#include "core/session.h"
#include "core/signin.h"
#include "core/webhook.h"
#include "core/workspace.h"
#include "text/when.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the calls tell besides, and these tests do not ask. */
static struct str step, token;

static struct world w;
static struct seat s;
static char file[PATH_BYTES];

static int
setup(void **state)
{
    (void)state;
    world_new(&w);
    seat_open(&s, &w);
    (void)snprintf(file, sizeof file, "%.200s/backup", w.folder);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    seat_close(&s);
    world_free(&w);
    return 0;
}

/* A key of MEMBER; its prefix. */
static const char *
new_key(const char *name, char prefix[16])
{
    struct key_in in = key_form(name);
    struct str text;
    struct key k;
    struct cx *cx = seat_as(&s, MEMBER);
    OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
    (void)snprintf(prefix, 16, "%.*s", STR_ARG(k.prefix));
    return prefix;
}

static void
back_up(void)
{
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, backup_make(w.db_path, file, NULL, NULL, &cx->err));
}

/* Another database, and a seat in it.  It has the world's secrets. */
struct house {
    struct world w;
    struct seat s;
};

static struct cx *
house_open(struct house *h, const char *path, bool read_only)
{
    struct db_options o = { .path = path, .migrate = !read_only,
        .read_only = read_only, .busy_ms = 2000,
        .macs = seal_macs(w.secrets) };
    struct cx *cx = seat_as(&s, SHELL);
    *h = (struct house){ .w = w };
    (void)snprintf(h->w.db_path, PATH_BYTES, "%s", path);
    OK(cx, db_open(&o, &h->w.db, &cx->err));
    seat_open(&h->s, &h->w);
    return seat_as(&h->s, SHELL);
}

static void
house_close(struct house *h)
{
    seat_close(&h->s);
    db_close(h->w.db);
}

static struct backup_facts
facts_of(const char *path)
{
    struct house h;
    struct backup_facts f;
    struct cx *cx = house_open(&h, path, true);
    OK(cx, backup_facts(cx, &f));
    house_close(&h);
    return f;
}

static void
test_facts(void **state)
{
    (void)state;
    char prefix[16];
    enum filesum sum;
    struct stat st;
    for (int i = 0; i < 7; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "key %d", i);
        new_key(name, prefix);
    }
    back_up();
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    struct backup_facts f = facts_of(file);
    assert_int_equal(f.counts.keys, 7);
    assert_int_equal(f.secrets, 7);
    assert_int_equal(f.opened, 7);
    assert_int_equal(f.audit_bad, 0);
    assert_int_equal(backup_state(&f), BACKUP_WHOLE);
    assert_true(f.audit_rows > 7);
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, filesum_check(file, &sum, &cx->err));
    assert_int_equal(sum, FILESUM_RIGHT);
    /* there is one already: nothing is written over */
    GIVES(cx, backup_make(w.db_path, file, NULL, NULL, &cx->err),
        ERR_CONFLICT);

    /* a byte more is another file */
    FILE *more = fopen(file, "a");
    assert_non_null(more);
    fputc(0, more);
    fclose(more);
    cx = seat_as(&s, SHELL);
    OK(cx, filesum_check(file, &sum, &cx->err));
    assert_int_equal(sum, FILESUM_WRONG);
}

/* Secrets of another row, of another master secret, and a log that was
 * touched. */
static void
test_bad_facts(void **state)
{
    (void)state;
    char one[16], two[16], other_master[PATH_BYTES];
    new_key("one", one);
    new_key("two", two);
    back_up();
    struct world copy = w;
    (void)snprintf(copy.db_path, PATH_BYTES, "%s", file);
    world_exec(&copy, "UPDATE key_secret SET sealed = (SELECT sealed FROM "
        "key_secret ORDER BY id DESC LIMIT 1)");
    struct backup_facts f = facts_of(file);
    assert_int_equal(f.secrets, 2);
    assert_int_equal(f.opened, 1);
    assert_int_equal(backup_state(&f), BACKUP_TOUCHED);
    world_exec(&copy, "UPDATE audit SET object_name = 'x' WHERE seq = 5");
    f = facts_of(file);
    assert_int_equal(f.audit_bad, 5);
    assert_int_equal(backup_state(&f), BACKUP_LOG_BROKEN);

    struct secrets *mine = w.secrets;
    struct cx *cx = seat_as(&s, SHELL);
    (void)snprintf(other_master, PATH_BYTES, "%.200s/other", w.folder);
    OK(cx, secrets_create(other_master, &cx->err));
    OK(cx, secrets_load(other_master, &w.secrets, &cx->err));
    f = facts_of(file);
    assert_int_equal(f.opened, 0);
    assert_int_equal(backup_state(&f), BACKUP_OTHER_SECRET);
    secrets_free(w.secrets);
    w.secrets = mine;
}

/* One row that was changed is told, and no reason to lose the rest; a database
 * without any seal is not taken for one of before seals. */
static void
test_touched(void **state)
{
    (void)state;
    char prefix[16];
    new_key("one", prefix);
    back_up();
    struct world copy = w;
    (void)snprintf(copy.db_path, PATH_BYTES, "%s", file);
    world_tamper(&copy, "UPDATE api_key SET expires_s = 9999999999");
    struct backup_facts f = facts_of(file);
    assert_int_equal(f.rows_broken, 1);
    assert_int_equal(f.opened, 1);
    assert_int_equal(backup_state(&f), BACKUP_TOUCHED);
    world_tamper(&copy, "UPDATE api_key SET seal = NULL;"
        "UPDATE workspace SET seal = NULL; UPDATE user SET seal = NULL");
    f = facts_of(file);
    assert_int_equal(f.rows_broken, f.rows);
    assert_int_equal(f.opened, 1);
    assert_int_equal(backup_state(&f), BACKUP_STRIPPED);
}

static void
test_states(void **state)
{
    (void)state;
    static const struct {
        struct backup_facts facts;
        enum backup_state state;
    } rows[] = {
        { { .rows = 0 }, BACKUP_WHOLE },
        { { .rows = 4 }, BACKUP_WHOLE },
        { { .rows = 4, .secrets = 2, .opened = 2 }, BACKUP_WHOLE },
        { { .rows = 4, .secrets = 2, .opened = 1 }, BACKUP_TOUCHED },
        { { .rows = 4, .rows_broken = 3, .secrets = 2, .opened = 2 },
            BACKUP_TOUCHED },
        { { .rows = 4, .rows_broken = 3 }, BACKUP_TOUCHED },
        { { .rows = 4, .rows_broken = 4, .secrets = 2, .opened = 1 },
            BACKUP_STRIPPED },
        { { .rows = 4, .rows_broken = 4, .secrets = 2 }, BACKUP_OTHER_SECRET },
        { { .rows = 4, .rows_broken = 4 }, BACKUP_OTHER_SECRET },
        { { .rows = 4, .rows_broken = 1, .secrets = 2, .opened = 2,
              .audit_bad = 7 }, BACKUP_LOG_BROKEN },
        { { .rows = 4, .rows_broken = 4, .secrets = 2, .opened = 2,
              .audit_bad = 7 }, BACKUP_STRIPPED },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(backup_state(&rows[i].facts), rows[i].state);
}

static void
test_replay(void **state)
{
    (void)state;
    enum { LIVES, REVOKED, DISABLED, ROTATED, EXPIRED, WAS_REVOKED, KEYS };
    char prefix[KEYS][16], work[PATH_BYTES], after[16];
    struct rotate_in rotate = { .overlap = 0 };
    struct str text, session;
    struct key k;
    static const char *const names[KEYS] = { "lives", "revoked", "disabled",
        "rotated", "expired", "was revoked" };
    for (int i = 0; i < KEYS; i++)
        new_key(names[i], prefix[i]);
    struct cx *cx = seat_nobody(&s);
    OK(cx, sign_in(cx, who_email(OWNER), WORLD_PASSWORD, &session, &step));
    cx = seat_as(&s, OWNER);
    OK(cx, key_revoke(cx, str_cstr(prefix[WAS_REVOKED]), false, STR(""), &k));
    back_up();

    cx = seat_as(&s, OWNER);
    OK(cx, key_revoke(cx, str_cstr(prefix[REVOKED]), false, STR(""), &k));
    cx = seat_as(&s, OWNER);
    OK(cx, key_disable(cx, str_cstr(prefix[DISABLED]), &k));
    for (int i = ROTATED; i <= EXPIRED; i++) {
        cx = seat_as(&s, OWNER);
        OK(cx, key_rotate(cx, str_cstr(prefix[i]), &rotate, &text, &k));
    }
    new_key("made after", after);
    cx = seat_as(&s, OWNER);
    OK(cx, key_revoke(cx, str_cstr(after), false, STR(""), &k));
    cx = seat_nobody(&s);
    OK(cx, sign_in(cx, who_email(MEMBER), WORLD_PASSWORD, &session, &step));
    struct password_in change = { .current = WORLD_PASSWORD,
        .password = STR("another horse battery") };
    OK(cx, password_change(cx, &change, &token));
    (void)snprintf(work, sizeof work, "%.200s/work", w.folder);
    cx = seat_as(&s, SHELL);
    OK(cx, db_copy(file, work, NULL, NULL, &cx->err));
    struct house now, old;
    struct restored r;
    struct cx *to = house_open(&now, work, false);
    world_exec(&now.w, "UPDATE api_key SET expires_s = 1 "
                       "WHERE name = 'expired'");
    struct cx *from = house_open(&old, w.db_path, true);
    OK(to, restore_replay(to, from, s.arena, &r));
    to = seat_as(&now.s, SHELL);
    OK(to, restore_close(to));
    assert_int_equal(r.revoked, 2);
    assert_int_equal(r.disabled, 2);
    assert_int_equal(r.secrets, 1);
    assert_int_equal(r.people, 0);
    assert_int_equal(r.to_look, 1);
    assert_true(str_is(r.look->what, "password was changed"));
    static const struct {
        const char *column;
        int64_t ended[KEYS];
    } want[] = {
        { "revoked_s", { 0, 1, 0, 0, 1, 1 } },
        { "disabled_s", { 0, 0, 1, 1, 0, 0 } },
    };
    for (size_t i = 0; i < COUNT_OF(want) * KEYS; i++) {
        char sql[160];
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM api_key "
            "WHERE prefix = '%s' AND %s IS NOT NULL", prefix[i % KEYS],
            want[i / KEYS].column);
        if (world_int(&now.w, sql) != want[i / KEYS].ended[i % KEYS])
            fail_msg("%s of %s", want[i / KEYS].column, names[i % KEYS]);
    }
    assert_int_equal(world_int(&now.w, "SELECT count(*) FROM session"), 0);
    assert_true(world_int(&w, "SELECT count(*) FROM session") > 0);
    struct backup_facts f;
    to = seat_as(&now.s, SHELL);
    OK(to, backup_facts(to, &f));
    assert_int_equal(f.audit_bad, 0);

    /* it does not go on where this one ends: both have gone their own ways */
    to = seat_as(&now.s, SHELL);
    from = seat_as(&old.s, SHELL);
    GIVES(to, restore_replay(to, from, s.arena, &r), ERR_INVALID);
    house_close(&old);
    house_close(&now);
}

/* A log of somebody else, however long, ends nothing here. */
static void
test_foreign_log(void **state)
{
    (void)state;
    char prefix[16], work[PATH_BYTES];
    new_key("one", prefix);
    back_up();
    struct world copy = w;
    (void)snprintf(work, sizeof work, "%.200s/work", w.folder);
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, db_copy(file, work, NULL, NULL, &cx->err));
    (void)snprintf(copy.db_path, PATH_BYTES, "%s", file);
    world_exec(&copy, "UPDATE audit SET hash = x'00' WHERE seq = "
        "(SELECT max(seq) FROM audit)");
    struct house now, old;
    struct restored r;
    struct cx *to = house_open(&now, work, false);
    struct cx *from = house_open(&old, file, true);
    GIVES(to, restore_replay(to, from, s.arena, &r), ERR_INVALID);
    house_close(&old);
    house_close(&now);
}

/* ---- everything that can be ended ---- */

/* Keys of MEMBER, but for the last one, which is of OTHER. */
enum { SILENT, ENDED, UNDONE, PLANNED, OVER, TOGGLED, TRIED, NARROWED, LEFT,
    LEAKED, KINDS };
static const char *const kinds[KINDS] = { "silent", "ended", "undone",
    "planned", "over", "toggled", "tried", "narrowed", "left", "leaked" };
static char keys[KINDS][16];
static char leaked[128]; /* the text of that one */

/* Ids that outlast a request. */
static char hook_gone[40], hook_paused[40], robot[40];

static struct str
key_at(int i)
{
    return str_cstr(keys[i]);
}

static void
rotate_key(int i)
{
    struct rotate_in in = { .overlap = KEY_OVERLAP_WEEK };
    struct str text;
    struct key k;
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, key_rotate(cx, key_at(i), &in, &text, &k));
}

static void
plan_key(int i, int ends, int64_t ends_on)
{
    struct rotation_in in = { .ends = ends, .ends_on = ends_on,
        .silent_hours = 2 };
    struct key k;
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, rotation_plan(cx, key_at(i), &in, &k));
}

static void
new_hook(char uuid[40], const char *once)
{
    static struct str events[] = { STR_INIT("key.leaked") };
    struct webhook_in in = { .once = str_cstr(once), .events = { events, 1 },
        .url = STR("https://h.example/k") };
    struct webhook hook;
    struct str secret;
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, webhook_create(cx, &in, &hook, &secret));
    (void)snprintf(uuid, 40, "%.*s", STR_ARG(hook.uuid));
}

static void
new_team(const char *name)
{
    struct workspace_in in = { .name = str_cstr(name) };
    struct workspace made;
    struct user olive;
    struct cx *cx = seat_nobody(&s);
    cx->actor.kind = ACTOR_SHELL;
    OK(cx, user_by_email(cx, who_email(OWNER), &olive));
    OK(cx, workspace_create(cx, &in, &olive, &made));
}

/* A request of the shell on this person. */
static struct cx *
on_person(enum who who, struct user *u)
{
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, user_by_email(cx, who_email(who), u));
    return cx;
}

static void
furnish(void)
{
    struct service_in service = { .name = STR("robot") };
    struct service_account *all;
    struct key_in in = key_form("leaked");
    struct str text;
    struct user u;
    struct key k;
    size_t n;
    for (int i = 0; i < LEFT; i++)
        new_key(kinds[i], keys[i]);
    for (int i = LEFT; i < KINDS; i++) {
        struct cx *cx = seat_as(&s, i == LEFT ? OTHER : MEMBER);
        in.name = str_cstr(kinds[i]);
        OK(cx, key_create(cx, KEY_STANDARD, &in, &text, &k));
        (void)snprintf(keys[i], 16, "%.*s", STR_ARG(k.prefix));
        (void)snprintf(leaked, sizeof leaked, "%.*s", STR_ARG(text));
    }
    for (int i = SILENT; i <= OVER; i++)
        rotate_key(i);
    plan_key(SILENT, ROTATION_SILENT, 0);
    new_hook(hook_gone, "one");
    new_hook(hook_paused, "two");
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, service_add(cx, &service));
    OK(cx, service_page(cx, &all, &n));
    (void)snprintf(robot, sizeof robot, "%.*s", STR_ARG(all[0].uuid));
    cx = on_person(ADMIN, &u);
    OK(cx, operator_set(cx, &u, true));
    static const char *const teams[] = { "Frozen", "For a day", "For an hour",
        "Thawed", "Deleted", "Brought back" };
    for (size_t i = 0; i < COUNT_OF(teams); i++)
        new_team(teams[i]);
}

static void
freeze_team(const char *slug, int lasts)
{
    struct freeze_in in = { .why = STR("keys were stolen"), .lasts = lasts };
    struct cx *cx = seat_as(&s, SHELL);
    OK(cx, freeze_any(cx, str_cstr(slug), &in));
}

static void
end_keys(void)
{
    struct key k;
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, key_end_old(cx, key_at(ENDED)));
    OK(cx, rotation_undo(cx, key_at(UNDONE), &k));
    plan_key(PLANNED, ROTATION_DATE, w.now_s + 2 * DAY_S);
    plan_key(OVER, ROTATION_HOUR, 0);
    cx = seat_as(&s, OWNER);
    OK(cx, key_disable(cx, key_at(TOGGLED), &k));
    OK(cx, key_enable(cx, key_at(TOGGLED), &k));
    for (int i = UNDONE; i <= TRIED; i += TRIED - UNDONE) {
        rotate_key(i);
        cx = seat_as(&s, OWNER);
        OK(cx, rotation_undo(cx, key_at(i), &k));
    }
    struct key_in in = key_form("narrowed");
    OK(cx, key_get(cx, key_at(NARROWED), &k));
    in.version = k.version;
    in.expiry = KEY_EXPIRY_30;
    OK(cx, key_edit(cx, key_at(NARROWED), &in, &k));
    struct leak_in leak = { .key = str_cstr(leaked) };
    cx = seat_nobody(&s);
    OK(cx, leak_take(cx, &leak));
}

static void
end_people(void)
{
    struct fate_in later = { .fate = FATE_LATER };
    struct workspace *alone;
    struct user u;
    size_t n;
    struct cx *cx = on_person(STRANGER, &u);
    OK(cx, people_disable(cx, &u, &alone, &n));
    cx = on_person(MEMBER, &u);
    OK(cx, people_disable(cx, &u, &alone, &n));
    cx = on_person(MEMBER, &u);
    OK(cx, people_enable(cx, &u));
    cx = on_person(OTHER, &u);
    OK(cx, member_remove(cx, u.uuid, &later));
    cx = on_person(ADMIN, &u);
    OK(cx, operator_set(cx, &u, false));
    OK(cx, member_set_role(cx, u.uuid, ROLE_MEMBER));
}

static void
end_rest(void)
{
    struct fate_in revoke = { .fate = FATE_REVOKE };
    struct user mia;
    struct cx *cx = seat_as(&s, OWNER);
    OK(cx, service_remove(cx, str_cstr(robot), &revoke));
    OK(cx, webhook_remove(cx, str_cstr(hook_gone)));
    OK(cx, webhook_pause(cx, str_cstr(hook_paused), true));
    freeze_team("frozen", FREEZE_OPEN);
    freeze_team("for-a-day", FREEZE_DAY);
    freeze_team("for-an-hour", FREEZE_HOUR);
    freeze_team("thawed", FREEZE_OPEN);
    cx = seat_as(&s, SHELL);
    OK(cx, thaw_any(cx, STR("thawed")));
    static const char *const gone[] = { "deleted", "brought-back" };
    for (size_t i = 0; i < COUNT_OF(gone); i++) {
        cx = seat_as(&s, SHELL);
        OK(cx, workspace_enter(cx, str_cstr(gone[i])));
        OK(cx, workspace_delete(cx, STR("")));
    }
    cx = seat_as(&s, SHELL);
    OK(cx, workspace_restore(cx, STR("brought-back")));
    /* it leaves nobody who owns the team of the backup: told, not done */
    cx = seat_as(&s, OWNER);
    OK(cx, user_by_email(cx, who_email(MEMBER), &mia));
    OK(cx, owner_transfer(cx, mia.uuid));
}

/* What must be so after it, each a number of rows. */
static const struct {
    const char *what, *sql;
    int64_t rows;
} after[] = {
    { "keys that live", "SELECT count(*) FROM api_key WHERE disabled_s IS NULL"
        " AND suspended_s IS NULL AND name IN ('silent', 'ended', 'undone', "
        "'planned', 'over', 'toggled', 'tried', 'narrowed')", 8 },
    { "keys that do not", "SELECT count(*) FROM api_key WHERE disabled_s "
        "IS NOT NULL AND name IN ('left', 'leaked')", 2 },
    { "whose owner left, says so", "SELECT count(*) FROM api_key WHERE "
        "left_s IS NOT NULL AND name = 'left'", 1 },
    { "secrets that end soon", "SELECT count(*) FROM key_secret t JOIN "
        "api_key k ON k.id = t.key_id WHERE t.ends_s > 1763553600 + 10800", 1 },
    { "and when", "SELECT count(*) FROM key_secret WHERE ends_s = "
        "1763553600 + 2 * 86400", 1 },
    { "secrets of a leaked key", "SELECT count(*) FROM key_secret t JOIN "
        "api_key k ON k.id = t.key_id WHERE k.name = 'leaked' AND t.ends_s "
        "= 1763553600 + 10800", 1 },
    { "people who are out", "SELECT count(*) FROM user WHERE disabled_s "
        "IS NOT NULL", 1 },
    { "operators", "SELECT count(*) FROM user WHERE operator", 0 },
    { "who was removed", "SELECT count(*) FROM member m JOIN user u ON "
        "u.id = m.user_id WHERE u.email LIKE 'oscar@%' AND m.workspace_id = "
        "(SELECT id FROM workspace WHERE slug = 'team')", 0 },
    { "who has less to say", "SELECT count(*) FROM member m JOIN user u ON "
        "u.id = m.user_id WHERE u.email LIKE 'adam@%' AND m.role = 'member'",
        1 },
    { "service accounts", "SELECT count(*) FROM service_account WHERE "
        "disabled_s IS NULL", 0 },
    { "webhooks that send", "SELECT count(*) FROM webhook WHERE paused_s "
        "IS NULL", 0 },
    { "webhooks", "SELECT count(*) FROM webhook", 1 },
    { "frozen, with its reason", "SELECT count(*) FROM workspace WHERE slug "
        "IN ('frozen', 'for-a-day') AND frozen_s IS NOT NULL AND frozen_why "
        "= 'keys were stolen'", 2 },
    { "as long as it was to last", "SELECT count(*) FROM workspace WHERE "
        "slug = 'for-a-day' AND frozen_until_s = 1763553600 + 86400", 1 },
    { "frozen at all", "SELECT count(*) FROM workspace WHERE frozen_s "
        "IS NOT NULL", 4 },
    { "deleted", "SELECT count(*) FROM workspace WHERE deleted_s IS NOT NULL "
        "AND slug = 'deleted'", 1 },
    { "all who are deleted", "SELECT count(*) FROM workspace WHERE deleted_s "
        "IS NOT NULL", 1 },
    { "by events", "SELECT count(DISTINCT action) FROM audit WHERE actor_kind "
        "= 'shell' AND seq > (SELECT min(seq) FROM audit WHERE action = "
        "'user.operator') AND action IN ('key.disable', 'key.end_old_secret', "
        "'key.rotation_undo', 'key.rotation_plan', 'user.disable', "
        "'user.operator', 'member.remove', 'member.role', 'service.remove', "
        "'webhook.remove', 'webhook.pause', 'workspace.freeze', "
        "'workspace.delete')", 13 },
};

/* Bytes of an exported log. */
struct log {
    char *bytes;
    size_t n;
};

static bool
take(void *to, struct str piece)
{
    struct log *l = to;
    l->bytes = realloc(l->bytes, l->n + piece.n);
    assert_non_null(l->bytes);
    memcpy(l->bytes + l->n, piece.p, piece.n);
    l->n += piece.n;
    return true;
}

static void
replay_log(struct cx *to, struct restored *r)
{
    struct log log = { NULL, 0 };
    struct audit_verdict v;
    int64_t rows;
    struct cx *cx = seat_as(&s, SHELL);
    cx->ws = (struct workspace){ 0 };
    OK(cx, audit_export(cx, take, &log, &rows));
    OK(to, restore_replay_file(to, (struct str){ log.bytes, log.n },
        signer_public(w.signer), &v, s.arena, r));
    free(log.bytes);
}

static void
replay_database(struct cx *to, struct restored *r)
{
    struct house old;
    struct cx *from = house_open(&old, w.db_path, true);
    OK(to, restore_replay(to, from, s.arena, r));
    house_close(&old);
}

/* What was ended since the backup is ended in it, by either log. */
static void
check_ended(void (*replay)(struct cx *, struct restored *))
{
    char work[PATH_BYTES];
    struct house now;
    struct restored r;
    furnish();
    back_up();
    end_keys();
    end_people();
    end_rest();
    w.now_s += 3 * HOUR_S;
    struct cx *cx = seat_nobody(&s);
    OK(cx, rotation_sweep(cx));
    (void)snprintf(work, sizeof work, "%.200s/work", w.folder);
    cx = seat_as(&s, SHELL);
    OK(cx, db_copy(file, work, NULL, NULL, &cx->err));
    struct cx *to = house_open(&now, work, false);
    replay(to, &r);
    for (size_t i = 0; i < COUNT_OF(after); i++)
        if (world_int(&now.w, after[i].sql) != after[i].rows)
            fail_msg("%s", after[i].what);
    assert_int_equal(r.revoked, 0);
    assert_int_equal(r.disabled, 2);
    assert_int_equal(r.secrets, 6);
    assert_int_equal(r.workspaces, 4);
    assert_int_equal(r.people, 4);
    assert_int_equal(r.others, 3);
    int64_t lines = 0;
    for (const struct since_line *l = r.kept; l; l = l->next)
        lines++;
    assert_int_equal(lines, 2 + 6 + 4 + 4 + 3);
    assert_int_equal(r.to_look, 3);
    const struct since_line *member = r.look->next;
    assert_true(str_is(member->what, "was made owner"));
    assert_true(str_starts(member->next->what,
        STR("not made admin: Olive is the last owner")));
    assert_true(str_eq(r.look->id, key_at(NARROWED)));
    assert_true(str_starts(r.look->what, STR("expiry: none -> 2025-12-19")));
    house_close(&now);
}

static void
test_ended_by_database(void **state)
{
    (void)state;
    check_ended(replay_database);
}

static void
test_ended_by_log(void **state)
{
    (void)state;
    check_ended(replay_log);
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = { T(test_facts), T(test_bad_facts),
        T(test_touched), cmocka_unit_test(test_states), T(test_replay),
        T(test_foreign_log), T(test_ended_by_database),
        T(test_ended_by_log) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
