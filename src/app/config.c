/* SPDX-License-Identifier: ISC */
#include "app/config.h"

#include "app/file.h"
#include "app/like.h"
#include "app/turns.h"
#include "text/ini.h"
#include "text/ip.h"
#include "text/mail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum setting_type { SETTING_TEXT, SETTING_COUNT, SETTING_CHOICE };

/* One row for each key; choices are in the order of their enum. */
struct setting {
    const char *section, *key;
    enum setting_type type;
    size_t offset;
    const char *const *choices;
};

static const char *const levels[] = { "error", "warn", "info", "debug", NULL };
static const char *const formats[] = { "key-value", "json", NULL };
static const char *const sandboxes[] = { "on", "off", "kill", NULL };
static const char *const costs[] = { "normal", "small", "test", NULL };

#define AT(member) offsetof(struct config, member)
static const struct setting settings[] = {
    { "server", "public_url", SETTING_TEXT, AT(public_url), NULL },
    { "server", "gate_socket", SETTING_TEXT, AT(gate_socket), NULL },
    { "server", "console_socket", SETTING_TEXT, AT(console_socket), NULL },
    { "server", "threads", SETTING_COUNT, AT(threads), NULL },
    { "server", "gate_threads", SETTING_COUNT, AT(gate_threads), NULL },
    { "server", "sandbox", SETTING_CHOICE, AT(sandbox), sandboxes },
    { "gate", "prefix", SETTING_TEXT, AT(gate_prefix), NULL },
    { "gate", "credential", SETTING_TEXT, AT(gate_credential), NULL },
    { "store", "path", SETTING_TEXT, AT(db_path), NULL },
    { "secret", "master", SETTING_TEXT, AT(master), NULL },
    { "secret", "refused_passwords", SETTING_TEXT, AT(refused_passwords),
        NULL },
    { "secret", "password_cost", SETTING_CHOICE, AT(password_profile), costs },
    { "mail", "command", SETTING_TEXT, AT(mail_command), NULL },
    { "mail", "smtp_url", SETTING_TEXT, AT(mail_smtp_url), NULL },
    { "mail", "smtp_user", SETTING_TEXT, AT(mail_smtp_user), NULL },
    { "mail", "smtp_password", SETTING_TEXT, AT(mail_smtp_password), NULL },
    { "mail", "dir", SETTING_TEXT, AT(mail_dir), NULL },
    { "mail", "from", SETTING_TEXT, AT(mail_from), NULL },
    { "webhook", "allow_networks", SETTING_TEXT, AT(hook_networks), NULL },
    { "files", "templates", SETTING_TEXT, AT(templates), NULL },
    { "files", "static", SETTING_TEXT, AT(static_dir), NULL },
    { "log", "level", SETTING_CHOICE, AT(log_level), levels },
    { "log", "format", SETTING_CHOICE, AT(log_format), formats },
};
#undef AT

static const struct setting *
setting_of(const struct ini_entry *e)
{
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (str_is(e->section, settings[i].section) &&
            str_is(e->key, settings[i].key))
            return &settings[i];
    return NULL;
}

static int
choice_of(const char *const *choices, struct str s)
{
    for (int i = 0; choices[i]; i++)
        if (str_is(s, choices[i]))
            return i;
    return -1;
}

static const char *
nearest(struct str key)
{
    const char *best = settings[0].key;
    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (like(key, settings[i].key) > like(key, best))
            best = settings[i].key;
    return best;
}

/* where: "FILE:LINE", or the name of a variable. */
static enum err_code
apply(struct arena *a, const struct setting *s, struct str value,
    const char *where, struct config *c, struct err *err)
{
    char *at = (char *)c + s->offset;
    int64_t n;
    int choice;
    switch (s->type) {
    case SETTING_TEXT:
        *(const char **)(void *)at = value.n ? arena_cstr(a, value) : NULL;
        break;
    case SETTING_COUNT:
        if (!str_int(value, &n) || n < 1 || n > THREADS_MOST)
            return ERR(err, ERR_INVALID,
                "%s: %s must be a number from 1 to %d", where, s->key,
                THREADS_MOST);
        *(int64_t *)(void *)at = n;
        break;
    case SETTING_CHOICE:
        choice = choice_of(s->choices, value);
        if (choice < 0)
            return ERR(err, ERR_INVALID, "%s: %s cannot be %.*s", where,
                s->key, STR_ARG(value));
        *(int *)(void *)at = choice;
        break;
    }
    c->where[s - settings] = where;
    return ERR_OK;
}

static enum err_code
read_file(struct arena *a, const char *file, struct config *c,
    struct err *err)
{
    struct str text;
    struct ini ini;
    if (file_read(a, file, 64 * 1024, &text, err) ||
        ini_read(a, text, file, &ini, err))
        return err->code;
    for (size_t i = 0; i < ini.n; i++) {
        const struct ini_entry *e = &ini.items[i];
        const struct setting *s = setting_of(e);
        const char *where = arena_cstr(a,
            arena_fmt(a, "%s:%d", file, e->line));
        if (!s)
            return ERR(err, ERR_INVALID,
                "%s: there is no setting %.*s in [%.*s]. Did you mean %s?",
                where, STR_ARG(e->key), STR_ARG(e->section),
                nearest(e->key));
        if (apply(a, s, e->value, where, c, err))
            return err->code;
    }
    return ERR_OK;
}

/* "KEYLODGE_SERVER_PUBLIC_URL"; key: "" for the beginning of a section's. */
static const char *
variable(struct arena *a, const char *section, const char *key)
{
    char *name = arena_cstr(a,
        arena_fmt(a, "KEYLODGE_%s_%s", section, key));
    for (char *c = name; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return name;
}

/* A variable that looks like one of ours, and is none: a typing error is not
 * to be passed over in silence. */
static enum err_code
refuse_unknown(struct arena *a, struct str name, struct err *err)
{
    const char *best = variable(a, settings[0].section, settings[0].key);
    bool ours = false;
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        const struct setting *s = &settings[i];
        const char *known = variable(a, s->section, s->key);
        if (str_is(name, known))
            return ERR_OK;
        ours = ours ||
            str_starts(name, str_cstr(variable(a, s->section, "")));
        if (like(name, known) > like(name, best))
            best = known;
    }
    if (!ours)
        return ERR_OK;
    return ERR(err, ERR_INVALID,
        "there is no setting %.*s in the environment. Did you mean %s?",
        STR_ARG(name), best);
}

static enum err_code
read_environment(struct arena *a, struct config *c, struct err *err)
{
    struct str name, value;
    for (char **e = environ; *e; e++)
        if (str_starts(str_cstr(*e), STR("KEYLODGE_")) &&
            str_cut(str_cstr(*e), '=', &name, &value) &&
            refuse_unknown(a, name, err))
            return err->code;
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        const char *known =
            variable(a, settings[i].section, settings[i].key);
        const char *set = getenv(known);
        if (set && apply(a, &settings[i], str_cstr(set), known, c, err))
            return err->code;
    }
    return ERR_OK;
}

bool
config_row(struct arena *a, const struct config *c, size_t i,
    struct config_row *out)
{
    if (i >= COUNT_OF(settings))
        return false;
    const struct setting *s = &settings[i];
    const char *at = (const char *)c + s->offset;
    *out = (struct config_row){ .section = s->section, .key = s->key,
        .where = c->where ? c->where[i] : NULL };
    if (s->type == SETTING_COUNT)
        out->value = arena_fmt(a, "%" PRId64,
            *(const int64_t *)(const void *)at);
    else if (s->type == SETTING_CHOICE)
        out->value = str_cstr(s->choices[*(const int *)(const void *)at]);
    else
        out->value = str_cstr(*(const char *const *)(const void *)at);
    return true;
}

void
config_print(const struct config *c, void *to)
{
    FILE *f = to;
    struct arena *a = arena_new(4096);
    struct config_row row;
    const char *section = "";
    for (size_t i = 0; config_row(a, c, i, &row); i++) {
        if (strcmp(section, row.section) != 0)
            fprintf(f, "%s[%s]\n", i ? "\n" : "", row.section);
        section = row.section;
        fprintf(f, "# %s\n%s =%s%.*s\n",
            row.where ? row.where : "built in", row.key,
            row.value.n ? " " : "", STR_ARG(row.value));
    }
    arena_free(a);
}

/* What a complaint about settings as a whole begins with. */
static const char *
whole(const struct config *c)
{
    return c->file ? c->file : "settings";
}

bool
config_mails(const struct config *c)
{
    return c->mail_command || c->mail_smtp_url || c->mail_dir;
}

static enum err_code
check_mail(const struct config *c, struct err *err)
{
    int ways = (c->mail_command != NULL) + (c->mail_smtp_url != NULL) +
        (c->mail_dir != NULL);
    struct str url = str_cstr(c->mail_smtp_url);
    if (ways > 1)
        return ERR(err, ERR_INVALID,
            "%s: mail goes one way: set command, smtp_url or dir, one of "
            "them", whole(c));
    if (ways && !mail_address(str_cstr(c->mail_from)))
        return ERR(err, ERR_INVALID,
            "%s: [mail] from must be an address like keys@example.org",
            whole(c));
    if (url.n && !str_starts(url, STR("smtp://")) &&
        !str_starts(url, STR("smtps://")))
        return ERR(err, ERR_INVALID,
            "%s: smtp_url must begin with smtp:// or smtps://", whole(c));
    if (str_find(url, '@') < url.n)
        return ERR(err, ERR_INVALID,
            "%s: put the name into smtp_user, and the password into a file "
            "that smtp_password names, not into smtp_url", whole(c));
    return ERR_OK;
}

/* "10.0.0.0/8, 2001:db8::/32" */
static enum err_code
read_networks(struct arena *a, struct config *c, struct err *err)
{
    enum { MOST = 100 };
    struct str part, rest = str_cstr(c->hook_networks);
    struct strs *out = &c->hook_opened;
    struct cidr net;
    *out = (struct strs){ arena_array(a, MOST, sizeof *out->items), 0 };
    while (rest.n) {
        str_cut(rest, ',', &part, &rest);
        part = str_trim(part);
        if (!cidr_read(part, &net) || out->n == MOST)
            return ERR(err, ERR_INVALID,
                "%s: allow_networks: %.*s is not a network. Write 10.0.0.0/8 "
                "or 2001:db8::/32, with commas between them", whole(c),
                STR_ARG(part));
        out->items[out->n++] = part;
    }
    return ERR_OK;
}

static const char *
search(struct arena *a)
{
    const char *named = getenv("KEYLODGE_CONFIG");
    const char *xdg = getenv("XDG_CONFIG_HOME");
    if (named && *named)
        return named;
    if (xdg && *xdg) {
        const char *own = arena_fmt(a, "%s/keylodge/keylodge.conf", xdg).p;
        if (access(own, R_OK) == 0)
            return own;
    }
    const char *system = "/etc/keylodge/keylodge.conf";
    return access(system, R_OK) == 0 ? system : NULL;
}

/* Few: each keeps memory of its own, and those that wait are waited for by one
 * that works. */
static int64_t
gate_threads(void)
{
    int n = turns_processors() + 2;
    return n < THREADS_MOST ? n : THREADS_MOST;
}

enum err_code
config_load(struct arena *a, const char *file, struct config *out,
    struct err *err)
{
    *out = (struct config){
        .public_url = "http://127.0.0.1:8080",
        .threads = 4,
        .gate_threads = gate_threads(),
        .gate_prefix = "/protected",
        .db_path = "/var/lib/keylodge/keylodge.db",
        .master = "/etc/keylodge/master",
        .templates = KEYLODGE_DATADIR "/templates",
        .static_dir = KEYLODGE_DATADIR "/static",
        .log_level = LOG_INFO,
    };
    out->where = arena_array(a, COUNT_OF(settings), sizeof *out->where);
    out->file = file ? file : search(a);
    if ((out->file && read_file(a, out->file, out, err)) ||
        read_environment(a, out, err) || check_mail(out, err))
        return err->code;
    return read_networks(a, out, err);
}
