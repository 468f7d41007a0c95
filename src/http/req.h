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

enum {
    PARAM_MAX = 4,
    REQ_PARAMS_MAX = 100,         /* CGI parameters of one request */
    REQ_PARAMS_BYTES = 32 * 1024  /* their names and values together */
};

struct param {
    struct str name;  /* as between braces in the route, process lifetime */
    struct str value; /* never empty */
};

struct req {
    enum method method;
    struct str method_text;
    struct str target;      /* REQUEST_URI, raw */
    struct str path;        /* canonical, see url_path_kept in text/url.h */
    struct str query_text;  /* raw */
    struct pairs query;
    struct pairs headers;   /* names lower case with '-'; without Cookie */
    struct pairs cookies;
    struct str body;        /* raw bytes */
    struct pairs form;      /* of a form body; csrf_take takes its token out */
    struct val *json;       /* of a JSON body, or NULL */
    struct str content_type; /* lower case, without parameters */
    struct ip peer;         /* REMOTE_ADDR */
    struct str peer_text;
    bool https;
    bool authorizer;        /* FCGI_ROLE is AUTHORIZER */
    struct str pass_on;     /* where the web server sends an allowed call by
                               itself (X-Accel-Redirect); empty: nowhere */
    bool unseen;            /* the web server shows no refusal of this, and
                               asks once more (auth_request of nginx) */
    struct str id;          /* request id, a UUID */
    size_t n_params;
    struct param params[PARAM_MAX];
    void *input;            /* struct of the row's field table, or NULL */
    const struct err *failed; /* why the form is shown again, or NULL */
};

/* method_name -- "GET"; "OTHER" for METHOD_OTHER. */
const char *method_name(enum method m);

/* req_header -- value of a header (name in lower case), empty when absent. */
struct str req_header(const struct req *r, const char *name);

/* req_param -- value of a path parameter, never empty; `name` must be one of
 * the route's (checked with must()). */
struct str req_param(const struct req *r, const char *name);

/* req_query -- first value of a query field; empty when absent. */
struct str req_query(const struct req *r, const char *name);

/* req_bearer -- the API key of a request: Authorization Bearer or Token (so do
 * clients of aiXplain have it), else x-api-key; empty when there is neither.
 * Not trimmed inside, perhaps no key at all. */
struct str req_bearer(const struct req *r);

/* req_key_in_query -- does a query hold a well-formed API key, under whatever
 * name?  Such a key is to be refused: addresses end up in logs. */
bool req_key_in_query(const struct pairs *query);

/*
 * req_here -- the address of this request as a link or redirect may hold it:
 * path, encoded again, and query as it came.  Without the prefix under which
 * the program may live (app/prefix.h), unlike `target`.
 */
struct str req_here(struct arena *a, const struct req *r);

/* req_safe -- GET or HEAD: a method that must not change anything. */
bool req_safe(const struct req *r);

/*
 * req_build -- from CGI parameters (RFC 3875), as every face of the program
 * gets them (FastCGI, plain CGI, tests).
 * params  names as CGI has them: REQUEST_METHOD, REQUEST_URI, HTTP_..., in
 *         order, repeats included; needed are those two and REMOTE_ADDR
 * out     overwritten; refers to the bytes of `params`.  After an error the id
 *         is there, and method, target and role, and the path if it can be
 *         read; after one of path or query, so is all that stands in other
 *         parameters, for the log and the answer
 * Reads path, query, headers, cookies, peer, content type.  The path comes
 * from REQUEST_URI alone: servers decode and split PATH_INFO and SCRIPT_NAME
 * in different ways (UX.md section 9).  Refuses more than REQ_PARAMS_MAX
 * parameters or REQ_PARAMS_BYTES, names that are repeated (upper and lower
 * case, '-' and '_' count as the same), except HTTP_COOKIE, and NUL, CR, LF
 * anywhere.  HTTP_CONTENT_TYPE is not read: CONTENT_TYPE is the same header.
 * Believes no forwarded-for or method-override headers.  The body is added
 * by the caller.
 * Errors: ERR_MALFORMED, ERR_NOT_FOUND (from url_path).
 */
NODISCARD enum err_code req_build(struct arena *a, const struct pairs *params,
    struct req *out, struct err *err);

/*
 * req_content_length -- how many bytes of body to read.
 * max  the row's body_max
 * out  0 when CONTENT_LENGTH is absent or empty: servers leave it so for "no
 *      body", and give a length for a chunked body (UX.md section 9).  Apache's
 *      plain CGI gives none, and then such a body is refused: it is not nothing
 * Errors: ERR_MALFORMED (anything but digits, sent twice, missing beside
 * HTTP_TRANSFER_ENCODING), ERR_TOO_LARGE.
 */
NODISCARD enum err_code req_content_length(const struct pairs *params,
    size_t max, size_t *out, struct err *err);

/*
 * req_read_body -- parse req->body by content type into form
 * (application/x-www-form-urlencoded) or json (application/json).
 * An empty body is fine, of any type.
 * Errors: ERR_MALFORMED, ERR_MEDIA_TYPE.
 */
NODISCARD enum err_code req_read_body(struct arena *a, struct req *r,
    struct err *err);

#endif
