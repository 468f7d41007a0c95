# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Backups while 64 clients work (SECURITY.md R14, T10): each is whole, private,
# and holds what was answered before it began; restored elsewhere its keys work.
# KEYLODGE_LONG: 100 backups, else 10.
. "$(dirname "$0")/lib.sh"
db=$home/keylodge.db
MANAGER=$(keylodge key create --workspace acme --kind management --name M)
COUNTED=$(keylodge key create --workspace acme --name Counted)
COUNTED=${COUNTED%%_*}
export MANAGER COUNTED
sign_in
many_keys
( cd "$home" && ln -s run/*.sock-0 console.sock )
mkdir "$tmp/kept" "$tmp/else"
mkfifo "$tmp/load"
: >"$tmp/made"
( cd "$home" && exec "$build/tests/http/storm" load "$tmp/made" \
    <"$tmp/load" >"$tmp/sums" ) 3>&- &
load=$!
exec 4>"$tmp/load"

# missing FILE LINES -- changes among the first LINES that FILE does not hold
missing() {
    head -n "$2" "$tmp/made" | sed 's/^\([a-z]*\) \(.\{8\}\).*/\1|\2/' \
        >"$tmp/lines"
    sqlite3 -bail -cmd 'CREATE TEMP TABLE made(what, prefix)' \
        -cmd ".import $tmp/lines made" "$1" "SELECT count(*) FROM made m
        WHERE NOT EXISTS (SELECT 1 FROM api_key k WHERE k.prefix = m.prefix
            AND (m.what = 'made' OR k.revoked_s IS NOT NULL))"
}

backups=10
[ -z "${KEYLODGE_LONG:-}" ] || backups=100
n=0 bad='' lost=0
changes() {
    [ "$(wc -l <"$tmp/made")" -gt "$1" ]
}
comes changes 100
while [ $n -lt $backups ]; do
    n=$((n + 1))
    lines=$(wc -l <"$tmp/made")
    file=$tmp/kept/$n.db
    keylodge backup "$file" >/dev/null || bad="$bad $n:fails"
    [ "$(stat -c %a "$file")" = 600 ] || bad="$bad $n:mode"
    [ "$(sqlite3 "$file" 'PRAGMA integrity_check; PRAGMA foreign_key_check')" = \
        ok ] || bad="$bad $n:damaged"
    lost=$((lost + $(missing "$file" "$lines")))
    [ $n -eq $backups ] || rm -f "$file" "$file.sha256"
done
exec 4>&-
wait $load
echo "# $backups backups; $(wc -l <"$tmp/made") changes, $(cat "$tmp/sums")"
is 'backups under load are whole and private' "$bad" ''
is 'and hold what was answered before they began' "$lost" 0
ok 'there were changes' test "$lines" -gt 100
stop

# elsewhere, with the same master secret
sed "s|^path = .*|path = $tmp/else/keylodge.db|;
    s|^gate_socket = .*|gate_socket = gate.sock\\nconsole_socket = console.sock|" \
    "$home/keylodge.conf" >"$tmp/else/keylodge.conf"
there() {
    ( cd "$tmp/else" && "$build/keylodge" --config keylodge.conf "$@" \
        2>>"$home/log/shell.log" )
}
ok 'the last one is restored' there restore "$file" --since nothing
ok 'and verified' there verify "$tmp/else/keylodge.db"
# alive at the end of all: alive then; revoked before it began: revoked
awk -v lines="$lines" '
    $1 == "made" && NR <= lines { made[$2] }
    $1 == "revoked" { gone[$2] = NR }
    END {
        for (k in made)
            if (!(k in gone)) print k, 204
            else if (gone[k] <= lines) print k, 401
    }' "$tmp/made" >"$tmp/expected"
( cd "$tmp/else" && exec "$build/keylodge" --config keylodge.conf serve \
    2>>"$home/log/keylodge.log" </dev/null ) &
server=$!
comes test -S "$tmp/else/console.sock"
( cd "$tmp/else" && "$build/tests/http/storm" look "$tmp/expected" ) \
    >"$tmp/looked"
echo "# $(cat "$tmp/looked")"
is 'every key works there, and what was revoked does not' \
    "$(cat "$tmp/looked")" "$(wc -l <"$tmp/expected") right, 0 wrong"
kill -TERM $server
wait $server
is 'it ends well' $? 0
is 'nothing is left running' "$(worker)" ''
