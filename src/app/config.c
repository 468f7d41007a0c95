/* SPDX-License-Identifier: ISC */
#define _XOPEN_SOURCE 700 /* realpath */
#include "app/config.h"

#include "app/config_check.h"
#include "app/file.h"
#include "app/like.h"
#include "app/turns.h"
#include "text/ini.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* What holds without a file; gate_threads goes by the processors. */
static const struct config built_in = {
    .public_url = "http://127.0.0.1:8080",
    .threads = 4,
    .gate_prefix = "/protected",
    .db_path = "/var/lib/keylodge/keylodge.db",
    .master = "/etc/keylodge/master",
    .templates = KEYLODGE_DATADIR "/templates",
    .static_dir = KEYLODGE_DATADIR "/static",
    .log_level = LOG_INFO,
};

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

/* By its key; of keys that are as near, by its section. */
static const struct setting *
nearest(const struct ini_entry *e)
{
    const struct setting *best = &settings[0];
    for (size_t i = 1; i < COUNT_OF(settings); i++) {
        const struct setting *s = &settings[i];
        int more = like(e->key, s->key) - like(e->key, best->key);
        if (more > 0 || (more == 0 && like(e->section, s->section) >
                like(e->section, best->section)))
            best = s;
    }
    return best;
}

static enum err_code
refuse_entry(const struct ini_entry *e, const char *where, struct err *err)
{
    const struct setting *s = nearest(e);
    if (!e->section.n)
        return ERR(err, ERR_INVALID, "%s: %.*s stands before the first "
            "section. Did you mean %s in [%s]?", where, STR_ARG(e->key),
            s->key, s->section);
    return ERR(err, ERR_INVALID, "%s: there is no setting %.*s in [%.*s]. Did "
        "you mean %s in [%s]?", where, STR_ARG(e->key), STR_ARG(e->section),
        s->key, s->section);
}

/* "error, warn, info or debug" */
static const char *
choices_shown(struct arena *a, const char *const *choices)
{
    struct str all = str_cstr(choices[0]);
    for (size_t i = 1; choices[i]; i++)
        all = arena_fmt(a, "%.*s%s%s", STR_ARG(all),
            choices[i + 1] ? ", " : " or ", choices[i]);
    return arena_cstr(a, all);
}

/* Empty means "none", which what is needed cannot be; quotes would be part of
 * the name of a file. */
static enum err_code
apply_text(struct arena *a, const struct setting *s, struct str value,
    const char *where, struct config *c, struct err *err)
{
    const char *usual = *(const char *const *)(const void *)(
        (const char *)&built_in + s->offset);
    if (!value.n && usual)
        return ERR(err, ERR_INVALID, "%s: [%s] %s is empty. Give it a value, "
            "or leave it out: it is %s then", where, s->section, s->key,
            usual);
    if (value.n && strchr("\"'", value.p[0]) &&
        value.p[value.n - 1] == value.p[0])
        return ERR(err, ERR_INVALID, "%s: [%s] %s: write %.*s without quotes",
            where, s->section, s->key, STR_ARG(value));
    *(const char **)(void *)((char *)c + s->offset) =
        value.n ? arena_cstr(a, value) : NULL;
    return ERR_OK;
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
        if (apply_text(a, s, value, where, c, err))
            return err->code;
        break;
    case SETTING_COUNT:
        if (!str_int(value, &n) || n < 1 || n > THREADS_MOST)
            return ERR(err, ERR_INVALID,
                "%s: [%s] %s must be a number from 1 to %d", where,
                s->section, s->key, THREADS_MOST);
        *(int64_t *)(void *)at = n;
        break;
    case SETTING_CHOICE:
        choice = choice_of(s->choices, value);
        if (choice < 0)
            return ERR(err, ERR_INVALID, "%s: [%s] %s cannot be \"%.*s\": "
                "choose %s", where, s->section, s->key, STR_ARG(value),
                choices_shown(a, s->choices));
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
            return refuse_entry(e, where, err);
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

/* So few slips that it was meant: one for each six letters of section and key.
 * Others have variables of this beginning, too (the gate gives some to
 * programs), and those are none of our business. */
static bool
is_meant(const struct setting *s, size_t slips)
{
    return slips <= (strlen(s->section) + strlen(s->key) + 1) / 6;
}

/* A variable that looks like one of ours, and is none: a typing error is not
 * to be passed over in silence. */
static enum err_code
refuse_unknown(struct arena *a, struct str name, struct err *err)
{
    const char *best = variable(a, settings[0].section, settings[0].key);
    const char *meant = NULL;
    size_t fewest = SIZE_MAX;
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
        size_t slips = like_slips(name, known);
        if (slips < fewest && is_meant(s, slips)) {
            fewest = slips;
            meant = known;
        }
    }
    if (!ours && !meant)
        return ERR_OK;
    return ERR(err, ERR_INVALID,
        "there is no setting %.*s in the environment. Did you mean %s?",
        STR_ARG(name), meant ? meant : best);
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

const char *
config_name(struct arena *a, const struct config *c, const void *member)
{
    size_t at = (size_t)((const char *)member - (const char *)c), i = 0;
    while (i < COUNT_OF(settings) && settings[i].offset != at)
        i++;
    must(i < COUNT_OF(settings));
    const char *where = c->where[i] ? c->where[i] : c->file;
    return arena_cstr(a, arena_fmt(a, "%s: [%s] %s",
        where ? where : "settings", settings[i].section, settings[i].key));
}

bool
config_mails(const struct config *c)
{
    return c->mail_command || c->mail_smtp_url || c->mail_dir;
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

/* A database that is a link is the file that it means: whichever way a server was
 * given it, all that lies beside it (lock, ballast, the sender's lock) has one
 * name. */
static void
follow_link(struct arena *a, struct config *c)
{
    struct stat st;
    char *real = lstat(c->db_path, &st) == 0 && S_ISLNK(st.st_mode)
        ? realpath(c->db_path, NULL)
        : NULL;
    if (real)
        c->db_path = arena_cstr(a, arena_dup(a, str_cstr(real)));
    free(real);
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
    *out = built_in;
    out->gate_threads = gate_threads();
    out->where = arena_array(a, COUNT_OF(settings), sizeof *out->where);
    out->file = file ? file : search(a);
    if ((out->file && read_file(a, out->file, out, err)) ||
        read_environment(a, out, err) || config_check(a, out, err))
        return err->code;
    follow_link(a, out);
    return ERR_OK;
}
