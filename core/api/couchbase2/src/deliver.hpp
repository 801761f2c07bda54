// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <tenon/reply.hpp>

#include <libcouchbase/api3.h>

#include "instance.hpp"

namespace tenon::couchbase2 {

/// What completes an operation on one item: calls the program with the response of the operation's type.
template <lcb_CALLBACKTYPE type>
struct ItemDone {
    lcb_t instance;
    const void *cookie;
    std::uint64_t started;              // nanoseconds; 0: not measured
    lcb_storage_t operation = LCB_SET;  // of a store

    void operator()(const Reply &reply) const;

private:
    void tell(const Reply &reply, lcb_error_t error) const;
    void tell_more(const Reply &reply) const;
};

/// What completes an operation that goes to servers: calls the program for each server's reply, and once more, with a
/// response of nothing, behind the last one.
struct ServersDone {
    lcb_t instance;
    const void *cookie;
    std::uint64_t started;
    std::shared_ptr<bool> ended;  // always, once the instance is gone
    lcb_CALLBACKTYPE type;

    void operator()(const Reply &reply);
};

/// The outcome of a reply, as programs are told it.
lcb_error_t outcome_of(lcb_t instance, const Reply &reply);

/// The response to a get.
lcb_RESPGET get_response(const void *cookie, const Reply &reply, lcb_error_t error);

/// The callback of api3.h for a type; null: the one of callbacks.h is called.
inline lcb_RESPCALLBACK callback_of(lcb_t instance, lcb_CALLBACKTYPE type) {
    const auto &callbacks = instance->callbacks.of_type;
    return callbacks[type] != nullptr ? callbacks[type] : callbacks[LCB_CALLBACK_DEFAULT];
}

/// The clock that operations are measured with, in nanoseconds; 0 while nothing is measured.
inline std::uint64_t start_time(lcb_t instance) { return instance->histogram ? lcb_nstime() : 0; }
void record_since(lcb_t instance, std::uint64_t started);
inline void record(lcb_t instance, std::uint64_t started) {
    if (started != 0) record_since(instance, started);
}

/// A response's first fields. `last`: no other one follows.
template <class Response>
Response response_of(const void *cookie, lcb_error_t error, bool last) {
    Response response{};
    response.cookie = const_cast<void *>(cookie);
    response.rc = error;
    response.rflags = last ? LCB_RESP_F_FINAL : 0;
    return response;
}

}  // namespace tenon::couchbase2
