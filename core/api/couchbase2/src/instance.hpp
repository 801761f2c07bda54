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
#include <libcouchbase/pktfwd.h>

#include "histogram.hpp"
#include "http.hpp"
#include "settings.hpp"
#include "timer.hpp"
#include "vbucket_config.hpp"
#include "views.hpp"
#include "work.hpp"

namespace tenon::couchbase2 {

/// Stands where a program has set nothing: programs keep what a setter returns, and call it.
template <class Function>
struct Quiet;
template <class Result, class... Arguments>
struct Quiet<Result (*)(Arguments...)> {
    static Result call(Arguments...) { return Result(); }
};

/// What a program set. Never null, but for those of api3.h.
struct Callbacks {
    lcb_get_callback get = Quiet<lcb_get_callback>::call;
    lcb_store_callback store = Quiet<lcb_store_callback>::call;
    lcb_remove_callback remove = Quiet<lcb_remove_callback>::call;
    lcb_touch_callback touch = Quiet<lcb_touch_callback>::call;
    lcb_unlock_callback unlock = Quiet<lcb_unlock_callback>::call;
    lcb_arithmetic_callback arithmetic = Quiet<lcb_arithmetic_callback>::call;
    lcb_observe_callback observe = Quiet<lcb_observe_callback>::call;
    lcb_durability_callback durability = Quiet<lcb_durability_callback>::call;
    lcb_stat_callback stat = Quiet<lcb_stat_callback>::call;
    lcb_version_callback version = Quiet<lcb_version_callback>::call;
    lcb_verbosity_callback verbosity = Quiet<lcb_verbosity_callback>::call;
    lcb_flush_callback flush = Quiet<lcb_flush_callback>::call;
    lcb_http_data_callback http_data = Quiet<lcb_http_data_callback>::call;
    lcb_http_complete_callback http_complete = Quiet<lcb_http_complete_callback>::call;
    lcb_error_callback error = Quiet<lcb_error_callback>::call;
    lcb_configuration_callback configuration = Quiet<lcb_configuration_callback>::call;
    lcb_bootstrap_callback bootstrap = Quiet<lcb_bootstrap_callback>::call;
    lcb_destroy_callback destroy = Quiet<lcb_destroy_callback>::call;
    lcb_errmap_callback errmap = lcb_errmap_default;
    lcb_pktfwd_callback packet = Quiet<lcb_pktfwd_callback>::call;
    lcb_pktflushed_callback flushed = Quiet<lcb_pktflushed_callback>::call;
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

    bool has_map() { return client && (had_map || (had_map = client->connected())); }
    /// LCB_SUCCESS if operations can be scheduled: there is a map, and the end has not begun.
    lcb_error_t takes_operations() {
        if (settings.type == LCB_TYPE_CLUSTER) return LCB_EBADHANDLE;
        return !destroying && has_map() ? LCB_SUCCESS : LCB_CLIENT_ETMPFAIL;
    }

    tenon_io_ops *const io;
    /// The table, if lcb_create made it; outlives the client, and the lcb_wait that a callback destroys the instance
    /// in: plugins of the tutorial's era know no end in the middle of their own run.
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
    bool had_map = false;  ///< the client told so once: there always is one from then on

    /// Of lcb_wait: what it is doing.
    enum class Waiting { no, client, timers };
    Waiting waiting = Waiting::no;
    bool broke_out = false;
    bool wait_is_done = false;  ///< the loop was stopped because nothing is left to wait for

    std::unique_ptr<tenon::couchbase2::Histogram> histogram;
    tenon::couchbase2::Timers timers;
    std::uintptr_t last_timer = 0;
    tenon::couchbase2::HttpRequests http_requests;
    tenon::couchbase2::ViewQueries views;
    /// What was scheduled since lcb_sched_enter; none outside of it.
    std::optional<tenon::Cancellation> scheduled;
    std::optional<tenon::couchbase2::LoopTimer> destroy_timer;

    // What functions return pointers into.
    std::vector<std::string> management;  // "host:port" each
    std::vector<const char *> server_list;
    std::string node, first_host, first_port, told_host, told_port;
    std::unique_ptr<tenon::couchbase2::VbucketConfig> shown_map;

    /// Ends the operation in whose callback the instance is destroyed, if another callback was to follow.
    tenon::couchbase2::LastWord last_word;
    /// From the first lcb_connect on. The last member, so that its destructor's callbacks still find the others.
    std::optional<tenon::Client> client;
};
