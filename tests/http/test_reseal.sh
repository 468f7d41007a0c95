# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# A new master secret while the gate is asked all the time (SECURITY.md K5, T31):
# no key is refused for a moment.  KEYLODGE_LONG: 100,000 keys, within 5 s; else
# 3,000.
. "$(dirname "$0")/lib.sh"
keys=3000
[ -z "${KEYLODGE_LONG:-}" ] || keys=100000
"$build/tests/bench/seed" "$home/keylodge.conf" ada@example.org 100 $keys \
    "$tmp/keys" 2>>"$home/log/shell.log" || echo 'not ok - no keys'
( cd "$home" && ln -s run/*.sock-0 console.sock )
sed 's/$/ 204/' "$tmp/keys" "$tmp/keys.limited" >"$tmp/expected"

ask() {
    ( cd "$home" && "$build/tests/http/storm" look "$tmp/expected" )
}
is 'all keys pass' "$(ask)" "$(wc -l <"$tmp/expected") right, 0 wrong"
for i in 1 2 3 4; do
    ( until [ -e "$tmp/enough" ]; do ask; done ) >"$tmp/asked.$i" 3>&- &
    eval "asked$i=\$!"
done

now_ms() {
    echo $(($(date +%s%N) / 1000000))
}
# rotates NAME -- what it says on stderr goes to $tmp/NAME.said
rotates() {
    ( cd "$home" && "$build/keylodge" --config keylodge.conf rotate-secret \
        2>"$tmp/$1.all" >/dev/null
      echo $? >"$tmp/$1.code"
      grep -v '^time=' "$tmp/$1.all" >"$tmp/$1.said" )
}
# two at once: the second knocks while the first works, or comes too late
began=$(now_ms)
rotates one 3>&- &
one=$!
rotates two
wait $one
took=$(($(now_ms) - began))
case $(cat "$tmp/one.code" "$tmp/two.code" | sort -n | tr '\n' ' ') in
'0 69 ') said='Another keylodge rotate-secret is at work' ;;
*) said='The old master secret .* is still there' ;;
esac
is 'a new master secret, by one of two' "$(cat "$tmp/one.code" \
    "$tmp/two.code" | grep -cx 0) $(cat "$tmp/one.said" "$tmp/two.said" |
    wc -l) $(cat "$tmp/one.said" "$tmp/two.said" | grep -c "$said")" '1 1 1'
reload
sleep 1
began=$(now_ms)
ok 'the old one ends' keylodge rotate-secret --end
ended=$(($(now_ms) - began))
ok 'and is gone' test ! -e "$home/master.old"
sleep 1
: >"$tmp/enough"
for i in 1 2 3 4; do eval "wait \$asked$i"; done
calls=$(awk '{ n += $1 } END { print n }' "$tmp"/asked.*)
echo "# $keys keys: sealed anew in $took ms, the old secret ended in $ended ms;" \
    "$calls calls meanwhile"
ok 'there were calls' test "$calls" -gt 1000
is 'none was refused' "$(awk '{ n += $3 } END { print n + 0 }' \
    "$tmp"/asked.*)" 0
is 'all keys pass with the new one alone' "$(ask)" \
    "$(wc -l <"$tmp/expected") right, 0 wrong"
file=$(keylodge backup "$tmp")
ok 'and every secret opens' keylodge verify "$file"
if [ -n "${KEYLODGE_LONG:-}" ]; then
    ok 'it took at most 5 s' test $took -le 5000
fi
stop
