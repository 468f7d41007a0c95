/* SPDX-License-Identifier: ISC */
/* How long a million rows of an exported audit log take to verify:
 * tests/bench/audit [ROWS].  Prints, and passes or fails nothing. */
#include "core/audit_file.h"

#include "base/clock.h"
#include "core/audit.h"
#include "secret/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS_USUAL = 1000000, PIECE_ROWS = 1000 };

/* A row as the console writes them. */
static struct audit
make_row(struct arena *a, int64_t seq, uint8_t hash[DIGEST_BYTES])
{
    struct audit r = { .seq = seq, .at_s = 1763553600 + seq,
        .workspace_id = 1 + seq % 100, .actor_kind = STR("user"),
        .actor_id = random_uuid(a, seq), .actor_name = STR("olive@team.example"),
        .action = STR("key.edit"), .object_kind = STR("key"),
        .object_id = STR("3f9Qx7Lm"), .object_name = STR("Batch jobs, nightly"),
        .details = STR("{\"spending_limit\":[\"$40.00 each month\",\"$50.00 "
                       "each month\"]}"),
        .address = STR("203.0.113.7"), .request_id = random_uuid(a, seq) };
    if (seq > 1)
        r.prev_hash = arena_dup(a, (struct str){ (char *)hash,
            DIGEST_BYTES });
    audit_row_hash(&r, hash);
    r.hash = (struct str){ (char *)hash, DIGEST_BYTES };
    return r;
}

static char *
make_file(const struct signer *signer, int64_t rows, size_t *n)
{
    struct arena *a = arena_new(1024 * 1024);
    struct audit_writer w;
    struct buf out;
    uint8_t hash[DIGEST_BYTES];
    char *file = malloc((size_t)rows * 512 + 4096);
    must(file != NULL);
    *n = 0;
    for (int64_t seq = 0; seq <= rows; seq++) {
        if (seq % PIECE_ROWS == 0) {
            arena_reset(a);
            buf_init(&out, a, BUF_MAX_CSV);
        }
        out.n = 0;
        if (seq == 0) {
            audit_file_begin(&w, (struct audit_scope){ 0 }, &out);
        } else {
            struct audit r = make_row(a, seq, hash);
            audit_file_row(&w, &r, &out);
        }
        if (seq == rows) {
            struct audit_head head = { .seq = rows, .at_s = 1763553600,
                .hash = { (char *)hash, DIGEST_BYTES } };
            audit_file_end(&w, &head, signer, &out);
        }
        memcpy(file + *n, out.p, out.n);
        *n += out.n;
    }
    arena_free(a);
    return file;
}

int
main(int argc, char **argv)
{
    char path[] = "bench_audit.XXXXXX";
    int64_t rows = ROWS_USUAL;
    struct arena *a = arena_new(4096);
    struct err err;
    struct signer *signer;
    struct audit_verdict v;
    size_t n;
    secret_start();
    err_init(&err, a);
    if (argc > 1)
        must(str_int(str_cstr(argv[1]), &rows));
    close(mkstemp(path));
    unlink(path); /* a free name is what was wanted */
    must(!signer_create(path, &err) && !signer_load(path, &signer, &err));
    unlink(path);
    char *file = make_file(signer, rows, &n);
    for (int i = 0; i < 3; i++) {
        int64_t from_us = clock_mono_us(), cpu_us = clock_cpu_us();
        audit_file_verify((struct str){ file, n }, signer_public(signer), NULL,
            &v);
        printf("%" PRId64 " rows, %zu MB: %s, %.2f s (processor %.2f s)\n",
            v.rows, n / 1000000, v.good ? "whole" : v.why,
            (double)(clock_mono_us() - from_us) / 1e6,
            (double)(clock_cpu_us() - cpu_us) / 1e6);
    }
    free(file);
    signer_free(signer);
    arena_free(a);
    return 0;
}
