# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# SIGHUP reads settings and templates anew; no call is refused or lost over it.
. "$(dirname "$0")/lib.sh"

# calls KEY FILE -- one after the other, until there is a file FILE.end; the
# status of each goes to FILE
calls() {
    until [ -e "$2.end" ]; do
        call "$1"
        echo
    done >"$2"
}

key=$(keylodge key create --workspace acme --kind standard --name Calls)
first=$(worker)
is 'one worker' "$(echo "$first" | wc -w)" 1
for i in 1 2 3 4; do
    calls "$key" "$tmp/calls.$i" &
    eval "caller$i=\$!"
done

cp -r "$tests/../templates" "$home/templates"
sed -i 's/<\/h1>/ (reworded)&/' "$home"/templates/session/sign-in.mustache
sed -i "s|^templates = .*|templates = $home/templates|" "$home/keylodge.conf"
is 'before, the old words' "$(get /sign-in)" 200
ok 'are served' sh -c '! grep -q reworded "$1"' - "$tmp/body"
for round in 1 2 3 4 5; do
    kill -HUP "$first"
    is "served anew ($round)" "$(told serving $((round + 1)))" $((round + 1))
done
is 'the process is the same one' "$(worker)" "$first"
get /sign-in >/dev/null
ok 'the new words are served' grep -q reworded "$tmp/body"

echo 'no_such_setting = 1' >>"$home/keylodge.conf"
kill -HUP "$first"
is 'bad settings are refused' "$(told reload_refused 1)" 1
ok 'and told' grep -q 'reload_refused.*no_such_setting' \
    "$home/log/keylodge.log"
is 'the worker goes on' "$(get /sign-in)" 200
sed -i '/no_such_setting/d' "$home/keylodge.conf"
echo '{{#never closed}}' >>"$home/templates/session/sign-in.mustache"
kill -HUP "$first"
is 'a broken template is refused' "$(told reload_refused 2)" 2
is 'and the one before goes on' "$(get /sign-in)" 200

for i in 1 2 3 4; do
    : >"$tmp/calls.$i.end"
    eval "wait \$caller$i"
done
cat "$tmp"/calls.[1-4] >"$tmp/all"
ok 'there were calls' test "$(wc -l <"$tmp/all")" -gt 50
is 'each was answered as before' "$(sort -u "$tmp/all")" 200

# a setting that is needed, and empty: nothing of the server may meet it
cp "$home/keylodge.conf" "$tmp/good.conf"
refusals=2
for line in 'templates =' 'path =' 'public_url = https://x/' 'prefix = /v1'; do
    name=${line%% *}
    sed "s|^$name = .*|$line|" "$tmp/good.conf" >"$home/keylodge.conf"
    at=$(grep -n "^$name =" "$home/keylodge.conf" | cut -d : -f 1)
    kill -HUP "$first"
    refusals=$((refusals + 1))
    is "$line: refused" "$(told reload_refused $refusals)" $refusals
    ok 'with its line and section' sh -c 'grep event=reload_refused "$1" |
        tail -n 1 | grep -q "keylodge.conf:$2: \[[a-z]*\] $3"' - \
        "$home/log/keylodge.log" "$at" "$name"
    is 'the worker goes on' "$(worker), $(get /sign-in), $(call "$key")" \
        "$first, 200, 200"
    for words in serve doctor --check-config 'print-config nginx' \
        'restore none --since none'; do
        (cd "$home" && "$build/keylodge" --config keylodge.conf $words \
            </dev/null >"$tmp/said" 2>&1)
        is "$words refuses it" "$?, $(grep -c "^keylodge: keylodge.conf:$at: \
\[[a-z]*\] $name" "$tmp/said")" '78, 1'
    done
done
cp "$tmp/good.conf" "$home/keylodge.conf"
ok 'no file is named by nothing' sh -c '! ls "$1" | grep -q null' - "$home"
stop
is 'nothing is left running' "$(worker)" ''
ok 'its own socket is removed' test ! -e "$home/run/gate.sock"
