// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <tenon/tenon.hpp>

#include "client/instance.hpp"
#include "wire/opcode.hpp"
#include "wire/request.hpp"

namespace tenon {
namespace {

using wire::Opcode;

/// `options`: any of those with a route.
template <class Options>
Command command(Opcode opcode, std::string_view key, const Options &options) {
    Command c;
    c.opcode = static_cast<std::uint8_t>(opcode);
    c.key = key;
    c.timeout = options.timeout;
    c.route_key = options.route_key;
    c.vbucket = options.vbucket;
    c.cancellation = options.cancellation;
    return c;
}

Command to_copies(Opcode opcode, Target target, std::string_view key, const OperationOptions &options) {
    Command c = command(opcode, key, options);
    c.target = target;
    return c;
}

std::error_code store(client::Instance &instance, Opcode opcode, std::string_view key, Bytes value, Callback &&done,
                      const StoreOptions &options) {
    const auto extras = wire::StoreExtras{options.flags, options.expiry}.encode();
    Command c = command(opcode, key, options);
    if (opcode != Opcode::append && opcode != Opcode::prepend) c.extras = extras;
    c.value = value;
    c.cas = options.cas;
    c.datatype = options.datatype;
    return instance.schedule(c, std::move(done));
}

std::error_code count(client::Instance &instance, Opcode opcode, std::string_view key, std::uint64_t delta,
                      Callback &&done, const CounterOptions &options) {
    const std::uint32_t expiry = options.initial ? options.expiry : wire::kDoNotCreate;
    const auto extras = wire::CounterExtras{delta, options.initial.value_or(0), expiry}.encode();
    Command c = command(opcode, key, options);
    c.extras = extras;
    return instance.schedule(c, std::move(done));
}

}  // namespace

TENON_API Client::Client(const io &io, Options options) : Client(io.get(), std::move(options)) {}
TENON_API Client::Client(tenon_io_ops *io, Options options) : instance_(new client::Instance(io, std::move(options))) {}
TENON_API Client::Client(Client &&) noexcept = default;
TENON_API Client &Client::operator=(Client &&) noexcept = default;
TENON_API Client::~Client() = default;

TENON_API void Client::Release::operator()(client::Instance *instance) const { instance->release(); }

TENON_API std::error_code Client::connect(OnConnected done) { return instance_->connect(std::move(done)); }
TENON_API bool Client::connected() const { return instance_->connected(); }
TENON_API const std::string &Client::error_message() const { return instance_->error_message(); }
TENON_API std::error_code Client::wait() { return instance_->wait(); }
TENON_API void Client::breakout() { instance_->breakout(); }

TENON_API std::error_code Client::get(std::string_view key, Callback done, const OperationOptions &options) {
    return instance_->schedule(command(Opcode::get, key, options), std::move(done));
}

TENON_API std::error_code Client::get_and_touch(std::string_view key, std::uint32_t expiry, Callback done,
                                                const OperationOptions &options) {
    const auto extras = wire::ExpiryExtras{expiry}.encode();
    Command c = command(Opcode::gat, key, options);
    c.extras = extras;
    return instance_->schedule(c, std::move(done));
}

TENON_API std::error_code Client::set(std::string_view key, Bytes value, Callback done, const StoreOptions &options) {
    return store(*instance_, Opcode::set, key, value, std::move(done), options);
}
TENON_API std::error_code Client::add(std::string_view key, Bytes value, Callback done, const StoreOptions &options) {
    return store(*instance_, Opcode::add, key, value, std::move(done), options);
}
TENON_API std::error_code Client::replace(std::string_view key, Bytes value, Callback done,
                                          const StoreOptions &options) {
    return store(*instance_, Opcode::replace, key, value, std::move(done), options);
}
TENON_API std::error_code Client::append(std::string_view key, Bytes value, Callback done,
                                         const StoreOptions &options) {
    return store(*instance_, Opcode::append, key, value, std::move(done), options);
}
TENON_API std::error_code Client::prepend(std::string_view key, Bytes value, Callback done,
                                          const StoreOptions &options) {
    return store(*instance_, Opcode::prepend, key, value, std::move(done), options);
}

TENON_API std::error_code Client::remove(std::string_view key, Callback done, const RemoveOptions &options) {
    Command c = command(Opcode::remove, key, options);
    c.cas = options.cas;
    return instance_->schedule(c, std::move(done));
}

TENON_API std::error_code Client::touch(std::string_view key, std::uint32_t expiry, Callback done,
                                        const OperationOptions &options) {
    const auto extras = wire::ExpiryExtras{expiry}.encode();
    Command c = command(Opcode::touch, key, options);
    c.extras = extras;
    return instance_->schedule(c, std::move(done));
}

TENON_API std::error_code Client::increment(std::string_view key, std::uint64_t delta, Callback done,
                                            const CounterOptions &options) {
    return count(*instance_, Opcode::increment, key, delta, std::move(done), options);
}
TENON_API std::error_code Client::decrement(std::string_view key, std::uint64_t delta, Callback done,
                                            const CounterOptions &options) {
    return count(*instance_, Opcode::decrement, key, delta, std::move(done), options);
}

TENON_API std::error_code Client::get_replica(std::string_view key, unsigned replica, Callback done,
                                              const OperationOptions &options) {
    Command c = to_copies(Opcode::get_replica, Target::replica, key, options);
    c.server = replica;
    return instance_->schedule(c, std::move(done));
}
TENON_API std::error_code Client::get_any_replica(std::string_view key, Callback done, const OperationOptions &options) {
    return instance_->schedule(to_copies(Opcode::get_replica, Target::any_replica, key, options), std::move(done));
}
TENON_API std::error_code Client::get_all_replicas(std::string_view key, Callback done, const OperationOptions &options) {
    return instance_->schedule(to_copies(Opcode::get_replica, Target::all_replicas, key, options), std::move(done));
}

TENON_API std::error_code Client::exists(std::string_view key, Callback done, const OperationOptions &options) {
    return instance_->exists(command(Opcode::observe, key, options), std::move(done));
}

TENON_API std::error_code Client::get_and_lock(std::string_view key, std::uint32_t seconds, Callback done,
                                               const OperationOptions &options) {
    const auto extras = wire::LockExtras{seconds}.encode();
    Command c = command(Opcode::get_and_lock, key, options);
    c.extras = extras;
    return instance_->schedule(c, std::move(done));
}

TENON_API std::error_code Client::unlock(std::string_view key, std::uint64_t cas, Callback done,
                                         const OperationOptions &options) {
    Command c = command(Opcode::unlock, key, options);
    c.cas = cas;
    return instance_->schedule(c, std::move(done));
}

TENON_API std::error_code Client::observe(std::string_view key, Callback done, const OperationOptions &options) {
    if (key.empty()) return errc::key_size;
    return instance_->schedule(to_copies(Opcode::observe, Target::all_copies, key, options), std::move(done));
}

TENON_API std::error_code Client::durability(std::string_view key, Callback done, const DurabilityOptions &options) {
    constexpr std::chrono::microseconds kTimeout = std::chrono::seconds(5), kInterval = std::chrono::milliseconds(100);
    Command about = command(Opcode::observe, key, options);
    if (about.timeout.count() <= 0) about.timeout = kTimeout;
    return instance_->watch(about,
                            {.key = std::string(key),
                             .route_key = std::string(options.route_key),
                             .vbucket = options.vbucket,
                             .cas = options.cas,
                             .persist_to = options.persist_to,
                             .replicate_to = options.replicate_to,
                             .removal = options.removal,
                             .capped = options.capped,
                             .interval_usec = client::usec(options.interval.count() > 0 ? options.interval : kInterval)},
                            std::move(done));
}

TENON_API std::error_code Client::http(const HttpRequest &request, HttpCallback done, std::uint64_t *id) {
    return instance_->http(request, std::move(done), id);
}
TENON_API void Client::cancel_http(std::uint64_t id) { instance_->cancel_http(id); }

TENON_API Metrics Client::metrics() const { return instance_->metrics(); }
TENON_API std::string Client::describe() const { return instance_->describe(); }

TENON_API std::error_code Client::request(const Command &c, Callback done) {
    const auto opcode = static_cast<Opcode>(c.opcode);
    // A quiet command may never answer; the others would change, or end, a connection that all operations share.
    switch (opcode) {
    case Opcode::quit:
    case Opcode::hello:
    case Opcode::sasl_list:
    case Opcode::sasl_auth:
    case Opcode::sasl_step:
    case Opcode::select_bucket: return errc::invalid_arguments;
    default:
        if (wire::is_quiet(opcode)) return errc::invalid_arguments;
    }
    return instance_->schedule(c, std::move(done));
}

TENON_API void Client::enter() { instance_->enter(); }
TENON_API void Client::leave() { instance_->leave(); }
TENON_API std::size_t Client::pending() const { return instance_->pending(); }
TENON_API std::size_t Client::server_count() const {
    return instance_->connected() ? instance_->map()->servers().size() : 0;
}
TENON_API std::string Client::server(std::size_t index) const {
    return index < server_count() ? instance_->map()->servers()[index].authority() : std::string();
}
TENON_API unsigned Client::replica_count() const {
    return instance_->connected() ? instance_->map()->replica_count() : 0;
}
TENON_API tenon_io_ops *Client::io_ops() const { return instance_->io(); }

}  // namespace tenon
