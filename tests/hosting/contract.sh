# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154
#
# contract: read with `.` after lib.sh.  Calls of all families of APIs, with
# every method and every shape of errors, through the web server at $url.  What
# came (status, the headers that an API speaks by, and body, less what differs by
# nature: ids, keys, instants, the port) is written to $tmp/contract, and is the
# same behind each server.

# plainly -- without what differs by nature
plainly() {
    tr -d '\r' | sed -E \
        -e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/ID/g' \
        -e 's/[A-Za-z0-9]{8}_[a-z]{3}_[A-Za-z0-9]{38}/KEY/g' \
        -e 's/("prefix": *")[A-Za-z0-9]{8}"/\1PREFIX"/g' \
        -e "s/${made:-none}/MADE/g" -e "s/$prefix/PREFIX/g" \
        -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]*Z)?/TIME/g' \
        -e "s/localhost:$port/HOST/g" \
        -e 's/^(x-ratelimit-(reset|remaining)-[a-z]*): .*/\1: N/'
}

# member NAME -- of the last body, the first that is so called
member() {
    grep -o "\"$1\": *\"[^\"]*\"" "$tmp/body" | head -n 1 |
        sed 's/.*"\([^"]*\)"$/\1/'
}

# says STATUS METHOD PATH [BODY] -- as $as; BODY is JSON
says() {
    wanted=$1 method=$2 path=$3 body=${4:-}
    got=$(curl -sk --noproxy '*' --max-time 60 --path-as-is -X "$method" \
        -o "$tmp/body" -D "$tmp/head" -w '%{http_code}' \
        ${as:+-H "$as"} ${body:+-H 'Content-Type: application/json'} \
        --data-binary "$body" "$url$path")
    [ "$got" = "$wanted" ] || wrong="$wrong $method $path: $got"
    {
        echo "== $method $path $got"
        sed 's/^[^:]*:/\L&/' "$tmp/head" | grep -E '^(content-type|x-ratelimit[^:]*|www-authenticate|allow|retry-after|cache-control|x-should-retry|location|link):' |
            sort
        cat "$tmp/body"
        echo
    } | plainly >>"$tmp/contract"
}

contract() {
    many_keys
    as="Authorization: Bearer $(keylodge key create --workspace acme \
        --kind management --name Contract)" made='' wrong=''
    limited=$(keylodge key create --workspace acme --kind standard \
        --name Limited --rate-requests 1000)
    prefix=${limited%%_*}
    : >"$tmp/contract"

    # in the shape of AIMLAPI
    says 200 POST /v1/keys '{"name": "One"}'
    made=$(member prefix)
    says 200 PATCH "/v1/keys/$made" '{"name": "Two"}'
    says 200 PUT "/v1/keys/$made" '{"name": "Three", "disabled": true}'
    says 400 POST /v1/keys '{"name": 7}'
    says 400 POST /v1/keys '{"name": '
    says 200 DELETE "/v1/keys/$made"
    says 404 DELETE /v1/keys/aaaaaaaa
    says 200 GET '/v2/usage?period=7d'
    says 400 GET '/v2/usage?period=soon'
    says 200 GET /v2/billing
    # both generations of Exoscale
    says 200 POST /v2/ai/api-key '{"name": "Exo", "scope": "public"}'
    made=$(member id)
    says 200 PATCH "/v2/ai/api-key/$made" '{"name": "Exo 2"}'
    says 200 POST "/v2/ai/api-key/$made/rotate"
    says 403 GET "/v2/ai/api-key/$made/reveal"
    says 200 DELETE "/v2/ai/api-key/$made"
    says 404 GET "/v2/ai/ai-api-key/$made"
    # aiXplain, whose clients say Token
    as="Authorization: Token ${as##* }"
    says 201 POST /sdk/api-keys '{"name": "Aix", "budget": 10}'
    made=$(member id)
    says 200 GET "/sdk/api-keys/$made/usage-limits"
    says 200 DELETE "/sdk/api-keys/$made"
    # our own
    as="X-Api-Key: ${as##* }"
    says 200 PUT "/v1/workspace/keys/$prefix/limits" \
        '{"counts": "requests", "period": "minute", "amount": 900}'
    says 422 PUT /v1/workspace/limits '{"counts": "apples"}'
    says 200 POST /v1/check "{\"key\": \"$limited\", \"address\": \"::1\"}"
    says 422 POST /v1/usage '{"id": "none", "input_tokens": 1}'
    says 405 DELETE /v1/key
    says 404 GET /v1/nothing
    # a list of 600 keys
    seq 600 | while read -r i; do
        printf '%064x,List %d\n' "$i" "$i"
    done >"$tmp/list.csv"
    keylodge import --format sha256 --workspace acme "$tmp/list.csv" \
        >/dev/null || wrong="$wrong import"
    says 200 GET /v1/keys
    ok 'a list of 600 keys is whole' test \
        "$(grep -o '"prefix"' "$tmp/body" | wc -l)" -ge 600
    as=
    says 401 GET /v1/keys
    as='Authorization: Bearer nonsense'
    says 403 GET /v2/ai/api-key
    says 401 GET /sdk/api-keys
    as="Authorization: Bearer $limited"
    says 204 GET /gate
    says 403 POST /v1/keys '{"name": "No"}'
    is 'calls of all APIs have their status' "$wrong" ''
    first=${first:-$tmp/contract}
    ok 'and answer the same as behind any other server' \
        diff "$first" "$tmp/contract"
}
