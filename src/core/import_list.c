/* SPDX-License-Identifier: ISC */
#include "core/import_list.h"

#include "core/import_row.h"
#include "text/csv.h"
#include "text/hex.h"
#include "text/money.h"
#include "text/utf8.h"
#include "text/when.h"

#include <inttypes.h>

enum { CELLS_MOST = 4 };
enum { C_HASH, C_NAME, C_EXPIRES, C_LIMIT };

static bool
read_hash(struct str s, uint8_t out[KEYTEXT_HASH])
{
    bool ok = s.n == 2 * KEYTEXT_HASH;
    for (size_t i = 0; ok && i < KEYTEXT_HASH; i++) {
        int high = hex_digit(s.p[2 * i]), low = hex_digit(s.p[2 * i + 1]);
        ok = high >= 0 && low >= 0;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return ok;
}

static void
wrong_hash(struct import *im, struct str cell)
{
    uint8_t hash[KEYTEXT_HASH];
    struct str rest = str_from(cell, 2 * sizeof hash);
    if (!rest.n || !read_hash((struct str){ cell.p, 2 * sizeof hash }, hash))
        import_wrong(im, "the first cell is no SHA-256: 64 hexadecimal digits"
            "%s", im->line > 1 ? "" : "; a heading begins with sha256");
    else if (*rest.p == ' ')
        import_wrong(im, "this is a line of sha256sum: leave the hash alone, "
            "or write a comma and a name after it, and let it be of the text "
            "without a line feed, as of: printf %%s TEXT | sha256sum");
    else
        import_wrong(im, "after the hash comes a comma, or nothing");
}

static bool
is_heading(struct import *im, const struct strs *cells)
{
    return im->line == 1 && cells->n &&
        str_is(str_lower(im->a, str_trim(cells->items[0])), "sha256");
}

static void
read_cells(struct import *im, const struct strs *cells, struct import_key *k)
{
    struct port_key *p = &k->key;
    struct str c[CELLS_MOST] = { { NULL, 0 } };
    for (size_t i = 0; i < cells->n && i < CELLS_MOST; i++)
        c[i] = str_trim(cells->items[i]);
    if (cells->n > CELLS_MOST)
        import_wrong(im, "a row has at most %d cells: sha256, name, expiry, "
            "limit", CELLS_MOST);
    if (!read_hash(c[C_HASH], k->hash))
        wrong_hash(im, c[C_HASH]);
    p->name = c[C_NAME].n ? c[C_NAME]
                          : arena_fmt(im->a, "imported %" PRId64, im->line);
    if (!utf8_plain(p->name, false) || utf8_count(p->name) > KEY_NAME_MAX)
        import_wrong(im, "the name is not plain text of at most %d "
            "characters", KEY_NAME_MAX);
    if (c[C_EXPIRES].n && !when_read(c[C_EXPIRES], &p->expires))
        import_wrong(im, "the expiry is no date like 2026-11-20, or time");
    p->spend_limit = -1;
    if (c[C_LIMIT].n && (!money_read(c[C_LIMIT], &p->spend_limit) ||
            p->spend_limit > KEY_SPEND_MOST))
        import_wrong(im, "the limit is no amount like 50 or 49.99");
}

static enum err_code
one_row(struct import *im, const struct strs *cells)
{
    struct import_key k = { .foreign = true };
    int64_t wrong = im->counts->wrong;
    k.key = (struct port_key){ .kind = KEY_STANDARD, .by = STR("import"),
        .created = im->cx->now_s, .updated = im->cx->now_s };
    read_cells(im, cells, &k);
    if (im->counts->wrong > wrong)
        return ERR_OK;
    if (import_service_called(im, STR("Imported keys"), &k.key.owner))
        return im->cx->err.code;
    return import_key(im, &k);
}

enum err_code
import_list_read(struct import *im, const struct other_source *of)
{
    struct err *e = &im->cx->err;
    struct import_file *file = of->lines;
    struct str line;
    file->rewind(file->from);
    while (!import_enough(im) && file->next(file->from, &line)) {
        struct strs *rows;
        size_t n;
        im->line++;
        if (im->line == 1 && str_starts(line, STR("\xef\xbb\xbf")))
            line = str_from(line, 3); /* of spreadsheets */
        line = str_trim(line);
        if (line.n == 0)
            continue;
        if (line.n > IMPORT_LINE_MOST ||
            csv_read(im->a, line, &rows, &n, e) || n != 1) {
            err_init(e, im->a);
            import_wrong(im, "the line is no row of CSV");
        } else if (!is_heading(im, &rows[0]) && one_row(im, &rows[0])) {
            return e->code;
        }
        import_row_done(im);
    }
    return ERR_OK;
}
