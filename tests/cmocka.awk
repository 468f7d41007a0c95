# SPDX-License-Identifier: ISC
# awk -v test=NAME -f cmocka.awk NAME.trs NAME.log -- TAP of one test program.
#
# A cmocka program has one line a test; of any other program only its result is
# known.  A program that ended badly without telling which test did has crashed
# in the test that it had begun.

FILENAME ~ /\.trs$/ {
    if ($1 == ":test-result:") result = $2
    next
}
/^\[==========\] Running/ { cmocka = within = 1; next }
/^\[==========\]/ { within = 0; next }
/left out/ { print "# left out by " test ": " $0 }
within && /^\[ RUN      \]/ { name = $4; n = 0; next }
within && /^\[       OK \]/ { print "ok - " test ": " $4; name = ""; next }
within && /^\[  FAILED  \]/ && name != "" {
    tell(name)
    name = ""
    next
}
within && /^\[  SKIPPED \]/ { tell($4 " was skipped"); name = ""; next }
{ text[++n] = $0 }
END {
    if (name != "")
        tell(name " did not end")
    else if (result == "PASS" && !cmocka)
        print "ok - " test
    else if (result != "PASS" && bad == 0)
        tell(result)
}
function tell(what,    i) {
    print "not ok - " test ": " what
    for (i = n > 60 ? n - 59 : 1; i <= n; i++)
        print "# " text[i]
    n = 0
    bad++
}
