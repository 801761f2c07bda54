// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "session/operation.hpp"

namespace tenon::client {

using session::kNoOperation;
using session::Operation;

/// The operations of one instance: addressed by index, never moved, recycled last in first out.
class OperationPool {
public:
    Operation &take() {
        if (free_ == kNoOperation) grow();
        Operation &operation = at(free_);
        free_ = operation.next;
        return operation;
    }

    /// The operation's callback is gone already.
    void put(Operation &operation) {
        operation.next = free_;
        free_ = operation.self;
    }

    Operation &at(std::uint32_t index) { return slabs_[index / kSlab][index % kSlab]; }

private:
    static constexpr std::uint32_t kSlab = 128;

    void grow() {
        const auto first = static_cast<std::uint32_t>(slabs_.size()) * kSlab;
        slabs_.push_back(std::make_unique<Operation[]>(kSlab));
        for (std::uint32_t i = kSlab; i-- != 0;) {
            Operation &operation = slabs_.back()[i];
            operation.self = first + i;
            put(operation);
        }
    }

    std::vector<std::unique_ptr<Operation[]>> slabs_;
    std::uint32_t free_ = kNoOperation;
};

}  // namespace tenon::client
