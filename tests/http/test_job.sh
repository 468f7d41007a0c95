# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The main job with curl: set up is done by the shell, all else by the pages.
. "$(dirname "$0")/lib.sh"

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
is 'guarded call, key as x-api-key' "$(curl -s --noproxy '*' -o /dev/null \
    -w '%{http_code}' -H "X-Api-Key: $key" "$url/protected/hello")" 200
is 'guarded call without key' "$(curl -s --noproxy '*' -o /dev/null \
    -w '%{http_code}' "$url/protected/hello")" 401
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
    confirm=
    ! grep -q 'name="confirm"' "$tmp/body" || confirm=Job
    is "$verb" "$(post "/w/acme/keys/$prefix/$verb" \
        ${confirm:+-d confirm=$confirm})" 303
    is "call after $verb" "$(call "$key")" "${step#* }"
done

second=$(keylodge key create --workspace acme --kind standard --name Shell)
is 'key of the shell' "$(call "$second")" 200
keylodge key revoke "${second%%_*}" >/dev/null
is 'revoked by the shell' "$(call "$second")" 401
manager=$(keylodge key create --workspace acme --kind management --name M)
is 'a management key makes no calls' "$(call "$manager")" 403
# the shell is held to the same field tables as a page
refuses() {
    keylodge "$@" >/dev/null
    test $? -eq 1
}
printf '%s\n' "$password" >"$tmp/pw"
long=$(printf '%081d' 0)
ok 'the shell refuses a name of 81 characters' refuses key create \
    --workspace acme --name "$long"
ok 'the shell refuses a name with a line break' refuses key create \
    --workspace acme --name "$(printf 'a\nb')"
ok 'the shell refuses an empty name' refuses key create --workspace acme \
    --name ' '
ok 'the shell refuses a workspace with a tab' refuses workspace add \
    "$(printf 'a\tb')" --owner ada@example.org
ok 'the shell refuses a person without a name' refuses user add \
    eve@example.org --name '' --password-file "$tmp/pw"
ok 'no secret in a log' sh -c '! grep -rqF -e "$1" -e "$2" "$3"' - \
    "${key#*_krs_}" "${second#*_krs_}" "$home/log"
stop
