# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The main job with curl: set up is done by the shell, all else by the pages.
. "$(dirname "$0")/lib.sh"

. "$tests/http/job.sh"
main_job

second=$(keylodge key create --workspace acme --kind standard --name Shell)
is 'key of the shell' "$(call "$second")" 200
keylodge key revoke "${second%%_*}" >/dev/null
is 'revoked by the shell' "$(call "$second")" 401
manager=$(keylodge key create --workspace acme --kind management --name M)
is 'a management key makes no calls' "$(call "$manager")" 403
# the shell is held to the same field tables as a page
refuses() {
    keylodge "$@" >/dev/null
    test $? -eq 1
}
printf '%s\n' "$password" >"$tmp/pw"
long=$(printf '%081d' 0)
ok 'the shell refuses a name of 81 characters' refuses key create \
    --workspace acme --name "$long"
ok 'the shell refuses a name with a line break' refuses key create \
    --workspace acme --name "$(printf 'a\nb')"
ok 'the shell refuses an empty name' refuses key create --workspace acme \
    --name ' '
ok 'the shell refuses a workspace with a tab' refuses workspace add \
    "$(printf 'a\tb')" --owner ada@example.org
ok 'the shell refuses a person without a name' refuses user add \
    eve@example.org --name '' --password-file "$tmp/pw"
ok 'no secret in a log' sh -c '! grep -rqF -e "$1" -e "$2" "$3"' - \
    "${key#*_krs_}" "${second#*_krs_}" "$home/log"
stop
