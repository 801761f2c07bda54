/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * assert() under the name that programs of the 2.1 line use.
 */
#ifndef LIBCOUCHBASE_ASSERT_H
#define LIBCOUCHBASE_ASSERT_H 1

#include <assert.h>

/** assert(). */
#define lcb_assert(expression) assert(expression)

#endif
