/* SPDX-License-Identifier: ISC */
/* How an address answers programs, for `keylodge doctor`. */
#include "app/carrier.h"
#include "app/carry.h"

#include <curl/curl.h>
#include <string.h>

enum { LOOK_MS = 5000, LOOK_MOST = 2000 };

struct seen {
    char *p;
    size_t n;
};

static size_t
keep(char *p, size_t one, size_t n, void *of)
{
    struct seen *s = of;
    size_t room = LOOK_MOST - s->n, take = one * n < room ? one * n : room;
    memcpy(s->p + s->n, p, take);
    s->n += take;
    return one * n;
}

void
carry_look(struct arena *a, const struct val *job, struct carried *out)
{
    struct seen seen = { arena_alloc(a, LOOK_MOST), 0 };
    struct curl_slist *headers = curl_slist_append(NULL,
        "Authorization: Bearer nothing_that_is_a_key");
    long status = 0;
    CURL *c = curl_easy_init();
    must(c != NULL && headers != NULL);
    curl_easy_setopt(c, CURLOPT_URL, arena_cstr(a, carrier_text(job, "url")));
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)LOOK_MS);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, &seen);
    CURLcode code = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    out->ok = code == CURLE_OK;
    out->status = status;
    out->problem = out->ok ? (struct str){ seen.p, seen.n }
                           : str_cstr(curl_easy_strerror(code));
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
}
