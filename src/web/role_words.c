/* SPDX-License-Identifier: ISC */
#include "web/role_words.h"

/* Short forms of PRODUCT.md section 3. */
static const struct {
    const char *title, *may;
} words[] = {
    [ROLE_NONE] = { "", "" },
    [ROLE_MEMBER] = { "Member", "Own keys and own usage" },
    [ROLE_ADMIN] = { "Admin", "Keys, limits, models and members" },
    [ROLE_OWNER] = { "Owner", "Everything, also credits and deletion" },
};

const char *
role_title(enum role role)
{
    return words[role].title;
}

const char *
role_may(enum role role)
{
    return words[role].may;
}

struct str
factor_label(enum factor_rule r)
{
    static const char *const labels[] = { [FACTOR_NOBODY] = "Who wants to",
        [FACTOR_ADMINS] = "Owners and admins", [FACTOR_ALL] = "All members" };
    return str_cstr(labels[r]);
}
