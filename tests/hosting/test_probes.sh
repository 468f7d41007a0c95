# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# tests/hosting/test_probes.sh BUILD TMP [NAME...] -- odd requests (the file
# probes), byte for byte, to each web server in front of one program: the
# program's decision is the same behind each, or the server refuses by itself.
# Without TLS and without a path, as test_servers.sh is with both.  Prints TAP.

. "$(dirname "$0")/lib.sh"
names=${*:-lighttpd apache apache-authorizer nginx}
data=$top/program tmp=$top/program program='' servers=''
mkdir -p "$data/data" "$data/empty"
port=$(free_port)
gate=127.0.0.1:$port # Apache's Authorizer wants TCP

# made NAME [form fields] -- a key of the workspace, by the form
made() {
    get /w/acme/keys/new >/dev/null
    once=$(hidden once)
    name=$1
    shift
    post /w/acme/keys -d "once=$once" -d "name=$name" -d expiry=30 "$@" \
        >/dev/null
    sed -n 's/.*id="secret"[^>]*>\([^<]*\)<.*/\1/p' "$tmp/body"
}

# around NAME -- that web server, in a folder of its own
around() {
    name=$1 home=$top/$1 port=$(free_port $((port + 1)))
    url=http://localhost:$port
    mkdir -p "$home/empty"
    write_settings "$gate"
    [ "$(id -u)" -ne 0 ] || chown -R www-data: "$home"
    if start_server && ready; then
        echo "$name $port" >>"$top/ready"
    else
        tell_logs
    fi
    servers="$servers $server"
}

# the program, which all servers share
name=program home=$data url=http://localhost:9
write_settings "$gate"
seed
start_program
: >"$top/ready"
for name in $names; do
    around "$name"
done

# who asks: anybody with the key; from one network; for one endpoint; a gateway;
# a session
home=$data
get /sign-in >/dev/null
is 'sign in' "$(post /sign-in -d email=ada@example.org \
    --data-urlencode "password=$password" -d next= -d carried=)" 303
key=$(made Any)
near=$(made Near -d network_scope=some -d networks=10.0.0.0/8)
scoped=$(made Scoped -d endpoint_scope=some \
    -d endpoints=/v1/models)
manager=$(keylodge key create --workspace acme --kind management --name Manager)
session=$(awk '$6 == "s" { print $7 }' "$tmp/jar")
ok 'keys of all kinds' test "${#key} ${#near} ${#scoped} ${#manager}" = \
    '51 51 51 51'

while read -r name port; do
    "$build/tests/hosting/probe" "$tests/hosting/probes" "$port" "$name" \
        "HOST=localhost:$port" "KEY_ANY=$key" "KEY_NEAR=$near" \
        "KEY_SCOPED=$scoped" "KEY_MANAGER=$manager" "SESSION=$session" ||
        echo "not ok - $name: the probes cannot be read"
done <"$top/ready"
for server in $servers; do
    stop_all # the first ends the program, too
done
exec 3>&-
wait
