// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>
#include <utility>

#include <tenon/io_check.h>

#include "../../../plugins/asio/library.hpp"

namespace {

/// Has this rig link the plugin, as a program has to that hands it a context.
[[gnu::used]] const tenon_io_creator g_plugin = kCreateAsioTable;

/// Work of the host's; asio's handlers keep it until they have run.
struct Work : std::enable_shared_from_this<Work> {
    Work(asio::io_context &context, void (*call)(void *), void *with)
        : timer(context), descriptor(context), fn(call), arg(with) {}

    void wait() {
        auto again = [self = shared_from_this()](const ErrorCode &) {
            if (self->removed) return;
            self->fn(self->arg);
            if (!self->removed) self->wait();
        };
        if (descriptor.is_open()) return descriptor.async_wait(asio::posix::descriptor_base::wait_read, std::move(again));
        timer.expires_at(timer.expiry() + period);
        timer.async_wait(std::move(again));
    }

    asio::steady_timer timer;
    asio::posix::stream_descriptor descriptor;
    std::chrono::milliseconds period{0};
    void (*fn)(void *);
    void *arg;
    bool removed = false;
};

/// What the suite holds for a piece of work.
using Handle = std::shared_ptr<Work>;

asio::io_context &context_of(void *host) { return *static_cast<asio::io_context *>(host); }

void *make() { return new asio::io_context; }
void *cookie(void *host) { return host; }

void run(void *host) {
    context_of(host).restart();
    context_of(host).run();
}

void stop(void *host) { context_of(host).stop(); }

void *every(void *host, unsigned msec, void (*fn)(void *), void *arg) {
    auto work = std::make_unique<Handle>(std::make_shared<Work>(context_of(host), fn, arg));
    (*work)->period = std::chrono::milliseconds(msec);
    (*work)->timer.expires_at(std::chrono::steady_clock::now());
    (*work)->wait();
    return work.release();
}

void *readable(void *host, int fd, void (*fn)(void *), void *arg) {
    auto work = std::make_unique<Handle>(std::make_shared<Work>(context_of(host), fn, arg));
    (*work)->descriptor.assign(fd);
    (*work)->wait();
    return work.release();
}

void remove(void *, void *item) {
    const std::unique_ptr<Handle> work(static_cast<Handle *>(item));
    (*work)->removed = true;
    (*work)->timer.cancel();
    if ((*work)->descriptor.is_open()) (*work)->descriptor.release();
}

/// Whether the context runs until a timer fires that is its only work.
bool lasts(asio::io_context &context) {
    bool fired = false;
    asio::steady_timer timer(context, std::chrono::milliseconds(2));
    timer.async_wait([&fired](const ErrorCode &) { fired = true; });
    context.restart();
    context.run();
    return fired;
}

const char *free_host(void *host) {
    const std::unique_ptr<asio::io_context> context(&context_of(host));
    context->restart();
    // Handlers that asio has cancelled run in the first of these turns; what is left then is work that nobody ends.
    context->run_for(std::chrono::milliseconds(500));
    if (!context->stopped()) return "work is left on the io_context";
    return lasts(*context) ? nullptr : "the io_context ends although a timer is active";
}

}  // namespace

extern "C" const tenon_io_check_host *tenon_io_check_host_loop() {
    static const tenon_io_check_host host{TENON_IO_CHECK_VERSION, make, cookie, run, stop, every, readable, remove,
                                          free_host, nullptr, nullptr};
    return &host;
}
