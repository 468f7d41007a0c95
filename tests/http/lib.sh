# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Read with `.` by each tests/http/test_*.sh BUILD TMP: a server in TMP/home with
# the workspace "acme" of ada@example.org.  Tests print TAP.

set -u
LC_ALL=C
export LC_ALL
build=$1 tmp=$2
home=$tmp/home
tests=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
password='correct horse battery'

# ok WHAT CONDITION... -- the condition is a command; its words are told when
# it fails
ok() {
    what=$1
    shift
    if said=$("$@" 2>&1); then
        echo "ok - $what"
    else
        echo "not ok - $what"
        printf '%s\n' "$*" "$said" | cut -c 1-300 | tail -n 20 | sed 's/^/# /'
    fi
}

# is WHAT GOT WANTED
is() {
    if [ "$2" = "$3" ]; then
        echo "ok - $1"
    else
        echo "not ok - $1"
        printf 'got  %s\nnot  %s\n' "$2" "$3" | sed 's/^/# /'
    fi
}

start() {
    mkfifo "$tmp/hold" "$tmp/told" || exit 1
    "$tests/server" "$build" "$home" <"$tmp/hold" >"$tmp/told" &
    server=$!
    exec 3>"$tmp/hold"
    read -r url <"$tmp/told" || exit 1
    rm "$tmp/hold" "$tmp/told"
}

# The server ends when its input does; wait, so that nothing is left.
stop() {
    exec 3>&-
    wait "$server"
}

keylodge() {
    ( cd "$home" && "$build/keylodge" --config keylodge.conf "$@" \
        2>>"$home/log/shell.log" )
}

# get PATH [curl options], post PATH [curl options] -- as a browser with its
# cookies; the body goes to $tmp/body, the headers to $tmp/head, the status to
# stdout.  post sends the token of the page that was read last.
get() {
    path=$1
    shift
    curl -s --noproxy '*' --max-time 20 --path-as-is -o "$tmp/body" \
        -D "$tmp/head" -w '%{http_code}' -b "$tmp/jar" -c "$tmp/jar" "$@" \
        "$url$path"
}

post() {
    csrf=$(hidden csrf)
    get "$@" -H 'Sec-Fetch-Site: same-origin' --data-urlencode "csrf=$csrf"
}

# hidden NAME -- value of a hidden field of the page that was read last
hidden() {
    sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" "$tmp/body" |
        head -n 1
}

# call KEY [curl options] -- status of a guarded call
call() {
    key=$1
    shift
    curl -s --noproxy '*' --max-time 20 -o /dev/null -w '%{http_code}' \
        -H "Authorization: Bearer $key" "$@" "$url/protected/hello"
}

mkdir "$home" || exit 1
start
printf '%s\n' "$password" >"$home/password"
keylodge user add ada@example.org --name 'Ada Lovelace' \
    --password-file "$home/password" >/dev/null
keylodge workspace add Acme --owner ada@example.org >/dev/null
