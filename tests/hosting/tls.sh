# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# tls, tls_control: read with `.` after lib.sh.  What the web server at $port
# agrees to: TLS 1.2 and 1.3 alone, suites with forward secrecy and
# authenticated encryption alone, no compression, no renegotiation that the
# client asks for; and browsers are told to keep to https.

# What may be agreed on in TLS 1.2; all others that OpenSSL knows may not.
tls_good='ECDHE+AESGCM:ECDHE+CHACHA20'

# agree PORT [options of s_client] -- true when a connection comes about; the
# client itself refuses nothing.  $host: another address of this machine
agree() {
    at=$1
    shift
    timeout 60 openssl s_client -connect "${host:-127.0.0.1}:$at" \
        -servername localhost "$@" >"$tmp/tls" 2>&1 </dev/null
}

# refuses PORT [options]
refuses() {
    ! agree "$@"
}

# tls_weak PORT -- true when the server takes a version or a suite that it
# should not; the words say which
tls_weak() {
    for version in tls1 tls1_1; do
        ! agree "$1" -$version -cipher ALL:COMPLEMENTOFALL:@SECLEVEL=0 ||
            echo "$version"
    done
    ! agree "$1" -tls1_2 -cipher "ALL:COMPLEMENTOFALL:-PSK:-SRP:-ECDHE+AESGCM:-ECDHE+CHACHA20:@SECLEVEL=0" ||
        echo "a weak suite: $(sed -n 's/^ *Cipher *: //p' "$tmp/tls")"
}

# six -- the same server by IPv6, where this machine has it
six() {
    grep -q ' lo$' /proc/net/if_inet6 2>/dev/null || return 0
    is 'IPv6, too' "$(curl -6 -sk --noproxy '*' --max-time 60 -o "$tmp/body" \
        -w '%{http_code} %{remote_ip}' --resolve "localhost:$port:[::1]" \
        "$url/healthz")" '200 ::1'
    host='[::1]'
    ok 'with TLS 1.3' agree "$port" -tls1_3
    is 'with neither old versions nor weak suites' "$(tls_weak "$port")" ''
    host=
}

tls() {
    ok 'TLS 1.2' agree "$port" -tls1_2 -cipher "$tls_good"
    ok 'TLS 1.3' agree "$port" -tls1_3
    is 'neither old versions nor weak suites' "$(tls_weak "$port")" ''
    agree "$port" -tls1_2
    ok 'with forward secrecy' grep -q '^ *Cipher *: ECDHE-' "$tmp/tls"
    ok 'no compression' grep -q '^Compression: NONE' "$tmp/tls"
    ok 'renegotiation is not left to chance' grep -q \
        '^Secure Renegotiation IS supported' "$tmp/tls"
    for path in /sign-in /v1/key /nothing; do
        get $path >/dev/null
        ok "$path: to be asked by https alone" grep -qi \
            '^strict-transport-security: max-age=63072000; includeSubDomains' \
            "$tmp/head"
    done
}

# tls_control -- the test itself: does it see a server that agrees to anything?
tls_control() {
    tmp=$top
    at=$(free_port)
    openssl s_server -accept "127.0.0.1:$at" -cert "$top/cert.pem" \
        -key "$top/key.pem" -cipher ALL:@SECLEVEL=0 -quiet >/dev/null 2>&1 \
        </dev/null &
    lax=$!
    comes agree "$at"
    is 'a server that agrees to anything is seen' \
        "$(tls_weak "$at" | cut -d : -f 1 | tr '\n' ' ')" \
        'tls1 tls1_1 a weak suite '
    kill "$lax" && wait "$lax" 2>/dev/null
}
