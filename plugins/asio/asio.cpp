// SPDX-License-Identifier: Apache-2.0
//
// Asio, as plugin `asio` over the library of its own and as `boost_asio` over Boost's. The cookie is the host's
// `asio::io_context *` (`boost::asio::io_context *`), or null for a context of the table's own.
//
// A context belongs to one thread while a table lives on it. Asio is compiled into whoever includes it: this plugin and
// the program whose context it is given have to be built with one version of it, configured the same way, and the program
// has to link the plugin, so that the dynamic linker makes one asio of the two. Where there are two, the creator refuses
// the program's context (TENON_IO_EINVAL).

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <tenon/io.h>

#include "library.hpp"
#include "loop_table.hpp"

namespace {

using Descriptor = asio::posix::stream_descriptor;
using tenon::ops::LoopTable;
using tenon::ops::Watch;

class Asio;

struct Event : Watch {
    std::optional<Descriptor> descriptor;
    std::shared_ptr<Event *> self;  ///< what asio's handlers hold on to: it is null for those that come after `stop`
    short waiting = 0;              ///< what asio waits for, in the table's bits
    Asio *loop = nullptr;
};

class Asio : public LoopTable<Asio, Event> {
    friend LoopTable;

    explicit Asio(asio::io_context *host)
        : owned_(host == nullptr ? std::make_unique<asio::io_context>() : nullptr),
          context_(host != nullptr ? *host : *owned_), timer_(context_), self_(std::make_shared<Asio *>(this)) {}

    bool open() {
        // Asio's own way to wake a context, and none that would keep it alive [R17].
        table()->post = [](tenon_io_ops *io, void (*fn)(void *), void *arg) noexcept {
            Asio &loop = *static_cast<Asio *>(io->cookie);
            if (loop.posts().post(fn, arg) != 0) return -1;
            loop.later([](Asio &asio) { asio.run_posts(); });
            return 0;
        };
        return true;
    }

    /// Has `fn(*this)` run in a turn of the context's, unless the table is gone by then.
    template <typename Fn>
    void later(Fn fn) {
        asio::post(context_, [self = self_, fn] {
            if (*self != nullptr) fn(**self);
        });
    }

    int start(Event &event, int sock, short flags) {
        try {
            if (event.flags == 0) {
                event.self = std::make_shared<Event *>(&event);
                event.descriptor.emplace(context_);
                event.loop = this;
                ErrorCode error;
                event.descriptor->assign(sock, error);
                if (error) {
                    event.descriptor.reset();
                    errno = error.value();
                    return -1;
                }
            }
            wait(event, flags | TENON_IO_ERROR);
            return 0;
        } catch (const std::exception &) {
            if (event.flags == 0 && event.descriptor) stop(event);
            errno = ENOMEM;
            return -1;
        }
    }

    /// Has asio wait for `bits`, where it does not already. (A wait of asio's ends with its first event; each new one looks
    /// at the descriptor afresh, which makes them level-triggered [R1].)
    static void wait(Event &event, int bits) {
        constexpr std::pair<short, Descriptor::wait_type> kWaits[] = {{TENON_IO_READ, Descriptor::wait_read},
                                                                      {TENON_IO_WRITE, Descriptor::wait_write},
                                                                      {TENON_IO_ERROR, Descriptor::wait_error}};
        for (const auto &[bit, type] : kWaits) {
            if ((bits & bit) == 0 || (event.waiting & bit) != 0) continue;
            event.descriptor->async_wait(type, [self = event.self, ready = bit](const ErrorCode &) {
                if (*self != nullptr) on_ready(self, ready);
            });
            event.waiting |= bit;
        }
    }

    static void on_ready(const std::shared_ptr<Event *> &self, short ready) noexcept {
        Event &event = **self;
        event.waiting = static_cast<short>(event.waiting & ~ready);
        short which = ready;
        if (ready == TENON_IO_ERROR) {
            if (!tenon::ops::has_failed(event.sock)) return;  // urgent data
            which |= event.flags;
        }
        event.loop->deliver(event, which);
        if (*self != nullptr) wait(event, (event.flags & ~TENON_IO_ERROR) | (ready & TENON_IO_ERROR));
    }

    // What asio still has for the descriptor ends as a handler that finds no event.
    void stop(Event &event) {
        *event.self = nullptr;
        event.self.reset();
        if (event.descriptor->is_open()) event.descriptor->release();
        event.descriptor.reset();
        event.waiting = 0;
    }

    void arm_wakeup() noexcept {
        if (timers().has_immediate() && !std::exchange(posted_, true)) {
            later([](Asio &asio) {
                asio.posted_ = false;
                asio.fire_timers();
            });
        }
        const std::uint64_t due = timers().next_due();
        if (!move_alarm(due)) return;
        if (due == kNever) {
            timer_.cancel();
            return;
        }
        timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::microseconds(due)));
        timer_.async_wait([self = self_](const ErrorCode &error) {
            if (!error && *self != nullptr) (*self)->fire_alarm();
        });
    }

    /// Runs handlers until `done`. The context does not notice meanwhile that it is out of work: it would be stopped for
    /// the host, too.
    template <typename Done>
    void run_until(Done done) {
        if (context_.stopped()) context_.restart();
        auto work = asio::make_work_guard(context_);
        while (!done() && context_.run_one() != 0) {}
        const bool stopped = context_.stopped();  // by the host
        work.reset();
        if (!stopped) context_.restart();
    }

    void run_loop() {
        broken_ = false;
        run_until([this] { return broken_; });
    }
    void break_loop() { broken_ = true; }

    // The sockets have been looked at when a handler's handler runs.
    void poll_loop() {
        const auto over = std::make_shared<bool>(false);
        later([over](Asio &asio) { asio.later([over](Asio &) { *over = true; }); });
        run_until([&] { return *over || destroyed(); });
    }

    void close() {
        *self_ = nullptr;
        timer_.cancel();
    }

    std::unique_ptr<asio::io_context> owned_;
    asio::io_context &context_;
    asio::steady_timer timer_;
    std::shared_ptr<Asio *> self_;  ///< as Event::self
    bool posted_ = false;           ///< timers of 0 µs fire in the next turn
    bool broken_ = false;
};

}  // namespace

int TENON_ASIO_CREATOR(int version, tenon_io_ops **io, void *cookie) {
    if (version != 0) return TENON_IO_EVERSION;
    auto *host = static_cast<asio::io_context *>(cookie);
    if (host != nullptr && !is_one_asio(*host)) return TENON_IO_EINVAL;
    return Asio::create(io, host);
}

int TENON_ASIO_LCB_CREATOR(int version, tenon_io_ops **io, void *cookie) {
    return TENON_ASIO_CREATOR(version, io, cookie);
}
