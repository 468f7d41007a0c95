# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Addresses that try to leave the tree: an error, and never a file.
. "$(dirname "$0")/lib.sh"

corpus=$KEYLODGE_CORPORA/paths/traversal.txt
cat >"$tmp/own" <<'END'
../../etc/passwd
..%2f..%2fetc%2fpasswd
%2e%2e/%2e%2e/etc/passwd
..%252f..%252fetc/passwd
....//....//etc/passwd
..\..\etc\passwd
%c0%ae%c0%ae/etc/passwd
app.css/../../keylodge.conf
/etc/passwd
app.css%00.txt
END
if [ -r "$corpus" ]; then
    cat "$corpus" >>"$tmp/own"
else
    echo '# left out: public list of path traversals is not here'
fi

# One process of curl for all: a configuration with an address each.  Bytes that
# a URL cannot hold are sent percent-encoded; the others as they are.
awk -v url="$url" '
    BEGIN { for (i = 0; i < 256; i++) code[sprintf("%c", i)] = i }
    {
        out = ""
        for (i = 1; i <= length($0); i++) {
            c = substr($0, i, 1)
            out = out (c ~ /[A-Za-z0-9.\/%_~&=;,+:@!$()*-]/ ? c \
                : sprintf("%%%02X", code[c]))
        }
        while (sub(/%[^0-9A-Fa-f]/, "%25&", out)) sub(/%25%/, "%25", out)
        for (k = 1; k <= 2; k++) {
            print "url = \"" url (k == 1 ? "/static/" : "/") out "\""
            print "output = /dev/null"
        }
    }' "$tmp/own" >"$tmp/config"
lines=$(grep -c '^url' "$tmp/config")
sed -i "s|^output = .*|output = \"$tmp/answer\"|" "$tmp/config"
curl -s --noproxy '*' --path-as-is --max-time 120 --globoff \
    -w '%{http_code} %{size_download} %{url_effective}\n' \
    -K "$tmp/config" >"$tmp/answers"
is 'every address is answered' "$(wc -l <"$tmp/answers")" "$lines"
ok 'each with 4xx, or the way to sign-in' awk '
    $1 !~ /^(400|403|404|405|414)$/ && $1 != 303 { print; bad = 1 }
    END { exit bad }' "$tmp/answers"

# The bodies: once more over one connection, into one file
sed '/^output/d' "$tmp/config" >"$tmp/bodies"
curl -s --noproxy '*' --path-as-is --max-time 120 --globoff -K "$tmp/bodies" \
    >"$tmp/all"
ok 'no file in an answer' sh -c \
    '! grep -aqE "root:x:0|\[secret\]|SQLite format" "$1"' - "$tmp/all"
is 'still well' "$(get /readyz)" 200
ok 'no error in the log' sh -c '! grep -a "level=error" "$1"' - \
    "$home/log/keylodge.log"
stop
