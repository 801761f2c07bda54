// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "net/stream.hpp"
#include "wire/frame.hpp"

namespace tenon::devcluster {

class Bucket;
class Node;

/// A client's connection to a data node: cuts what comes into requests, has each executed in order, and sends the
/// answers of one turn together. A client that does not read its answers is not read from either.
class DataConnection {
public:
    /// Takes over `sock`.
    DataConnection(Node &node, std::uint64_t id, int sock);
    DataConnection(const DataConnection &) = delete;
    DataConnection &operator=(const DataConnection &) = delete;

    Node &node() const { return node_; }

    /// Null until one is selected: by authenticating, by select-bucket, or "default" where it has no password.
    Bucket *bucket() const { return bucket_; }
    void select(Bucket *bucket) { bucket_ = bucket; }

    /// The bucket whose name and password the client gave; null if it gave none.
    Bucket *user() const { return user_; }
    void authenticated_as(Bucket *bucket) { user_ = bucket; }

    /// Whether the client understands the newer statuses (HELLO with XERROR).
    bool extended_errors() const { return extended_errors_; }
    void set_extended_errors(bool on) { extended_errors_ = on; }

    /// Sends an answer; the message's spans are copied.
    void send(const wire::Message &message);
    /// Sends what is there and ends.
    void leave();

private:
    static std::size_t on_data(void *self, std::span<const std::byte> bytes);
    static void on_drained(void *self);
    static void on_closed(void *self, const Error &error);

    std::size_t execute_all(std::span<const std::byte> bytes);
    void refuse_broken(std::span<const std::byte> bytes, wire::FrameError error);

    Node &node_;
    const std::uint64_t id_;
    Bucket *bucket_ = nullptr;
    Bucket *user_ = nullptr;
    bool extended_errors_ = false;
    bool leaving_ = false;
    net::Stream stream_;
};

}  // namespace tenon::devcluster
