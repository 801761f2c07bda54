// SPDX-License-Identifier: Apache-2.0
/// @file
/// What an operation calls when it completes: `tenon::Callback`.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <tenon/reply.hpp>

namespace tenon {

/// Owns something callable with `const Reply &`. Move-only. Captures of up to 40 bytes (suitably aligned, and movable
/// without an exception) live inside; larger ones on the heap.
class Callback {
public:
    /// Captures up to this size need no allocation.
    static constexpr std::size_t kInlineSize = 40;

    /// Nothing to call.
    Callback() = default;

    /// A lambda, or anything else that takes a `const Reply &`, or a result made from one (results.hpp).
    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, Callback> && std::invocable<std::remove_cvref_t<F> &, const Reply &>)
    Callback(F &&f) {  // NOLINT(google-explicit-constructor): a lambda is a callback
        using T = std::remove_cvref_t<F>;
        if constexpr (fits<T>) {
            ::new (static_cast<void *>(storage_)) T(std::forward<F>(f));
            kind_ = &kKindOf<T>;
        } else {
            *this = Callback(
                [owned = std::make_unique<T>(std::forward<F>(f))](const Reply &reply) { (*owned)(reply); });
        }
    }

    /// Anything else does not compile, and says why.
    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, Callback> && !std::invocable<std::remove_cvref_t<F> &, const Reply &>)
    Callback(F &&) {  // NOLINT(google-explicit-constructor): here to say what is wrong
        static_assert(std::invocable<std::remove_cvref_t<F> &, const Reply &>,
                      "an operation's callback takes one argument: const tenon::Reply &, or a result made from it, as "
                      "tenon::ObserveResult");
    }

    /// Leaves `other` with nothing to call.
    Callback(Callback &&other) noexcept { take(other); }
    /// Leaves `other` with nothing to call.
    Callback &operator=(Callback &&other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    ~Callback() { reset(); }

    /// There is something to call.
    explicit operator bool() const { return kind_ != nullptr; }
    /// Calls it: there must be something to call.
    void operator()(const Reply &reply) { kind_->call(storage_, reply); }
    /// Destroys what it would call.
    void reset() {
        if (const Kind *kind = std::exchange(kind_, nullptr); kind != nullptr && kind->destroy != nullptr)
            kind->destroy(storage_);
    }

private:
    /// What is done with a target of one type. Most are pointers and numbers: those move as bytes, and end by
    /// themselves.
    struct Kind {
        void (*call)(void *self, const Reply &reply);
        void (*move)(void *self, void *to);  ///< destroys it where it was; null: as bytes
        void (*destroy)(void *self);         ///< null: nothing to do
    };

    template <class T>
    static T &target(void *self) {
        return *std::launder(reinterpret_cast<T *>(self));
    }
    template <class T>
    static void call(void *self, const Reply &reply) {
        target<T>(self)(reply);
    }
    template <class T>
    static void move(void *self, void *to) {
        ::new (to) T(std::move(target<T>(self)));
        target<T>(self).~T();
    }
    template <class T>
    static void destroy(void *self) {
        target<T>(self).~T();
    }
    template <class T>
    static constexpr Kind kKindOf =
        std::is_trivially_copyable_v<T> ? Kind{call<T>, nullptr, nullptr} : Kind{call<T>, move<T>, destroy<T>};

    template <class T>
    static constexpr bool fits = sizeof(T) <= kInlineSize && alignof(T) <= alignof(void *) &&
                                 std::is_nothrow_move_constructible_v<T>;

    void take(Callback &other) noexcept {
        kind_ = std::exchange(other.kind_, nullptr);
        if (kind_ == nullptr) return;
        if (kind_->move == nullptr) std::memcpy(storage_, other.storage_, kInlineSize);
        else kind_->move(other.storage_, storage_);
    }

    const Kind *kind_ = nullptr;
    alignas(void *) std::byte storage_[kInlineSize];
};

}  // namespace tenon
