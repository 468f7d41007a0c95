# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# A client of a server at $url, with curl: read with `.` by tests that set $url,
# $tmp and keylodge(), a function that runs a command of the program.  $via may
# hold further options of curl, $site the address without the console's prefix.  Tests print TAP.

via=${via:-}
password='correct horse battery'

# ok WHAT CONDITION... -- the condition is a command; its words are told when
# it fails
ok() {
    what=$1
    shift
    if said=$("$@" 2>&1); then
        echo "ok - $what"
    else
        echo "not ok - $what"
        printf '%s\n' "$*" "$said" | cut -c 1-300 | tail -n 20 | sed 's/^/# /'
    fi
}

# is WHAT GOT WANTED
is() {
    if [ "$2" = "$3" ]; then
        echo "ok - $1"
    else
        echo "not ok - $1"
        printf 'got  %s\nnot  %s\n' "$2" "$3" | sed 's/^/# /'
    fi
}

# comes COMMAND... -- asks again and again until it is so; false after a minute
comes() {
    patience=$(($(date +%s) + ${KEYLODGE_PATIENCE:-60}))
    until "$@"; do
        [ "$(date +%s)" -lt $patience ] || return 1
        sleep 0.1
    done
}

# answers PATH STATUS
answers() {
    [ "$(get "$1")" = "$2" ]
}

# within_minute SECONDS -- waits for the next minute, when less is left of this
# one: what follows belongs into one
within_minute() {
    while [ $(($(date +%s) % 60)) -ge $((60 - $1)) ]; do
        sleep 0.5
    done
}

# get PATH [curl options], post PATH [curl options] -- as a browser with its
# cookies; the body goes to $tmp/body, the headers to $tmp/head, the status to
# stdout.  post sends the token of the page that was read last.
get() {
    path=$1
    shift
    curl -s --noproxy '*' $via --max-time 60 --path-as-is -o "$tmp/body" \
        -D "$tmp/head" -w '%{http_code}' -b "$tmp/jar" -c "$tmp/jar" "$@" \
        "$url$path"
}

post() {
    csrf=$(hidden csrf)
    get "$@" -H 'Sec-Fetch-Site: same-origin' --data-urlencode "csrf=$csrf"
}

# hidden NAME -- value of a hidden field of the page that was read last
hidden() {
    sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p" "$tmp/body" |
        head -n 1
}

# sign_in -- ada
sign_in() {
    get /sign-in >/dev/null
    post /sign-in -d email=ada@example.org \
        --data-urlencode "password=$password" >/dev/null
}

# many_keys -- as ada, who is signed in: acme may have as many as any workspace
many_keys() {
    get /w/acme/settings >/dev/null
    is 'room for many keys' "$(post /w/acme/settings \
        -d "version=$(hidden version)" -d name=Acme -d key_max=100000 \
        -d life_max_days= -d life_default_days= -d second_factor=none \
        -d owner_leaves=suspend -d reserve_ends=charge -d event_months=13)" 303
}

# call KEY [curl options] -- status of a guarded call
call() {
    key=$1
    shift
    curl -s --noproxy '*' $via --max-time 60 -o /dev/null -w '%{http_code}' \
        -H "Authorization: Bearer $key" "$@" "${site:-$url}/protected/hello"
}

