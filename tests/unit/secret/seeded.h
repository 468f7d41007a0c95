/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SECRET_SEEDED_H
#define TESTS_SECRET_SEEDED_H

/*
 * A generator that gives the same bytes in every run, so that a statistical
 * test either always passes or always fails.
 */

#include <sodium.h>
#include <stdint.h>
#include <string.h>

static uint64_t seeded_calls;

static const char *
seeded_name(void)
{
    return "seeded";
}

static void
seeded_buf(void *const p, const size_t n)
{
    unsigned char seed[randombytes_SEEDBYTES] = "keylodge";
    memcpy(seed + 16, &seeded_calls, sizeof seeded_calls);
    seeded_calls++;
    randombytes_buf_deterministic(p, n, seed);
}

static uint32_t
seeded_random(void)
{
    uint32_t n;
    seeded_buf(&n, sizeof n);
    return n;
}

static randombytes_implementation seeded_generator = {
    .implementation_name = seeded_name,
    .random = seeded_random,
    .buf = seeded_buf,
};

static void
seeded_start(void)
{
    seeded_calls = 0;
    randombytes_set_implementation(&seeded_generator);
}

static void
seeded_stop(void)
{
    randombytes_set_implementation(&randombytes_sysrandom_implementation);
}

/*
 * base62_lean -- chi-square of how often each of the 62 digits was counted.
 * With 61 degrees of freedom it lies between CHI_LOW and CHI_HIGH for p in
 * 0.001 to 0.999, and between CHI_LOWEST and CHI_HIGHEST for p in 0.000001 to
 * 0.999999.
 */
#define CHI_LOW 32.4
#define CHI_HIGH 101.0
#define CHI_LOWEST 21.8
#define CHI_HIGHEST 128.9

static inline double
base62_lean(const long count[62])
{
    double total = 0, chi = 0;
    for (int i = 0; i < 62; i++)
        total += (double)count[i];
    for (int i = 0; i < 62; i++) {
        double off = (double)count[i] - total / 62;
        chi += off * off / (total / 62);
    }
    return chi;
}

static inline int
base62_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' :
        c >= 'A' && c <= 'Z'    ? c - 'A' + 10 :
        c >= 'a' && c <= 'z'    ? c - 'a' + 36 :
                                  -1;
}

#endif
