/* SPDX-License-Identifier: ISC */
/* QR codes as paths: each dark module is drawn, and nothing else is. */
#include "text/qr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <qrencode.h>

enum { QUIET = 4, SIDE_MOST = 200 };

static bool drawn[SIDE_MOST][SIDE_MOST];

/* "M4 4h7v1h-7z...", as a browser reads it. */
static void
draw(struct str d, int side)
{
    memset(drawn, 0, sizeof drawn);
    const char *p = d.p, *end = d.p + d.n;
    while (p < end) {
        int x, y, w, back, used = 0;
        int got = sscanf(p, "M%d %dh%dv1h-%dz%n", &x, &y, &w, &back, &used);
        assert_int_equal(got, 4);
        assert_int_equal(w, back);
        assert_in_range(x, QUIET, side - QUIET - w);
        assert_in_range(y, QUIET, side - QUIET - 1);
        for (int i = 0; i < w; i++) {
            assert_false(drawn[y][x + i]);
            drawn[y][x + i] = true;
        }
        p += used;
    }
}

static void
test_drawn(void **state)
{
    (void)state;
    static const char *const texts[] = { "a", "otpauth://totp/Keylodge:ada%40"
        "acme.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&"
        "issuer=Keylodge" };
    struct arena *a = arena_new(64 * 1024);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct val *v = qr_view(a, str_cstr(texts[i]));
        QRcode *q = QRcode_encodeData((int)strlen(texts[i]),
            (const unsigned char *)texts[i], 0, QR_ECLEVEL_M);
        assert_non_null(v);
        assert_non_null(q);
        int side = q->width + 2 * QUIET;
        assert_int_equal(val_get_cstr(v, "size")->u.i, side);
        draw(val_text(val_get_cstr(v, "d")), side);
        for (int y = 0; y < q->width; y++)
            for (int x = 0; x < q->width; x++)
                if (drawn[y + QUIET][x + QUIET] !=
                    ((q->data[y * q->width + x] & 1) != 0))
                    fail_msg("%zu: %d, %d", i, x, y);
        QRcode_free(q);
    }
    arena_free(a);
}

static void
test_length(void **state)
{
    (void)state;
    char text[501];
    struct arena *a = arena_new(64 * 1024);
    memset(text, 'a', sizeof text);
    assert_null(qr_view(a, STR("")));
    assert_non_null(qr_view(a, (struct str){ text, 500 }));
    assert_null(qr_view(a, (struct str){ text, 501 }));
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn),
        cmocka_unit_test(test_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
