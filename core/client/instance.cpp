// SPDX-License-Identifier: Apache-2.0
// The life of an instance: connecting, waiting, its end.
#include "client/instance.hpp"

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

namespace tenon::client {
namespace {

constexpr std::uint64_t kFirstRetry = 1'000;
constexpr std::uint64_t kLongestRetry = 100'000;

/// As they are used: with a seed, and without room for what an instance without a bucket cannot do.
Options settled(Options options) {
    if (options.seed == 0) options.seed = std::random_device{}() | std::uint64_t{1} << 32;
    if (options.cluster_only) options.max_pending_operations = 0;
    return options;
}

}  // namespace

Instance::Instance(tenon_io_ops *io, Options options)
    : table_(io),
      reactor_(io),
      options_(settled(std::move(options))),
      default_timeout_(usec(options_.operation_timeout)),
      retry_backoff_(options_.seed, kFirstRetry, kLongestRetry),
      traced_(static_cast<bool>(options_.trace)) {
    http_.emplace(**reactor_, this, [](void *self) { static_cast<Instance *>(self)->stop_waiting_if_done(); });
    set_log(options_.log, options_.log_level);
    clock_hook_.owner = this;
    clock_hook_.flush = [](void *self) { static_cast<Instance *>(self)->settle_clock(); };
    deadline_timer_.emplace(**reactor_, this, [](void *self) { static_cast<Instance *>(self)->on_deadline(); });
    retry_timer_.emplace(**reactor_, this, [](void *self) {
        static_cast<Instance *>(self)->owners_.begin_round();
        static_cast<Instance *>(self)->route_parked();
    });
}

void Instance::set_log(std::function<void(int level, std::string_view line)> log, int level) {
    log_function_ = std::move(log);
    if (!log_function_) {
        log_target_ = Log::from_environment();
        return;
    }
    log_target_ = Log(static_cast<LogLevel>(level),
                      [](void *self, LogLevel of_line, std::string_view line) {
                          static_cast<Instance *>(self)->log_function_(static_cast<int>(of_line), line);
                      },
                      this);
}

void Instance::release() {
    if (state_ == State::released) return;
    state_ = State::released;
    if (released_while_waiting_ != nullptr) {
        *std::exchange(released_while_waiting_, nullptr) = true;
        (*reactor_)->io()->stop_event_loop((*reactor_)->io());
    }
    monitor_.reset();
    for (const auto &session : sessions_)
        if (session) session->close();
    parked_.clear();
    parked_count_ = 0;
    while (Operation *operation = deadlines_.first())
        fail(*operation, errc::cancelled, {}, "the instance was destroyed");
    http_->cancel_all();
    on_connected_.clear();
    connected_timer_.reset();
    deadline_timer_.reset();
    retry_timer_.reset();

    net::Reactor &reactor = **reactor_;
    reactor.forget(clock_hook_);
    for (; batch_depth_ > 1; --batch_depth_) reactor.end_turn();
    const bool in_batch = batch_depth_ == 1;
    const bool in_turn = reactor.in_turn();
    if (in_turn) reactor.bury(this, [](void *self) { delete static_cast<Instance *>(self); });
    reactor_.reset();  // in a turn the Reactor's memory outlives this
    if (in_batch) return reactor.end_turn();
    if (!in_turn) delete this;
}

std::error_code Instance::connect(OnConnected done) {
    if (state_ == State::released) return errc::not_connected;
    if (state_ == State::connecting || state_ == State::connected) {
        if (done) on_connected_.push_back(std::move(done));
        if (state_ == State::connected && !on_connected_.empty()) tell_soon();
        return {};
    }
    if (options_.cluster_only) return connect_cluster(std::move(done));
    bootstrap::Options options;
    options.source = options_.memcached ? bootstrap::Source::fixed : bootstrap::Source::http;
    options.hosts = options_.hosts;
    options.bucket = options_.bucket;
    options.username = options_.username;
    options.password = options_.password;
    options.timeout_usec = usec(options_.bootstrap_timeout);
    options.sasl_buckets = options_.sasl_buckets;
    options.agreement = options_.config_agreement == ConfigAgreement::first ? bootstrap::Agreement::first
                                                                            : bootstrap::Agreement::majority;
    options.watch = options_.config_watch == ConfigWatch::all ? bootstrap::Watch::all : bootstrap::Watch::one;
    options.cache = options_.config_cache;
    options.keepalive_seconds = static_cast<int>(options_.tcp_keepalive.count());
    options.family = family_of(options_.address_family);
    options.seed = options_.seed;
    options.log = log_;
    monitor_.emplace(**reactor_, std::move(options),
                     bootstrap::ConfigMonitor::Handlers{
                         this,
                         [](void *self, std::shared_ptr<const ClusterMap> map) {
                             static_cast<Instance *>(self)->apply(std::move(map));
                         },
                         [](void *self, const Error &error) {
                             static_cast<Instance *>(self)->on_bootstrap_failed(error);
                         },
                     });
    error_ = monitor_->start();
    if (error_) {
        monitor_.reset();
        return error_.code;
    }
    state_ = State::connecting;
    if (done) on_connected_.push_back(std::move(done));
    return {};
}

/// To who asks for a connection that is there already.
void Instance::tell_soon() {
    if (!connected_timer_)
        connected_timer_.emplace(**reactor_, this, [](void *self) {
            Instance &instance = *static_cast<Instance *>(self);
            instance.tell(std::exchange(instance.on_connected_, {}), {}, {});
            if (instance.state_ == State::connected) instance.stop_waiting_if_done();
        });
    connected_timer_->arm(0);
}

void Instance::tell(const std::vector<OnConnected> &asked, std::error_code code, std::string_view message) const {
    for (const OnConnected &done : asked) {
        done(code, message);
        if (state_ == State::released) return;
    }
}

void Instance::on_bootstrap_failed(const Error &error) {
    if (state_ != State::connecting) return;
    state_ = State::failed;
    error_ = error;
    const std::string message = error.message;
    const std::error_code code = error.code;
    const std::vector<OnConnected> asked = std::exchange(on_connected_, {});
    while (Operation *operation = deadlines_.first()) {
        if (operation->waiting) unpark(*operation);
        fail(*operation, code, {}, message);
        if (state_ == State::released) return;
        if (state_ != State::failed) break;  // connecting anew: what is left waits for that
    }
    tell(asked, code, message);
    if (state_ == State::failed) stop_waiting_if_done();
}

std::error_code Instance::wait() {
    net::Reactor &reactor = **reactor_;
    tenon_io_ops *io = reactor.io();
    if (reactor.in_turn()) return errc::in_callback;
    if (state_ == State::created) return errc::not_connected;
    if (state_ == State::failed) return error_.code;
    if (state_ == State::connected && nothing_to_wait_for()) return {};
    if (io->run_event_loop == nullptr) {
        error_ = {errc::io_plugin, "the host drives this loop: its table has no run_event_loop"};
        return error_.code;
    }
    bool released = false;
    released_while_waiting_ = &released;
    do {  // again, where a callback dropped the last one and then began another
        done_waiting_ = false;
        io->error = 0;
        io->run_event_loop(io);
        if (released) return errc::cancelled;
    } while (done_waiting_ && !nothing_to_wait_for());
    released_while_waiting_ = nullptr;
    if (io->error == EDEADLK) return errc::in_callback;
    return state_ == State::failed ? error_.code : std::error_code();
}

void Instance::breakout() {
    if (released_while_waiting_ != nullptr) (*reactor_)->io()->stop_event_loop((*reactor_)->io());
}

bool Instance::nothing_to_wait_for() const {
    return pending() == 0 && state_ != State::connecting && on_connected_.empty();
}

void Instance::stop_waiting_if_done() {
    if (!nothing_to_wait_for()) return;
    done_waiting_ = true;
    breakout();
}

void Instance::enter() {
    ++batch_depth_;
    (*reactor_)->begin_turn();
}

void Instance::leave() {
    if (batch_depth_ == 0) return;
    --batch_depth_;
    (*reactor_)->end_turn();
}

}  // namespace tenon::client
