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
    bare_halt
    ! mountpoint -q "$1/proc" || umount -l "$1/proc"
}

# bare_boot FOLDER -- systemd runs in it, as on a machine, alone with a loopback
# of its own, so that what listens there disturbs nobody.  (Of what a container
# may not do, our units need two kinds of system calls.)  Needs systemd-nspawn;
# its words are in FOLDER/boot.log.  bare_end ends it.
bare_booted=
bare_boot() {
    calls='landlock_create_ruleset landlock_add_rule landlock_restrict_self'
    command -v systemd-nspawn >/dev/null || return 1
    [ -e "$1/sbin/init" ] || bare_in "$1" apt-get -q -y install \
        --no-install-recommends systemd systemd-sysv dbus || return 1
    # a group of processes of its own, where systemd inside makes others
    bare_group=/sys/fs/cgroup
    [ ! -d $bare_group/systemd ] || bare_group=$bare_group/systemd
    bare_group=$bare_group/keylodge-bare.$$
    mkdir "$bare_group" || return 1
    unshare -m sh -c '
        mount --make-rprivate / && mount -t tmpfs tmpfs /run &&
        { umount -l "$1/proc" || :; } && echo $$ >"$2/cgroup.procs" &&
        exec systemd-nspawn -q -D "$1" --keep-unit --register=no \
            --private-network --system-call-filter="@memlock $3" -b' - \
        "$1" "$bare_group" "$calls" >"$1/boot.log" 2>&1 </dev/null &
    n=0
    until bare_booted=$(bare_pid "$1") && bare_in "$1" systemctl \
        is-system-running 2>/dev/null | grep -qE 'running|degraded'; do
        n=$((n + 1))
        [ $n -lt 150 ] || return 1
        sleep 0.2
    done
}

# bare_pid FOLDER -- of the systemd that runs in it, outside's number
bare_pid() {
    for status in $(grep -lE '^NSpid:.*[[:space:]]1$' /proc/[0-9]*/status \
        2>/dev/null); do
        pid=${status#/proc/}
        pid=${pid%/status}
        if [ "$pid" != 1 ] &&
            [ "/proc/$pid/root/boot.log" -ef "$1/boot.log" ]; then
            echo "$pid"
            return
        fi
    done
    return 1
}

# bare_in FOLDER COMMAND... -- in it, booted or not, with a clean environment
# and the network of outside: apt is to reach its mirror.
# bare_alone FOLDER COMMAND... -- the same with its own network.
bare_in() {
    bare_net=''
    bare_enter "$@"
}

bare_alone() {
    bare_net=-n
    bare_enter "$@"
}

bare_enter() {
    folder=$1
    shift
    set -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
        DEBIAN_FRONTEND=noninteractive "$@"
    if [ -n "$bare_booted" ]; then
        # shellcheck disable=SC2086 # -n or nothing
        nsenter -t "$bare_booted" -m -p -i -u -C $bare_net -r -w -- "$@"
    else
        chroot "$folder" "$@"
    fi
}

# what is in it ends with its first process
bare_halt() {
    [ -n "$bare_booted" ] || return 0
    kill -s RTMIN+4 "$bare_booted" # poweroff
    n=0
    while [ -e "/proc/$bare_booted" ] && [ $n -lt 100 ]; do
        n=$((n + 1))
        sleep 0.1
    done
    kill -KILL "$bare_booted" 2>/dev/null
    bare_booted=
    wait
    find "$bare_group" -depth -type d -exec rmdir {} + 2>/dev/null
}
