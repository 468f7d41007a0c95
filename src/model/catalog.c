/* SPDX-License-Identifier: ISC */
#include "model/catalog.h"

#define AT(member) offsetof(struct deployment_in, member)
const struct field deployment_fields[] = {
    { .name = "version", .label = "Version", .type = FIELD_INT,
        .offset = AT(version), .min = 1, .max = INT32_MAX },
    { .name = "name", .label = "Name", .type = FIELD_TEXT, .offset = AT(name),
        .min = 1, .max = CATALOG_NAME_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter a name for the deployment" },
    { .name = "base_url", .label = "Base URL", .type = FIELD_TEXT,
        .offset = AT(base_url), .min = 8, .max = CATALOG_URL_MAX,
        .flags = FIELD_REQUIRED,
        .missing = "Enter the address of the upstream, such as "
                   "https://models.example.org" },
    { .name = NULL },
};
#undef AT

#define AT(member) offsetof(struct model_in, member)
const struct field model_fields[] = {
    { .name = "version", .label = "Version", .type = FIELD_INT,
        .offset = AT(version), .min = 1, .max = INT32_MAX },
    { .name = "name", .label = "Name", .type = FIELD_TEXT, .offset = AT(name),
        .min = 1, .max = CATALOG_NAME_MAX, .flags = FIELD_REQUIRED,
        .missing = "Enter the name that programs send, such as "
                   "openai/gpt-5" },
    { .name = "category", .label = "Category", .type = FIELD_TEXT,
        .offset = AT(category), .min = 1, .max = 40, .flags = FIELD_REQUIRED,
        .missing = "Choose what the model does" },
    { .name = "input_price", .label = "Input price", .type = FIELD_MONEY,
        .offset = AT(input_price), .min = 0, .max = PRICE_MOST,
        .flags = FIELD_REQUIRED,
        .missing = "Enter the price of a million input tokens" },
    { .name = "output_price", .label = "Output price", .type = FIELD_MONEY,
        .offset = AT(output_price), .min = 0, .max = PRICE_MOST,
        .flags = FIELD_REQUIRED,
        .missing = "Enter the price of a million output tokens" },
    { .name = "deployments", .label = "Deployments", .type = FIELD_LIST,
        .offset = AT(deployments), .max = 200 },
    { .name = NULL },
};
#undef AT

#define AT(member) offsetof(struct price_in, member)
const struct field price_fields[] = {
    { .name = "from", .label = "First day", .type = FIELD_TIME,
        .offset = AT(from), .flags = FIELD_REQUIRED,
        .missing = "Enter the first day of the price" },
    { .name = "input_price", .label = "Input price", .type = FIELD_MONEY,
        .offset = AT(input_price), .min = 0, .max = PRICE_MOST,
        .flags = FIELD_REQUIRED,
        .missing = "Enter the price of a million input tokens" },
    { .name = "output_price", .label = "Output price", .type = FIELD_MONEY,
        .offset = AT(output_price), .min = 0, .max = PRICE_MOST,
        .flags = FIELD_REQUIRED,
        .missing = "Enter the price of a million output tokens" },
    { .name = NULL },
};
#undef AT
