/* SPDX-License-Identifier: ISC */
#include "world.h"

int
main(void)
{
    return 0;
}
