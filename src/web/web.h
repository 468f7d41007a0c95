/* SPDX-License-Identifier: ISC */
#ifndef WEB_WEB_H
#define WEB_WEB_H

/* What the dispatcher needs of the pages, beside the handlers of routes.def. */

#include "core/cx.h"
#include "http/req.h"
#include "http/res.h"

/* Cookies; over https they carry the prefix __Host- (http/cookie.h). */
#define COOKIE_SESSION "s" /* token of the session */
#define COOKIE_BEFORE "p"  /* before a session: what form tokens are bound to */
#define COOKIE_FLASH "f"   /* number of the note on the next page */

/* Notes after a change: a number travels, never a text. */
enum flash {
    FLASH_NONE,
    FLASH_KEY_SAVED, FLASH_KEY_DISABLED, FLASH_KEY_ENABLED, FLASH_KEY_REVOKED,
    FLASH_OLD_SECRET_ENDED, FLASH_SETTINGS_SAVED, FLASH_PROFILE_SAVED,
    FLASH_PASSWORD_SAVED, FLASH_SESSION_ENDED, FLASH_SESSIONS_ENDED,
    FLASH_WORKSPACE_CREATED, FLASH_MODEL_SAVED, FLASH_MODEL_REMOVED,
    FLASH_DEPLOYMENT_SAVED, FLASH_DEPLOYMENT_REMOVED, FLASH_CREDIT_BOOKED,
    FLASH_CREDIT_ON, FLASH_CREDIT_OFF, FLASH_PRICE_SAVED, FLASH_PRICE_REMOVED,
    FLASH_FROZEN, FLASH_THAWED, FLASH_LEAK_TAKEN, FLASH_SIGNED_OUT,
    FLASH_PASSWORD_RESET, FLASH_RECOVERY_USED, FLASH_CODES_OFF,
    FLASH_LIMIT_SAVED, FLASH_LIMIT_USED_UP, FLASH_LIMIT_REMOVED,
    FLASH_INVITE_WITHDRAWN, FLASH_JOINED, FLASH_ROLE_SAVED,
    FLASH_MEMBER_REMOVED, FLASH_LEFT, FLASH_TRANSFERRED, FLASH_LEFT_ANSWERED,
    FLASH_SERVICE_SAVED, FLASH_SERVICE_REMOVED,
    FLASH_CLAIM_WITHDRAWN,
    FLASH_ROTATION_SET, FLASH_ROTATION_UNDONE,
    FLASH_ADVICE_DONE, FLASH_ADVICE_UNDONE,
    FLASH_WEBHOOK_SAVED, FLASH_WEBHOOK_PAUSED, FLASH_WEBHOOK_RESUMED,
    FLASH_WEBHOOK_TESTED, FLASH_WEBHOOK_REMOVED, FLASH_SENT_AGAIN,
    FLASH_MESSAGE_DROPPED, FLASH_MAIL_TESTED, FLASH_WORKSPACE_DELETED,
    FLASH_WORKSPACE_RESTORED, FLASH_USER_DISABLED, FLASH_USER_ENABLED,
    FLASH_USER_SIGNED_OUT, FLASH_OPERATOR_ON, FLASH_OPERATOR_OFF,
    FLASH_COUNT
};

/* flash_go -- after a change: on to this page, which shows the note. */
enum err_code flash_go(struct cx *cx, const struct req *req, struct res *res,
    enum flash note, struct str to);

/* web_flash_text -- text of a cookie's number; NULL when it is none. */
const char *web_flash_text(struct str number);

/* web_session_begin -- the cookie of a new session, or of one that got another
 * token, into the answer; its forms are bound to that. */
void web_session_begin(struct cx *cx, const struct req *req, struct res *res,
    struct str session);

/*
 * web_sign_in_page -- the sign-in form.
 * next     local path to go to afterwards; may be empty
 * carried  sealed form that is kept over the sign-in; may be empty
 * expired  there was a session, and it is over
 */
NODISCARD enum err_code web_sign_in_page(struct cx *cx, const struct req *req,
    struct res *res, struct str next, struct str carried, bool expired);

/* web_confirm_page -- asks a signed-in person once more who they are; the
 * arguments are as those of web_sign_in_page, but the form is acted on when
 * they said it. */
NODISCARD enum err_code web_confirm_page(struct cx *cx, const struct req *req,
    struct res *res, struct str next, struct str carried);

/* web_stale_page -- "This page was open too long", with the fields kept. */
NODISCARD enum err_code web_stale_page(struct cx *cx, const struct req *req,
    struct res *res, const struct pairs *kept);

/* web_error_page -- heading in plain words, what to do, request id. */
NODISCARD enum err_code web_error_page(struct cx *cx, const struct req *req,
    struct res *res, const struct err *failed);

/*
 * web_docs_api, web_docs_family -- the pages /docs/api and
 * /docs/api/{family}.
 * doc  the OpenAPI document that they show (api/describe.h); request lifetime
 * Errors: ERR_NOT_FOUND for a family that the document does not have.
 */
NODISCARD enum err_code web_docs_api(struct cx *cx, const struct req *req,
    struct res *res, const struct val *doc);
NODISCARD enum err_code web_docs_family(struct cx *cx, const struct req *req,
    struct res *res, const struct val *doc);

#endif
