/* SPDX-License-Identifier: ISC */
#include "http/res.h"

#include "base/buf.h"

static bool
header_clean(struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '\r' || c == '\n' || c == '\0')
            return false;
    }
    return true;
}

void
res_header(struct arena *a, struct res *r, const char *name, struct str value)
{
    bool value_on_one_line = header_clean(value);
    must(value_on_one_line);
    form_add(a, &r->headers, str_cstr(name), value);
}

void
res_page(struct res *r, const char *page, struct val *view)
{
    if (r->status == 0)
        r->status = 200;
    r->page = page;
    r->view = view;
}

void
res_json(struct res *r, int status, struct val *v)
{
    r->status = status;
    r->json = v;
    r->cache = CACHE_NO_STORE;
}

/*
 * Not url_local(): that one also bounds the length, and an address of ours
 * that carries somebody's long filter must not stop the process.
 */
static bool
stays_here(struct str location)
{
    if (location.n == 0 || location.p[0] != '/')
        return false;
    if (location.n > 1 && location.p[1] == '/')
        return false;
    for (size_t i = 0; i < location.n; i++) {
        char c = location.p[i];
        if (c <= ' ' || c > '~' || c == '\\')
            return false;
    }
    return true;
}

void
res_see_other(struct res *r, struct str location)
{
    bool location_is_local = stays_here(location);
    must(location_is_local);
    r->status = 303;
    r->location = location;
}

static bool
plain_in_file_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
        (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

void
res_download(struct arena *a, struct res *r, const char *type,
    struct str file, struct str bytes)
{
    struct buf b;
    buf_init(&b, a, BUF_MAX_FIELD);
    buf_cstr(&b, "attachment; filename=\"");
    for (size_t i = 0; i < file.n; i++)
        buf_char(&b, plain_in_file_name(file.p[i]) ? file.p[i] : '-');
    buf_char(&b, '"');
    must(!b.full);
    res_header(a, r, "Content-Disposition", buf_view(&b));
    r->status = 200;
    r->type = type;
    r->bytes = bytes;
    r->cache = CACHE_NO_STORE;
}
