/* SPDX-License-Identifier: ISC */
/* The buttons of advice. */
#include "web/pages.h"

#include "core/advice.h"
#include "web/key_words.h"
#include "web/web.h"

enum err_code
web_advice_apply(struct cx *cx, const struct req *req, struct res *res)
{
    struct key k;
    if (advice_apply(cx, req_param(req, "prefix"), req->input, &k))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_ADVICE_DONE, key_href(cx, &k));
}

enum err_code
web_advice_undo(struct cx *cx, const struct req *req, struct res *res)
{
    const struct advice_undo_in *in = req->input;
    struct key k;
    if (advice_undo(cx, req_param(req, "prefix"), in->done, &k))
        return cx->err.code;
    return flash_go(cx, req, res, FLASH_ADVICE_UNDONE, key_href(cx, &k));
}
