/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The libcouchbase version whose interface and conventions these headers follow, for programs that compare it when they
 * are compiled. tenon's own version is in its pkg-config file.
 */
#ifndef LIBCOUCHBASE_CONFIGURATION_H
#define LIBCOUCHBASE_CONFIGURATION_H 1

/** As text. */
#define LCB_VERSION_STRING "2.4.6"
/** As 0xMMmmpp. */
#define LCB_VERSION 0x020406
/** Of libcouchbase's sources; there is none here. */
#define LCB_VERSION_CHANGESET "tenon"

#endif
