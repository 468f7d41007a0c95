# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# main_job -- through whatever web server is at $url (client.sh): sign in, create
# a key, call with it, disable, enable, revoke.  Needs the workspace "acme" of
# ada@example.org.  Leaves the key's text in $key.

main_job() {
    is 'a page asks for sign-in' "$(get /w/acme/keys)" 303
    get /sign-in >/dev/null
    is 'a wrong password is refused' "$(post /sign-in -d email=ada@example.org \
        --data-urlencode 'password=wrong horse battery' -d next= -d carried=)" 422
    is 'sign in' "$(post /sign-in -d email=ada@example.org \
        --data-urlencode "password=$password" -d next= -d carried=)" 303
    is 'the list opens' "$(get /w/acme/keys)" 200
    get /w/acme/keys/new >/dev/null
    once=$(hidden once)
    is 'create' "$(post /w/acme/keys -d "once=$once" -d name=Job -d expiry=30)" 200
    key=$(sed -n 's/.*id="secret"[^>]*>\([^<]*\)<.*/\1/p' "$tmp/body")
    ok 'the key is shown' test ${#key} -eq 51
    ok 'the page is not to be stored' grep -qi '^cache-control: .*no-store' \
        "$tmp/head"
    prefix=${key%%_*}
    get /w/acme/keys/new >/dev/null
    is 'the same form again' "$(post /w/acme/keys -d "once=$once" -d name=Job \
        -d expiry=30)" 200
    ok 'makes no second key' test "$(keylodge key list --workspace acme | wc -l)" \
        -eq 1
    ok 'does not show the key' sh -c '! grep -q "$1" "$2"' - "$key" "$tmp/body"

    is 'guarded call' "$(call "$key")" 200
    is 'guarded call, key as x-api-key' "$(curl -s --noproxy '*' $via -o /dev/null \
        -w '%{http_code}' -H "X-Api-Key: $key" "${site:-$url}/protected/hello")" 200
    is 'guarded call without key' "$(curl -s --noproxy '*' $via -o /dev/null \
        -w '%{http_code}' "${site:-$url}/protected/hello")" 401
    is 'guarded call with a wrong key' "$(call "${key%?????}xxxxx")" 401
    is 'POST through the gate' "$(call "$key" -d '{}')" 200
    is '/gate' "$(get /gate -H "Authorization: Bearer $key" \
        -H 'X-Original-Method: GET' -H 'X-Original-URI: /v1/models')" 204
    is '/v1/key tells about itself' "$(get /v1/key \
        -H "Authorization: Bearer $key")" 200
    ok '/v1/key does not repeat the secret' sh -c '! grep -q "$1" "$2"' - \
        "$key" "$tmp/body"

    for step in 'disable 403' 'enable 200' 'revoke 401'; do
        verb=${step% *}
        get "/w/acme/keys/$prefix/$verb" >/dev/null
        # a key in use is revoked by its name; that it is, is written down a
        # moment after its calls: maybe between the page and the answer
        confirm=
        [ $verb != revoke ] || confirm=Job
        is "$verb" "$(post "/w/acme/keys/$prefix/$verb" \
            ${confirm:+-d confirm=$confirm})" 303
        is "call after $verb" "$(call "$key")" "${step#* }"
    done
}
