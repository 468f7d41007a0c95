/* SPDX-License-Identifier: ISC */
#include "store/store_attempt.h"

enum err_code
store_attempt_find(struct store *st, struct str mac, struct attempt *out)
{
    struct q q;
    *out = (struct attempt){ 0 };
    q_begin(&q, st, SQL_ATTEMPT_FIND);
    q_blob(&q, "mac", mac.p, mac.n);
    if (q_row(&q))
        *out = (struct attempt){ q_get_int(&q, 0), q_get_int(&q, 1),
            q_get_int(&q, 2) };
    return q_end(&q);
}

enum err_code
store_attempt_put(struct store *st, struct str mac, const struct attempt *a)
{
    struct q q;
    q_begin(&q, st, SQL_ATTEMPT_PUT);
    q_blob(&q, "mac", mac.p, mac.n);
    q_int(&q, "tries", a->tries);
    q_int(&q, "due", a->due_ms);
    q_int(&q, "ends", a->ends_s);
    return q_run(&q);
}

enum err_code
store_attempt_forget(struct store *st, struct str mac)
{
    struct q q;
    q_begin(&q, st, SQL_ATTEMPT_FORGET);
    q_blob(&q, "mac", mac.p, mac.n);
    return q_run(&q);
}

enum err_code
store_id_elsewhere(struct store *st, struct str id, int64_t workspace_id,
    int64_t user_id, bool *found)
{
    struct q q;
    int64_t number;
    q_begin(&q, st, SQL_ID_ELSEWHERE);
    q_text(&q, "id", id);
    q_int(&q, "number", str_int(id, &number) ? number : 0);
    q_int(&q, "workspace", workspace_id);
    q_int(&q, "user", user_id);
    *found = q_row(&q) && q_get_int(&q, 0) > 0;
    return q_end(&q);
}

enum err_code
store_sign_in_place_known(struct store *st, int64_t user_id,
    struct str address, int64_t after_s, bool *known)
{
    struct q q;
    q_begin(&q, st, SQL_SIGN_IN_PLACE_FIND);
    q_int(&q, "user", user_id);
    q_text(&q, "address", address);
    q_int(&q, "after", after_s);
    *known = q_row(&q);
    return q_end(&q);
}

enum err_code
store_sign_in_place_put(struct store *st, int64_t user_id,
    struct str address, int64_t now_s)
{
    struct q q;
    q_begin(&q, st, SQL_SIGN_IN_PLACE_PUT);
    q_int(&q, "user", user_id);
    q_text(&q, "address", address);
    q_int(&q, "now", now_s);
    return q_run(&q);
}
