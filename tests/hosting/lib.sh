# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Read with `.` by tests/hosting/test_*.sh BUILD TMP: web servers of our own
# with the configurations that `keylodge print-config` makes, and an upstream.
# A test sets, for each server: $name (a word of print-config), $home (the
# folder of the web server), $port and $url; $data is the folder of the program,
# when it is another.

set -u
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
umask 022 # web servers drop root, and must reach sockets and sites
build=$1 top=$2
shift 2
tests=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
tree=$(cd "$tests/.." && pwd -P) || exit 1
modules=/usr/lib/apache2/modules
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -keyout "$top/key.pem" -out "$top/cert.pem" 2>/dev/null || exit 1
chmod 644 "$top/key.pem"

# web servers that drop root may not enter the tree
mkdir "$top/share" && cp -r "$tree/templates" "$tree/static" \
    "$tree/doc/examples/allowed.lua" "$build/keylodge" "$top/share/" || exit 1
chmod -R u+rwX,go+rX "$top/share" || exit 1

mkfifo "$top/hold" "$top/told" || exit 1
"$build/tests/hosting/upstream" <"$top/hold" >"$top/told" &
exec 3>"$top/hold"
read -r upstream <"$top/told" || exit 1

# free_port [FROM] -- one that nobody listens on
free_port() {
    port=${1:-$((20000 + $$ % 12000))} # below those of clients
    while grep -qi ":$(printf '%04X' "$port") [0-9A-F:]* 0A" /proc/net/tcp \
        /proc/net/tcp6; do
        port=$((port + 1))
    done
    echo "$port"
}

keylodge() {
    "$top/share/keylodge" --config "$home/keylodge.conf" "$@" \
        2>>"$home/shell.log"
}

# write_settings [SOCKET] -- of the gate, when it is not a file
write_settings() {
    : "${data:=$home}"
    cat >"$home/keylodge.conf" <<END
[server]
public_url = $url
console_socket = $data/console.sock
gate_socket = ${1:-$data/gate.sock}
[store]
path = $data/data/keylodge.db
[secret]
master = $data/data/master
password_cost = test
[files]
templates = $top/share/templates
static = $top/share/static
END
    case $name in
    *fcgid) sed -i '/_socket = /d' "$home/keylodge.conf" ;;
    esac
}

# apache_around SITE -- a whole configuration for a private Apache, with what
# Debian's has: its modules, and a signature that reaches programs
apache_around() {
    echo "ServerRoot $home
PidFile $home/apache.pid
ErrorLog $home/server.log
DefaultRuntimeDir $home
Mutex file:$home
ServerSignature On
Listen 127.0.0.1:$port"
    for m in mpm_event authn_core authn_file authz_core authz_host authz_user \
        auth_basic access_compat alias autoindex deflate dir env filter \
        negotiation reqtimeout setenvif status unixd; do
        [ ! -f "$modules/mod_$m.so" ] ||
            echo "LoadModule ${m}_module $modules/mod_$m.so"
    done
    for m in $(sed -n 's/^#   a2enmod //p' "$1"); do
        echo "LoadModule ${m}_module $modules/mod_$m.so"
    done
    case $name in
    *-cgi) echo "ScriptSock $home/cgid.sock" ;;
    *fcgid) echo "FcgidIPCDir $home
FcgidProcessTableFile $home/fcgid.shm" ;;
    esac
    echo 'LoadModule socache_shmcb_module' \
        "$modules/mod_socache_shmcb.so"
    [ "$(id -u)" -ne 0 ] || echo 'User www-data
Group www-data'
    echo "Include $1"
}

# the site as it is printed, but for what belongs to the whole machine: user,
# places of logs; then the server, in the foreground
start_server() {
    conf=$home/site.conf
    set -- "$name" --upstream "127.0.0.1:$upstream"
    case $url in
    https:*) set -- "$@" --certificate "$top/cert.pem" \
        --certificate-key "$top/key.pem" ;;
    esac
    keylodge print-config "$@" >"$conf" || return 1
    # a machine without IPv6
    grep -q . /proc/net/if_inet6 2>/dev/null ||
        sed -i '/^[^#]*"\{0,1\}\[::\]:/d' "$conf"
    case $name in
    lighttpd*)
        sed -i -e '/^server.\(username\|groupname\|pid-file\)/d' \
            -e "s|^server.errorlog.*|server.errorlog = \"$home/server.log\"|" \
            -e "s|^server.document-root.*|server.document-root = \"$home/empty\"|" \
            -e "s|\"/[^\"]*/allowed.lua\"|\"$top/share/allowed.lua\"|" \
            "$conf"
        ;;
    apache*) apache_around "$conf" >"$home/apache.conf" ;;
    nginx*)
        user=
        [ "$(id -u)" -ne 0 ] || user='user www-data;'
        cat >"$home/nginx.conf" <<END
$user daemon off; pid $home/nginx.pid; error_log $home/server.log;
events {}
http {
access_log off;
client_body_temp_path $home/t1; proxy_temp_path $home/t2;
fastcgi_temp_path $home/t3; uwsgi_temp_path $home/t4; scgi_temp_path $home/t5;
include $conf;
}
END
        cp /etc/nginx/fastcgi_params "$home/"
        ;;
    esac
    run_server
}

# run_server -- with the files that start_server made
run_server() {
    case $name in
    lighttpd*) set -- lighttpd -D -f "$home/site.conf" ;;
    apache*) set -- apache2 -DFOREGROUND -f "$home/apache.conf" ;;
    nginx*) set -- nginx -c "$home/nginx.conf" ;;
    esac
    setsid "$@" >>"$home/server.log" 2>&1 3>&- &
    server=$!
}

start_program() {
    case $name in
    *cgi|*fcgid) return ;;
    esac
    set --
    [ "$(id -u)" -ne 0 ] || set -- setpriv --reuid www-data --regid www-data \
        --clear-groups --
    "$@" "$top/share/keylodge" --config "$home/keylodge.conf" serve \
        2>>"$home/keylodge.log" 3>&- &
    program=$!
}

# stop_all -- everything of a process group: Apache and nginx have children
stop_all() {
    kill -TERM "-$server" 2>/dev/null
    [ -z "$program" ] || kill "$program" 2>/dev/null
    wait "$server" $program 2>/dev/null
}

ready() {
    comes curl -fsk --noproxy '*' --max-time 60 -o /dev/null "$url/readyz"
}

# seed -- the workspace "acme" of ada@example.org, and who may use it all
seed() {
    keylodge init >/dev/null
    printf '%s\n' "$password" >"$home/password"
    keylodge user add ada@example.org --name 'Ada Lovelace' \
        --password-file "$home/password" >/dev/null
    keylodge workspace add Acme --owner ada@example.org >/dev/null
    [ "$(id -u)" -ne 0 ] || chown -R www-data: "$home"
}

# tell_logs -- why nothing works
tell_logs() {
    echo "not ok - $name: starts"
    tail -n 20 "$home/server.log" "$home/keylodge.log" 2>/dev/null |
        sed 's/^/# /'
}

. "$tests/http/client.sh"
