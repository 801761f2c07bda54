// SPDX-License-Identifier: Apache-2.0
/// @file
/// The settings that need no code of their own: times, and what is kept without an effect.
#pragma once

#include <cstdint>
#include <string_view>

#include "settings.hpp"

namespace tenon::couchbase2 {

/// A time that has an effect; setting 0 sets the default.
struct TimeSetting {
    int number;
    std::string_view name, alias;
    std::uint32_t initial;  // microseconds
    Microseconds &(*field)(Settings &settings);

    void set(Settings &settings, std::uint32_t usec) const {
        field(settings) = Microseconds(usec != 0 ? usec : initial);
    }
};

inline constexpr TimeSetting kTimes[] = {
    {LCB_CNTL_OP_TIMEOUT, "operation_timeout", "timeout", 2'500'000,
     [](Settings &s) -> Microseconds & { return s.operation_timeout; }},
    {LCB_CNTL_VIEW_TIMEOUT, "views_timeout", "views_timeout", 75'000'000,
     [](Settings &s) -> Microseconds & { return s.view_timeout; }},
    {LCB_CNTL_DURABILITY_TIMEOUT, "durability_timeout", "durability_timeout", 5'000'000,
     [](Settings &s) -> Microseconds & { return s.durability_timeout; }},
    {LCB_CNTL_DURABILITY_INTERVAL, "durability_interval", "durability_interval", 100'000,
     [](Settings &s) -> Microseconds & { return s.durability_interval; }},
    {LCB_CNTL_HTTP_TIMEOUT, "http_timeout", "http_timeout", 75'000'000,
     [](Settings &s) -> Microseconds & { return s.http_timeout; }},
    {LCB_CNTL_CONFIGURATION_TIMEOUT, "config_total_timeout", "bootstrap_timeout", 5'000'000,
     [](Settings &s) -> Microseconds & { return s.options.bootstrap_timeout; }},
};

/// What a kept setting's argument points to: lcb_U32, int (the next two), lcb_SIZE, float.
enum class KeptType : std::uint8_t { time, boolean, integer, size, real };

struct KeptSetting {
    int number;
    std::string_view name;
    KeptType type;
    double initial;
};

inline constexpr KeptSetting kKept[] = {
    {LCB_CNTL_RBUFSIZE, "", KeptType::size, 32768},
    {LCB_CNTL_WBUFSIZE, "", KeptType::size, 32768},
    {LCB_CNTL_CONFERRTHRESH, "error_thresh_count", KeptType::size, 100},
    {LCB_CNTL_IOPS_DLOPEN_DEBUG, "", KeptType::integer, 0},
    {LCB_CNTL_SKIP_CONFIGURATION_ERRORS_ON_CONNECT, "", KeptType::integer, 0},
    {LCB_CNTL_RANDOMIZE_BOOTSTRAP_HOSTS, "randomize_nodes", KeptType::boolean, 1},
    {LCB_CNTL_MAX_REDIRECTS, "", KeptType::integer, 3},
    {LCB_CNTL_CONFDELAY_THRESH, "error_thresh_delay", KeptType::time, 10'000'000},
    {LCB_CNTL_CONFIG_NODE_TIMEOUT, "config_node_timeout", KeptType::time, 2'000'000},
    {LCB_CNTL_HTCONFIG_IDLE_TIMEOUT, "", KeptType::time, 4294967295.0},
    {LCB_CNTL_HTCONFIG_URLTYPE, "http_urlmode", KeptType::integer, LCB_HTCONFIG_URLTYPE_TRYALL},
    {LCB_CNTL_SYNCDESTROY, "sync_dtor", KeptType::boolean, 0},
    {LCB_CNTL_DETAILED_ERRCODES, "detailed_errcodes", KeptType::boolean, 0},
    {LCB_CNTL_RETRY_INTERVAL, "retry_interval", KeptType::time, 10'000},
    {LCB_CNTL_RETRY_BACKOFF, "retry_backoff", KeptType::real, 1.5},
    {LCB_CNTL_HTTP_POOLSIZE, "http_poolsize", KeptType::size, 1},
    {LCB_CNTL_HTTP_REFRESH_CONFIG_ON_ERROR, "http_refresh_config_on_error", KeptType::integer, 1},
    {LCB_CNTL_SCHED_IMPLICIT_FLUSH, "", KeptType::integer, 1},
    {LCB_CNTL_VBGUESS_PERSIST, "vbguess_persist", KeptType::boolean, 0},
    {LCB_CNTL_UNSAFE_OPTIMIZE, "unsafe_optimize", KeptType::boolean, 0},
};

}  // namespace tenon::couchbase2
