/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Numbers of a known width, under the names programs written for libcouchbase 2 use.
 */
#ifndef LIBCOUCHBASE_SYSDEFS_H
#define LIBCOUCHBASE_SYSDEFS_H 1

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/** @{ */
/** A number of the width in its name; or of the system's own. */
typedef int64_t lcb_int64_t;
typedef int32_t lcb_int32_t;
typedef size_t lcb_size_t;
typedef ssize_t lcb_ssize_t;
typedef uint8_t lcb_uint8_t;
typedef uint16_t lcb_uint16_t;
typedef uint32_t lcb_uint32_t;
typedef uint64_t lcb_uint64_t;
/** @} */

/** A vBucket's number. */
typedef uint16_t lcb_vbucket_t;

/** The eight CAS bytes as they stand on the wire: to be compared and given back, never counted with. */
typedef uint64_t lcb_cas_t;

/** Seconds: up to 30 days from now, above that a Unix time; 0 is never. */
typedef time_t lcb_time_t;

/** @{ */
/** An old name's mark: none is given, as old programs are what this is for. */
#define LCB_DEPRECATED(declaration) declaration
#define LCB_DEPRECATED2(declaration, reason) declaration
/** @} */

/** @{ */
/** A short name of the 2.4 line. */
typedef lcb_int64_t lcb_S64;
typedef lcb_uint64_t lcb_U64;
typedef lcb_int32_t lcb_S32;
typedef lcb_uint32_t lcb_U32;
typedef lcb_uint16_t lcb_U16;
typedef lcb_uint8_t lcb_U8;
typedef lcb_size_t lcb_SIZE;
typedef lcb_ssize_t lcb_SSIZE;
typedef lcb_time_t lcb_SECS;
typedef lcb_cas_t lcb_CAS;
/** @} */

/** Microseconds. */
typedef lcb_uint32_t lcb_USECS;

#endif
