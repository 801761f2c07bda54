// SPDX-License-Identifier: Apache-2.0
// A memcached server with a cluster behind it, on the library's own IO: the tutorial's proxy, in one file.
// Usage: small_proxy PORT [HOST:PORT [BUCKET]]; it listens on 127.0.0.1, with port 0 on one that the system chooses.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include <tenon/tenon.hpp>

namespace {

// The memcached binary protocol, as far as it is needed here.
constexpr std::size_t kHeader = 24;
enum : std::uint8_t { kQuit = 0x07, kNoop = 0x0a, kVersion = 0x0b };
enum : std::uint16_t { kOk = 0x00, kTemporaryFailure = 0x86 };

std::uint32_t number(std::string_view big_endian) {
    std::uint32_t n = 0;
    for (const char c : big_endian) n = n << 8 | static_cast<std::uint8_t>(c);
    return n;
}
void put(std::string &to, std::uint32_t n, int size) {
    while (size-- > 0) to += static_cast<char>(n >> (8 * size));
}

/// What is answered to a request.
struct Answer {
    std::uint16_t status = kOk;
    std::uint8_t datatype = 0;
    std::uint64_t cas = 0;
    tenon::Bytes extras = {};
    tenon::Bytes value = {};
};

/// One memcached client. It keeps itself alive until the other side goes, and its requests keep it longer if need be.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(tenon::Client &client, int sock)
        : client_(client), io_(client.io_ops()), sock_(sock), event_(io_->create_event(io_)) {}
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;
    ~Connection() { close(); }

    void start() {
        self_ = shared_from_this();
        watch(TENON_IO_READ);
    }

private:
    // #region connection
    void watch(short flags) {
        io_->update_event(io_, sock_, event_, flags, this, [](int, short which, void *self) {
            const std::shared_ptr<Connection> alive = static_cast<Connection *>(self)->self_;
            alive->on_ready(which);
        });
    }

    void on_ready(short which) {
        if ((which & TENON_IO_WRITE) != 0) send();
        if (sock_ >= 0 && (which & (TENON_IO_READ | TENON_IO_ERROR)) != 0) receive();
    }

    void close() {
        if (sock_ < 0) return;
        io_->destroy_event(io_, event_);
        io_->close(io_, sock_);
        sock_ = -1;
        self_.reset();
    }
    // #endregion

    // #region receive
    void receive() {
        char buffer[1 << 16];
        const ssize_t n = io_->recv(io_, sock_, buffer, sizeof buffer, 0);
        if (n < 0 && io_->error == EAGAIN) return;  // a hint that was wrong
        if (n <= 0) return close();                 // the end, or an error
        in_.append(buffer, static_cast<std::size_t>(n));

        std::string_view rest = in_;
        while (sock_ >= 0 && rest.size() >= kHeader) {
            const std::size_t size = kHeader + number(rest.substr(8, 4));
            if (rest.size() < size) break;
            if (!execute(rest.substr(0, size))) return close();
            rest.remove_prefix(size);
        }
        in_.erase(0, in_.size() - rest.size());
    }

    void send() {
        const ssize_t n = io_->send(io_, sock_, out_.data(), out_.size(), 0);
        if (n < 0 && io_->error != EAGAIN) return close();
        if (n > 0) out_.erase(0, static_cast<std::size_t>(n));
        if (out_.empty()) watch(TENON_IO_READ);  // else a level-triggered watch calls again
    }
    // #endregion

    // #region execute
    /// False: this is not the binary protocol, or the client wants to go.
    bool execute(std::string_view frame) {
        const std::size_t extras = number(frame.substr(4, 1)), key = number(frame.substr(2, 2));
        const std::string opaque(frame.substr(12, 4));
        tenon::Command command;
        command.opcode = static_cast<std::uint8_t>(frame[1]);
        if (frame[0] != '\x80' || kHeader + extras + key > frame.size() || command.opcode == kQuit) return false;
        if (command.opcode == kNoop || command.opcode == kVersion) {
            const std::string_view text = command.opcode == kNoop ? "" : "1.6";
            answer(command.opcode, opaque, {.value = tenon::as_bytes(text)});
            return true;
        }

        command.extras = tenon::as_bytes(frame.substr(kHeader, extras));
        command.key = frame.substr(kHeader + extras, key);
        command.value = tenon::as_bytes(frame.substr(kHeader + extras + key));
        std::memcpy(&command.cas, frame.data() + 16, sizeof command.cas);
        const auto done = [self = shared_from_this(), opaque](const tenon::Reply &reply) {
            const bool from_server = !reply.error || reply.status != 0;
            if (!from_server) return self->fail(reply.opcode, opaque, reply.detail);
            self->answer(reply.opcode, opaque, {reply.status, reply.datatype, reply.cas, reply.extras, reply.value});
        };
        const std::error_code refused = client_.request(command, done);
        if (refused) fail(command.opcode, opaque, refused.message());
        return true;
    }
    // #endregion

    // #region answer
    void answer(std::uint8_t opcode, std::string_view opaque, const Answer &answer) {
        if (sock_ < 0) return;  // the other side has gone meanwhile
        out_ += '\x81';
        out_ += static_cast<char>(opcode);
        put(out_, 0, 2);
        put(out_, static_cast<std::uint32_t>(answer.extras.size()), 1);
        put(out_, answer.datatype, 1);
        put(out_, answer.status, 2);
        put(out_, static_cast<std::uint32_t>(answer.extras.size() + answer.value.size()), 4);
        out_ += opaque;
        out_.append(reinterpret_cast<const char *>(&answer.cas), sizeof answer.cas);
        out_ += tenon::as_text(answer.extras);
        out_ += tenon::as_text(answer.value);
        watch(TENON_IO_READ | TENON_IO_WRITE);  // what else is answered in this turn leaves with it
    }
    // #endregion

    void fail(std::uint8_t opcode, std::string_view opaque, std::string_view why) {
        answer(opcode, opaque, {.status = kTemporaryFailure, .value = tenon::as_bytes(why)});
    }

    tenon::Client &client_;
    tenon_io_ops *io_;
    int sock_;
    void *event_;
    std::string in_, out_;
    std::shared_ptr<Connection> self_;
};

/// Accepts connections.
class Listener {
public:
    // #region listener
    Listener(tenon::Client &client, std::uint16_t port) : client_(client), io_(client.io_ops()) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sock_ = io_->socket(io_, AF_INET, SOCK_STREAM, 0);
        event_ = io_->create_event(io_);
        if (sock_ < 0 || event_ == nullptr ||
            io_->bind(io_, sock_, reinterpret_cast<sockaddr *>(&at), sizeof at) != 0 || io_->listen(io_, sock_, 128) != 0)
            throw std::system_error(io_->error, std::generic_category(), "cannot listen");
        io_->update_event(io_, sock_, event_, TENON_IO_READ, this,
                          [](int, short, void *self) { static_cast<Listener *>(self)->accept(); });
    }
    // #endregion
    Listener(const Listener &) = delete;
    Listener &operator=(const Listener &) = delete;
    ~Listener() {
        io_->destroy_event(io_, event_);
        io_->close(io_, sock_);
    }

    std::uint16_t port() const {
        sockaddr_storage at{};
        unsigned length = sizeof at;
        io_->sockopt(io_, sock_, TENON_IO_LOCAL_ADDRESS, &at, &length);
        return ntohs(reinterpret_cast<const sockaddr_in *>(&at)->sin_port);
    }

private:
    void accept() {
        const int sock = io_->accept(io_, sock_, nullptr, nullptr);
        if (sock >= 0) std::make_shared<Connection>(client_, sock)->start();
    }

    tenon::Client &client_;
    tenon_io_ops *io_;
    int sock_ = -1;
    void *event_ = nullptr;
};

}  // namespace

int main(int argc, char **argv) {
    // #region main
    const tenon::io io = tenon::io::load();
    tenon::Options options;
    options.hosts = {argc > 2 ? argv[2] : "127.0.0.1:8091"};
    options.bucket = argc > 3 ? argv[3] : "default";
    tenon::Client client(io, options);
    if (client.connect() || client.wait()) {
        std::cerr << client.error_message() << '\n';
        return 1;
    }
    const Listener listener(client, static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 1987));
    std::cout << "listening on " << listener.port() << std::endl;
    io.run();  // the client's sockets and the proxy's, on one loop
    // #endregion
}
