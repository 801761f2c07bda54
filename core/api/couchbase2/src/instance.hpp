// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tenon/tenon.hpp>

#include <libcouchbase/api3.h>
#include <libcouchbase/couchbase.h>

#include "histogram.hpp"
#include "http.hpp"
#include "settings.hpp"
#include "timer.hpp"
#include "work.hpp"

namespace tenon::couchbase2 {

/// What a program set; null where it did not.
struct Callbacks {
    lcb_get_callback get = nullptr;
    lcb_store_callback store = nullptr;
    lcb_remove_callback remove = nullptr;
    lcb_touch_callback touch = nullptr;
    lcb_unlock_callback unlock = nullptr;
    lcb_arithmetic_callback arithmetic = nullptr;
    lcb_observe_callback observe = nullptr;
    lcb_durability_callback durability = nullptr;
    lcb_stat_callback stat = nullptr;
    lcb_version_callback version = nullptr;
    lcb_verbosity_callback verbosity = nullptr;
    lcb_flush_callback flush = nullptr;
    lcb_http_data_callback http_data = nullptr;
    lcb_http_complete_callback http_complete = nullptr;
    lcb_error_callback error = nullptr;
    lcb_configuration_callback configuration = nullptr;
    lcb_bootstrap_callback bootstrap = nullptr;
    lcb_destroy_callback destroy = nullptr;
    lcb_errmap_callback errmap = nullptr;
    std::array<lcb_RESPCALLBACK, LCB_CALLBACK__MAX> of_type{};  // those of api3.h
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

}  // namespace tenon::couchbase2

struct lcb_st {
    lcb_st(tenon_io_ops *table, std::shared_ptr<tenon_io_ops> ownership, tenon::couchbase2::Settings with);
    lcb_st(const lcb_st &) = delete;
    lcb_st &operator=(const lcb_st &) = delete;
    ~lcb_st();

    bool has_map() const { return client && client->connected(); }
    /// LCB_SUCCESS if operations can be scheduled: there is a map, and the end has not begun.
    lcb_error_t takes_operations() const;

    tenon_io_ops *const io;
    /// The table, if lcb_create made it; outlives the client, and the lcb_wait that a callback destroys the instance in:
    /// plugins of the tutorial's era know no end in the middle of their own run.
    std::shared_ptr<tenon_io_ops> owned_table;
    /// Expires with the instance.
    std::shared_ptr<char> life = std::make_shared<char>();

    tenon::couchbase2::Settings settings;
    tenon::couchbase2::Callbacks callbacks;
    const void *cookie = nullptr;
    const void *destroy_cookie = nullptr;

    lcb_error_t bootstrap_status = LCB_ERROR;
    lcb_error_t last_error = LCB_SUCCESS;
    bool connecting = false;
    bool destroying = false;

    /// Of lcb_wait: what it is doing.
    enum class Waiting { no, client, timers };
    Waiting waiting = Waiting::no;
    bool broke_out = false;
    bool wait_is_done = false;  ///< the loop was stopped because nothing is left to wait for

    std::unique_ptr<tenon::couchbase2::Histogram> histogram;
    tenon::couchbase2::Timers timers;
    std::uintptr_t last_timer = 0;
    tenon::couchbase2::HttpRequests http_requests;
    /// What was scheduled since lcb_sched_enter; none outside of it.
    std::optional<tenon::Cancellation> scheduled;
    std::optional<tenon::couchbase2::LoopTimer> destroy_timer;

    // What functions return pointers into.
    std::vector<std::string> management;  // "host:port" each
    std::vector<const char *> server_list;
    std::string node, first_host, first_port;

    /// Ends the operation in whose callback the instance is destroyed, if another callback was to follow.
    tenon::couchbase2::LastWord last_word;
    /// From the first lcb_connect on. The last member, so that its destructor's callbacks still find the others.
    std::optional<tenon::Client> client;
};
