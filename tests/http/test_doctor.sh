# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Each problem that the doctor knows, planted: it is found by its name, with
# exit 1 when it is wrong and 0 when it is to be looked at.  And what of that
# the server sees from inside its sandbox, on the page of who operates it.
. "$(dirname "$0")/lib.sh"

# sick -- a copy of the installation in $tmp/sick, to be broken
sick() {
    rm -rf "$tmp/sick"
    mkdir -m 700 "$tmp/sick" "$tmp/sick/secret"
    cp -p "$tmp/whole.db" "$tmp/sick/keylodge.db"
    cp -p "$tmp/whole.db" "$tmp/sick/keylodge.db.ballast"
    cp -p "$home/master" "$home/master-audit" "$tmp/sick/secret/"
    sed -e "s|^path = .*|path = $tmp/sick/keylodge.db|" \
        -e "s|^master = .*|master = $tmp/sick/secret/master|" \
        "$home/keylodge.conf" >"$tmp/sick/conf"
}

# set_in SECTION LINE... -- further settings of it
set_in() {
    section=$1
    shift
    printf '[%s]\n' "$section" >>"$tmp/sick/conf"
    printf '%s\n' "$@" >>"$tmp/sick/conf"
}

# reset KEY VALUE -- another value of a setting that is there
reset() {
    sed -i "s|^$1 = .*|$1 = $2|" "$tmp/sick/conf"
}

doctor() {
    ${clock:-env} "$build/keylodge" --config "$tmp/sick/conf" doctor \
        >"$tmp/said" 2>&1
}

# finds STATE WHAT SAYS -- and the exit status is of that state
finds() {
    doctor
    code=$?
    want=1
    [ "$1" = WRONG ] || want=0
    if grep -q "^$1 *$2: .*$3" "$tmp/said" && [ $code -eq $want ]; then
        echo "ok - $1 $2: $3"
    else
        echo "not ok - $1 $2: $3"
        sed "s/^/# ($code) /" "$tmp/said"
    fi
    clock=
    sick
}

keylodge backup "$tmp/whole.db" >/dev/null
sqlite3 "$tmp/whole.db" "INSERT OR REPLACE INTO meta (name, value)
    VALUES ('backup_s', strftime('%s'))"
sick
sql() {
    sqlite3 "$tmp/sick/keylodge.db" "$1"
}

ok 'nothing is wrong with the copy' doctor
ok 'its gate was asked' grep -q \
    "^ok *gate: $url/protected/v1/models answers, and" "$tmp/said"
is 'nor with any of its files' "$(grep -c '^WRONG' "$tmp/said")" 0

# ---- files ----

chmod 644 "$tmp/sick/secret/master"
finds WRONG 'master secret' 'can be opened by others. Run: chmod go='
chmod 640 "$tmp/sick/keylodge.db"
finds WRONG database 'can be opened by others'
chmod 660 "$tmp/sick/conf"
finds WRONG settings 'can be written by others. Run: chmod go-w .*conf'
chmod 777 "$tmp/sick"
finds WRONG 'folder of the database' 'sick can be written by others'
chmod 720 "$tmp/sick/secret"
finds WRONG 'folder of the master secret' 'secret can be written by others'
cp -r "$tests/../templates" "$tmp/sick/templates"
rm "$tmp/sick/templates/key/list.mustache"
reset templates "$tmp/sick/templates"
finds WRONG templates 'key/list.mustache is missing. Copy it'
rm "$tmp/sick/secret/master-audit"
finds WRONG 'audit key' 'No such file'
rm "$tmp/sick/secret/master"
finds WRONG 'master secret' 'No such file'
printf 'word\n' >"$tmp/sick/gate"
chmod 604 "$tmp/sick/gate"
set_in gate "credential = $tmp/sick/gate"
finds WRONG 'gate credential' 'can be opened by others'
: >"$tmp/sick/secret/master.next"
finds WRONG 'new master secret' 'Never delete it'
: >"$tmp/sick/secret/master.old"
finds WARNING 'old master secret' 'rotate-secret --end'
mv "$tmp/sick/secret/"* "$tmp/sick/"
sed -i 's|/secret/master|/master|' "$tmp/sick/conf"
finds WARNING 'master secret' 'in the folder of the database'

# ---- clock ----

clock='faketime 2020-01-01'
finds WRONG clock 'it says 1 Jan 2020'
clock='faketime -f -2h'
finds WRONG clock 'the clock went back'

# ---- database and disk ----

sql 'PRAGMA user_version = 99'
finds WRONG database 'schema 99, this program knows'
sql 'PRAGMA application_id = 7'
finds WRONG database 'of another program'
dd if=/dev/zero of="$tmp/sick/keylodge.db" bs=4096 seek=3 count=9 \
    conv=notrunc 2>/dev/null
finds WRONG database 'damaged'
truncate -s 40M "$tmp/sick/keylodge.db-wal"
finds WARNING 'write-ahead log' '40 MiB: some reader'
rm "$tmp/sick/keylodge.db.ballast"
finds WARNING ballast 'is missing'
sql "UPDATE meta SET value = value - 5 * 86400 WHERE name = 'backup_s'"
finds WARNING backup '5 days ago. Look why'
sql "DELETE FROM meta WHERE name = 'backup_s'"
finds WARNING backup 'there is none'

# a disk of 20 MiB that nobody else sees
map=r
[ "$(id -u)" -ne 0 ] || map=
mkdir "$tmp/small"
reset path "$tmp/small/keylodge.db"
cat >"$tmp/sick/run" <<END
mount -t tmpfs -o size=20m,mode=700 tmpfs '$tmp/small' &&
    cp -p '$tmp/sick/keylodge.db' '$tmp/small/' || exit 9
exec "\$@"
END
clock="unshare -m$map sh $tmp/sick/run"
finds WRONG disk 'MiB are free where the database is. Make room'

# ---- mail ----

set_in mail 'command = /nowhere/sendmail -i' 'from = keys@example.org'
finds WRONG 'mail program' '/nowhere/sendmail is no program'
set_in mail 'command = no-such-program' 'from = keys@example.org'
finds WRONG 'mail program' 'no-such-program is no program'
set_in mail 'command = sh -c true' 'from = keys@example.org'
finds WARNING sender 'never at work'
set_in mail "dir = $tmp/nowhere" 'from = keys@example.org'
finds WRONG 'mail folder' 'is no folder'
printf 'x\n' >"$tmp/sick/password"
chmod 644 "$tmp/sick/password"
set_in mail 'smtp_url = smtps://127.0.0.1:1' 'smtp_user = keys' \
    "smtp_password = $tmp/sick/password" 'from = keys@example.org'
finds WRONG 'password of mail' 'can be opened by others'
set_in mail 'smtp_url = smtp://127.0.0.1:1' 'from = keys@example.org'
finds WRONG 'mail server' 'smtp://127.0.0.1:1 does not take mail: .*onnect'
mkdir "$tmp/mail"
mkfifo "$tmp/sink"
"$build/tests/http/sink" smtp "$tmp/mail" <"$tmp/sink" >"$tmp/port" 3>&- &
sink=$!
exec 5>"$tmp/sink"
heard() {
    [ -s "$tmp/port" ]
}
comes heard
set_in mail "smtp_url = smtp://127.0.0.1:$(cat "$tmp/port")" \
    'from = keys@example.org'
finds WARNING sender 'never at work'
ok 'a mail server that answers' grep -q \
    '^ok *mail server: smtp://127.0.0.1:[0-9]* answers$' "$tmp/said"
printf 'x\n' >"$tmp/sick/password"
chmod 600 "$tmp/sick/password"
set_in mail "smtp_url = smtp://127.0.0.1:$(cat "$tmp/port")" \
    'smtp_user = keys' "smtp_password = $tmp/sick/password" \
    'from = keys@example.org'
finds WRONG 'mail server' 'does not take mail: '
exec 5>&-
wait $sink
is 'no mail was sent' "$(echo "$tmp"/mail/*)" "$tmp/mail/hits"
sql "INSERT INTO outbox (uuid, kind, recipient, state, made_s, due_s, ends_s,
    tries) VALUES ('u', 1, 'ada@example.org', 'given_up', 1, 1, 2, 3)"
finds WARNING 'stuck mail' '1 were given up. Run: keylodge send --list'

# ---- the web server ----

port=$((17000 + $$ % 1000))
while curl -s --noproxy '*' -o /dev/null "http://127.0.0.1:$port/"; do
    port=$((port + 1))
done
cat >"$tmp/strip.conf" <<END
server.document-root = "$tmp"
server.port = $port
server.bind = "127.0.0.1"
server.modules = ("mod_setenv", "mod_proxy")
\$HTTP["url"] =~ "^/keys/" {
    proxy.header = ("map-urlpath" => ("/keys/" => "/"))
} else \$HTTP["url"] =~ "^/elsewhere/" {
} else {
    setenv.set-request-header = ("Authorization" => "")
}
proxy.server = ("/" => (("host" => "127.0.0.1", "port" => ${url##*:})))
END
PATH=$PATH:/usr/sbin lighttpd -D -f "$tmp/strip.conf" 2>"$tmp/strip.log" &
strip=$!
comes curl -s --noproxy '*' -o /dev/null "http://127.0.0.1:$port/healthz"
reset public_url "http://127.0.0.1:$port"
finds WRONG 'web server' 'keeps the Authorization header to itself'
# the gate's path has settings of its own, and is not below the console's
reset public_url "http://127.0.0.1:$port/keys"
finds WRONG gate 'keeps the .* to itself: every call of http://[^/]*/protected/'
reset public_url "http://127.0.0.1:$port/keys"
doctor
ok 'where the console has the header' grep -q \
    '^ok *web server: .*/keys/v1/workspace answers' "$tmp/said"
reset public_url "http://127.0.0.1:$port/keys"
reset prefix /elsewhere
finds WARNING gate '/elsewhere/v1/models is answered by something else'
kill $strip
wait $strip
reset public_url "http://127.0.0.1:$port"
finds WRONG 'web server' 'does not answer'
reset public_url "$url/docs"
finds WRONG 'web server' 'answered by something else'
reset public_url http://keys.example.org
doctor
ok 'an address without TLS' grep -q '^WARNING address: .*on their way' \
    "$tmp/said"

# ---- from inside, in a sandbox that kills ----

get /sign-in >/dev/null
is 'sign in' "$(post /sign-in -d email=ada@example.org \
    --data-urlencode "password=$password" -d next= -d carried=)" 303
is 'nobody sees the page unasked' "$(get /admin)" 404
keylodge user operator-on ada@example.org >/dev/null
is 'who operates it does' "$(get /admin)" 200
ran() { # the jobs begin a second after the server
    get /admin >/dev/null
    grep -q 'just now</time>' "$tmp/body"
}
ok 'the jobs of the server have run' comes ran
ok 'and are known' grep -q 'Sign the audit log' "$tmp/body"
ok 'nothing is wrong' grep -q 'Nothing is wrong' "$tmp/body"
chmod 644 "$home/master"
get /admin >/dev/null
chmod 600 "$home/master"
ok 'what is wrong shows' grep -q "1 thing is wrong" "$tmp/body"
ok 'by its name' grep -q 'Master secret<.*master can be opened by others' \
    "$tmp/body"
is 'what is stuck' "$(get /admin/mail)" 200
is 'what it is made of' "$(get /admin/about)" 200
ok 'settings, and where from' grep -q 'keylodge.conf:[0-9]' "$tmp/body"
keylodge user operator-off ada@example.org >/dev/null
is 'and no more' "$(get /admin)" 404

# ---- rows that were changed outside, which the server's sweep has found ----

keylodge key create --workspace acme --name Changed >/dev/null
sqlite3 -cmd '.timeout 5000' "$home/keylodge.db" \
    "UPDATE api_key SET expires_s = 9999999999 WHERE name = 'Changed'"
swept() {
    [ "$(sqlite3 -cmd '.timeout 5000' "$home/keylodge.db" \
        'SELECT count(*) FROM seal_broken')" -gt 0 ]
}
ok 'the sweep finds it' comes swept
rm "$tmp/whole.db" "$tmp/whole.db.sha256"
keylodge backup "$tmp/whole.db" >/dev/null
sick
doctor
is 'the doctor says so once' "$(grep -c 'row seals: ' "$tmp/said"), \
$(grep -c '^WRONG *row seals: 1 of [0-9]* .*refused' "$tmp/said")" '1, 1'
stop
