// SPDX-License-Identifier: Apache-2.0
#include "proxy.hpp"

#include <utility>
#include <vector>

namespace tenon::proxy {

Proxy::Proxy(Client &client, net::Reactor &reactor, ProxyOptions options)
    : client_(client),
      reactor_(reactor),
      options_(std::move(options)),
      stop_timer_(reactor, this, [](void *self) { static_cast<Proxy *>(self)->on_stop_timer(); }) {}

Proxy::~Proxy() { drop_all(); }

Error Proxy::start() {
    listener_.emplace(reactor_, this, [](void *self, int sock) { static_cast<Proxy *>(self)->accept(sock); });
    return listener_->listen(options_.listen.c_str(), options_.port);
}

void Proxy::accept(int sock) {
    const Connection::Owner owner{
        this, [](void *self, Connection &connection) { static_cast<Proxy *>(self)->on_gone(connection); }};
    auto connection = std::make_shared<Connection>(client_, reactor_, sock, options_.max_value, owner);
    Connection *const key = connection.get();
    connections_.emplace(key, std::move(connection));
}

void Proxy::on_gone(Connection &connection) {
    connections_.erase(&connection);
    if (stopped_ && connections_.empty()) stop_timer_.arm(0);
}

void Proxy::stop(std::uint64_t grace_usec, std::function<void()> done) {
    listener_.reset();
    stop_timer_.arm(grace_usec);
    stopped_ = std::move(done);
    std::vector<std::shared_ptr<Connection>> all;  // leaving may take a connection out of the map
    for (const auto &[key, connection] : connections_) all.push_back(connection);
    for (const auto &connection : all) connection->leave();
    if (connections_.empty()) stop_timer_.arm(0);
}

void Proxy::drop_all() {
    for (const auto &[key, connection] : std::exchange(connections_, {})) connection->drop();
}

void Proxy::on_stop_timer() {
    const std::function<void()> done = std::exchange(stopped_, {});
    drop_all();
    done();
}

}  // namespace tenon::proxy
