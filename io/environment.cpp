// SPDX-License-Identifier: Apache-2.0
#include "environment.hpp"

#include <cstdlib>

#include <unistd.h>

namespace tenon::ops {

const char *environment(const char *name) {
#ifdef __GLIBC__
    const char *value = ::secure_getenv(name);
#else
    const char *value = ::getuid() == ::geteuid() && ::getgid() == ::getegid() ? std::getenv(name) : nullptr;
#endif
    return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace tenon::ops
