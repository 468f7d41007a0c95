# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# An upgrade that is killed leaves the old database or the new one, and the same
# command ends it; an older program leaves a newer one alone (SECURITY.md T10).
# KEYLODGE_LONG: 100 kills, else 11.
set -u
LC_ALL=C
export LC_ALL
build=$1 tmp=$2
tests=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
schema=$tests/../src/store/schema
url='' keylodge=$build/keylodge
. "$tests/http/client.sh"

# schema 2, the first that was released with data in it
cat >"$tmp/data.sql" <<'END_SQL'
INSERT INTO user (id, uuid, email, name, created_s, updated_s)
WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 50)
SELECT i, 'u-' || i, i || '@example.org', 'Person ' || i, 1, 1 FROM c;
UPDATE user SET password = x'01', disabled_s = iif(id = 5, 2, NULL)
WHERE id >= 5;
INSERT INTO workspace (id, uuid, slug, name, personal, credits_micro, created_s,
    updated_s) SELECT id, 'w-' || id, 'w' || id, 'Team ' || id, 0, id * 5, 1, 1
FROM user WHERE id <= 10;
INSERT INTO member SELECT w.id, u.id, iif(w.id = u.id, 'owner', 'member'), 1
FROM workspace w JOIN user u;
INSERT INTO credit_entry (uuid, workspace_id, at_s, kind, amount_micro,
    balance_micro, by_name) SELECT 'c-' || id, id, 1700000000, 'top_up', id * 5,
    id * 5, 'shell' FROM workspace;
INSERT INTO api_key (id, uuid, workspace_id, kind, prefix, name, owner_user_id,
    by_name, created_s, updated_s, revoked_s)
WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 3000)
SELECT i, 'k-' || i, 1 + i % 10, 'standard', printf('K%07d', i), 'Key ' || i,
    1 + i % 50, 'shell', 1, 1, iif(i % 7, NULL, 2) FROM c;
INSERT INTO key_secret (key_id, sealed, last4, created_s)
SELECT id, randomblob(73), '1234', 1 FROM api_key;
INSERT INTO usage_event (workspace_id, key_id, event_id, at_ms, model, endpoint,
    outcome, input_tokens, output_tokens, cost_micro)
WITH RECURSIVE c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 20000)
SELECT 1 + (1 + i % 3000) % 10, 1 + i % 3000, 'e' || i,
    1700000000000 + i * 60000, 'a/big', '/v1/models', 'succeeded', i, 1, i
FROM c;
INSERT INTO usage_day (workspace_id, key_id, start_s, model, endpoint, refused,
    failed, succeeded, input_tokens, output_tokens, cost_micro)
SELECT workspace_id, key_id, at_ms / 86400000 * 86400, model, endpoint, 0, 0,
    count(*), sum(input_tokens), sum(output_tokens), sum(cost_micro)
FROM usage_event GROUP BY 1, 2, 3, 4, 5;
END_SQL
mkdir "$tmp/old" "$tmp/now" || exit 1
( umask 077
  { echo 'PRAGMA journal_mode = WAL; BEGIN;'
    cat "$schema"/0001_*.sql "$schema"/0002_*.sql "$tmp/data.sql"
    echo 'PRAGMA application_id = 1263292228; PRAGMA user_version = 2; COMMIT;'
  } | sqlite3 -bail "$tmp/old/keylodge.db" >/dev/null
) || echo 'not ok - the old database'
newest=$(ls "$schema" | sed -n '$s/^0*\([0-9]*\)_.*/\1/p')
cat >"$tmp/keylodge.conf" <<END
[store]
path = $tmp/now/keylodge.db
[secret]
master = $tmp/master
[files]
templates = $tests/../templates
static = $tests/../static
END
# the secrets alone: from a database of their own
sed "s|/now/|/first-|" "$tmp/keylodge.conf" >"$tmp/first.conf"
"$keylodge" --config "$tmp/first.conf" init >/dev/null 2>&1

sql() {
    sqlite3 -cmd '.timeout 5000' "$tmp/now/keylodge.db" "$1"
}

again() {
    rm -rf "$tmp/now"
    cp -rp "$tmp/old" "$tmp/now"
}

upgrade() {
    "$@" "$keylodge" --config "$tmp/keylodge.conf" migrate >/dev/null \
        2>"$tmp/said"
}

whole='SELECT (SELECT count(*) FROM api_key WHERE revoked_s IS NULL),
    (SELECT count(*) FROM key_secret), (SELECT sum(cost_micro) FROM usage_event),
    (SELECT sum(cost_micro) FROM usage_day), (SELECT count(*) FROM member),
    (SELECT sum(balance_micro) FROM credit_entry),
    (SELECT count(*) FROM pragma_foreign_key_check)'
again
before=$(sql "$whole")
is 'the old database is whole' "$(sql 'PRAGMA integrity_check')" ok

# what there is to kill
calls=pwrite64,fdatasync,fsync,unlink,ftruncate
upgrade strace -f -qq -o "$tmp/trace" -e trace=$calls
is 'it is brought up to date' "$(sql 'PRAGMA user_version')" "$newest"
is 'with all that was in it' "$(sql "$whole")" "$before"
is 'and sums of weeks' "$(sql 'SELECT sum(cost_micro) FROM usage_week
    WHERE key_id <> 0')" "$(sql 'SELECT sum(cost_micro) FROM usage_day')"
is 'the oldest person who can sign in operates it' "$(sql 'SELECT
    group_concat(id) FROM user WHERE operator')" 6
is 'a copy of before stays' "$(sqlite3 "$tmp/now/keylodge.db.schema-2" \
    'PRAGMA user_version; PRAGMA integrity_check' | tr '\n' ' ')" '2 ok '

# points CALL N [late] -- "CALL AT", N of them, spread over all such calls, or
# over those that come when the copy of before has its name
points() {
    awk -v call="$1" -v points="$2" -v late="${3:-}" '
        index($0, call "(") { n++ }
        late && /schema-2[.]part-shm"/ { before = n }
        END {
            n -= before
            if (points > n) points = n
            for (i = 0; i < points; i++)
                print call, before + 1 + int((i + 0.5) * n / points)
        }' "$tmp/trace"
}
# a commit ends in an fdatasync: what stops half way stops at one of these
writes=3 syncs=4 others=1 moments=1
[ -z "${KEYLODGE_LONG:-}" ] || { writes=70 syncs=20 others=10 moments=20; }
{
    points pwrite64 $writes
    points fdatasync $syncs late
    for call in fsync unlink ftruncate; do
        points $call $others
    done
} >"$tmp/points"

old=0 new=0 wrong='' unended=''
judge() {
    at=$(sql 'PRAGMA user_version')
    case $at in
    2) old=$((old + 1)) ;;
    "$newest") new=$((new + 1)) ;;
    *) wrong="$wrong $1:schema-$at" ;;
    esac
    [ "$(sql 'PRAGMA integrity_check')" = ok ] || wrong="$wrong $1:damaged"
    [ "$(sql "$whole")" = "$before" ] || wrong="$wrong $1:rows"
    upgrade env
    [ "$(sql 'PRAGMA user_version') $(sql "$whole")" = "$newest $before" ] &&
        { [ ! -e "$tmp/now/keylodge.db.schema-2" ] ||
            [ "$(sqlite3 "$tmp/now/keylodge.db.schema-2" \
                'PRAGMA integrity_check' 2>&1)" = ok ]; } ||
        unended="$unended $1"
}
while read -r call n; do
    again
    upgrade strace -f -qq -o /dev/null -e trace="$call" \
        -e inject="$call:signal=KILL:when=$n"
    judge "$call-$n"
done <"$tmp/points"
n=0
while [ $n -lt $moments ]; do
    n=$((n + 1))
    again
    upgrade timeout -s KILL "0.$(printf %03d $((n * 37 % 160)))"
    judge "moment-$n"
done
echo "# killed at $(($(wc -l <"$tmp/points") + n)) points: $old old, $new new"
is 'killed, it is the old one or the new one' "$wrong" ''
is 'and the same command ends it' "$unended" ''
ok 'some were killed before the end' test $old -gt 2

# ---- what is not meant to upgrade ----

again
# said -- of an upgrade that is only tried
said=$("$keylodge" --config "$tmp/keylodge.conf" migrate --dry-run 2>/dev/null)
is 'an upgrade can be tried' "$?, $said" "0, schema 2 -> $newest, tried on a \
copy; nothing was changed"
is 'as JSON' "$("$keylodge" --config "$tmp/keylodge.conf" migrate --dry-run \
    --json 2>/dev/null)" \
    "{\"schema\":2,\"new_schema\":$newest,\"tried_only\":true,\"copy\":null}"
# pages FILE -- what it holds
pages() {
    sqlite3 "$1" .dump | cksum
}
is 'which leaves it as it was' "$(pages "$tmp/now/keylodge.db")" \
    "$(pages "$tmp/old/keylodge.db")"
is 'alone' "$(ls "$tmp/now")" keylodge.db
printf 'a long enough password\n' >"$tmp/password"
for command in 'key list --workspace w1' "backup $tmp/never" 'send' 'prune' \
    "user add x@example.org --name X --password-file $tmp/password" \
    'rotate-secret' 'demo' 'setup-link' 'reseal' "export $tmp/never" \
    'audit verify'; do
    # words on purpose
    # shellcheck disable=SC2086
    "$keylodge" --config "$tmp/keylodge.conf" $command >"$tmp/said" 2>&1 \
        </dev/null
    is "an older database: $command" "$?, $(wc -l <"$tmp/said"), $(grep -c \
        'older schema 2, .* Run `keylodge migrate`' "$tmp/said")" '78, 1, 1'
done
is 'it is as it was' "$(sql 'PRAGMA user_version') $(pages \
    "$tmp/now/keylodge.db")" "2 $(pages "$tmp/old/keylodge.db")"
is 'and no copy was made' "$(ls "$tmp/now" "$tmp" | grep -c 'schema-\|never')" 0
ok 'it can be looked at' grep -q '^an older schema' - <<END
$("$keylodge" --config "$tmp/keylodge.conf" verify "$tmp/now/keylodge.db")
END
ok 'by the doctor, too' grep -q 'database: schema 2, .*keylodge migrate' - <<END
$("$keylodge" --config "$tmp/keylodge.conf" doctor)
END
is 'it still is' "$(sql 'PRAGMA user_version')" 2
for command in init serve cgi; do
    again
    # serve ends where it finds nothing to listen on: after it opened
    KEYLODGE_SERVER_GATE_SOCKET=/nowhere/s "$keylodge" \
        --config "$tmp/keylodge.conf" $command >/dev/null 2>&1 </dev/null
    is "$command brings it up to date" "$(sql 'PRAGMA user_version')" "$newest"
done

# of a try weeks ago, or anything else
again
echo 'the database of weeks ago' >"$tmp/now/keylodge.db.schema-2"
is 'the copy of before is named' "$("$keylodge" --config "$tmp/keylodge.conf" \
    migrate 2>/dev/null)" "schema 2 -> $newest; the database of before is \
$tmp/now/keylodge.db.schema-2"
is 'and is that of now' "$(sqlite3 "$tmp/now/keylodge.db.schema-2" \
    'PRAGMA user_version; PRAGMA integrity_check' | tr '\n' ' ')" '2 ok '

# ---- an older program ----

again
sql 'PRAGMA user_version = 99' >/dev/null
sum=$(cksum <"$tmp/now/keylodge.db")
for command in 'key list --workspace w1' migrate "backup $tmp/never" serve; do
    # words on purpose
    # shellcheck disable=SC2086
    "$keylodge" --config "$tmp/keylodge.conf" $command >"$tmp/said" 2>&1 \
        </dev/null
    code=$?
    ok "a newer database: ${command%% *} fails" test $code -ne 0
    is "with one line (${command%% *})" "$(wc -l <"$tmp/said")" 1
    ok "that says what to do (${command%% *})" grep -q \
        'schema 99, this program knows [0-9]*\. Install the newer program' \
        "$tmp/said"
done
is 'and nothing is changed' "$(cksum <"$tmp/now/keylodge.db")" "$sum"
