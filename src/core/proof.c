/* SPDX-License-Identifier: ISC */
#include "core/proof.h"

#include "core/bound.h"
#include "core/rowseal.h"
#include "secret/mac.h"
#include "secret/password.h"
#include "secret/seal.h"
#include "store/store_user.h"
#include "text/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_LEAST = 4, PART_LEAST = 5, PATTERN_MOST = 4 };

struct str
proof_token(struct cx *cx, enum subkey which, struct str token)
{
    uint8_t *mac = arena_alloc(cx->arena, MAC_BYTES);
    mac_make(cx->secrets, which, &token, 1, mac);
    return (struct str){ (const char *)mac, MAC_BYTES };
}

/* Both in lower case. */
static bool
holds(struct str s, struct str part)
{
    for (size_t i = 0; part.n && i + part.n <= s.n; i++)
        if (str_eq((struct str){ s.p + i, part.n }, part))
            return true;
    return false;
}

/* Does it hold one of the words of this text, such as a part of an address? */
static bool
holds_part(struct str s, struct str text)
{
    size_t begin = 0;
    for (size_t i = 0; i <= text.n; i++) {
        char c = i < text.n ? text.p[i] : '.';
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c < 0)
            continue;
        if (i - begin >= PART_LEAST &&
            holds(s, (struct str){ text.p + begin, i - begin }))
            return true;
        begin = i + 1;
    }
    return false;
}

static bool
is_pattern(struct str s)
{
    for (size_t period = 1; period <= PATTERN_MOST; period++) {
        size_t i = period;
        while (i < s.n && s.p[i] == s.p[i - period])
            i++;
        if (i == s.n)
            return true;
    }
    return false;
}

static int
compare(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    size_t n = x->n < y->n ? x->n : y->n;
    int order = n ? memcmp(x->p, y->p, n) : 0;
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

struct strs
proof_list(struct arena *a, struct str text)
{
    struct strs list = { NULL, 0 };
    struct str line, rest;
    size_t room = 1;
    for (size_t i = 0; i < text.n; i++)
        room += text.p[i] == '\n';
    list.items = arena_array(a, room, sizeof *list.items);
    text = str_lower(a, text);
    for (rest = text; rest.n;) {
        (void)str_cut(rest, '\n', &line, &rest);
        line = str_trim(line);
        if (line.n >= PASSWORD_BYTES_MIN) /* others are too short anyway */
            list.items[list.n++] = line;
    }
    qsort(list.items, list.n, sizeof *list.items, compare);
    return list;
}

static bool
is_listed(const struct cx *cx, struct str low)
{
    return cx->refused.n &&
        bsearch(&low, cx->refused.items, cx->refused.n, sizeof low, compare);
}

enum err_code
proof_rules(struct cx *cx, struct str password, struct str email,
    struct str name)
{
    struct str local, domain, low = str_lower(cx->arena, password);
    struct str whole = str_lower(cx->arena, email);
    name = str_lower(cx->arena, name);
    (void)str_cut(whole, '@', &local, &domain);
    if (!utf8_valid(password))
        return err_field(&cx->err, "password",
            "The password must be text in UTF-8");
    if (is_listed(cx, low))
        return err_field(&cx->err, "password",
            "This password is on the list of those that are tried first. "
            "Choose another one");
    if (holds(low, STR("keylodge")) || is_pattern(password) ||
        (local.n >= WORD_LEAST && holds(low, local)) ||
        (name.n >= WORD_LEAST && holds(low, name)) ||
        holds_part(low, whole))
        return err_field(&cx->err, "password",
            "This password is easy to guess. Choose one without your name, "
            "your e-mail address or the name of this product");
    return ERR_OK;
}

enum err_code
proof_make(struct cx *cx, struct str user_uuid, struct str password,
    struct str *sealed)
{
    struct str hash;
    if (password_hash(cx->arena, password, &hash, &cx->err))
        return cx->err.code;
    *sealed = seal(cx->arena, cx->secrets, SUBKEY_PASSWORD,
        bound_password(cx->arena, user_uuid), hash);
    return ERR_OK;
}

enum err_code
proof_check(struct cx *cx, const struct user *u, struct str password, bool *ok,
    bool *rehash)
{
    struct str hash = { NULL, 0 };
    if (seal_user(cx, u) && u->password.n &&
        !seal_open(cx->arena, cx->secrets, SUBKEY_PASSWORD,
            bound_password(cx->arena, u->uuid), u->password, &hash))
        return ERR_FAULT(&cx->err, "sealed password of %.*s does not open",
            STR_ARG(u->uuid));
    return password_check(password, hash, ok, rehash, &cx->err);
}

enum err_code
proof_still(struct cx *cx, const struct user *u, bool *yes)
{
    struct user now_is;
    *yes = false;
    if (store_user_by_id(cx->store, u->id, &now_is))
        return cx->err.code;
    *yes = seal_user(cx, &now_is) && !now_is.disabled_s &&
        now_is.epoch == u->epoch;
    return ERR_OK;
}
