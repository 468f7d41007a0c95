# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Plain CGI: the whole body is read before the answer, wanted or not, and no
# byte more than was announced.  Left unread, it resets the connection to a web
# server that has one for both ways (Apache's mod_cgid), and the answer is lost.
. "$(dirname "$0")/lib.sh"
key=$(keylodge key create --workspace acme --name Cgi)
head -c 300000 /dev/zero >"$tmp/big"

# cgi METHOD PATH [NAME=VALUE...] -- one request as a web server hands it over,
# its body from standard input; the answer goes to $tmp/answer
cgi() {
    method=$1 path=$2
    shift 2
    ( cd "$home" && env GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD="$method" \
        REQUEST_URI="$path" REMOTE_ADDR=127.0.0.1 HTTP_HOST=localhost \
        HTTP_AUTHORIZATION="Bearer $key" KEYLODGE_CONFIG=keylodge.conf "$@" \
        "$build/keylodge" >"$tmp/answer" 2>>log/cgi.log )
}

# left METHOD PATH [NAME=VALUE...] -- the status, and how many bytes of the
# body are left after it
left() {
    {
        cgi "$@"
        rest=$(wc -c)
    } <"$tmp/big"
    echo "$(sed -n 's/^Status: \([0-9]*\).*/\1/p' "$tmp/answer") $rest"
}

is 'through the gate' \
    "$(left POST /protected/v1/models CONTENT_LENGTH=300000)" '200 0'
is 'refused at the gate' "$(left POST /protected/v1/models \
    CONTENT_LENGTH=300000 HTTP_AUTHORIZATION='Bearer none')" '401 0'
is 'larger than the row allows' "$(left POST /v1/check CONTENT_LENGTH=300000 \
    CONTENT_TYPE=application/json)" '413 0'
is 'at an address that is none' \
    "$(left POST /nothing CONTENT_LENGTH=300000)" '404 0'
is 'no byte more than announced' \
    "$(left POST /protected/v1/models CONTENT_LENGTH=200000)" '200 100000'
is 'none when none is announced' "$(left GET /protected/v1/models)" \
    '200 300000'
is 'of an unknown length, to the end' "$(left POST /protected/v1/models \
    HTTP_TRANSFER_ENCODING=chunked)" "200 0"
is 'of a length that is no number, to the end' \
    "$(left POST /v1/keys CONTENT_LENGTH=many)" '400 0'
is 'which ends early' "$(left POST /protected/v1/models \
    CONTENT_LENGTH=400000)" '200 0'
stop
