// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "history.hpp"
#include "sim/sim.hpp"

namespace tenon::simulation {

/// A history as lines to be read: virtual time, who, what. Frames on the wire are put together and decoded.
class Trace {
public:
    using Sink = std::function<void(const std::string &line)>;

    explicit Trace(Sink sink) : sink_(std::move(sink)) {}

    /// Hosts are shown by these names.
    void name_host(std::uint32_t address, std::string name) { names_[address] = std::move(name); }

    void line(Time time, std::string_view who, std::string_view what);
    void on_call(Time time, const Call &call, std::string_view key);
    void on_completion(Time time, const Call &call);
    /// For World::trace.
    void on_wire(const sim::Trace &event);

private:
    std::string show(const sim::Endpoint &end) const;
    void feed(const sim::Trace &event);

    Sink sink_;
    std::map<std::uint32_t, std::string> names_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::byte>> partial_;  // by connection and sender
};

/// What was asked and what came, in one line: "#12 set k3 w12; cas …".
std::string describe(const Call &call);

}  // namespace tenon::simulation
