/* SPDX-License-Identifier: ISC */
#include "app/app.h"

#include "app/file.h"
#include "app/listen.h"
#include "app/reload.h"
#include "app/templates.inc"
#include "base/clock.h"
#include "base/own.h"
#include "core/proof.h"
#include "core/rowseal.h"
#include "core/touch.h"
#include "secret/random.h"
#include "store/sole.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BALLAST_BYTES = 1024 * 1024,
    BUSY_MS = 2000, /* a page that cannot be saved says so soon */
    COMMAND_BUSY_MS = 8000, /* a command is rather slow than refused */
    ENDS_MS = 1000, /* of a server that ends at this moment */
    WORKER_ARENA = 256 * 1024
};

static bool
is_missing(const char *path)
{
    struct stat st;
    return stat(path, &st) != 0 && errno == ENOENT;
}

static enum err_code
open_secrets(struct app *app, bool create, struct err *err)
{
    const char *master = app->config->master;
    const char *audit = arena_cstr(err->arena,
        arena_fmt(err->arena, "%s-audit", master));
    if (create && is_missing(master) && secrets_create(master, err))
        return err->code;
    if (create && is_missing(audit) && signer_create(audit, err))
        return err->code;
    if (create && !own_give(audit, master))
        return ERR(err, ERR_INVALID, "%s cannot be given to the owner of %s: "
            "%s.", audit, master, strerror(errno));
    if (secrets_load(master, &app->secrets, err))
        return err->code;
    return signer_load(audit, &app->signer, err);
}

/* The credential of own gates: a file that nobody else reads, of one line
 * without spaces, as `openssl rand -hex 32` writes it. */
static enum err_code
open_credential(struct app *app, struct err *err)
{
    enum { LEAST = 32, MOST = 256, FILE_MOST = 4096 };
    struct stat st;
    struct str text;
    const char *path = app->config->gate_credential;
    if (!path)
        return ERR_OK;
    if (file_read(err->arena, path, FILE_MOST, &text, err))
        return err->code;
    if (stat(path, &st) != 0 || (st.st_mode & 077) != 0)
        return ERR(err, ERR_INVALID,
            "%s can be read by others. Run: chmod 600 %s", path, path);
    text = str_trim(text);
    bool plain = text.n >= LEAST && text.n <= MOST;
    for (size_t i = 0; plain && i < text.n; i++)
        plain = text.p[i] > ' ' && text.p[i] < 0x7f;
    if (!plain)
        return ERR(err, ERR_INVALID,
            "%s must hold one word of %d to %d characters. Make one with: "
            "openssl rand -hex 32", path, (int)LEAST, (int)MOST);
    char *own = malloc(text.n);
    must(own != NULL);
    memcpy(own, text.p, text.n);
    app->gate_credential = (struct str){ own, text.n };
    return ERR_OK;
}

/* Passwords that nobody may have, in an arena of their own. */
static enum err_code
open_refused(struct app *app, struct err *err)
{
    enum { FILE_MOST = 16 * 1024 * 1024 };
    struct str text;
    if (!app->config->refused_passwords)
        return ERR_OK;
    app->list_arena = arena_new(WORKER_ARENA);
    if (file_read(app->list_arena, app->config->refused_passwords, FILE_MOST,
            &text, err))
        return err->code;
    app->refused = proof_list(app->list_arena, text);
    return ERR_OK;
}

/* Before anybody is served: the rows of an older database are sealed, and those
 * of another master secret refused. */
static enum err_code
open_seals(struct app *app, unsigned parts, struct err *err)
{
    struct worker w;
    if (worker_open(&w, app, err))
        return err->code;
    struct cx *cx = worker_shell(&w);
    const char *master = app->config->master;
    if (parts & APP_READ ? seal_secret(cx, master)
                         : seal_start(cx, master, (parts & APP_ADOPT) != 0))
        ERR(err, cx->err.code, "%.*s", STR_ARG(cx->err.msg));
    worker_close(&w);
    return err->code;
}

/* Partials are looked for when templates are linked; here is the rest, so that
 * no page finds out later. */
static enum err_code
need_templates(const struct app *app, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(template_names); i++)
        if (!mustache_has(app->templates, str_cstr(template_names[i])))
            return ERR(err, ERR_INVALID, "%s/%s.mustache is missing. Copy it "
                "from the templates of this version (%s/templates), or "
                "install Keylodge again.", app->config->templates,
                template_names[i], KEYLODGE_DATADIR);
    return ERR_OK;
}

static enum err_code
open_faces(struct app *app, struct err *err)
{
    app->templates = mustache_new();
    if (mustache_load_dir(app->templates, app->config->templates, err) ||
        need_templates(app, err))
        return err->code;
    return assets_load(app->config->static_dir, &app->assets, err);
}

/* Whoever can write there has programs run as us ([mail] command), or puts
 * other files in the place of those that only we may write. */
static enum err_code
need_modes(const struct config *c, struct err *err)
{
    char folder[FILE_FOLDER_MOST];
    const char *const in[] = { c->db_path, c->master };
    const char *open = c->file && file_is_open(c->file) ? c->file : NULL;
    for (size_t i = 0; i < COUNT_OF(in) && !open; i++)
        if (file_folder(in[i], folder) && file_is_open(folder))
            open = folder;
    return open ? ERR(err, ERR_INVALID, FILE_OPEN_SAYS, open, open) : ERR_OK;
}

/* Refused passwords, secrets, and the database. */
static enum err_code
open_store(struct app *app, unsigned parts, bool create, struct err *err)
{
    struct db_options options = {
        .path = app->config->db_path,
        .create = create,
        .migrate = (parts & APP_UPGRADE) != 0,
        .read_only = (parts & APP_READ) != 0,
        .ballast_bytes = BALLAST_BYTES,
        .busy_ms = parts & APP_FACES ? BUSY_MS : COMMAND_BUSY_MS,
    };
    if (open_refused(app, err) || open_secrets(app, create, err))
        return err->code;
    options.macs = seal_macs(app->secrets);
    return db_open(&options, &app->db, err);
}

enum err_code
app_open(struct app *app, const struct config *c, unsigned parts, bool create,
    struct err *err)
{
    *app = (struct app){ .config = c };
    password_setup(c->password_profile);
    if ((parts & APP_STORE) && !(parts & APP_READ) && need_modes(c, err))
        return err->code;
    if ((parts & APP_FACES) &&
        (open_faces(app, err) || open_credential(app, err)))
        return err->code;
    if ((parts & APP_ALONE) && sole_take(c->db_path,
            listen_inherited(RELOAD_LOCK), ENDS_MS, &app->lock, err))
        return err->code;
    if (!(parts & APP_STORE))
        return ERR_OK;
    if (open_store(app, parts, create, err))
        return err->code;
    app->touches = touches_new();
    return parts & APP_READ ? ERR_OK : open_seals(app, parts, err);
}

/* Rows of an older schema are for the start that upgrades it. */
static enum err_code
try_store(struct app *app, struct err *err)
{
    if (open_store(app, APP_FACES | APP_READ | APP_UPGRADE, false, err) ||
        db_is_older(app->db))
        return err->code;
    return open_seals(app, APP_READ, err);
}

enum err_code
app_try(const struct config *c, struct err *err)
{
    struct app app = { .config = c };
    if (!need_modes(c, err) && !open_faces(&app, err) &&
        !open_credential(&app, err) && !db_may_write(c->db_path, err))
        (void)try_store(&app, err);
    app_close(&app);
    return err->code;
}

enum err_code
app_try_faces(const struct config *c, struct err *err)
{
    struct app app = { .config = c };
    (void)open_faces(&app, err);
    app_close(&app);
    return err->code;
}

void
app_close(struct app *app)
{
    touches_free(app->touches);
    if (app->list_arena)
        arena_free(app->list_arena);
    free((void *)(uintptr_t)app->gate_credential.p);
    if (app->db)
        db_close(app->db);
    secrets_free(app->secrets);
    signer_free(app->signer);
    assets_free(app->assets);
    if (app->templates)
        mustache_free(app->templates);
    if (app->lock > STDERR_FILENO)
        close(app->lock);
    *app = (struct app){ 0 };
}

enum err_code
worker_open(struct worker *w, struct app *app, struct err *err)
{
    *w = (struct worker){ .app = app };
    if (app->db && store_new(app->db, &w->store, err))
        return err->code;
    w->arena = arena_new(WORKER_ARENA);
    worker_reset(w);
    return ERR_OK;
}

void
worker_close(struct worker *w)
{
    if (w->store)
        store_free(w->store);
    arena_free(w->arena);
    *w = (struct worker){ 0 };
}

void
worker_reset(struct worker *w)
{
    arena_reset(w->arena);
    w->req = (struct req){ 0 };
    w->res = (struct res){ 0 };
    w->route = NULL;
    w->allow = (struct str){ NULL, 0 };
    w->expired = w->short_of_memory = false;
    w->form_session = (struct str){ NULL, 0 };
    w->began_us = clock_mono_us();
    int64_t now_ms = clock_now_ms();
    w->cx = (struct cx){
        .arena = w->arena,
        .store = w->store,
        .secrets = w->app->secrets,
        .signer = w->app->signer,
        .touches = w->app->touches,
        .refused = w->app->refused,
        .now_s = now_ms / 1000,
        .sub_ms = now_ms % 1000,
        .public_url = str_cstr(w->app->config->public_url),
        .mails = config_mails(w->app->config),
        .opens_networks = w->app->config->hook_opened.n > 0,
        .gate_prefix = str_cstr(w->app->config->gate_prefix),
    };
    err_init(&w->cx.err, w->arena);
    if (w->store)
        store_attach(w->store, w->arena, &w->cx.err);
}

struct cx *
worker_shell(struct worker *w)
{
    worker_reset(w);
    w->cx.actor.kind = ACTOR_SHELL;
    w->cx.may_write = true;
    w->cx.request_id = random_uuid(w->arena, clock_now_ms());
    w->cx.address = STR("shell");
    return &w->cx;
}
