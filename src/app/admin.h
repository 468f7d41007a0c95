/* SPDX-License-Identifier: ISC */
#ifndef APP_ADMIN_H
#define APP_ADMIN_H

/* The pages of who operates the installation, as far as they tell of the
 * process and its settings: looked at here, shown by web/web_admin.c. */

#include "http/route.h"

/* app_admin -- GET /admin: health.  app_admin_about -- GET /admin/about:
 * versions, settings, the audit key. */
handler app_admin, app_admin_about;

#endif
