# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# A killed worker comes back, and nothing that was answered is lost.
export KEYLODGE_KILLS=9
. "$(dirname "$0")/lib.sh"

# another -- is there a worker, and not the first one?
another() {
    now=$(worker)
    [ -n "$now" ] && [ "$now" != "$first" ]
}

key=$(keylodge key create --workspace acme --kind standard --name Kept)
gone=$(keylodge key create --workspace acme --kind standard --name Gone)
keylodge key revoke "${gone%%_*}" >/dev/null
for signal in KILL TERM; do
    first=$(worker)
    is "one worker before $signal" "$(echo "$first" | wc -w)" 1
    kill -"$signal" "$first"
    ok "another worker after $signal" comes another
    ok "ready again after $signal" comes answers /readyz 200
    is "key works after $signal" "$(call "$key")" 200
    is "revoked key stays revoked after $signal" "$(call "$gone")" 401
done
is 'database is whole' \
    "$(sqlite3 "$home/keylodge.db" 'PRAGMA integrity_check')" ok
ok 'audit chain is whole' keylodge audit verify

# somebody else, with the program, the file and the public key
fails() {
    ! "$@"
}
outside() {
    ( cd / && "$build/keylodge" audit verify "$@" 2>"$home/outside" )
}
keylodge audit public-key >"$home/audit.pub"
ok 'audit log is exported' keylodge audit export audit.log
ok 'an export is never written over' fails keylodge audit export audit.log
ok 'an export is whole' outside "$home/audit.log" \
    --public-key "$home/audit.pub"
sed '4s/./&x/40' "$home/audit.log" >"$home/changed.log"
ok 'a changed row is found' fails outside "$home/changed.log" \
    --public-key "$home/audit.pub"
ok 'and named' grep -q 'row 3 ' "$home/outside"
sed '$d' "$home/audit.log" >"$home/cut.log"
ok 'a cut end is found' fails outside "$home/cut.log" --public-key "$home/audit.pub"
outside "$home/changed.log" --public-key "$home/audit.pub" --json >"$home/found"
is 'it is found as JSON, too' $? 1
is 'which says where' "$(sed 's/,"why":"[^"][^"]*"}$/}/' "$home/found")" \
    "{\"good\":false,\"file\":\"$home/changed.log\",\"line\":4,\"row\":3,\"number\":3}"
outside "$home/cut.log" --public-key "$home/audit.pub" --json >"$home/found"
is 'and so is a cut end' "$? $(grep -c '^{"good":false,.*"why":"[^"]*"}$' \
    "$home/found")" '1 1'
outside "$home/audit.log" --public-key "$home/audit.pub" \
    --earlier "$home/cut.log" --json >"$home/found"
is 'in an earlier one, that is named' "$? $(grep -c "\"file\":\"$home/cut.log\"" \
    "$home/found")" '1 1'
ok 'the export of a workspace is whole too' sh -c "
    cd '$home' && '$build/keylodge' --config keylodge.conf audit export \
        acme.log --workspace acme 2>/dev/null >&2 &&
    '$build/keylodge' audit verify acme.log --public-key audit.pub >/dev/null"
stop
is 'nothing is left running' "$(worker)" ''
