// SPDX-License-Identifier: Apache-2.0
/// @file
/// The load of tenon-bench on the C++ face: batches of gets and sets through one client.
#pragma once

#include <system_error>

#include <tenon/tenon.hpp>

#include "generator.hpp"

namespace tenon::bench {

/// Runs batches over a client: schedules one, and from the callback of its last completion the next one, so that the
/// loop is never left in between.
class Load {
public:
    /// `client` must outlive this; connected. Throws what Generator throws.
    Load(Client &client, const LoadOptions &options) : client_(client), generator_(options) {}

    /// Stores every item once; returns when all are done, or after the first batch with a failure (see failures()).
    std::error_code prefill();
    /// Runs `cycles` batches, or those of `duration`; returns when the last one is complete. May be called again:
    /// figures add up.
    std::error_code run();

    const Generator &generator() const { return generator_; }
    std::uint64_t operations() const { return generator_.operations(); }
    std::uint64_t errors() const { return generator_.errors(); }

private:
    [[gnu::noinline]] void schedule_batches();  // not a part of each completion
    void complete(const Reply &reply);

    Client &client_;
    Generator generator_;
};

}  // namespace tenon::bench
