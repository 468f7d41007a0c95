/* SPDX-License-Identifier: ISC */
#include "core/demo.h"

#include "base/field.h"
#include "core/catalog.h"
#include "core/change.h"
#include "core/key.h"
#include "core/usage.h"
#include "core/workspace.h"
#include "secret/random.h"
#include "store/store_user.h"
#include "store/store_workspace.h"
#include "text/money.h"
#include "text/when.h"

#include <inttypes.h>
#include <stdlib.h>

enum { KEYS_MOST = 100, BEGAN_DAYS = 90, USAGE_DAYS = 60, BATCH = 1000 };

/* ---- what is in it ---- */

enum who { ADA, BRUNO, CHIDI, DANA, EMI, PEOPLE, JOBS = PEOPLE };

static const struct {
    struct str email, name;
    enum role role;
} people[PEOPLE] = {
    [ADA] = { STR_INIT("ada@demo.example"), STR_INIT("Ada Park"),
        ROLE_OWNER },
    [BRUNO] = { STR_INIT("bruno@demo.example"), STR_INIT("Bruno Diaz"),
        ROLE_ADMIN },
    [CHIDI] = { STR_INIT("chidi@demo.example"), STR_INIT("Chidi Okafor"),
        ROLE_MEMBER },
    [DANA] = { STR_INIT("dana@demo.example"), STR_INIT("Dana Levi"),
        ROLE_MEMBER },
    [EMI] = { STR_INIT("emi@demo.example"), STR_INIT("Emi Sato"),
        ROLE_MEMBER },
};

static const struct {
    struct str name, base_url;
} deployments[] = {
    { STR_INIT("Frankfurt"), STR_INIT("https://fra.models.example/v1") },
    { STR_INIT("Virginia"), STR_INIT("https://iad.models.example/v1") },
    { STR_INIT("Lab cluster"), STR_INIT("http://10.20.0.5:8000") },
};
enum { DEPLOYMENTS = COUNT_OF(deployments) };

enum what {
    CHAT_LARGE, CHAT_SMALL, RESPONSES, CODE_LARGE, CODE_SMALL, REASON, EMBED,
    PICTURE, CLIP, VOICE, LISTEN, OCR, MODELS
};

/* Prices in micro-USD per million tokens; `now`: since 30 days, 0: the same.
 * Tokens of one call: at least, and how many more at most. */
static const struct {
    struct str name;
    const char *category, *endpoint;
    int64_t input, output, input_now, output_now;
    unsigned in_least, in_more, out_least, out_more;
    unsigned deployments; /* bit i: served by deployment i */
} models[MODELS] = {
    [CHAT_LARGE] = { STR_INIT("north/chat-large"), "chat",
        "/v1/chat/completions", 3000000, 15000000, 2500000, 12000000, 400,
        9000, 80, 1800, 3 },
    [CHAT_SMALL] = { STR_INIT("north/chat-small"), "chat",
        "/v1/chat/completions", 250000, 1250000, 0, 0, 200, 4000, 40, 900,
        3 },
    [RESPONSES] = { STR_INIT("north/responses-large"), "responses",
        "/v1/responses", 3000000, 15000000, 0, 0, 800, 22000, 150, 3000, 1 },
    [CODE_LARGE] = { STR_INIT("cedar/code-70b"), "chat",
        "/v1/chat/completions", 900000, 900000, 0, 0, 1500, 30000, 100, 2500,
        7 },
    [CODE_SMALL] = { STR_INIT("cedar/code-7b"), "chat",
        "/v1/chat/completions", 100000, 100000, 80000, 80000, 300, 6000, 20,
        600, 4 },
    [REASON] = { STR_INIT("river/reason-1"), "chat", "/v1/chat/completions",
        8000000, 32000000, 0, 0, 900, 12000, 900, 9000, 2 },
    [EMBED] = { STR_INIT("river/embed-3"), "embeddings", "/v1/embeddings",
        130000, 0, 0, 0, 500, 8000, 0, 1, 3 },
    [PICTURE] = { STR_INIT("harbor/picture-2"), "image",
        "/v1/images/generations", 5000000, 40000000, 0, 0, 30, 200, 1000,
        3200, 1 },
    [CLIP] = { STR_INIT("harbor/clip-1"), "video", "/v1/videos", 20000000,
        80000000, 0, 0, 40, 300, 4000, 9000, 2 },
    [VOICE] = { STR_INIT("wren/voice-1"), "speech", "/v1/audio/speech",
        12000000, 0, 0, 0, 60, 900, 0, 1, 1 },
    [LISTEN] = { STR_INIT("wren/listen-2"), "audio",
        "/v1/audio/transcriptions", 6000000, 0, 0, 0, 900, 9000, 0, 1, 1 },
    [OCR] = { STR_INIT("moss/ocr-1"), "ocr", "/v1/ocr", 1000000, 2000000, 0,
        0, 700, 2500, 200, 1400, 4 },
};
enum { PRICES_CHANGED_DAYS = 30 };

enum state { GOES_ON, DISABLED, REVOKED, ROTATED, WAITS };
enum limit { NO_LIMIT, FAR, NEAR, OVER };
enum only { ANY = 0, ONLY_MODELS = 1, ONLY_ENDPOINT = 2, ONLY_NETWORK = 4,
    ONLY_DEPLOYMENT = 8 };

/* created, at: days ago.  calls: on a weekday; 0: never used. */
struct demo_key {
    struct str name;
    enum key_kind kind;
    enum who owner;
    int created;
    enum key_expiry expiry;
    unsigned calls;
    enum what model, other;
    enum state state;
    int at;
    enum limit limit;
    enum spend_reset reset;
    unsigned only;
};

#define K(name) STR_INIT(name), KEY_STANDARD
static const struct demo_key keys[] = {
    { K("Production API"), JOBS, 88, KEY_EXPIRY_365, 16, CHAT_LARGE,
        CHAT_SMALL, GOES_ON, 0, NEAR, SPEND_MONTH, ONLY_NETWORK },
    { K("Production search"), JOBS, 88, KEY_EXPIRY_365, 12, EMBED, CHAT_SMALL,
        GOES_ON, 0, FAR, SPEND_MONTH, ONLY_MODELS },
    { K("Staging API"), JOBS, 87, KEY_EXPIRY_365, 4, CHAT_SMALL, CHAT_LARGE,
        ROTATED, 1, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Support assistant"), BRUNO, 86, KEY_EXPIRY_NONE, 9, CHAT_LARGE,
        RESPONSES, GOES_ON, 0, NEAR, SPEND_NO_RESET, ANY },
    { K("Old website"), ADA, 86, KEY_EXPIRY_NONE, 5, CHAT_SMALL, CHAT_SMALL,
        REVOKED, 21, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Nightly report"), JOBS, 85, KEY_EXPIRY_90, 3, RESPONSES, CHAT_LARGE,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Chidi's laptop"), CHIDI, 84, KEY_EXPIRY_365, 4, CODE_LARGE,
        CODE_SMALL, GOES_ON, 0, FAR, SPEND_WEEK, ANY },
    { K("Dana's laptop"), DANA, 84, KEY_EXPIRY_90, 5, CODE_LARGE, CHAT_SMALL,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Emi's notebook"), EMI, 83, KEY_EXPIRY_365, 3, REASON, EMBED, GOES_ON,
        0, OVER, SPEND_NO_RESET, ANY },
    { K("Code review"), BRUNO, 80, KEY_EXPIRY_365, 6, CODE_LARGE, REASON,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ONLY_MODELS },
    { K("Summer campaign"), DANA, 78, KEY_EXPIRY_30, 4, PICTURE, CHAT_SMALL,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Import of 2019 files"), CHIDI, 76, KEY_EXPIRY_30, 6, OCR, EMBED,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Phone app beta"), EMI, 70, KEY_EXPIRY_365, 5, CHAT_SMALL, VOICE,
        DISABLED, 6, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Phone app"), EMI, 66, KEY_EXPIRY_365, 8, CHAT_SMALL, VOICE, GOES_ON,
        0, FAR, SPEND_MONTH, ANY },
    { K("Meeting notes"), ADA, 65, KEY_EXPIRY_NONE, 4, LISTEN, CHAT_LARGE,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Invoice reader"), JOBS, 62, KEY_EXPIRY_365, 5, OCR, CHAT_SMALL,
        GOES_ON, 0, NEAR, SPEND_NO_RESET, ONLY_ENDPOINT },
    { K("Picture service"), BRUNO, 60, KEY_EXPIRY_365, 3, PICTURE, PICTURE,
        GOES_ON, 0, OVER, SPEND_MONTH, ONLY_MODELS },
    { K("Video tests"), DANA, 58, KEY_EXPIRY_365, 1, CLIP, PICTURE, DISABLED,
        15, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Lab playground"), CHIDI, 55, KEY_EXPIRY_365, 4, CODE_SMALL,
        CODE_LARGE, GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ONLY_DEPLOYMENT },
    { K("Partner: Harbour Inc."), BRUNO, 52, KEY_EXPIRY_365, 6, CHAT_LARGE,
        EMBED, GOES_ON, 0, FAR, SPEND_MONTH, ONLY_NETWORK },
    { K("Partner: Olive Ltd."), BRUNO, 50, KEY_EXPIRY_365, 3, CHAT_SMALL,
        EMBED, REVOKED, 9, NO_LIMIT, SPEND_NO_RESET, ONLY_NETWORK },
    { K("Translation"), DANA, 48, KEY_EXPIRY_365, 5, CHAT_SMALL, CHAT_LARGE,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Call centre"), BRUNO, 45, KEY_EXPIRY_365, 6, LISTEN, RESPONSES,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Data science"), EMI, 42, KEY_EXPIRY_365, 3, REASON, CODE_LARGE,
        GOES_ON, 0, FAR, SPEND_WEEK, ANY },
    { K("Workshop October"), CHIDI, 40, KEY_EXPIRY_30, 5, CHAT_SMALL,
        CODE_SMALL, GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Mail sorter"), JOBS, 36, KEY_EXPIRY_365, 6, CHAT_SMALL, EMBED,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Docs search"), DANA, 33, KEY_EXPIRY_365, 4, EMBED, CHAT_SMALL,
        ROTATED, 2, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Spare key"), ADA, 30, KEY_EXPIRY_NONE, 0, CHAT_SMALL, CHAT_SMALL,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Trial of reason-1"), EMI, 28, KEY_EXPIRY_30, 2, REASON, REASON,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ONLY_MODELS },
    { K("Hackathon"), CHIDI, 26, KEY_EXPIRY_30, 4, CODE_SMALL, CHAT_SMALL,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Voice menu"), BRUNO, 20, KEY_EXPIRY_365, 4, VOICE, CHAT_SMALL,
        GOES_ON, 0, NO_LIMIT, SPEND_NO_RESET, ONLY_ENDPOINT },
    { K("Copied by mistake"), DANA, 14, KEY_EXPIRY_90, 2, CHAT_LARGE,
        CHAT_LARGE, REVOKED, 13, NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("New website"), ADA, 10, KEY_EXPIRY_365, 7, CHAT_SMALL, CHAT_LARGE,
        GOES_ON, 0, FAR, SPEND_DAY, ANY },
    { K("Emi's tablet"), EMI, 2, KEY_EXPIRY_90, 0, CHAT_SMALL, CHAT_SMALL,
        WAITS, 2, NO_LIMIT, SPEND_NO_RESET, ANY },
#undef K
#define K(name) STR_INIT(name), KEY_MANAGEMENT
    { K("Provisioning"), ADA, 82, KEY_EXPIRY_365, 0, 0, 0, GOES_ON, 0,
        NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Old deploy script"), BRUNO, 81, KEY_EXPIRY_30, 0, 0, 0, GOES_ON, 0,
        NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Usage export"), BRUNO, 44, KEY_EXPIRY_365, 0, 0, 0, GOES_ON, 0,
        NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Test of the API"), ADA, 18, KEY_EXPIRY_90, 0, 0, 0, REVOKED, 17,
        NO_LIMIT, SPEND_NO_RESET, ANY },
#undef K
#define K(name) STR_INIT(name), KEY_ADMIN
    { K("Budget guard"), ADA, 72, KEY_EXPIRY_365, 0, 0, 0, GOES_ON, 0,
        NO_LIMIT, SPEND_NO_RESET, ANY },
    { K("Limits from Terraform"), BRUNO, 38, KEY_EXPIRY_365, 0, 0, 0,
        DISABLED, 11, NO_LIMIT, SPEND_NO_RESET, ANY },
#undef K
};
enum { KEYS = COUNT_OF(keys) };
_Static_assert(KEYS == 40, "as the manual says");

/* ---- making it ---- */

struct demo {
    struct cx *cx;
    int64_t now_s; /* the real one; cx->now_s moves through the past */
    struct user users[PEOPLE];
    struct service_account jobs;
    struct str deployment_uuids[DEPLOYMENTS];
    struct str model_uuids[MODELS];
    struct key made[KEYS];
    int64_t ended[KEYS]; /* first second without good calls */
    uint64_t random;
    int n_events;
};

/* A working morning, some days ago. */
static int64_t
morning(const struct demo *d, int days, int64_t minutes)
{
    return when_day_start(d->now_s) - days * (int64_t)DAY_S + 9 * HOUR_S +
        minutes * MINUTE_S;
}

/* Go on as one of the people, at a time. */
static void
act_as(struct demo *d, enum who who, int64_t at_s)
{
    if (who == JOBS)
        who = BRUNO;
    d->cx->actor =
        (struct actor){ .kind = ACTOR_USER, .user = d->users[who] };
    d->cx->ws.role = people[who].role;
    d->cx->now_s = at_s;
}

static enum err_code
make_person(struct demo *d, enum who who)
{
    struct cx *cx = d->cx;
    struct user *u = &d->users[who];
    if (store_user_by_email(cx->store, people[who].email, u) || u->id)
        return cx->err.code; /* left over from a demo that was deleted */
    *u = (struct user){ .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .email = people[who].email,
        .name = people[who].name,
        .epoch = 1 };
    return store_user_insert(cx->store, u, cx->now_s);
}

/* Workspace, people and the service account, as one change. */
static enum err_code
make_workspace(struct demo *d)
{
    struct cx *cx = d->cx;
    bool taken;
    struct workspace w = { .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .slug = STR("demo"),
        .name = STR("Demo workspace"),
        .demo = true,
        .key_max = KEYS_MOST };
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (store_workspace_slug_taken(cx->store, w.slug, &taken))
        return change_abort(cx);
    if (taken)
        ERR(&cx->err, ERR_CONFLICT,
            "Another workspace has the address \"demo\".");
    if (taken || store_workspace_insert(cx->store, &w, cx->now_s))
        return change_abort(cx);
    for (enum who i = 0; i < PEOPLE; i++)
        if (make_person(d, i) ||
            store_member_insert(cx->store, w.id, d->users[i].id,
                people[i].role, cx->now_s))
            return change_abort(cx);
    d->jobs = (struct service_account){
        .uuid = random_uuid(cx->arena, cx->now_s * 1000),
        .name = STR("Nightly jobs"),
    };
    if (store_service_insert(cx->store, w.id, d->users[BRUNO].id, &d->jobs,
            cx->now_s))
        return change_abort(cx);
    cx->ws = w;
    struct audit_event event = { "workspace.create", "workspace", w.slug,
        w.name, NULL };
    if (change_commit(cx, &event))
        return cx->err.code;
    return workspace_enter_id(cx, w.id);
}

static enum err_code
make_deployments(struct demo *d)
{
    for (size_t i = 0; i < DEPLOYMENTS; i++) {
        struct deployment made;
        struct deployment_in in = { .name = deployments[i].name,
            .base_url = deployments[i].base_url };
        if (deployment_add(d->cx, &in, &made))
            return d->cx->err.code;
        d->deployment_uuids[i] = made.uuid;
    }
    return ERR_OK;
}

static struct model_in
model_form(struct demo *d, size_t i, bool now)
{
    struct model_in in = { .name = models[i].name,
        .category = str_cstr(models[i].category),
        .input_price = now ? models[i].input_now : models[i].input,
        .output_price = now ? models[i].output_now : models[i].output };
    in.deployments.items =
        arena_array(d->cx->arena, DEPLOYMENTS, sizeof(struct str));
    for (size_t k = 0; k < DEPLOYMENTS; k++)
        if (models[i].deployments >> k & 1)
            in.deployments.items[in.deployments.n++] =
                d->deployment_uuids[k];
    return in;
}

static enum err_code
make_models(struct demo *d)
{
    for (size_t i = 0; i < MODELS; i++) {
        struct ai_model made;
        struct model_in in = model_form(d, i, false);
        if (model_add(d->cx, &in, &made))
            return d->cx->err.code;
        d->model_uuids[i] = made.uuid;
    }
    return ERR_OK;
}

static enum err_code
change_price(struct demo *d, size_t i)
{
    struct ai_model now_is;
    struct model_in in = model_form(d, i, true);
    in.version = 1;
    return model_edit(d->cx, d->model_uuids[i], &in, &now_is);
}

static void
put(struct key_in *in, const char *name)
{
    int i = field_index(key_fields, str_cstr(name));
    must(i >= 0);
    in->set.present |= UINT64_C(1) << i;
}

static struct strs
list_of(struct demo *d, struct str first, struct str second)
{
    struct strs l = { arena_array(d->cx->arena, 2, sizeof(struct str)), 1 };
    l.items[0] = first;
    if (!str_eq(first, second))
        l.items[l.n++] = second;
    return l;
}

/* The form of a key, as its owner would fill it in. */
static struct key_in
key_form(struct demo *d, const struct demo_key *k)
{
    struct arena *a = d->cx->arena;
    struct key_in in = { .name = k->name, .expiry = (int)k->expiry,
        .spend_reset = (int)k->reset,
        .claim = k->state == WAITS ? KEY_CLAIM_WEEK : KEY_CLAIM_NONE };
    in.owner = k->owner == JOBS
        ? arena_fmt(a, "service:%.*s", STR_ARG(d->jobs.uuid))
        : arena_fmt(a, "user:%.*s", STR_ARG(d->users[k->owner].uuid));
    put(&in, "owner");
    if (k->limit != NO_LIMIT) {
        in.spend_limit = INT64_C(500) * MICRO;
        put(&in, "spend_limit");
        put(&in, "spend_reset");
    }
    if (k->only & ONLY_MODELS) {
        in.model_scope = 1;
        in.models = list_of(d, d->model_uuids[k->model],
            d->model_uuids[k->other]);
    }
    if (k->only & ONLY_ENDPOINT) {
        in.endpoint_scope = 1;
        in.endpoints = list_of(d, str_cstr(models[k->model].endpoint),
            str_cstr(models[k->other].endpoint));
    }
    if (k->only & ONLY_NETWORK) {
        in.network_scope = 1;
        in.networks = list_of(d, STR("198.51.100.0/24"),
            STR("203.0.113.0/24"));
    }
    if (k->only & ONLY_DEPLOYMENT) {
        in.deployment = d->deployment_uuids[DEPLOYMENTS - 1];
        put(&in, "deployment");
    }
    return in;
}

static enum err_code
make_key(struct demo *d, size_t i)
{
    struct str text;
    struct key_in in = key_form(d, &keys[i]);
    if (key_create(d->cx, keys[i].kind, &in, &text, &d->made[i]))
        return d->cx->err.code;
    d->ended[i] = d->made[i].expires_s ? d->made[i].expires_s : INT64_MAX;
    return ERR_OK;
}

static enum err_code
change_state(struct demo *d, size_t i)
{
    struct cx *cx = d->cx;
    struct key k;
    struct str text, prefix = d->made[i].prefix;
    struct rotate_in in = { .overlap = KEY_OVERLAP_WEEK };
    switch (keys[i].state) {
    case DISABLED:
        d->ended[i] = cx->now_s;
        return key_disable(cx, prefix, &k);
    case REVOKED:
        d->ended[i] = cx->now_s;
        return key_revoke(cx, prefix, false, STR(""), &k);
    case ROTATED:
        return key_rotate(cx, prefix, &in, &text, &k);
    case GOES_ON:
    case WAITS:
        break;
    }
    return ERR_OK;
}

/* What happens to keys and prices, in the order of time, so that the audit log
 * reads like one that grew. */
struct event {
    int64_t at_s;
    size_t i;
    enum who who;
    enum err_code (*fn)(struct demo *d, size_t i);
};

static int
event_order(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    return (x->at_s > y->at_s) - (x->at_s < y->at_s);
}

static enum err_code
make_history(struct demo *d)
{
    struct event all[2 * KEYS + MODELS];
    size_t n = 0;
    for (size_t i = 0; i < KEYS; i++) {
        all[n++] = (struct event){
            morning(d, keys[i].created, (int64_t)i * 7), i, keys[i].owner,
            make_key };
        if (keys[i].state != GOES_ON) /* members may not revoke */
            all[n++] = (struct event){
                morning(d, keys[i].at, 300 + (int64_t)i), i,
                keys[i].owner == ADA ? ADA : BRUNO, change_state };
    }
    for (size_t i = 0; i < MODELS; i++)
        if (models[i].input_now)
            all[n++] = (struct event){
                morning(d, PRICES_CHANGED_DAYS, (int64_t)i), i, BRUNO,
                change_price };
    qsort(all, n, sizeof *all, event_order);
    for (size_t i = 0; i < n; i++) {
        act_as(d, all[i].who, all[i].at_s);
        if (all[i].fn(d, all[i].i))
            return d->cx->err.code;
    }
    return ERR_OK;
}

/* ---- calls ---- */

/* Numbers that are the same in every run (Knuth's MMIX generator). */
static unsigned
draw(struct demo *d, unsigned below)
{
    d->random = d->random * UINT64_C(6364136223846793005) +
        UINT64_C(1442695040888963407);
    return (unsigned)(d->random >> 33) % below;
}

static void
draw_outcome(struct demo *d, bool refused, struct usage_event *e)
{
    unsigned dice = draw(d, 100);
    e->outcome = dice < 3 ? USAGE_FAILED : USAGE_SUCCEEDED;
    if (refused || dice == 99) {
        e->outcome = USAGE_REFUSED;
        e->reason = refused ? STR("disabled_api_key")
                            : STR("model_not_allowed");
        e->input_tokens = e->output_tokens = 0;
    }
    if (e->outcome == USAGE_FAILED)
        e->output_tokens = 0;
}

static enum err_code
make_call(struct demo *d, size_t i, int64_t at_s, bool refused)
{
    struct cx *cx = d->cx;
    bool fresh;
    enum what m = draw(d, 4) ? keys[i].model : keys[i].other;
    struct usage_event e = { .key_id = d->made[i].id,
        .event_id = arena_fmt(cx->arena, "demo-%d", d->n_events),
        .at_ms = at_s * 1000 + draw(d, 1000),
        .model = models[m].name,
        .endpoint = str_cstr(models[m].endpoint),
        .input_tokens = models[m].in_least + draw(d, models[m].in_more),
        .output_tokens = models[m].out_least + draw(d, models[m].out_more),
        .took_ms = 200 + draw(d, 6000),
        .address =
            arena_fmt(cx->arena, "203.0.113.%u", 10 + (unsigned)i) };
    draw_outcome(d, refused, &e);
    if (d->n_events % BATCH == BATCH - 1 &&
        (change_commit(cx, AUDIT_NONE) || CHANGE_BEGIN(cx)))
        return cx->err.code;
    d->n_events++;
    if (e.outcome == USAGE_SUCCEEDED) {
        d->made[i].used_s = at_s;
        d->made[i].used_model = e.model;
        d->made[i].used_endpoint = e.endpoint;
        d->made[i].used_address = e.address;
    }
    return usage_add(cx, &e, &fresh);
}

/* One key on one day: few calls at weekends, some more each week; a disabled
 * key is tried for two days more. */
static enum err_code
make_day(struct demo *d, size_t i, int64_t day_s)
{
    enum { TRIED_S = 2 * DAY_S, LIGHT = 16 * HOUR_S };
    bool weekend = (day_s / DAY_S + 3) % 7 >= 5;
    unsigned calls = keys[i].calls;
    if (calls == 0)
        return ERR_OK;
    calls = weekend ? (calls + 3) / 4 : calls;
    calls = calls / 2 + draw(d, calls + 1);
    for (unsigned n = 0; n < calls; n++) {
        int64_t at_s = day_s + 6 * HOUR_S + draw(d, LIGHT);
        bool refused = at_s >= d->ended[i];
        if (at_s <= d->made[i].created_s || at_s >= d->now_s ||
            (refused && (keys[i].state != DISABLED ||
                at_s > d->ended[i] + TRIED_S)))
            continue;
        if (make_call(d, i, at_s, refused))
            return d->cx->err.code;
    }
    return ERR_OK;
}

static enum err_code
make_usage(struct demo *d)
{
    struct cx *cx = d->cx;
    int64_t today = when_day_start(d->now_s);
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    for (int day = USAGE_DAYS - 1; day >= 0; day--)
        for (size_t i = 0; i < KEYS; i++)
            if (make_day(d, i, today - day * (int64_t)DAY_S))
                return change_abort(cx);
    for (size_t i = 0; i < KEYS; i++) {
        const struct key *k = &d->made[i];
        struct key_secret *secrets;
        size_t n;
        if (!k->used_s)
            continue;
        if (store_secret_list(cx->store, k->id, &secrets, &n))
            return change_abort(cx);
        must(n > 0);
        if (store_key_used(cx->store, k->id, secrets[n - 1].id,
                k->used_s - k->used_s % MINUTE_S, k->used_address,
                k->used_endpoint, k->used_model))
            return change_abort(cx);
    }
    return change_commit(cx, AUDIT_NONE);
}

/* Limits that are nearly or wholly used up by what was spent. */
static enum err_code
set_limit(struct demo *d, size_t i)
{
    struct key k, now_is;
    if (keys[i].limit != NEAR && keys[i].limit != OVER)
        return ERR_OK;
    act_as(d, keys[i].owner, d->now_s);
    if (key_get(d->cx, d->made[i].prefix, &k))
        return d->cx->err.code;
    struct key_in in = key_form(d, &keys[i]);
    in.version = k.version;
    in.expiry = k.expires_s ? KEY_EXPIRY_DATE : KEY_EXPIRY_NONE;
    in.expires_on = k.expires_s;
    put(&in, "expires_on");
    in.spend_limit = keys[i].limit == OVER ? k.spent : k.spent * 100 / 91;
    if (in.spend_limit < MICRO / 10) /* a period that has only just begun */
        in.spend_limit = MICRO / 10;
    return key_edit(d->cx, k.prefix, &in, &now_is);
}

static enum err_code
make_all(struct demo *d)
{
    d->cx->now_s = morning(d, BEGAN_DAYS, 0);
    if (make_workspace(d))
        return d->cx->err.code;
    act_as(d, BRUNO, morning(d, BEGAN_DAYS, 10));
    if (make_deployments(d) || make_models(d) || make_history(d) ||
        make_usage(d))
        return d->cx->err.code;
    for (size_t i = 0; i < KEYS; i++)
        if (set_limit(d, i))
            return d->cx->err.code;
    return ERR_OK;
}

enum err_code
demo_join(struct cx *cx, const struct user *u)
{
    int64_t id;
    struct workspace w;
    if (store_workspace_demo_id(cx->store, STR("demo"), &id) || !id ||
        store_workspace_by_id(cx->store, id, u->id, &w) ||
        w.role != ROLE_NONE)
        return cx->err.code;
    return store_member_insert(cx->store, id, u->id, ROLE_OWNER, cx->now_s);
}

static enum err_code
add_owner(struct cx *cx, const struct user *owner)
{
    if (CHANGE_BEGIN(cx))
        return cx->err.code;
    if (demo_join(cx, owner))
        return change_abort(cx);
    return change_commit(cx, AUDIT_NONE);
}

enum err_code
demo_fill(struct cx *cx, const struct user *owner, bool *made)
{
    int64_t id;
    *made = false;
    if (cx->actor.kind != ACTOR_SHELL)
        return ERR(&cx->err, ERR_FORBIDDEN, "Only the shell does this.");
    if (store_workspace_demo_id(cx->store, STR("demo"), &id))
        return cx->err.code;
    if (!id) {
        struct demo *d = ARENA_NEW(cx->arena, struct demo);
        struct actor actor = cx->actor;
        struct workspace ws = cx->ws;
        d->cx = cx;
        d->now_s = cx->now_s;
        d->random = 20260101;
        *made = !make_all(d);
        cx->actor = actor;
        cx->ws = ws;
        cx->now_s = d->now_s;
    }
    return owner && !cx->err.code ? add_owner(cx, owner) : cx->err.code;
}
