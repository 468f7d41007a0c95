# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The shell beside a server that runs: a freeze holds from the next call on, and
# a command opens no more than it needs.
. "$(dirname "$0")/lib.sh"

# code COMMAND... -- its exit status; what it says goes to $tmp/said
code() {
    "$@" >"$tmp/said" 2>&1
    echo $?
}

said() {
    grep -q "$1" "$tmp/said"
}

# ---- freeze and thaw ----

key=$(keylodge key create --workspace acme --kind standard --name Calls)
is 'a call passes' "$(call "$key")" 200
is 'frozen' "$(keylodge workspace freeze acme --why 'A bill overnight')" \
    'acme is frozen until somebody thaws it'
is 'the next call is refused' "$(call "$key")" 403
is 'twice is a mistake' "$(code keylodge workspace freeze acme --why x)" 1
ok 'and says so' grep -q 'frozen already' "$home/log/shell.log"
is 'thawed' "$(keylodge workspace thaw acme)" 'acme is thawed'
is 'the next call passes' "$(call "$key")" 200
is 'once more is none' "$(keylodge workspace thaw acme)" 'acme was not frozen'
ok 'for an hour' sh -c 'case $1 in "acme is frozen until 20"*Z) ;; *) exit 1
    esac' - "$(keylodge workspace freeze acme --why x --for hour)"
is 'until somebody thaws it before' "$(keylodge workspace thaw acme)" \
    'acme is thawed'
is 'until an instant' "$(keylodge workspace freeze acme --why x \
    --until 2100-01-01T00:00:00Z)" 'acme is frozen until 2100-01-01T00:00:00Z'
is 'the call is refused' "$(call "$key")" 403
keylodge workspace thaw acme >/dev/null
is 'an instant that has passed' "$(code keylodge workspace freeze acme --why x \
    --until 2020-01-01T00:00:00Z)" 1

# ---- delete and restore ----

ok 'deleted' sh -c 'case $1 in "acme is deleted: "*) ;; *) exit 1; esac' - \
    "$(keylodge workspace delete acme)"
is 'the call is refused' "$(call "$key")" 403
is 'twice is a mistake' "$(code keylodge workspace delete acme)" 1
is 'it cannot be thawed' "$(code keylodge workspace thaw acme)" 1
ok 'the list says so' sh -c 'echo "$1" | grep -q "^acme .* deleted "' - \
    "$(keylodge workspace list)"
ok 'restored' sh -c 'case $1 in "acme is back; "*) ;; *) exit 1; esac' - \
    "$(keylodge workspace restore acme)"
is 'calls wait for a thaw' "$(call "$key")" 403
keylodge workspace thaw acme >/dev/null
is 'and pass' "$(call "$key")" 200
is 'once more is none' "$(keylodge workspace restore acme)" \
    'acme was not deleted'

is 'both spans' "$(code keylodge workspace freeze acme --why x --for day \
    --until 2100-01-01T00:00:00Z)" 2
is 'a span that is none' "$(code keylodge workspace freeze acme --why x \
    --for ever)" 2
is 'no reason' "$(code keylodge workspace freeze acme)" 2
is 'an empty reason' "$(code keylodge workspace freeze acme --why '')" 1
is 'no such workspace' "$(code keylodge workspace freeze nowhere --why x)" 1
is 'no such workspace to thaw' "$(code keylodge workspace thaw nowhere)" 1
is 'calls pass after all that' "$(call "$key")" 200

# ---- what a command opens ----

mkdir "$tmp/none"
sed -e "s|^path = .*|path = $tmp/none/no.db|" \
    -e "s|^master = .*|master = $tmp/none/master|" \
    -e "s|^templates = .*|templates = $tmp/none/t|" \
    -e "s|^static = .*|static = $tmp/none/s|" \
    "$home/keylodge.conf" >"$tmp/none/conf"
bare() {
    ( cd "$tmp/none" && "$build/keylodge" --config "${conf:-conf}" "$@" )
}
printf '%s\n' "$key" >"$tmp/none/leak"
is 'print-config needs settings only' "$(code bare print-config nginx \
    --upstream 127.0.0.1:9)" 0
is 'a key list needs a database' "$(code bare key list --workspace acme)" 78
is 'and makes none' "$(ls "$tmp/none" | tr '\n' ' ')" 'conf leak '
conf=missing
is 'print-config without settings' "$(code bare print-config nginx)" 78
is 'scan needs nothing' "$(code bare scan leak)" 1
ok 'and finds' said "^leak:1: standard key ${key%%_*}\$"
is 'scan without a path' "$(code bare scan)" 2
is 'an exported log needs nothing' "$(code bare audit verify leak)" 2
ok 'and says how' said 'checked with FILE and --public-key'
is 'the own log needs settings' "$(code bare audit verify)" 78
conf=conf
is 'no such command, with settings' "$(code bare workspace melt)" 2
stop
