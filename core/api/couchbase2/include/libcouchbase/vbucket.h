/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Cluster maps by themselves (libcouchbase 2.4): who owns which vBucket. For programs that route on their own; an
 * instance needs none of it, and lends its own map by LCB_CNTL_VBCONFIG.
 *
 * Servers and vBuckets are numbered from 0; -1 is nobody. A map belongs to one thread at a time. Texts live until the
 * map is changed or destroyed. The names that begin with vbucket_ are those of libvbucket 1, for old programs.
 */
#ifndef LIBCOUCHBASE_VBUCKET_H
#define LIBCOUCHBASE_VBUCKET_H 1

#include <libcouchbase/sysdefs.h>
#include <libcouchbase/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a server offers. Maps of tenon know the first three. */
typedef enum {
    LCBVB_SVCTYPE_DATA = 0, /**< items */
    LCBVB_SVCTYPE_VIEWS,    /**< design documents and views, HTTP */
    LCBVB_SVCTYPE_MGMT,     /**< management, HTTP */
    LCBVB_SVCTYPE_IXQUERY,  /**< queries of indexes */
    LCBVB_SVCTYPE_IXADMIN,  /**< their administration */
    LCBVB_SVCTYPE_N1QL,     /**< N1QL */
    LCBVB_SVCTYPE__MAX      /**< how many there are */
} lcbvb_SVCTYPE;

/** How a service is spoken to. */
typedef enum {
    LCBVB_SVCMODE_PLAIN = 0, /**< as it is */
    LCBVB_SVCMODE_SSL,       /**< not known here: there is no TLS */
    LCBVB_SVCMODE__MAX       /**< how many there are */
} lcbvb_SVCMODE;

/** A server's ports; 0: not told. */
typedef struct {
    lcb_U16 data;      /**< items */
    lcb_U16 mgmt;      /**< management */
    lcb_U16 views;     /**< views */
    lcb_U16 ixquery;   /**< 0 */
    lcb_U16 ixadmin;   /**< 0 */
    lcb_U16 n1ql;      /**< 0 */
    char *views_base_; /**< see lcbvb_get_capibase */
    /** "host:port" by lcbvb_SVCTYPE; null: not told. */
    char *hoststrs[LCBVB_SVCTYPE__MAX];
} lcbvb_SERVICES;

/** A server. */
typedef struct {
    /** Its ports. */
    lcbvb_SERVICES svc;
    /** All 0. */
    lcbvb_SERVICES svc_ssl;
    /** "host:port" of the data port. */
    char *authority;
    /** Its name or address, IPv6 without brackets. */
    char *hostname;
    /** The path in front of a view's: "/BUCKET". */
    char *viewpath;
    /** How many vBuckets it is the owner of. */
    unsigned nvbs;
} lcbvb_SERVER;

/** A vBucket. */
typedef struct {
    int servers[4]; /**< the owner, and three replicas at most; -1: nobody */
} lcbvb_VBUCKET;

/** A point of ketama's ring; not shown. */
typedef struct {
    lcb_U32 index; /**< a server */
    lcb_U32 point; /**< the last hash that it has */
} lcbvb_CONTINUUM;

/** How keys find their server. */
typedef enum {
    LCBVB_DIST_VBUCKET = 0, /**< by vBuckets */
    LCBVB_DIST_KETAMA = 1   /**< by ketama, over plain memcached servers */
} lcbvb_DISTMODE;

/** A map, to be read only. */
typedef struct {
    lcbvb_DISTMODE dtype; /**< how keys find their server */
    unsigned nvb;         /**< vBuckets */
    unsigned nsrv;        /**< servers */
    unsigned nrepl;       /**< replicas */
    unsigned ncontinuum; /**< 0: the ring is not shown */
    unsigned is3x;       /**< not 0: the map tells its revision */
    int revid;           /**< -1: it does not */
    char *buuid;         /**< the bucket's UUID; empty: not told */
    char *bname;         /**< the bucket's name */
    const char *errstr;         /**< of the last function that failed; null: none did */
    lcbvb_SERVER *servers;      /**< `nsrv` of them */
    lcbvb_VBUCKET *vbuckets;    /**< `nvb` of them */
    lcbvb_VBUCKET *ffvbuckets;  /**< the owners after the rebalance under way; null: not told */
    lcbvb_CONTINUUM *continuum; /**< null */
} lcbvb_CONFIG;

/** @{ */
/** A field of a map. */
#define LCBVB_NSERVERS(cfg) (cfg)->nsrv
#define LCBVB_NREPLICAS(cfg) (cfg)->nrepl
#define LCBVB_DISTTYPE(cfg) (cfg)->dtype
#define LCBVB_GET_SERVER(conf, ix) ((conf)->servers + ix)
/** @} */

/** An empty map, to be undone by lcbvb_destroy; null without memory. */
LIBCOUCHBASE_API lcbvb_CONFIG *lcbvb_create(void);
/** A map from JSON, as the management and NOT_MY_VBUCKET replies tell it; null if that is none. */
LIBCOUCHBASE_API lcbvb_CONFIG *lcbvb_parse_json(const char *data);
/** The same, into a map. 0; or -1, see lcbvb_get_error: then the map is as it was. */
LIBCOUCHBASE_API int lcbvb_load_json(lcbvb_CONFIG *vbc, const char *data);
/** The map as JSON, to be undone by free(); null for an empty one, and without memory. */
LIBCOUCHBASE_API char *lcbvb_save_json(lcbvb_CONFIG *vbc);
/** What went wrong last; null: nothing. */
LIBCOUCHBASE_API const char *lcbvb_get_error(const lcbvb_CONFIG *cfg);
/** Puts a name in the place of "$HOST", which stands for whoever was asked for the map. Null changes nothing, and is an
 *  error, see lcbvb_get_error. */
LIBCOUCHBASE_API void lcbvb_replace_host(lcbvb_CONFIG *cfg, const char *hostname);
/** Undoes lcbvb_create and lcbvb_parse_json. Null does nothing. Not for a map that an instance lends. */
LIBCOUCHBASE_API void lcbvb_destroy(lcbvb_CONFIG *conf);

/** The owner of a vBucket, as the map tells it or lcbvb_nmv_remap found out. */
LIBCOUCHBASE_API int lcbvb_vbmaster(lcbvb_CONFIG *cfg, int vbid);
/** Replica number `ix`, from 0. */
LIBCOUCHBASE_API int lcbvb_vbreplica(lcbvb_CONFIG *cfg, int vbid, unsigned ix);
/** `bad` said that it does not own a vBucket. Returns whom to ask now, who is its owner in the map from then on. */
LIBCOUCHBASE_API int lcbvb_nmv_remap(lcbvb_CONFIG *cfg, int vbid, int bad);
/** Where a key goes: `vbid` receives its vBucket (0 with ketama) and `srvix` its server. Returns 0. */
LIBCOUCHBASE_API int lcbvb_map_key(lcbvb_CONFIG *cfg, const void *key, lcb_SIZE n, int *vbid, int *srvix);
/** The vBucket of a key. */
LIBCOUCHBASE_API int lcbvb_k2vb(lcbvb_CONFIG *cfg, const void *key, lcb_SIZE n);
/** Not 0: server `ix` is the owner or a replica of a vBucket. */
LIBCOUCHBASE_API int lcbvb_has_vbucket(lcbvb_CONFIG *vbc, int vbid, int ix);

/** How many servers. */
LIBCOUCHBASE_API unsigned lcbvb_get_nservers(const lcbvb_CONFIG *cfg);
/** How many replicas. */
LIBCOUCHBASE_API unsigned lcbvb_get_nreplicas(const lcbvb_CONFIG *cfg);
/** How keys find their server. */
LIBCOUCHBASE_API lcbvb_DISTMODE lcbvb_get_distmode(const lcbvb_CONFIG *cfg);
/** The revision; -1: not told. */
LIBCOUCHBASE_API int lcbvb_get_revision(const lcbvb_CONFIG *cfg);
/** A port of server `ix`; 0: not told. */
LIBCOUCHBASE_API unsigned lcbvb_get_port(lcbvb_CONFIG *cfg, unsigned ix, lcbvb_SVCTYPE type, lcbvb_SVCMODE mode);
/** "host:port" of it; null: not told. */
LIBCOUCHBASE_API const char *lcbvb_get_hostport(lcbvb_CONFIG *cfg, unsigned ix, lcbvb_SVCTYPE type, lcbvb_SVCMODE mode);
/** "http://host:port/BUCKET", where views begin; null: the server has none. */
LIBCOUCHBASE_API const char *lcbvb_get_capibase(lcbvb_CONFIG *cfg, unsigned ix, lcbvb_SVCMODE mode);

/** What differs between two maps. */
typedef struct {
    /** "host:port" each, a null pointer behind the last. */
    char **servers_added;
    char **servers_removed; /**< the same */
    /** vBuckets that have another owner. */
    int n_vb_changes;
    /** Not 0: the servers that both have stand in another order. */
    int sequence_changed;
} lcbvb_CONFIGDIFF;

/** A set of bits. */
typedef enum {
    LCBVB_NO_CHANGES = 0,            /**< the maps are the same */
    LCBVB_SERVERS_MODIFIED = 1 << 0, /**< servers came, went, or changed places */
    LCBVB_MAP_MODIFIED = 1 << 1      /**< vBuckets have other owners */
} lcbvb_CHANGETYPE;

/** What has to change in `from` to get `to`; to be undone by lcbvb_free_diff. Null without memory. */
LIBCOUCHBASE_API lcbvb_CONFIGDIFF *lcbvb_compare(lcbvb_CONFIG *from, lcbvb_CONFIG *to);
/** Undoes lcbvb_compare. Null does nothing. */
LIBCOUCHBASE_API void lcbvb_free_diff(lcbvb_CONFIGDIFF *diff);
/** A difference in short. */
LIBCOUCHBASE_API lcbvb_CHANGETYPE lcbvb_get_changetype(lcbvb_CONFIGDIFF *diff);

/**
 * Makes a map up, for tests: the vBuckets are spread over the servers in turn, each with its replicas on the next ones.
 * @param vb         receives it
 * @param name       the bucket's name
 * @param uuid       null: none
 * @param servers    of each `hostname` (not null), `svc.data`, `svc.mgmt` and `svc.views` count
 * @param nservers   not 0
 * @param nreplica   fewer than servers, and 3 at most
 * @param nvbuckets  a power of two, 32,768 at most
 * @return 0; or -1, see lcbvb_get_error
 */
LIBCOUCHBASE_API int lcbvb_genconfig_ex(lcbvb_CONFIG *vb, const char *name, const char *uuid,
                                        const lcbvb_SERVER *servers, unsigned nservers, unsigned nreplica,
                                        unsigned nvbuckets);
/** The same of bucket "default" on localhost: server n has the ports 1000 + n, views 2000 + n, management 3000 + n. */
LIBCOUCHBASE_API int lcbvb_genconfig(lcbvb_CONFIG *vb, unsigned nservers, unsigned nreplica, unsigned nvbuckets);
/** Makes a map of plain memcached servers of it. */
LIBCOUCHBASE_API void lcbvb_make_ketama(lcbvb_CONFIG *vb);

/* libvbucket's names. */

/** What vbucket_config_parse reads. */
typedef enum {
    LIBVBUCKET_SOURCE_FILE,  /**< refused: the program reads its files */
    LIBVBUCKET_SOURCE_MEMORY /**< JSON */
} vbucket_source_t;

/** @{ */
/** Another name. */
typedef lcbvb_CONFIG *VBUCKET_CONFIG_HANDLE;
typedef lcbvb_CONFIGDIFF VBUCKET_CONFIG_DIFF;
typedef lcbvb_CHANGETYPE VBUCKET_CHANGE_STATUS;
typedef lcbvb_DISTMODE VBUCKET_DISTRIBUTION_TYPE;
#define VBUCKET_DISTRIBUTION_VBUCKET LCBVB_DIST_VBUCKET
#define VBUCKET_DISTRIBUTION_KETAMA LCBVB_DIST_KETAMA
#define VBUCKET_NO_CHANGES LCBVB_NO_CHANGES
#define VBUCKET_SERVERS_MODIFIED LCBVB_SERVERS_MODIFIED
#define VBUCKET_MAP_MODIFIED LCBVB_MAP_MODIFIED
/** @} */

/** lcbvb_load_json. */
LIBCOUCHBASE_API int vbucket_config_parse(lcbvb_CONFIG *cfg, vbucket_source_t source, const char *data);
/** lcbvb_get_error. */
LIBCOUCHBASE_API const char *vbucket_get_error_message(lcbvb_CONFIG *cfg);
/** lcbvb_create. */
LIBCOUCHBASE_API lcbvb_CONFIG *vbucket_config_create(void);
/** lcbvb_destroy. */
LIBCOUCHBASE_API void vbucket_config_destroy(lcbvb_CONFIG *cfg);
/** lcbvb_get_nreplicas. */
LIBCOUCHBASE_API int vbucket_config_get_num_replicas(lcbvb_CONFIG *cfg);
/** How many vBuckets. */
LIBCOUCHBASE_API int vbucket_config_get_num_vbuckets(lcbvb_CONFIG *cfg);
/** lcbvb_get_nservers. */
LIBCOUCHBASE_API int vbucket_config_get_num_servers(lcbvb_CONFIG *cfg);
/** "host:port" of a data port. */
LIBCOUCHBASE_API const char *vbucket_config_get_server(lcbvb_CONFIG *cfg, int ix);
/** lcbvb_get_capibase. */
LIBCOUCHBASE_API const char *vbucket_config_get_couch_api_base(lcbvb_CONFIG *cfg, int ix);
/** "host:port" of a management port. */
LIBCOUCHBASE_API const char *vbucket_config_get_rest_api_server(lcbvb_CONFIG *cfg, int ix);
/** lcbvb_get_distmode. */
LIBCOUCHBASE_API lcbvb_DISTMODE vbucket_config_get_distribution_type(lcbvb_CONFIG *cfg);
/** lcbvb_map_key. */
LIBCOUCHBASE_API int vbucket_map(lcbvb_CONFIG *cfg, const void *key, lcb_SIZE n, int *vbid, int *srvix);
/** lcbvb_k2vb. */
LIBCOUCHBASE_API int vbucket_get_vbucket_by_key(lcbvb_CONFIG *cfg, const void *key, lcb_SIZE n);
/** lcbvb_vbmaster. */
LIBCOUCHBASE_API int vbucket_get_master(lcbvb_CONFIG *cfg, int vbid);
/** lcbvb_vbreplica. */
LIBCOUCHBASE_API int vbucket_get_replica(lcbvb_CONFIG *cfg, int vbid, int ix);
/** lcbvb_compare. */
LIBCOUCHBASE_API lcbvb_CONFIGDIFF *vbucket_compare(lcbvb_CONFIG *from, lcbvb_CONFIG *to);
/** lcbvb_free_diff. */
LIBCOUCHBASE_API void vbucket_free_diff(lcbvb_CONFIGDIFF *diff);
/** lcbvb_get_revision. */
LIBCOUCHBASE_API int vbucket_config_get_revision(lcbvb_CONFIG *cfg);
/** lcbvb_get_changetype. */
LIBCOUCHBASE_API lcbvb_CHANGETYPE vbucket_what_changed(lcbvb_CONFIGDIFF *diff);
/** lcbvb_genconfig. */
LIBCOUCHBASE_API int vbucket_config_generate(lcbvb_CONFIG *vb, unsigned nservers, unsigned nreplica,
                                             unsigned nvbuckets);

#ifdef __cplusplus
}
#endif

#endif
