// SPDX-License-Identifier: Apache-2.0
//
// What a completion model could gain at most: the system calls and the CPU time that it takes to send batches of requests
// over four connections and to receive the answers, by epoll and readiness and by io_uring and completions, in turn.
// No protocol, no client: what a client costs on top is the same in both. docs/completion-model.md says what came out.
//
// usage: completion [ROUNDS]
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <vector>

#include <arpa/inet.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr unsigned kConnections = 4;
constexpr std::size_t kRequest = 40;  ///< a get of a 16-byte key
constexpr std::size_t kAnswer = 128;  ///< its value of 100 bytes
constexpr std::size_t kBuffer = 64 * 1024;
constexpr unsigned kMostRequests = 100;

[[noreturn]] void fail(const char *what, int error = errno) { throw std::system_error(error, std::system_category(), what); }

int check(int result, const char *what) {
    if (result < 0) fail(what);
    return result;
}

int check_uring(int result, const char *what) {
    if (result < 0) fail(what, -result);
    return result;
}

/// Answers every request of every connection, in a process of its own, until the one that made it ends.
[[noreturn]] void serve(int listener) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int poller = check(epoll_create1(0), "epoll_create1");
    const auto watch = [&](int sock) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = sock;
        check(epoll_ctl(poller, EPOLL_CTL_ADD, sock, &event), "epoll_ctl");
    };
    watch(listener);
    std::vector<std::size_t> cut(1024);  ///< by descriptor: bytes of a request that is not whole yet
    std::vector<char> buffer(kMostRequests * kAnswer);
    epoll_event ready[64];
    for (;;) {
        const int count = epoll_wait(poller, ready, 64, -1);
        for (int i = 0; i < count; ++i) {
            const int sock = ready[i].data.fd;
            if (sock == listener) {
                const int made = check(accept(listener, nullptr, nullptr), "accept");
                const int on = 1;
                setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                watch(made);
                continue;
            }
            std::size_t &have = cut[static_cast<std::size_t>(sock)];
            const ssize_t got = recv(sock, buffer.data(), buffer.size(), 0);
            if (got <= 0) {
                close(sock);
                have = 0;
                continue;
            }
            have += static_cast<std::size_t>(got);
            if (send(sock, buffer.data(), have / kRequest * kAnswer, MSG_NOSIGNAL) < 0) _exit(1);
            have %= kRequest;
        }
    }
}

sockaddr_in start_server() {
    const int listener = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    check(bind(listener, reinterpret_cast<sockaddr *>(&address), sizeof address), "bind");
    check(listen(listener, 64), "listen");
    check(getsockname(listener, reinterpret_cast<sockaddr *>(&address), &length), "getsockname");
    if (check(fork(), "fork") == 0) serve(listener);
    close(listener);
    return address;
}

using Sockets = std::array<int, kConnections>;

Sockets connect_all(const sockaddr_in &server) {
    Sockets sockets{};
    for (int &sock : sockets) {
        const int on = 1;
        sock = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
        check(connect(sock, reinterpret_cast<const sockaddr *>(&server), sizeof server), "connect");
        setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return sockets;
}

const std::vector<char> kRequests(kMostRequests *kRequest, 'r');

void send_by_call(int sock, std::size_t bytes) {
    if (send(sock, kRequests.data(), bytes, MSG_NOSIGNAL) != static_cast<ssize_t>(bytes)) fail("send");
}

/// Readiness: a send and a recv a connection, and the wait.
class Epoll {
public:
    explicit Epoll(const Sockets &sockets)
        : sockets_(sockets), poller_(check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
        for (const int sock : sockets_) {
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.fd = sock;
            check(epoll_ctl(poller_, EPOLL_CTL_ADD, sock, &event), "epoll_ctl");
        }
    }
    Epoll(const Epoll &) = delete;
    Epoll &operator=(const Epoll &) = delete;
    ~Epoll() { close(poller_); }

    void send(unsigned connection, std::size_t bytes) {
        ++calls;
        send_by_call(sockets_[connection], bytes);
    }

    /// Waits, and returns how many bytes came.
    std::size_t receive(unsigned) {
        epoll_event ready[kConnections];
        ++calls;
        const int count = epoll_wait(poller_, ready, kConnections, -1);
        if (count < 0 && errno != EINTR) fail("epoll_wait");  // a ring that goes away interrupts its thread
        std::size_t bytes = 0;
        for (int i = 0; i < count; ++i) {
            ++calls;
            bytes += static_cast<std::size_t>(check(static_cast<int>(::recv(ready[i].data.fd, buffer_, kBuffer, 0)), "recv"));
        }
        return bytes;
    }

    std::uint64_t calls = 0;

private:
    const Sockets &sockets_;
    int poller_;
    char buffer_[kBuffer];
};

/// What a ring is asked to do differently.
struct Variant {
    const char *name;
    bool multishot;  ///< one recv for ever, into buffers that the kernel chooses; else one for each answer
    bool calls;      ///< requests leave by send(2)
    bool wait_all;   ///< for one answer of each connection that was sent to, instead of for the first
};

/// Completions: everything in the one call that waits. Registered sockets, and a kernel that works only while we wait.
class Uring {
public:
    Uring(const Sockets &sockets, const Variant &variant) : sockets_(sockets), variant_(variant) {
        io_uring_params params{};
        params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
        check_uring(io_uring_queue_init_params(64, &ring_, &params), "io_uring_setup");
        check_uring(io_uring_register_ring_fd(&ring_), "register the ring");
        check_uring(io_uring_register_files(&ring_, sockets.data(), kConnections), "register the sockets");
        if (variant.multishot) register_buffers();
        for (unsigned i = 0; i < kConnections; ++i) ask(i);
        check_uring(io_uring_submit(&ring_), "submit");
    }
    Uring(const Uring &) = delete;
    Uring &operator=(const Uring &) = delete;
    ~Uring() { io_uring_queue_exit(&ring_); }

    void send(unsigned connection, std::size_t bytes) {
        if (variant_.calls) {
            ++calls;
            return send_by_call(sockets_[connection], bytes);
        }
        io_uring_sqe *request = io_uring_get_sqe(&ring_);
        io_uring_prep_send(request, static_cast<int>(connection), kRequests.data(), bytes, MSG_NOSIGNAL | MSG_WAITALL);
        request->flags |= IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS;
        request->user_data = connection;
    }

    std::size_t receive(unsigned connections) {
        ++calls;
        check_uring(io_uring_submit_and_wait(&ring_, variant_.wait_all ? connections : 1), "io_uring_enter");
        std::size_t bytes = 0;
        unsigned seen = 0;
        unsigned head = 0;
        io_uring_cqe *answer = nullptr;
        io_uring_for_each_cqe(&ring_, head, answer) {
            ++seen;
            bytes += static_cast<std::size_t>(check_uring(answer->res, "a submitted send or recv"));
            const auto connection = static_cast<unsigned>(answer->user_data);
            if (variant_.multishot) give_back(answer->flags >> IORING_CQE_BUFFER_SHIFT);
            if (!variant_.multishot || (answer->flags & IORING_CQE_F_MORE) == 0) ask(connection);
        }
        io_uring_cq_advance(&ring_, seen);
        return bytes;
    }

    std::uint64_t calls = 0;

private:
    static constexpr unsigned kBuffers = 16;

    void ask(unsigned connection) {
        io_uring_sqe *request = io_uring_get_sqe(&ring_);
        if (variant_.multishot) {
            io_uring_prep_recv_multishot(request, static_cast<int>(connection), nullptr, 0, 0);
            request->flags |= IOSQE_BUFFER_SELECT;
        } else {
            io_uring_prep_recv(request, static_cast<int>(connection), &memory_[connection * kBuffer], kBuffer, 0);
        }
        request->flags |= IOSQE_FIXED_FILE;
        request->user_data = connection;
    }

    void register_buffers() {
        buffers_.reset(static_cast<io_uring_buf_ring *>(std::aligned_alloc(4096, 4096)));
        io_uring_buf_reg described{};
        described.ring_addr = reinterpret_cast<std::uintptr_t>(buffers_.get());
        described.ring_entries = kBuffers;
        check_uring(io_uring_register_buf_ring(&ring_, &described, 0), "register buffers");
        io_uring_buf_ring_init(buffers_.get());
        for (unsigned i = 0; i < kBuffers; ++i) give_back(i);
    }

    void give_back(unsigned buffer) {
        io_uring_buf_ring_add(buffers_.get(), &memory_[buffer * kBuffer], kBuffer, static_cast<unsigned short>(buffer),
                              io_uring_buf_ring_mask(kBuffers), 0);
        io_uring_buf_ring_advance(buffers_.get(), 1);
    }

    struct Free {
        void operator()(void *memory) const { std::free(memory); }
    };

    const Sockets &sockets_;
    Variant variant_;
    io_uring ring_{};
    std::vector<char> memory_ = std::vector<char>(kBuffers * kBuffer);
    std::unique_ptr<io_uring_buf_ring, Free> buffers_;
};

struct Cost {
    double calls;
    double cpu_usec;
};

double cpu_usec() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/// What one batch costs, on average.
template <class Loop>
Cost measure(Loop &loop, unsigned batch, unsigned batches) {
    std::minstd_rand random(batch);  // NOLINT(cert-msc51-cpp): the same batches for everybody
    const std::uint64_t calls = loop.calls;
    const double cpu = cpu_usec();
    for (unsigned i = 0; i < batches; ++i) {
        std::array<std::size_t, kConnections> requests{};
        for (unsigned k = 0; k < batch; ++k) ++requests[random() % kConnections];
        unsigned connections = 0;
        for (unsigned k = 0; k < kConnections; ++k) {
            if (requests[k] == 0) continue;
            loop.send(k, requests[k] * kRequest);
            ++connections;
        }
        for (std::size_t left = batch * kAnswer; left > 0; connections = 1) left -= loop.receive(connections);
    }
    return {static_cast<double>(loop.calls - calls) / batches, (cpu_usec() - cpu) / batches};
}

double quantile(std::vector<double> values, double part) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

void compare(const sockaddr_in &server, const Variant &variant, unsigned batch, unsigned rounds) {
    const unsigned batches = batch == 1 ? 10000 : batch == 10 ? 5000 : 2000;
    const Sockets ready = connect_all(server);
    const Sockets completed = connect_all(server);
    {
        Epoll epoll(ready);
        Uring uring(completed, variant);
        std::vector<double> ratios, epoll_calls, uring_calls, epoll_cpu, uring_cpu;
        for (unsigned i = 0; i < rounds; ++i) {
            const Cost one = measure(epoll, batch, batches);
            const Cost other = measure(uring, batch, batches);
            ratios.push_back(other.cpu_usec / one.cpu_usec);
            epoll_calls.push_back(one.calls);
            uring_calls.push_back(other.calls);
            epoll_cpu.push_back(one.cpu_usec);
            uring_cpu.push_back(other.cpu_usec);
        }
        std::printf("%5u  %-34s %6.2f %6.2f %8.2f %8.2f   %.3f (%.3f to %.3f)\n", batch, variant.name,
                    quantile(epoll_calls, .5), quantile(uring_calls, .5), quantile(epoll_cpu, .5),
                    quantile(uring_cpu, .5), quantile(ratios, .5), quantile(ratios, .25), quantile(ratios, .75));
        std::fflush(stdout);
    }
    for (unsigned i = 0; i < kConnections; ++i) {
        close(completed[i]);
        close(ready[i]);
    }
}

}  // namespace

int main(int argc, char **argv) try {
    const unsigned rounds = argc > 1 ? static_cast<unsigned>(std::stoul(argv[1])) : 11;
    constexpr Variant kVariants[] = {{"one recv for each answer", false, false, false},
                                     {"multishot recv", true, false, false},
                                     {"multishot recv, send(2)", true, true, false},
                                     {"multishot recv, wait for all", true, false, true}};
    const sockaddr_in server = start_server();
    std::printf("%u connections, medians of %u alternating pairs; calls and CPU time are a batch's\n", kConnections, rounds);
    std::printf("%5s  %-34s %6s %6s %8s %8s   %s\n", "batch", "io_uring with", "calls", "calls", "us", "us", "CPU ratio");
    std::printf("%5s  %-34s %6s %6s %8s %8s   %s\n", "", "", "epoll", "uring", "epoll", "uring", "median (quartiles)");
    for (const unsigned batch : {1U, 10U, 100U})
        for (const Variant &variant : kVariants) compare(server, variant, batch, rounds);
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "completion: %s\n", error.what());
    return 1;
}
