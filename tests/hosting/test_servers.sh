# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# tests/hosting/test_servers.sh BUILD TMP [NAME...] -- the main job behind each
# web server, with the configuration that `keylodge print-config` makes for it:
# with TLS (and no weak one), the console below a path, an upstream behind the
# gate that streams.  Prints TAP.

. "$(dirname "$0")/lib.sh"
. "$tests/http/job.sh"
. "$tests/hosting/tls.sh"
. "$tests/hosting/contract.sh"
. "$tests/hosting/twice.sh"
. "$tests/hosting/balanced.sh"
names=${*:-lighttpd lighttpd-cgi apache apache-authorizer apache-fcgid
    apache-cgi nginx nginx-auth-request}

# what an upstream behind the gate sees and gives
guarded() {
    key=$(keylodge key create --workspace acme --kind standard --name Up)
    curl -sk --noproxy '*' -X PATCH -H "Authorization: Bearer $key" \
        -H 'X-Keylodge-Key: forged' --data-binary "@$top/large" \
        -H 'Content-Type: application/octet-stream' -H Expect: \
        "$site_url/protected/echo" >"$tmp/seen"
    ok 'a body of 10 MiB reaches the upstream' grep -q '^Body: 10485760' \
        "$tmp/seen"
    ok 'the key does not' sh -c '! grep -qF "$1" "$2"' - "$key" "$tmp/seen"
    ok 'whose call it is, once' test "$(grep -ci '^x-keylodge-key: ' \
        "$tmp/seen")" -eq 1
    ok 'and not what the client said' grep -qi \
        "^x-keylodge-key: ${key%%_*}" "$tmp/seen"
    # the upstream makes no piece before the one that came was answered
    curl -skN --noproxy '*' --max-time 60 -H "Authorization: Bearer $key" \
        "$site_url/protected/stream" | while IFS= read -r line; do
        echo "$line $(curl -sk --noproxy '*' --max-time 60 -o /dev/null \
            -w '%{http_code}' -H "Authorization: Bearer $key" \
            "$site_url/protected/more")"
    done >"$tmp/pieces"
    is 'a stream arrives in pieces' "$(tr '\n' ' ' <"$tmp/pieces")" \
        'piece 1 200 piece 2 200 piece 3 200 piece 4 200 piece 5 200 '
    ok 'the gate was asked once for each' sh -c '! grep "auth request" "$1"' \
        - "$home/server.log"
}

# refused STATUS CODE KEY [curl options] -- whole: status, headers and body,
# each once
refused() {
    status=$1 code=$2 key=$3
    shift 3
    is "a refusal has its status" "$(curl -sk --noproxy '*' --max-time 60 \
        -o "$tmp/body" -D "$tmp/head" -w '%{http_code}' \
        -H "Authorization: Bearer $key" "$@" "$site_url/protected/x")" "$status"
    ok "$status: its body" grep -q "^{.*\"code\":\"$code\".*}$" "$tmp/body"
    ok "$status: as JSON" grep -qi '^content-type: application/json' "$tmp/head"
    id=$(sed -n 's/.*"request_id":"\([^"]*\)".*/\1/p' "$tmp/body")
    for header in "x-request-id: $id" "x-inference-id: $id" \
        'cache-control: no-store'; do
        is "$status: $header" "$(tr -d '\r' <"$tmp/head" | grep -i \
            "^${header%%:*}:" | tr '[:upper:]' '[:lower:]')" "$header"
    done
}

# a body that no address takes, by whoever may call; not sent before the server
# says that it may be, or what it answers meanwhile could be lost
too_large() {
    manager=$(keylodge key create --workspace acme --kind management --name Big)
    is 'a body of 10 MiB is too large' "$(get /v1/check -X POST \
        -H "Authorization: Bearer $manager" --data-binary "@$top/large" \
        -H 'Content-Type: application/json' --http1.1 \
        --expect100-timeout 60)" 413
}

# parted - a page comes whole, whoever asks for a part of it
parted() {
    is 'a part of a page is the page' "$(get /w/acme/keys -r 0-3)" 200
}

# store SQL -- to the database, beside the program, which writes now and then
store() {
    sqlite3 -cmd '.timeout 60000' "$home/data/keylodge.db" "$1"
}

# header NAME -- how often it came
header() {
    grep -ci "^$1: ." "$tmp/head"
}

# of an upstream's gate, in all its statuses
limits() {
    manager=$(keylodge key create --workspace acme --kind management --name M)
    is 'a model with prices' "$(get /v1/workspace/models -X POST \
        -H "Authorization: Bearer $manager" -H 'Content-Type: application/json' \
        -d '{"name": "a/dear", "category": "chat", "input_price": 1000,
            "output_price": 1000}')" 201
    scoped=$(keylodge key create --workspace acme --kind standard \
        --name Scoped --endpoints /v1/models)
    refused 403 endpoint_not_allowed "$scoped"
    few=$(keylodge key create --workspace acme --kind standard --name Few \
        --day-tokens 10)
    refused 429 rate_limit_exceeded "$few" -H 'X-Input-Tokens: 11' \
        -H 'X-Max-Output-Tokens: 1'
    ok 'with what is left' test "$(header x-ratelimit-limit-tokens)" -eq 1
    poor=$(keylodge key create --workspace acme --kind standard --name Poor \
        --spend-limit 0.01)
    refused 402 spend_limit_reached "$poor" -H 'X-Model: a/dear' \
        -H 'X-Input-Tokens: 1000000'
    ok 'not to be tried again' test "$(header x-should-retry)" -eq 1
    # the store fails
    ok 'a table is gone' store 'ALTER TABLE limit_cell RENAME TO hidden'
    refused 503 temporarily_unavailable "$few" -H 'X-Input-Tokens: 1'
    ok 'to be tried again' test "$(header retry-after)" -eq 1
    ok 'and is back' store 'ALTER TABLE hidden RENAME TO limit_cell'
}

# without the program nobody passes
down() {
    kill "$program"
    wait "$program"
    program=
    status=$(call "$key")
    ok "without the program no call passes" test "$status" -ge 500
}

head -c 10485760 /dev/zero >"$top/large"
tls_control
for name in $names; do
    tmp=$top/$name home=$top/$name data='' program='' via=-k
    mkdir -p "$home/data" "$home/empty"
    port=$(free_port)
    site_url=https://localhost:$port
    url=$site_url/lodge
    # shellcheck disable=SC2034 # read by client.sh
    site=$site_url
    gate=
    [ "$name" != apache-authorizer ] || gate=127.0.0.1:$((port + 1))
    write_settings "$gate"
    seed
    {
        start_program
        if start_server && ready; then
            main_job
            too_large
            parted
            contract
            refused 401 invalid_api_key nonsense
            ok 'with one challenge' test "$(header www-authenticate)" -eq 1
            tls
            case $name in lighttpd*|nginx*) six ;; esac
            balanced
            case $name in lighttpd|apache-authorizer|nginx*)
                guarded
                limits
                [ $name != nginx-auth-request ] || twice
                down
                ;;
            esac
        else
            tell_logs
        fi
        stop_all
    } >"$home/tap" 2>&1
    sed "s/^\(\(not \)\{0,1\}ok -\)/\1 $name:/" "$home/tap"
done
exec 3>&-
wait
