/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What is exported: every function this API documents, and nothing else.
 */
#ifndef LIBCOUCHBASE_VISIBILITY_H
#define LIBCOUCHBASE_VISIBILITY_H 1

#if defined(__GNUC__) || defined(__clang__)
/** In front of each function. */
#define LIBCOUCHBASE_API __attribute__((visibility("default")))
#else
#define LIBCOUCHBASE_API
#endif

/** What libcouchbase 2 exported without documenting it; no promise beyond this release. */
#define LCB_INTERNAL_API LIBCOUCHBASE_API

#endif
