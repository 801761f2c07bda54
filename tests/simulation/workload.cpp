// SPDX-License-Identifier: Apache-2.0
#include "workload.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "topology/hash.hpp"
#include "value.hpp"
#include "wire/extras.hpp"
#include "wire/protocol.hpp"

namespace tenon::simulation {
namespace {

constexpr std::uint64_t kWrongCas = 0x4711;
constexpr std::uint64_t kReconnectAfter = 100'000;
/// How long a client that is to be destroyed in a callback waits for one.
constexpr std::uint64_t kDiesAnyhowAfter = 50'000;

std::uint16_t vbucket_of(std::string_view key, unsigned vbuckets) {
    return static_cast<std::uint16_t>(topology::hash_key(key) & (vbuckets - 1));
}

}  // namespace

Workload::Workload(sim::World &world, const Plan &plan, std::function<std::vector<std::string>()> members, Trace *trace)
    : world_(world),
      plan_(plan),
      members_(std::move(members)),
      addresses_(members_()),
      trace_(trace),
      lives_(plan.clients.size()),
      ends_(plan.clients.size()),
      chained_(plan.operations.size()) {
    for (unsigned i = 0; i < plan.machines; ++i)
        if (world.create_table(fmt::format("10.0.2.{}", i + 1), &tables_.emplace_back()) != TENON_IO_OK)
            violations_.push_back({"harness", "no table could be made"});
    for (unsigned i = 0; i < plan.keys; ++i) add_key(fmt::format("k{}", i));
    for (unsigned vbucket = 0; vbucket < plan.cluster.vbuckets; ++vbucket) {
        unsigned n = 0;
        while (vbucket_of(fmt::format("probe{}", n), plan.cluster.vbuckets) != vbucket) ++n;
        add_key(fmt::format("probe{}", n));
    }
    calls_.reserve(2 * plan.operations.size());
    for (std::uint32_t i = 0; i < plan.operations.size(); ++i) {
        const std::uint32_t after = plan.operations[i].after;
        if (after < i) chained_[after].push_back(i);
    }
}

Workload::~Workload() {
    destroy_clients();
    for (tenon_io_ops *table : tables_) table->destructor(table);
}

void Workload::add_key(std::string key) {
    vbuckets_.push_back(vbucket_of(key, plan_.cluster.vbuckets));
    keys_.push_back(std::move(key));
}

void Workload::start() {
    for (unsigned i = 0; i < plan_.clients.size(); ++i) {
        const ClientPlan &client = plan_.clients[i];
        world_.after(client.born, [this, i] { be_born(i); });
        if (client.dies == kNever) continue;
        world_.after(client.dies, [this, i] {
            if (plan_.clients[i].dies_in_callback) lives_[i].dying = true;
            else die(i);
        });
        world_.after(client.dies + kDiesAnyhowAfter, [this, i] { die(i); });
    }
    for (std::uint32_t i = 0; i < plan_.operations.size(); ++i) {
        const OperationPlan &first = plan_.operations[i];
        if (first.after != OperationPlan::kNone) continue;
        world_.after(first.at, [this, i] { run(i); });
    }
}

void Workload::be_born(unsigned client) {
    if (over_) return;
    const ClientPlan &plan = plan_.clients[client];
    Options options;
    for (std::size_t i = 0; i < addresses_.size(); ++i)
        if ((plan.hosts >> i & 1) != 0) options.hosts.push_back(addresses_[i]);
    if (lives_[client].outdated) options.hosts = members_();
    lives_[client].told = options.hosts;
    options.operation_timeout = std::chrono::microseconds(plan.timeout);
    options.connect_timeout = std::chrono::microseconds(plan.connect_timeout);
    options.config_agreement = plan.agreement == 0 ? ConfigAgreement::majority : ConfigAgreement::first;
    options.config_watch = plan.watch == 0 ? ConfigWatch::one : ConfigWatch::all;
    options.seed = plan_.seed * 64 + client + 1;
    options.log_level = trace_ != nullptr ? 1 : 4;
    options.log = [this, client](int, std::string_view line) {
        if (trace_ != nullptr) trace_->line(world_.now(), fmt::format("client{}", client), line);
    };
    lives_[client].client.emplace(tables_[plan.machine], options);
    if (trace_ != nullptr) trace_->line(world_.now(), fmt::format("client{}", client), "is born");
    connect(client);
}

void Workload::connect(unsigned client) {
    Life &life = lives_[client];
    if (!life.client || life.destroying) return;
    const std::error_code refused = life.client->connect([this, client](std::error_code error, std::string_view) {
        if (error) world_.after(kReconnectAfter, [this, client, error] { connect_again(client, error); });
    });
    if (refused) violations_.push_back({"connect", fmt::format("client {}: {}", client, refused.message())});
}

void Workload::connect_again(unsigned client, std::error_code error) {
    // A node that was thrown out says that there is no such bucket: somebody corrects the configuration.
    if (error != errc::bucket_not_found) return connect(client);
    if (lives_[client].client) start_anew(client);
}

void Workload::die(unsigned client) {
    Life &life = lives_[client];
    if (!life.client || life.destroying) return;
    if (trace_ != nullptr) trace_->line(world_.now(), fmt::format("client{}", client), "is destroyed");
    ends_[client].push_back(world_.now());
    life.destroying = true;
    life.client.reset();
    life.destroying = false;
}

void Workload::run(std::uint32_t operation) {
    const OperationPlan &plan = plan_.operations[operation];
    Call call;
    call.action = plan.action;
    call.key = static_cast<std::uint16_t>(plan.key);
    call.cas = cas_for(lives_[plan.client], plan);
    call.delta = plan.delta;
    call.initial = plan.initial;
    call.creates = plan.initial != 0;
    call.seconds = plan.seconds;
    issue(plan.client, std::move(call), plan, operation);
}

std::uint64_t Workload::cas_for(const Life &life, const OperationPlan &plan) const {
    if (plan.cas == CasUse::none) return 0;
    const auto seen = life.seen.find(plan.key);
    return plan.cas == CasUse::wrong || seen == life.seen.end() ? kWrongCas : seen->second;
}

void Workload::issue(unsigned client, Call call, const OperationPlan &plan, std::uint32_t operation) {
    Life &life = lives_[client];
    if (!life.client || life.destroying) return;
    const auto id = static_cast<std::uint32_t>(calls_.size());
    const std::uint64_t timeout = plan.timeout != 0 ? plan.timeout : plan_.clients[client].timeout;
    call.id = id;
    call.client = static_cast<std::uint16_t>(client);
    call.invoked = world_.now();
    call.deadline = call.invoked + timeout;
    call.value = "w" + std::to_string(id) + ';';
    if (trace_ != nullptr) trace_->on_call(world_.now(), call, keys_[call.key]);
    calls_.push_back(std::move(call));
    ++open_;
    const std::error_code refused = schedule(*life.client, calls_[id], plan, [this, id, operation](const Reply &reply) {
        on_reply(id, operation, reply);
    });
    if (!refused) return;
    // Not accepted: no callback will come, and nothing happens.
    --open_;
    calls_[id].refused = true;
    calls_[id].error = refused.value();
    calls_[id].completed = world_.now();
    if (trace_ != nullptr) trace_->on_completion(world_.now(), calls_[id]);
    note_probe(calls_[id]);
}

std::error_code Workload::schedule(Client &client, const Call &call, const OperationPlan &plan, Callback done) {
    const std::string &key = keys_[call.key];
    const auto timeout = std::chrono::microseconds(plan.timeout);
    const std::string value = writes(call.action) ? make_value(call.id, plan.size) : std::string();
    const StoreOptions store{.cas = call.cas, .expiry = call.seconds, .timeout = timeout};
    CounterOptions counter{.expiry = call.seconds, .timeout = timeout};
    if (call.creates) counter.initial = call.initial;
    Command command;
    command.key = key;
    command.timeout = timeout;
    command.cas = call.cas;
    switch (call.action) {
    case Action::get: return client.get(key, std::move(done), {timeout});
    case Action::get_and_touch: return client.get_and_touch(key, call.seconds, std::move(done), {timeout});
    case Action::set: return client.set(key, as_bytes(value), std::move(done), store);
    case Action::add: return client.add(key, as_bytes(value), std::move(done), store);
    case Action::replace: return client.replace(key, as_bytes(value), std::move(done), store);
    case Action::append: return client.append(key, as_bytes(value), std::move(done), store);
    case Action::prepend: return client.prepend(key, as_bytes(value), std::move(done), store);
    case Action::remove: return client.remove(key, std::move(done), {call.cas, timeout});
    case Action::touch: return client.touch(key, call.seconds, std::move(done), {timeout});
    case Action::increment: return client.increment(key, call.delta, std::move(done), counter);
    case Action::decrement: return client.decrement(key, call.delta, std::move(done), counter);
    case Action::lock: {
        const auto extras = wire::LockExtras{call.seconds}.encode();
        command.opcode = static_cast<std::uint8_t>(wire::Opcode::get_and_lock);
        command.extras = extras;
        return client.request(command, std::move(done));
    }
    case Action::unlock:
        command.opcode = static_cast<std::uint8_t>(wire::Opcode::unlock);
        return client.request(command, std::move(done));
    case Action::get_replica:
        if (plan.size == 0) return client.get_any_replica(key, std::move(done), {timeout});
        return client.get_replica(key, static_cast<unsigned>(plan.size - 1), std::move(done), {timeout});
    case Action::get_all_replicas: return client.get_all_replicas(key, std::move(done), {timeout});
    case Action::noop: return client.noop(std::move(done), {timeout});
    case Action::version: return client.version(std::move(done), {timeout});
    case Action::stats: return client.stats({}, std::move(done), {timeout});
    }
    return errc::invalid_arguments;
}

void Workload::on_reply(std::uint32_t id, std::uint32_t operation, const Reply &reply) {
    Call &call = calls_[id];
    ++call.callbacks;
    if (call.lasts != 0) {
        violations_.push_back({"completed once", "called back again after the last: " + describe(call)});
        return;
    }
    if (call.action == Action::get_all_replicas && !reply.error) call.copies.push_back(normalised(reply.text()));
    if (!reply.last) return;
    --open_;
    ++call.lasts;
    call.completed = world_.now();
    call.error = reply.error.value();
    call.result_cas = reply.cas;
    call.counter = reply.counter();
    call.server = reply.server;
    call.detail = reply.detail;
    if (!reply.error && !answers_often(call.action)) call.result = normalised(reply.text());
    if (call.action == Action::increment || call.action == Action::decrement) call.result.clear();
    Life &life = lives_[call.client];
    if (!reply.error && reply.cas != 0) life.seen[call.key] = reply.cas;
    if (trace_ != nullptr) trace_->on_completion(world_.now(), call);
    note_probe(call);
    if (life.dying) die(call.client);
    if (operation != OperationPlan::kNone)
        for (const std::uint32_t next : chained_[operation]) run(next);
}

bool Workload::idle() const { return open_ == 0; }

void Workload::destroy_clients() {
    over_ = true;
    for (unsigned i = 0; i < lives_.size(); ++i) die(i);
}

}  // namespace tenon::simulation
