// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/error.hpp"
#include "net/reactor.hpp"

namespace tenon::net {

/// A connected socket with an output buffer: what servers and HTTP stand on. (Data sessions have a path of their own.)
///
/// Input is handed over as it comes; output is buffered and leaves in one `sendv` at the end of the turn. A reader that
/// does not read shows as growing `pending()`: stop reading from your side (`pause`) until `on_drained`.
/// Callbacks run inside a Turn and may destroy the Stream.
class Stream {
public:
    struct Handlers {
        void *owner = nullptr;
        /// Bytes that wait, oldest first, contiguous. Returns how many were used up; the rest comes again with more.
        std::size_t (*on_data)(void *owner, std::span<const std::byte> bytes) = nullptr;
        /// Everything written so far was handed to the kernel. May be null.
        void (*on_drained)(void *owner) = nullptr;
        /// The peer sent its end of file (error.code == 0) and everything written so far was sent, or the connection
        /// failed. Called once; nothing is read any more. After an end of file the owner may go on writing to a peer
        /// that still reads; `on_drained` tells when it was sent, or that it was dropped as the connection failed.
        void (*on_closed)(void *owner, const Error &error) = nullptr;
    };

    /// Takes over a connected `sock` of the reactor's table and starts to read. No handler is called inside a call of
    /// the Stream's.
    Stream(Reactor &reactor, int sock, Handlers handlers);
    Stream(const Stream &) = delete;
    Stream &operator=(const Stream &) = delete;
    /// Closes the socket; what was not sent is dropped.
    ~Stream();

    /// Copies `bytes`. Without effect once the connection failed or is being closed.
    void write(std::span<const std::byte> bytes);
    /// Bytes written and not yet taken by the kernel.
    std::size_t pending() const;
    /// Stops, resumes reading. Resuming presents what is left over, from the loop.
    void pause();
    void resume();
    /// Reads no more and ends the connection once everything written was sent; on_closed follows, unless it was called
    /// before. The peer has two seconds to read what was sent and to end its side.
    void close_when_drained();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tenon::net
