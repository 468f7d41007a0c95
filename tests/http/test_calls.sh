# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Calls of the system fail under the running server (SECURITY.md R6, T05): for
# as long as they do, nobody is let in who may not, what is answered is true or
# 503 (507 on a full disk), and afterwards all works again, with no new start.
# strace makes them fail; where it cannot trace, this test fails.
if [ "$(id -u)" -ne 0 ] && [ -z "${KEYLODGE_TRACES:-}" ]; then
    # the server lets nobody of its own user look into it; root of a name space
    # of its own may
    if ! unshare -r true; then
        echo 'not ok - strace cannot trace here: unshare -r says no'
        exit 0
    fi
    KEYLODGE_TRACES=1 exec unshare -r sh "$0" "$@"
fi
if ! said=$(strace -e trace=none true 2>&1); then
    echo 'not ok - strace cannot trace here'
    echo "$said" | tail -n 3 | sed 's/^/# /'
    exit 0
fi
# a call that strace makes fail has a number of its own, which must not kill
export KEYLODGE_SANDBOX=on
. "$(dirname "$0")/lib.sh"
db=$home/keylodge.db

sql() {
    sqlite3 -readonly -cmd '.timeout 5000' "$db" "$1"
}

api() {
    curl -s --noproxy '*' --max-time 60 -o "$tmp/body" -D "$tmp/head" \
        -w '%{http_code}' -X "$1" -H "Authorization: Bearer $manager" \
        ${3:+-H 'Content-Type: application/json' -d "$3"} "$url$2"
}

# traced INJECTIONS... -- from here on these calls of the worker fail
traced() {
    set -- "$(worker)" "$@"
    process=$1
    shift
    for i in "$@"; do
        set -- "$@" -e "inject=$i"
        shift
    done
    strace -f -o "$tmp/trace" -e trace="$calls" "$@" -p "$process" \
        2>"$tmp/strace" 3>&- &
    tracer=$!
    comes all_traced
}

all_traced() {
    ! grep -q '^TracerPid:.0$' /proc/"$process"/task/*/status
}

untraced() {
    kill -INT "$tracer" 2>/dev/null
    wait "$tracer" 2>/dev/null
}

# answer STATUS LEAST... -- is it right, or does it say that it is our fault?
fair() {
    said=$1
    shift
    case $said in
    503) grep -qi '^retry-after: [1-9]' "$tmp/head" ;;
    *) case " $* " in *" $said "*) true ;; *) false ;; esac ;;
    esac
}

# gate KEY RIGHT -- as call, but headers are kept
gate() {
    fair "$(curl -s --noproxy '*' --max-time 60 -o "$tmp/body" \
        -D "$tmp/head" -w '%{http_code}' -H "Authorization: Bearer $1" \
        "$url/protected/hello")" "$2"
}

manager=$(keylodge key create --workspace acme --kind management --name M)
sign_in
many_keys
good=$(keylodge key create --workspace acme --kind standard --name good)
gone=$(keylodge key create --workspace acme --kind standard --name gone)
keylodge key revoke "${gone%%_*}" >/dev/null
first=$(worker)
trial=0

# scenario WHAT CALLS INJECTION... -- names of calls, as strace has them
scenario() {
    scene=$1 calls=$2
    shift 2
    trial=$((trial + 1)) wrong=
    # somebody else writes: what the server has read counts for nothing
    doomed=$(keylodge key create --workspace acme --kind standard \
        --name "doomed $trial")
    if ! traced "$@"; then
        echo "not ok - $scene: cannot be traced"
        sed 's/^/# /' "$tmp/strace" | head -n 3
        untraced
        return
    fi
    for round in 1 2; do
        gate "$good" 200 || wrong="$wrong, a good key: $said"
        gate "$gone" 401 || wrong="$wrong, a revoked key: $said"
        gate "${good%?????}xxxxx" 401 || wrong="$wrong, a wrong key: $said"
        fair "$(api POST /v1/keys "{\"name\":\"made $trial $round\"}")" 200 \
            507 || wrong="$wrong, create: $said"
        if [ "$said" = 200 ]; then echo "made $trial $round"; fi
    done >"$tmp/made"
    fair "$(api DELETE "/v1/keys/${doomed%%_*}")" 200 507 ||
        wrong="$wrong, revoke: $said"
    ended=$said
    untraced
    failed=$(grep -c INJECTED "$tmp/trace")
    is "$scene: answers while it fails" "$wrong" ''
    ok "$scene: calls failed" test "$failed" -gt 0
    echo "# $failed calls"
    [ "$ended" != 200 ] || is "$scene: who was revoked stays out" \
        "$(call "$doomed")" 401
    while read -r name; do
        [ "$(sql "SELECT count(*) FROM api_key WHERE name = '$name'")" = 1 ] ||
            echo "not ok - $scene: $name was answered, and is not there"
    done <"$tmp/made"
    is "$scene: afterwards" "$(call "$good") $(call "$gone") $(api POST \
        /v1/keys "{\"name\":\"after $trial\"}")" '200 401 200'
}

scenario 'sync' fsync,fdatasync fsync,fdatasync:error=EIO
scenario 'sync, once' fdatasync fdatasync:error=EIO:when=1
scenario 'write' pwrite64 pwrite64:error=EIO
scenario 'write, disk full' pwrite64 pwrite64:error=ENOSPC
scenario 'read' pread64 pread64:error=EIO
scenario 'open, after a failed sync' openat,fdatasync \
    fdatasync:error=EIO:when=1 openat:error=EIO
scenario 'lock' flock flock:error=EIO
scenario 'memory of the log index, after a failed sync' mmap,fdatasync \
    fdatasync:error=EIO:when=1 mmap:error=ENOMEM
scenario 'the log of the server' write write:error=ENOSPC
# on a disk that seems full (no block is free, says what the system answers)
# the write-ahead log gives its space back
# kind, size of a block, blocks; free ones: none
disk=0100000000000000001000000000000000000100000000000000000000000000
scenario 'truncate, on a full disk' ftruncate,fstatfs ftruncate:error=EIO \
    "fstatfs:poke_exit=@arg2=${disk}0000000000000000"

is 'by the same process' "$(worker)" "$first"
is 'keys and their events' "$(sql "SELECT
    (SELECT count(*) FROM api_key) -
        (SELECT count(*) FROM audit WHERE action = 'key.create'),
    (SELECT count(*) FROM api_key WHERE revoked_s IS NOT NULL) -
        (SELECT count(*) FROM audit WHERE action = 'key.revoke')")" '0|0'
is 'database is whole' "$(sql 'PRAGMA integrity_check')" ok
ok 'audit chain is whole' keylodge audit verify
stop
is 'nothing is left running' "$(worker)" ''
