// SPDX-License-Identifier: Apache-2.0
/// @file
/// `co_await client.get("key")`, and `tenon::Detached`, the smallest coroutine there is.
///
/// Every operation of tenon::Client without a callback gives something to be awaited, at once, in the expression that
/// made it: nothing is scheduled before, and its arguments are not copied until then. The coroutine goes on inside the
/// loop's callback, with a result that is a view: valid until the next co_await or the coroutine's end (`own()` keeps
/// it). A coroutine destroyed while it waits takes its operation with it. An awaited operation on one item allocates
/// nothing; one with several replies gives a vector of kept ones.
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <stop_token>
#include <system_error>
#include <utility>
#include <vector>

#include <tenon/cancellation.hpp>
#include <tenon/http.hpp>
#include <tenon/results.hpp>
#include <tenon/view.hpp>

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

/// What a result is made from.
template <class Result>
struct Source {
    using type = Reply;
};
template <>
struct Source<HttpReply> {
    using type = HttpReply;
};
template <>
struct Source<ViewRow> {
    using type = ViewRow;
};

/// Nothing was scheduled: which operation it was to be is not told, `attempts` of 0 is.
void mark_refused(auto &reply, std::error_code error) {
    reply.error = error;
    if constexpr (requires { reply.attempts; }) reply.attempts = 0;
}

template <class Result>
Result refused(std::error_code error) {
    typename Source<Result>::type reply;
    mark_refused(reply, error);
    return Result(reply);
}

/// What comes of an operation with one reply, kept.
template <class Result>
class OneKept {
public:
    bool take(const auto &reply) { return kept_.emplace(Result(reply)), true; }
    void refuse(std::error_code error) { kept_.emplace(detail::refused<Result>(error)); }
    Owned<Result> give() { return *std::move(kept_); }

private:
    std::optional<Owned<Result>> kept_;
};

/// What comes of an operation with one reply: a view of it.
template <class Result>
class OneReply {
public:
    using Keeper = OneKept<Result>;

    /// Whether it was the last one.
    bool take(const auto &reply) { return reply_ = reply, true; }
    void refuse(std::error_code error) { mark_refused(reply_, error); }
    Result give() const { return Result(reply_); }

private:
    typename Source<Result>::type reply_;
};

/// What comes of one with several: all of them, kept, once the last one is there. If it could not be scheduled, one
/// with the error.
template <class Result>
class AllReplies {
public:
    using Keeper = AllReplies;

    bool take(const auto &reply) { return replies_.emplace_back(Result(reply)), reply.last; }
    void refuse(std::error_code error) { replies_.emplace_back(detail::refused<Result>(error)); }
    std::vector<Owned<Result>> give() { return std::move(replies_); }

private:
    std::vector<Owned<Result>> replies_;
};

}  // namespace detail

/// One operation that is not scheduled yet. `Start` takes what is to be called and a Cancellation to schedule with;
/// `Replies` is what its replies become. Programs name neither: they await what Client's functions return.
template <class Replies, class Start>
class [[nodiscard("nothing is scheduled before it is awaited: co_await it, or give the operation a callback")]] Awaited {
public:
    /// What Client's operations do.
    Awaited(Client &client, Start start) : client_(client), start_(std::move(start)) {}
    Awaited(const Awaited &) = delete;
    Awaited &operator=(const Awaited &) = delete;

    /// Ends it with errc::cancelled once a stop is requested. That has to happen on the thread of the loop.
    [[nodiscard("nothing is scheduled before it is awaited: co_await client.get(\"key\").until(token)")]]
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
            const auto done = [this, waiting](const auto &reply) {
                if (replies_.take(reply)) waiting.resume();
            };
            const std::error_code refused = what_.start_(done, cancellation_);
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

    /// What keeps its replies, for blocking().
    using Keeper = typename Replies::Keeper;
    /// Whose operation it is.
    Client &client() const { return client_; }
    /// Schedules it with something to call, for blocking().
    std::error_code start(const auto &done, Cancellation &cancellation) && { return start_(done, cancellation); }

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
