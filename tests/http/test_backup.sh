# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Backups under load, restored elsewhere; a new master secret under load.
. "$(dirname "$0")/lib.sh"

# load KEY FILE -- guarded calls, until there is a file FILE.end; the status of
# each goes to FILE
load() {
    until [ -e "$2.end" ]; do
        call "$1"
        echo
    done >"$2"
}

# elsewhere FOLDER -- settings of another machine with the same secrets
elsewhere() {
    mkdir -p "$1"
    sed "s|^path = .*|path = $1/keylodge.db|" "$home/keylodge.conf" \
        >"$1/keylodge.conf"
}

there() {
    folder=$1
    shift
    ( cd "$home" && "$build/keylodge" --config "$folder/keylodge.conf" "$@" )
}

mode() {
    stat -c %a "$1"
}

for name in Lives Revoked Disabled; do
    eval "$name=\$(keylodge key create --workspace acme --name $name)"
done
keylodge workspace add Stolen --owner ada@example.org >/dev/null
keylodge workspace add Gone --owner ada@example.org >/dev/null
keylodge user add bob@example.org --name Bob \
    --password-file "$home/password" >/dev/null
for i in 1 2 3; do
    load "$Lives" "$tmp/load.$i" &
    eval "load$i=\$!"
done

keylodge audit export "$tmp/early.log" >/dev/null
mkdir "$tmp/kept"
# what killed ones left goes, what one is at stays
half=$tmp/kept/keylodge-20250101T000000Z.db
at_work=$tmp/kept/keylodge-20250102T000000Z.db.part
: >"$half.part"
: >"$half.part-journal"
: >"$half.sha256"
: >"$tmp/kept/notes.part"
: >"$at_work"
exec 5>"$at_work"
flock 5
for i in 1 2 3 4 5; do
    file=$(keylodge backup --keep 3 "$tmp/kept")
    is "a backup under load is made ($i)" "$(mode "$file")" 600
    ok "and is whole ($i)" keylodge verify "$file"
done
is 'the newest three stay' "$(ls "$tmp"/kept/*.db | wc -l)" 3
is 'of halves only what is written just now' "$(cd "$tmp/kept" &&
    echo ./*.part*)" "./${at_work##*/} ./notes.part"
exec 5>&-
is 'each with its sum' "$(ls "$tmp"/kept/*.sha256 | wc -l)" 3
ok 'sha256sum reads it' sh -c 'cd "$1" && sha256sum -c --quiet ./*.sha256' - \
    "$tmp/kept"
ok 'a file that is there is not written over' sh -c \
    '! "$1" backup "$2" 2>/dev/null' - "$build/keylodge" "$file"

# by a timer and by hand, in one second: both are made, each under its name
mkdir "$tmp/both"
( keylodge backup "$tmp/both" >"$tmp/both.timer" ) 3>&- &
timer=$!
keylodge backup "$tmp/both" >"$tmp/both.hand"
is 'two backups in one second: one is made' $? 0
wait $timer
is 'and the other' $? 0
is 'have two names' "$(sort -u "$tmp/both.timer" "$tmp/both.hand" | wc -l) \
$(ls "$tmp/both" | wc -l)" '2 4'
ok 'one is whole' keylodge verify "$(cat "$tmp/both.timer")"
ok 'and the other' keylodge verify "$(cat "$tmp/both.hand")"

keylodge key revoke "${Revoked%%_*}" >/dev/null
after=$(keylodge key create --workspace acme --name After)
keylodge workspace freeze stolen --why 'keys were stolen' >/dev/null
keylodge workspace delete gone >/dev/null
keylodge user disable bob@example.org >/dev/null
keylodge user operator-on ada@example.org >/dev/null
keylodge workspace edit stolen --keys 7 >/dev/null

# elsewhere, and the old database is lost
elsewhere "$tmp/lost"
ok 'restore wants to know what was ended since' sh -c '
    ! "$1" --config "$2/keylodge.conf" restore "$3" </dev/null 2>/dev/null &&
    ! ls "$2"/keylodge.db* 2>/dev/null' - "$build/keylodge" "$tmp/lost" "$file"
ok 'it is restored' there "$tmp/lost" restore "$file" --since nothing
is 'as one file, for us alone' "$(ls "$tmp/lost" | tr '\n' ' '
    mode "$tmp/lost/keylodge.db")" 'keylodge.conf keylodge.db 600'
ok 'and is whole' there "$tmp/lost" verify "$tmp/lost/keylodge.db"
ok 'restoring over a database is refused' sh -c \
    '! "$1" --config "$2/keylodge.conf" restore "$3" --since nothing 2>/dev/null' \
    - "$build/keylodge" "$tmp/lost" "$file"
is 'all keys are there' \
    "$(there "$tmp/lost" key list --workspace acme | wc -l)" 3
# elsewhere, and the old database is not lost
elsewhere "$tmp/found"
ok 'with the old database' sh -c '"$1" --config "$2" restore "$3" \
    --since "$4" >"$5" 2>/dev/null' - "$build/keylodge" \
    "$tmp/found/keylodge.conf" "$file" "$home/keylodge.db" "$tmp/found.said"
# ended WHAT FOLDER -- what was frozen, deleted and disabled since is so there
ended() {
    is "$1" "$(for name in stolen gone; do
        there "$2" workspace show $name --json
    done | grep -o '"frozen_why":"[a-z ]*"\|"deleted":"2' | tr '\n' ' '
    there "$2" user show bob@example.org --json | grep -o '"disabled":"2')" \
        '"frozen_why":"keys were stolen" "frozen_why":"it was deleted" '\
'"deleted":"2 "disabled":"2'
}
ended 'what was frozen, deleted or disabled since is so' "$tmp/found"
is 'it is told, and what is to be looked at' \
    "$(sed -n '/^since/,$ {s/ key [^ ]*/ key/;p}' "$tmp/found.said")" \
    'since the backup: 1 keys revoked, 0 disabled, 0 with secrets ended, '\
'2 workspaces frozen or deleted, 1 people and 0 others
  key (Revoked) of acme: revoked
  person bob@example.org: disabled
  workspace stolen: frozen: keys were stolen (keylodge workspace thaw stolen '\
'lifts it)
  workspace gone: deleted (keylodge workspace restore gone, then thaw, brings '\
'it back)
to be looked at, 1: changed since, and again as in the backup
  workspace stolen: key_max: 10 -> 7'
there "$tmp/found" key list --workspace acme --json >"$tmp/list"
ok 'what was revoked since is revoked' \
    grep -q "\"prefix\":\"${Revoked%%_*}\".*\"status\":\"revoked\"" "$tmp/list"
ok 'what lives lives' \
    grep -q "\"prefix\":\"${Lives%%_*}\".*\"status\":\"active\"" "$tmp/list"
ok 'the audit log goes on' there "$tmp/found" audit verify

# what SQLite would take for a part of the restored one, and a server that runs
elsewhere "$tmp/parts"
for part in -wal -journal; do
    echo old >"$tmp/parts/keylodge.db$part"
    there "$tmp/parts" restore "$file" --since nothing >"$tmp/parts.said" 2>&1
    is "beside an old $part nothing is restored" "$? $(ls "$tmp/parts" | wc -l)" \
        '1 2'
    ok "and it is named ($part)" grep -q "keylodge.db$part. Stop" \
        "$tmp/parts.said"
    rm "$tmp/parts/keylodge.db$part"
done
is 'ready' "$(get /readyz)" 200
mkdir "$tmp/away"
for part in '' -wal -shm; do
    mv "$home/keylodge.db$part" "$tmp/away/"
done
keylodge restore "$file" --since nothing >/dev/null
is 'under a server nothing is restored' \
    "$? $(ls "$home" | grep -c 'keylodge\.db$')" '1 0'
ok 'and it says why' grep -q 'a server runs on .*Stop it first' \
    "$home/log/shell.log"
is 'whose file was moved away is not ready' "$(get /readyz)" 503
for part in '' -wal -shm; do
    mv "$tmp/away/keylodge.db$part" "$home/"
done
is 'and ready again, when it is back' "$(get /readyz)" 200

# and the old database is lost, but for an exported log
keylodge audit public-key >"$tmp/audit.pem"
keylodge audit export "$tmp/log" >/dev/null
keylodge audit export "$tmp/acme.log" --workspace acme >/dev/null
sed 's/key\.revoke/key.enable/' "$tmp/log" >"$tmp/changed.log"
elsewhere "$tmp/told"
# by_log LOG KEY -- restored with this log? what it says goes to $tmp/told.said
by_log() {
    there "$tmp/told" restore "$file" --since-audit "$1" --public-key "$2" \
        >"$tmp/told.said" 2>&1
}
# refused WHAT SAYS LOG KEY
refused() {
    by_log "$3" "$4"
    is "$1" "$?, $(grep -c "$2" "$tmp/told.said"), $(ls "$tmp/told")" \
        '1, 1, keylodge.conf'
}
refused 'a log that was changed' 'Line [0-9]* .* it was changed' \
    "$tmp/changed.log" "$tmp/audit.pem"
refused 'a log of one workspace' 'of one workspace' "$tmp/acme.log" \
    "$tmp/audit.pem"
refused 'a log that ends before the backup' 'does not go on' "$tmp/early.log" \
    "$tmp/audit.pem"
openssl genpkey -algorithm ed25519 2>/dev/null |
    openssl pkey -pubout >"$tmp/other.pem" 2>/dev/null
refused 'a log of another key' 'signature is not of this key' "$tmp/log" \
    "$tmp/other.pem"
by_log "$tmp/log" "$tmp/home/password"
is 'a key that is none' "$?, $(ls "$tmp/told")" '2, keylodge.conf'
ok 'by the log' by_log "$tmp/log" "$tmp/audit.pem"
is 'it says what was ended' "$(sed -n 's/^since the backup: //p' \
    "$tmp/told.said" | cut -d, -f 1)" '1 keys revoked'
there "$tmp/told" key list --workspace acme --json >"$tmp/list"
ok 'what was revoked since is revoked by it' \
    grep -q "\"prefix\":\"${Revoked%%_*}\".*\"status\":\"revoked\"" "$tmp/list"
ended 'what was frozen, deleted or disabled since is so by it' "$tmp/told"
ok 'what lives lives there' \
    grep -q "\"prefix\":\"${Lives%%_*}\".*\"status\":\"active\"" "$tmp/list"

ok 'nothing is wrong here' keylodge doctor
keylodge doctor >"$tmp/doctor"
ok 'the Authorization header arrives' grep -q '^ok .*web server: .*arrives' \
    "$tmp/doctor"
ok 'the doctor knows of the backup' grep -q '^ok .*backup: the last one' \
    "$tmp/doctor"
chmod 644 "$home/keylodge.db"
ok 'files that others can read are wrong' sh -c '
    ! "$1" --config "$2" doctor >"$3" && grep -q "^WRONG  *database" "$3"' - \
    "$build/keylodge" "$home/keylodge.conf" "$tmp/doctor"
chmod 600 "$home/keylodge.db"

# one byte of a backup
cp "$file" "$tmp/bad"
printf '\377' | dd of="$tmp/bad" bs=1 seek=5000 conv=notrunc 2>/dev/null
cp "$file.sha256" "$tmp/bad.sha256"
ok 'a changed byte is found by the sum' sh -c \
    '! "$1" --config "$2" verify "$3" >/dev/null' - "$build/keylodge" \
    "$home/keylodge.conf" "$tmp/bad"
keylodge verify "$tmp/bad" --json >"$tmp/verified"
is 'with its schema and size' "$? $(grep -c "\"schema\":[1-9][0-9]*,\
\"bytes\":$(stat -c %s "$tmp/bad"),\"sum\":\"wrong\"" "$tmp/verified")" '1 1'
# of half a file, what is there is told
head -c 6000 "$file" >"$tmp/half"
keylodge verify "$tmp/half" >"$tmp/verified"
is 'half a file is damaged' "$? $(cat "$tmp/verified")" \
    '1 6000 bytes, no sum beside it
DAMAGED: pages of the file do not fit together'
keylodge verify "$tmp/half" --json >"$tmp/verified"
is 'as JSON' "$? $(cat "$tmp/verified")" '1 {"good":false,"schema":null,'\
'"bytes":6000,"sum":"none","fault":"pages of the file do not fit together"}'
elsewhere "$tmp/never"
ok 'and such a backup is not restored' sh -c '
    ! "$1" --config "$2/keylodge.conf" restore "$3" --since nothing >/dev/null \
    2>&1 && ! ls "$2"/keylodge.db* 2>/dev/null' - "$build/keylodge" \
    "$tmp/never" "$tmp/bad"

# rows that somebody changed in the database: told, and no reason to lose the
# rest
cp "$file" "$tmp/touched"
sqlite3 "$tmp/touched" "UPDATE api_key SET expires_s = 9999999999
    WHERE name IN ('Lives', 'Revoked')"
keylodge verify "$tmp/touched" >"$tmp/verified"
is 'changed rows are told' "$?, $(grep -c '^row seals: 2 of .*CHANGED' \
    "$tmp/verified")" '1, 1'
elsewhere "$tmp/mended"
there "$tmp/mended" restore "$tmp/touched" --since "$home/keylodge.db" --json \
    >"$tmp/out" 2>"$tmp/told.said"
is 'such a backup comes back' "$?, $(sed \
    's/.*"revoked":\([0-9]*\).*/\1/' "$tmp/out")" '0, 1'
is 'with each change as JSON' "$(grep -o '"kept":\[{"workspace":"acme",'\
'"object":"key","id":"........","name":"Revoked","what":"revoked"},{' \
    "$tmp/out" | wc -l) $(grep -o '"look":.*' "$tmp/out")" \
    '1 "look":[{"workspace":"stolen","object":"workspace","id":"stolen",'\
'"name":"Stolen","what":"key_max: 10 -> 7"}]}'
ok 'with a warning' grep -q '2 of .* changed outside .*keylodge reseal' \
    "$tmp/told.said"
there "$tmp/mended" key list --workspace acme --json >"$tmp/list"
ok 'what was revoked since is revoked in it' \
    grep -q "\"prefix\":\"${Revoked%%_*}\".*\"status\":\"revoked\"" "$tmp/list"
there "$tmp/mended" reseal --json >"$tmp/out" 2>/dev/null
is 'what was changed stays refused' "$?, $(grep -c "${Lives%%_*}" "$tmp/out")" \
    '1, 1'
# without any seal it is not one of before seals
cp "$tmp/touched" "$tmp/stripped"
sqlite3 "$tmp/stripped" "SELECT 'UPDATE ' || m.name || ' SET seal = NULL;'
    FROM sqlite_schema m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND c.name = 'seal'" | sqlite3 "$tmp/stripped"
sqlite3 "$tmp/stripped" "DELETE FROM meta WHERE name LIKE '%seal%'"
elsewhere "$tmp/bare"
there "$tmp/bare" restore "$tmp/stripped" --since nothing --json >"$tmp/out" \
    2>"$tmp/told.said"
is 'a backup without seals does not' "$?, $(ls "$tmp/bare")" \
    '1, keylodge.conf'
is 'as JSON: it is not good' "$(wc -l <"$tmp/out") $(grep -c '"good":false' \
    "$tmp/out")" '1 1'
there "$tmp/bare" verify "$tmp/stripped" >"$tmp/verified"
ok 'and why' grep -q '^row seals: NONE of ' "$tmp/verified"

# on a terminal it asks
elsewhere "$tmp/asked"
conf=$tmp/asked/keylodge.conf
is 'an empty answer is none' "$(typed '' restore "$file"), $(ls "$tmp/asked")" \
    '2, keylodge.conf'
ok 'it was asked' grep -q 'would work again. Which' "$tmp/tty"
is 'nor is a file that is not there' \
    "$(typed "$tmp/nowhere" restore "$file"), $(ls "$tmp/asked")" \
    '2, keylodge.conf'
is 'the old database is one' "$(typed "$home/keylodge.db" restore "$file")" 0
ok 'and it was read' grep -q 'since the backup: 1 keys revoked' "$tmp/tty"
rm "$tmp/asked/keylodge.db"
is '"nothing" is another' "$(typed nothing restore "$file")" 0
ok 'with nothing told' sh -c 'grep -q "is restored" "$1" &&
    ! grep -q "since the backup:" "$1"' - "$tmp/tty"
conf=

# an upgrade
is 'nothing to migrate' "$(keylodge migrate --dry-run | sed 's/[0-9]//')" \
    'schema : up to date'

# a new master secret, under the same load
cp "$home/master" "$tmp/old-master"
ok 'a new master secret' keylodge rotate-secret
ok 'is another one' sh -c '! cmp -s "$1" "$2"' - "$home/master" \
    "$tmp/old-master"
is 'a key of before works' "$(call "$after")" 200
new=$(keylodge key create --workspace acme --name New)
is 'and a new one' "$(call "$new")" 200
ok 'only one at a time' sh -c '! "$1" --config "$2" rotate-secret 2>/dev/null' \
    - "$build/keylodge" "$home/keylodge.conf"
is 'the doctor finds the old secret' "$(keylodge doctor --json |
    grep -o '"state":"[a-z]*","what":"old master secret"')" \
    '"state":"warning","what":"old master secret"'
reload
is 'after a reload' "$(call "$new")" 200
ok 'the old one ends' keylodge rotate-secret --end
ok 'and is gone' test ! -e "$home/master.old"
is 'keys work with the new one alone' "$(call "$after")" 200
ok 'of the database all secrets open' keylodge verify "$home/keylodge.db"
early=$file
file=$(keylodge backup "$tmp/kept")
cp "$tmp/old-master" "$tmp/kept/master" && chmod 400 "$tmp/kept/master"
sed "s|^master = .*|master = $tmp/kept/master|" "$home/keylodge.conf" \
    >"$tmp/kept/keylodge.conf"
cp "$home/master-audit" "$tmp/kept/master-audit"
# Each opens with the secret of its time alone
there "$tmp/kept" verify "$file" >"$tmp/verified"
is 'with the old secret it is one of another secret' "$?, $(grep -c \
    '^made with ANOTHER master secret: .*none of ' "$tmp/verified"), $(grep -c \
    'CHANGED\|taken away' "$tmp/verified")" '1, 1, 0'
is 'as JSON' "$(there "$tmp/kept" verify "$file" --json | grep -o \
    '"other_master_secret":[a-z]*\|"rows_broken":[a-z0-9]*' | tr '\n' ' ')" \
    '"other_master_secret":true "rows_broken":null '
elsewhere "$tmp/now"
there "$tmp/now" restore "$early" --since nothing >/dev/null 2>"$tmp/told.said"
is 'a backup of before is not restored with the new one' \
    "$?, $(ls "$tmp/now")" '1, keylodge.conf'
ok 'and it says why' grep -q 'with another master secret .*of its time' \
    "$tmp/told.said"
ok 'with the old one it is good' there "$tmp/kept" verify "$early"
sed "s|^path = .*|path = $tmp/now/keylodge.db|" "$tmp/kept/keylodge.conf" \
    >"$tmp/now/keylodge.conf"
ok 'and comes back' there "$tmp/now" restore "$early" --since nothing

for i in 1 2 3; do
    : >"$tmp/load.$i.end"
    eval "wait \$load$i"
done
cat "$tmp"/load.[1-3] >"$tmp/all"
ok 'there were calls' test "$(wc -l <"$tmp/all")" -gt 100
is 'none was refused' "$(sort -u "$tmp/all")" 200
stop
