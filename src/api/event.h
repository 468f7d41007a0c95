/* SPDX-License-Identifier: ISC */
#ifndef API_EVENT_H
#define API_EVENT_H

/* The JSON of an event for a webhook. */

#include "model/notice.h"
#include "text/val.h"

/*
 * event_body -- {"type": "key.leaked", "timestamp": "2026-11-21T16:20:34Z",
 * "data": {...}}, the shape of the Standard Webhooks convention.
 * facts  as core/notice.c put them together; "at" is the time stamp.  The same
 *        facts give the same bytes: of each try, and for the signature
 */
struct str event_body(struct arena *a, enum notice_kind kind,
    const struct val *facts);

#endif
