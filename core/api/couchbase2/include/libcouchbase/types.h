/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The handle and the small types of the API. Enumerators have libcouchbase 2's numbers.
 */
#ifndef LIBCOUCHBASE_TYPES_H
#define LIBCOUCHBASE_TYPES_H 1

#include <libcouchbase/iops.h>
#include <libcouchbase/sysdefs.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An instance: one client of one bucket, on one IO table and one thread. Made by lcb_create. */
struct lcb_st;
typedef struct lcb_st *lcb_t;

/** What an item's value is: 0 is bytes; other values only where the server was asked whether it knows them. */
typedef lcb_uint8_t lcb_datatype_t;

/** The kind of an instance. */
typedef enum {
    LCB_TYPE_BUCKET = 0x00, /**< data access to one bucket */
    LCB_TYPE_CLUSTER = 0x01 /**< administration; lcb_create answers LCB_NOT_SUPPORTED */
} lcb_type_t;

/** What lcb_store does with the value. */
typedef enum {
    LCB_ADD = 0x01,     /**< store, unless there is an item: then LCB_KEY_EEXISTS */
    LCB_REPLACE = 0x02, /**< store if there is an item, else LCB_KEY_ENOENT */
    LCB_SET = 0x03,     /**< store in any case */
    LCB_APPEND = 0x04,  /**< put behind the item's value; without an item LCB_NOT_STORED */
    LCB_PREPEND = 0x05  /**< put in front of the item's value; without an item LCB_NOT_STORED */
} lcb_storage_t;

/** What the configuration callback tells. */
typedef enum {
    LCB_CONFIGURATION_NEW = 0x00,      /**< the first map */
    LCB_CONFIGURATION_CHANGED = 0x01,  /**< another map replaced it */
    LCB_CONFIGURATION_UNCHANGED = 0x02 /**< a map came that says the same */
} lcb_configuration_t;

/** How much the servers write into their logs, see lcb_set_verbosity. */
typedef enum {
    LCB_VERBOSITY_DETAIL = 0x00,
    LCB_VERBOSITY_DEBUG = 0x01,
    LCB_VERBOSITY_INFO = 0x02,
    LCB_VERBOSITY_WARNING = 0x03 /**< the servers' default */
} lcb_verbosity_level_t;

/** Where maps come from, for lcb_create_st2::transports. */
typedef enum {
    LCB_CONFIG_TRANSPORT_LIST_END = 0, /**< ends the list */
    LCB_CONFIG_TRANSPORT_HTTP = 1,     /**< the management port */
    LCB_CONFIG_TRANSPORT_CCCP          /**< the data port */
} lcb_config_transport_t;

/** The ports a cluster has by default. */
#define LCB_CONFIG_MCD_PORT 11210
#define LCB_CONFIG_HTTP_PORT 8091

#ifdef __cplusplus
}
#endif

#endif
