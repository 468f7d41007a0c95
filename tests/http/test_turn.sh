# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# A thread of the gate that waits for its turn holds nothing that others wait
# for: the write-ahead log is emptied while it waits.
# Which one waits: it slept in its request, as that came in two parts, so that
# its turn went to another; that one keeps it, as nobody asks it for anything.
extra="[server]
gate_threads = $(($(nproc) + 2))"
. "$(dirname "$0")/lib.sh"
# the last of these is in the log only, so that its readers need the log
key=$(keylodge key create --workspace acme --name Late)

is 'both requests are answered' "$("$build/tests/http/late" \
    "$home/run/gate.sock" "Bearer $key" | tr '\n' ' ')" '204 204 '

# emptied -- "0|..." when no reader is in the way
emptied() {
    sqlite3 -cmd '.timeout 1000' "$home/keylodge.db" \
        'PRAGMA wal_checkpoint(TRUNCATE)'
}
free() {
    said=$(emptied) && [ "${said%%|*}" = 0 ]
}
ok 'and who waits for a turn keeps no log' comes free
stop
is 'nothing is left running' "$(worker)" ''
