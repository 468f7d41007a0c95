/* SPDX-License-Identifier: ISC */
#ifndef HTTP_REQ_H
#define HTTP_REQ_H

/* A request as a plain struct; everything in it has request lifetime. */

#include "base/err.h"
#include "text/form.h"
#include "text/ip.h"
#include "text/val.h"

enum method {
    METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_PATCH,
    METHOD_DELETE, METHOD_OTHER
};

enum { PARAM_MAX = 4 };

struct param {
    const char *name; /* as between braces in the route, process lifetime */
    struct str value;
};

struct req {
    enum method method;
    struct str method_text;
    struct str target;      /* REQUEST_URI, raw */
    struct str path;        /* canonical, see text/url.h */
    struct str query_text;  /* raw */
    struct pairs query;
    struct pairs headers;   /* names lower case with '-' */
    struct pairs cookies;
    struct str body;        /* raw bytes */
    struct pairs form;      /* of a form body; the CSRF field is taken out */
    struct val *json;       /* of a JSON body, or NULL */
    struct str content_type; /* lower case, without parameters */
    struct ip peer;         /* REMOTE_ADDR */
    struct str peer_text;
    bool https;
    bool authorizer;        /* FCGI_ROLE is AUTHORIZER */
    struct str id;          /* request id, a UUID */
    size_t n_params;
    struct param params[PARAM_MAX];
    void *input;            /* struct of the row's field table, or NULL */
};

/* req_header -- value of a header (name in lower case), empty when absent. */
struct str req_header(const struct req *r, const char *name);

/* req_param -- value of a path parameter; must exist in the route. */
struct str req_param(const struct req *r, const char *name);

/* req_query -- first value of a query field; empty when absent. */
struct str req_query(const struct req *r, const char *name);

/* req_safe -- GET or HEAD: a method that must not change anything. */
bool req_safe(const struct req *r);

/*
 * req_build -- from CGI parameters (RFC 3875), as every face of the program
 * gets them (FastCGI, plain CGI, tests).
 * params  names as CGI has them: REQUEST_METHOD, REQUEST_URI, HTTP_..., in
 *         order, repeats included
 * Reads path, query, headers, cookies, peer, content type.  Refuses duplicate
 * parameter names other than HTTP_COOKIE, more than 100 parameters, NUL bytes.
 * Never looks at forwarded-for headers.  The body is added by the caller.
 * Errors: ERR_MALFORMED, ERR_NOT_FOUND (from url_path).
 */
NODISCARD enum err_code req_build(struct arena *a, const struct pairs *params,
    struct req *out, struct err *err);

/* req_read_body -- parse req->body by content type into form or json.
 * Errors: ERR_MALFORMED, ERR_MEDIA_TYPE. An empty body is fine. */
NODISCARD enum err_code req_read_body(struct arena *a, struct req *r,
    struct err *err);

#endif
