// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <unistd.h>

namespace tenon::test {

/// A loopback address that this process has for itself (127.1.0.0 and up, by its id). A port there stays free from one
/// listener to the next: on 127.0.0.1 any program's outgoing connection may take it meanwhile.
inline std::string own_loopback() {
    const auto id = static_cast<unsigned>(getpid());
    return "127." + std::to_string(1 + (id >> 16 & 0x7f)) + "." + std::to_string(id >> 8 & 0xff) + "." +
           std::to_string(id & 0xff);
}

}  // namespace tenon::test
