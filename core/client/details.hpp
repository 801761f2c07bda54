// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tenon/cancellation.hpp>

#include "session/operation.hpp"

namespace tenon::client {

/// What only few operations have, and none has on the straight way from the caller to the owner and back.
struct Details {
    std::string route_key;                 ///< routed by this instead of the key, if it is not empty
    std::optional<std::uint16_t> vbucket;  ///< given by hand
    std::uint16_t attempts = 1;
    bool cancelled = false;                ///< taken from where it was; its callback is still to be called
    std::uint64_t started = 0;             ///< once `deadline` tells it no more
    Cancellation *cancellation = nullptr;
    std::uint32_t previous = session::kNoOperation;  ///< in the list of `cancellation`
    std::uint32_t next = session::kNoOperation;
};

/// The Details of an instance's operations, by Operation::self. Memory comes with the first operation of each slab that
/// has some, and stays.
class DetailsTable {
public:
    /// Those of an operation that has some.
    Details &at(std::uint32_t self) { return slabs_[self / kSlab][self % kSlab]; }
    const Details &at(std::uint32_t self) const { return slabs_[self / kSlab][self % kSlab]; }
    Details &of(const session::Operation &operation) { return at(operation.self); }
    const Details &of(const session::Operation &operation) const { return at(operation.self); }

    /// Those of an operation, fresh ones if it had none.
    Details &make(session::Operation &operation) {
        if (operation.detailed) return of(operation);
        operation.detailed = 1;
        const std::size_t slab = operation.self / kSlab;
        if (slab >= slabs_.size()) slabs_.resize(slab + 1);
        if (!slabs_[slab]) slabs_[slab] = std::make_unique<Details[]>(kSlab);
        Details &details = of(operation);
        std::string kept = std::move(details.route_key);  // its memory is used again
        details = {};
        details.route_key = std::move(kept);
        details.route_key.clear();
        return details;
    }

private:
    static constexpr std::uint32_t kSlab = 128;

    std::vector<std::unique_ptr<Details[]>> slabs_;
};

}  // namespace tenon::client
