/* SPDX-License-Identifier: ISC */
#include "base/err.h"

#include <string.h>

void
err_init(struct err *e, struct arena *a)
{
    *e = (struct err){ .arena = a };
}

enum err_code
err_set(struct err *e, enum err_code code, const char *file, int line,
    const char *fmt, ...)
{
    if (e->code != ERR_OK)
        return e->code;
    va_list ap;
    va_start(ap, fmt);
    e->msg = arena_vfmt(e->arena, fmt, ap);
    va_end(ap);
    e->code = code;
    e->file = file;
    e->line = line;
    return code;
}

enum err_code
err_fault(struct err *e, const char *file, int line, const char *fmt, ...)
{
    if (e->code != ERR_OK)
        return e->code;
    va_list ap;
    va_start(ap, fmt);
    e->detail = arena_vfmt(e->arena, fmt, ap);
    va_end(ap);
    return err_set(e, ERR_INTERNAL, file, line, "Something went wrong on our "
                                                "side.");
}

enum err_code
err_field(struct err *e, const char *field, const char *fmt, ...)
{
    if (e->code == ERR_OK)
        err_set(e, ERR_INVALID, __FILE__, __LINE__, "There is a problem");
    if (e->n_fields == ERR_FIELD_MAX || err_field_msg(e, field).n)
        return e->code;
    va_list ap;
    va_start(ap, fmt);
    struct str msg = arena_vfmt(e->arena, fmt, ap);
    va_end(ap);
    e->fields[e->n_fields++] = (struct err_field){ field, msg };
    return e->code;
}

struct str
err_field_msg(const struct err *e, const char *field)
{
    for (size_t i = 0; i < e->n_fields; i++)
        if (strcmp(e->fields[i].field, field) == 0)
            return e->fields[i].msg;
    return (struct str){ NULL, 0 };
}
