# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# kill -9 of the server's process group under the load of 64 clients
# (SECURITY.md R2, T06): 100 kills, or with KEYLODGE_LONG 1,000.
. "$(dirname "$0")/lib.sh"
db=$home/keylodge.db

sql() {
    sqlite3 -cmd '.timeout 5000' "$db" "$1"
}

for name in mia oscar; do
    keylodge user add $name@example.org --name $name \
        --password-file "$home/password" >/dev/null
    keylodge member add $name@example.org --workspace acme \
        --role member >/dev/null
done
sign_in
get /w/acme/models/new >/dev/null
is 'a model with a price' "$(post /w/acme/models -d name=a/big \
    -d category=chat -d input_price=1 -d output_price=1)" 303
get /w/acme/members >/dev/null
CSRF=$(hidden csrf)
SESSION=$(awk '$6 == "s" { print "s=" $7 }' "$tmp/jar")
MANAGER=$(keylodge key create --workspace acme --kind management --name M)
COUNTED=$(keylodge key create --workspace acme --name Counted)
COUNTED=${COUNTED%%_*}
many_keys
stop
# a proof of who it is that lasts
ok 'it is later' sh -c "cd '$home' && '$build/tests/http/age' keylodge.conf 7200"
MEMBERS=$(sql "SELECT group_concat(uuid, ' ') FROM user
    WHERE email IN ('mia@example.org', 'oscar@example.org')")
export CSRF SESSION MANAGER COUNTED MEMBERS
sed "s|^gate_socket = .*|gate_socket = gate.sock\\nconsole_socket = console.sock|" \
    "$home/keylodge.conf" >"$home/storm.conf"

rounds=100 longest=500 pause=0
if [ -n "${KEYLODGE_LONG:-}" ]; then
    rounds=1000 longest=3000 pause=300
fi
( cd "$home" && "$build/tests/http/storm" kill "$build/keylodge" storm.conf \
    $rounds $longest $pause ) >"$tmp/storm" ||
    echo "not ok - storm ended with code $?"
cat "$tmp/storm"
if [ -n "${KEYLODGE_LONG:-}" ]; then
    ok 'at least 100,000 were answered' test "$(sed -n \
        's/.*kills, \([0-9]*\) requests answered.*/\1/p' "$tmp/storm")" \
        -ge 100000
fi
ok 'audit chain is whole' keylodge audit verify
is 'nothing is left running' "$(worker)" ''
