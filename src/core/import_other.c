/* SPDX-License-Identifier: ISC */
/* Keys of One API and New API. */
#include "core/import_other.h"

#include "core/catalog.h"
#include "core/import_list.h"
#include "core/import_row.h"
#include "core/seen.h"
#include "store/other_db.h"
#include "store/store_team.h"
#include "text/ip.h"
#include "text/money.h"
#include "text/utf8.h"

#include <inttypes.h>

static const char *const names[] = { [OTHER_ONE_API] = "one-api",
    [OTHER_NEW_API] = "new-api", [OTHER_SHA256] = "sha256" };
_Static_assert(COUNT_OF(names) == OTHER_COUNT, "formats");

/* As both products number them. */
enum { TOKEN_ON = 1, TOKEN_OFF, TOKEN_EXPIRED, TOKEN_USED_UP };
enum { USER_ON = 1, QUOTA_UNIT = 500000 };

const char *
other_format_name(enum other_format f)
{
    return names[f];
}

bool
other_format_read(struct str s, enum other_format *out)
{
    for (int i = 0; i < OTHER_COUNT; i++)
        if (str_is(s, names[i])) {
            *out = (enum other_format)i;
            return true;
        }
    return false;
}

/* ---- is it a file of the format? ---- */

/* Without one of these a key would come out with more than it had. */
static const struct needed {
    enum other_rows rows;
    const char *table, *column;
} needed[] = {
    { OTHER_TOKENS, "tokens", "id" },
    { OTHER_TOKENS, "tokens", "user_id" },
    { OTHER_TOKENS, "tokens", "key" },
    { OTHER_TOKENS, "tokens", "status" },
    { OTHER_TOKENS, "tokens", "expired_time" },
    { OTHER_TOKENS, "tokens", "remain_quota" },
    { OTHER_TOKENS, "tokens", "unlimited_quota" },
    { OTHER_USER, "users", "id" },
    { OTHER_USER, "users", "status" },
};

static bool
has_one_of(const struct other_db *db, const char *const *columns)
{
    while (*columns && !other_db_has(db, OTHER_TOKENS, *columns))
        columns++;
    return *columns != NULL;
}

/* New API was One API once: a database that moved on has the columns of both,
 * and the old ones bind nothing.  Older versions of either have none. */
static enum other_format
product_of(const struct other_source *of)
{
    static const char *const of_new[] = { "model_limits",
        "model_limits_enabled", "allow_ips", NULL };
    static const char *const of_one[] = { "models", "subnet", NULL };
    if (has_one_of(of->db, of_new))
        return OTHER_NEW_API;
    return has_one_of(of->db, of_one) ? OTHER_ONE_API : of->format;
}

static enum err_code
check_columns(struct cx *cx, const struct other_source *of)
{
    enum other_format is = product_of(of);
    for (size_t i = 0; i < COUNT_OF(needed); i++)
        if (!other_db_has(of->db, needed[i].rows, needed[i].column))
            return ERR(&cx->err, ERR_INVALID, "%s is no database of One API "
                "or New API that can be read: its table %s has no column %s.",
                of->path, needed[i].table, needed[i].column);
    if (is == of->format)
        return ERR_OK;
    return ERR(&cx->err, ERR_INVALID, "%s is of %s: --format %s. Read as the "
        "other one, keys would lose their lists of models and networks, and "
        "could do everything.", of->path,
        is == OTHER_NEW_API ? "New API" : "One API", names[is]);
}

enum err_code
other_open(struct cx *cx, struct other_source *of)
{
    if (of->format == OTHER_SHA256)
        return ERR_OK;
    if (other_db_open(of->path, &of->db, &cx->err))
        return cx->err.code;
    if (check_columns(cx, of))
        other_close(of);
    return cx->err.code;
}

void
other_close(struct other_source *of)
{
    other_db_close(of->db);
    of->db = NULL;
}

/* ---- a row ---- */

/* What is read of tokens and users. */
struct token {
    struct import *im;
    const struct other_source *of;
    int64_t unit;          /* of quota in a USD */
    int64_t id, user_id, status, created, accessed, expires, remain;
    bool unlimited;
    struct str text, name, models, networks, group;
    bool some_models;
    bool user_off, user_gone;
    struct import_key key;
};

static int64_t
number(const struct token *t, const char *column, int64_t missing)
{
    return other_db_int(t->of->db, OTHER_TOKENS, column, missing);
}

static struct str
text(const struct token *t, const char *column)
{
    return str_trim(other_db_text(t->im->a, t->of->db, OTHER_TOKENS,
        column));
}

static void
read_token(struct token *t)
{
    bool is_new = t->of->format == OTHER_NEW_API;
    t->id = number(t, "id", 0);
    t->user_id = number(t, "user_id", 0);
    t->status = number(t, "status", TOKEN_ON);
    t->created = number(t, "created_time", 0);
    t->accessed = number(t, "accessed_time", 0);
    t->expires = number(t, "expired_time", -1);
    t->remain = number(t, "remain_quota", 0);
    t->unlimited = number(t, "unlimited_quota", 0) != 0;
    t->text = text(t, "key");
    t->name = text(t, "name");
    t->group = text(t, "group");
    t->networks = text(t, is_new ? "allow_ips" : "subnet");
    t->models = text(t, is_new ? "model_limits" : "models");
    t->some_models = t->models.n > 0;
    if (is_new)
        t->some_models =
            number(t, "model_limits_enabled", t->some_models) != 0;
    if (str_starts(t->text, STR("sk-")))
        t->text = str_from(t->text, 3);
}

void
import_mark(struct port_key *p, const char *name)
{
    p->set.present |= (uint64_t)1
        << field_index(port_key_fields, str_cstr(name));
}

/* An id that is the same each time: a walk that was cut off finds what it has
 * made. */
static struct str
made_id(const struct import *im, const char *what, struct str name)
{
    uint8_t sum[DIGEST_BYTES];
    struct str parts[] = { STR("import"), str_cstr(what), im->ws.uuid, name };
    digest(parts, COUNT_OF(parts), sum);
    sum[6] = (uint8_t)((sum[6] & 15) | 0x80); /* version 8: of our own */
    sum[8] = (uint8_t)((sum[8] & 63) | 0x80);
    return arena_fmt(im->a, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
        "%02x%02x%02x%02x%02x%02x", sum[0], sum[1], sum[2], sum[3], sum[4],
        sum[5], sum[6], sum[7], sum[8], sum[9], sum[10], sum[11], sum[12],
        sum[13], sum[14], sum[15]);
}

/* ---- owner ---- */

enum err_code
import_service_called(struct import *im, struct str name, struct str *owner)
{
    int64_t id;
    struct str uuid;
    if (store_port_find_service_name(im->cx->store, im->ws.id, name, &id,
            &uuid))
        return im->cx->err.code;
    if (!id)
        uuid = made_id(im, "service", name);
    *owner = arena_fmt(im->a, "service:%.*s", STR_ARG(uuid));
    if (id || seen_has(im->seen, "service", im->ws.uuid, uuid))
        return ERR_OK;
    struct port_service s = { .uuid = uuid, .name = name,
        .created = im->cx->now_s };
    return import_service(im, &s);
}

/* Of a sum of units; what is more than can be counted is no limit. */
static int64_t
micro_of(int64_t units, int64_t unit)
{
    if (units <= 0)
        return 0;
    int64_t whole = units / unit;
    return whole > KEY_SPEND_MOST / MICRO - 1
        ? KEY_SPEND_MOST
        : whole * MICRO + units % unit * MICRO / unit;
}

/* What the user has left there is of the user, not of one key. */
static void
note_quota(const struct token *t, struct str name)
{
    struct import *im = t->im;
    int64_t left = micro_of(
        other_db_int(t->of->db, OTHER_USER, "quota", 0), t->unit);
    if (left && seen_add(im->seen, "user there", STR(""), name))
        import_note(im, "user %.*s has %s%.*s of quota left there: that is "
            "not carried over, set a budget or credits", STR_ARG(name),
            left < KEY_SPEND_MOST ? "" : "more than ",
            STR_ARG(money_show(im->a, left)));
}

static enum err_code
find_owner(struct token *t)
{
    struct import *im = t->im;
    struct other_db *db = t->of->db;
    bool more, is = false;
    other_db_ask(db, OTHER_USER, t->user_id);
    if (other_db_row(db, OTHER_USER, &more, &im->cx->err))
        return im->cx->err.code;
    struct str email = str_lower(im->a,
        str_trim(other_db_text(im->a, db, OTHER_USER, "email")));
    struct str name = utf8_clip(str_trim(other_db_text(im->a, db, OTHER_USER,
        "username")), 60);
    t->user_gone = !more;
    t->user_off = more &&
        (other_db_int(db, OTHER_USER, "status", USER_ON) != USER_ON ||
            other_db_text(im->a, db, OTHER_USER, "deleted_at").n > 0);
    if (!name.n || !utf8_plain(name, false))
        name = arena_fmt(im->a, "user %" PRId64, t->user_id);
    note_quota(t, name);
    if (email.n && store_member_is(im->cx->store, im->ws.id, email, &is))
        return im->cx->err.code;
    if (!is)
        return import_service_called(im, name, &t->key.key.owner);
    t->key.key.owner = arena_fmt(im->a, "user:%.*s", STR_ARG(email));
    return ERR_OK;
}

/* ---- what it may call ---- */

static bool
has(struct str s, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= s.n; i++)
        if (memcmp(s.p + i, part, n) == 0)
            return true;
    return false;
}

/* A guess that the owner mends: the products do not say it. */
static const char *
category_of(struct str name)
{
    static const struct {
        const char *part, *category;
    } parts[] = { { "embed", "embeddings" }, { "dall-e", "image" },
        { "image", "image" }, { "whisper", "audio" }, { "tts", "speech" },
        { "ocr", "ocr" }, { "video", "video" } };
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (has(name, parts[i].part))
            return parts[i].category;
    return "chat";
}

static enum err_code
need_model(struct import *im, struct str name)
{
    int64_t id;
    struct str uuid;
    bool known;
    if (import_model_known(im, name, &id, &uuid, &known) || known)
        return im->cx->err.code;
    struct port_model m = { .uuid = made_id(im, "model", name), .name = name,
        .category = str_cstr(category_of(name)), .created = im->cx->now_s };
    import_note(im, "model %.*s is made, as %.*s and without a price",
        STR_ARG(name), STR_ARG(m.category));
    return import_model(im, &m, NULL, 0);
}

static bool
is_listed(const struct strs *list, struct str s)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->items[i], s))
            return true;
    return false;
}

/* Names with commas between them. */
static enum err_code
read_models(struct token *t)
{
    struct import *im = t->im;
    struct strs *to = &t->key.key.models;
    struct str rest = t->models, name;
    if (!t->some_models)
        return ERR_OK;
    import_mark(&t->key.key, "models");
    to->items = arena_array(im->a, KEY_LIST_MOST, sizeof *to->items);
    while (rest.n) {
        (void)str_cut(rest, ',', &name, &rest);
        name = str_trim(name);
        if (!name.n || is_listed(to, name))
            continue;
        if (!model_name_fits(name) || name.n > CATALOG_NAME_MAX ||
            to->n == KEY_LIST_MOST) {
            import_note(im, "key %.*s: the model %.*s cannot be carried "
                "over; the key may not call it", STR_ARG(t->name),
                STR_ARG(utf8_clip(name, 60)));
            continue;
        }
        if (need_model(im, name))
            return im->cx->err.code;
        to->items[to->n++] = name;
    }
    return ERR_OK;
}

/* Networks with commas, blanks or ends of lines between them. */
static void
read_networks(struct token *t)
{
    struct import *im = t->im;
    struct strs *to = &t->key.key.networks;
    struct cidr c;
    size_t at = 0;
    if (!t->networks.n)
        return;
    import_mark(&t->key.key, "networks");
    to->items = arena_array(im->a, KEY_LIST_MOST, sizeof *to->items);
    while (at < t->networks.n) {
        size_t from = at;
        while (at < t->networks.n && !strchr(", \t\r\n", t->networks.p[at]))
            at++;
        struct str s = { t->networks.p + from, at - from };
        at++;
        if (!s.n)
            continue;
        struct str shown = cidr_read(s, &c) ? cidr_show(im->a, &c) : s;
        if (!cidr_read(s, &c) || to->n == KEY_LIST_MOST)
            import_note(im, "key %.*s: the network %.*s cannot be carried "
                "over; the key may not be used from there",
                STR_ARG(t->name), STR_ARG(utf8_clip(s, 60)));
        else if (!is_listed(to, shown))
            to->items[to->n++] = shown;
    }
}

/* ---- what becomes of it ---- */

static void
set_state(struct token *t)
{
    struct port_key *p = &t->key.key;
    int64_t now = t->im->cx->now_s;
    bool over = t->expires > 0 && t->expires <= now;
    p->created = t->created > 0 && t->created < now ? t->created : now;
    p->updated = now;
    p->used = t->accessed > p->created && t->accessed <= now ? t->accessed
                                                             : 0;
    p->expires = t->expires > 0 ? t->expires : 0;
    p->spend_limit = t->unlimited ? -1 : micro_of(t->remain, t->unit);
    if (t->user_off)
        p->disabled_by = STR("import: its user is disabled there");
    else if (t->user_gone)
        p->disabled_by = STR("import: its user is not there any more");
    else if (t->status == TOKEN_EXPIRED && !over)
        p->disabled_by = STR("import: it is marked as expired there");
    else if (t->status == TOKEN_USED_UP && (t->unlimited || t->remain > 0))
        p->disabled_by = STR("import: it is marked as used up there");
    else if (t->status != TOKEN_ON && t->status != TOKEN_EXPIRED &&
        t->status != TOKEN_USED_UP)
        p->disabled_by = STR("import: it is disabled there");
    p->disabled = p->disabled_by.n ? now : 0;
}

static enum err_code
one_token(struct token *t)
{
    struct import *im = t->im;
    struct port_key *p = &t->key.key;
    const char *weak = foreign_weak(t->text);
    if (!t->name.n || !utf8_plain(t->name, false))
        t->name = arena_fmt(im->a, "token %" PRId64, t->id);
    t->name = utf8_clip(t->name, KEY_NAME_MAX);
    if (weak) {
        import_left_out(im, "key %.*s (token %" PRId64 ") is left out: %s",
            STR_ARG(t->name), t->id, weak);
        return ERR_OK;
    }
    *p = (struct port_key){ .kind = KEY_STANDARD, .name = t->name,
        .by = STR("import") };
    t->key.foreign = true;
    keytext_hash(t->text, t->key.hash);
    if (find_owner(t) || read_models(t))
        return im->cx->err.code;
    read_networks(t);
    set_state(t);
    if (t->group.n && !str_is(t->group, "default"))
        import_note(im, "key %.*s: its group %.*s is not carried over",
            STR_ARG(t->name), STR_ARG(utf8_clip(t->group, 60)));
    return import_key(im, &t->key);
}

/* How much quota is a USD: some installations set it. */
static enum err_code
quota_unit(struct import *im, const struct other_source *of, int64_t *unit)
{
    bool more;
    *unit = QUOTA_UNIT;
    other_db_ask(of->db, OTHER_QUOTA_UNIT, 0);
    if (other_db_row(of->db, OTHER_QUOTA_UNIT, &more, &im->cx->err))
        return im->cx->err.code;
    int64_t said = other_db_int(of->db, OTHER_QUOTA_UNIT, "value", 0);
    if (said > 0 && said <= INT32_MAX)
        *unit = said;
    return ERR_OK;
}

static enum err_code
all_tokens(struct import *im, const struct other_source *of)
{
    struct err *err = &im->cx->err;
    int64_t unit;
    bool more = true;
    if (quota_unit(im, of, &unit))
        return err->code;
    other_db_ask(of->db, OTHER_TOKENS, 0);
    while (more && !import_enough(im)) {
        struct token t = { .im = im, .of = of, .unit = unit };
        if (other_db_row(of->db, OTHER_TOKENS, &more, err))
            return err->code;
        if (!more)
            break;
        im->line++;
        read_token(&t);
        if (other_db_text(im->a, of->db, OTHER_TOKENS, "deleted_at").n == 0 &&
            one_token(&t))
            return err->code;
        import_row_done(im);
    }
    return ERR_OK;
}

enum err_code
import_other_read(struct import *im, void *source)
{
    struct other_source *of = source;
    if (import_into(im, of->workspace))
        return im->cx->err.code;
    return of->format == OTHER_SHA256 ? import_list_read(im, of)
                                      : all_tokens(im, of);
}
