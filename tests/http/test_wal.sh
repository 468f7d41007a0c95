# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The write-ahead log (SECURITY.md R4, R15, T09): one process checkpoints, of
# many at work; a reader that stays makes it grow, and it shrinks again.
# KEYLODGE_LONG: 10 minutes of load with a reader held for one, else seconds.
. "$(dirname "$0")/lib.sh"
db=$home/keylodge.db
mib=1048576

sql() {
    sqlite3 -cmd '.timeout 5000' "$db" "$1"
}

wal() {
    stat -c %s "$db-wal"
}

MANAGER=$(keylodge key create --workspace acme --kind management --name M)
COUNTED=$(keylodge key create --workspace acme --name Counted)
COUNTED=${COUNTED%%_*}
export MANAGER COUNTED
sign_in
many_keys
( cd "$home" && ln -s run/*.sock-0 console.sock )

# load_on, load_off -- 64 clients
load_on() {
    mkfifo "$tmp/load"
    ( cd "$home" && exec "$build/tests/http/storm" load "$tmp/made" \
        <"$tmp/load" >"$tmp/sums" ) 3>&- 5>&- &
    load=$!
    exec 4>"$tmp/load"
    rm "$tmp/load"
}

load_off() {
    exec 4>&-
    wait "$load"
    echo "# $(cat "$tmp/sums")"
}

# ---- a reader that stays ----

# how fast it shrinks is measured on a machine that does nothing else
load_s=8 held=5 deadline=60
if [ -n "${KEYLODGE_LONG:-}" ]; then
    load_s=600 held=60 deadline=10
fi
began=$(date +%s)
load_on
sleep 1
( echo 'BEGIN; SELECT count(*) FROM api_key;'; sleep $held ) |
    sqlite3 "$db" >/dev/null &
reader=$!
most=0
while kill -0 $reader 2>/dev/null; do
    now=$(wal)
    [ "$now" -le $most ] || most=$now
    curl -s --noproxy '*' "$url/metrics" >>"$tmp/metrics"
    sleep 0.5
done
left=$(date +%s)
echo "# $((most / mib)) MiB with a reader of $held s"
ok 'with a reader that stays it has at most 64 MiB' test $most -le \
    $((64 * mib))
until now=$(wal) && [ "$now" -le $((8 * mib)) ] ||
    [ $(($(date +%s) - left)) -gt $deadline ]; do
    sleep 0.2
done
echo "# $(($(date +%s) - left)) s until it had shrunk"
ok "and at most 8 MiB within $deadline s, once it is gone" test "$now" -le \
    $((8 * mib))
ok 'metrics tell how large it is' grep -q '^keylodge_wal_bytes [1-9]' \
    "$tmp/metrics"
while [ $(($(date +%s) - began)) -lt $load_s ]; do sleep 1; done
# the next one stays longer than those who write
mkfifo "$tmp/stay"
sqlite3 "$db" <"$tmp/stay" >/dev/null 3>&- 4>&- &
exec 5>"$tmp/stay"
echo 'BEGIN; SELECT count(*) FROM api_key;' >&5
above() {
    [ "$(wal)" -gt $(($1 * mib)) ]
}
below() {
    [ "$(wal)" -le $(($1 * mib)) ]
}
comes above 10
load_off
ok 'nobody was refused meanwhile' grep -q ' 0 failed' "$tmp/sums"
ok 'the log is large, and nobody writes' test "$(wal)" -gt $((10 * mib))
keylodge doctor >"$tmp/doctor"
ok 'the doctor tells of it' grep -q 'write-ahead log:* *[1-9][0-9]* MiB' \
    "$tmp/doctor"
# however little this machine has written: more than 32 MiB, without a
# checkpoint, and the next who writes tells of it
sqlite3 -cmd '.timeout 60000' -cmd 'PRAGMA wal_autocheckpoint = 0' "$db" \
    'CREATE TABLE much AS SELECT randomblob(33 * 1024 * 1024) AS bytes;
    DROP TABLE much' >/dev/null
ok 'it is larger than 32 MiB' above 32
curl -s --noproxy '*' -o /dev/null -H "Authorization: Bearer $MANAGER" \
    -H 'Content-Type: application/json' -d '{"name":"Next"}' "$url/v1/keys"
ok 'from 32 MiB on the log warns' comes \
    grep -q 'level=warn event=wal_large' "$home/log/keylodge.log"
keylodge doctor >"$tmp/doctor"
ok 'and so does the doctor' grep -q '^WARNING .*write-ahead log' "$tmp/doctor"
exec 5>&-
ok 'it shrinks all the same' comes below 8
stop

# ---- one process checkpoints ----

sed "s|^gate_socket = .*|gate_socket = gate.sock\\nconsole_socket = console.sock|" \
    "$home/keylodge.conf" >"$home/plain.conf"
rm "$home/console.sock"
# traced NAME COMMAND... -- calls that lock files go to $tmp/trace.NAME
traced() {
    name=$1
    shift
    ( cd "$home" && exec strace -f -qq --seccomp-bpf -e trace=fcntl \
        -o "$tmp/trace.$name" "$build/keylodge" --config plain.conf "$@" )
}
# taken FILE... -- how often byte 121 of the -shm file was locked for writing
taken() {
    cat "$@" | grep 'F_SETLK.*F_WRLCK' | grep -c 'l_start=121,'
}

traced serve serve 2>>"$home/log/keylodge.log" >&2 &
server=$!
comes test -S "$home/console.sock"
ok 'it says that it is the one' comes \
    grep -q 'F_OFD_SETLK.*F_WRLCK.*l_start=0, .* = 0' "$tmp/trace.serve"
# shell N, cgi N -- the program again and again
shell() {
    until [ -e "$tmp/enough" ]; do
        traced "shell.$1.$((i = i + 1))" key create --workspace acme \
            --name "shell $1 $i" >/dev/null 2>&1
    done
}
cgi() {
    until [ -e "$tmp/enough" ]; do
        GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=POST REQUEST_URI=/v1/keys \
            REMOTE_ADDR=127.0.0.1 HTTP_HOST=localhost CONTENT_LENGTH=20 \
            CONTENT_TYPE=application/json HTTP_AUTHORIZATION="Bearer $MANAGER" \
            KEYLODGE_CONFIG=plain.conf \
            traced "cgi.$1.$((i = i + 1))" cgi >/dev/null 2>&1 <<IN
{"name":"c $1 $(printf %05d "$i")"}
IN
    done
}
i=0
others=
for n in 1 2 3 4; do
    shell $n & others="$others $!"
done
for n in 1 2 3; do
    cgi $n & others="$others $!"
done
load_on
sleep "$([ -n "${KEYLODGE_LONG:-}" ] && echo 60 || echo 5)"
# longer on a slow machine: until there were checkpoints beside others, and, once
# nothing else is to do, until these have written
beside() {
    [ "$(ls "$tmp" | grep -c '^trace')" -ge 12 ] &&
        [ "$(taken "$tmp/trace.serve")" -ge 1 ]
}
# written -- how many keys shell and CGI made, the smaller of both
written() {
    sql "SELECT min(n) FROM (SELECT count(*) AS n FROM api_key
        WHERE name GLOB 'shell *' UNION ALL
        SELECT count(*) FROM api_key WHERE name GLOB 'c *')"
}
wrote() {
    [ "$(written)" -ge 4 ]
}
comes beside
load_off
comes wrote
: >"$tmp/enough"
# shellcheck disable=SC2086
wait $others
kill -TERM $server
for p in $(worker); do kill -TERM "$p"; done
wait $server
echo "# $(ls "$tmp" | grep -c '^trace') processes beside each other, $(taken \
    "$tmp/trace.serve") checkpoints"
ok 'there were checkpoints' test "$(taken "$tmp/trace.serve")" -ge 1
ok 'of many processes' test "$(ls "$tmp" | grep -c '^trace')" -ge 8
is 'no other process takes the checkpoint lock' \
    "$(taken "$tmp"/trace.shell.* "$tmp"/trace.cgi.*)" 0
ok 'shell and CGI did write' test "$(written)" -ge 4
is 'database is whole' "$(sql 'PRAGMA integrity_check')" ok
ok 'audit chain is whole' keylodge audit verify
is 'nothing is left running' "$(worker)" ''
