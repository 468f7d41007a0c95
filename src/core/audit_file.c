/* SPDX-License-Identifier: ISC */
#include "core/audit_file.h"

#include "text/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    HEX_CHARS = 2 * DIGEST_BYTES,
    NUMBERS_MOST = 80,
    ROW_MOST = 256 * 1024, /* of a line; rows are bounded, see audit_append */
    END_MOST = 512,        /* of what is signed */
    FIELDS = 16
};

/* The fields of a row, in the order of the file. */
enum {
    F_N, F_SEQ, F_AT, F_WORKSPACE, F_ACTOR_KIND, F_ACTOR_ID, F_ACTOR_NAME,
    F_ACTION, F_OBJECT_KIND, F_OBJECT_ID, F_OBJECT_NAME, F_DETAILS,
    F_ADDRESS, F_REQUEST_ID, F_PREVIOUS, F_HASH
};
_Static_assert(F_HASH + 1 == FIELDS, "fields of a row");

/* Those of the last line. */
enum { E_END, E_N, E_SEQ, E_HASH, E_DIGEST, E_AT, E_SIGNATURE, E_FIELDS };

#define FIRST_WORDS "keylodge-audit\t1\t"

/* Of numbers as they stand in a file, or as they are made of a row. */
static void
hash_of(struct str numbers, const struct audit *r, uint8_t out[DIGEST_BYTES])
{
    struct str parts[] = { numbers, r->prev_hash, r->actor_kind, r->actor_id,
        r->actor_name, r->action, r->object_kind, r->object_id,
        r->object_name, r->details, r->address, r->request_id };
    digest(parts, COUNT_OF(parts), out);
}

void
audit_row_hash(const struct audit *r, uint8_t out[DIGEST_BYTES])
{
    char text[NUMBERS_MOST];
    int n = snprintf(text, sizeof text, "1 %" PRId64 " %" PRId64 " %" PRId64,
        r->seq, r->at_s, r->workspace_id);
    hash_of((struct str){ text, (size_t)n }, r, out);
}

/* ---- writing ---- */

static void
put_hex(struct buf *out, const void *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = p;
    for (size_t i = 0; i < n; i++) {
        buf_char(out, digits[bytes[i] >> 4]);
        buf_char(out, digits[bytes[i] & 15]);
    }
}

static void
put_text(struct buf *out, struct str s)
{
    buf_char(out, '\t');
    for (size_t i = 0; i < s.n; i++) {
        const char *plain = "\t\n\r\\", *names = "tnr\\";
        const char *at = s.p[i] ? strchr(plain, s.p[i]) : NULL;
        if (at)
            buf_char(out, '\\');
        buf_char(out, at ? names[at - plain] : s.p[i]);
    }
}

static void
put_first_line(const struct audit_scope *scope, struct buf *out)
{
    buf_cstr(out, FIRST_WORDS);
    if (scope->workspace_id)
        buf_fmt(out, "workspace\t%.*s\t%" PRId64, STR_ARG(scope->workspace),
            scope->workspace_id);
    else
        buf_cstr(out, "all");
}

void
audit_file_begin(struct audit_writer *w, struct audit_scope scope,
    struct buf *out)
{
    *w = (struct audit_writer){ .scope = scope };
    digest_begin(&w->hashes);
    put_first_line(&scope, out);
    buf_char(out, '\n');
}

void
audit_file_row(struct audit_writer *w, const struct audit *r,
    struct buf *out)
{
    const struct str texts[] = { r->actor_kind, r->actor_id, r->actor_name,
        r->action, r->object_kind, r->object_id, r->object_name, r->details,
        r->address, r->request_id };
    buf_fmt(out, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64, ++w->rows,
        r->seq, r->at_s, r->workspace_id);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        put_text(out, texts[i]);
    buf_char(out, '\t');
    if (w->last_seq + 1 != r->seq)
        put_hex(out, r->prev_hash.p, r->prev_hash.n);
    buf_char(out, '\t');
    put_hex(out, r->hash.p, r->hash.n);
    buf_char(out, '\n');
    digest_add(&w->hashes, r->hash.p, r->hash.n);
    w->last_seq = r->seq;
}

void
audit_file_end(struct audit_writer *w, const struct audit_head *head,
    const struct signer *signer, struct buf *out)
{
    struct buf line;
    uint8_t sum[DIGEST_BYTES], signature[SIGNATURE_BYTES];
    digest_end(&w->hashes, sum);
    buf_init(&line, out->arena, END_MOST);
    put_first_line(&w->scope, &line);
    buf_char(&line, '\n');
    size_t from = line.n;
    buf_fmt(&line, "end\t%" PRId64 "\t%" PRId64 "\t", w->rows, head->seq);
    put_hex(&line, head->hash.p, head->hash.n);
    buf_char(&line, '\t');
    put_hex(&line, sum, sizeof sum);
    buf_fmt(&line, "\t%" PRId64, head->at_s);
    must(!line.full);
    signer_sign(signer, buf_view(&line), signature);
    buf_str(out, str_from(buf_view(&line), from));
    buf_char(out, '\t');
    put_hex(out, signature, sizeof signature);
    buf_char(out, '\n');
}

/* ---- reading ---- */

/* Decimal digits only, the first of them not 0: one number has one form. */
static bool
read_number(struct str s, int64_t *out)
{
    return s.n && s.p[0] != '-' && (s.p[0] != '0' || s.n == 1) &&
        str_int(s, out);
}

/* Lower case only: one value has one form. */
static bool
read_hex(struct str s, uint8_t *out, size_t n)
{
    /* 1 more than the value of a digit, so that 0 is no digit */
    static const uint8_t digits[256] = { ['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
        ['a'] = 11, 12, 13, 14, 15, 16 };
    bool ok = s.n == 2 * n;
    for (size_t i = 0; ok && i < n; i++) {
        unsigned hi = digits[(uint8_t)s.p[2 * i]];
        unsigned lo = digits[(uint8_t)s.p[2 * i + 1]];
        ok = hi && lo;
        out[i] = (uint8_t)((hi - 1) << 4 | ((lo - 1) & 15));
    }
    return ok;
}

/* Exactly n fields between tabs. */
static bool
cut_fields(struct str line, struct str *fields, size_t n)
{
    const char *p = line.p, *end = line.p + line.n;
    for (size_t i = 0; i < n; i++) {
        const char *tab = memchr(p, '\t', (size_t)(end - p));
        if ((i + 1 < n) != (tab != NULL))
            return false;
        fields[i] = (struct str){ p, (size_t)((tab ? tab : end) - p) };
        p = tab ? tab + 1 : end;
    }
    return true;
}

/* A field without its escapes, in *room, which moves on.  A line that has none
 * is not copied. */
static bool
unescape(struct str *s, char **room)
{
    if (!s->n || !memchr(s->p, '\\', s->n))
        return true;
    char *to = *room;
    for (size_t i = 0; i < s->n; i++) {
        char c = s->p[i];
        if (c == '\\') {
            static const char names[] = "tnr\\", plain[] = "\t\n\r\\";
            const char *at = ++i < s->n && s->p[i]
                ? strchr(names, s->p[i]) : NULL;
            if (!at)
                return false;
            c = plain[at - names];
        }
        *to++ = c;
    }
    *s = (struct str){ *room, (size_t)(to - *room) };
    *room = to;
    return true;
}

struct reader {
    struct str rest; /* of the file */
    struct str first;
    struct digester hashes;
    const struct audit_verdict *known;
    struct audit_verdict *v;
    int64_t seq;     /* of the row above; 0: none */
    bool known_seen;
    audit_file_row_fn *each; /* NULL: nobody asked for the rows */
    void *of;
    char numbers[NUMBERS_MOST];
    char room[ROW_MOST]; /* for fields without their escapes */
};

static bool
wrong(struct reader *rd, const char *why)
{
    struct audit_verdict *v = rd->v;
    v->why = why;
    v->line = v->rows + 2;
    v->row = v->rows + 1;
    v->seq = v->scope.workspace_id ? 0 : rd->seq + 1;
    return false;
}

static bool
next_line(struct reader *rd, struct str *line)
{
    const char *end = rd->rest.n
        ? memchr(rd->rest.p, '\n', rd->rest.n) : NULL;
    if (!end)
        return false;
    *line = (struct str){ rd->rest.p, (size_t)(end - rd->rest.p) };
    rd->rest = str_from(rd->rest, line->n + 1);
    return true;
}

static bool
read_first(struct reader *rd)
{
    struct str kind, uuid, id;
    struct audit_scope *scope = &rd->v->scope;
    rd->v->line = 1;
    rd->v->why = "this is no exported audit log of a format that this "
                 "program knows";
    if (!next_line(rd, &rd->first) ||
        !str_starts(rd->first, STR(FIRST_WORDS)))
        return false;
    struct str rest = str_from(rd->first, sizeof FIRST_WORDS - 1);
    if (str_is(rest, "all"))
        return true;
    return str_cut(rest, '\t', &kind, &rest) && str_is(kind, "workspace") &&
        str_cut(rest, '\t', &uuid, &id) &&
        read_number(id, &scope->workspace_id) &&
        (scope->workspace = uuid, true);
}

/* The hash before this row: of the row above, or as the line says. */
static bool
read_previous(struct reader *rd, struct str said, int64_t seq,
    uint8_t room[DIGEST_BYTES], struct str *out)
{
    struct audit_verdict *v = rd->v;
    *out = (struct str){ (const char *)v->last_hash,
        rd->seq ? DIGEST_BYTES : 0 };
    if (seq == rd->seq + 1)
        return said.n == 0 || wrong(rd, "it names a row before it that is "
                                        "not the one above");
    if (!v->scope.workspace_id || seq <= rd->seq)
        return wrong(rd, "it is missing, or another row is in its place");
    *out = (struct str){ (const char *)room, DIGEST_BYTES };
    return read_hex(said, room, DIGEST_BYTES) ||
        wrong(rd, "the hash before it is not written as one");
}

static bool
check_known(struct reader *rd, int64_t seq, struct str hash)
{
    if (!rd->known || rd->known->head_seq != seq)
        return true;
    rd->known_seen = true;
    return str_eq(hash, rd->known->head_hash) ||
        wrong(rd, "it, or one before it, is not what was signed earlier");
}

/* "1 SEQ AT WORKSPACE" of the digits that stand in the file: a number has one
 * form there, and printing it anew would take longer than the rest. */
static struct str
numbers_of(struct reader *rd, const struct str *f)
{
    char *to = rd->numbers;
    *to++ = '1';
    for (int i = F_SEQ; i <= F_WORKSPACE; i++) {
        *to++ = ' ';
        memcpy(to, f[i].p, f[i].n);
        to += f[i].n;
    }
    return (struct str){ rd->numbers, (size_t)(to - rd->numbers) };
}

static bool
read_row(struct reader *rd, struct str line)
{
    struct audit_verdict *v = rd->v;
    struct str f[FIELDS], prev;
    uint8_t room[DIGEST_BYTES], said[DIGEST_BYTES], made[DIGEST_BYTES];
    char *at = rd->room;
    int64_t n, seq, at_s, workspace;
    if (line.n > ROW_MOST || !cut_fields(line, f, FIELDS) ||
        !read_number(f[F_N], &n) || !read_number(f[F_SEQ], &seq) ||
        !read_number(f[F_AT], &at_s) ||
        !read_number(f[F_WORKSPACE], &workspace) ||
        !read_hex(f[F_HASH], said, sizeof said))
        return wrong(rd, "its line is damaged");
    if (n != v->rows + 1)
        return wrong(rd, "it is missing, or another row is in its place");
    if (v->scope.workspace_id && workspace != v->scope.workspace_id)
        return wrong(rd, "it is of another workspace");
    if (!read_previous(rd, f[F_PREVIOUS], seq, room, &prev))
        return false;
    for (int i = F_ACTOR_KIND; i <= F_REQUEST_ID; i++)
        if (!unescape(&f[i], &at))
            return wrong(rd, "its line is damaged");
    struct audit r = { .seq = seq, .at_s = at_s, .workspace_id = workspace,
        .actor_kind = f[F_ACTOR_KIND], .actor_id = f[F_ACTOR_ID],
        .actor_name = f[F_ACTOR_NAME], .action = f[F_ACTION],
        .object_kind = f[F_OBJECT_KIND], .object_id = f[F_OBJECT_ID],
        .object_name = f[F_OBJECT_NAME], .details = f[F_DETAILS],
        .address = f[F_ADDRESS], .request_id = f[F_REQUEST_ID],
        .prev_hash = prev };
    hash_of(numbers_of(rd, f), &r, made);
    if (memcmp(made, said, sizeof made) != 0)
        return wrong(rd, "it was changed");
    if (!check_known(rd, seq, f[F_HASH]))
        return false;
    r.hash = (struct str){ (const char *)made, sizeof made };
    if (rd->each && !rd->each(rd->of, &r))
        return wrong(rd, "whoever reads it stopped here");
    memcpy(v->last_hash, made, sizeof made);
    digest_add(&rd->hashes, made, sizeof made);
    rd->seq = seq;
    v->rows++;
    return true;
}

/* Is what the last line says signed, and what was read? */
static bool
read_end(struct reader *rd, struct str line, const uint8_t *public_key)
{
    struct audit_verdict *v = rd->v;
    struct str f[E_FIELDS];
    uint8_t sum[DIGEST_BYTES], said[DIGEST_BYTES], head[DIGEST_BYTES];
    uint8_t signature[SIGNATURE_BYTES];
    char text[END_MOST];
    int64_t rows;
    if (!cut_fields(line, f, E_FIELDS) || !read_number(f[E_N], &rows) ||
        !read_number(f[E_SEQ], &v->head_seq) ||
        !read_hex(f[E_HASH], head, sizeof head) ||
        !read_hex(f[E_DIGEST], said, sizeof said) ||
        !read_number(f[E_AT], &v->head_at_s) ||
        !read_hex(f[E_SIGNATURE], signature, sizeof signature))
        return wrong(rd, "the line of the signature is damaged");
    v->head_hash = f[E_HASH];
    size_t n_line = line.n - f[E_SIGNATURE].n - 1;
    int n = snprintf(text, sizeof text, "%.*s\n%.*s", STR_ARG(rd->first),
        (int)n_line, line.p);
    if (n < 0 || (size_t)n >= sizeof text ||
        !signature_good(public_key, (struct str){ text, (size_t)n },
            signature))
        return wrong(rd, "the signature is not of this key and this log");
    if (rows > v->rows)
        return wrong(rd, "it is missing: the log goes on after it");
    digest_end(&rd->hashes, sum);
    if (rows < v->rows || memcmp(sum, said, sizeof sum) != 0)
        return wrong(rd, "rows before it were changed, added or left out");
    if (!v->scope.workspace_id && (v->head_seq != rd->seq ||
            memcmp(head, v->last_hash, sizeof head) != 0))
        return wrong(rd, "the log does not end with the row that was signed");
    if (rd->rest.n)
        return wrong(rd, "something follows the signature");
    return true;
}

/* The head that was seen earlier must be in the whole log. */
static bool
end_known(struct reader *rd)
{
    if (!rd->known || rd->v->scope.workspace_id || rd->known_seen)
        return true;
    return wrong(rd, "the log was signed up to a later row before: its tail "
                     "was cut off");
}

static void
read_file(struct reader *rd, struct str file, const uint8_t *public_key,
    struct audit_verdict *out)
{
    struct str line;
    rd->rest = file;
    rd->v = out;
    rd->seq = 0;
    rd->known_seen = false;
    *out = (struct audit_verdict){ 0 };
    digest_begin(&rd->hashes);
    if (!read_first(rd))
        return;
    for (;;) {
        if (!next_line(rd, &line)) {
            (void)wrong(rd, "the log was cut off: it does not end with a "
                            "signature");
            return;
        }
        if (str_starts(line, STR("end\t")))
            break;
        if (!read_row(rd, line))
            return;
    }
    if (!read_end(rd, line, public_key) || !end_known(rd))
        return;
    out->good = true;
    out->why = NULL;
    out->line = 0;
}

void
audit_file_verify(struct str file, const uint8_t public_key[SIGNER_PUBLIC],
    const struct audit_verdict *known, struct audit_verdict *out)
{
    struct reader rd;
    rd.known = known;
    rd.each = NULL;
    rd.of = NULL;
    read_file(&rd, file, public_key, out);
}

/* Twice through it: no row is given before the last line was seen to be good. */
void
audit_file_read(struct str file, const uint8_t public_key[SIGNER_PUBLIC],
    audit_file_row_fn *each, void *of, struct audit_verdict *out)
{
    struct reader rd;
    audit_file_verify(file, public_key, NULL, out);
    if (!out->good)
        return;
    rd.known = NULL;
    rd.each = each;
    rd.of = of;
    read_file(&rd, file, public_key, out);
}
