/* SPDX-License-Identifier: ISC */
#ifndef TESTS_CORE_SEALED_H
#define TESTS_CORE_SEALED_H

/* A stand with a key that has everything there is about a key, for what is done
 * to its rows behind the program's back. */

#include "stand.h"

#include "core/key.h"

#define KEY "(SELECT id FROM api_key WHERE name = 'sealed')"
#define TEAM "(SELECT id FROM workspace WHERE slug = 'team')"
#define MIA "(SELECT id FROM user WHERE email = 'mia@team.example')"

struct sealed {
    struct stand st;
    char text[64], prefix[16]; /* the key: lists, limits, spending limit */
    char other_text[64];       /* a plain one, "plain" */
};
extern struct sealed its;

/* sealed_setup, sealed_teardown -- around each test. */
int sealed_setup(void **state);
int sealed_teardown(void **state);

/* full_form -- what the key was made with. */
struct key_in full_form(void);

/* ask -- the gate, about a call that the key may make. */
void ask(const char *key, struct decision *d);
bool holds(struct str s, const char *part);

/* passes, broken -- fail unless the gate lets the key pass, refuses with "row
 * seal broken". */
void passes(void);
void broken(const char *key);

/* enters -- does the team's workspace open to them?  its.st.s.cx says why not. */
bool enters(enum who who);

/* of_people -- is the sealed table one of those that let people in?  They are
 * looked at by test_rowseal_people, the others by test_rowseal. */
bool of_people(const char *table);

/* people_save, people_put_back -- those tables, into k_user, k_session, k_link,
 * k_factor, k_code, k_invite; and from there. */
void people_save(void);
void people_put_back(void);

/* flip_rows -- each column of these rows of a sealed table gets another value,
 * and NULL where that is possible: fails unless works(table) is true for those
 * that no seal covers and false for all others. */
typedef bool works_test(const char *table);
void flip_rows(const char *table, const char *row, works_test *works);

/* tamper -- SQL by a connection of our own; the seals stay as they are. */
void tamper(const char *sql);

#endif
