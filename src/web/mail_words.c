/* SPDX-License-Identifier: ISC */
#include "web/mail_words.h"

#include "base/buf.h"
#include "text/money.h"
#include "text/when.h"

static struct str
fact(const struct val *v, const char *name)
{
    return val_text(val_get_cstr(v, name));
}

static struct str
fact_in(const struct val *v, const char *map, const char *name)
{
    return fact(val_get_cstr(v, map), name);
}

/* "28 Nov 2026, 16:20 UTC" */
static struct str
time_of(struct arena *a, struct str text)
{
    int64_t s;
    return when_read(text, &s) ? when_long(a, s) : text;
}

static struct str
dollars(struct arena *a, struct str text)
{
    int64_t micro;
    return money_read(text, &micro) ? money_show(a, micro) : text;
}

static struct mail_words
invite(struct arena *a, const struct val *v)
{
    struct str ws = fact_in(v, "workspace", "name");
    return (struct mail_words){
        arena_fmt(a, "%.*s invites you to %.*s", STR_ARG(fact(v, "by")),
            STR_ARG(ws)),
        arena_fmt(a,
            "%.*s invites you to the workspace %.*s, as %.*s.\n\n"
            "Open this link to accept. It works once, until %.*s:\n\n"
            "%.*s\n\n"
            "You do not know what this is about? Then do nothing.\n",
            STR_ARG(fact(v, "by")), STR_ARG(ws), STR_ARG(fact(v, "role")),
            STR_ARG(time_of(a, fact(v, "expires_at"))),
            STR_ARG(fact(v, "link"))),
    };
}

static struct mail_words
reset(struct arena *a, const struct val *v)
{
    return (struct mail_words){
        STR("A new password for Keylodge"),
        arena_fmt(a,
            "Somebody, from the address %.*s, asked for a new password for "
            "your account.\n\n"
            "If that was you, open this link. It works once, until %.*s:\n\n"
            "%.*s\n\n"
            "If not, do nothing: your password stays as it is.\n",
            STR_ARG(fact(v, "address")),
            STR_ARG(time_of(a, fact(v, "expires_at"))),
            STR_ARG(fact(v, "link"))),
    };
}

static struct mail_words
sign_in(struct arena *a, const struct val *v)
{
    return (struct mail_words){
        STR("A sign-in from a new place"),
        arena_fmt(a,
            "Somebody signed in to your account from a place that was not "
            "seen before.\n\n"
            "When     %.*s\n"
            "Address  %.*s\n"
            "Device   %.*s\n\n"
            "If that was you, there is nothing to do. If not, change your "
            "password at once: that ends every session.\n\n"
            "%.*s\n",
            STR_ARG(time_of(a, fact(v, "at"))), STR_ARG(fact(v, "address")),
            STR_ARG(fact(v, "agent")), STR_ARG(fact(v, "url"))),
    };
}

static struct mail_words
key_expires(struct arena *a, const struct val *v)
{
    struct str name = fact_in(v, "key", "name");
    struct str end = time_of(a, fact(v, "expires_at"));
    return (struct mail_words){
        arena_fmt(a, "API key %.*s ends on %.*s", STR_ARG(name),
            STR_ARG(end)),
        arena_fmt(a,
            "The API key %.*s (%.*s) of the workspace %.*s ends on %.*s. "
            "From then on calls with it are refused.\n\n"
            "To go on, give it a later end, or make another one:\n\n%.*s\n",
            STR_ARG(name), STR_ARG(fact_in(v, "key", "prefix")),
            STR_ARG(fact_in(v, "workspace", "name")), STR_ARG(end),
            STR_ARG(fact(v, "url"))),
    };
}

static struct mail_words
key_leaked(struct arena *a, const struct val *v)
{
    struct str name = fact_in(v, "key", "name");
    return (struct mail_words){
        arena_fmt(a, "API key %.*s was found and stopped", STR_ARG(name)),
        arena_fmt(a,
            "Somebody who has the API key %.*s (%.*s) of the workspace %.*s "
            "reported that it leaked. It was stopped at %.*s; calls with it "
            "are refused.\n\n"
            "Rotate it, put the new one where it is needed, and look at what "
            "was called with it:\n\n%.*s\n",
            STR_ARG(name), STR_ARG(fact_in(v, "key", "prefix")),
            STR_ARG(fact_in(v, "workspace", "name")),
            STR_ARG(time_of(a, fact(v, "at"))), STR_ARG(fact(v, "url"))),
    };
}

/* "The budget of the API key nightly", of a key or of the workspace */
static struct str
whose_budget(struct arena *a, const struct val *v)
{
    struct str key = fact_in(v, "key", "name");
    if (key.n)
        return arena_fmt(a, "API key %.*s", STR_ARG(key));
    return arena_fmt(a, "workspace %.*s",
        STR_ARG(fact_in(v, "workspace", "name")));
}

static struct mail_words
budget(struct arena *a, const struct val *v, bool all)
{
    struct str whose = whose_budget(a, v);
    struct str spent = dollars(a, fact_in(v, "budget", "spent"));
    struct str limit = dollars(a, fact_in(v, "budget", "limit"));
    struct str resets = fact_in(v, "budget", "resets_at");
    struct str again = resets.n
        ? arena_fmt(a, "It starts again on %.*s.",
              STR_ARG(time_of(a, resets)))
        : STR("It does not start again by itself.");
    return (struct mail_words){
        arena_fmt(a, all ? "Budget of %.*s is used up"
                         : "80 %% of the budget of %.*s is used",
            STR_ARG(whose)),
        arena_fmt(a,
            "The budget of %.*s (workspace %.*s): %.*s of %.*s are "
            "spent.%s\n\n%.*s\n\n%.*s\n",
            STR_ARG(whose), STR_ARG(fact_in(v, "workspace", "name")),
            STR_ARG(spent), STR_ARG(limit),
            all ? " Further calls that cost something are refused." : "",
            STR_ARG(again), STR_ARG(fact(v, "url"))),
    };
}

static struct mail_words
seal_broken(struct arena *a, const struct val *v)
{
    struct str kind = fact_in(v, "broken", "kind");
    struct str id = fact_in(v, "broken", "id");
    struct str ws = fact_in(v, "workspace", "name");
    struct str where = ws.n ? arena_fmt(a, " (workspace %.*s)", STR_ARG(ws))
                            : STR("");
    return (struct mail_words){
        arena_fmt(a, "The %.*s %.*s was changed outside of Keylodge",
            STR_ARG(kind), STR_ARG(id)),
        arena_fmt(a,
            "What is stored about the %.*s %.*s%.*s was not "
            "written by Keylodge: its row seal is broken. This was found at "
            "%.*s; since the change it is refused.\n\n"
            "Somebody can write the database, or it is not the one that "
            "belongs to this master secret. Whoever runs this installation "
            "sees what was changed with\n\n    keylodge reseal\n\n"
            "and finds out by whom. Then a backup is restored, the key is "
            "revoked, or what was changed is accepted.\n\n"
            "While ten or more are broken, further ones are not mailed: "
            "keylodge doctor counts them.\n\n%.*s\n",
            STR_ARG(kind), STR_ARG(id), STR_ARG(where),
            STR_ARG(time_of(a, fact(v, "at"))), STR_ARG(fact(v, "url"))),
    };
}

static struct mail_words
mail_test(struct arena *a, const struct val *v)
{
    return (struct mail_words){
        STR("A test of the mail of Keylodge"),
        arena_fmt(a,
            "You asked for this mail at %.*s, to see whether mail goes out. "
            "It does.\n\n%.*s\n",
            STR_ARG(time_of(a, fact(v, "at"))), STR_ARG(fact(v, "url"))),
    };
}

struct mail_words
mail_words(struct arena *a, enum notice_kind kind, const struct val *facts)
{
    switch (kind) {
    case NOTICE_INVITE:
        return invite(a, facts);
    case NOTICE_RESET:
        return reset(a, facts);
    case NOTICE_SIGN_IN:
        return sign_in(a, facts);
    case NOTICE_KEY_EXPIRES:
        return key_expires(a, facts);
    case NOTICE_KEY_LEAKED:
        return key_leaked(a, facts);
    case NOTICE_BUDGET_80:
        return budget(a, facts, false);
    case NOTICE_BUDGET_100:
        return budget(a, facts, true);
    case NOTICE_MAIL_TEST:
        return mail_test(a, facts);
    case NOTICE_SEAL_BROKEN:
        return seal_broken(a, facts);
    case NOTICE_TEST:
    case NOTICE_AUDIT_HEAD:
    case NOTICE_KIND_COUNT:
        break;
    }
    must(false); /* those are no mail */
    return (struct mail_words){ { NULL, 0 }, { NULL, 0 } };
}

static const struct {
    const char *words, *about, *to;
} kinds[] = {
    [NOTICE_INVITE] = { "Invitation", "Somebody was invited",
        "Who was invited" },
    [NOTICE_RESET] = { "New password",
        "A member asked for a new password", "That member" },
    [NOTICE_SIGN_IN] = { "New sign-in",
        "A member signed in from a new place", "That member" },
    [NOTICE_KEY_EXPIRES] = { "Key ends", "A key ends within 7 days",
        "Its owner; of a service account, owners and admins" },
    [NOTICE_KEY_LEAKED] = { "Key leaked",
        "A key was reported as leaked, and stopped",
        "Its owner, and all owners and admins" },
    [NOTICE_BUDGET_80] = { "Budget at 80 %", "80 % of a budget is used",
        "The owner of the key, and all owners and admins" },
    [NOTICE_BUDGET_100] = { "Budget used up", "A budget is used up",
        "The owner of the key, and all owners and admins" },
    [NOTICE_TEST] = { "Test", "A test was asked for", "Nobody" },
    [NOTICE_MAIL_TEST] = { "Test of mail", "A test of mail was asked for",
        "Who asked" },
    [NOTICE_SEAL_BROKEN] = { "Changed outside of Keylodge",
        "A key or the workspace was changed in the database, not by Keylodge",
        "Owners, and who runs this installation" },
    [NOTICE_AUDIT_HEAD] = { "Audit log signed", "The audit log was signed",
        "Nobody; webhooks get the signature" },
};
_Static_assert(COUNT_OF(kinds) == NOTICE_KIND_COUNT, "kinds");

const char *
notice_words(enum notice_kind kind)
{
    must(kind < NOTICE_KIND_COUNT);
    return kinds[kind].words;
}

const char *
notice_about(enum notice_kind kind)
{
    must(kind < NOTICE_KIND_COUNT);
    return kinds[kind].about;
}

const char *
notice_mailed_to(enum notice_kind kind)
{
    must(kind < NOTICE_KIND_COUNT);
    return kinds[kind].to;
}
