// SPDX-License-Identifier: Apache-2.0
/// @file
/// Instances on a loop of the program's own, handed over as the cookie of an IO type.
#pragma once

#include <doctest/doctest.h>

#include <libcouchbase/couchbase.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"

namespace tenon::test {

inline lcb_io_opt_t create_on(lcb_io_ops_type_t type, void *cookie) {
    lcb_create_io_ops_st options{};
    options.v.v0.type = type;
    options.v.v0.cookie = cookie;
    lcb_io_opt_t io = nullptr;
    REQUIRE(lcb_create_io_ops(&io, &options) == LCB_SUCCESS);
    CHECK(io->version == 0);
    return io;
}

/// Stores and reads, with lcb_wait driving the loop; then reads once more while the program does, a turn with each `run`.
template <class Run>
void exercise(lcb_io_opt_t io, Run run) {
    const DevclusterChild cluster({"--nodes", "2"});
    Instance instance(cluster.management(), "default", {}, io);
    REQUIRE(instance.connect() == LCB_SUCCESS);
    CHECK(instance.store(LCB_SET, "key", "value").error == LCB_SUCCESS);
    CHECK(instance.get("key").value == "value");

    Outcome outcome;
    REQUIRE(instance.get("key", outcome) == LCB_SUCCESS);
    for (int turns = 0; turns < 10'000 && outcome.calls == 0; ++turns) run();
    CHECK(outcome.calls == 1);
    CHECK(outcome.value == "value");
}

}  // namespace tenon::test
