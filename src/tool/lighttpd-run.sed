# SPDX-License-Identifier: ISC
#
# Of doc/examples/lighttpd.conf.in the lines for a server that ./serve or a test
# starts in a data folder of its own.
/^@site /d
/^@cgi /d
s/^@run //
s/^@gated //
s|@GATE@|/protected|g
s|@PREFIX@||g
s|@GATE_SOCKET@|"socket" => "run/gate.sock"|
