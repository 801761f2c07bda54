// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <tenon/tenon.hpp>

#include "client/instance.hpp"
#include "client/item_operations.hpp"

namespace tenon {

using client::Opcode;

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
    return client::get(*instance_, key, std::move(done), options);
}
TENON_API std::error_code Client::get_and_touch(std::string_view key, std::uint32_t expiry, Callback done,
                                                const OperationOptions &options) {
    return client::with_seconds(*instance_, Opcode::gat, key, expiry, std::move(done), options);
}
TENON_API std::error_code Client::get_and_lock(std::string_view key, std::uint32_t seconds, Callback done,
                                               const OperationOptions &options) {
    return client::with_seconds(*instance_, Opcode::get_and_lock, key, seconds, std::move(done), options);
}
TENON_API std::error_code Client::unlock(std::string_view key, std::uint64_t cas, Callback done,
                                         const OperationOptions &options) {
    return client::with_cas(*instance_, Opcode::unlock, key, cas, std::move(done), options);
}

TENON_API std::error_code Client::set(std::string_view key, Value value, Callback done, const StoreOptions &options) {
    return client::store(*instance_, Opcode::set, key, value, std::move(done), options);
}
TENON_API std::error_code Client::add(std::string_view key, Value value, Callback done, const StoreOptions &options) {
    return client::store(*instance_, Opcode::add, key, value, std::move(done), options);
}
TENON_API std::error_code Client::replace(std::string_view key, Value value, Callback done,
                                          const StoreOptions &options) {
    return client::store(*instance_, Opcode::replace, key, value, std::move(done), options);
}
TENON_API std::error_code Client::append(std::string_view key, Value value, Callback done,
                                         const StoreOptions &options) {
    return client::store(*instance_, Opcode::append, key, value, std::move(done), options);
}
TENON_API std::error_code Client::prepend(std::string_view key, Value value, Callback done,
                                          const StoreOptions &options) {
    return client::store(*instance_, Opcode::prepend, key, value, std::move(done), options);
}

TENON_API std::error_code Client::remove(std::string_view key, Callback done, const RemoveOptions &options) {
    return client::with_cas(*instance_, Opcode::remove, key, options.cas, std::move(done), options);
}
TENON_API std::error_code Client::touch(std::string_view key, std::uint32_t expiry, Callback done,
                                        const OperationOptions &options) {
    return client::with_seconds(*instance_, Opcode::touch, key, expiry, std::move(done), options);
}

TENON_API std::error_code Client::increment(std::string_view key, std::uint64_t delta, Callback done,
                                            const CounterOptions &options) {
    return client::count(*instance_, Opcode::increment, key, delta, std::move(done), options);
}
TENON_API std::error_code Client::decrement(std::string_view key, std::uint64_t delta, Callback done,
                                            const CounterOptions &options) {
    return client::count(*instance_, Opcode::decrement, key, delta, std::move(done), options);
}

TENON_API std::error_code Client::get_replica(std::string_view key, unsigned replica, Callback done,
                                              const OperationOptions &options) {
    return client::get_replica(*instance_, Target::replica, key, replica, std::move(done), options);
}
TENON_API std::error_code Client::get_any_replica(std::string_view key, Callback done, const OperationOptions &options) {
    return client::get_replica(*instance_, Target::any_replica, key, 0, std::move(done), options);
}
TENON_API std::error_code Client::get_all_replicas(std::string_view key, Callback done, const OperationOptions &options) {
    return client::get_replica(*instance_, Target::all_replicas, key, 0, std::move(done), options);
}

TENON_API std::error_code Client::exists(std::string_view key, Callback done, const OperationOptions &options) {
    return client::exists(*instance_, key, std::move(done), options);
}
TENON_API std::error_code Client::observe(std::string_view key, Callback done, const OperationOptions &options) {
    return client::observe(*instance_, key, std::move(done), options);
}
TENON_API std::error_code Client::durability(std::string_view key, Callback done, const DurabilityOptions &options) {
    return client::durability(*instance_, key, std::move(done), options);
}

TENON_API std::error_code Client::http(const HttpRequest &request, HttpCallback done, std::uint64_t *id) {
    return instance_->http(request, std::move(done), id);
}
TENON_API void Client::cancel_http(std::uint64_t id) { instance_->cancel_http(id); }
TENON_API std::error_code Client::view(const ViewQuery &query, ViewCallback done, std::uint64_t *id) {
    return instance_->view(query, std::move(done), id);
}

TENON_API Metrics Client::metrics() const { return instance_->metrics(); }
TENON_API std::string Client::describe() const { return instance_->describe(); }

TENON_API std::error_code Client::request(const Command &command, Callback done) {
    return client::request(*instance_, command, std::move(done));
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
TENON_API std::uint16_t Client::vbucket_of(std::string_view key) const {
    return instance_->connected() ? instance_->map()->vbucket_of(key) : std::uint16_t{0};
}
TENON_API int Client::server_of(std::string_view key) const { return instance_->server_of(key); }
TENON_API void Client::set_log(std::function<void(int level, std::string_view line)> log, int level) {
    instance_->set_log(std::move(log), level);
}
TENON_API tenon_io_ops *Client::io_ops() const { return instance_->io(); }

}  // namespace tenon
