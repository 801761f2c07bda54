// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

#include "client/details.hpp"
#include "session/operation.hpp"

namespace tenon::client {

using session::Operation;

/// The operations of one instance: never moved, recycled last in first out. An operation's address leads to its slab,
/// and there to the Details of those few that have some; memory for them comes with the first one of a slab, and stays.
class OperationPool {
public:
    OperationPool() = default;
    OperationPool(const OperationPool &) = delete;
    OperationPool &operator=(const OperationPool &) = delete;
    ~OperationPool() {
        while (newest_ != nullptr) drop_newest();
    }

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

    /// Gives back the memory of all but the oldest slab. No operation is out.
    void trim() {
        if (newest_ == nullptr || newest_->older == nullptr) return;
        while (newest_->older != nullptr) drop_newest();
        free_ = nullptr;
        put_all(*newest_);
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
    static constexpr std::size_t kSlabAlignment = 8192;

    /// Aligned, and just so much smaller that malloc's own bytes fit behind it: the next one follows without a gap.
    struct Slab {
        static constexpr std::size_t kSize =
            (kSlabAlignment - 2 * sizeof(std::size_t) - 2 * sizeof(void *)) / sizeof(Operation);

        static Slab *of(const Operation &operation) {
            return reinterpret_cast<Slab *>(reinterpret_cast<std::uintptr_t>(&operation) & ~(kSlabAlignment - 1));
        }

        Operation operations[kSize];
        std::unique_ptr<Details[]> details;
        Slab *older = nullptr;
    };
    static_assert(sizeof(Slab) <= kSlabAlignment - 2 * sizeof(std::size_t));

    [[gnu::noinline]] void grow() {
        void *memory = nullptr;
        if (::posix_memalign(&memory, kSlabAlignment, sizeof(Slab)) != 0) throw std::bad_alloc();
        Slab *slab = ::new (memory) Slab;
        slab->older = std::exchange(newest_, slab);
        put_all(*slab);
    }
    void drop_newest() {
        Slab *slab = std::exchange(newest_, newest_->older);
        slab->~Slab();
        std::free(slab);
    }
    void put_all(Slab &slab) {
        for (std::size_t i = Slab::kSize; i-- != 0;) put(slab.operations[i]);
    }

    Slab *newest_ = nullptr;
    Operation *free_ = nullptr;
};

}  // namespace tenon::client
