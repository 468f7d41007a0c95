# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Workspaces move to another installation, keys of other products come along, and
# all of them pass the gate with the texts that clients have.
. "$(dirname "$0")/lib.sh"

# there COMMAND... -- another installation, with secrets of its own
there() {
    ( cd "$home" && "$build/keylodge" --config "$tmp/there/keylodge.conf" \
        "$@" 2>"$tmp/said" )
}

here() {
    ( cd "$home" && "$build/keylodge" --config keylodge.conf "$@" \
        2>"$tmp/said" )
}

# fails WORDS COMMAND... -- it does, and says so
fails() {
    words=$1
    shift
    ! "$@" >/dev/null && grep -q "$words" "$tmp/said" || {
        cat "$tmp/said"
        false
    }
}

made() { # made FILE KIND -- how many of it were made, of --json
    sed "s/.*\"$2\":{\"made\":\([0-9]*\).*/\1/" "$1"
}

mkdir "$tmp/there"
sed "s|^path = .*|path = $tmp/there/keylodge.db|
s|^master = .*|master = $tmp/there/master|" "$home/keylodge.conf" \
    >"$tmp/there/keylodge.conf"
there init >/dev/null
there demo >/dev/null
there user add eve@example.org --name Eve --password-file "$home/password" \
    >/dev/null
there workspace add Moved --owner eve@example.org >/dev/null
plain=$(there key create --workspace moved --name Plain)
limited=$(there key create --workspace moved --name Limited --spend-limit 5)
nets=$(there key create --workspace moved --name Nets \
    --networks 203.0.113.0/24)
off=$(there key create --workspace moved --name Off)
there key disable "${off%%_*}" >/dev/null
ended=$(there key create --workspace moved --name Ended)
there key revoke "${ended%%_*}" >/dev/null
old=$(there key create --workspace moved --name Rotated)
new=$(there key rotate "${old%%_*}" --overlap hour)

# ---- export ----

ok 'an export' there export "$tmp/plain.json"
is 'is for us alone' "$(stat -c %a "$tmp/plain.json")" 600
ok 'without a terminal it tells no progress' sh -c '! grep -q written "$1"' - \
    "$tmp/said"
ok 'does not go over a file' fails 'cannot be written' there export \
    "$tmp/plain.json"
conf=$tmp/there/keylodge.conf
is 'on a terminal it does' "$(typed '' export "$tmp/shown")" 0
ok 'so many keys, over itself' grep -q \
    "$(printf '\r\033\\[Kkeys written: [1-9][0-9]*\r\033\\[K')" "$tmp/tty"
ok 'and the end is what is told without' sh -c \
    'sed "s/.*K//" "$1" | tr -d "\r" | grep -qx "keys  *[1-9][0-9]*"' - "$tmp/tty"
conf=
ok 'an export with verifiers' there export --verifiers "$tmp/transfer" \
    "$tmp/moved.json"
is 'the transfer secret is for us alone' "$(stat -c '%a %s' "$tmp/transfer")" \
    '400 32'
is 'goes to standard output' \
    "$(there export --workspace moved - | head -n 1 | cut -c 1-37)" \
    '{"type":"keylodge-export","version":1'
is 'nothing is left beside it' "$(ls "$tmp" | grep -c json)" 2
bad=
for key in "$plain" "$limited" "$nets" "$off" "$ended" "$old" "$new"; do
    secret=${key#*_kr?_}
    hash=$(printf %s "$key" | sha256sum | cut -c 1-64)
    grep -qF -e "$(printf %s "$secret" | cut -c 1-12)" -e "$hash" \
        -e "$(printf %s "$key" | openssl dgst -sha256 -binary | base64 |
            cut -c 1-16)" \
        "$tmp/plain.json" "$tmp/moved.json" && bad="$bad $key"
done
is 'no secret and no hash is in either' "$bad" ''

# ---- import ----

ok 'one with verifiers wants the transfer secret' fails 'verifiers' \
    here import "$tmp/moved.json"
head -c 32 /dev/urandom >"$tmp/other" && chmod 400 "$tmp/other"
ok 'and no other' fails 'does not open' here import \
    --verifiers "$tmp/other" "$tmp/moved.json"
is 'a key from there is unknown' "$(call "$plain")" 401
ok 'it can be tried' here import --dry-run --verifiers "$tmp/transfer" \
    "$tmp/moved.json"
is 'which changes nothing' "$(call "$plain")" 401
here import --json --verifiers "$tmp/transfer" "$tmp/moved.json" >"$tmp/out"
is 'it is imported' "$(made "$tmp/out" workspaces)" 3
is 'a key works' "$(call "$plain")" 200
is 'one with a limit, too' "$(call "$limited")" 200
is 'one of another network does not' "$(call "$nets")" 403
is 'a disabled one does not' "$(call "$off")" 403
is 'a revoked one does not' "$(call "$ended")" 401
is 'the old secret of a rotation goes on' "$(call "$old")" 200
is 'and the new one works' "$(call "$new")" 200
here import --json --verifiers "$tmp/transfer" "$tmp/moved.json" >"$tmp/out"
is 'again, it makes nothing' "$(grep -c '"made":[1-9]' "$tmp/out")" 0
ok 'and says what is here' grep -q 'here already: workspace demo' "$tmp/said"
ok 'the audit log is whole' keylodge audit verify
is 'and has a line for each key' \
    "$(sqlite3 -readonly "$home/keylodge.db" "SELECT count(*) FROM audit a
        JOIN api_key k ON k.prefix = a.object_id
        WHERE a.action = 'key.import'")" \
    "$(grep -c '"type":"key"' "$tmp/moved.json")"
here export --verifiers "$tmp/transfer" --workspace moved "$tmp/back.json" \
    >/dev/null
there export --verifiers "$tmp/transfer" --workspace moved \
    "$tmp/forth.json" >/dev/null
for file in back forth; do
    sed 's/"verifier":"[^"]*"//; s/"used":"[^"]*"/"used":null/' \
        "$tmp/$file.json" | sed '1d;$d' | sort >"$tmp/$file"
done
ok 'both say the same of the workspace' cmp "$tmp/back" "$tmp/forth"

# without verifiers keys wait for new secrets
mkdir "$tmp/third"
sed "s|^path = .*|path = $tmp/third/keylodge.db|
s|^master = .*|master = $tmp/third/master|" "$home/keylodge.conf" \
    >"$tmp/third/keylodge.conf"
third() {
    ( cd "$home" && "$build/keylodge" --config "$tmp/third/keylodge.conf" \
        "$@" 2>"$tmp/said" )
}
third init >/dev/null
ok 'one workspace without verifiers' third import --workspace moved \
    "$tmp/plain.json"
is 'no other came' "$(third workspace list --json | grep -o '"workspace":"[a-z]*"')" \
    '"workspace":"moved"'
ok 'one that is not in it' fails 'no workspace nobody' third import \
    --workspace nobody "$tmp/plain.json"
is 'its keys wait' "$(third key list --workspace moved --json |
    grep -o '"status":"waiting"' | wc -l)" 4
ok 'for a link' third key claim-link "${plain%%_*}"

# ---- what is wrong is told by line ----

sed '5s/"category":"[a-z]*"/"category":"poems"/;5s/"role":"[a-z]*"/"role":"king"/' \
    "$tmp/plain.json" >"$tmp/bad.json"
ok 'a wrong line is named' fails "bad.json:5: role" third import \
    "$tmp/bad.json"
ok 'and a sum that is not right' fails 'sha256 is not that' third import \
    "$tmp/bad.json"
head -c 20000 "$tmp/plain.json" >"$tmp/cut.json"
ok 'a cut file is refused' fails 'cut off' third import "$tmp/cut.json"
printf 'SQLite format 3\0 no' >"$tmp/junk"
ok 'junk is refused' fails 'Nothing was changed' third import "$tmp/junk"
is 'nothing of it came' "$(third workspace list | wc -l)" \
    "$(third workspace list | grep -c moved)"

# ---- One API ----

sqlite3 "$tmp/one.db" "
CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, email TEXT,
    status INTEGER, quota INTEGER);
CREATE TABLE tokens (id INTEGER PRIMARY KEY, user_id INTEGER, key CHAR(48),
    status INTEGER DEFAULT 1, name TEXT, created_time BIGINT,
    accessed_time BIGINT, expired_time BIGINT DEFAULT -1,
    remain_quota BIGINT DEFAULT 0, unlimited_quota NUMERIC DEFAULT 0,
    used_quota BIGINT DEFAULT 0, models TEXT, subnet TEXT DEFAULT '');
INSERT INTO users VALUES (1, 'root', 'ada@example.org', 1, 0),
    (2, 'bob', '', 1, 5000000), (3, 'gone', '', 2, 0);
INSERT INTO tokens (id, user_id, key, status, name, created_time,
    expired_time, remain_quota, unlimited_quota, models, subnet) VALUES
(1, 1, 'wZ2Jx9QmT4vLr8KcYb3NfHs6PgDa5EuR7iXoWt1BkVqMzC0j', 1, 'free', 1700000000, -1, 0, 1, NULL, ''),
(2, 2, 'Q9mVx2TzLr4KcYb8NfHs3PgDa6EuR5iXoWt7BkVqMzC1jwZJ', 1, 'quota', 1700000000, -1, 1250000, 0, NULL, ''),
(3, 2, 'T4vLr8KcYb3NfHs6PgDa5EuR7iXoWt1BkVqMzC0jwZ2Jx9Qm', 2, 'off', 1700000000, -1, 0, 1, NULL, ''),
(4, 2, 'Yb3NfHs6PgDa5EuR7iXoWt1BkVqMzC0jwZ2Jx9QmT4vLr8Kc', 3, 'over', 1700000000, 1700000001, 0, 1, NULL, ''),
(5, 2, 'PgDa5EuR7iXoWt1BkVqMzC0jwZ2Jx9QmT4vLr8KcYb3NfHs6', 4, 'spent', 1700000000, -1, 0, 0, NULL, ''),
(6, 3, 'R7iXoWt1BkVqMzC0jwZ2Jx9QmT4vLr8KcYb3NfHs6PgDa5Eu', 1, 'quota', 1700000000, -1, 0, 1, NULL, ''),
(7, 1, 'kVqMzC0jwZ2Jx9QmT4vLr8KcYb3NfHs6PgDa5EuR7iXoWt1B', 1, 'models', 1700000000, -1, 0, 1, 'gpt-4o,text-embedding-3', '203.0.113.7,2001:db8::/32'),
(8, 1, 'hunter2hunter2hunter2', 1, 'weak', 1700000000, -1, 0, 1, NULL, ''),
(9, 1, 'short', 1, 'short', 1700000000, -1, 0, 1, NULL, '');"
ok 'it says where keys go' fails 'needs --workspace' here import \
    --format one-api "$tmp/one.db"
here import --format one-api --workspace acme --json "$tmp/one.db" \
    >"$tmp/out"
ended=$?
is 'keys of One API' "$(made "$tmp/out" keys)" 7
is 'some were left out' "$ended" 1
is 'so many' "$(sed 's/.*"left_out":\([0-9]*\).*/\1/' "$tmp/out")" 2
ok 'weak ones are named and left out' grep -q 'key weak (token 8) is left out' \
    "$tmp/said"
ok 'what is left of a user is told' grep -q 'user bob has .10.00 of quota' \
    "$tmp/said"
free=wZ2Jx9QmT4vLr8KcYb3NfHs6PgDa5EuR7iXoWt1BkVqMzC0j
is 'a key works as it was' "$(call "sk-$free")" 200
is 'and without its first letters' "$(call "$free")" 200
is 'but not with another letter' "$(call "sk-${free}x")" 401
is 'one with quota works' \
    "$(call sk-Q9mVx2TzLr4KcYb8NfHs3PgDa6EuR5iXoWt7BkVqMzC1jwZJ)" 200
is 'a disabled one does not' \
    "$(call sk-T4vLr8KcYb3NfHs6PgDa5EuR7iXoWt1BkVqMzC0jwZ2Jx9Qm)" 403
is 'an expired one does not' \
    "$(call sk-Yb3NfHs6PgDa5EuR7iXoWt1BkVqMzC0jwZ2Jx9QmT4vLr8Kc)" 401
is 'one that is used up does not' \
    "$(call sk-PgDa5EuR7iXoWt1BkVqMzC0jwZ2Jx9QmT4vLr8KcYb3NfHs6)" 402
is 'nor one of a disabled user' \
    "$(call sk-R7iXoWt1BkVqMzC0jwZ2Jx9QmT4vLr8KcYb3NfHs6PgDa5Eu)" 403
is 'nor one from another network' \
    "$(call sk-kVqMzC0jwZ2Jx9QmT4vLr8KcYb3NfHs6PgDa5EuR7iXoWt1B)" 403
is 'a weak one does not' "$(call sk-hunter2hunter2hunter2)" 401
limit_of() {
    sqlite3 -readonly "$home/keylodge.db" \
        "SELECT spend_limit_micro FROM api_key WHERE name = '$1'"
}
is 'quota is a spending limit' "$(limit_of quota)" 2500000
is 'a name that is taken gets a number' \
    "$(here key list --workspace acme --json |
        grep -o '"name":"quota ([0-9])"')" '"name":"quota (2)"'
here import --format one-api --workspace acme --json "$tmp/one.db" \
    >"$tmp/out"
is 'again, it makes nothing' "$(grep -c '"made":[1-9]' "$tmp/out")" 0

ok 'what is of one product is not of the other' fails \
    'is of One API: --format one-api' here import --format new-api \
    --workspace acme "$tmp/one.db"
cp "$tmp/one.db" "$tmp/many.db"
sqlite3 "$tmp/many.db" "UPDATE tokens SET key = 'short', name = 'n' || id;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
        WHERE i < 30) INSERT INTO tokens (user_id, key, name)
    SELECT 1, 'short', 'm' || i FROM n"
here import --format one-api --workspace acme --dry-run "$tmp/many.db" \
    >"$tmp/out"
is 'when it is only tried, too' $? 1
is 'each is named' "$(grep -c 'is left out: ' "$tmp/said")" 39
ok 'and they are counted' grep -q \
    '^keys  *0 would be made, 0 here already, 39 left out$' "$tmp/out"

# ---- New API ----

sqlite3 "$tmp/new.db" "
CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, email TEXT,
    status INTEGER, quota INTEGER, deleted_at DATETIME);
CREATE TABLE options (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE tokens (id INTEGER PRIMARY KEY, user_id INTEGER, key CHAR(48),
    status INTEGER, name TEXT, expired_time BIGINT, remain_quota BIGINT,
    unlimited_quota NUMERIC, model_limits_enabled NUMERIC, model_limits TEXT,
    allow_ips TEXT, \"group\" TEXT, deleted_at DATETIME);
INSERT INTO options VALUES ('QuotaPerUnit', '1000000');
INSERT INTO users VALUES (1, 'ada', 'Ada@example.org', 1, 0, NULL);
INSERT INTO tokens VALUES
(1, 1, 'b3NfHs6PgDa5EuR7iXoWt1BkVqMzC0jwZ2Jx9QmT4vLr8KcY', 1, 'new one', -1, 7500000, 0, 1, 'gpt-4o,gpt-9', '127.0.0.1
::1', 'vip', NULL),
(2, 1, 'c3NfHs6PgDa5EuR7iXoWt1BkVqMzC0jwZ2Jx9QmT4vLr8KcY', 1, 'deleted', -1, 0, 1, 0, '', '', '', '2025-01-01 00:00:00');"
here import --format new-api --workspace acme --json "$tmp/new.db" \
    >"$tmp/out"
is 'without one that is left out, all is well' $? 0
is 'keys of New API' "$(made "$tmp/out" keys) $(made "$tmp/out" models)" '1 1'
ok 'its group is told' grep -q 'group vip is not carried over' "$tmp/said"
here key list --workspace acme --json --find 'new one' >"$tmp/keys"
is 'with its own unit of quota' "$(limit_of 'new one')" 7500000
ok 'and its owner' grep -q '"owner":"ada@example.org"' "$tmp/keys"

# ---- hashes ----

whole='sk-live_8f2K.qLw-71xZrTbVnEy'
{
    echo sha256,name,expires,limit
    printf '%s,"by hash, whole",,\n' \
        "$(printf %s "$whole" | sha256sum | cut -c 1-64)"
    printf '%s,over,2020-01-01,\r\n' \
        "$(printf %s "$whole-2" | sha256sum | cut -c 1-64)"
} >"$tmp/list.csv"
ok 'hashes' here import --format sha256 --workspace acme "$tmp/list.csv"
is 'such a key works as it was' "$(call "$whole")" 200
is 'and in no other way' "$(call "${whole#sk-}")" 401
is 'one that is over does not' "$(call "$whole-2")" 401
echo 12345,short >"$tmp/list.csv"
ok 'what is no hash is named' fails 'list.csv:1: the first cell' here import \
    --format sha256 --workspace acme "$tmp/list.csv"
seq 700 | sed 's/.*/printf "%064d\\n" &/' | sh >"$tmp/list.csv"
is 'on a terminal progress is told' "$(typed '' import --dry-run \
    --format sha256 --workspace acme "$tmp/list.csv")" 0
ok 'so many rows, over itself' grep -q \
    "$(printf '\r\033\\[Krows looked at: 500\r\033\\[K')" "$tmp/tty"

# ---- they are keys like others ----

get /sign-in >/dev/null
post /sign-in --data-urlencode email=ada@example.org \
    --data-urlencode "password=$password" >/dev/null
get /w/acme/keys >/dev/null
ok 'the list marks them' grep -q 'imported, SHA-256' "$tmp/body"
hash=$(sqlite3 -readonly "$home/keylodge.db" \
    "SELECT prefix FROM api_key WHERE name = 'by hash, whole'")
get "/w/acme/keys/$hash" >/dev/null
ok 'and the page of a key' grep -q 'imported, SHA-256' "$tmp/body"
fresh=$(here key rotate "$hash" --overlap hour)
is 'rotated, it has our form' "$(printf %s "$fresh" | wc -c)" 51
is 'which works' "$(call "$fresh")" 200
is 'and the old text for an hour' "$(call "$whole")" 200
here key disable "$hash" >/dev/null
is 'disabled, neither does' "$(call "$fresh") $(call "$whole")" '403 403'
here key revoke "$hash" >/dev/null
is 'revoked, neither does' "$(call "$fresh") $(call "$whole")" '401 401'
bad=
for text in "$free" "$whole"; do
    digest=$(printf %s "$text" | sha256sum | cut -c 1-64)
    for file in "$home"/keylodge.db*; do
        grep -qF "$text" "$file" && bad="$bad text in $file"
        od -An -v -tx1 "$file" | tr -d ' \n' | grep -q "$digest" &&
            bad="$bad hash in $file"
    done
done
is 'neither text nor hash is in the database' "$bad" ''
keylodge rotate-secret >/dev/null
is 'found with a new master secret, too' "$(call "sk-$free")" 200
ok 'the audit log is whole' keylodge audit verify
stop
