/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Instances of other kinds: plain memcached servers, and a map kept in a file.
 */
#ifndef LIBCOUCHBASE_COMPAT_H
#define LIBCOUCHBASE_COMPAT_H 1

#include <libcouchbase/create.h>
#include <libcouchbase/error.h>
#include <libcouchbase/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The other kinds. */
enum lcb_compat_t {
    LCB_MEMCACHED_CLUSTER = 0x00, /**< with a struct lcb_memcached_st */
    LCB_CACHED_CONFIG = 0x01      /**< with a struct lcb_cached_config_st */
};
/** @{ */
/** The other kinds. */
typedef enum lcb_compat_t lcb_compat_t;
typedef enum lcb_compat_t lcb_cluster_t;
/** @} */

/** Memcached servers, over which keys are spread by ketama. */
struct lcb_memcached_st {
    /** "host[:port]" separated by ';'; 11211 if there is no port; null: localhost. */
    const char *serverlist;
    const char *username; /**< for SASL; null: none */
    const char *password; /**< of that user */
};

/** A cluster whose map is kept in a file: operations go by it at once, while the hosts are asked behind their backs. */
struct lcb_cached_config_st {
    const char *cachefile;          /**< the file; it need not be there yet */
    struct lcb_create_st createopt; /**< the rest, as for lcb_create */
};

/**
 * Makes an instance as lcb_create does. lcb_connect follows, as ever.
 * @param type      which kind
 * @param specific  what `type` says
 * @param instance  receives it, to be undone by lcb_destroy; untouched on failure
 * @param io        the table to live on; null: the one of the options, else the instance makes one
 * @return LCB_EINVAL for a type that does not exist and for null pointers; else what lcb_create returns
 */
LIBCOUCHBASE_API lcb_error_t lcb_create_compat(lcb_compat_t type, const void *specific, lcb_t *instance,
                                               struct lcb_io_opt_st *io);

#ifdef __cplusplus
}
#endif

#endif
