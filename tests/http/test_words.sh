# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# test_words.sh BUILD TMP -- the table of commands: help, mistakes, completion.
# Needs no server.
set -u
LC_ALL=C
export LC_ALL
build=$1 tmp=$2
tests=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
. "$tests/http/client.sh"
cd "$tmp" || exit 1

keylodge() {
    "$build/keylodge" "$@" >said 2>complaint
    code=$?
}

# wrong COMPLAINT WORDS... -- it is exactly this line on stderr, and exit 2
wrong() {
    line=$1
    shift
    keylodge "$@"
    is "$* is wrong" "$code, $(cat said complaint)" "2, keylodge: $line"
}

# ---- help ----

keylodge --help
is 'help ends well' "$code" 0
ok 'and complains about nothing' test ! -s complaint
ok 'in less than 80 columns' sh -c '! grep -n ".\{80\}" said'
sed -n 's/^  \([a-z][a-z-]*\( [a-z][a-z-]*\)\{0,1\}\)  .*/\1/p' said >commands
ok 'it knows the commands' test "$(wc -l <commands)" -gt 40
while read -r command; do
    # shellcheck disable=SC2086
    keylodge $command --help
    # shellcheck disable=SC2015
    [ $code -eq 0 ] && [ ! -s complaint ] &&
        grep -q "^usage: keylodge $command" said &&
        ! grep -q '.\{80\}' said || echo "$command"
    sed -n 's/^  --\([a-z-]*\).*/\1/p' said | sed "s/^/$command --/" >>takes
done <commands >bad
is 'each has its help' "$(cat bad)" ''
# "`key list`, `show`; `why`": the table of the read-me
sed -n '/^| For | Commands |/,/^$/s/^| [a-z]* | \(.*\) |$/\1/p' \
    "$tests/../README.md" | tr ';' '\n' | awk -F '`' '{
        for (i = 2; i <= NF; i += 2) {
            n = split($i, word, " ")
            if (i == 2) verb = n == 2 ? word[1] " " : ""
            print n == 2 ? $i : verb $i
        }
    }' | sort >readme
is 'the read-me has them, and no other' "$(grep -vx -e init -e setup-link \
    -e demo -e print-config -e completion -e serve -e cgi commands |
    sort | diff - readme)" ''
keylodge key --help
is 'a first word has help' "$code, $(grep -c '^  key ' said)" \
    "0, $(grep -c '^key ' commands)"
GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET REQUEST_URI=/?--version \
    KEYLODGE_CONFIG=nowhere keylodge --version
is 'words that a web server gives are not read' "$code, $(cat said)" '78, '
keylodge --version
is 'the version, and what it is made of' "$code, $(sed 's/[0-9][0-9.]*/N/g
    3s/ by .*//' said | tr '\n' ' ')" \
    '0, keylodge N schema N, SQLite N, libsodium N compiled '
keylodge
is 'nothing is a mistake' "$code, $(head -n 1 complaint | cut -c 1-15)" \
    '2, usage: keylodge'

# ---- mistakes ----

wrong 'there is no command kee; did you mean key?' kee list
wrong 'there is no command key lst; did you mean key list?' key lst
wrong 'there is no command qqq; see keylodge --help' qqq
wrong 'key needs a second word; see keylodge key --help' key
wrong 'there is no option --cofnig; did you mean --config?' --cofnig x
wrong 'there is no option -c; see --help' -c x
wrong 'key list: there is no option --jsno; did you mean --json?' \
    key list --jsno
wrong 'key list: there is no option --jsno; did you mean --json?' \
    key list --jsno=1
wrong 'key list: there is no option --overlap; see --help' \
    key list --overlap day
wrong 'user list: --config stands before the command: keylodge --config FILE user list' \
    user list --config x
wrong 'key list: --version stands before the command: keylodge --version' \
    key list --version
wrong 'key list: --workspace is needed; see --help' key list
wrong 'key list: --workspace needs a WORKSPACE' key list --workspace
wrong 'key list: --workspace is given twice' \
    key list --workspace a --workspace=b
wrong 'key list: --json takes no value' key list --workspace a --json=yes
wrong 'key list: --kind must be standard, management or admin' \
    key list --workspace a --kind any
wrong 'audit list: --action must be one that is known; did you mean key.revoke?' \
    audit list --action key.revok
wrong 'key revoke: PREFIX is needed; see --help' key revoke
wrong 'key revoke: the word "b" is one too many; see --help' key revoke a b
wrong 'doctor: the word "x" is one too many; see --help' doctor x
wrong 'completion: SHELL must be bash, zsh or fish' completion ksh
keylodge scan -- --json
is 'after -- there are no options' "$code, $(cat complaint)" \
    '2, keylodge: --json: No such file or directory'

# ---- completion ----

for shell in bash zsh fish; do
    keylodge completion $shell
    is "completion for $shell" "$code" 0
    cp said "completion.$shell"
done
# every command has its options there, and no other: as bash and fish themselves
# offer them, and as they stand with each command for zsh
{
    sed 's/$/ --help/' commands
    cat takes
} | sort >options
cat >offer.bash <<'END'
source completion.bash
while read -r -a words; do
    COMP_WORDS=(keylodge "${words[@]}" --) COMP_CWORD=$((${#words[@]} + 1))
    _keylodge
    for option in "${COMPREPLY[@]}"; do echo "${words[*]} $option"; done
done
END
is 'bash offers all options of each command' \
    "$(bash offer.bash <commands | sort | diff options -)" ''
cat >offer.fish <<'END'
source completion.fish
while read -l line
    for option in (complete -C "keylodge $line --")
        echo $line (string split \t -- $option)[1]
    end
end
END
is 'fish offers all options of each command' \
    "$(fish --no-config offer.fish <commands | sort | diff options -)" ''
is 'zsh knows all options of each command' "$(awk '
    /^    [a-z-]*\) _arguments -C/ { verb = $1; sub(/\)/, " ", verb); next }
    /^    [a-z-]*\) _arguments/ { name = verb $1; sub(/\)/, "", name) }
    name != "" && match($0, /--[a-z-]+/) {
        print name, substr($0, RSTART, RLENGTH) }
    /;;$/ { name = "" }
    /^    esac ;;$/ { verb = "" }' completion.zsh | sort | diff options -)" ''
cat >complete.bash <<'END'
source completion.bash
complete -p keylodge
t() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _keylodge
    echo "$* => ${COMPREPLY[*]-}."
}
t keylodge ke
t keylodge key cr
t keylodge key create --ki
t keylodge key create --kind ''
t keylodge key create --kind = st
t keylodge key create --note ''
t keylodge --config x key list --wo
t keylodge --config = x key list --wo
t keylodge member role a@b.c --role o
t keylodge print-config apache-f
t keylodge scan 'a fi'
t keylodge restore --since a
t keylodge completion f
t keylodge init x
END
: >'a file'
is 'bash completes' "$(bash complete.bash)" 'complete -F _keylodge keylodge
keylodge ke => key.
keylodge key cr => create.
keylodge key create --ki => --kind.
keylodge key create --kind  => standard management admin.
keylodge key create --kind = st => standard.
keylodge key create --note  => .
keylodge --config x key list --wo => --workspace.
keylodge --config = x key list --wo => --workspace.
keylodge member role a@b.c --role o => owner.
keylodge print-config apache-f => apache-fcgid.
keylodge scan a fi => a file.
keylodge restore --since a => a file.
keylodge completion f => fish.
keylodge init x => .'
ok 'zsh reads its own' zsh -n completion.zsh
mkdir site && cp completion.zsh site/_keylodge
for how in 'fpath=($PWD/site $fpath); autoload -Uz compinit; compinit -u -D' \
    'autoload -Uz compinit; compinit -u -D; source ./completion.zsh'; do
    # a zsh on a terminal: a tab after each line, and what it made of it
    cat >complete.zsh <<END
zmodload zsh/zpty
zpty z 'TERM=vt100 PS1= zsh -f -i'
zpty -w z '$how'
zpty -w z 'zle -N made; made() { print -r -- "\$BUFFER." >>made; BUFFER= }'
zpty -w z 'bindkey "^I" complete-word "^X" made'
for line in 'ke' 'key cr' 'key create --kin' 'key create --kind ad' \
    'member role a@b.c --role o' 'completion f'; do
    zpty -w -n z "keylodge \$line"\$'\t\x18'
done
zpty -w z ': >made.all'
until [[ -e made.all ]]; do zpty -r -t z line || sleep 0.1; done
END
    rm -f made made.all
    timeout 60 zsh -f complete.zsh >zsh.said 2>&1
    is "zsh completes (${how##*; })" "$(cat made)" 'keylodge key .
keylodge key create .
keylodge key create --kind=.
keylodge key create --kind admin .
keylodge member role a@b.c --role owner .
keylodge completion fish .'
done
ok 'fish reads its own' fish --no-execute completion.fish
is 'fish completes' "$(fish --no-config -c \
    'source completion.fish; complete -C "keylodge key create --kind ad"' |
    cut -f 1)" admin

# ---- settings ----

cat >conf <<'END'
[server]
threads = 7
public_url = https://keys.example
END
# from NAME -- what --print-config says before a setting
from() {
    grep -B 1 "^$1 =" said | tr '\n' ' '
}
KEYLODGE_SERVER_THREADS=9 keylodge --config conf --print-config
is 'a variable goes before the file' "$code, $(from threads)" \
    '0, # KEYLODGE_SERVER_THREADS threads = 9 '
is 'a value of the file' "$(from public_url)" \
    '# conf:3 public_url = https://keys.example '
few=$(($(nproc) > 2 ? $(nproc) + 2 : 4))
is 'a value of ours' "$(from gate_threads)" "# built in gate_threads = $few "
cp said again
keylodge --config again --print-config
is 'what is printed can be read' "$(grep -v '^#' again)" \
    "$(grep -v '^#' said)"
sed -n 's/^ *{ "\([a-z_]*\)", "\([a-z_]*\)", SETTING.*/\2/p' \
    "$tests/../src/app/config.c" >settings
is 'every setting is printed' "$(sed -n 's/ =.*//p' said)" "$(cat settings)"
KEYLODGE_SERVER_THREDS=9 keylodge --config conf --check-config
is 'a variable that is none' "$code, $(cat complaint)" "78, keylodge: there is \
no setting KEYLODGE_SERVER_THREDS in the environment. Did you mean \
KEYLODGE_SERVER_THREADS?"
KEYLODGE_SERVER_THREADS=99 keylodge --config conf --check-config
is 'a variable out of range' "$code, $(cat complaint)" \
    "78, keylodge: KEYLODGE_SERVER_THREADS: [server] threads must be a number \
from 1 to 64"
# hosts in brackets are known to no configuration that we print
sed -n 's/^    { "\([a-z-]*\)", "[a-z]*.conf.in",.*/\1/p' \
    "$tests/../src/app/print_config.c" >faces
ok 'there are faces' test "$(wc -l <faces)" -gt 6
while read -r face; do
    KEYLODGE_SERVER_PUBLIC_URL='https://[2001:db8::1]:8443' \
        KEYLODGE_SERVER_GATE_SOCKET=127.0.0.1:9002 \
        keylodge --config conf print-config "$face" </dev/null
    echo "$code, $(wc -c <said), $(grep -c 'in brackets no' complaint)"
done <faces | sort -u >bad
is 'none for a host in brackets' "$(cat bad)" '1, 0, 1'
for upstream in localhost localhost:99999 '[::1]:9000' ::1 :9000 h:9/x; do
    keylodge --config conf print-config nginx --upstream "$upstream"
    echo "$code, $(wc -c <said), $(cat complaint)"
done | sort -u >bad
is 'an upstream that is none' "$(cat bad)" '1, 0, keylodge: --upstream is '\
'HOST:PORT, such as 127.0.0.1:9000'
KEYLODGE_SEED=1 keylodge --config conf --print-config
is 'other variables are others'"'" "$code" 0
KEYLODGE_CONFIG=conf keylodge --print-config
is 'the file of the environment' "$(from threads)" '# conf:2 threads = 7 '
mkdir -p xdg/keylodge && echo '[server]
threads = 3' >xdg/keylodge/keylodge.conf
XDG_CONFIG_HOME=$PWD/xdg keylodge --print-config
is 'the file of the user' "$(from threads)" \
    "# $PWD/xdg/keylodge/keylodge.conf:2 threads = 3 "
KEYLODGE_CONFIG=conf XDG_CONFIG_HOME=$PWD/xdg keylodge --config again \
    --print-config
is '--config goes before both' "$(from threads | grep -c 'again:')" 1
