# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# bare_root FOLDER -- a bare Debian 12 there, by debootstrap, in which apt works
# as it does outside: sources, settings and certificates are copied.  /proc is
# mounted in it: bare_end FOLDER ends that.  As root.

bare_root() {
    mirror=$(awk '$1 == "deb" && $3 == "bookworm" {
        for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) { print $i; exit } }
        $1 == "URIs:" { print $2; exit }' \
        /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null)
    debootstrap --variant=minbase bookworm "$1" ${mirror:+"$mirror"} ||
        return 1
    rm -rf "$1/etc/apt/sources.list" "$1/etc/apt/sources.list.d"
    cp -a /etc/apt/. "$1/etc/apt/"
    for f in /etc/resolv.conf /etc/hosts /etc/npmrc; do
        [ ! -e "$f" ] || cat "$f" >"$1$f"
    done
    [ ! -d /usr/local/share/ca-certificates ] ||
        cp -a /usr/local/share/ca-certificates "$1/usr/local/share/"
    if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
        mkdir -p "$1/etc/ssl/certs"
        cat /etc/ssl/certs/ca-certificates.crt \
            >"$1/etc/ssl/certs/ca-certificates.crt"
    fi
    mount -t proc proc "$1/proc"
}

bare_end() {
    ! mountpoint -q "$1/proc" || umount -l "$1/proc"
}
