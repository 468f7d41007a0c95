# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# kill -9 of the worker at any moment: what was answered holds, and what was
# reported one to three times counts once (SECURITY.md R9, T13).
# KEYLODGE_REPORTS: how many reports (10,000).
export KEYLODGE_KILLS=9
. "$(dirname "$0")/lib.sh"
reports=${KEYLODGE_REPORTS:-10000}
db=$home/keylodge.db

kill_worker() {
    for p in $(worker); do
        kill -KILL "$p" 2>/dev/null
    done
}

wait_ready() {
    comes answers /readyz 200
}

sql() {
    sqlite3 -cmd '.timeout 5000' "$db" "$1"
}

get /sign-in >/dev/null
post /sign-in -d email=ada@example.org --data-urlencode "password=$password" \
    -d next= -d carried= >/dev/null
manager=$(keylodge key create --workspace acme --kind management --name M)
get /w/acme/models/new >/dev/null
is 'a model with a price' "$(post /w/acme/models -d name=a/big \
    -d category=chat -d input_price=1 -d output_price=1)" 303

# make_key NAME -- by the form; the text goes to $key
make_key() {
    get /w/acme/keys/new >/dev/null
    once=$(hidden once)
    post /w/acme/keys -d "once=$once" -d "name=$1" -d expiry=30 \
        -d spend_limit=100000 -d spend_reset=no_reset >"$tmp/status"
    key=$(sed -n 's/.*id="secret"[^>]*>\([^<]*\)<.*/\1/p' "$tmp/body")
}

# ---- what was answered holds, however soon the kill comes ----

held=0
for n in 1 2 3 4 5; do
    make_key "Made $n"
    kill_worker
    wait_ready
    [ "$(call "$key")" = 200 ] || held="$held, create $n"
    get "/w/acme/keys/${key%%_*}/revoke" >/dev/null
    post "/w/acme/keys/${key%%_*}/revoke" -d "confirm=Made $n" >"$tmp/status"
    kill_worker
    [ "$(cat "$tmp/status")" = 303 ] || held="$held, no revoke $n"
    wait_ready
    [ "$(call "$key")" = 401 ] || held="$held, revoke $n"
done
is 'created and revoked keys are so after a kill' "$held" 0

make_key Reserved
curl -s --noproxy '*' -H "Authorization: Bearer $manager" \
    -H 'Content-Type: application/json' -d "{\"key\":\"$key\",
    \"model\":\"a/big\",\"input_tokens\":7,\"max_output_tokens\":0}" \
    "$url/v1/check" >"$tmp/check"
kill_worker
ok 'a call is reserved' grep -q '"reservation":{"id"' "$tmp/check"
wait_ready
is 'a reservation is there after a kill' \
    "$(sql "SELECT cost_micro FROM reservation
    WHERE state = 'live' AND model = 'a/big'")" 7
stop
sql "UPDATE reservation SET ends_s = strftime('%s') - 1"
start
booked() {
    [ "$(sql "SELECT count(*) FROM usage_event WHERE model = 'a/big'")" -gt 0 ]
}
comes booked
is 'its end comes by itself after a start' "$(sql "SELECT cost_micro,
    estimated, (SELECT sum(reserved_micro) FROM key_spend) FROM usage_event
    WHERE model = 'a/big'")" '7|1|0'

# ---- reports under kills ----

make_key Counted
prefix=${key%%_*}
seed=${KEYLODGE_SEED:-$$}
echo "# KEYLODGE_SEED=$seed"
# Each report one to three times, at random places, alone or ten in a request:
# a request is a line, number and body.
awk -v n="$reports" -v seed="$seed" -v key="$prefix" 'BEGIN {
    srand(seed)
    for (i = 1; i <= n; i++)
        for (c = 1 + int(3 * rand()); c > 0; c--) send[++m] = i
    for (i = m; i > 1; i--) {
        j = 1 + int(i * rand()); t = send[i]; send[i] = send[j]; send[j] = t
    }
    for (i = 1; i <= m; i += size) {
        size = rand() < 0.3 ? 1 : 10
        body = ""
        for (j = i; j < i + size && j <= m; j++)
            body = body (j > i ? "," : "") sprintf("{\"id\":\"r%d\"," \
                "\"key\":\"%s\",\"model\":\"a/big\",\"input_tokens\":%d," \
                "\"output_tokens\":%d}", send[j], key,
                send[j] * 7919 % 5003, send[j] % 7)
        print ++lines, "{\"reports\":[" body "]}"
    }
}' >"$tmp/pending"
want=$(awk -v n="$reports" 'BEGIN {
    for (i = 1; i <= n; i++) s += i * 7919 % 5003 + i % 7
    print s }')
requests=$(wc -l <"$tmp/pending")

up() {
    curl -fs --noproxy '*' --max-time 60 -o /dev/null "$url/readyz"
}

# each worker has time for some reports, however long it took to come up
killer() {
    while [ ! -e "$tmp/done" ]; do
        sleep 0.8
        kill_worker
        echo >>"$tmp/kills"
        comes up
        sleep 1.2
    done
}
killer 3>&- &
killer=$!
rounds=0
while [ -s "$tmp/pending" ] && [ $rounds -lt 400 ]; do
    rounds=$((rounds + 1))
    # the fragment is not sent: it says which answer this is
    between=
    head -n 400 "$tmp/pending" | while read -r number body; do
        printf '%s' "$between"
        between='next
'
        printf 'url = "%s/v1/usage#%s"\noutput = "/dev/null"\nnoproxy = "*"\n' \
            "$url" "$number"
        printf 'max-time = 60\nheader = "Authorization: Bearer %s"\n' "$manager"
        printf 'header = "Content-Type: application/json"\n'
        printf 'write-out = "%%{http_code} %%{url}\\n"\ndata = "%s"\n' \
            "$(printf '%s' "$body" | sed 's/"/\\"/g')"
    done >"$tmp/requests"
    curl -s -S --parallel --parallel-max 8 -K "$tmp/requests" \
        >"$tmp/answers" 2>/dev/null
    awk '$1 == 200 { sub(/.*#/, "", $2); print $2 }' "$tmp/answers" \
        >"$tmp/counted"
    awk -v counted="$tmp/counted" '
        BEGIN { while ((getline n <counted) > 0) done[n] }
        !($1 in done)' "$tmp/pending" >"$tmp/left"
    mv "$tmp/left" "$tmp/pending"
    [ -s "$tmp/counted" ] || sleep 0.2
done
: >"$tmp/done"
wait "$killer"
wait_ready
echo "# $reports reports in $requests requests, $(wc -l <"$tmp/kills") kills"
is 'every report was taken' "$(wc -l <"$tmp/pending")" 0
ok 'there were kills between' test "$(wc -l <"$tmp/kills")" -ge 1
is 'each counts once, to the micro-unit' "$(sql "SELECT count(*),
    sum(cost_micro) FROM usage_event WHERE event_id GLOB 'r[0-9]*'")" \
    "$reports|$want"
is 'the sums of days, hours, and the spending of the key say the same' \
    "$(sql "SELECT (SELECT sum(cost_micro) FROM usage_day WHERE key_id = k.id),
        (SELECT sum(cost_micro) FROM usage_hour WHERE key_id = k.id),
        (SELECT sum(cost_micro) FROM usage_week WHERE key_id = k.id),
        (SELECT sum(succeeded) FROM usage_day WHERE key_id = k.id),
        (SELECT spent_micro FROM key_spend WHERE key_id = k.id)
        FROM api_key k WHERE prefix = '$prefix'")" \
    "$want|$want|$want|$reports|$want"
is 'and so do those of the workspace' "$(sql "SELECT sum(cost_micro) -
    (SELECT sum(cost_micro) FROM usage_event
        WHERE event_id NOT GLOB 'r[0-9]*')
    FROM usage_day WHERE key_id = 0")" "$want"
is 'database is whole' "$(sql 'PRAGMA integrity_check')" ok
ok 'audit chain is whole' keylodge audit verify

# ---- calls that are reserved at once share a commit ----

make_key Held
enough() {
    [ "$(wc -l <"$tmp/held")" -ge 300 ]
}
asked=0 lost=0
for n in 1 2 3 4 5; do
    "$build/tests/http/held" "$home/run/gate.sock" "Bearer $key" a/big \
        >"$tmp/held" &
    clients=$!
    comes enough
    kill_worker
    kill $clients 2>/dev/null # those that are through before it are gone
    wait $clients
    wait_ready
    asked=$((asked + $(wc -l <"$tmp/held")))
    lost=$((lost + $(sqlite3 -cmd 'CREATE TEMP TABLE told (id)' \
        -cmd ".import $tmp/held told" "$db" "SELECT count(*) FROM told
        WHERE id NOT IN (SELECT uuid FROM reservation)")))
done
ok 'many calls are reserved at once' test $asked -ge 1500
is 'a reservation that was answered is there after a kill' "$lost" 0
stop
is 'nothing is left running' "$(worker)" ''
