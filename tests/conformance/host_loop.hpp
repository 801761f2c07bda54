// SPDX-License-Identifier: Apache-2.0
//
// A host program's event loop, as far as the suite needs one: the checks drive it through these functions and never see
// the event library behind them.
#pragma once

#include <tenon/io.h>

namespace tenon::conformance {

/// One per event library. A host is made and used on one thread.
struct HostKind {
    /// The plugin whose cookie this host's loop is.
    const char *plugin;
    /// A new host with an empty loop; never null.
    void *(*make)();
    /// What the plugin's creator takes: asked for anew for every table.
    void *(*cookie)(void *host);
    /// Runs the loop until `stop` is called from one of its callbacks.
    void (*run)(void *host);
    void (*stop)(void *host);
    /// The host's own work: a timer every `msec` milliseconds, and a watch for reading. Undone by `remove`.
    void *(*every)(void *host, unsigned msec, void (*fn)(void *arg), void *arg);
    void *(*readable)(void *host, int fd, void (*fn)(void *arg), void *arg);
    void (*remove)(void *host, void *work);
    /// With the host's own work removed: lets the loop end by itself and frees it. Returns null, or what is wrong:
    /// something was left on the loop, or more was taken from it than had been put there.
    const char *(*free)(void *host);
    /// For plugins whose table is carried by a descriptor and `tick`: called after a table was made with `cookie`, and
    /// before it is destroyed. Null where the cookie is the loop.
    void (*attach)(void *host, void *cookie, struct tenon_io_ops *io);
    void (*detach)(void *host, struct tenon_io_ops *io);
};

/// The host for a plugin's name, or null if none was built in.
const HostKind *find_host(const char *plugin);

}  // namespace tenon::conformance
