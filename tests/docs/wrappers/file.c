/* SPDX-License-Identifier: Apache-2.0 */
/* Around listings that are declarations. */
#include <stdio.h>
#include <string.h>

#include <libcouchbase/api3.h>
#include <libcouchbase/couchbase.h>

LISTING
