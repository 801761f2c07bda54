// SPDX-License-Identifier: Apache-2.0
#include "devcluster/data_connection.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "devcluster/cluster.hpp"
#include "devcluster/commands.hpp"
#include "devcluster/node.hpp"

namespace tenon::devcluster {
namespace {

/// Answers that may wait for a client before its requests have to.
constexpr std::size_t kMaxPending = 4 * 1024 * 1024;

}  // namespace

DataConnection::DataConnection(Node &node, std::uint64_t id, int sock)
    : node_(node),
      id_(id),
      bucket_(node.find_bucket("default", "")),
      stream_(node.cluster().reactor(), sock, {this, on_data, on_drained, on_closed}) {
    read_or_not();
}

std::size_t DataConnection::on_data(void *self, std::span<const std::byte> bytes) {
    return static_cast<DataConnection *>(self)->execute_all(bytes);
}

void DataConnection::on_drained(void *self) { static_cast<DataConnection *>(self)->read_or_not(); }

void DataConnection::read_or_not() {
    if (node_.state() == RunState::running && !waiting_ && stream_.pending() <= kMaxPending) stream_.resume();
    else stream_.pause();
    if (node_.state() == RunState::running && !delayed_.empty()) write_delayed();
}

void DataConnection::look_again() {
    waiting_ = false;
    read_or_not();
}

void DataConnection::on_closed(void *self, const Error &) {
    DataConnection &connection = *static_cast<DataConnection *>(self);
    connection.node_.remove(connection.id_);
}

std::size_t DataConnection::execute_all(std::span<const std::byte> bytes) {
    const std::uint64_t now = node_.cluster().now();
    std::size_t used = 0;
    while (!leaving_) {
        wire::Frame frame;
        const std::span<const std::byte> rest = bytes.subspan(used);
        const wire::FrameResult result = wire::decode_frame(rest, wire::kDefaultMaxBody, frame);
        if (result.error != wire::FrameError::none) {
            refuse_broken(rest, result.error);
            break;
        }
        if (!result.complete(rest)) break;
        if (frame.magic != wire::Magic::request) {
            leave();  // an answer to a question nobody asked, or an extension nobody agreed on
            break;
        }
        waiting_ = !is_ignored() && !execute(*this, frame, now);
        if (!waiting_) used += result.size;
        if (waiting_ || stream_.pending() > kMaxPending) {
            read_or_not();
            break;
        }
    }
    node_.statistics().bytes_read += used;
    return leaving_ ? bytes.size() : used;
}

/// Behind a frame that lies nothing can be understood: say why, if it is a request at all, and end.
void DataConnection::refuse_broken(std::span<const std::byte> bytes, wire::FrameError error) {
    if (error != wire::FrameError::magic && bytes.size() >= wire::kHeaderSize &&
        static_cast<wire::Magic>(bytes[0]) == wire::Magic::request) {
        const bool too_big = error == wire::FrameError::body;
        send({.magic = wire::Magic::response,
              .opcode = static_cast<wire::Opcode>(bytes[1]),
              .vbucket_or_status =
                  static_cast<std::uint16_t>(too_big ? wire::Status::too_big : wire::Status::invalid_arguments),
              .opaque = wire::load<std::uint32_t>(bytes.data() + 12),
              .value = wire::as_bytes(wire::describe(error))});
    }
    leave();
}

/// Whether the node's faults let a request go unheard.
bool DataConnection::is_ignored() {
    const Faults &faults = node_.faults();
    return faults.half_open || node_.cluster().random().chance(faults.drop_requests);
}

void DataConnection::send(const wire::Message &message) {
    const Faults &faults = node_.faults();
    if (node_.cluster().random().chance(faults.drop_replies)) return;
    // Header, extras and key in one piece; the value goes straight into the output.
    std::byte head[wire::kHeaderSize + 64 + wire::kMaxKeyLength];
    wire::Message front = message;
    front.value = {};
    const std::size_t size = static_cast<std::size_t>(wire::encode(front, head) - head);
    wire::put(head + 8, static_cast<std::uint32_t>(size - wire::kHeaderSize + message.value.size()));
    node_.statistics().bytes_written += size + message.value.size();
    if (faults.cut_reply != 0 || faults.delay.most != 0 || !delayed_.empty())
        return send_oddly({head, size}, message.value);
    stream_.write({head, size});
    stream_.write(message.value);
}

/// Late, or not all of it.
void DataConnection::send_oddly(std::span<const std::byte> head, std::span<const std::byte> value) {
    const std::uint64_t now = node_.cluster().now();
    Delayed answer{now + node_.cluster().random().in(node_.faults().delay), {head.begin(), head.end()}};
    answer.bytes.insert(answer.bytes.end(), value.begin(), value.end());
    answer.last = node_.cut_now();
    if (answer.last) answer.bytes.resize(std::min(answer.bytes.size(), node_.faults().cut_at));
    if (!delayed_.empty()) answer.due = std::max(answer.due, delayed_.back().due);
    delayed_.push_back(std::move(answer));
    if (delayed_.size() == 1) write_delayed();
}

void DataConnection::write_delayed() {
    const std::uint64_t now = node_.cluster().now();
    while (!leaving_ && !delayed_.empty() && delayed_.front().due <= now) {
        stream_.write(delayed_.front().bytes);
        const bool last = delayed_.front().last;
        delayed_.pop_front();
        if (last) leave();
    }
    if (leaving_ || delayed_.empty()) return;
    if (!delay_) delay_ = std::make_unique<net::Timer>(node_.cluster().reactor(), this, on_delay_over);
    delay_->arm(delayed_.front().due - now);
}

void DataConnection::on_delay_over(void *self) { static_cast<DataConnection *>(self)->read_or_not(); }

void DataConnection::leave() {
    leaving_ = true;
    bucket_ = user_ = nullptr;
    stream_.close_when_drained();
}

}  // namespace tenon::devcluster
