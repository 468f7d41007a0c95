/* SPDX-License-Identifier: ISC */
/* Any form: refused, or pairs that survive being written and read; and every
 * type of field takes or refuses whatever they hold. */
#include "text/fields.h"
#include "text/money.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct in {
    struct field_set set;
    struct str text, lines, secret;
    int64_t count, money, time;
    bool on;
    int choice;
    struct strs list, networks, labels;
};

static const char *const choices[] = { "a", "b", NULL };

#define ROW(n, t, ...)                                                         \
    {                                                                          \
        .name = n, .label = n, .type = t, __VA_ARGS__                          \
    }
#define AT .offset = offsetof
static const struct field table[] = {
    ROW("t", FIELD_TEXT, AT(struct in, text), .min = 1, .max = 8,
        .flags = FIELD_REQUIRED, .missing = "Enter t"),
    ROW("l", FIELD_LINES, AT(struct in, lines), .max = 40),
    ROW("s", FIELD_SECRET, AT(struct in, secret), .max = 40),
    ROW("i", FIELD_INT, AT(struct in, count), .min = -5, .max = 500),
    ROW("m", FIELD_MONEY, AT(struct in, money), .max = INT64_MAX),
    ROW("w", FIELD_TIME, AT(struct in, time), .max = 0),
    ROW("o", FIELD_BOOL, AT(struct in, on), .max = 0),
    ROW("c", FIELD_CHOICE, AT(struct in, choice), .choices = choices),
    ROW("x", FIELD_LIST, AT(struct in, list), .max = 3),
    ROW("n", FIELD_CIDRS, AT(struct in, networks), .max = 3),
    ROW("p_", FIELD_LIST, AT(struct in, labels), .max = 3,
        .flags = FIELD_PREFIX),
    { .name = NULL },
};

static void
check_again(struct arena *a, const struct pairs *p)
{
    struct err err;
    struct pairs again;
    size_t at = 0;
    err_init(&err, a);
    must(form_read(a, form_write(a, p), &again, &err) == ERR_OK);
    for (size_t i = 0; i < p->n; i++) {
        must(utf8_valid(p->items[i].name) && utf8_valid(p->items[i].value));
        if (p->items[i].value.n == 0)
            continue;
        must(str_eq(p->items[i].name, again.items[at].name));
        must(str_eq(p->items[i].value, again.items[at].value));
        at++;
    }
    must(at == again.n);
}

static void
check_fields(struct arena *a, const struct pairs *p)
{
    struct err err;
    struct in in = { .choice = 0 };
    err_init(&err, a);
    if (fields_from_form(a, table, p, &in, &err) != ERR_OK) {
        must(err.code == ERR_INVALID && err.n_fields > 0);
        for (size_t i = 0; i < err.n_fields; i++)
            must(utf8_plain(err.fields[i].msg, false));
        return;
    }
    must(in.text.n > 0 && utf8_plain(in.text, false));
    must(utf8_plain(in.lines, true) && in.money >= 0);
    must(in.count >= -5 && in.count <= 500);
    must(in.choice >= 0 && in.choice < 2);
    must(in.list.n <= 3 && in.networks.n <= 3 && in.labels.n <= 3);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena *a = arena_new(0);
    struct pairs pairs;
    struct err err;
    err_init(&err, a);
    if (form_read(a, (struct str){ (const char *)p, n }, &pairs, &err) ==
        ERR_OK) {
        check_again(a, &pairs);
        check_fields(a, &pairs);
    } else {
        must(err.code == ERR_MALFORMED && pairs.n == 0);
    }
    arena_free(a);
    return 0;
}
