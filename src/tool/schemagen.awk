# SPDX-License-Identifier: ISC
#
# LC_ALL=C awk -f schemagen.awk schema/0001_start.sql ... > store/schema.inc
#
# Embeds the migrations, in the order given: their numbers must be 1, 2, 3 ...
# Bytes are written as numbers, because C promises string literals of no more
# than 4,095 bytes.

function fail(msg)
{
    print FILENAME ": " msg > "/dev/stderr"
    failed = 1
    exit 1
}

BEGIN {
    for (i = 1; i < 256; i++)
        ord[sprintf("%c", i)] = i
}

FNR == 1 {
    base = FILENAME
    sub(/.*\//, "", base)
    if (base !~ /^[0-9][0-9][0-9][0-9]_[a-z0-9_]+\.sql$/)
        fail("a migration is called NNNN_name.sql")
    n++
    if (substr(base, 1, 4) + 0 != n)
        fail("expected number " n)
    names[n] = base
    if (n > 1)
        print "    0\n};"
    printf "static const unsigned char migration_%d[] = {\n", n
}

{
    line = "    "
    for (i = 1; i <= length($0); i++)
        line = line ord[substr($0, i, 1)] ","
    print line "10,"
}

END {
    if (failed)
        exit 1
    if (n > 0)
        print "    0\n};"
    print "static const struct migration migrations[] = {"
    for (i = 1; i <= n; i++)
        printf "    { %d, \"%s\", migration_%d },\n", i, names[i], i
    print "    { 0, NULL, NULL }\n};"
}
