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
names=${*:-lighttpd lighttpd-cgi apache apache-authorizer apache-fcgid
    apache-cgi nginx}

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
    keylodge key create --workspace acme --kind standard --name Spent \
        >"$tmp/spent"
}

# refused whole: status, headers and body
refusals() {
    status=$(curl -sk --noproxy '*' -o "$tmp/body" -D "$tmp/head" \
        -w '%{http_code}' -H 'Authorization: Bearer nonsense' \
        "$site_url/protected/x")
    is 'a refusal has its status' "$status" 401
    ok 'and its body' grep -q invalid_api_key "$tmp/body"
    ok 'as JSON' grep -qi '^content-type: application/json' "$tmp/head"
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
            case $name in lighttpd|apache-authorizer|nginx) guarded ;; esac
            refusals
            tls
        else
            tell_logs
        fi
        stop_all
    } >"$home/tap" 2>&1
    sed "s/^\(\(not \)\{0,1\}ok -\)/\1 $name:/" "$home/tap"
done
exec 3>&-
wait
