/* SPDX-License-Identifier: ISC */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

/*
 * The handlers of all pages, as the routes name them.  Each reads what gate 4
 * left in req->input, makes one core call, and names a template or a redirect.
 */

#include "http/route.h"

/* web_session.c */
handler web_home;
handler web_setup_form, web_setup;
handler web_sign_in_form, web_sign_in, web_sign_out;

/* web_key_list.c */
handler web_key_list, web_key_csv;

/* web_key_form.c: create, edit, rotate */
handler web_key_new, web_key_create, web_key_edit_form, web_key_edit;
handler web_key_rotate_form, web_key_rotate;

/* web_key_view.c */
handler web_key_view;

/* web_key_act.c: disable, enable, revoke, several at once */
handler web_key_disable_form, web_key_disable;
handler web_key_enable_form, web_key_enable;
handler web_key_revoke_form, web_key_revoke;
handler web_key_end_old;
handler web_key_bulk_form, web_key_bulk;

#endif
