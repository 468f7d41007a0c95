# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Headers of every kind of answer, methods, sizes, static files.
. "$(dirname "$0")/lib.sh"

all='x-content-type-options: nosniff
content-security-policy: default-src .none.
referrer-policy: \(no-referrer\|same-origin\)
cross-origin-resource-policy: same-origin
cache-control: '
page='cross-origin-opener-policy: same-origin
permissions-policy: .*camera=()
x-frame-options: DENY'

# carries PATH PATTERNS
carries() {
    get "$1" >/dev/null
    is "headers of $1" "$(printf '%s\n' "$2" | while read -r pattern; do
        grep -qi "^$pattern" "$tmp/head" || echo "without $pattern"
    done)" ''
    ok "$1 does not name the server" sh -c \
        '! grep -qiE "^(server|x-powered-by): ." "$1"' - "$tmp/head"
}

for path in /static/app.css /static/nothing.css /healthz /readyz /v1/key \
    /gate /protected/x; do
    carries "$path" "$all"
done
for path in / /sign-in /setup /nothing /w/acme/keys /w/acme/keys.csv; do
    carries "$path" "$all
$page"
done

get /sign-in >/dev/null
ok 'policy without exceptions' sh -c '
    grep -i "^content-security-policy: default-src .none." "$1" |
        grep -qv unsafe' - "$tmp/head"
css=$(grep -o '/static/app[^"]*css[^"]*' "$tmp/body" | head -n 1)
is 'style sheet by its hashed address' "$(get "$css")" 200
ok 'and kept for ever' grep -qi '^cache-control: .*immutable' "$tmp/head"
ok 'as text/css' grep -qi '^content-type: text/css' "$tmp/head"

is 'unknown address' "$(get /nothing/here)" 404
is 'wrong method' "$(get /sign-in -X DELETE)" 405
ok 'names the right ones' grep -qi '^allow: .*POST' "$tmp/head"
is 'HEAD has the status of GET' "$(curl -sI --noproxy '*' -o /dev/null \
    -w '%{http_code}' "$url/sign-in")" 200
head -c 200000 /dev/zero | tr '\0' a >"$tmp/big"
is 'a form that is too long' "$(get /sign-in --data-binary "@$tmp/big" \
    -H 'Sec-Fetch-Site: same-origin')" 413
is 'a form from elsewhere' "$(get /sign-in -d email=a -d password=b \
    -H 'Sec-Fetch-Site: cross-site')" 403
is 'JSON where a form is read' "$(get /sign-in -d '{}' \
    -H 'Content-Type: application/json' -H 'Sec-Fetch-Site: same-origin')" 415
is 'text that is no UTF-8 in an address' "$(get '/w/%ff/keys')" 400
ok 'request ids differ' sh -c '
    test "$(curl -sI --noproxy "*" "$1/healthz" | grep -i request-id)" != \
        "$(curl -sI --noproxy "*" "$1/healthz" | grep -i request-id)"' - "$url"
stop
