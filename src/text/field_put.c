/* SPDX-License-Identifier: ISC */
#include "text/field_put.h"

#include "base/buf.h"
#include "text/ip.h"
#include "text/money.h"
#include "text/utf8.h"
#include "text/when.h"

/* Code points of a value shown in a message. */
enum { SHOWN_MAX = 60 };

/* The largest amount a double holds to the last micro-dollar: 2^53. */
static const int64_t EXACT_MAX = INT64_C(9007199254740992);

/* One row on its way in. */
struct put {
    struct field_door *d;
    const struct field *f;
    const struct val *v;
    void *out;
};

#define WRONG(p, ...) ((void)err_field((p)->d->err, (p)->f->name, __VA_ARGS__))

static int
plain_count(struct put *p, int64_t n, const char **text)
{
    struct str s = count_show(p->d->arena, n);
    *text = s.p;
    return (int)s.n;
}

/* "Name must be 80 characters or fewer", "… at least 12 characters". */
static bool
check_length(struct put *p, size_t n, const char *most_of)
{
    const char *z;
    if (n < (uint64_t)p->f->min) {
        int w = plain_count(p, p->f->min, &z);
        WRONG(p, "%s must be at least %.*s character%s", p->f->label, w, z,
            p->f->min == 1 ? "" : "s");
        return false;
    }
    if (n > (uint64_t)p->f->max) {
        int w = plain_count(p, p->f->max, &z);
        WRONG(p, "%s must be %.*s %s or fewer", p->f->label, w, z, most_of);
        return false;
    }
    return true;
}

static void
put_text(struct put *p, struct str s)
{
    bool lines = p->f->type == FIELD_LINES;
    if (!utf8_plain(s, lines))
        WRONG(p,
            lines ? "%s must be plain text without control characters"
                  : "%s must be plain text on one line",
            p->f->label);
    else if (check_length(p, utf8_count(s), "characters"))
        *(struct str *)p->out = s;
}

static void
put_secret(struct put *p, struct str s)
{
    if (check_length(p, s.n, "bytes"))
        *(struct str *)p->out = s;
}

static void
put_int(struct put *p)
{
    int64_t n = 0;
    bool ok = p->v->type == VAL_INT;
    if (ok)
        n = p->v->u.i;
    else if (p->d->form)
        ok = str_int(str_trim(val_text(p->v)), &n) ||
            count_read(val_text(p->v), &n);
    if (ok && n >= p->f->min && n <= p->f->max) {
        *(int64_t *)p->out = n;
        return;
    }
    const char *low, *high;
    int low_n = plain_count(p, p->f->min, &low);
    int high_n = plain_count(p, p->f->max, &high);
    WRONG(p, "%s must be a whole number between %.*s and %.*s", p->f->label,
        low_n, low, high_n, high);
}

static void
put_bool(struct put *p)
{
    struct str s = val_text(p->v);
    if (p->v->type == VAL_BOOL)
        *(bool *)p->out = p->v->u.b;
    else if (p->d->form &&
        (str_is(s, "1") || str_is(s, "on") || str_is(s, "true")))
        *(bool *)p->out = true;
    else
        WRONG(p, "%s must be true or false", p->f->label);
}

/*
 * JSON says dollars as a number.  A decimal with up to six places comes back
 * exactly: dividing two exact integers rounds to the same double that the
 * decimal was read to; one with more places does not.
 */
static bool
real_micro(double dollars, int64_t *micro)
{
    double scaled = dollars * MICRO;
    if (!(scaled >= 0 && scaled < (double)EXACT_MAX))
        return false;
    *micro = (int64_t)(scaled + 0.5);
    double back = (double)*micro / MICRO;
    return back <= dollars && back >= dollars;
}

static bool
read_money(const struct put *p, int64_t *micro)
{
    if (p->v->type == VAL_REAL)
        return real_micro(p->v->u.real, micro);
    if (p->v->type == VAL_INT)
        return p->v->u.i >= 0 &&
            !__builtin_mul_overflow(p->v->u.i, (int64_t)MICRO, micro);
    return p->d->form && money_read(val_text(p->v), micro);
}

static void
put_money(struct put *p)
{
    int64_t micro;
    if (!read_money(p, &micro)) {
        WRONG(p, "%s must be an amount like 50 or 49.99", p->f->label);
    } else if (micro < p->f->min || micro > p->f->max) {
        WRONG(p, "%s must be between %.*s and %.*s", p->f->label,
            STR_ARG(money_show(p->d->arena, p->f->min)),
            STR_ARG(money_show(p->d->arena, p->f->max)));
    } else {
        *(int64_t *)p->out = micro;
    }
}

static void
put_time(struct put *p)
{
    if (!when_read(str_trim(val_text(p->v)), p->out))
        WRONG(p,
            "%s must be a date like 2026-11-20 or a time like "
            "2026-11-20T17:02:00Z",
            p->f->label);
}

static void
put_choice(struct put *p)
{
    struct str s = str_trim(val_text(p->v));
    const char *const *choices = p->f->choices;
    for (int i = 0; choices[i]; i++) {
        if (str_is(s, choices[i])) {
            *(int *)p->out = i;
            return;
        }
    }
    struct buf b;
    buf_init(&b, p->d->arena, BUF_MAX_FIELD);
    for (int i = 0; choices[i]; i++) {
        if (i > 0)
            buf_cstr(&b, choices[i + 1] ? ", " : " or ");
        buf_cstr(&b, choices[i]);
    }
    WRONG(p, "%s must be %.*s", p->f->label, STR_ARG(buf_view(&b)));
}

/* Add one network in canonical form to the list. */
static bool
add_cidr(struct put *p, struct strs *list, struct str s)
{
    struct cidr c;
    if (cidr_read(s, &c)) {
        list->items[list->n++] = cidr_show(p->d->arena, &c);
        return true;
    }
    struct str shown = utf8_clip(s, SHOWN_MAX);
    if (s.n == 0 || !utf8_plain(shown, false))
        shown = STR("An entry");
    WRONG(p, "%.*s is not a network. Write 10.0.0.0/8 or 2001:db8::/32",
        STR_ARG(shown));
    return false;
}

static bool
add_entry(struct put *p, struct strs *list, struct str s)
{
    if (p->f->type == FIELD_CIDRS)
        return add_cidr(p, list, s);
    if (s.n == 0 || s.n > FIELD_ENTRY_MAX || !utf8_plain(s, false)) {
        WRONG(p, "Each entry of %s must be plain text of 1 to %d bytes",
            p->f->label, FIELD_ENTRY_MAX);
        return false;
    }
    list->items[list->n++] = s;
    return true;
}

/* Too many are refused before they are read. */
static bool
check_entries(struct put *p, size_t n)
{
    const char *z;
    bool few = n < (uint64_t)p->f->min;
    if (!few && n <= (uint64_t)p->f->max)
        return true;
    int64_t bound = few ? p->f->min : p->f->max;
    int w = plain_count(p, bound, &z);
    WRONG(p, "%s must have at %s %.*s entr%s", p->f->label,
        few ? "least" : "most", w, z, bound == 1 ? "y" : "ies");
    return false;
}

static void
put_list(struct put *p)
{
    if (p->v->type != VAL_LIST) {
        WRONG(p, "%s must be a list of text", p->f->label);
        return;
    }
    size_t n = p->v->u.list.n;
    if (n == 0 && (p->f->flags & FIELD_REQUIRED)) {
        WRONG(p, "%s", p->f->missing);
        return;
    }
    if (!check_entries(p, n))
        return;
    struct strs list = { arena_array(p->d->arena, n, sizeof *list.items), 0 };
    for (size_t i = 0; i < n; i++) {
        const struct val *entry = p->v->u.list.items[i];
        if (entry->type != VAL_STR) {
            WRONG(p, "%s must be a list of text", p->f->label);
            return;
        }
        if (!add_entry(p, &list, str_trim(entry->u.s)))
            return;
    }
    *(struct strs *)p->out = list;
}

/* CRLF and CR become LF, so that a text has one form whoever sent it. */
static struct str
plain_newlines(struct arena *a, struct str s)
{
    if (str_find(s, '\r') == s.n)
        return s;
    char *z = arena_alloc(a, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n' && i > 0 && s.p[i - 1] == '\r')
            continue;
        z[n++] = s.p[i];
        if (s.p[i] == '\r')
            z[n - 1] = '\n';
    }
    return (struct str){ z, n };
}

static void
put_null(struct put *p, uint64_t bit)
{
    if (p->f->flags & FIELD_REQUIRED)
        WRONG(p, "%s", p->f->missing);
    else if (!p->d->form && p->v->type == VAL_NULL &&
        !(p->f->flags & FIELD_NULLABLE))
        WRONG(p, "%s must not be null", p->f->label);
    else
        p->d->set->null |= bit;
}

static void
put_some_text(struct put *p, uint64_t bit)
{
    if (p->v->type != VAL_STR) {
        WRONG(p, "%s must be text", p->f->label);
        return;
    }
    struct str s = p->v->u.s;
    if (p->f->type == FIELD_LINES)
        s = plain_newlines(p->d->arena, s);
    if (p->f->type != FIELD_SECRET)
        s = str_trim(s);
    if (s.n == 0)
        put_null(p, bit);
    else if (p->f->type == FIELD_SECRET)
        put_secret(p, s);
    else
        put_text(p, s);
}

void
field_put(struct field_door *d, int i, const struct val *v)
{
    const struct field *f = &d->table[i];
    struct put p = { d, f, v, d->in + f->offset };
    uint64_t bit = (uint64_t)1 << i;
    d->set->present |= bit;
    bool blank = d->form && v->type == VAL_STR && str_trim(v->u.s).n == 0 &&
        f->type != FIELD_SECRET && f->type != FIELD_BOOL;
    if (v->type == VAL_NULL || blank) {
        put_null(&p, bit);
        return;
    }
    switch (f->type) {
    case FIELD_TEXT:
    case FIELD_LINES:
    case FIELD_SECRET:
        put_some_text(&p, bit);
        break;
    case FIELD_INT:
        put_int(&p);
        break;
    case FIELD_BOOL:
        put_bool(&p);
        break;
    case FIELD_MONEY:
        put_money(&p);
        break;
    case FIELD_TIME:
        put_time(&p);
        break;
    case FIELD_CHOICE:
        put_choice(&p);
        break;
    case FIELD_LIST:
    case FIELD_CIDRS:
        put_list(&p);
        break;
    }
}
