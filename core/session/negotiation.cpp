// SPDX-License-Identifier: Apache-2.0
#include "session/negotiation.hpp"

#include <utility>

#include "session/sasl.hpp"
#include "wire/opcode.hpp"
#include "wire/request.hpp"
#include "wire/status.hpp"

namespace tenon::session {
namespace {

/// A server's words inside a message: printable, and not without end.
std::string quoted(std::string_view text) {
    constexpr std::size_t kLongest = 200;
    std::string out = "\"";
    for (const char c : text.substr(0, kLongest)) out += c >= ' ' && c <= '~' ? c : '?';
    return out + (text.size() > kLongest ? "…\"" : "\"");
}

bool not_known(wire::Status status) {
    return status == wire::Status::unknown_command || status == wire::Status::not_supported;
}

}  // namespace

bool Negotiation::anonymous() const {
    return credentials_.user.empty() && credentials_.password.empty() &&
           (credentials_.bucket.empty() || credentials_.bucket == "default");
}

std::span<const std::byte> Negotiation::start() {
    // Asked even where nobody has to authenticate: an answer is how a node shows that it is one.
    out_.clear();
    put(wire::request::sasl_list());
    state_ = State::listing;
    return out_;
}

wire::Opcode Negotiation::awaited() const {
    switch (state_) {
    case State::authenticating: return wire::Opcode::sasl_auth;
    case State::selecting: return wire::Opcode::select_bucket;
    case State::syncing: return wire::Opcode::noop;
    default: return wire::Opcode::sasl_list;
    }
}

Step Negotiation::on_frame(const wire::Frame &frame) {
    if (state_ == State::idle || state_ == State::done) return fail(errc::protocol, "a frame that nobody asked for");
    if (frame.magic != wire::Magic::response) return fail(errc::protocol, "something else than a reply");
    if (frame.opcode != awaited() || frame.opaque != 0)
        return fail(errc::protocol, std::string("a reply to ") + wire::name(frame.opcode) + " (opaque " +
                                        std::to_string(frame.opaque) + ") where one to " + wire::name(awaited()) +
                                        " is due");
    switch (state_) {
    case State::listing: return on_list(frame);
    case State::authenticating: return on_auth(frame);
    case State::selecting: return on_select(frame);
    default: return ready();
    }
}

Step Negotiation::on_list(const wire::Frame &frame) {
    if (not_known(frame.status())) {
        if (credentials_.password.empty()) return ready();
        return fail(errc::authentication, "a password was given, but the server knows no authentication (SASL)");
    }
    if (frame.status() != wire::Status::ok)
        return fail(wire::to_error_code(frame.status()), "no SASL mechanisms: " + wire::describe(frame.status()));
    if (anonymous()) return ready();

    const std::string_view list = wire::as_text(frame.value);
    if (!sasl::offers(list, "PLAIN"))
        return fail(errc::no_common_mechanism, "the server offers the SASL mechanisms " + quoted(list) +
                                                   ", this client speaks " + quoted(sasl::kSpoken));
    // A zero byte would let a part of the name pass for the password, or for somebody else's name.
    if (user().find('\0') != std::string_view::npos || credentials_.password.find('\0') != std::string::npos)
        return fail(errc::invalid_option, "user name or password has a zero byte in it");

    const std::string token = sasl::plain_token(user(), credentials_.password);
    out_.clear();
    put(wire::request::sasl_auth("PLAIN", wire::as_bytes(token)));
    state_ = State::authenticating;
    return more();
}

Step Negotiation::on_auth(const wire::Frame &frame) {
    if (frame.status() == wire::Status::auth_continue)
        return fail(errc::protocol, "the server asks for another step, but PLAIN has only one");
    if (frame.status() == wire::Status::auth_error || not_known(frame.status()))
        return fail(errc::authentication, "user " + quoted(user()) + ": " + wire::describe(frame.status()));
    if (frame.status() != wire::Status::ok)
        return fail(wire::to_error_code(frame.status()), "user " + quoted(user()) + ": " + wire::describe(frame.status()));
    if (credentials_.bucket.empty() || user() == credentials_.bucket) return ready();

    // The noop is there for servers that do not know the command and answer only once something is behind it.
    out_.clear();
    put(wire::request::select_bucket(credentials_.bucket));
    put(wire::request::noop());
    state_ = State::selecting;
    return more();
}

Step Negotiation::on_select(const wire::Frame &frame) {
    // Not known: a server whose users are buckets. What the user may do is then all there is.
    if (frame.status() != wire::Status::ok && !not_known(frame.status())) {
        const bool passes = frame.status() == wire::Status::temporary_failure || frame.status() == wire::Status::busy ||
                            frame.status() == wire::Status::out_of_memory;
        return fail(passes ? wire::to_error_code(frame.status()) : make_error_code(errc::bucket_not_found),
                    "user " + quoted(user()) + " cannot select bucket " + quoted(credentials_.bucket) + ": " +
                        wire::describe(frame.status()));
    }
    out_.clear();
    state_ = State::syncing;
    return more();
}

Step Negotiation::ready() {
    state_ = State::done;
    return {Step::Outcome::ready, {}, {}};
}

Step Negotiation::fail(std::error_code code, std::string message) {
    state_ = State::done;
    return {Step::Outcome::failed, {}, Error(code, std::move(message))};
}

void Negotiation::put(const wire::Request &request) {
    const std::size_t at = out_.size();
    out_.resize(at + wire::encoded_size(request));
    wire::encode(request, out_.data() + at);
}

}  // namespace tenon::session
