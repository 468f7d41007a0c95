/* SPDX-License-Identifier: ISC */
#include "app/config.h"

#include "app/file.h"
#include "app/like.h"
#include "text/ini.h"
#include "text/ip.h"
#include "text/mail.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static enum err_code
apply(struct arena *a, const char *file, const struct ini_entry *e,
    struct config *c, struct err *err)
{
    const struct setting *s = setting_of(e);
    if (!s)
        return ERR(err, ERR_INVALID,
            "%s:%d: there is no setting %.*s in [%.*s]. Did you mean %s?",
            file, e->line, STR_ARG(e->key), STR_ARG(e->section),
            nearest(e->key));
    char *at = (char *)c + s->offset;
    int64_t n;
    int choice;
    switch (s->type) {
    case SETTING_TEXT:
        *(const char **)(void *)at =
            e->value.n ? arena_cstr(a, e->value) : NULL;
        break;
    case SETTING_COUNT:
        if (!str_int(e->value, &n) || n < 1 || n > THREADS_MOST)
            return ERR(err, ERR_INVALID,
                "%s:%d: %s must be a number from 1 to %d", file, e->line,
                s->key, THREADS_MOST);
        *(int64_t *)(void *)at = n;
        break;
    case SETTING_CHOICE:
        choice = choice_of(s->choices, e->value);
        if (choice < 0)
            return ERR(err, ERR_INVALID, "%s:%d: %s cannot be %.*s", file,
                e->line, s->key, STR_ARG(e->value));
        *(int *)(void *)at = choice;
        break;
    }
    return ERR_OK;
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
            "them", c->file);
    if (ways && !mail_address(str_cstr(c->mail_from)))
        return ERR(err, ERR_INVALID,
            "%s: [mail] from must be an address like keys@example.org",
            c->file);
    if (url.n && !str_starts(url, STR("smtp://")) &&
        !str_starts(url, STR("smtps://")))
        return ERR(err, ERR_INVALID,
            "%s: smtp_url must begin with smtp:// or smtps://", c->file);
    if (str_find(url, '@') < url.n)
        return ERR(err, ERR_INVALID,
            "%s: put the name into smtp_user, and the password into a file "
            "that smtp_password names, not into smtp_url", c->file);
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
                "or 2001:db8::/32, with commas between them", c->file,
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

enum err_code
config_load(struct arena *a, const char *file, struct config *out,
    struct err *err)
{
    struct str text;
    struct ini ini;
    *out = (struct config){
        .public_url = "http://127.0.0.1:8080",
        .threads = 4,
        .gate_threads = 8,
        .gate_prefix = "/protected",
        .db_path = "/var/lib/keylodge/keylodge.db",
        .master = "/etc/keylodge/master",
        .templates = KEYLODGE_DATADIR "/templates",
        .static_dir = KEYLODGE_DATADIR "/static",
        .log_level = LOG_INFO,
    };
    if (!file)
        file = search(a);
    out->file = file;
    if (!file)
        return ERR_OK;
    if (file_read(a, file, 64 * 1024, &text, err) ||
        ini_read(a, text, file, &ini, err))
        return err->code;
    for (size_t i = 0; i < ini.n; i++)
        if (apply(a, file, &ini.items[i], out, err))
            return err->code;
    if (check_mail(out, err))
        return err->code;
    return read_networks(a, out, err);
}
