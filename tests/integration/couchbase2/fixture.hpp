// SPDX-License-Identifier: Apache-2.0
/// @file
/// What the tests of the C API share: an instance, and what its callbacks were given.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <libcouchbase/couchbase.h>

namespace tenon::test {

/// What one operation's callbacks were given. The cookie of the operation points to it.
struct Outcome {
    int calls = 0;
    lcb_error_t error = LCB_MAX_ERROR;
    std::string key, value;
    lcb_uint32_t flags = 0;
    lcb_cas_t cas = 0;
    lcb_uint64_t counter = 0;
    lcb_storage_t operation = LCB_SET;
};

/// What an operation that goes to servers gave: a line "server key value error" a callback, and how it ended.
struct Replies {
    std::vector<std::string> lines;
    int ends = 0;
    lcb_error_t end_error = LCB_MAX_ERROR;
};

/// An instance with every callback set. REQUIREs that it can be made.
class Instance {
public:
    /// `io`: null for a table of its own.
    explicit Instance(std::string_view host, std::string_view bucket = "default", std::string_view password = {},
                      lcb_io_opt_t io = nullptr);
    Instance(const Instance &) = delete;
    Instance &operator=(const Instance &) = delete;
    ~Instance() { lcb_destroy(handle_); }

    operator lcb_t() const { return handle_; }
    /// Leaves the handle to the caller.
    lcb_t release();

    /// Connects and waits.
    lcb_error_t connect();

    // Each schedules one operation; `outcome` is filled when it completes.
    lcb_error_t get(std::string_view key, Outcome &outcome, lcb_time_t expiry = 0, bool lock = false);
    lcb_error_t store(lcb_storage_t operation, std::string_view key, std::string_view value, Outcome &outcome,
                      lcb_cas_t cas = 0, lcb_uint32_t flags = 0, lcb_time_t expiry = 0);
    lcb_error_t touch(std::string_view key, lcb_time_t expiry, Outcome &outcome);
    lcb_error_t unlock(std::string_view key, lcb_cas_t cas, Outcome &outcome);
    lcb_error_t remove(std::string_view key, lcb_cas_t cas, Outcome &outcome);

    // And these wait for it.
    Outcome get(std::string_view key);
    Outcome store(lcb_storage_t operation, std::string_view key, std::string_view value, lcb_cas_t cas = 0,
                  lcb_uint32_t flags = 0);

    /// What the error callback was given, and how often.
    struct Failure {
        int calls = 0;
        lcb_error_t error = LCB_SUCCESS;
        std::string text;
    };
    const Failure &failure() const { return failure_; }
    /// What the configuration callback was given.
    const std::vector<lcb_configuration_t> &configurations() const { return configurations_; }

private:
    lcb_t handle_ = nullptr;
    Failure failure_;
    std::vector<lcb_configuration_t> configurations_;
};


}  // namespace tenon::test
