// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "net/listener.hpp"
#include "net/stream.hpp"

namespace tenon::test {

/// A server in the loop under test that answers as it is told: the handler sees each request's head and body, and says
/// what goes out, well-formed or not.
class HttpServer {
public:
    class Connection {
    public:
        Connection(HttpServer &server, int sock)
            : server_(server), stream_(server.reactor_, sock, {this, on_data, nullptr, on_closed}) {}

        void send(std::string_view text) { stream_.write(std::as_bytes(std::span(text))); }
        /// Ends the connection once everything was sent.
        void finish() { stream_.close_when_drained(); }
        /// Sends the text as pieces of `size` bytes, each in a turn of its own.
        void trickle(std::string text, std::size_t size) {
            rest_ = std::move(text);
            piece_ = size;
            timer_.emplace(server_.reactor_, this, [](void *self) { static_cast<Connection *>(self)->next_piece(); });
            timer_->arm(0);
        }

    private:
        friend class HttpServer;

        static std::size_t on_data(void *self, std::span<const std::byte> bytes) {
            Connection &c = *static_cast<Connection *>(self);
            const std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
            const std::size_t end = text.find("\r\n\r\n");
            if (end == std::string_view::npos) return 0;
            std::size_t length = 0;
            if (const std::size_t at = text.find("Content-Length: "); at < end) length = std::stoul(std::string(text.substr(at + 16, 10)));
            if (text.size() < end + 4 + length) return 0;
            const std::string request(text.substr(0, end + 4 + length));
            c.server_.requests.push_back(request);
            c.server_.handler_(c, request);
            return request.size();
        }
        static void on_closed(void *self, const Error &) {
            Connection &c = *static_cast<Connection *>(self);
            ++c.server_.closed;
            c.server_.connections_.remove_if([&](const Connection &other) { return &other == &c; });
        }
        void next_piece() {
            send(std::string_view(rest_).substr(0, piece_));
            rest_.erase(0, piece_);
            if (!rest_.empty()) timer_->arm(0);
        }

        HttpServer &server_;
        net::Stream stream_;
        std::string rest_;
        std::size_t piece_ = 0;
        std::optional<net::Timer> timer_;
    };
    using Handler = std::function<void(Connection &, const std::string &request)>;

    HttpServer(net::Reactor &reactor, Handler handler, const char *address = "127.0.0.1", std::uint16_t port = 0)
        : reactor_(reactor), handler_(std::move(handler)), address_(address), listener_(std::in_place, reactor, this, on_accept) {
        if (const Error error = listener_->listen(address, port)) throw std::runtime_error(error.message);
        port_ = listener_->port();
    }

    std::uint16_t port() const { return port_; }
    /// "127.0.0.1:PORT"
    std::string authority() const { return address_ + ":" + std::to_string(port_); }
    std::size_t connections() const { return connections_.size(); }
    void drop_connections() { connections_.clear(); }
    /// Nobody is let in any more, and everybody is thrown out.
    void die() {
        listener_.reset();
        drop_connections();
    }
    /// To every connection.
    void send(std::string_view text) {
        for (Connection &connection : connections_) connection.send(text);
    }
    void handle(Handler handler) { handler_ = std::move(handler); }

    std::vector<std::string> requests;
    int closed = 0;  // connections ended from the other side

private:
    static void on_accept(void *self, int sock) {
        HttpServer &server = *static_cast<HttpServer *>(self);
        server.connections_.emplace_back(server, sock);
    }

    net::Reactor &reactor_;
    Handler handler_;
    std::string address_;
    std::optional<net::Listener> listener_;
    std::list<Connection> connections_;
    std::uint16_t port_ = 0;
};

}  // namespace tenon::test
