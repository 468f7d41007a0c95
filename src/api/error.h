/* SPDX-License-Identifier: ISC */
#ifndef API_ERROR_H
#define API_ERROR_H

/* Errors as the machine faces say them, one writer for each family. */

#include "core/cx.h"
#include "http/route.h"

/*
 * api_error -- fill res with status, body and type of an error.
 * face  of a family (checked with must()): FACE_API, _OPENAI, _AIMLAPI,
 *       _EXO_OLD, _EXO_NEW, _AIX
 * req   its path is told to AIMLAPI clients
 * err   set; ERR_INTERNAL never shows its own message
 * Headers that belong to a status are http/problem.h's.
 */
void api_error(struct cx *cx, enum face face, const struct req *req,
    const struct err *err, struct res *res);

#endif
