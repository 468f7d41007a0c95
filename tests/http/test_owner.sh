# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Commands that root runs for a server under a user of its own: whatever they
# make, that user can use.  Run by another user, all of it is that user's.
set -u
LC_ALL=C
export LC_ALL
build=$1 tmp=$2
tests=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
url='' keylodge=$build/keylodge
. "$tests/http/client.sh"

# A place that the server's user can reach, wherever the others are
who=$(id -u)
open=$(mktemp -d /tmp/klo.XXXXXX) || exit 1
trap 'rm -rf "$open"' EXIT
trap 'exit 143' INT TERM HUP
chmod 755 "$open"
here=$open/here
mkdir -m 700 "$here" "$here/keys" "$here/data" "$here/kept" || exit 1
cp "$keylodge" "$here/program"
cp -r "$tests/../templates" "$tests/../static" "$here"
cat >"$here/conf" <<END_CONF
[server]
public_url = http://127.0.0.1:1
[store]
path = data/keylodge.db
[secret]
master = keys/master
[files]
templates = templates
static = static
END_CONF
set --
if [ "$who" -eq 0 ]; then
    who=65534
    chown -R $who:$who "$here"
    set -- setpriv --reuid $who --regid $who --clear-groups
fi
as=$*
cd "$here" || exit 1

# run COMMAND... -- by whoever runs this; server COMMAND...: by the server's user
run() {
    ./program --config conf "$@" >said 2>&1 </dev/null
}
server() {
    # words on purpose
    # shellcheck disable=SC2086
    $as ./program --config conf "$@" </dev/null 2>&1
}
server_writes() {
    server key create --workspace acme --name "$1" >said
}

# usable AFTER -- every file is the server's, and it opens all of them
usable() {
    is "$1, every file is the server's" \
        "$(find keys data kept ! -uid "$who" | sort | tr '\n' ' ')" ''
    is "$1, every key is read" "$(server verify data/keylodge.db |
        sed -n 's/^secrets of keys: \([0-9]*\) of \([0-9]*\) .*/\1 \2/p')" \
        "$keys $keys"
    server doctor >said
    is "$1, the doctor finds nothing wrong" \
        "$(grep '^WRONG.*\(secret\|key\|database\|log\|lock\)' said)" ''
}

keys=0
ok 'init' run init
usable 'after init'
printf 'a long enough pass phrase\n' >password
chmod 644 password
ok 'a person' run user add ada@example.org --name Ada --password-file password
ok 'a team' run workspace add Acme --owner ada@example.org
ok 'a key' run key create --workspace acme --name One
keys=1
ok 'by the server, too' server_writes Two
keys=2
usable 'after commands'
ok 'messages are sent' run send
ok 'a backup' run backup kept/one.db
usable 'after a backup'

ok 'a new master secret' run rotate-secret
usable 'after rotate-secret'
ok 'both secrets are there' test -e keys/master.old
ok 'the server makes a key' server_writes Three
keys=3
ok 'the old one ends' run rotate-secret --end
usable 'after its end'

# a next secret of a program that left it to root
rm -f keys/master.next
head -c 32 /dev/urandom >keys/master.next
chmod 400 keys/master.next
ok 'one that was begun goes on' run rotate-secret
ok 'to its end' run rotate-secret --end
usable 'after one that was begun'

# what root owns elsewhere comes back as the server's
run backup kept/two.db
mkdir -m 700 "$tmp/roots"
cp kept/two.db kept/two.db.sha256 "$tmp/roots/"
mkdir -m 700 old
mv data/* old/
ok 'restored from a file of root' run restore "$tmp/roots/two.db" \
    --since old/keylodge.db
usable 'after restore'
ok 'and the server writes' server_writes Four
keys=4

# checked FILE -- what --check-config says to the server's user of it, and that
# it changed nothing
checked() {
    find data keys -newer stamp >changed
    server --check-config >said
    is "a start would not do with $1" "$? $(grep -c "$1 cannot be written" \
        said) $(wc -l <said) $(find data keys -newer stamp | diff - changed)" \
        '78 1 1 '
}
touch stamp
server --check-config >said
is 'all is well for a start' "$? $(cat said)" '0 conf: ok'

# ---- what the doctor says of what was left to root, or to nobody ----

# finds FILE WHAT SAYS -- of it, by who runs this and by the server's user
finds() {
    run doctor
    found=$(grep -c "^WRONG *$2: .*$1.*$3" said)
    server doctor >said
    is "of $1: $3" "$found $(grep -c "^WRONG *$2: .*$1.*$3" said)" '1 1'
}
if [ "$(id -u)" -eq 0 ]; then
    touch data/keylodge.db.send
    for file in 'keys/master master secret' 'keys/master-audit audit key' \
        'data/keylodge.db.lock database' 'data/keylodge.db.send database'; do
        chown 0 "${file%% *}"
        finds "${file%% *}" "${file#* }" "belongs to user 0.*chown $who"
        chown "$who" "${file%% *}"
    done
    chown 0 data/keylodge.db
    run doctor
    is 'a database of root' "$(grep -c "^WRONG *database: .*chown $who" said)" 1
    chown "$who" data/keylodge.db
    chown 0 data
    finds data 'folder of the database' "belongs to user 0.*chown $who"
    chown "$who" data
    chown 0 keys/master
    server key list --workspace acme >said
    ok 'a secret of root is not fetched away from it' \
        grep -q "belongs to root. Run this as root; or, if the server" said
    chown "$who" keys/master
fi
chmod 400 data/keylodge.db
checked keylodge.db
finds data/keylodge.db database 'Run: chmod u+rw'
server key create --workspace acme --name Five >said
ok 'what cannot be written is said' \
    grep -q 'database cannot be written by this user: check owner' said
chmod 600 data/keylodge.db
chmod 400 data/keylodge.db.lock
checked keylodge.db.lock
mv data/keylodge.db.lock kept/
chmod 500 data
checked data
chmod 700 data
chmod 600 kept/keylodge.db.lock
mv kept/keylodge.db.lock data/
chmod 500 data
finds data 'folder of the database' 'Run: chmod u+rwx'
chmod 700 data
ok 'and all is well again' server_writes Six
keys=5
usable 'in the end'
