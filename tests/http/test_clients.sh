# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Programs of Exoscale and aiXplain, with curl and openssl, through the web
# server: signatures over what is on the wire, bodies that servers treat in
# their own ways, encoded slashes.
. "$(dirname "$0")/lib.sh"

# A management key and its signing secret come from the console alone.
get /sign-in >/dev/null
post /sign-in -d email=ada@example.org --data-urlencode "password=$password" \
    -d next= -d carried= >/dev/null
get /w/acme/management-keys/new >/dev/null
is 'create a management key' "$(post /w/acme/management-keys \
    -d "once=$(hidden once)" -d name=Manager -d expiry=30)" 200
shown() {
    sed -n "s/.*id=\"$1\" data-secret>\([^<]*\)<.*/\1/p" "$tmp/body"
}
key=$(shown secret) secret=$(shown signing)
prefix=${key%%_*}
ok 'a signing secret is shown' test ${#secret} -eq 43
ok 'it is stored nowhere' sh -c '! grep -rqF -e "$1" "$2"' - "$secret" "$home"

# ask METHOD PATH [curl options] -- status; body in $tmp/body
ask() {
    method=$1 path=$2
    shift 2
    curl -s --noproxy '*' $via --max-time 60 --path-as-is -o "$tmp/body" \
        -w '%{http_code}' -X "$method" "$@" "$url$path"
}

# signed METHOD PATH BODY [ARGS VALUES] -- the same, signed; what is signed can
# be said apart from what is sent: $as_method, $as_body, $ahead, $with
signed() {
    method=$1 path=$2 body=$3
    expires=$(($(date +%s) + ${ahead:-600}))
    signature=$(printf '%s %s\n%s\n%s\n\n%s' "${as_method:-$method}" \
        "${path%%\?*}" "${as_body:-$body}" "${5:-}" "$expires" |
        openssl dgst -sha256 -hmac "${with:-$secret}" -binary |
        openssl base64 -A)
    header="EXO2-HMAC-SHA256 credential=$prefix"
    [ -z "${4:-}" ] || header="$header,signed-query-args=$4"
    header="$header,expires=$expires,signature=$signature"
    echo "$header" >"$tmp/header"
    set -- -H "Authorization: $header"
    [ -z "$body" ] || set -- "$@" -H 'Content-Type: application/json' \
        --data-binary "$body"
    ask "$method" "$path" "$@" ${more:-}
}

# field NAME -- text member of the answer
field() {
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$tmp/body"
}

for base in /v2/ai/ai-api-key /v2/ai/api-key; do
    is "$base: create" "$(signed POST $base \
        '{"name": "prod key",  "scope": "public"}')" 200
    id=$(field id) value=$(field value)
    is "$base: the new key calls" "$(call "$value")" 200
    is "$base: list" "$(signed GET $base '')" 200
    ok "$base: it is there" grep -q "\"id\":\"$id\"" "$tmp/body"
    ok "$base: without its value" sh -c '! grep -q "$1" "$2"' - "$value" \
        "$tmp/body"
    is "$base: get" "$(signed GET "$base/$id" '')" 200
    is "$base: update" "$(signed PATCH "$base/$id" '{"name":"renamed"}')" 200
    is "$base: has the new name" "$(field name)" renamed
    # an empty body without a length, as one program sends it
    is "$base: rotate, chunked" "$(more='-H Transfer-Encoding:chunked -d @/dev/null' \
        signed POST "$base/$id/rotate" '')" 200
    is "$base: the old value ended" "$(call "$value")" 401
    value=$(field value)
    is "$base: the new one calls" "$(call "$value")" 200
    is "$base: rotate, empty body" "$(more='-d @/dev/null' \
        signed POST "$base/$id/rotate" '')" 200
    value=$(field value)
    if [ "$base" = /v2/ai/api-key ]; then
        is "$base: reveal" "$(signed GET "$base/$id/reveal" '')" 403
        ok "$base: says why" grep -q 'shown once' "$tmp/body"
    fi
    is "$base: signed query" "$(signed GET "$base?b=%2Ftwo&a=one" '' 'a;b' \
        one/two)" 200
    is "$base: an altered value" "$(signed GET "$base?b=%2Ftwo&a=onf" '' \
        'a;b' one/two)" 403
    is "$base: an argument that is not signed" "$(signed GET "$base?a=1" '')" \
        403
    is "$base: another method" "$(as_method=GET signed DELETE "$base/$id" '')" \
        403
    is "$base: another body" "$(as_body='{"name":"x"}' \
        signed PATCH "$base/$id" '{"name":"y"}')" 403
    is "$base: expired" "$(ahead=-1 signed GET $base '')" 403
    is "$base: ends too late" "$(ahead=1800 signed GET $base '')" 403
    is "$base: another secret" "$(with=x$secret signed GET $base '')" 403
    for ahead in 2 4 8 16 32; do # a slow machine needs more
        status=$(signed GET $base '')
        [ "$status" != 200 ] || break
    done
    ahead=
    is "$base: short" "$status" 200
    ends=$(sed -n 's/.*expires=\([0-9]*\).*/\1/p' "$tmp/header")
    while [ "$(date +%s)" -le $((ends + 1)) ]; do sleep 0.2; done
    is "$base: the same again, later" "$(ask GET $base \
        -H "Authorization: $(cat "$tmp/header")")" 403
    is "$base: not there" "$(signed GET \
        "$base/11111111-1111-1111-1111-111111111111" '')" 404
    is "$base: delete" "$(signed DELETE "$base/$id" '')" 200
    is "$base: refused at once" "$(call "$value")" 401
    is "$base: by the key itself" "$(ask GET $base \
        -H "Authorization: Bearer $key")" 200
done

# ---- aiXplain ----

base=/sdk/api-keys
for header in "Authorization: Token $key" "Authorization: Bearer $key" \
    "x-api-key: $key"; do
    is "$base: list, ${header%%[ :]*}, with a body" "$(ask GET $base \
        -H "$header" -H 'Content-Type: application/json' -d '{}')" 200
done
is "$base: create" "$(ask POST $base -H "x-api-key: $key" \
    -H 'Content-Type: application/json' -d '{"name":"k1","budget":12.5,
    "globalLimits":{"tpm":1000000,"tpd":2000000,"rpm":2,"rpd":9},
    "assetsLimits":[],"expiresAt":null}')" 201
id=$(field id) value=$(field accessKey)
within_minute 20
is "$base: the new key calls" "$(call "$value")" 200
is "$base: and again" "$(call "$value")" 200
is "$base: up to its limit" "$(call "$value")" 429
is "$base: update" "$(ask PUT "$base/$id" -H "x-api-key: $key" \
    -H 'Content-Type: application/json' \
    -d '{"name":"k1","budget":null,"assetsLimits":[],"globalLimits":null}')" 200
is "$base: calls again" "$(call "$value")" 200
is "$base: usage" "$(ask GET "$base/$id/usage-limits" -H "x-api-key: $key")" \
    200
is "$base: own usage" "$(ask GET $base/usage-limits \
    -H "Authorization: Token $value")" 200
is "$base: the same name" "$(ask POST $base -H "x-api-key: $key" \
    -H 'Content-Type: application/json' -d '{"name":"k1"}')" 422
is "$base: delete" "$(ask DELETE "$base/$id" -H "x-api-key: $key")" 200
is "$base: refused at once" "$(call "$value")" 401

get /w/acme/models/new >/dev/null
is 'add a model' "$(post /w/acme/models -d name=openai/gpt-5 -d category=chat \
    -d input_price=1 -d output_price=2)" 303
is 'a model by its encoded name' "$(ask GET /sdk/models/openai%2Fgpt-5 \
    -H "x-api-key: $key")" 200
ok 'it is that one' grep -q '"name":"openai/gpt-5"' "$tmp/body"
is 'an encoded slash elsewhere' "$(ask GET /sdk%2Fapi-keys \
    -H "x-api-key: $key")" 404
ok 'no secret in a log' sh -c '! grep -rqF -e "$1" -e "$2" -e "$3" "$4"' - \
    "${key#*_krm_}" "$secret" "${value#*_krs_}" "$home/log"
stop
