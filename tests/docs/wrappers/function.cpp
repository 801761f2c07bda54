// SPDX-License-Identifier: Apache-2.0
// Around listings that are part of a function, with a client at hand.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>

#include <tenon/blocking.hpp>
#include <tenon/cluster_map.hpp>
#include <tenon/tenon.hpp>

void listing(tenon::Client &client);
void listing(tenon::Client &client) {
    (void)client;
    LISTING
}
