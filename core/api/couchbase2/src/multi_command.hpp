// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <libcouchbase/api3.h>

#include "work.hpp"

namespace tenon::couchbase2 {

/// A command on an item that owns its bytes.
class KeptWork {
public:
    explicit KeptWork(const Work &work) : work_(work), key_(work.key), hashkey_(work.hashkey) {}
    std::string_view key() const { return key_; }
    Work work() const {
        Work whole = work_;
        whole.key = key_;
        whole.hashkey = hashkey_;
        return whole;
    }

private:
    Work work_;
    std::string key_, hashkey_;
};

/// Schedules the commands of a context.
using ScheduleAll = std::function<lcb_error_t(const void *cookie, const std::vector<KeptWork> &works)>;

/// A context that keeps commands until its `done`, which schedules and destroys it, or its `fail`. Null without memory,
/// and if the instance takes no operations; `error` (if it is not null) says which.
lcb_MULTICMD_CTX *make_multi_command(lcb_t instance, lcb_CALLBACKTYPE type, ScheduleAll schedule, lcb_error_t *error);

}  // namespace tenon::couchbase2
