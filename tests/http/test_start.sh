# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What does not start, each with one line that says how to mend it: a second
# server of one database, files that others can write to, a template that is not
# there.  And what starts beside that.
. "$(dirname "$0")/lib.sh"

# refused WHAT CODE WORDS -- the program ended with this code and one line
refused() {
    ok "$1: says how to mend it" grep -qe "$3" "$tmp/said"
    is "$1: in one line" "$(wc -l <"$tmp/said")" 1
    is "$1: exit status" $code "$2"
}

# tries CONF [COMMAND...] -- which is expected to end by itself
tries() {
    conf=$1
    shift
    ( cd "$home" && exec timeout "${KEYLODGE_PATIENCE:-60}" \
        "$build/keylodge" --config "$conf" \
        "${@:-serve}" ) >"$tmp/said" 2>&1 </dev/null
    code=$?
}

# begins WHAT NAME CONF -- a server of its own; it is $alone then, and has $log
begins() {
    log=$tmp/$2.log
    ( cd "$home" && exec "$build/keylodge" --config "$3" serve ) 2>"$log" \
        >&2 </dev/null 3>&- &
    alone=$!
    ok "$1" comes serving "$log" 1
}

# serving LOG N -- has it begun so often?
serving() {
    [ "$(grep -c event=serving "$1")" -eq "$2" ]
}

# settings NAME [SED SCRIPT...] -- NAME.conf, with sockets of its own
settings() {
    sed -e "s|^gate_socket = .*|gate_socket = $1-gate.sock\\nconsole_socket = $1.sock|" \
        "$home/keylodge.conf" >"$home/$1.conf"
    [ -z "${2:-}" ] || sed -i -e "$2" "$home/$1.conf"
    chmod 600 "$home/$1.conf"
}

# ---- one server of a database ----

settings one
settings two
mkdir -m 700 "$home/other"
settings other "s|^path = .*|path = $home/other/keylodge.db|;
    s|^master = .*|master = $home/other/master|"
sed -i "s|^console_socket = .*|console_socket = one.sock|" "$home/other.conf"
( cd "$home" && "$build/keylodge" --config other.conf init >/dev/null 2>&1 )

begins 'one that stands alone serves beside those of a web server' \
    one one.conf
tries two.conf
refused 'another one' 69 'Another server serves the database .*keylodge.db. Stop it first'
ok 'and made no socket' test ! -e "$home/two.sock"
# rivals -- others that knock all the time; the status of each
rivals() {
    until [ -e "$tmp/enough" ]; do
        tries two.conf
        echo "$code"
    done
}
rivals >"$tmp/codes" &
rival=$!
for n in 2 3 4 5; do
    kill -HUP $alone
    ok "the first becomes a new process ($n)" comes serving "$log" $n
done
: >"$tmp/enough"
wait $rival
is 'others got in at no moment of that' "$(sort -u "$tmp/codes")" 69
tries two.conf
refused 'another one after that' 69 'Another server serves'
# as systemd gives sockets: by their names
( cd "$home" && exec timeout "${KEYLODGE_PATIENCE:-60}" sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 \
    LISTEN_FDNAMES=console exec "$1" --config keylodge.conf serve' - \
    "$build/keylodge" ) >"$tmp/said" 2>&1 3</dev/null </dev/null
code=$?
refused 'one that is given sockets' 69 'Another server serves'
tries other.conf
refused 'the same socket for another database' 1 \
    'Another server answers at one.sock. Stop it first'
kill -HUP "$(worker | grep -vx $alone)"
ok 'one of a web server begins anew beside it' \
    test "$(told serving 2)" -ge 2
is 'and answers' "$(get /readyz)" 200
ok 'commands work beside it' keylodge workspace list
kill -KILL $alone
wait $alone 2>/dev/null
begins 'after a crash nothing is in the way' next two.conf
kill -TERM $alone
wait $alone
is 'it ends well' $? 0
rm "$home/keylodge.db.lock"
settings old
tries old.conf --check-config
is 'good settings' "$code $(cat "$tmp/said")" '0 old.conf: ok'
tries nowhere.conf
refused 'settings that are not there' 78 'nowhere.conf cannot be read'
settings empty "s|^path = .*|path = $home/other/none.db|"
tries empty.conf
refused 'no database' 78 'keylodge init'
tries empty.conf --check-config
refused 'no database: --check-config' 78 'keylodge init'
ok 'and none is begun' test ! -e "$home/other/none.db.lock"

# ---- a reload whose settings name another database ----

# reloads_refused N -- has it been refused so often?
reloads_refused() {
    [ "$(grep -c reload_refused "$log")" -eq "$1" ]
}
begins 'a server' old old.conf
n=0
# keeps WHAT WORDS -- a reload of it is refused, in one line with WORDS
keeps() {
    n=$((n + 1))
    kill -HUP $alone
    ok "$1: the reload is refused" comes reloads_refused $n
    ok "$1: it says so" sh -c 'tail -n 1 "$1" |
        grep -q "event=reload_refused.*$2"' - "$log" "$2"
    ok "$1: and goes on" kill -0 $alone
}
# names PATH -- what the its settings name from now on
names() {
    sed -i "s|^path = .*|path = $1|" "$home/old.conf"
}
settings third "s|^path = .*|path = $home/third.db|"
( cd "$home" && "$build/keylodge" --config third.conf init >/dev/null 2>&1 )
( cd "$home" && exec "$build/keylodge" --config third.conf serve ) \
    2>"$tmp/third.log" >&2 </dev/null 3>&- &
third=$!
ok 'another server has another database' comes serving "$tmp/third.log" 1
names "$home/third.db"
keeps 'one that a server has' 'Another server serves .*third.db. Stop it first'
names "$home/fourth.db"
keeps 'one that is not there' 'no database at .*fourth.db'
names "$home/other/keylodge.db"
keeps 'one elsewhere' 'another folder .* Start it again'
kill -TERM $third
wait $third
names "$home/third.db"
kill -HUP $alone
ok 'one that is free is taken' comes serving "$log" 2
tries third.conf
refused 'and is nobody else'"'"'s' 69 'Another server serves'
first=$alone
begins 'that of before is free' two two.conf
kill -TERM $alone $first
wait $alone
is 'which ends well' $? 0
wait $first
is 'and so does the other' $? 0

# ---- files that others can write to ----

mkdir -m 700 "$home/own" "$home/own/data" "$home/own/keys"
settings own "s|^path = .*|path = $home/own/data/keylodge.db|;
    s|^master = .*|master = $home/own/keys/master|"
( cd "$home" && "$build/keylodge" --config own.conf init >/dev/null 2>&1 )
for mode in 0640 0644 0444; do
    chmod $mode "$home/own.conf"
    tries own.conf workspace list
    is "settings of mode $mode are fine" "$code" 0
done
chmod 755 "$home/own/data" "$home/own/keys"
tries own.conf workspace list
is 'so are folders that others can look into' "$code" 0
begins 'and a server starts' own own.conf
# plant WHAT PATH MODE -- refused by a start, a reload and a command
plant() {
    was=$(stat -c %a "$2")
    chmod "$3" "$2"
    tries own.conf workspace list
    name=${2##*/}
    refused "$1 ($3)" 78 \
        "$name can be written by others. Run: chmod go-w .*$name"
    before=$(grep -c reload_refused "$log")
    kill -HUP $alone
    ok "$1 ($3): a reload is refused" comes reloads_refused $((before + 1))
    tries own.conf --check-config
    refused "$1 ($3): --check-config" 78 'can be written by others. Run'
    ok "$1 ($3): and says so" grep -q "reload_refused.*$name can be written" \
        "$log"
    chmod "$was" "$2"
}
plant settings "$home/own.conf" 0660
plant settings "$home/own.conf" 0602
plant 'data folder' "$home/own/data" 0777
plant 'data folder' "$home/own/data" 0720
plant 'secret folder' "$home/own/keys" 1777
kill -HUP $alone
ok 'with the modes of before it goes on' comes serving "$log" 2
kill -TERM $alone
wait $alone
chmod 644 "$home/own/keys/master"
tries own.conf --check-config
refused 'a master secret that others can read: --check-config' 78 'chmod'
chmod 400 "$home/own/keys/master"
chmod 640 "$home/own/data/keylodge.db"
tries own.conf --check-config
refused 'a database that others can open: --check-config' 78 \
    'can be opened by other users. Run .chmod 600'
tries own.conf
refused 'a database that others can open' 78 \
    'can be opened by other users. Run .chmod 600'
chmod 600 "$home/own/data/keylodge.db"

# ---- a template that is not there ----

cp -r "$tests/../templates" "$home/own/templates"
sed -i "s|^templates = .*|templates = $home/own/templates|" "$home/own.conf"
begins 'with templates of its own' words own.conf
rm "$home/own/templates/session/sign-in.mustache"
kill -HUP $alone
ok 'one that is gone: a reload is refused' comes reloads_refused 1
ok 'and says which' grep -q \
    'reload_refused.*own/templates/session/sign-in.mustache is missing' "$log"
kill -TERM $alone
wait $alone
tries own.conf --check-config
refused 'one that is gone: --check-config' 78 \
    'own/templates/session/sign-in.mustache is missing. Copy it'
tries own.conf
refused 'one that is gone' 78 \
    'own/templates/session/sign-in.mustache is missing. Copy it'

# ---- secrets that another database had ----

settings mine "s|^path = .*|path = $home/own/data/keylodge.db|;
    s|^master = .*|master = $home/own/keys/master|"
# mixed NAME WITH -- a folder of secrets as an old copy would leave it
mixed() {
    mkdir -m 700 "$home/$1"
    cp -p "$2/master" "$2/master-audit" "$home/$1"
    rm -f "$home/$1.db"
    sed "s|^path = .*|path = $home/$1.db|; s|^master = .*|master = $home/$1/master|" \
        "$home/mine.conf" >"$home/$1.conf"
    chmod 600 "$home/$1.conf"
}
tries mine.conf user add grace@example.org --name Grace \
    --password-file password
tries mine.conf workspace add Navy --owner grace@example.org
tries mine.conf key create --workspace navy --name One
mixed empty-one "$home/own/keys"
tries empty-one.conf init
is 'an empty database beside used secrets' \
    "$code $(grep -c 'row_seals_missing' "$tmp/said")" '0 0'
cp -p "$home/own/keys/master.sealed" "$home/empty-one/"
rm "$home/empty-one.db"
for words in init 'workspace list' init; do
    # words on purpose
    # shellcheck disable=SC2086
    tries empty-one.conf $words
    is "and beside their mark: $words" \
        "$code $(grep -c 'row_seals_missing' "$tmp/said")" '0 0'
done
begins 'with its own secret it starts' mine mine.conf
sum() {
    sqlite3 "$home/own/data/keylodge.db" 'SELECT count(*), max(seq) FROM audit;
        SELECT value FROM meta WHERE name = '"'row_seals'"
}

# ---- a migration under a server ----

sqlite3 "$home/own/data/keylodge.db" 'PRAGMA user_version = 5'
for words in migrate init cgi; do
    tries mine.conf $words
    refused "$words under a server" 69 'A server runs on the database .*own/data/keylodge.db, which has the older schema 5. Stop that server first'
done
is 'no copy is made' "$(ls "$home/own/data" | grep -c schema-)" 0
sqlite3 "$home/own/data/keylodge.db" 'PRAGMA user_version = 6'

# ---- one database by two names ----

mkdir -m 700 "$home/own/links"
ln -s "$home/own/data/keylodge.db" "$home/own/links/linked.db"
settings linked "s|^path = .*|path = $home/own/links/linked.db|;
    s|^master = .*|master = $home/own/keys/master|"
tries linked.conf
refused 'a server by a link to the database' 69 \
    'Another server serves the database .*own/data/keylodge.db. Stop it first'
tries linked.conf workspace list
is 'a command by the link' "$code" 0
tries linked.conf restore nothing --since nothing
refused 'and restore sees the server' 1 'a server runs on .*own/data/keylodge.db'
is 'nothing lies beside the link' "$(ls "$home/own/links")" linked.db
ln -s nowhere "$home/own/links/broken.db"
settings broken "s|^path = .*|path = $home/own/links/broken.db|;
    s|^master = .*|master = $home/own/keys/master|"
tries broken.conf init
refused 'a link to nothing' 78 'is a link to a file that is not there'

# ---- another master secret than the database's ----

before=$(sum)
mv "$home/own/keys" "$home/own/right"
cp -rp "$home/other" "$home/own/keys"
chmod 700 "$home/own/keys"
: >"$home/own/keys/master.sealed"
other='made with another master secret than .*own/keys/master: .*Put the copy'
kill -HUP $alone
ok 'a reload to another secret is refused' comes reloads_refused 1
ok 'and says so' grep -q "reload_refused.*$other" "$log"
ok 'the old goes on' kill -0 $alone
kill -TERM $alone
wait $alone
for words in serve cgi --check-config init 'send' 'rotate-secret' \
    'workspace list' 'key create --workspace navy --name Two' 'reseal'; do
    # words on purpose
    # shellcheck disable=SC2086
    tries mine.conf $words
    refused "another master secret: $words" 78 "$other"
done
tries mine.conf doctor
is 'the doctor says which' "$code $(grep -c "WRONG.*master secret: .*$other" \
    "$tmp/said") $(grep -c 'row seals' "$tmp/said")" '1 1 0'
is 'nothing was written' "$(sum)" "$before"
rm -r "$home/own/keys"
mv "$home/own/right" "$home/own/keys"
tries mine.conf doctor
is 'and with the right one all is well' \
    "$(grep -c 'ok .*row seals: 4 ' "$tmp/said")" 1
begins 'a server that was given the link' linked linked.conf
kill -HUP $alone
ok 'becomes a new process' comes serving "$log" 2
tries mine.conf
refused 'and is alone, too' 69 'Another server serves the database'
kill -TERM $alone
wait $alone
is 'it ends well' $? 0
stop
