/* SPDX-License-Identifier: ISC */
#ifndef APP_CLI_SCAN_H
#define APP_CLI_SCAN_H

enum { SCAN_NONE = 0, SCAN_FOUND = 1, SCAN_WORDS = 2 };

/*
 * cli_scan -- "scan [--json] PATH...": find our keys in files, trees and
 * standard input ("-").  Writes a line for each: file, line, kind and prefix,
 * never the key; with --json an object a line.  A count of what was read goes
 * to stderr when that is a terminal.
 * argv[0] is "scan".  No settings, no database.  Memory does not grow with
 * files or lines.  Links inside of trees are not followed; what cannot be read
 * is named on stderr, and the rest goes on.
 * Returns SCAN_FOUND when there was a key; else SCAN_WORDS when the words were
 * wrong or something could not be read, else SCAN_NONE.
 */
int cli_scan(int argc, char **argv);

#endif
