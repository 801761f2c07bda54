/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * What can go wrong: lcb_error_t, with the numbers of the 2.0 to 2.4 line, and the classes of errors.
 */
#ifndef LIBCOUCHBASE_ERROR_H
#define LIBCOUCHBASE_ERROR_H 1

#include <libcouchbase/types.h>
#include <libcouchbase/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The classes an error belongs to: a set of these bits, see lcb_get_errtype. */
typedef enum {
    LCB_ERRTYPE_INPUT = 1 << 0,     /**< the arguments or options are at fault */
    LCB_ERRTYPE_NETWORK = 1 << 1,   /**< the network or a peer is at fault */
    LCB_ERRTYPE_FATAL = 1 << 2,     /**< it will not pass by itself */
    LCB_ERRTYPE_TRANSIENT = 1 << 3, /**< it may pass: try later */
    LCB_ERRTYPE_DATAOP = 1 << 4,    /**< a negative answer about the item, not a failure */
    LCB_ERRTYPE_INTERNAL = 1 << 5,  /**< should not be seen by programs */
    LCB_ERRTYPE_PLUGIN = 1 << 6,    /**< an IO plugin is at fault */
    LCB_ERRTYPE_SRVLOAD = 1 << 7,   /**< the server has too much to do */
    LCB_ERRTYPE_SRVGEN = 1 << 8     /**< the server said so */
} lcb_errflags_t;

/**
 * The list of errors, as X(name, number, classes, description); the one place where they are written down.
 */
#define LCB_XERR(X)                                                                                                   \
    X(LCB_SUCCESS, 0x00, 0, "Success")                                                                                \
    X(LCB_AUTH_CONTINUE, 0x01, LCB_ERRTYPE_INTERNAL | LCB_ERRTYPE_FATAL | LCB_ERRTYPE_SRVGEN,                         \
      "The server asks for another step of authentication")                                                           \
    X(LCB_AUTH_ERROR, 0x02, LCB_ERRTYPE_FATAL | LCB_ERRTYPE_INPUT, "The user name or the password was refused")       \
    X(LCB_DELTA_BADVAL, 0x03, LCB_ERRTYPE_INPUT | LCB_ERRTYPE_DATAOP | LCB_ERRTYPE_SRVGEN,                            \
      "The value to count with is no number")                                                                         \
    X(LCB_E2BIG, 0x04, LCB_ERRTYPE_INPUT | LCB_ERRTYPE_DATAOP | LCB_ERRTYPE_SRVGEN,                                   \
      "The key or the value is longer than allowed")                                                                  \
    X(LCB_EBUSY, 0x05, LCB_ERRTYPE_TRANSIENT, "The server is busy; try again later")                                  \
    X(LCB_EINTERNAL, 0x06, LCB_ERRTYPE_INTERNAL, "Internal error")                                                    \
    X(LCB_EINVAL, 0x07, LCB_ERRTYPE_INPUT, "Invalid arguments")                                                       \
    X(LCB_ENOMEM, 0x08, LCB_ERRTYPE_TRANSIENT, "The server is out of memory; try again later")                        \
    X(LCB_ERANGE, 0x09, LCB_ERRTYPE_INPUT | LCB_ERRTYPE_DATAOP | LCB_ERRTYPE_SRVGEN, "A number is out of its range")  \
    X(LCB_ERROR, 0x0a, 0, "Unspecified error")                                                                        \
    X(LCB_ETMPFAIL, 0x0b, LCB_ERRTYPE_TRANSIENT | LCB_ERRTYPE_SRVLOAD | LCB_ERRTYPE_SRVGEN,                           \
      "Temporary failure of the server (or the item is locked); try again later")                                     \
    X(LCB_KEY_EEXISTS, 0x0c, LCB_ERRTYPE_DATAOP | LCB_ERRTYPE_SRVGEN,                                                 \
      "The key exists, or its CAS is not the one given")                                                              \
    X(LCB_KEY_ENOENT, 0x0d, LCB_ERRTYPE_DATAOP | LCB_ERRTYPE_SRVGEN, "The key does not exist")                        \
    X(LCB_DLOPEN_FAILED, 0x0e, LCB_ERRTYPE_INPUT | LCB_ERRTYPE_FATAL | LCB_ERRTYPE_PLUGIN,                            \
      "The IO plugin's file cannot be loaded")                                                                        \
    X(LCB_DLSYM_FAILED, 0x0f, LCB_ERRTYPE_INPUT | LCB_ERRTYPE_FATAL | LCB_ERRTYPE_PLUGIN,                             \
      "The IO plugin's file lacks the function asked for")                                                            \
    X(LCB_NETWORK_ERROR, 0x10, LCB_ERRTYPE_NETWORK, "The connection was lost")                                        \
    X(LCB_NOT_MY_VBUCKET, 0x11, LCB_ERRTYPE_NETWORK | LCB_ERRTYPE_TRANSIENT | LCB_ERRTYPE_SRVGEN,                     \
      "The server asked does not own the key")                                                                        \
    X(LCB_NOT_STORED, 0x12, LCB_ERRTYPE_DATAOP | LCB_ERRTYPE_SRVGEN,                                                  \
      "Not stored: there is no item to append or prepend to")                                                         \
    X(LCB_NOT_SUPPORTED, 0x13, 0, "Not supported")                                                                    \
    X(LCB_UNKNOWN_COMMAND, 0x14, LCB_ERRTYPE_SRVGEN, "The server does not know the command")                          \
    X(LCB_UNKNOWN_HOST, 0x15, LCB_ERRTYPE_NETWORK | LCB_ERRTYPE_INPUT, "The host name has no address")                \
    X(LCB_PROTOCOL_ERROR, 0x16, LCB_ERRTYPE_NETWORK, "A peer sent what the protocol does not allow")                  \
    X(LCB_ETIMEDOUT, 0x17, LCB_ERRTYPE_NETWORK | LCB_ERRTYPE_TRANSIENT, "The time allowed for it is over")            \
    X(LCB_CONNECT_ERROR, 0x18, LCB_ERRTYPE_NETWORK, "No connection could be opened")                                  \
    X(LCB_BUCKET_ENOENT, 0x19, LCB_ERRTYPE_INPUT | LCB_ERRTYPE_FATAL, "The bucket does not exist")                    \
    X(LCB_CLIENT_ENOMEM, 0x1a, LCB_ERRTYPE_FATAL, "The client is out of memory")                                      \
    X(LCB_CLIENT_ETMPFAIL, 0x1b, LCB_ERRTYPE_TRANSIENT,                                                               \
      "The client cannot take operations now: it is not connected yet, or too many are pending")                      \
    X(LCB_EBADHANDLE, 0x1c, LCB_ERRTYPE_INPUT, "The instance is not of the kind the operation needs")                 \
    X(LCB_SERVER_BUG, 0x1d, 0, "The server answered as no correct server does")                                       \
    X(LCB_PLUGIN_VERSION_MISMATCH, 0x1e, LCB_ERRTYPE_INPUT | LCB_ERRTYPE_FATAL | LCB_ERRTYPE_PLUGIN,                  \
      "The IO plugin's version is not one that can be used")                                                          \
    X(LCB_INVALID_HOST_FORMAT, 0x1f, LCB_ERRTYPE_INPUT, "A host is not written as one")                               \
    X(LCB_INVALID_CHAR, 0x20, LCB_ERRTYPE_INPUT, "A character is not allowed here")                                   \
    X(LCB_DURABILITY_ETOOMANY, 0x21, LCB_ERRTYPE_INPUT, "The bucket has fewer copies than durability asks for")       \
    X(LCB_DUPLICATE_COMMANDS, 0x22, LCB_ERRTYPE_INPUT, "One key is in the list of commands twice")                    \
    X(LCB_NO_MATCHING_SERVER, 0x23, LCB_ERRTYPE_TRANSIENT, "The cluster map names no server for the key")             \
    X(LCB_BAD_ENVIRONMENT, 0x24, LCB_ERRTYPE_FATAL | LCB_ERRTYPE_INPUT,                                               \
      "A variable of the environment (LIBCOUCHBASE_*) has a value that makes no sense")                               \
    X(LCB_BUSY, 0x25, LCB_ERRTYPE_INTERNAL, "Not possible now: it is being done already")                             \
    X(LCB_INVALID_USERNAME, 0x26, LCB_ERRTYPE_INPUT | LCB_ERRTYPE_FATAL, "The user name is not the bucket's")         \
    X(LCB_CONFIG_CACHE_INVALID, 0x27, LCB_ERRTYPE_INPUT, "The file with the cluster map cannot be used")              \
    X(LCB_SASLMECH_UNAVAILABLE, 0x28, LCB_ERRTYPE_INPUT | LCB_ERRTYPE_FATAL,                                          \
      "The server offers no SASL mechanism that may be used")                                                         \
    X(LCB_TOO_MANY_REDIRECTS, 0x29, LCB_ERRTYPE_NETWORK, "An HTTP request was sent on too often")                     \
    X(LCB_MAP_CHANGED, 0x2a, LCB_ERRTYPE_NETWORK | LCB_ERRTYPE_TRANSIENT, "The cluster map changed; try again")       \
    X(LCB_INCOMPLETE_PACKET, 0x2b, LCB_ERRTYPE_TRANSIENT | LCB_ERRTYPE_INPUT, "The packet given is not whole")        \
    X(LCB_ECONNREFUSED, 0x2c, LCB_ERRTYPE_NETWORK | LCB_ERRTYPE_TRANSIENT, "The host refused the connection")         \
    X(LCB_ESOCKSHUTDOWN, 0x2d, LCB_ERRTYPE_NETWORK | LCB_ERRTYPE_TRANSIENT, "The peer closed the connection")         \
    X(LCB_ECONNRESET, 0x2e, LCB_ERRTYPE_NETWORK | LCB_ERRTYPE_TRANSIENT, "The peer reset the connection")             \
    X(LCB_ECANTGETPORT, 0x2f, LCB_ERRTYPE_NETWORK | LCB_ERRTYPE_FATAL, "No local port is free")                       \
    X(LCB_EFDLIMITREACHED, 0x30, LCB_ERRTYPE_NETWORK | LCB_ERRTYPE_FATAL, "The limit of open descriptors is reached") \
    X(LCB_ENETUNREACH, 0x31, LCB_ERRTYPE_NETWORK | LCB_ERRTYPE_TRANSIENT, "The network cannot be reached")            \
    X(LCB_ECTL_UNKNOWN, 0x32, LCB_ERRTYPE_INPUT, "There is no such setting")                                          \
    X(LCB_ECTL_UNSUPPMODE, 0x33, LCB_ERRTYPE_INPUT, "The setting cannot be used that way (read or written)")          \
    X(LCB_ECTL_BADARG, 0x34, LCB_ERRTYPE_INPUT, "The setting does not take this value")                               \
    X(LCB_EMPTY_KEY, 0x35, LCB_ERRTYPE_INPUT, "The key is empty")                                                     \
    X(LCB_SSL_ERROR, 0x36, LCB_ERRTYPE_FATAL, "TLS failed")                                                           \
    X(LCB_SSL_CANTVERIFY, 0x37, LCB_ERRTYPE_FATAL, "The server's certificate cannot be verified")                     \
    X(LCB_SCHEDFAIL_INTERNAL, 0x38, 0, "The command was not scheduled")                                               \
    X(LCB_CLIENT_FEATURE_UNAVAILABLE, 0x39, LCB_ERRTYPE_INPUT, "The client was not built or set up for this")         \
    X(LCB_OPTIONS_CONFLICT, 0x3a, LCB_ERRTYPE_INPUT, "The options contradict each other")                             \
    X(LCB_HTTP_ERROR, 0x3b, 0, "The HTTP request failed; its status says why")                                        \
    X(LCB_DURABILITY_NO_SYNCTOKEN, 0x3c, LCB_ERRTYPE_INPUT, "There is no token of the mutation to look after")        \
    X(LCB_UNKNOWN_MEMCACHED_ERROR, 0x3d, LCB_ERRTYPE_SRVGEN, "The server answered with an unknown status")            \
    X(LCB_MUTATION_LOST, 0x3e, LCB_ERRTYPE_SRVGEN, "The mutation was lost when its server failed")

/** What a function returns and a callback is given. */
typedef enum {
/** @cond */
#define LCB_XERR_ENUMERATOR_(name, number, classes, text) name = number,
    LCB_XERR(LCB_XERR_ENUMERATOR_)
#undef LCB_XERR_ENUMERATOR_
/** @endcond */
    /** The library's own numbers are below this one. */
    LCB_MAX_ERROR = 0x1000
} lcb_error_t;

/** @{ */
/** Not 0: the error is of this class. */
#define LCB_EIFINPUT(e) (lcb_get_errtype(e) & LCB_ERRTYPE_INPUT)
#define LCB_EIFNET(e) (lcb_get_errtype(e) & LCB_ERRTYPE_NETWORK)
#define LCB_EIFFATAL(e) (lcb_get_errtype(e) & LCB_ERRTYPE_FATAL)
#define LCB_EIFTMP(e) (lcb_get_errtype(e) & LCB_ERRTYPE_TRANSIENT)
#define LCB_EIFDATA(e) (lcb_get_errtype(e) & LCB_ERRTYPE_DATAOP)
#define LCB_EIFPLUGIN(e) (lcb_get_errtype(e) & LCB_ERRTYPE_PLUGIN)
#define LCB_EIFSRVLOAD(e) (lcb_get_errtype(e) & LCB_ERRTYPE_SRVLOAD)
#define LCB_EIFSRVGEN(e) (lcb_get_errtype(e) & LCB_ERRTYPE_SRVGEN)
/** @} */

/** @{ */
/** Not 0: somebody is out of memory, or cannot just now: the client or the server. */
#define lcb_is_error_enomem(e) ((e) == LCB_CLIENT_ENOMEM || (e) == LCB_ENOMEM)
#define lcb_is_error_etmpfail(e) ((e) == LCB_CLIENT_ETMPFAIL || (e) == LCB_ETMPFAIL)
/** @} */

/** The classes of `error`, a set of LCB_ERRTYPE_* bits; 0 for success and for a number that is none of the list. */
LIBCOUCHBASE_API int lcb_get_errtype(lcb_error_t error);

/**
 * `error` in words.
 * @param instance  not used; may be null
 * @param error     any number
 * @return a text that is never null and lives as long as the program
 */
LIBCOUCHBASE_API const char *lcb_strerror(lcb_t instance, lcb_error_t error);

#ifdef __cplusplus
}
#endif

#endif
