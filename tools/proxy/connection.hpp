// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <tenon/tenon.hpp>

#include "answer_queue.hpp"
#include "commands.hpp"
#include "net/stream.hpp"
#include "outcome.hpp"
#include "wire/frame.hpp"

namespace tenon::proxy {

/// One memcached client's connection: takes requests off it, has them carried out, answers in their order.
///
/// What it holds is bounded, whoever is slow: it stops reading while kMaxOutput bytes of answers wait for the client,
/// while kMaxRequestBytes of requests wait for the cluster, or while as many requests are under way as could fill
/// kMaxOutput, judged by the size of late answers (from kMinWindow to kMaxWindow). On top come one request that is
/// still incomplete and the answers of those under way.
///
/// Held by its owner and by the callbacks of what is under way; `on_gone` tells the owner to let go.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    static constexpr std::size_t kMaxOutput = std::size_t{4} << 20;
    static constexpr std::size_t kMaxRequestBytes = std::size_t{4} << 20;
    static constexpr std::size_t kMinWindow = 4;
    static constexpr std::size_t kMaxWindow = 512;

    struct Owner {
        void *self = nullptr;
        void (*on_gone)(void *self, Connection &connection) = nullptr;
    };

    /// Takes over a connected `sock`. Values longer than `max_value` are refused.
    Connection(Client &client, net::Reactor &reactor, int sock, std::size_t max_value, Owner owner);
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;
    ~Connection() = default;

    /// Reads nothing more, answers what is under way, then goes.
    void leave();
    /// Goes now. What is under way is not answered.
    void drop();

private:
    enum class Phase : std::uint8_t {
        open,
        answering,  // reads nothing more; ends the connection once all is answered
        lingering,  // all was answered; the stream ends the connection
        ended,      // the other side sends nothing more; goes once all is answered and sent
    };

    // connection.cpp: the stream, its bounds and its end
    net::Stream::Handlers stream_handlers();
    std::size_t on_data(std::span<const std::byte> bytes);
    void on_closed(const Error &error);
    std::size_t take_request(std::span<const std::byte> bytes);
    void refuse(const Header &header, wire::Status status);
    bool full(std::size_t share) const;
    void settle();

    // execute.cpp: what each command does
    void execute(const wire::Frame &request);
    void forward(Ticket &ticket, const wire::Frame &request);
    void flush(Ticket &ticket, const wire::Frame &request);
    void stat(Ticket &ticket, const wire::Frame &request);
    void version(Ticket &ticket);
    void answer_reply(Ticket &ticket, const Reply &reply);
    void answer_outcome(Ticket &ticket, const Outcome &outcome);
    void finish(Ticket &ticket);

    Client &client_;
    std::optional<net::Stream> stream_;
    AnswerQueue answers_;
    const std::size_t max_value_;
    const Owner owner_;
    Phase phase_ = Phase::open;
    bool paused_ = false;
    std::uint64_t skip_ = 0;                       // bytes of a refused request still to be passed over
    std::size_t expected_answer_ = kMaxOutput / 32;  // bytes: what a request under way may bring
};

}  // namespace tenon::proxy
