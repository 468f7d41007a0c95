# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The time of the program does not go back over a restart, however the clock of
# the machine was set meanwhile (SEMANTICS.md 17; SECURITY.md T37).
. "$(dirname "$0")/lib.sh"
db=$home/keylodge.db

sql() {
    sqlite3 -cmd '.timeout 5000' "$db" "$1"
}

# seen_is SECONDS FROM NOW -- as if an earlier process had written this
seen_is() {
    sql "INSERT INTO clock_seen VALUES (1, strftime('%s') + $1)
        ON CONFLICT (id) DO UPDATE SET seen_s = excluded.seen_s"
}

# off COMMAND... -- make a key with it; seconds between its time and now
off() {
    key=$("$@" key create --workspace acme --kind standard \
        --name "At $(date +%s%N)")
    sql "SELECT created_s - strftime('%s') FROM api_key
        WHERE prefix = '${key%%_*}'"
}

# between WHAT N LEAST MOST
between() {
    ok "$1: $2" test "$2" -ge "$3" -a "$2" -le "$4"
}

faked() {
    ( cd "$home" && faketime -f "$fake" "$build/keylodge" \
        --config keylodge.conf "$@" 2>>"$home/log/shell.log" )
}

key=$(keylodge key create --workspace acme --kind standard --name Calls)
is 'a call' "$(call "$key")" 200
stamped() {
    [ "$(sql "$1")" = 1 ]
}
comes stamped 'SELECT count(*) FROM clock_seen'
between 'its stamp leaves the time' \
    "$(sql "SELECT seen_s - strftime('%s') FROM clock_seen")" -60 1

seen_is 600
between 'ten minutes back' "$(off keylodge)" 540 601
ok 'the operator is told' grep -q 'event=clock_back seconds=5[4-9][0-9]' \
    "$home/log/shell.log"
seen_is -600
between 'what is over plays no part' "$(off keylodge)" -60 1
seen_is 259200
between 'three days back are believed' "$(off keylodge)" -60 1

seen_is 0
fake=-1h
between 'an hour back' "$(off faked)" -60 1
fake=-3d
between 'three days back' "$(off faked)" -259300 -259100
fake=+2h
between 'two hours ahead' "$(off faked)" 7100 7300

# the server, too: its stamps never go back
stop
seen_is 1800
start
is 'a call after the clock was set back' "$(call "$key")" 200
comes stamped "SELECT used_s > strftime('%s') + 1600 FROM api_key
    WHERE name = 'Calls'"
between 'is stamped after those before' "$(sql "SELECT used_s - strftime('%s')
    FROM api_key WHERE name = 'Calls'")" 1700 1801
ok 'and the log says so' grep -q event=clock_back "$home/log/keylodge.log"
stop
