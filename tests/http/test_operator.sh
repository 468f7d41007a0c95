# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Who operates the installation: people, workspaces, members, keys and the audit
# log by the shell, beside a server that runs.
. "$(dirname "$0")/lib.sh"

# said -- what the last command said on stderr, without the log
code() {
    ( cd "$home" && "$build/keylodge" --config keylodge.conf "$@" \
        >"$tmp/out" 2>"$tmp/all" )
    code=$?
    grep -v '^time=' "$tmp/all" >"$tmp/said"
    echo $code
}

# json COMMAND... -- its answer, which is kept, too
json() {
    echo "$*" >>"$tmp/ran"
    keylodge "$@" --json | tee -a "$tmp/json"
}

# member NAME -- of an object of --json on standard input, as text
member() {
    sed -n "s/.*\"$1\":\(\"\([^\"]*\)\"\|\([^,}]*\)\).*/\2\3/p"
}

sign_in() {
    rm -f "$tmp/jar"
    get /sign-in >/dev/null
    post /sign-in -d "email=$1" --data-urlencode "password=$password"
}

# refused WHAT CODE SAYS COMMAND...
refused() {
    what=$1 want=$2 says=$3
    shift 3
    is "$what" "$(code "$@"), $(grep -c -e "$says" "$tmp/said")" "$want, 1"
}

keylodge user add bob@example.org --name Bob --password-file \
    "$home/password" >/dev/null
keylodge user add cy@example.org --name Cy --password-file \
    "$home/password" >/dev/null

# ---- people ----

is 'people' "$(keylodge user list | cut -d ' ' -f 1 | tr '\n' ' ')" \
    'ada@example.org bob@example.org cy@example.org '
is 'as JSON' "$(json user list | grep -o '"email":"[^"]*"' | wc -l)" 3
is 'somebody who is signed in' "$(sign_in ada@example.org)" 303
is 'is seen' "$(json user show ada@example.org | grep -c '"agent":"curl')" 1
is 'a page of hers' "$(get /w/acme/keys)" 200
is 'signed out everywhere' "$(keylodge user sessions-end ada@example.org)" \
    'ada@example.org has to sign in again'
is 'the page is gone' "$(get /w/acme/keys)" 303
is 'she signs in again' "$(sign_in ada@example.org)" 303
key=$(keylodge key create --workspace acme --name Hers --owner ada@example.org)
is 'disabled, the team is named' "$(code user disable ada@example.org), \
$(grep -c 'an owner of acme' "$tmp/said")" '0, 1'
is 'the page is gone at once' "$(get /w/acme/keys)" 303
is 'no way in' "$(sign_in ada@example.org)" 422
is 'her key goes on' "$(call "$key")" 200
is 'twice is no mistake' "$(keylodge user disable ada@example.org)" \
    'ada@example.org was disabled before'
is 'since when' "$(json user show ada@example.org | member disabled |
    cut -c 1-2)" 20
is 'enabled' "$(keylodge user enable ada@example.org)" \
    'ada@example.org can sign in again'
is 'she can' "$(sign_in ada@example.org)" 303
keylodge user disable ada@example.org >/dev/null 2>&1
keylodge user enable ada@example.org >/dev/null
is 'what was open before stays ended' "$(get /w/acme/keys)" 303
is 'another name and address' "$(json user edit bob@example.org --name Bobby \
    --email Robert@example.org | member email)" robert@example.org
is 'with which he signs in' "$(sign_in robert@example.org)" 303
is 'and no more with the old one' "$(sign_in bob@example.org)" 422
refused 'an address of somebody else' 1 'There is an account' \
    user edit robert@example.org --email cy@example.org
refused 'an address that is none' 1 'like name@' \
    user edit robert@example.org --email robert
refused 'an empty name' 1 'Enter your name' \
    user edit robert@example.org --name ''
refused 'nothing to change' 2 'is needed' user edit robert@example.org
refused 'nobody' 1 'Nobody has the address' user disable no@example.org

# ---- workspaces and members ----

is 'workspaces' "$(keylodge workspace list | cut -d ' ' -f 1 | sort |
    tr '\n' ' ')" 'acme ada-lovelace bob cy '
json workspace list >/dev/null
is 'renamed' "$(json workspace rename acme --name 'Acme Two' | member name)" \
    'Acme Two'
is 'its address stays' "$(json workspace show acme | member keys_most)" 10
refused 'no name' 1 'Enter a name' workspace rename acme --name ''
is 'it may have more keys' "$(json workspace edit acme --keys 12 |
    member keys_most), $(keylodge workspace edit acme --keys 25)" \
    '12, acme may have 25 keys of each kind'
is 'and has them so' "$(json workspace show acme | member keys_most)" 25
refused 'none at all' 2 'from 1 to 100000' workspace edit acme --keys 0
refused 'too many' 2 'from 1 to 100000' workspace edit acme --keys 100001
refused 'how many?' 2 '--keys is needed' workspace edit acme
refused 'of which?' 1 'no workspace' workspace edit nowhere --keys 3
is 'and the log has each' "$(keylodge audit list --workspace acme \
    --action workspace.settings | wc -l), $(json audit list --workspace acme \
    --action workspace.settings --most 1 | grep -c '"12".*"25"')" '3, 1'
is 'it asks for codes, as one that is made on a page' \
    "$(json workspace show acme | member codes_for)" admins
is 'members' "$(json member add robert@example.org --workspace acme |
    member role)" member
refused 'twice' 1 'is a member of this workspace already' \
    member add robert@example.org --workspace acme
refused 'a personal workspace' 1 'is personal' \
    member add robert@example.org --workspace cy
is 'another role' "$(json member role robert@example.org --workspace acme \
    --role admin | member role)" admin
refused 'the last owner stays one' 1 'last owner' \
    member role ada@example.org --workspace acme --role member
refused 'and stays' 1 'last owner' \
    member remove ada@example.org --workspace acme --revoke-keys
refused 'who is not there' 1 'no such member' \
    member role cy@example.org --workspace acme --role admin
is 'an owner that is no person' "$(keylodge service add 'Build robot' \
    --workspace acme)" 'Build robot may own keys of acme'
refused 'twice' 1 'is a service account called' \
    service add 'Build robot' --workspace acme
json service add Other --workspace acme >/dev/null
is 'two' "$(keylodge service list --workspace acme | wc -l)" 2
json service list --workspace acme >/dev/null
his=$(keylodge key create --workspace acme --name His \
    --owner robert@example.org)
refused 'both fates' 2 'not both' member remove robert@example.org \
    --workspace acme --hand-over-to Other --revoke-keys
refused 'to nobody' 1 'neither a member nor' member remove \
    robert@example.org --workspace acme --hand-over-to cy@example.org
refused 'to himself' 1 'who stays' member remove robert@example.org \
    --workspace acme --hand-over-to robert@example.org
is 'removed' "$(json member remove robert@example.org --workspace acme \
    --hand-over-to 'Build robot' | member keys_are)" 'handed over'
is 'his key is the robot'"'"'s' "$(json key show "${his%%_*}" |
    member owner)" 'Build robot'
is 'and goes on' "$(call "$his")" 200
json member add cy@example.org --workspace acme >/dev/null
hers=$(keylodge key create --workspace acme --name Cys --owner cy@example.org)
keylodge member remove cy@example.org --workspace acme --revoke-keys >/dev/null
is 'revoked with who goes' "$(call "$hers")" 401
is 'one is left' "$(keylodge member list --workspace acme | wc -l)" 1
json member list --workspace acme >/dev/null

# ---- keys ----

k=$(keylodge key create --workspace acme --name Full --owner ada@example.org \
    --expires-on 2099-12-31 --spend-limit 12.50 --spend-reset month \
    --endpoints /v1/models,/v1/ocr --networks 10.0.0.0/8,2001:db8::/32 \
    --categories chat --labels team=a,env=prod --note 'By shell' \
    --rate-requests 60)
json key show "${k%%_*}" >"$tmp/full"
for want in '"expires":"2099-12-31T23:59:59Z"' '"spend_limit":12.5' \
    '"spend_reset":"month"' '"categories":["chat"]' '"models":null' \
    '"endpoints":["/v1/models","/v1/ocr"]' \
    '"networks":["10.0.0.0/8","2001:db8::/32"]' '"note":"By shell"' \
    '"labels":{"env":"prod","team":"a"}' '"created_by":"shell"' \
    '"owner":"ada@example.org"' '{"of":"key","counts":"requests","period":"minute","model":null,"limit":60,"used":0,"reserved":0,"shadow":false,' \
    '{"of":"spending_limit","counts":"money","period":"month","model":null,"limit":12500000,"used":0,'; do
    ok "it has $want" grep -qF "$want" "$tmp/full"
done
is 'and in words' "$(keylodge key show "${k%%_*}" | grep -c \
    -e '^limit  *60 requests per minute: 0 of 60; resets: Bit by bit' \
    -e '^limit  *Spending limit: \$12.50 per month: ')" 2
json key list --workspace acme --find Full >"$tmp/full"
for want in '"spend_limit":12.5,' '"spend_reset":"month"' '"spent":0'; do
    ok "the list has $want" grep -qF "$want" "$tmp/full"
done
refused 'a network that is none' 1 'networks: ' key create --workspace acme \
    --name N --networks 10.0.0.1/8
refused 'an endpoint that is none' 1 'endpoints: ' key create \
    --workspace acme --name N --endpoints /v1/nothing
refused 'a day that has passed' 1 'expires_on: ' key create --workspace acme \
    --name N --expires-on 2020-01-01
refused 'both ends' 2 'not both' key create --workspace acme --name N \
    --expiry 30 --expires-on 2099-01-01
refused 'an owner who is none' 1 'neither a member nor' key create \
    --workspace acme --name N --owner nobody
refused 'an amount that is none' 1 'spend_limit: ' key create \
    --workspace acme --name N --spend-limit much
refused 'a management key by link' 1 'claim: ' key create --workspace acme \
    --name N --kind management --claim 1
is 'by owner' "$(keylodge key list --workspace acme --owner ada@example.org |
    wc -l)" 2
is 'by status' "$(keylodge key list --workspace acme --status revoked |
    sed 's/.* //')" Cys
is 'by text' "$(keylodge key list --workspace acme --find fUl |
    cut -d ' ' -f 1)" "${k%%_*}"
json key list --workspace acme >/dev/null
is 'disabled' "$(keylodge key disable "${key%%_*}")" 'disabled: Hers'
is 'the next call is refused' "$(call "$key")" 403
is 'twice' "$(keylodge key disable "${key%%_*}")" 'was disabled before: Hers'
refusal=$(curl -s --noproxy '*' -H "Authorization: Bearer $key" \
    "$url/protected/hello" | member request_id)
explained() { # what was refused is written each second
    keylodge why "$refusal" >/dev/null
}
ok 'why it was' comes explained
is 'in one object' "$(json why "$refusal" | grep -c '^{.*disabled')" 1
is 'in JSON, too' "$(json key disable "${key%%_*}" | member status)" disabled
is 'enabled' "$(json key enable "${key%%_*}" | member status)" active
is 'the next call passes' "$(call "$key")" 200
new=$(keylodge key rotate "${key%%_*}" --overlap hour)
is 'rotated: the new secret' "$(call "$new")" 200
is 'and the old one, for an hour' "$(call "$key")" 200
newer=$(json key rotate "${key%%_*}" | member key)
is 'rotated at once' "$(call "$newer") $(call "$new") $(call "$key")" \
    '200 401 401'
refused 'a revoked key' 1 'cannot be rotated' key rotate "${hers%%_*}"
json key create --workspace acme --name Waits --claim 3 >"$tmp/waits"
waits=$(member prefix <"$tmp/waits")
old=$(member claim_link <"$tmp/waits")
link=$(keylodge key claim-link "$waits" --claim 7)
is 'the older link is dead' "$(get "${old#"$url"}"), $(grep -c 'name="csrf"' \
    "$tmp/body")" '200, 0'
is 'the newer one shows the key' "$(get "${link#"$url"}")" 200
post "${link#"$url"}" >/dev/null
got=$(grep -o "${waits}_krs_[0-9A-Za-z]*" "$tmp/body" | head -n 1)
is 'which passes' "$(call "$got")" 200
refused 'no further link' 1 'keylodge: ' key claim-link "$waits"
refused 'a key that is none' 1 'There is no key aaaaaaaa' key show aaaaaaaa
refused 'a whole one, whose secret is not printed' 1 \
    'There is no key aaaaaaaa\.$' key show aaaaaaaa_krs_secret
refused 'nor that of another product' 1 'There is no such key' key show \
    sk-secret
ok 'in no way' sh -c '! grep -q secret "$1"' - "$tmp/said"
is 'a key that is named by the whole of it' \
    "$(json key show "$got" | member prefix)" "$waits"
refused 'a model that is none' 1 'has the id gpt-x$' key create --workspace \
    acme --name M --models gpt-x
is 'revoked' "$(json key revoke "$waits" | member status)" revoked

# ---- what changes somebody, or a workspace, as JSON ----

# codes_on -- cy, who is signed in, uses an app from now on (RFC 6238); false
# when the code was too old on its arrival
codes_on() {
    get /account/security >/dev/null
    post /account/security/codes >/dev/null
    get /account/security/codes >/dev/null
    seed=$(sed -n 's|.*id="secret">\([A-Z2-7 ]*\)<.*|\1|p' "$tmp/body" |
        tr -d ' ' | base32 -d | od -An -v -tx1 | tr -d ' \n')
    step=$(($(date +%s) / 30))
    # shellcheck disable=SC2059 # bytes, by their numbers
    mac=$(printf "$(printf '\\0\\0\\0\\0\\%03o\\%03o\\%03o\\%03o' \
        $((step >> 24 & 255)) $((step >> 16 & 255)) $((step >> 8 & 255)) \
        $((step & 255)))" |
        openssl dgst -sha1 -mac HMAC -macopt "hexkey:$seed" | sed 's/.* //')
    at=$(printf '%d' "0x$(echo "$mac" | cut -c 40)")
    part=$(echo "$mac" | cut -c $((2 * at + 1))-$((2 * at + 8)))
    post /account/security/codes/on -d "code=$(printf '%06d' \
        $(((0x$part & 0x7fffffff) % 1000000)))" >/dev/null
    keylodge user show cy@example.org --json | grep -q '"codes":true'
}

is 'disabled' "$(json user disable cy@example.org | member disabled |
    cut -c 1-2)" 20
is 'enabled' "$(json user enable cy@example.org | member disabled)" null
is 'an operator' "$(json user operator-on cy@example.org | member operator)" \
    true
is 'and no more' "$(json user operator-off cy@example.org | member operator)" \
    false
is 'cy signs in' "$(sign_in cy@example.org)" 303
ok 'with codes, now' comes codes_on
refused 'nobody else has any' 1 'keylodge: ' user codes-off ada@example.org \
    --json
is 'where nothing was done, nothing is printed' "$(wc -c <"$tmp/out")" 0
is 'codes are off' "$(json user codes-off cy@example.org | member email), \
$(keylodge user show cy@example.org --json | member codes)" \
    'cy@example.org, false'
is 'who lost them signs in' "$(sign_in cy@example.org)" 303
is 'and is signed out' "$(json user sessions-end cy@example.org |
    member email), $(get /w/cy/keys)" 'cy@example.org, 303'
is 'a link as JSON' "$(json key create --workspace acme --name Later \
    --claim 1 >"$tmp/waits"; json key claim-link "$(member prefix \
    <"$tmp/waits")" | member claim_link | cut -c 1-${#url})" "$url"
json workspace add Gone --owner ada@example.org >/dev/null
is 'a workspace ends' "$(json workspace delete gone | member deleted |
    cut -c 1-2)" 20
json workspace restore gone >"$tmp/one"
is 'and comes back, frozen' "$(member deleted <"$tmp/one"), \
$(member frozen <"$tmp/one" | cut -c 1-2)" 'null, 20'
is 'a file for elsewhere' "$(json export "$tmp/moving" --workspace acme |
    member keys)" "$(grep -c '"type":"key"' "$tmp/moving")"
is 'which is here already' "$(json import "$tmp/moving" --dry-run |
    grep -c '"made":[1-9]')" 0

# ---- the audit log ----

is 'it says who' "$(keylodge audit list --action user.disable |
    grep -c ' shell .*user.disable .* ada@example.org$')" 2
is 'by workspace' "$(keylodge audit list --workspace acme --action key.rotate |
    wc -l)" 2
is 'of another workspace' "$(keylodge audit list --workspace cy |
    grep -c key.)" 0
is 'by object' "$(keylodge audit list --object "$waits" | wc -l)" 4
is 'by person' "$(json audit list --actor ada@example.org --most 1 |
    member actor)" ada@example.org
is 'the newest only' "$(keylodge audit list --most 2 | wc -l)" 2
is 'by text' "$(keylodge audit list --find 'build ROBOT' |
    grep -c service.add)" 1
is 'of another time' "$(json audit list --to 2020-01-01)" '[]'
is 'more than a page of it' "$(keylodge audit list --most 10000 | wc -l)" \
    "$(keylodge audit verify | cut -d ' ' -f 1)"
refused 'a number that is none' 2 'from 1 to' audit list --most 0
refused 'a time that is none' 1 'from: ' audit list --from yesterday
ok 'the chain is whole' keylodge audit verify

# ---- the rest ----

# counted tries end by themselves, sooner or later
is 'nothing to forget' "$(keylodge prune | grep -v '^attempts ' |
    grep -vc ' 0$')" 0
sqlite3 -cmd '.timeout 5000' "$home/keylodge.db" "
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
        WHERE i < 250)
    INSERT INTO once_link (kind, mac, created_s, ends_s)
    SELECT 'setup', randomblob(32), 1, 2 FROM n"
json prune --dry-run >/dev/null
keylodge prune >/dev/null
is 'old links are forgotten' "$(json prune --dry-run | member links)" 0
for command in 'reseal' 'init' 'setup-link' 'demo' 'doctor' 'migrate' 'audit verify' \
    'audit public-key' 'send --list' 'reset-link ada@example.org' \
    "audit export $tmp/log" "backup $tmp/copy" "verify $tmp/copy" \
    'workspace freeze cy --why x' 'workspace thaw cy' 'rotate-secret' \
    'rotate-secret --end' "key create --workspace acme --name J" \
    "user add j@example.org --name J --password-file $home/password" \
    'workspace add J --owner j@example.org' \
    "audit verify $tmp/log --public-key $tmp/pem"; do
    [ "$command" != 'audit verify' ] ||
        keylodge audit public-key >"$tmp/pem"
    # shellcheck disable=SC2086
    json $command >"$tmp/one"
    is "$command: one line" "$(wc -l <"$tmp/one")" 1
done
echo nothing >"$tmp/plain"
is 'no key of ours in a file' "$(json scan "$tmp/plain")" ''
# restore, which wants an empty place: test_backup.sh
"$build/keylodge" --help |
    sed -n '/^Before/q; s/^  \([a-z-]*\( [a-z-][a-z-]*\)\{0,1\}\)  .*/\1/p' |
    grep -vx restore >"$tmp/commands"
ok 'there are so many commands' test "$(wc -l <"$tmp/commands")" -gt 50
left=
while read -r command; do
    # shellcheck disable=SC2086
    "$build/keylodge" $command --help </dev/null | grep -q -e --json || continue
    grep -q "^$command\( \|$\)" "$tmp/ran" || left="$left $command,"
done <"$tmp/commands"
is 'every command that can was asked for JSON' "$left" ''
is 'all that was printed is JSON' "$(sqlite3 :memory: "
    WITH lines(l, rest) AS (
        SELECT NULL, CAST(readfile('$tmp/json') AS TEXT)
        UNION ALL SELECT substr(rest, 1, instr(rest, char(10)) - 1),
            substr(rest, instr(rest, char(10)) + 1)
        FROM lines WHERE instr(rest, char(10)) > 0)
    SELECT l FROM lines WHERE l IS NOT NULL AND NOT json_valid(l)")" ''

# ---- rows that somebody changed by SQL ----

forged=$(keylodge key create --workspace cy --name Forged | tail -n 1)
sqlite3 -cmd '.timeout 5000' "$home/keylodge.db" \
    "UPDATE api_key SET expires_s = 9999999999 WHERE name = 'Forged'"
is 'a changed key is refused' "$(call "$forged")" 403
is 'what was changed is shown' "$(code reseal)" 1
is 'with what it holds' "$(keylodge reseal cy --dry-run |
    grep -c '"expires":"2286-11-20')" 1
refused 'nobody is there to ask' 2 'say --yes' reseal cy
refused 'all at once' 2 'name the workspace' reseal --yes
is 'still refused' "$(call "$forged")" 403
is 'another workspace has none' "$(json reseal acme --yes |
    member accepted)" false
is 'on a terminal, another name accepts nothing' "$(typed acme reseal cy)" 1
ok 'and it says so' grep -q 'nothing was accepted' "$tmp/tty"
is 'still refused, too' "$(call "$forged")" 403
is 'nor does an empty line' "$(typed '' reseal cy)" 1
is 'the name does' "$(typed cy reseal cy)" 0
ok 'with what was accepted' grep -q '1 row accepted' "$tmp/tty"
is 'it is believed now, too' "$(call "$forged")" 200
is 'then there is nothing to ask' "$(typed '' reseal cy)" 0
sqlite3 -cmd '.timeout 5000' "$home/keylodge.db" \
    "UPDATE api_key SET expires_s = 8888888888 WHERE name = 'Forged'"
is 'changed again, refused again' "$(call "$forged")" 403
is 'accepted' "$(json reseal cy --yes | member accepted)" true
is 'it is believed now' "$(call "$forged")" 200
# one secret that was changed keeps its key refused, and nothing else
keylodge key create --workspace cy --name Swapped >/dev/null
swapped=$(keylodge key list --workspace cy --find Swapped | cut -d ' ' -f 1)
sqlite3 -cmd '.timeout 5000' "$home/keylodge.db" "UPDATE api_key
    SET expires_s = 7777777777 WHERE name = 'Forged'; UPDATE key_secret
    SET ends_s = 7777777777 WHERE key_id = (SELECT id FROM api_key
        WHERE name = 'Swapped')"
refused 'what nobody can judge is named' 1 \
    "key $swapped is not accepted: .* Revoke it, and make another" \
    reseal cy --yes
ok 'the rest is accepted' grep -q '1 row accepted' "$tmp/out"
is 'and believed' "$(call "$forged")" 200
is 'alone it is refused' "$(code reseal cy --yes --json), $(wc -l \
    <"$tmp/said"), $(wc -c <"$tmp/out")" '1, 2, 0'
is 'as JSON' "$(code reseal cy --dry-run --json), $(grep -o \
    '"acceptable":[a-z]*' "$tmp/out")" '1, "acceptable":false'
is 'the log has it' "$(keylodge audit list --workspace cy \
    --action seal.accept | wc -l)" 3

# ---- what programs ask of an exit status ----

# of a copy that no server has, which another program may hold
mkdir "$tmp/held"
keylodge backup "$tmp/held/keylodge.db" >/dev/null
sed "s|^path = .*|path = $tmp/held/keylodge.db|" "$home/keylodge.conf" \
    >"$home/held.conf"
held() {
    ( cd "$home" && "$build/keylodge" --config held.conf "$@" \
        >/dev/null 2>&1
      echo $? )
}
# hold SQL -- as long as descriptor 4 is open; returns when it is held
hold() {
    mkfifo "$tmp/holder" "$tmp/holds"
    sqlite3 "$tmp/held/keylodge.db" <"$tmp/holder" >"$tmp/holds" 3>&- &
    holder=$!
    exec 4>"$tmp/holder" 5<"$tmp/holds"
    echo "$1 SELECT 'held';" >&4
    while read -r line <&5 && [ "$line" != held ]; do :; done
}
let_go() {
    exec 4>&- 5<&-
    wait $holder
    rm "$tmp/holder" "$tmp/holds"
}
is 'nobody holds it' "$(held user disable cy@example.org)" 0
hold 'BEGIN IMMEDIATE;'
is 'who reads does not mind a writer' "$(held user list)" 0
is 'who writes: later' "$(held user enable cy@example.org)" 69
let_go
hold 'PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE;'
is 'what cannot even be opened: later' "$(held user list)" 69
let_go
sqlite3 "$tmp/held/keylodge.db" \
    "UPDATE user SET operator = 1 WHERE email = 'cy@example.org'"
is 'an account that was changed: not allowed' \
    "$(held user enable cy@example.org)" 77
is 'nor is it by those who look at it' "$(held user show cy@example.org)" 0
mv "$tmp/held/keylodge.db" "$tmp/held/away.db"
is 'no database: the settings' "$(held user list)" 78
stop
