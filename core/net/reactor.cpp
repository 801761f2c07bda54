// SPDX-License-Identifier: Apache-2.0
#include "net/reactor.hpp"

#include <algorithm>
#include <new>

#include "net/resolver.hpp"
#include "ops.hpp"
#include "revision0.hpp"

namespace tenon::net {
namespace {

constexpr std::size_t kReceiveBuffer = 256 * 1024;
constexpr std::uint64_t kLongestTimer = 0xffffffffU;  // the contract's timers have 32 bits

}  // namespace

Reactor::Reactor(tenon_io_ops *table) : io_(table), table_(table) {
    if (table->revision == 0) io_ = ops::adapt_revision0(table);
    flush_timer_ = io_->create_timer(io_);
    if (flush_timer_ == nullptr) throw std::bad_alloc();
}

Reactor::~Reactor() = default;

std::uint64_t Reactor::now() const { return ops::now(io_); }

void Reactor::queue_flush(FlushHook &hook) {
    hook.queued = true;
    flush_queue_.push_back(&hook);
    if (turns_ != 0 || flush_armed_) return;
    flush_armed_ = io_->update_timer(io_, flush_timer_, 0, this, on_flush_timer) == 0;
}

void Reactor::forget(FlushHook &hook) {
    if (!hook.queued) return;
    hook.queued = false;
    std::replace(flush_queue_.begin(), flush_queue_.end(), &hook, static_cast<FlushHook *>(nullptr));
}

void Reactor::flush_all() {
    // A flush may queue more, or take hooks out: by index, over what is there by then.
    for (std::size_t i = 0; i < flush_queue_.size(); ++i) {
        FlushHook *hook = flush_queue_[i];
        if (hook == nullptr) continue;
        hook->queued = false;
        hook->flush(hook->owner);
        if (users_ == 0) break;
    }
    flush_queue_.clear();
}

void Reactor::end_turn() {
    // All of it within the turn: what is destroyed here may be, or hold, the last user of the table, and more may be
    // queued by it.
    while (turns_ == 1 && !(flush_queue_.empty() && buried_.empty())) {
        flush_all();
        for (const auto &[object, destroy] : std::exchange(buried_, {})) destroy(object);
    }
    if (--turns_ != 0) return;
    if (users_ == 0) {
        delete this;
    } else if (!unarmed_.empty()) {
        for (Timer *timer : std::exchange(unarmed_, {})) timer->arm_late();
    }
}

void Reactor::bury(void *object, void (*destroy)(void *)) {
    if (turns_ == 0) return destroy(object);
    buried_.emplace_back(object, destroy);
}

void Reactor::on_flush_timer(int, short, void *self) {
    Reactor &reactor = *static_cast<Reactor *>(self);
    reactor.flush_armed_ = false;
    const Turn turn(reactor);  // its end flushes
}

std::span<std::byte> Reactor::receive_buffer() {
    if (!receive_buffer_) receive_buffer_ = std::make_unique_for_overwrite<std::byte[]>(kReceiveBuffer);
    return {receive_buffer_.get(), kReceiveBuffer};
}

Resolver &Reactor::resolver() {
    if (!resolver_) resolver_ = std::make_unique<Resolver>(*this);
    return *resolver_;
}

void Reactor::release() {
    if (--users_ != 0) return;
    tear_down();
    if (turns_ == 0) delete this;
}

void Reactor::tear_down() {
    resolver_.reset();
    io_->destroy_timer(io_, flush_timer_);
    for (FlushHook *hook : flush_queue_)
        if (hook != nullptr) hook->queued = false;
    flush_queue_.clear();
    table_->core = nullptr;
    if (io_ != table_) ops::release_revision0(io_);
}

ReactorRef::ReactorRef(tenon_io_ops *io) {
    if (io->core == nullptr) io->core = new Reactor(io);
    reactor_ = static_cast<Reactor *>(io->core);
    ++reactor_->users_;
}

ReactorRef::ReactorRef(const ReactorRef &other) : reactor_(other.reactor_) { ++reactor_->users_; }

ReactorRef::~ReactorRef() { reactor_->release(); }

Timer::Timer(Reactor &reactor, void *owner, void (*fire)(void *))
    : reactor_(reactor), handle_(reactor.io()->create_timer(reactor.io())), owner_(owner), fire_(fire) {
    if (handle_ == nullptr) throw std::bad_alloc();
}

Timer::~Timer() {
    std::erase(reactor_.unarmed_, this);
    reactor_.io()->destroy_timer(reactor_.io(), handle_);
}

void Timer::arm(std::uint64_t usec) {
    armed_ = true;
    arm_part(usec);
}

void Timer::arm_part(std::uint64_t usec) {
    const std::uint64_t part = std::min(usec, kLongestTimer);
    rest_ = usec - part;
    std::erase(reactor_.unarmed_, this);
    if (reactor_.io()->update_timer(reactor_.io(), handle_, static_cast<std::uint32_t>(part), this, on_fire) == 0) return;
    // The plugin could not (out of memory, say). Again at the end of this turn and of each that follows.
    rest_ = 0;
    due_ = reactor_.now() + usec;
    reactor_.unarmed_.push_back(this);
}

void Timer::arm_late() {
    const std::uint64_t now = reactor_.now();
    arm_part(due_ > now ? due_ - now : 0);
}

void Timer::cancel() {
    if (!armed_) return;
    armed_ = false;
    std::erase(reactor_.unarmed_, this);
    reactor_.io()->delete_timer(reactor_.io(), handle_);
}

void Timer::on_fire(int, short, void *self) {
    Timer &timer = *static_cast<Timer *>(self);
    const Turn turn(timer.reactor_);
    if (timer.rest_ != 0) return timer.arm_part(timer.rest_);
    timer.armed_ = false;
    timer.fire_(timer.owner_);
}

Watch::Watch(Reactor &reactor, void *owner, void (*ready)(void *, short))
    : reactor_(reactor), handle_(reactor.io()->create_event(reactor.io())), owner_(owner), ready_(ready) {
    if (handle_ == nullptr) throw std::bad_alloc();
}

Watch::~Watch() {
    clear();
    reactor_.io()->destroy_event(reactor_.io(), handle_);
}

bool Watch::set(int sock, short flags) {
    if (sock_ == sock && flags_ == flags) return true;
    if (flags == 0) {
        clear();
        return true;
    }
    if (reactor_.io()->update_event(reactor_.io(), sock, handle_, flags, this, on_ready) != 0) {
        sock_ = -1;
        flags_ = 0;
        return false;
    }
    sock_ = sock;
    flags_ = flags;
    return true;
}

void Watch::clear() {
    if (flags_ == 0) return;
    reactor_.io()->delete_event(reactor_.io(), sock_, handle_);
    sock_ = -1;
    flags_ = 0;
}

void Watch::on_ready(int, short which, void *self) {
    Watch &watch = *static_cast<Watch *>(self);
    const Turn turn(watch.reactor_);
    watch.ready_(watch.owner_, which);
}

}  // namespace tenon::net
