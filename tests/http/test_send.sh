# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Mail and events on their way: a real mail server and a real receiver, failures
# of both, and kill -9 in the middle (SECURITY.md T36; nothing lost, and what
# comes twice is known for one).  KEYLODGE_MAILS: how many under kills (40).
tmp=$2 build=$1
mails=${KEYLODGE_MAILS:-40}

# ---- two sinks ----

mkdir "$tmp/mail" "$tmp/hook" || exit 1
mkfifo "$tmp/open" || exit 1
"$build/tests/http/sink" smtp "$tmp/mail" <"$tmp/open" >"$tmp/port1" &
sink1=$!
"$build/tests/http/sink" http "$tmp/hook" <"$tmp/open" >"$tmp/port2" &
sink2=$!
exec 4>"$tmp/open"
until [ -s "$tmp/port1" ] && [ -s "$tmp/port2" ]; do sleep 0.05; done
receiver=http://127.0.0.1:$(cat "$tmp/port2")
extra="[mail]
smtp_url = smtp://127.0.0.1:$(cat "$tmp/port1")
from = keys@lodge.example
[webhook]
allow_networks = 127.0.0.0/8"
. "$(dirname "$0")/lib.sh"
db=$home/keylodge.db

sql() {
    sqlite3 -cmd '.timeout 5000' "$db" "$1"
}

mode() { # mail|hook WHAT
    echo "$2" >"$tmp/$1/mode"
}

count() { # mail|hook
    find "$tmp/$1" -type f -name '[0-9]*' | wc -l
}

newest() { # mail|hook
    find "$tmp/$1" -type f -name '[0-9]*' | sort | tail -n 1
}

forget() {
    rm -f "$tmp"/mail/[0-9]* "$tmp"/hook/[0-9]* "$tmp"/*/hits
    sql "DELETE FROM outbox"
}

send() {
    keylodge send || echo "# keylodge send: $?"
}

# due -- what waits is due now
due() {
    sql "UPDATE outbox SET due_s = 0 WHERE state = 'waiting'"
}

header() { # FILE NAME
    tr -d '\r' <"$1" | sed -n "1,/^\$/s/^$2: //Ip"
}

invite() { # EMAIL
    get /w/acme/invites/new >/dev/null
    post /w/acme/invites -d "once=$(hidden once)" -d "email=$1" \
        -d role=member
}

get /sign-in >/dev/null
post /sign-in -d email=ada@example.org --data-urlencode "password=$password" \
    -d next= -d carried= >/dev/null

# ---- a webhook, by its pages ----

get /w/acme/webhooks/new >/dev/null
status=$(post /w/acme/webhooks -d "once=$(hidden once)" \
    --data-urlencode "url=$receiver/in" -d events=member.invited)
is 'a webhook is added' "$status" 200
secret=$(sed -n 's/.*id="secret"[^>]*>\([^<]*\)<.*/\1/p' "$tmp/body")
hook=$(sed -n 's|.*href="/w/acme/webhooks/\([0-9a-f-]*\)".*|\1|p' \
    "$tmp/body" | head -n 1)
ok 'its secret is shown' test "${#secret}" -eq 50
get "/w/acme/webhooks/$hook" >/dev/null
is 'a test is asked for' "$(post "/w/acme/webhooks/$hook/test")" 303
send
got=$(newest hook)

# signed FILE SECRET -- is one of the signatures made with this secret?
signed() {
    key=$(printf '%s' "${2#whsec_}" | openssl base64 -d -A |
        od -An -v -tx1 | tr -d ' \n')
    body=$(sed '1,/^\r$/d' "$1"; echo .)
    want=v1,$(printf '%s.%s.%s' "$(header "$1" webhook-id)" \
        "$(header "$1" webhook-timestamp)" "${body%.}" |
        openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary |
        openssl base64 -A)
    header "$1" webhook-signature | tr ' ' '\n' | grep -qxF -e "$want"
}
ok 'it comes, signed as the convention says' signed "$got" "$secret"
is 'another secret did not sign it' "$(signed "$got" \
    whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= || echo no)" no
age=$(($(date +%s) - $(header "$got" webhook-timestamp)))
ok 'its time stamp is now' test $age -ge 0 -a $age -le 60
ok 'it says what it is' grep -q '^{"type":"webhook.test","timestamp":"' "$got"
get "/w/acme/webhooks/$hook" >/dev/null
ok 'the log shows the delivery' grep -q 'Delivered' "$tmp/body"
ok 'the log has no secret' sh -c '! grep -qF -e "$1" "$2"' - \
    "${secret#whsec_}" "$tmp/body"

# ---- an invitation: a mail and an event ----

forget
is 'somebody is invited' "$(invite nina@new.example)" 200
link=$(sed -n 's/.*id="secret"[^>]*>\([^<]*\)<.*/\1/p' "$tmp/body")
token=${link##*/}
ok 'the token is not in the database' sh -c \
    'test ${#1} -gt 20 && ! cat "$2"* | grep -qF -e "$1"' - "$token" "$db"
send
is 'one mail comes' "$(count mail)" 1
m=$(newest mail)
is 'to who is invited' "$(header "$m" To)" '<nina@new.example>'
# quoted-printable: soft line breaks taken out
ok 'with the link' sh -c \
    'tr -d "\r" <"$1" | sed -e :a -e "/=\$/N;s/=\n//;ta" |
    grep -qF -e "$2"' - "$m" "$token"
ok 'the receiver is told, without the link' sh -c \
    'grep -q "\"type\":\"member.invited\"" "$1" && ! grep -qF -e "$2" "$1"' \
    - "$(newest hook)" "$token"
is 'both are wiped' "$(sql "SELECT count(*), sum(sealed IS NULL),
    sum(recipient = '') FROM outbox WHERE state = 'sent'")" '2|2|2'
send
is 'nothing comes twice' "$(count mail) $(count hook)" '1 1'

# ---- failures ----

forget
mode mail 451
mode hook 503
invite ned@new.example >/dev/null
send
is 'neither was taken' "$(sql "SELECT count(*) FROM outbox
    WHERE state = 'waiting' AND tries = 1 AND problem <> ''")" 2
send
is 'and neither is tried again at once' \
    "$(sql 'SELECT max(tries) FROM outbox')" 1
first=$(newest hook)
mode mail ok
mode hook ok
due
sleep 1.1
send
second=$(newest hook)
is 'the next try has the same id' "$(header "$second" webhook-id)" \
    "$(header "$first" webhook-id)"
ok 'a time stamp of its own' test "$(header "$second" webhook-timestamp)" \
    -gt "$(header "$first" webhook-timestamp)"
ok 'and a signature of its own' signed "$second" "$secret"
is 'the mail came once' "$(count mail)" 1
is 'all is sent' "$(sql "SELECT count(*) FROM outbox WHERE state = 'sent'")" 2

forget
mode mail 550
mode hook '302 http://127.0.0.1:1/elsewhere'
invite nobody@new.example >/dev/null
send
is 'a wrong address is given up, a redirect not followed' "$(sql "SELECT
    sum(webhook_id IS NULL AND state = 'given_up' AND status = 550),
    sum(webhook_id IS NOT NULL AND state = 'waiting' AND status = 302)
    FROM outbox o JOIN outbox_try t ON t.outbox_id = o.id")" '1|1'
ok 'the shell lists the mail' sh -c \
    'cd "$1" && "$2" --config keylodge.conf send --list 2>/dev/null |
    grep -q "given_up *member.invited *nobody@new.example"' - "$home" \
    "$build/keylodge"
get /w/acme/alerts >/dev/null
ok 'the page lists it, too' grep -q 'nobody@new.example' "$tmp/body"
again=$(sed -n 's/.*action="\([^"]*\/again\)".*/\1/p' "$tmp/body" | head -n 1)
mode mail ok
is 'and sends it again' "$(post "$again")" 303
send
is 'then it comes' "$(count mail)" 1

forget
mode hook flood
get "/w/acme/webhooks/$hook" >/dev/null
post "/w/acme/webhooks/$hook/test" >/dev/null
send
is 'an answer without an end is none' \
    "$(sql 'SELECT problem FROM outbox')" 'The answer is too long'

# ---- two secrets ----

forget
mode hook ok
get "/w/acme/webhooks/$hook/rotate" >/dev/null
post "/w/acme/webhooks/$hook/rotate" -d "once=$(hidden once)" \
    -d overlap=hour >/dev/null
new=$(sed -n 's/.*id="secret"[^>]*>\([^<]*\)<.*/\1/p' "$tmp/body")
get "/w/acme/webhooks/$hook" >/dev/null
post "/w/acme/webhooks/$hook/test" >/dev/null
send
ok 'the new secret signs' signed "$(newest hook)" "$new"
ok 'so does the old one' signed "$(newest hook)" "$secret"
sql "UPDATE webhook SET old_ends_s = 1"
get "/w/acme/webhooks/$hook" >/dev/null
post "/w/acme/webhooks/$hook/test" >/dev/null
send
ok 'after its end the new one signs alone' sh -c 'test "$1" -eq 1' - \
    "$(header "$(newest hook)" webhook-signature | wc -w)"

# ---- private networks ----

forget
sed -i '/allow_networks/d' "$home/keylodge.conf"
get "/w/acme/webhooks/$hook" >/dev/null
post "/w/acme/webhooks/$hook/test" >/dev/null
send
is 'without leave no private network is reached' \
    "$(cat "$tmp/hook/hits" 2>/dev/null)" ''
ok 'and the log says why' sh -c 'test "$1" = "$2"' - \
    "$(sql 'SELECT problem FROM outbox')" '127.0.0.1 is not a public address'
printf '[webhook]\nallow_networks = 127.0.0.0/8\n' >>"$home/keylodge.conf"

# ---- the sending process has nothing ----

forget
mode hook 'slow 6000'
get "/w/acme/webhooks/$hook" >/dev/null
post "/w/acme/webhooks/$hook/test" >/dev/null
( cd "$home" && exec "$build/keylodge" --config keylodge.conf send \
    2>>log/shell.log ) &
sender=$!
carries() {
    carrier=$(pgrep -P $sender -f keylodge-carrier) && [ -s "$tmp/hook/hits" ]
}
comes carries
ok 'the carrier has neither database nor secret open' sh -c \
    'ls -l "/proc/$1/fd" | grep -q socket &&
    ! ls -l "/proc/$1/fd" | grep -q -e "keylodge\.db\$" -e master' - "$carrier"
ok 'it cannot gain rights' grep -q '^NoNewPrivs:.1' "/proc/$carrier/status"
ok 'another sender has nothing to do' keylodge send
wait $sender
is 'a slow receiver was waited for' \
    "$(sql "SELECT state FROM outbox")" sent

# ---- kill -9 in the middle ----

forget
mode mail 'slow 15'
mode hook 'slow 15'
i=0
while [ $i -lt "$mails" ]; do
    i=$((i + 1))
    invite "n$i@new.example" >/dev/null
done
is 'all are queued' "$(sql "SELECT count(*) FROM outbox
    WHERE state = 'waiting'")" $((2 * mails))
kills=0 moments=0 longer=0 left=$((2 * mails)) before=
while [ "$left" -gt 0 ] && [ $kills -lt 400 ]; do
    # a slow machine gets nothing done in so short a time: longer, until it does
    if [ "$left" = "$before" ]; then
        longer=$((longer + 20))
    else
        longer=0
    fi
    before=$left
    ( cd "$home" && exec "$build/keylodge" --config keylodge.conf send \
        --loop 2>>log/shell.log ) &
    sender=$!
    # from just begun to some messages
    pause=$(((kills * 37 + 11) % 40 + 3 + longer))
    sleep "$((pause / 100)).$(printf '%02d' $((pause % 100)))"
    carriers=$(pgrep -P $sender)
    # by turns: the sender, a carrier, all at once
    case $((kills % 3)) in
    0) kill -KILL $sender ;;
    1) pkill -KILL -P $sender; sleep 0.02; kill -KILL $sender ;;
    2) kill -KILL $sender $carriers ;;
    esac 2>/dev/null
    wait $sender 2>/dev/null
    # a sender that outlives its carriers for a moment begins something else
    [ $((kills % 3)) -ne 1 ] || moments=$((moments + 1))
    moments=$((moments + 1))
    kills=$((kills + 1))
    due
    left=$(sql "SELECT count(*) FROM outbox WHERE state <> 'sent'")
done
# carriers that outlived their sender are through, too
through() {
    for p in $carriers; do
        ! kill -0 "$p" 2>/dev/null || return 1
    done
}
comes through
is 'in the end all are sent' \
    "$(sql "SELECT count(*) FROM outbox WHERE state = 'sent'")" $((2 * mails))

# One line for each that came: id, and to whom or what.
for f in "$tmp"/mail/[0-9]*; do
    echo "$(header "$f" Message-ID) $(header "$f" To)"
done >"$tmp/mails"
for f in "$tmp"/hook/[0-9]*; do
    echo "$(header "$f" webhook-id) $(sed '1,/^\r$/d' "$f" |
        sed 's/.*"email":"\([^"]*\)".*/\1/')"
done >"$tmp/events"
is 'each mail came, under one id' \
    "$(sort -u "$tmp/mails" | wc -l) $(cut -d ' ' -f 1 "$tmp/mails" |
    sort -u | wc -l) $(cut -d ' ' -f 2 "$tmp/mails" | sort -u | wc -l)" \
    "$mails $mails $mails"
is 'each event came, under one id' \
    "$(sort -u "$tmp/events" | wc -l) $(cut -d ' ' -f 1 "$tmp/events" |
    sort -u | wc -l) $(cut -d ' ' -f 2 "$tmp/events" | sort -u | wc -l)" \
    "$mails $mails $mails"
doubles=$(($(cat "$tmp/mails" "$tmp/events" | wc -l) - 2 * mails))
echo "# $kills kills, $doubles came twice under the same id"
# what was under way at a kill may come again: nothing else does.  One mail and
# one event are under way at a time.
ok 'no more came twice than were under way' test $doubles -le $((2 * moments))

stop
exec 4>&-
wait $sink1 $sink2
