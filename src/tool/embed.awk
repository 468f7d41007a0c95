# SPDX-License-Identifier: ISC
#
# LC_ALL=C awk -f embed.awk FILE ... > embedded.inc
#
# Text files as C arrays, and a table of their names, ended by NULL.  Bytes are
# written as numbers, because C promises string literals of no more than 4,095
# bytes.

BEGIN {
    for (i = 1; i < 256; i++)
        ord[sprintf("%c", i)] = i
}

FNR == 1 {
    if (n)
        print "    0\n};"
    base = FILENAME
    sub(/.*\//, "", base)
    names[++n] = base
    printf "static const char embedded_%d[] = {\n", n
}

{
    line = "    "
    for (i = 1; i <= length($0); i++)
        line = line ord[substr($0, i, 1)] ","
    print line "10,"
}

END {
    print "    0\n};"
    print "static const struct embedded embedded[] = {"
    for (i = 1; i <= n; i++)
        printf "    { \"%s\", embedded_%d },\n", names[i], i
    print "    { 0, 0 }\n};"
}
