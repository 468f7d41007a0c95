/* SPDX-License-Identifier: ISC */
#include "core/notice.h"

#include "secret/random.h"
#include "secret/seal.h"
#include "store/store_outbox.h"
#include "text/hex.h"
#include "text/json.h"
#include "text/money.h"
#include "text/val.h"
#include "text/when.h"

bool
notice_mailed(const struct cx *cx)
{
    return cx->mails;
}

static bool
of_account(enum notice_kind kind)
{
    return kind == NOTICE_RESET || kind == NOTICE_SIGN_IN ||
        kind == NOTICE_MAIL_TEST;
}

static bool
of_workspace(enum notice_kind kind)
{
    return !of_account(kind) && kind != NOTICE_AUDIT_HEAD;
}

static void
put_time(struct cx *cx, struct val *v, const char *name, int64_t s)
{
    if (s)
        val_put_str(v, name, when_rfc3339(cx->arena, s));
    else
        val_put_null(v, name);
}

static void
put_key(struct val *v, const struct key *k)
{
    struct val *key = val_put_map(v, "key");
    val_put_str(key, "id", k->uuid);
    val_put_str(key, "prefix", k->prefix);
    val_put_str(key, "name", k->name);
    val_put_str(key, "owner", k->owner_name);
}

static void
put_budget(struct cx *cx, struct val *v, const struct limit *l)
{
    struct val *budget = val_put_map(v, "budget");
    val_put_str(budget, "limit", money_plain(cx->arena, l->amount));
    val_put_str(budget, "spent", money_plain(cx->arena, l->used));
    val_put_cstr(budget, "currency", "USD");
    val_put_cstr(budget, "period", limit_period_name(l->period));
    put_time(cx, budget, "resets_at", l->resets_s);
}

static void
put_head(struct cx *cx, struct val *v, const struct audit_head *h)
{
    struct arena *a = cx->arena;
    struct val *head = val_put_map(v, "head");
    val_put_int(head, "seq", h->seq);
    val_put_int(head, "at", h->at_s);
    val_put_str(head, "hash", hex_show(a, h->hash.p, h->hash.n));
    val_put_str(head, "public_key",
        hex_show(a, h->public_key.p, h->public_key.n));
    val_put_str(head, "signature",
        hex_show(a, h->signature.p, h->signature.n));
}

/* The page where one goes on from here. */
static struct str
page_of(struct cx *cx, const struct notice *n)
{
    static const char *const lists[] = { "keys", "management-keys",
        "admin-keys" };
    _Static_assert(COUNT_OF(lists) == KEY_KIND_COUNT, "kinds");
    struct arena *a = cx->arena;
    if (n->kind == NOTICE_AUDIT_HEAD)
        return arena_fmt(a, "%.*s/", STR_ARG(cx->public_url));
    if (of_account(n->kind))
        return arena_fmt(a, "%.*s/account", STR_ARG(cx->public_url));
    struct str base = arena_fmt(a, "%.*s/w/%.*s/", STR_ARG(cx->public_url),
        STR_ARG(cx->ws.slug));
    if (n->key)
        return arena_fmt(a, "%.*s%s/%.*s", STR_ARG(base), lists[n->key->kind],
            STR_ARG(n->key->prefix));
    if (n->limit)
        return arena_fmt(a, "%.*slimits", STR_ARG(base));
    if (n->broken && !cx->ws.id) /* its row names a workspace that is none */
        return arena_fmt(a, "%.*s/admin", STR_ARG(cx->public_url));
    return base;
}

/* What mail and event say, but for the link. */
static struct val *
facts(struct cx *cx, const struct notice *n)
{
    struct val *v = val_map(cx->arena);
    put_time(cx, v, "at", cx->now_s);
    if (of_workspace(n->kind)) {
        struct val *ws = val_put_map(v, "workspace");
        val_put_str(ws, "id", cx->ws.uuid);
        val_put_str(ws, "name", cx->ws.name);
    }
    val_put_str(v, "url", page_of(cx, n));
    if (n->person) {
        val_put_str(v, "email", n->person->email);
        val_put_str(v, "address", cx->address);
        val_put_str(v, "agent", cx->agent);
    }
    if (n->email.n) {
        val_put_str(v, "email", n->email);
        val_put_cstr(v, "role", role_name(n->role));
        val_put_str(v, "by", cx_actor_name(cx));
    }
    if (n->key)
        put_key(v, n->key);
    if (n->limit)
        put_budget(cx, v, n->limit);
    if (n->head)
        put_head(cx, v, n->head);
    if (n->broken) {
        struct val *broken = val_put_map(v, "broken");
        val_put_cstr(broken, "kind", n->broken);
        val_put_str(broken, "id", n->broken_name);
    }
    if (n->kind == NOTICE_KEY_EXPIRES || n->link.n)
        put_time(cx, v, "expires_at",
            n->ends_s ? n->ends_s : n->key ? n->key->expires_s : 0);
    return v;
}

static enum err_code
queue(struct cx *cx, const struct notice *n, const struct val *v,
    int64_t workspace_id, int64_t webhook_id, struct str recipient)
{
    struct buf b;
    struct outbox o = {
        .uuid = random_uuid(cx->arena, cx->now_s * 1000 + cx->sub_ms),
        .workspace_id = workspace_id,
        .webhook_id = webhook_id,
        .kind = n->kind,
        .recipient = recipient,
        .made_s = cx->now_s,
        .ends_s = n->link.n ? n->ends_s : cx->now_s + NOTICE_LIFE_S,
    };
    buf_init(&b, cx->arena, BUF_MAX_FIELD);
    json_write(&b, v);
    must(!b.full);
    o.sealed = seal(cx->arena, cx->secrets, SUBKEY_NOTICE, o.uuid,
        buf_view(&b));
    return store_outbox_add(cx->store, &o);
}

/* Of every workspace there is. */
static enum err_code
queue_heads(struct cx *cx, const struct notice *n, const struct val *v)
{
    struct outbox_hook *hooks;
    size_t n_hooks = OUTBOX_HOOKS_MOST;
    int64_t after = 0;
    while (n_hooks == OUTBOX_HOOKS_MOST) {
        if (store_outbox_hooks_all(cx->store, n->kind, after, &hooks,
                &n_hooks))
            return cx->err.code;
        for (size_t i = 0; i < n_hooks; i++) {
            after = hooks[i].id;
            if (queue(cx, n, v, hooks[i].workspace_id, after, STR("")))
                return cx->err.code;
        }
    }
    return ERR_OK;
}

static enum err_code
queue_events(struct cx *cx, const struct notice *n, const struct val *v)
{
    struct outbox_hook *hooks;
    size_t n_hooks;
    if (n->kind == NOTICE_TEST)
        return queue(cx, n, v, cx->ws.id, n->webhook_id, STR(""));
    if (n->kind == NOTICE_AUDIT_HEAD)
        return queue_heads(cx, n, v);
    if (n->kind == NOTICE_MAIL_TEST)
        return ERR_OK; /* no workspace is told of it */
    if (n->broken && !n->to_owners)
        return ERR_OK;
    if (store_outbox_hooks(cx->store, of_account(n->kind) ? 0 : cx->ws.id,
            n->person ? n->person->id : 0, n->kind, &hooks, &n_hooks))
        return cx->err.code;
    for (size_t i = 0; i < n_hooks; i++)
        if (queue(cx, n, v, hooks[i].workspace_id, hooks[i].id, STR("")))
            return cx->err.code;
    return ERR_OK;
}

static enum err_code
addressees(struct cx *cx, const struct notice *n, struct strs *out)
{
    struct str *one = arena_alloc(cx->arena, sizeof *one);
    int64_t owner = n->key ? n->key->owner_user_id : 0;
    *out = (struct strs){ one, 1 };
    switch (n->kind) {
    case NOTICE_INVITE:
        *one = n->email;
        return ERR_OK;
    case NOTICE_RESET:
    case NOTICE_SIGN_IN:
    case NOTICE_MAIL_TEST:
        *one = n->person->email;
        return ERR_OK;
    case NOTICE_KEY_EXPIRES:
        return store_outbox_people(cx->store, cx->ws.id, owner, owner == 0,
            out);
    case NOTICE_KEY_LEAKED:
    case NOTICE_BUDGET_80:
    case NOTICE_BUDGET_100:
        return store_outbox_people(cx->store, cx->ws.id, owner, true, out);
    case NOTICE_SEAL_BROKEN:
        return store_outbox_guards(cx->store, n->to_owners ? cx->ws.id : 0,
            n->to_operators, out);
    case NOTICE_TEST:
    case NOTICE_AUDIT_HEAD:
    case NOTICE_KIND_COUNT:
        break;
    }
    out->n = 0;
    return ERR_OK;
}

static enum err_code
queue_mail(struct cx *cx, const struct notice *n, struct val *v)
{
    struct strs to;
    if (!cx->mails)
        return ERR_OK;
    if (addressees(cx, n, &to))
        return cx->err.code;
    if (n->link.n)
        val_put_str(v, "link", n->link);
    for (size_t i = 0; i < to.n; i++)
        if (queue(cx, n, v, of_account(n->kind) ? 0 : cx->ws.id, 0,
                to.items[i]))
            return cx->err.code;
    return ERR_OK;
}

enum err_code
notice_add(struct cx *cx, const struct notice *n)
{
    must(store_in_tx(cx->store));
    if (of_workspace(n->kind) && cx->ws.demo && !n->broken)
        return ERR_OK;
    struct val *v = facts(cx, n);
    /* events first: the link is put into the same facts after them */
    if (queue_events(cx, n, v) || queue_mail(cx, n, v))
        return cx->err.code;
    return ERR_OK;
}
