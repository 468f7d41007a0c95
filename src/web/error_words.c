/* SPDX-License-Identifier: ISC */
/* The statuses are those of api/refusal.c and http/problem.c; a request test
 * (tests/req/test_docs.c) holds them together. */
#include "web/error_words.h"

#include "base/attr.h"

static const struct error_words words[] = {
    /* ---- refusals of a key ---- */
    { "missing_api_key", 401, "No API key", NULL,
        "The call carried no API key, so nobody knows who asks.",
        { "The header was forgotten, or a proxy on the way took it off.",
            "The variable that should hold the key is empty." },
        { "Send the header Authorization: Bearer, followed by the key.",
            "Print the length of the variable before the call, never the "
            "key itself." } },
    { "invalid_api_key", 401, "The API key is not valid", "Invalid API Key",
        "The key is not one that opens anything here. Whether it never "
        "existed or was revoked is not told to callers.",
        { "It was not copied whole, or has a space or quote around it.",
            "It was revoked or deleted, or its old secret ended after a "
            "rotation.",
            "It belongs to another installation, or to another workspace "
            "than the one that asks about it." },
        { "Compare the first eight characters with the list of keys in the "
          "console: they are shown there.",
            "Make sure that you look at the right workspace.",
            "If the key is lost, create a new one. A key is shown only once "
            "and cannot be looked up." } },
    { "expired_api_key", 401, "The API key expired", "Invalid API Key",
        "The key is right, but its last day has passed.",
        { "It was made with an expiry, which lies behind us.",
            "Its expiry was set to an earlier date since." },
        { "Ask for a new key, or for a later date for this one.",
            "Rotate keys before they expire: programs then change over "
            "without a gap." } },
    { "disabled_api_key", 403, "The API key is switched off", NULL,
        "The key exists and is right, but somebody stopped it.",
        { "It was disabled in the console or by a program.",
            "It was suspended: reported as leaked, its owner left the "
            "workspace, or what is stored about it was changed outside of "
            "Keylodge (row seal broken).",
            "The whole workspace was frozen." },
        { "Ask the owner of the key, or an admin of its workspace. The page "
          "of the key names who stopped it, and when." } },
    { "key_kind_not_allowed", 403, "This kind of key does not do that", NULL,
        "There are three kinds of keys, and each does one thing: API keys "
        "call models, management keys manage keys, admin keys set limits.",
        { "A management or admin key was used to call a model.",
            "An API key was used to manage keys." },
        { "Use a key of the kind that the message names. Management and "
          "admin keys are made in the console." } },
    { "ip_not_allowed", 403, "Not from this network", NULL,
        "The key may be used from some networks only, and the call came from "
        "another one.",
        { "The program moved to another machine, or its address changed.",
            "A proxy or VPN lies on the way." },
        { "Call from an allowed network, or edit the networks of the key." } },
    { "endpoint_not_allowed", 403, "Not this endpoint", NULL,
        "The key is limited to some endpoints, and this is none of them.",
        { NULL },
        { "Edit the endpoints of the key, or use another key." } },
    { "deployment_not_allowed", 403, "Not this deployment", NULL,
        "The key is bound to one deployment, and the call was for another "
        "one, or that deployment was removed.",
        { NULL },
        { "Name the right deployment, or choose another one for the key." } },
    { "model_not_allowed", 403, "Not this model", NULL,
        "The key is limited to some models, and this is none of them.",
        { "The name is spelt otherwise than in the list of models, such as "
          "gpt-5 instead of openai/gpt-5." },
        { "Call a model that the key may use, or edit the models of the "
          "key." } },
    { "scope_not_allowed", 403, "Not this kind of call", NULL,
        "The key is limited to some categories, such as chat, and the call "
        "is of another one.",
        { NULL },
        { "Edit the categories of the key, or use another key." } },
    { "rate_limit_exceeded", 429, "A rate limit is reached",
        "Rate Limit Exceeded",
        "The key, or its workspace, may make so many requests or use so many "
        "tokens in a minute or a day. The message names the limit.",
        { "Many calls at once: those under way count with their estimates "
          "until they end.",
            "A limit that an admin set on this key, on the workspace, or on "
            "the model.",
            "A program that tries again at once after each refusal." },
        { "Wait as long as the header Retry-After says, then try again; wait "
          "twice as long after each further refusal.",
            "Make fewer calls at the same time, or ask for fewer output "
            "tokens.",
            "Look at the limits on the page of the key; ask an admin for "
            "more." } },
    { "spend_limit_reached", 402, "A spending limit is reached", NULL,
        "The key, or its workspace, may spend so much in a period, and what "
        "is left does not cover the call. Trying again before the reset does "
        "not help.",
        { "The limit of the key is used up for today, this week or this "
          "month; periods begin at 00:00 UTC.",
            "Calls under way keep their estimated cost until they end." },
        { "Wait for the reset that the message names.",
            "Ask an admin to raise the limit." } },
    { "insufficient_credits", 402, "Out of credits", "Insufficient Credits",
        "The workspace's balance does not cover the call and those under "
        "way. It is the same for every key of the workspace.",
        { "What was topped up is used.",
            "Many calls under way keep their estimated cost until they "
            "end." },
        { "Ask an owner of the workspace to top up.",
            "Set an alert, so that a low balance is told in time." } },
    { "temporarily_unavailable", 503, "The key could not be checked", NULL,
        "Keylodge could not read its store just now. Calls are never let "
        "through unchecked.",
        { NULL },
        { "Try again in a moment. If it goes on, tell whoever runs this "
          "server." } },
    /* ---- of any address ---- */
    { "malformed", 400, "This request cannot be read", NULL,
        "The address, a header or the body is not what it should be.",
        { "The body is no JSON, or a member of it comes twice.",
            "The body is shorter than announced." },
        { "The message says what could not be read, with line and column "
          "for JSON." } },
    { "key_in_address", 400, "A key in the address", NULL,
        "An API key was sent as part of the address. Addresses are written "
        "to logs, so the key is not secret any more.",
        { NULL },
        { "Rotate this key.", "Send keys in the header Authorization." } },
    { "invalid", 422, "A value is wrong", NULL,
        "The request can be read, but a field is missing, unknown, or has a "
        "value that is not taken. Nothing was changed.",
        { "A field is spelt otherwise than in the description of the API.",
            "A number is out of its bounds, or came as text." },
        { "The message names each field and what is wrong with it. Correct "
          "it and send it again." } },
    { "unauthenticated", 401, "Not signed in", NULL,
        "The address is for people who signed in, or for programs with a "
        "key.",
        { NULL },
        { "Sign in, or send a key that is active." } },
    { "forbidden", 403, "You may not do this", NULL,
        "Who asks is known, and does not have the right to it.",
        { "The role in the workspace is not enough.",
            "The key's maker lost the right, and the key with it." },
        { "Ask an owner or admin of the workspace." } },
    { "not_found", 404, "Not found", NULL,
        "There is nothing at this address, or nothing that you may know of: "
        "what belongs to other workspaces answers the same.",
        { "An id is wrong, or the object was removed.",
            "The key belongs to another workspace." },
        { "Check the address and the workspace." } },
    { "method", 405, "This address is not used that way", NULL,
        "The address is there, but not for this method.",
        { NULL },
        { "The header Allow names the methods that it takes." } },
    { "conflict", 409, "This does not fit what is here now", NULL,
        "The request goes against the present state.",
        { "A name is taken already.",
            "The object was changed or removed meanwhile." },
        { "Read the object again, then decide." } },
    { "too_large", 413, "This is too large", NULL,
        "The body is larger than this address takes.",
        { NULL },
        { "Send less at once." } },
    { "media_type", 415, "This kind of content is not read", NULL,
        "The header Content-Type names something that this address does not "
        "read.",
        { NULL },
        { "Send JSON with the content type application/json." } },
    { "stale_form", 403, "This page was open too long", NULL,
        "The form came from a page whose session is over. Nothing was "
        "changed.",
        { NULL },
        { "Check the fields and send them again." } },
    { "foreign_origin", 403, "Not from a page of ours", NULL,
        "A form was sent from another site. Nothing was changed.",
        { NULL },
        { "Open the console and use the form there." } },
    { "limited", 429, "Too many attempts", NULL,
        "Somebody tried too often in a short time.",
        { NULL },
        { "Wait as long as the header Retry-After says." } },
    { "busy", 503, "Too busy to answer now", NULL,
        "The store could not be reached in time. Nothing was changed.",
        { NULL },
        { "Try again in a few seconds." } },
    { "no_space", 507, "The disk is full", NULL,
        "Nothing can be written. Nothing was changed.",
        { NULL },
        { "Tell whoever runs this server; keys can still be revoked." } },
    { "internal", 500, "Something went wrong on our side", NULL,
        "This is our fault. Details are in the log of the server, under the "
        "request id.",
        { NULL },
        { "Try again; if it happens again, tell whoever runs this server the "
          "request id." } },
    /* ---- of a few operations ---- */
    { "limit", 422, "No more of these", NULL,
        "There are as many as there may be: of keys in a workspace, or of "
        "rules in its limits.",
        { "Keys that are not revoked or expired count, disabled ones too." },
        { "Remove one that is not needed any more.",
            "An owner can allow more keys in the settings of the "
            "workspace." } },
    { "beyond_maker", 403, "More than the key that asks may give", NULL,
        "A key never gives more than it has: models, endpoints or networks "
        "that are beyond its own cannot be given to another key.",
        { NULL },
        { "Ask for less, or ask an admin, who may do it in the console." } },
    { "stale", 409, "Changed by somebody else meanwhile", NULL,
        "Since you read the object, somebody else saved it.",
        { NULL },
        { "Read it again, and send your change with the new version." } },
    { "other_numbers", 409, "Reported before, with other numbers", NULL,
        "A usage report with this id was counted already, and said "
        "otherwise. The first one stands.",
        { "An id is used for two calls." },
        { "Use an id of its own for each call." } },
    { "repeated", 409, "Done already", NULL,
        "A request with this Idempotency-Key was carried out before. The "
        "message names what it made.",
        { "The answer was lost on the way, and the program tried again." },
        { "Look the object up. A secret is shown once: if it was lost, "
          "rotate the key." } },
    { "idempotency_reuse", 409, "An Idempotency-Key for two requests", NULL,
        "The same Idempotency-Key came with another request before.",
        { NULL },
        { "Make a new one for each request." } },
    { "shown", 409, "The key was shown already", NULL,
        "A form that shows a secret was sent twice. A secret is shown once.",
        { NULL },
        { "If the key was lost, rotate it." } },
    { "frozen", 409, "The workspace is frozen", NULL,
        "Somebody stopped the whole workspace; its keys make no calls until "
        "it is thawed.",
        { NULL },
        { "Ask an owner or admin; the overview says who froze it and why." } },
    { "deleted", 409, "The workspace is deleted", NULL,
        "An owner deleted the whole workspace; nobody can enter it, and its "
        "keys make no calls.",
        { NULL },
        { "Ask who operates this installation: they can restore it." } },
};

const struct error_words *
error_words(size_t *n)
{
    *n = COUNT_OF(words);
    return words;
}

const struct error_words *
error_words_find(struct str code)
{
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_is(code, words[i].code))
            return &words[i];
    return NULL;
}
