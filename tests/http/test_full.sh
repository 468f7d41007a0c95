# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# A disk that is full to the last byte (SECURITY.md R5, T08): the gate goes on,
# writes are refused with 507, keys can still be revoked, and all is well again
# with the first write after space came back.  The whole data folder, logs and
# all, lies on a disk of 4 MiB.
if [ -z "${KEYLODGE_SMALL_DISK:-}" ]; then
    # a mount that nobody else sees, and that ends with this script
    map=r
    [ "$(id -u)" -ne 0 ] || map=
    if ! unshare -m$map true; then
        echo 'not ok - a disk of 4 MiB cannot be had here: unshare -m says no'
        exit 0
    fi
    KEYLODGE_SMALL_DISK=1 exec unshare -m$map sh "$0" "$@"
fi
mkdir "$2/home" && mount -t tmpfs -o size=4m,mode=700 tmpfs "$2/home" || {
    echo 'not ok - a disk of 4 MiB cannot be mounted here'
    exit 0
}
. "$(dirname "$0")/lib.sh"
db=$home/keylodge.db
checks=1000 writes=100 revokes=50

# ---- another disk that is full ----

mkdir "$tmp/other" && mount -t tmpfs -o size=64k tmpfs "$tmp/other" || exit 1
keylodge backup "$tmp/other" >/dev/null
is 'a backup finds no room' $? 69
ok 'and says where' grep -q "No space for $tmp/other/" "$home/log/shell.log"
head -c 100000 /dev/zero >"$tmp/other/fill" 2>/dev/null
: >"$home/log/shell.log"
keylodge key create --workspace acme --name No >"$tmp/other/key"
is 'nor does a secret' $? 1
ok 'and no key is made' grep -q 'Nothing was made' "$home/log/shell.log"
is 'there is none' "$(keylodge key list --workspace acme)" ''
umount "$tmp/other"

# ---- its own ----

# the backup of each night is the likeliest to fill it
mkdir "$home/kept"
keylodge backup "$home/kept" >/dev/null
is 'a backup that would fill the disk is refused' $? 69
ok 'and says why' grep -q 'onto the disk of the database would leave less' \
    "$home/log/shell.log"
is 'there is nothing of it' "$(ls "$home/kept")" ''

sql() {
    sqlite3 -readonly "$db" "$1"
}

# api METHOD PATH [JSON] -- with the management key; the status, body to
# $tmp/body
api() {
    curl -s --noproxy '*' --max-time 60 -o "$tmp/body" -w '%{http_code}' \
        -X "$1" -H "Authorization: Bearer $manager" \
        ${3:+-H 'Content-Type: application/json' -d "$3"} "$url$2"
}

# make_key NAME -- by the API; the text goes to $key
make_key() {
    api POST /v1/keys "{\"name\":\"$1\"}" >"$tmp/status"
    key=$(grep -o '[0-9A-Za-z]\{8\}_[0-9A-Za-z_-]*' "$tmp/body" | head -n 1)
}

get /sign-in >/dev/null
is 'sign in' "$(post /sign-in -d email=ada@example.org \
    --data-urlencode "password=$password" -d next= -d carried=)" 303
get /w/acme/settings >/dev/null
is 'many keys may be made' "$(post /w/acme/settings -d version=1 -d name=Acme \
    -d key_max=1000 -d life_max_days= -d life_default_days= \
    -d second_factor=none -d owner_leaves=suspend -d reserve_ends=charge \
    -d event_months=13)" 303
manager=$(keylodge key create --workspace acme --kind management --name M)
for name in good off gone; do
    eval "$name=\$(keylodge key create --workspace acme --kind standard \
        --name $name)"
done
get "/w/acme/keys/${off%%_*}/disable" >/dev/null
post "/w/acme/keys/${off%%_*}/disable" >/dev/null
keylodge key revoke "${gone%%_*}" >/dev/null
: >"$tmp/keys"
n=0
while [ $n -lt $revokes ]; do
    n=$((n + 1))
    make_key "Key $n"
    echo "$n $key" >>"$tmp/keys"
done
is 'keys to revoke' "$(sort -u -k 2 "$tmp/keys" | grep -c ..._)" $revokes
first=$(worker)
ok 'there is ballast' test -s "$db.ballast"

# ---- full ----

# the first write finds that the log can give space back: that is filled, too
cat /dev/zero >"$home/filler" 2>/dev/null
api POST /v1/keys '{"name":"Last"}' >/dev/null
cat /dev/zero >"$home/filler 2" 2>/dev/null
is 'blocks left' "$(stat -f -c %a "$home")" 0

# each right answer stands behind its request; a fragment is not sent
awk -v n=$checks -v url="$url" -v good="$good" -v off="$off" -v gone="$gone" \
    -v manager="$manager" 'BEGIN {
    wrong = good; sub(/.....$/, "xxxxx", wrong)
    for (i = 1; i <= n; i++) {
        if (i > 1) print "next"
        key = good; want = 200; path = "/protected/hello"
        if (i % 5 == 1) { key = gone; want = 401 }
        if (i % 5 == 2) { key = wrong; want = 401 }
        if (i % 5 == 3) { key = off; want = 403 }
        if (i % 10 == 4) {
            key = manager; path = "/v1/check"
            print "header = \"Content-Type: application/json\""
            printf "data = \"{\\\"key\\\":\\\"%s\\\"}\"\n", good
        }
        printf "url = \"%s%s#%d\"\noutput = \"/dev/null\"\n", url, path, want
        printf "header = \"Authorization: Bearer %s\"\n", key
        print "noproxy = \"*\"\nmax-time = 60"
        print "write-out = \"%{http_code} %{url}\\n\""
    }
}' >"$tmp/requests"
curl -s --parallel --parallel-max 8 -K "$tmp/requests" >"$tmp/answers" \
    2>/dev/null
awk '{ said = $0; sub(/.*#/, "", $2); if ($1 != $2) print "# check: " said }' \
    "$tmp/answers" | head -n 3
is 'checks that are right' "$(awk '{ sub(/.*#/, "", $2); n += $1 == $2 }
    END { print n }' "$tmp/answers")" $checks

refused=0
n=0
get /w/acme/keys/new >/dev/null
once=$(hidden once) csrf=$(hidden csrf)
while [ $n -lt $writes ]; do
    n=$((n + 1))
    case $((n % 5)) in
    0) said=$(get /w/acme/keys -H 'Sec-Fetch-Site: same-origin' \
        -d "csrf=$csrf" -d "once=$once" -d "name=Page $n" -d expiry=30)
        grep -q 'disk of the server is full' "$tmp/body" || said=unclear ;;
    1) said=$(api PATCH "/v1/keys/${good%%_*}" "{\"name\":\"Other $n\"}") ;;
    2) said=$(api POST /v1/usage "{\"id\":\"r$n\",\"key\":\"${good%%_*}\",
        \"model\":\"m\",\"input_tokens\":1,\"output_tokens\":1}") ;;
    *) said=$(api POST /v1/keys "{\"name\":\"More $n\"}") ;;
    esac
    if [ "$said" = 507 ]; then refused=$((refused + 1));
    else echo "# write $n: $said"; fi
done
is 'writes that answer 507' $refused $writes
ok 'the ballast is kept for what matters' test -s "$db.ballast"

# a form and a call of the API by turns
done=0
while read -r n key; do
    prefix=${key%%_*}
    if [ $((n % 2)) -eq 0 ]; then
        said=$(get "/w/acme/keys/$prefix/revoke" \
            -H 'Sec-Fetch-Site: same-origin' -d "csrf=$csrf" \
            --data-urlencode "confirm=Key $n")
        want=303
    else
        said=$(api DELETE "/v1/keys/$prefix")
        want=200
    fi
    then=$(call "$key")
    if [ "$said $then" = "$want 401" ]; then done=$((done + 1));
    else echo "# revoke $n: $said, then $then"; fi
done <"$tmp/keys"
is 'keys revoked, and refused at the next check' $done $revokes
ok 'from the space of the ballast' test ! -e "$db.ballast"
is 'other writes are still refused' \
    "$(api POST /v1/keys '{"name":"Later"}')" 507
keylodge service add 'No room' --workspace acme >/dev/null
is 'the shell says that it is for now' $? 69
ok 'the shell revokes, too' keylodge key revoke "${off%%_*}"
is 'a good key is good' "$(call "$good")" 200

# ---- space again ----

# how soon is measured on a machine that does nothing else
soon_ms=30000
[ -z "${KEYLODGE_LONG:-}" ] || soon_ms=1000
rm "$home"/filler*
from=$(date +%s%N)
is 'the first write works' "$(api POST /v1/keys '{"name":"After"}')" 200
took_ms=$((($(date +%s%N) - from) / 1000000))
echo "# $took_ms ms after space came back"
ok "within $soon_ms ms" test $took_ms -le $soon_ms
ok 'the ballast is back' test -s "$db.ballast"
is 'by the same process' "$(worker)" "$first"
is 'keys and their events' "$(sql "SELECT
    (SELECT count(*) FROM api_key) -
        (SELECT count(*) FROM audit WHERE action = 'key.create'),
    (SELECT count(*) FROM api_key WHERE revoked_s IS NOT NULL) -
        (SELECT count(*) FROM audit WHERE action = 'key.revoke'),
    (SELECT count(*) FROM api_key WHERE name LIKE 'Key %' AND
        revoked_s IS NOT NULL)")" "0|0|$revokes"
is 'database is whole' "$(sql 'PRAGMA integrity_check')" ok
ok 'audit chain is whole' keylodge audit verify
stop
is 'nothing is left running' "$(worker)" ''
# had it gone there when the disk was larger
sqlite3 "$db" "INSERT INTO meta (name, value)
    VALUES ('backup_folder', '$home/kept')"
keylodge doctor >"$tmp/said"
ok 'the doctor tells of the next one' grep -q \
    "^WRONG *next backup: it does not fit: $home/kept is on" "$tmp/said"
