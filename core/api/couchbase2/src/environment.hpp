// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>

#include <unistd.h>

namespace tenon::couchbase2 {

/// A variable of the environment; null if it is not set, empty, or the program is set-uid.
inline const char *environment(const char *name) {
#ifdef __GLIBC__
    const char *value = ::secure_getenv(name);
#else
    const char *value = ::getuid() == ::geteuid() && ::getgid() == ::getegid() ? std::getenv(name) : nullptr;
#endif
    return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace tenon::couchbase2
