// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

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

    /// Sends an answer, unless the node's faults have it otherwise; the message's spans are copied.
    void send(const wire::Message &message);
    /// Sends what is there and ends; of buckets it knows no more.
    void leave();
    bool uses(const Bucket &bucket) const { return bucket_ == &bucket || user_ == &bucket; }

    /// Reads, or does not: as the node's state, what is pending and what is waited for have it.
    void read_or_not();
    /// A vBucket it may wait for is not pending any more.
    void look_again();

private:
    static std::size_t on_data(void *self, std::span<const std::byte> bytes);
    static void on_drained(void *self);
    static void on_closed(void *self, const Error &error);

    static void on_delay_over(void *self);

    std::size_t execute_all(std::span<const std::byte> bytes);
    bool is_ignored();
    void refuse_broken(std::span<const std::byte> bytes, wire::FrameError error);
    void send_oddly(std::span<const std::byte> head, std::span<const std::byte> value);
    void write_delayed();

    Node &node_;
    const std::uint64_t id_;
    Bucket *bucket_ = nullptr;
    Bucket *user_ = nullptr;
    bool extended_errors_ = false;
    bool leaving_ = false;
    bool waiting_ = false;  // for a vBucket that is pending
    net::Stream stream_;

    /// An answer that waits, in the order they are sent.
    struct Delayed {
        std::uint64_t due = 0;
        std::vector<std::byte> bytes;
        bool last = false;  ///< cut: the connection ends behind it
    };
    std::deque<Delayed> delayed_;
    std::unique_ptr<net::Timer> delay_;  // made with the first answer that waits
};

}  // namespace tenon::devcluster
