// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checks/suite.hpp"

namespace tenon::conformance {

/// Tells how often this process called epoll_ctl, and epoll_wait, poll and their like, through the C library's functions.
/// The program's own symbols of these names stand before the C library's for every object in the process. Empty where
/// that is not done.
std::function<CallCount()> call_counter();

}  // namespace tenon::conformance
