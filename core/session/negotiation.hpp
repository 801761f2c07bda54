// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "wire/frame.hpp"

namespace tenon::wire {
struct Request;
}

namespace tenon::session {

/// Who connects, and to what. Without a user name the bucket's name is the user; bucket "default", or no bucket, without
/// user and password needs no authentication.
struct Credentials {
    std::string bucket;
    std::string user;
    std::string password;
};

/// What follows from a reply: bytes to be sent, or the connection is ready, or it failed.
struct Step {
    enum class Outcome : std::uint8_t { more, ready, failed };

    Outcome outcome = Outcome::more;
    std::span<const std::byte> send;  ///< with `more`, may be empty; valid until the next call
    Error error;                      ///< with `failed`; the host is the caller's to add

    bool ready() const { return outcome == Outcome::ready; }
    bool failed() const { return outcome == Outcome::failed; }
};

/// What is said on a new connection before any operation: a state machine that owns no socket. Send what `start` gives,
/// hand in each frame that comes, until it is ready or failed; a frame after that is a protocol error.
///
/// Errors: errc::authentication (user or password refused; a password for a server without SASL), no_common_mechanism,
/// bucket_not_found (this user cannot select it), invalid_option (a zero byte in user or password), protocol (an answer
/// to something else), or the server's own status, which may pass (busy, temporary_failure …).
class Negotiation {
public:
    explicit Negotiation(Credentials credentials) : credentials_(std::move(credentials)) {}

    /// The first bytes to send; valid until `on_frame`.
    std::span<const std::byte> start();
    Step on_frame(const wire::Frame &frame);

private:
    enum class State : std::uint8_t { idle, listing, authenticating, selecting, syncing, done };

    std::string_view user() const { return credentials_.user.empty() ? credentials_.bucket : credentials_.user; }
    bool anonymous() const;
    wire::Opcode awaited() const;

    Step on_list(const wire::Frame &frame);
    Step on_auth(const wire::Frame &frame);
    Step on_select(const wire::Frame &frame);
    Step ready();
    Step fail(std::error_code code, std::string message);
    Step more() const { return {Step::Outcome::more, out_, {}}; }
    void put(const wire::Request &request);

    Credentials credentials_;
    std::vector<std::byte> out_;
    State state_ = State::idle;
};

}  // namespace tenon::session
