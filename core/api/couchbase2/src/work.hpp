// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <system_error>

#include <tenon/callback.hpp>

#include <libcouchbase/api3.h>
#include <libcouchbase/couchbase.h>

namespace tenon::couchbase2 {

/// The protocol's longest key.
inline constexpr std::size_t kMaxKey = 250;

inline std::string_view bytes_of(const void *data, std::size_t size) { return {static_cast<const char *>(data), size}; }

/// One operation, whichever version of whichever struct asked for it. Fields that its type has no use for stay as here.
struct Work {
    lcb_CALLBACKTYPE type = LCB_CALLBACK_DEFAULT;
    /// Of an item; of statistics the group.
    std::string_view key = {};
    std::string_view hashkey = {};
    std::string_view value = {};
    lcb_cas_t cas = 0;
    lcb_time_t exptime = 0;
    lcb_uint32_t flags = 0;
    lcb_datatype_t datatype = 0;
    bool lock = false;
    bool create = false;
    /// The lcb_storage_t, lcb_replica_t or lcb_verbosity_level_t, as any number.
    unsigned choice = 0;
    int index = 0;
    lcb_int64_t delta = 0;
    lcb_uint64_t initial = 0;
    /// The one server of verbosity; empty: all.
    std::string_view server = {};
};

/// A Work that owns its bytes.
struct HeldWork {
    HeldWork(const Work &work, const void *with);
    HeldWork(const HeldWork &) = delete;
    HeldWork &operator=(const HeldWork &) = delete;

    Work work;
    const void *cookie;
    /// Why it could not be scheduled.
    std::error_code error = {};

private:
    std::string bytes_;
};

/// A deque does not move its elements.
using HeldWorks = std::deque<HeldWork>;

/// What is wrong with an operation, as far as that can be known before it is scheduled.
lcb_error_t check(lcb_t instance, const Work &work);

/// Schedules an operation that was checked; inside lcb_sched_enter keeps it.
std::error_code submit(lcb_t instance, const void *cookie, const Work &work);

/// What tells the program how an operation ended.
Callback completion(lcb_t instance, const void *cookie, const Work &work);

}  // namespace tenon::couchbase2
