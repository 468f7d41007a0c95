/* SPDX-License-Identifier: ISC */
/* Any configuration file: refused with a line, or plain entries in order. */
#include "text/ini.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena *a = arena_new(0);
    struct ini ini;
    struct err err;
    int line = 0;
    err_init(&err, a);
    if (ini_read(a, (struct str){ (const char *)p, n }, "f", &ini, &err) !=
        ERR_OK) {
        must(err.code == ERR_MALFORMED && str_starts(err.msg, STR("f:")));
        must(utf8_plain(err.msg, false));
    } else {
        for (size_t i = 0; i < ini.n; i++) {
            must(ini.items[i].key.n > 0 && ini.items[i].line > line);
            must(utf8_plain(ini.items[i].value, true));
            line = ini.items[i].line;
        }
    }
    arena_free(a);
    return 0;
}
