/* SPDX-License-Identifier: ISC */
#include "app/cli_table.h"

#include "app/cli_complete.h"
#include "app/print_config.h"
#include "core/import_other.h"
#include "core/audit_action.h"
#include "model/team.h"

#include <stddef.h>
#include <string.h>

/* ---- words that stand for values ---- */

/* The words of a choice of a form, but for those that go with another field. */
static const char *
field_word(const struct field *table, const char *name, size_t i)
{
    int at = field_index(table, str_cstr(name));
    must(at >= 0);
    for (const char *const *c = table[at].choices; *c; c++)
        if (strcmp(*c, "date") != 0 && strcmp(*c, "open") != 0 && i-- == 0)
            return *c;
    return NULL;
}

static const char *
kind_word(size_t i)
{
    return i < KEY_KIND_COUNT ? key_kind_name((enum key_kind)i) : NULL;
}

static const char *
action_word(size_t i)
{
    size_t n;
    const struct audit_action *all = audit_actions(&n);
    return i < n ? all[i].action : NULL;
}

/* "any" and "unused" are of the list, not of a key. */
static const char *
status_word(size_t i)
{
    static const char *const further[] = { "any", "unused", NULL };
    return i < KEY_STATUS_COUNT ? key_status_name((enum key_status)i)
                                : further[i - KEY_STATUS_COUNT];
}

static const char *
role_word(size_t i)
{
    return role_choices[i];
}

static const char *
span_word(size_t i)
{
    return field_word(freeze_fields, "lasts", i);
}

static const char *
expiry_word(size_t i)
{
    return field_word(key_fields, "expiry", i);
}

static const char *
reset_word(size_t i)
{
    return field_word(key_fields, "spend_reset", i);
}

static const char *
claim_word(size_t i)
{
    return field_word(claim_fields, "claim", i);
}

static const char *
overlap_word(size_t i)
{
    return field_word(rotate_fields, "overlap", i);
}

static const char *
format_word(size_t i)
{
    return i == 0          ? "keylodge"
        : i <= OTHER_COUNT ? other_format_name((enum other_format)(i - 1))
                           : NULL;
}

static const struct word_kind kinds[] = {
    { "ACTION", false, action_word },
    { "AMOUNT", false, NULL },
    { "DATE", false, NULL },
    { "DAYS", false, expiry_word },
    { "EMAIL", false, NULL },
    { "FILE", true, NULL },
    { "FILE|FOLDER", true, NULL },
    { "FORMAT", false, format_word },
    { "FILE|nothing", true, NULL },
    { "HOST:PORT", false, NULL },
    { "ID", false, NULL },
    { "KIND", false, kind_word },
    { "LINK-DAYS", false, claim_word },
    { "LIST", false, NULL },
    { "N", false, NULL },
    { "NAME", false, NULL },
    { "OVERLAP", false, overlap_word },
    { "OWNER", false, NULL },
    { "PATH", true, NULL },
    { "PERIOD", false, reset_word },
    { "PREFIX", false, NULL },
    { "ROLE", false, role_word },
    { "SERVER", false, print_config_server },
    { "SHELL", false, completion_shell },
    { "SPAN", false, span_word },
    { "STATUS", false, status_word },
    { "TEXT", false, NULL },
    { "TIME", false, NULL },
    { "WORKSPACE", false, NULL },
    { "WORKSPACE|EMAIL", false, NULL },
};

/* "[FILE]" and "PATH..." without what they say beside the name. */
static struct str
bare(const char *name)
{
    struct str s = str_cstr(name);
    if (s.n && s.p[0] == '[')
        s = str_head(str_from(s, 1), s.n - 2);
    if (str_ends(s, STR("...")))
        s.n -= 3;
    return s;
}

const struct word_kind *
cli_value(const char *name)
{
    struct str s = bare(name);
    size_t i = 0;
    while (i < COUNT_OF(kinds) && !str_is(s, kinds[i].name))
        i++;
    must(i < COUNT_OF(kinds));
    return &kinds[i];
}

/* ---- options ---- */

#define AT(member) offsetof(struct words, member)
const struct word_option cli_options[] = {
    { "action", "ACTION", "what was done, such as key.create", AT(action) },
    { "actor", "EMAIL", "who did it", AT(actor) },
    { "categories", "LIST", "model categories it may call, with commas",
        AT(categories) },
    { "certificate", "FILE", "certificate of the web server",
        AT(certificate) },
    { "certificate-key", "FILE", "and its key", AT(certificate_key) },
    { "claim", "LINK-DAYS",
        "print a link instead, which shows the secret once",
        AT(claim) },
    { "day-tokens", "N", "tokens a day at most", AT(day_tokens) },
    { "deployment", "ID", "deployment it belongs to, or public",
        AT(deployment) },
    { "dry-run", NULL, "try it, and change nothing", AT(dry_run) },
    { "earlier", "FILE", "an older export, which this one must go on from",
        AT(earlier) },
    { "email", "EMAIL", "the new e-mail address", AT(email) },
    { "end", NULL, "the second step: remove the old one", AT(end) },
    { "endpoints", "LIST", "endpoints it may call, with commas",
        AT(endpoints) },
    { "expires-on", "DATE", "its last day, or an instant", AT(expires_on) },
    { "expiry", "DAYS", "days until it ends, or none", AT(expiry) },
    { "find", "TEXT", "part of a name, or the beginning of an id",
        AT(find) },
    { "for", "SPAN", "how long it lasts", AT(lasts) },
    { "format", "FORMAT", "what wrote the file; keylodge", AT(format) },
    { "from", "TIME", "not before this instant or day", AT(from) },
    { "hand-over-to", "OWNER", "who gets their keys", AT(hand_over_to) },
    { "json", NULL, "print JSON", AT(json) },
    { "keep", "N", "so many of the newest backups stay in the folder",
        AT(keep) },
    { "keys", "N", "keys of each kind that it may have", AT(keys) },
    { "kind", "KIND", "kind of key", AT(kind) },
    { "labels", "LIST", "name=value, with commas", AT(labels) },
    { "list", NULL, "list what is stuck, send nothing", AT(list) },
    { "loop", NULL, "go on until stopped", AT(loop) },
    { "models", "LIST", "models it may call, with commas", AT(models) },
    { "most", "N", "so many lines at most; 100", AT(most) },
    { "name", "NAME", "its name", AT(name) },
    { "networks", "LIST", "networks it may be used from, with commas",
        AT(networks) },
    { "note", "TEXT", "a note", AT(note) },
    { "object", "ID", "what it was done to", AT(object) },
    { "overlap", "OVERLAP", "how long the old secret goes on; none",
        AT(overlap) },
    { "owner", "OWNER", "its owner, an e-mail address, or a service account",
        AT(owner) },
    { "password-file", "FILE", "file whose first line is the password",
        AT(password_file) },
    { "public-key", "FILE", "what audit public-key printed",
        AT(public_key) },
    { "rate-requests", "N", "requests a minute at most", AT(rate_requests) },
    { "rate-tokens", "N", "tokens a minute at most", AT(rate_tokens) },
    { "revoke-keys", NULL, "their keys end", AT(revoke_keys) },
    { "role", "ROLE", "role there", AT(role) },
    { "since", "FILE|nothing",
        "the old database: what was ended in it stays ended",
        AT(since) },
    { "since-audit", "FILE", "the same from an exported audit log",
        AT(since_audit) },
    { "spend-limit", "AMOUNT", "USD that it may spend", AT(spend_limit) },
    { "spend-reset", "PERIOD", "when that begins anew", AT(spend_reset) },
    { "status", "STATUS", "state of a key", AT(status) },
    { "to", "TIME", "before this instant", AT(to) },
    { "until", "TIME", "when it ends, as RFC 3339", AT(until) },
    { "upstream", "HOST:PORT", "the AI API behind the gate", AT(upstream) },
    { "verifiers", "FILE",
        "the secret under which keys bring what proves them", AT(verifiers) },
    { "why", "TEXT", "the reason, which callers read", AT(why) },
    { "workspace", "WORKSPACE", "short name of the workspace",
        AT(workspace) },
    { "yes", NULL, "do not ask", AT(yes) },
};
#undef AT
const size_t cli_n_options = COUNT_OF(cli_options);

#define AT(member) offsetof(struct globals, member)
const struct word_option cli_globals[] = {
    { "config", "FILE", "settings; else $KEYLODGE_CONFIG, or what is found",
        AT(config) },
    { "check-config", NULL, "look at settings and the files they name, stop",
        AT(check_config) },
    { "print-config", NULL, "print the settings, and where each came from",
        AT(print_config) },
    { "help", NULL, "this text; after a command, what it takes", AT(help) },
    { "version", NULL, "version, and what it is made of", AT(version) },
};
#undef AT
const size_t cli_n_globals = COUNT_OF(cli_globals);

/* ---- commands ---- */

#define ROW(verb, noun, needs, takes, rest, run, about) \
    { verb, noun, NEEDS_##needs, false, takes, rest, run, about, NULL }
const struct command cli_commands[] = {
    { "init", NULL, NEEDS_STORE, false, "json", NULL, cli_init,
        "make database and master secret, if missing", "Beginning" },
    ROW("setup-link", NULL, STORE, "json", NULL, cli_setup_link,
        "print a one-time link for the first owner"),
    ROW("demo", NULL, STORE, "json", NULL, cli_demo,
        "fill a marked workspace with made-up data"),
    ROW("print-config", NULL, SETTINGS,
        "upstream certificate certificate-key", "SERVER", cli_print_config,
        "configuration of a web server for these settings"),
    ROW("completion", NULL, NOTHING, "", "SHELL", cli_completion,
        "what makes a shell complete these words"),
    { "user", "list", NEEDS_STORE, false, "json", NULL, cli_user_list,
        "people who have an account", "People and workspaces" },
    ROW("user", "show", STORE, "json", "EMAIL", cli_user_show,
        "one of them, with workspaces and sessions"),
    ROW("user", "add", STORE, "name! password-file! json", "EMAIL",
        cli_user_add, "add a person"),
    ROW("user", "edit", STORE, "name email json", "EMAIL", cli_user_edit,
        "give a person another name or address"),
    ROW("user", "disable", STORE, "json", "EMAIL", cli_user_disable,
        "let a person sign in no more; their keys go on"),
    ROW("user", "enable", STORE, "json", "EMAIL", cli_user_enable,
        "and let them in again"),
    ROW("user", "sessions-end", STORE, "json", "EMAIL",
        cli_user_sessions_end, "sign a person out everywhere"),
    ROW("user", "operator-on", STORE, "json", "EMAIL", cli_user_operator_on,
        "let a person see the pages of this installation"),
    ROW("user", "operator-off", STORE, "json", "EMAIL",
        cli_user_operator_off, "and no more"),
    ROW("user", "codes-off", STORE, "json", "EMAIL", cli_user_codes_off,
        "turn off the codes of a person who lost them"),
    ROW("reset-link", NULL, STORE, "json", "EMAIL", cli_reset_link,
        "print a one-time link to set a new password"),
    ROW("workspace", "list", STORE, "json", NULL, cli_workspace_list,
        "all workspaces"),
    ROW("workspace", "show", STORE, "json", "WORKSPACE", cli_workspace_show,
        "one of them, with its settings"),
    ROW("workspace", "add", STORE, "owner! json", "NAME", cli_workspace_add,
        "add a team workspace"),
    ROW("workspace", "rename", STORE, "name! json", "WORKSPACE",
        cli_workspace_rename, "give it another name; its address stays"),
    ROW("workspace", "edit", STORE, "keys! json", "WORKSPACE",
        cli_workspace_edit, "let it have more keys, or fewer"),
    ROW("workspace", "freeze", STORE, "why! for until json", "WORKSPACE",
        cli_workspace_freeze, "refuse every call of a workspace"),
    ROW("workspace", "thaw", STORE, "json", "WORKSPACE", cli_workspace_thaw,
        "and let them through again"),
    ROW("workspace", "delete", STORE, "json", "WORKSPACE",
        cli_workspace_delete, "end a workspace; what it holds is kept"),
    ROW("workspace", "restore", STORE, "json", "WORKSPACE",
        cli_workspace_restore, "bring it back, frozen"),
    ROW("member", "list", STORE, "workspace! json", NULL, cli_member_list,
        "who is in a workspace"),
    ROW("member", "add", STORE, "workspace! role json", "EMAIL",
        cli_member_add, "add a person to a workspace"),
    ROW("member", "role", STORE, "workspace! role! json", "EMAIL",
        cli_member_role, "give a member another role"),
    ROW("member", "remove", STORE,
        "workspace! hand-over-to revoke-keys json", "EMAIL",
        cli_member_remove, "take a person out, and say what their keys do"),
    ROW("service", "list", STORE, "workspace! json", NULL, cli_service_list,
        "service accounts of a workspace"),
    ROW("service", "add", STORE, "workspace! json", "NAME", cli_service_add,
        "add an owner of keys that is no person"),
    { "key", "list", NEEDS_STORE, false,
        "workspace! kind status owner find json", NULL, cli_key_list,
        "keys of a workspace", "Keys" },
    ROW("key", "show", STORE, "json", "PREFIX", cli_key_show,
        "one of them, with all its settings"),
    ROW("key", "create", STORE,
        "workspace! name! kind owner expiry expires-on spend-limit "
        "spend-reset categories models endpoints networks deployment "
        "rate-requests rate-tokens day-tokens note labels claim json", NULL,
        cli_key_create, "print a new key, and nothing else"),
    ROW("key", "disable", STORE, "json", "PREFIX", cli_key_disable,
        "refuse its calls from now on"),
    ROW("key", "enable", STORE, "json", "PREFIX", cli_key_enable,
        "and let them through again"),
    ROW("key", "rotate", STORE, "overlap json", "PREFIX", cli_key_rotate,
        "print a new secret of a key"),
    ROW("key", "claim-link", STORE, "claim json", "PREFIX",
        cli_key_claim_link, "print a new link for who is to have the key"),
    ROW("key", "revoke", STORE, "json", "PREFIX", cli_key_revoke,
        "end a key now and for ever"),
    ROW("why", NULL, STORE, "workspace json", "ID", cli_why,
        "what was decided on a call, rule by rule"),
    ROW("scan", NULL, NOTHING, "json", "PATH...", cli_scan,
        "find keys of ours in trees, logs, standard input (-)"),
    { "audit", "list", NEEDS_STORE, false,
        "workspace actor action object find from to most json", NULL,
        cli_audit_list, "the newest lines of the audit log", "Watching" },
    { "audit", "verify", NEEDS_STORE, true, "public-key earlier json",
        "[FILE]", cli_audit_verify,
        "check the audit log, or an exported one", NULL },
    ROW("audit", "export", STORE, "workspace json", "FILE", cli_audit_export,
        "write the audit log, signed, for somebody else to check"),
    ROW("audit", "public-key", STORE, "json", NULL, cli_audit_public_key,
        "print what exported logs are checked with"),
    ROW("send", NULL, STORE, "loop list json", NULL, cli_send,
        "send mail and events that are due"),
    ROW("doctor", NULL, SETTINGS, "json", NULL, cli_doctor,
        "look for what is wrong with this installation"),
    { "backup", NULL, NEEDS_STORE, false, "keep json", "FILE|FOLDER",
        cli_backup, "copy the database while it is used", "Keeping" },
    ROW("verify", NULL, SETTINGS, "json", "FILE", cli_verify,
        "is this backup whole, and do its keys work?"),
    ROW("restore", NULL, SETTINGS, "since since-audit public-key json",
        "FILE", cli_restore,
        "go back to a backup; what was ended since stays ended"),
    ROW("prune", NULL, STORE, "dry-run json", NULL, cli_prune,
        "forget what is too old, as the server does bit by bit"),
    ROW("export", NULL, STORE, "workspace verifiers json", "FILE", cli_export,
        "write workspaces for another installation (- stdout)"),
    ROW("import", NULL, STORE, "format workspace verifiers dry-run json",
        "FILE", cli_import,
        "bring in workspaces, or keys of another product"),
    ROW("migrate", NULL, SETTINGS, "dry-run json", NULL, cli_migrate,
        "bring the database up to this program"),
    ROW("reseal", NULL, STORE, "dry-run yes json", "[WORKSPACE|EMAIL]", cli_reseal,
        "show rows that were changed outside, and accept them"),
    ROW("rotate-secret", NULL, STORE, "end json", NULL, cli_rotate_secret,
        "a new master secret, while the server goes on"),
    { "serve", NULL, NEEDS_FACES, false, "", NULL, cli_serve,
        "answer FastCGI requests (a web server starts this)", "The server" },
    ROW("cgi", NULL, FACES, "", NULL, cli_cgi,
        "answer one request as a CGI program"),
};
#undef ROW
const size_t cli_n_commands = COUNT_OF(cli_commands);

bool
cli_takes(const struct command *c, const char *option, bool *needed)
{
    struct str word, rest = str_cstr(c->takes);
    while (rest.n) {
        (void)str_cut(rest, ' ', &word, &rest);
        bool must_be = str_ends(word, STR("!"));
        word.n -= must_be;
        if (!str_is(word, option))
            continue;
        if (needed)
            *needed = must_be;
        return true;
    }
    return false;
}

bool
cli_rest_optional(const struct command *c)
{
    return c->rest && c->rest[0] == '[';
}

bool
cli_rest_many(const struct command *c)
{
    return c->rest && str_ends(str_cstr(c->rest), STR("..."));
}

const char *
cli_command_name(struct arena *a, const struct command *c)
{
    return c->noun
        ? arena_cstr(a, arena_fmt(a, "%s %s", c->verb, c->noun))
        : c->verb;
}
