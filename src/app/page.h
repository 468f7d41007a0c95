/* SPDX-License-Identifier: ISC */
#ifndef APP_PAGE_H
#define APP_PAGE_H

/* Pages: rendering a view, and what people see of an error. */

#include "app/app.h"

/* page_render -- res.page and res.view become bytes. */
NODISCARD enum err_code page_render(struct worker *w);

/*
 * page_error -- fill res for a failed request of a person: the row's form
 * again (422, 409), the sign-in page (with the posted fields kept), the page
 * of a stale form, or an error page.  Always leaves bytes in res.
 * failed  when the form may not be shown, becomes the reason for that, as the
 *         answer and the log should have it
 */
void page_error(struct worker *w, struct err *failed);

/* page_resume -- after a sign-in that carried a form (res.resume): that form,
 * filled in, not sent. */
NODISCARD enum err_code page_resume(struct worker *w);

/* page_send -- after a confirmation that carried a form (res.send): what that
 * form asked for, done as if it came now. */
NODISCARD enum err_code page_send(struct worker *w);

#endif
