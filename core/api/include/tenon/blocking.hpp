// SPDX-License-Identifier: Apache-2.0
/// @file
/// `tenon::blocking(client.get("key"))`: for scripts and tests, which have nothing else to do meanwhile.
#pragma once

#include <system_error>
#include <type_traits>
#include <utility>

#include <tenon/tenon.hpp>

namespace tenon {

/// Connects, and runs the loop until there is a map, or returns why there is none (Client::error_message() says it in
/// words).
inline std::error_code blocking_connect(Client &client) {
    if (const std::error_code refused = client.connect()) return refused;
    while (!client.connected())
        if (const std::error_code error = client.wait()) return error;
    return {};
}

/// Runs the loop until the operation has completed, and keeps what it gave: an Owned result, or a vector of them where
/// there are several replies. What else is pending goes on meanwhile. In a callback the error is errc::in_callback,
/// where the host drives the loop errc::io_plugin.
template <class Operation>
auto blocking(Operation &&operation) {
    static_assert(!std::is_reference_v<Operation>, "give it the call itself, blocking(client.get(\"key\"))");
    static_assert(requires { typename std::remove_reference_t<Operation>::Keeper; },
                  "give it an operation without a callback, blocking(client.get(\"key\"))");
    Client &client = operation.client();
    typename std::remove_reference_t<Operation>::Keeper replies;
    bool over = false;
    Cancellation cancellation;
    const auto keep = [&](const auto &reply) {
        over = replies.take(reply);
        if (over) client.breakout();
    };
    std::error_code error = std::move(operation).start(keep, cancellation);
    while (!error && !over) error = client.wait();
    if (!over) {
        cancellation.drop();
        replies.refuse(error);
    }
    return replies.give();
}

}  // namespace tenon
