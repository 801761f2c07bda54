// SPDX-License-Identifier: Apache-2.0
/// @file
/// Ending an operation before its answer or its deadline: `tenon::Cancellation`.
#pragma once

#include <cstddef>

#include <tenon/io.h>

namespace tenon {

namespace client {
class HttpRequests;
class Instance;
struct Details;
}  // namespace client

/// Stands for the operations and HTTP requests it was given to (in their options), and ends them: at once on the wire,
/// if nothing of them was sent yet; their callbacks come from the loop, with errc::cancelled. A write that was sent may
/// have happened.
///
/// It belongs to the thread of its operations' Client, may be given to any number of them, one after the other and at
/// the same time, of one Client at a time, and may be used again. When it goes, they stay.
class TENON_API Cancellation {
public:
    Cancellation() = default;
    Cancellation(const Cancellation &) = delete;
    Cancellation &operator=(const Cancellation &) = delete;
    ~Cancellation();

    /// Ends what it stands for. Callbacks are not called inside this.
    void cancel();
    /// Ends what it stands for without calling anybody: what the callbacks hold is destroyed here. Not to be called
    /// from one of these callbacks that is not the last one.
    void drop();
    /// It stands for something that has not completed.
    bool pending() const { return first_ != nullptr || http_ != 0; }

private:
    friend class client::HttpRequests;
    friend class client::Instance;

    client::Instance *instance_ = nullptr;  // null: it stands for nothing
    client::Details *first_ = nullptr;      // of a list of operations in the instance
    std::size_t http_ = 0;                  // HTTP requests
};

}  // namespace tenon
