// SPDX-License-Identifier: Apache-2.0
#include "hosts.hpp"

#include <cstring>

namespace tenon::conformance {

const HostKind *find_host(const char *plugin) {
    static const HostKind *const kinds[] = {
#ifdef TENON_HOST_EPOLL
        &kEpollHost,
#endif
#ifdef TENON_HOST_LIBEV
        &kLibevHost,
#endif
#ifdef TENON_HOST_LIBUV
        &kLibuvHost,
#endif
#ifdef TENON_HOST_LIBEVENT
        &kLibeventHost,
#endif
        nullptr,
    };
    for (const HostKind *kind : kinds)
        if (kind != nullptr && std::strcmp(kind->plugin, plugin) == 0) return kind;
    return nullptr;
}

}  // namespace tenon::conformance
