// SPDX-License-Identifier: Apache-2.0
#include "net/stream.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "net/output_buffer.hpp"
#include "ops.hpp"

namespace tenon::net {
namespace {

/// Pieces for one `sendv`: with chunks of 64 KiB more than any socket buffer takes.
constexpr std::size_t kPieces = 64;
/// A rest up to this size is copied in front of the next read, a larger one gets a buffer of its own, so that neither
/// a pipeline's cut frame holds memory nor a large frame is copied again with each of its pieces.
constexpr std::size_t kSmallRest = 1024;
/// What a buffer of its own has room for beyond what it holds.
constexpr std::size_t kReadAtLeast = 64 * 1024;
/// How long a closed connection waits for the peer's own end of file.
constexpr std::uint64_t kLingerUsec = 2'000'000;

/// Bytes that were read and not used up.
class Rest {
public:
    std::span<const std::byte> bytes() const { return {data_.get() + begin_, end_ - begin_}; }
    std::size_t size() const { return end_ - begin_; }

    void assign(std::span<const std::byte> bytes) {
        begin_ = end_ = 0;
        if (bytes.size() <= kSmallRest && capacity_ > kSmallRest) release();  // the large message is over
        if (bytes.empty()) return;
        std::memcpy(room(bytes.size()).data(), bytes.data(), bytes.size());
        end_ = bytes.size();
    }
    void use(std::size_t count) {
        begin_ += count;
        if (begin_ == end_) assign({});
    }
    /// Space behind what is there, at least `count` bytes; `grow` tells how many were filled.
    std::span<std::byte> room(std::size_t count) {
        if (capacity_ - end_ < count) {
            const std::size_t held = size();
            if (held + count > capacity_ || begin_ < held) {
                capacity_ = std::max(held + count, 2 * held);
                auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity_);
                if (held != 0) std::memcpy(larger.get(), data_.get() + begin_, held);
                data_ = std::move(larger);
            } else {
                std::memcpy(data_.get(), data_.get() + begin_, held);
            }
            begin_ = 0;
            end_ = held;
        }
        return {data_.get() + end_, capacity_ - end_};
    }
    void grow(std::size_t count) { end_ += count; }
    void release() {
        data_.reset();
        begin_ = end_ = capacity_ = 0;
    }

private:
    std::unique_ptr<std::byte[]> data_;
    std::size_t begin_ = 0, end_ = 0, capacity_ = 0;
};

}  // namespace

struct Stream::State {
    enum class Input : std::uint8_t {
        open,
        ended,      // the peer's end of file was seen; on_closed waits until the output is sent
        discarded,  // close_when_drained: what still comes is of no interest
        over,       // on_closed was called, or is about to be
    };

    State(Reactor &r, int s, Handlers h)
        : reactor(r), io(r.io()), sock(s), handlers(h), watch(r, this, on_ready), hook{on_turn_end, this, false} {
        update_watch();
    }
    State(const State &) = delete;
    State &operator=(const State &) = delete;
    ~State() {
        if (gone != nullptr) *gone = true;
        reactor.forget(hook);
        watch.clear();
        io->close(io, sock);
    }

    bool reading() const { return (input == Input::open && !paused) || input == Input::discarded; }

    void update_watch() {
        const int flags = (reading() ? TENON_IO_READ : 0) | (kernel_full ? TENON_IO_WRITE : 0);
        if (watch.set(sock, static_cast<short>(flags))) return;
        failure = io->error;
        reactor.want_flush(hook);  // told from the loop
    }

    static void on_ready(void *self, short which) {
        State &s = *static_cast<State *>(self);
        if ((which & (TENON_IO_WRITE | TENON_IO_ERROR)) != 0 && s.kernel_full) {
            s.kernel_full = false;
            s.reactor.want_flush(s.hook);
        }
        if ((which & (TENON_IO_READ | TENON_IO_ERROR)) != 0 && s.reading()) s.read();
    }

    void read() {
        if (input == Input::discarded) return discard();
        const bool into_rest = rest.size() > kSmallRest;
        std::span<std::byte> buffer = into_rest ? rest.room(kReadAtLeast) : reactor.receive_buffer();
        const std::size_t held = into_rest ? 0 : rest.size();
        if (held != 0) std::memcpy(buffer.data(), rest.bytes().data(), held);
        tenon_iovec piece{reinterpret_cast<char *>(buffer.data()) + held, buffer.size() - held};
        const ssize_t got = io->recvv(io, sock, &piece, 1);
        if (got < 0) {
            if (!would_block(io->error)) fail(io->error);
            return;
        }
        if (got == 0) return end_of_file();
        if (into_rest) {
            rest.grow(static_cast<std::size_t>(got));
            present_rest();
        } else {
            present(buffer.first(held + static_cast<std::size_t>(got)));
        }
    }

    /// False if the handler destroyed the Stream.
    bool deliver(std::span<const std::byte> bytes, std::size_t &used) {
        bool destroyed = false;
        present_again = false;
        gone = &destroyed;
        used = handlers.on_data(handlers.owner, bytes);
        if (destroyed) return false;
        gone = nullptr;
        return true;
    }

    bool present_rest() {
        std::size_t used = 0;
        if (!deliver(rest.bytes(), used)) return false;
        rest.use(std::min(used, rest.size()));  // closing in the handler has emptied it
        return true;
    }

    void present(std::span<const std::byte> bytes) {
        std::size_t used = 0;
        if (deliver(bytes, used)) rest.assign(input == Input::open ? bytes.subspan(used) : bytes.first(0));
    }

    void discard() {
        const std::span<std::byte> buffer = reactor.receive_buffer();
        tenon_iovec piece{reinterpret_cast<char *>(buffer.data()), buffer.size()};
        const ssize_t got = io->recvv(io, sock, &piece, 1);
        // Once the output is out any end will do; before, only an end of file is no reason to stop sending.
        if (got == 0 && !output.empty()) {
            input = Input::ended;
            update_watch();
        } else if (got == 0 || (got < 0 && !would_block(io->error))) {
            output.empty() ? closed({}) : fail(io->error);
        }
    }

    void end_of_file() {
        input = Input::ended;
        rest.release();
        update_watch();
        if (output.empty()) closed({});
    }

    static void on_turn_end(void *self) {
        State &s = *static_cast<State *>(self);
        if (s.failure != 0) return s.fail(s.failure);
        if (s.present_again && s.input == Input::open && !s.paused && s.rest.size() != 0 &&
            !s.present_rest())
            return;
        s.send();
    }

    void send() {
        if (kernel_full) return;
        const bool had_output = !output.empty();
        while (!output.empty()) {
            tenon_iovec pieces[kPieces];
            const std::size_t count = output.gather(pieces);
            std::size_t offered = 0;
            for (std::size_t i = 0; i < count; ++i) offered += pieces[i].iov_len;
            const ssize_t sent = io->sendv(io, sock, pieces, count);
            if (sent < 0 && !would_block(io->error)) return fail(io->error);
            if (sent > 0) output.drop(static_cast<std::size_t>(sent));
            if (sent < static_cast<ssize_t>(offered)) {
                kernel_full = true;
                return update_watch();
            }
        }
        update_watch();
        if (input == Input::ended) return closed({});
        if (input == Input::discarded) return shut();
        if (had_output && handlers.on_drained != nullptr) handlers.on_drained(handlers.owner);
    }

    /// Closing a socket with unread input resets the connection and may take the last bytes sent with it: say that
    /// nothing more comes, and wait for the peer to end, though not for ever.
    void shut() {
        if (linger) return;
        if (ops::shut_write(io, sock) != 0) return closed({});
        linger.emplace(reactor, this, [](void *self) { static_cast<State *>(self)->closed({}); });
        linger->arm(kLingerUsec);
    }

    void fail(int error) {
        // After an end of file the owner knows already; one that still writes learns that it need not wait.
        if (input == Input::over) {
            stop();
            if (handlers.on_drained != nullptr) handlers.on_drained(handlers.owner);
            return;
        }
        closed(Error(make_error_code(errc::network), "connection lost: " + describe_errno(error)));
    }

    void closed(const Error &error) {
        input = Input::over;
        linger.reset();
        if (error) stop();
        else update_watch();
        if (handlers.on_closed != nullptr) handlers.on_closed(handlers.owner, error);
    }

    /// The connection is of no use any more.
    void stop() {
        dead = true;
        kernel_full = false;
        failure = 0;
        output.clear();
        rest.release();
        watch.clear();
    }

    Reactor &reactor;
    tenon_io_ops *const io;
    const int sock;
    const Handlers handlers;
    Watch watch;
    FlushHook hook;
    OutputBuffer output;
    Rest rest;
    std::optional<Timer> linger;
    bool *gone = nullptr;  // tells the `deliver` that is under way of the destruction
    int failure = 0;       // errno of a watch that could not be set
    Input input = Input::open;
    bool paused = false;
    bool present_again = false;
    bool kernel_full = false;
    bool dead = false;
};

Stream::Stream(Reactor &reactor, int sock, Handlers handlers)
    : state_(std::make_unique<State>(reactor, sock, handlers)) {}

Stream::~Stream() = default;

void Stream::write(std::span<const std::byte> bytes) {
    State &s = *state_;
    if (s.dead || s.input == State::Input::discarded || bytes.empty()) return;
    s.output.append(bytes);
    if (!s.kernel_full) s.reactor.want_flush(s.hook);
}

std::size_t Stream::pending() const { return state_->output.size(); }

void Stream::pause() {
    State &s = *state_;
    s.paused = true;
    s.update_watch();
}

void Stream::resume() {
    State &s = *state_;
    if (!s.paused) return;
    s.paused = false;
    s.update_watch();
    s.present_again = true;  // inside on_data it is not known yet whether something is left over
    s.reactor.want_flush(s.hook);
}

void Stream::close_when_drained() {
    State &s = *state_;
    if (s.input == State::Input::over || s.input == State::Input::discarded) return;
    // After the peer's end of file the output's end already is the end.
    if (s.input == State::Input::open) s.input = State::Input::discarded;
    s.rest.release();
    s.update_watch();
    s.reactor.want_flush(s.hook);
}

}  // namespace tenon::net
