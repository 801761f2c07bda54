// SPDX-License-Identifier: Apache-2.0
// Around listings that are declarations.
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <system_error>

#include <tenon/blocking.hpp>
#include <tenon/cluster_map.hpp>
#include <tenon/tenon.hpp>

LISTING
