// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tenon/tenon.hpp>

#include "devcluster/cluster.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"
#include "own_loopback.hpp"
#include "wire/frame.hpp"

/// Client and servers on one loop, in one thread: the default plugin's, which $TENON_IO_PLUGIN decides.
namespace tenon::test {

/// What a Reply said, kept.
struct Outcome {
    std::error_code error;
    std::string key, value, server, detail;
    std::uint64_t cas = 0;
    std::uint64_t counter = 0;
    std::uint32_t flags = 0;
    bool last = false;

    Outcome() = default;
    explicit Outcome(const Reply &reply);
};

/// A devcluster and a client of it.
struct Rig {
    explicit Rig(devcluster::Options cluster_options = {}, std::function<void(Options &)> adapt = {});

    Options client_options() const;
    /// Runs one operation to its end: `start` schedules with the callback given.
    Outcome run(const std::function<std::error_code(Callback)> &start);
    Outcome get(std::string_view key);
    Outcome set(std::string_view key, std::string_view value, StoreOptions options = {});

    tenon::io io;
    devcluster::Cluster cluster;
    std::optional<Client> client;
};

/// A data node that does what a test says: `on_frame` gets each request and a way to answer.
class ScriptedNode {
public:
    struct Connection {
        ScriptedNode *node;
        std::unique_ptr<net::Stream> stream;

        void reply(const wire::Frame &request, wire::Status status = wire::Status::ok, std::string_view value = {});
        void write(std::string_view bytes);
        void close() { node->close(this); }
    };
    using OnFrame = std::function<void(Connection &, const wire::Frame &)>;

    /// Listens on own_loopback(). `port` 0: the system chooses.
    ScriptedNode(tenon_io_ops *io, OnFrame on_frame, std::uint16_t port = 0);

    std::uint16_t port() const { return listener_->port(); }
    std::string address() const { return own_loopback() + ":" + std::to_string(port()); }
    std::size_t accepted = 0;
    /// Connections that are there now.
    std::size_t open() const { return connections_.size(); }
    /// Answers the list of SASL mechanisms by itself (no SASL here), as most scripts do not care.
    bool without_sasl = true;
    /// Raw: answers nothing, parses nothing.
    std::function<void(Connection &, std::span<const std::byte>)> on_bytes;

    void close(Connection *connection);
    /// Refuses new connections from now on, and closes those that are there.
    void die();

private:
    std::size_t receive(Connection &connection, std::span<const std::byte> bytes);

    net::ReactorRef reactor_;
    OnFrame on_frame_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::unique_ptr<net::Listener> listener_;
};

/// A client of plain memcached servers at `hosts`, connected.
std::unique_ptr<Client> memcached_client(const io &io, std::vector<std::string> hosts,
                                         const std::function<void(Options &)> &adapt = {});

/// Has `then` called after `usec`, on the loop.
class Later {
public:
    Later(tenon_io_ops *io, std::uint64_t usec, std::function<void()> then);

private:
    net::ReactorRef reactor_;
    std::function<void()> then_;
    net::Timer timer_;
};

/// Runs the loop for `usec`.
void run_for(const io &io, std::uint64_t usec);

/// Memory of this process that is in use.
std::size_t resident_bytes();

/// Milliseconds since some moment, real ones.
std::uint64_t milliseconds();

}  // namespace tenon::test
