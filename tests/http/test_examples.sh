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
