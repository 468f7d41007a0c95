# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154
#
# twice: read with `.` after lib.sh.  nginx's auth_request asks twice about a call
# that is refused.  Here the first question comes from an address that the test
# makes up (X-First), so that the answers can differ, as they do when a key is
# changed in between.  Leaves another nginx at $port.

# of the key: what was reserved, what was refused
reserved() {
    store "SELECT count(*) FROM reservation r JOIN api_key k ON k.id = r.key_id
        WHERE k.prefix = '${key%%_*}'"
}

refusals() {
    store "SELECT count(*) FROM refused_call r JOIN api_key k
        ON k.id = r.key_id WHERE k.prefix = '${key%%_*}'"
}

# asked FIRST [curl options] -- status of a call; $tmp/body has the answer
asked() {
    first_from=$1
    shift
    curl -sk --noproxy '*' --max-time 60 -o "$tmp/body" -w '%{http_code}' \
        -H "Authorization: Bearer $key" -H "X-First: $first_from" \
        -H 'X-Input-Tokens: 5' -H 'X-Max-Output-Tokens: 5' \
        "$@" "$site_url/protected/v1/models/x"
}

twice() {
    key=$(keylodge key create --workspace acme --kind standard --name Twice \
        --networks 127.0.0.0/8,::1/128,10.0.0.0/8 --day-tokens 100000)
    other=$key
    far=$(keylodge key create --workspace acme --kind standard --name Far \
        --networks 192.0.2.0/24 --day-tokens 100000)
    kill -TERM "-$server" && wait "$server"
    sed -i -e '/location = .keylodge-ask/,/}/s/\(REMOTE_ADDR\).*/\1 $http_x_first;/' \
        -e '/location .protected. {/a limit_except GET POST { deny all; }' \
        "$home/site.conf"
    run_server
    ok 'nginx begins anew' ready

    # the upstream's "Body:" is where a call came through
    is 'allowed at once' "$(asked 10.0.0.1 -d abc)" 200
    ok 'and told whose it is' grep -qi "^x-keylodge-key: ${key%%_*}" "$tmp/body"
    is 'counted once' "$(reserved)" 1
    is 'refused, then allowed' "$(asked 192.0.2.1 -d abc)" 200
    ok 'goes to the upstream, with its body' grep -q '^Body: 3' "$tmp/body"
    ok 'which is told whose it is' test "$(grep -ci \
        "^x-keylodge-key: ${key%%_*}" "$tmp/body")" -eq 1
    is 'counted once, too' "$(reserved)" 2
    key=$far
    is 'allowed, then it would be refused: not asked' \
        "$(asked 192.0.2.1)" 200
    is 'refused twice' "$(asked 10.0.0.1 -d abc)" 403
    ok 'by the program' grep -q '"code":"ip_not_allowed"' "$tmp/body"
    is 'reserved nothing' "$(reserved)" 1
    ok 'is counted' comes refused_some
    is 'once' "$(refusals)" 1
    key=$other
    is 'what was refused first and passed is none' "$(refusals)" 0
    # a rule of the operator's own, which comes before auth_request
    is 'what nginx refuses is refused' "$(asked 127.0.0.1 -X PUT -d abc)" 403
    ok 'does not reach the upstream' sh -c '! grep -q "^Body:" "$1"' - \
        "$tmp/body"
    is 'and is not counted' "$(reserved)" 2
}

refused_some() {
    [ "$(refusals)" -gt 0 ]
}
