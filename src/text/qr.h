/* SPDX-License-Identifier: ISC */
#ifndef TEXT_QR_H
#define TEXT_QR_H

#include "text/val.h"

/*
 * qr_view -- a QR code, as a template draws it: map of size (modules on a
 * side, the quiet zone included) and d (the path of an SVG whose viewBox is
 * "0 0 size size": a rectangle for each run of dark modules).
 * text  at most 500 bytes; no more fits comfortably on a screen
 * Request lifetime; NULL when it does not fit.
 */
struct val *qr_view(struct arena *a, struct str text);

#endif
