/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A host program's event loop, as far as `tenon-io-check --host-loop` needs one.
 *
 * A plugin whose creator takes a loop of the host's as its cookie is checked on such a loop, with work of the host's own
 * beside it. For a loop that tenon-io-check does not know, its author writes a *rig*: the table below, a page of code,
 * exported by one function from the plugin's own file or from a second shared object. See writing-a-plugin.md.
 *
 * Threads: a host is made, used and freed on one thread; several may exist, each on its own.
 */
#ifndef TENON_IO_CHECK_H
#define TENON_IO_CHECK_H

#include <tenon/io.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The newest version of the table described here. */
#define TENON_IO_CHECK_VERSION 1

/** One kind of host, as a table. */
struct tenon_io_check_host {
    /** TENON_IO_CHECK_VERSION. */
    int version;
    /** A new host with an empty loop; null if the machine refuses one. */
    void *(*make)(void);
    /** What the plugin's creator takes as its cookie: asked for anew for every table, of which there may be several. */
    void *(*cookie)(void *host);
    /** Runs the loop until `stop` is called from one of its callbacks; it may be run again after that. */
    void (*run)(void *host);
    /** Makes `run` return. */
    void (*stop)(void *host);
    /** The host's own work: `fn(arg)` every `msec` milliseconds. Returns a handle for `remove`. */
    void *(*every)(void *host, unsigned int msec, void (*fn)(void *arg), void *arg);
    /** The host's own work: `fn(arg)` whenever `fd` is readable, level-triggered. Returns a handle for `remove`. */
    void *(*readable)(void *host, int fd, void (*fn)(void *arg), void *arg);
    /** Ends such work; never called inside a callback of the same work. */
    void (*remove)(void *host, void *work);
    /** Called once, with the host's work removed and every table destroyed: lets the loop end by itself and frees the
     *  host. Returns null, or in words what the tables left on the loop or took from it. */
    const char *(*free)(void *host);
    /** For a table that is carried by a descriptor and `tick`: called after a table was made with `cookie`. Null where the
     *  plugin itself puts its handles on the loop. */
    void (*attach)(void *host, void *cookie, struct tenon_io_ops *io);
    /** And before that table is destroyed; null where `attach` is. */
    void (*detach)(void *host, struct tenon_io_ops *io);
};

/** What a rig exports. Returns a table that lives as long as the process; never null. */
TENON_API const struct tenon_io_check_host *tenon_io_check_host_loop(void);

#ifdef __cplusplus
}
#endif

#endif
