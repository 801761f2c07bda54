// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tenon/cancellation.hpp>
#include <tenon/reply.hpp>
#include <tenon/results.hpp>

#include "net/reactor.hpp"
#include "session/operation.hpp"

namespace tenon::client {

class Instance;

/// What is to be waited for.
struct DurabilityWish {
    std::string key, route_key;
    std::optional<std::uint16_t> vbucket;
    std::uint64_t cas = 0;
    unsigned persist_to = 0, replicate_to = 0;
    bool removal = false, capped = false;
    std::uint64_t interval_usec = 0;
};

/// One item that is observed again and again until enough of its copies have what they should. It is itself an operation
/// of the instance, which gives it its deadline, its end with the instance and its Cancellation; that operation's
/// callback owns it.
class DurabilityWatch : public std::enable_shared_from_this<DurabilityWatch> {
public:
    DurabilityWatch(Instance &instance, net::Reactor &reactor, DurabilityWish wish, Callback &&callback);
    DurabilityWatch(const DurabilityWatch &) = delete;
    DurabilityWatch &operator=(const DurabilityWatch &) = delete;

    /// `operation`: that stands for this.
    void start(session::Operation &operation);
    /// The operation has ended: so does all that was begun for it. The program is told.
    void finish(const Reply &reply);
    /// The operation was dropped: the same, and nobody is told.
    void stop();

private:
    struct Seen {
        std::uint8_t copy;
        CopyState state;
        std::uint64_t cas;
        std::string server;
    };

    void begin_round();
    void on_timer();
    void on_observed(const Reply &reply);
    bool is_told_twice(const Seen &one) const;
    /// What the copies heard of amount to; nothing while that is not enough.
    std::optional<std::error_code> judge();
    void end(std::error_code error);

    Instance &instance_;
    const DurabilityWish wish_;
    Callback callback_;
    session::Operation *operation_ = nullptr;  // null: it has ended
    std::optional<net::Timer> timer_;           // null: it has ended
    Cancellation round_;
    std::uint64_t round_began_ = 0;
    bool round_open_ = false;
    std::vector<Seen> seen_;
    DurabilityCounts counts_;
};

}  // namespace tenon::client
