// SPDX-License-Identifier: Apache-2.0
/// @file
/// The load of tenon-bench on the C face: the same batches, by <libcouchbase/couchbase.h> as its programs use it: one
/// call of lcb_get or lcb_store an operation, one callback for all.
#pragma once

#include <string>

#include <libcouchbase/couchbase.h>

#include "generator.hpp"

namespace tenon::bench {

class CLoad {
public:
    /// `instance` must outlive this; connected. Takes its callbacks for get and store. Throws what Generator throws.
    CLoad(lcb_t instance, const LoadOptions &options);

    /// What Load's do.
    lcb_error_t prefill();
    lcb_error_t run();

    const Generator &generator() const { return generator_; }

private:
    [[gnu::noinline]] void schedule_batches();  // not a part of each completion
    void schedule_one();
    lcb_error_t store(std::string_view key);
    void complete(lcb_error_t error);
    std::string describe(lcb_error_t error) const { return lcb_strerror(instance_, error); }

    lcb_t instance_;
    Generator generator_;
    bool filling_ = false;
};

}  // namespace tenon::bench
