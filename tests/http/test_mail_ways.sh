# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The two other ways of mail, [mail] command and [mail] dir: what comes, and that
# a way which fails loses nothing, doubles nothing, and is listed.
tmp=$2 build=$1
mkdir "$tmp/mail" "$tmp/taken" || exit 1

# A mail program: keeps what it reads, or does what the file "mode" says.
cat >"$tmp/mailer" <<END
#!/bin/sh
[ "\$1" = -t ] || exit 64
read -r mode <"$tmp/mode"
echo x >>"$tmp/calls"
case \$mode in
take)
    n=\$(mktemp "$tmp/taken/XXXXXX") && cat >"\$n"
    ;;
refuse)
    cat >/dev/null
    echo 'queue is	full' >&2
    exit 1
    ;;
nobody)
    cat >/dev/null
    exit 67
    ;;
die)
    kill -KILL \$\$
    ;;
esac
END
chmod +x "$tmp/mailer"
extra="[mail]
dir = $tmp/mail
from = keys@lodge.example"
. "$(dirname "$0")/lib.sh"
db=$home/keylodge.db

sql() {
    sqlite3 -cmd '.timeout 5000' "$db" "$1"
}

send() {
    keylodge send || echo "# keylodge send: $?"
}

due() {
    sql "UPDATE outbox SET due_s = 0 WHERE state = 'waiting'"
}

# way KEY VALUE -- mail goes this way from now on
way() {
    sed -i "s#^\(command\|dir\) = .*#$1 = $2#" "$home/keylodge.conf"
}

came() { # FOLDER
    find "$tmp/$1" -type f | wc -l
}

# stuck WORDS -- is the mail listed, with this as its reason?
stuck() {
    keylodge send --list | grep -A 1 nina@new.example | grep -q "tries, .*$1"
}

invite() {
    sql "DELETE FROM outbox"
    get /w/acme/invites/new >/dev/null
    post /w/acme/invites -d "once=$(hidden once)" -d email=nina@new.example \
        -d role=member >/dev/null
}

get /sign-in >/dev/null
post /sign-in -d email=ada@example.org --data-urlencode "password=$password" \
    -d next= -d carried= >/dev/null

# ---- a folder ----

invite
send
is 'the mail is one file' "$(came mail)" 1
m=$(find "$tmp/mail" -name '*.eml')
ok 'under the id of its message' grep -q "^Message-ID: <$(basename "$m" .eml)@" \
    "$m"
ok 'to who is invited' grep -q '^To: <nina@new.example>' "$m"
is 'that only its owner reads' "$(stat -c %a "$m")" 600
send
is 'it comes once' "$(came mail)" 1
sql "UPDATE outbox SET state = 'sending'" # killed before the mark
rm -f "$tmp/mail"/*
invite
sql "UPDATE outbox SET state = 'sending'"
send
sql "UPDATE outbox SET state = 'waiting', due_s = 0" # before it was marked
is 'a message of a sender that was killed comes' "$(came mail)" 1

rm -r "$tmp/mail"
invite
send
is 'without its folder it waits' "$(sql "SELECT state, tries, sealed IS NOT NULL
    FROM outbox")" 'waiting|1|1'
ok 'and is listed' stuck 'No such file or directory'
echo >"$tmp/mail"
due
send
ok 'the newest reason is listed' stuck 'Not a directory'
rm "$tmp/mail"
mkdir "$tmp/mail"
due
send
is 'then it comes, once' "$(came mail) $(sql 'SELECT state FROM outbox')" \
    '1 sent'
ok 'and is listed no more' sh -c '! "$@"' - sh -c \
    'cd "$1" && "$2" --config keylodge.conf send --list 2>/dev/null |
    grep -q nina@new.example' - "$home" "$build/keylodge"

# ---- a program ----

way command "$tmp/mailer -t"
echo take >"$tmp/mode"
invite
send
is 'the program gets the mail' "$(came taken)" 1
m=$(find "$tmp/taken" -type f)
ok 'whole, with who it goes to' sh -c \
    'grep -q "^To: <nina@new.example>" "$1" && grep -q /invite/ "$1"' - "$m"
ok 'its lines end as programs like them' sh -c '! grep -q "$(printf "\r")" "$1"' \
    - "$m"
rm "$m" "$tmp/calls"

echo refuse >"$tmp/mode"
invite
send
is 'status 1: it waits' "$(sql "SELECT state, tries, sealed IS NOT NULL
    FROM outbox")" 'waiting|1|1'
ok 'and what the program said is listed, in one line' stuck \
    'mailer ended with 1: queue is full'
send
is 'it is not tried at once' "$(wc -l <"$tmp/calls")" 1
echo die >"$tmp/mode"
due
send
is 'killed: it waits, too' "$(sql "SELECT state, tries FROM outbox")" 'waiting|2'
echo take >"$tmp/mode"
due
send
is 'then it comes, once' "$(came taken) $(sql 'SELECT state FROM outbox')" \
    '1 sent'
rm "$tmp/taken"/*

echo nobody >"$tmp/mode"
invite
send
is 'status 67: given up at once' "$(sql 'SELECT state, tries FROM outbox')" \
    'given_up|1'
ok 'and listed' stuck ''

way command /nowhere/mailer
invite
send
is 'no program: it waits' "$(sql 'SELECT state, tries FROM outbox')" 'waiting|1'
ok 'and is listed with the reason' stuck '/nowhere/mailer: No such file'

# ---- a sender that goes on reads its settings anew ----

# says EVENT N -- has it said so often?
says() {
    [ "$(grep -c "event=$1" "$tmp/sender.log")" -eq "$2" ]
}

# from WHO N -- have so many mails come, the newest from there?
from() {
    [ "$(came mail)" -eq "$2" ] && grep -rq "^From: .*$1@lodge" "$tmp/mail"
}

rm -f "$tmp/mail"/*
sed -i "s#^command = .*#dir = $tmp/mail#" "$home/keylodge.conf"
( cd "$home" && exec "$build/keylodge" --config keylodge.conf send --loop \
    2>"$tmp/sender.log" ) &
sender=$!
ok 'a sender is at work' comes says sending 1
sed -i 's/^from = keys@/from = anew@/' "$home/keylodge.conf"
kill -HUP $sender
ok 'SIGHUP: it begins anew' comes says sending 2
invite
ok 'with the settings of then' comes from anew 1
echo 'no_such_setting = 1' >>"$home/keylodge.conf"
kill -HUP $sender
ok 'bad settings are refused' comes says reload_refused 1
invite
ok 'and it goes on with those it has' comes from anew 2
sed -i '/no_such_setting/d' "$home/keylodge.conf"
kill -TERM $sender
wait $sender
is 'it ends when it is told to' $? 0
stop
