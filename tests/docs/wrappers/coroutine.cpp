// SPDX-License-Identifier: Apache-2.0
// Around listings that are part of a coroutine, with a client at hand.
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <system_error>

#include <tenon/tenon.hpp>

tenon::Detached listing(tenon::Client &client);
tenon::Detached listing(tenon::Client &client) {
    LISTING
}
