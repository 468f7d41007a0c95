/* SPDX-License-Identifier: ISC */
#include "app/carrier.h"
#include "app/carry.h"
#include "text/ip.h"
#include "text/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* One try, as libcurl's calls back see it. */
struct hook {
    const struct val *networks; /* list of texts */
    bool plain;                 /* http */
    struct ip refused;          /* the last address that was refused */
    bool has_refused;
    size_t got;                 /* bytes of the answer */
    bool too_much;
};

bool
carrier_setup(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static bool
is_opened(const struct val *networks, const struct ip *ip)
{
    for (size_t i = 0; networks && i < networks->u.list.n; i++) {
        struct cidr c;
        if (cidr_read(val_text(networks->u.list.items[i]), &c) &&
            cidr_holds(&c, ip))
            return true;
    }
    return false;
}

static bool
ip_of(const struct sockaddr *sa, struct ip *out)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    if (sa->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)sa;
        memcpy(out->b, mapped, sizeof mapped);
        memcpy(out->b + sizeof mapped, &in->sin_addr, 4);
        return true;
    }
    if (sa->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)sa;
        memcpy(out->b, &in6->sin6_addr, 16);
        /* a zone names a link of this machine */
        return in6->sin6_scope_id == 0;
    }
    return false;
}

/*
 * The one place through which a connection begins, with the very address that
 * is about to be connected to: whatever the name said before, or says next, it
 * is this that is checked.
 */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct hook *h = arg;
    struct ip ip;
    if (purpose != CURLSOCKTYPE_IPCXN || !ip_of(&to->addr, &ip))
        return CURL_SOCKET_BAD;
    if (is_opened(h->networks, &ip) || (!h->plain && ip_public(&ip)))
        return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    h->refused = ip;
    h->has_refused = true;
    return CURL_SOCKET_BAD;
}

/* Of the answer nothing is kept: its size is bounded, no more. */
static size_t
count_bytes(char *p, size_t size, size_t n, void *arg)
{
    struct hook *h = arg;
    (void)p;
    h->got += size * n;
    h->too_much = h->got > HOOK_ANSWER_MOST;
    return h->too_much ? 0 : size * n;
}

static struct str
why(struct arena *a, const struct hook *h, CURLcode code)
{
    if (h->has_refused && code == CURLE_COULDNT_CONNECT)
        return h->plain && ip_public(&h->refused)
            ? arena_fmt(a, "%.*s: http goes to opened networks only; use "
                           "https", STR_ARG(ip_show(a, &h->refused)))
            : arena_fmt(a, "%.*s is not a public address",
                  STR_ARG(ip_show(a, &h->refused)));
    if (h->too_much)
        return STR("The answer is too long");
    if (code == CURLE_OPERATION_TIMEDOUT)
        return STR("No answer in time");
    return str_cstr(curl_easy_strerror(code));
}

static void
judge(struct arena *a, const struct hook *h, CURLcode code,
    struct carried *out)
{
    /* what is too long was answered all the same, but a receiver that floods
     * is none */
    if (code != CURLE_OK) {
        out->status = 0;
        out->problem = why(a, h, code);
    } else if (out->status >= 200 && out->status <= 299) {
        out->ok = true;
    } else if (out->status >= 300 && out->status <= 399) {
        out->problem = STR("It redirects, which is not followed");
    } else {
        out->problem = arena_fmt(a, "It answered with status %d",
            (int)out->status);
    }
}

static struct curl_slist *
add_header(struct arena *a, struct curl_slist *list, const char *name,
    struct str value)
{
    struct str line = arena_fmt(a, "%s: %.*s", name, STR_ARG(value));
    struct curl_slist *more = curl_slist_append(list, arena_cstr(a, line));
    must(more != NULL);
    return more;
}

static void
set_bounds(CURL *c, struct hook *h)
{
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)HOOK_CONNECT_MS);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)HOOK_TOTAL_MS);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, h);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, count_bytes);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, count_bytes);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, h);
}

void
carry_hook(struct arena *a, const struct val *job, struct carried *out)
{
    struct str url = carrier_text(job, "url");
    struct str body = carrier_text(job, "body");
    struct hook h = { .networks = val_get_cstr(job, "networks"),
        .plain = str_starts(url, STR("http://")) };
    struct curl_slist *headers = NULL;
    long status = 0;
    curl_off_t sent = 0;
    if (!url_http(url)) {
        out->problem = STR("This is no address that is sent to");
        return;
    }
    CURL *c = curl_easy_init();
    must(c != NULL);
    headers = add_header(a, headers, "Content-Type", STR("application/json"));
    headers = add_header(a, headers, "webhook-id", carrier_text(job, "id"));
    headers = add_header(a, headers, "webhook-timestamp",
        carrier_text(job, "time"));
    headers = add_header(a, headers, "webhook-signature",
        carrier_text(job, "signature"));
    headers = add_header(a, headers, "Expect", STR(""));
    set_bounds(c, &h);
    curl_easy_setopt(c, CURLOPT_URL, arena_cstr(a, url));
    curl_easy_setopt(c, CURLOPT_USERAGENT, "Keylodge/" KEYLODGE_VERSION);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)body.n);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.p ? body.p : "");
    CURLcode code = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(c, CURLINFO_SIZE_UPLOAD_T, &sent);
    out->status = status;
    out->bytes = sent;
    out->final = status == 410; /* the convention's word for "no more" */
    judge(a, &h, code, out);
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
}
