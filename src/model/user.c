/* SPDX-License-Identifier: ISC */
#include "model/user.h"

#define AT(member) offsetof(struct setup_in, member)
const struct field setup_fields[] = {
    { .name = "t", .label = "Set-up link", .type = FIELD_TEXT,
        .offset = AT(token), .min = 1, .max = 100, .flags = FIELD_REQUIRED,
        .missing = "Open the whole link that the terminal printed" },
    { .name = "email", .label = "E-mail address", .type = FIELD_TEXT,
        .offset = AT(email), .min = 3, .max = USER_EMAIL_MAX,
        .flags = FIELD_REQUIRED, .missing = "Enter your e-mail address" },
    { .name = "name", .label = "Name", .type = FIELD_TEXT, .offset = AT(name),
        .min = 1, .max = USER_NAME_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter your name" },
    { .name = "password", .label = "Password", .type = FIELD_SECRET,
        .offset = AT(password), .min = PASSWORD_BYTES_MIN,
        .max = PASSWORD_BYTES_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter a password of 12 or more characters" },
    { .name = NULL },
};
#undef AT

#define AT(member) offsetof(struct sign_in_in, member)
const struct field sign_in_fields[] = {
    { .name = "email", .label = "E-mail address", .type = FIELD_TEXT,
        .offset = AT(email), .min = 1, .max = USER_EMAIL_MAX,
        .flags = FIELD_REQUIRED, .missing = "Enter your e-mail address" },
    /* no lower bound: a wrong password is one message, not a hint */
    { .name = "password", .label = "Password", .type = FIELD_SECRET,
        .offset = AT(password), .min = 1, .max = PASSWORD_BYTES_MAX,
        .flags = FIELD_REQUIRED, .missing = "Enter your password" },
    { .name = "next", .label = "Next page", .type = FIELD_TEXT,
        .offset = AT(next), .min = 0, .max = 1024 },
    { .name = "carried", .label = "Kept form", .type = FIELD_TEXT,
        .offset = AT(carried), .min = 0, .max = 64 * 1024 },
    { .name = NULL },
};
#undef AT

#define AT(member) offsetof(struct code_in, member)
const struct field code_fields[] = {
    { .name = "step", .label = "First step", .type = FIELD_TEXT,
        .offset = AT(step), .min = 1, .max = 300, .flags = FIELD_REQUIRED,
        .missing = "Sign in again" },
    /* a code counts for a minute: it is neither shown again nor carried */
    { .name = "code", .label = "Code", .type = FIELD_SECRET,
        .offset = AT(code), .min = 1, .max = CODE_TEXT_MOST, .flags = FIELD_REQUIRED,
        .missing = "Enter the code" },
    { .name = "next", .label = "Next page", .type = FIELD_TEXT,
        .offset = AT(next), .min = 0, .max = 1024 },
    { .name = "carried", .label = "Kept form", .type = FIELD_TEXT,
        .offset = AT(carried), .min = 0, .max = 64 * 1024 },
    { .name = NULL },
};
#undef AT

#define AT(member) offsetof(struct proof_in, member)
const struct field proof_fields[] = {
    { .name = "password", .label = "Password", .type = FIELD_SECRET,
        .offset = AT(password), .min = 0, .max = PASSWORD_BYTES_MAX },
    { .name = "code", .label = "Code", .type = FIELD_SECRET,
        .offset = AT(code), .min = 0, .max = CODE_TEXT_MOST },
    { .name = "next", .label = "Next page", .type = FIELD_TEXT,
        .offset = AT(next), .min = 0, .max = 1024 },
    { .name = "carried", .label = "Kept form", .type = FIELD_TEXT,
        .offset = AT(carried), .min = 0, .max = 64 * 1024 },
    { .name = NULL },
};
#undef AT

const struct field factor_fields[] = {
    { .name = "code", .label = "Code", .type = FIELD_SECRET,
        .offset = offsetof(struct factor_in, code), .min = 1,
        .max = CODE_TEXT_MOST, .flags = FIELD_REQUIRED,
        .missing = "Enter the code that the app shows" },
    { .name = NULL },
};

const struct field reset_ask_fields[] = {
    { .name = "email", .label = "E-mail address", .type = FIELD_TEXT,
        .offset = offsetof(struct reset_ask_in, email), .min = 1,
        .max = USER_EMAIL_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter your e-mail address" },
    { .name = NULL },
};

const struct field reset_fields[] = {
    { .name = "password", .label = "New password", .type = FIELD_SECRET,
        .offset = offsetof(struct reset_in, password),
        .min = PASSWORD_BYTES_MIN, .max = PASSWORD_BYTES_MAX,
        .flags = FIELD_REQUIRED,
        .missing = "Enter a new password of 12 or more characters" },
    { .name = NULL },
};

#define AT(member) offsetof(struct profile_in, member)
const struct field profile_fields[] = {
    { .name = "name", .label = "Name", .type = FIELD_TEXT, .offset = AT(name),
        .min = 1, .max = USER_NAME_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter your name" },
    { .name = NULL },
};
#undef AT

#define AT(member) offsetof(struct password_in, member)
const struct field password_fields[] = {
    { .name = "current", .label = "Current password", .type = FIELD_SECRET,
        .offset = AT(current), .min = 1, .max = PASSWORD_BYTES_MAX,
        .flags = FIELD_REQUIRED, .missing = "Enter your current password" },
    { .name = "password", .label = "New password", .type = FIELD_SECRET,
        .offset = AT(password), .min = PASSWORD_BYTES_MIN,
        .max = PASSWORD_BYTES_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter a new password of 12 or more characters" },
    { .name = NULL },
};
#undef AT
