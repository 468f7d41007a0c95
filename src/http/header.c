/* SPDX-License-Identifier: ISC */
#include "http/header.h"

struct fixed_header {
    const char *name;
    struct str value;
};

/*
 * On every answer.  An API answer opened in a browser is a document too, so
 * it may do nothing and be framed by nobody; a page says more, below.
 */
static const struct fixed_header on_all[] = {
    { "X-Content-Type-Options", STR_INIT("nosniff") },
    { "X-Frame-Options", STR_INIT("DENY") },
    { "X-Robots-Tag", STR_INIT("noindex, nofollow") },
    { "Cross-Origin-Resource-Policy", STR_INIT("same-origin") },
    /*
     * Not "no-referrer": browsers then send "Origin: null" with our own
     * forms, and over plain http, where Sec-Fetch-Site is not sent, Origin is
     * all that the CSRF gate has.  No other site is told anything either way.
     */
    { "Referrer-Policy", STR_INIT("same-origin") },
    /* lighttpd would cut parts out of dynamic answers */
    { "Accept-Ranges", STR_INIT("none") },
};

static const struct fixed_header on_pages[] = {
    /*
     * script-src 'self', where the security plan prefers a hash: there is one
     * script, a file of ours under a name with its content hash; browsers
     * agree on hashes for inline script only, and inline script is what must
     * never run.  'self' is safe here because nothing that a user sent is ever
     * served as a file.  The script fetches nothing: no connect-src.
     */
    { "Content-Security-Policy", STR_INIT("default-src 'none'; "
        "style-src 'self'; script-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "object-src 'none'; require-trusted-types-for 'script'") },
    { "Cross-Origin-Opener-Policy", STR_INIT("same-origin") },
    { "Cross-Origin-Embedder-Policy", STR_INIT("require-corp") },
    /* all off but clipboard-write, which the Copy button needs; only names
     * that Chromium knows, it complains about others on its console */
    { "Permissions-Policy", STR_INIT("accelerometer=(), autoplay=(), "
        "camera=(), clipboard-read=(), display-capture=(), "
        "encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), "
        "hid=(), idle-detection=(), magnetometer=(), microphone=(), midi=(), "
        "payment=(), picture-in-picture=(), publickey-credentials-get=(), "
        "screen-wake-lock=(), serial=(), sync-xhr=(), usb=(), "
        "xr-spatial-tracking=()") },
};

static const struct fixed_header on_others = { "Content-Security-Policy",
    STR_INIT("default-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'") };

/* Two years, as the preload lists ask for. */
static const struct fixed_header on_https = { "Strict-Transport-Security",
    STR_INIT("max-age=63072000; includeSubDomains") };

static struct str
cache_text(enum res_cache cache)
{
    switch (cache) {
    case CACHE_PRIVATE:
        return STR("private, no-cache");
    case CACHE_FOREVER:
        return STR("public, max-age=31536000, immutable");
    case CACHE_NO_STORE:
        break;
    }
    return STR("no-store");
}

static void
add(struct arena *a, struct res *res, const struct fixed_header *h)
{
    res_header(a, res, h->name, h->value);
}

void
headers_add(struct arena *a, struct res *res, enum face face, bool https)
{
    for (size_t i = 0; i < COUNT_OF(on_all); i++)
        add(a, res, &on_all[i]);
    if (face == FACE_PAGE) {
        for (size_t i = 0; i < COUNT_OF(on_pages); i++)
            add(a, res, &on_pages[i]);
    } else {
        add(a, res, &on_others);
    }
    if (https)
        add(a, res, &on_https);
    res_header(a, res, "Cache-Control", cache_text(res->cache));
}
