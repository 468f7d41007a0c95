/* SPDX-License-Identifier: ISC */
#include "core/import_file.h"

#include "core/import_row.h"
#include "core/seen.h"
#include "text/fields.h"
#include "text/hex.h"
#include "text/json.h"

#include <inttypes.h>

/* What a line is, by its "type". */
enum kind {
    L_HEAD, L_WORKSPACE, L_MEMBER, L_SERVICE, L_DEPLOYMENT, L_MODEL, L_PRICE,
    L_KEY, L_SECRET, L_LIMIT, L_END, L_KINDS
};

static const struct {
    const char *type;
    const struct field *fields;
} kinds[] = {
    [L_HEAD] = { PORT_FORMAT, port_head_fields },
    [L_WORKSPACE] = { "workspace", port_workspace_fields },
    [L_MEMBER] = { "member", port_member_fields },
    [L_SERVICE] = { "service_account", port_service_fields },
    [L_DEPLOYMENT] = { "deployment", port_deployment_fields },
    [L_MODEL] = { "model", port_model_fields },
    [L_PRICE] = { "price", port_price_fields },
    [L_KEY] = { "key", port_key_fields },
    [L_SECRET] = { "secret", port_secret_fields },
    [L_LIMIT] = { "limit", port_limit_fields },
    [L_END] = { "end", port_end_fields },
};
_Static_assert(COUNT_OF(kinds) == L_KINDS, "kinds");

/* A line, read. */
union row {
    struct field_set set;
    struct port_head head;
    struct port_workspace workspace;
    struct port_member member;
    struct port_service service;
    struct port_deployment deployment;
    struct port_model model;
    struct port_price price;
    struct port_key key;
    struct port_secret secret;
    struct port_limit limit;
    struct port_end end;
};

/* One walk through the file. */
struct walk {
    struct import *im;
    struct import_file *file;
    struct digester sum;
    int64_t lines;        /* before the one in hand */
    bool ended;
    /* the key or model whose own lines may follow; L_KINDS: none */
    enum kind open;
    int64_t open_line;
    struct import_key key;
    struct port_secret secrets[PORT_SECRETS_MOST];
    struct port_limit limits[LIMIT_RULES_MOST];
    struct port_model model;
    struct port_price *prices;
    size_t n_prices;
};

/* Hand over the key or model, now that all of it was read. */
static enum err_code
flush(struct walk *w)
{
    struct import *im = w->im;
    enum kind open = w->open;
    int64_t line = im->line;
    enum err_code code = ERR_OK;
    w->open = L_KINDS;
    im->line = w->open_line;
    if (open == L_KEY)
        code = import_key(im, &w->key);
    else if (open == L_MODEL)
        code = import_model(im, &w->model, w->prices, w->n_prices);
    im->line = line;
    import_row_done(im);
    return code;
}

/* A line by its fields, told when it is wrong. */
static bool
read_fields(struct walk *w, enum kind kind, const struct val *v,
    union row *row)
{
    struct import *im = w->im;
    struct err *e = &im->cx->err;
    memset(row, 0, sizeof *row);
    if (!fields_from_json(im->a, kinds[kind].fields, v, false, row, e))
        return true;
    for (size_t i = 0; i < e->n_fields; i++)
        import_wrong(im, "%s%s%.*s", e->fields[i].field,
            e->fields[i].field[0] ? ": " : "", STR_ARG(e->fields[i].msg));
    err_init(e, im->a);
    return false;
}

static enum kind
kind_of(const struct val *v)
{
    struct str type = val_text(val_get_cstr(v, "type"));
    int kind = 0;
    while (kind < L_KINDS && !str_is(type, kinds[kind].type))
        kind++;
    return (enum kind)kind;
}

/* ---- lines that others belong to ---- */

static void
open_key(struct walk *w, const struct port_key *p)
{
    w->open = L_KEY;
    w->open_line = w->im->line;
    w->key = (struct import_key){ .key = *p, .secrets = w->secrets,
        .limits = w->limits };
    if (!field_has(port_key_fields, &p->set, "spend_limit"))
        w->key.key.spend_limit = -1;
}

static void
open_model(struct walk *w, const struct port_model *p)
{
    w->open = L_MODEL;
    w->open_line = w->im->line;
    w->model = *p;
    w->n_prices = 0;
    w->prices = arena_array(w->im->a, PORT_PRICES_MOST, sizeof *w->prices);
}

static void
add_price(struct walk *w, const struct port_price *p)
{
    if (w->open != L_MODEL)
        import_wrong(w->im, "a price comes after its model");
    else if (w->n_prices == PORT_PRICES_MOST)
        import_wrong(w->im, "too many prices of one model");
    else
        w->prices[w->n_prices++] = *p;
}

static void
add_secret(struct walk *w, const struct port_secret *p)
{
    struct import *im = w->im;
    if (w->open != L_KEY)
        import_wrong(im, "a secret comes after its key");
    else if (!im->verifiers)
        import_wrong(im, "the first line says that there are no verifiers");
    else if (w->key.n_secrets == PORT_SECRETS_MOST)
        import_wrong(im, "a key has at most %d secrets", PORT_SECRETS_MOST);
    else if (p->imported != str_is(p->last4, KEY_LAST4_IMPORTED))
        import_wrong(im, "last4 does not fit to imported");
    else
        w->secrets[w->key.n_secrets++] = *p;
}

static enum err_code
add_limit(struct walk *w, const struct port_limit *p)
{
    if (!p->of_key)
        return flush(w) ? w->im->cx->err.code : import_limit(w->im, p);
    if (w->open != L_KEY)
        import_wrong(w->im, "a limit of a key comes after its key");
    else if (w->key.n_limits == LIMIT_RULES_MOST)
        import_wrong(w->im, "too many limits of one key");
    else
        w->limits[w->key.n_limits++] = *p;
    return ERR_OK;
}

/* ---- first and last line ---- */

static enum err_code
head(struct walk *w, const struct port_head *p)
{
    struct import *im = w->im;
    struct err *e = &im->cx->err;
    if (p->version != PORT_VERSION)
        return ERR(e, ERR_INVALID, "This export is of format %lld; this "
            "program knows format %d.", (long long)p->version, PORT_VERSION);
    if (p->verifiers && !im->transfer)
        return ERR(e, ERR_INVALID, "This export brings the keys' verifiers: "
            "give the transfer secret that it was made with, --verifiers "
            "FILE.");
    if (!p->verifiers && im->transfer)
        return ERR(e, ERR_INVALID, "This export has no verifiers: leave out "
            "--verifiers.");
    im->verifiers = p->verifiers;
    im->export_id = arena_dup(im->outer, p->id);
    if (!p->verifiers)
        import_note(im, "the export has no verifiers: keys that it brings "
            "need new secrets");
    return ERR_OK;
}

static bool
is_hex_of(struct walk *w, struct str text, const void *p, size_t n)
{
    return str_eq(text, hex_show(w->im->a, p, n));
}

static void
end(struct walk *w, const struct port_end *p)
{
    struct import *im = w->im;
    uint8_t sum[DIGEST_BYTES], mac[MAC_BYTES];
    struct digester d = w->sum;
    w->ended = true;
    digest_end(&d, sum);
    if (p->lines != w->lines)
        import_wrong(im, "there are %" PRId64 " lines before this and not "
            "%" PRId64 ": some are missing, or were added", w->lines,
            p->lines);
    if (p->sha256.n && !is_hex_of(w, p->sha256, sum, sizeof sum))
        import_wrong(im, "sha256 is not that of the lines above: the file is "
            "damaged");
    if (!im->verifiers)
        return;
    port_mac(im->transfer, sum, mac);
    if (p->mac.n != 2 * sizeof mac ||
        !mac_equal(p->mac.p, hex_show(im->a, mac, sizeof mac).p, p->mac.n))
        import_wrong(im, "mac does not fit: the file was changed, or this is "
            "not its transfer secret");
}

/* ---- the file ---- */

static enum err_code
take(struct walk *w, enum kind kind, const union row *row)
{
    struct import *im = w->im;
    switch (kind) {
    case L_HEAD:
        return head(w, &row->head);
    case L_WORKSPACE:
        return import_workspace(im, &row->workspace);
    case L_MEMBER:
        return import_member(im, &row->member);
    case L_SERVICE:
        return import_service(im, &row->service);
    case L_DEPLOYMENT:
        return import_deployment(im, &row->deployment);
    case L_LIMIT:
        return add_limit(w, &row->limit);
    case L_MODEL:
        open_model(w, &row->model);
        break;
    case L_PRICE:
        add_price(w, &row->price);
        break;
    case L_KEY:
        open_key(w, &row->key);
        break;
    case L_SECRET:
        add_secret(w, &row->secret);
        break;
    case L_END:
        end(w, &row->end);
        break;
    case L_KINDS:
        break;
    }
    return ERR_OK;
}

/* Lines of a key or model stay in memory until all of them came. */
static bool
goes_with(const struct walk *w, enum kind kind)
{
    return (w->open == L_KEY && (kind == L_SECRET || kind == L_LIMIT)) ||
        (w->open == L_MODEL && kind == L_PRICE);
}

static bool
parse(struct walk *w, struct str text, struct val **v)
{
    struct import *im = w->im;
    struct err *e = &im->cx->err;
    if (text.n <= IMPORT_LINE_MOST && !json_read(im->a, text, v, e))
        return true;
    import_wrong(im, "%.*s", STR_ARG(e->code ? e->msg
                                             : STR("the line is too long")));
    err_init(e, im->a);
    return false;
}

static enum err_code
one_line(struct walk *w, struct str text)
{
    struct import *im = w->im;
    struct val *v;
    union row row;
    if (!parse(w, text, &v))
        return ERR_OK;
    enum kind kind = kind_of(v);
    if (w->open != L_KINDS && !goes_with(w, kind)) {
        /* what is read anew lives after what is handed over is forgotten */
        if (flush(w))
            return im->cx->err.code;
        if (!parse(w, text, &v))
            return ERR_OK;
    }
    if (w->ended)
        import_wrong(im, "something comes after the last line");
    else if (kind == L_KINDS)
        import_wrong(im, "type is none of this format");
    else if ((kind == L_HEAD) != (im->line == 1))
        return ERR(&im->cx->err, ERR_INVALID, "This is no export of Keylodge "
            "(line %lld).", (long long)im->line);
    else if (read_fields(w, kind, v, &row) && take(w, kind, &row))
        return im->cx->err.code;
    if (w->open == L_KINDS)
        import_row_done(im);
    return ERR_OK;
}

enum err_code
import_file_read(struct import *im, void *of)
{
    struct import_file *file = of;
    struct walk w = { .im = im, .file = file, .open = L_KINDS };
    struct str text;
    digest_begin(&w.sum);
    file->rewind(file->from);
    while (!im->cx->err.code && !import_enough(im) &&
        file->next(file->from, &text)) {
        im->line++;
        if (one_line(&w, text))
            break;
        w.lines++;
        digest_add(&w.sum, text.p, text.n);
        digest_add(&w.sum, "\n", 1);
    }
    if (im->cx->err.code || import_enough(im))
        return im->cx->err.code;
    if (flush(&w))
        return im->cx->err.code;
    im->line++;
    if (im->line == 1)
        return ERR(&im->cx->err, ERR_INVALID, "The file is empty.");
    if (!w.ended)
        import_wrong(im, "the last line is missing: the file was cut off");
    return ERR_OK;
}
