// SPDX-License-Identifier: Apache-2.0
#include "revision0.hpp"

#include <cerrno>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "sockets.hpp"

namespace tenon::ops {
namespace {

class Adapter;

/// Watches and timers keep the plugin's handle for the adapter's whole life: destroyed ones are disarmed and used
/// again. A plugin that still calls back for one finds memory, and a record that says whether the call is meant.
struct OldWatch {
    Adapter *adapter = nullptr;
    void *inner = nullptr;
    int sock = -1;
    short flags = 0;
    void *arg = nullptr;
    tenon_io_handler handler = nullptr;
};

struct OldTimer {
    Adapter *adapter = nullptr;
    void *inner = nullptr;
    bool armed = false;
    std::uint64_t due = 0;
    void *arg = nullptr;
    tenon_io_handler handler = nullptr;
};

template <typename Handle>
struct Pool {
    std::vector<std::unique_ptr<Handle>> all;
    std::vector<Handle *> idle;  ///< never grows beyond `all`, whose room it shares from the start
};

class Adapter {
public:
    explicit Adapter(tenon_io_ops *inner);
    Adapter(const Adapter &) = delete;
    Adapter &operator=(const Adapter &) = delete;

    static Adapter &of(tenon_io_ops *io) { return *static_cast<Adapter *>(io->cookie); }
    tenon_io_ops *table() { return &table_; }
    void release();

private:
    // Plugins of that time may fail without saying why in their table; the system's word is the next best.
    template <typename Call>
    auto call_inner(Call call) {
        for (;;) {
            inner_->error = 0;
            errno = 0;
            const auto result = call();
            if (result != -1) return result;
            table_.error = inner_->error != 0 ? inner_->error : errno != 0 ? errno : EIO;
            if (table_.error != EINTR) return result;
        }
    }

    template <typename Handle>
    void *take(Pool<Handle> &pool, void *(*create)(tenon_io_ops *));

    int make_socket(int domain, int type, int protocol);
    int connect(int sock, const sockaddr *name, unsigned int namelen);
    ssize_t receive(int sock, void *buffer, size_t len, int flags);
    ssize_t send(int sock, const void *msg, size_t len, int flags);
    /// Plugins of that time refuse other than two vectors, and their vector calls may raise SIGPIPE: piece by piece.
    template <typename Move>
    static ssize_t each_vector(tenon_iovec *iov, size_t niov, Move move);

    int update_event(OldWatch &watch, int sock, short flags, void *arg, tenon_io_handler handler);
    void disarm(OldWatch &watch);
    int update_timer(OldTimer &timer, std::uint32_t usec, void *arg, tenon_io_handler handler);
    int arm_inner(OldTimer &timer, std::uint64_t usec);
    void disarm(OldTimer &timer);
    void run();

    static void on_event(int sock, short which, void *watch);
    static void on_timer(int, short, void *timer);
    template <typename Fn>
    void in_callback(Fn fn);
    void free_if_released();

    tenon_io_ops table_{};
    tenon_io_ops *inner_;
    Pool<OldWatch> watches_;
    Pool<OldTimer> timers_;
    unsigned depth_ = 0;  ///< callbacks, and our own run, that are on the stack
    bool in_callback_ = false;
    bool running_ = false;
    bool released_ = false;
};

Adapter::Adapter(tenon_io_ops *inner) : inner_(inner) {
    fill_sockets(table_);
    table_.cookie = this;
    table_.revision = TENON_IO_REVISION;
    table_.destructor = release_revision0;
    table_.socket = [](tenon_io_ops *io, int domain, int type, int protocol) {
        return of(io).make_socket(domain, type, protocol);
    };
    table_.connect = [](tenon_io_ops *io, int sock, const sockaddr *name, unsigned int namelen) {
        return of(io).connect(sock, name, namelen);
    };
    table_.recv = [](tenon_io_ops *io, int sock, void *buffer, size_t len, int flags) {
        return of(io).receive(sock, buffer, len, flags);
    };
    table_.send = [](tenon_io_ops *io, int sock, const void *msg, size_t len, int flags) {
        return of(io).send(sock, msg, len, flags);
    };
    table_.recvv = [](tenon_io_ops *io, int sock, tenon_iovec *iov, size_t niov) {
        return each_vector(iov, niov, [&](char *base, size_t len) { return of(io).receive(sock, base, len, 0); });
    };
    table_.sendv = [](tenon_io_ops *io, int sock, tenon_iovec *iov, size_t niov) {
        return each_vector(iov, niov, [&](char *base, size_t len) { return of(io).send(sock, base, len, 0); });
    };
    table_.close = [](tenon_io_ops *io, int sock) { of(io).inner_->close(of(io).inner_, sock); };
    table_.create_event = [](tenon_io_ops *io) { return of(io).take(of(io).watches_, of(io).inner_->create_event); };
    table_.destroy_event = [](tenon_io_ops *io, void *event) {
        auto *watch = static_cast<OldWatch *>(event);
        of(io).disarm(*watch);
        of(io).watches_.idle.push_back(watch);
    };
    table_.update_event = [](tenon_io_ops *io, int sock, void *event, short flags, void *arg, tenon_io_handler handler) {
        return of(io).update_event(*static_cast<OldWatch *>(event), sock, flags, arg, handler);
    };
    table_.delete_event = [](tenon_io_ops *io, int, void *event) { of(io).disarm(*static_cast<OldWatch *>(event)); };
    table_.create_timer = [](tenon_io_ops *io) { return of(io).take(of(io).timers_, of(io).inner_->create_timer); };
    table_.destroy_timer = [](tenon_io_ops *io, void *handle) {
        auto *timer = static_cast<OldTimer *>(handle);
        of(io).disarm(*timer);
        of(io).timers_.idle.push_back(timer);
    };
    table_.update_timer = [](tenon_io_ops *io, void *timer, std::uint32_t usec, void *arg, tenon_io_handler handler) {
        return of(io).update_timer(*static_cast<OldTimer *>(timer), usec, arg, handler);
    };
    table_.delete_timer = [](tenon_io_ops *io, void *timer) { of(io).disarm(*static_cast<OldTimer *>(timer)); };
    if (inner->run_event_loop == nullptr || inner->stop_event_loop == nullptr) return;
    table_.run_event_loop = [](tenon_io_ops *io) { of(io).run(); };
    // It would break the host's own run of the loop; ours is the only one we know of.
    table_.stop_event_loop = [](tenon_io_ops *io) {
        if (of(io).running_) of(io).inner_->stop_event_loop(of(io).inner_);
    };
}

template <typename Handle>
void *Adapter::take(Pool<Handle> &pool, void *(*create)(tenon_io_ops *)) {
    if (!pool.idle.empty()) {
        Handle *handle = pool.idle.back();
        pool.idle.pop_back();
        return handle;
    }
    try {
        auto handle = std::make_unique<Handle>();
        if (pool.all.size() == pool.all.capacity()) pool.all.reserve(2 * pool.all.size() + 8);
        pool.idle.reserve(pool.all.capacity());
        inner_->error = 0;
        errno = 0;
        handle->adapter = this;
        handle->inner = create(inner_);
        if (handle->inner == nullptr) {
            table_.error = inner_->error != 0 ? inner_->error : errno != 0 ? errno : ENOMEM;
            return nullptr;
        }
        pool.all.push_back(std::move(handle));
        return pool.all.back().get();
    } catch (const std::bad_alloc &) {
        table_.error = ENOMEM;
        return nullptr;
    }
}

int Adapter::make_socket(int domain, int type, int protocol) {
    const int sock = call_inner([&] { return inner_->socket(inner_, domain, type, protocol); });
    if (sock == -1 || make_nonblocking(sock)) return sock;
    table_.error = errno;
    inner_->close(inner_, sock);
    return -1;
}

int Adapter::connect(int sock, const sockaddr *name, unsigned int namelen) {
    inner_->error = 0;
    errno = 0;
    if (inner_->connect(inner_, sock, name, namelen) == 0) return 0;
    const int error = inner_->error != 0 ? inner_->error : errno;
    // An interrupted connect goes on; a second one would only ask for it [R4].
    table_.error = error == EINTR || error == 0 ? EINPROGRESS : error;
    return -1;
}

ssize_t Adapter::receive(int sock, void *buffer, size_t len, int flags) {
    return call_inner([&] { return inner_->recv(inner_, sock, buffer, len, flags); });
}

ssize_t Adapter::send(int sock, const void *msg, size_t len, int flags) {
    return call_inner([&] { return inner_->send(inner_, sock, msg, len, flags | MSG_NOSIGNAL); });
}

template <typename Move>
ssize_t Adapter::each_vector(tenon_iovec *iov, size_t niov, Move move) {
    ssize_t total = 0;
    for (size_t i = 0; i < niov; ++i) {
        if (iov[i].iov_len == 0) continue;
        const ssize_t moved = move(iov[i].iov_base, iov[i].iov_len);
        if (moved < 0) return total != 0 ? total : -1;
        total += moved;
        if (static_cast<size_t>(moved) < iov[i].iov_len) break;
    }
    return total;
}

int Adapter::update_event(OldWatch &watch, int sock, short flags, void *arg, tenon_io_handler handler) {
    watch.arg = arg;
    watch.handler = handler;
    if (watch.flags == flags && watch.sock == sock) return 0;
    disarm(watch);
    if (flags == 0) return 0;
    // Errors show as readiness there; who asks for them alone is woken by either direction.
    constexpr short kBoth = TENON_IO_READ | TENON_IO_WRITE;
    const short known = (flags & kBoth) != 0 ? static_cast<short>(flags & kBoth) : TENON_IO_READ;
    if (call_inner([&] { return inner_->update_event(inner_, sock, watch.inner, known, &watch, on_event); }) == -1)
        return -1;
    watch.sock = sock;
    watch.flags = flags;
    return 0;
}

void Adapter::disarm(OldWatch &watch) {
    if (watch.flags == 0) return;
    watch.flags = 0;
    inner_->delete_event(inner_, std::exchange(watch.sock, -1), watch.inner);
}

int Adapter::update_timer(OldTimer &timer, std::uint32_t usec, void *arg, tenon_io_handler handler) {
    disarm(timer);
    timer.arg = arg;
    timer.handler = handler;
    timer.due = monotonic_usec() + usec;
    return arm_inner(timer, usec);
}

int Adapter::arm_inner(OldTimer &timer, std::uint64_t usec) {
    const auto part = static_cast<std::uint32_t>(usec);
    timer.armed =
        call_inner([&] { return inner_->update_timer(inner_, timer.inner, part, &timer, on_timer); }) != -1;
    return timer.armed ? 0 : -1;
}

void Adapter::disarm(OldTimer &timer) {
    if (!std::exchange(timer.armed, false)) return;
    inner_->delete_timer(inner_, timer.inner);
}

void Adapter::on_event(int sock, short which, void *self) {
    OldWatch &watch = *static_cast<OldWatch *>(self);
    const auto ready = static_cast<short>(which & watch.flags);
    if (ready == 0 || sock != watch.sock) return;
    watch.adapter->in_callback([&] { watch.handler(sock, ready, watch.arg); });
}

void Adapter::on_timer(int, short, void *self) {
    OldTimer &timer = *static_cast<OldTimer *>(self);
    Adapter &adapter = *timer.adapter;
    if (!timer.armed) return;
    adapter.disarm(timer);  // theirs repeat
    // A loop that counted from a stale time calls early.
    const std::uint64_t now = monotonic_usec();
    if (now < timer.due && adapter.arm_inner(timer, timer.due - now) == 0) return;
    adapter.in_callback([&] { timer.handler(-1, 0, timer.arg); });
}

template <typename Fn>
void Adapter::in_callback(Fn fn) {
    ++depth_;
    const bool outer = std::exchange(in_callback_, true);
    fn();
    in_callback_ = outer;
    --depth_;
    free_if_released();
}

void Adapter::run() {
    if (running_ || in_callback_) {
        table_.error = EDEADLK;
        return;
    }
    ++depth_;
    running_ = true;
    inner_->run_event_loop(inner_);
    running_ = false;
    --depth_;
    free_if_released();
}

void Adapter::release() {
    for (const auto &watch : watches_.all) {
        disarm(*watch);
        inner_->destroy_event(inner_, watch->inner);
    }
    for (const auto &timer : timers_.all) {
        disarm(*timer);
        inner_->destroy_timer(inner_, timer->inner);
    }
    released_ = true;
    free_if_released();
}

void Adapter::free_if_released() {
    if (released_ && depth_ == 0) const std::unique_ptr<Adapter> freed(this);
}

}  // namespace

tenon_io_ops *adapt_revision0(tenon_io_ops *table) { return std::make_unique<Adapter>(table).release()->table(); }

void release_revision0(tenon_io_ops *adapter) { Adapter::of(adapter).release(); }

}  // namespace tenon::ops
