// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

#include <tenon/operations.hpp>

#include <libcouchbase/api3.h>
#include <libcouchbase/couchbase.h>

namespace tenon::couchbase2 {

/// The protocol's longest key.
inline constexpr std::size_t kMaxKey = 250;

inline std::string_view bytes_of(const void *data, std::size_t size) { return {static_cast<const char *>(data), size}; }

/// A program gives a length, and nothing that has it.
inline bool is_missing(const void *data, std::size_t size) { return data == nullptr && size != 0; }

/// One operation, whichever version of whichever struct asked for it. Fields that its type has no use for stay as here.
struct Work {
    lcb_CALLBACKTYPE type = LCB_CALLBACK_DEFAULT;
    /// Of an item; of statistics the group.
    std::string_view key = {};
    /// What routes it in the key's place, if either is there.
    std::string_view hashkey = {};
    std::optional<std::uint16_t> vbucket = {};
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
    /// The one server to ask, "host:port" or "host"; empty: all.
    std::string_view server = {};
    /// Of observe: only the owner is asked.
    bool master_only = false;
};

/// Whether its expiry is one that the wire can have.
inline bool has_expiry(const Work &work) {
    return work.exptime >= 0 && work.exptime <= lcb_time_t{std::numeric_limits<std::uint32_t>::max()};
}

// By value: that the address of an operation on an item goes nowhere is what keeps it out of memory (submit.hpp).

/// What is wrong with an operation on servers, as far as that can be known before it is scheduled.
lcb_error_t check_for_servers(lcb_t instance, Work work);

/// Schedules an operation on servers that was checked.
std::error_code submit_to_servers(lcb_t instance, const void *cookie, Work work);

/// How an operation on servers goes; its server was checked.
ServerOptions to_servers(lcb_t instance, const Work &work);

/// Puts the fields that all version-3 commands have into a Work. LCB_EINVAL: its vBucket has no such number.
lcb_error_t describe_base(const lcb_CMDBASE &command, Work &work);

}  // namespace tenon::couchbase2
