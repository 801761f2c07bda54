/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Waiting until items are on disk, or on other servers.
 */
#ifndef LIBCOUCHBASE_DURABILITY_H
#define LIBCOUCHBASE_DURABILITY_H 1

#include <libcouchbase/arguments.h>
#include <libcouchbase/error.h>
#include <libcouchbase/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const void *key;
    size_t nkey;
    LCB_HASHKEY_FIELDS_
    /** The CAS that the mutation returned; 0: whatever it is. */
    lcb_cas_t cas;
} lcb_DURABILITYCMDv0;

/** One item to wait for. */
typedef struct lcb_durability_cmd_st {
    int version;
    union {
        lcb_DURABILITYCMDv0 v0;
    } v;
} lcb_durability_cmd_t;

typedef struct {
    /** Microseconds until waiting ends with LCB_ETIMEDOUT; 0: LCB_CNTL_DURABILITY_TIMEOUT. */
    lcb_uint32_t timeout;
    /** Microseconds between two looks; 0: LCB_CNTL_DURABILITY_INTERVAL. */
    lcb_uint32_t interval;
    /** On how many servers' disks the item shall be, its owner's always among them. */
    lcb_uint16_t persist_to;
    /** On how many replicas it shall be, in memory at least. */
    lcb_uint16_t replicate_to;
    /** Not 0: it is a removal that is waited for. */
    lcb_uint8_t check_delete;
    /** Not 0: where the bucket has fewer copies than asked for, as many as it has are enough. */
    lcb_uint8_t cap_max;
} lcb_DURABILITYOPTSv0;

/** How durable items have to be. */
typedef struct lcb_durability_opts_st {
    int version;
    union {
        lcb_DURABILITYOPTSv0 v0;
    } v;
} lcb_durability_opts_t;

typedef struct {
    const void *key;
    lcb_size_t nkey;
    /** LCB_SUCCESS, LCB_ETIMEDOUT, LCB_KEY_EEXISTS (the owner has another CAS), or what kept the servers from
     *  answering. */
    lcb_error_t err;
    /** The item's CAS on its owner. */
    lcb_cas_t cas;
    unsigned char persisted_master; /**< not 0: it is on its owner's disk */
    unsigned char exists_master;    /**< not 0: its owner has it, with the CAS given */
    unsigned char npersisted;       /**< on how many disks it is, the owner's counted */
    unsigned char nreplicated;      /**< how many replicas have it */
    unsigned short nresponses;      /**< how many answers of servers came in all */
} lcb_DURABILITYRESPv0;

/** How far one item got. */
typedef struct lcb_durability_resp_st {
    int version;
    union {
        lcb_DURABILITYRESPv0 v0;
    } v;
} lcb_durability_resp_t;

/** The end of waiting for one item; `error` is the response's `err`. */
typedef void (*lcb_durability_callback)(lcb_t instance, const void *cookie, lcb_error_t error,
                                        const lcb_durability_resp_t *resp);
/** Sets it, and returns the one before. */
LIBCOUCHBASE_API lcb_durability_callback lcb_set_durability_callback(lcb_t instance, lcb_durability_callback callback);

/**
 * Waits for items, all with the same criteria; the callback comes once an item.
 * @return LCB_DURABILITY_ETOOMANY (more copies than the bucket has, without `cap_max`), LCB_DUPLICATE_COMMANDS,
 *         LCB_EINVAL (nothing to wait for; versions), and what every operation returns
 */
LIBCOUCHBASE_API lcb_error_t lcb_durability_poll(lcb_t instance, const void *cookie,
                                                 const lcb_durability_opts_t *options, lcb_size_t ncmds,
                                                 const lcb_durability_cmd_t *const *cmds);

#ifdef __cplusplus
}
#endif

#endif
