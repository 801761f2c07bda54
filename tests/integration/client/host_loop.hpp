// SPDX-License-Identifier: Apache-2.0
/// @file
/// A client, and the cluster it speaks to, on a loop that the program made and runs.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include <tenon/tenon.hpp>

#include "devcluster/cluster.hpp"

namespace tenon::test {

/// Stores and reads; `turn` is one turn of the program's loop.
template <class Turn>
void exercise(const io &io, Turn turn) {
    devcluster::Cluster cluster(io.get(), {.nodes = 2, .vbuckets = 16});
    REQUIRE_FALSE(cluster.start());
    Client client(io, {.hosts = {"127.0.0.1:" + std::to_string(cluster.management_port())}});
    std::string value;
    const auto walk = [&]() -> Detached {
        co_await client.set("key", as_bytes("value"));
        const Reply item = co_await client.get("key");
        value = item.text();
    };
    REQUIRE_FALSE(client.connect());
    walk();
    for (int turns = 0; turns < 10'000 && value.empty(); ++turns) turn();
    CHECK(value == "value");
}

}  // namespace tenon::test
