// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <tenon/tenon.hpp>

#include <libcouchbase/couchbase.h>

namespace tenon::couchbase2 {

/// What a program set; null where it did not.
struct Callbacks {
    lcb_get_callback get = nullptr;
    lcb_store_callback store = nullptr;
    lcb_remove_callback remove = nullptr;
    lcb_touch_callback touch = nullptr;
    lcb_unlock_callback unlock = nullptr;
    lcb_arithmetic_callback arithmetic = nullptr;
    lcb_stat_callback stat = nullptr;
    lcb_version_callback version = nullptr;
    lcb_verbosity_callback verbosity = nullptr;
    lcb_flush_callback flush = nullptr;
    lcb_error_callback error = nullptr;
    lcb_configuration_callback configuration = nullptr;
};

/// Said at the end of its life.
struct LastWord {
    std::function<void()> say = {};
    LastWord() = default;
    LastWord(const LastWord &) = delete;
    LastWord &operator=(const LastWord &) = delete;
    ~LastWord() {
        if (say) say();
    }
};

inline constexpr std::chrono::microseconds kDefaultTimeout = std::chrono::milliseconds(2500);

}  // namespace tenon::couchbase2

struct lcb_st {
    lcb_st(tenon_io_ops *io, std::shared_ptr<tenon_io_ops> owned, tenon::Options options)
        : table(std::move(owned)), max_body(options.max_frame_body), client(io, std::move(options)) {}

    /// Whether operations can be scheduled: there is a map, and the end has not begun.
    bool takes_operations() const { return !destroying && client.connected(); }

    /// The table, if lcb_create made it; outlives the client, and the lcb_wait that a callback destroys the instance in:
    /// plugins of the tutorial's era know no end in the middle of their own run.
    std::shared_ptr<tenon_io_ops> table;
    tenon::couchbase2::Callbacks callbacks;
    const void *cookie = nullptr;
    std::chrono::microseconds timeout = tenon::couchbase2::kDefaultTimeout;
    std::size_t max_body;
    bool connecting = false;
    bool destroying = false;
    /// Ends the operation in whose callback the instance is destroyed, if another callback was to follow.
    tenon::couchbase2::LastWord last_word;
    /// The last member, so that its destructor's callbacks still find the others.
    tenon::Client client;
};
