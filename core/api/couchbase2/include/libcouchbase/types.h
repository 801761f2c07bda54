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
typedef struct lcb_st *lcb_t;

/** A timer of an instance, see lcb_timer_create. */
typedef struct lcb_timer_st *lcb_timer_t;

/** An HTTP request under way, see lcb_make_http_request. */
typedef struct lcb_http_request_st *lcb_http_request_t;

/** What an item's value is: 0 is bytes; other values only where the server was asked whether it knows them. */
typedef lcb_uint8_t lcb_datatype_t;
/** JSON. */
#define LCB_DATATYPE_JSON 0x01

/** The bits of a datatype under their 2.4 names. */
typedef enum {
    LCB_VALUE_RAW = 0x00,         /**< bytes */
    LCB_VALUE_F_JSON = 0x01,      /**< JSON */
    LCB_VALUE_F_SNAPPYCOMP = 0x02 /**< compressed with Snappy: by the program, the library does not */
} lcb_VALUEFLAGS;

/** The kind of an instance. */
typedef enum {
    LCB_TYPE_BUCKET = 0x00, /**< data access to one bucket */
    LCB_TYPE_CLUSTER = 0x01 /**< no bucket: HTTP to the management only; operations on items are LCB_EBADHANDLE */
} lcb_type_t;

/** What lcb_store does with the value. */
typedef enum {
    LCB_ADD = 0x01,     /**< store, unless there is an item: then LCB_KEY_EEXISTS */
    LCB_REPLACE = 0x02, /**< store if there is an item, else LCB_KEY_ENOENT */
    LCB_SET = 0x03,     /**< store in any case */
    LCB_APPEND = 0x04,  /**< put behind the item's value; without an item LCB_NOT_STORED */
    LCB_PREPEND = 0x05  /**< put in front of the item's value; without an item LCB_NOT_STORED */
} lcb_storage_t;

/** Which replicas lcb_get_replica asks. */
typedef enum {
    LCB_REPLICA_FIRST = 0x00, /**< all; the first one that has the item answers: one callback */
    LCB_REPLICA_ALL = 0x01,   /**< all: one callback a replica */
    LCB_REPLICA_SELECT = 0x02 /**< the one with the command's `index`: one callback */
} lcb_replica_t;

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

/** What a server does with a vBucket. */
typedef enum {
    LCB_VBUCKET_STATE_ACTIVE = 1,  /**< owns it */
    LCB_VBUCKET_STATE_REPLICA = 2, /**< keeps a copy */
    LCB_VBUCKET_STATE_PENDING = 3, /**< takes it over */
    LCB_VBUCKET_STATE_DEAD = 4     /**< answers nothing for it */
} lcb_vbucket_state_t;

/** Where maps come from, for lcb_create_st2::transports. */
typedef enum {
    LCB_CONFIG_TRANSPORT_LIST_END = 0, /**< ends the list */
    LCB_CONFIG_TRANSPORT_HTTP = 1,     /**< the management port */
    LCB_CONFIG_TRANSPORT_CCCP,         /**< the data port */
    LCB_CONFIG_TRANSPORT_MAX           /**< how many there are */
} lcb_config_transport_t;

/** For lcb_wait3. */
typedef enum {
    LCB_WAIT_DEFAULT = 0x00,
    LCB_WAIT_NOCHECK = 0x01 /**< as LCB_WAIT_DEFAULT: whether something is pending costs nothing to know here */
} lcb_WAITFLAGS;

/** @{ */
/** A port that a cluster has by default: for items (MCD), management (HTTP), or of plain memcached. */
#define LCB_CONFIG_MCD_PORT 11210
#define LCB_CONFIG_MCD_SSL_PORT 11207
#define LCB_CONFIG_HTTP_PORT 8091
#define LCB_CONFIG_HTTP_SSL_PORT 18091
#define LCB_CONFIG_MCCOMPAT_PORT 11211
/** @} */

#ifdef __cplusplus
}
#endif

#endif
