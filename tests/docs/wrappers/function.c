/* SPDX-License-Identifier: Apache-2.0 */
/* Around listings that are part of a function, with an instance at hand. */
#include <stdio.h>
#include <string.h>

#include <libcouchbase/api3.h>
#include <libcouchbase/couchbase.h>

void listing(lcb_t instance, void *loop);
void listing(lcb_t instance, void *loop)
{
    (void)instance;
    (void)loop;
    LISTING
}
