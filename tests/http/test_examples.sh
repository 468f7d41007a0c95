# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# test_examples.sh BUILD TMP -- the files in doc/examples are what print-config
# writes for the settings of the package.  KEYLODGE_GOLDEN=update writes them
# anew.
set -u
LC_ALL=C
export LC_ALL
build=$1 tmp=$2
tests=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
examples=$tests/../doc/examples
. "$tests/http/client.sh"

# example NAME -- with the places of the package, wherever this build goes
example() {
    gate=/run/keylodge/gate.sock
    [ "$1" != apache-authorizer ] || gate=127.0.0.1:9002
    cat >"$tmp/keylodge.conf" <<END
[server]
public_url = https://keys.example.org
console_socket = /run/keylodge/console.sock
gate_socket = $gate
END
    "$build/keylodge" --config "$tmp/keylodge.conf" print-config "$1" |
        sed -e "s|$tmp/keylodge.conf|/etc/keylodge/keylodge.conf|" \
            -e "s|$program|/usr/bin/keylodge|" \
            -e "s|${program%/*}\"|/usr/bin\"|" \
            -e 's|"/[^"]*/allowed.lua"|"/usr/share/keylodge/allowed.lua"|'
}

program=$(readlink -f "$build/keylodge")
"$build/keylodge" print-config --help | sed -n '/^  SERVER:/,$p' |
    tr -c 'a-z-' '\n' | grep . >"$tmp/names"
ok 'they are eight' test "$(wc -l <"$tmp/names")" -eq 8
while read -r name; do
    example "$name" >"$tmp/$name.conf"
    [ "${KEYLODGE_GOLDEN:-}" != update ] ||
        cp "$tmp/$name.conf" "$examples/$name.conf"
    ok "$name.conf is what print-config writes" \
        diff "$examples/$name.conf" "$tmp/$name.conf"
    ok "and nothing in it waits for a value" \
        sh -c '! grep -n "@[A-Z_]*@\|^@" "$1"' - "$tmp/$name.conf"
done <"$tmp/names"
for file in "$examples"/*.conf; do
    basename "$file" .conf
done | sort >"$tmp/there"
sort "$tmp/names" >"$tmp/known"
ok 'and there are no others' diff "$tmp/there" "$tmp/known"

# relative - what print-config makes of relative settings is right from
# everywhere
relative() {
    (cd "$tmp" && "$build/keylodge" --config odd.conf print-config "$1" \
        --certificate c.pem --certificate-key k.pem >odd 2>&1)
}

fails() {
    ! "$@"
}

# set_odd GATE CONSOLE
set_odd() {
    printf '[server]\npublic_url = https://keys.example.org\n%s\n%s\n' \
        "gate_socket = $1" "console_socket = $2" >"$tmp/odd.conf"
}

while read -r name; do
    gate=gate.sock
    [ "$name" != apache-authorizer ] || gate=127.0.0.1:9002
    set_odd $gate run/console.sock
    ok "$name: with relative settings" relative "$name"
    ok "$name: every path begins at the root" sh -c '! grep -E "$1" "$2"' - \
        '(^|[^/a-z.])(run/console|gate\.sock|odd\.conf|[ck]\.pem)' "$tmp/odd"
    ok "$name: in the folder of the settings" grep -qF "$tmp/" "$tmp/odd"
done <"$tmp/known"
set_odd gate.sock console.sock
ok 'a name alone is no TCP, which the Authorizer wants' \
    fails relative apache-authorizer
ok 'a certificate goes with https' relative nginx
sed -i 's|^public_url = https|public_url = http|' "$tmp/odd.conf"
relative nginx
is 'with http it is wrong usage, and no configuration' \
    "$? $(grep -c '^keylodge: public_url is http://' "$tmp/odd") $(wc -l \
    <"$tmp/odd")" '2 1 1'
set_odd 127.0.0.1:9002 127.0.0.1:9003
ok 'a console by TCP' relative lighttpd
ok 'is reached by TCP' test "$(grep -c \
    '"host" => "127.0.0.1", "port" => 9003,' "$tmp/odd")" -eq 1
set_odd "$(printf '%090d' 0)-gate.sock" console.sock
ok 'a path that is too long from the root is refused' fails relative nginx
