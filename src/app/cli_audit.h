/* SPDX-License-Identifier: ISC */
#ifndef APP_CLI_AUDIT_H
#define APP_CLI_AUDIT_H

/*
 * cli_audit_file -- "audit verify FILE --public-key F [--earlier FILE]": check
 * an exported audit log.  Says on stdout what was signed and when, or on stderr
 * which row is the first bad one.
 * --earlier  an older export of the whole log, which FILE must go on from: so a
 *            tail that was cut off and signed again is found
 * Returns 0 when all is right, 1 when not, 2 for wrong words or a file that
 * cannot be read.
 */
int cli_audit_file(int argc, char **argv);

#endif
