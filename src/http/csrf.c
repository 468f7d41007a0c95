/* SPDX-License-Identifier: ISC */
#include "http/csrf.h"

#include "secret/mac.h"
#include "secret/random.h"

/* A token is a random mask, then the MAC under that mask. */
enum { MASK_BYTES = MAC_BYTES, TOKEN_BYTES = MASK_BYTES + MAC_BYTES };

struct str
csrf_token(struct arena *a, const struct secrets *s, struct str session)
{
    must(session.n > 0);
    uint8_t mac[MAC_BYTES];
    mac_make(s, SUBKEY_CSRF, &session, 1, mac);
    uint8_t *token = arena_alloc(a, TOKEN_BYTES);
    random_bytes(token, MASK_BYTES);
    for (size_t i = 0; i < MAC_BYTES; i++)
        token[MASK_BYTES + i] = (uint8_t)(mac[i] ^ token[i]);
    return b64_show(a, (struct str){ (const char *)token, TOKEN_BYTES });
}

bool
csrf_token_ok(struct arena *a, const struct secrets *s, struct str session,
    struct str token)
{
    struct str bytes;
    if (session.n == 0 || !b64_read(a, token, &bytes) ||
        bytes.n != TOKEN_BYTES)
        return false;
    uint8_t want[MAC_BYTES], got[MAC_BYTES];
    mac_make(s, SUBKEY_CSRF, &session, 1, want);
    for (size_t i = 0; i < MAC_BYTES; i++)
        got[i] = (uint8_t)(bytes.p[i] ^ bytes.p[MASK_BYTES + i]);
    return mac_equal(want, got, MAC_BYTES);
}

struct str
csrf_take(struct req *r)
{
    struct str token = { NULL, 0 };
    size_t kept = 0, seen = 0;
    for (size_t i = 0; i < r->form.n; i++) {
        struct pair p = r->form.items[i];
        if (!str_is(p.name, CSRF_FIELD)) {
            r->form.items[kept++] = p;
            continue;
        }
        seen++;
        token = p.value;
    }
    r->form.n = kept;
    return seen == 1 ? token : (struct str){ NULL, 0 };
}

static bool
origin_is_host(const struct req *r, struct str origin)
{
    struct str host = req_header(r, "host");
    const struct str http = STR("http://"), https = STR("https://");
    if (host.n == 0)
        return false;
    if (str_starts(origin, https))
        return str_eq_nocase(str_from(origin, https.n), host);
    /* a page got in clear text could have been written by anybody */
    return !r->https && str_starts(origin, http) &&
        str_eq_nocase(str_from(origin, http.n), host);
}

bool
csrf_origin_ok(const struct req *r, struct str own_origin)
{
    struct str site = req_header(r, "sec-fetch-site");
    if (site.n)
        return str_is(site, "same-origin");
    struct str origin = req_header(r, "origin");
    if (own_origin.n)
        return str_eq_nocase(origin, own_origin);
    return origin_is_host(r, origin);
}
