// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include <tenon/io.h>

#include "event_queue.hpp"
#include "queue.hpp"
#include "sim.hpp"
#include "sockets.hpp"

namespace tenon::sim {

class Kernel;

enum class PieceKind : std::uint8_t { data, open, opened, finish, reset };

/// Something under way in one direction: bytes up to the offset `end`, or a sign.
struct Piece {
    std::uint64_t at = 0;
    std::uint64_t end = 0;
    PieceKind kind = PieceKind::data;
};

/// From one end of a connection to the other. `bytes` holds what can be read, then what is under way.
struct Direction {
    ByteQueue bytes;
    Queue<Piece> pieces;
    std::size_t unread = 0;  ///< arrived
    std::uint64_t taken = 0, arrived = 0, acknowledged = 0;
    std::uint64_t latest = 0;     ///< when the last piece arrives: none overtakes it
    std::uint64_t line_free = 0;  ///< when the line has sent what it was given
    std::uint64_t choked_until = 0;  ///< after a short write
    std::uint32_t ticket = 0;
    bool scheduled = false;  ///< the first piece's arrival
    bool held = false;       ///< the first piece waits for the path
    bool full = false;       ///< the first piece waits for the reader
    bool finishing = false;  ///< no more is sent
    bool finished = false;   ///< end of file has arrived
    bool vanishing = false;  ///< bytes are counted, not kept: nobody will read them
};

struct End {
    Endpoint address;
    std::uint32_t host = kNone;
    Table *table = nullptr;    ///< who made or accepted it
    Socket *socket = nullptr;  ///< null: not accepted yet, or closed
    int error = 0;             ///< to be told once
    int keepalive = 0;         ///< seconds
    std::uint64_t heard = 0;   ///< when something last came from the peer
    std::uint64_t silent_since = 0;      ///< nothing gets through to it; 0: it does
    std::uint64_t unanswered_since = 0;  ///< the same, and something of its own waits
    std::uint32_t ticket = 0;
    bool established = false;
    bool over = false;    ///< nothing is sent or received any more
    bool closed = false;  ///< its program has closed it
    bool told = false;    ///< the peer is being told that it is over
};

/// Direction i leads from end i to the other; end 0 is the one that connected.
struct Connection {
    std::uint64_t number = 0;  ///< 0: none
    std::uint32_t slot = 0;    ///< where it is, for ever
    bool dead = false;         ///< everything vanishes, both ways
    End ends[2];
    Direction ways[2];
};

/// What is between sockets: connections as TCP has them. Knows no table; it tells the sockets that something has
/// changed.
class Transport {
public:
    explicit Transport(Kernel &kernel) : kernel_(kernel) {}

    // For sockets. Results as in the table: -1 with `error`.
    void connect(Socket &socket, const Endpoint &to, std::uint32_t host);
    void attach(std::uint32_t connection, Socket &socket);
    ssize_t send(Socket &socket, const tenon_iovec *iov, std::size_t count, int &error);
    ssize_t receive(Socket &socket, const tenon_iovec *iov, std::size_t count, bool peek, int &error);
    int shut_write(Socket &socket, int &error);
    void set_keepalive(Socket &socket);
    void close(std::uint32_t connection, unsigned end);
    /// The bits that are ready, ERROR for failed or hung up.
    short readiness(const Socket &socket) const;
    Connection &of(const Socket &socket) { return connections_[socket.connection]; }
    Connection &operator[](std::uint32_t connection) { return connections_[connection]; }

    // For the event queue; `index` is twice the connection's, plus that of direction or end.
    bool is_current(EventKind kind, std::uint32_t index, std::uint32_t ticket) const;
    void on_arrival(std::uint32_t index);
    void on_relief(std::uint32_t index);
    void on_silence(std::uint32_t index);

    // For acts: to both ends, to one, to those for whom a path was opened or closed.
    void reset(Connection &connection);
    void drop(Connection &connection);
    void vanish(Connection &connection, unsigned end, Loss how);
    void path_changed(Connection &connection, Range recovery, Loss waiting);
    std::deque<Connection> &all() { return connections_; }
    std::size_t size() const { return connections_.size() - free_.size(); }

private:
    static std::uint32_t index_of(const Connection &c, unsigned which) { return c.slot * 2 + which; }
    void push(Connection &c, unsigned way, PieceKind kind, std::uint64_t delay = 0);
    void schedule_arrival(Connection &c, unsigned way);
    void take(Connection &c, unsigned way, const Piece &piece);
    void take_open(Connection &c);
    void take_data(Connection &c, unsigned way, const Piece &piece);
    void take_reset(Connection &c, unsigned way);
    void acknowledge(Connection &c, unsigned way);
    void fail(Connection &c, unsigned end, int error);
    void stop_sending(Connection &c, unsigned way);
    void stop_keeping(Direction &way);
    void make_way(Connection &c, unsigned way);
    void answer_reset(Connection &c, unsigned end);
    void expect_silence(Connection &c, unsigned end);
    void changed(Socket *socket);
    void release(Connection &c);
    bool is_open(const Connection &c, unsigned way) const;
    bool is_silent(const Connection &c) const;
    std::size_t room(const Direction &way) const;
    std::size_t some_of(std::size_t count);
    void tell(Happening what, const Connection &c, unsigned from, std::span<const std::byte> bytes = {});

    Kernel &kernel_;
    std::deque<Connection> connections_;
    std::vector<std::uint32_t> free_;
    std::uint64_t last_number_ = 0;
};

}  // namespace tenon::sim
