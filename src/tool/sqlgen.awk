# SPDX-License-Identifier: ISC
#
# awk -f sqlgen.awk key.sql member.sql ... > store/sql.inc
#
# Makes one row Q(KEY_INSERT, "text") of every statement under a heading
#     -- :name key_insert
# Lines that are only a comment, blank lines and the last `;` are dropped.
# Text that several statements share stands under `-- :part NAME`; a line
# `-- :use NAME` in a later statement, or part, puts it in.
# A bad or repeated name, text before the first heading, an empty or a too
# long statement is an error, and nothing useful is printed.

function fail(msg)
{
    print FILENAME ":" FNR ": " msg > "/dev/stderr"
    failed = 1
    exit 1
}

function finish()
{
    if (part != "") {
        parts[part] = text
        part = text = ""
    }
    if (name == "")
        return
    sub(/;[ \t]*(--[^'"\n]*)?$/, "", text)
    if (text == "")
        fail("statement " name " has no text")
    # longer literals are not portable C
    if (length(text) > 4000)
        fail("statement " name " is longer than 4000 bytes")
    n = split(text, lines, "\n")
    printf "Q(%s,", toupper(name)
    for (i = 1; i <= n; i++) {
        gsub(/\\/, "&&", lines[i])
        gsub(/["?]/, "\\\\&", lines[i]) # "??" would begin a trigraph
        printf "\n    \"%s%s\"", lines[i], i < n ? "\\n" : ""
    }
    print ")"
    name = text = ""
}

FNR == 1 {
    finish()
}

{
    sub(/[ \t\r]+$/, "")
}

/^-- :use / {
    if ((name == "" && part == "") || !($3 in parts))
        fail("no such part: " $0)
    text = text (text == "" ? "" : "\n") parts[$3]
    next
}

/^[ \t]*--[ \t]*:/ {
    finish()
    if ($0 ~ /^-- :part [a-z][a-z0-9_]*$/) {
        part = $3
        next
    }
    if ($0 !~ /^-- :name [a-z][a-z0-9_]*$/)
        fail("want `-- :name noun_verb`, got: " $0)
    name = $3
    if (name in seen)
        fail("statement " name " is named twice")
    if (name == "count")
        fail("the name count is taken")
    seen[name] = 1
    next
}

/^[ \t]*--/ || /^$/ {
    next
}

name == "" && part == "" {
    fail("text before the first `-- :name`: " $0)
}

{
    text = text (text == "" ? "" : "\n") $0
}

END {
    if (!failed)
        finish()
}
