# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2034
#
# What the commands at the top install, and how; read by ./serve and ./check
# with `.`.  Needs nothing but sh and dpkg.

packages_serve='gcc libc6-dev make autoconf automake pkg-config
libsqlite3-dev libsodium-dev libjansson-dev zlib1g-dev libqrencode-dev libseccomp-dev
libcurl4-openssl-dev
liboath-dev lighttpd lighttpd-modules-lua curl'
packages_check='libcmocka-dev mandoc libfcgi-dev openssl sqlite3 xz-utils
procps faketime strace systemd zsh fish'
packages_hosting='apache2 libapache2-mod-fcgid nginx-light lighttpd-mod-openssl
openssl'
packages_dist='dpkg-dev debhelper lintian'
packages_bare='debootstrap systemd-container git'
packages_browser='chromium-headless-shell fonts-dejavu-core'

# packages_missing NAME... -- those that are not installed, on one line
packages_missing() {
    for p in "$@"; do
        case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in
        'install ok installed') ;;
        *) printf '%s ' "$p" ;;
        esac
    done
}

# packages_size NAME... -- "470 MB", what they will take, or nothing
packages_size() {
    apt-get install --assume-no --no-install-recommends "$@" 2>/dev/null |
        sed -n 's/^After this operation, \(.*\) of add.*/\1/p'
}

# For `sh -c "$packages_install" - NAME...` as root.  A policy-rc.d that says
# no keeps Debian from starting its own lighttpd on port 80 of all addresses.
packages_install='
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap "rm -f $policy" EXIT
    trap "exit 1" INT TERM HUP
    printf "#!/bin/sh\nexit 101\n" >"$policy" && chmod 755 "$policy" || exit 1
fi
export DEBIAN_FRONTEND=noninteractive
ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || apt-get update || exit 1
apt-get install -y --no-install-recommends "$@" && exit 0
apt-get update && apt-get install -y --no-install-recommends "$@"
'
