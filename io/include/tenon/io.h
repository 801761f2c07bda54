/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The IO-ops contract: the one seam between tenon's engine and an event loop.
 *
 * `struct tenon_io_ops` is a table of functions. The engine knows the operating system only through it; an event loop
 * becomes usable by filling one in (a *plugin*). The rules a plugin promises are numbered in docs/io-contract.md; the
 * comments here name them as [R1] … [R18], and the conformance suite has one test a rule.
 *
 * Threads: a table belongs to one thread at a time. Only `post` may be called from another one [R17].
 * Errors: a call that fails returns -1 (or null) and leaves the reason, an errno value, in `io->error`.
 */
#ifndef TENON_IO_H
#define TENON_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#if defined(__GNUC__) || defined(__clang__)
/** In front of what is exported. */
#define TENON_API __attribute__((visibility("default")))
/** In front of what C89 does not know. */
#define TENON_EXTENSION __extension__
#else
#define TENON_API
#define TENON_EXTENSION
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** @{ */
/** What a watch asks for and what is reported: a set of these bits. */
#define TENON_IO_READ 0x02
#define TENON_IO_WRITE 0x04
#define TENON_IO_ERROR 0x08
/** @} */

/** The newest revision of the table described here; a plugin that follows the rules puts it into `revision`. */
#define TENON_IO_REVISION 1

/** One piece of memory; the same layout as POSIX `struct iovec`. */
struct tenon_iovec {
    char *iov_base; /**< where it begins */
    size_t iov_len; /**< how many bytes it has */
};

struct tenon_io_ops;

/**
 * Called when a watch or a timer is due.
 * @param sock     the watched socket; -1 for a timer
 * @param which    the TENON_IO_* bits that are ready; 0 for a timer
 * @param cb_data  the argument given with the last update of the watch or timer
 */
typedef void (*tenon_io_handler)(int sock, short which, void *cb_data);

/**
 * Called once with the outcome of `resolve`.
 * @param cb_data    the argument given to `resolve`
 * @param error      0, or an EAI_* value
 * @param addresses  their port is 0; valid during the call
 * @param count      how many there are
 */
typedef void (*tenon_io_resolve_handler)(void *cb_data, int error, const struct sockaddr *const *addresses,
                                         unsigned int count);

/** What `sockopt` sets or asks; `value` and `length` are as said beside each. */
enum tenon_io_sockopt {
    TENON_IO_NODELAY = 1,       /**< set: `int`, 1 sends small segments at once */
    TENON_IO_KEEPALIVE = 2,     /**< set: `int`, seconds of silence before the first probe; 0 turns probes off */
    TENON_IO_PENDING_ERROR = 3, /**< get and clear: `int`, errno of the last asynchronous failure, 0 for none [R4] */
    TENON_IO_LOCAL_ADDRESS = 4, /**< get: a `struct sockaddr_storage`; `length` becomes the address's own */
    TENON_IO_SHUT_WRITE = 5     /**< set: nothing (null, null): no more is sent, reading stays possible */
};

/** The fields and calls of the event model (version 0). They stand in the table twice, so that a program may say
 * `io->recvv` or, as programs written for libcouchbase 2 do, `io->v.v0.recvv`. */
#define TENON_IO_V0_FIELDS_                                                                                         \
    /** The plugin's own. */                                                                                        \
    void *cookie;                                                                                                   \
    /** errno of the last call that failed. */                                                                      \
    int error;                                                                                                      \
    /** Non-zero: an instance created the table and destroys it. Set and read by the core. */                       \
    int need_cleanup;                                                                                               \
                                                                                                                    \
    /** A new non-blocking, close-on-exec socket, or -1. [R11] */                                                   \
    int (*socket)(struct tenon_io_ops * io, int domain, int type, int protocol);                                    \
    /** Starts to connect: 0 when done at once, else -1; `error` EINPROGRESS: ask `sockopt` once writable. [R4] */  \
    int (*connect)(struct tenon_io_ops * io, int sock, const struct sockaddr *name, unsigned int namelen);          \
    /** As recv(2); EINTR is retried. [R11] */                                                                      \
    ssize_t (*recv)(struct tenon_io_ops * io, int sock, void *buffer, size_t len, int flags);                       \
    /** As send(2); EINTR is retried, SIGPIPE never raised. [R11] */                                                \
    ssize_t (*send)(struct tenon_io_ops * io, int sock, const void *msg, size_t len, int flags);                    \
    /** `recv` into 1 to IOV_MAX pieces. Returns bytes received; 0: end of file. [R11] */                           \
    ssize_t (*recvv)(struct tenon_io_ops * io, int sock, struct tenon_iovec *iov, size_t niov);                     \
    /** `send` out of 1 to IOV_MAX pieces. Returns bytes sent. [R11] */                                             \
    ssize_t (*sendv)(struct tenon_io_ops * io, int sock, struct tenon_iovec *iov, size_t niov);                     \
    /** Closes a socket that is no longer watched. [R12] */                                                         \
    void (*close)(struct tenon_io_ops * io, int sock);                                                              \
                                                                                                                    \
    /** A one-shot timer, not armed; null on failure. [R6] */                                                       \
    void *(*create_timer)(struct tenon_io_ops * io);                                                                \
    /** Disarms and frees it. */                                                                                    \
    void (*destroy_timer)(struct tenon_io_ops * io, void *timer);                                                   \
    /** Disarms; the handle stays valid. Disarming a timer that is not armed does nothing. */                       \
    void (*delete_timer)(struct tenon_io_ops * io, void *timer);                                                    \
    /** Arms, or arms anew: `handler` is called once, `usec` microseconds from now. [R7, R8] */                     \
    int (*update_timer)(struct tenon_io_ops * io, void *timer, uint32_t usec, void *cb_data,                        \
                        tenon_io_handler handler);                                                                  \
                                                                                                                    \
    /** A watch for one socket, asking for nothing; null on failure. [R5, R6] */                                    \
    void *(*create_event)(struct tenon_io_ops * io);                                                                \
    /** Ends the watching and frees the watch. */                                                                   \
    void (*destroy_event)(struct tenon_io_ops * io, void *event);                                                   \
    /** Asks for `flags`, level-triggered, until the next update or delete; flags 0 is delete_event. [R1, R2] */    \
    int (*update_event)(struct tenon_io_ops * io, int sock, void *event, short flags, void *cb_data,                \
                        tenon_io_handler handler);                                                                  \
    /** Ends the watching; the watch stays valid. */                                                                \
    void (*delete_event)(struct tenon_io_ops * io, int sock, void *event);                                          \
                                                                                                                    \
    /** Makes the running `run_event_loop` return; outside one it does nothing and is not remembered. [R14] */      \
    void (*stop_event_loop)(struct tenon_io_ops * io);                                                              \
    /** Runs until stopped or until no watch and no timer is active. Null: the host drives the loop. [R14] */       \
    void (*run_event_loop)(struct tenon_io_ops * io);

/** They under their name in libcouchbase 2. */
struct tenon_io_v0 {
    TENON_IO_V0_FIELDS_
};

/** They by version. */
union tenon_io_v {
    struct tenon_io_v0 v0; /**< of version 0 */
};

/**
 * The table. Made by a plugin's creator, zeroed first; `version` is 0 (the event model) and `destructor` frees it.
 * A `revision` of 0 (a plugin that knows nothing of this header's later part) promises only what libcouchbase 2's
 * tutorial says; the core then supplies or works around the rest.
 */
struct tenon_io_ops {
    int version; /**< 0 */
    /** The loader's handle of the shared object, null if there is none. */
    void *dlhandle;
    /** Frees what the creator made; called once by whoever created the table, after its handles and instances. [R16] */
    void (*destructor)(struct tenon_io_ops *io);

    TENON_EXTENSION union {
        TENON_EXTENSION struct {
            TENON_IO_V0_FIELDS_
        };
        union tenon_io_v v; /**< the same fields and calls once more, as libcouchbase 2 names them */
    };

    /** What the plugin promises: 0, or TENON_IO_REVISION. The fields up to `core` exist at either. */
    int revision;

    /* Each call from here on may be null; the core then uses a default of its own. */

    /** Monotonic time in microseconds, never decreasing; the clock timers are judged by. Default: CLOCK_MONOTONIC. */
    uint64_t (*now)(struct tenon_io_ops *io);
    /** As bind(2); address reuse is set, so that a restarted server finds its port. 0 or -1. */
    int (*bind)(struct tenon_io_ops *io, int sock, const struct sockaddr *name, unsigned int namelen);
    /** As listen(2). 0 or -1. */
    int (*listen)(struct tenon_io_ops *io, int sock, int backlog);
    /** The next connection, non-blocking and close-on-exec, or -1; `name` (may be null) gets the peer's address. */
    int (*accept)(struct tenon_io_ops *io, int sock, struct sockaddr *name, unsigned int *namelen);
    /** Sets or asks one option, see enum tenon_io_sockopt. 0 or -1. */
    int (*sockopt)(struct tenon_io_ops *io, int sock, int option, void *value, unsigned int *length);
    /**
     * Looks `host` up without blocking. `family` is AF_UNSPEC, AF_INET or AF_INET6. Returns a handle that lives until
     * `handler` is called (never inside this call) or `cancel_resolve`; null with `error` on failure. [R18]
     */
    void *(*resolve)(struct tenon_io_ops *io, const char *host, int family, void *cb_data,
                     tenon_io_resolve_handler handler);
    /** Forgets a query at once; its handler never runs. */
    void (*cancel_resolve)(struct tenon_io_ops *io, void *query);
    /** Runs what is ready now without blocking. 0, or -1 with EDEADLK inside a callback. [R14] */
    int (*tick)(struct tenon_io_ops *io);
    /** From any thread: `fn(arg)` runs once on the table's thread. 0 or -1. [R17] */
    int (*post)(struct tenon_io_ops *io, void (*fn)(void *arg), void *arg);

    /** The core's own state for this table; null at first, not the plugin's to touch. */
    void *core;
};

/**
 * Makes a table: the one function a plugin exports, by convention as `tenon_create_NAME_io_ops`.
 * @param version  the model asked for: 0
 * @param io       receives the table
 * @param cookie   the host's own loop to live on, or null: the plugin makes a loop and owns it
 * @return TENON_IO_OK, TENON_IO_EVERSION for a version it does not know, or another code; -errno if the system refused
 */
typedef int (*tenon_io_creator)(int version, struct tenon_io_ops **io, void *cookie);

/** Results of creators and of tenon_create_io_ops. The first four have libcouchbase 2's numbers, so that one creator
 *  can stand behind both of a plugin's symbols. */
enum tenon_io_status {
    TENON_IO_OK = 0,
    TENON_IO_EINVAL = 0x07,        /**< the request makes no sense (no symbol with a file, unknown kind …) */
    TENON_IO_ENOMEM = 0x1a,        /**< out of memory or of descriptors */
    TENON_IO_EVERSION = 0x1e,      /**< the creator refuses this version of the table */
    TENON_IO_ENOFILE = 0x101,      /**< no such file; for a name: in none of the places searched */
    TENON_IO_ENOTSO = 0x102,       /**< the file is not a shared object that can be loaded here */
    TENON_IO_ENOSYM = 0x103,       /**< the object lacks the symbol */
    TENON_IO_EINCOMPLETE = 0x104,  /**< the table came back with a required call missing */
    TENON_IO_ECREATOR = 0x105      /**< the creator failed with a code of its own, or the system's (told in the message) */
};

/** How a plugin is found. */
enum tenon_io_find {
    TENON_IO_DEFAULT = 0, /**< $TENON_IO_PLUGIN (a name, or file:symbol) if set, else "epoll" */
    TENON_IO_NAME,        /**< `name`: built in if linked in, else libtenon-io-NAME.so on the search path; with `symbol`
                               that creator of the shared object, for one with a cookie of its own kind */
    TENON_IO_FILE,        /**< `file` and `symbol`; a null file is the running executable's own image */
    TENON_IO_FUNCTION     /**< `function` */
};

/** A request to the loader. Zeroed it asks for the default plugin with a loop of its own. */
struct tenon_io_options {
    enum tenon_io_find find;   /**< which of the following count */
    const char *name;          /**< "libuv" */
    const char *file;          /**< a path, as dlopen(3) takes it */
    const char *symbol;        /**< the creator's name */
    tenon_io_creator function; /**< the creator */
    /** The host's own loop (`struct ev_loop *`, `uv_loop_t *`, `struct event_base *` …) or null. */
    void *cookie;
};

/**
 * Finds a plugin and has it make a table.
 *
 * A name is searched on $TENON_PLUGIN_PATH (folders separated by colons), in the folder of this library, and on the
 * system's path. The environment is ignored in set-uid programs. Loaded code is never unloaded.
 *
 * @param io       receives the table, to be undone by tenon_destroy_io_ops; untouched on failure
 * @param options  the request; null asks for the default. Nothing of it is kept but `cookie`.
 * @return an enum tenon_io_status; tenon_io_error_message() then says what was looked for and where
 */
TENON_API int tenon_create_io_ops(struct tenon_io_ops **io, const struct tenon_io_options *options);

/** Undoes tenon_create_io_ops. May be called inside a callback of the table [R10]. Null does nothing. */
TENON_API void tenon_destroy_io_ops(struct tenon_io_ops *io);

/** What went wrong in the last failed tenon_create_io_ops of this thread; valid until the next one. Never null. */
TENON_API const char *tenon_io_error_message(void);

#ifdef __cplusplus
}
#endif

#endif
