/* SPDX-License-Identifier: ISC */
#include "core/check.h"

#include "base/buf.h"
#include "base/log.h"
#include "core/foreign.h"
#include "core/hint.h"
#include "core/key.h"
#include "core/rowseal.h"
#include "core/tally.h"
#include "core/touch.h"
#include "core/trace.h"
#include "secret/keytext.h"
#include "secret/mac.h"
#include "secret/seal.h"
#include "secret/signing.h"
#include "text/money.h"
#include "text/utf8.h"
#include "text/when.h"

#include <inttypes.h>
#include <string.h>

static const char *const codes[] = {
    [REASON_ALLOWED] = "allowed",
    [REASON_MISSING_KEY] = "missing_api_key",
    [REASON_INVALID_KEY] = "invalid_api_key",
    [REASON_EXPIRED_KEY] = "expired_api_key",
    [REASON_DISABLED_KEY] = "disabled_api_key",
    [REASON_KEY_KIND] = "key_kind_not_allowed",
    [REASON_NETWORK] = "ip_not_allowed",
    [REASON_ENDPOINT] = "endpoint_not_allowed",
    [REASON_DEPLOYMENT] = "deployment_not_allowed",
    [REASON_MODEL] = "model_not_allowed",
    [REASON_CATEGORY] = "scope_not_allowed",
    [REASON_RATE] = "rate_limit_exceeded",
    [REASON_SPEND] = "spend_limit_reached",
    [REASON_CREDITS] = "insufficient_credits",
    [REASON_UNAVAILABLE] = "temporarily_unavailable",
};
_Static_assert(COUNT_OF(codes) == REASON_COUNT, "every reason has its code");

const char *
reason_code(enum reason r)
{
    return codes[r];
}

/* Everything one decision works on. */
struct look {
    struct cx *cx;
    const struct call *call;
    struct decision *out;
    struct gate_key gate;
    bool may_begin; /* the transaction of a call that is metered, early */
    bool began;
    uint8_t hash[KEYTEXT_HASH];
};

static enum reason
refuse(struct look *l, enum reason r, const char *fmt, ...)
    PRINTF(3, 4);

static enum reason
refuse(struct look *l, enum reason r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    l->out->message = arena_vfmt(l->cx->arena, fmt, ap);
    va_end(ap);
    return r;
}

/* One text for all: what is wrong with a key is not told to who lacks it. */
static enum reason
refuse_invalid(struct look *l)
{
    return refuse(l, REASON_INVALID_KEY,
        "This API key is not valid. Check that it was copied whole, or ask "
        "for a new one.");
}

static enum reason
refuse_down(struct look *l)
{
    return refuse(l, REASON_UNAVAILABLE,
        "The key cannot be checked right now. Try again in a moment.");
}

/* Fail closed: what a row says whose seal is broken is not believed, also when
 * it would refuse. */
static enum reason
refuse_broken(struct look *l)
{
    l->out->rule = RULE_DISABLED;
    seal_alarm(l->cx, &l->gate.key);
    return refuse(l, REASON_DISABLED_KEY,
        "This API key is suspended: what is stored about it was changed "
        "outside of Keylodge (row seal broken). Ask an admin of its "
        "workspace.");
}

/* Does this stored secret belong to the presented hash? */
static bool
opens(struct look *l, const struct key *k, struct str sealed,
    const uint8_t hash[KEYTEXT_HASH])
{
    struct str plain;
    return seal_open(l->cx->arena, l->cx->secrets, SUBKEY_APIKEY,
               key_seal_ad(l->cx->arena, k), sealed, &plain) &&
        plain.n == KEYTEXT_HASH && mac_equal(plain.p, hash, KEYTEXT_HASH);
}

/* Is the message signed with the signing secret of this stored key text? */
static bool
signs(struct look *l, const struct key *k, struct str sealed,
    const struct signature *s)
{
    static const uint8_t nothing[KEYTEXT_HASH];
    uint8_t mac[MAC_BYTES];
    struct cx *cx = l->cx;
    struct str plain, ad = key_seal_ad(cx->arena, k);
    bool opened = seal_open(cx->arena, cx->secrets, SUBKEY_APIKEY, ad, sealed,
                      &plain) &&
        plain.n == KEYTEXT_HASH;
    if (sealed.n == 0)
        seal_work(cx->arena, cx->secrets, SUBKEY_APIKEY, ad, KEYTEXT_HASH);
    /* the same work for what is unknown, as in look_evenly() */
    mac_raw(signing_secret(cx->arena, cx->secrets, k->uuid,
                opened ? (const uint8_t *)plain.p : nothing),
        s->message, mac);
    return mac_equal(mac, s->mac, MAC_BYTES) && opened;
}

/* What is to be proven. */
struct proof {
    struct look *l;
    const struct signature *s; /* NULL: by the key itself, l->hash */
    bool beside;               /* the work alone, of another's secret */
};

static bool
has_secret(void *with, const struct key *k, const struct key_secret *secret)
{
    const struct proof *p = with;
    bool has = p->s ? signs(p->l, k, secret->sealed, p->s) &&
            k->kind == KEY_MANAGEMENT
                    : opens(p->l, k, secret->sealed, p->l->hash);
    return has && !p->beside;
}

/* What opens nothing, where there are no keys at all. */
static const struct key nobody = {
    .uuid = STR_INIT("00000000-0000-7000-8000-000000000000"),
    .prefix = STR_INIT("00000000") };

/*
 * The work of a known key for an unknown one, and the other way round, so that
 * timing does not tell which prefixes exist (SECURITY.md K9): one look that
 * finds a key, and opens its secrets, and one that does not.  For refusals
 * alone: who has the secret may know.
 */
static enum err_code
look_evenly(struct look *l, struct str prefix, const struct signature *s)
{
    struct cx *cx = l->cx;
    struct proof p = { l, s, true };
    struct gate_key other;
    struct str beside;
    if (store_gate_other(cx->store, prefix, &beside) ||
        store_gate_key(cx->store, l->gate.key.id ? nobody.prefix : beside,
            cx->now_s, has_secret, &p, &other))
        return cx->err.code;
    if (l->gate.n_secrets || other.n_secrets)
        return ERR_OK;
    if (s)
        (void)signs(l, &nobody, STR(""), s);
    else
        seal_work(cx->arena, cx->secrets, SUBKEY_APIKEY,
            key_seal_ad(cx->arena, &nobody), KEYTEXT_HASH);
    return ERR_OK;
}

/* Of the key that was just looked up, and whose secret is proven. */
static enum reason
proven(struct look *l)
{
    l->out->known = true;
    l->out->key = l->gate.key;
    l->out->workspace_uuid = l->gate.workspace_uuid;
    l->out->workspace_slug = l->gate.workspace_slug;
    l->out->secret_id = l->gate.proven->id;
    return REASON_ALLOWED;
}

/* Known and secret right?  REASON_ALLOWED, with the key filled. */
static enum reason
prove(struct look *l, struct str presented)
{
    struct cx *cx = l->cx;
    struct proof p = { .l = l };
    struct str prefix;
    enum keytext_kind kind;
    if (presented.n == 0)
        return refuse(l, REASON_MISSING_KEY,
            "Send an API key: Authorization: Bearer YOUR_API_KEY");
    if (keytext_read(presented, &prefix, &kind))
        keytext_hash(presented, l->hash);
    else if (foreign_find(cx, presented, &prefix, l->hash))
        return refuse_down(l);
    if (!prefix.n)
        return refuse_invalid(l);
    l->began = l->may_begin && hint_metered(cx, l->hash);
    if (l->began && meter_begin(cx))
        return refuse_down(l);
    if (store_gate_key(cx->store, prefix, cx->now_s, has_secret, &p, &l->gate))
        return refuse_down(l);
    int64_t of = l->call->workspace_id;
    if (l->gate.proven && (!of || of == l->gate.key.workspace_id))
        return proven(l);
    return look_evenly(l, prefix, NULL) ? refuse_down(l) : refuse_invalid(l);
}

static enum reason
refuse_signature(struct look *l)
{
    return refuse(l, REASON_INVALID_KEY,
        "This signature is not valid. The credential is the prefix of a "
        "management key; sign with the signing secret that was shown beside "
        "that key.");
}

/* The same as prove(), of a key that is not sent. */
static enum reason
prove_signed(struct look *l, const struct signature *s)
{
    struct cx *cx = l->cx;
    struct proof p = { .l = l, .s = s };
    if (store_gate_key(cx->store, s->credential, cx->now_s, has_secret, &p,
            &l->gate))
        return refuse_down(l);
    if (l->gate.proven)
        return proven(l) == REASON_ALLOWED && l->gate.key.revoked_s
            ? refuse_signature(l)
            : REASON_ALLOWED;
    return look_evenly(l, s->credential, s) ? refuse_down(l)
                                            : refuse_signature(l);
}

/* The reason is written for callers: the form that freezes says so. */
static enum reason
refuse_frozen(struct look *l)
{
    const struct gate_key *g = &l->gate;
    struct arena *a = l->cx->arena;
    struct str ends = g->frozen_until_s
        ? arena_fmt(a, "It goes on by itself on %.*s.",
            STR_ARG(when_long(a, g->frozen_until_s)))
        : STR("Ask one of its owners or admins.");
    return refuse(l, REASON_DISABLED_KEY,
        "The workspace of this API key is frozen: %.*s%s %.*s",
        STR_ARG(g->frozen_why),
        str_ends(g->frozen_why, STR(".")) ? "" : ".", STR_ARG(ends));
}

static enum reason
look_state(struct look *l)
{
    const struct key *k = &l->gate.key;
    if (l->gate.broken)
        return refuse_broken(l);
    l->out->rule = RULE_REVOKED;
    if (k->revoked_s)
        return refuse_invalid(l);
    l->out->rule = RULE_EXPIRY;
    if (k->expires_s && k->expires_s <= l->cx->now_s)
        return refuse(l, REASON_EXPIRED_KEY,
            "This API key expired on %.*s. Ask for a new one.",
            STR_ARG(when_long(l->cx->arena, k->expires_s)));
    l->out->rule = RULE_DISABLED;
    if (k->disabled_s || k->suspended_s)
        return refuse(l, REASON_DISABLED_KEY,
            "This API key is %s. Ask the owner of the key, or an admin of "
            "its workspace.",
            k->suspended_s ? "suspended" : "disabled");
    l->out->rule = RULE_FROZEN;
    if (l->gate.frozen_s && k->kind == KEY_STANDARD)
        return refuse_frozen(l); /* management goes on */
    return REASON_ALLOWED;
}

static enum reason
look_kind(struct look *l)
{
    enum key_kind kind = l->gate.key.kind;
    if (kind == KEY_STANDARD)
        return REASON_ALLOWED;
    return refuse(l, REASON_KEY_KIND,
        "This is %s key. It never calls models: use an API key.",
        kind == KEY_MANAGEMENT ? "a management" : "an admin");
}

static enum reason
look_network(struct look *l)
{
    struct strs nets;
    bool broken;
    const struct key *k = &l->gate.key;
    if (k->access.all_networks)
        return REASON_ALLOWED;
    if (store_gate_networks(l->cx->store, k->id, &nets, &broken))
        return refuse_down(l);
    if (broken)
        return refuse_broken(l);
    if (l->call->address_text.n == 0)
        return refuse(l, REASON_NETWORK,
            "This API key may be used from some networks only, and the call "
            "does not say where it comes from.");
    for (size_t i = 0; i < nets.n; i++) {
        struct cidr c;
        if (cidr_read(nets.items[i], &c) && cidr_holds(&c, &l->call->address))
            return REASON_ALLOWED;
    }
    return refuse(l, REASON_NETWORK,
        "This API key may not be used from %.*s.",
        STR_ARG(l->call->address_text));
}

static enum reason
look_endpoint(struct look *l)
{
    enum listed listed;
    struct key k = l->gate.key;
    if (k.access.all_endpoints)
        return REASON_ALLOWED;
    if (store_gate_endpoint(l->cx->store, k.id, l->call->endpoint, &listed))
        return refuse_down(l);
    if (listed == LISTED_BROKEN)
        return refuse_broken(l);
    if (listed)
        return REASON_ALLOWED;
    if (store_key_access(l->cx->store, &k))
        return refuse_down(l);
    return refuse(l, REASON_ENDPOINT,
        "This API key may not call %.*s. It may call: %.*s.",
        STR_ARG(l->call->endpoint.n ? l->call->endpoint : STR("this path")),
        STR_ARG(trace_some(l->cx->arena, &k.access.endpoints)));
}

static enum reason
look_deployment(struct look *l)
{
    struct str uuid;
    int64_t id = l->gate.key.access.deployment_id;
    if (!id)
        return REASON_ALLOWED;
    if (store_gate_deployment(l->cx->store, id, &uuid))
        return refuse_down(l);
    if (uuid.n && str_eq_nocase(uuid, l->call->deployment))
        return REASON_ALLOWED;
    if (!uuid.n)
        return refuse(l, REASON_DEPLOYMENT,
            "The deployment that this API key is for was removed.");
    return refuse(l, REASON_DEPLOYMENT,
        "This API key is for the deployment %.*s only, and the call %s.",
        STR_ARG(uuid),
        l->call->deployment.n ? "is for another"
                              : "names none (X-Deployment)");
}

/* What an endpoint is about, for calls whose model is not known here. */
static const char *
category_of(struct str endpoint)
{
    static const struct {
        const char *endpoint, *category;
    } map[] = {
        { "/v1/chat/completions", "chat" },
        { "/v1/completions", "chat" },
        { "/v1/messages", "chat" },
        { "/v1/responses", "responses" },
        { "/v1/embeddings", "embeddings" },
        { "/v1/images/generations", "image" },
        { "/v1/images/edits", "image" },
        { "/v1/audio/speech", "speech" },
        { "/v1/audio/transcriptions", "audio" },
        { "/v1/videos", "video" },
        { "/v1/ocr", "ocr" },
    };
    for (size_t i = 0; i < COUNT_OF(map); i++)
        if (str_is(endpoint, map[i].endpoint))
            return map[i].category;
    return "";
}

/* Calls that name no model by nature. */
static bool
takes_no_model(const struct call *call)
{
    return str_is(call->endpoint, "/v1/models") ||
        str_is(call->endpoint, "/v1/key");
}

static enum reason
refuse_model(struct look *l, struct key *k)
{
    if (!l->call->model.n)
        return refuse(l, REASON_MODEL,
            "This API key is limited to some models, and the call names "
            "none. Send its name as X-Model.");
    if (store_key_access(l->cx->store, k))
        return refuse_down(l);
    return refuse(l, REASON_MODEL,
        "This API key may not call the model %.*s. It may call: %.*s.",
        STR_ARG(utf8_clip(l->call->model, 100)),
        STR_ARG(trace_some(l->cx->arena, &k->access.models)));
}

static enum reason
look_model(struct look *l)
{
    struct key k = l->gate.key;
    struct gate_model m = { 0 };
    bool broken;
    const struct key_access *a = &k.access;
    if ((a->all_models && a->all_categories) || takes_no_model(l->call))
        return REASON_ALLOWED;
    if (l->call->model.n &&
        store_gate_model(l->cx->store, &k, l->call->model, &m))
        return refuse_down(l);
    if ((!a->all_models && m.listed == LISTED_BROKEN) ||
        (!a->all_categories && m.category_listed == LISTED_BROKEN))
        return refuse_broken(l);
    if (!a->all_models && !m.listed)
        return refuse_model(l, &k);
    if (a->all_categories || m.category_listed)
        return REASON_ALLOWED;
    if (store_gate_categories(l->cx->store, k.id, &k.access.categories,
            &broken))
        return refuse_down(l);
    if (broken)
        return refuse_broken(l);
    const char *by_path = m.id ? "" : category_of(l->call->endpoint);
    for (size_t i = 0; i < k.access.categories.n; i++)
        if (str_is(k.access.categories.items[i], by_path))
            return REASON_ALLOWED;
    return refuse(l, REASON_CATEGORY,
        "This API key may not make calls of this kind. It may make: %.*s.",
        STR_ARG(trace_some(l->cx->arena, &k.access.categories)));
}

/* "in 12 seconds", "on 21 Nov 2026, 00:00 UTC" */
static struct str
opens_again(struct look *l, const struct metered *m)
{
    struct arena *a = l->cx->arena;
    int64_t s = (m->wait_ms + 999) / 1000;
    if (s <= MINUTE_S * 2)
        return arena_fmt(a, "in %.*s", STR_ARG(count_of(a, s, "second")));
    return arena_fmt(a, "on %.*s",
        STR_ARG(when_long(a, l->cx->now_s + s)));
}

static enum reason
refuse_rate(struct look *l, const struct metered *m)
{
    struct arena *a = l->cx->arena;
    struct str words = limit_words(a, m->refused);
    const char *whose = m->refused->source == LIMIT_RULE_KEY
        ? "this API key"
        : "this workspace";
    if (m->wait_ms < 0)
        return refuse(l, REASON_RATE,
            "The limit of %s is %.*s, and this call asks for more than that. "
            "Ask for fewer tokens, or ask an admin to raise the limit.",
            whose, STR_ARG(words));
    return refuse(l, REASON_RATE,
        "The limit of %s is reached: %.*s. Try again %.*s.", whose,
        STR_ARG(words), STR_ARG(opens_again(l, m)));
}

/* The amounts of a key are its holder's business; those of a workspace are
 * not. */
static enum reason
refuse_money(struct look *l, const struct metered *m)
{
    struct arena *a = l->cx->arena;
    const struct limit *hit = m->refused;
    struct str reset = hit->resets_s
        ? arena_fmt(a, "It resets on %.*s.",
            STR_ARG(when_long(a, hit->resets_s)))
        : STR("It does not reset by itself.");
    if (hit->source == LIMIT_CREDITS)
        return refuse(l, REASON_CREDITS,
            "The workspace of this API key is out of credits for this call. "
            "Ask one of its owners to top up.");
    if (hit->source == LIMIT_RULE_WORKSPACE)
        return refuse(l, REASON_SPEND,
            "The budget of the workspace of this API key is used up. %.*s "
            "Ask one of its admins.", STR_ARG(reset));
    return refuse(l, REASON_SPEND,
        "This API key may spend %.*s, and %.*s of it is spent or reserved by "
        "calls under way: too much for this call. %.*s",
        STR_ARG(limit_words(a, hit)),
        STR_ARG(money_show(a, hit->used + hit->reserved)), STR_ARG(reset));
}

/* The last look: it decides on all limits and reserves on all, or nothing. */
static enum reason
look_limits(struct look *l)
{
    const struct call *call = l->call;
    struct metered *out = &l->out->metered;
    struct metering m = { .key = &l->gate.key,
        .model = call->model,
        .endpoint = call->endpoint,
        .address = call->address_text,
        .input_tokens = call->estimated ? call->input_tokens : -1,
        .output_tokens = call->estimated ? call->output_tokens : -1,
        .at_least = call->at_least,
        .plain = takes_no_model(call) };
    if (!l->gate.metered || call->again) {
        hint_set(l->cx, l->hash, l->gate.metered);
        return REASON_ALLOWED;
    }
    if (meter_call(l->cx, &m, out))
        return refuse_down(l);
    if (out->broken)
        return refuse_broken(l);
    hint_set(l->cx, l->hash, out->reservation.n || out->refused);
    if (!out->refused)
        return REASON_ALLOWED;
    return out->refused->counts == LIMIT_MONEY ? refuse_money(l, out)
                                               : refuse_rate(l, out);
}

/* For the log, and for who counts. */
static void
tell_why(struct cx *cx, enum reason r)
{
    cx->refusal = r == REASON_ALLOWED ? NULL : reason_code(r);
}

/* The store's error is the gate's own matter: it becomes a refusal. */
static void
swallow(struct cx *cx, enum reason reason)
{
    if (reason == REASON_UNAVAILABLE) {
        struct log_line line;
        log_begin(&line, LOG_ERROR, "gate_unavailable");
        log_str(&line, "detail", cx->err.detail);
        log_end(&line);
    }
    err_init(&cx->err, cx->arena);
}

/* Both secrets of a key that rotates are watched, also when the call was
 * refused: it shows who uses which. */
static void
watch(struct look *l, struct str address, struct str agent)
{
    if (l->out->known && l->gate.n_secrets > 1 && !l->call->again)
        touch_secret(l->cx, l->out->secret_id, address, agent);
}

typedef enum reason look_fn(struct look *);

static void
look_all(struct look *l)
{
    static const struct {
        enum rule rule;
        look_fn *look;
    } order[] = { { RULE_REVOKED, look_state }, /* and those up to frozen */
        { RULE_KIND, look_kind },
        { RULE_NETWORK, look_network },
        { RULE_ENDPOINT, look_endpoint },
        { RULE_DEPLOYMENT, look_deployment },
        { RULE_MODEL, look_model },
        { RULE_LIMITS, look_limits } };
    struct decision *out = l->out;
    *out = (struct decision){ 0 };
    out->reason = prove(l, l->call->key);
    for (size_t i = 0; i < COUNT_OF(order) && !out->reason; i++) {
        out->rule = order[i].rule;
        out->reason = order[i].look(l);
    }
    store_tx_abort(l->cx->store); /* if it did not come to meter_call */
}

void
check_call(struct cx *cx, const struct call *call, struct decision *out)
{
    struct look l = { .cx = cx, .call = call, .out = out,
        .may_begin = !call->again };
    look_all(&l);
    /* it is not metered any more: then on what is committed */
    if (l.began && !out->reason && !out->metered.reservation.n) {
        l = (struct look){ .cx = cx, .call = call, .out = out };
        look_all(&l);
    }
    tell_why(cx, out->reason);
    swallow(cx, out->reason);
    watch(&l, call->address_text, call->agent);
    if (out->reason == REASON_ALLOWED)
        touch_key(cx, &out->key, out->secret_id, call->address_text,
            call->endpoint, call->model);
    else if (out->known && out->reason != REASON_UNAVAILABLE &&
        !call->again && !call->unseen)
        tally_refused(cx, call, out);
}

/* What follows once it is known whose key it is, for APIs. */
static void
finish_key(struct look *l)
{
    struct cx *cx = l->cx;
    struct decision *out = l->out;
    if (!out->reason)
        out->reason = look_state(l);
    if (!out->reason)
        out->reason = look_network(l);
    tell_why(cx, out->reason);
    swallow(cx, out->reason);
    watch(l, cx->address, cx->agent);
    if (out->reason == REASON_ALLOWED)
        touch_key(cx, &out->key, out->secret_id, cx->address, STR(""),
            STR(""));
}

void
check_key(struct cx *cx, struct str presented, struct decision *out)
{
    struct call call = { .key = presented,
        .address = cx->peer,
        .address_text = cx->address };
    struct look l = { .cx = cx, .call = &call, .out = out };
    *out = (struct decision){ 0 };
    out->reason = prove(&l, presented);
    finish_key(&l);
}

void
check_signed(struct cx *cx, const struct signature *s, struct decision *out)
{
    struct call call = { .address = cx->peer, .address_text = cx->address };
    struct look l = { .cx = cx, .call = &call, .out = out };
    *out = (struct decision){ 0 };
    out->reason = prove_signed(&l, s);
    finish_key(&l);
}

void
check_proof(struct cx *cx, struct str presented, struct decision *out)
{
    struct call call = { .key = presented };
    struct look l = { .cx = cx, .call = &call, .out = out };
    *out = (struct decision){ 0 };
    out->reason = prove(&l, presented);
    swallow(cx, out->reason);
}
