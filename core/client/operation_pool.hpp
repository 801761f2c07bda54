// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "client/details.hpp"
#include "session/operation.hpp"

namespace tenon::client {

using session::Operation;

/// The operations of one instance: never moved, recycled last in first out. An operation's address leads to its slab, and
/// there to the Details of those few that have some; memory for them comes with the first one of a slab, and stays.
class OperationPool {
public:
    Operation &take() {
        if (free_ == nullptr) [[unlikely]] grow();
        Operation &operation = *free_;
        free_ = operation.next_free;
        return operation;
    }

    /// The operation's callback is gone already.
    void put(Operation &operation) {
        operation.next_free = free_;
        free_ = &operation;
    }

    /// Gives back the memory of all but one slab. No operation is out.
    void trim() {
        if (slabs_.size() < 2) return;
        slabs_.resize(1);
        slabs_.shrink_to_fit();
        free_ = nullptr;
        put_all(*slabs_.front());
    }

    /// Those of an operation that has some.
    static Details &details(const Operation &operation) {
        Slab &slab = *Slab::of(operation);
        return slab.details[static_cast<std::size_t>(&operation - slab.operations)];
    }
    /// Those of an operation, fresh ones if it had none.
    static Details &make_details(Operation &operation) {
        if (operation.detailed) return details(operation);
        operation.detailed = 1;
        Slab &slab = *Slab::of(operation);
        if (!slab.details) slab.details = std::make_unique<Details[]>(Slab::kSize);
        Details &fresh = details(operation);
        std::string kept = std::move(fresh.route_key);  // its memory is used again
        fresh = {};
        fresh.operation = &operation;
        fresh.route_key = std::move(kept);
        fresh.route_key.clear();
        return fresh;
    }

private:
    static constexpr std::size_t kSlabBytes = 8192;

    struct alignas(kSlabBytes) Slab {
        static constexpr std::size_t kSize = (kSlabBytes - sizeof(void *)) / sizeof(Operation);

        static Slab *of(const Operation &operation) {
            return reinterpret_cast<Slab *>(reinterpret_cast<std::uintptr_t>(&operation) & ~(kSlabBytes - 1));
        }

        Operation operations[kSize];
        std::unique_ptr<Details[]> details;
    };
    static_assert(sizeof(Slab) == kSlabBytes);

    void grow() {
        slabs_.push_back(std::make_unique<Slab>());
        put_all(*slabs_.back());
    }
    void put_all(Slab &slab) {
        for (std::size_t i = Slab::kSize; i-- != 0;) put(slab.operations[i]);
    }

    std::vector<std::unique_ptr<Slab>> slabs_;
    Operation *free_ = nullptr;
};

}  // namespace tenon::client
