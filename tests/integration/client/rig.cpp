// SPDX-License-Identifier: Apache-2.0
#include "rig.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>

#include <unistd.h>

namespace tenon::test {

Outcome::Outcome(const Reply &reply)
    : error(reply.error),
      key(reply.key),
      value(reply.text()),
      server(reply.server),
      detail(reply.detail),
      cas(reply.cas),
      counter(reply.counter()),
      flags(reply.flags()),
      last(reply.last) {}

Rig::Rig(devcluster::Options cluster_options, std::function<void(Options &)> adapt)
    : io(io::load()), cluster(io.get(), std::move(cluster_options)) {
    const Error error = cluster.start();
    REQUIRE_MESSAGE(!error, error.message);
    Options options = client_options();
    if (adapt) adapt(options);
    client.emplace(io, options);
    REQUIRE_FALSE(client->connect());
    const std::error_code outcome = client->wait();
    REQUIRE_MESSAGE(!outcome, client->error_message());
}

Options Rig::client_options() const {
    Options options;
    options.hosts = {"127.0.0.1:" + std::to_string(cluster.management_port())};
    options.operation_timeout = std::chrono::seconds(10);
    options.bootstrap_timeout = std::chrono::seconds(20);
    options.connect_timeout = std::chrono::seconds(10);
    options.seed = 1;
    return options;
}

Outcome Rig::run(const std::function<std::error_code(Callback)> &start) {
    Outcome outcome;
    int calls = 0;
    const std::error_code refused = start([&](const Reply &reply) {
        outcome = Outcome(reply);
        ++calls;
    });
    REQUIRE_MESSAGE(!refused, refused.message());
    REQUIRE(calls == 0);
    REQUIRE_FALSE(client->wait());
    REQUIRE(calls == 1);
    return outcome;
}

Outcome Rig::get(std::string_view key) {
    return run([&](Callback done) { return client->get(key, std::move(done)); });
}

Outcome Rig::set(std::string_view key, std::string_view value, StoreOptions options) {
    return run([&](Callback done) { return client->set(key, as_bytes(value), std::move(done), options); });
}

void ScriptedNode::Connection::reply(const wire::Frame &request, wire::Status status, std::string_view value) {
    wire::Message message;
    message.magic = wire::Magic::response;
    message.opcode = request.opcode;
    message.opaque = request.opaque;
    message.vbucket_or_status = static_cast<std::uint16_t>(status);
    message.value = as_bytes(value);
    std::vector<std::byte> bytes(wire::encoded_size(message));
    wire::encode(message, bytes.data());
    stream->write(bytes);
}

void ScriptedNode::Connection::write(std::string_view bytes) { stream->write(as_bytes(bytes)); }

ScriptedNode::ScriptedNode(tenon_io_ops *io, OnFrame on_frame, std::uint16_t port)
    : reactor_(io), on_frame_(std::move(on_frame)) {
    listener_ = std::make_unique<net::Listener>(*reactor_, this, [](void *self, int sock) {
        ScriptedNode &node = *static_cast<ScriptedNode *>(self);
        ++node.accepted;
        Connection &made = *node.connections_.emplace_back(std::make_unique<Connection>(Connection{&node, nullptr}));
        net::Stream::Handlers handlers;
        handlers.owner = &made;
        handlers.on_data = [](void *c, std::span<const std::byte> bytes) {
            Connection &connection = *static_cast<Connection *>(c);
            return connection.node->receive(connection, bytes);
        };
        handlers.on_closed = [](void *c, const Error &) { static_cast<Connection *>(c)->close(); };
        made.stream = std::make_unique<net::Stream>(*node.reactor_, sock, handlers);
    });
    const Error error = listener_->listen(own_loopback().c_str(), port);
    REQUIRE_MESSAGE(!error, error.message);
}

void ScriptedNode::close(Connection *connection) {
    std::erase_if(connections_, [&](const auto &one) { return one.get() == connection; });
}

void ScriptedNode::die() {
    listener_.reset();
    connections_.clear();
}

std::size_t ScriptedNode::receive(Connection &connection, std::span<const std::byte> bytes) {
    if (on_bytes) {
        on_bytes(connection, bytes);
        return bytes.size();
    }
    std::size_t used = 0;
    wire::Frame frame;
    for (;;) {
        const auto rest = bytes.subspan(used);
        const wire::FrameResult result = wire::decode_frame(rest, wire::kDefaultMaxBody, frame);
        if (!result.complete(rest)) return used;
        used += result.size;
        if (without_sasl && frame.opcode == wire::Opcode::sasl_list) {
            connection.reply(frame, wire::Status::unknown_command);
            continue;
        }
        const std::size_t open = connections_.size();
        on_frame_(connection, frame);
        if (connections_.size() != open) return used;  // the script closed it
    }
}

std::unique_ptr<Client> memcached_client(const io &io, std::vector<std::string> hosts,
                                         const std::function<void(Options &)> &adapt) {
    Options options;
    options.hosts = std::move(hosts);
    options.memcached = true;
    options.seed = 1;
    options.operation_timeout = std::chrono::seconds(10);
    if (adapt) adapt(options);
    auto client = std::make_unique<Client>(io, options);
    REQUIRE_FALSE(client->connect());
    REQUIRE_FALSE(client->wait());
    return client;
}

Later::Later(tenon_io_ops *io, std::uint64_t usec, std::function<void()> then)
    : reactor_(io), then_(std::move(then)), timer_(*reactor_, this, [](void *self) {
          static_cast<Later *>(self)->then_();
      }) {
    timer_.arm(usec);
}

void run_for(const io &io, std::uint64_t usec) {
    const Later later(io.get(), usec, [&] { io.stop(); });
    io.run();
}

std::size_t resident_bytes() {
    std::size_t total = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t milliseconds() {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                          std::chrono::steady_clock::now().time_since_epoch())
                                          .count());
}

}  // namespace tenon::test
