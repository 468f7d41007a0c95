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

keylodge export --workspace acme "$tmp/acme.json" >/dev/null
ok 'deleted' sh -c 'case $1 in "acme is deleted: "*) ;; *) exit 1; esac' - \
    "$(keylodge workspace delete acme)"
is 'the call is refused' "$(call "$key")" 403
is 'twice is a mistake' "$(code keylodge workspace delete acme)" 1
is 'it cannot be thawed' "$(code keylodge workspace thaw acme)" 1
printf 'sha256,name\n' >"$tmp/list"
for words in 'key create --workspace acme --name No' "key rotate ${key%%_*}" \
    'member add ada@example.org --workspace acme' \
    'service add No --workspace acme' 'workspace rename acme --name No' \
    "import $tmp/acme.json" "import --format sha256 --workspace acme $tmp/list"
do
    : >"$home/log/shell.log"
    is "deleted: $words" "$(code keylodge $words)" 1
    ok 'and says so' grep -qi 'restore it first' "$home/log/shell.log"
done
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

# ---- an output that cannot be written ----

# lost COMMAND... -- exit status of a command whose output goes nowhere: a disk
# that is full; shut: one whose output is closed; unread: a pipe without a
# reader.  What it says goes to $tmp/said.
lost() {
    ( cd "$home" && "$build/keylodge" --config keylodge.conf "$@" \
        >/dev/full 2>"$tmp/said" )
    echo $?
}

shut() {
    ( cd "$home" && "$build/keylodge" --config keylodge.conf "$@" \
        >&- 2>"$tmp/said" )
    echo $?
}

unread() {
    mkfifo "$tmp/pipe"
    ( cd "$home" && exec 4<>"$tmp/pipe" 5>"$tmp/pipe" 4>&- &&
        "$build/keylodge" --config keylodge.conf "$@" >&5 2>"$tmp/said" )
    echo $?
    rm "$tmp/pipe"
}

# keys -- how many there are; links -- links that were made
keys() {
    keylodge key list --workspace acme --json | grep -o '"prefix"' | wc -l
}

made() {
    keylodge audit list --action "$1" --json | grep -o '"number"' | wc -l
}

prefix=${key%%_*}
before=$(keys)
for way in shut unread; do
    is "$way: no key is made" "$($way key create --workspace acme --name No)" 1
    ok 'and it says so' said 'cannot be written: .* Nothing was made'
    is "$way: no secret" "$($way key rotate "$prefix")" 1
    is "$way: no set-up link" "$($way setup-link)" 1
    is "$way: no reset link" "$($way reset-link ada@example.org)" 1
done
is 'there are the keys of before' "$(keys)" "$before"
is 'no secret was made' "$(made key.rotate)" 0
is 'no reset link was made' "$(made reset.link)" 0
is 'the key goes on' "$(call "$key")" 200

# gone COMMAND... -- its status when who reads went before it printed anything;
# what it says goes to $tmp/said
gone() {
    mkfifo "$tmp/went"
    { read -r _ <"$tmp/went"
      keylodge_here "$@" 2>"$tmp/said"
      echo $? >"$tmp/status"; } | { exec <&-; echo >"$tmp/went"; }
    rm "$tmp/went"
    cat "$tmp/status"
}
keylodge_here() { # whoever runs the tests may not mind the signal
    ( cd "$home" && exec env --default-signal=PIPE "$build/keylodge" \
        --config keylodge.conf "$@" )
}
is 'gone: it ends by SIGPIPE, and says nothing' "$(gone workspace list), $(cat \
    "$tmp/said")" '141, '
is 'gone: what it had to do is done' "$(gone workspace rename acme \
    --name Gone), $(keylodge workspace show acme | grep -c ' Gone$')" '141, 1'

is 'full: the key is made' "$(lost key create --workspace acme --name Lost)" 1
is 'one more' "$(keys)" $((before + 1))
ok 'it says how to get a secret' said \
    'cannot be written: .* "Lost" was made.* keylodge key rotate '
fresh=$(keylodge $(sed -n 's/.*keylodge \(key rotate [0-9A-Za-z]*\).*/\1/p' \
    "$tmp/said"))
is 'and so it is' "$(call "$fresh")" 200
is 'full: with --json, too' "$(lost key create --workspace acme --name Lost2 \
    --json)" 1
is 'full: a link' "$(lost key create --workspace acme --name Lost3 \
    --claim 1)" 1
ok 'it says how to get another' said 'keylodge key claim-link '
waits=$(sed -n 's/.*key claim-link \([0-9A-Za-z]*\).*/\1/p' "$tmp/said")
is 'full: another' "$(lost key claim-link "$waits")" 1
ok 'it says how to get another' said "keylodge key claim-link $waits"
is 'full: a secret' "$(lost key rotate "${fresh%%_*}")" 1
ok 'it says what became of the old one' said 'the old one ends'
ok 'and how to get another' said "keylodge key rotate ${fresh%%_*}"
is 'full: a set-up link' "$(lost setup-link)" 1
is 'full: a reset link' "$(lost reset-link ada@example.org)" 1
ok 'it says how to get another' said 'keylodge reset-link ada@example.org'
for words in 'user list --json' 'workspace list' 'audit public-key' \
    'print-config nginx --upstream 127.0.0.1:9' 'key list --workspace acme' \
    'audit list' '--version' '--help' 'completion bash' 'export -' \
    'workspace rename acme --name Acme'; do
    is "full: $words" "$(lost $words)" 1
    ok 'and it says so' said 'cannot be written: No space left on device'
    is "closed: $words" "$(shut $words)" 1
done
is 'nothing to say' "$(shut audit list --actor ada@example.org)" 0

# ---- words for who mistyped ----

# wrong WORDS PATTERN -- a command that fails, and says this
wrong() {
    : >"$home/log/shell.log"
    is "$1" "$(code keylodge $1)" 1
    ok "says: $2" grep -q "$2" "$home/log/shell.log"
}

wrong 'workspace show Acme' 'no workspace Acme.*keylodge workspace list'
wrong 'key create --workspace acme --name L --labels alone' \
    'name=value, with commas between'
wrong 'audit list --from 2026-02-01 --to 2026-01-01' 'from: .*before'
wrong "import --verifiers $tmp/nofile $tmp/acme.json" \
    'Transfer secret .*nofile is missing.*export --verifiers'
wrong "import $tmp" 'is a folder'
wrong "verify $tmp" 'is a folder'
wrong "verify $tmp/nofile" 'There is no file .*nofile'
keylodge workspace add Beta --owner ada@example.org >/dev/null
printf 'sha256,name\n%064d,One\n' 7 >"$tmp/list"
list() {
    keylodge import --format sha256 --workspace "$1" "$tmp/list" >/dev/null
}
list acme
: >"$home/log/shell.log"
list beta
ok 'keys of another workspace are named' \
    grep -q 'note: .*One.* workspace acme' "$home/log/shell.log"

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
