/* SPDX-License-Identifier: ISC */
#include "core/key_rules.h"

#include "base/field.h"
#include "core/access.h"
#include "core/ceiling.h"
#include "store/store_catalog.h"
#include "store/store_workspace.h"
#include "text/money.h"
#include "text/utf8.h"
#include "text/when.h"

enum { ID_SHOWN = 60 };

static bool
sent(const struct key_in *in, const char *name)
{
    return field_has(key_fields, &in->set, name);
}

/* A program left it out: it stays as it is. */
static bool
stays(const struct key_in *in, const char *name)
{
    int i = field_index(key_fields, str_cstr(name));
    must(i >= 0);
    return in->partial && !(in->set.present >> i & 1);
}

static void
apply_name(struct cx *cx, const struct key_in *in, struct key *k)
{
    bool taken;
    if (!stays(in, "note"))
        k->note = in->note;
    if (stays(in, "name")) {
        if (!k->id) /* its prefix is a name that nobody else has */
            k->name = k->prefix;
        return;
    }
    if (store_key_name_taken(cx->store, cx->ws.id, in->name, k->id, &taken))
        return;
    if (taken)
        err_field(&cx->err, "name",
            "You already have a key called %.*s. Choose another name",
            STR_ARG(in->name));
    k->name = in->name;
}

enum err_code
key_owner_find(struct cx *cx, const char *field, struct str text,
    struct key_owner *out)
{
    struct str kind, uuid;
    struct member m = { 0 };
    struct service_account s = { 0 };
    bool cut = str_cut(text, ':', &kind, &uuid);
    if (cut && str_is(kind, "user") &&
        store_member_by_uuid(cx->store, cx->ws.id, uuid, &m))
        return cx->err.code;
    if (cut && str_is(kind, "service") &&
        store_service_by_uuid(cx->store, cx->ws.id, uuid, &s))
        return cx->err.code;
    *out = (struct key_owner){ m.user_id, s.id, s.id ? s.name : m.email,
        m.role };
    if (!m.user_id && !s.id)
        return err_field(&cx->err, field,
            "Choose a member or service account of this workspace");
    return ERR_OK;
}

bool
key_owner_fits(enum key_kind kind, const struct key_owner *owner)
{
    return kind == KEY_STANDARD || owner->service_id ||
        access_role_has(owner->role, RIGHT_KEY_SPECIAL);
}

/* "user:UUID" or "service:UUID"; empty: as it is, or the actor; of a key, who
 * owns that. */
static void
apply_owner(struct cx *cx, const struct key_in *in, struct key *k)
{
    struct key_owner o;
    if (!sent(in, "owner")) {
        if (!k->id && cx->actor.kind == ACTOR_USER)
            k->owner_user_id = cx->actor.user.id;
        if (!k->id && cx->actor.kind == ACTOR_KEY) {
            k->owner_user_id = cx->actor.key.owner_user_id;
            k->owner_service_id = cx->actor.key.owner_service_id;
        }
        return;
    }
    if (key_owner_find(cx, "owner", in->owner, &o))
        return;
    bool same = o.user_id == k->owner_user_id &&
        o.service_id == k->owner_service_id;
    bool self = cx->actor.kind == ACTOR_USER && o.user_id == cx->actor.user.id;
    if (!same && !self && !access_has(cx, RIGHT_KEY_OTHERS))
        err_field(&cx->err, "owner",
            "Only admins and owners may give a key to somebody else");
    else if (!same && !key_owner_fits(k->kind, &o))
        err_field(&cx->err, "owner",
            "Only an admin, an owner or a service account can have this key");
    k->owner_user_id = o.user_id;
    k->owner_service_id = o.service_id;
}

static void
apply_expiry(struct cx *cx, const struct key_in *in, struct key *k)
{
    static const int64_t days[] = { 30, 90, 365 };
    int64_t was = k->expires_s, usual = cx->ws.key_life_default_s;
    if (stays(in, "expiry"))
        k->expires_s = k->id || !usual ? was : cx->now_s + usual;
    else if (in->expiry < KEY_EXPIRY_DATE)
        k->expires_s = cx->now_s + days[in->expiry] * DAY_S;
    else if (in->expiry == KEY_EXPIRY_NONE)
        k->expires_s = 0;
    else if (!sent(in, "expires_on"))
        err_field(&cx->err, "expires_on",
            "Enter the last day of the key, such as %.*s",
            STR_ARG(when_iso_date(cx->arena, cx->now_s + 30 * DAY_S)));
    else if (was && in->expires_on == when_day_start(was - 1) + DAY_S - 1)
        k->expires_s = was; /* the form shows its day only */
    else
        k->expires_s = in->expires_on;
    if (k->expires_s == was && k->id)
        return; /* not touched by this edit: the policy is for new ones */
    if (k->id && was && was <= cx->now_s && !access_has(cx, RIGHT_KEY_REVIVE))
        err_field(&cx->err,
            in->expiry == KEY_EXPIRY_DATE ? "expires_on" : "expiry",
            "This key has expired. Only an owner may give it more time");
    if (k->expires_s && k->expires_s <= cx->now_s)
        err_field(&cx->err, "expires_on", "The last day must be in the future");
    int64_t most = cx->ws.key_life_max_s;
    /* one day of grace: a date means the end of that day */
    if (most && (!k->expires_s || k->expires_s > cx->now_s + most + DAY_S))
        err_field(&cx->err, "expiry",
            "Keys of this workspace live at most %.*s",
            STR_ARG(count_of(cx->arena, most / DAY_S, "day")));
}

static void
apply_spend(const struct key_in *in, struct key *k)
{
    if (!stays(in, "spend_limit"))
        k->spend_limit = sent(in, "spend_limit") ? in->spend_limit : -1;
    if (sent(in, "spend_reset"))
        k->spend_reset = (enum spend_reset)in->spend_reset;
}

static bool
known(const char *const *names, struct str s)
{
    for (size_t i = 0; names[i]; i++)
        if (str_is(s, names[i]))
            return true;
    return false;
}

static bool
repeated(const struct strs *list, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_eq(list->items[i], list->items[at]))
            return true;
    return false;
}

/* One "all or these" choice; `names` NULL: any text (models, networks). */
static void
apply_list(struct cx *cx, const char *field, const char *what, bool some,
    const struct strs *list, const char *const *names, bool *all,
    struct strs *out)
{
    *all = !some;
    *out = (struct strs){ NULL, 0 };
    if (!some)
        return;
    if (list->n == 0)
        err_field(&cx->err, field, "Choose at least one %s, or allow all",
            what);
    for (size_t i = 0; i < list->n; i++) {
        struct str v = list->items[i];
        if (repeated(list, i))
            err_field(&cx->err, field, "%.*s is there twice", STR_ARG(v));
        else if (names && !known(names, v))
            err_field(&cx->err, field, "%.*s is not one of the choices",
                STR_ARG(v));
    }
    *out = *list;
}

static void
check_models(struct cx *cx, const struct strs *uuids)
{
    for (size_t i = 0; i < uuids->n; i++) {
        struct ai_model m;
        if (store_model_by_uuid(cx->store, cx->ws.id, uuids->items[i],
                cx->now_s, &m))
            return;
        if (!m.id)
            err_field(&cx->err, "models",
                "No model of this workspace has the id %.*s",
                STR_ARG(utf8_clip(uuids->items[i], ID_SHOWN)));
        else if (m.removed_s)
            err_field(&cx->err, "models",
                "The model %.*s is not in this workspace any more",
                STR_ARG(m.name));
    }
}

static void
apply_deployment(struct cx *cx, const struct key_in *in, struct key *k)
{
    struct deployment d;
    if (stays(in, "deployment"))
        return;
    k->access.deployment_id = 0;
    k->access.deployment_uuid = STR("");
    if (!sent(in, "deployment") || str_is(in->deployment, "public"))
        return;
    if (store_deployment_by_uuid(cx->store, cx->ws.id, in->deployment, &d))
        return;
    if (!d.id || d.removed_s)
        err_field(&cx->err, "deployment",
            "Choose a deployment of this workspace, or all of them");
    k->access.deployment_id = d.id;
    k->access.deployment_uuid = d.uuid;
}

static void
apply_access(struct cx *cx, const struct key_in *in, struct key *k)
{
    struct key_access *a = &k->access;
    if (!stays(in, "category_scope"))
        apply_list(cx, "categories", "category", in->category_scope == 1,
            &in->categories, key_categories, &a->all_categories,
            &a->categories);
    if (!stays(in, "model_scope")) {
        apply_list(cx, "models", "model", in->model_scope == 1, &in->models,
            NULL, &a->all_models, &a->model_uuids);
        check_models(cx, &a->model_uuids);
    }
    if (!stays(in, "endpoint_scope"))
        apply_list(cx, "endpoints", "endpoint", in->endpoint_scope == 1,
            &in->endpoints, key_endpoints, &a->all_endpoints, &a->endpoints);
    if (!stays(in, "network_scope"))
        apply_list(cx, "networks", "network", in->network_scope == 1,
            &in->networks, NULL, &a->all_networks, &a->networks);
    apply_deployment(cx, in, k);
}

/* "team=search" lines. */
void
key_labels_read(struct cx *cx, struct str text, struct key_label **out, size_t *n)
{
    *out = arena_array(cx->arena, KEY_LABELS_MOST, sizeof **out);
    *n = 0;
    while (text.n) {
        struct str line, name, value;
        (void)str_cut(text, '\n', &line, &text);
        line = str_trim(line);
        if (line.n == 0)
            continue;
        bool cut = str_cut(line, '=', &name, &value);
        name = str_trim(name);
        value = str_trim(value);
        if (!cut || name.n == 0 || name.n > 40 || value.n > 200) {
            err_field(&cx->err, "labels", cx->actor.kind == ACTOR_SHELL
                    ? "Write labels as name=value, with commas between them"
                    : "Write each label as name=value on a line of its own");
            return;
        }
        for (size_t i = 0; i < *n; i++)
            if (str_eq((*out)[i].name, name))
                err_field(&cx->err, "labels", "The label %.*s is there twice",
                    STR_ARG(name));
        if (*n == KEY_LABELS_MOST) {
            err_field(&cx->err, "labels", "At most %d labels",
                KEY_LABELS_MOST);
            return;
        }
        (*out)[(*n)++] = (struct key_label){ name, value };
    }
}

enum err_code
key_apply(struct cx *cx, const struct key_in *in, struct key *k,
    struct key_label **labels, size_t *n_labels)
{
    apply_name(cx, in, k);
    apply_owner(cx, in, k);
    apply_expiry(cx, in, k);
    apply_spend(in, k);
    apply_access(cx, in, k);
    if (stays(in, "labels")) {
        *labels = NULL;
        *n_labels = 0;
        if (k->id && store_key_labels(cx->store, k->id, labels, n_labels))
            return cx->err.code;
    } else {
        key_labels_read(cx, in->labels, labels, n_labels);
    }
    if (cx->err.code)
        return cx->err.code;
    return ceiling_need(cx, k);
}
