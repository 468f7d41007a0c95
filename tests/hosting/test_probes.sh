# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# tests/hosting/test_probes.sh BUILD TMP [NAME...] -- odd requests (the file
# probes), byte for byte, to each web server in front of one program (mod_fcgid
# has one of its own, CGI one for each request): the program's decision is the
# same behind each, or the server refuses by itself.  Without TLS and without a
# path, as test_servers.sh is with both.  Prints TAP.

. "$(dirname "$0")/lib.sh"
names=${*:-lighttpd lighttpd-cgi apache apache-authorizer apache-fcgid
    apache-cgi nginx nginx-auth-request}
shared=$top/program tmp=$top/program program='' servers=''
mkdir -p "$shared/data" "$shared/empty"
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

# askers FOLDER -- who asks, of the program with its settings there: anybody with
# the key; from one network; for one endpoint; a gateway; a session.  Words for
# probe, into FOLDER/askers.
askers() {
    home=$1 tmp=$1
    get /sign-in >/dev/null
    is 'sign in' "$(post /sign-in -d email=ada@example.org \
        --data-urlencode "password=$password" -d next= -d carried=)" 303
    key=$(made Any)
    near=$(made Near -d network_scope=some -d networks=10.0.0.0/8)
    scoped=$(made Scoped -d endpoint_scope=some \
        -d endpoints=/v1/models)
    manager=$(keylodge key create --workspace acme --kind management \
        --name Manager)
    session=$(awk '$6 == "s" { print $7 }' "$tmp/jar")
    ok 'keys of all kinds' test \
        "${#key} ${#near} ${#scoped} ${#manager}" = '51 51 51 51'
    echo "KEY_ANY=$key KEY_NEAR=$near KEY_SCOPED=$scoped" \
        "KEY_MANAGER=$manager SESSION=$session" >"$home/askers"
}

# around NAME -- that web server, in a folder of its own
around() {
    name=$1 home=$top/$1 port=$(free_port $((port + 1)))
    url=http://localhost:$port
    case $name in
    *fcgid) data=$home ;;
    *) data=$shared ;;
    esac
    mkdir -p "$home/empty" "$home/data"
    write_settings "$gate"
    [ "$data" = "$shared" ] || seed
    [ "$(id -u)" -ne 0 ] || chown -R www-data: "$home"
    if start_server && ready; then
        echo "$name $port $data" >>"$top/ready"
        [ -f "$data/askers" ] || askers "$data"
    else
        tell_logs
    fi
    servers="$servers $server"
}

# the program, which the servers share
name=program home=$shared data=$shared url=http://localhost:9
write_settings "$gate"
seed
start_program
: >"$top/ready"
for name in $names; do
    around "$name"
done

# probed FILE -- each of its lines
probed() {
    while read -r name port data; do
        # words on purpose
        # shellcheck disable=SC2046
        "$build/tests/hosting/probe" "$tests/hosting/probes" "$port" "$name" \
            "HOST=localhost:$port" $(cat "$data/askers") ||
            echo "not ok - $name: the probes cannot be read"
    done <"$1" >"$1.tap"
}

# a process for each request takes its time: those beside the others
grep -e '-cgi ' "$top/ready" >"$top/slow"
grep -v -e '-cgi ' "$top/ready" >"$top/quick"
probed "$top/slow" &
slow=$!
probed "$top/quick"
wait $slow
cat "$top/quick.tap" "$top/slow.tap"
for server in $servers; do
    stop_all # the first ends the program, too
done
exec 3>&-
wait
