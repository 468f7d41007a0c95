/* SPDX-License-Identifier: ISC */
/* Keys: what must be right of them, and how they are stored. */
#include "core/foreign.h"
#include "core/import_row.h"
#include "core/key_rules.h"
#include "core/limit.h"
#include "core/seen.h"
#include "core/usage.h"
#include "secret/random.h"
#include "secret/seal.h"
#include "store/store_catalog.h"
#include "store/store_team.h"
#include "store/store_user.h"
#include "store/store_workspace.h"
#include "text/utf8.h"
#include "text/when.h"

static struct str
hash_text(const struct import_key *k)
{
    return (struct str){ (const char *)k->hash, sizeof k->hash };
}

/* ---- is it here? ---- */

/* Is the key of this prefix in another workspace than the one in hand? */
static enum err_code
note_other(struct import *im, const struct import_key *k, struct str prefix)
{
    struct cx *cx = im->cx;
    struct gate_key g;
    struct workspace w;
    if (store_gate_key(cx->store, prefix, cx->now_s, NULL, NULL, &g) ||
        g.key.workspace_id == im->ws.id ||
        store_workspace_by_id(cx->store, g.key.workspace_id, 0, &w))
        return cx->err.code;
    import_note(im, "key %.*s is in workspace %.*s here, and stays there",
        STR_ARG(k->key.name), STR_ARG(w.slug));
    return ERR_OK;
}

/* *there: a key of this id, or with this foreign secret, is in the workspace in
 * hand. */
static enum err_code
find_key(struct import *im, const struct import_key *k, bool *there)
{
    struct cx *cx = im->cx;
    struct str prefix;
    int64_t where;
    *there = false;
    if (k->foreign) {
        if (foreign_taken(cx, k->hash, &prefix))
            return cx->err.code;
        *there = prefix.n > 0;
        return *there ? note_other(im, k, prefix) : ERR_OK;
    }
    if (store_port_find_key(cx->store, k->key.uuid, &where))
        return cx->err.code;
    if (where && where != im->ws.id)
        import_wrong(im, "key %.*s is in another workspace here",
            STR_ARG(k->key.prefix));
    *there = where && where == im->ws.id;
    return ERR_OK;
}

static enum err_code
name_taken(struct import *im, struct str name, bool *taken)
{
    *taken = seen_has(im->seen, "key name", im->ws.uuid, name);
    if (*taken || !im->ws.id)
        return ERR_OK;
    return store_key_name_taken(im->cx->store, im->ws.id, name, 0, taken);
}

/* A key of ours has a name of its own; that of a foreign one gets a number. */
static enum err_code
settle_name(struct import *im, struct import_key *k)
{
    enum { TRIES_MOST = 1000, ROOM = 8 };
    struct port_key *p = &k->key;
    struct str base = utf8_clip(p->name, KEY_NAME_MAX - ROOM);
    bool taken;
    if (p->revoked)
        return ERR_OK;
    if (name_taken(im, p->name, &taken))
        return im->cx->err.code;
    for (int i = 2; taken && k->foreign && i < TRIES_MOST; i++) {
        p->name = arena_fmt(im->a, "%.*s (%d)", STR_ARG(base), i);
        if (name_taken(im, p->name, &taken))
            return im->cx->err.code;
    }
    if (taken)
        import_wrong(im, "another key of workspace %.*s is called %.*s",
            STR_ARG(im->ws.slug), STR_ARG(p->name));
    (void)seen_add(im->seen, "key name", im->ws.uuid, p->name);
    return ERR_OK;
}

/* ---- is it right? ---- */

static void
check_list(struct import *im, const char *what, const struct strs *list,
    bool (*known)(struct str))
{
    for (size_t i = 0; i < list->n; i++) {
        if (known && !known(list->items[i]))
            import_wrong(im, "%s: there is no %.*s here", what,
                STR_ARG(list->items[i]));
        for (size_t j = 0; j < i; j++)
            if (str_eq(list->items[i], list->items[j]))
                import_wrong(im, "%s: %.*s is there twice", what,
                    STR_ARG(list->items[i]));
    }
}

static bool
prefix_fits(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += (s.p[i] >= '0' && s.p[i] <= '9') ||
            (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
            (s.p[i] >= 'a' && s.p[i] <= 'z');
    return n == KEYTEXT_PREFIX && s.n == n;
}

/* What a key of our own file brings, and one of another product does not. */
static enum err_code
check_own(struct import *im, const struct import_key *k)
{
    const struct port_key *p = &k->key;
    bool taken = false;
    if (!port_uuid(p->uuid))
        import_wrong(im, "uuid is not one");
    else if (!seen_add(im->seen, "key", STR(""), p->uuid))
        import_wrong(im, "the id of this key came before");
    if (!prefix_fits(p->prefix))
        import_wrong(im, "prefix is not 8 letters and digits");
    else if (!seen_add(im->seen, "prefix", STR(""), p->prefix))
        import_wrong(im, "two keys have the prefix %.*s", STR_ARG(p->prefix));
    else if (store_key_prefix_taken(im->cx->store, p->prefix, &taken))
        return im->cx->err.code;
    if (taken)
        import_wrong(im, "another key here has the prefix %.*s",
            STR_ARG(p->prefix));
    if (p->deployment.n &&
        !seen_has(im->seen, "deployment of", im->ws.uuid, p->deployment))
        import_wrong(im, "its deployment did not come before");
    return ERR_OK;
}

static void
check_labels(struct import *im, const struct port_key *p)
{
    struct err *e = &im->cx->err;
    struct key_label *labels;
    size_t n;
    key_labels_read(im->cx, p->labels, &labels, &n);
    for (size_t i = 0; i < e->n_fields; i++)
        import_wrong(im, "%s: %.*s", e->fields[i].field,
            STR_ARG(e->fields[i].msg));
    err_init(e, im->a);
}

static void
check_key(struct import *im, const struct import_key *k)
{
    const struct port_key *p = &k->key;
    check_labels(im, p);
    check_list(im, "categories", &p->categories, key_category_known);
    check_list(im, "endpoints", &p->endpoints, key_endpoint_known);
    check_list(im, "models", &p->models, NULL);
    check_list(im, "networks", &p->networks, NULL);
    for (size_t i = 0; i < k->n_limits; i++)
        if (!k->limits[i].of_key)
            import_wrong(im, "a limit of the workspace comes before keys");
}

/* ---- who has it, what it may call ---- */

/* user: or service:; nobody when they are not known. */
static enum err_code
find_owner(struct import *im, const struct port_key *p, struct key *out)
{
    struct cx *cx = im->cx;
    struct str kind, id;
    struct user u = { 0 };
    bool is = false;
    if (!p->owner.n)
        return ERR_OK;
    bool user = str_cut(p->owner, ':', &kind, &id) && str_is(kind, "user");
    if (!im->writing)
        is = seen_has(im->seen, user ? "member" : "service", im->ws.uuid, id);
    if (im->ws.id && !is && user) {
        if (store_user_by_email(cx->store, id, &u) ||
            store_member_is(cx->store, im->ws.id, id, &is))
            return cx->err.code;
        out->owner_user_id = is ? u.id : 0;
    } else if (im->ws.id && !is) {
        if (store_port_find_service(cx->store, im->ws.id, id,
                &out->owner_service_id))
            return cx->err.code;
        is = out->owner_service_id != 0;
    }
    if (!is)
        import_note(im, "key %.*s: its owner %.*s is not in the workspace; "
            "nobody has it", STR_ARG(p->name), STR_ARG(p->owner));
    return ERR_OK;
}

static bool
is_all(const struct port_key *p, const char *list)
{
    return !field_has(port_key_fields, &p->set, list);
}

static enum err_code
find_models(struct import *im, const struct port_key *p, struct key *k)
{
    struct strs *to = &k->access.model_uuids;
    to->items = arena_array(im->a, p->models.n + 1, sizeof *to->items);
    for (size_t i = 0; i < p->models.n; i++) {
        int64_t id;
        bool known;
        if (import_model_known(im, p->models.items[i], &id,
                &to->items[to->n], &known))
            return im->cx->err.code;
        to->n += id != 0;
        if (!known)
            import_note(im, "key %.*s: there is no model %.*s in the "
                "workspace; the key may not call it", STR_ARG(p->name),
                STR_ARG(p->models.items[i]));
    }
    return ERR_OK;
}

static enum err_code
find_access(struct import *im, const struct port_key *p, struct key *k)
{
    struct deployment d;
    struct key_access *a = &k->access;
    *a = (struct key_access){ .all_categories = is_all(p, "categories"),
        .all_models = is_all(p, "models"),
        .all_endpoints = is_all(p, "endpoints"),
        .all_networks = is_all(p, "networks"),
        .categories = p->categories, .endpoints = p->endpoints,
        .networks = p->networks };
    if (p->deployment.n && im->ws.id) {
        if (store_deployment_by_uuid(im->cx->store, im->ws.id, p->deployment,
                &d))
            return im->cx->err.code;
        a->deployment_id = d.id;
    }
    return find_models(im, p, k);
}

/* ---- secrets ---- */

/* The hash that a verifier holds. */
static bool
open_verifier(struct import *im, const struct import_key *k,
    const struct port_secret *s, struct str *hash)
{
    struct str sealed;
    return im->transfer && b64_read(im->a, s->verifier, &sealed) &&
        seal_open_with(im->a, secrets_subkey(im->transfer, SUBKEY_APIKEY),
            port_verifier_ad(im->a, im->export_id, k->key.uuid,
                k->key.prefix, key_kind_name((enum key_kind)k->key.kind)),
            sealed, hash) &&
        hash->n == KEYTEXT_HASH;
}

static enum err_code
check_secrets(struct import *im, const struct import_key *k)
{
    struct str hash, other;
    size_t current = 0;
    for (size_t i = 0; i < k->n_secrets; i++) {
        current += !k->secrets[i].ends;
        if (!open_verifier(im, k, &k->secrets[i], &hash)) {
            import_wrong(im, "a verifier of key %.*s does not open with this "
                "transfer secret", STR_ARG(k->key.prefix));
            continue;
        }
        if (!k->secrets[i].imported)
            continue;
        if (foreign_taken(im->cx, (const uint8_t *)hash.p, &other))
            return im->cx->err.code;
        if (other.n || !seen_add(im->seen, "secret", STR(""), hash))
            import_wrong(im, "the secret of key %.*s is that of another key",
                STR_ARG(k->key.prefix));
    }
    if (current > 1)
        import_wrong(im, "key %.*s has two current secrets",
            STR_ARG(k->key.prefix));
    return ERR_OK;
}

/* Without its secret a key passes nowhere: it waits for a new one, or, where no
 * link is for its kind, is switched off. */
static void
without_secret(struct import *im, struct port_key *p)
{
    if (im->verifiers || p->waiting || p->revoked)
        return;
    if (p->kind == KEY_STANDARD) {
        p->waiting = true;
    } else if (!p->disabled) {
        p->disabled = im->cx->now_s;
        p->disabled_by = STR("import: it needs a new secret");
    }
}

/* Oldest first: the newest row is the current one. */
static enum err_code
store_secrets(struct import *im, const struct import_key *k,
    const struct key *made)
{
    struct cx *cx = im->cx;
    for (size_t i = k->n_secrets; i > 0; i--) {
        const struct port_secret *s = &k->secrets[i - 1];
        struct str hash;
        if (!open_verifier(im, k, s, &hash))
            return import_raced(im);
        struct key_secret own = { .last4 = s->last4,
            .created_s = s->created, .ends_s = s->ends,
            .sealed = seal(cx->arena, cx->secrets, SUBKEY_APIKEY,
                key_seal_ad(cx->arena, made), hash) };
        if (s->imported ? foreign_store(cx, made, (const uint8_t *)hash.p,
                s->created, s->ends)
                        : store_secret_bring(cx->store, made->id, &own,
                STR("")))
            return cx->err.code;
    }
    return k->foreign ? foreign_store(cx, made, k->hash, k->key.created, 0)
                      : ERR_OK;
}

/* ---- the row ---- */

static enum err_code
store_whole(struct import *im, const struct import_key *k,
    const struct key *made)
{
    struct cx *cx = im->cx;
    const struct port_key *p = &k->key;
    struct key_label *labels;
    size_t n_labels;
    int64_t since = limit_period_at(
        limit_of_spend((enum spend_reset)p->spend_reset), cx->now_s).start_s;
    key_labels_read(cx, p->labels, &labels, &n_labels);
    if (cx->err.code || store_key_set_access(cx->store, made) ||
        store_key_set_labels(cx->store, made->id, labels, n_labels) ||
        (p->spent && p->spent_since == since &&
            store_port_spend(cx->store, made->id, since, p->spent)))
        return cx->err.code;
    for (size_t i = 0; i < k->n_limits; i++)
        if (import_add_limit(im, made->id, &k->limits[i]))
            return cx->err.code;
    return store_secrets(im, k, made);
}

static enum err_code
make_key(struct import *im, struct import_key *k, struct key *made)
{
    struct cx *cx = im->cx;
    struct port_key *p = &k->key;
    made->workspace_id = im->ws.id;
    made->uuid = p->uuid;
    made->prefix = p->prefix;
    made->kind = (enum key_kind)p->kind;
    if (import_open(im) || store_port_key_insert(cx->store, p, made) ||
        store_whole(im, k, made))
        return cx->err.code;
    struct val *details = val_map(cx->arena);
    val_put_cstr(details, "kind", key_kind_name(made->kind));
    val_put_str(details, "expires",
        p->expires ? when_rfc3339(cx->arena, p->expires) : STR("none"));
    val_put_cstr(details, "secret", k->foreign ? "imported, SHA-256"
            : k->n_secrets                     ? "brought along"
                                               : "none: it needs a new one");
    struct audit_event event = { "key.import", "key", p->prefix, p->name,
        details };
    return import_close(im, PORT_KEY, &event);
}

static void
count_limits(struct import *im, const struct import_key *k)
{
    struct str uuid;
    int64_t id;
    for (size_t i = 0; i < k->n_limits; i++) {
        bool known = true;
        struct str model = k->limits[i].model;
        if (model.n &&
            import_model_known(im, model, &id, &uuid, &known))
            return;
        if (!known)
            import_note(im, "key %.*s: a limit is left out, there is no model "
                "%.*s in the workspace", STR_ARG(k->key.name),
                STR_ARG(model));
        im->counts->made[PORT_LIMIT] += known;
    }
}

enum err_code
import_key(struct import *im, struct import_key *k)
{
    struct cx *cx = im->cx;
    struct key made = { 0 };
    bool there;
    if (!im->into)
        import_wrong(im, "no workspace came before this");
    if (!im->into || !import_begin_row(im))
        return ERR_OK;
    int64_t wrong = im->counts->wrong;
    if (k->foreign &&
        !seen_add(im->seen, "secret", STR(""), hash_text(k))) {
        import_wrong(im, "this secret came before");
        return ERR_OK;
    }
    if (find_key(im, k, &there))
        return cx->err.code;
    if (there) {
        import_there(im, PORT_KEY, "key %.*s", STR_ARG(k->key.name));
        return ERR_OK;
    }
    if (k->foreign) {
        k->key.uuid = random_uuid(im->a, cx->now_s * 1000);
        if (key_new_prefix(cx, &k->key.prefix))
            return cx->err.code;
    } else if (check_own(im, k) || check_secrets(im, k)) {
        return cx->err.code;
    } else {
        without_secret(im, &k->key);
    }
    check_key(im, k);
    if (settle_name(im, k) || find_owner(im, &k->key, &made) ||
        find_access(im, &k->key, &made))
        return cx->err.code;
    count_limits(im, k);
    if (im->counts->wrong > wrong || cx->err.code)
        return cx->err.code;
    if (im->writing)
        return make_key(im, k, &made);
    im->counts->made[PORT_KEY]++;
    return ERR_OK;
}
