# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# A killed worker comes back, and nothing that was answered is lost.
. "$(dirname "$0")/lib.sh"

key=$(keylodge key create --workspace acme --kind standard --name Kept)
gone=$(keylodge key create --workspace acme --kind standard --name Gone)
keylodge key revoke "${gone%%_*}" >/dev/null
for signal in KILL TERM; do
    first=$(worker)
    is "one worker before $signal" "$(echo "$first" | wc -w)" 1
    kill -"$signal" "$first"
    n=0
    until [ "$(get /readyz)" = 200 ] || [ $n -ge 100 ]; do
        n=$((n + 1))
        sleep 0.1
    done
    is "ready again after $signal" "$(get /readyz)" 200
    ok "another worker after $signal" test "$(worker)" != "$first"
    is "key works after $signal" "$(call "$key")" 200
    is "revoked key stays revoked after $signal" "$(call "$gone")" 401
done
is 'database is whole' \
    "$(sqlite3 "$home/keylodge.db" 'PRAGMA integrity_check')" ok
ok 'audit chain is whole' keylodge audit verify
stop
is 'nothing is left running' "$(worker)" ''
