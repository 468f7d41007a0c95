# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The example sessions of /docs/quickstart, run as the pages show them.
. "$(dirname "$0")/lib.sh"

# The management key is made by the page, which shows its signing secret, too.
get /sign-in >/dev/null
is 'sign in' "$(post /sign-in --data-urlencode email=ada@example.org \
    --data-urlencode "password=$password" --data-urlencode next=)" 303
is 'the form of a key' "$(get /w/acme/management-keys/new)" 200
once=$(hidden once)
is 'a management key' "$(post /w/acme/management-keys \
    --data-urlencode "once=$once" --data-urlencode name=manager \
    --data-urlencode expiry=90)" 200
shown() {
    sed -n "s/.*<code id=\"$1\"[^>]*>\([^<]*\)<.*/\1/p" "$tmp/body"
}
MANAGEMENT_KEY=$(shown secret)
SIGNING_SECRET=$(shown signing)
API_KEY=$(keylodge key create --workspace acme --name caller --kind standard)
export MANAGEMENT_KEY SIGNING_SECRET API_KEY

# script FILE -- the <code> blocks of a page, in their order, as text
script() {
    awk '
        /<pre/ { sub(/.*<code>/, ""); on = 1 }
        on {
            last = sub(/<\/code><\/pre>.*/, "")
            gsub(/&lt;/, "<"); gsub(/&gt;/, ">"); gsub(/&quot;/, "\"")
            gsub(/&#39;/, "\047"); gsub(/&amp;/, "\\&")
            print
            if (last) on = 0
        }' "$1"
}

is 'the list of sessions' "$(get /docs/quickstart)" 200
sessions=$(sed -n 's|.*href="/docs/quickstart/\([a-z]*\)".*|\1|p' "$tmp/body")
ok 'there are sessions' test "$(echo "$sessions" | wc -l)" -ge 4
for session in $sessions; do
    is "$session: the page" "$(get "/docs/quickstart/$session")" 200
    { echo 'set -eu'; script "$tmp/body"; } >"$tmp/$session.sh"
    ok "$session: has commands" grep -q curl "$tmp/$session.sh"
    mkdir "$tmp/$session"
    ok "$session: runs as shown" env NO_PROXY='*' no_proxy='*' sh -c \
        'cd "$1" && sh -e "$2"' - "$tmp/$session" "$tmp/$session.sh"
done
# one that must fail: the harness sees a command that goes wrong
sed 's|"$MANAGEMENT_KEY"|"x"|; s|Bearer [$]MANAGEMENT_KEY|Bearer x|' \
    "$tmp/aimlapi.sh" >"$tmp/wrong.sh"
ok 'a session with a wrong key fails' sh -c \
    'cd "$1" && ! NO_PROXY="*" no_proxy="*" sh -e wrong.sh' - "$tmp"
stop
