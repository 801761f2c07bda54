// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <tenon/options.hpp>

#include <libcouchbase/cntl.h>

namespace tenon::couchbase2 {

using Microseconds = std::chrono::microseconds;

/// What lcb_create, lcb_cntl and lcb_cntl_string set. `options` counts for the next client that is made.
struct Settings {
    tenon::Options options;
    lcb_type_t type = LCB_TYPE_BUCKET;
    Microseconds operation_timeout{0}, view_timeout{0}, durability_timeout{0}, durability_interval{0}, http_timeout{0};
    lcb_syncmode_t syncmode = LCB_ASYNCHRONOUS;
    lcb_logprocs *logger = nullptr;
    /// What is remembered and has no effect: a real number, or a whole one (an int's bits, where it is one).
    struct Kept {
        std::uint64_t whole = 0;
        float real = 0;
    };
    /// By number; times in microseconds.
    std::array<Kept, LCB_CNTL__MAX> kept{};

    /// With each setting's default.
    Settings();
};

/// One setting by name, as lcb_cntl_string takes it. LCB_ECTL_UNKNOWN, LCB_ECTL_UNSUPPMODE or LCB_ECTL_BADARG on
/// errors.
lcb_error_t set_by_name(Settings &settings, std::string_view name, std::string_view value);

AddressFamily to_family(lcb_ipv6_t policy);
lcb_ipv6_t to_ipv6(AddressFamily family);

/// Lets the log go to standard error, as LCB_CNTL_CONLOGGER_LEVEL says.
void log_to_console(Settings &settings, unsigned level);

}  // namespace tenon::couchbase2
