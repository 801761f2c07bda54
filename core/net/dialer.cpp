// SPDX-License-Identifier: Apache-2.0
#include "net/dialer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "net/resolver.hpp"
#include "net/url.hpp"
#include "ops.hpp"

namespace tenon::net {
namespace {

// As RFC 8305 has it: the next address gets its chance when the one before has not answered by then.
constexpr std::uint64_t kStaggerUsec = 250'000;

/// Alternates the families, so that one that leads nowhere does not delay the other; else keeps the order.
std::vector<Address> interleave(std::vector<Address> addresses) {
    std::vector<Address> first, second, mixed;
    for (const Address &address : addresses)
        (address.storage.ss_family == addresses.front().storage.ss_family ? first : second).push_back(address);
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) mixed.push_back(first[i]);
        if (i < second.size()) mixed.push_back(second[i]);
    }
    return mixed;
}

std::string milliseconds(std::uint64_t usec) { return std::to_string(usec / 1000) + " ms"; }

}  // namespace

struct Dialer::State {
    /// One address being tried. They overlap; the first to connect wins.
    struct Attempt {
        Attempt(State &s, const Address &a) : state(s), address(a), watch(s.reactor, this, on_ready) {}
        Attempt(const Attempt &) = delete;
        Attempt &operator=(const Attempt &) = delete;
        ~Attempt() { close(); }

        static void on_ready(void *self, short) {
            Attempt &attempt = *static_cast<Attempt *>(self);
            attempt.state.on_outcome(attempt);
        }
        void close() {
            watch.clear();
            if (sock >= 0) state.io->close(state.io, sock);
            sock = -1;
        }

        State &state;
        const Address address;
        Watch watch;
        int sock = -1;
        std::string failure;  // empty: no answer yet
    };

    State(Reactor &r, void *o, OnDone done)
        : reactor(r),
          io(r.io()),
          owner(o),
          on_done(done),
          deadline(r, this, [](void *self) { static_cast<State *>(self)->on_deadline(); }),
          stagger(r, this, [](void *self) { static_cast<State *>(self)->try_next(); }) {}
    State(const State &) = delete;
    State &operator=(const State &) = delete;
    ~State() { stop(); }

    void start(const std::string &to_host, std::uint16_t to_port, std::uint64_t timeout_usec, int family) {
        stop();
        host = to_host;
        port = to_port;
        timeout = timeout_usec;
        deadline.arm(timeout_usec);
        query = reactor.resolver().resolve(host, port, this, on_resolved, family);
    }

    void stop() {
        if (query) reactor.resolver().cancel(*query);
        query.reset();
        deadline.cancel();
        stagger.cancel();
        attempts.clear();
        addresses.clear();
        next = 0;
    }

    static void on_resolved(void *self, Resolver::Result result) {
        State &s = *static_cast<State *>(self);
        s.query.reset();
        if (result.error) return s.finish(-1, result.error);
        s.addresses = interleave(std::move(result.addresses));
        // However many there are, the last one has its share of the time.
        s.share = std::min(kStaggerUsec, s.timeout / s.addresses.size());
        s.try_next();
    }

    /// Begins with the next address that does not fail at once. Ends the dialing if none is left to hope for.
    void try_next() {
        while (next < addresses.size()) {
            Attempt &attempt = *attempts.emplace_back(std::make_unique<Attempt>(*this, addresses[next++]));
            attempt.sock = io->socket(io, attempt.address.storage.ss_family, SOCK_STREAM, 0);
            if (attempt.sock < 0) {
                attempt.failure = describe_errno(io->error);
                continue;
            }
            if (io->connect(io, attempt.sock, attempt.address.get(), attempt.address.length) == 0) {
                if (!is_self_connected(attempt)) return connected(attempt);
                fail(attempt, ECONNREFUSED);
                continue;
            }
            if ((io->error == EINPROGRESS || io->error == EINTR || io->error == EWOULDBLOCK) &&
                attempt.watch.set(attempt.sock, TENON_IO_WRITE)) {
                if (next < addresses.size()) stagger.arm(share);
                return;
            }
            fail(attempt, io->error);
        }
        const auto waiting = [](const auto &attempt) { return attempt->failure.empty(); };
        if (std::none_of(attempts.begin(), attempts.end(), waiting))
            finish(-1, Error(make_error_code(errc::connect), "cannot connect to " + target() + ": " + reasons()));
    }

    void on_outcome(Attempt &attempt) {
        int error = ops::pending_error(io, attempt.sock);
        if (error == 0 && is_self_connected(attempt)) error = ECONNREFUSED;
        if (error == 0) return connected(attempt);
        fail(attempt, error);
        stagger.cancel();
        try_next();
    }

    /// A port of this machine that nobody listens on may be the very one the kernel picks for our own end.
    bool is_self_connected(const Attempt &attempt) const {
        Address local;
        return ops::local_address(io, attempt.sock, local.storage, local.length) == 0 &&
               local.length == attempt.address.length &&
               std::memcmp(&local.storage, &attempt.address.storage, local.length) == 0;
    }

    static void fail(Attempt &attempt, int error) {
        attempt.failure = describe_errno(error);
        attempt.close();
    }

    void connected(Attempt &attempt) {
        attempt.watch.clear();
        const int sock = std::exchange(attempt.sock, -1);
        // That one of these fails is no reason to give a connection up.
        ops::set_nodelay(io, sock);
        ops::set_keepalive(io, sock, keepalive_seconds);
        finish(sock, {});
    }

    void on_deadline() {
        const std::string within = " within " + milliseconds(timeout);
        std::string what = query ? "no address for " + host + within : "cannot connect to " + target() + within;
        if (!attempts.empty()) what += ": " + reasons();
        finish(-1, Error(make_error_code(errc::timeout), std::move(what)));
    }

    void finish(int sock, const Error &error) {
        stop();
        on_done(owner, sock, error);  // may destroy the Dialer
    }

    std::string target() const { return HostPort{host, port}.to_string(); }

    /// Of each address why not; the address is left out where it says no more than the target.
    std::string reasons() const {
        std::string all;
        for (const auto &attempt : attempts) {
            if (!all.empty()) all += "; ";
            const std::string address = attempt->address.to_string();
            if (address != target()) all += address + ": ";
            all += attempt->failure.empty() ? "no answer" : attempt->failure;
        }
        return all;
    }

    Reactor &reactor;
    tenon_io_ops *const io;
    void *const owner;
    const OnDone on_done;
    Timer deadline;
    Timer stagger;
    std::string host;
    std::uint16_t port = 0;
    std::uint64_t timeout = 0;
    std::uint64_t share = 0;
    int keepalive_seconds = kKeepAliveSeconds;
    std::optional<std::uint64_t> query;
    std::vector<Address> addresses;
    std::size_t next = 0;  // the first address not tried yet
    std::vector<std::unique_ptr<Attempt>> attempts;
};

Dialer::Dialer(Reactor &reactor, void *owner, OnDone on_done)
    : state_(std::make_unique<State>(reactor, owner, on_done)) {}

Dialer::~Dialer() = default;

void Dialer::dial(const std::string &host, std::uint16_t port, std::uint64_t timeout_usec, int keepalive_seconds,
                  int family) {
    state_->keepalive_seconds = keepalive_seconds;
    state_->start(host, port, timeout_usec, family);
}

void Dialer::cancel() { state_->stop(); }

}  // namespace tenon::net
