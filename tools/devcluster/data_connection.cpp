// SPDX-License-Identifier: Apache-2.0
#include "devcluster/data_connection.hpp"

#include <cstring>

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
      bucket_(node.cluster().open_default()),
      stream_(node.cluster().reactor(), sock, {this, on_data, on_drained, on_closed}) {}

std::size_t DataConnection::on_data(void *self, std::span<const std::byte> bytes) {
    return static_cast<DataConnection *>(self)->execute_all(bytes);
}

void DataConnection::on_drained(void *self) { static_cast<DataConnection *>(self)->stream_.resume(); }

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
        used += result.size;
        if (frame.magic != wire::Magic::request) {
            leave();  // an answer to a question nobody asked, or an extension nobody agreed on
            break;
        }
        execute(*this, frame, now);
        if (stream_.pending() > kMaxPending) {
            stream_.pause();
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

void DataConnection::send(const wire::Message &message) {
    // Header, extras and key in one piece; the value goes straight into the output.
    std::byte head[wire::kHeaderSize + 64 + wire::kMaxKeyLength];
    wire::Message front = message;
    front.value = {};
    const std::size_t size = static_cast<std::size_t>(wire::encode(front, head) - head);
    wire::put(head + 8, static_cast<std::uint32_t>(size - wire::kHeaderSize + message.value.size()));
    stream_.write({head, size});
    stream_.write(message.value);
    node_.statistics().bytes_written += size + message.value.size();
}

void DataConnection::leave() {
    leaving_ = true;
    stream_.close_when_drained();
}

}  // namespace tenon::devcluster
