// SPDX-License-Identifier: Apache-2.0
/// @file
/// `co_await client.get("key")`, and `tenon::Detached`, the smallest coroutine there is.
///
/// Every operation of tenon::Client without a callback gives something to be awaited, at once, in the expression that
/// made it: nothing is scheduled before, and its arguments are not copied until then. The coroutine goes on inside the
/// loop's callback, with a result that is a view: valid until the next co_await or the coroutine's end (`own()` keeps it).
/// A coroutine destroyed while it waits takes its operation with it. An awaited operation on one item allocates nothing.
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <stop_token>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <tenon/callback.hpp>
#include <tenon/cancellation.hpp>
#include <tenon/results.hpp>

namespace tenon {

class Client;

namespace detail {

/// Cancels when it is asked to. Does nothing without a token.
class StopOnRequest {
public:
    void arm(const std::stop_token &token, Cancellation &cancellation) {
        if (token.stop_possible()) callback_.emplace(token, Cancel{&cancellation});
    }

private:
    struct Cancel {
        Cancellation *cancellation;
        void operator()() const { cancellation->cancel(); }
    };
    std::optional<std::stop_callback<Cancel>> callback_;
};

template <class Result>
Result refused(std::error_code error) {
    Reply reply;
    reply.error = error;
    return Result(reply);
}

/// What comes of an operation with one reply: a view of it.
template <class Result>
class OneReply {
public:
    using Kept = Owned<Result>;

    /// Whether it was the last one.
    bool take(const Reply &reply) { return reply_ = reply, true; }
    void refuse(std::error_code error) { reply_.error = error; }
    Result give() const { return Result(reply_); }

private:
    Reply reply_;
};

/// What comes of one with several: all of them, kept, once the last one is there. If it could not be scheduled, one with
/// the error.
template <class Result>
class AllReplies {
public:
    using Kept = std::vector<Owned<Result>>;

    bool take(const Reply &reply) { return replies_.push_back(own(Result(reply))), reply.last; }
    void refuse(std::error_code error) { replies_.push_back(own(detail::refused<Result>(error))); }
    Kept give() { return std::move(replies_); }

private:
    Kept replies_;
};

}  // namespace detail

/// One operation that is not scheduled yet. `Start` takes a Callback and a Cancellation to schedule with; `Replies` is
/// what its replies become.
template <class Result, class Replies, class Start>
class [[nodiscard("nothing is scheduled before it is awaited: co_await it, or give the operation a callback")]] Awaited {
public:
    using View = Result;                   ///< what co_await gives: a view, or a vector of `Kept`
    using Kept = typename Replies::Kept;   ///< what blocking() gives

    /// What Client's operations do.
    Awaited(Client &client, Start start) : client_(client), start_(std::move(start)) {}
    Awaited(const Awaited &) = delete;
    Awaited &operator=(const Awaited &) = delete;

    /// Ends it with errc::cancelled once a stop is requested. That has to happen on the thread of the loop.
    Awaited &&until(std::stop_token token) && {
        token_ = std::move(token);
        return std::move(*this);
    }

    /// What co_await works with.
    class Awaiter {
    public:
        explicit Awaiter(Awaited &&what) : what_(what) {}
        Awaiter(const Awaiter &) = delete;
        Awaiter &operator=(const Awaiter &) = delete;
        ~Awaiter() { cancellation_.drop(); }

        bool await_ready() const noexcept { return false; }
        bool await_suspend(std::coroutine_handle<> waiting) {
            const auto done = [this, waiting](const Reply &reply) {
                if (replies_.take(reply)) waiting.resume();
            };
            const std::error_code refused = what_.start_(Callback(done), cancellation_);
            if (refused) replies_.refuse(refused);
            else stop_.arm(what_.token_, cancellation_);
            return !refused;
        }
        auto await_resume() { return replies_.give(); }

    private:
        Awaited &what_;
        Replies replies_;
        Cancellation cancellation_;
        detail::StopOnRequest stop_;
    };

    /// Schedules it, and gives its result.
    Awaiter operator co_await() && { return Awaiter(std::move(*this)); }
    /// Its arguments are gone by then: await the call itself.
    template <class T = void>
    void operator co_await() & {
        static_assert(!std::same_as<T, void>, "co_await the call itself, co_await client.get(\"key\"): a stored "
                                              "operation would outlive its arguments");
    }

    /// Whose operation it is.
    Client &client() const { return client_; }
    /// Schedules it with a callback, for blocking().
    std::error_code start(Callback &&done, Cancellation &cancellation) && {
        return start_(std::move(done), cancellation);
    }

private:
    Client &client_;
    Start start_;
    std::stop_token token_;
};

/// A coroutine that nobody waits for: it runs at once to its first co_await, and its frame goes with its end. An
/// exception out of it ends the program.
struct Detached {
    struct promise_type {
        Detached get_return_object() const noexcept { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
    };
};

}  // namespace tenon
