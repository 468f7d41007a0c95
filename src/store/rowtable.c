/* SPDX-License-Identifier: ISC */
/* Which tables are sealed, and the triggers that note their changes. */
#include "store/engine.h"

#include "base/attr.h"
#include "store/store_rowseal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MOST = 1024 };

/* What a row belongs to; $: the row, as it was or is to be. */
#define KEY_OF "1, $.key_id"
#define WORKSPACE_OF "2, CASE WHEN $.key_id IS NULL THEN $.workspace_id END"
#define USER_OF "10, $.user_id"

/*
 * The sealed tables.  `free`: columns that no seal covers: what people read and
 * nothing decides on (names, notes, who and when), stamps and counters of use,
 * which change with calls, numbers of versions, and the seal itself.  Balances
 * and other counters have no seal: they change with each call, and an older
 * one would fit as well; of credits_micro it is covered whether there is a
 * balance (watch_credits).  foreign_mac only leads to a row, whose secret
 * decides.  When a session was seen last decides whether it was idle too long,
 * and changes with each minute of use: its end, which does not, is covered.
 */
static const struct table {
    const char *name;
    enum row_kind kind;
    const char *id;       /* column that names a row, */
    const char *other_id; /* and the second one, or NULL */
    const char *owner[2]; /* what it belongs to; NULL: nothing */
    const char *free;
} tables[] = {
    { "api_key", ROW_KEY, "id", NULL, { NULL, NULL },
        "name note by_user_id by_key_id by_name created_s updated_s "
        "disabled_by revoked_by used_s used_address used_endpoint used_model "
        "version end_told_s claimed_address claimed_agent seal_n limits_n "
        "seal" },
    { "workspace", ROW_WORKSPACE, "id", NULL, { NULL, NULL },
        "slug name key_life_default_s credits_micro credits_reserved_micro "
        "frozen_why "
        "frozen_by created_s updated_s version seal_n limits_n seal" },
    { "key_secret", ROW_SECRET, "id", NULL, { KEY_OF, NULL },
        "last4 created_s used_s used_address used_agent calls_day_s calls "
        "foreign_mac seal" },
    { "limit_rule", ROW_LIMIT, "id", NULL, { KEY_OF, WORKSPACE_OF },
        "created_s updated_s version seal" },
    { "member", ROW_MEMBER, "workspace_id", "user_id",
        { "2, $.workspace_id", NULL }, "created_s seal" },
    { "key_category", ROW_CATEGORY, "key_id", "category", { KEY_OF, NULL },
        "seal" },
    { "key_model", ROW_MODEL, "key_id", "model_id", { KEY_OF, NULL },
        "seal" },
    { "key_endpoint", ROW_ENDPOINT, "key_id", "endpoint", { KEY_OF, NULL },
        "seal" },
    { "key_network", ROW_NETWORK, "key_id", "network", { KEY_OF, NULL },
        "seal" },
    { "user", ROW_USER, "id", NULL, { NULL, NULL },
        "name created_s updated_s seen_s password_s last_workspace_id seal_n "
        "seal" },
    { "session", ROW_SESSION, "id", NULL, { USER_OF, NULL },
        "uuid created_s seen_s address agent seal" },
    { "once_link", ROW_LINK, "id", NULL, { KEY_OF, USER_OF },
        "created_s seal" },
    { "factor", ROW_FACTOR, "id", NULL, { USER_OF, NULL }, "created_s seal" },
    { "recovery_code", ROW_CODE, "hash", NULL, { USER_OF, NULL }, "seal" },
    { "invite", ROW_INVITE, "id", NULL, { "2, $.workspace_id", NULL },
        "uuid seal" },
};

const char *const *
store_row_tables(void)
{
    static const char *names[COUNT_OF(tables) + 1];
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        names[i] = tables[i].name;
    return names;
}

const char *
store_row_free(const char *table)
{
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        if (strcmp(tables[i].name, table) == 0)
            return tables[i].free;
    return NULL;
}

int
row_ids(int kind)
{
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        if ((int)tables[i].kind == kind)
            return tables[i].other_id ? 2 : 1;
    return 1;
}

/* ---- the triggers ---- */

struct text {
    char at[TEXT_MOST];
    size_t n;
};

static void add(struct text *t, const char *fmt, ...) PRINTF(2, 3);

static void
add(struct text *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(t->at + t->n, sizeof t->at - t->n, fmt, ap);
    va_end(ap);
    must(n >= 0 && (size_t)n < sizeof t->at - t->n);
    t->n += (size_t)n;
}

static void
add_row(struct text *t, const struct table *w, const char *function,
    const char *row)
{
    add(t, "SELECT %s(%d, %s.%s", function, (int)w->kind, row, w->id);
    if (w->other_id)
        add(t, ", %s.%s", row, w->other_id);
    add(t, ");");
}

static void
add_owners(struct text *t, const struct table *w, const char *row)
{
    for (size_t i = 0; i < COUNT_OF(w->owner) && w->owner[i]; i++) {
        add(t, "SELECT row_note(");
        for (const char *p = w->owner[i]; *p; p++)
            if (*p == '$')
                add(t, "%s", row);
            else
                add(t, "%c", *p);
        add(t, ");");
    }
}

static int
run(struct conn *c, struct text *t)
{
    add(t, " END");
    int rc = conn_exec(c, t->at);
    t->n = 0;
    return rc;
}

/* Is it one of the words? */
static bool
has_word(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = strstr(words, word); p; p = strstr(p + 1, word))
        if ((p == words || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
            return true;
    return false;
}

/* Which columns there are, the file says; a list of ours may be behind. */
static int
add_columns(struct conn *c, struct text *t, const struct table *w)
{
    sqlite3_stmt *s;
    int n = 0;
    int rc = sqlite3_prepare_v2(c->sql,
        "SELECT name FROM pragma_table_info(?1)", -1, &s, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_text(s, 1, w->name, -1, SQLITE_STATIC);
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(s, 0);
        if (name && !has_word(w->free, name))
            add(t, "%s%s", n++ ? ", " : "", name);
    }
    sqlite3_finalize(s);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int
watch(struct conn *c, const struct table *w)
{
    struct text t = { .n = 0 };
    int rc = SQLITE_OK;
    if (w->owner[0]) {
        add(&t, "CREATE TEMP TRIGGER made_for_%s BEFORE INSERT ON main.%s "
            "BEGIN ", w->name, w->name);
        add_owners(&t, w, "new");
        rc = run(c, &t);
    }
    if (rc == SQLITE_OK && w->owner[0]) {
        add(&t, "CREATE TEMP TRIGGER gone_from_%s BEFORE DELETE ON main.%s "
            "BEGIN ", w->name, w->name);
        add_owners(&t, w, "old");
        rc = run(c, &t);
    }
    if (rc == SQLITE_OK) {
        add(&t, "CREATE TEMP TRIGGER made_%s AFTER INSERT ON main.%s BEGIN ",
            w->name, w->name);
        add_row(&t, w, "row_new", "new");
        rc = run(c, &t);
    }
    if (rc != SQLITE_OK)
        return rc;
    add(&t, "CREATE TEMP TRIGGER changed_%s BEFORE UPDATE OF ", w->name);
    rc = add_columns(c, &t, w);
    if (rc != SQLITE_OK)
        return rc;
    add(&t, " ON main.%s BEGIN ", w->name);
    add_owners(&t, w, "old");
    add_owners(&t, w, "new");
    add_row(&t, w, "row_note", "old");
    return run(c, &t);
}

/* Whether a workspace has a balance is covered; what it is, is not. */
static int
watch_credits(struct conn *c)
{
    return conn_exec(c, "CREATE TEMP TRIGGER changed_credits "
        "BEFORE UPDATE OF credits_micro ON main.workspace "
        "WHEN (old.credits_micro IS NULL) <> (new.credits_micro IS NULL) "
        "BEGIN SELECT row_note(2, old.id); END");
}

int
row_triggers(struct conn *c)
{
    int rc = watch_credits(c);
    for (size_t i = 0; i < COUNT_OF(tables) && rc == SQLITE_OK; i++)
        rc = watch(c, &tables[i]);
    return rc;
}
