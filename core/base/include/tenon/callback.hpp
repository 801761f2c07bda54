// SPDX-License-Identifier: Apache-2.0
/// @file
/// What an operation calls when it completes: `tenon::Callback`.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <tenon/reply.hpp>

namespace tenon {

/// Owns something callable with `const Reply &`. Move-only. Captures of up to 48 bytes (suitably aligned, and movable
/// without an exception) live inside; larger ones on the heap.
class Callback {
public:
    static constexpr std::size_t kInlineSize = 48;

    Callback() = default;

    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, Callback> && std::invocable<std::remove_cvref_t<F> &, const Reply &>)
    Callback(F &&f) {  // NOLINT(google-explicit-constructor): a lambda is a callback
        using T = std::remove_cvref_t<F>;
        if constexpr (fits<T>) {
            ::new (static_cast<void *>(storage_)) T(std::forward<F>(f));
            act_ = [](Action action, void *self, void *argument) {
                T &target = *std::launder(reinterpret_cast<T *>(self));
                switch (action) {
                case Action::call: target(*static_cast<const Reply *>(argument)); break;
                case Action::move_to: ::new (argument) T(std::move(target)); [[fallthrough]];
                case Action::destroy: target.~T(); break;
                }
            };
        } else {
            *this = Callback(
                [owned = std::make_unique<T>(std::forward<F>(f))](const Reply &reply) { (*owned)(reply); });
        }
    }

    Callback(Callback &&other) noexcept { take(other); }
    Callback &operator=(Callback &&other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    ~Callback() { reset(); }

    explicit operator bool() const { return act_ != nullptr; }
    void operator()(const Reply &reply) { act_(Action::call, storage_, const_cast<Reply *>(&reply)); }
    void reset() {
        if (act_ != nullptr) std::exchange(act_, nullptr)(Action::destroy, storage_, nullptr);
    }

private:
    enum class Action { call, move_to, destroy };

    template <class T>
    static constexpr bool fits = sizeof(T) <= kInlineSize && alignof(T) <= alignof(void *) &&
                                 std::is_nothrow_move_constructible_v<T>;

    void take(Callback &other) noexcept {
        if (other.act_ == nullptr) return;
        other.act_(Action::move_to, other.storage_, storage_);
        act_ = std::exchange(other.act_, nullptr);
    }

    void (*act_)(Action, void *self, void *argument) = nullptr;
    alignas(void *) std::byte storage_[kInlineSize];
};

}  // namespace tenon
