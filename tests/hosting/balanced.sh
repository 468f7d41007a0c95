# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154
#
# balanced: read with `.` after lib.sh.  What the printed configuration has about
# a load balancer, without its comment signs: that machine is believed where a
# call comes from, and before that nobody is.  Leaves the server with these
# lines, and 127.0.0.1 as the balancer.

# forwarded -- status of a call that says that it is of 192.0.2.77
forwarded() {
    curl -4 -sk --noproxy '*' --max-time 60 -o "$tmp/body" -w '%{http_code}' \
        -H "Authorization: Bearer $key" -H 'X-Forwarded-For: 192.0.2.77' \
        "$url/v1/key"
}

balanced() {
    key=$(keylodge key create --workspace acme --kind standard --name Behind \
        --networks 192.0.2.77/32)
    is 'who says where a call comes from is not believed' "$(forwarded)" 403
    ok 'by its address' grep -q 'used from 127.0.0.1' "$tmp/body"
    kill -TERM "-$server" && wait "$server"
    case $name in
    apache*) sed -i "1a LoadModule remoteip_module $modules/mod_remoteip.so" \
        "$home/apache.conf" ;;
    esac
    sed -i -e 's/192\.0\.2\.10/127.0.0.1/' \
        -e 's/^\( *\)#\(set_real_ip\|real_ip\|RemoteIP\|extforward\.\|server\.modules\)/\1\2/' \
        "$home/site.conf"
    run_server
    ok 'with the lines about one' ready
    is 'a load balancer is' "$(forwarded)" 200
}
