// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../host_loop.hpp"

namespace tenon::conformance {

// One file each in this folder; hosts.cpp knows which were built.
extern const HostKind kEpollHost;
extern const HostKind kLibevHost;
extern const HostKind kLibuvHost;
extern const HostKind kLibeventHost;

}  // namespace tenon::conformance
