# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Read with `.` by each tests/http/test_*.sh BUILD TMP: a server in TMP/home with
# the workspace "acme" of ada@example.org.  Tests print TAP.

set -u
LC_ALL=C
export LC_ALL
umask 022 # what others can write to is refused
build=$1 tmp=$2
home=$tmp/home
tests=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
. "$tests/http/client.sh"

start() {
    mkfifo "$tmp/hold" "$tmp/told" || exit 1
    "$tests/server" "$build" "$home" <"$tmp/hold" >"$tmp/told" \
        2>"$tmp/server.err" &
    server=$!
    exec 3>"$tmp/hold"
    read -r url <"$tmp/told" || { cat "$tmp/server.err" >&2; exit 1; }
    rm "$tmp/hold" "$tmp/told"
}

# The server ends when its input does; wait, so that nothing is left.  What it
# says of signals that ended the program is told: a test that sends some itself
# has their numbers in KEYLODGE_KILLS.
stop() {
    exec 3>&-
    wait "$server"
    ended=$?
    is 'no signal ended the program' $ended 0
    [ $ended -eq 0 ] || sed 's/^/# /' "$tmp/server.err"
}

# worker -- process of the program that this lighttpd started
worker() {
    for exe in /proc/[0-9]*/exe; do
        p=${exe#/proc/}
        p=${p%/exe}
        if [ "$(readlink "$exe" 2>/dev/null)" = "$build/keylodge" ] &&
            [ "$(readlink "/proc/$p/cwd")" = "$home" ]; then
            echo "$p"
        fi
    done
}

# told EVENT N -- waits until the log of the server has N lines of this event,
# and says how many it has
told() {
    comes has_told "$1" "$2"
    grep -c "event=$1" "$home/log/keylodge.log"
}

has_told() {
    [ "$(grep -c "event=$1" "$home/log/keylodge.log")" -ge "$2" ]
}

# reload -- the worker reads its settings and secrets anew, and has done so
reload() {
    before=$(grep -c event=serving "$home/log/keylodge.log")
    kill -HUP "$(worker)"
    told serving $((before + 1)) >/dev/null
}

keylodge() {
    ( cd "$home" && "$build/keylodge" --config keylodge.conf "$@" \
        2>>"$home/log/shell.log" )
}

# typed WORDS COMMAND... -- the code of a command on a terminal, where somebody
# types WORDS; what the terminal showed goes to $tmp/tty.  $conf: other settings
typed() {
    line=$1
    shift
    ( cd "$home" && echo "$line" | script -qec \
        "$build/keylodge --config ${conf:-keylodge.conf} $*" /dev/null \
        >"$tmp/tty" 2>&1
      echo $? )
}

[ -d "$home" ] || mkdir "$home" || exit 1 # a test may have put a disk there
# settings that a test adds
[ -z "${extra:-}" ] || printf '%s\n' "$extra" >"$home/extra.conf"
start
printf '%s\n' "$password" >"$home/password"
keylodge user add ada@example.org --name 'Ada Lovelace' \
    --password-file "$home/password" >/dev/null
keylodge workspace add Acme --owner ada@example.org >/dev/null
